//! What somebody is asked before a version runs. The yes is theirs: nothing here is chosen for them, and nothing but a click
//! on it says yes.

use maud::{Markup, html};
use rulewright_domain::ShopConfig;
use rulewright_market::{Question, Upgrade, fingerprint};
use rulewright_registry::Sentence;

use super::{address, preview};
use crate::{
    door::Look,
    plugins::{permissions, settings},
    show::Tone,
};

pub fn asked(
    look: &Look,
    config: &ShopConfig,
    id: &str,
    question: &Question,
    upgrade: Option<&Upgrade>,
    changelog: Option<&str>,
    may: bool,
) -> Markup {
    let package = &question.package;
    html! {
        section.card aria-labelledby="question" {
            h2 #question { (look.with("question-title", &[("what", package.manifest.title.as_str().into())])) }
            p lang="en" { (package.manifest.description) }
            (publisher(look, question))
            @for warning in &question.trusted.warnings { div.note.warn { p lang="en" { (warning) } } }
            @match upgrade {
                Some(upgrade) => { (changes(look, config, upgrade)) (preview::new_in_it(look, changelog, &upgrade.from)) }
                None => { (permissions::listed(look, &question.sentences())) }
            }
            @match may {
                true => { (answers(look, id, question, upgrade.is_some())) }
                false => { p.muted { (look.text("question-no-role")) } }
            }
            details { summary { (look.text("market-settings")) } (settings::told(look, &package.manifest.settings)) }
        }
    }
}

/// Who has made it, as far as anybody knows.
fn publisher(look: &Look, question: &Question) -> Markup {
    let provenance = &question.provenance;
    let pinned = provenance.signed_by.is_some() && provenance.signed_by == question.pinned;
    html! {
        dl.facts {
            dt { (look.text("market-publisher")) }
            dd { (question.package.manifest.publisher) " " span.muted { (question.publisher()) " · " (look.text("question-own-words")) } }
            dt { (look.text("market-key")) }
            dd {
                @match &provenance.signed_by {
                    Some(key) => {
                        code { (fingerprint(key)) } " "
                        @if pinned { (Tone::Good.pill(&look.text("question-pinned"))) }
                    }
                    None => { (Tone::Warn.pill(&look.text("market-trust-unsigned"))) }
                }
                @match question.verified {
                    Some(true) => { " " (Tone::Good.pill(&look.text("market-trust-verified"))) }
                    Some(false) => { " " (Tone::Warn.pill(&look.text("question-not-verified"))) }
                    None => {}
                }
            }
            dt { (look.text("market-from")) } dd { code { (provenance.source) } }
            dt { (look.text("question-digest")) } dd { code { (question.package.digest) } }
        }
    }
}

/// Beside the version in use: what is new stands open, what is as before does not.
fn changes(look: &Look, config: &ShopConfig, upgrade: &Upgrade) -> Markup {
    let diff = &upgrade.diff;
    let part = |all: &'static str, sentences: &[Sentence]| {
        let sentences: Vec<&Sentence> = sentences.iter().collect();
        html! { @if !sentences.is_empty() { h3 { (look.text(all)) } (permissions::plain(look, &sentences)) } }
    };
    html! {
        p { (look.with("question-upgrade", &[("from", upgrade.from.as_str().into()), ("to", upgrade.to.as_str().into())])) }
        @if diff.added.is_empty() { p { (look.text("question-nothing-added")) } }
        (part("question-added", &diff.added))
        (part("question-removed", &diff.removed))
        @if !diff.same.is_empty() {
            details {
                summary { (look.with("question-same", &[("count", diff.same.len().into())])) }
                (permissions::plain(look, &diff.same.iter().collect::<Vec<_>>()))
            }
        }
        (preview::shown(look, config, upgrade))
    }
}

