//! Every error as RFC 9457 `application/problem+json`: what, where, and what to do.

use std::borrow::Cow;

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use rulewright_domain::Rejection;
use rulewright_engine::{OVERLOADED, Refusal};
use rulewright_market::{BadHost, Denied, Refused};
use rulewright_ports::{Failure, Issue, StorageError, TurnedAway, WrongSecret};
use serde::{Deserialize, Serialize};
use utoipa::{IntoResponses, ToSchema};

use crate::view::Consent;

pub struct Problem(Box<Inner>);

struct Inner {
    status: StatusCode,
    body: ProblemView,
    /// Seconds after which a repetition has a chance.
    wait: Option<u64>,
    /// Why nobody has looked into the request, for the numbers.
    turned: Option<TurnedAway>,
    /// It says that a secret is none of ours.
    wrong_secret: bool,
}

/// An error.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemView {
    /// A name for the kind of problem.
    #[serde(rename = "type")]
    #[schema(example = "urn:rulewright:problem:not-found")]
    kind: String,
    /// Of the status code.
    title: &'static str,
    status: u16,
    /// What is wrong with this request.
    detail: String,
    /// Stable and machine-readable.
    #[schema(example = "not-found")]
    code: Cow<'static, str>,
    /// What to do about it.
    hint: Cow<'static, str>,
    /// Every mistake in the body that was found.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Fault>,
    /// What a plugin asks the shop to agree to.
    #[serde(skip_serializing_if = "Option::is_none")]
    consent: Option<Consent>,
}

/// One mistake.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Fault {
    /// JSON pointer into the body.
    #[schema(example = "/lines/0/quantity")]
    pub path: String,
    pub code: String,
    pub message: String,
}

