//! What somebody no longer trusts: a component that is stopped, and a publisher's key that is forgotten.

use axum::{Form, extract::State, response::Redirect};
use maud::{Markup, html};
use rulewright_domain::{account::Ability, provenance::publisher_of};
use rulewright_engine::OPERATOR;
use rulewright_market::fingerprint;
use serde::Deserialize;

use super::{act, load::Known};
use crate::{
    Console,
    door::{At, Look, Own, Plugins, Visitor},
    trouble::Trouble,
};

/// Characters; see the engine.
const REASON: usize = 500;

#[derive(Deserialize)]
pub struct Stop {
    /// Of the version that somebody has looked at.
    digest: String,
    #[serde(default)]
    reason: String,
}

/// Nothing of it runs any more, from now on and in every shop.
pub async fn stop(
    State(console): State<Console>,
    Plugins(visitor): Plugins,
    At(id): At<String>,
    Form(sent): Form<Stop>,
) -> Result<Redirect, Trouble> {
    looked_at(&console, &visitor, &id, &sent.digest).await?;
    visitor.engine(&console).quarantine(&sent.digest, sent.reason.trim()).await?;
    Ok(act::at(&id, &[("saved", "stopped")]))
}

pub async fn release(
    State(console): State<Console>,
    Plugins(visitor): Plugins,
    At(id): At<String>,
    Form(sent): Form<Stop>,
) -> Result<Redirect, Trouble> {
    looked_at(&console, &visitor, &id, &sent.digest).await?;
    visitor.engine(&console).release(&sent.digest).await?;
    Ok(act::at(&id, &[("saved", "released")]))
}

/// Only of what this shop has, and only where no other shop has a say.
async fn looked_at(console: &Console, visitor: &Visitor, id: &str, digest: &str) -> Result<(), Trouble> {
    let known = act::known(console, visitor, id).await?;
    if known.package.digest != digest {
        return Err(Trouble::Own(visitor.with("plugin-grant-other", &[("plugin", id.into())])));
    }
    let shops = console.read(|reads| Ok(reads.shops()?.len())).await?;
    if shops > 1 {
        return Err(Trouble::Own(visitor.with("plugin-stop-operator-only", &[("count", shops.into())])));
    }
    Ok(())
}

/// The next package of this publisher is taken as the first one.
pub async fn forget_key(
    State(console): State<Console>,
    Own(visitor): Own,
    At(id): At<String>,
) -> Result<Redirect, Trouble> {
    visitor.engine(&console).unpin_key(visitor.shop, publisher_of(&id)).await?;
    Ok(act::at(&id, &[("saved", "forgotten")]))
}

/// For whoever looks after plugins.
pub fn shown(look: &Look, known: &Known, visitor: &Visitor) -> Markup {
    drawn(look, known, visitor.may(Ability::Own))
}

fn drawn(look: &Look, known: &Known, owns: bool) -> Markup {
    let (id, digest) = (&known.package.manifest.id, &known.package.digest);
    let publisher = publisher_of(id);
    let said = |key: &str| look.words.with(key, &[("what", id.as_str().into())]);
    let stopped = known.revoked.as_ref().is_some_and(|(by, _)| by == OPERATOR);
    html! {
        section.card aria-label=(look.text("plugin-trust")) {
            h2 { (look.text("plugin-trust")) }
            @if stopped {
                form method="post" action=(format!("/plugins/{id}/release")) data-confirm=(said("plugin-release-question"))
                    data-confirm-yes=(look.text("plugin-release")) data-confirm-no=(look.text("cancel")) {
                    input type="hidden" name="digest" value=(digest);
                    button.quiet type="submit" { (look.text("plugin-release")) }
                }
            } @else {
                form.stack method="post" action=(format!("/plugins/{id}/quarantine")) data-confirm=(said("plugin-stop-question"))
                    data-confirm-yes=(look.text("plugin-stop")) data-confirm-no=(look.text("cancel")) {
                    input type="hidden" name="digest" value=(digest);
                    label for="stop-reason" { (look.text("plugin-stop-reason")) }
                    input #stop-reason name="reason" required maxlength=(REASON) autocomplete="off" aria-describedby="stop-help";
                    p.help #stop-help { (look.text("plugin-stop-help")) }
                    button.danger type="submit" { (look.text("plugin-stop")) }
                }
            }
            @if let Some(key) = &known.pinned {
                p { (look.with("plugin-pinned", &[("publisher", publisher.into())])) " " code { (fingerprint(key)) } }
                @if owns {
                    form method="post" action=(format!("/plugins/{id}/forget-key"))
                        data-confirm=(look.with("plugin-forget-key-question", &[("publisher", publisher.into())]))
                        data-confirm-yes=(look.text("plugin-forget-key")) data-confirm-no=(look.text("cancel")) {
                        button.danger type="submit" { (look.text("plugin-forget-key")) }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rulewright_domain::Revocation;

    use super::*;
    use crate::{listing::tests::look, plugins::page::tests::known};

    fn html(known: &Known, owns: bool) -> String {
        drawn(&look("en"), known, owns).into_string()
    }

    #[test]
    fn what_is_stopped_can_be_released_and_what_a_list_revokes_cannot() {
        let by = |source: &str| {
            let reason = "It sends twice".to_owned();
            let revocation = Revocation { digest: known().package.digest, reason };
            html(&Known { revoked: Some((source.to_owned(), revocation)), ..known() }, true)
        };
        assert!(by(OPERATOR).contains("/release") && !by(OPERATOR).contains("/quarantine"));
        assert!(!by("registry.example").contains("/release"));
        let free = html(&known(), true);
        assert!(free.contains("/quarantine") && free.contains("data-confirm") && !free.contains("/release"));
    }

    #[test]
    fn a_key_is_forgotten_by_owners_alone() {
        let pinned = Known { pinned: Some("a key".to_owned()), ..known() };
        assert!(html(&pinned, true).contains("/forget-key"));
        assert!(!html(&pinned, false).contains("/forget-key"));
        assert!(!html(&known(), true).contains("/forget-key"));
    }
}
