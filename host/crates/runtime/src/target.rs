//! Whether a request stays within what the shop granted.
//!
//! **Invariant:** compares the parsed URL, the same that is sent: nothing is decided on text that somebody
//! else may read differently. `outbound` checks again, with the address it connects to.

use rulewright_domain::plugin::HttpTarget;
use url::Url;

/// The URL as it may be sent, or why not.
pub(crate) fn permitted(targets: &[HttpTarget], method: &str, url: &str) -> Result<Url, String> {
    let url = Url::parse(url).map_err(|error| format!("it is not an absolute URL: {error}"))?;
    let port = match url.scheme() {
        "https" => 443,
        "http" => 80,
        other => return Err(format!("only https, or http where the operator allows it, not `{other}`")),
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err("a name or password in the URL would end up in logs: use a header".to_owned());
    }
    let Some(host) = url.host_str() else { return Err("it names no host".to_owned()) };
    let actual = (host, url.port().unwrap_or(port));
    let mut named = false;
    for target in targets {
        if authority(target, port) != Some(actual) {
            continue;
        }
        named = true;
        let method_fits = target.methods.is_empty() || target.methods.contains(method);
        if method_fits && below(&target.path, url.path()) {
            return Ok(url);
        }
    }
    let (host, port) = actual;
    Err(if named {
        format!("{method} {} is outside the methods and paths granted for `{host}`", url.path())
    } else {
        format!("`{host}:{port}` is not among the granted hosts")
    })
}

/// Host and port; the scheme's own port where none is named.
fn authority(target: &HttpTarget, default: u16) -> Option<(&str, u16)> {
    match target.host.rsplit_once(':') {
        // An IPv6 address has colons of its own, within brackets.
        Some((host, port)) if !port.ends_with(']') => Some((host, port.parse().ok()?)),
        _ => Some((target.host.as_str(), default)),
    }
}

/// By whole segments: `/v1` covers `/v1` and `/v1/x`, not `/v10`.
fn below(prefix: &str, path: &str) -> bool {
    let prefix = prefix.trim_end_matches('/');
    if prefix.is_empty() {
        return true;
    }
    // A server that decodes these would find another path than the one compared here.
    let lower = path.to_ascii_lowercase();
    if ["%2f", "%5c", "%2e", "\\", "//"].iter().any(|odd| lower.contains(odd)) {
        return false;
    }
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(host: &str, methods: &[&str], path: &str) -> HttpTarget {
        HttpTarget {
            host: host.into(),
            methods: methods.iter().map(|&method| method.into()).collect(),
            path: path.into(),
        }
    }

    fn allowed(target: &HttpTarget, method: &str, url: &str) -> bool {
        permitted(std::slice::from_ref(target), method, url).is_ok()
    }

    #[test]
    fn host_and_port_are_exact() {
        let api = target("api.example.com", &[], "/");
        for good in ["https://api.example.com/x", "https://API.example.com:443/", "http://api.example.com"] {
            assert!(allowed(&api, "GET", good), "{good}");
        }
        for bad in [
            "https://api.example.com:8443/",
            "https://example.com/",
            "https://api.example.com.evil.org/",
            "https://api.example.com@evil.org/",
            "https://evil.org/?api.example.com",
            "ftp://api.example.com/",
            "file:///etc/passwd",
            "//api.example.com/",
            "/x",
            "",
            "https://user:pw@api.example.com/",
            "https://api.example.com\\@evil.org/x@",
            "https://evil.org#@api.example.com/",
        ] {
            let ours = Url::parse(bad).ok().and_then(|url| url.host_str().map(str::to_owned));
            let same = ours.as_deref() == Some("api.example.com");
            assert!(!allowed(&api, "GET", bad) || same, "{bad}");
        }
        let odd = target("api.example.com:8443", &[], "/");
        assert!(
            allowed(&odd, "GET", "https://api.example.com:8443/")
                && !allowed(&odd, "GET", "https://api.example.com/")
        );
    }

    #[test]
    fn paths_are_compared_by_segments_after_resolving() {
        let v1 = target("a.b", &[], "/v1/");
        for good in ["https://a.b/v1", "https://a.b/v1/", "https://a.b/v1/x?y=/", "https://a.b/x/../v1/y"] {
            assert!(allowed(&v1, "GET", good), "{good}");
        }
        for bad in [
            "https://a.b/",
            "https://a.b/v10",
            "https://a.b/v1/../admin",
            "https://a.b/v1/%2e%2e/admin",
            "https://a.b/v1/..%2fadmin",
            "https://a.b/v1\\..\\admin",
            "https://a.b/v1/%5c..",
            "https://a.b//v1/x",
        ] {
            assert!(!allowed(&v1, "GET", bad), "{bad}");
        }
    }

    #[test]
    fn methods_are_those_named_or_any() {
        let post = target("a.b", &["POST"], "/");
        assert!(allowed(&post, "POST", "https://a.b/") && !allowed(&post, "GET", "https://a.b/"));
        assert!(permitted(&[post], "GET", "https://a.b/").unwrap_err().contains("methods"));
        assert!(permitted(&[], "GET", "https://a.b/").unwrap_err().contains("not among the granted"));
    }
}
