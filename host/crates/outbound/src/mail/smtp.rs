//! Out.

use std::time::{Duration, SystemTime};

use lettre::{
    Address,
    address::Envelope,
    message::{
        Attachment, Mailbox, MultiPart, SinglePart,
        header::{ContentType, HeaderName, HeaderValue},
    },
    transport::smtp::{
        authentication::{Credentials, Mechanism},
        client::{AsyncSmtpConnection, Certificate, TlsParameters},
        extension::ClientId,
    },
};
use mail_parser::decoders::html::html_to_text;
use rulewright_domain::MailTls;
use rulewright_ports::{Letter, MailAccess, MailError};

use super::{MailOptions, connect, temporary};

/// For everything that is said about one mail. A server that checks it while it takes it needs a minute.
const PATIENCE: Duration = Duration::from_secs(120);
const MECHANISMS: &[Mechanism] = &[Mechanism::Plain, Mechanism::Login];

/// A mail as it is on the wire, with its envelope.
pub struct Mail {
    envelope: Envelope,
    bytes: Vec<u8>,
}

/// It would be the same mail at the next attempt, so whatever is wrong with it is so for ever.
pub fn mail(letter: &Letter) -> Result<Mail, MailError> {
    let permanent = |what: &str, error: &dyn std::fmt::Display| MailError {
        message: format!("{what}: {error}"),
        permanent: true,
    };
    let address = |text: &str| {
        text.parse::<Address>().map_err(|error| permanent(&format!("`{text}` is no mail address"), &error))
    };
    let (from, to) = (address(&letter.from)?, address(&letter.to)?);
    let name = Some(line(&letter.from_name)).filter(|name| !name.is_empty());
    let date = Duration::from_millis(letter.date.0.try_into().unwrap_or_default());
    let automatic = HeaderValue::new(
        HeaderName::new_from_ascii_str("Auto-Submitted"),
        // So that no other machine answers it.
        "auto-generated".to_owned(),
    );
    let builder = lettre::Message::builder()
        .message_id(Some(format!("<{}>", line(&letter.message_id))))
        .date(SystemTime::UNIX_EPOCH + date)
        .from(Mailbox::new(name, from.clone()))
        .to(Mailbox::new(None, to.clone()))
        .subject(line(&letter.subject))
        .raw_header(automatic);
    let built = match (body(letter), letter.attachments.is_empty()) {
        (Body::Single(part), true) => builder.singlepart(part),
        (Body::Multi(part), true) => builder.multipart(part),
        (body, false) => {
            let mixed = match body {
                Body::Single(part) => MultiPart::mixed().singlepart(part),
                Body::Multi(part) => MultiPart::mixed().multipart(part),
            };
            builder.multipart(letter.attachments.iter().fold(mixed, |mixed, one| {
                let unknown =
                    || ContentType::parse("application/octet-stream").unwrap_or(ContentType::TEXT_PLAIN);
                let media_type = ContentType::parse(&one.media_type).unwrap_or_else(|_| unknown());
                mixed.singlepart(Attachment::new(line(&one.name)).body(one.content.clone(), media_type))
            }))
        }
    };
    let message = built.map_err(|error| permanent("the mail cannot be written", &error))?;
    let envelope = Envelope::new(Some(from), vec![to])
        .map_err(|error| permanent("the mail cannot be addressed", &error))?;
    Ok(Mail { envelope, bytes: message.formatted() })
}

enum Body {
    Single(SinglePart),
    Multi(MultiPart),
}

fn body(letter: &Letter) -> Body {
    let text = |html: &String| letter.text.clone().unwrap_or_else(|| html_to_text(html));
    match &letter.html {
        Some(html) => Body::Multi(MultiPart::alternative_plain_html(text(html), html.clone())),
        None => Body::Single(SinglePart::plain(letter.text.clone().unwrap_or_default())),
    }
}

/// A header ends where its line ends.
fn line(text: &str) -> String {
    text.replace(char::is_control, " ").trim().to_owned()
}

pub async fn send(options: &MailOptions, access: &MailAccess, mail: &Mail) -> Result<(), MailError> {
    let sending = async {
        let mut connection = connect(options, access).await?;
        connection.send(&mail.envelope, &mail.bytes).await.map_err(|error| MailError {
            // Of all that can go wrong, only this is about the mail.
            permanent: error.is_permanent(),
            message: error.to_string(),
        })?;
        // It is sent, whatever is said now.
        let _ = connection.quit().await;
        Ok(())
    };
    in_time(access, sending).await
}

