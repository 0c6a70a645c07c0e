//! `crm.timeline.comment.*`.

use rulewright_domain::{Command, Entry, EntryChange, EntryKind, Fields, find::Filter};
use rulewright_engine::entries_at;
use serde_json::{Map, Value, json};

use super::{COMMENTS, described, files};
use crate::{
    call::{Answer, Call, Outcome},
    fault::{Fault, System},
    filter::{self, Nesting, Op},
    methods::{
        activity,
        entries::{self, Place},
        owner::{self, Owner},
    },
    order, scalar,
    select::Select,
    wire::envelope,
};

pub(super) async fn add(call: Call) -> Outcome {
    let fields = fields_of(&call)?;
    let of = |name: &str| of(&fields, name);
    for name in ["ENTITY_ID", "ENTITY_TYPE", "COMMENT"] {
        of(name).ok_or_else(|| Fault::missing(name))?;
    }
    let text = text_of(of("COMMENT"))?;
    let owner = Owner::read(of("ENTITY_TYPE"), of("ENTITY_ID")).ok_or_else(owner::owner_not_found)?;
    if !owner.is_known(&call).await? {
        return Err(owner::owner_not_found());
    }
    let files = match of("FILES") {
        Some(sent) => files::received(&call, sent, None).await?,
        None => Value::Null,
    };
    let command = Command::AddEntry {
        order: owner.order(),
        client: owner.client(),
        kind: EntryKind::Comment,
        text,
        details: if files.is_null() { files } else { json!({ files::DETAIL: files }) },
    };
    let receipt = call.execute(command).await?;
    let id = receipt.entry.ok_or_else(|| Fault::system(System::Internal))?;
    Ok(Answer::of(id.0))
}

pub(super) async fn update(call: Call) -> Outcome {
    let id = call.params.required_id("id")?;
    let fields = fields_of(&call)?;
    let (entry, _) = named(&call, id).await?;
    let text = of(&fields, "COMMENT").map(|comment| text_of(Some(comment))).transpose()?;
    let mut details = Fields::new();
    if let Some(sent) = of(&fields, "FILES") {
        details.insert(files::DETAIL.to_owned(), files::received(&call, sent, Some(&entry)).await?);
    }
    let change = EntryChange::Edit { text, details, completed: None };
    call.execute(Command::ChangeEntry { entry: entry.id, change }).await?;
    Ok(Answer::of(id))
}

/// At one of its places where the call names it, else everywhere, if that is one place.
pub(super) async fn delete(call: Call) -> Outcome {
    let id = call.params.required_id("id")?;
    let (entry, owner) = named(&call, id).await?;
    let several = entry.subjects().count() > 1;
    let change = match owner {
        Some(owner) if several => EntryChange::Unbind { from: owner.subject() },
        None if several => {
            let why = "The comment is bound to several entities: name one by ownerTypeId and ownerId";
            return Err(Fault::coded("MULTIPLE_BINDINGS", why));
        }
        _ => EntryChange::Delete,
    };
    call.execute(Command::ChangeEntry { entry: entry.id, change }).await?;
    Ok(Answer::of(Value::Null))
}

pub(super) async fn get(call: Call) -> Outcome {
    let id = call.params.id("id")?;
    let entry = owner::entry(&call, id, COMMENTS).await?.ok_or_else(|| Fault::classic("Not found."))?;
    let (shop, config) = (call.shop(), call.config().await?);
    let (entry, owner) = call
        .read(move |reads| {
            let owner = Owner::first(&entry, reads, shop)?;
            Ok((entry, owner))
        })
        .await?;
    Ok(Answer::of(row(&entry, owner, &Select::parse(&[]), &config.shop.time_zone)))
}

pub(super) async fn list(call: Call) -> Outcome {
    let (shop, config) = (call.shop(), call.config().await?);
    let zone = config.shop.time_zone.clone();
    let filter = filter::parse(call.params.node("filter"), Nesting::Flat)?;
    let owner = Owner::read(demanded(&filter, "ENTITY_TYPE"), demanded(&filter, "ENTITY_ID"));
    let owner = owner.ok_or_else(|| {
        Fault::classic("Access denied: filter by ENTITY_TYPE (deal, contact, company, order) and ENTITY_ID")
    })?;
    let select = Select::parse(&call.params.list("select"));
    let by = entries::sorted(&order::lenient(&call.params.pairs("order")), place, &[]);
    let find = entries::page(&call, entries::condition(&filter, place, &zone), by);
    let found = call
        .read(move |reads| {
            if !owner.exists(reads, shop)? {
                return Err(Fault::classic(
                    "Access denied: there is no such entity, or it is not to be read",
                ));
            }
            let mut find = find;
            find.filter = Filter::All(vec![entries_at(reads, shop, owner.subject())?, find.filter]);
            find.check()
                .map_err(|wrong| Fault::coded("INVALID_ARG_VALUE", format!("Invalid filter: {wrong}")))?;
            Ok(reads.find_entries(shop, COMMENTS, &find)?)
        })
        .await?;
    let rows: Value = found.rows.iter().map(|entry| row(entry, Some(owner), &select, &zone)).collect();
    Ok(Answer::page(rows, call.params.start(), found.total.unwrap_or_default()))
}

