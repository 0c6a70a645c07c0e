//! A plugin that is paused because it broke at every run, and how it goes on.

use axum::{extract::State, response::Redirect};
use maud::{Markup, html};
use rulewright_engine::PluginPause;

use super::act;
use crate::{
    Console,
    door::{At, Look, Plugins},
    listing::address,
    reasons,
    trouble::Trouble,
};

pub async fn resume(
    State(console): State<Console>,
    Plugins(visitor): Plugins,
    At(id): At<String>,
) -> Result<Redirect, Trouble> {
    visitor.engine(&console).resume_plugin(visitor.shop, &id).await?;
    Ok(act::at(&id, &[("saved", "resumed")]))
}

/// `may`: whoever looks may let it go on.
pub fn shown(look: &Look, paused: Option<&PluginPause>, may: bool) -> Markup {
    let Some(PluginPause { plugin, at, error, .. }) = paused else { return html! {} };
    let waiting = address("/runs", &[("state", "parked"), ("plugin", plugin)]);
    html! {
        div.note.warn {
            p { strong { (look.text("plugin-paused")) } " " span.muted { (look.ago(*at)) } }
            p { (reasons::error(look, error)) }
            p { (look.text("plugin-paused-what")) }
            div.row {
                a href=(waiting) { (look.text("plugin-paused-see")) }
                @if may {
                    form method="post" action=(format!("/plugins/{plugin}/resume")) {
                        button.quiet type="submit" { (look.text("plugin-resume")) }
                    }
                }
            }
        }
    }
}
