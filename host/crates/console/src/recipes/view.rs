//! How a recipe looks: what can be set about it, and what installing it would do. Pure.

use maud::{Markup, html};
use rulewright_domain::{InstalledRecipe, Recipe, ShopConfig, Timestamp};
use rulewright_engine::{Fate, RecipeChange, RecipeWish, ThingKind};
use rulewright_ports::Issue;
use serde_json::Value;

use super::PARAMETERS;
use crate::{
    door::Look,
    forms::{self, Choice, Choices, Field, Problem},
    names, refusals,
    show::Tone,
    trouble::Trouble,
};

pub fn shown(
    look: &Look,
    config: &ShopConfig,
    recipe: &Recipe,
    wish: &RecipeWish,
    change: &Result<RecipeChange, Trouble>,
    may: bool,
) -> Markup {
    let issues = match change {
        Ok(change) => change.issues.as_slice(),
        Err(trouble) => trouble.issues(),
    };
    html! {
        div.split {
            div {
                @match change {
                    Err(trouble) => { (trouble.note(look)) }
                    Ok(change) => { (told(look, change)) }
                }
            }
            @if may { (form(look, config, recipe, wish, change.as_ref().ok(), issues)) }
        }
    }
}

/// What it would do, and what keeps it from being done.
fn told(look: &Look, change: &RecipeChange) -> Markup {
    html! {
        section.card {
            h2 { (look.text("recipe-would")) }
            p.muted { (look.text("recipe-nothing-yet")) }
            @if !change.issues.is_empty() {
                div.note.bad role="alert" {
                    p { strong { (look.with("recipe-issues", &[("count", change.issues.len().into())])) } }
                    ul { @for issue in &change.issues { li { (refusals::issue(look, issue)) " " code { (issue.code) } } } }
                }
            }
            @if change.pipeline_created { p { (look.text("recipe-makes-pipeline")) } }
            h3 { (look.text("recipe-stages")) }
            ul {
                @for stage in &change.stages {
                    li { (stage.name) @if stage.created { " " (Tone::Busy.pill(&look.text("recipe-fate-added"))) } }
                }
            }
            h3 { (look.text("recipe-parts")) }
            ul {
                @for part in &change.parts {
                    li {
                        (fate(look, part.fate)) " " (part.name) " "
                        span.muted {
                            (look.text(if part.trigger { "plugin-use-trigger" } else { "plugin-use-rule" })) " · " (part.stage)
                            " · " a href=(format!("/plugins/{}", part.plugin)) { (part.plugin) }
                        }
                    }
                }
            }
            @if !change.things.is_empty() {
                h3 { (look.text("recipe-things")) }
                ul { @for thing in &change.things { li { (fate(look, thing.fate)) " " (kind(look, thing.kind)) " " (thing.name) } } }
            }
            @if change.order_created { p { (look.text("recipe-makes-order")) } }
        }
    }
}

fn fate(look: &Look, fate: Fate) -> Markup {
    let (tone, key) = match fate {
        Fate::Added => (Tone::Busy, "recipe-fate-added"),
        Fate::Updated => (Tone::Busy, "recipe-fate-updated"),
        Fate::Unchanged => (Tone::Nothing, "recipe-fate-unchanged"),
        Fate::Kept => (Tone::Skip, "recipe-fate-kept"),
        Fate::Removed => (Tone::Stop, "recipe-fate-removed"),
    };
    tone.pill(&look.text(key))
}

fn kind(look: &Look, kind: ThingKind) -> String {
    look.text(match kind {
        ThingKind::Numerator => "recipe-numerator",
        ThingKind::Template => "recipe-template",
        ThingKind::List => "recipe-list",
        ThingKind::Segment => "recipe-segment",
        ThingKind::Schedule => "recipe-schedule",
    })
}

/// Enter looks once more; only its own button installs.
fn form(
    look: &Look,
    config: &ShopConfig,
    recipe: &Recipe,
    wish: &RecipeWish,
    change: Option<&RecipeChange>,
    issues: &[Issue],
) -> Markup {
    let problems: Vec<Problem> = issues.iter().filter_map(|issue| of_parameter(look, issue)).collect();
    let value = Value::Object(wish.parameters.clone());
    let chosen = wish.pipeline.as_ref().or_else(|| change?.pipeline.as_ref());
    html! {
        form.card.stack method="post" action=(format!("/recipes/{}", recipe.id)) {
            h2 { (look.text("recipe-settings")) }
            button.sr type="submit" name="act" value="preview" tabindex="-1" aria-hidden="true" { (look.text("recipe-preview")) }
            label for="pipeline" { (look.text("recipe-pipeline")) }
            select #pipeline name="pipeline" {
                @if recipe.pipeline.is_some() { option value="" selected[chosen.is_none()] { (look.text("recipe-own-pipeline")) } }
                @for pipeline in config.pipelines.values() {
                    option value=(pipeline.id) selected[chosen == Some(&pipeline.id)] { (pipeline.name) }
                }
            }
            (forms::Form { schema: &recipe.parameters, value: &value, problems: &problems, choices: &Plain(config), names: PARAMETERS }.draw(&look.words))
            @if let Some(change) = change { (hosts(look, wish, change)) }
            label { input type="checkbox" name="publish" value="yes" checked[wish.publish]; " " (look.text("recipe-publish")) }
            p.help { (look.text("recipe-publish-help")) }
            div.row {
                button.quiet type="submit" name="act" value="preview" { (look.text("recipe-preview")) }
                button type="submit" name="act" value="install" { (look.text("recipe-install")) }
            }
        }
    }
}

