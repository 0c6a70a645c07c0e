//! The routes, one resource a file.

mod accounts;
mod application_rules;
mod applications;
mod audit;
mod automation;
mod catalogue;
mod channels;
mod chats;
mod client_story;
mod clients;
mod deliveries;
mod dictionaries;
mod documents;
mod dry_run;
mod employees;
mod entries;
mod events;
mod fields;
mod halts;
mod health;
mod health_notes;
mod hooks;
mod installs;
mod lists;
mod mailboxes;
mod marketplace;
mod matches;
mod order_actions;
mod order_story;
mod orders;
mod pipelines;
mod plugin_life;
mod plugins;
mod providers;
mod publishers;
mod quarantine;
mod recipes;
mod recurrences;
mod run_now;
mod runs;
mod schedules;
mod search;
mod segments;
mod shop;
mod statistics;
mod stream;
mod templates;
mod tokens;
mod tracking;
mod upgrade_check;
mod webhooks;
mod why;
mod workflows;

use axum::{
    Json,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use utoipa_axum::router::OpenApiRouter;

use crate::{etag::etag, openapi, state::Api, view::Receipt};

/// Routes that are large by nature, and the first of them slow.
pub const INSTALLS: [&str; 2] = ["/v1/plugins", "/v1/installs"];

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::with_openapi(openapi::base())
        .merge(orders::routes())
        .merge(order_actions::routes())
        .merge(search::routes())
        .merge(order_story::routes())
        .merge(clients::routes())
        .merge(client_story::routes())
        .merge(channels::routes())
        .merge(chats::routes())
        .merge(events::routes())
        .merge(stream::routes())
        .merge(hooks::routes())
        .merge(webhooks::routes())
        .merge(applications::routes())
        .merge(application_rules::routes())
        .merge(matches::routes())
        .merge(runs::routes())
        .merge(run_now::routes())
        .merge(why::routes())
        .merge(statistics::routes())
        .merge(health_notes::routes())
        .merge(deliveries::routes())
        .merge(documents::routes())
        .merge(pipelines::routes())
        .merge(dictionaries::routes())
        .merge(automation::routes())
        .merge(dry_run::routes())
        .merge(catalogue::routes())
        .merge(schedules::routes())
        .merge(upgrade_check::routes())
        .merge(marketplace::routes())
        .merge(plugins::routes())
        .merge(installs::routes())
        .merge(plugin_life::routes())
        .merge(publishers::routes())
        .merge(quarantine::routes())
        .merge(halts::routes())
        .merge(providers::routes())
        .merge(recipes::routes())
        .merge(shop::routes())
        .merge(fields::routes())
        .merge(recurrences::routes())
        .merge(employees::routes())
        .merge(templates::routes())
        .merge(mailboxes::routes())
        .merge(lists::routes())
        .merge(segments::routes())
        .merge(workflows::routes())
        .merge(entries::routes())
        .merge(tokens::routes())
        .merge(accounts::routes())
        .merge(audit::routes())
        .merge(tracking::routes())
        .merge(health::routes())
}

/// What a command did, with the order's new ETag.
fn done(status: StatusCode, receipt: impl Into<Receipt>) -> Response {
    let receipt = receipt.into();
    let tag = receipt.revision.map(etag);
    let mut response = (status, Json(&receipt)).into_response();
    if let Some((name, value)) = tag
        && let Ok(value) = value.parse()
    {
        response.headers_mut().insert(name, value);
    }
    response
}

/// The same for something new.
fn created(path: String, receipt: impl Into<Receipt>) -> Response {
    let mut response = done(StatusCode::CREATED, receipt);
    if let Ok(path) = path.parse() {
        response.headers_mut().insert(header::LOCATION, path);
    }
    response
}
