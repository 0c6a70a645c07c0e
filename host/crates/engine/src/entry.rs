//! What people and programs write at orders and clients, and change again. What rules write makes no events: their
//! runs tell of it.

use rulewright_domain::{
    Actor, Cause, ClientId, ClientKind, Entry, EntryChange, EntryId, EntryKind, NewEvent, Order, OrderId,
    OrderKind, Rejection, ShopId, Subject, SubjectKind, check_entry,
    find::{Field, Filter, Scalar, Test},
    kind,
};
use rulewright_ports::{
    Reads,
    storage::{self, EntryQuery, Find, Page, Sequence},
};
use serde_json::{Value, json};

use crate::{Receipt, Refusal, change::Change, command::check_depth};

/// Pinned entries of one order or client: more would push the rest out of sight.
const PINNED: u64 = 3;

/// What [`Change::write_entry`] writes.
pub(crate) struct NewEntry {
    pub order: Option<OrderId>,
    pub client: Option<ClientId>,
    pub kind: EntryKind,
    pub text: String,
    pub details: Value,
}

/// Entries that are shown there, as part of a finder's filter.
pub fn entries_at(reads: &mut dyn Reads, shop: ShopId, at: Subject) -> storage::Result<Filter> {
    let own = belonging_to(at);
    let bound = bound_to(reads, shop, at)?;
    Ok(match bound {
        Some(bound) => Filter::Any(vec![own, bound]),
        None => own,
    })
}

fn belonging_to(at: Subject) -> Filter {
    let (name, id) = match at {
        Subject::Order(id) => ("order", id.0),
        Subject::Client(id) => ("client", id.0),
    };
    Field::number([name]).is(Test::Equal(Scalar::Number(id as f64)))
}

fn bound_to(reads: &mut dyn Reads, shop: ShopId, at: Subject) -> storage::Result<Option<Filter>> {
    let most = u32::try_from(Filter::VALUES).unwrap_or(u32::MAX);
    let bound = reads.bound_entries(shop, at, most)?;
    let ids: Vec<Scalar> = bound.into_iter().map(|id| Scalar::Number(id.0 as f64)).collect();
    Ok((!ids.is_empty()).then(|| Field::number(["id"]).is(Test::In(ids))))
}

