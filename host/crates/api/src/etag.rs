//! Revisions as entity tags (RFC 9110, 8.8.3): `ETag`, and the two headers that send them back.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderName, StatusCode, header, request::Parts},
};

use crate::{problem::Problem, state::Api};

pub fn etag(revision: u64) -> (HeaderName, String) {
    (header::ETAG, format!("\"{revision}\""))
}

#[derive(Debug, PartialEq)]
enum Tags {
    /// `*`
    Any,
    Listed(Vec<Tag>),
}

#[derive(Debug, PartialEq)]
struct Tag {
    /// None: no tag that we gave.
    revision: Option<u64>,
    weak: bool,
}

/// Every tag of every header of this name; None where there is no such header.
fn read(headers: &HeaderMap, name: HeaderName) -> Option<Tags> {
    let values: Vec<&str> = headers.get_all(name).iter().map(|value| value.to_str().unwrap_or("?")).collect();
    if values.is_empty() {
        return None;
    }
    let parts = || values.iter().flat_map(|value| value.split(',')).map(str::trim);
    if parts().any(|part| part == "*") {
        return Some(Tags::Any);
    }
    Some(Tags::Listed(parts().filter(|part| !part.is_empty()).map(tag).collect()))
}

fn tag(text: &str) -> Tag {
    let (weak, text) = text.strip_prefix("W/").map_or((false, text), |text| (true, text));
    // Shells eat quotes, so digits alone are read too.
    let opaque = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    let plain = opaque.bytes().all(|byte| byte.is_ascii_digit());
    Tag { revision: opaque.parse().ok().filter(|_| plain), weak }
}

/// `If-Match: "7"`: what the caller believes to be the current revision. None where it does not matter.
pub struct IfMatch(Option<Vec<u64>>);

impl FromRequestParts<Api> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Api) -> Result<Self, Problem> {
        let listed = match read(&parts.headers, header::IF_MATCH) {
            None | Some(Tags::Any) => return Ok(IfMatch(None)),
            Some(Tags::Listed(tags)) => tags,
        };
        // A weak tag does not say that it is the very same, so it is never enough to overwrite something.
        let known: Vec<u64> =
            listed.into_iter().filter(|tag| !tag.weak).filter_map(|tag| tag.revision).collect();
        if known.is_empty() {
            let detail = "If-Match names no revision that this server gave";
            return Err(Problem::new(StatusCode::PRECONDITION_FAILED, "conflict", detail)
                .hint("read it again, and send its ETag as it is, e.g. If-Match: \"7\""));
        }
        Ok(IfMatch(Some(known)))
    }
}

impl IfMatch {
    /// The revision that the engine is to insist on. Of several the current one, so only then it is asked for.
    pub async fn expected(
        self,
        current: impl Future<Output = Result<Option<u64>, Problem>>,
    ) -> Result<Option<u64>, Problem> {
        match self.0.as_deref() {
            None | Some([]) => Ok(None),
            Some([one]) => Ok(Some(*one)),
            Some(several @ [first, ..]) => {
                let current = current.await?;
                Ok(Some(current.filter(|current| several.contains(current)).unwrap_or(*first)))
            }
        }
    }
}

/// `If-None-Match`: whether the caller has this revision already. Compared weakly, as RFC 9110 wants it.
pub fn has_already(headers: &HeaderMap, revision: u64) -> bool {
    match read(headers, header::IF_NONE_MATCH) {
        None => false,
        Some(Tags::Any) => true,
        Some(Tags::Listed(tags)) => tags.iter().any(|tag| tag.revision == Some(revision)),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn headers(name: HeaderName, values: &[&'static str]) -> HeaderMap {
        values.iter().map(|value| (name.clone(), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn none_match_is_weak_and_takes_lists_and_stars() {
        let has = |values: &[&'static str]| has_already(&headers(header::IF_NONE_MATCH, values), 7);
        for yes in [&["\"7\""][..], &["W/\"7\""], &["\"6\", W/\"7\""], &["\"6\"", "\"7\""], &["*"], &["7"]] {
            assert!(has(yes), "{yes:?}");
        }
        for no in [&[][..], &["\"6\""], &["\"77\""], &["\"x\""], &["7\""], &["\"+7\""], &[""]] {
            assert!(!has(no), "{no:?}");
        }
    }

    #[test]
    fn one_parser_tells_strong_tags_from_weak_and_strange_ones() {
        let read = |value: &'static str| read(&headers(header::IF_MATCH, &[value]), header::IF_MATCH);
        let tag = |revision, weak| Tag { revision, weak };
        assert_eq!(read("*"), Some(Tags::Any));
        assert_eq!(
            read("\"3\", W/\"4\",\"abc\", \"99999999999999999999\""),
            Some(Tags::Listed(vec![
                tag(Some(3), false),
                tag(Some(4), true),
                tag(None, false),
                tag(None, false)
            ]))
        );
    }

    #[tokio::test]
    async fn of_several_revisions_the_current_one_is_insisted_on() {
        let expected = |known: Option<Vec<u64>>, current| IfMatch(known).expected(async move { Ok(current) });
        assert_eq!(expected(None, Some(7)).await.ok(), Some(None));
        assert_eq!(expected(Some(vec![3]), Some(7)).await.ok(), Some(Some(3)));
        assert_eq!(expected(Some(vec![3, 7]), Some(7)).await.ok(), Some(Some(7)));
        assert_eq!(expected(Some(vec![3, 4]), Some(7)).await.ok(), Some(Some(3)));
    }
}
