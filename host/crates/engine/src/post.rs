//! A mail by the shop's own mailbox: written from the message when it leaves, and handed to the mailbox's server.
//!
//! **Invariant:** what is written here is only looked up, so that the same message may be asked for again and again, and
//! is the same mail each time; what became of it is written down by the relay.

use std::{sync::Arc, time::Duration};

use rulewright_domain::{DocumentId, EMAIL, Mailbox, Message, Recipient, Shop, ShopConfig, tracking};
use rulewright_ports::{Attachment, Delivery, Letter, MailAccess, Reads, StorageExt};
use serde_json::Value;

use crate::{Engine, Refusal, carry::NOBODY, hash::key_of, mailbox::choose};

/// How the provider is called that is a mailbox; its id comes behind it.
pub(crate) const MAILBOX: &str = "mailbox/";

/// Bytes of a mail's attachments together: what most servers take, with room for what Base64 adds.
const ATTACHED: u64 = 10 << 20;

/// For a mail on its way when the program is stopped. It goes out again as the same mail.
const LAST_WORDS: Duration = Duration::from_secs(10);

/// A mail, written and addressed.
struct Posting {
    provider: String,
    access: MailAccess,
    letter: Letter,
}

/// Whether a mailbox carries it: one that was tried there must not vanish in the provider for development, even where the
/// mailbox is gone.
pub(crate) fn is_posted(config: &ShopConfig, message: &Message) -> bool {
    let tried = message.provider.as_deref().is_some_and(|provider| provider.starts_with(MAILBOX));
    message.draft.channel == EMAIL && (tried || !config.mailboxes.is_empty())
}

impl Engine {
    /// By the mailbox that the shop has chosen for it.
    pub(crate) async fn post(&self, config: Arc<ShopConfig>, message: &Message) -> Delivery {
        let (message, base) = (message.clone(), self.inner.public_url.clone());
        let written = self.storage().read(move |reads| {
            let mailbox = choose(reads, &config, message.draft.sender.as_deref())?;
            posting(reads, &config.shop, mailbox, &message, base.as_deref())
        });
        match written.await {
            Ok(posting) => self.send_letter(posting).await,
            Err(refusal @ Refusal::Storage(_)) => {
                Delivery::Unavailable { provider: NOBODY.to_owned(), reason: refusal.to_string() }
            }
            Err(refusal) => Delivery::Rejected { provider: NOBODY.to_owned(), reason: refusal.to_string() },
        }
    }

    async fn send_letter(&self, posting: Posting) -> Delivery {
        let Posting { provider, access, letter } = posting;
        let given_up = async {
            self.inner.stop.cancelled().await;
            tokio::time::sleep(LAST_WORDS).await;
        };
        let sent = tokio::select! {
            sent = self.inner.deps.mail.send(&access, &letter) => sent,
            () = given_up => {
                let reason = "the program was stopped meanwhile".to_owned();
                return Delivery::Unavailable { provider, reason };
            }
        };
        match sent {
            Ok(()) => Delivery::Sent { provider, provider_id: letter.message_id, events: Vec::new() },
            Err(error) if error.permanent => Delivery::Rejected { provider, reason: error.message },
            Err(error) => Delivery::Unavailable { provider, reason: error.message },
        }
    }
}

fn posting(
    reads: &mut dyn Reads,
    shop: &Shop,
    mailbox: &Mailbox,
    message: &Message,
    base: Option<&str>,
) -> Result<Posting, Refusal> {
    let attachments = attachments(reads, message)?;
    let password = reads.mailbox_passwords(shop.id, &mailbox.id)?.smtp;
    Ok(Posting {
        provider: format!("{MAILBOX}{}", mailbox.id),
        access: MailAccess { server: mailbox.smtp.clone(), password },
        letter: Letter { attachments, ..letter(shop, mailbox, message, base) },
    })
}

/// The same on every attempt.
fn letter(shop: &Shop, mailbox: &Mailbox, message: &Message, base: Option<&str>) -> Letter {
    let draft = &message.draft;
    let domain = mailbox.address.rsplit('@').next().unwrap_or_default();
    let key = key_of(&[&shop.id.to_string(), &message.key]);
    let (mut text, mut html) = match draft.params.get("html").and_then(Value::as_str) {
        Some(html) if !html.trim().is_empty() => {
            (Some(draft.text.clone()).filter(|text| !text.trim().is_empty()), Some(html.to_owned()))
        }
        _ => (Some(draft.text.clone()), None),
    };
    // Staff and whoever else is no client is not followed.
    let client = matches!(draft.to, Recipient::Client(_) | Recipient::ClientOf(_));
    let tracker = base.filter(|_| client).and_then(|base| tracking::Tracker::new(base, shop));
    if let Some(tracker) = tracker {
        let plain = text.as_deref().unwrap_or_default();
        let rich = html.unwrap_or_else(|| tracking::html_of(plain));
        html = Some(tracker.html(message.id, &rich));
        text = text.map(|text| tracker.text(message.id, &text));
    }
    Letter {
        message_id: format!("{key}@{domain}"),
        from_name: mailbox.name.clone(),
        from: mailbox.address.clone(),
        to: draft.address.clone(),
        subject: draft.subject.clone().unwrap_or_default(),
        text,
        html,
        attachments: Vec::new(),
        date: message.created,
    }
}

