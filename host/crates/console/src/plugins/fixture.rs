//! A fixture of a plugin's author, played against the version that the shop has. Nothing is sent, and nothing is kept.

use axum::{Form, extract::State, http::StatusCode};
use maud::{Markup, html};
use rulewright_domain::{Manifest, account::Ability};
use rulewright_ports::{FixturePlayed, FixtureRefusal, FixtureUse, Side};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{act, load::InUse};
use crate::{
    Console,
    door::{At, Look, Plugins, See, Visitor},
    help, names,
    runs::log_line,
    shell::{self, Place},
    show::{self, Tone},
    trouble::Trouble,
};

/// Bytes of a fixture: the story of a year has less.
const LONGEST: usize = 256 << 10;

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Sent {
    fixture: String,
}

pub async fn page(
    State(console): State<Console>,
    See(visitor): See,
    At(id): At<String>,
) -> Result<Markup, Trouble> {
    let known = act::known(&console, &visitor, &id).await?;
    Ok(whole(&visitor, &known, None, &html! {}))
}

pub async fn play(
    State(console): State<Console>,
    Plugins(visitor): Plugins,
    At(id): At<String>,
    Form(sent): Form<Sent>,
) -> Result<(StatusCode, Markup), Trouble> {
    let known = act::known(&console, &visitor, &id).await?;
    // As browsers send it, lines end in two characters.
    let text = sent.fixture.replace("\r\n", "\n");
    let look = &visitor.look;
    let (status, told) = match played(&console, &known, &text).await? {
        Ok(played) => (StatusCode::OK, shown(look, &played, &text)),
        Err(refusal) => (StatusCode::UNPROCESSABLE_ENTITY, refused(look, &refusal)),
    };
    Ok((status, whole(&visitor, &known, Some(&text), &told)))
}

async fn played(
    console: &Console,
    known: &InUse,
    text: &str,
) -> Result<Result<FixturePlayed, FixtureRefusal>, Trouble> {
    let refusal = |code: &str, message: String, hint: &str| {
        Ok(Err(FixtureRefusal { code: code.to_owned(), message, hint: hint.to_owned() }))
    };
    // The made-up shop knows no revocations, and a revoked component runs in no shop.
    if let Some((_, revocation)) = &known.revoked {
        let message = format!("this version was revoked: {}", revocation.reason);
        return refusal("revoked", message, "update the plugin");
    }
    if text.len() > LONGEST {
        let message = format!("the fixture has {} bytes, and may have {LONGEST}", text.len());
        return refusal("too-large", message, "play it with `rulewright plugin test`");
    }
    let package = known.package.clone();
    let digest = package.digest.clone();
    let component = console.read(move |reads| reads.component(&digest)).await?.ok_or(Trouble::NotFound)?;
    Ok(console.0.fixtures.play(package, component.into(), text.to_owned()).await)
}

fn whole(visitor: &Visitor, known: &InUse, text: Option<&str>, told: &Markup) -> Markup {
    let (look, manifest) = (&visitor.look, &known.package.manifest);
    let name = names::plugin(look, manifest);
    let title = look.with("fixture-title", &[("plugin", name.into())]);
    let body = html! {
        p { a href=(format!("/plugins/{}", manifest.id)) { (look.text("fixture-back")) } }
        div.head { h1 { (title) } span.muted { (manifest.version) } }
        section #result aria-live="polite" { (told) }
        @if visitor.may(Ability::Plugins) { (form(look, manifest, text)) } @else { p.muted { (look.text("question-no-role")) } }
    };
    shell::page(visitor, shell::Page { title: &title, place: Some(Place::Plugins), body })
}

/// What is to be played: what was sent last, or a beginning made of the plugin's own example.
pub fn form(look: &Look, manifest: &Manifest, text: Option<&str>) -> Markup {
    let text = text.map_or_else(|| beginning(manifest), str::to_owned);
    html! {
        form.stack method="post" action=(format!("/plugins/{}/fixture", manifest.id)) {
            label for="fixture" { (look.text("fixture-text")) }
            p.help #fixture-help { (look.text("fixture-help")) }
            textarea #fixture name="fixture" rows="16" required spellcheck="false" maxlength=(LONGEST) aria-describedby="fixture-help" { "\n" (text) }
            // Without a script the text is pasted.
            div hidden data-file-into="fixture" {
                label for="fixture-file" { (look.text("fixture-file")) }
                input #fixture-file type="file" accept=".json,application/json";
            }
            button type="submit" { (look.text("fixture-play")) }
        }
    }
}

fn beginning(manifest: &Manifest) -> String {
    let settings = manifest.example.clone().unwrap_or_else(|| json!({}));
    format!("{:#}", json!({ "about": "", "plugin": manifest.id, "settings": settings, "story": [] }))
}

fn refused(look: &Look, refusal: &FixtureRefusal) -> Markup {
    html! {
        div.note.bad role="alert" {
            p { strong { (look.text("fixture-refused")) } }
            p lang="en" { (refusal.message) }
            p.muted { span lang="en" { (refusal.hint) } " " (help::code(look, &refusal.code)) }
        }
    }
}

