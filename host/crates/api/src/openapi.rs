//! The OpenAPI document. Nobody writes it: the routes are what it is made of.

mod conventions;
mod example;
mod examples;
mod shapes;

use std::sync::OnceLock;

use utoipa::{
    Modify, OpenApi,
    openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
};

use conventions::Conventions;
use examples::Examples;
use shapes::Shapes;

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
        (name = "shop", description = "Settings, employees, accounts and tokens"),
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

pub fn base() -> utoipa::openapi::OpenApi {
    Base::openapi()
}

/// As JSON text.
pub fn document() -> &'static str {
    static DOCUMENT: OnceLock<String> = OnceLock::new();
    DOCUMENT.get_or_init(|| {
        let (_, mut document) = crate::rest::routes().split_for_parts();
        Shapes.modify(&mut document);
        Conventions.modify(&mut document);
        Examples.modify(&mut document);
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

    /// Every body that is sent or answered, with where that is.
    fn bodies(document: &Value) -> Vec<(String, &Value)> {
        let mut holders = Vec::new();
        for (name, response) in document["components"]["responses"].as_object().unwrap() {
            holders.push((name.clone(), response));
        }
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                holders.push((format!("{method} {path}"), &operation["requestBody"]));
                for (status, response) in operation["responses"].as_object().unwrap() {
                    holders.push((format!("{method} {path} {status}"), response));
                }
            }
        }
        let mut found = Vec::new();
        for (at, holder) in holders {
            for (kind, content) in holder["content"].as_object().into_iter().flatten() {
                found.push((format!("{at} {kind}"), content));
            }
        }
        found
    }

    #[test]
    fn every_json_body_has_an_example_that_fits_its_schema() {
        let document: Value = serde_json::from_str(super::document()).unwrap();
        let bodies = bodies(&document);
        assert!(bodies.len() > 200, "{}", bodies.len());
        let mut all_wrong = Vec::new();
        for (at, content) in bodies.into_iter().filter(|(at, _)| at.ends_with("json")) {
            let mut schema = serde_json::json!({"$schema": "https://json-schema.org/draft/2020-12/schema"});
            schema["allOf"] = serde_json::json!([content["schema"]]);
            schema["components"] = document["components"].clone();
            let validator = jsonschema::validator_for(&schema).unwrap();
            let example = content.get("example").or(content.get("examples"));
            let example = example.unwrap_or_else(|| panic!("{at}: no example"));
            let wrong: Vec<String> = validator.iter_errors(example).map(|error| error.to_string()).collect();
            if !wrong.is_empty() {
                all_wrong.push(format!("{at}: {example}: {wrong:?}"));
            }
        }
        assert!(all_wrong.is_empty(), "{}", all_wrong.join("\n"));
    }

    /// Every file of this crate.
    fn sources() -> Vec<String> {
        let mut left = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
        let mut found = Vec::new();
        while let Some(path) = left.pop() {
            match path.is_dir() {
                true => left.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path())),
                false => found.push(std::fs::read_to_string(path).unwrap()),
            }
        }
        found
    }

    /// The name that a line gives to the shape whose description has begun above it.
    fn named(line: &str) -> Option<&str> {
        let (_, name) =
            line.split_once("struct ").or(line.split_once("enum ")).or(line.split_once("as = "))?;
        name.split(|c: char| !c.is_alphanumeric()).next()
    }

    /// Of two shapes with one name the document would have one, for both.
    #[test]
    fn no_two_shapes_have_one_name() {
        let mut names = Vec::new();
        for source in sources() {
            let mut lines = source.lines().map(str::trim).filter(|line| !line.starts_with("///"));
            while let Some(line) = lines.next() {
                if line.starts_with("#[derive(") && line.contains("ToSchema") {
                    names.extend(lines.by_ref().find_map(named).map(str::to_owned));
                } else if line == "mirror! {" {
                    names.extend(lines.next().and_then(|line| line.split(' ').next()).map(str::to_owned));
                }
            }
        }
        assert!(names.len() > 150, "{}", names.len());
        names.sort();
        let twice: Vec<&[String]> = names.windows(2).filter(|two| two[0] == two[1]).collect();
        assert!(twice.is_empty(), "give one of each #[schema(as = Name)]: {twice:?}");
        let document: Value = serde_json::from_str(super::document()).unwrap();
        for container in ["BTreeMap", "Vec", "Option"] {
            let shape = &document["components"]["schemas"][container];
            assert!(shape.is_null(), "{container} is no name: say #[schema(value_type = ...)] at its field");
        }
    }

    #[test]
    fn the_document_is_openapi_3_1_and_says_how_everything_is_refused() {
        let document: Value = serde_json::from_str(super::document()).unwrap();
        assert!(document["openapi"].as_str().unwrap().starts_with("3.1."));
        let described: Vec<&Value> =
            document["tags"].as_array().unwrap().iter().map(|tag| &tag["name"]).collect();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let at = format!("{method} {path}");
                assert!(
                    operation["tags"].as_array().unwrap().iter().all(|tag| described.contains(&tag)),
                    "{at}"
                );
                let responses = operation["responses"].as_object().unwrap();
                for (status, response) in responses {
                    let described = response["description"].as_str().is_some_and(|text| !text.is_empty());
                    assert!(described || response["$ref"].is_string(), "{at} {status}");
                }
                if operation["security"].is_array() {
                    for one in operation["parameters"].as_array().into_iter().flatten() {
                        assert!(
                            one["in"] != "path" || one.get("example").is_some(),
                            "{at}: {one} has no example"
                        );
                    }
                    assert!(
                        ["401", "403", "429", "4XX", "5XX"].iter().all(|one| responses.contains_key(*one)),
                        "{at}"
                    );
                }
            }
        }
        for (name, response) in document["components"]["responses"].as_object().unwrap() {
            let example = &response["content"]["application/problem+json"]["example"];
            assert!(example["code"].is_string() && example["hint"].is_string(), "{name}: {response}");
        }
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
            ("/v1/workflow-starts/{id}/stop", "WorkflowStop"),
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
