//! What a step asks of servers, as its trace keeps it. Pure.

use rulewright_domain::{Reply, Request};
use rulewright_ports::{HttpError, HttpRequest, HttpResponse};

use crate::blank::{BLANK, blank, decoded};

/// Bytes of a URL that a trace shows.
const SHOWN: usize = 2 << 10;
/// What stands there until there is an answer, and for ever where the step was stopped before.
const UNANSWERED: &str = "the step ended before there was an answer";

/// A request that has no answer yet. `secrets` are those that the host has not put in itself, and that may be in it.
pub(crate) fn begun(request: &HttpRequest, secrets: &[String]) -> Request {
    Request {
        method: request.method.clone(),
        url: url(&request.url, &[request.secrets.as_slice(), secrets].concat()),
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

/// A URL without these secrets, nor whose name somebody would sign in with.
pub(crate) fn url(url: &str, secrets: &[String]) -> String {
    let parts = secrets.iter().flat_map(|secret| parts_of(secret));
    let shown = blank(url, &secrets.iter().cloned().chain(parts).collect::<Vec<_>>());
    let mut shown = without_user(shown.split('#').next().unwrap_or_default());
    if shown.len() > SHOWN {
        shown.truncate(shown.floor_char_boundary(SHOWN));
        shown.push_str("...");
    }
    shown
}

fn without_user(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    match authority.rsplit_once('@') {
        Some((_, host)) => format!("{scheme}://{BLANK}@{host}{path}"),
        None => url.to_owned(),
    }
}

/// Of a secret that is a URL itself, what is as secret where another is made of it: what stands after the host, and each
/// value of its query.
fn parts_of(secret: &str) -> Vec<String> {
    let Some((_, rest)) = secret.split_once("://") else { return Vec::new() };
    let after_host = rest.find(['/', '?']).and_then(|at| rest.get(at..));
    let query = rest.split_once('?').map_or("", |(_, query)| query);
    let query = query.split('#').next().unwrap_or_default();
    let values = query.split('&').filter_map(|pair| pair.split_once('=')).map(|(_, value)| decoded(value));
    after_host.map(str::to_owned).into_iter().chain(values).collect()
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
            ("https://api.example/x?sig=a-live%2bkey-b", "https://api.example/x?sig=a-***-b"),
            ("https://api.example/x?live%2Bkey", "https://api.example/x?***"),
            ("https://api.example/x?a=50%&b=%zz", "https://api.example/x?a=50%&b=%zz"),
        ] {
            assert_eq!(shown(address, &["12:Ab", ""], &["live+key", "to"]), expected);
        }
    }

    #[test]
    fn a_url_is_told_without_secrets_in_any_part_of_it_and_however_they_are_written() {
        for (secret, address, expected) in [
            ("ab/c+d", "https://api.example/ab%2Fc%2Bd/x", "https://api.example/***/x"),
            ("ab/c+d", "https://api.example/x?ab%2Fc%2bd=1", "https://api.example/x?***=1"),
            ("a=1&b=2", "https://api.example/x?a=1&b=2", "https://api.example/x?***"),
        ] {
            assert_eq!(shown(address, &[], &[secret]), expected);
        }
    }

    #[test]
    fn a_secret_that_is_a_url_is_told_in_no_other() {
        let hook = "https://Hooks.example/in?sig=a%2Bbcd&v=1";
        for (address, expected) in [
            (hook, "***"),
            ("https://Hooks.example/in?sig=a%2Bbcd&v=1&more=2", "***&more=2"),
            ("https://hooks.example/in?sig=a%2Bbcd&v=1", "https://hooks.example***"),
            ("https://hooks.example/other?v=1&sig=a%2bbcd", "https://hooks.example/other?v=1&sig=***"),
        ] {
            assert_eq!(shown(address, &[], &[hook]), expected);
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
