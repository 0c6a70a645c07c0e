//! `crm.deal.productrows.*`

use rulewright_domain::{OrderChange, OrderKind};
use serde_json::Value;

use super::{
    deal::{Changes, change, found},
    product::{Sent, new_line, row, sorted},
};
use crate::{
    call::{Answer, Call, Outcome},
    entity::Style,
    fault::Fault,
    method::{Method, method},
};

pub(crate) const METHODS: &[Method] =
    &[method!("crm.deal.productrows.get", "crm", get), method!("crm.deal.productrows.set", "crm", set)];

fn id(call: &Call) -> Result<i64, Fault> {
    call.params.id("id").map_err(|_| Fault::classic("The parameter id is invalid or not defined."))
}

fn not_found() -> Fault {
    Fault::classic("Not found")
}

async fn get(call: Call) -> Outcome {
    let order = found(&call, OrderKind::Deal, id(&call)?).await?.ok_or_else(not_found)?;
    let rows = sorted(&order).into_iter().map(|(place, line)| row(&order, place, line, "D", Style::Classic));
    Ok(Answer::of(rows.collect::<Vec<_>>()))
}

/// Replaces all of them.
async fn set(call: Call) -> Outcome {
    let id = id(&call)?;
    found(&call, OrderKind::Deal, id).await?.ok_or_else(not_found)?;
    let must_be = || Fault::classic("The parameter 'rows' must be array.");
    let rows = match call.params.value("rows") {
        Some(Value::Array(_) | Value::Object(_)) => call.params.list("rows"),
        // How forms write an empty list.
        Some(Value::String(text)) if text.is_empty() => Vec::new(),
        _ => return Err(must_be()),
    };
    let rows = rows.iter().map(Value::as_object).collect::<Option<Vec<_>>>().ok_or_else(must_be)?;
    change(&call, OrderKind::Deal, id, not_found, |order| {
        let lines = rows.iter().enumerate().map(|(place, row)| new_line(order, place, &Sent(row), true));
        let lines = lines.collect::<Result<_, Fault>>()?;
        Ok(Changes::These(vec![OrderChange::SetLines { lines }]))
    })
    .await?;
    Ok(Answer::of(true))
}