pub async fn login(options: &MailOptions, access: &MailAccess) -> Result<(), MailError> {
    let trying = async {
        let mut connection = connect(options, access).await?;
        let _ = connection.quit().await;
        Ok(())
    };
    in_time(access, trying).await
}

async fn in_time(
    access: &MailAccess,
    work: impl Future<Output = Result<(), MailError>>,
) -> Result<(), MailError> {
    let timed_out = || temporary(format!("{} takes too long", connect::authority(&access.server)));
    tokio::time::timeout(PATIENCE, work).await.unwrap_or_else(|_| Err(timed_out()))
}

/// Every failure is temporary: it is the server's or the mailbox's, which somebody may put right.
async fn connect(options: &MailOptions, access: &MailAccess) -> Result<AsyncSmtpConnection, MailError> {
    let server = &access.server;
    let failed = |what: &str, error: lettre::transport::smtp::Error| {
        temporary(format!("{what} {}: {error}", connect::authority(server)))
    };
    let addresses = connect::addresses(options, server).await?;
    let hello = ClientId::default();
    let implicit = match server.tls {
        MailTls::Implicit => Some(tls(options, &server.host)?),
        MailTls::Starttls | MailTls::None => None,
    };
    let mut connection = AsyncSmtpConnection::connect_tokio1(&addresses[..], None, &hello, implicit, None)
        .await
        .map_err(|error| failed("cannot connect to", error))?;
    if server.tls == MailTls::Starttls {
        let upgraded = connection.starttls(tls(options, &server.host)?, &hello).await;
        upgraded.map_err(|error| failed("STARTTLS at", error))?;
    }
    if let Some(user) = &server.user {
        let credentials = Credentials::new(user.clone(), access.password.clone().unwrap_or_default());
        let known = connection.auth(MECHANISMS, &credentials).await;
        known.map_err(|error| failed(&format!("`{user}` is not let in by"), error))?;
    }
    Ok(connection)
}

fn tls(options: &MailOptions, host: &str) -> Result<TlsParameters, MailError> {
    let failed = |error: lettre::transport::smtp::Error| temporary(format!("TLS is not possible: {error}"));
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let mut parameters = TlsParameters::builder(host.to_owned());
    for root in connect::roots(options)? {
        parameters = parameters.add_root_certificate(Certificate::from_der(root.to_vec()).map_err(failed)?);
    }
    parameters.build().map_err(failed)
}

