//! Mailboxes: where a shop's mails go out from, and where those of its clients come in.
//!
//! **Invariant:** a password is in none of these values but [`Passwords`], which shows nothing of itself: the others
//! are part of the configuration and go wherever that goes.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// The outbox's channel of mails.
pub const EMAIL: &str = "email";

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mailbox {
    /// Chosen by the shop, e.g. `sales`.
    pub id: String,
    /// What stands in `From`, and where replies go.
    pub address: String,
    /// What stands beside it; may be empty.
    pub name: String,
    pub smtp: MailServer,
    pub imap: Option<MailFolder>,
    /// Used where no mail has been sent before. At most one of a shop.
    pub default: bool,
}

impl Mailbox {
    /// Whether a setting or a message means this one.
    pub fn is_called(&self, name: &str) -> bool {
        self.id == name || self.address.eq_ignore_ascii_case(name)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailServer {
    pub host: String,
    pub port: u16,
    pub tls: MailTls,
    /// None: the server lets us in without.
    pub user: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MailTls {
    /// From the first byte.
    Implicit,
    /// After a greeting in the open; without it nothing else is said.
    Starttls,
    /// Only where the operator allows this server.
    None,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailFolder {
    pub server: MailServer,
    /// Usually `INBOX`.
    pub folder: String,
}

/// Of a mailbox's servers.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Passwords {
    pub smtp: Option<String>,
    pub imap: Option<String>,
}

impl fmt::Debug for Passwords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |password: &Option<String>| password.as_ref().map(|_| "***");
        f.debug_struct("Passwords")
            .field("smtp", &shown(&self.smtp))
            .field("imap", &shown(&self.imap))
            .finish()
    }
}

/// What has become of a mailbox so far; no part of the configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MailboxState {
    /// When its server last took a mail of ours.
    pub sent: Option<Timestamp>,
    /// Up to where its mails have been taken in.
    pub cursor: Option<MailCursor>,
    /// When it was first looked into: mails that had come before are none of ours.
    pub since: Option<Timestamp>,
    /// When it was last looked into without trouble.
    pub looked: Option<Timestamp>,
    /// When a mail was last taken in.
    pub received: Option<Timestamp>,
    /// Why it cannot be looked into at present.
    pub trouble: Option<MailTrouble>,
}

/// IMAP's: ids of mails grow and hold as long as the validity stays the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailCursor {
    pub validity: u32,
    pub uid: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailTrouble {
    pub since: Timestamp,
    pub message: String,
}

/// Which mailbox a mail goes out from: the one that is named, else the one that sent last, else the default. The error is
/// for people.
pub fn choose<'m>(
    mailboxes: impl Iterator<Item = &'m Mailbox> + Clone,
    named: Option<&str>,
    sent: impl Fn(&Mailbox) -> Option<Timestamp>,
) -> Result<&'m Mailbox, String> {
    let known = || {
        let known: Vec<&str> = mailboxes.clone().map(|mailbox| mailbox.address.as_str()).collect();
        if known.is_empty() { "none".to_owned() } else { known.join(", ") }
    };
    if let Some(name) = named.map(str::trim).filter(|name| !name.is_empty()) {
        return mailboxes
            .clone()
            .find(|mailbox| mailbox.is_called(name))
            .ok_or_else(|| format!("the shop has no mailbox `{name}`; it has {}", known()));
    }
    let last = mailboxes.clone().filter_map(|mailbox| Some((sent(mailbox)?, mailbox)));
    let last = last.max_by_key(|(sent, _)| *sent).map(|(_, mailbox)| mailbox);
    last.or_else(|| mailboxes.clone().find(|mailbox| mailbox.default)).ok_or_else(|| {
        format!("no mail was sent before, and no mailbox is the default; there are {}", known())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mailbox(id: &str, default: bool) -> Mailbox {
        let smtp = MailServer { host: "mail.example".into(), port: 465, tls: MailTls::Implicit, user: None };
        let address = format!("{id}@shop.example");
        Mailbox { id: id.into(), address, name: String::new(), smtp, imap: None, default }
    }

    #[test]
    fn a_mail_goes_out_from_the_mailbox_that_is_named_or_was_used_last_or_is_the_default() {
        let all = [mailbox("jobs", false), mailbox("sales", true), mailbox("news", false)];
        let id = |named: Option<&str>, sent: &[(&str, i64)]| {
            let at = |mailbox: &Mailbox| {
                sent.iter().find(|(id, _)| *id == mailbox.id).map(|(_, at)| Timestamp(*at))
            };
            choose(all.iter(), named, at).map(|mailbox| mailbox.id.as_str())
        };
        assert_eq!(id(Some("news"), &[]), Ok("news"));
        assert_eq!(id(Some("News@Shop.example"), &[("jobs", 1)]), Ok("news"));
        assert_eq!(id(None, &[("jobs", 1), ("news", 2)]), Ok("news"));
        assert_eq!(id(Some(" "), &[]), Ok("sales"));
        assert!(id(Some("sale"), &[]).unwrap_err().contains("jobs@shop.example, sales@shop.example"));
        let none = choose(all[..1].iter(), None, |_| None).unwrap_err();
        assert!(none.contains("default"), "{none}");
    }

    #[test]
    fn passwords_are_not_shown() {
        let passwords = Passwords { smtp: Some("canary".into()), imap: None };
        assert!(!format!("{passwords:?}").contains("canary"));
    }
}
