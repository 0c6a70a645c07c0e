//! `rulewright:host/messages`: the outbox. The host finds the address, so that a plugin can write to people
//! without learning anything about them.

use rulewright_domain::{Draft, Effect, Recipient, address};

use super::{Function, events_emit::CORRELATION, function, waiting};
use crate::{
    bindings::{
        errors::HostError,
        host::messages::{Message, Recipient as To},
    },
    convert,
    keeper::Wanted,
    refusal::{Refusal, Refused, denied},
    step::Step,
};

pub const FUNCTIONS: &[Function] = &[function("messages.queue", |linker, name| {
    waiting(linker, name, |step, (message,): (Message,)| Box::pin(queue(step, message)))
})];

/// Bytes. They become headers of a mail, where a line has no more than 998.
const SUBJECT: usize = 900;
const SENDER: usize = 254;
const KIND: usize = 100;

/// Returns the message's label. Who waits for a reply gives a correlation key of its own.
async fn queue(step: &mut Step, message: Message) -> Result<String, Refusal> {
    granted(step, &message.channel)?;
    headers(&message)?;
    let (to, address) = recipient(step, &message).await?;
    let correlation = message.correlation.unwrap_or_else(|| step.seed.correlation(step.staged.messages()));
    step.stage(Effect::Message(Draft {
        channel: message.channel,
        to,
        address,
        about: convert::optional_id("/about", message.about.as_ref())?,
        sender: message.sender,
        subject: message.subject,
        text: message.text,
        params: convert::fields("/params", message.params, &step.limits)?,
        correlation: Some(correlation),
    }))?;
    let label = step.staged.label("message");
    step.staged.labelled("message");
    Ok(label)
}

pub(super) fn granted(step: &Step, channel: &str) -> Result<(), HostError> {
    if step.grant.channels.contains(channel) {
        return Ok(());
    }
    let granted: Vec<&str> = step.grant.channels.iter().map(String::as_str).collect();
    let granted = if granted.is_empty() { "none".to_owned() } else { granted.join(", ") };
    Err(denied(format!("channel `{channel}` is not granted; granted: {granted}")))
}

/// What stands on one line, and is not too long for it.
pub(super) fn headers(message: &Message) -> Result<(), HostError> {
    convert::optional_line("/subject", message.subject.as_ref(), SUBJECT)?;
    convert::optional_line("/sender", message.sender.as_ref(), SENDER)?;
    convert::optional_line("/address-kind", message.address_kind.as_ref(), KIND)?;
    convert::optional_line("/correlation", message.correlation.as_ref(), CORRELATION)
}

/// Whom it goes to, and the handle of the address that was found for them; one that the guest wrote stands there itself.
async fn recipient(step: &mut Step, message: &Message) -> Result<(Recipient, String), Refusal> {
    let to = match &message.to {
        To::ClientOf(order) => Recipient::ClientOf(convert::id("/to", order)?),
        To::Client(client) => Recipient::Client(convert::id("/to", client)?),
        To::Employee(employee) => Recipient::Employee(convert::id("/to", employee)?),
        To::Address(written) => {
            let address = address::check(&message.channel, written).map_err(Refused::from)?;
            return Ok((Recipient::Address(written.clone()), address));
        }
    };
    // The keeper looks at what is stored, where an order that this step deletes still is.
    if let Recipient::ClientOf(order) = to
        && !step.is_own(order)
        && step.staged.deletes(order)
    {
        step.read()?;
        return Err(HostError::NotFound.into());
    }
    let wanted = Wanted {
        channel: message.channel.clone(),
        to: to.clone(),
        kind: message.address_kind.clone(),
        reads: step.limits.reads.saturating_sub(step.reads),
    };
    let keeper = step.keeper.clone();
    let found = step.ask(keeper.recipient(wanted)).await;
    step.reads += found.reads;
    Ok((to, found.address?.to_string()))
}
