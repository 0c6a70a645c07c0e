//! The OpenAPI document. Nobody writes it: the routes are what it is made of.

use std::sync::OnceLock;

use utoipa::{
    Modify, OpenApi,
    openapi::{
        Object, PathItem, RefOr, Required, Schema, Type,
        path::{Operation, ParameterBuilder, ParameterIn},
        request_body::RequestBody,
        schema::SchemaType,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Rulewright",
        description = "Orders, their automation and what came of it. Conventions are in docs/rest-api.md.",
    ),
    modifiers(&Bearer),
    tags(
        (name = "orders", description = "What is sold and followed"),
        (name = "clients", description = "People and companies"),
        (name = "channels", description = "Where clients write, what they send in and open"),
        (name = "events", description = "What happened"),
        (name = "webhooks", description = "Who is told of events as they happen"),
        (name = "applications", description = "Programs of others that act for the shop"),
        (name = "runs", description = "What rules and triggers did, and why"),
        (name = "automation", description = "Pipelines and what stands on their stages"),
        (name = "plugins", description = "What is installed, and what it may do"),
        (name = "lists", description = "Tables of the shop's own"),
        (name = "segments", description = "Clients that something is true of"),
        (name = "documents", description = "Documents and what they are made of"),
        (name = "shop", description = "Settings, employees and tokens"),
        (name = "operating", description = "For those who run the server"),
    )
)]
struct Base;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("rw_<id>_<secret>");
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(scheme.build()));
    }
}

/// What holds for many routes, so that none can forget to say it.
struct Conventions;

impl Modify for Conventions {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        for item in document.paths.paths.values_mut() {
            let PathItem { get, post, put, patch, delete, .. } = item;
            // Commands look at the key whatever their method is; other `PUT`s may be repeated as they are.
            let commands =
                [&mut *put, &mut *patch, &mut *delete].into_iter().flatten().filter(|one| is_command(one));
            post.iter_mut().chain(commands).for_each(takes_key);
            let all = [get, post, put, patch, delete].into_iter().flatten();
            all.filter_map(|one| one.request_body.as_mut()).for_each(is_left_out_or_there);
        }
    }
}

/// Changes an order or a client.
fn is_command(operation: &Operation) -> bool {
    let tags = operation.tags.iter().flatten();
    tags.into_iter().any(|tag| tag == "orders" || tag == "clients")
}

fn takes_key(operation: &mut Operation) {
    let key = ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .description(Some("Repeated with the same key, the request is done once: see docs/rest-api.md"))
        .required(Required::False)
        .schema(Some(Object::with_type(Type::String)))
        .example(Some("9f0c2a1e-6d7b".into()));
    operation.parameters.get_or_insert_default().push(key.build().into());
}

/// A body that may be left out is written as one that may be null, which no route takes.
fn is_left_out_or_there(body: &mut RefOr<RequestBody>) {
    let RefOr::T(body) = body else { return };
    for content in body.content.values_mut() {
        let RefOr::T(content) = content else { continue };
        let Some(RefOr::T(Schema::OneOf(either))) = &mut content.schema else { continue };
        let null = SchemaType::new(Type::Null);
        either.items.retain(|one| !matches!(one, RefOr::T(Schema::Object(it)) if it.schema_type == null));
        if let [only] = either.items.as_slice() {
            content.schema = Some(only.clone());
        }
    }
}

pub fn base() -> utoipa::openapi::OpenApi {
    Base::openapi()
}

/// As JSON text.
pub fn document() -> &'static str {
    static DOCUMENT: OnceLock<String> = OnceLock::new();
    DOCUMENT.get_or_init(|| {
        let (_, mut document) = crate::rest::routes().split_for_parts();
        Conventions.modify(&mut document);
        document.to_pretty_json().unwrap_or_default() + "\n"
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::Value;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "blessing is asked for on the command line")]
    fn the_document_beside_the_docs_is_the_one_that_is_served() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../docs/openapi.json");
        let served = super::document();
        if std::env::var_os("RULEWRIGHT_BLESS").is_some() {
            std::fs::write(path, served).unwrap();
        }
        let stored = std::fs::read_to_string(path).unwrap_or_default();
        assert!(stored == served, "docs/openapi.json is stale: run this test with RULEWRIGHT_BLESS=1");
    }

    #[test]
    fn what_is_repeated_and_compared_says_by_which_headers() {
        let document: Value = serde_json::from_str(super::document()).unwrap();
        let takes = |operation: &Value, header: &str| {
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            parameters.filter(|one| one["name"] == header && one["in"] == "header").count() == 1
        };
        let mut tagged = Vec::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let at = format!("{method} {path}");
                if method == "post" || takes(operation, "If-Match") && method != "put" {
                    assert!(takes(operation, "Idempotency-Key"), "{at}");
                }
                if takes(operation, "If-None-Match") {
                    let etag = &operation["responses"]["200"]["headers"]["ETag"];
                    assert!(etag.is_object() && operation["responses"]["304"].is_object(), "{at}");
                    tagged.push(at);
                }
            }
        }
        assert_eq!(tagged, ["get /v1/orders/{id}", "get /v1/pipelines/{id}/automation"]);
    }

    #[test]
    fn bodies_are_described_as_they_are_taken() {
        let document: Value = serde_json::from_str(super::document()).unwrap();
        let optional = [
            ("/v1/orders/{id}/shipments", "NewShipment"),
            ("/v1/orders/{id}/cancel", "Cancellation"),
            ("/v1/pipelines/{id}/automation/check", "StagesInput"),
        ];
        for (path, shape) in optional {
            let body = &document["paths"][path]["post"]["requestBody"];
            assert_ne!(body["required"], true, "{path}");
            let schema = &body["content"]["application/json"]["schema"];
            assert_eq!(schema["$ref"], format!("#/components/schemas/{shape}"), "{path}: {schema}");
        }
        assert_ne!(document["paths"]["/v1/hooks/{code}"]["post"]["requestBody"]["required"], true);
        let quantity = &document["components"]["schemas"]["OrderLineInput"]["properties"]["quantity"];
        assert_eq!(quantity["type"], serde_json::json!(["string", "number"]), "{quantity}");
    }

    #[test]
    fn every_route_has_a_name_of_its_own_and_says_who_may_use_it() {
        let document: Value = serde_json::from_str(super::document()).unwrap();
        let mut names = BTreeMap::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let at = format!("{method} {path}");
                let name = operation["operationId"].as_str().unwrap_or_default().to_owned();
                assert_eq!(names.insert(name, at.clone()), None, "{at}");
                let open = [
                    "/healthz",
                    "/readyz",
                    "/metrics",
                    "/v1/openapi.json",
                    "/d/{code}",
                    "/t/o/{token}",
                    "/t/l/{token}/{url}",
                    "/hooks/providers/{shop}/{id}/{code}",
                ];
                assert_eq!(operation["security"].is_null(), open.contains(&path.as_str()), "{at}");
                assert!(operation["tags"][0].is_string() && operation["summary"].is_string(), "{at}");
            }
        }
    }
}
