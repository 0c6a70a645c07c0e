//! Commands to events: the one place where orders, clients, entries and documents are written.

use rulewright_domain::{
    Actor, Cause, ClientChange, ClientId, Command, Decision, EmployeeId, EntryKind, Money, NewEvent,
    NewOrder, Order, OrderChange, OrderId, PipelineId, Rejection, Run, ShopConfig, ShopId, Subject, TotalBy,
    Touch, create, decide, kind,
};
use rulewright_ports::{Reads, planted::planted, storage::Sequence};
use serde_json::{Value, json};

use crate::{Receipt, Refusal, change::Change, client::clients_at, entry::NewEntry};

impl Change<'_> {
    /// `run` is the run whose effect the command is.
    pub fn apply(&mut self, command: Command, cause: &Cause, run: Option<&Run>) -> Result<Receipt, Refusal> {
        match command {
            Command::CreateOrder(new) => self.create_order(new, cause),
            Command::ChangeOrder { id, expected, change } => {
                self.change_order(id, expected, change, cause, run)
            }
            Command::CreateClient(client) => self.create_client(client, cause),
            Command::UpdateClient(client) => self.update_client(client, cause),
            Command::Ingest(event) => self.ingest(event, cause),
            Command::AddEntry { order, client, kind, text, details } => {
                self.write_entry(NewEntry { order, client, kind, text, details }, cause)
            }
            Command::ChangeEntry { entry, change } => self.change_entry(entry, change, cause),
            Command::Complete { entry } => self.complete(entry, cause),
            Command::ChangeClient { id, fields } => {
                self.edit_client(id, vec![ClientChange::SetFields { fields }], cause)
            }
            Command::EditClient { id, changes } => self.edit_client(id, changes, cause),
            Command::DeleteClient { id } => self.delete_client(id, cause, run),
            Command::AddItem { list, fields } => self.add_item(&list, fields, cause),
            Command::ChangeItem { list, id, fields } => self.change_item(&list, id, fields, cause),
            Command::SendMailing(mailing) => self.send_mailing(&mailing, cause, run),
            Command::StartWorkflow { workflow, order, parameters } => {
                self.start_workflow(&workflow, order, parameters, cause)
            }
            Command::CreateDocument(draft) => self.create_document(draft, cause, run),
        }
    }

    fn create_order(&mut self, new: NewOrder, cause: &Cause) -> Result<Receipt, Refusal> {
        let new = self.checked_order(new, cause)?;
        self.create_order_of(new, cause)
    }

    /// Its own fields are as they are stored.
    pub fn create_order_of(&mut self, new: NewOrder, cause: &Cause) -> Result<Receipt, Refusal> {
        let clients: Vec<ClientId> = new.contacts.iter().copied().chain(new.company).collect();
        self.must_know(&clients)?;
        if let Some(employee) = new.responsible.filter(|id| !self.config.employees.contains_key(id)) {
            return Err(Rejection::NotFound { what: "employee", id: employee.to_string() }.into());
        }
        let id = OrderId(self.tx.next(Sequence::Order)?);
        let pipeline = self.pipeline(&new.pipeline)?;
        let decision = create(id, new, pipeline, self.touch(cause))?;
        self.commit_decision(id, decision, cause, None)
    }

    fn change_order(
        &mut self,
        id: OrderId,
        expected: Option<u64>,
        change: OrderChange,
        cause: &Cause,
        run: Option<&Run>,
    ) -> Result<Receipt, Refusal> {
        let not_found = || Rejection::NotFound { what: "order", id: id.to_string() };
        let Some(order) = self.tx.order(self.shop, id)? else {
            return Ok(self.change_template(id, expected, &change, cause)?.ok_or_else(not_found)?);
        };
        let outdated = expected.filter(|expected| *expected != order.revision && !planted("lost-update"));
        if let Some(expected) = outdated {
            return Err(Rejection::Conflict { expected, current: order.revision }.into());
        }
        check_depth(cause)?;
        let change = self.prepared(&order, change, cause)?;
        let pipeline = change.to_pipeline().unwrap_or(&order.pipeline).clone();
        let decision = decide(&order, change, self.pipeline(&pipeline)?, self.touch(cause))?;
        if decision.events.is_empty() {
            return Ok(Receipt { order: Some(id), revision: Some(order.revision), ..Receipt::default() });
        }
        self.commit_decision(id, decision, cause, run)
    }

    /// Everybody in it is known, and its fields are as they are stored.
    pub fn prepared(
        &mut self,
        order: &Order,
        change: OrderChange,
        cause: &Cause,
    ) -> Result<OrderChange, Refusal> {
        must_know_all_of(self.tx, &self.config, &change)?;
        self.checked_change(order, change, cause)
    }

    pub fn touch(&self, cause: &Cause) -> Touch {
        Touch { at: self.now, by: cause.by.employee() }
    }

    pub fn commit_decision(
        &mut self,
        id: OrderId,
        mut decision: Decision,
        cause: &Cause,
        run: Option<&Run>,
    ) -> Result<Receipt, Refusal> {
        if planted("total-of-one-line-less")
            && let Some(order) = decision.order.as_mut().filter(|order| order.total_by == TotalBy::Lines)
            && let Some((_, others @ [_, ..])) = order.lines.split_last()
        {
            let zero = Money::zero(order.total.currency);
            let sum = others.iter().try_fold(zero, |sum, line| sum.plus(line.total));
            order.total = sum.map_err(Rejection::from)?;
        }
        match &decision.order {
            Some(order) => self.tx.put_order(self.shop, order)?,
            None => {
                self.forget_entries(Subject::Order(id))?;
                self.tx.delete_documents(self.shop, id)?;
                self.tx.delete_order(self.shop, id)?;
            }
        }
        let mut events = Vec::with_capacity(decision.events.len());
        self.after.together.kinds = match self.config.subscriptions.is_empty() {
            true => Vec::new(),
            false => decision.events.iter().map(|event| event.kind.clone()).collect(),
        };
        for (place, event) in decision.events.into_iter().enumerate() {
            self.after.together.place = place;
            events.push(self.record(event, cause, decision.order.as_ref(), run)?);
        }
        self.after.together.kinds.clear();
        let revision = decision.order.as_ref().map(|order| order.revision);
        Ok(Receipt { order: Some(id), revision, events, ..Receipt::default() })
    }

    fn ingest(&mut self, mut event: NewEvent, cause: &Cause) -> Result<Receipt, Refusal> {
        self.understand(&mut event)?;
        let order = match event.order {
            Some(id) => {
                let not_found = || Rejection::NotFound { what: "order", id: id.to_string() };
                Some(self.tx.order(self.shop, id)?.ok_or_else(not_found)?)
            }
            None => None,
        };
        if let Some(client) = event.client {
            self.must_know(&[client])?;
        } else if let Some(order) = &order {
            event.client = order.client();
        } else {
            event.client = self.client_of_address(&event)?;
        }
        self.must_be_expected(&event, order.as_deref())?;
        self.introduce_visitor(&event)?;
        let receipt = Receipt { order: event.order, client: event.client, ..Receipt::default() };
        let id = self.record(event, cause, order.as_deref(), None)?;
        Ok(Receipt { events: vec![id], ..receipt })
    }

    /// Who called or wrote, where only a number or an address is known.
    fn client_of_address(&mut self, event: &NewEvent) -> Result<Option<ClientId>, Refusal> {
        for attr in ["phone", "email"] {
            if let Some(address) = event.attrs.get(attr).and_then(Value::as_str) {
                let known = clients_at(self.tx, self.shop, address)?;
                if let Some(client) = known.first() {
                    return Ok(Some(*client));
                }
            }
        }
        Ok(None)
    }

    /// What people see of an event on the order's timeline.
    pub fn note_on_timeline(&mut self, event: &NewEvent, by: &Actor) -> Result<(), Refusal> {
        let attr = |name: &str| event.attrs.get(name).and_then(Value::as_str).unwrap_or_default();
        let (kind, text) = match event.kind.as_str() {
            kind::STAGE_CHANGED => (EntryKind::StageChange, format!("{} -> {}", attr("from"), attr("to"))),
            kind::PIPELINE_CHANGED => {
                let [from, to] = [("from-pipeline", "from"), ("pipeline", "to")]
                    .map(|(pipeline, stage)| format!("{}/{}", attr(pipeline), attr(stage)));
                (EntryKind::StageChange, format!("{from} -> {to}"))
            }
            kind::PAYMENT_RECEIVED => {
                (EntryKind::Payment, format!("{} {} received", attr("amount"), attr("currency")))
            }
            kind::DOCUMENT_CREATED => (EntryKind::Document, attr("title").to_owned()),
            kind::MESSAGE_SENT => (EntryKind::Message, format!("{} sent", attr("channel"))),
            kind::MESSAGE_DELIVERED => (EntryKind::Message, format!("{} delivered", attr("channel"))),
            kind::MESSAGE_UNDELIVERED => {
                (EntryKind::Message, format!("{} not delivered: {}", attr("channel"), attr("reason")))
            }
            kind::MESSAGE_FAILED => {
                (EntryKind::Message, format!("{} not sent: {}", attr("channel"), attr("reason")))
            }
            _ => return Ok(()),
        };
        self.add_entry(event.order, kind, text, json!(event.attrs), by)?;
        Ok(())
    }

    pub fn must_know(&mut self, clients: &[ClientId]) -> Result<(), Refusal> {
        must_know(self.tx, self.shop, clients)
    }

    pub fn must_employ(&self, id: &str) -> Result<(), Refusal> {
        must_employ(&self.config, id)
    }

    pub fn pipeline(&self, id: &PipelineId) -> Result<&rulewright_domain::Pipeline, Refusal> {
        let unknown = || Rejection::NoSuchPipeline(id.0.clone());
        Ok(self.config.pipelines.get(id).ok_or_else(unknown)?)
    }
}

