use rulewright_sdk::http::form::{self, Form};
use rulewright_sdk::prelude::*;

/// Bytes of the answer, written as JSON, that the rules after this one can read: the host takes 64 KiB, and after
/// the request has left it is too late to fail.
const MAX_OUTPUT: usize = 60_000;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Settings {
    /// Method
    #[serde(default)]
    method: form::Method,
    /// Address
    /// https, at one of the hosts that were agreed to.
    #[schemars(length(min = 1), extend("x-template" = "url"))]
    url: String,
    /// Headers
    #[serde(default)]
    headers: Vec<form::Header>,
    /// Body
    #[serde(default)]
    body: form::Body,
    /// Secret
    /// Sent in a header; nobody, not even this plugin, gets to see it.
    #[serde(default)]
    secret: form::Secret,
    /// Header of the secret
    #[serde(default = "form::authorization")]
    secret_header: String,
    /// Text before the secret
    #[serde(default = "form::bearer")]
    secret_prefix: String,
    /// Time limit
    /// Seconds, 1 to 50.
    #[serde(default = "form::ten")]
    #[schemars(range(min = 1, max = 50))]
    timeout_seconds: u32,
}

impl Settings {
    fn form(&self) -> Form<'_> {
        Form {
            method: self.method,
            url: &self.url,
            headers: &self.headers,
            body: &self.body,
            secret: self.secret,
            secret_header: &self.secret_header,
            secret_prefix: &self.secret_prefix,
            timeout_seconds: self.timeout_seconds,
        }
    }
}

struct HttpRequest;

impl Rule for HttpRequest {
    type Settings = Settings;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let key = step.idempotency_key("request");
        let answer = step.settings.form().send("Idempotency-Key", key)?;
        let text = answer.text();
        let body = beginning(&text);
        let truncated = answer.truncated || body.len() < text.len();
        let output = json!({ "status": answer.status, "body": body, "truncated": truncated });
        Ok(done_with(format!("Answered with {}", answer.status), output))
    }

    fn validate(settings: &Settings) -> Vec<Issue> {
        settings.form().issues()
    }
}

/// As much of the answer as can be handed on.
fn beginning(text: &str) -> &str {
    let mut left = MAX_OUTPUT;
    let end = text.char_indices().find(|(_, c)| {
        let written = match c {
            '"' | '\\' => 2,
            c if c.is_control() => 6,
            c => c.len_utf8(),
        };
        left.checked_sub(written).is_none_or(|rest| {
            left = rest;
            false
        })
    });
    &text[..end.map_or(text.len(), |(at, _)| at)]
}

