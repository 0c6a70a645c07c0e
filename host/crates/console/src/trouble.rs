//! What went wrong, as a page: what happened, what was kept, what to do, and a code to look it up by.

use std::{any::Any, time::Duration};

use axum::{
    extract::{FromRequestParts, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use rulewright_domain::{Rejection, account::Ability};
use rulewright_engine::{INTAKE_HALTED, OVERLOADED, Refusal};
use rulewright_market::{Denied, Refused};
use rulewright_ports::{Issue, StorageError, TurnedAway};

use crate::{
    Console,
    door::{Look, Visitor},
    help, listing, names, reasons, refusals, shell,
};

/// Why a page or a change is not given.
#[derive(Clone, Debug)]
pub enum Trouble {
    /// Nobody is signed in. `back` is the page to go to afterwards.
    SignIn {
        back: Option<String>,
    },
    /// The account's role does not have it.
    Denied(Ability),
    NotFound,
    /// What was sent cannot be read: a form that no page of ours makes.
    Unreadable(String),
    /// Something stands against it, which the page says in its own words.
    Own(String),
    Refused(Refusal),
    /// What was asked of the marketplace or of an installation.
    Install(Refused),
    /// Too many wrong keys and codes came from this address; after so many seconds another is looked at.
    Strange {
        wait: u64,
    },
    /// It took longer than anybody waits.
    Slow,
    /// Of ours.
    Mistake,
}

impl From<Refused> for Trouble {
    fn from(refused: Refused) -> Trouble {
        if refused.code == "not-found" { Trouble::NotFound } else { Trouble::Install(refused) }
    }
}

impl From<Denied> for Trouble {
    fn from(denied: Denied) -> Trouble {
        match denied {
            Denied::Refused(refused) => refused.into(),
            Denied::Engine(refusal) => refusal.into(),
        }
    }
}

impl From<Refusal> for Trouble {
    fn from(refusal: Refusal) -> Trouble {
        match refusal {
            Refusal::NotFound { .. } | Refusal::Rejected(Rejection::NotFound { what: "order", .. }) => {
                Trouble::NotFound
            }
            other => Trouble::Refused(other),
        }
    }
}

impl From<StorageError> for Trouble {
    fn from(error: StorageError) -> Trouble {
        Trouble::Refused(error.into())
    }
}

impl Trouble {
    pub fn status(&self) -> StatusCode {
        match self {
            Trouble::SignIn { .. } => StatusCode::UNAUTHORIZED,
            Trouble::Denied(_) => StatusCode::FORBIDDEN,
            Trouble::NotFound => StatusCode::NOT_FOUND,
            Trouble::Unreadable(_) => StatusCode::BAD_REQUEST,
            Trouble::Own(_) => StatusCode::CONFLICT,
            Trouble::Strange { .. } => StatusCode::TOO_MANY_REQUESTS,
            Trouble::Slow => StatusCode::SERVICE_UNAVAILABLE,
            Trouble::Refused(Refusal::Storage(
                StorageError::Closed
                | StorageError::Full(_)
                | StorageError::Disk(_)
                | StorageError::Unsure(_),
            )) => StatusCode::SERVICE_UNAVAILABLE,
            Trouble::Mistake => StatusCode::INTERNAL_SERVER_ERROR,
            Trouble::Refused(Refusal::Storage(_)) => StatusCode::INTERNAL_SERVER_ERROR,
            Trouble::Refused(
                Refusal::Conflict { .. }
                | Refusal::RunsOpen { .. }
                | Refusal::Rejected(Rejection::Conflict { .. }),
            ) => StatusCode::CONFLICT,
            Trouble::Refused(Refusal::Denied { .. }) => StatusCode::FORBIDDEN,
            Trouble::Refused(Refusal::Failed(failure)) if failure.code == INTAKE_HALTED => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Trouble::Refused(Refusal::Failed(failure)) if failure.code == OVERLOADED => {
                StatusCode::TOO_MANY_REQUESTS
            }
            Trouble::Install(refused) if refused.ours => StatusCode::SERVICE_UNAVAILABLE,
            Trouble::Install(refused) if matches!(&*refused.code, "not-waiting" | "conflict") => {
                StatusCode::CONFLICT
            }
            Trouble::Install(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Trouble::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }

    /// Each place of what was sent that has to be mended.
    pub fn issues(&self) -> &[Issue] {
        match self {
            Trouble::Refused(Refusal::Invalid(issues) | Refusal::OutOfPlan(issues)) => issues,
            _ => &[],
        }
    }

    fn code(&self) -> &str {
        match self {
            Trouble::SignIn { .. } => "signed-out",
            Trouble::Denied(_) => "denied",
            Trouble::NotFound => "not-found",
            Trouble::Unreadable(_) => "unreadable",
            Trouble::Own(_) => "conflict",
            Trouble::Refused(refusal) => refusal.code(),
            Trouble::Install(refused) => &refused.code,
            Trouble::Strange { .. } => "too-many-wrong-secrets",
            Trouble::Slow => "timeout",
            Trouble::Mistake => "bug",
        }
    }

    /// Title, what happened, what to do.
    fn said(&self, look: &Look) -> (String, Markup, Markup) {
        let own = |key: &str| {
            let part = |part: &str| look.text(&format!("trouble-{key}-{part}"));
            (part("title"), html! { (part("what")) }, html! { (part("next")) })
        };
        let refused = || look.text("trouble-refused-title");
        match self {
            Trouble::SignIn { .. } => own("sign-in"),
            Trouble::Denied(ability) => {
                let (title, what, next) = own("denied");
                let role = names::role(look, ability.least());
                let needs = look.with("trouble-denied-needs", &[("role", role.into())]);
                (title, html! { (needs) " " (what) }, next)
            }
            Trouble::NotFound => own("not-found"),
            Trouble::Strange { .. } => own("strange"),
            Trouble::Slow => own("slow"),
            Trouble::Mistake => own("mistake"),
            Trouble::Unreadable(why) => {
                let (title, what, next) = own("unreadable");
                (title, html! { (what) " " (reasons::foreign(why)) }, next)
            }
            Trouble::Own(what) => {
                (refused(), html! { (what) }, html! { (look.text("refusal-next-conflict")) })
            }
            Trouble::Refused(Refusal::Storage(StorageError::Full(_))) => own("full"),
            Trouble::Refused(Refusal::Storage(_)) => own("storage"),
            Trouble::Refused(refusal) => {
                let next = refusals::next(look, refusal);
                (refused(), refusals::what(look, refusal), html! { (next) })
            }
            Trouble::Install(why) => {
                let what = reasons::failure(look, &why.code, &why.message);
                (refused(), what, help::next(look, &why.code, &why.hint))
            }
        }
    }

    /// What stayed as it was, where the words of the trouble do not say it by themselves.
    fn kept(&self, look: &Look) -> Option<Markup> {
        match self {
            Trouble::Refused(Refusal::Storage(_)) => None,
            Trouble::Refused(_) | Trouble::Install(_) => help::kept(look, self.code()),
            _ => None,
        }
    }

    /// A box for the place where it happened.
    pub fn note(&self, look: &Look) -> Markup {
        let (title, what, next) = self.said(look);
        html! {
            div.note.bad role="alert" {
                p { strong { (title) } }
                p { (what) }
                @if self.issues().len() > 1 {
                    ul { @for issue in self.issues() { li { code { (issue.path) } " " (refusals::issue(look, issue)) } } }
                }
                @if let Some(kept) = self.kept(look) { p { (kept) } }
                p.muted { (next) " " (help::code(look, self.code())) @if let Some(id) = &look.request { " " code { (id) } } " " (help::copy(look, self.code(), look.request.as_deref())) }
            }
        }
    }
}

impl IntoResponse for Trouble {
    /// Without words: [`shown`] has the look of whoever asked, and adds them.
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// A mistake of ours ends the one answer, and tells nobody outside what it was.
pub fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
    tracing::error!(panic = text.unwrap_or("unknown"), "a page made a mistake");
    Trouble::Mistake.into_response()
}

/// Until an answer begins; a stream may go on after that.
const PATIENCE: Duration = Duration::from_secs(30);

/// The same where a file is sent along, which takes its time on a slow line.
const PATIENCE_WITH_FILES: Duration = Duration::from_secs(10 * 60);

/// Gives up what takes too long. What was begun with the engine is carried out all the same, or not at all.
pub async fn limited(request: Request, next: Next) -> Response {
    within(patience(request.headers()), next.run(request)).await
}

fn patience(headers: &HeaderMap) -> Duration {
    let media = headers.get(header::CONTENT_TYPE).and_then(|media| media.to_str().ok()).unwrap_or_default();
    if media.starts_with("multipart/form-data") { PATIENCE_WITH_FILES } else { PATIENCE }
}

async fn within(patience: Duration, answer: impl Future<Output = Response>) -> Response {
    tokio::time::timeout(patience, answer).await.unwrap_or_else(|_| Trouble::Slow.into_response())
}

/// Where a script must go instead of showing an answer in its place.
const GO_TO: HeaderName = HeaderName::from_static("hx-redirect");

/// Gives troubles their words: a whole page, or for a part of one a box.
pub async fn shown(State(console): State<Console>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let mut kept = parts.clone();
    let response = next.run(Request::from_parts(parts, body)).await;
    let Some(trouble) = response.extensions().get::<Trouble>().cloned() else { return response };
    if let Trouble::Refused(refusal @ Refusal::Storage(_)) = &trouble {
        tracing::error!(%refusal, "a page could not be made");
    }
    let part = kept.headers.contains_key("hx-request");
    let Ok(look) = Look::from_request_parts(&mut kept, &console).await;
    let status = trouble.status();
    if let Trouble::SignIn { back } = &trouble {
        let to = match console.engine().setup_is_open() {
            true => "/setup".to_owned(),
            false => listing::address("/sign-in", &[("back", back.as_deref().unwrap_or_default())]),
        };
        return match (part, HeaderValue::from_str(&to)) {
            (true, Ok(to)) => (status, [(GO_TO, to)]).into_response(),
            _ => Redirect::to(&to).into_response(),
        };
    }
    if part {
        let note = (status, [(header::VARY, "HX-Request")], trouble.note(&look)).into_response();
        return told(note, &trouble);
    }
    let (title, ..) = trouble.said(&look);
    let page = match Visitor::from_request_parts(&mut kept, &console).await {
        Ok(visitor) => {
            let note = trouble.note(&visitor.look);
            shell::page(
                &visitor,
                shell::Page { title: &title, place: None, body: html! { h1 { (title) } (note) } },
            )
        }
        Err(_) => shell::bare(&look, &title, html! { h1 { (title) } (trouble.note(&look)) }),
    };
    told((status, page).into_response(), &trouble)
}

/// When to come again, and for the numbers why it was turned away.
fn told(mut response: Response, trouble: &Trouble) -> Response {
    if let Trouble::Strange { wait } = trouble {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(*wait));
        response.extensions_mut().insert(TurnedAway::WrongSecrets);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listing::tests::look;

    #[tokio::test]
    async fn what_takes_too_long_is_given_up() {
        let slow = within(Duration::ZERO, std::future::pending()).await;
        assert_eq!(slow.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(matches!(slow.extensions().get::<Trouble>(), Some(Trouble::Slow)));
        let sent = |media: &'static str| {
            patience(&[(header::CONTENT_TYPE, HeaderValue::from_static(media))].into_iter().collect())
        };
        assert_eq!(sent("application/x-www-form-urlencoded"), PATIENCE);
        assert!(sent("multipart/form-data; boundary=x") > PATIENCE, "a line may be slow");
        let quick = within(Duration::from_secs(60), std::future::ready(StatusCode::OK.into_response())).await;
        assert_eq!(quick.status(), StatusCode::OK);
    }

    #[test]
    fn a_box_names_what_was_asked_for_whoever_looks_into_the_log() {
        let asked = Look { request: Some("req-7".to_owned()), ..look("en") };
        for trouble in [Trouble::Slow, Trouble::Mistake, Trouble::NotFound] {
            let html = trouble.note(&asked).into_string();
            assert!(html.contains("<code>req-7</code>") && !html.contains("trouble-"), "{html}");
            assert!(!trouble.note(&look("de")).into_string().contains("req-"));
        }
    }
}
