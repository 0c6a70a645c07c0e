//! Where a message goes.
//!
//! **Invariant:** pure. There is no fallback from a kind that was asked for, or to another card than the one that
//! was chosen, because a message at the wrong place is worse than none.

use crate::{CHAT, Client, ContactPoint};

/// What a channel sends to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    Phone,
    Email,
    /// An open channel and somebody in it: `<open channel>/<peer>`.
    Chat,
    /// Of a channel that this host knows nothing about.
    Opaque,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    NoAddress(String),
    Invalid(String),
}

impl Missing {
    pub fn code(&self) -> &'static str {
        match self {
            Missing::NoAddress(_) => "no-address",
            Missing::Invalid(_) => "invalid-address",
        }
    }

    pub fn message(self) -> String {
        match self {
            Missing::NoAddress(message) | Missing::Invalid(message) => message,
        }
    }
}

pub fn sort(channel: &str) -> Sort {
    match channel {
        "email" => Sort::Email,
        "sms" | "call" => Sort::Phone,
        CHAT => Sort::Chat,
        _ => Sort::Opaque,
    }
}

pub fn has_any(channel: &str, card: &Client) -> bool {
    match sort(channel) {
        Sort::Chat => !card.chats.is_empty(),
        sort => !points(sort, card).is_empty(),
    }
}

pub fn nobody(channel: &str) -> Missing {
    Missing::NoAddress(match sort(channel) {
        Sort::Chat => "the client has never written in an open channel".to_owned(),
        sort => format!("the client has no {}", noun(sort)),
    })
}

/// The card's address of that kind; without a kind its first. The kind of a chat is the name of its open channel, and
/// the first is the one that the client used last.
pub fn of_card(channel: &str, kind: Option<&str>, card: &Client) -> Result<String, Missing> {
    if sort(channel) == Sort::Chat {
        return chat(kind, card);
    }
    let points = points(sort(channel), card);
    if points.is_empty() {
        return Err(nobody(channel));
    }
    let found = match kind {
        None => points.first(),
        Some(kind) => points.iter().find(|point| point.kind == kind),
    };
    match found {
        Some(point) => check(channel, &point.value),
        None => Err(Missing::NoAddress(format!(
            "no such type of {}: {} has no `{}`",
            noun(sort(channel)),
            card.id,
            kind.unwrap_or_default()
        ))),
    }
}

fn chat(kind: Option<&str>, card: &Client) -> Result<String, Missing> {
    if card.chats.is_empty() {
        return Err(nobody(CHAT));
    }
    let mut wanted = card.chats.iter().filter(|chat| kind.is_none_or(|kind| chat.channel == kind));
    match wanted.next() {
        // The latest first.
        Some(chat) => check(CHAT, &chat.address()),
        None => Err(Missing::NoAddress(format!(
            "{} has never used the open channel `{}`",
            card.id,
            kind.unwrap_or_default()
        ))),
    }
}

fn points(sort: Sort, card: &Client) -> &[ContactPoint] {
    if sort == Sort::Email { &card.emails } else { &card.phones }
}

/// The address of a card with one phone and one e-mail address, such as an employee's.
pub fn of_pair(channel: &str, phone: Option<&String>, email: Option<&String>) -> Result<String, Missing> {
    let sort = sort(channel);
    let found = match sort {
        Sort::Email => email,
        // Staff has no messenger on its card.
        Sort::Chat => None,
        Sort::Phone | Sort::Opaque => phone,
    };
    match found.filter(|value| !value.trim().is_empty()) {
        Some(value) => check(channel, value),
        None => Err(Missing::NoAddress(format!("the employee has no {}", noun(sort)))),
    }
}

/// The address as the channel takes it.
pub fn check(channel: &str, address: &str) -> Result<String, Missing> {
    let checked = match sort(channel) {
        Sort::Phone => phone(address),
        Sort::Email => email(address),
        Sort::Chat | Sort::Opaque => opaque(address),
    };
    checked.ok_or_else(|| {
        let shown: String = address.chars().filter(|c| !c.is_control()).take(64).collect();
        Missing::Invalid(format!("`{shown}` is not a valid {}", noun(sort(channel))))
    })
}

fn noun(sort: Sort) -> &'static str {
    match sort {
        Sort::Phone => "phone number",
        Sort::Email => "e-mail address",
        Sort::Chat => "address of a chat",
        Sort::Opaque => "address",
    }
}

/// Of several numbers, as people write them into one field, the first that is one.
fn phone(text: &str) -> Option<String> {
    text.split([',', ';']).find_map(number)
}

/// Digits with an optional plus: what is left after spaces, dashes, dots and parentheses. E.164 has at most
/// 15 digits, and a number that is reached from outside at least 7.
fn number(text: &str) -> Option<String> {
    let separator = |c: char| c.is_whitespace() && !c.is_control() || matches!(c, '-' | '.' | '(' | ')');
    let plain: String = text.chars().filter(|c| !separator(*c)).collect();
    let digits = plain.strip_prefix('+').unwrap_or(&plain);
    let sound = digits.bytes().all(|byte| byte.is_ascii_digit()) && (7..=15).contains(&digits.len());
    sound.then_some(plain)
}

/// No more than what keeps headers and gateways safe; whether anybody reads there only sending tells.
fn email(text: &str) -> Option<String> {
    let text = text.trim_matches(' ');
    let (local, domain) = text.split_once('@')?;
    let odd = |c: char| c.is_control() || c.is_whitespace() || matches!(c, '@' | ',' | ';' | '<' | '>');
    let dotted = domain.contains('.') && domain.split('.').all(|label| !label.is_empty());
    let sound =
        !local.is_empty() && dotted && text.len() <= 254 && !local.contains(odd) && !domain.contains(odd);
    sound.then(|| text.to_owned())
}