/// The documents that `attachments` names.
fn attachments(reads: &mut dyn Reads, message: &Message) -> Result<Vec<Attachment>, Refusal> {
    let invalid = |code: &str, text: String| Refusal::invalid("/attachments", code, text);
    let mut found = Vec::new();
    let mut size = 0;
    for id in attached(message) {
        let id: DocumentId =
            id.parse().map_err(|_| invalid("attachment", format!("`{id}` is no document, such as doc_3")))?;
        let document = reads
            .document(message.shop, id)?
            .ok_or_else(|| invalid("attachment", format!("there is no document {id}")))?;
        size += document.content.len() as u64;
        if size > ATTACHED {
            let text =
                format!("the attachments have more than {ATTACHED} bytes together: send a link instead");
            return Err(invalid("too-large", text));
        }
        let name = document
            .number
            .as_ref()
            .map_or_else(|| document.title.clone(), |number| format!("{} {number}", document.title));
        let name = format!("{}{}", name.replace(['/', '\\'], "-"), extension(&document.media_type));
        found.push(Attachment { name, media_type: document.media_type, content: document.content });
    }
    Ok(found)
}

/// A list, or several on a line: so that a rule can insert what those before it have made.
fn attached(message: &Message) -> Vec<&str> {
    let names: Vec<&str> = match message.draft.params.get("attachments") {
        Some(Value::String(names)) => names.split([',', ' ', '\n']).collect(),
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    names.into_iter().map(str::trim).filter(|name| !name.is_empty()).collect()
}

fn extension(media_type: &str) -> &'static str {
    match media_type.split(';').next().unwrap_or_default().trim() {
        "application/pdf" => ".pdf",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document" => ".docx",
        "text/html" => ".html",
        "text/plain" => ".txt",
        "application/json" => ".json",
        "text/csv" => ".csv",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use rulewright_domain::{
        ClientId, Currency, Draft, EmployeeId, MailServer, MailTls, MessageId, MessageState, ShopId,
        Timestamp,
    };
    use serde_json::json;

    use super::*;

    fn shop() -> Shop {
        Shop {
            id: ShopId(1),
            name: "Tea".into(),
            currency: Currency::new(b"GBP"),
            locale: "en".into(),
            time_zone: "UTC".into(),
            hours: Default::default(),
            automate_orders: true,
            seed: "seed".into(),
            not_in_plan: Default::default(),
            requisites: Default::default(),
            sandbox: true,
            shipment_statuses: Vec::new(),
            hook_keys: Default::default(),
            spending: Default::default(),
        }
    }

    fn mailbox() -> Mailbox {
        let smtp = MailServer { host: "mail.example".into(), port: 465, tls: MailTls::Implicit, user: None };
        let (id, address, name) = ("sales".into(), "sales@tea.example".into(), "Tea shop".into());
        Mailbox { id, address, name, smtp, imap: None, default: true }
    }

    fn message(to: Recipient, key: &str, html: Option<&str>) -> Message {
        let params = html.map(|html| ("html".to_owned(), json!(html))).into_iter().collect();
        let draft = Draft {
            channel: EMAIL.into(),
            to,
            address: "ada@example.com".into(),
            about: None,
            sender: None,
            subject: Some("Offer".into()),
            text: "See https://tea.example/offer".into(),
            params,
            correlation: None,
        };
        Message {
            id: MessageId(7),
            shop: ShopId(1),
            order: None,
            run: None,
            key: key.into(),
            draft,
            state: MessageState::Sending,
            attempt: 1,
            next_at: Timestamp(0),
            created: Timestamp(5),
            settled: None,
            provider: None,
            provider_id: None,
            error: None,
            report: None,
        }
    }

    #[test]
    fn only_clients_are_followed_and_only_where_the_world_can_reach_us() {
        let base = Some("https://rules.example");
        let write = |to, base| letter(&shop(), &mailbox(), &message(to, "k", None), base);
        let client = write(Recipient::Client(ClientId(2)), base);
        let html = client.html.unwrap();
        assert!(
            html.contains("https://rules.example/t/o/1.7.")
                && html.contains("https://rules.example/t/l/1.7.")
        );
        assert!(client.text.unwrap().contains("https://rules.example/t/l/1.7."));
        for (to, base) in [
            (Recipient::Client(ClientId(2)), None),
            (Recipient::Employee(EmployeeId(1)), base),
            (Recipient::Address("ada@example.com".into()), base),
        ] {
            let letter = write(to, base);
            assert_eq!((letter.text.as_deref(), letter.html), (Some("See https://tea.example/offer"), None));
        }
    }

    #[test]
    fn a_mail_is_known_by_its_key_at_every_attempt() {
        let id = |key, attempt| {
            let message = Message { attempt, ..message(Recipient::Client(ClientId(2)), key, None) };
            letter(&shop(), &mailbox(), &message, None).message_id
        };
        assert_eq!(id("a", 1), id("a", 5));
        assert_ne!(id("a", 1), id("b", 1));
        assert!(id("a", 1).ends_with("@tea.example") && !id("a", 1).contains("a@"), "keys stay in the house");
    }

    #[test]
    fn html_is_sent_as_it_was_written() {
        let message = message(Recipient::Employee(EmployeeId(1)), "k", Some("<p>Hi</p>"));
        assert_eq!(letter(&shop(), &mailbox(), &message, None).html.as_deref(), Some("<p>Hi</p>"));
    }

    #[test]
    fn attachments_are_a_list_or_stand_on_a_line() {
        let mut message = message(Recipient::Employee(EmployeeId(1)), "k", None);
        for params in [json!("doc_1, doc_2"), json!(["doc_1", " doc_2", ""])] {
            message.draft.params.insert("attachments".into(), params);
            assert_eq!(attached(&message), ["doc_1", "doc_2"]);
        }
    }
}