/// What its rules have to reach, each only with a tick.
fn hosts(look: &Look, wish: &RecipeWish, change: &RecipeChange) -> Markup {
    html! {
        @if !change.hosts.is_empty() {
            fieldset {
                legend { (look.text("recipe-hosts")) }
                @for asked in &change.hosts {
                    p.ask {
                        label { input type="checkbox" name="host" value=(asked.host) checked[wish.allow_hosts.contains(&asked.host)]; " " code { (asked.host) } }
                        " " span.muted { (asked.plugin) }
                    }
                }
            }
        }
    }
}

fn of_parameter(look: &Look, issue: &Issue) -> Option<Problem> {
    Some(refusals::problem(look, issue.path.strip_prefix(PARAMETERS)?, issue))
}

pub fn removal(look: &Look, config: &ShopConfig, one: &InstalledRecipe, title: &str) -> Markup {
    let pipeline = names::pipeline(config, &one.pipeline);
    let question = look
        .with("recipe-remove-question", &[("what", title.into()), ("pipeline", pipeline.as_str().into())]);
    html! {
        form.card.stack method="post" action=(format!("/recipes/{}/remove", one.recipe))
            data-confirm=(question) data-confirm-yes=(look.text("recipe-remove")) data-confirm-no=(look.text("cancel")) {
            h2 { (look.with("recipe-installed", &[("pipeline", pipeline.as_str().into())])) }
            input type="hidden" name="pipeline" value=(one.pipeline);
            fieldset {
                legend { (look.text("recipe-remove-pending")) }
                label { input type="radio" name="pending" value="finish" checked; " " (look.text("recipe-remove-finish")) } br;
                label { input type="radio" name="pending" value="cancel"; " " (look.text("recipe-remove-cancel")) }
            }
            button.danger type="submit" { (look.text("recipe-remove")) }
        }
    }
}

/// Parameters are texts and numbers: nothing of the shop is chosen in them.
struct Plain<'a>(&'a ShopConfig);

impl Choices for Plain<'_> {
    fn of(&self, _: &str) -> Option<Vec<Choice>> {
        None
    }

    fn list_fields(&self, _: &str) -> Option<Vec<Choice>> {
        None
    }

    fn fields(&self) -> &[Field] {
        &[]
    }

    fn sample(&self) -> Option<&Value> {
        None
    }

    fn clock(&self) -> Option<(Timestamp, &str)> {
        None
    }

    fn money(&self) -> (&str, u8) {
        (self.0.shop.currency.as_str(), 2)
    }
}

#[cfg(test)]
mod tests {
    use rulewright_engine::{HostAsked, PartChange};
    use serde_json::json;

    use super::*;
    use crate::{listing::tests::look, runs::sample::config};

    fn recipe() -> Recipe {
        serde_json::from_value(json!({
            "id": "thanks", "version": 1, "title": { "en": "Thanks" }, "description": { "en": "Says thanks." },
            "stages": [], "automation": {},
            "parameters": { "type": "object", "properties": { "text": { "type": "string", "title": "Text" } } },
        }))
        .unwrap()
    }

    fn change() -> RecipeChange {
        let part = PartChange {
            id: "thanks_mail".into(),
            name: "Thank by mail".into(),
            trigger: false,
            plugin: "rulewright.send-email".into(),
            stage: "paid".into(),
            fate: Fate::Kept,
        };
        let host = HostAsked { plugin: "acme.call".into(), host: "api.example".into(), allowed: false };
        RecipeChange { parts: vec![part], hosts: vec![host], ..RecipeChange::default() }
    }

    #[test]
    fn it_says_what_it_would_do_and_that_nothing_is_done() {
        let html = shown(&look("en"), &config(), &recipe(), &RecipeWish::default(), &Ok(change()), true)
            .into_string();
        for part in [
            "Nothing is changed yet",
            "Thank by mail",
            "Kept",
            "value=\"api.example\"",
            "name=\"act\" value=\"install\"",
        ] {
            assert!(html.contains(part), "{part}: {html}");
        }
        let viewer = shown(&look("en"), &config(), &recipe(), &RecipeWish::default(), &Ok(change()), false);
        assert!(!viewer.into_string().contains("<form"));
    }

    #[test]
    fn what_is_wrong_with_a_parameter_stands_at_it() {
        let issue =
            Issue { path: "/parameters/text".into(), code: "type".into(), message: "it is no text".into() };
        assert_eq!(of_parameter(&look("en"), &issue).unwrap().pointer, "/text");
        assert_eq!(of_parameter(&look("en"), &Issue { path: "/pipeline".into(), ..issue }), None);
    }
}
