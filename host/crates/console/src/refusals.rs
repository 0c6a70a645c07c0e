//! Why the engine did not do something, and what to do, in the language of whoever reads it. Where a refusal is only a sentence,
//! its kind is told and the sentence stands beside it, marked as English. Pure.

use maud::{Markup, html};
use rulewright_domain::{MoneyError, Rejection};
use rulewright_engine::{Refusal, SIGN_IN, TOO_MANY_TRIES};
use rulewright_ports::{Issue, StorageError};

use crate::{
    door::Look,
    forms::Problem,
    reasons::{self, foreign, is_english},
};

#[cfg(test)]
mod tests;

/// How the code of an issue begins that a page has found by itself, and says in its own words.
const OWN: &str = "own-words";

/// Something about a form that a page has found by itself. `what` is the field, where the page marks it.
pub fn own(path: String, what: &str, message: String) -> Refusal {
    Refusal::Invalid(vec![Issue { path, code: format!("{OWN}:{what}"), message }])
}

/// The field that a page has marked by [`own`].
pub fn own_field(issue: &Issue) -> Option<&str> {
    issue.code.strip_prefix(OWN)?.strip_prefix(':').filter(|what| !what.is_empty())
}

/// What happened.
pub fn what(look: &Look, refusal: &Refusal) -> Markup {
    let text = match refusal {
        Refusal::Rejected(rejection) => return rejected(look, rejection),
        Refusal::Invalid(issues) | Refusal::OutOfPlan(issues) => return first(look, issues),
        Refusal::NotFound { what, id } => absent(look, what, id),
        Refusal::KeyReused { key } => look.with("refusal-key-reused", &[("key", key.as_str().into())]),
        Refusal::Conflict { message } => return beside(look, "refusal-conflict", message),
        Refusal::Denied { code, message } if *code == SIGN_IN => {
            return beside(look, "refusal-sign-in", message);
        }
        Refusal::Denied { code, message } if *code == TOO_MANY_TRIES => {
            return beside(look, "refusal-too-many-tries", message);
        }
        Refusal::Denied { code, message } | Refusal::Untrusted { code, message } => {
            return reasons::failure(look, code, message);
        }
        Refusal::RunsOpen { plugin, count } => {
            look.with("refusal-runs-open", &[("plugin", plugin.as_str().into()), ("count", (*count).into())])
        }
        Refusal::Storage(_) => look.text("trouble-storage-what"),
        Refusal::Failed(failure) => return reasons::failure(look, &failure.code, &failure.message),
    };
    html! { (text) }
}

fn rejected(look: &Look, rejection: &Rejection) -> Markup {
    let text =
        match rejection {
            Rejection::NoSuchStage { stage, pipeline, known } => look.with(
                "refusal-no-such-stage",
                &[
                    ("stage", stage.0.as_str().into()),
                    ("pipeline", pipeline.as_str().into()),
                    ("known", known.as_str().into()),
                ],
            ),
            Rejection::NoSuchPipeline(id) => absent(look, "pipeline", id),
            Rejection::NotFound { what, id } => absent(look, what, id),
            Rejection::Conflict { expected, current } => look
                .with("refusal-changed", &[("expected", (*expected).into()), ("current", (*current).into())]),
            Rejection::Paid { paid } => look.with("refusal-paid", &[("paid", paid.as_str().into())]),
            Rejection::Settled { what, id, why } => {
                let about = look
                    .with("refusal-about", &[("what", thing(look, what).into()), ("id", id.as_str().into())]);
                return html! { (about) " " (settled(look, why)) };
            }
            Rejection::Money(error) => money(look, error),
            Rejection::Invalid { what, message } => return html! { (what) ": " (foreign(message)) },
            Rejection::Loop { depth, culprits } => look
                .with("refusal-loop", &[("depth", (*depth).into()), ("culprits", culprits.as_str().into())]),
        };
    html! { (text) }
}

/// That there is no such thing.
fn absent(look: &Look, what: &str, id: &str) -> String {
    look.with("refusal-absent", &[("what", thing(look, what).into()), ("id", id.into())])
}

/// A thing as the engine names it.
fn thing(look: &Look, what: &str) -> String {
    let key = format!("thing-{}", what.replace(' ', "-"));
    if look.words.has(&key) { look.text(&key) } else { what.to_owned() }
}

/// What keeps a part of an order from being changed.
fn settled(look: &Look, why: &str) -> Markup {
    let text = match why {
        "is paid: its amount stays" => look.text("refusal-settled-amount"),
        "is paid: take that back first" => look.text("refusal-settled-paid"),
        "has been shipped" => look.text("refusal-settled-shipped"),
        "is shown there already" => look.text("refusal-settled-shown"),
        "is not shown there" => look.text("refusal-settled-not-shown"),
        "has three pinned entries: unpin one of them first" => look.text("refusal-settled-pinned"),
        other => return foreign(other),
    };
    html! { (text) }
}

