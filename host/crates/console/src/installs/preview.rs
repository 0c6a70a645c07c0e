//! What another version changes for the rules and triggers that use the plugin, and what its publisher says about it. Pure.

use maud::{Markup, html};
use rulewright_domain::ShopConfig;
use rulewright_market::{Upgrade, UsedBy};
use rulewright_registry::SettingsChange;

use crate::{
    door::Look,
    effect, names,
    show::{self, Tone},
};

/// Every one of them, those that somebody has to change first.
pub fn shown(look: &Look, config: &ShopConfig, upgrade: &Upgrade) -> Markup {
    let (first, rest): (Vec<&UsedBy>, Vec<&UsedBy>) =
        upgrade.used_by.iter().partition(|one| one.needs_settings());
    let heads = ["upgrade-rule", "upgrade-place", "upgrade-fits", "upgrade-changes"];
    html! {
        h3 #preview { (look.text("upgrade-preview")) }
        @if upgrade.used_by.is_empty() {
            p.muted { (look.text("upgrade-unused")) }
        } @else {
            (needs_settings(look, config, upgrade))
            (show::table(look, "upgrade-preview", &heads, &html! {
                @for one in first.into_iter().chain(rest) { tr {
                    td { (name(one)) }
                    td { (names::place(config, &one.place)) }
                    td { (fits(look, one)) }
                    td { (changes(look, one)) }
                } }
            }))
            p.help { (look.text("upgrade-preview-help")) }
        }
    }
}

/// A box with those in force whose settings it does not take.
pub fn needs_settings(look: &Look, config: &ShopConfig, upgrade: &Upgrade) -> Markup {
    let all: Vec<&UsedBy> = upgrade.needs_settings().collect();
    html! {
        @if !all.is_empty() {
            div.note.warn {
                p { strong { (look.with("install-needs-settings", &[("count", all.len().into())])) } }
                ul {
                    @for one in all {
                        li {
                            (name(one)) " " span.muted { (names::place(config, &one.place)) }
                            ul { @for problem in &one.problems { li lang="en" { (problem) } } }
                        }
                    }
                }
            }
        }
    }
}

/// With the way to the designer, where it stands on a stage.
fn name(one: &UsedBy) -> Markup {
    show::link(&one.name, names::address(&one.place, &one.id).as_deref())
}

fn fits(look: &Look, one: &UsedBy) -> Markup {
    match (one.needs_settings(), one.changes.is_empty()) {
        (true, _) => Tone::Warn.pill(&look.text("upgrade-must-change")),
        (false, false) => Tone::Good.pill(&look.text("upgrade-goes-on")),
        (false, true) => Tone::Good.pill(&look.text("upgrade-as-before")),
    }
}

fn changes(look: &Look, one: &UsedBy) -> Markup {
    html! {
        @if !one.changes.is_empty() { ul { @for change in &one.changes { li { (change_of(look, change)) } } } }
    }
}

fn change_of(look: &Look, change: &SettingsChange) -> String {
    match change {
        SettingsChange::Missing { field } => {
            look.with("upgrade-missing", &[("field", field.as_str().into())])
        }
        SettingsChange::Gone { field } => look.with("upgrade-gone", &[("field", field.as_str().into())]),
        SettingsChange::Type { field, from, to } => look.with(
            "upgrade-type",
            &[("field", field.as_str().into()), ("from", from.as_str().into()), ("to", to.as_str().into())],
        ),
        SettingsChange::Default { field, value } => look.with(
            "upgrade-default",
            &[("field", field.as_str().into()), ("value", effect::plain(value).into())],
        ),
        SettingsChange::Shown { field } => look.with("upgrade-shown", &[("field", field.as_str().into())]),
    }
}

