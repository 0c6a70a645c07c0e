//! One attempt: the request is built, posted through the one way out, and its answer read.

use rulewright_domain::{
    Actor, Cause, Event, EventId, Flow, Message, NewEvent, ShopId, Subscription, SubscriptionId, Timestamp,
    subscription::{TEST, retry_after},
};
use rulewright_ports::{
    Delivery, HttpError, HttpRequest, HttpResponse, StorageExt, WebhookCall, WebhookRequest, storage::Records,
};

use crate::{Engine, Refusal, hash::unguessable, webhook::tell::event_of};

/// Milliseconds. Whoever needs longer takes the webhook first, and works on it afterwards.
const TIMEOUT: u64 = 15_000;
/// Characters of an answer that somebody who looks for a mistake sees.
const SHOWN: usize = 200;

/// What came of posting to an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookTried {
    /// Of the answer, where there was one.
    pub status: Option<u16>,
    /// What is wrong.
    pub error: Option<String>,
    pub milliseconds: u64,
}

/// A request, ready to be posted.
struct Posting {
    url: String,
    request: WebhookRequest,
}

impl Engine {
    pub(crate) async fn call_webhook(&self, id: SubscriptionId, message: &Message) -> Delivery {
        let provider = format!("webhook/{id}");
        let posting = match self.posting(id, message.clone()).await {
            Ok(Ok(posting)) => posting,
            Ok(Err(reason)) => return Delivery::Rejected { provider, reason },
            Err(refusal) => return Delivery::Unavailable { provider, reason: refusal.to_string() },
        };
        let answer = self.post_webhook(posting).await;
        judged(provider, answer, self.clock().now())
    }

    /// Posts an event that never happened, and says what came of it. Nothing is kept, and nothing leaves while the outbox
    /// is halted.
    pub async fn try_webhook(&self, shop: ShopId, id: SubscriptionId) -> Result<WebhookTried, Refusal> {
        let what = NewEvent::new(TEST).attr("webhook", id.to_string());
        let (at, cause) = (self.clock().now(), Cause::from_outside(Actor::Host));
        let event = Event { id: EventId(0), shop, at, cause, what };
        let key = unguessable()
            .map_err(|error| rulewright_ports::Failure::new("unavailable", error.to_string(), true))?;
        let built = self.request(shop, id, format!("msg_{key}"), move |_| Ok(Some(event))).await?;
        let posting = match built {
            Some(Ok(posting)) => posting,
            Some(Err(error)) => {
                return Ok(WebhookTried { status: None, error: Some(error), milliseconds: 0 });
            }
            None => return Err(Refusal::not_found("webhook", id)),
        };
        if let Some(halt) = self.storage().glance(|reads| Ok::<_, Refusal>(reads.halt(Flow::Outbox)?))? {
            let error = format!("the operator has halted messages and webhooks: {}", halt.reason);
            return Ok(WebhookTried { status: None, error: Some(error), milliseconds: 0 });
        }
        let begun = std::time::Instant::now();
        let answer = self.post_webhook(posting).await;
        let milliseconds = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let status = answer.as_ref().ok().map(|answer| answer.status);
        let error = match judged(String::new(), answer, at) {
            Delivery::Sent { .. } => None,
            Delivery::Unavailable { reason, .. }
            | Delivery::Later { reason, .. }
            | Delivery::Rejected { reason, .. }
            | Delivery::Gone { reason, .. } => Some(reason),
        };
        Ok(WebhookTried { status, error, milliseconds })
    }

    /// The inner error: this can never be told.
    async fn posting(
        &self,
        id: SubscriptionId,
        message: Message,
    ) -> Result<Result<Posting, String>, Refusal> {
        let shop = message.shop;
        let event = event_of(&message);
        let found = self.request(shop, id, message.key, move |reads| {
            let event = event.map(|event| reads.event(shop, event)).transpose()?.flatten();
            Ok(event.map(std::sync::Arc::unwrap_or_clone))
        });
        Ok(found.await?.unwrap_or_else(|| Err(format!("there is no webhook `{id}` any more"))))
    }

    /// None where there is no such subscription.
    async fn request(
        &self,
        shop: ShopId,
        id: SubscriptionId,
        key: String,
        event: impl FnOnce(&mut dyn rulewright_ports::Reads) -> Result<Option<Event>, Refusal> + Send + 'static,
    ) -> Result<Option<Result<Posting, String>>, Refusal> {
        let (forms, at) = (self.inner.forms.clone(), self.clock().now());
        let test = key.clone();
        self.storage()
            .read(move |reads| {
                let Some(subscription) = reads.record::<Subscription>(shop, id.0)? else { return Ok(None) };
                let Some(event) = event(reads)? else {
                    return Ok(Some(Err("the event is not in the log any more".to_owned())));
                };
                let trial = event.id == EventId(0);
                if !subscription.is_on() && !trial {
                    return Ok(Some(Err(format!("the webhook `{id}` is switched off"))));
                }
                let Some(form) = forms.of(&subscription) else {
                    let form = &subscription.form;
                    return Ok(Some(Err(format!("this host does not know webhooks of the form `{form}`"))));
                };
                let call = WebhookCall { id: &test, at, subscription: &subscription, event: &event };
                let request = form.request(&call, reads)?;
                let url = subscription.url;
                Ok(Some(request.map(|request| Posting { url, request })))
            })
            .await
    }

