//! The built-in provider for development: accepts what a real one would accept, and sends nothing.

use async_trait::async_trait;
use rulewright_domain::{Draft, Message, NewEvent, Recipient, kind};
use rulewright_ports::{Delivery, Transport};

const NAME: &str = "sandbox";
/// Read aloud, a second holds about this many characters.
const CHARACTERS_A_SECOND: usize = 15;

/// Every text message, mail, call and chat message arrives; what would have been sent can be read in the outbox.
#[derive(Clone, Copy, Debug, Default)]
pub struct SandboxTransport;

#[async_trait]
impl Transport for SandboxTransport {
    async fn deliver(&self, message: &Message) -> Delivery {
        if let Err(reason) = accept(&message.draft) {
            return Delivery::Rejected { provider: NAME.to_owned(), reason };
        }
        let events = match message.draft.channel.as_str() {
            "call" => vec![call_finished(message)],
            _ => Vec::new(),
        };
        Delivery::Sent { provider: NAME.to_owned(), provider_id: message.key.clone(), events }
    }
}

fn accept(draft: &Draft) -> Result<(), String> {
    let address = draft.address.trim();
    match draft.channel.as_str() {
        "sms" | "call" if !is_phone(address) => {
            return Err(format!("`{address}` is not a phone number: expected + and 5 to 15 digits"));
        }
        "email" if !is_mail(address) => return Err(format!("`{address}` is not a mail address")),
        "chat" if address.is_empty() => return Err("the message has no recipient".to_owned()),
        "sms" | "call" | "email" | "chat" => {}
        other => return Err(format!("no provider carries channel `{other}`")),
    }
    let recorded = draft.channel == "call" && draft.params.contains_key("audio-url");
    let written = draft.channel == "email" && draft.params.contains_key("html");
    if draft.text.trim().is_empty() && !recorded && !written {
        return Err("the message has no text".to_owned());
    }
    Ok(())
}

fn is_phone(text: &str) -> bool {
    let number = text.strip_prefix('+').unwrap_or(text);
    let digits = number.bytes().filter(u8::is_ascii_digit).count();
    let written = number.bytes().all(|b| b.is_ascii_digit() || b" -().".contains(&b));
    written && (5..=15).contains(&digits)
}

fn is_mail(text: &str) -> bool {
    let Some((name, host)) = text.split_once('@') else { return false };
    let dotted = host.split('.').count() > 1 && host.split('.').all(|label| !label.is_empty());
    let plain = !text.chars().any(|c| c.is_whitespace() || c.is_control());
    !name.is_empty() && dotted && plain && !host.contains('@')
}

fn call_finished(message: &Message) -> NewEvent {
    let draft = &message.draft;
    let seconds = draft.text.chars().count().div_ceil(CHARACTERS_A_SECOND).max(1);
    let client = match draft.to {
        Recipient::Client(client) => Some(client),
        _ => None,
    };
    NewEvent {
        order: draft.about.or(message.order),
        client,
        correlation: draft.correlation.clone(),
        ..NewEvent::new(kind::CALL_FINISHED)
    }
    .attr("answered", true)
    .attr("seconds", seconds)
}

#[cfg(test)]
mod tests {
    use rulewright_domain::{MessageId, MessageState, OrderId, ShopId, Timestamp};

    use super::*;

    fn message(channel: &str, address: &str, text: &str) -> Message {
        let draft = Draft {
            channel: channel.to_owned(),
            to: Recipient::Address(address.to_owned()),
            address: address.to_owned(),
            about: Some(OrderId(7)),
            sender: None,
            subject: None,
            text: text.to_owned(),
            params: Default::default(),
            correlation: Some("call-1".to_owned()),
        };
        Message {
            id: MessageId(1),
            shop: ShopId(1),
            order: None,
            run: None,
            key: "key-1".to_owned(),
            draft,
            state: MessageState::Sending,
            attempt: 1,
            next_at: Timestamp(0),
            created: Timestamp(0),
            settled: None,
            provider: None,
            provider_id: None,
            error: None,
            report: None,
        }
    }

    #[tokio::test]
    async fn accepts_what_a_provider_would_accept() {
        let table = [
            ("sms", "+44 20 7946 0000", "hello", true),
            ("sms", "(555) 123-4567", "hello", true),
            ("sms", "anna", "hello", false),
            ("sms", "+1", "hello", false),
            ("sms", "+442079460000", "  ", false),
            ("email", "anna@example.com", "hello", true),
            ("email", "anna@example", "hello", false),
            ("email", "anna@exa mple.com", "hello", false),
            ("email", "@example.com", "hello", false),
            ("chat", "anna", "hello", true),
            ("chat", "", "hello", false),
            ("pigeon", "anna", "hello", false),
        ];
        for (channel, address, text, expected) in table {
            let delivery = SandboxTransport.deliver(&message(channel, address, text)).await;
            let sent = matches!(
                &delivery,
                Delivery::Sent { provider_id, events, .. } if provider_id == "key-1" && events.is_empty()
            );
            assert_eq!(sent, expected, "{channel} {address}: {delivery:?}");
        }
    }

    #[tokio::test]
    async fn a_recording_and_a_mail_in_html_need_no_text() {
        let mut mail = message("email", "anna@example.com", "");
        assert!(matches!(SandboxTransport.deliver(&mail).await, Delivery::Rejected { .. }));
        mail.draft.params.insert("html".to_owned(), "<p>Hi</p>".into());
        assert!(matches!(SandboxTransport.deliver(&mail).await, Delivery::Sent { .. }));
        let mut call = message("call", "+442079460000", "");
        call.draft.params.insert("audio-url".to_owned(), "https://example.com/hello.mp3".into());
        assert!(matches!(SandboxTransport.deliver(&call).await, Delivery::Sent { .. }));
    }

    #[tokio::test]
    async fn a_call_is_answered_and_reported() {
        let text = "Your order has been shipped today.";
        let delivery = SandboxTransport.deliver(&message("call", "+442079460000", text)).await;
        let Delivery::Sent { events, .. } = delivery else { panic!("{delivery:?}") };
        let [event] = events.as_slice() else { panic!("{events:?}") };
        assert_eq!(event.kind, "call.finished");
        assert_eq!(event.order, Some(OrderId(7)));
        assert_eq!(event.correlation.as_deref(), Some("call-1"));
        assert_eq!(event.attrs["answered"], true);
        assert_eq!(event.attrs["seconds"], 3);
    }
}
