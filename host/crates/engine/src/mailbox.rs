//! The shop's mailboxes: which there are, and which one a mail goes out from.

use std::collections::BTreeMap;

use rulewright_domain::{
    EMAIL, MailFolder, MailServer, Mailbox, Message, Passwords, ShopConfig, ShopId, Timestamp, address,
    audit::Deed, mailbox,
};
use rulewright_ports::{Failure, MailAccess, Reads, StorageExt};

use crate::{Engine, Refusal, change::Change, check, post::MAILBOX};

/// Of one shop; each of them may keep a connection open.
const MOST: usize = 100;
/// Characters.
const NAME: usize = 100;
const HOST: usize = 253;
const USER: usize = 254;
const PASSWORD: usize = 1_000;
const FOLDER: usize = 255;

/// What came of connecting to a mailbox's servers; an error says what is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailboxTried {
    pub smtp: Result<(), String>,
    /// None: mails are not fetched.
    pub imap: Option<Result<(), String>>,
}

/// Of a shop that has any.
pub(crate) fn choose<'c, R: Reads + ?Sized>(
    reads: &mut R,
    config: &'c ShopConfig,
    named: Option<&str>,
) -> Result<&'c Mailbox, Refusal> {
    let mut sent: BTreeMap<&str, Timestamp> = BTreeMap::new();
    if named.is_none_or(|name| name.trim().is_empty()) {
        for id in config.mailboxes.keys() {
            sent.extend(reads.mailbox_state(config.shop.id, id)?.sent.map(|at| (id.as_str(), at)));
        }
    }
    mailbox::choose(config.mailboxes.values(), named, |mailbox| sent.get(mailbox.id.as_str()).copied())
        .map_err(|message| Failure::new("no-mailbox", message, false).into())
}

impl Change<'_> {
    /// Whom a message comes from. Mails of a shop with mailboxes come from one of them, which is decided here, so that
    /// a rule that has none fails.
    pub fn sender(&mut self, channel: &str, named: Option<String>) -> Result<Option<String>, Refusal> {
        if channel != EMAIL || self.config.mailboxes.is_empty() {
            return Ok(named);
        }
        let mailbox = choose(&mut *self.tx, &self.config, named.as_deref())?;
        Ok(Some(mailbox.address.clone()))
    }

    /// What has just carried a message is what is used the next time.
    pub fn remember_mailbox(&mut self, message: &Message) -> Result<(), Refusal> {
        let Some(id) = message.provider.as_deref().and_then(|provider| provider.strip_prefix(MAILBOX)) else {
            return Ok(());
        };
        let mut state = self.tx.mailbox_state(self.shop, id)?;
        state.sent = Some(self.now);
        Ok(self.tx.put_mailbox_state(self.shop, id, &state)?)
    }
}

impl Engine {
    /// A password that is not given stays as it was, as long as it is for the same user of the same server: nobody
    /// has it sent to somewhere else who does not know it.
    pub async fn put_mailbox(
        &self,
        shop: ShopId,
        mailbox: Mailbox,
        passwords: Passwords,
    ) -> Result<(), Refusal> {
        check(&mailbox, &passwords)?;
        let id = mailbox.id.clone();
        let put = self.change(shop, move |change| {
            let config = change.config.clone();
            let same_address = |other: &&Mailbox| {
                other.id != mailbox.id && other.address.eq_ignore_ascii_case(&mailbox.address)
            };
            if let Some(other) = config.mailboxes.values().find(same_address) {
                let message = format!("the mailbox `{}` has this address", other.id);
                return Err(Refusal::invalid("/address", "taken", message));
            }
            let before = config.mailboxes.get(&mailbox.id);
            if before.is_none() && config.mailboxes.len() >= MOST {
                return Err(Refusal::invalid("/id", "limit", format!("a shop has at most {MOST} mailboxes")));
            }
            let stored = change.tx.mailbox_passwords(shop, &mailbox.id)?;
            let (imap, imap_before) = (mailbox.imap.as_ref(), before.and_then(|before| before.imap.as_ref()));
            let passwords = Passwords {
                smtp: kept(
                    "/smtp/password",
                    Some(&mailbox.smtp),
                    &passwords.smtp,
                    before.map(|before| &before.smtp),
                    stored.smtp,
                )?,
                imap: kept(
                    "/imap/password",
                    imap.map(|imap| &imap.server),
                    &passwords.imap,
                    imap_before.map(|imap| &imap.server),
                    stored.imap,
                )?,
            };
            if mailbox.default {
                for other in config.mailboxes.values().filter(|other| other.default && other.id != mailbox.id)
                {
                    let passwords = change.tx.mailbox_passwords(shop, &other.id)?;
                    change.tx.put_mailbox(shop, &Mailbox { default: false, ..other.clone() }, &passwords)?;
                }
            }
            change.tx.put_mailbox(shop, &mailbox, &passwords)?;
            let action = if before.is_some() { "mailbox.changed" } else { "mailbox.connected" };
            change.audit(Deed::new(action, &mailbox.id).with("address", mailbox.address.clone()))?;
            if imap != imap_before {
                let mut state = change.tx.mailbox_state(shop, &mailbox.id)?;
                // Another folder counts for itself.
                (state.cursor, state.since, state.trouble) = (None, None, None);
                change.tx.put_mailbox_state(shop, &mailbox.id, &state)?;
            }
            Ok(())
        });
        put.await?;
        self.inner.inboxes.touch(shop, &id);
        Ok(())
    }

