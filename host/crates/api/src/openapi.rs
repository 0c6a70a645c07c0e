//! The OpenAPI document. Nobody writes it: the routes are what it is made of.

use std::sync::OnceLock;

use utoipa::{
    Modify, OpenApi,
    openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
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
        (name = "events", description = "What happened"),
        (name = "runs", description = "What rules and triggers did, and why"),
        (name = "automation", description = "Pipelines and what stands on their stages"),
        (name = "plugins", description = "What is installed, and what it may do"),
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

pub fn base() -> utoipa::openapi::OpenApi {
    Base::openapi()
}

/// As JSON text.
pub fn document() -> &'static str {
    static DOCUMENT: OnceLock<String> = OnceLock::new();
    DOCUMENT.get_or_init(|| {
        let (_, document) = crate::rest::routes().split_for_parts();
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
    fn every_route_has_a_name_of_its_own_and_says_who_may_use_it() {
        let document: Value = serde_json::from_str(super::document()).unwrap();
        let mut names = BTreeMap::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let at = format!("{method} {path}");
                let name = operation["operationId"].as_str().unwrap_or_default().to_owned();
                assert_eq!(names.insert(name, at.clone()), None, "{at}");
                let open = ["/healthz", "/readyz", "/metrics", "/v1/openapi.json", "/d/{code}"];
                assert_eq!(operation["security"].is_null(), open.contains(&path.as_str()), "{at}");
                assert!(operation["tags"][0].is_string() && operation["summary"].is_string(), "{at}");
            }
        }
    }
}