/// Answers that every route can give.
#[derive(IntoResponses)]
#[allow(dead_code, reason = "only its description is used")]
pub enum Problems {
    /// A mistake of the caller.
    #[response(status = "4XX", content_type = "application/problem+json")]
    Refused(#[to_schema] ProblemView),
    /// A mistake of ours.
    #[response(status = "5XX", content_type = "application/problem+json")]
    Broken(#[to_schema] ProblemView),
}

impl Problem {
    /// With the hint that is usual for such a problem; [`Problem::hint`] says something better.
    pub fn new(status: StatusCode, code: impl Into<Cow<'static, str>>, detail: impl Into<String>) -> Problem {
        let code = code.into();
        let hint = usual_hint(status, &code).into();
        Problem(Box::new(Inner {
            status,
            body: ProblemView {
                kind: format!("urn:rulewright:problem:{code}"),
                title: status.canonical_reason().unwrap_or("Error"),
                status: status.as_u16(),
                detail: detail.into(),
                code,
                hint,
                errors: Vec::new(),
                consent: None,
            },
            wait: None,
            turned: None,
            wrong_secret: false,
        }))
    }

    pub fn bad_request(code: &'static str, detail: impl Into<String>) -> Problem {
        Problem::new(StatusCode::BAD_REQUEST, code, detail)
    }

    pub fn unprocessable(code: &'static str, detail: impl Into<String>) -> Problem {
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail)
    }

    /// A change that changes nothing is a mistake of whoever wrote it: `hint` says what can be named.
    pub fn nothing_to_change(hint: &'static str) -> Problem {
        Problem::unprocessable("nothing-to-change", "the body names nothing to change").hint(hint)
    }

    /// The one thing that is wrong in a body, at the place that `path` points to.
    pub fn mistake(path: impl Into<String>, code: impl Into<String>, message: impl Into<String>) -> Problem {
        let message = message.into();
        Problem::unprocessable("invalid", message.clone()).fault(path, code, message)
    }

    pub fn not_found(what: &str, id: impl std::fmt::Display) -> Problem {
        Problem::new(StatusCode::NOT_FOUND, "not-found", format!("there is no {what} `{id}`"))
    }

    pub fn hint(mut self, hint: impl Into<Cow<'static, str>>) -> Problem {
        self.0.body.hint = hint.into();
        self
    }

    pub fn fault(
        mut self,
        path: impl Into<String>,
        code: impl Into<String>,
        message: impl Into<String>,
    ) -> Problem {
        let fault = Fault { path: path.into(), code: code.into(), message: message.into() };
        self.0.body.errors.push(fault);
        self
    }

    /// Seconds after which a repetition has a chance.
    pub fn wait(mut self, seconds: u64) -> Problem {
        self.0.wait = Some(seconds);
        self
    }

    /// Counted as a request that nobody has looked into.
    pub fn turned_away(mut self, why: TurnedAway) -> Problem {
        self.0.turned = Some(why);
        self
    }

    /// Counted against the address that has shown it.
    pub fn wrong_secret(mut self) -> Problem {
        self.0.wrong_secret = true;
        self
    }

    pub fn consent(mut self, consent: Consent) -> Problem {
        self.0.body.consent = Some(consent);
        self
    }

    /// As it is written.
    pub fn view(&self) -> &impl Serialize {
        &self.0.body
    }

    #[cfg(test)]
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// What the engine says, in HTTP's words. `subjects` are the ids in the path.
    pub fn refused(refusal: Refusal, subjects: &[&str]) -> Problem {
        let hint = refusal.hint();
        let problem = match refusal {
            Refusal::Rejected(rejection) => rejected(rejection, subjects),
            Refusal::Invalid(issues) => invalid(issues),
            Refusal::OutOfPlan(issues) => faulty("not-available-on-plan", issues),
            Refusal::NotFound { what, id } => missing(what, &id, subjects),
            Refusal::KeyReused { .. } => {
                Problem::unprocessable("idempotency-key-reused", refusal.to_string())
            }
            Refusal::Conflict { message } => Problem::new(StatusCode::CONFLICT, "conflict", message),
            Refusal::RunsOpen { .. } => Problem::new(StatusCode::CONFLICT, "runs-open", refusal.to_string()),
            Refusal::Denied { code, message } => Problem::new(StatusCode::FORBIDDEN, code, message),
            Refusal::Untrusted { code, message } => Problem::unprocessable(code, message),
            Refusal::Storage(error) => return Problem::from(error),
            Refusal::Failed(failure) => Problem::from(failure),
        };
        problem.hint(hint)
    }
}

/// What to do about a problem of this kind.
fn usual_hint(status: StatusCode, code: &str) -> &'static str {
    match (status, code) {
        (_, "path") => "ids are a prefix and a number, e.g. ord_42: take them from an earlier answer",
        (_, "query" | "limit") => "GET /v1/openapi.json lists the parameters of this route",
        (_, "bad-json" | "body") => "send one JSON object in UTF-8",
        (_, "invalid") => "correct what `detail` and `errors` name, and send it again",
        (StatusCode::BAD_REQUEST, _) => "GET /v1/openapi.json says what this route takes",
        (StatusCode::UNAUTHORIZED, _) => "send `Authorization: Bearer rw_...` with a valid token",
        (StatusCode::FORBIDDEN, _) => "use a token that may do this",
        (StatusCode::NOT_FOUND, _) => "list what there is; it may be gone, or belong to another shop",
        (StatusCode::METHOD_NOT_ALLOWED, _) => "the Allow header of this answer lists what it takes",
        (StatusCode::REQUEST_TIMEOUT, _) => {
            "send the whole body at once; with the same Idempotency-Key nothing is done twice"
        }
        (StatusCode::CONFLICT, _) => "read what it is now, and decide again",
        (StatusCode::PRECONDITION_FAILED, _) => "read it again, and repeat your change on it",
        (StatusCode::PAYLOAD_TOO_LARGE, _) => {
            "send less: 1 MiB, 2 MiB for the file of a template, or 32 MiB for a plugin"
        }
        (StatusCode::UNSUPPORTED_MEDIA_TYPE, _) => "name the body's media type in Content-Type",
        (StatusCode::PRECONDITION_REQUIRED, _) => "read `consent`, and repeat the request with ?accept=",
        (StatusCode::TOO_MANY_REQUESTS, _) => "repeat it after as many seconds as Retry-After says",
        (StatusCode::SERVICE_UNAVAILABLE, _) => "repeat the request later, with the same Idempotency-Key",
        _ if status.is_server_error() => "report it with the x-request-id of this answer",
        _ => "correct what `detail` names, and send it again",
    }
}

