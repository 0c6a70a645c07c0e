//! `rulewright:host/messages`: the outbox. The host finds the address, so that a plugin can write to people
//! without learning anything about them.

use rulewright_domain::{
    Client, ClientId, Draft, Effect, EmployeeId, OrderId, Recipient,
    address::{self, Missing},
};

use super::{Function, employees_read::staff, events_emit::CORRELATION, function, waiting};
use crate::{
    bindings::{
        errors::HostError,
        host::messages::{Message, Recipient as To},
    },
    convert,
    refusal::{Refusal, denied, other},
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

async fn recipient(step: &mut Step, message: &Message) -> Result<(Recipient, String), Refusal> {
    let channel = message.channel.as_str();
    let kind = message.address_kind.as_deref();
    let (to, address) = match &message.to {
        To::ClientOf(order) => {
            let order: OrderId = convert::id("/to", order)?;
            let address = address_of_client(step, channel, kind, order).await?;
            (Recipient::ClientOf(order), address)
        }
        To::Client(client) => {
            let id: ClientId = convert::id("/to", client)?;
            let card = card(step, id).await?.ok_or(HostError::NotFound)?;
            (Recipient::Client(id), address::of_card(channel, kind, &card))
        }
        To::Employee(employee) => {
            let id: EmployeeId = convert::id("/to", employee)?;
            let employees = staff(step).await?;
            let found = employees.iter().find(|employee| employee.id == id);
            let found = found.ok_or(HostError::NotFound)?;
            let filled = |phone: &&String| !phone.trim().is_empty();
            let phone = found.phone.as_ref().filter(filled).or(found.work_phone.as_ref());
            let address = address::of_pair(channel, phone, found.email.as_ref());
            (Recipient::Employee(id), address)
        }
        To::Address(address) => (Recipient::Address(address.clone()), address::check(channel, address)),
    };
    match address {
        Ok(address) => Ok((to, address)),
        Err(missing) => Err(other(missing.code(), missing.message()).into()),
    }
}

/// The first card with any address decides. A call tries the other contacts too, before the company; what is
/// written goes to the primary contact or to the company, and to nobody in between.
async fn address_of_client(
    step: &mut Step,
    channel: &str,
    kind: Option<&str>,
    id: OrderId,
) -> Result<Result<String, Missing>, Refusal> {
    let (contacts, company) = match &step.order {
        Some(own) if own.id == id => (own.contacts.clone(), own.company),
        _ => {
            let order = step.seen_order(id).await?;
            (order.contacts.clone(), order.company)
        }
    };
    let tried = if channel == "call" { contacts.len() } else { 1 };
    for id in contacts.into_iter().take(tried).chain(company) {
        if let Some(card) = card(step, id).await?
            && address::has_any(channel, &card)
        {
            return Ok(address::of_card(channel, kind, &card));
        }
    }
    Ok(Err(address::nobody(channel)))
}

/// Those of the run's own order are at hand, and no read.
async fn card(step: &mut Step, id: ClientId) -> Result<Option<Client>, Refusal> {
    if !step.order.as_ref().is_some_and(|own| own.clients().any(|client| client == id)) {
        step.read()?;
    }
    let world = step.world.clone();
    Ok(step.ask(async move { world.client(id).await }).await?)
}
