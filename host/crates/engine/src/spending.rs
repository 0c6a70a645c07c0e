//! What calls and text messages may cost a shop. Where they may go is asked when they leave, so that it holds for what
//! waits too; how many there are, in the transaction that queues them, so that no two count past each other.

use rulewright_domain::{
    Message, ShopConfig, phone,
    phone::Special,
    spending::{Barred, Spending},
};
use rulewright_ports::{Delivery, Failure};

use crate::{Refusal, carry::NOBODY, change::Change};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

/// Why this is not sent there by anybody.
pub(crate) fn barred(config: &ShopConfig, channel: &str, address: &str) -> Option<String> {
    let failure = match config.shop.spending.bars(channel, address)? {
        Barred::Special(Special::Premium) => {
            let message = format!("`{address}` costs more than a message, and whoever owns it earns that");
            Failure::new("limit-premium", message, false)
        }
        Barred::Special(Special::Short) => {
            let message = format!("`{address}` is as short as numbers for emergencies and services are");
            Failure::new("limit-short", message, false)
        }
        Barred::Abroad => {
            let message = format!("`{address}` begins with no country that the shop calls and writes to");
            Failure::new("limit-country", message, false)
        }
    };
    Some(failure.to_string())
}

impl Change<'_> {
    /// Counts the message from now on, unless the shop has sent as many as it wants to.
    pub fn spend(&mut self, message: &Message) -> Result<Option<Delivery>, Refusal> {
        let config = self.config.clone();
        let (spending, draft) = (&config.shop.spending, &message.draft);
        // What is not sent at all costs nothing.
        if !spending.counts(&draft.channel) || barred(&config, &draft.channel, &draft.address).is_some() {
            return Ok(None);
        }
        let number = phone::end(&draft.address).unwrap_or_else(|| draft.address.clone());
        if let Some(failure) = self.over(spending, message, &number)? {
            return Ok(Some(Delivery::Rejected { provider: NOBODY.to_owned(), reason: failure.to_string() }));
        }
        let forget = self.now.plus(-DAY);
        self.tx.put_spent(self.shop, &draft.channel, &number, message.id, self.now, forget)?;
        Ok(None)
    }

    fn over(
        &mut self,
        spending: &Spending,
        message: &Message,
        number: &str,
    ) -> Result<Option<Failure>, Refusal> {
        let channel = message.draft.channel.as_str();
        let Some(pace) = spending.pace(channel) else { return Ok(None) };
        let (shop, now) = (self.shop, self.now);
        let mut reached = |most: Option<u32>, number: Option<&str>, within: i64| match most {
            None => Ok::<_, Refusal>(None),
            Some(most) => {
                let sent = self.tx.spent_after(shop, channel, number, now.plus(-within), message.id)?;
                Ok((sent >= u64::from(most)).then_some(most))
            }
        };
        if let Some(most) = reached(spending.number, Some(number), DAY)? {
            let message = format!("this number gets {most} of channel `{channel}` in a day at most");
            return Ok(Some(Failure::new("limit-number", message, false)));
        }
        if let Some(most) = reached(pace.hour, None, HOUR)? {
            let message = format!("the shop sends {most} of channel `{channel}` in an hour at most");
            return Ok(Some(Failure::new("limit-hour", message, false)));
        }
        if let Some(most) = reached(pace.day, None, DAY)? {
            let message = format!("the shop sends {most} of channel `{channel}` in a day at most");
            return Ok(Some(Failure::new("limit-day", message, false)));
        }
        Ok(None)
    }
}
