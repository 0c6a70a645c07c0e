//! `rulewright:host/http`: requests to granted places. Secrets are put into headers here, so that the guest
//! never holds them; the world journals the answer and connects.

use std::time::{Duration, Instant};

use base64::{Engine, engine::general_purpose::STANDARD};
use rulewright_ports::{HttpError as Error, HttpRequest, HttpResponse};
use wasmtime::{StoreContextMut, component::Resource};

use super::{Function, Secret, charge, function, secrets::value, short};
use crate::{
    bindings::{
        errors::HostError,
        host::http::{BasicValue, Header, HeaderValue, HttpError, Request, Response, SecretValue},
    },
    options::bytes,
    refusal::{Refusal, Stop, detail},
    step::Step,
    target,
};

pub const FUNCTIONS: &[Function] = &[function("http.send", |linker, name| {
    linker.func_wrap_async(
        short(name),
        move |mut store: StoreContextMut<'_, Step>, (request,): (Request,)| {
            Box::new(async move {
                charge(&mut store, &request)?;
                let step = store.data_mut();
                step.enter()?;
                match send(step, request).await {
                    Ok(response) => Ok((Ok(response),)),
                    Err(Refused::Stop(stop)) => Err(stop.into()),
                    Err(Refused::Value(error)) => {
                        if let HttpError::Denied(why) | HttpError::Limit(why) = &error {
                            step.note(name, why);
                        }
                        Ok((Err(error),))
                    }
                }
            })
        },
    )
})];

const KEY: usize = 200;
/// Where a secret goes in a URL.
const PLACE: &str = "{secret}";
const HEADERS: usize = 64;
const HEADER: usize = 8 << 10;

enum Refused {
    Value(HttpError),
    Stop(Stop),
}

impl From<HttpError> for Refused {
    fn from(error: HttpError) -> Refused {
        Refused::Value(error)
    }
}

impl From<Stop> for Refused {
    fn from(stop: Stop) -> Refused {
        Refused::Stop(stop)
    }
}

async fn send(step: &mut Step, request: Request) -> Result<Response, Refused> {
    step.permit("http.send").map_err(HttpError::Denied)?;
    let mut url =
        target::permitted(&step.grant.http, &request.method, &request.url).map_err(HttpError::Denied)?;
    check(step, &request)?;
    let mut headers = Vec::with_capacity(request.headers.len());
    let mut secrets = Vec::new();
    if let Some(secret) = &request.url_secret {
        let secret = revealed(step, secret).await?;
        url = with_secret(&request.url, &secret)?;
        // The path that is sent must be as permitted as the one that was written.
        target::permitted(&step.grant.http, &request.method, url.as_str()).map_err(|_| {
            HttpError::Denied("with its secret in it, the path is outside what was granted".to_owned())
        })?;
        secrets.push(secret);
    }
    for header in request.headers {
        headers.push(filled(step, header, &mut secrets).await?);
    }
    let outward = HttpRequest {
        method: request.method,
        url: url.into(),
        headers,
        body: request.body,
        timeout: request.timeout.unwrap_or(step.limits.http_time).min(time_left(step)),
        secrets,
    };
    match answer(step, &request.key, outward).await {
        Ok(response) => Ok(Response {
            status: response.status,
            headers: response.headers,
            body: response.body,
            truncated: response.truncated,
            replayed: response.replayed,
        }),
        Err(error) => Err(Refused::Value(match error {
            Error::Denied(why) => HttpError::Denied(why),
            Error::Timeout => HttpError::Timeout,
            Error::Connect(why) => HttpError::Connect(why),
            Error::Limit(why) => HttpError::Limit(why),
            Error::Other(why) => HttpError::Other(detail("http", why)),
        })),
    }
}

/// Milliseconds until the guest must have an answer, or a time-out that it can handle: a tenth of the step's time
/// is kept for that.
fn time_left(step: &Step) -> u64 {
    let left = step.ends.saturating_duration_since(Instant::now());
    let left = left.saturating_sub(step.wall / 10).max(Duration::from_millis(1));
    u64::try_from(left.as_millis()).unwrap_or(u64::MAX)
}

async fn answer(step: &mut Step, key: &str, request: HttpRequest) -> Result<HttpResponse, Error> {
    let world = step.world.clone();
    step.waits_for = Some("an answer from outside");
    let answer = step.turn.wait_outside(world.http(key, request)).await;
    step.waits_for = None;
    answer
}

fn check(step: &mut Step, request: &Request) -> Result<(), HttpError> {
    step.requests += 1;
    if step.requests > step.limits.http_requests {
        let most = step.limits.http_requests;
        return Err(HttpError::Limit(format!("http-requests: a step sends at most {most}")));
    }
    let body = request.body.as_ref().map_or(0, Vec::len) as u64;
    if body > step.limits.http_body {
        let (body, most) = (bytes(body), bytes(step.limits.http_body));
        return Err(HttpError::Limit(format!("http-body: {body} of at most {most}")));
    }
    if request.key.is_empty() || request.key.len() > KEY {
        return Err(bad("bad-key", format!("the key of a request has 1 to {KEY} bytes")));
    }
    let method = request.method.as_str();
    if !(1..=16).contains(&method.len()) || !method.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Err(bad("bad-method", "expected a method in upper case, e.g. `POST`"));
    }
    if request.headers.len() > HEADERS {
        let message = format!("{} headers, at most {HEADERS}", request.headers.len());
        return Err(bad("too-many-headers", message));
    }
    Ok(())
}

