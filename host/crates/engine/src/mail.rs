//! Mails that come in.

use rulewright_domain::{Actor, Cause, Message, NewEvent, kind};
use serde::Serialize;
use serde_json::json;

use crate::{Asked, Engine, Receipt, Refusal, change::Change, check::line, execute::Key};

/// Characters of a line in a mail (RFC 5322).
pub(crate) const LINE: usize = 998;
/// Noted of one mail.
pub(crate) const ATTACHMENTS: usize = 50;

#[derive(Clone)]
pub struct NewMail {
    pub message_id: String,
    /// Of the shop: where it came in.
    pub mailbox: String,
    pub from: String,
    pub to: String,
    pub subject: String,
    pub text: String,
    pub in_reply_to: Option<String>,
    /// A machine wrote it, e.g. that somebody is on holiday.
    pub automatic: bool,
    pub attachments: Vec<Attached>,
}

/// Noted; the file itself stays in the mailbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Attached {
    pub name: String,
    pub size: u64,
}

impl Engine {
    pub async fn receive_mail(
        &self,
        asked: impl Into<Asked>,
        by: Actor,
        new: NewMail,
    ) -> Result<Receipt, Refusal> {
        let Asked { shop, key } = asked.into();
        check(&new)?;
        let received = self.change_from_outside(shop, move |change| {
            let once = change.once(key.as_ref(), |change| {
                // Mail servers deliver again what they are not sure of.
                let id = bare_id(&new.message_id).to_owned();
                let key = Key { source: "mail".to_owned(), key: id, fingerprint: String::new() };
                let once = change.once(Some(&key), |change| change.receive_mail(&new, &by))?;
                Ok(Receipt { duplicate: once.again, ..once.answer })
            })?;
            Ok(Receipt { duplicate: once.again || once.answer.duplicate, ..once.answer })
        });
        received.await
    }
}

fn check(new: &NewMail) -> Result<(), Refusal> {
    line("/message_id", bare_id(&new.message_id), LINE)?;
    line("/mailbox", &new.mailbox, LINE)?;
    line("/from", &new.from, LINE)?;
    if new.attachments.len() > ATTACHMENTS {
        let message = format!("a mail is noted with at most {ATTACHMENTS} attachments");
        return Err(Refusal::invalid("/attachments", "limit", message));
    }
    for (index, attached) in new.attachments.iter().enumerate() {
        line(&format!("/attachments/{index}/name"), &attached.name, LINE)?;
    }
    let address = address_of(&new.from);
    if address.split_once('@').is_none_or(|(name, host)| name.is_empty() || host.is_empty()) {
        let message = format!("`{address}` is not a mail address");
        return Err(Refusal::invalid("/from", "address", message));
    }
    Ok(())
}

impl Change<'_> {
    fn receive_mail(&mut self, new: &NewMail, by: &Actor) -> Result<Receipt, Refusal> {
        self.must_take_in()?;
        let from = address_of(&new.from);
        let client = self.tx.clients_by_address(self.shop, from)?.first().copied();
        let correlation = match &new.in_reply_to {
            Some(id) => self.answered(id)?,
            None => None,
        };
        // A header that was folded is one line.
        let subject = new.subject.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut data = json!({
            "from": new.from, "to": new.to, "text": new.text, "in-reply-to": new.in_reply_to,
        });
        if !new.attachments.is_empty() {
            data["attachments"] = json!(new.attachments);
        }
        let event = NewEvent { client, correlation, data: data.into(), ..NewEvent::new(kind::MAIL_RECEIVED) }
            .attr("message", bare_id(&new.message_id))
            .attr("mailbox", new.mailbox.trim())
            .attr("from", from)
            .attr("subject", subject.chars().take(LINE).collect::<String>());
        let event = if new.automatic { event.attr("automatic", true) } else { event };
        let event = self.record(event, &Cause::from_outside(by.clone()), None, None)?;
        Ok(Receipt { client, events: vec![event], ..Receipt::default() })
    }

    /// What the mail that is replied to shares with its replies.
    fn answered(&mut self, in_reply_to: &str) -> Result<Option<String>, Refusal> {
        // Several are allowed; the last is the mail itself.
        for id in in_reply_to.split_whitespace().rev() {
            if let Some(message) = self.tx.sent_mail(self.shop, bare_id(id))? {
                let message = self.tx.message(self.shop, message)?;
                return Ok(message.and_then(|message| message.draft.correlation));
            }
        }
        Ok(None)
    }

    /// Remembers what the provider calls a mail that it took: a reply will name it so.
    pub fn remember_mail(&mut self, message: &Message) -> Result<(), Refusal> {
        let id = message.provider_id.as_deref().map(bare_id).filter(|id| !id.is_empty());
        if let Some(id) = id.filter(|_| message.draft.channel == "email") {
            self.tx.put_sent_mail(self.shop, id, message.id)?;
        }
        Ok(())
    }
}

/// Without the angle brackets that belong to the header.
fn bare_id(id: &str) -> &str {
    let id = id.trim();
    id.strip_prefix('<').and_then(|id| id.strip_suffix('>')).unwrap_or(id).trim()
}

/// Of `Ada Lovelace <ada@example.com>` the address.
fn address_of(from: &str) -> &str {
    let inside = from.rsplit_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inside.map_or(from, |(address, _)| address).trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_found_beside_a_name() {
        for (from, address) in [
            ("a@x.example", "a@x.example"),
            (" Ada <a@x.example> ", "a@x.example"),
            ("\"A <b> c\" <a@x.example>", "a@x.example"),
            ("Ada <a@x.example", "Ada <a@x.example"),
        ] {
            assert_eq!(address_of(from), address, "{from}");
        }
        assert_eq!(bare_id(" <1@x.example> "), "1@x.example");
        assert_eq!(bare_id("1@x.example"), "1@x.example");
    }
}
