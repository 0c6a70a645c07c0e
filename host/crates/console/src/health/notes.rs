//! What somebody should look at, in sentences, with the way to it.

use maud::{Markup, html};
use rulewright_domain::{ShopConfig, health::Finding};
use rulewright_engine::Noted;

use crate::{door::Look, effect, help, listing::address, names, reasons, show::Tone};

/// Days for which somebody does not want to see a note, with the words of the button.
const MUTES: [(&str, &str); 2] = [("1", "note-mute"), ("30", "note-acknowledge")];

/// `mutes`: whether whoever looks may mute them. `range` is where the page comes back to.
pub fn notes(look: &Look, config: &ShopConfig, notes: &[Noted], mutes: bool, range: &str) -> Markup {
    let (muted, open): (Vec<&Noted>, Vec<&Noted>) = notes.iter().partition(|one| one.muted.is_some());
    html! {
        @if open.is_empty() {
            p { (Tone::Good.pill(&look.text("note-all-well"))) " " (look.text("note-none")) }
        } @else {
            ul.list { @for one in open { li.note.warn data-note=(one.note.id) { (note(look, config, one, mutes, range)) } } }
        }
        @if !muted.is_empty() {
            h3 { (look.with("note-muted", &[("count", muted.len().into())])) }
            ul.list { @for one in muted { li.note data-note=(one.note.id) { (note(look, config, one, mutes, range)) } } }
        }
    }
}

fn note(look: &Look, config: &ShopConfig, one: &Noted, mutes: bool, range: &str) -> Markup {
    let finding = &one.note.finding;
    let (key, to) = leads_to(finding);
    html! {
        p { strong { (sentence(look, config, finding)) } " " span.muted { (look.text("note-since")) " " (look.ago(one.note.since)) } }
        @if let Some(said) = said(finding) { p { (reasons::error(look, said)) } }
        div.row {
            a href=(to) { (look.text(key)) }
            (help::code(look, finding.kind()))
            @if mutes && one.muted.is_none() {
                @for (days, key) in MUTES { (mute(look, &one.note.id, days, key, range)) }
            }
            @if let Some(muted) = &one.muted {
                span { (look.with("note-muted-by", &[("by", muted.by.as_str().into())])) " " (look.at(muted.until)) }
                @if mutes { (mute(look, &one.note.id, "0", "note-unmute", range)) }
            }
        }
    }
}

fn mute(look: &Look, id: &str, days: &str, key: &str, range: &str) -> Markup {
    html! {
        form method="post" action="/health/mute" {
            input type="hidden" name="note" value=(id);
            input type="hidden" name="days" value=(days);
            input type="hidden" name="range" value=(range);
            button.link type="submit" { (look.text(key)) }
        }
    }
}

fn sentence(look: &Look, config: &ShopConfig, finding: &Finding) -> String {
    match finding {
        Finding::Silent { days, usual } => {
            look.with("note-silent", &[("days", (*days).into()), ("usual", look.few(*usual).into())])
        }
        Finding::PluginFails { plugin, since_version, counts, rate, usual } => {
            let active = config.plugins.get(plugin);
            let title = active.map_or(plugin.as_str(), |active| names::plugin(look, &active.manifest));
            let rate = look.percent(*rate);
            let told = match since_version {
                Some(version) => look.with(
                    "note-plugin-fails-since",
                    &[("plugin", title.into()), ("rate", rate.into()), ("version", version.as_str().into())],
                ),
                None => look.with("note-plugin-fails", &[("plugin", title.into()), ("rate", rate.into())]),
            };
            let of = look.with(
                "note-failed-of",
                &[
                    ("failed", look.number(counts.failed).into()),
                    ("tried", look.number(counts.tried()).into()),
                ],
            );
            match usual {
                Some(usual) => {
                    format!(
                        "{told} {of} {}",
                        look.with("note-usual", &[("usual", look.percent(*usual).into())])
                    )
                }
                None => format!("{told} {of}"),
            }
        }
        Finding::OutboxStuck { channel, waiting, .. } => look.with(
            "note-outbox-stuck",
            &[("count", (*waiting).into()), ("channel", effect::channel(look, channel).into())],
        ),
        Finding::DeadLetters { channel, provider, count, .. } => {
            let channel = effect::channel(look, channel);
            let by = provider
                .as_ref()
                .map_or_else(|| channel.clone(), |provider| format!("{channel} ({provider})"));
            look.with("note-dead-letters", &[("count", (*count).into()), ("channel", by.into())])
        }
        Finding::MailboxTrouble { address, .. } => {
            look.with("note-mailbox-trouble", &[("address", address.as_str().into())])
        }
        Finding::PluginPaused { plugin, .. } => {
            let active = config.plugins.get(plugin);
            let title = active.map_or(plugin.as_str(), |active| names::plugin(look, &active.manifest));
            look.with("note-plugin-paused", &[("plugin", title.into())])
        }
    }
}

