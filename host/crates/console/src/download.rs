//! Files to keep. Plugins and templates have made them, so no browser may take one for a page of the console.

use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};

/// What others have written is looked at without scripts, without requests, and as a stranger.
pub const STRANGER: &str = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; \
     frame-ancestors 'self'";

pub fn file(name: &str, media_type: &str, content: Vec<u8>) -> Response {
    let mut headers = HeaderMap::new();
    let octets = HeaderValue::from_static("application/octet-stream");
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_str(media_type).unwrap_or(octets));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(STRANGER));
    if let Ok(disposition) = HeaderValue::from_str(&format!("attachment; filename=\"{}\"", plain(name))) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    (headers, content).into_response()
}

/// So that a title cannot break out of its header.
fn plain(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "-_. ".contains(c) { c } else { '_' };
    name.chars().map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_kept_and_not_shown() {
        let response = file("INV\"; x=\"1.html", "text/html", b"<script>".to_vec());
        let header = |name: header::HeaderName| response.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header(header::CONTENT_DISPOSITION), "attachment; filename=\"INV__ x__1.html\"");
        assert!(header(header::CONTENT_SECURITY_POLICY).starts_with("sandbox;"));
    }
}