rule! {
    HttpRequest {
        id: "rulewright.http-request",
        publisher: "Rulewright",
        title: "HTTP request",
        description: "Calls another system, e.g. the courier's, and hands its answer to the rules after this one.",
        missing: "A value that is missing is inserted as nothing. A server that is down or asks to wait is tried again; \
                  where it refuses, or the secret is not filled in, the rule fails.",
        group: Employees,
        http_chosen_by_shop: true,
        secrets: form::SECRETS,
        outputs: [
            ("status", "Status of the answer, e.g. 200"),
            ("body", "Text of the answer"),
            ("truncated", "Whether the text is only the beginning"),
        ],
        limits: [("wall", form::WALL)],
        example: json!({
            "method": "POST",
            "url": "https://courier.example/v1/orders",
            "body": { "kind": "json", "text": "{\"order\": \"{{ order.number }}\"}" },
            "secret": "first",
        }),
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::Json;
    use rulewright_sdk::http::HttpError;
    use rulewright_sdk::testing::{self, Answer, Scenario};

    use super::*;

    fn courier() -> Scenario<HttpRequest> {
        testing::run().secret("first", "s3cret").settings(json!({
            "url": "https://courier.example/v1/orders",
            "body": { "kind": "json", "text": "{\"order\":\"1001\"}" },
            "secret": "first",
        }))
    }

    #[test]
    fn sends_and_hands_on_the_answer() {
        let end = courier().answer(Answer::status(201).body("accepted")).go();
        assert_eq!(end.output(), json!({ "status": 201, "body": "accepted", "truncated": false }));
        let [sent] = end.requests.as_slice() else {
            panic!("{:?}", end.requests);
        };
        assert_eq!((sent.method.as_str(), &*sent.text()), ("POST", "{\"order\":\"1001\"}"));
        assert_eq!(sent.header("Content-Type"), Some("application/json"));
        assert_eq!(sent.header("Authorization"), Some("Bearer {{secret:first}}"));
        assert_eq!(sent.timeout, Some(10_000));
    }

    #[test]
    fn a_long_answer_is_handed_on_as_far_as_it_goes() {
        for (part, fits) in [("x", 60_000), ("\"", 30_000), ("\u{1}", 10_000), ("é", 30_000)] {
            let end = courier().answer(Answer::status(200).body(&part.repeat(100_000))).go();
            assert_eq!(end.output()["body"], part.repeat(fits));
            assert_eq!(end.output()["truncated"], true);
            assert!(end.output().to_string().len() < 64 << 10);
        }
    }

    #[test]
    fn a_body_has_its_media_type_unless_another_is_given() {
        let sent = |headers: Json| {
            let body = json!({ "kind": "form", "text": "a=b" });
            let settings = json!({ "url": "https://courier.example", "body": body, "headers": headers });
            let run = testing::run::<HttpRequest>().settings(settings);
            let mut end = run.answer(Answer::status(200)).go();
            end.requests.remove(0).headers
        };
        let given = json!([{ "name": "content-type", "value": "text/csv" }]);
        let of = |headers: Vec<(String, String)>| {
            let mut found = headers.into_iter().filter(|(name, _)| name.eq_ignore_ascii_case("content-type"));
            (found.next().unwrap().1, found.count())
        };
        assert_eq!(of(sent(json!([]))), ("application/x-www-form-urlencoded".into(), 0));
        assert_eq!(of(sent(given)), ("text/csv".into(), 0));
    }

    #[test]
    fn tries_again_under_one_idempotency_key() {
        let end = courier()
            .answer(Answer::status(503))
            .answer(Answer::error(HttpError::Timeout))
            .answer(Answer::status(200))
            .go();
        assert_eq!(end.output()["status"], 200);
        let keys = end.requests.iter().map(|sent| sent.header("Idempotency-Key"));
        assert_eq!(keys.collect::<Vec<_>>(), [Some("run-1/0/request"); 3]);
    }

    #[test]
    fn waits_as_long_as_the_server_asks() {
        let end = courier()
            .answer(Answer::status(429).header("Retry-After", "90"))
            .answer(Answer::status(200))
            .go();
        assert_eq!(end.output()["status"], 200);
        assert_eq!(end.now, later(testing::START, 90 * SECOND));
    }

    #[test]
    fn a_refusal_is_final() {
        let end = courier().answer(Answer::status(404)).go();
        assert!(end.gave_up().starts_with("http-404"));
        let end = courier().deny("http.send").go();
        assert!(end.gave_up().starts_with("denied"));
    }

    #[test]
    fn a_secret_must_be_filled_in() {
        let settings = json!({ "url": "https://courier.example", "secret": "second" });
        let end = testing::run::<HttpRequest>().settings(settings).go();
        assert!(format!("{:?}", end.failure()).contains("no-secret"));
        assert_eq!(end.requests, []);
    }

    #[test]
    fn what_cannot_be_sent_is_refused() {
        let codes = |settings| {
            let issues = testing::check::<HttpRequest>(settings);
            issues.into_iter().map(|issue| issue.code).collect::<Vec<_>>()
        };
        assert_eq!(codes(json!({ "url": "ftp://x" })), ["invalid-url"]);
        assert_eq!(codes(json!({ "url": "https://x/a b" })), ["invalid-url"]);
        assert_eq!(codes(json!({ "url": "https://x/{{order.number | none}}" })), [""; 0]);
        let json = |text: &str| json!({ "url": "https://x", "body": { "kind": "json", "text": text } });
        assert_eq!(codes(json("{")), ["invalid-json"]);
        assert_eq!(codes(json("{\"a\": \"{{ order.title }}\"}")), [""; 0]);
        assert_eq!(codes(json!({ "url": "https://x", "timeout-seconds": 60 })), ["out-of-range"]);
        let headers = json!([{ "name": "A B", "value": "c\r\nd" }]);
        let settings = json!({ "url": "https://x", "headers": headers });
        assert_eq!(codes(settings), ["invalid-header", "invalid-header"]);
    }

    #[test]
    fn the_shop_names_the_hosts() {
        let permissions = &HttpRequest::manifest()["permissions"];
        assert_eq!(permissions["http-chosen-by-shop"], true);
        assert_eq!(HttpRequest::manifest()["limits"], json!({ "wall": 60_000 }));
        assert_eq!(permissions["secrets"], json!(["first", "second", "third"]));
    }

    #[test]
    fn the_example_can_be_saved() {
        let example = HttpRequest::manifest()["example"].clone();
        assert_eq!(testing::check::<HttpRequest>(example), []);
    }
}
