//! What things take, in bytes: in memory while a step holds them, and again where they are written.
//!
//! Told from their parts: to write them out only to count the bytes would cost as much as to keep them.

use rulewright_domain::{
    Command, DocumentDraft, Draft, Effect, FromTemplate, NewEvent, OrderChange, Recipient,
};
use serde_json::Value;

/// An effect without anything in it: its variant, ids and names of fields.
const EFFECT: u64 = 256;
/// A JSON value beside its text, and a key beside its own.
const VALUE: u64 = 32;
const KEY: u64 = 48;

pub(crate) fn of_effect(effect: &Effect) -> u64 {
    EFFECT
        + match effect {
            Effect::Command { command, label } => of_command(command) + optional(label),
            Effect::Message(draft) => of_draft(draft),
            Effect::Storage { key, value } => text(key) + value.as_deref().map_or(0, of_bytes),
        }
}

pub(crate) fn of_fields<'a>(fields: impl IntoIterator<Item = (&'a String, &'a Value)>) -> u64 {
    fields.into_iter().map(|(key, value)| KEY + text(key) + of_json(value)).sum()
}

fn of_json(value: &Value) -> u64 {
    VALUE
        + match value {
            Value::String(value) => text(value),
            Value::Array(items) => items.iter().map(of_json).sum(),
            Value::Object(map) => of_fields(map),
            _ => 0,
        }
}

fn of_command(command: &Command) -> u64 {
    match command {
        Command::ChangeOrder { change, .. } => of_change(change),
        Command::AddEntry { text: words, details, .. } => text(words) + of_json(details),
        Command::Ingest(event) => of_event(event),
        Command::CreateDocument(DocumentDraft::Made { title, media_type, content, .. }) => {
            text(title) + text(media_type) + of_bytes(content)
        }
        Command::CreateDocument(DocumentDraft::FromTemplate(from)) => of_wish(from),
        Command::CreateDocument(DocumentDraft::Filled { from, number, media_type, content }) => {
            of_wish(from) + text(number) + text(media_type) + of_bytes(content)
        }
        Command::ChangeClient { fields, .. } => of_fields(fields),
        Command::AddItem { list, fields } | Command::ChangeItem { list, fields, .. } => {
            text(list) + of_fields(fields)
        }
        Command::SendMailing(mailing) => {
            let lines = [&mailing.sender, &mailing.subject].map(optional).iter().sum::<u64>();
            text(&mailing.segment) + lines + text(&mailing.text) + of_fields(&mailing.params)
        }
        Command::StartWorkflow { workflow, parameters, .. } => text(workflow) + of_fields(parameters),
        // No step can ask for these.
        Command::CreateOrder(_)
        | Command::CreateClient(_)
        | Command::UpdateClient(_)
        | Command::EditClient { .. }
        | Command::DeleteClient { .. }
        | Command::ChangeEntry { .. }
        | Command::Complete { .. } => 0,
    }
}

fn of_wish(from: &FromTemplate) -> u64 {
    let lines = [&from.numerator, &from.title, &from.requisites].map(optional).iter().sum::<u64>();
    text(&from.template) + lines + of_json(&from.values)
}

fn of_change(change: &OrderChange) -> u64 {
    match change {
        OrderChange::MoveStage { stage } => text(&stage.0),
        OrderChange::SetFields { fields }
        | OrderChange::AppendFields { fields }
        | OrderChange::EditShipments { fields, .. } => of_fields(fields),
        OrderChange::AddTags { tags } => tags.iter().map(|tag| VALUE + text(tag)).sum(),
        OrderChange::Cancel { reason } => optional(reason),
        // Of the rest no step can ask for what is large.
        _ => 0,
    }
}

fn of_event(event: &NewEvent) -> u64 {
    text(&event.kind)
        + optional(&event.correlation)
        + of_fields(&event.attrs)
        + event.data.text().map_or(0, text)
}

fn of_draft(draft: &Draft) -> u64 {
    let to = if let Recipient::Address(address) = &draft.to { text(address) } else { 0 };
    let lines: u64 = [&draft.sender, &draft.subject, &draft.correlation].into_iter().map(optional).sum();
    to + text(&draft.channel) + text(&draft.address) + lines + text(&draft.text) + of_fields(&draft.params)
}

fn text(text: &str) -> u64 {
    text.len() as u64
}

fn optional(line: &Option<String>) -> u64 {
    line.as_deref().map_or(0, text)
}

/// Written as Base64.
fn of_bytes(bytes: &[u8]) -> u64 {
    (bytes.len() as u64).div_ceil(3) * 4
}

#[cfg(test)]
mod tests {
    use rulewright_domain::{EntryKind, Fields, OrderId};
    use serde_json::json;

    use super::*;

    fn entry(details: Value) -> Effect {
        let order = Some(OrderId(1));
        let command =
            Command::AddEntry { order, client: None, kind: EntryKind::Task, text: "ä".into(), details };
        Effect::Command { command, label: None }
    }

    #[test]
    fn nothing_weighs_less_than_what_is_written_of_it() {
        let fields: Fields = [("a".to_owned(), json!([1, "two", { "three": null }]))].into();
        let change = OrderChange::SetFields { fields };
        let command = Command::ChangeOrder { id: OrderId(1), expected: None, change };
        for effect in [
            entry(Value::Null),
            entry(json!({ "list": vec![1; 500], "text": "x".repeat(500) })),
            Effect::Command { command, label: Some("task".into()) },
            Effect::Storage { key: "k".into(), value: Some(vec![0; 1000]) },
        ] {
            let written = serde_json::to_string(&effect).unwrap().len() as u64;
            assert!(of_effect(&effect) >= written, "{} < {written}: {effect:?}", of_effect(&effect));
        }
    }

    #[test]
    fn many_small_values_weigh_what_they_take_in_memory() {
        let small = json!(vec![0; 10_000]);
        assert!(of_effect(&entry(small)) >= 10_000 * size_of::<Value>() as u64);
    }
}