#[cfg(test)]
mod tests {
    use mail_parser::{MessageParser, MimeHeaders};
    use rulewright_domain::{MailServer, Timestamp};
    use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};

    use super::*;

    fn letter() -> Letter {
        Letter {
            message_id: "1@shop.example".into(),
            from_name: "Zoë's shop".into(),
            from: "sales@shop.example".into(),
            to: "ada@example.com".into(),
            subject: "Your order".into(),
            text: Some("Dear Ada".into()),
            html: None,
            attachments: Vec::new(),
            date: Timestamp(1_795_000_000_000),
        }
    }

    fn written(letter: &Letter) -> String {
        String::from_utf8(mail(letter).unwrap().bytes).unwrap()
    }

    #[test]
    fn a_header_ends_with_its_line_whatever_is_put_into_it() {
        let evil = "Hi\r\nBcc: all@example.com\r\n\r\nBuy";
        let attached = rulewright_ports::Attachment {
            name: "\"; x=\"\r\nBcc: all@example.com\r\n\r\nBuy.pdf".into(),
            media_type: "application/pdf\r\nBcc: all@example.com".into(),
            content: b"%PDF".to_vec(),
        };
        let attachments = vec![attached];
        let written =
            written(&Letter { from_name: evil.into(), subject: evil.into(), attachments, ..letter() });
        let parsed = MessageParser::default().parse(&written).unwrap();
        assert_eq!(parsed.attachment_count(), 1, "{written}");
        assert_eq!(parsed.attachment(0).unwrap().contents(), b"%PDF", "{written}");
        assert!(parsed.bcc().is_none(), "{written}");
        assert_eq!(parsed.subject(), Some("Hi  Bcc: all@example.com    Buy"));
        assert_eq!(parsed.body_text(0).unwrap().trim(), "Dear Ada");
        for to in ["ada@example.com>\r\nRCPT TO:<eve@example.com", "ada", "ada@example.com, eve@example.com"]
        {
            let refused = mail(&Letter { to: to.into(), ..letter() });
            assert!(refused.is_err_and(|error| error.permanent), "{to}");
        }
    }

    /// A server that takes one connection: the first words of what it was told, and the mail as it has read it.
    async fn listening() -> (u16, tokio::task::JoinHandle<(Vec<String>, String)>) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let served = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let mut stream = BufReader::new(stream);
            let (mut told, mut mail) = (Vec::new(), String::new());
            stream.write_all(b"220 here\r\n").await.unwrap();
            loop {
                let mut line = String::new();
                if stream.read_line(&mut line).await.unwrap() == 0 {
                    return (told, mail);
                }
                let verb = line.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
                if verb == "DATA" {
                    stream.write_all(b"354 go on\r\n").await.unwrap();
                    loop {
                        let mut line = String::new();
                        assert_ne!(stream.read_line(&mut line).await.unwrap(), 0, "the mail has no end");
                        if line == ".\r\n" {
                            break;
                        }
                        mail.push_str(line.strip_prefix('.').unwrap_or(&line));
                    }
                }
                told.push(verb);
                stream.write_all(b"250 well\r\n").await.unwrap();
            }
        });
        (port, served)
    }

    #[tokio::test]
    async fn the_end_of_a_mail_in_its_text_ends_nothing() {
        let text =
            "Dear Ada\n.\nMAIL FROM:<eve@example.com>\nRCPT TO:<all@example.com>\nDATA\n\n.\nBuy\n..\n.";
        let (port, served) = listening().await;
        let server = MailServer { host: "127.0.0.1".into(), port, tls: MailTls::None, user: None };
        let options =
            MailOptions { allow_private: vec![format!("127.0.0.1:{port}")], ..MailOptions::default() };
        let access = MailAccess { server, password: None };
        let mail = mail(&Letter { text: Some(text.replace('\n', "\r\n")), ..letter() }).unwrap();
        send(&options, &access, &mail).await.unwrap();
        let (told, mail) = served.await.unwrap();
        assert_eq!(told, ["EHLO", "MAIL", "RCPT", "DATA", "QUIT"], "one mail to one recipient");
        let parsed = MessageParser::default().parse(&mail).unwrap();
        assert_eq!(parsed.body_text(0).unwrap().replace("\r\n", "\n").trim_end(), text);
    }

    #[test]
    fn a_mail_has_its_id_and_its_date_and_says_that_a_machine_wrote_it() {
        let parsed = written(&letter());
        let parsed = MessageParser::default().parse(&parsed).unwrap();
        assert_eq!(parsed.message_id(), Some("1@shop.example"));
        assert_eq!(parsed.date().unwrap().to_timestamp(), 1_795_000_000);
        assert_eq!(parsed.header_raw("Auto-Submitted").map(str::trim), Some("auto-generated"));
        let from = parsed.from().unwrap().first().unwrap();
        assert_eq!((from.name(), from.address()), (Some("Zoë's shop"), Some("sales@shop.example")));
    }

    #[test]
    fn html_is_sent_with_a_text_for_who_does_not_read_it() {
        let html = "<html><body><p>Dear <b>Ada</b></p></body></html>".to_owned();
        let parsed = written(&Letter { text: None, html: Some(html.clone()), ..letter() });
        let parsed = MessageParser::default().parse(&parsed).unwrap();
        assert_eq!((parsed.text_body_count(), parsed.html_body_count()), (1, 1));
        assert_eq!(parsed.body_text(0).unwrap().trim(), "Dear Ada");
        assert_eq!(parsed.body_html(0).unwrap(), html);
    }

    #[test]
    fn attachments_come_after_the_text_with_their_names() {
        let attachments = vec![rulewright_ports::Attachment {
            name: "Rechnung ü.pdf".into(),
            media_type: "application/pdf".into(),
            content: b"%PDF-1.7\n\0\xff".to_vec(),
        }];
        let parsed = written(&Letter { attachments, ..letter() });
        let parsed = MessageParser::default().parse(&parsed).unwrap();
        assert_eq!(parsed.body_text(0).unwrap().trim(), "Dear Ada");
        let attached = parsed.attachment(0).unwrap();
        assert_eq!(attached.attachment_name(), Some("Rechnung ü.pdf"));
        assert_eq!(attached.contents(), b"%PDF-1.7\n\0\xff");
        assert!(attached.is_content_type("application", "pdf"));
    }
}
