//! What store orders and their shipments can be.

use rulewright_domain::OrderKind;
use serde_json::{Value, json};

use super::{table, wrapped};
use crate::{
    call::{Answer, Call, Outcome},
    filter::{self, Nesting},
    funnel, order,
    seek::{Column, Holds, Row, Unknown, column, matching},
    select::Select,
};

const COLUMNS: &[Column] = &[
    column("id", Holds::Text),
    column("type", Holds::Text),
    column("sort", Holds::Number),
    column("notify", Holds::Flag),
    column("color", Holds::Text),
    column("xmlId", Holds::Text),
];

/// Of type O the stages of the pipeline in which orders begin, of type D what a shipment can be.
pub async fn list(call: Call) -> Outcome {
    let filter = filter::parse(call.params.node("filter"), Nesting::Nested)?;
    let sorts = order::strict(&call.params.pairs("order"))?;
    let select = Select::parse(&call.params.list("select"));
    let config = call.config().await?;
    let pipelines = funnel::pipelines(&config, OrderKind::Order);
    let stages = pipelines.first().map(|pipeline| pipeline.stages.as_slice()).unwrap_or_default();
    let stages = stages.iter().map(|stage| (stage.id.0.as_str(), "O", stage.color.as_deref()));
    let shipments = [("DN", "D", None), ("DF", "D", None)].into_iter();
    // The same as DF: see the shipments.
    let own = config.shop.shipment_statuses.iter().filter(|status| status.id != "handed-over");
    let own = own.map(|status| (status.id.as_str(), "D", None));
    let rows = stages.chain(shipments).chain(own).enumerate().map(|(place, (id, kind, color))| {
        Row::from_iter([
            ("id".to_owned(), json!(id)),
            ("type".to_owned(), json!(kind)),
            ("sort".to_owned(), json!((place + 1) * 10)),
            ("notify".to_owned(), json!("N")),
            ("color".to_owned(), json!(color)),
            ("xmlId".to_owned(), json!("")),
        ])
    });
    let rows = matching(rows.collect(), COLUMNS, (&filter, &sorts), Unknown::Refused, "UTC")?;
    let total = u64::try_from(rows.len()).ok();
    let rows: Vec<Value> = rows.into_iter().map(|row| table::selected(row, &select)).collect();
    Ok(Answer { total, ..Answer::of(wrapped("statuses", json!(rows))) })
}
