//! Whom a message goes to, found where the cards are.
//!
//! **Invariant:** whoever asks is told whether there is an address, and not which. Until the step has ended, a handle
//! stands for it in the message.

use std::sync::Arc;

use rulewright_domain::{
    Client, ClientId, Effect, EmployeeId, OrderId, Recipient,
    address::{self, Missing},
};
use rulewright_ports::Completion;
use serde::{Deserialize, Serialize};

use super::Near;
use crate::refusal::Refused;

/// A person that a guest wants to write to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Wanted {
    pub channel: String,
    pub to: Recipient,
    /// Of the address, e.g. `mobile`.
    pub kind: Option<String>,
    /// How many reads the step has left.
    pub reads: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Found {
    /// What it took, with the one that there was no read left for.
    pub reads: u64,
    /// Its handle.
    pub address: Result<usize, Refused>,
}

#[derive(PartialEq)]
pub(super) struct Addressed {
    channel: String,
    to: Recipient,
    address: String,
}

impl Near {
    pub(super) async fn find(&self, wanted: Wanted) -> Found {
        let mut look = Look { near: self, wanted: &wanted, reads: 0 };
        let address = look.address().await;
        let reads = look.reads;
        Found { reads, address: address.map(|address| self.handle_of(wanted, address)) }
    }

    /// The same for the same: whoever asks without end fills no memory.
    fn handle_of(&self, wanted: Wanted, address: String) -> usize {
        let one = Addressed { channel: wanted.channel, to: wanted.to, address };
        let mut found = self.found.lock();
        found.iter().position(|known| *known == one).unwrap_or_else(|| {
            found.push(one);
            found.len() - 1
        })
    }

    /// Puts the addresses into messages in place of their handles, or says what is wrong with one.
    pub fn addressed(&self, mut completion: Completion) -> Result<Completion, String> {
        let found = self.found.lock();
        for effect in &mut completion.effects {
            let Effect::Message(draft) = effect else { continue };
            if matches!(draft.to, Recipient::Address(_)) {
                continue;
            }
            let one = draft.address.parse().ok().and_then(|handle: usize| found.get(handle));
            let one = one.filter(|one| one.channel == draft.channel && one.to == draft.to);
            let one = one.ok_or("it staged a message to an address that was not found for it")?;
            draft.address.clone_from(&one.address);
        }
        Ok(completion)
    }
}

/// One look for an address.
struct Look<'a> {
    near: &'a Near,
    wanted: &'a Wanted,
    reads: u64,
}

impl Look<'_> {
    async fn address(&mut self) -> Result<String, Refused> {
        let Wanted { channel, to, kind, .. } = self.wanted;
        let found = match to {
            Recipient::ClientOf(order) => return self.of_order(*order).await,
            Recipient::Client(id) => {
                let card = self.card(*id).await?.ok_or(Refused::NotFound)?;
                address::of_card(channel, kind.as_deref(), &card)
            }
            Recipient::Employee(id) => return self.of_employee(*id).await,
            // There is nothing to look for, and no guest to ask.
            Recipient::Address(_) | Recipient::Subscription(_) => return Err(Refused::NotFound),
        };
        found.map_err(untold)
    }

    /// The first card with any address decides. A call tries the other contacts too, before the company; what is
    /// written goes to the primary contact or to the company, and to nobody in between.
    async fn of_order(&mut self, id: OrderId) -> Result<String, Refused> {
        let (near, Wanted { channel, kind, .. }) = (self.near, self.wanted);
        let order = match &near.own {
            Some(own) if own.id == id => own.clone(),
            _ => {
                self.read()?;
                Arc::new(near.world.order(id).await?.ok_or(Refused::NotFound)?)
            }
        };
        let tried = if channel == "call" { order.contacts.len() } else { 1 };
        for id in order.contacts.iter().copied().take(tried).chain(order.company) {
            if let Some(card) = self.card(id).await?
                && address::has_any(channel, &card)
            {
                return address::of_card(channel, kind.as_deref(), &card).map_err(untold);
            }
        }
        Err(address::nobody(channel).into())
    }

    async fn of_employee(&mut self, id: EmployeeId) -> Result<String, Refused> {
        self.read()?;
        let employees = self.near.world.employees().await?;
        let found = employees.iter().find(|employee| employee.id == id).ok_or(Refused::NotFound)?;
        let filled = |phone: &&String| !phone.trim().is_empty();
        let phone = found.phone.as_ref().filter(filled).or(found.work_phone.as_ref());
        address::of_pair(&self.wanted.channel, phone, found.email.as_ref()).map_err(untold)
    }

    /// Those of the run's own order are at hand, and no read.
    async fn card(&mut self, id: ClientId) -> Result<Option<Client>, Refused> {
        if !self.near.own.as_ref().is_some_and(|own| own.clients().any(|client| client == id)) {
            self.read()?;
        }
        Ok(self.near.world.client(id).await?)
    }

    fn read(&mut self) -> Result<(), Refused> {
        self.reads += 1;
        match self.reads > self.wanted.reads {
            true => Err(Refused::Limit(self.near.limits.no_more_reads())),
            false => Ok(()),
        }
    }
}

/// What stands on the card is not told, also where it is no address.
fn untold(missing: Missing) -> Refused {
    match missing {
        Missing::Invalid(_) => {
            Missing::Invalid("what the card has for it is no valid address".to_owned()).into()
        }
        missing => missing.into(),
    }
}

