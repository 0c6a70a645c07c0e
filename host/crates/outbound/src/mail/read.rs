//! A mail as it came, in our words.

use mail_parser::{Address, HeaderValue, Message, MessageParser, MimeHeaders};
use rulewright_ports::Arrived;
use sha2::{Digest, Sha256};

/// None: not even a header.
pub fn mail(raw: &[u8]) -> Option<Arrived> {
    let mail = MessageParser::default().parse(raw)?;
    let message_id = mail.message_id().map(str::trim).filter(|id| !id.is_empty());
    let attachments = mail.attachments().map(|part| {
        let name = part.attachment_name().unwrap_or("unnamed");
        (plain(name), part.contents().len() as u64)
    });
    Some(Arrived {
        uid: 0,
        message_id: message_id.map_or_else(|| made_of(raw), plain),
        from: addresses(mail.from()),
        to: addresses(mail.to()),
        subject: plain(mail.subject().unwrap_or_default()),
        text: mail.body_text(0).unwrap_or_default().into_owned(),
        in_reply_to: ids(mail.in_reply_to()).or_else(|| ids(mail.references())),
        automatic: automatic(&mail),
        attachments: attachments.collect(),
    })
}

/// The same bytes are the same mail.
fn made_of(raw: &[u8]) -> String {
    let hash: String = Sha256::digest(raw).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("{hash}@no-message-id")
}

fn addresses(found: Option<&Address<'_>>) -> String {
    let written = found.into_iter().flat_map(Address::iter).filter_map(|one| {
        let address = one.address()?;
        Some(match one.name().map(str::trim).filter(|name| !name.is_empty()) {
            Some(name) => format!("{name} <{address}>"),
            None => address.to_owned(),
        })
    });
    plain(&written.collect::<Vec<_>>().join(", "))
}

fn ids(value: &HeaderValue<'_>) -> Option<String> {
    match value {
        HeaderValue::Text(id) => Some(plain(id)),
        HeaderValue::TextList(ids) => Some(plain(&ids.join(" "))),
        _ => None,
    }
}

/// RFC 3834, and what there was before it.
fn automatic(mail: &Message<'_>) -> bool {
    let header = |name: &'static str| mail.header_raw(name).map(|value| value.trim().to_ascii_lowercase());
    let submitted = header("Auto-Submitted").is_some_and(|value| value != "no");
    let bulk =
        header("Precedence").is_some_and(|value| matches!(value.as_str(), "bulk" | "junk" | "auto_reply"));
    let bounced = mail.return_path().as_text() == Some("") || header("Return-Path").as_deref() == Some("<>");
    submitted || bulk || bounced || header("X-Autoreply").is_some() || header("X-Autorespond").is_some()
}

fn plain(text: &str) -> String {
    text.replace(char::is_control, " ").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_is_read_with_its_attachments() {
        let raw = b"From: =?utf-8?q?Ada_Lovelac=C3=A9?= <ada@example.com>\r\nTo: sales@shop.example\r\n\
            Subject: Re: Your\r\n order\r\nMessage-ID: <2@example.com>\r\nIn-Reply-To: <1@shop.example>\r\n\
            MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n\
            <p>Yes, please</p>\r\n--b\r\nContent-Type: image/png; name=\"photo.png\"\r\n\
            Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=\"photo.png\"\r\n\r\nAAAA\r\n--b--\r\n";
        let mail = mail(raw).unwrap();
        assert_eq!(mail.from, "Ada Lovelac\u{e9} <ada@example.com>");
        assert_eq!((mail.subject.as_str(), mail.text.trim()), ("Re: Your order", "Yes, please"));
        assert_eq!(
            (mail.message_id.as_str(), mail.in_reply_to.as_deref()),
            ("2@example.com", Some("1@shop.example"))
        );
        assert_eq!(mail.attachments, [("photo.png".to_owned(), 3)]);
        assert!(!mail.automatic);
    }

    #[test]
    fn a_mail_without_an_id_is_known_again_by_its_bytes() {
        let one = mail(b"From: a@x.example\r\n\r\nYes").unwrap();
        assert_eq!(one.message_id, mail(b"From: a@x.example\r\n\r\nYes").unwrap().message_id);
        assert_ne!(one.message_id, mail(b"From: a@x.example\r\n\r\nNo").unwrap().message_id);
    }

    #[test]
    fn what_a_machine_wrote_is_known() {
        for (header, expected) in [
            ("Auto-Submitted: auto-replied", true),
            ("Auto-Submitted: no", false),
            ("Precedence: bulk", true),
            ("Return-Path: <>", true),
            ("Return-Path: <a@x.example>", false),
            ("X-Mailer: ours", false),
        ] {
            let raw = format!("{header}\r\nFrom: a@x.example\r\n\r\nHi");
            assert_eq!(mail(raw.as_bytes()).unwrap().automatic, expected, "{header}");
        }
    }

    #[test]
    fn rubbish_is_no_panic() {
        for raw in [&b""[..], b"\0\xff\xfe", b"From:\r\n", b"Content-Type: multipart/mixed\r\n\r\n--\r\n"] {
            let _ = mail(raw);
        }
    }
}
