//! What a step asks of servers, as its trace keeps it. Pure.

use rulewright_domain::{Reply, Request};
use rulewright_ports::{HttpError, HttpRequest, HttpResponse};

const BLANK: &str = "***";
/// Bytes. Shorter ones are found everywhere, and are no secrets.
const SHORTEST: usize = 4;
/// Bytes of a URL that a trace shows.
const SHOWN: usize = 2 << 10;
/// What stands there until there is an answer, and for ever where the step was stopped before.
const UNANSWERED: &str = "the step ended before there was an answer";

/// A request that has no answer yet. `secrets` are those that the host has not put in itself, and that may be in it.
pub(crate) fn begun(request: &HttpRequest, secrets: &[String]) -> Request {
    let mut all: Vec<&str> = request.secrets.iter().map(String::as_str).collect();
    all.extend(secrets.iter().map(String::as_str).filter(|secret| secret.len() >= SHORTEST));
    all.retain(|secret| !secret.is_empty());
    // The longer first: one may be a part of another.
    all.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    Request {
        method: request.method.clone(),
        url: url(&request.url, &all),
        sent: request.body.as_ref().map_or(0, |body| body.len() as u64),
        milliseconds: None,
        reply: Reply::Nothing(UNANSWERED.to_owned()),
    }
}

pub(crate) fn reply(answer: &Result<HttpResponse, HttpError>) -> Reply {
    match answer {
        Ok(response) => Reply::Answer {
            status: response.status,
            size: response.body.len() as u64,
            cut: response.truncated,
        },
        Err(error) => Reply::Nothing(error.to_string()),
    }
}

/// Whose name somebody would sign in with is not shown, nor the value of a parameter that has a secret in it.
fn url(url: &str, secrets: &[&str]) -> String {
    let url = url.split('#').next().unwrap_or_default();
    let (head, query) = url.split_once('?').map_or((url, None), |(head, query)| (head, Some(query)));
    let blank = |text: &str| secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret, BLANK));
    let mut shown = blank(&without_user(head));
    if let Some(query) = query {
        let pairs = query.split('&').map(|pair| match pair.split_once('=') {
            Some((name, value)) if holds(value, secrets) => format!("{}={BLANK}", blank(name)),
            _ if holds(pair, secrets) => BLANK.to_owned(),
            _ => pair.to_owned(),
        });
        shown = format!("{shown}?{}", pairs.collect::<Vec<_>>().join("&"));
    }
    if shown.len() > SHOWN {
        shown.truncate(shown.floor_char_boundary(SHOWN));
        shown.push_str("...");
    }
    shown
}

fn without_user(head: &str) -> String {
    let Some((scheme, rest)) = head.split_once("://") else { return head.to_owned() };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    match authority.rsplit_once('@') {
        Some((_, host)) => format!("{scheme}://{BLANK}@{host}{path}"),
        None => head.to_owned(),
    }
}

/// As it is written or as it is meant.
fn holds(text: &str, secrets: &[&str]) -> bool {
    let meant = decoded(text);
    secrets.iter().any(|secret| text.contains(secret) || meant.contains(secret))
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let code = after.get(..2).and_then(|code| std::str::from_utf8(code).ok());
        let code = code.filter(|code| code.bytes().all(|byte| byte.is_ascii_hexdigit()));
        match (byte, code.and_then(|code| u8::from_str_radix(code, 16).ok())) {
            (b'%', Some(code)) => {
                bytes.push(code);
                rest = &after[2..];
            }
            _ => {
                bytes.push(if byte == b'+' { b' ' } else { byte });
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(address: &str, own: &[&str], more: &[&str]) -> String {
        let texts = |all: &[&str]| all.iter().map(|&one| one.to_owned()).collect::<Vec<_>>();
        let request = HttpRequest {
            method: "GET".to_owned(),
            url: address.to_owned(),
            secrets: texts(own),
            ..HttpRequest::default()
        };
        begun(&request, &texts(more)).url
    }

    #[test]
    fn a_url_is_told_without_what_is_secret_in_it() {
        for (address, expected) in [
            ("https://api.example/bot12:Ab/send?text=Hi#top", "https://api.example/bot***/send?text=Hi"),
            ("https://ada:pw@api.example/x", "https://***@api.example/x"),
            ("https://api.example/@home", "https://api.example/@home"),
            ("https://api.example/x?key=live%2Bkey&to=Ada", "https://api.example/x?key=***&to=Ada"),
            ("https://api.example/x?sig=a-live%2bkey-b", "https://api.example/x?sig=***"),
            ("https://api.example/x?live%2Bkey", "https://api.example/x?***"),
            ("https://api.example/x?a=50%&b=%zz", "https://api.example/x?a=50%&b=%zz"),
        ] {
            assert_eq!(shown(address, &["12:Ab", ""], &["live+key", "to"]), expected);
        }
    }

    #[test]
    fn a_url_without_end_is_cut_between_characters() {
        let long = shown(&format!("https://api.example/{}", "ü".repeat(SHOWN)), &[], &[]);
        assert!(long.len() <= SHOWN + 3 && long.ends_with("ü..."), "{}", long.len());
    }

    #[test]
    fn an_answer_is_told_by_its_status_and_size_and_none_by_its_reason() {
        let answer = HttpResponse {
            status: 503,
            headers: Vec::new(),
            body: b"busy".to_vec(),
            truncated: true,
            replayed: false,
        };
        assert_eq!(reply(&Ok(answer)), Reply::Answer { status: 503, size: 4, cut: true });
        assert_eq!(reply(&Err(HttpError::Timeout)), Reply::Nothing("no answer in time".to_owned()));
    }
}
