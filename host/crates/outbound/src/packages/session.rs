//! Requests to one registry, or to one address, and to where their answers lead on.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION};
use reqwest::{Method, Response, StatusCode, Url};
use rulewright_ports::FetchRefusal;
use serde::Deserialize;

use crate::guard::Guard;
use crate::packages::body::{self, Expected};
use crate::packages::challenge::{self, Challenge};
use crate::packages::refused::{self, Way};
use crate::packages::{Credentials, FetchLimits};

const MAX_REDIRECTS: usize = 3;
/// Bytes of an answer with a token, or with an error.
const MAX_TOKEN: u64 = 64 << 10;

/// Scheme, host and port: whom a request really goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(String, String, u16);

pub fn origin(url: &Url) -> Origin {
    let host = url.host_str().unwrap_or_default().to_owned();
    Origin(url.scheme().to_owned(), host, url.port_or_known_default().unwrap_or_default())
}

impl Origin {
    /// As an operator writes it.
    pub fn authority(&self) -> String {
        format!("{}:{}", self.1, self.2)
    }
}

/// Whom we asked, and what the operator says about it. None of it holds for anybody else that answers.
pub struct Home<'a> {
    pub origin: Origin,
    pub plain: bool,
    pub private: bool,
    pub credentials: Option<&'a Credentials>,
    pub realm: Option<&'a str>,
    /// What a token should be good for.
    pub scope: String,
}

pub struct Session<'a> {
    guard: &'a Guard,
    limits: &'a FetchLimits,
    home: Home<'a>,
    root: Url,
    authorization: Option<HeaderValue>,
}

/// One request.
#[derive(Clone)]
pub struct Asked {
    pub method: Method,
    pub url: Url,
    pub accept: Option<&'static str>,
    /// Media type and bytes.
    pub body: Option<(String, Vec<u8>)>,
}

#[derive(Deserialize)]
struct Token {
    token: Option<String>,
    access_token: Option<String>,
}

impl<'a> Session<'a> {
    pub fn new(guard: &'a Guard, limits: &'a FetchLimits, home: Home<'a>, root: Url) -> Session<'a> {
        let authorization = match home.credentials {
            Some(Credentials::Token(token)) => secret(&format!("Bearer {token}")),
            _ => None,
        };
        Session { guard, limits, home, root, authorization }
    }

    pub fn limits(&self) -> &'a FetchLimits {
        self.limits
    }

    pub fn at(&self, path: &str) -> Result<Url, FetchRefusal> {
        self.root.join(path).map_err(|error| FetchRefusal::new("bad-reference", error.to_string()))
    }

    /// Where an answer says to go on, if that is still the same registry.
    pub fn within(&self, url: &Url, location: Option<&HeaderValue>) -> Result<Url, FetchRefusal> {
        let next = location.and_then(|value| value.to_str().ok()).and_then(|text| url.join(text).ok());
        match next {
            Some(next) if origin(&next) == self.home.origin => Ok(next),
            Some(next) => Err(refused::redirect(&format!(
                "the registry wants the upload to go to {}, which is not done: ask who runs it",
                next.host_str().unwrap_or_default()
            ))),
            None => Err(refused::odd("the registry does not say where to upload to")),
        }
    }

    /// Follows redirects, which registries use for their blobs; nothing of ours goes with them.
    pub async fn get(&mut self, url: Url, accept: &'static str) -> Result<Response, FetchRefusal> {
        let mut asked = Asked { method: Method::GET, url, accept: Some(accept), body: None };
        for hop in 0..=MAX_REDIRECTS {
            let way = if hop == 0 { Way::Asked } else { Way::Redirected };
            let response = match origin(&asked.url) == self.home.origin {
                true => self.ask(&asked).await?,
                false => self.send(&asked, None, way).await?,
            };
            if !response.status().is_redirection() || response.status() == StatusCode::NOT_MODIFIED {
                return Ok(response);
            }
            asked.url = self.next(&asked.url, response.headers().get(LOCATION))?;
        }
        Err(refused::redirect(&format!(
            "the answer led on more than {MAX_REDIRECTS} times, which is not followed"
        )))
    }

    fn next(&self, url: &Url, location: Option<&HeaderValue>) -> Result<Url, FetchRefusal> {
        let text = location.and_then(|value| value.to_str().ok());
        let next = text.and_then(|text| url.join(text).ok());
        let Some(next) = next else {
            return Err(refused::redirect("the answer led on, but did not say where to"));
        };
        let open = self.home.plain && origin(&next) == self.home.origin;
        if (next.scheme() != "https" && !open) || !next.username().is_empty() || next.password().is_some() {
            let host = next.host_str().unwrap_or_default();
            return Err(refused::redirect(&format!(
                "the answer led on to {}://{host}, which is not followed: only https is",
                next.scheme()
            )));
        }
        Ok(next)
    }

    /// At home, with what is asked for there before an answer is given.
    pub async fn ask(&mut self, asked: &Asked) -> Result<Response, FetchRefusal> {
        let response = self.send(asked, self.authorization.clone(), Way::Asked).await?;
        if response.status() != StatusCode::UNAUTHORIZED || self.authorization.is_some() {
            return Ok(response);
        }
        let authorization = match (challenge::of(response.headers()), self.home.credentials) {
            (Some(Challenge::Bearer { realm, service }), _) => self.token(&realm, service.as_deref()).await?,
            (Some(Challenge::Basic), Some(Credentials::Password { user, password })) => basic(user, password),
            _ => return Ok(response),
        };
        self.authorization = authorization;
        self.send(asked, self.authorization.clone(), Way::Asked).await
    }

