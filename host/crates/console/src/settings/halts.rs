//! What the operator halts on the whole server: one switch for each way in or out.

use axum::{
    Form, Router,
    extract::State,
    response::Response,
    routing::{get, post},
};
use maud::{Markup, html};
use rulewright_domain::{Flow, Halt, account::Ability};
use rulewright_engine::Refusal;
use serde::Deserialize;

use super::{Part, framed, leads};
use crate::{
    Console,
    door::{At, Look, Own, Visitor},
    reasons::foreign,
    show::Tone,
    trouble::Trouble,
};

/// Characters; see the engine.
const REASON: usize = 500;

pub fn routes() -> Router<Console> {
    Router::new()
        .route("/settings/halts", get(page))
        .route("/settings/halts/{flow}", post(halt))
        .route("/settings/halts/{flow}/resume", post(resume))
}

async fn page(Own(visitor): Own) -> Markup {
    let title = visitor.text("settings-halts");
    framed(&visitor, Some(Part::Halts), &title, shown(&visitor.look, &visitor.halts))
}

fn shown(look: &Look, halts: &[Halt]) -> Markup {
    html! {
        p { (look.text("halts-help")) }
        @for flow in Flow::ALL { (card(look, flow, halts.iter().find(|halt| halt.flow == flow))) }
    }
}

fn card(look: &Look, flow: Flow, halted: Option<&Halt>) -> Markup {
    let name = flow.name();
    let said = |key: &str| look.text(&format!("halts-{name}-{key}"));
    let (input, help) = (format!("reason-{name}"), format!("reason-{name}-help"));
    html! {
        section.card id=(name) aria-label=(said("title")) {
            h2 { (said("title")) " " (state(look, halted)) }
            p { (said("what")) }
            @if let Some(halt) = halted {
                p { (look.with("halts-since", &[("who", halt.by.as_str().into())])) " " (look.at(halt.since)) ": " (foreign(&halt.reason)) }
                form method="post" action=(format!("/settings/halts/{name}/resume")) {
                    button type="submit" { (look.text("halts-resume")) }
                }
            } @else {
                form.stack method="post" action=(format!("/settings/halts/{name}")) data-confirm=(said("confirm"))
                    data-confirm-yes=(look.text("halts-halt")) data-confirm-no=(look.text("cancel")) {
                    label for=(input) { (look.text("halts-reason")) }
                    input id=(input) name="reason" required maxlength=(REASON) autocomplete="off" aria-describedby=(help);
                    p.help id=(help) { (look.text("halts-reason-help")) }
                    button.danger type="submit" { (look.text("halts-halt")) }
                }
            }
        }
    }
}

fn state(look: &Look, halted: Option<&Halt>) -> Markup {
    match halted {
        Some(_) => Tone::Stop.pill(&look.text("halts-halted")),
        None => Tone::Good.pill(&look.text("halts-goes")),
    }
}

#[derive(Deserialize)]
struct Why {
    #[serde(default)]
    reason: String,
}

async fn halt(
    State(console): State<Console>,
    Own(visitor): Own,
    At(flow): At<String>,
    Form(why): Form<Why>,
) -> Result<Response, Trouble> {
    let flow = switch(&console, &flow).await?;
    visitor.engine(&console).halt(flow, &why.reason).await?;
    Ok(leads("/settings/halts", "saved"))
}

async fn resume(
    State(console): State<Console>,
    Own(visitor): Own,
    At(flow): At<String>,
) -> Result<Response, Trouble> {
    let flow = switch(&console, &flow).await?;
    visitor.engine(&console).resume(flow).await?;
    Ok(leads("/settings/halts", "saved"))
}

/// Only where no other shop has a say.
async fn switch(console: &Console, flow: &str) -> Result<Flow, Trouble> {
    let flow = Flow::named(flow).ok_or(Trouble::NotFound)?;
    let shops = console.read(|reads| Ok(reads.shops()?.len())).await?;
    if shops > 1 {
        let message = format!(
            "this server has {shops} shops, and a flow is halted in all of them: it is done where the data is, with \
             `rulewright halt`"
        );
        return Err(Refusal::Denied { code: "operator-only", message }.into());
    }
    Ok(flow)
}

/// Above every page, for everybody: what does not happen meanwhile is not looked for elsewhere.
pub fn banner(visitor: &Visitor) -> Markup {
    let look = &visitor.look;
    html! {
        @for halt in &visitor.halts {
            div.note.bad role="status" data-halted=(halt.flow.name()) {
                p { strong { (look.text(&format!("halts-{}-banner", halt.flow.name()))) } " " (foreign(&halt.reason)) }
                p.muted {
                    (look.with("halts-since", &[("who", halt.by.as_str().into())])) " " (look.at(halt.since))
                    @if visitor.may(Ability::Own) { " · " a href="/settings/halts" { (look.text("settings-halts")) } }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rulewright_domain::{Timestamp, account::Role};

    use super::*;
    use crate::{listing::tests::look, orders::sample};

    fn twice() -> Halt {
        let reason = "It sends <twice>".to_owned();
        Halt { flow: Flow::Outbox, reason, since: Timestamp(0), by: "Ada".into() }
    }

    #[test]
    fn what_is_halted_can_be_let_go_on_and_what_goes_can_be_halted() {
        for language in ["en", "de"] {
            let html = shown(&look(language), &[twice()]).into_string();
            let action = |path: &str| html.contains(&format!("action=\"/settings/halts/{path}\""));
            assert!(action("outbox/resume") && !action("outbox"), "{html}");
            assert!(action("intake") && action("egress") && !action("intake/resume"), "{html}");
            assert!(html.contains("It sends &lt;twice&gt;") && !html.contains("halts-intake-"), "{html}");
        }
    }

    #[test]
    fn everybody_reads_what_is_halted_and_owners_are_led_to_the_switch() {
        let seen = |role| banner(&Visitor { halts: vec![twice()], ..sample::visitor(role) }).into_string();
        for (role, led) in [(Role::Viewer, false), (Role::Owner, true)] {
            let html = seen(role);
            assert!(
                html.contains("data-halted=\"outbox\"") && html.contains("It sends &lt;twice&gt;"),
                "{html}"
            );
            assert_eq!(html.contains("/settings/halts"), led, "{html}");
        }
        assert_eq!(banner(&sample::visitor(Role::Owner)).into_string(), "");
    }
}