pub(super) async fn fields(_: Call) -> Outcome {
    Ok(Answer::of(described(&[
        ("ID", "integer", "ID", "o"),
        ("CREATED", "datetime", "Date added", "o"),
        ("ENTITY_ID", "integer", "ID of the element the comment is bound to", "ri"),
        ("ENTITY_TYPE", "string", "Type of the element the comment is bound to", "ri"),
        ("AUTHOR_ID", "integer", "Author", "i"),
        ("COMMENT", "string", "Comment text", ""),
        ("FILES", "attached_diskfile", "File list", "m"),
    ])))
}

/// The comment, and where the call wants it to be: there it must be shown.
async fn named(call: &Call, id: i64) -> Result<(Entry, Option<Owner>), Fault> {
    let owner = match (call.params.value("ownerTypeId"), call.params.value("ownerId")) {
        (None, None) => None,
        _ => Some(owner::named(call, "ownerTypeId", "ownerId").await?),
    };
    let entry = owner::entry(call, id, COMMENTS).await?;
    let is_there = |entry: &Entry| owner.is_none_or(|owner| entry.is_at(owner.subject()));
    Ok((entry.filter(is_there).ok_or_else(owner::not_found)?, owner))
}

fn fields_of(call: &Call) -> Result<Map<String, Value>, Fault> {
    if !call.params.has("fields") {
        return Err(Fault::missing("fields"));
    }
    call.params.map("fields")
}

fn of<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    let found = fields.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value).filter(|value| !value.is_null())
}

fn text_of(comment: Option<&Value>) -> Result<String, Fault> {
    let text = comment.and_then(scalar::text).filter(|text| !text.trim().is_empty());
    text.ok_or_else(|| Fault::coded("INVALID_ARG_VALUE", "Empty comment"))
}

/// What the whole filter demands to be equal.
fn demanded<'a>(filter: &'a filter::Filter, name: &str) -> Option<&'a Value> {
    let filter::Filter::All(parts) = filter else { return None };
    parts.iter().find_map(|part| match part {
        filter::Filter::Cond { field, op, value } if field.eq_ignore_ascii_case(name) => match (op, value) {
            (Op::Equal, value) => Some(value),
            (Op::In, Value::Array(values)) if values.len() == 1 => values.first(),
            _ => None,
        },
        _ => None,
    })
}

fn place(name: &str) -> Option<Place> {
    use rulewright_domain::find::Kind;
    Some(match name.to_ascii_uppercase().as_str() {
        "ID" => Place::At(&["id"], Kind::Number),
        "CREATED" => Place::At(&["at"], Kind::Moment),
        "AUTHOR_ID" => Place::At(&["by", "employee"], Kind::Number),
        "COMMENT" => Place::At(&["text"], Kind::Text),
        _ => return None,
    })
}

fn row(entry: &Entry, owner: Option<Owner>, select: &Select, zone: &str) -> Value {
    let all = [
        ("ID", json!(entry.id.0.to_string())),
        ("ENTITY_ID", json!(owner.map_or(0, |owner| owner.id).to_string())),
        ("ENTITY_TYPE", json!(owner.map_or("", |owner| owner.kind.name()))),
        ("CREATED", json!(envelope::date(entry.at, zone))),
        ("COMMENT", json!(entry.text)),
        ("AUTHOR_ID", json!(activity::author(entry).to_string())),
    ];
    let shown = all.into_iter().filter(|(name, _)| *name == "ID" || select.shows(name));
    let mut row: Map<String, Value> = shown.map(|(name, value)| (name.to_owned(), value)).collect();
    if let Some(files) = files::shown(entry, zone).filter(|_| select.shows("FILES")) {
        row.insert("FILES".to_owned(), files);
    }
    Value::Object(row)
}
