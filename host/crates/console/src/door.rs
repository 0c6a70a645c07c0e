//! Who looks, what they may do, and how they want pages: read from the session's cookie and the request.

use std::{net::SocketAddr, time::Duration};

use axum::{
    extract::{ConnectInfo, FromRequestParts, Path, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use jiff::tz::TimeZone;
use rulewright_domain::{
    Actor, Halt, ShopId, Timestamp,
    account::{Ability, Account},
};
use rulewright_engine::Engine;
use rulewright_ports::WrongSecret;
use serde::de::DeserializeOwned;

use crate::{
    Console,
    trouble::Trouble,
    words::{Value, Words},
};

/// What the session is kept under in the browser. A name that begins so, browsers take from this host alone, and
/// encrypted: a neighbour below the same domain cannot lay a session of its own beside it.
fn session_name(encrypted: bool) -> &'static str {
    if encrypted { "__Host-rulewright-session" } else { "rulewright-session" }
}

/// Chosen by whatever stands around the console; see `rulewright_api`.
const REQUEST_ID: header::HeaderName = header::HeaderName::from_static("x-request-id");

/// How long what somebody has opened may go on after their session.
const LOOKED_AFTER: Duration = Duration::from_secs(15);

/// How somebody wants their pages. Known before anybody has signed in.
#[derive(Clone)]
pub struct Look {
    pub words: Words,
    pub zone: TimeZone,
    pub now: Timestamp,
    /// `light`, `dark` or None: as the system has it. Comes with the first bytes, so that nothing flashes.
    pub theme: Option<&'static str>,
    /// What the server's log calls what was asked, for whoever reports a trouble.
    pub request: Option<String>,
}

impl Look {
    fn of(parts: &Parts, now: Timestamp) -> Look {
        let asked = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
        let asked = asked.into_owned().find(|(name, _)| name == "lang").map(|(_, code)| code);
        let accepted = || Words::accepted(text(&parts.headers, &header::ACCEPT_LANGUAGE));
        let theme = cookie(&parts.headers, "rulewright-theme");
        Look {
            words: asked.and_then(|code| Words::of(&code)).unwrap_or_else(accepted),
            zone: TimeZone::UTC,
            now,
            theme: ["light", "dark"].into_iter().find(|known| theme == Some(*known)),
            request: Some(text(&parts.headers, &REQUEST_ID).to_owned()).filter(|id| !id.is_empty()),
        }
    }

    pub fn text(&self, key: &str) -> String {
        self.words.text(key)
    }

    pub fn with(&self, key: &str, variables: &[(&str, Value<'_>)]) -> String {
        self.words.with(key, variables)
    }
}

impl FromRequestParts<Console> for Look {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, console: &Console) -> Result<Self, Self::Rejection> {
        Ok(Look::of(parts, console.now()))
    }
}

/// Somebody of the shop who has signed in.
#[derive(Clone)]
pub struct Visitor {
    pub shop: ShopId,
    pub shop_name: String,
    pub account: Account,
    pub look: Look,
    /// What is halted on the whole server.
    pub halts: Vec<Halt>,
    /// The page that was asked for.
    pub here: String,
}

impl Visitor {
    pub fn may(&self, ability: Ability) -> bool {
        self.account.role.may(ability)
    }

    /// As whom they change an order.
    pub fn actor(&self) -> Actor {
        self.account.actor()
    }

    /// The engine, and what is changed through it is theirs.
    pub fn engine(&self, console: &Console) -> Engine {
        console.engine().acting(&self.account)
    }

    pub fn text(&self, key: &str) -> String {
        self.look.text(key)
    }

    pub fn with(&self, key: &str, variables: &[(&str, Value<'_>)]) -> String {
        self.look.with(key, variables)
    }
}

impl FromRequestParts<Console> for Visitor {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, console: &Console) -> Result<Self, Trouble> {
        let mut look = Look::of(parts, console.now());
        let here = parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
        let absent = || Trouble::SignIn { back: back(&parts.method, &here) };
        let secret = session_secret(&parts.headers, console.0.encrypted).ok_or_else(absent)?;
        let (shop, account) = console.engine().session(secret, look.now).await?.ok_or_else(absent)?;
        let config = console.config(shop).await?;
        if !asks_language(&parts.uri)
            && let Some(words) = account.language.as_deref().and_then(Words::of)
        {
            look.words = words;
        }
        let zone = account.zone.as_deref().unwrap_or(&config.shop.time_zone);
        look.zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
        let halts = console.engine().halts()?;
        Ok(Visitor { shop, shop_name: config.shop.name.clone(), account, look, halts, here })
    }
}

fn asks_language(uri: &Uri) -> bool {
    form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).any(|(name, _)| name == "lang")
}

/// Only a page that was looked at is come back to.
fn back(method: &Method, here: &str) -> Option<String> {
    (*method == Method::GET && !here.starts_with("/live")).then(|| here.to_owned())
}

/// Visitors who may do a certain thing: a handler names the one that it needs.
macro_rules! abilities {
    ($($(#[$doc:meta])* $name:ident),*) => {$(
        $(#[$doc])*
        pub struct $name(pub Visitor);

        impl FromRequestParts<Console> for $name {
            type Rejection = Trouble;

            async fn from_request_parts(parts: &mut Parts, console: &Console) -> Result<Self, Trouble> {
                let visitor = Visitor::from_request_parts(parts, console).await?;
                match visitor.may(Ability::$name) {
                    true => Ok($name(visitor)),
                    false => Err(Trouble::Denied(Ability::$name)),
                }
            }
        }
    )*};
}

abilities! {
    /// Looks at what there is.
    See,
    /// Moves orders, retries and starts runs.
    Work,
    /// Draws automation and publishes it.
    Edit,
    /// Lets plugins in, connects providers, sets secrets.
    Plugins,
    /// Settings of the shop, accounts, tokens.
    Own
}

/// What an address names. What cannot be read names nothing, and is told so on a page of the console.
pub struct At<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<Console> for At<T> {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, console: &Console) -> Result<Self, Trouble> {
        let named = Path::from_request_parts(parts, console).await;
        named.map(|Path(named)| At(named)).map_err(|_| Trouble::NotFound)
    }
}

pub fn session_secret(headers: &HeaderMap, encrypted: bool) -> Option<&str> {
    cookie(headers, session_name(encrypted))
}

/// Ends soon after the session does, for what goes on by itself and asks only once who listens.
pub fn signed_out(console: &Console, headers: &HeaderMap) -> impl Future<Output = ()> + Send + use<> {
    let console = console.clone();
    let secret = session_secret(headers, console.0.encrypted).unwrap_or_default().to_owned();
    async move {
        while matches!(console.engine().is_signed_in(&secret, console.now()), Ok(true)) {
            tokio::time::sleep(LOOKED_AFTER).await;
        }
    }
}

/// A header that keeps the session in the browser, or with an empty secret forgets it.
pub fn session_cookie(secret: &str, encrypted: bool) -> Option<(header::HeaderName, HeaderValue)> {
    const FORTNIGHT: u32 = 14 * 24 * 3600;
    let secure = if encrypted { "; Secure" } else { "" };
    let age = if secret.is_empty() { 0 } else { FORTNIGHT };
    let name = session_name(encrypted);
    let text = format!("{name}={secret}; Path=/; HttpOnly; SameSite=Lax; Max-Age={age}{secure}");
    Some((header::SET_COOKIE, HeaderValue::from_str(&text).ok()?))
}

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let all = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
}

fn text<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// No page runs, shows or sends anything that is not the console's own.
const CONTENT_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     media-src 'self'; frame-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Refuses what another site has a browser send, and says on every answer what the page may do.
pub async fn guard(request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let mut response = match reads || same_site(request.headers()) {
        true => next.run(request).await,
        false => {
            (StatusCode::FORBIDDEN, "this was sent from another site, and is not done\n").into_response()
        }
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, CONTENT_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ] {
        // What others have written comes with a stricter word of its own.
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    // Pages show a shop's orders: nothing between here and the browser keeps them.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// An answer to a key or a code that is none of ours.
pub fn to_a_stranger(mut response: Response) -> Response {
    response.extensions_mut().insert(WrongSecret);
    response
}

/// Tells who shows wrong keys and codes again and again to stop. Passwords are counted by whom they would let in.
pub async fn strangers(State(console): State<Console>, request: Request, next: Next) -> Response {
    let from = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
    let response = next.run(request).await;
    let wrong = response.extensions().get::<WrongSecret>();
    match wrong.and_then(|_| console.engine().wrong_secret(from)) {
        Some(wait) => Trouble::Strange { wait }.into_response(),
        None => response,
    }
}

/// Browsers say where a request comes from, and pages cannot make them say otherwise. What says nothing is no browser,
/// and has no cookie that somebody else could use.
fn same_site(headers: &HeaderMap) -> bool {
    match (text(headers, &header::HeaderName::from_static("sec-fetch-site")), text(headers, &header::ORIGIN))
    {
        ("same-origin" | "none", _) | ("", "") => true,
        ("", origin) => {
            let host = text(headers, &header::HOST);
            origin.split_once("://").is_some_and(|(_, from)| from.eq_ignore_ascii_case(host))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn a_form_of_another_site_changes_nothing() {
        assert!(!same_site(&headers(&[("sec-fetch-site", "cross-site")])));
        assert!(!same_site(&headers(&[("sec-fetch-site", "same-site")])));
        assert!(!same_site(&headers(&[("origin", "https://evil.example"), ("host", "shop.example")])));
        assert!(!same_site(&headers(&[("origin", "null"), ("host", "shop.example")])));
    }

    #[test]
    fn a_form_of_the_console_is_heard() {
        assert!(same_site(&headers(&[("sec-fetch-site", "same-origin")])));
        assert!(same_site(&headers(&[("origin", "http://127.0.0.1:8080"), ("host", "127.0.0.1:8080")])));
        assert!(same_site(&HeaderMap::new()));
    }

    #[test]
    fn a_session_is_found_among_other_cookies() {
        let sent = headers(&[("cookie", "a=1; rulewright-session=abc; b=2")]);
        assert_eq!(session_secret(&sent, false), Some("abc"));
        assert_eq!(session_secret(&headers(&[("cookie", "rulewright-session2=abc")]), false), None);
    }

    #[test]
    fn a_neighbour_below_the_same_domain_lays_no_session_beside_ours() {
        let sent = headers(&[("cookie", "rulewright-session=theirs; __Host-rulewright-session=ours")]);
        assert_eq!(session_secret(&sent, true), Some("ours"));
        let (_, cookie) = session_cookie("ours", true).unwrap();
        let cookie = cookie.to_str().unwrap();
        assert!(cookie.starts_with("__Host-rulewright-session=ours; Path=/;") && !cookie.contains("Domain"));
    }

    #[test]
    fn a_cookie_of_an_encrypted_host_never_travels_in_the_open() {
        let (_, cookie) = session_cookie("abc", true).unwrap();
        assert!(cookie.to_str().unwrap().ends_with("; Secure"));
        assert!(cookie.to_str().unwrap().contains("HttpOnly; SameSite=Lax"));
    }
}