/// Whom a change names.
pub(crate) fn must_know_all_of(
    reads: &mut dyn Reads,
    config: &ShopConfig,
    change: &OrderChange,
) -> Result<(), Refusal> {
    match change {
        OrderChange::SetClients { company, contacts } => {
            let clients: Vec<ClientId> = contacts.iter().copied().chain(*company).collect();
            must_know(reads, config.shop.id, &clients)
        }
        OrderChange::SetResponsible { to: Some(to) } => must_employ(config, &to.to_string()),
        OrderChange::EditShipments { fields, .. } => {
            match fields.get("responsible").and_then(Value::as_str) {
                Some(to) => must_employ(config, to),
                None => Ok(()),
            }
        }
        OrderChange::Several { changes } => {
            changes.iter().try_for_each(|change| must_know_all_of(reads, config, change))
        }
        _ => Ok(()),
    }
}

fn must_know(reads: &mut dyn Reads, shop: ShopId, clients: &[ClientId]) -> Result<(), Refusal> {
    for id in clients {
        if reads.client(shop, *id)?.is_none() {
            return Err(Rejection::NotFound { what: "client", id: id.to_string() }.into());
        }
    }
    Ok(())
}

/// An id of another kind is nobody's.
fn must_employ(config: &ShopConfig, id: &str) -> Result<(), Refusal> {
    let known = id.parse::<EmployeeId>().is_ok_and(|id| config.employees.contains_key(&id));
    let unknown = || Rejection::NotFound { what: "employee", id: id.to_owned() };
    Ok(known.then_some(()).ok_or_else(unknown)?)
}

/// Refuses what goes on with a chain that is too long, and names the last two in it.
pub(crate) fn check_depth(cause: &Cause) -> Result<(), Refusal> {
    let most = if planted("loop-guard-off") { 3 * Cause::MAX_DEPTH } else { Cause::MAX_DEPTH };
    if cause.depth <= most {
        return Ok(());
    }
    let culprits = cause.chain.iter().rev().take(2).map(|name| format!("`{name}`"));
    let culprits = culprits.collect::<Vec<_>>().join(" and ");
    Err(Rejection::Loop { depth: cause.depth, culprits }.into())
}
