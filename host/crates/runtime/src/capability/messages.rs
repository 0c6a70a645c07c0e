//! `rulewright:host/messages`: the outbox. The host finds the address, so that a plugin can write to people
//! without learning anything about them.

use rulewright_domain::{Client, ClientId, Draft, Effect, EmployeeId, OrderId, Recipient};

use super::{Function, function, waiting};
use crate::{
    address,
    bindings::{
        errors::HostError,
        host::messages::{Message, Recipient as To},
    },
    convert,
    refusal::{Refusal, denied, invalid, other},
    step::Step,
};

pub const FUNCTIONS: &[Function] = &[function("messages.queue", |linker, name| {
    waiting(linker, name, |step, (message,): (Message,)| Box::pin(queue(step, message)))
})];

/// Bytes of a correlation key.
const CORRELATION: usize = 200;

/// Returns the message's label. Who waits for a reply gives a correlation key of its own.
async fn queue(step: &mut Step, message: Message) -> Result<String, Refusal> {
    if !step.grant.channels.contains(&message.channel) {
        let granted: Vec<&str> = step.grant.channels.iter().map(String::as_str).collect();
        let granted = if granted.is_empty() { "none".to_owned() } else { granted.join(", ") };
        let message = format!("channel `{}` is not granted; granted: {granted}", message.channel);
        return Err(denied(message).into());
    }
    let (to, address) = recipient(step, &message).await?;
    let correlation = match message.correlation {
        Some(key) if key.is_empty() || key.len() > CORRELATION => {
            let message = format!("a correlation key has 1 to {CORRELATION} bytes");
            return Err(invalid("/correlation", "bad-key", message).into());
        }
        Some(key) => key,
        None => step.seed.correlation(step.staged.messages()),
    };
    step.stage(Effect::Message(Draft {
        channel: message.channel,
        to,
        address,
        about: convert::optional_id("/about", message.about.as_ref())?,
        sender: message.sender,
        subject: message.subject,
        text: message.text,
        params: convert::fields("/params", message.params)?,
        correlation: Some(correlation),
    }))?;
    Ok(step.staged.label("message"))
}

async fn recipient(step: &mut Step, message: &Message) -> Result<(Recipient, String), Refusal> {
    let channel = message.channel.as_str();
    let kind = message.address_kind.as_deref();
    let (to, address) = match &message.to {
        To::ClientOf(order) => {
            let order: OrderId = convert::id("/to", order)?;
            let cards = clients_of(step, order).await?;
            (Recipient::ClientOf(order), address::of_cards(channel, kind, &cards))
        }
        To::Client(client) => {
            let id: ClientId = convert::id("/to", client)?;
            let card = client_card(step, id).await?.ok_or(HostError::NotFound)?;
            (Recipient::Client(id), address::of_cards(channel, kind, [&card]))
        }
        To::Employee(employee) => {
            let id: EmployeeId = convert::id("/to", employee)?;
            step.read()?;
            let employees = step.world.employees().await?;
            let found = employees.iter().find(|employee| employee.id == id);
            let found = found.ok_or(HostError::NotFound)?;
            let address = address::of_pair(channel, found.phone.as_ref(), found.email.as_ref());
            (Recipient::Employee(id), address)
        }
        To::Address(address) => (Recipient::Address(address.clone()), address::check(channel, address)),
    };
    match address {
        Ok(address) => Ok((to, address)),
        Err(missing) => Err(other(missing.code(), missing.message()).into()),
    }
}

/// The order's cards: primary contact, other contacts, company.
async fn clients_of(step: &mut Step, id: OrderId) -> Result<Vec<Client>, Refusal> {
    let order = match &step.order {
        Some(own) if own.id == id => own.clone(),
        _ => step.seen_order(id).await?,
    };
    let mut cards = Vec::new();
    for id in order.clients() {
        cards.extend(client_card(step, id).await?);
    }
    Ok(cards)
}

async fn client_card(step: &mut Step, id: ClientId) -> Result<Option<Client>, Refusal> {
    if let Some(card) = step.clients.iter().find(|card| card.id == id) {
        return Ok(Some(card.clone()));
    }
    step.read()?;
    Ok(step.world.client(id).await?)
}