fn rejected(rejection: Rejection, subjects: &[&str]) -> Problem {
    let code = rejection.code();
    let detail = rejection.to_string();
    match rejection {
        Rejection::NotFound { what, id } => missing(what, &id, subjects),
        Rejection::Conflict { .. } => Problem::new(StatusCode::PRECONDITION_FAILED, code, detail),
        Rejection::Paid { .. } | Rejection::Settled { .. } | Rejection::Loop { .. } => {
            Problem::new(StatusCode::CONFLICT, code, detail)
        }
        Rejection::NoSuchPipeline(id) if subjects.contains(&id.as_str()) => {
            Problem::not_found("pipeline", id)
        }
        Rejection::NoSuchStage { .. } => at("/stage", code, detail),
        Rejection::NoSuchPipeline(_) => at("/pipeline", code, detail),
        _ => Problem::unprocessable(code, detail),
    }
}

fn at(path: &str, code: &'static str, detail: String) -> Problem {
    Problem::unprocessable(code, detail.clone()).fault(path, code, detail)
}

/// In the path it is what was asked for; in a body it is a mistake in the body.
fn missing(what: &str, id: &str, subjects: &[&str]) -> Problem {
    if subjects.contains(&id) {
        return Problem::not_found(what, id);
    }
    let detail = format!("there is no {what} `{id}`");
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, format!("no-such-{what}"), detail)
}

pub fn invalid(issues: Vec<Issue>) -> Problem {
    faulty("invalid", issues)
}

fn faulty(code: &'static str, issues: Vec<Issue>) -> Problem {
    let detail = match issues.as_slice() {
        [] => "the request is not valid".to_owned(),
        [one] => one.message.clone(),
        many => format!("{} mistakes, each in `errors`", many.len()),
    };
    issues.into_iter().fold(Problem::unprocessable(code, detail), |problem, issue| {
        problem.fault(issue.path, issue.code, issue.message)
    })
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Problem {
        Problem::refused(refusal, &[])
    }
}

