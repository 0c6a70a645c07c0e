//! REST 3.0, as much of it as its clients ask before anything else. It has no methods for orders.

use serde_json::{Map, Value, json};

use crate::{
    batch,
    call::{Answer, Call, Outcome},
    method::{self, BASIC, BATCH, Edition, Method, method},
};

pub(crate) const METHODS: &[Method] = &[
    Method { name: BATCH, scope: BASIC, run: |call| Box::pin(batch::run(call)) },
    method!("documentation", BASIC, documentation),
    method!("rest.documentation.openapi", BASIC, documentation),
    method!("rest.scope.list", BASIC, scope_list),
];

/// An OpenAPI document of what is served here.
async fn documentation(_: Call) -> Outcome {
    let operation = json!({
        "post": {
            "requestBody": { "content": { "application/json": { "schema": { "type": "object" } } } },
            "responses": {
                "200": { "description": "`result` and `time`" },
                "default": { "description": "`error` and `error_description`" },
            },
        },
    });
    let paths: Map<String, Value> = method::all(Edition::Three)
        .iter()
        .map(|method| (format!("/{}", method.name), operation.clone()))
        .collect();
    Ok(Answer::of(json!({
        "openapi": "3.0.0",
        "info": { "title": "REST 3.0", "version": "1.0.0" },
        "servers": [{ "url": "/rest/api" }],
        "paths": paths,
    })))
}

async fn scope_list(call: Call) -> Outcome {
    Ok(Answer::of(call.caller.scopes.iter().cloned().collect::<Vec<_>>()))
}
