use rulewright_sdk::Json;
use rulewright_sdk::http::Request;
use rulewright_sdk::prelude::*;

/// Bytes of the answer, written as JSON, that the rules after this one can read: the host takes 64 KiB, and after
/// the request has left it is too late to fail.
const MAX_OUTPUT: usize = 60_000;

/// Milliseconds of a step that waits for the longest time limit, and hands on the answer.
const WALL: u64 = 60_000;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Settings {
    /// Method
    #[serde(default)]
    method: Method,
    /// Address
    /// https, at one of the hosts that were agreed to.
    #[schemars(length(min = 1), extend("x-template" = "url"))]
    url: String,
    /// Headers
    #[serde(default)]
    headers: Vec<Header>,
    /// Body
    #[serde(default)]
    body: Body,
    /// Secret
    /// Sent in a header; nobody, not even this plugin, gets to see it.
    #[serde(default)]
    secret: Secret,
    /// Header of the secret
    #[serde(default = "authorization")]
    secret_header: String,
    /// Text before the secret
    #[serde(default = "bearer")]
    secret_prefix: String,
    /// Time limit
    /// Seconds, 1 to 50.
    #[serde(default = "ten")]
    #[schemars(range(min = 1, max = 50))]
    timeout_seconds: u32,
}

#[derive(Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
enum Method {
    Get,
    #[default]
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    fn name(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
        }
    }
}

/// Inserted values are written as the kind of body needs it: whatever they hold, each stays one value.
#[derive(Default, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
enum Body {
    /// None
    #[default]
    None,
    /// JSON
    Json {
        /// Text
        /// Put inserted texts between quotes: {"name": "{{ client.name }}"}.
        #[schemars(extend("x-template" = "json", "x-widget" = "textarea"))]
        text: String,
    },
    /// Form
    Form {
        /// Text
        /// E.g. order={{ order.number }}&name={{ client.name }}.
        #[schemars(extend("x-template" = "url", "x-widget" = "textarea"))]
        text: String,
    },
    /// Text
    Text {
        /// Text
        #[schemars(extend("x-template" = true, "x-widget" = "textarea"))]
        text: String,
    },
}

impl Body {
    /// The text, and its media type.
    fn sent(&self) -> Option<(&str, &'static str)> {
        match self {
            Body::None => None,
            Body::Json { text } => Some((text, "application/json")),
            Body::Form { text } => Some((text, "application/x-www-form-urlencoded")),
            Body::Text { text } => Some((text, "text/plain; charset=utf-8")),
        }
    }
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Header {
    /// Name
    name: String,
    /// Value
    #[schemars(extend("x-template" = true))]
    value: String,
}

#[derive(Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Secret {
    /// None
    #[default]
    None,
    /// First
    First,
    /// Second
    Second,
    /// Third
    Third,
}

impl Secret {
    fn name(self) -> Option<&'static str> {
        match self {
            Secret::None => None,
            Secret::First => Some("first"),
            Secret::Second => Some("second"),
            Secret::Third => Some("third"),
        }
    }
}

fn authorization() -> String {
    "Authorization".into()
}

fn bearer() -> String {
    "Bearer ".into()
}

fn ten() -> u32 {
    10
}

struct HttpRequest;

impl Rule for HttpRequest {
    type Settings = Settings;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let settings = &step.settings;
        if let Some(issue) = wrong(settings).first() {
            return Err(Error::give_up(format!("{}: {}", issue.code, issue.message)));
        }
        let secret = settings.secret.name().map(open).transpose()?;
        let mut request = Request::new(settings.method.name(), settings.url.trim())
            .timeout(u64::from(settings.timeout_seconds) * SECOND)
            .header("Idempotency-Key", step.idempotency_key("request"));
        for Header { name, value } in &settings.headers {
            request = request.header(name.trim(), value);
        }
        if let Some(secret) = &secret {
            let header = settings.secret_header.trim();
            request = request.secret_header(header, &settings.secret_prefix, secret);
        }
        if let Some((text, media_type)) = settings.body.sent() {
            if !settings.headers.iter().any(|header| header.name.trim().eq_ignore_ascii_case("content-type"))
            {
                request = request.header("Content-Type", media_type);
            }
            request = request.body(text);
        }
        let answer = request.send()?.success()?;
        let text = answer.text();
        let body = beginning(&text);
        let truncated = answer.truncated || body.len() < text.len();
        let output = json!({ "status": answer.status, "body": body, "truncated": truncated });
        Ok(done_with(format!("Answered with {}", answer.status), output))
    }

    fn validate(settings: &Settings) -> Vec<Issue> {
        wrong(settings)
    }
}

fn open(name: &str) -> Result<secrets::Secret> {
    secrets::open(name).map_err(|error| match error.code() {
        "no-secret" => Error::settings(error.explain()),
        _ => error.into(),
    })
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

/// Before and after the values were inserted.
fn wrong(settings: &Settings) -> Vec<Issue> {
    let mut issues = Vec::new();
    let mut issue = |path: String, code: &str, message: &str| {
        issues.push(Issue::new(path, code, message));
    };
    let url = settings.url.trim();
    let known = ["https://", "http://", "{{"].iter().any(|start| url.starts_with(start));
    let spaced = !url.contains("{{") && url.contains(char::is_whitespace);
    if !known || spaced {
        let message = "An address begins with https:// and has no spaces.";
        issue("/url".into(), "invalid-url", message);
    }
    if !(1..=50).contains(&settings.timeout_seconds) {
        issue("/timeout-seconds".into(), "out-of-range", "1 to 50 seconds.");
    }
    if let Body::Json { text } = &settings.body
        && !text.contains("{{")
        && text.parse::<Json>().is_err()
    {
        issue("/body/text".into(), "invalid-json", "That is no JSON; texts stand between quotes.");
    }
    for (index, Header { name, value }) in settings.headers.iter().enumerate() {
        if !is_header_name(name.trim()) {
            issue(format!("/headers/{index}/name"), "invalid-header", "That is no header name.");
        }
        if value.contains(['\r', '\n', '\0']) {
            issue(format!("/headers/{index}/value"), "invalid-header", "A header is one line.");
        }
    }
    if settings.secret.name().is_some() && !is_header_name(settings.secret_header.trim()) {
        issue("/secret-header".into(), "invalid-header", "That is no header name.");
    }
    issues
}

fn is_header_name(name: &str) -> bool {
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    !name.is_empty() && name.chars().all(token)
}

rule! {
    HttpRequest {
        id: "rulewright.http-request",
        publisher: "Rulewright",
        title: "HTTP request",
        description: "Calls another system, e.g. the courier's, and hands its answer to the rules after this one.",
        group: Employees,
        http_chosen_by_shop: true,
        secrets: ["first", "second", "third"],
        outputs: [
            ("status", "Status of the answer, e.g. 200"),
            ("body", "Text of the answer"),
            ("truncated", "Whether the text is only the beginning"),
        ],
        limits: [("wall", WALL)],
    }
}

#[cfg(test)]
mod tests {
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
}
