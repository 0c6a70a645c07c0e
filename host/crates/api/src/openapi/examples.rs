//! An example for every body that is sent or answered. Types say them once, with their fields; here they are put
//! together, so that a new route has them by itself.

use serde_json::Value;
use utoipa::{
    Modify,
    openapi::{Content, PathItem, RefOr, path::Operation},
};

use super::{
    conventions::REFUSALS,
    example::{self, Writer},
};
use crate::problem::Problem;

pub struct Examples;

impl Modify for Examples {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        let schemas = serde_json::to_value(&components.schemas).unwrap_or_default();
        for (status, name, _) in REFUSALS {
            if let Some(RefOr::T(response)) = components.responses.get_mut(name) {
                let problem = problem(status);
                response.content.values_mut().for_each(|content| set(content, || problem.clone()));
            }
        }
        for item in document.paths.paths.values_mut() {
            let PathItem { get, post, put, patch, delete, .. } = item;
            let all = [get, post, put, patch, delete].into_iter().flatten();
            all.for_each(|operation| of_operation(operation, &schemas));
        }
    }
}

fn of_operation(operation: &mut Operation, schemas: &Value) {
    if let Some(RefOr::T(body)) = &mut operation.request_body {
        of_bodies(body.content.iter_mut(), schemas, Writer::Caller);
    }
    for response in operation.responses.responses.values_mut() {
        if let RefOr::T(response) = response {
            of_bodies(response.content.iter_mut(), schemas, Writer::Server);
        }
    }
}

/// Of bytes nobody could read an example.
fn of_bodies<'a>(
    bodies: impl Iterator<Item = (&'a String, &'a mut RefOr<Content>)>,
    schemas: &Value,
    writer: Writer,
) {
    for (_, content) in bodies.filter(|(media_type, _)| media_type.ends_with("json")) {
        let RefOr::T(inner) = &*content else { continue };
        let schema = serde_json::to_value(&inner.schema).unwrap_or_default();
        set(content, || example::of(&schema, schemas, writer));
    }
}

fn set(content: &mut RefOr<Content>, example: impl FnOnce() -> Value) {
    let RefOr::T(content) = content else { return };
    if content.example.is_none() && content.examples.is_empty() {
        content.example = Some(example());
    }
}

/// As the server would write it.
fn problem(status: &str) -> Value {
    let (status, code, detail) = match status {
        "400" => (400, "query", "Failed to deserialize query string: unknown field `sise`"),
        "401" => (401, "invalid-token", "the bearer token is unknown, revoked or expired"),
        "403" => (403, "missing-scope", "the token `web shop` lacks the scope `orders-write`"),
        "404" => (404, "not-found", "there is no order `ord_42`"),
        "422" => (422, "invalid", "there is no stage `packed` in the pipeline `sales`"),
        "429" => (429, "too-many-requests", "more requests came with this token than one may send"),
        "5XX" => (503, "timeout", "the request was not answered within 30 s; it may still be carried out"),
        _ => (409, "conflict", "the order is at revision 4, not 3"),
    };
    let status = axum::http::StatusCode::from_u16(status).unwrap_or_default();
    serde_json::to_value(Problem::new(status, code, detail).view()).unwrap_or_default()
}