impl Change<'_> {
    pub fn write_entry(&mut self, new: NewEntry, cause: &Cause) -> Result<Receipt, Refusal> {
        let NewEntry { order, client, kind, text, mut details } = new;
        let found = match order {
            Some(id) => Some(self.tx.order(self.shop, id)?.ok_or_else(|| Refusal::not_found("order", id))?),
            None => None,
        };
        let known = match client {
            Some(id) => Some(self.tx.client(self.shop, id)?.ok_or_else(|| Refusal::not_found("client", id))?),
            None => None,
        };
        if let Some(order) = order {
            self.attach(order, &mut details)?;
        }
        let somebody = cause.by.is_holder();
        if somebody {
            check_entry(kind, &text, &details)?;
            self.must_be_responsible(kind, &details)?;
        }
        let id = EntryId(self.tx.next(Sequence::Entry)?);
        let entry = Entry {
            client,
            about: found.as_deref().map(order_kind).or(known.as_ref().map(|client| client_kind(client.kind))),
            ..blank(id, self, order, kind, &cause.by, text, details)
        };
        self.tx.add_entry(&entry)?;
        let receipt = Receipt { order, client, entry: Some(id), ..Receipt::default() };
        match event_of(&entry, found.as_deref(), Happened::Added).filter(|_| somebody) {
            Some(event) => {
                let event = self.record(event, cause, found.as_deref(), None)?;
                Ok(Receipt { events: vec![event], ..receipt })
            }
            None => Ok(receipt),
        }
    }

    /// What the host itself notes.
    pub fn add_entry(
        &mut self,
        order: Option<OrderId>,
        kind: EntryKind,
        text: String,
        details: Value,
        by: &Actor,
    ) -> Result<EntryId, Refusal> {
        let id = EntryId(self.tx.next(Sequence::Entry)?);
        self.tx.add_entry(&blank(id, self, order, kind, by, text, details))?;
        Ok(id)
    }

    pub fn change_entry(
        &mut self,
        id: EntryId,
        change: EntryChange,
        cause: &Cause,
    ) -> Result<Receipt, Refusal> {
        let before = self.tx.entry(self.shop, id)?.ok_or_else(|| Refusal::not_found("entry", id))?;
        let mut change = change;
        match &mut change {
            EntryChange::Delete => return self.delete_entry(before, cause),
            EntryChange::Bind { to } | EntryChange::Rebind { to, .. } => self.must_be_there(*to)?,
            EntryChange::Edit { details, .. } => {
                if let Some(named) = details.get_mut("attachments").filter(|named| !named.is_null()) {
                    let Some(order) = before.order else {
                        let message = "documents belong to orders, and this is about none";
                        return Err(Rejection::invalid("attachments", message).into());
                    };
                    let mut wrapped = json!({ "attachments": named.take() });
                    self.attach(order, &mut wrapped)?;
                    *named = wrapped["attachments"].take();
                }
                if let Some(Value::String(responsible)) = details.get("responsible") {
                    self.must_employ(responsible)?;
                }
            }
            EntryChange::Pin { at } if !before.pinned.contains(at) => self.must_have_room(*at)?,
            _ => {}
        }
        let (mut after, parts) = before.alter(change, self.now, &cause.by)?;
        let receipt =
            Receipt { order: after.order, client: after.client, entry: Some(id), ..Receipt::default() };
        if parts.is_empty() {
            return Ok(receipt);
        }
        check_depth(cause)?;
        if parts.iter().any(|part| part == "subjects") {
            after.about = self.kind_of(&after)?;
        }
        self.tx.change_entry(&after)?;
        let order = self.order_of(&after)?;
        let mut events = Vec::new();
        if after.is_completed() && !before.is_completed() {
            let event = crate::task::completed(&after, order.as_deref(), "by-hand");
            events.push(self.record(event, cause, order.as_deref(), None)?);
        }
        let told = |part: &String| match part.as_str() {
            "completed" => !after.is_completed(),
            "pinned" | "note" => false,
            _ => true,
        };
        let told: Vec<String> = parts.into_iter().filter(told).collect();
        if !told.is_empty()
            && let Some(event) = event_of(&after, order.as_deref(), Happened::Changed)
        {
            let event = event.attr("fields", told);
            events.push(self.record(event, cause, order.as_deref(), None)?);
        }
        Ok(Receipt { events, ..receipt })
    }

    fn delete_entry(&mut self, entry: Entry, cause: &Cause) -> Result<Receipt, Refusal> {
        entry.must_be_written("deleted")?;
        check_depth(cause)?;
        self.tx.delete_entry(self.shop, entry.id)?;
        let order = self.order_of(&entry)?;
        let receipt =
            Receipt { order: entry.order, client: entry.client, entry: Some(entry.id), ..Receipt::default() };
        let Some(event) = event_of(&entry, order.as_deref(), Happened::Removed) else { return Ok(receipt) };
        let event = self.record(event, cause, order.as_deref(), None)?;
        Ok(Receipt { events: vec![event], ..receipt })
    }

    /// What was shown there and nowhere else is gone; the rest leaves.
    pub fn forget_entries(&mut self, at: Subject) -> Result<(), Refusal> {
        let query = EntryQuery { at: Some(at), kinds: Vec::new() };
        loop {
            let page = Page { after: None, limit: Page::MAX, newest_first: false };
            let entries = self.tx.entries(self.shop, &query, page)?;
            if entries.is_empty() {
                return Ok(());
            }
            for mut entry in entries {
                entry.leave(at);
                if entry.subjects().next().is_none() {
                    self.tx.delete_entry(self.shop, entry.id)?;
                } else {
                    entry.about = self.kind_of(&entry)?;
                    self.tx.change_entry(&entry)?;
                }
            }
        }
    }

    fn must_be_responsible(&self, kind: EntryKind, details: &Value) -> Result<(), Refusal> {
        match details.get("responsible").and_then(Value::as_str) {
            Some(responsible) if kind.is_to_do() => self.must_employ(responsible),
            _ => Ok(()),
        }
    }

    fn must_be_there(&mut self, subject: Subject) -> Result<(), Refusal> {
        match subject {
            Subject::Client(id) => self.must_know(&[id]),
            Subject::Order(id) => match self.tx.order(self.shop, id)? {
                Some(_) => Ok(()),
                None => Err(Refusal::not_found("order", id)),
            },
        }
    }

    fn must_have_room(&mut self, at: Subject) -> Result<(), Refusal> {
        let pinned = || Field::text(["pinned"]).is(Test::Equal(Scalar::Text(at.to_string())));
        let bound = bound_to(self.tx, self.shop, at)?;
        let mut count = 0;
        for place in [Some(belonging_to(at)), bound].into_iter().flatten() {
            let filter = Filter::All(vec![place, pinned()]);
            let find = Find { limit: 0, count: true, ..Find::first(filter) };
            count += self.tx.find_entries(self.shop, &[], &find)?.total.unwrap_or_default();
        }
        if count < PINNED {
            return Ok(());
        }
        let why = "has three pinned entries: unpin one of them first";
        Err(Rejection::Settled { what: "timeline of", id: at.to_string(), why }.into())
    }

    fn order_of(&mut self, entry: &Entry) -> Result<Option<std::sync::Arc<Order>>, Refusal> {
        Ok(match entry.order {
            Some(id) => self.tx.order(self.shop, id)?,
            None => None,
        })
    }

    fn kind_of(&mut self, entry: &Entry) -> Result<Option<SubjectKind>, Refusal> {
        Ok(match entry.subjects().next() {
            Some(Subject::Order(id)) => self.tx.order(self.shop, id)?.as_deref().map(order_kind),
            Some(Subject::Client(id)) => {
                self.tx.client(self.shop, id)?.map(|client| client_kind(client.kind))
            }
            None => None,
        })
    }
}