    pub async fn remove_mailbox(&self, shop: ShopId, id: &str) -> Result<(), Refusal> {
        let removed = id.to_owned();
        self.change(shop, move |change| match change.tx.remove_mailbox(shop, &removed)? {
            true => change.audit(Deed::new("mailbox.removed", &removed)),
            false => Err(Refusal::not_found("mailbox", &removed)),
        })
        .await?;
        self.inner.inboxes.touch(shop, id);
        Ok(())
    }

    /// Connects to its servers as if there were something to do.
    pub async fn try_mailbox(&self, shop: ShopId, id: &str) -> Result<MailboxTried, Refusal> {
        let (engine, id) = (self.clone(), id.to_owned());
        let found = self.storage().read(move |reads| {
            let config = engine.inner.configs.of(reads, shop)?;
            let mailbox = config.mailboxes.get(&id).cloned();
            let mailbox = mailbox.ok_or_else(|| Refusal::not_found("mailbox", &id))?;
            Ok::<_, Refusal>((mailbox, reads.mailbox_passwords(shop, &id)?))
        });
        let (mailbox, passwords) = found.await?;
        let mail = &self.inner.deps.mail;
        let sending = MailAccess { server: mailbox.smtp, password: passwords.smtp };
        let smtp = mail.try_sending(&sending).await.map_err(|error| error.message);
        let imap = match mailbox.imap {
            None => None,
            Some(MailFolder { server, folder }) => {
                let access = MailAccess { server, password: passwords.imap };
                let opened = mail.open(&access, &folder).await;
                Some(opened.map(drop).map_err(|error| error.message))
            }
        };
        Ok(MailboxTried { smtp, imap })
    }
}

/// The password of a server from now on.
fn kept(
    path: &str,
    server: Option<&MailServer>,
    given: &Option<String>,
    before: Option<&MailServer>,
    stored: Option<String>,
) -> Result<Option<String>, Refusal> {
    let Some(server) = server else { return Ok(None) };
    match (server.user.is_some(), given) {
        (false, None) => Ok(None),
        (false, Some(_)) => {
            Err(Refusal::invalid(path, "no-user", "a password is somebody's: say which user's"))
        }
        (true, Some(given)) => Ok(Some(given.clone())),
        (true, None) if before == Some(server) && stored.is_some() => Ok(stored),
        (true, None) => Err(Refusal::invalid(
            path,
            "required",
            "give the password: none is kept for this user of this server",
        )),
    }
}

fn check(mailbox: &Mailbox, passwords: &Passwords) -> Result<(), Refusal> {
    check::name("/id", &mailbox.id)?;
    match address::check(EMAIL, &mailbox.address) {
        Ok(checked) if checked == mailbox.address => {}
        _ => {
            let message = format!("`{}` is not a mail address", mailbox.address);
            return Err(Refusal::invalid("/address", "address", message));
        }
    }
    if !mailbox.name.is_empty() {
        check::line("/name", &mailbox.name, NAME)?;
    }
    check_server("/smtp", &mailbox.smtp, passwords.smtp.as_deref())?;
    if let Some(imap) = &mailbox.imap {
        check_server("/imap", &imap.server, passwords.imap.as_deref())?;
        check::line("/imap/folder", &imap.folder, FOLDER)?;
        if imap.server.user.is_none() {
            return Err(Refusal::invalid("/imap/user", "required", "say who opens the mailbox"));
        }
    }
    Ok(())
}

fn check_server(path: &str, server: &MailServer, password: Option<&str>) -> Result<(), Refusal> {
    let host = &server.host;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '[' | ']');
    if host.is_empty() || host.len() > HOST || !host.chars().all(plain) {
        let message = "a host is a name or an address, e.g. smtp.shop.example";
        return Err(Refusal::invalid(&format!("{path}/host"), "host", message));
    }
    if server.port == 0 {
        return Err(Refusal::invalid(&format!("{path}/port"), "port", "a port is a number from 1 to 65535"));
    }
    if let Some(user) = &server.user {
        check::line(&format!("{path}/user"), user, USER)?;
    }
    if let Some(password) = password {
        check::line(&format!("{path}/password"), password, PASSWORD)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use rulewright_domain::MailTls;

    use super::*;

    fn server(host: &str, user: Option<&str>) -> MailServer {
        MailServer { host: host.into(), port: 465, tls: MailTls::Implicit, user: user.map(Into::into) }
    }

    #[test]
    fn a_password_stays_with_its_user_and_its_server() {
        let ours = server("mail.example", Some("sales"));
        let stored = || Some("secret".to_owned());
        let kept = |now: &MailServer, given: Option<&str>| {
            kept("/smtp/password", Some(now), &given.map(Into::into), Some(&ours), stored())
        };
        assert_eq!(kept(&ours, None).unwrap(), stored());
        assert_eq!(kept(&ours, Some("new")).unwrap().as_deref(), Some("new"));
        for other in [
            server("evil.example", Some("sales")),
            server("mail.example", Some("eve")),
            MailServer { port: 466, ..ours.clone() },
            MailServer { tls: MailTls::None, ..ours.clone() },
        ] {
            assert!(kept(&other, None).is_err(), "{other:?}");
        }
        assert_eq!(kept(&server("mail.example", None), None).unwrap(), None);
        assert!(kept(&server("mail.example", None), Some("new")).is_err());
    }

    #[test]
    fn a_host_is_a_host() {
        for host in ["mail.example", "127.0.0.1", "[::1]"] {
            assert!(check_server("/smtp", &server(host, None), None).is_ok(), "{host}");
        }
        for host in ["", "mail example", "mail.example/x", "a\r\nb", "user@mail.example"] {
            assert!(check_server("/smtp", &server(host, None), None).is_err(), "{host}");
        }
    }
}
