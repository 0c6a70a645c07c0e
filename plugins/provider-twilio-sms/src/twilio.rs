//! What gateways that copied Twilio's interface have in common: the account, its requests, its signatures.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rulewright_sdk::Json;
use rulewright_sdk::prelude::*;
use rulewright_sdk::provider::{Delivery, Request};
use rulewright_sdk::signatures::Hash;

/// Name of the secret.
pub const TOKEN: &str = "auth-token";

/// Milliseconds. Longer than a gateway takes, shorter than the whole call may.
const PATIENCE: u64 = 8_000;

pub fn server() -> String {
    "https://api.twilio.com".into()
}

/// What is wrong with an account.
pub fn issues(server: &str, account: &str) -> Vec<Issue> {
    let mut issues = Vec::new();
    if !["https://", "http://"].iter().any(|scheme| server.starts_with(scheme)) {
        let message = "The address of a server, e.g. https://api.twilio.com.";
        issues.push(Issue::new("/server", "no-address", message));
    }
    if account.is_empty() || !account.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        issues.push(Issue::new("/account", "no-account", "Letters and digits, as the gateway shows it."));
    }
    issues
}

/// Asks the gateway to send or call. The same key again is the same message.
pub fn create(
    (server, account): (&str, &str),
    resource: &str,
    form: &[(&str, &str)],
    key: &str,
) -> Result<Delivery> {
    let token = secrets::open(TOKEN)?;
    let url = format!("{}/2010-04-01/Accounts/{account}/{resource}.json", server.trim_end_matches('/'));
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let response = http::post(url)
        .basic(account, &token)
        .header("Content-Type", "application/x-www-form-urlencoded")
        .header("Idempotency-Key", key)
        .header("I-Twilio-Idempotency-Token", key)
        .body(body)
        .timeout(PATIENCE)
        .send()?;
    let told: Json = response.json().unwrap_or_default();
    let told = |name: &str| match &told[name] {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        _ => None,
    };
    if response.is_success() {
        // Taken all the same where it does not say under which id.
        return Ok(Delivery::Sent(told("sid").unwrap_or_default()));
    }
    let status = response.status;
    let why = match (told("code"), told("message")) {
        (Some(code), Some(message)) => format!("http-{status}: {message} ({code})"),
        (_, message) => format!("http-{status}: {}", message.unwrap_or("the gateway refused".into())),
    };
    // A wrong account or secret can be mended, and 409 means that the message is just being taken.
    let passing = response.is_passing_failure() || matches!(status, 401 | 403 | 409);
    Ok(if passing { Delivery::Unavailable(why) } else { Delivery::Rejected(why) })
}

/// Where the gateway is to report about a message.
pub fn callback(inbound: &str, message: &str) -> String {
    format!("{inbound}?message={message}")
}

/// What a call of the inbound address says.
pub struct Told {
    form: Vec<(String, String)>,
    query: Vec<(String, String)>,
}

impl Told {
    /// None: the signature is not the gateway's.
    pub fn by(call: &Request) -> Result<Option<Told>> {
        let pairs = |text: &[u8]| form_urlencoded::parse(text).into_owned().collect::<Vec<_>>();
        let form = if call.method == "POST" { pairs(&call.body) } else { Vec::new() };
        // Of the address and of every parameter in the order of their names, one after the other.
        let mut sorted = form.clone();
        sorted.sort();
        let parts = sorted.iter().flat_map(|(name, value)| [name.as_str(), value.as_str()]);
        let signed = std::iter::once(call.url.as_str()).chain(parts).collect::<String>();
        let token = secrets::open(TOKEN)?;
        let expected = STANDARD.encode(signatures::sign(&token, Hash::Sha1, signed.as_bytes())?);
        let given = call.header("x-twilio-signature").unwrap_or_default();
        if !signatures::same(expected.as_bytes(), given.as_bytes()) {
            return Ok(None);
        }
        let query = call.url.split_once('?').map_or("", |(_, query)| query);
        Ok(Some(Told { form, query: pairs(query.as_bytes()) }))
    }

    /// A parameter, wherever it stands: calls by GET have all of them in the address.
    pub fn get(&self, name: &str) -> Option<&str> {
        let all = self.form.iter().chain(&self.query);
        all.into_iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub fn text(&self, name: &str) -> String {
        self.get(name).unwrap_or_default().to_owned()
    }

    /// The message of ours that it is about: we have put it there, and the signature covers it.
    pub fn message(&self) -> Option<String> {
        self.query.iter().find(|(key, _)| key == "message").map(|(_, value)| value.clone())
    }
}

/// For tests: what the gateway would put into the header.
#[cfg(test)]
pub fn signature(url: &str, form: &[(&str, &str)], token: &str) -> String {
    use hmac::{Hmac, KeyInit, Mac};
    let mut sorted = form.to_vec();
    sorted.sort();
    let text: String = sorted.iter().flat_map(|(name, value)| [*name, *value]).collect();
    let mac = Hmac::<sha1::Sha1>::new_from_slice(token.as_bytes()).expect("any length");
    STANDARD.encode(mac.chain_update(format!("{url}{text}")).finalize().into_bytes())
}
