//! Installations under way: begun, followed step by step, agreed to or declined.

mod act;
mod preview;
mod progress;
mod question;

use std::{convert::Infallible, time::Duration};

use axum::{
    Router,
    extract::{DefaultBodyLimit, State},
    http::HeaderMap,
    response::sse::{Event, KeepAlive, Sse},
    routing::{get, post},
};
use futures::{Stream, StreamExt};
use maud::{Markup, html};
use rulewright_domain::{ShopId, account::Ability};
use rulewright_market::{Installs, Job, JobState, Upgrade};

pub use act::named_hosts;

use crate::{
    Console,
    door::{self, At, Look, See, Visitor},
    shell::{self, Place},
    show,
    trouble::Trouble,
};

pub fn routes() -> Router<Console> {
    let most = DefaultBodyLimit::max(rulewright_registry::MAX_BYTES);
    Router::new()
        .route("/installs", get(list).post(act::begin))
        .route("/installs/file", post(act::sent).layer(most))
        .route("/installs/{id}", get(page))
        .route("/installs/{id}/live", get(live))
        .route("/installs/{id}/consent", post(act::consent))
        .route("/installs/{id}/decline", post(act::decline))
        .route("/installs/{id}/cancel", post(act::cancel))
}

/// What is installed through these is written down as the visitor's.
fn of(console: &Console, visitor: &Visitor) -> Installs {
    console.0.installs.acting(&visitor.account)
}

/// Those that are not over: under way, or waiting for somebody to agree.
pub async fn open(console: &Console, shop: ShopId) -> Result<Vec<Job>, Trouble> {
    let mut jobs = console.0.installs.list(shop).await?;
    jobs.retain(|job| !job.state.is_over());
    Ok(jobs)
}

/// A box that leads to each of them.
pub fn under_way(look: &Look, jobs: &[Job]) -> Markup {
    html! {
        @if !jobs.is_empty() {
            div.note.info {
                p { strong { (look.with("installs-open", &[("count", jobs.len().into())])) } }
                ul { @for job in jobs { li { a href=(address(&job.id)) { (name(job)) } " " (progress::state(look, job.state)) } } }
            }
        }
    }
}

/// The ways in for what no list has.
pub fn from_elsewhere(look: &Look) -> Markup {
    html! {
        details.card {
            summary { (look.text("installs-elsewhere")) }
            form.stack method="post" action="/installs" {
                label for="source" { (look.text("installs-source")) }
                p.help #source-help { (look.text("installs-source-help")) }
                input #source name="source" required maxlength="2048" aria-describedby="source-help" autocomplete="off" spellcheck="false";
                button.quiet type="submit" { (look.text("installs-begin")) }
            }
            // A component is sent as it is, which takes a script; without one, the command line does it.
            form.stack hidden data-send-file="/installs/file" data-failed=(look.text("installs-file-failed")) {
                label for="component" { (look.text("installs-file")) }
                input #component type="file" accept=".wasm" required;
                label for="signature" { (look.text("installs-signature")) }
                input #signature type="file" accept=".sig";
                button.quiet type="submit" { (look.text("installs-send-file")) }
                p.error role="alert" data-send-error="" {}
            }
            noscript { p.muted { (look.text("installs-file-cli")) " " code { "rulewright plugin install FILE" } } }
        }
    }
}

fn address(id: &str) -> String {
    format!("/installs/{id}")
}

/// What it is about, as soon as that is known.
fn name(job: &Job) -> String {
    match &job.question {
        Some(question) => {
            let manifest = &question.package.manifest;
            format!("{} {}", manifest.title, manifest.version)
        }
        None => job.source.clone(),
    }
}

async fn list(State(console): State<Console>, See(visitor): See) -> Result<Markup, Trouble> {
    let jobs = console.0.installs.list(visitor.shop).await?;
    let look = &visitor.look;
    let title = look.text("installs-title");
    let body = html! {
        h1 { (title) }
        p.muted { (look.text("installs-remembered")) }
        @if jobs.is_empty() {
            (show::empty(&look.text("installs-none"), Some((&look.text("nav-marketplace"), "/marketplace"))))
        } @else {
            @let heads = ["installs-what", "market-state", "installs-source", "installs-by", "installs-began"];
            (show::table(look, "installs-title", &heads, &html! {
                @for job in &jobs { tr data-row="" {
                    td { a href=(address(&job.id)) { (name(job)) } }
                    td { (progress::state(look, job.state)) }
                    td { code { (job.source) } }
                    td { (job.by) }
                    td { (look.at(job.began)) }
                } }
            }))
        }
    };
    Ok(shell::page(&visitor, shell::Page { title: &title, place: Some(Place::Marketplace), body }))
}

