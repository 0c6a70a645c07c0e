//! What to change of an order.

use std::collections::{BTreeMap, BTreeSet};

use rulewright_domain::{self as domain, ClientId, Currency, EmployeeId, OrderChange, PipelineId, StageId};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{
    TotalBy,
    new::{LineInput, said},
    part::together,
};
use crate::{
    problem::Problem,
    view::value::{Money, present},
};

/// Everything that is named is changed at once: one revision, or nothing.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"title": "Two blue teapots", "fields": {"colour": "blue"}}))]
pub struct OrderPatch {
    /// To another pipeline for the same kind of order.
    pipeline: Option<String>,
    /// Of the pipeline; the first one of another pipeline if left out.
    stage: Option<String>,
    /// Null empties it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    title: Option<Option<String>>,
    /// Null empties it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    comments: Option<Option<String>>,
    /// Sets the fields named here; null empties one.
    fields: Option<BTreeMap<String, Value>>,
    /// Adds values to fields that hold several.
    append_fields: Option<BTreeMap<String, Value>>,
    add_tags: Option<BTreeSet<String>>,
    /// Null: nobody.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, example = "emp_1")]
    responsible: Option<Option<EmployeeId>>,
    /// Null empties it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    source: Option<Option<String>>,
    /// Replaces company and contacts.
    clients: Option<ClientsInput>,
    /// Amounts keep their numbers. Refused once there is a payment.
    #[schema(value_type = Option<String>, example = "GBP")]
    currency: Option<Currency>,
    /// Replaces every line.
    lines: Option<Vec<LineInput>>,
    #[schema(value_type = Option<Money>)]
    total: Option<domain::Money>,
    /// `lines` without a total lets it follow them again; `hand` if there is a total.
    total_by: Option<TotalBy>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ClientsInput {
    #[schema(value_type = Option<String>, example = "cli_8")]
    company: Option<ClientId>,
    #[serde(default)]
    #[schema(value_type = Vec<String>, example = json!(["cli_7"]))]
    contacts: Vec<ClientId>,
}

impl OrderPatch {
    /// Pipeline and currency come before what is said in their terms, and the total after the lines that would undo it.
    pub fn into_change(self) -> Result<OrderChange, Problem> {
        let fields = own_fields(self.fields, [("title", self.title), ("comments", self.comments)])?;
        let total = said(self.total, self.total_by)?;
        let stage = self.stage.map(StageId);
        let place = match (self.pipeline.map(PipelineId), stage) {
            (Some(pipeline), stage) => Some(OrderChange::MovePipeline { pipeline, stage }),
            (None, stage) => stage.map(|stage| OrderChange::MoveStage { stage }),
        };
        together([
            place,
            self.currency.map(|currency| OrderChange::SetCurrency { currency }),
            (!fields.is_empty()).then_some(OrderChange::SetFields { fields }),
            self.append_fields.map(|fields| OrderChange::AppendFields { fields }),
            self.add_tags.map(|tags| OrderChange::AddTags { tags }),
            self.responsible.map(|to| OrderChange::SetResponsible { to }),
            self.source.map(|source| OrderChange::SetSource { source }),
            self.clients
                .map(|ClientsInput { company, contacts }| OrderChange::SetClients { company, contacts }),
            self.lines
                .map(|lines| OrderChange::SetLines { lines: lines.into_iter().map(Into::into).collect() }),
            total.map(|total| OrderChange::SetTotal {
                total: total.map(|(total, _)| total),
                always: total.is_some_and(|(_, always)| always),
            }),
        ])
    }
}

/// Fields of the order and of the shop are set by one change.
fn own_fields(
    fields: Option<BTreeMap<String, Value>>,
    named: [(&str, Option<Option<String>>); 2],
) -> Result<BTreeMap<String, Value>, Problem> {
    let mut own = fields.unwrap_or_default();
    for (name, value) in named.into_iter().filter_map(|(name, value)| Some((name, value?))) {
        // Both spellings would say two things about one value.
        if own.insert(name.to_owned(), value.map_or(Value::Null, Value::String)).is_some() {
            let detail = format!("`{name}` stands both by itself and in `fields`");
            return Err(Problem::mistake(format!("/{name}"), "twice", detail));
        }
    }
    Ok(own)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn change(patch: Value) -> Result<OrderChange, String> {
        let patch: OrderPatch = serde_json::from_value(patch).map_err(|error| error.to_string())?;
        patch.into_change().map_err(|problem| problem.status().to_string())
    }

    #[test]
    fn what_a_patch_names_is_one_change() {
        let fields = BTreeMap::from([("title".to_owned(), json!("A")), ("colour".to_owned(), Value::Null)]);
        assert_eq!(
            change(json!({"title": "A", "fields": {"colour": null}})),
            Ok(OrderChange::SetFields { fields: fields.clone() })
        );
        assert_eq!(change(json!({"responsible": null})), Ok(OrderChange::SetResponsible { to: None }));
        let moved = OrderChange::MovePipeline { pipeline: "repairs".into(), stage: None };
        let changes = vec![moved, OrderChange::SetFields { fields }, OrderChange::SetSource { source: None }];
        assert_eq!(
            change(json!({"source": null, "title": "A", "fields": {"colour": null}, "pipeline": "repairs"})),
            Ok(OrderChange::Several { changes })
        );
        for refused in [
            json!({}),
            json!({"title": "A", "fields": {"title": "B"}}),
            json!({"total_by": "hand"}),
            json!({"colour": "red"}),
            json!({"responsible": 5}),
        ] {
            assert!(change(refused.clone()).is_err(), "{refused}");
        }
    }

    #[test]
    fn a_total_outlives_the_lines_that_come_with_it() {
        let nine = json!({"amount": "9", "currency": "GBP"});
        let Ok(OrderChange::Several { changes }) = change(json!({"total": nine, "lines": []})) else {
            panic!()
        };
        assert!(matches!(&changes[..], [OrderChange::SetLines { .. }, OrderChange::SetTotal { .. }]));
        assert_eq!(
            change(json!({"total_by": "lines"})),
            Ok(OrderChange::SetTotal { total: None, always: false })
        );
    }
}
