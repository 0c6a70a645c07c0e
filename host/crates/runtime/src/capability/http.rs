//! `rulewright:host/http`: requests to granted places. Secrets are put into headers here, so that the guest
//! never holds them; the world journals the answer and connects.

use std::time::{Duration, Instant};

use rulewright_ports::{HttpError as Error, HttpRequest, HttpResponse};
use wasmtime::{StoreContextMut, component::Resource};

use super::{Function, Secret, charge, function, short};
use crate::{
    bindings::{
        errors::HostError,
        host::http::{Header, HeaderValue, HttpError, Request, Response, SecretValue},
    },
    options::bytes,
    refusal::{Stop, detail},
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
    if step.closed {
        let message = "http.send may not be called while settings are checked or state is upgraded";
        return Err(HttpError::Denied(message.to_owned()).into());
    }
    let url =
        target::permitted(&step.grant.http, &request.method, &request.url).map_err(HttpError::Denied)?;
    check(step, &request)?;
    let mut headers = Vec::with_capacity(request.headers.len());
    let mut secrets = Vec::new();
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
    let opened = step.secrets.get(secret).map(|secret| secret.name.clone());
    let name = opened.map_err(|error| Stop::Host(error.to_string()))?;
    if !step.grant.secrets.contains(&name) {
        return Err(HttpError::Denied(format!("secret `{name}` is not granted")).into());
    }
    step.read().map_err(|error| match error {
        HostError::Limit(name) => HttpError::Limit(name),
        other => bad("secret", format!("{other:?}")),
    })?;
    let (world, wanted) = (step.world.clone(), name.clone());
    let secret = step.ask(async move { world.secret(&wanted).await }).await;
    let secret = secret.map_err(|error| Stop::Host(error.0))?;
    secret.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(|| {
        let message = format!("secret `{name}` is not filled in with a text");
        bad("no-secret", message).into()
    })
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
