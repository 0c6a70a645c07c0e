//! `rulewright:host/shipments-write`. Each function tells how many shipments it changes.

use rulewright_domain::{Fields, OrderChange, ShipmentId};

use super::{Function, function, waiting};
use crate::{
    bindings::values::Attr,
    convert,
    refusal::{Refusal, invalid},
    step::Step,
};

pub const FUNCTIONS: &[Function] = &[
    function("shipments-write.allow-delivery", |linker, name| {
        waiting(linker, name, |step, (id,): (String,)| {
            Box::pin(changed(step, id, OrderChange::AllowDelivery))
        })
    }),
    function("shipments-write.mark-shipped", |linker, name| {
        waiting(linker, name, |step, (id,): (String,)| Box::pin(changed(step, id, OrderChange::MarkShipped)))
    }),
    function("shipments-write.edit", |linker, name| {
        waiting(linker, name, |step, arguments: Edit| Box::pin(edit(step, arguments)))
    }),
];

type Edit = (String, Option<String>, Vec<Attr>);

async fn edit(step: &mut Step, (id, shipment, attrs): Edit) -> Result<u32, Refusal> {
    let shipment: Option<ShipmentId> = convert::optional_id("/shipment", shipment.as_ref())?;
    let fields: Fields = convert::fields("/fields", attrs, &step.limits)?.into_iter().collect();
    // These are permissions of their own.
    if let Some(mark) = ["allowed", "shipped"].into_iter().find(|mark| fields.contains_key(*mark)) {
        let message = format!("`{mark}` is set by allow-delivery or mark-shipped");
        return Err(invalid(&format!("/fields/{mark}"), "no-such-field", message).into());
    }
    changed(step, id, OrderChange::EditShipments { shipment, fields }).await
}

async fn changed(step: &mut Step, id: String, change: OrderChange) -> Result<u32, Refusal> {
    step.checked_change(convert::id("/id", &id)?, change).await
}
