//! For those who run the server. Open, because a load balancer has no token; nothing here belongs to one shop.

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    openapi,
    problem::{Problem, Problems},
    state::Api,
};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(get_health))
        .routes(routes!(get_readiness))
        .routes(routes!(get_metrics))
        .routes(routes!(get_openapi))
}

#[derive(Serialize, ToSchema)]
struct Health {
    #[schema(example = "ok")]
    status: &'static str,
    version: &'static str,
    /// What is not well although requests are served, e.g. `backup-failed`, `disk-full`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    troubles: Vec<&'static str>,
}

/// Whether the process lives
#[utoipa::path(get, path = "/healthz", tag = "operating", responses((status = 200, body = Health)))]
async fn get_health(State(api): State<Api>) -> Json<Health> {
    Json(Health { status: "ok", version: api.version, troubles: troubles(&api) })
}

fn troubles(api: &Api) -> Vec<&'static str> {
    let disk = api.engine.storage().trouble().map(|error| error.code());
    api.troubles.all().into_iter().chain(disk).collect()
}

/// Whether requests can be served
#[utoipa::path(get, path = "/readyz", tag = "operating", responses((status = 200, body = Health), Problems))]
async fn get_readiness(State(api): State<Api>) -> Result<Json<Health>, Problem> {
    if api.stop.is_cancelled() {
        return Err(Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "shutting-down",
            "the server is shutting down",
        )
        .hint("ask another one, or wait until it is there again"));
    }
    api.read(|reads| reads.next_wake(&[])).await?;
    Ok(Json(Health { status: "ready", version: api.version, troubles: troubles(&api) }))
}

/// Numbers for Prometheus
#[utoipa::path(
    get, path = "/metrics", tag = "operating",
    responses((status = 200, body = String, content_type = "application/openmetrics-text"), Problems)
)]
async fn get_metrics(State(api): State<Api>) -> Result<Response, Problem> {
    let (runs, messages, halts, queues) = api
        .read(|reads| {
            let (mut runs, mut messages) = (Vec::new(), Vec::new());
            for shop in reads.shops()? {
                runs.extend(reads.run_counts(shop.id)?);
                messages.extend(reads.message_counts(shop.id)?);
            }
            let queues = [
                ("messages", reads.next_message(&[])?),
                ("webhooks", reads.next_webhook(&[], &[])?),
                ("timers", reads.next_wake(&[])?),
            ];
            Ok((runs, messages, reads.halts()?, queues))
        })
        .await?;
    api.http.count_runs(runs.into_iter());
    api.http.count_messages(messages.into_iter().map(|(_, state, count)| (state, count)));
    api.http.show_halts(&halts);
    let load = api.engine.load();
    let [messages, webhooks, timers] = queues;
    let queues = [messages, webhooks, timers, ("steps", load.oldest)];
    api.http.show_queues(api.engine.clock().now(), queues);
    api.http.show_load(&load);
    api.http.show_clock(api.engine.clock().behind());
    let mut text = String::new();
    prometheus_client::encoding::text::encode(&mut text, &api.metrics).map_err(|error| {
        tracing::error!(%error, "the metrics cannot be written");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "bug", "the metrics cannot be written")
    })?;
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}

/// This document
#[utoipa::path(
    get, path = "/v1/openapi.json", tag = "operating",
    responses((status = 200, description = "OpenAPI 3.1", body = Object))
)]
async fn get_openapi() -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "max-age=300")];
    (headers, openapi::document()).into_response()
}