async fn page(
    State(console): State<Console>,
    See(visitor): See,
    At(id): At<String>,
) -> Result<Markup, Trouble> {
    let job = console.0.installs.get(visitor.shop, &id).await?;
    let config = console.config(visitor.shop).await?;
    let upgrade = job.question.as_ref().and_then(|question| Upgrade::of(&config, question));
    let changelog = match (&job.question, &upgrade) {
        (Some(question), Some(_)) => {
            let (shop, digest) = (visitor.shop, question.package.digest.clone());
            console.read(move |reads| reads.changelog(shop, &digest)).await?
        }
        _ => None,
    };
    let (look, may) = (&visitor.look, visitor.may(Ability::Plugins));
    let title = look.with("install-title", &[("what", name(&job).into())]);
    let body = html! {
        p { a href="/marketplace" { (look.text("market-back")) } }
        h1 { (title) }
        // Followed by its own stream, which ends when the installation does.
        div id=(format!("install-{}", job.id)) data-live="install" {
            (progress::shown(look, &job, may))
            @if job.state == JobState::Waiting {
                @if let Some(question) = &job.question { (question::asked(look, &config, &job.id, question, upgrade.as_ref(), changelog.as_deref(), may)) }
            }
            (progress::end(look, &config, &job, upgrade.as_ref(), may))
        }
        @if !job.state.is_over() {
            span hidden data-follow=(format!("{}/live", address(&job.id))) {}
            noscript { p { a href=(address(&job.id)) { (look.text("install-look-again")) } } }
        }
    };
    Ok(shell::page(&visitor, shell::Page { title: &title, place: Some(Place::Marketplace), body }))
}

/// Tells that there is something new, and at last that it is over; the page then looks again.
async fn live(
    State(console): State<Console>,
    See(visitor): See,
    headers: HeaderMap,
    At(id): At<String>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Trouble> {
    let jobs = console.0.installs.subscribe(visitor.shop, &id).await?;
    let told = jobs.map(|job| {
        let kind = if job.state.is_over() { "over" } else { "moved" };
        Ok(Event::default().event(kind).data(job.revision.to_string()))
    });
    let told = told.take_until(door::signed_out(&console, &headers));
    Ok(Sse::new(told).keep_alive(KeepAlive::new().interval(Duration::from_secs(4))))
}

#[cfg(test)]
pub mod sample {
    use std::sync::Arc;

    use rulewright_domain::{Grant, Installation, Manifest, Package, PackageSource, Provenance, Timestamp};
    use rulewright_market::{Question, Stage, StageName, StageState};
    use rulewright_registry::Trusted;
    use serde_json::json;

    use super::*;
    use crate::runs::sample::BEGAN;

    pub fn package(version: &str, imports: &[&str]) -> Package {
        let manifest: Manifest = serde_json::from_value(json!({
            "schema": 1, "id": "acme.greet", "version": version, "kind": "rule", "group": "client-communications",
            "publisher": "Acme", "title": "Greet", "settings": { "type": "object" }, "host-api": "0.1.0",
            "permissions": { "channels": ["sms"], "http-chosen-by-shop": imports.contains(&"http.send") },
        }))
        .unwrap();
        let imports = imports.iter().map(|name| (*name).to_owned()).collect();
        Package { digest: format!("digest-{version}"), manifest, imports, size: 1 }
    }

    pub fn question(imports: &[&str]) -> Question {
        Question {
            package: package("1.4.0", imports),
            provenance: Provenance {
                source: PackageSource::File("greet.wasm".into()),
                ..Provenance::default()
            },
            trusted: Trusted::default(),
            pinned: None,
            verified: None,
            installed: None,
            since: Timestamp::parse(BEGAN).unwrap(),
        }
    }

    /// One that takes the place of a version that was granted all that it asked for.
    pub fn update(before: &[&str], after: &[&str]) -> Question {
        let old = package("1.3.0", before);
        let grant = Grant::whole(&old.manifest, &old.imports, &[]);
        let installation = Installation {
            plugin: "acme.greet".to_owned(),
            digest: old.digest.clone(),
            grant,
            installed_at: 0,
            provenance: Provenance::default(),
        };
        Question { installed: Some((installation, old)), ..question(after) }
    }

    pub fn job(state: JobState, question: Option<Question>) -> Job {
        let stage = |name| Stage {
            name,
            state: if name < StageName::Consent { StageState::Done } else { StageState::Pending },
            detail: None,
            bytes: None,
            started_at: None,
            ended_at: None,
        };
        Job {
            id: "ins_1".to_owned(),
            by: "Ada".to_owned(),
            source: "registry.example/acme/greet:1.4.0".to_owned(),
            began: Timestamp::parse(BEGAN).unwrap(),
            revision: 7,
            state,
            stages: StageName::ALL.map(stage).into(),
            question: question.map(Arc::new),
            refusal: None,
        }
    }
}