/// Why an amount is none, or none that fits.
pub fn money(look: &Look, error: &MoneyError) -> String {
    match error {
        MoneyError::Currency(text) => look.with("refusal-no-currency", &[("text", text.as_str().into())]),
        MoneyError::Amount(text) => look.with("refusal-no-amount", &[("text", text.as_str().into())]),
        MoneyError::Mixed(one, other) => look.with(
            "refusal-two-currencies",
            &[("one", one.as_str().into()), ("other", other.as_str().into())],
        ),
        MoneyError::Overflow => look.text("refusal-too-much"),
    }
}

/// The first place that has to be mended; where there are more, a list follows.
fn first(look: &Look, issues: &[Issue]) -> Markup {
    html! {
        @if let Some(one) = issues.first() { (one.path) ": " (issue(look, one)) }
        @if issues.len() > 1 { " " (look.with("refusal-more", &[("count", (issues.len() - 1).into())])) }
    }
}

/// What is wrong at one place.
pub fn issue(look: &Look, issue: &Issue) -> Markup {
    if issue.code.starts_with(OWN) {
        return html! { (issue.message) };
    }
    html! { @if let Some(short) = short(look, issue) { (short) " " } (foreign(&issue.message)) }
}

/// The same, for the field of a form that `pointer` is.
pub fn problem(look: &Look, pointer: &str, issue: &Issue) -> Problem {
    match issue.code.starts_with(OWN) {
        true => Problem::new(pointer, issue.message.as_str()),
        false => Problem::said(pointer, short(look, issue), issue.message.as_str()),
    }
}

/// What the code of an issue means. In English its message says that, too.
fn short(look: &Look, issue: &Issue) -> Option<String> {
    let key = format!("issue-{}", issue.code);
    (!is_english(look) && look.words.has(&key)).then(|| look.text(&key))
}

/// A sentence of the engine, with what kind of refusal it is: in English the sentence says that by itself.
fn beside(look: &Look, key: &str, message: &str) -> Markup {
    html! { @if !is_english(look) { (look.text(key)) " " } (foreign(message)) }
}

/// What to do about it.
pub fn next(look: &Look, refusal: &Refusal) -> String {
    look.text(match refusal {
        Refusal::Rejected(Rejection::NoSuchStage { .. }) => "refusal-next-no-such-stage",
        Refusal::Rejected(Rejection::NoSuchPipeline(_)) => "refusal-next-no-such-pipeline",
        Refusal::Rejected(Rejection::NotFound { .. }) | Refusal::NotFound { .. } => "refusal-next-absent",
        Refusal::Rejected(Rejection::Conflict { .. }) => "refusal-next-changed",
        Refusal::Rejected(Rejection::Paid { .. }) => "refusal-next-paid",
        Refusal::Rejected(Rejection::Settled { .. }) => "refusal-next-settled",
        Refusal::Rejected(Rejection::Money(_)) => "refusal-next-money",
        Refusal::Rejected(Rejection::Invalid { .. }) => "refusal-next-invalid",
        Refusal::Rejected(Rejection::Loop { .. }) => "refusal-next-loop",
        Refusal::Invalid(_) => "refusal-next-places",
        Refusal::OutOfPlan(_) => "refusal-next-plan",
        Refusal::KeyReused { .. } => "refusal-next-key-reused",
        Refusal::Conflict { .. } => "refusal-next-conflict",
        Refusal::RunsOpen { .. } => "refusal-next-runs-open",
        Refusal::Denied { code, .. } if *code == SIGN_IN || *code == TOO_MANY_TRIES => "refusal-next-sign-in",
        Refusal::Denied { .. } => "refusal-next-denied",
        Refusal::Untrusted { code: "unsigned", .. } => "refusal-next-unsigned",
        Refusal::Untrusted { code: "other-key", .. } => "refusal-next-other-key",
        Refusal::Untrusted { code: "downgrade", .. } => "refusal-next-downgrade",
        Refusal::Untrusted { code: "revoked", .. } => "refusal-next-revoked",
        Refusal::Untrusted { .. } => "refusal-next-list",
        Refusal::Storage(StorageError::Full(_)) => "trouble-full-next",
        Refusal::Storage(_) => "trouble-storage-next",
        Refusal::Failed(failure) if failure.retryable => "refusal-next-again",
        Refusal::Failed(_) => "refusal-next-failed",
    })
}