async fn filled(
    step: &mut Step,
    header: Header,
    secrets: &mut Vec<String>,
) -> Result<(String, String), Refused> {
    let Header { name, value } = header;
    if !is_name(&name) {
        return Err(bad("bad-header", "a header name is a word of letters, digits and dashes").into());
    }
    let value = match value {
        HeaderValue::Text(text) => text,
        HeaderValue::Secret(value) => {
            let SecretValue { prefix, secret, suffix } = value;
            let secret = revealed(step, &secret).await?;
            let whole = format!("{prefix}{secret}{suffix}");
            secrets.push(secret);
            whole
        }
        HeaderValue::Basic(BasicValue { user, password }) => {
            if user.contains(':') {
                return Err(bad("bad-header", "a user's name with a colon would end there").into());
            }
            let password = revealed(step, &password).await?;
            let encoded = STANDARD.encode(format!("{user}:{password}"));
            let whole = format!("Basic {encoded}");
            secrets.extend([password, encoded]);
            whole
        }
    };
    if value.len() > HEADER || !is_value(&value) {
        // Not the value: a secret may be in it.
        let message =
            format!("the value of `{name}` has line breaks, other odd characters or over {HEADER} bytes");
        return Err(bad("bad-header", message).into());
    }
    Ok((name, value))
}

async fn revealed(step: &mut Step, secret: &Resource<Secret>) -> Result<String, Refused> {
    let value = value(step, secret).await.map_err(|refusal| match refusal {
        Refusal::Stop(stop) => Refused::Stop(stop),
        Refusal::Value(HostError::Denied(why)) => HttpError::Denied(why).into(),
        Refusal::Value(HostError::Limit(name)) => HttpError::Limit(name).into(),
        Refusal::Value(HostError::Other(why)) => HttpError::Other(why).into(),
        Refusal::Value(other) => bad("secret", format!("{other:?}")).into(),
    })?;
    String::from_utf8(value).map_err(|_| bad("no-secret", "the secret is no text").into())
}

/// The URL with the secret in its path, where `{secret}` stands.
fn with_secret(url: &str, secret: &str) -> Result<url::Url, HttpError> {
    // What else a path is made of would let a secret lead elsewhere.
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~:".contains(&byte);
    if secret.is_empty() || !secret.bytes().all(plain) || secret.bytes().all(|byte| byte == b'.') {
        let message = "only letters, digits and `-_.~:` of a secret can stand in a path";
        return Err(bad("bad-secret", message));
    }
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.split_once('/').map_or("", |(_, path)| path.split(['?', '#']).next().unwrap_or(path));
    if url.matches(PLACE).count() != 1 || !path.contains(PLACE) {
        let message = format!("`{PLACE}` stands once in the path of a URL that holds a secret");
        return Err(bad("bad-url", message));
    }
    let parsed = url::Url::parse(&url.replace(PLACE, secret));
    parsed.map_err(|_| bad("bad-url", "with its secret in it, it is no URL"))
}

fn bad(code: &str, message: impl Into<String>) -> HttpError {
    HttpError::Other(detail(code, message))
}

/// A token as RFC 9110 has it, without the rarer signs. `Host` and the like are for the client to set.
fn is_name(name: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let reserved = ["host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer"];
    let free = !reserved.iter().any(|taken| name.eq_ignore_ascii_case(taken));
    (1..=100).contains(&name.len()) && name.bytes().all(word) && free
}

/// Visible characters and spaces: a line break would be another header.
fn is_value(value: &str) -> bool {
    value.bytes().all(|byte| byte == b'\t' || (byte >= b' ' && byte != 0x7f))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_stands_in_the_path_and_leads_nowhere_else() {
        let put = |url: &str, secret: &str| with_secret(url, secret).map(String::from).ok();
        let url = "https://a.b/bot{secret}/send?x=1";
        assert_eq!(put(url, "12:Ab-c").as_deref(), Some("https://a.b/bot12:Ab-c/send?x=1"));
        for secret in ["", "..", "a/b", "a?b", "a%2fb", "a#b", "a b"] {
            assert_eq!(put(url, secret), None, "{secret}");
        }
        for url in
            ["https://{secret}/", "https://a.b/?k={secret}", "https://a.b/", "https://a.b/{secret}/{secret}"]
        {
            assert_eq!(put(url, "abc"), None, "{url}");
        }
    }

    #[test]
    fn no_header_smuggles_another_one_in() {
        assert!(is_name("Authorization") && is_name("x-api-key"));
        for bad in ["", "a b", "a:b", "a\r\nb", "Host", "content-LENGTH", "transfer-encoding"] {
            assert!(!is_name(bad), "{bad}");
        }
        assert!(is_value("Bearer abc=") && is_value("") && is_value("ä"));
        for bad in ["a\r\nb: c", "a\nb", "a\0", "\x7f"] {
            assert!(!is_value(bad), "{bad:?}");
        }
    }
}