fn opaque(text: &str) -> Option<String> {
    let text = text.trim_matches(' ');
    let sound = !text.is_empty() && text.len() <= 254 && !text.contains(char::is_control);
    sound.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use crate::{Chat, ClientId, ClientKind, Timestamp};

    use super::*;

    fn card(id: i64, phones: &[(&str, &str)], emails: &[(&str, &str)]) -> Client {
        let points =
            |all: &[(&str, &str)]| all.iter().map(|(kind, value)| ContactPoint::new(*kind, *value)).collect();
        Client {
            phones: points(phones),
            emails: points(emails),
            ..Client::new(ClientId(id), ClientKind::Contact, "")
        }
    }

    #[test]
    fn a_card_is_asked_for_its_first_address_or_for_one_of_a_kind() {
        let card =
            card(2, &[("home", "+44 20 7946 0958"), ("mobile", "07700900123")], &[("work", "a@b.example")]);
        assert_eq!(of_card("sms", None, &card).unwrap(), "+442079460958");
        assert_eq!(of_card("call", Some("mobile"), &card).unwrap(), "07700900123");
        assert_eq!(of_card("email", None, &card).unwrap(), "a@b.example");
        let missing = of_card("sms", Some("work"), &card).unwrap_err();
        assert_eq!(missing.code(), "no-address");
        assert!(missing.message().contains("no such type of phone number"));
    }

    #[test]
    fn nobody_to_send_to_is_no_address() {
        let empty = card(1, &[], &[]);
        assert!(!has_any("sms", &empty) && !has_any("email", &empty));
        assert_eq!(of_card("sms", None, &empty).unwrap_err().code(), "no-address");
        assert_eq!(of_card("email", Some("work"), &empty).unwrap_err().code(), "no-address");
    }

    #[test]
    fn an_invalid_first_number_is_not_skipped() {
        let card = card(1, &[("home", "call me"), ("work", "+442079460000")], &[]);
        assert_eq!(of_card("sms", None, &card).unwrap_err().code(), "invalid-address");
    }

    #[test]
    fn of_a_list_in_one_field_the_first_valid_number_is_taken() {
        assert_eq!(check("call", "ext. 7, +44 20 7946 0958; 07700900123").unwrap(), "+442079460958");
        assert_eq!(check("sms", "n/a, ").unwrap_err().code(), "invalid-address");
    }

    #[test]
    fn phones_are_digits_after_their_separators() {
        for (text, plain) in [
            ("+44 (20) 7946-0958", "+442079460958"),
            ("0049.30.123456", "004930123456"),
            ("1234567", "1234567"),
        ] {
            assert_eq!(check("sms", text).unwrap(), plain);
        }
        for bad in
            ["", "123456", "1234567890123456", "+", "++441234567", "44+1234567", "1234567\r\n", "١٢٣٤٥٦٧"]
        {
            assert_eq!(check("call", bad).unwrap_err().code(), "invalid-address", "{bad}");
        }
    }

    #[test]
    fn mail_addresses_have_two_sides_and_nothing_that_breaks_a_header() {
        for good in ["a@b.co", "first.last+tag@mail.example.org", " a@b.co "] {
            assert!(check("email", good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "a",
            "@b.co",
            "a@",
            "a@b",
            "a@b..co",
            "a@b.",
            "a@@b.co",
            "a b@c.de",
            "a@b.co\nBcc: x@y.z",
            "a@b.co,c@d.ef",
            "<a@b.co>",
        ] {
            assert_eq!(check("email", bad).unwrap_err().code(), "invalid-address", "{bad}");
        }
        assert!(check("email", &format!("{}@b.co", "a".repeat(300))).is_err());
    }

    #[test]
    fn an_unknown_channel_takes_any_line() {
        assert_eq!(check("chat", "room-7").unwrap(), "room-7");
        assert!(check("chat", "").is_err() && check("chat", "a\nb").is_err());
    }

    #[test]
    fn a_chat_goes_where_the_client_wrote_last_or_to_the_channel_that_is_named() {
        let chat = |channel: &str, peer: &str, used| Chat {
            channel: channel.to_owned(),
            peer: peer.to_owned(),
            used: Timestamp(used),
        };
        let phone = card(3, &[("mobile", "+442079460958")], &[]);
        assert!(!has_any("chat", &phone), "a phone number is no chat");
        assert_eq!(of_card("chat", None, &phone).unwrap_err().code(), "no-address");
        let chats = vec![chat("whatsapp", "9", 5), chat("telegram", "7/a", 1)];
        let card = Client { chats, ..phone };
        assert!(has_any("chat", &card));
        assert_eq!(of_card("chat", None, &card).unwrap(), "whatsapp/9");
        assert_eq!(of_card("chat", Some("telegram"), &card).unwrap(), "telegram/7/a");
        assert_eq!(of_card("chat", Some("viber"), &card).unwrap_err().code(), "no-address");
        assert_eq!(
            of_pair("chat", Some(&"+442079460958".to_owned()), None).unwrap_err().code(),
            "no-address"
        );
    }

    #[test]
    fn employees_have_one_of_each() {
        let phone = "+442079460958".to_owned();
        assert!(of_pair("sms", Some(&phone), None).is_ok());
        assert_eq!(of_pair("email", Some(&phone), None).unwrap_err().code(), "no-address");
    }
}
