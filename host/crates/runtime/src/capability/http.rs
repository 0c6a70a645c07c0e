//! `rulewright:host/http`: requests to granted places. Secrets are put into them by the [`keeper`](crate::keeper), so
//! that the guest never holds them; the world journals the answer and connects.

use std::time::{Duration, Instant};

use rulewright_ports::HttpResponse;
use wasmtime::{StoreContextMut, component::Resource};

use super::{Function, Secret, charge, function, secrets::used, short};
use crate::{
    bindings::{
        errors::HostError,
        host::http::{BasicValue, Header, HeaderValue, HttpError, Request, Response, SecretValue},
    },
    keeper::{HeaderText, Unsent, Written},
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
    // Also asked where it is sent; here, so that what is denied counts as no request.
    target::permitted(&step.grant.http, &request.method, &request.url).map_err(HttpError::Denied)?;
    count(step)?;
    let url_secret = request.url_secret.as_ref().map(|secret| named(step, secret)).transpose()?;
    let mut headers = Vec::with_capacity(request.headers.len());
    for Header { name, value } in request.headers {
        headers.push((name, written(step, value)?));
    }
    let timeout = request.timeout.unwrap_or(step.limits.http_time).min(time_left(step));
    let written = Written {
        method: request.method,
        url: request.url,
        url_secret,
        headers,
        body: request.body,
        timeout,
    };
    match answer(step, &request.key, written).await {
        Ok(response) => Ok(Response {
            status: response.status,
            headers: response.headers,
            body: response.body,
            truncated: response.truncated,
            replayed: response.replayed,
        }),
        Err(unsent) => Err(match unsent {
            Unsent::Denied(why) => HttpError::Denied(why).into(),
            Unsent::Timeout => HttpError::Timeout.into(),
            Unsent::Connect(why) => HttpError::Connect(why).into(),
            Unsent::Limit(why) => HttpError::Limit(why).into(),
            Unsent::Other { code, message } => HttpError::Other(detail(&code, message)).into(),
            Unsent::World(why) => Stop::Host(why).into(),
        }),
    }
}

/// Milliseconds until the guest must have an answer, or a time-out that it can handle: a tenth of the step's time
/// is kept for that.
fn time_left(step: &Step) -> u64 {
    let left = step.ends.saturating_duration_since(Instant::now());
    let left = left.saturating_sub(step.wall / 10).max(Duration::from_millis(1));
    u64::try_from(left.as_millis()).unwrap_or(u64::MAX)
}

async fn answer(step: &mut Step, key: &str, request: Written) -> Result<HttpResponse, Unsent> {
    let Step { keeper, turn, meter, waits_for, .. } = step;
    let sends = async {
        *waits_for = Some("an answer from outside");
        let answer = turn.wait_outside(keeper.send(key, request)).await;
        *waits_for = None;
        answer
    };
    meter.at_home(sends).await
}

fn count(step: &mut Step) -> Result<(), HttpError> {
    step.requests += 1;
    if step.requests > step.limits.http_requests {
        let most = step.limits.http_requests;
        return Err(HttpError::Limit(format!("http-requests: a step sends at most {most}")));
    }
    Ok(())
}

fn written(step: &mut Step, value: HeaderValue) -> Result<HeaderText, Refused> {
    Ok(match value {
        HeaderValue::Text(text) => HeaderText::Plain(text),
        HeaderValue::Secret(SecretValue { prefix, secret, suffix }) => {
            HeaderText::Secret { prefix, secret: named(step, &secret)?, suffix }
        }
        HeaderValue::Basic(BasicValue { user, password }) => {
            HeaderText::Basic { user, password: named(step, &password)? }
        }
    })
}

fn named(step: &mut Step, secret: &Resource<Secret>) -> Result<String, Refused> {
    used(step, secret).map_err(|refusal| match refusal {
        Refusal::Stop(stop) => Refused::Stop(stop),
        Refusal::Value(HostError::Denied(why)) => HttpError::Denied(why).into(),
        Refusal::Value(HostError::Limit(name)) => HttpError::Limit(name).into(),
        Refusal::Value(HostError::Other(why)) => HttpError::Other(why).into(),
        Refusal::Value(other) => HttpError::Other(detail("secret", format!("{other:?}"))).into(),
    })
}
