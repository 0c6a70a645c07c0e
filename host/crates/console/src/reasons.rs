//! Why a run ended or waits, and why a step failed, in the language of whoever reads it. What others have said stays in their
//! words: that of plugins and servers is English as far as anybody knows, and is marked so. Pure.

use maud::{Markup, html};
use rulewright_domain::{Entry, EntryKind, Reason, RunState, ShopConfig, Timestamp, code::explain};

use crate::{door::Look, effect, names};

#[cfg(test)]
pub mod tests;

/// Words that were not written in the language of the page: who has a page read aloud hears them as English.
pub fn foreign(text: &str) -> Markup {
    html! { @if !text.is_empty() { span lang="en" { (text) } } }
}

/// What a run says of why it stands so.
pub fn of_state(look: &Look, config: &ShopConfig, state: &RunState) -> Option<Markup> {
    match state {
        RunState::Parked { reason } | RunState::Skipped { reason } | RunState::Cancelled { reason } => {
            Some(kept(look, config, reason))
        }
        RunState::Failed { code, message } => Some(failure(look, code, message)),
        _ => None,
    }
}

/// By the text that is kept with a run.
pub fn kept(look: &Look, config: &ShopConfig, reason: &str) -> Markup {
    told(look, config, &Reason::read(reason))
}

pub fn told(look: &Look, config: &ShopConfig, reason: &Reason) -> Markup {
    let text = match reason {
        Reason::After { rule } => look.with("reason-after", &[("rule", rule.as_str().into())]),
        Reason::ByHand => look.text("reason-by-hand"),
        Reason::ConditionFalse { compared } => {
            return html! { (look.text("reason-condition-false")) " " (foreign(compared)) };
        }
        Reason::DateEmpty { field } => look.with("reason-date-empty", &[("field", field.as_str().into())]),
        Reason::DateInvalid { field, error } => {
            let text = look.with("reason-date-invalid", &[("field", field.as_str().into())]);
            return html! { (text) " " (foreign(error)) };
        }
        Reason::NotAutomated => look.text("reason-not-automated"),
        Reason::NotInPlan { plugin } => {
            look.with("reason-not-in-plan", &[("plugin", named(look, config, plugin).into())])
        }
        Reason::NothingComes => look.text("reason-nothing-comes"),
        Reason::OrderDeleted => look.text("reason-order-deleted"),
        Reason::PluginPaused { plugin } => {
            look.with("reason-plugin-paused", &[("plugin", named(look, config, plugin).into())])
        }
        Reason::PluginRemoved { plugin } => {
            look.with("reason-plugin-removed", &[("plugin", named(look, config, plugin).into())])
        }
        Reason::PreviousEnded { failed: true, rule } => {
            look.with("reason-previous-failed", &[("rule", rule.as_str().into())])
        }
        Reason::PreviousEnded { failed: false, rule } => {
            look.with("reason-previous-cancelled", &[("rule", rule.as_str().into())])
        }
        Reason::ResponsibleAway { name, absent: true, .. } => {
            look.with("reason-absent", &[("name", name.as_str().into())])
        }
        Reason::ResponsibleAway { name, absent: false, .. } => {
            look.with("reason-not-at-work", &[("name", name.as_str().into())])
        }
        Reason::Revoked { why } => return html! { (look.text("reason-revoked")) " " (foreign(why)) },
        Reason::RuleGone => look.text("reason-rule-gone"),
        Reason::RuleRemoved { revision, rule } => look
            .with("reason-rule-removed", &[("revision", (*revision).into()), ("rule", rule.as_str().into())]),
        Reason::RunsAfter { rule: Some(rule) } => {
            look.with("reason-runs-after", &[("rule", rule.as_str().into())])
        }
        Reason::RunsAfter { rule: None } => look.text("reason-runs-after-another"),
        Reason::Shadow { method, url } => {
            return html! { (look.text("reason-shadow")) " " code { (method) " " (url) } };
        }
        Reason::StageLeft { by, stage } => {
            let stage = names::stage_of_any(config, stage);
            look.with("reason-stage-left", &[("by", by.as_str().into()), ("stage", stage.into())])
        }
        Reason::StageLeftByItself => look.text("reason-stage-left-by-itself"),
        Reason::WorkflowStopped { why } => {
            look.with("reason-workflow-stopped", &[("why", why.as_str().into())])
        }
        Reason::Other(text) => return foreign(text),
    };
    html! { (text) }
}

fn named(look: &Look, config: &ShopConfig, plugin: &str) -> String {
    let active = config.plugins.get(plugin);
    active.map_or_else(|| plugin.to_owned(), |active| names::plugin(look, &active.manifest).to_owned())
}

/// Why something failed or was refused: what its code means, and what was said beside it. In English the message says both.
pub fn failure(look: &Look, code: &str, message: &str) -> Markup {
    let short = short(look, code).filter(|_| !is_english(look));
    html! { @if let Some(short) = short { (short) " " } (foreign(message)) }
}

/// As a trace keeps an error: `code: message`.
pub fn error(look: &Look, text: &str) -> Markup {
    match text.split_once(": ") {
        Some((code, message)) if short(look, code).is_some() => failure(look, code, message),
        _ => foreign(text),
    }
}

/// What a code means, where it is one of ours.
fn short(look: &Look, code: &str) -> Option<String> {
    let known = explain(look.words.language().code, code)?;
    Some(format!("{}.", look.words.told(known.title)))
}

pub fn is_english(look: &Look) -> bool {
    look.words.language().code == "en"
}

/// What a step came to, beside the word for how it ended.
pub fn result(look: &Look, config: &ShopConfig, result: &str) -> Markup {
    let (end, rest) = result.split_once(": ").unwrap_or((result, ""));
    if let Some(kinds) = result.strip_prefix("waits for ") {
        let kinds: Vec<String> = kinds.split(", ").map(|kind| names::event(look, kind)).collect();
        return html! { (look.text("trace-waiting-for")) " " (kinds.join(", ")) };
    }
    if let Some(until) = result.strip_prefix("waits until ").and_then(|at| Timestamp::parse(at).ok()) {
        return html! { (look.text("trace-waiting-until")) " " (look.at(until)) };
    }
    match end {
        "done" => foreign(rest),
        "skipped" => kept(look, config, rest),
        _ => error(look, result),
    }
}

/// What an entry of a timeline says. Notes of the engine are in the words of the page; what somebody has written stays as it is.
pub fn noted(look: &Look, entry: &Entry) -> Markup {
    let text = entry.text.as_str();
    let by = |key: &str, channel: &str| look.with(key, &[("channel", effect::channel(look, channel).into())]);
    let refused = |key: &str, mark: &str| {
        let (channel, why) = text.split_once(mark)?;
        Some(html! { (by(key, channel)) " " (error(look, why)) })
    };
    let sent = |key: &str, mark: &str| {
        let channel = text.strip_suffix(mark)?;
        Some(html! { (by(key, channel)) })
    };
    let known = match entry.kind {
        EntryKind::Payment => text.strip_suffix(" received").map(|amount| {
            html! { (look.with("entry-payment-received", &[("amount", amount.into())])) }
        }),
        EntryKind::Message => refused("entry-message-not-sent", " not sent: ")
            .or_else(|| refused("entry-message-not-delivered", " not delivered: "))
            .or_else(|| sent("entry-message-sent", " sent"))
            .or_else(|| sent("entry-message-delivered", " delivered")),
        _ => None,
    };
    known.unwrap_or_else(|| html! { (text) })
}