/// What the other side has said of it.
fn said(finding: &Finding) -> Option<&str> {
    match finding {
        Finding::OutboxStuck { error, .. } | Finding::DeadLetters { error, .. } => error.as_deref(),
        Finding::MailboxTrouble { message, .. } => Some(message),
        Finding::PluginPaused { error, .. } => Some(error),
        Finding::Silent { .. } | Finding::PluginFails { .. } => None,
    }
}

/// The words of the link, and the list that shows just what the note is about.
fn leads_to(finding: &Finding) -> (&'static str, String) {
    match finding {
        Finding::Silent { .. } => ("note-see-runs", "/runs".to_owned()),
        Finding::PluginFails { plugin, .. } => {
            ("note-see-failed", address("/runs", &[("state", "failed"), ("plugin", plugin)]))
        }
        Finding::OutboxStuck { channel, .. } => {
            ("note-see-messages", address("/deliveries", &[("channel", channel), ("state", "pending")]))
        }
        Finding::DeadLetters { channel, .. } => {
            ("note-see-messages", address("/deliveries", &[("channel", channel), ("state", "dead")]))
        }
        Finding::MailboxTrouble { mailbox, .. } => {
            ("note-see-mailbox", format!("/settings/mailboxes/{mailbox}"))
        }
        Finding::PluginPaused { plugin, .. } => ("note-see-plugin", format!("/plugins/{plugin}")),
    }
}

#[cfg(test)]
mod tests {
    use rulewright_domain::{
        Timestamp,
        health::{HealthNote, Mute},
        statistics::Counts,
    };

    use super::*;
    use crate::{listing::tests::look, runs::sample};

    fn noted(finding: Finding) -> Noted {
        let note =
            HealthNote { id: finding.kind().to_owned(), since: look("en").now.plus(-7_200_000), finding };
        Noted { note, muted: None }
    }

    fn failing() -> Finding {
        let counts = Counts { done: 22, failed: 3, ..Counts::default() };
        let (plugin, since_version) = ("acme.sms".to_owned(), Some("1.4.0".to_owned()));
        Finding::PluginFails { plugin, since_version, counts, rate: 0.12, usual: Some(0.015) }
    }

    fn shown(language: &str, all: &[Noted], mutes: bool) -> String {
        notes(&look(language), &sample::config(), all, mutes, "7d").into_string()
    }

    #[test]
    fn a_note_says_what_is_unusual_and_leads_to_the_runs_that_it_is_about() {
        let html = shown("en", &[noted(failing())], true);
        for part in [
            "acme.sms fails 12\u{a0}%",
            "1.4.0",
            "3 of 25",
            "1.5\u{a0}%",
            "/runs?state=failed&amp;plugin=acme.sms",
            "2\u{a0}h",
        ] {
            assert!(html.contains(part), "{part}: {html}");
        }
        assert!(shown("de", &[noted(failing())], true).contains("1,5\u{a0}%"));
        let stuck = Finding::OutboxStuck { channel: "sms".into(), waiting: 4, error: Some("503".into()) };
        let html = shown("en", &[noted(stuck)], false);
        assert!(
            html.contains("/deliveries?channel=sms&amp;state=pending")
                && html.contains("<span lang=\"en\">503</span>"),
            "{html}"
        );
    }

    #[test]
    fn a_note_of_a_paused_plugin_says_why_and_leads_to_where_it_is_let_go_on() {
        let finding = Finding::PluginPaused { plugin: "acme.sms".into(), error: "trap: unreachable".into() };
        let html = shown("en", &[noted(finding)], true);
        for part in ["acme.sms is paused", "unreachable", "href=\"/plugins/acme.sms\""] {
            assert!(html.contains(part), "{part}: {html}");
        }
    }

    #[test]
    fn who_may_not_work_has_no_buttons_and_what_is_muted_can_be_shown_again() {
        assert!(!shown("en", &[noted(failing())], false).contains("<form"));
        assert_eq!(shown("en", &[noted(failing())], true).matches("<form").count(), MUTES.len());
        let mute = Mute { until: look("en").now.plus(60_000), by: "Ada".into(), at: Timestamp(0) };
        let html = shown("en", &[Noted { muted: Some(mute), ..noted(failing()) }], true);
        assert!(html.contains("Ada") && html.contains("name=\"days\" value=\"0\""), "{html}");
        assert!(html.contains("pill ok"), "nothing else is to be looked at: {html}");
    }
}
