//! Programs of others that act for a shop: what they ask for, what the shop has agreed to, and what they prove
//! themselves with.
//!
//! **Invariant:** of what a program shows us there is only the hash. What we show it is kept as it is, and shows nothing
//! of itself.

use std::{collections::BTreeSet, fmt};

use serde::{Deserialize, Serialize};

use crate::{ApplicationId, EmployeeId, EventId, ShopId, SubscriptionId, Timestamp};

/// A part of an interface that a program may be let into.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Area {
    /// In that interface's words: `crm`.
    pub name: String,
    /// What it opens, in a sentence.
    pub opens: String,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Application {
    pub id: ApplicationId,
    /// How the program names itself.
    pub client_id: String,
    /// SHA-256 in hex of the secret that it proves itself with.
    pub secret: String,
    /// Unique in the shop.
    pub code: String,
    pub name: String,
    /// Where a person is sent back to after they agreed; the first is meant where none is named.
    #[serde(default)]
    pub redirects: Vec<String>,
    /// The address that is told when the program is installed and uninstalled.
    #[serde(default)]
    pub handler: Option<String>,
    /// That it asks for.
    pub areas: BTreeSet<String>,
    /// By it the program knows that we call.
    pub token: String,
    #[serde(default)]
    pub installed: Option<Installed>,
    /// What the handler is told of the installation by; gone once it has been used.
    #[serde(default)]
    pub welcome: Option<String>,
    /// By which the handler is told.
    #[serde(default)]
    pub lifecycle: Option<SubscriptionId>,
    pub created: Timestamp,
}

impl fmt::Debug for Application {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Application").field("id", &self.id).field("code", &self.code).finish_non_exhaustive()
    }
}

/// What the shop has agreed to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Installed {
    pub at: Timestamp,
    /// Who agreed.
    pub by: String,
    /// In whose name the program acts where nobody else is meant.
    #[serde(default)]
    pub employee: Option<EmployeeId>,
    pub areas: BTreeSet<String>,
}

impl Application {
    /// Characters.
    pub const NAME: usize = 100;
    pub const CODE: usize = 64;
    pub const URL: usize = 2_000;
    pub const REDIRECTS: usize = 20;

    /// What it may use at present.
    pub fn opened(&self) -> BTreeSet<String> {
        self.installed.as_ref().map(|installed| installed.areas.clone()).unwrap_or_default()
    }

    /// Where a person is sent back to: one of its addresses, exactly as it was given.
    pub fn redirect(&self, wanted: Option<&str>) -> Option<&str> {
        match wanted {
            None => self.redirects.first().map(String::as_str),
            Some(wanted) => self.redirects.iter().map(String::as_str).find(|known| *known == wanted),
        }
    }
}

/// A name that says which shop it belongs to. `random` cannot be guessed.
pub fn client_id(shop: ShopId, random: &str) -> String {
    format!("app.{}.{random}", shop.0)
}

pub fn shop_of_client(client_id: &str) -> Option<ShopId> {
    let (shop, _) = client_id.strip_prefix("app.")?.split_once('.')?;
    shop.parse().ok().map(ShopId)
}

/// As the program sends it with every call.
pub fn access_token(shop: ShopId, secret: &str) -> String {
    format!("rwa_{}_{secret}", shop.0)
}

pub fn read_access_token(text: &str) -> Option<(ShopId, &str)> {
    let (shop, secret) = text.strip_prefix("rwa_")?.split_once('_')?;
    Some((ShopId(shop.parse().ok()?), secret))
}

/// Who agrees must have seen all of it: no more and no less than what is asked for.
pub fn agree(asked: &BTreeSet<String>, agreed: &BTreeSet<String>) -> Result<(), String> {
    let list = |some: Vec<&String>| some.into_iter().cloned().collect::<Vec<_>>().join(", ");
    let missing: Vec<_> = asked.difference(agreed).collect();
    let beyond: Vec<_> = agreed.difference(asked).collect();
    match (missing.is_empty(), beyond.is_empty()) {
        (true, true) => Ok(()),
        (false, _) => {
            Err(format!("the application asks for {} too: agree to all of it, or to nothing", list(missing)))
        }
        (true, false) => Err(format!("the application does not ask for {}", list(beyond))),
    }
}

/// `a-z`, `0-9`, `.`, `-`, `_`.
pub fn check_code(code: &str) -> Result<(), String> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-' | '_');
    match (1..=Application::CODE).contains(&code.len()) && code.chars().all(plain) {
        true => Ok(()),
        false => Err(format!("a code has 1 to {} of a-z, 0-9, `.`, `-` and `_`", Application::CODE)),
    }
}

