//! Sending, and finding out where to.

use super::*;
use crate::ContactPoint;
use crate::messages::{Message, Recipient};

pub mod messages {
    use super::*;

    pub fn queue(message: &Message) -> Done<String> {
        granted("messages.queue", |world| {
            line("/subject", message.subject.as_deref(), 900)?;
            line("/sender", message.sender.as_deref(), 254)?;
            line("/address-kind", message.address_kind.as_deref(), 100)?;
            line("/correlation", message.correlation.as_deref(), KEY)?;
            let address = address(world, message)?;
            world.effects.push(Effect::Queue { message: message.clone(), address });
            Ok(world.label("message"))
        })
    }
}

/// The first card that has any address of the channel decides; a given kind has no fallback.
fn address(world: &mut World, message: &Message) -> Done<String> {
    let mail = message.channel == "email";
    let cards: Vec<String> = match &message.to {
        Recipient::Address(address) => return valid(address, mail),
        Recipient::Employee(id) => {
            let employee = world.employees.get(id).ok_or(HostError::NotFound)?;
            let own = if mail { &employee.email } else { &employee.phone };
            return match own.as_deref().unwrap_or_default() {
                "" => Err(nobody()),
                own => valid(own, mail),
            };
        }
        Recipient::Client(id) if !world.clients.contains_key(id) => return Err(HostError::NotFound),
        Recipient::Client(id) => vec![id.clone()],
        Recipient::ClientOf(id) => {
            let order = order_of(world, id)?;
            // What is written goes to the primary contact or to the company; a call tries everybody.
            let tried = if message.channel == "call" { order.contacts.len() } else { 1 };
            order.contacts.iter().take(tried).chain(&order.company).cloned().collect()
        }
    };
    if message.channel == "chat" {
        let used = cards.iter().find_map(|id| world.chats.get(id));
        return used.cloned().ok_or_else(nobody);
    }
    let points = |card: &Client| if mail { card.emails.clone() } else { card.phones.clone() };
    let cards = cards.iter().filter_map(|id| world.clients.get(id));
    let points: Option<Vec<ContactPoint>> = cards.map(points).find(|points| !points.is_empty());
    let kind = message.address_kind.as_ref();
    let found = points.into_iter().flatten().find(|point| kind.is_none_or(|kind| *kind == point.kind));
    valid(&found.ok_or_else(nobody)?.value, mail)
}

fn nobody() -> HostError {
    refusal("no-address", "the client has no such address")
}

fn valid(address: &str, mail: bool) -> Done<String> {
    let found = match mail {
        true => mailbox(address),
        // Of several numbers in one field the first that is one.
        false => address.split([',', ';']).find_map(number),
    };
    found.ok_or_else(|| refusal("invalid-address", "the address cannot be right"))
}

fn mailbox(text: &str) -> Option<String> {
    let (name, host) = text.trim().split_once('@')?;
    let good = !name.is_empty() && host.contains('.') && host.split('.').all(|label| !label.is_empty());
    good.then(|| text.trim().to_owned())
}

fn number(text: &str) -> Option<String> {
    let plain: String = text.chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '(' | ')')).collect();
    let digits = plain.strip_prefix('+').unwrap_or(&plain);
    let good = digits.bytes().all(|byte| byte.is_ascii_digit()) && (7..=15).contains(&digits.len());
    good.then_some(plain)
}