#[cfg(test)]
mod tests {
    use rulewright_domain::{ClientKind, ContactPoint, Employee, Order, Outcome, Usage};
    use rulewright_ports::Answer;

    use super::*;
    use crate::{
        options::Limits,
        testing::{self, Shop},
    };

    fn card(id: i64, phone: Option<&str>) -> Client {
        let phones = phone.map(|phone| ContactPoint::new("mobile", phone)).into_iter().collect();
        Client { phones, ..Client::new(ClientId(id), ClientKind::Contact, "") }
    }

    /// The step's own order is of client 1, order 2 of others.
    fn near() -> Near {
        let own = Order { contacts: vec![ClientId(1)], ..testing::order() };
        let (contacts, company) = (vec![ClientId(2), ClientId(3)], Some(ClientId(4)));
        let other = Order { id: OrderId(2), contacts, company, ..testing::order() };
        let clients = vec![
            card(1, Some("+44 20 7946 0001")),
            card(2, None),
            card(3, Some("+44 20 7946 0003")),
            card(4, Some("+44 20 7946 0004")),
        ];
        let employee = Employee {
            id: EmployeeId(1),
            name: String::new(),
            phone: Some(" ".into()),
            work_phone: Some("+44 20 7946 0005".into()),
            email: None,
            position: None,
            head: None,
            absent: false,
            working: true,
        };
        let shop = Shop { orders: vec![own.clone(), other], clients, employees: vec![employee] };
        Near::of(&testing::invocation(own), Arc::new(shop), &Arc::new(Limits::default()))
    }

    fn wanted(channel: &str, to: &Recipient, reads: u64) -> Wanted {
        Wanted { channel: channel.into(), to: to.clone(), kind: None, reads }
    }

    /// What becomes of a message in which that stands.
    fn written(near: &Near, channel: &str, to: &Recipient, address: &str) -> Result<String, String> {
        let draft = testing::draft(channel, to.clone(), address);
        let outcome = Outcome::Done { summary: None, output: Default::default() };
        let completion = near.addressed(Completion {
            result: Ok(Answer::Outcome(outcome)),
            effects: vec![Effect::Message(draft)],
            logs: Vec::new(),
            usage: Usage::default(),
        })?;
        match completion.effects.as_slice() {
            [Effect::Message(draft)] => Ok(draft.address.clone()),
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn whoever_asks_is_given_a_handle_and_the_message_gets_the_address() {
        let near = near();
        let own = Recipient::ClientOf(OrderId(1));
        let other = Recipient::ClientOf(OrderId(2));
        let employee = Recipient::Employee(EmployeeId(1));
        for (to, channel, reads, handle, address) in [
            (&own, "sms", 0, 0, "+442079460001"),
            (&Recipient::Client(ClientId(1)), "sms", 0, 1, "+442079460001"),
            // What is written goes to the company after the first contact, a call to the second contact before.
            (&other, "sms", 3, 2, "+442079460004"),
            (&other, "call", 3, 3, "+442079460003"),
            (&employee, "sms", 1, 4, "+442079460005"),
            (&own, "sms", 0, 0, "+442079460001"),
        ] {
            let found = near.find(wanted(channel, to, 100)).await;
            assert_eq!(found, Found { reads, address: Ok(handle) }, "{channel} {to:?}");
            assert_eq!(written(&near, channel, to, &handle.to_string()).as_deref(), Ok(address));
        }
        for (to, channel, handle) in
            [(&own, "sms", "1"), (&own, "call", "0"), (&own, "sms", "9"), (&own, "sms", "+442079460001")]
        {
            assert!(written(&near, channel, to, handle).is_err(), "{channel} {handle}");
        }
        let address = Recipient::Address("+442079460009".into());
        assert_eq!(written(&near, "sms", &address, "+442079460009").as_deref(), Ok("+442079460009"));
    }

    #[tokio::test]
    async fn what_is_no_address_is_not_told_either() {
        let order = Order { contacts: vec![ClientId(1)], ..testing::order() };
        let shop = Shop { clients: vec![card(1, Some("Anna, next door"))], ..Shop::default() };
        let near = Near::of(&testing::invocation(order), Arc::new(shop), &Arc::new(Limits::default()));
        let found = near.find(wanted("sms", &Recipient::ClientOf(OrderId(1)), 100)).await;
        let Err(Refused::Other { code, message }) = found.address else { panic!("{found:?}") };
        assert_eq!(code, "invalid-address");
        assert!(!message.contains("Anna"), "{message}");
    }

    #[tokio::test]
    async fn nobody_is_found_where_there_is_none_or_no_read_is_left() {
        let near = near();
        let nobody = Refused::from(address::nobody("sms"));
        let limit = || Refused::Limit(near.limits.no_more_reads());
        for (to, most, reads, refused) in [
            (Recipient::Client(ClientId(2)), 100, 1, nobody),
            (Recipient::Client(ClientId(9)), 100, 1, Refused::NotFound),
            (Recipient::ClientOf(OrderId(9)), 100, 1, Refused::NotFound),
            (Recipient::Employee(EmployeeId(9)), 100, 1, Refused::NotFound),
            (Recipient::ClientOf(OrderId(2)), 2, 3, limit()),
            (Recipient::Employee(EmployeeId(1)), 0, 1, limit()),
        ] {
            let found = near.find(wanted("sms", &to, most)).await;
            assert_eq!(found, Found { reads, address: Err(refused) }, "{to:?}");
        }
    }
}