/// Why nothing was installed, as the answer to a request.
impl From<Refused> for Problem {
    fn from(refused: Refused) -> Problem {
        let status = match &*refused.code {
            _ if refused.ours => StatusCode::SERVICE_UNAVAILABLE,
            "bug" | "storage" => StatusCode::INTERNAL_SERVER_ERROR,
            "too-large" => StatusCode::PAYLOAD_TOO_LARGE,
            "too-many-installs" => StatusCode::TOO_MANY_REQUESTS,
            "unsigned" | "other-key" | "downgrade" | "other-digest" | "conflict" | "revoked"
            | "not-waiting" => StatusCode::CONFLICT,
            "not-found" => StatusCode::NOT_FOUND,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        Problem::new(status, refused.code, refused.message).hint(refused.hint)
    }
}

impl From<BadHost> for Problem {
    fn from(wrong: BadHost) -> Problem {
        Problem::bad_request("query", wrong.to_string()).hint(BadHost::HINT)
    }
}

impl From<Denied> for Problem {
    fn from(denied: Denied) -> Problem {
        match denied {
            Denied::Refused(refused) => refused.into(),
            Denied::Engine(refusal) => refusal.into(),
        }
    }
}

impl From<StorageError> for Problem {
    // What the database says is for the operator's log, not for callers.
    fn from(error: StorageError) -> Problem {
        tracing::error!(%error, "storage failed");
        match error {
            StorageError::Closed => {
                Problem::new(StatusCode::SERVICE_UNAVAILABLE, "shutting-down", "the server is shutting down")
                    .hint("repeat the request, with the same Idempotency-Key")
            }
            StorageError::Full(_) => Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                error.code(),
                "the server's disk is full: nothing of this was done, and all that is there can be read",
            )
            .hint("repeat the request later, with the same Idempotency-Key: it is taken once there is room"),
            StorageError::Disk(_) | StorageError::Unsure(_) => Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                error.code(),
                "the server's disk did not do what it should",
            )
            .hint("repeat the request later, with the same Idempotency-Key; the server's log says more"),
            _ => Problem::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "storage",
                "the data could not be read or written",
            )
            .hint("the server's log says more; `rulewright doctor` checks the data directory"),
        }
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Problem {
        let status = match failure.retryable {
            _ if failure.code == OVERLOADED => StatusCode::TOO_MANY_REQUESTS,
            true => StatusCode::SERVICE_UNAVAILABLE,
            false => StatusCode::UNPROCESSABLE_ENTITY,
        };
        Problem::new(status, failure.code, failure.message)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Inner { status, body, wait, turned, wrong_secret } = *self.0;
        let json = serde_json::to_vec(&body).unwrap_or_default();
        let kind = (header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        let mut response = (status, [kind], json).into_response();
        let headers = response.headers_mut();
        match status {
            StatusCode::UNAUTHORIZED => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
            }
            _ => {}
        }
        if let Some(seconds) = wait {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(why) = turned {
            response.extensions_mut().insert(why);
        }
        if wrong_secret {
            response.extensions_mut().insert(WrongSecret);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use rulewright_domain::{MoneyError, StageId};

    use super::*;

    fn issue() -> Issue {
        Issue { path: "/name".into(), code: "name".into(), message: "it has none".into() }
    }

    #[test]
    fn whoever_comes_too_much_is_told_when_to_come_again() {
        let full = Refusal::Failed(Failure::new(OVERLOADED, "too much waits", true));
        let response = Problem::from(full).into_response();
        assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
        assert!(response.headers().contains_key(header::RETRY_AFTER));
    }

    #[test]
    fn what_the_disk_has_not_done_is_to_be_asked_for_again() {
        let said = || "disk I/O error".to_owned();
        for (error, code) in [
            (StorageError::Full(said()), "disk-full"),
            (StorageError::Disk(said()), "disk-failed"),
            (StorageError::Unsure(said()), "disk-failed"),
        ] {
            let problem = Problem::from(error);
            assert_eq!(problem.0.body.code, code);
            assert!(!problem.0.body.detail.contains("I/O"), "what it says itself is for the log");
            let response = problem.into_response();
            assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
            assert!(response.headers().contains_key(header::RETRY_AFTER));
        }
    }

    #[test]
    fn every_problem_says_what_to_do() {
        let id = || "some-id".to_owned();
        let rejections = [
            Rejection::NoSuchStage { stage: StageId(id()), pipeline: id(), known: id() },
            Rejection::NoSuchPipeline(id()),
            Rejection::NotFound { what: "order", id: id() },
            Rejection::Conflict { expected: 1, current: 2 },
            Rejection::Paid { paid: id() },
            Rejection::Settled { what: "payment", id: id(), why: "is paid" },
            Rejection::Money(MoneyError::Overflow),
            Rejection::invalid("lines", "too many"),
            Rejection::Loop { depth: 9, culprits: id() },
        ];
        let mut refusals: Vec<Refusal> = rejections.into_iter().map(Refusal::from).collect();
        refusals.extend([
            Refusal::Invalid(vec![issue()]),
            Refusal::OutOfPlan(vec![issue()]),
            Refusal::NotFound { what: "run", id: id() },
            Refusal::KeyReused { key: id() },
            Refusal::Conflict { message: id() },
            Refusal::RunsOpen { plugin: id(), count: 3 },
            Refusal::Denied { code: "wrong-code", message: id() },
            Refusal::Untrusted { code: "unsigned", message: id() },
            Refusal::Storage(StorageError::Closed),
            Refusal::Storage(StorageError::Database(id())),
            Refusal::Storage(StorageError::Full(id())),
            Refusal::Storage(StorageError::Disk(id())),
            Refusal::Storage(StorageError::NotWritable(id())),
            Refusal::Failed(Failure::new("trap", "it stopped", false)),
            Refusal::Failed(Failure::new("busy", "it is busy", true)),
            Refusal::Failed(Failure::new(OVERLOADED, "too much waits", true)),
        ]);
        let of_engine = refusals.into_iter().flat_map(|refusal| {
            [Problem::refused(refusal.clone(), &["some-id"]), Problem::refused(refusal, &[])]
        });
        let by_status = (400..=599).filter_map(|status| StatusCode::from_u16(status).ok());
        let of_api = by_status.map(|status| Problem::new(status, "any", "something is wrong"));
        for problem in
            of_engine.chain(of_api).chain([Problem::not_found("run", "run_1"), invalid(Vec::new())])
        {
            let body = serde_json::to_value(&problem.0.body).unwrap();
            let said = |name: &str| body[name].as_str().is_some_and(|text| text.len() > 2);
            assert!(said("hint") && said("detail") && said("code"), "{body}");
        }
    }
}