    async fn post_webhook(&self, posting: Posting) -> Result<HttpResponse, HttpError> {
        let Posting { url, request } = posting;
        let egress = &self.inner.deps.egress;
        let target = egress.target(&url)?;
        let request = HttpRequest {
            method: "POST".to_owned(),
            url,
            headers: request.headers,
            body: Some(request.body),
            timeout: TIMEOUT,
            secrets: Vec::new(),
        };
        egress.send(request, &[target]).await
    }
}

/// What an answer means.
fn judged(provider: String, answer: Result<HttpResponse, HttpError>, now: Timestamp) -> Delivery {
    let answer = match answer {
        Ok(answer) => answer,
        Err(error @ HttpError::Denied(_)) => {
            return Delivery::Rejected { provider, reason: error.to_string() };
        }
        Err(error) => return Delivery::Unavailable { provider, reason: error.to_string() },
    };
    let reason = told(&answer);
    match answer.status {
        200..=299 => Delivery::Sent { provider, provider_id: answer.status.to_string(), events: Vec::new() },
        410 => Delivery::Gone { provider, reason },
        429 | 503 => {
            let wanted = answer.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("retry-after"));
            match wanted.and_then(|(_, value)| retry_after(value, now)) {
                Some(after) => Delivery::Later { provider, reason, after },
                None => Delivery::Unavailable { provider, reason },
            }
        }
        _ => Delivery::Unavailable { provider, reason },
    }
}

fn told(answer: &HttpResponse) -> String {
    let status = answer.status;
    let meaning = match status {
        300..=399 => ": redirects are not followed, give the address that it leads to",
        401 | 403 => ": the receiver does not let us in, or does not take the signature",
        410 => ": the receiver wants nothing more",
        _ => "",
    };
    let text = String::from_utf8_lossy(&answer.body);
    let text: String = text
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .filter(|c| !c.is_control())
        .take(SHOWN)
        .collect();
    match text.is_empty() {
        true => format!("HTTP {status}{meaning}"),
        false => format!("HTTP {status}{meaning}: {text}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Result<HttpResponse, HttpError> {
        let headers = headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        Ok(HttpResponse { status, headers, body: body.into(), truncated: false, replayed: false })
    }

    fn meaning(answer: Result<HttpResponse, HttpError>) -> &'static str {
        match judged("webhook/whk_1".into(), answer, Timestamp(0)) {
            Delivery::Sent { .. } => "sent",
            Delivery::Unavailable { .. } => "again",
            Delivery::Later { after: 120_000, .. } => "again in 2 min",
            Delivery::Later { .. } => "later",
            Delivery::Rejected { .. } => "dead",
            Delivery::Gone { .. } => "off",
        }
    }

    #[test]
    fn only_a_2xx_is_taken_and_only_a_410_is_for_ever() {
        for (status, expected) in [
            (200, "sent"),
            (204, "sent"),
            (301, "again"),
            (400, "again"),
            (404, "again"),
            (410, "off"),
            (500, "again"),
        ] {
            assert_eq!(meaning(answer(status, &[], "")), expected, "{status}");
        }
        assert_eq!(meaning(Err(HttpError::Timeout)), "again");
        assert_eq!(meaning(Err(HttpError::Connect("refused".into()))), "again");
        assert_eq!(meaning(Err(HttpError::Denied("private".into()))), "dead");
    }

    #[test]
    fn who_is_overloaded_says_when_to_come_again() {
        for status in [429, 503] {
            assert_eq!(meaning(answer(status, &[("Retry-After", "120")], "")), "again in 2 min");
            assert_eq!(meaning(answer(status, &[], "")), "again");
            assert_eq!(meaning(answer(status, &[("retry-after", "soon")], "")), "again");
        }
        assert_eq!(meaning(answer(500, &[("retry-after", "120")], "")), "again");
    }

    #[test]
    fn of_an_answer_the_beginning_is_shown_on_one_line() {
        let long = format!("<h1>Oops</h1>\r\n{}", "x".repeat(1_000));
        let told = told(&answer(500, &[], &long).unwrap());
        assert!(told.starts_with("HTTP 500: <h1>Oops</h1> xxx") && told.len() < 230, "{told}");
        assert_eq!(super::told(&answer(502, &[], " \n").unwrap()), "HTTP 502");
    }
}
