//! Whether a URL is within what a shop granted.
//!
//! A URL is refused, not repaired: whatever two parsers could read differently never leaves the house.

use std::collections::BTreeSet;

use reqwest::{Method, Url};
use rulewright_domain::plugin::HttpTarget;
use rulewright_ports::HttpError;

const MAX_URL: usize = 8 * 1024;

pub struct Checked {
    pub method: Method,
    pub url: Url,
    /// Host and port as an operator writes them.
    pub authority: String,
}

pub fn check(
    method: &str,
    text: &str,
    targets: &[HttpTarget],
    allow_http: bool,
) -> Result<Checked, HttpError> {
    let method = known_method(method)?;
    written_plainly(text)?;
    let url = Url::parse(text).map_err(|error| denied(format!("the URL cannot be read: {error}")))?;
    match url.scheme() {
        "https" => {}
        "http" if allow_http => {}
        "http" => return Err(denied("plain http is not allowed here: use https")),
        other => return Err(denied(format!("`{other}` is neither https nor http"))),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(denied("a URL may not carry a user name or password: use a header"));
    }
    let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
        return Err(denied("the URL names no host"));
    };
    let default = if url.scheme() == "https" { 443 } else { 80 };
    let reaches = |target: &&HttpTarget| {
        let (name, wanted) = split(&target.host);
        name == host && wanted.unwrap_or(default) == port
    };
    let of_host: Vec<&HttpTarget> = targets.iter().filter(reaches).collect();
    if of_host.is_empty() {
        let hosts: BTreeSet<&str> = targets.iter().map(|target| target.host.as_str()).collect();
        let hosts: Vec<&str> = hosts.into_iter().collect();
        let granted = if hosts.is_empty() { "none".to_owned() } else { hosts.join(", ") };
        return Err(denied(format!("host `{host}:{port}` is not granted; granted: {granted}")));
    }
    let allows = |target: &&HttpTarget| {
        (target.methods.is_empty() || target.methods.contains(method.as_str()))
            && covers(&target.path, url.path())
    };
    if !of_host.iter().any(allows) {
        let path = url.path();
        return Err(denied(format!("{method} of `{path}` at `{host}` is not granted")));
    }
    let authority = format!("{host}:{port}");
    Ok(Checked { method, url, authority })
}

/// What a POST to exactly this address needs.
pub fn target_of(text: &str) -> Result<HttpTarget, HttpError> {
    written_plainly(text)?;
    let url = Url::parse(text).map_err(|error| denied(format!("the URL cannot be read: {error}")))?;
    let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
        return Err(denied("the URL names no host"));
    };
    let methods = BTreeSet::from(["POST".to_owned()]);
    Ok(HttpTarget { host: format!("{host}:{port}"), methods, path: url.path().to_owned() })
}

fn known_method(text: &str) -> Result<Method, HttpError> {
    match text {
        "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS" => {
            Method::from_bytes(text.as_bytes()).map_err(|error| denied(error.to_string()))
        }
        other => {
            let other: String = other.chars().take(32).collect();
            Err(denied(format!(
                "`{other}` is not GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS, in upper case"
            )))
        }
    }
}

/// Refuses every spelling that a URL parser would silently change.
fn written_plainly(text: &str) -> Result<(), HttpError> {
    if text.len() > MAX_URL {
        return Err(HttpError::Limit(format!("a URL has at most {MAX_URL} bytes")));
    }
    if text.chars().any(|c| c.is_control() || c.is_whitespace() || c == '#') {
        return Err(denied("a URL has no blanks, control characters or fragment"));
    }
    let before_query = text.split('?').next().unwrap_or(text);
    let Some((_, rest)) = before_query.split_once("://") else {
        return Err(denied("a URL begins with https://"));
    };
    if before_query.contains('\\') {
        return Err(denied("a URL has no backslashes"));
    }
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    if authority.contains(['@', '%']) {
        return Err(denied("a host has no `@` and no percent-encoding"));
    }
    let lower = path.to_ascii_lowercase();
    // Encoded dots, slashes, backslashes and percents: some servers decode them before they walk the path.
    if ["%2e", "%2f", "%5c", "%25", "%00"].iter().any(|encoded| lower.contains(encoded)) {
        return Err(denied("a path has no encoded dot, slash, backslash, percent or zero"));
    }
    // `..;x` is `..` to servers that take what follows `;` for a parameter.
    let walks = |segment: &str| matches!(segment.split(';').next(), Some("." | ".."));
    if path.split('/').any(walks) {
        return Err(denied("a path has no `.` or `..` segments"));
    }
    Ok(())
}

