use rulewright_sdk::http::Request;
use rulewright_sdk::prelude::*;

/// Characters of the answer that the rules after this one can read.
const MAX_OUTPUT: usize = 16_384;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Settings {
    /// Method
    #[serde(default)]
    method: Method,
    /// Address
    /// https, at one of the hosts that were agreed to.
    #[schemars(length(min = 1), extend("x-template" = true))]
    url: String,
    /// Headers
    #[serde(default)]
    headers: Vec<Header>,
    /// Body
    #[serde(default)]
    #[schemars(extend("x-template" = true, "x-widget" = "textarea"))]
    body: String,
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
    /// Seconds, 1 to 60.
    #[serde(default = "ten")]
    #[schemars(range(min = 1, max = 60))]
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
        if !settings.body.is_empty() {
            request = request.body(settings.body.as_str());
        }
        let answer = request.send()?.success()?;
        let body: String = answer.text().chars().take(MAX_OUTPUT).collect();
        let output = json!({ "status": answer.status, "body": body });
        Ok(done_with(format!("Answered with {}", answer.status), output))
    }

    fn validate(settings: &Settings) -> Vec<Issue> {
        wrong(settings)
    }
}

fn open(name: &str) -> Result<secrets::Secret> {
    secrets::open(name).map_err(|error| match error {
        HostError::NotFound => Error::settings(format!("no-secret: fill in the secret {name}")),
        error => error.into(),
    })
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
        outputs: [("status", "Status of the answer, e.g. 200"), ("body", "Text of the answer")],
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
            "headers": [{ "name": "Content-Type", "value": "application/json" }],
            "body": "{\"order\":\"1001\"}",
            "secret": "first",
        }))
    }

    #[test]
    fn sends_and_hands_on_the_answer() {
        let end = courier().answer(Answer::status(201).body("accepted")).go();
        assert_eq!(end.output(), json!({ "status": 201, "body": "accepted" }));
        let [sent] = end.requests.as_slice() else {
            panic!("{:?}", end.requests);
        };
        assert_eq!((sent.method.as_str(), &*sent.text()), ("POST", "{\"order\":\"1001\"}"));
        assert_eq!(sent.header("Content-Type"), Some("application/json"));
        assert_eq!(sent.header("Authorization"), Some("Bearer {{secret:first}}"));
        assert_eq!(sent.timeout, Some(10_000));
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
        let headers = json!([{ "name": "A B", "value": "c\r\nd" }]);
        let settings = json!({ "url": "https://x", "headers": headers });
        assert_eq!(codes(settings), ["invalid-header", "invalid-header"]);
    }

    #[test]
    fn the_shop_names_the_hosts() {
        let permissions = &HttpRequest::manifest()["permissions"];
        assert_eq!(permissions["http-chosen-by-shop"], true);
        assert_eq!(permissions["secrets"], json!(["first", "second", "third"]));
    }
}
