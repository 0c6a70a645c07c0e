//! What stands on the timelines of deals, orders, contacts and companies: `crm.timeline.*`.

mod bindings;
mod comment;
mod files;
mod log;
mod note;
mod pin;
#[cfg(test)]
mod tests;

use rulewright_domain::EntryKind;
use serde_json::{Map, Value, json};

use crate::method::{Method, method};

pub(crate) const METHODS: &[Method] = &[
    method!("crm.timeline.bindings.bind", "crm", bindings::bind),
    method!("crm.timeline.bindings.fields", "crm", bindings::fields),
    method!("crm.timeline.bindings.list", "crm", bindings::list),
    method!("crm.timeline.bindings.unbind", "crm", bindings::unbind),
    method!("crm.timeline.comment.add", "crm", comment::add),
    method!("crm.timeline.comment.delete", "crm", comment::delete),
    method!("crm.timeline.comment.fields", "crm", comment::fields),
    method!("crm.timeline.comment.get", "crm", comment::get),
    method!("crm.timeline.comment.list", "crm", comment::list),
    method!("crm.timeline.comment.update", "crm", comment::update),
    method!("crm.timeline.item.pin", "crm", pin::pin),
    method!("crm.timeline.item.unpin", "crm", pin::unpin),
    method!("crm.timeline.logmessage.add", "crm", log::add),
    method!("crm.timeline.logmessage.delete", "crm", log::delete),
    method!("crm.timeline.logmessage.get", "crm", log::get),
    method!("crm.timeline.logmessage.list", "crm", log::list),
    method!("crm.timeline.note.delete", "crm", note::delete),
    method!("crm.timeline.note.get", "crm", note::get),
    method!("crm.timeline.note.save", "crm", note::save),
];

const COMMENTS: &[EntryKind] = &[EntryKind::Comment];

/// Lines of an answer of `fields`: name, type, title, and of r required, o read-only, i immutable, m multiple.
fn described(fields: &[(&str, &str, &str, &str)]) -> Value {
    let mut lines = Map::new();
    for (name, kind, title, marks) in fields {
        let is = |mark: char| marks.contains(mark);
        let line = json!({
            "type": kind,
            "isRequired": is('r'),
            "isReadOnly": is('o'),
            "isImmutable": is('i'),
            "isMultiple": is('m'),
            "isDynamic": false,
            "title": title,
        });
        lines.insert((*name).to_owned(), line);
    }
    Value::Object(lines)
}
