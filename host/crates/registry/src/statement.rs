//! What a publisher signs about a package: one line of text that anybody can compute again from the component.

use std::collections::BTreeSet;

use rulewright_domain::plugin::{Digest, HostFunction, HttpTarget, Package, PluginId};
use rulewright_domain::provenance::publisher_of;
use serde::{Deserialize, Serialize};

/// Of this text.
const SCHEMA: u32 = 1;

/// Fields are written in this order, without blanks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Statement {
    pub schema: u32,
    pub plugin: PluginId,
    pub version: String,
    /// First part of the plugin's id.
    pub publisher: String,
    /// SHA-256 of the component.
    pub component: Digest,
    pub permissions: Stated,
}

/// Everything that the component asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Stated {
    pub functions: BTreeSet<HostFunction>,
    pub http: Vec<HttpTarget>,
    pub http_chosen_by_shop: bool,
    pub secrets: BTreeSet<String>,
    pub channels: BTreeSet<String>,
    pub storage: u64,
}

impl Statement {
    pub fn of(package: &Package) -> Statement {
        let asked = &package.manifest.permissions;
        Statement {
            schema: SCHEMA,
            plugin: package.manifest.id.clone(),
            version: package.manifest.version.clone(),
            publisher: publisher_of(&package.manifest.id).to_owned(),
            component: package.digest.clone(),
            permissions: Stated {
                functions: package.imports.clone(),
                http: asked.http.clone(),
                http_chosen_by_shop: asked.http_chosen_by_shop,
                secrets: asked.secrets.clone(),
                channels: asked.channels.clone(),
                storage: asked.storage,
            },
        }
    }

    /// The exact text that is signed.
    pub fn text(&self) -> String {
        // Every key is text, so writing it cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The first field in which the two differ.
    pub fn differs(&self, other: &Statement) -> Option<&'static str> {
        let fields = [
            ("schema", self.schema == other.schema),
            ("component", self.component == other.component),
            ("plugin", self.plugin == other.plugin),
            ("version", self.version == other.version),
            ("publisher", self.publisher == other.publisher),
            ("permissions", self.permissions == other.permissions),
        ];
        fields.into_iter().find(|(_, same)| !same).map(|(field, _)| field)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::package;

    /// Others compute it too: changing it breaks every signature there is.
    #[test]
    fn the_text_that_is_signed_is_this_one() {
        let permissions = json!({
            "http": [{ "host": "api.example.com", "methods": ["POST"], "path": "/v1" }],
            "secrets": ["token"], "channels": ["sms"], "storage": 1024
        });
        let package = package(json!({ "permissions": permissions }), &["http.send", "messages.queue"]);
        let expected = format!(
            "{{\"schema\":1,\"plugin\":\"acme.greet\",\"version\":\"1.0.0\",\"publisher\":\"acme\",\"component\":\"{}\",\
             \"permissions\":{{\"functions\":[\"http.send\",\"messages.queue\"],\
             \"http\":[{{\"host\":\"api.example.com\",\"methods\":[\"POST\"],\"path\":\"/v1\"}}],\
             \"http-chosen-by-shop\":false,\"secrets\":[\"token\"],\"channels\":[\"sms\"],\"storage\":1024}}}}",
            "0".repeat(64)
        );
        assert_eq!(Statement::of(&package).text(), expected);
    }
}
