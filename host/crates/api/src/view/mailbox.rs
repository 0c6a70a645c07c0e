//! Mailboxes. A password comes in, and never goes out again.

use rulewright_domain::{self as domain, MailFolder, MailboxState, Passwords, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::value::mirror;

mirror! {
    /// `implicit` from the first byte; `starttls` after a greeting in the open, and nothing without it; `none` only where the
    /// operator allows the server.
    MailTls = domain::MailTls { Implicit = "implicit", Starttls = "starttls", None = "none", }
}

/// Everything about a mailbox but its id.
// Without Debug, as its servers: passwords belong in no log.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"address": "sales@shop.example", "name": "The tea shop", "default": true, "smtp": {"host": "smtp.shop.example", "port": 465}}))]
pub struct MailboxInput {
    #[schema(example = "sales@shop.example")]
    address: String,
    /// What people see beside the address.
    #[serde(default)]
    #[schema(example = "The tea shop")]
    name: String,
    smtp: MailServerInput,
    /// Left out, no mails are fetched.
    imap: Option<MailServerInput>,
    /// Used where no mail has been sent before. Makes every other mailbox none.
    #[serde(default)]
    default: bool,
}

/// How to get to a server and into it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MailServerInput {
    #[schema(example = "smtp.shop.example")]
    host: String,
    #[schema(example = 465)]
    port: u16,
    #[serde(default = "implicit")]
    tls: MailTls,
    user: Option<String>,
    /// Never shown. Left out, the one that is kept stays, as long as nothing else about the server changes.
    #[schema(write_only)]
    password: Option<String>,
    /// Of IMAP alone; `INBOX` if left out.
    folder: Option<String>,
}

fn implicit() -> MailTls {
    MailTls::Implicit
}

impl MailServerInput {
    fn into_domain(self) -> (domain::MailServer, Option<String>, Option<String>) {
        let MailServerInput { host, port, tls, user, password, folder } = self;
        (domain::MailServer { host, port, tls: tls.into(), user }, password, folder)
    }
}

impl MailboxInput {
    pub fn into_domain(self, id: String) -> (domain::Mailbox, Passwords) {
        let MailboxInput { address, name, smtp, imap, default } = self;
        let (smtp, smtp_password, _) = smtp.into_domain();
        let (imap, imap_password) = match imap.map(MailServerInput::into_domain) {
            Some((server, password, folder)) => {
                let folder = folder.unwrap_or_else(|| "INBOX".to_owned());
                (Some(MailFolder { server, folder }), password)
            }
            None => (None, None),
        };
        let passwords = Passwords { smtp: smtp_password, imap: imap_password };
        (domain::Mailbox { id, address, name, smtp, imap, default }, passwords)
    }
}

/// Where mails of the shop go out from and come in.
#[derive(Debug, Serialize, ToSchema)]
pub struct Mailbox {
    #[schema(example = "sales")]
    id: String,
    address: String,
    name: String,
    smtp: MailServer,
    imap: Option<MailServer>,
    default: bool,
    /// When its server last took a mail.
    #[schema(value_type = Option<String>, format = DateTime)]
    sent: Option<Timestamp>,
    /// When it was last looked into without trouble.
    #[schema(value_type = Option<String>, format = DateTime)]
    looked: Option<Timestamp>,
    /// When a mail last came in.
    #[schema(value_type = Option<String>, format = DateTime)]
    received: Option<Timestamp>,
    /// Why it cannot be looked into at present. It is tried again by itself.
    trouble: Option<MailTrouble>,
}

#[derive(Debug, Serialize, ToSchema)]
struct MailServer {
    host: String,
    port: u16,
    tls: MailTls,
    user: Option<String>,
    /// Whether one is kept.
    password: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    folder: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct MailTrouble {
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
    message: String,
}

impl Mailbox {
    pub fn of(mailbox: domain::Mailbox, passwords: &Passwords, state: MailboxState) -> Mailbox {
        let server = |server: domain::MailServer, password: &Option<String>, folder| {
            let domain::MailServer { host, port, tls, user } = server;
            MailServer { host, port, tls: tls.into(), user, password: password.is_some(), folder }
        };
        let domain::Mailbox { id, address, name, smtp, imap, default } = mailbox;
        let MailboxState { sent, cursor: _, since: _, looked, received, trouble } = state;
        let trouble = trouble.map(|domain::MailTrouble { since, message }| MailTrouble { since, message });
        let imap = imap.map(|imap| server(imap.server, &passwords.imap, Some(imap.folder)));
        let smtp = server(smtp, &passwords.smtp, None);
        Mailbox { id, address, name, smtp, imap, default, sent, looked, received, trouble }
    }
}

/// What came of connecting to a mailbox's servers.
#[derive(Debug, Serialize, ToSchema)]
pub struct MailboxTried {
    smtp: ServerTried,
    imap: Option<ServerTried>,
}

#[derive(Debug, Serialize, ToSchema)]
struct ServerTried {
    ok: bool,
    /// What is wrong.
    error: Option<String>,
}

impl From<rulewright_engine::MailboxTried> for MailboxTried {
    fn from(tried: rulewright_engine::MailboxTried) -> MailboxTried {
        let told = |result: Result<(), String>| ServerTried { ok: result.is_ok(), error: result.err() };
        MailboxTried { smtp: told(tried.smtp), imap: tried.imap.map(told) }
    }
}