/// What its publisher says is new since the version in use.
pub fn new_in_it(look: &Look, changelog: Option<&str>, from: &str) -> Markup {
    let text = changelog.map(|changelog| since(changelog, from).trim()).filter(|text| !text.is_empty());
    html! {
        h3 #changelog { (look.text("upgrade-changelog")) }
        @match text {
            Some(text) => {
                p.help { (look.text("upgrade-changelog-whose")) }
                pre.text.readme lang="en" tabindex="0" role="region" aria-label=(look.text("upgrade-changelog")) { (text) }
            }
            None => { p.muted { (look.text("upgrade-changelog-none")) } }
        }
    }
}

/// The part of a changelog above the heading of a version; all of it, where it has none.
fn since<'t>(changelog: &'t str, version: &str) -> &'t str {
    let is_of_it = |line: &str| {
        let words = line.trim_start_matches('#').split(|c: char| c.is_whitespace() || "[]()".contains(c));
        line.starts_with('#') && words.map(|word| word.trim_start_matches('v')).any(|word| word == version)
    };
    let mut before = 0;
    for line in changelog.split_inclusive('\n') {
        if is_of_it(line.trim_end()) {
            return changelog.get(..before).unwrap_or(changelog);
        }
        before += line.len();
    }
    changelog
}

#[cfg(test)]
mod tests {
    use rulewright_domain::in_force::Place;
    use serde_json::json;

    use super::*;
    use crate::{listing::tests::look, runs::sample};

    fn used_by(id: &str, problems: &[&str], changes: Vec<SettingsChange>) -> UsedBy {
        UsedBy {
            place: Place::Stage { pipeline: "sales".into(), stage: "paid".into() },
            is_rule: true,
            id: id.to_owned(),
            name: format!("Rule {id}"),
            problems: problems.iter().map(|problem| (*problem).to_owned()).collect(),
            changes,
        }
    }

    fn upgrade(used_by: Vec<UsedBy>) -> Upgrade {
        Upgrade { from: "1.3.0".into(), to: "1.4.0".into(), diff: Default::default(), used_by }
    }

    #[test]
    fn rules_that_lack_a_new_parameter_come_first_and_lead_to_the_designer() {
        let missing = SettingsChange::Missing { field: "Recipient".into() };
        let default = SettingsChange::Default { field: "Copies".into(), value: json!(2) };
        let shown_now = SettingsChange::Shown { field: "Key".into() };
        let html = shown(
            &look("en"),
            &sample::config(),
            &upgrade(vec![
                used_by("calm", &[], Vec::new()),
                used_by("fine", &[], vec![default, shown_now]),
                used_by("lacks", &["\"to\" is a required property"], vec![missing]),
            ]),
        )
        .into_string();
        assert!(
            html.contains("/automation/sales/parts/lacks#side") && html.contains("Retail: Paid"),
            "{html}"
        );
        let (table, row) = (html.find("<table"), |name: &str| html.rfind(name));
        assert!(table.is_some() && row("Rule lacks") < row("Rule calm"), "{html}");
        for words in ["Recipient", "Needs settings", "Copies", "was a secret", "As before"] {
            assert!(html.contains(words), "{words}: {html}");
        }
    }

    #[test]
    fn what_nobody_uses_changes_nothing() {
        let html = shown(&look("en"), &sample::config(), &upgrade(Vec::new())).into_string();
        assert!(!html.contains("<table") && !html.contains("note warn"), "{html}");
    }

    #[test]
    fn of_a_changelog_only_what_is_new_is_shown() {
        let log = "# Changelog\n\n## [1.4.0] - 2026-05-01\nNew.\n\n## v1.3.0\nOld, since 1.3.0.\n";
        assert_eq!(since(log, "1.3.0"), "# Changelog\n\n## [1.4.0] - 2026-05-01\nNew.\n\n");
        assert_eq!(since(log, "1.3"), log, "a version is known by all of its number");
        assert_eq!(since(log, "1.4.0"), "# Changelog\n\n");
        let html = new_in_it(&look("en"), Some(log), "1.3.0").into_string();
        assert!(html.contains("New.") && !html.contains("Old"), "{html}");
        assert!(new_in_it(&look("en"), None, "1.3.0").into_string().contains("muted"));
    }
}