fn shown(look: &Look, played: &FixturePlayed, text: &str) -> Markup {
    let (tone, key) = match played.as_expected() {
        Some(true) => (Tone::Good, "fixture-same"),
        Some(false) => (Tone::Bad, "fixture-differs"),
        None => (Tone::Nothing, "fixture-new"),
    };
    html! {
        section.card aria-labelledby="fixture-result" {
            h2 #fixture-result { (look.text("fixture-result")) " " (tone.pill(&look.text(key))) }
            @if !played.about.is_empty() { p { (played.about) } }
            p { strong { (look.text("dry-run-nothing-sent")) } }
            @if let Some(failure) = &played.failure { div.note.bad { p lang="en" { (failure) } } }
            @if !played.notes.is_empty() { div.note.warn { ul lang="en" { @for note in &played.notes { li { (note) } } } } }
            @if !played.difference.is_empty() {
                h3 { (look.text("fixture-difference")) }
                p.help { (look.text("fixture-difference-help")) }
                pre.difference tabindex="0" role="region" aria-label=(look.text("fixture-difference")) {
                    @for line in &played.difference {
                        @match line.side {
                            Side::Expected => { del { "- " (line.text) } }
                            Side::Came => { ins { "+ " (line.text) } }
                            Side::Both => { "  " (line.text) }
                        }
                        "\n"
                    }
                }
            }
            details open[played.expected.is_none()] {
                summary { (look.text("fixture-came")) }
                @if played.expected.is_none() { p.help { (look.text("fixture-came-help")) } }
                pre { (pretty(&played.came)) }
            }
            (usage(look, &played.usage))
            h3 { (look.with("trace-logs", &[("count", played.logs.len().into())])) }
            @if !played.logs.is_empty() {
                ul.logs { @for line in &played.logs { li { (log_line(line)) } } }
            }
            details {
                summary { (look.text("fixture-cli")) }
                pre { (command(text)) }
                button.quiet type="button" data-copy=(command(text)) { (look.text("fixture-copy")) }
            }
        }
    }
}

fn usage(look: &Look, all: &[FixtureUse]) -> Markup {
    let percent = |used: &FixtureUse| match used.most {
        0 | u64::MAX => String::new(),
        most => look.percent(used.used as f64 / most as f64),
    };
    let most = |used: &FixtureUse| match used.most {
        u64::MAX => "–".to_owned(),
        most => format!("{} {}", look.number(most), used.unit),
    };
    html! {
        h3 { (look.text("fixture-usage")) }
        (show::table(look, "fixture-usage", &["fixture-limit", "fixture-used", "usage-limit", "fixture-share"], &html! {
            @for used in all { tr {
                td { code { (used.limit) } }
                td.num { (look.number(used.used)) }
                td.num { (most(used)) }
                td.num { (percent(used)) }
            } }
        }))
    }
}

/// The same on the command line, in the folder of the plugin. No line of JSON is a word that stands alone.
fn command(text: &str) -> String {
    let text = text.trim();
    format!(
        "cat > fixture.json <<'FIXTURE'\n{text}\nFIXTURE\nrulewright plugin test . --fixtures fixture.json\n"
    )
}

fn pretty(value: &Value) -> String {
    format!("{value:#}")
}

#[cfg(test)]
mod tests {
    use rulewright_domain::LogLine;
    use rulewright_ports::DiffLine;

    use super::*;
    use crate::{installs::sample::package, listing::tests::look};

    fn result(expected: Option<Value>) -> FixturePlayed {
        let line = |side, text: &str| DiffLine { side, text: text.to_owned() };
        let came = json!({ "stage": "paid" });
        let difference = match &expected {
            Some(expected) if *expected != came => {
                vec![line(Side::Expected, "\"stage\": \"<b>\""), line(Side::Came, "\"stage\": \"paid\"")]
            }
            _ => Vec::new(),
        };
        FixturePlayed {
            about: "Thanks".into(),
            expected,
            came,
            difference,
            usage: vec![FixtureUse {
                limit: "fuel".into(),
                unit: "instructions".into(),
                used: 500,
                most: 1_000,
            }],
            logs: vec![LogLine {
                level: "info".into(),
                message: "begins".into(),
                fields: Default::default(),
            }],
            notes: vec!["it never asked a.example".into()],
            failure: None,
        }
    }

    #[test]
    fn what_was_expected_stands_beside_what_came_with_signs_and_not_by_colour_alone() {
        let html = shown(&look("en"), &result(Some(json!({ "stage": "<b>" }))), "{}").into_string();
        assert!(html.contains("<del>- ") && html.contains("<ins>+ "), "{html}");
        assert!(!html.contains("<b>"), "a fixture is text: {html}");
        for part in ["Differs", "50\u{a0}%", "begins", "it never asked a.example", "Nothing was sent"] {
            assert!(html.contains(part), "{part}: {html}");
        }
    }

    #[test]
    fn the_same_on_the_command_line_is_one_copy_away() {
        let html = shown(&look("en"), &result(None), "{ \"story\": [] }\n").into_string();
        assert!(
            html.contains(
                "data-copy=\"cat &gt; fixture.json &lt;&lt;'FIXTURE'\n{ &quot;story&quot;: [] }\nFIXTURE\n"
            ),
            "{html}"
        );
        assert!(html.contains("Expects nothing yet"), "{html}");
    }

    #[test]
    fn the_form_begins_with_a_fixture_of_this_plugin() {
        let html = form(&look("en"), &package("1.4.0", &[]).manifest, None).into_string();
        assert!(
            html.contains("acme.greet") && html.contains("action=\"/plugins/acme.greet/fixture\""),
            "{html}"
        );
        let again = form(&look("en"), &package("1.4.0", &[]).manifest, Some("</textarea>")).into_string();
        assert!(again.contains("&lt;/textarea&gt;"), "{again}");
    }

    #[test]
    fn a_refusal_says_what_to_do() {
        let refusal = FixtureRefusal {
            code: "fixture".into(),
            message: "it: now: today".into(),
            hint: "mend it".into(),
        };
        let html = refused(&look("en"), &refusal).into_string();
        assert!(
            html.contains("it: now: today") && html.contains("mend it") && html.contains("role=\"alert\"")
        );
    }
}
