//! What the rules of a dry run have changed so far: known to it alone, and gone with it.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    sync::Arc,
};

use rulewright_domain::{
    Cause, Client, ClientChange, ClientId, Command, DocumentDraft, Effect, FromTemplate, NewEvent, Order,
    OrderChange, OrderId, Rejection, ShopConfig, Source, Timestamp, Touch, create, decide, plugin::PluginId,
};
use rulewright_ports::Reads;
use serde_json::{Map, Value, json};

use super::{DryDocument, DryEffect, told::difference};
use crate::{
    Engine, Refusal,
    carry::must_fit,
    command::must_know_all_of,
    commit::shown,
    document::{render, unprepared},
    prepare::{Told, Wanted, number_after, view},
};

#[derive(Clone, Debug, Default)]
pub(super) struct Draft {
    /// None: deleted.
    orders: BTreeMap<OrderId, Option<Order>>,
    clients: BTreeMap<ClientId, Client>,
    stored: BTreeMap<(PluginId, String), Option<Vec<u8>>>,
    /// How many numbers of each numerator are told already.
    numbers: BTreeMap<String, u64>,
}

/// Whose effects they are.
pub(super) struct By<'a> {
    pub engine: &'a Engine,
    pub config: &'a Arc<ShopConfig>,
    pub plugin: &'a PluginId,
    pub cause: &'a Cause,
    pub now: Timestamp,
}

/// What came of the effects of one step.
#[derive(Default)]
pub(super) struct Applied {
    pub effects: Vec<DryEffect>,
    /// Of changed orders, as the log would have them.
    pub events: Vec<NewEvent>,
    /// What rules after this one can insert.
    pub created: Map<String, Value>,
}

impl Draft {
    pub fn of(order: Order) -> Draft {
        Draft { orders: [(order.id, Some(order))].into(), ..Draft::default() }
    }

    pub fn know(&mut self, client: Option<Client>) {
        self.clients.extend(client.map(|client| (client.id, client)));
    }

    pub fn order(&self, id: OrderId) -> Option<&Order> {
        self.touched(id).flatten()
    }

    /// None: nobody has looked at it here; nothing inside: it is deleted.
    pub fn touched(&self, id: OrderId) -> Option<Option<&Order>> {
        self.orders.get(&id).map(Option::as_ref)
    }

    pub fn client(&self, id: ClientId) -> Option<&Client> {
        self.clients.get(&id)
    }

    pub fn stored(&self, plugin: &PluginId, key: &str) -> Option<&Option<Vec<u8>>> {
        self.stored.get(&(plugin.clone(), key.to_owned()))
    }

    pub fn taken(&self, numerator: &str) -> u64 {
        self.numbers.get(numerator).copied().unwrap_or_default()
    }

    /// All effects of a step, or none: what is refused leaves a draft behind that its caller drops.
    pub fn apply(
        &mut self,
        reads: &mut dyn Reads,
        by: &By<'_>,
        effects: Vec<Effect>,
    ) -> Result<Applied, Refusal> {
        let mut applied = Applied::default();
        for effect in effects {
            let mut told = told(&effect);
            match effect {
                Effect::Message(draft) => must_fit(by.config, &draft)?,
                Effect::Storage { key, value } => {
                    self.stored.insert((by.plugin.clone(), key), value);
                }
                Effect::Command { command, label } => {
                    let created = self.command(reads, by, command, &mut told, &mut applied.events)?;
                    applied.created.extend(label.map(|label| (label, created)));
                }
            }
            applied.effects.push(told);
        }
        Ok(applied)
    }

    /// Returns what rules after this one can insert. Ids are not known before something is really made.
    fn command(
        &mut self,
        reads: &mut dyn Reads,
        by: &By<'_>,
        command: Command,
        told: &mut DryEffect,
        events: &mut Vec<NewEvent>,
    ) -> Result<Value, Refusal> {
        match command {
            Command::ChangeOrder { id, expected, change } => {
                self.must_have(reads, by, id)?;
                let before = self.order(id).cloned();
                let before =
                    before.ok_or_else(|| Rejection::NotFound { what: "order", id: id.to_string() })?;
                if let Some(expected) = expected.filter(|expected| *expected != before.revision) {
                    return Err(Rejection::Conflict { expected, current: before.revision }.into());
                }
                self.change_order(reads, by, before, change, told, events)?;
            }
            Command::CreateOrder(new) => {
                let pipeline = by.config.pipelines.get(&new.pipeline);
                let pipeline = pipeline.ok_or_else(|| Rejection::NoSuchPipeline(new.pipeline.0.clone()))?;
                // Its id is not known, so nobody here meets it again.
                create(OrderId(0), new, pipeline, touch(by))?;
            }
            Command::ChangeClient { id, fields } => {
                self.change_client(reads, by, id, vec![ClientChange::SetFields { fields }], told)?;
            }
            Command::EditClient { id, changes } => self.change_client(reads, by, id, changes, told)?,
            Command::AddEntry { order: Some(id), .. } => {
                self.must_have(reads, by, id)?;
                self.order(id).ok_or_else(|| Refusal::not_found("order", id))?;
            }
            Command::CreateDocument(draft) => {
                let document = self.document(reads, by, draft)?;
                let created = json!({ "id": null, "title": document.title, "number": document.number });
                told.document = Some(document);
                return Ok(created);
            }
            // Told as they are; what they would change is not in the draft.
            _ => {}
        }
        Ok(json!({ "id": null }))
    }

