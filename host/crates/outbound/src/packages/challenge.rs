//! What a registry says it wants before it answers (`WWW-Authenticate`).

use reqwest::header::{HeaderMap, WWW_AUTHENTICATE};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Challenge {
    Basic,
    Bearer { realm: String, service: Option<String> },
}

/// The one that we can answer best.
pub fn of(headers: &HeaderMap) -> Option<Challenge> {
    let values = headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok());
    let found: Vec<Challenge> = values.filter_map(read).collect();
    let bearer = found.iter().find(|one| matches!(one, Challenge::Bearer { .. }));
    bearer.or(found.first()).cloned()
}

fn read(text: &str) -> Option<Challenge> {
    let (scheme, rest) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
    if scheme.eq_ignore_ascii_case("basic") {
        return Some(Challenge::Basic);
    }
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    let parameter = |wanted: &str| {
        parameters(rest)
            .into_iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
            .map(|(_, value)| value)
    };
    Some(Challenge::Bearer { realm: parameter("realm")?, service: parameter("service") })
}

/// `name="value"`, with commas between, which may also stand in values.
fn parameters(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((name, after)) = rest.split_once('=') {
        let (value, next) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => after.split_once(',').unwrap_or((after, "")),
        };
        found.push((name.trim_matches([' ', ',']).to_owned(), value.trim().to_owned()));
        rest = next;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_is_read_as_registries_write_it() {
        let bearer = |realm: &str, service: Option<&str>| {
            Some(Challenge::Bearer { realm: realm.into(), service: service.map(Into::into) })
        };
        let table = [
            (
                r#"Bearer realm="https://a.b/token",service="a.b",scope="repository:x:pull,push""#,
                bearer("https://a.b/token", Some("a.b")),
            ),
            (
                r#"bearer scope="repository:x:pull,push", realm="https://a.b/t?x=1", error="insufficient_scope""#,
                bearer("https://a.b/t?x=1", None),
            ),
            ("Bearer realm=https://a.b,service=c", bearer("https://a.b", Some("c"))),
            (r#"Basic realm="x""#, Some(Challenge::Basic)),
            ("Basic", Some(Challenge::Basic)),
            (r#"Bearer service="x""#, None),
            ("Negotiate", None),
            ("", None),
        ];
        for (text, expected) in table {
            assert_eq!(read(text), expected, "{text}");
        }
    }
}