fn answers(look: &Look, id: &str, question: &Question, is_upgrade: bool) -> Markup {
    let package = &question.package;
    let chosen: Vec<String> = question.chosen_hosts().into_iter().map(|target| target.host).collect();
    html! {
        form.stack method="post" action=(format!("{}/consent", address(id))) {
            // Enter in a field is no yes: the first button is what it would press.
            button type="submit" disabled hidden {}
            input type="hidden" name="digest" value=(package.digest);
            details {
                summary { (look.text("question-part")) }
                p.help { (look.text("question-part-help")) }
                (permissions::choices(look, &question.sentences(), &|_| true))
            }
            @if package.manifest.permissions.http_chosen_by_shop {
                label for="hosts" { (look.text("question-hosts")) }
                p.help #hosts-help { (look.text("question-hosts-help")) }
                textarea #hosts name="hosts" rows="2" spellcheck="false" aria-describedby="hosts-help" { (chosen.join("\n")) }
            }
            @if let Some(pin) = question.pin() {
                div.note.info {
                    p { (look.with("question-pin", &[("publisher", question.publisher().into())])) }
                    p { code.pin { (pin) } }
                    label { input type="checkbox" name="pin" value=(pin) required; " " (look.text("question-pin-compared")) }
                }
            }
            div.row {
                button.quiet type="submit" form="decline" { (look.text("question-decline")) }
                button type="submit" { (look.text(if is_upgrade { "question-allow-upgrade" } else { "question-allow" })) }
            }
            p.help { (look.text("question-meanwhile")) }
        }
        form #decline method="post" action=(format!("{}/decline", address(id))) {}
    }
}

#[cfg(test)]
mod tests {
    use rulewright_registry::Diff;

    use super::*;
    use crate::{
        installs::sample::{question, update},
        listing::tests::look,
        runs::sample,
    };

    fn shown(question: &Question, may: bool) -> String {
        let upgrade = question.diff().map(|diff: Diff| Upgrade {
            from: "1.3.0".into(),
            to: "1.4.0".into(),
            diff,
            used_by: Vec::new(),
        });
        asked(
            &look("en"),
            &sample::config(),
            "ins_1",
            question,
            upgrade.as_ref(),
            Some("## 1.4.0\n\nIt greets <b>twice</b>."),
            may,
        )
        .into_string()
    }

    #[test]
    fn the_question_says_all_that_it_may_and_nothing_has_the_focus() {
        let html = shown(&question(&["messages.queue", "clients-read.get"]), true);
        for part in ["<h3>Read</h3>", "<h3>Contact</h3>", "sensitive", "value=\"digest-1.4.0\"", "Not signed"]
        {
            assert!(html.contains(part), "{part}: {html}");
        }
        assert!(!html.contains("autofocus"), "{html}");
        let (no, yes) = (html.find("form=\"decline\""), html.find("Allow and install"));
        assert!(no.is_some() && no < yes, "{html}");
    }

    #[test]
    fn who_may_not_decide_reads_the_question_and_has_no_buttons() {
        let html = shown(&question(&["messages.queue"]), false);
        assert!(html.contains("<h3>Contact</h3>") && !html.contains("<form"), "{html}");
    }

    #[test]
    fn a_key_is_pinned_only_by_whoever_says_that_they_compared_it() {
        let mut question = question(&[]);
        question.trusted.pins = Some("ed25519:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo".into());
        let html = shown(&question, true);
        assert!(html.contains("name=\"pin\"") && html.contains("required"), "{html}");
        assert!(html.contains(&question.pin().unwrap()), "{html}");
    }

    #[test]
    fn an_upgrade_shows_what_is_new_before_what_is_as_it_was() {
        let html = shown(&update(&["messages.queue"], &["messages.queue", "clients-read.get"]), true);
        let (new, same) = (html.find("Read personal data"), html.find("As before"));
        assert!(new.is_some() && new < same, "{html}");
        assert!(html.contains("Allow and update"), "{html}");
        assert!(html.contains("It greets &lt;b&gt;twice"), "a stranger's text stays text: {html}");
    }

    #[test]
    fn hosts_are_named_where_the_shop_chooses_them() {
        assert!(shown(&question(&["http.send"]), true).contains("name=\"hosts\""));
        assert!(!shown(&question(&[]), true).contains("name=\"hosts\""));
    }
}