    /// Looked at for the first time, it is as it is stored.
    fn must_have(&mut self, reads: &mut dyn Reads, by: &By<'_>, id: OrderId) -> Result<(), Refusal> {
        if let Entry::Vacant(unknown) = self.orders.entry(id) {
            unknown.insert(reads.order(by.config.shop.id, id)?.map(|order| Order::clone(&order)));
        }
        Ok(())
    }

    fn change_order(
        &mut self,
        reads: &mut dyn Reads,
        by: &By<'_>,
        before: Order,
        change: OrderChange,
        told: &mut DryEffect,
        events: &mut Vec<NewEvent>,
    ) -> Result<(), Refusal> {
        must_know_all_of(reads, by.config, &change)?;
        let change = by.engine.keeping(reads, by.config)?.change(&before, change, by.cause)?;
        let to = change.to_pipeline().unwrap_or(&before.pipeline).clone();
        let pipeline = by.config.pipelines.get(&to).ok_or_else(|| Rejection::NoSuchPipeline(to.0.clone()))?;
        let decision = decide(&before, change, pipeline, touch(by))?;
        if let Some(after) = &decision.order {
            told.changes = difference(&before, after);
            for id in after.clients() {
                if !self.clients.contains_key(&id) {
                    self.know(reads.client(by.config.shop.id, id)?);
                }
            }
        }
        // Nothing has changed where there is nothing to tell of.
        if !decision.events.is_empty() {
            self.orders.insert(before.id, decision.order);
        }
        events.extend(decision.events);
        Ok(())
    }

    fn change_client(
        &mut self,
        reads: &mut dyn Reads,
        by: &By<'_>,
        id: ClientId,
        changes: Vec<ClientChange>,
        told: &mut DryEffect,
    ) -> Result<(), Refusal> {
        if !self.clients.contains_key(&id) {
            self.know(reads.client(by.config.shop.id, id)?);
        }
        let before = self.clients.get(&id).cloned();
        let mut before = before.ok_or_else(|| Refusal::not_found("client", id))?;
        before.number_points();
        let mut client = before.clone();
        changes.into_iter().try_for_each(|change| client.change(change))?;
        by.engine.keeping(reads, by.config)?.client(&before, &mut client, by.cause)?;
        client.settle(Some(&before))?;
        told.changes = difference(&before, &client);
        self.clients.insert(id, client);
        Ok(())
    }

    fn document(
        &mut self,
        reads: &mut dyn Reads,
        by: &By<'_>,
        draft: DocumentDraft,
    ) -> Result<DryDocument, Refusal> {
        let id = draft.order();
        self.must_have(reads, by, id)?;
        let order = self.order(id).cloned();
        let order = order.ok_or_else(|| Rejection::NotFound { what: "order", id: id.to_string() })?;
        match draft {
            DocumentDraft::Made { title, media_type, content, .. } => {
                Ok(document(title, None, media_type, content))
            }
            DocumentDraft::FromTemplate(from) => {
                let wanted = Wanted::of(by.config, &from).map_err(unprepared)?;
                let Source::Text(source) = &wanted.template.source else {
                    let message = format!("`{}` is a .{} file", wanted.template.name, wanted.template.kind());
                    return Err(Rejection::invalid("template", message).into());
                };
                let (number, title) = self.number(reads, by, &wanted, &from)?;
                let told = Told { number: &number, title: &title };
                let view = view(reads, by.config, &order, &from, &wanted, told, by.now)?;
                let text = render(wanted.template, source, &view)?;
                Ok(document(title, Some(number), wanted.template.media_type.clone(), text.into_bytes()))
            }
            DocumentDraft::Filled { from, number: told, media_type, content } => {
                let wanted = Wanted::of(by.config, &from).map_err(unprepared)?;
                let (number, title) = self.number(reads, by, &wanted, &from)?;
                if number != told {
                    let message = format!("`{told}` is not the next of `{}`", wanted.numerator.name);
                    return Err(Rejection::invalid("number", message).into());
                }
                Ok(document(title, Some(number), media_type, content))
            }
        }
    }

    /// The next, which stays free for everybody but this dry run.
    fn number(
        &mut self,
        reads: &mut dyn Reads,
        by: &By<'_>,
        wanted: &Wanted<'_>,
        from: &FromTemplate,
    ) -> Result<(String, String), Refusal> {
        let shop = &by.config.shop;
        let taken = self.taken(&wanted.numerator.name);
        let (_, number) = number_after(reads, shop.id, &shop.time_zone, wanted.numerator, by.now, taken)?;
        self.numbers.insert(wanted.numerator.name.clone(), taken + 1);
        let title = wanted.title(from, &number);
        Ok((number, title))
    }
}

fn touch(by: &By<'_>) -> Touch {
    Touch { at: by.now, by: None }
}

fn document(title: String, number: Option<String>, media_type: String, content: Vec<u8>) -> DryDocument {
    let size = content.len();
    DryDocument { title, number, media_type, size, text: String::from_utf8(content).ok() }
}

fn told(effect: &Effect) -> DryEffect {
    let kind = match effect {
        Effect::Message(_) => "message".to_owned(),
        Effect::Storage { .. } => "storage".to_owned(),
        Effect::Command { command, .. } => json!(command)["type"].as_str().unwrap_or("command").to_owned(),
    };
    DryEffect { kind, effect: shown(effect), changes: Map::new(), document: None }
}