/// Whole segments: `/v1` covers `/v1` and `/v1/x`, not `/v10`.
fn covers(granted: &str, path: &str) -> bool {
    let prefix = granted.trim_end_matches('/');
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn split(host: &str) -> (&str, Option<u16>) {
    match host.rsplit_once(':') {
        Some((name, port)) if !host.ends_with(']') => match port.parse() {
            Ok(port) => (name, Some(port)),
            Err(_) => (host, None),
        },
        _ => (host, None),
    }
}

pub fn denied(why: impl Into<String>) -> HttpError {
    HttpError::Denied(why.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(host: &str, methods: &[&str], path: &str) -> HttpTarget {
        let methods = methods.iter().map(|method| (*method).to_owned()).collect();
        HttpTarget { host: host.to_owned(), methods, path: path.to_owned() }
    }

    #[test]
    fn only_what_is_granted_leaves() {
        let targets = [
            target("api.example.com", &["POST"], "/v1"),
            target("api.example.com:8443", &[], "/"),
            target("127.0.0.1", &[], "/"),
        ];
        let table = [
            ("POST", "https://api.example.com/v1", true),
            ("POST", "https://api.example.com/v1/messages?to=..%2f", true),
            ("POST", "https://API.example.com:443/v1/", true),
            ("GET", "https://api.example.com:8443/anything", true),
            // Another method, path, host or port.
            ("GET", "https://api.example.com/v1", false),
            ("post", "https://api.example.com/v1", false),
            ("CONNECT", "https://api.example.com:8443/", false),
            ("POST", "https://api.example.com/v10", false),
            ("POST", "https://api.example.com/", false),
            ("POST", "https://api.example.com.evil.com/v1", false),
            ("POST", "https://api.example.com./v1", false),
            ("POST", "https://api.example.com:8444/v1", false),
            ("POST", "https://evil.com/api.example.com/v1", false),
            // Walks and other readings of a path.
            ("POST", "https://api.example.com/v1/../admin", false),
            ("POST", "https://api.example.com/v1/..;/admin", false),
            ("POST", "https://api.example.com/v1/%2e%2E/admin", false),
            ("POST", "https://api.example.com/v1/.%2e/admin", false),
            ("POST", "https://api.example.com/v1%2f..%2fadmin", false),
            ("POST", "https://api.example.com/v1/%252e%252e/admin", false),
            ("POST", "https://api.example.com/v1\\..\\admin", false),
            ("POST", "https:\\\\api.example.com/v1", false),
            // Other readings of a host.
            ("POST", "https://api.example.com@evil.com/v1", false),
            ("POST", "https://user:password@api.example.com/v1", false),
            ("POST", "https://evil.com#@api.example.com/v1", false),
            ("POST", "https://api.example.com/v1#part", false),
            ("POST", "https://api%2eexample.com/v1", false),
            ("POST", "https://api.exam\tple.com/v1", false),
            ("POST", "https://api.example.com/v1\r\nHost: evil.com", false),
            ("POST", "http://api.example.com/v1", false),
            ("POST", "file:///etc/passwd", false),
            ("POST", "gopher://api.example.com/v1", false),
            ("POST", "//api.example.com/v1", false),
            ("POST", "", false),
        ];
        for (method, url, expected) in table {
            let result = check(method, url, &targets, false);
            assert_eq!(result.is_ok(), expected, "{method} {url}: {:?}", result.err());
        }
    }

    #[test]
    fn an_address_is_a_target_of_its_own() {
        let reaches = |address: &str, method: &str, url: &str| {
            check(method, url, &[target_of(address).unwrap()], false).is_ok()
        };
        for url in [
            "https://erp.example/hooks/orders?shop=1",
            "https://ERP.example:8443",
            "https://[2001:db8::1]/x",
            "https://münchen.example/x",
        ] {
            assert!(reaches(url, "POST", url) && !reaches(url, "GET", url), "{url}");
        }
        let ours = "https://erp.example/hooks/orders";
        for other in [
            "https://erp.example/hooks",
            "https://erp.example:8443/hooks/orders",
            "https://a.example/hooks/orders",
        ] {
            assert!(!reaches(ours, "POST", other), "{other}");
        }
        for url in ["erp.example", "ftp://erp.example/", "https://user:pass@erp.example/", ""] {
            let tried = target_of(url).and_then(|target| check("POST", url, &[target], false).map(drop));
            assert!(matches!(tried, Err(HttpError::Denied(_))), "{url}");
        }
    }

    #[test]
    fn every_spelling_of_an_address_is_the_same_address() {
        let targets = [target("127.0.0.1", &[], "/")];
        for spelling in ["127.0.0.1", "2130706433", "0177.0.0.1", "0x7f000001", "127.1", "0x7f.1"] {
            let checked = check("GET", &format!("https://{spelling}/"), &targets, false).unwrap();
            assert_eq!(checked.authority, "127.0.0.1:443", "{spelling}");
        }
    }
}
