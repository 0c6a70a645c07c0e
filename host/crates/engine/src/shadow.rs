//! A rule in shadow: on live events it does everything, and nothing of what it asks for is done.
//!
//! **Invariant:** a run is in shadow from its beginning to its end, whatever becomes of the rule: nothing that was
//! recorded is ever made up for.

use rulewright_domain::{Outcome, Reason, Unsent};
use rulewright_ports::{Answer, Failure, HttpRequest};

use crate::{blank::blank, request};

/// What the plugin is told in place of an answer.
pub(crate) const NOT_SENT: &str = "not sent: the rule is in shadow";

/// Bytes of a body that a trace shows.
const SHOWN: usize = 8 << 10;

/// The request as a trace keeps it. `secrets` are those that the host has not put in itself, and that may be in it.
pub(crate) fn unsent(request: &HttpRequest, secrets: &[String]) -> Unsent {
    let secrets = [request.secrets.as_slice(), secrets].concat();
    let body = request.body.as_ref().map(|body| {
        let mut text = blank(&String::from_utf8_lossy(body), &secrets);
        if text.len() > SHOWN {
            text.truncate(text.floor_char_boundary(SHOWN));
            text.push_str("...");
        }
        text
    });
    Unsent { method: request.method.clone(), url: request::url(&request.url, &secrets), body }
}

/// Why a run ends whose step could not go on without an answer: it has not failed, only nobody knows what it would have
/// done.
pub(crate) fn unknown(result: &Result<Answer, Failure>, unsent: &[Unsent]) -> Option<String> {
    let Unsent { method, url, .. } = unsent.last()?;
    let given_up = matches!(result, Err(_) | Ok(Answer::Outcome(Outcome::Retry { .. })));
    given_up.then(|| Reason::Shadow { method: method.clone(), url: url.clone() }.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> HttpRequest {
        HttpRequest {
            method: "POST".to_owned(),
            url: "https://api.example/bot12:Ab/send".to_owned(),
            headers: vec![("authorization".to_owned(), "Bearer 12:Ab".to_owned())],
            body: Some("{\"key\":\"12:Ab\",\"text\":\"Grüße\"}".into()),
            timeout: 1,
            secrets: vec![String::new(), "12:Ab".to_owned()],
        }
    }

    #[test]
    fn what_was_not_sent_is_told_whole_and_without_secrets() {
        let Unsent { method, url, body } = unsent(&request(), &[]);
        assert_eq!((method.as_str(), url.as_str()), ("POST", "https://api.example/bot***/send"));
        assert_eq!(body.as_deref(), Some("{\"key\":\"***\",\"text\":\"Grüße\"}"));
        let long = HttpRequest { body: Some("ü".repeat(SHOWN).into()), ..request() };
        let body = unsent(&long, &[]).body.unwrap();
        assert!(body.len() == SHOWN + 3 && body.ends_with("ü..."), "{}", body.len());
    }

    #[test]
    fn what_was_not_sent_is_told_without_secrets_that_the_plugin_was_shown() {
        let hook = "https://hooks.example/in?sig=abcd".to_owned();
        let asked = HttpRequest {
            url: format!("{hook}&to=s3cret%2Fkey"),
            body: Some("{\"key\":\"a s3cret/key\",\"text\":\"Hi\"}".into()),
            ..request()
        };
        let Unsent { url, body, .. } = unsent(&asked, &[hook, "s3cret/key".to_owned()]);
        assert_eq!(
            (url.as_str(), body.as_deref()),
            ("***&to=***", Some("{\"key\":\"a ***\",\"text\":\"Hi\"}"))
        );
    }

    #[test]
    fn who_cannot_go_on_without_an_answer_has_not_failed() {
        let refused = || Err(Failure::new("denied", NOT_SENT, true));
        let retry = Outcome::Retry { after: None, reason: "busy".to_owned() };
        let held = [unsent(&request(), &[])];
        for result in [refused(), Ok(Answer::Outcome(retry))] {
            let reason = unknown(&result, &held).unwrap();
            assert!(reason.starts_with("shadow: not sent: POST https://api.example/bot***/send"), "{reason}");
        }
        assert_eq!(unknown(&refused(), &[]), None, "it failed for another reason");
        let done = Outcome::Done { summary: None, output: Default::default() };
        assert_eq!(unknown(&Ok(Answer::Outcome(done)), &held), None, "it went on without an answer");
    }
}