    /// The registry names the place, so the place is not believed: https, public, and without our password unless the
    /// operator named it too.
    async fn token(&self, realm: &str, service: Option<&str>) -> Result<Option<HeaderValue>, FetchRefusal> {
        let shown: String = realm.chars().filter(|c| !c.is_control()).take(200).collect();
        let mut url = Url::parse(realm).map_err(|_| {
            refused::realm(&format!(
                "the registry wants a token to be fetched from `{shown}`, which is no address"
            ))
        })?;
        let home = origin(&url) == self.home.origin;
        let named = self.home.realm == Some(realm);
        if (url.scheme() != "https" && !(home && self.home.plain))
            || !url.username().is_empty()
            || url.password().is_some()
        {
            return Err(refused::realm(&format!(
                "the registry wants a token to be fetched from {shown}, which is not done: only https is"
            )));
        }
        let authorization = match self.home.credentials {
            Some(Credentials::Password { user, password }) if home || named => basic(user, password),
            Some(_) => {
                return Err(refused::realm(&format!(
                    "the registry wants the password to be sent to {shown}, which is not done: if that is right, \
                     name it in the settings as `realm` of the registry"
                )));
            }
            None => None,
        };
        let query = {
            let mut query = url.query_pairs_mut();
            if let Some(service) = service {
                query.append_pair("service", service);
            }
            // Ours, not the one that the registry proposes.
            query.append_pair("scope", &self.home.scope);
            query.finish().clone()
        };
        let private = named || (home && self.home.private);
        let asked = Asked { method: Method::GET, url: query, accept: Some("application/json"), body: None };
        let response = self.exchange(&asked, authorization, Way::Realm, private).await?;
        if response.status().is_redirection() {
            return Err(refused::realm(&format!("{shown} led on elsewhere, which is not followed")));
        }
        let response = refused::unless_ok(response, &format!("the token of {shown}"))?;
        let body =
            body::read(response, self.limits, Expected::at_most(MAX_TOKEN), &shown, &|_, _| {}).await?;
        let token: Token = serde_json::from_slice(&body)
            .map_err(|_| refused::odd(&format!("{shown} answered with something that is no token")))?;
        match token.token.or(token.access_token).as_deref().map(|token| secret(&format!("Bearer {token}"))) {
            Some(Some(header)) => Ok(Some(header)),
            _ => Err(refused::odd(&format!("{shown} answered without a token"))),
        }
    }

    async fn send(
        &self,
        asked: &Asked,
        authorization: Option<HeaderValue>,
        way: Way,
    ) -> Result<Response, FetchRefusal> {
        let private = self.home.private && origin(&asked.url) == self.home.origin;
        self.exchange(asked, authorization, way, private).await
    }

    async fn exchange(
        &self,
        asked: &Asked,
        authorization: Option<HeaderValue>,
        way: Way,
        private: bool,
    ) -> Result<Response, FetchRefusal> {
        let host = origin(&asked.url).authority();
        let client =
            self.guard.client(&asked.url, private).map_err(|shut| refused::shut(shut, way, &host))?;
        let mut headers = HeaderMap::new();
        if let Some(accept) = asked.accept {
            headers.insert(ACCEPT, HeaderValue::from_static(accept));
        }
        if let Some(authorization) = authorization {
            headers.insert(AUTHORIZATION, authorization);
        }
        let mut request = client.request(asked.method.clone(), asked.url.clone());
        if let Some((media_type, body)) = &asked.body {
            if let Ok(media_type) = HeaderValue::from_str(media_type) {
                headers.insert(CONTENT_TYPE, media_type);
            }
            request = request.body(body.clone());
        }
        // What is sent takes its time; the whole of it has a limit of its own.
        let sends = asked.body.as_ref().is_some_and(|(_, body)| !body.is_empty());
        let patience = if sends { self.limits.push } else { self.limits.answer };
        match tokio::time::timeout(patience, request.headers(headers).send()).await {
            Ok(answer) => answer.map_err(|error| refused::failed(error, way, &host)),
            Err(_) => {
                Err(refused::timeout(&format!("{host} did not answer within {} s", patience.as_secs_f32())))
            }
        }
    }

    /// What an answer that is an error says, if it says anything.
    pub async fn said(&self, response: Response) -> String {
        let expected = Expected::at_most(MAX_TOKEN);
        let Ok(body) = body::read(response, self.limits, expected, "the answer", &|_, _| {}).await else {
            return String::new();
        };
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
        let error = |name: &str| body.pointer(&format!("/errors/0/{name}")).and_then(|value| value.as_str());
        let said = [error("code"), error("message")].into_iter().flatten().collect::<Vec<_>>().join(": ");
        said.chars().filter(|c| !c.is_control()).take(200).collect()
    }
}

fn basic(user: &str, password: &str) -> Option<HeaderValue> {
    secret(&format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))))
}

fn secret(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}