/// An address that a browser is sent to.
pub fn check_redirect(url: &str) -> Result<(), String> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let host = rest.map(|rest| rest.split(['/', '?']).next().unwrap_or_default()).unwrap_or_default();
    let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | '\\' | '^' | '`' | '#');
    let host_only = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
    let sound = !host.is_empty() && host.chars().all(host_only) && url.chars().all(plain);
    match sound && url.len() <= Application::URL {
        true => Ok(()),
        false => Err(format!(
            "a redirect is a whole address such as `https://app.example/oauth`, without `#`, of at most {} characters",
            Application::URL
        )),
    }
}

/// What a program holds: a code that it exchanges once, a token that it calls with, a token that it gets the next with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pass {
    pub id: i64,
    pub kind: PassKind,
    /// SHA-256 in hex.
    pub hash: String,
    pub application: ApplicationId,
    /// As whom the program acts.
    pub employee: EmployeeId,
    /// Whether whoever agreed was an administrator.
    #[serde(default)]
    pub admin: bool,
    /// The same for all that follow from one consent.
    pub grant: i64,
    /// Of a code: where it was sent to.
    #[serde(default)]
    pub redirect: Option<String>,
    pub expires: Timestamp,
    /// It was exchanged. Shown again it is stolen, and all of its grant ends.
    #[serde(default)]
    pub used: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PassKind {
    Code,
    Access,
    Refresh,
}

impl PassKind {
    /// Milliseconds. A code travels through a browser; a program that rests for half a year asks its person again.
    pub fn lasts(self) -> i64 {
        match self {
            PassKind::Code => 30_000,
            PassKind::Access => 3_600_000,
            PassKind::Refresh => 180 * 24 * 3_600_000,
        }
    }

    /// Milliseconds that one is remembered which is over: so that it is told from one that never was.
    pub const REMEMBERED: i64 = 24 * 3_600_000;
}

impl Pass {
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.expires <= now
    }

    /// Nothing is learnt from it any more.
    pub fn is_forgotten(&self, now: Timestamp) -> bool {
        self.expires.plus(PassKind::REMEMBERED) <= now
    }
}

/// An event that waits until a program asks for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QueuedEvent {
    pub id: i64,
    pub application: ApplicationId,
    pub subscription: SubscriptionId,
    /// Which of the program's queues; empty is the usual one.
    #[serde(default)]
    pub queue: String,
    /// As the subscription's form calls it.
    pub label: String,
    /// Of what is the same once more: it waits once, as it happened last.
    pub key: String,
    pub event: EventId,
    pub at: Timestamp,
    /// Who works on it.
    #[serde(default)]
    pub process: Option<String>,
    #[serde(default)]
    pub failed: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn areas(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn who_agrees_agrees_to_exactly_what_is_asked_for() {
        let asked = areas(&["crm", "sale"]);
        assert_eq!(agree(&asked, &asked), Ok(()));
        assert!(agree(&asked, &areas(&["crm"])).unwrap_err().contains("asks for sale too"));
        assert!(agree(&asked, &areas(&["crm", "sale", "user"])).unwrap_err().contains("not ask for user"));
        assert!(agree(&asked, &areas(&[])).unwrap_err().contains("crm, sale"));
    }

    #[test]
    fn a_name_and_a_token_lead_to_their_shop() {
        assert_eq!(shop_of_client(&client_id(ShopId(7), "ab12")), Some(ShopId(7)));
        assert_eq!(read_access_token(&access_token(ShopId(7), "s3cret")), Some((ShopId(7), "s3cret")));
        for text in ["", "app.7", "app.x.y", "7.ab", "rwa_7", "rwa_x_y", "rw_7_abc"] {
            assert_eq!((shop_of_client(text), read_access_token(text)), (None, None), "{text}");
        }
    }

    #[test]
    fn a_browser_is_sent_to_whole_addresses_only() {
        for url in ["https://app.example/oauth?x=1", "http://localhost:8080/", "https://[::1]/cb"] {
            assert_eq!(check_redirect(url), Ok(()), "{url}");
        }
        for url in [
            "",
            "app.example",
            "javascript:alert(1)",
            "https://",
            "https://a@b/",
            "https://app.example/#x",
            "https://app.example/\"><script>",
            "https://app.example/a b",
            "//app.example/",
        ] {
            assert!(check_redirect(url).is_err(), "{url}");
        }
        assert!(check_code("my.app-1_x").is_ok());
        for code in ["", "My", "a b", &"x".repeat(65)] {
            assert!(check_code(code).is_err(), "{code}");
        }
    }

    #[test]
    fn an_application_shows_no_secret_of_itself() {
        let shown = format!(
            "{:?}",
            Application {
                id: ApplicationId(1),
                client_id: "app.1.x".into(),
                secret: "hidden".into(),
                code: "erp".into(),
                name: "ERP".into(),
                redirects: vec!["https://a.example/".into(), "https://b.example/".into()],
                handler: None,
                areas: areas(&["crm"]),
                token: "hidden".into(),
                installed: None,
                welcome: Some("hidden".into()),
                lifecycle: None,
                created: Timestamp(0),
            }
        );
        assert!(shown.contains("erp") && !shown.contains("hidden"), "{shown}");
    }
}
