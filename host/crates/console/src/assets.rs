//! Scripts and styles, part of the program. Their addresses carry a hash of what they hold, so that browsers keep them
//! for ever and still see every change.

use std::sync::OnceLock;

use axum::{
    Router,
    extract::Path,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use sha2::{Digest, Sha256};
use tower_http::compression::CompressionLayer;

use crate::Console;

struct Asset {
    name: &'static str,
    kind: &'static str,
    content: &'static str,
}

const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

static ASSETS: &[Asset] = &[
    Asset { name: "console.css", kind: STYLE, content: include_str!("../assets/console.css") },
    Asset { name: "automation.css", kind: STYLE, content: include_str!("../assets/automation.css") },
    Asset { name: "automation.js", kind: SCRIPT, content: include_str!("../assets/automation.js") },
    Asset { name: "forms.css", kind: STYLE, content: include_str!("../assets/forms/forms.css") },
    Asset { name: "forms.js", kind: SCRIPT, content: include_str!("../assets/forms/forms.js") },
    Asset { name: "console.js", kind: SCRIPT, content: include_str!("../assets/console.js") },
    Asset { name: "htmx.js", kind: SCRIPT, content: include_str!("../assets/vendor/htmx-4.0.1.min.js") },
    Asset { name: "orders.css", kind: STYLE, content: include_str!("../assets/orders.css") },
    Asset { name: "orders.js", kind: SCRIPT, content: include_str!("../assets/orders.js") },
    Asset { name: "lists.css", kind: STYLE, content: include_str!("../assets/lists.css") },
    Asset { name: "lists.js", kind: SCRIPT, content: include_str!("../assets/lists.js") },
    Asset { name: "health.css", kind: STYLE, content: include_str!("../assets/health.css") },
    Asset { name: "market.css", kind: STYLE, content: include_str!("../assets/market.css") },
    Asset { name: "market.js", kind: SCRIPT, content: include_str!("../assets/market.js") },
    Asset { name: "icon.svg", kind: "image/svg+xml", content: include_str!("../assets/icon.svg") },
];

/// What every page loads, in this order.
pub const STYLES: &[&str] =
    &["console.css", "automation.css", "forms.css", "health.css", "lists.css", "market.css", "orders.css"];
pub const SCRIPTS: &[&str] =
    &["htmx.js", "console.js", "automation.js", "forms.js", "lists.js", "market.js", "orders.js"];

pub fn routes() -> Router<Console> {
    Router::new()
        .route("/assets/{hash}/{name}", get(asset))
        // Asked for by browsers whatever the page says.
        .route("/favicon.ico", get(|| async { asset(Path((hash("icon.svg"), "icon.svg".to_owned()))).await }))
        .layer(CompressionLayer::new())
}

/// Where an asset is.
pub fn address(name: &str) -> String {
    format!("/assets/{}/{name}", hash(name))
}

fn hash(name: &str) -> String {
    static HASHES: OnceLock<Vec<String>> = OnceLock::new();
    let hashes = HASHES.get_or_init(|| ASSETS.iter().map(|asset| digest(asset.content)).collect());
    let at = ASSETS.iter().position(|asset| asset.name == name);
    at.and_then(|at| hashes.get(at)).cloned().unwrap_or_default()
}

fn digest(content: &str) -> String {
    Sha256::digest(content).iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

/// Only what is asked for by its own hash: what is kept for ever by another would be taken for the next version of it.
fn kept(asked: &str, name: &str) -> &'static str {
    if asked == hash(name) { "public, max-age=31536000, immutable" } else { "no-cache" }
}

async fn asset(Path((asked, name)): Path<(String, String)>) -> Response {
    let Some(asset) = ASSETS.iter().find(|asset| asset.name == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, asset.kind),
        (header::CACHE_CONTROL, kept(&asked, asset.name)),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, asset.content).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_pages_load_is_there() {
        for name in STYLES.iter().chain(SCRIPTS) {
            assert!(ASSETS.iter().any(|asset| asset.name == *name), "{name}");
            assert_eq!(hash(name).len(), 12);
        }
    }

    #[test]
    fn only_the_right_address_is_kept_for_ever() {
        assert!(kept(&hash("console.js"), "console.js").contains("immutable"));
        assert_eq!(kept("000000000000", "console.js"), "no-cache");
    }

    /// The content policy forbids it, and the first to notice would be a customer.
    #[test]
    fn no_script_asks_for_what_the_content_policy_forbids() {
        for asset in ASSETS.iter().filter(|asset| asset.name != "htmx.js") {
            for forbidden in ["eval(", "new Function", ".setAttribute('style", "http://", "https://"] {
                let found = asset.content.replace("http://www.w3.org/2000/svg", "").contains(forbidden);
                assert!(!found, "{} has {forbidden}", asset.name);
            }
        }
    }
}
