//! Which host functions lead to what a worker says: to a question, and to an effect.
//!
//! **Invariant:** what none of them leads to has none here, and so is never granted.

use rulewright_domain::{Command, DocumentDraft, Effect, EntryKind, OrderChange};

use super::words::Question;
use crate::convert;

/// Host functions that look at another order, some to refuse at once what the commit would refuse.
const SEES_ORDERS: &[&str] = &[
    "orders-read.get",
    "orders-write.delete",
    "shipments-write.allow-delivery",
    "shipments-write.mark-shipped",
    "shipments-write.edit",
    "messages.queue",
];

/// Host functions that look up employees, some to see whether there is one.
const SEES_EMPLOYEES: &[&str] = &[
    "employees-read.get",
    "employees-read.all",
    "messages.queue",
    "history.write",
    "timeline.add-comment",
    "timeline.add-comment-with-documents",
];

/// Host functions that ask this; one of them must have been granted.
pub(super) fn answering(question: &Question) -> &'static [&'static str] {
    match question {
        Question::Order(_) => SEES_ORDERS,
        Question::OrdersOfClient { .. } => &["orders-read.list-of-client"],
        Question::Client(_) => &["clients-read.get", "messages.queue"],
        Question::Employees => SEES_EMPLOYEES,
        Question::Item { .. } => &["lists-read.get"],
        Question::Items { .. } => &["lists-read.find"],
        Question::Stored(_) => &["storage.get"],
        Question::HasSecret(_) => &["secrets.open"],
        Question::Reveal(_) => &["secrets-reveal.reveal"],
        Question::Sign { .. } => &["signatures.sign"],
        Question::Matches { .. } => &["signatures.matches"],
        Question::Prepare(_) => &["documents.prepare"],
        Question::Send { .. } => &["http.send"],
    }
}

/// Those that stage such an effect, one of which must have been granted.
pub(super) fn functions(effect: &Effect) -> &'static [&'static str] {
    let command = match effect {
        Effect::Message(_) => return &["messages.queue"],
        Effect::Storage { value: Some(_), .. } => return &["storage.set"],
        Effect::Storage { value: None, .. } => return &["storage.delete"],
        Effect::Command { command, .. } => command,
    };
    match command {
        Command::ChangeOrder { change, expected: None, .. } => of_change(change),
        Command::ChangeClient { .. } => &["clients-write.set-fields"],
        Command::Ingest(event) if event.kind.strip_prefix("plugin.").is_some_and(convert::is_kind) => {
            &["events-emit.emit"]
        }
        Command::AddEntry { client: None, kind, details, .. } => match kind {
            EntryKind::Comment if details.get("attachments").is_some() => {
                &["timeline.add-comment-with-documents"]
            }
            EntryKind::Comment => &["timeline.add-comment", "timeline.add-comment-with-documents"],
            EntryKind::History => &["history.write"],
            EntryKind::Activity => &["activities.add"],
            EntryKind::Task => &["tasks.create"],
            EntryKind::Notification => &["notifications.send"],
            EntryKind::Feed => &["feed.publish"],
            _ => &[],
        },
        Command::CreateDocument(DocumentDraft::FromTemplate(_)) => &["documents.create"],
        Command::CreateDocument(DocumentDraft::Filled { .. }) => &["documents.create-filled"],
        Command::CreateDocument(DocumentDraft::Made { .. }) => &["documents.put"],
        Command::AddItem { .. } => &["lists-write.create"],
        Command::ChangeItem { .. } => &["lists-write.update"],
        Command::SendMailing(_) => &["segments.queue"],
        Command::StartWorkflow { .. } => &["workflows.start"],
        _ => &[],
    }
}

fn of_change(change: &OrderChange) -> &'static [&'static str] {
    match change {
        OrderChange::MoveStage { .. } => &["orders-write.move-stage"],
        OrderChange::SetFields { .. } => &["orders-write.set-fields"],
        OrderChange::AppendFields { .. } => &["orders-write.append-fields"],
        OrderChange::AddTags { .. } => &["orders-write.add-tags"],
        OrderChange::SetResponsible { .. } => &["orders-write.set-responsible"],
        OrderChange::Cancel { .. } => &["orders-write.cancel"],
        OrderChange::Delete => &["orders-write.delete"],
        OrderChange::Pay { payment: None } => &["payments-write.mark-paid"],
        OrderChange::AllowDelivery => &["shipments-write.allow-delivery"],
        OrderChange::MarkShipped => &["shipments-write.mark-shipped"],
        // These are permissions of their own.
        OrderChange::EditShipments { fields, .. }
            if fields.contains_key("allowed") || fields.contains_key("shipped") =>
        {
            &[]
        }
        OrderChange::EditShipments { .. } => &["shipments-write.edit"],
        _ => &[],
    }
}
