//! The signature that comes along with a component that is sent.

use axum::http::HeaderMap;
use base64::{Engine, engine::general_purpose::STANDARD};

use crate::problem::Problem;

pub const HEADER: &str = "package-signature";

/// The document, as `rulewright plugin sign` writes it; in base64, because headers are one line.
pub fn signature(headers: &HeaderMap) -> Result<Option<Vec<u8>>, Problem> {
    let Some(value) = headers.get(HEADER) else { return Ok(None) };
    let decoded = STANDARD.decode(value.as_bytes().trim_ascii());
    decoded.map(Some).map_err(|error| {
        Problem::bad_request("package-signature", format!("Package-Signature is not base64: {error}"))
            .hint("send the whole `.sig` file in base64: `base64 -w0 greet.wasm.sig`")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_travels_in_base64_or_not_at_all() {
        let with =
            |value: &'static str| HeaderMap::from_iter([(HEADER.parse().unwrap(), value.parse().unwrap())]);
        assert_eq!(signature(&HeaderMap::new()).ok(), Some(None));
        assert_eq!(signature(&with("e30K")).ok(), Some(Some(b"{}\n".to_vec())));
        assert!(signature(&with("{}")).is_err());
    }
}
