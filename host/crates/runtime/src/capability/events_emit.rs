//! `rulewright:host/events-emit`. The prefix keeps plugins from forging events of the host.

use rulewright_domain::{Command, NewEvent, OrderId};

use super::{Function, at_once, function};
use crate::{
    bindings::values::Attr,
    convert,
    refusal::{Refusal, invalid},
    step::Step,
};

pub const FUNCTIONS: &[Function] =
    &[function("events-emit.emit", |linker, name| at_once(linker, name, emit))];

/// Bytes of a correlation key.
pub(super) const CORRELATION: usize = 200;

type Event = (String, Option<String>, Option<String>, Vec<Attr>);

fn emit(step: &mut Step, (kind, order, correlation, attrs): Event) -> Result<(), Refusal> {
    if !convert::is_kind(&kind) {
        let message = "expected dotted words of a-z, 0-9 and dashes, e.g. `robocall.answered`";
        return Err(invalid("/kind", "bad-kind", message).into());
    }
    convert::optional_line("/correlation", correlation.as_ref(), CORRELATION)?;
    let order: Option<OrderId> = convert::optional_id("/order", order.as_ref())?;
    let own = step.order.as_ref().filter(|own| Some(own.id) == order);
    let event = NewEvent {
        kind: format!("plugin.{kind}"),
        order,
        client: own.and_then(|own| own.client()),
        correlation,
        attrs: convert::fields("/attrs", attrs, &step.limits)?.into_iter().collect(),
        data: Default::default(),
    };
    step.command(Command::Ingest(event))
}
