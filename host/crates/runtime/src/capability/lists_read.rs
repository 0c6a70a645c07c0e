//! `rulewright:host/lists-read`: as the lists were when the step began.

use rulewright_domain::{Fields, Item as Row, ItemId};

use super::{Function, function, waiting};
use crate::{
    bindings::{errors::HostError, host::lists_read::Item, values::Attr},
    convert,
    refusal::{Refusal, invalid},
    step::Step,
};

pub const FUNCTIONS: &[Function] = &[
    function("lists-read.get", |linker, name| {
        waiting(linker, name, |step, (list, id): (String, String)| Box::pin(get(step, list, id)))
    }),
    function("lists-read.find", |linker, name| {
        waiting(linker, name, |step, (list, fields, limit): (String, Vec<Attr>, u32)| {
            Box::pin(find(step, list, fields, limit))
        })
    }),
];

/// An id of another kind is that of no item: people write it into a setting.
async fn get(step: &mut Step, list: String, id: String) -> Result<Item, Refusal> {
    let id: ItemId = id.trim().parse().map_err(|_| HostError::NotFound)?;
    step.read()?;
    let world = step.world.clone();
    let found = step.ask(async move { world.item(&list, id).await }).await?;
    Ok(item(found.ok_or(HostError::NotFound)?))
}

async fn find(step: &mut Step, list: String, attrs: Vec<Attr>, limit: u32) -> Result<Vec<Item>, Refusal> {
    if !(1..=100).contains(&limit) {
        return Err(invalid("/limit", "out-of-range", format!("{limit} is not 1 to 100")).into());
    }
    let wanted: Fields = convert::fields("/fields", attrs, &step.limits)?.into_iter().collect();
    step.read()?;
    let world = step.world.clone();
    let found = step.ask(async move { world.items(&list, wanted, limit).await }).await?;
    Ok(found.into_iter().map(item).collect())
}

fn item(row: Row) -> Item {
    let fields = row.fields.iter().map(|(name, value)| convert::attr(name, convert::to_value(value)));
    Item { id: row.id.to_string(), fields: fields.collect(), list_name: row.list }
}