fn blank(
    id: EntryId,
    change: &Change<'_>,
    order: Option<OrderId>,
    kind: EntryKind,
    by: &Actor,
    text: String,
    details: Value,
) -> Entry {
    Entry {
        id,
        shop: change.shop,
        order,
        client: None,
        about: None,
        also: Vec::new(),
        pinned: Vec::new(),
        kind,
        at: change.now,
        by: by.clone(),
        text,
        details,
        note: None,
        changed: None,
        changed_by: None,
    }
}

fn order_kind(order: &Order) -> SubjectKind {
    match order.kind {
        OrderKind::Order => SubjectKind::Order,
        OrderKind::Deal => SubjectKind::Deal,
    }
}

fn client_kind(kind: ClientKind) -> SubjectKind {
    match kind {
        ClientKind::Contact => SubjectKind::Contact,
        ClientKind::Company => SubjectKind::Company,
    }
}

#[derive(Clone, Copy)]
enum Happened {
    Added,
    Changed,
    Removed,
}

/// Without the text: what people write about a client would outlive its deletion. Of most kinds nobody is told.
fn event_of(entry: &Entry, order: Option<&Order>, happened: Happened) -> Option<NewEvent> {
    use Happened::{Added, Changed, Removed};
    let (name, kind) = match (entry.kind, happened) {
        (EntryKind::Comment, Added) => ("comment", kind::COMMENT_ADDED),
        (EntryKind::Comment, Changed) => ("comment", kind::COMMENT_CHANGED),
        (EntryKind::Comment, Removed) => ("comment", kind::COMMENT_REMOVED),
        (EntryKind::Activity, Added) => ("activity", kind::ACTIVITY_ADDED),
        (EntryKind::Activity, Changed) => ("activity", kind::ACTIVITY_CHANGED),
        (EntryKind::Activity, Removed) => ("activity", kind::ACTIVITY_REMOVED),
        (EntryKind::Task, Added) => ("task", kind::TASK_ADDED),
        (EntryKind::Task, Changed) => ("task", kind::TASK_CHANGED),
        (EntryKind::Task, Removed) => ("task", kind::TASK_REMOVED),
        _ => return None,
    };
    let client = entry.client.or_else(|| order.and_then(Order::client));
    let event = NewEvent { order: order.map(|order| order.id), client, ..NewEvent::new(kind) };
    Some(event.attr(name, entry.id.to_string()))
}
