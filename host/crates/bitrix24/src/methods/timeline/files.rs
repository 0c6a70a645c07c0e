//! Files of a comment, and the documents that are attached to it.

use rulewright_domain::{Entry, FieldDefinition, FieldKind, FieldOf};
use serde_json::{Map, Value, json};

use crate::{
    call::Call,
    entity::user,
    fault::Fault,
    methods::activity,
    user_field::value::{self, Sent, file_number},
    wire::envelope,
};

/// Among the details of a comment.
pub const DETAIL: &str = "files";

/// FILES as they were sent, in the form of the domain; null: none. Their bytes are kept first. `before` is the comment
/// that is changed: what it has may stay.
pub async fn received(call: &Call, sent: &Value, before: Option<&Entry>) -> Result<Value, Fault> {
    let invalid = |why: String| Fault::coded("INVALID_ARG_VALUE", format!("Invalid value of FILES: {why}"));
    let form =
        FieldDefinition { multiple: true, ..FieldDefinition::new(FieldOf::Deal, "FILES", FieldKind::File) };
    let there = before.and_then(|entry| entry.details.get(DETAIL));
    let mut files = Vec::new();
    for one in value::received(&form, sent).map_err(invalid)? {
        // Documents are the order's, and stay attached whatever is said.
        if matches!(one, Sent::Kept(id) if documents(before).any(|(number, _)| number == id)) {
            continue;
        }
        files.push(user::kept(call, one, there).await?.map_err(invalid)?);
    }
    Ok(if files.is_empty() { Value::Null } else { Value::Array(files) })
}

/// By their numbers. None: it has none. Whoever may read them has them by `/v1`.
pub fn shown(entry: &Entry, zone: &str) -> Option<Value> {
    let row = |number: i64, name: &Value, size: &Value, is_image: bool, url: String| {
        json!({
            "id": number,
            "date": envelope::date(entry.at, zone),
            "type": if is_image { "image" } else { "file" },
            "name": name,
            "size": size,
            "authorId": activity::author(entry),
            "authorName": entry.by.name(),
            "urlPreview": url,
            "urlShow": url,
            "urlDownload": url,
        })
    };
    let attached = documents(Some(entry)).map(|(number, document)| {
        let text = |name: &str| document.get(name).and_then(Value::as_str).unwrap_or_default();
        let is_image = text("media_type").starts_with("image/");
        let url = format!("/v1/documents/{}/content", text("id"));
        (number, row(number, &document["title"], &document["size"], is_image, url))
    });
    let kept = listed(entry, DETAIL).map(|file| {
        let text = |name: &str| file.get(name).and_then(Value::as_str).unwrap_or_default();
        let (digest, number) = (text("digest"), file_number(text("digest")));
        let url = format!("/v1/files/{digest}");
        (number, row(number, &file["name"], &file["size"], is_image(text("name")), url))
    });
    let all = attached.chain(kept).map(|(number, row)| (number.to_string(), row));
    let all: Map<String, Value> = all.collect();
    (!all.is_empty()).then_some(Value::Object(all))
}

/// Attached ones, by their numbers.
fn documents(entry: Option<&Entry>) -> impl Iterator<Item = (i64, &Value)> {
    let all = entry.into_iter().flat_map(|entry| listed(entry, "attachments"));
    all.filter_map(|document| {
        let id = document.get("id").and_then(Value::as_str)?;
        Some((id.rsplit('_').next()?.parse().ok()?, document))
    })
}

fn listed<'e>(entry: &'e Entry, detail: &str) -> impl Iterator<Item = &'e Value> {
    entry.details.get(detail).and_then(Value::as_array).into_iter().flatten()
}

/// By the name alone: of a file nothing else tells.
fn is_image(name: &str) -> bool {
    let end = name.rsplit_once('.').map_or("", |(_, end)| end).to_ascii_lowercase();
    matches!(end.as_str(), "png" | "jpg" | "jpeg" | "gif" | "webp" | "bmp" | "svg")
}
