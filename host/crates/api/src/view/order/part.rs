//! What is done to an order's stage, payments and shipments.

use std::collections::BTreeMap;

use rulewright_domain::{self as domain, OrderChange, PaymentId, PipelineId, ShipmentId, StageId};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    problem::Problem,
    view::value::{Money, present},
};

/// One revision, or nothing.
pub fn together<const N: usize>(changes: [Option<OrderChange>; N]) -> Result<OrderChange, Problem> {
    let mut changes: Vec<OrderChange> = changes.into_iter().flatten().collect();
    match changes.len() {
        0 => Err(Problem::nothing_to_change("name a key to change; null empties what may be empty")),
        1 => Ok(changes.remove(0)),
        _ => Ok(OrderChange::Several { changes }),
    }
}

/// Where to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"stage": "packed"}))]
pub struct MoveStage {
    stage: String,
    /// Of which the stage is, if it is another one than the order's: for the same kind of order.
    pipeline: Option<String>,
}

impl From<MoveStage> for OrderChange {
    fn from(to: MoveStage) -> OrderChange {
        let stage = StageId(to.stage);
        match to.pipeline.map(PipelineId) {
            Some(pipeline) => OrderChange::MovePipeline { pipeline, stage: Some(stage) },
            None => OrderChange::MoveStage { stage },
        }
    }
}

/// A payment to come, or one that has been made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPayment {
    #[schema(value_type = Money)]
    amount: domain::Money,
    /// Who carries it, e.g. `card`.
    system: Option<String>,
    #[serde(default)]
    paid: bool,
    /// What else is known of it.
    #[serde(default)]
    attrs: BTreeMap<String, Value>,
}

impl NewPayment {
    pub fn into_change(self) -> Result<OrderChange, Problem> {
        let NewPayment { amount, system, paid, attrs } = self;
        let has_attrs = !attrs.is_empty();
        let note = OrderChange::EditPayment { payment: None, amount: None, system: None, attrs };
        let add = OrderChange::AddPayment { amount, system, paid };
        together([Some(add), has_attrs.then_some(note)])
    }
}

/// What to change of a payment.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"system": "card", "paid": true}))]
pub struct PaymentPatch {
    /// Stays as it is while the payment is paid.
    #[schema(value_type = Option<Money>)]
    amount: Option<domain::Money>,
    /// Null: nobody is known to carry it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, example = "card")]
    system: Option<Option<String>>,
    /// False: it was not received after all.
    paid: Option<bool>,
    /// What else is known of it: sets those named here, null empties one.
    attrs: Option<BTreeMap<String, Value>>,
}

impl PaymentPatch {
    /// What was taken back can have another amount, and what has another amount can be received.
    pub fn into_change(self, payment: PaymentId) -> Result<OrderChange, Problem> {
        let PaymentPatch { amount, system, paid, attrs } = self;
        let edits = amount.is_some() || system.is_some() || attrs.is_some();
        let edit = OrderChange::EditPayment {
            payment: Some(payment),
            amount,
            system: system.map(Option::unwrap_or_default),
            attrs: attrs.unwrap_or_default(),
        };
        together([
            (paid == Some(false)).then_some(OrderChange::Unpay { payment }),
            edits.then_some(edit),
            (paid == Some(true)).then_some(OrderChange::Pay { payment: Some(payment) }),
        ])
    }
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewShipment {
    /// Who carries it.
    service: Option<String>,
    /// What else is known of it.
    #[serde(default)]
    attrs: BTreeMap<String, Value>,
}

impl NewShipment {
    pub fn into_change(self) -> Result<OrderChange, Problem> {
        let NewShipment { service, attrs } = self;
        let note = (!attrs.is_empty()).then_some(OrderChange::NoteShipment { shipment: None, attrs });
        together([Some(OrderChange::AddShipment { service }), note])
    }
}

/// What to change of one shipment, or of all.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShipmentPatch {
    /// All of them if left out.
    #[schema(value_type = Option<String>, example = "shp_1")]
    shipment: Option<ShipmentId>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    status: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    tracking_number: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    service: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    comment: Option<Option<String>>,
    /// A day such as 2026-12-01, or a moment.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, example = "2026-12-01")]
    date: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, example = "emp_1")]
    responsible: Option<Option<String>>,
    /// Approved for delivery.
    allowed: Option<bool>,
    shipped: Option<bool>,
    /// What else is known of one shipment: sets those named here, null empties one.
    attrs: Option<BTreeMap<String, Value>>,
}

impl ShipmentPatch {
    pub fn into_change(self) -> Result<OrderChange, Problem> {
        let patch = self;
        let texts = [
            ("status", patch.status),
            ("tracking-number", patch.tracking_number),
            ("service", patch.service),
            ("comment", patch.comment),
            ("date", patch.date),
            ("responsible", patch.responsible),
        ];
        let texts = texts
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?.map_or(Value::Null, Value::String))));
        let marks = [("allowed", patch.allowed), ("shipped", patch.shipped)];
        let marks = marks.into_iter().filter_map(|(name, mark)| Some((name.to_owned(), Value::Bool(mark?))));
        let fields: BTreeMap<String, Value> = texts.chain(marks).collect();
        let shipment = patch.shipment;
        if patch.attrs.is_some() && shipment.is_none() {
            let message = "`attrs` are those of one shipment: name it as `shipment`";
            return Err(Problem::mistake("/shipment", "missing", message));
        }
        together([
            (!fields.is_empty()).then_some(OrderChange::EditShipments { shipment, fields }),
            patch.attrs.map(|attrs| OrderChange::NoteShipment { shipment, attrs }),
        ])
    }
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "the client changed their mind"}))]
pub struct Cancellation {
    pub reason: Option<String>,
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json};

    use super::*;

    #[test]
    fn a_shipment_patch_tells_null_from_nothing() {
        let patch = |body| from_value::<ShipmentPatch>(body).unwrap().into_change().ok();
        let fields = BTreeMap::from([
            ("tracking-number".to_owned(), json!("T1")),
            ("comment".to_owned(), Value::Null),
        ]);
        assert_eq!(
            patch(json!({"tracking_number": "T1", "comment": null})),
            Some(OrderChange::EditShipments { shipment: None, fields })
        );
        assert_eq!(patch(json!({})), None);
        assert_eq!(patch(json!({"attrs": {"weight": 2}})), None);
    }

    #[test]
    fn a_payment_is_taken_back_before_its_amount_changes_and_received_after() {
        let kinds = |paid: bool| {
            let body = json!({"paid": paid, "amount": {"amount": "5", "currency": "GBP"}});
            let change = from_value::<PaymentPatch>(body).unwrap().into_change(PaymentId(1)).ok().unwrap();
            let OrderChange::Several { changes } = change else { panic!("{change:?}") };
            changes.iter().map(|change| matches!(change, OrderChange::EditPayment { .. })).collect::<Vec<_>>()
        };
        assert_eq!((kinds(true), kinds(false)), (vec![true, false], vec![false, true]));
    }
}
