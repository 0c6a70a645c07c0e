use rulewright_sdk::Json;
use rulewright_sdk::http::form::{self, Form};
use rulewright_sdk::prelude::*;

/// Characters of what a service says: it becomes a line on a shipment, and after the request has left it is too late
/// to fail.
const LONGEST: usize = 200;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Settings {
    /// Address of the service
    /// https, at one of the hosts that were agreed to.
    #[schemars(length(min = 1), extend("x-template" = "url"))]
    url: String,
    /// Method
    #[serde(default)]
    method: form::Method,
    /// Body
    /// What the service needs to know of the order.
    #[serde(default)]
    body: form::Body,
    /// Headers
    #[serde(default)]
    headers: Vec<form::Header>,
    /// Token
    /// One of the secrets; nobody, not even this plugin, gets to see it.
    #[serde(default)]
    secret: form::Secret,
    /// Header of the token
    #[serde(default = "form::authorization")]
    secret_header: String,
    /// Text before the token
    #[serde(default = "form::bearer")]
    secret_prefix: String,
    /// Header of the idempotency key
    /// The key stays the same however often the request is tried, so that the service comes only once.
    #[serde(default = "idempotency_key")]
    #[schemars(length(min = 1))]
    idempotency_header: String,
    /// Time limit
    /// Seconds, 1 to 50.
    #[serde(default = "form::ten")]
    #[schemars(range(min = 1, max = 50))]
    timeout_seconds: u32,
    /// Tracking number
    /// Where it is in the answer, as a JSON pointer such as /shipments/0/tracking. Empty means that it is not read.
    #[serde(default)]
    tracking_number: String,
    /// Delivery status
    /// Where it is in the answer, as a JSON pointer such as /state. Empty means that it is not read.
    #[serde(default)]
    delivery_status: String,
    /// Shipments
    /// Which of the order's shipments get the tracking number and the status.
    #[serde(default)]
    shipments: Shipments,
}

#[derive(Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Shipments {
    /// Those not shipped yet
    #[default]
    NotShipped,
    /// All
    All,
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

fn idempotency_key() -> String {
    "Idempotency-Key".into()
}

struct DeliveryRequest;

impl Rule for DeliveryRequest {
    type Settings = Settings;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let (settings, order) = (&step.settings, &step.order);
        let key = step.idempotency_key("delivery");
        let answer = settings.form().send(settings.idempotency_header.trim(), key)?;
        let body = answer.text().parse().unwrap_or(Json::Null);
        let tracking_number = told(&body, settings.tracking_number.trim());
        let status = told(&body, settings.delivery_status.trim());
        let told = [("tracking-number", &tracking_number), ("status", &status)].into_iter();
        let fields: Vec<Attr> = told.filter_map(|(name, text)| Some(attr(name, text.clone()?))).collect();
        let mut changed = 0;
        let all = settings.shipments == Shipments::All;
        for shipment in order.shipments.iter().filter(|shipment| all || !shipment.shipped) {
            if !fields.is_empty() {
                changed += shipments::edit(&order.id, Some(&shipment.id), &fields)?;
            }
        }
        let summary = match &tracking_number {
            Some(number) => format!("Answered with {}: {number}", answer.status),
            None => format!("Answered with {}", answer.status),
        };
        let output = json!({
            "status": answer.status,
            "tracking-number": tracking_number,
            "delivery-status": status,
            "shipments": changed,
        });
        Ok(done_with(summary, output))
    }

    fn validate(settings: &Settings) -> Vec<Issue> {
        let mut issues = settings.form().issues();
        if !form::is_header_name(settings.idempotency_header.trim()) {
            issues.push(Issue::new("/idempotency-header", "invalid-header", "That is no header name."));
        }
        let pointers = [
            ("/tracking-number", &settings.tracking_number),
            ("/delivery-status", &settings.delivery_status),
        ];
        for (path, pointer) in pointers {
            if !pointer.trim().is_empty() && !pointer.trim().starts_with('/') {
                issues.push(Issue::new(
                    path,
                    "invalid-pointer",
                    "A JSON pointer begins with a slash: /state.",
                ));
            }
        }
        issues
    }
}

/// A text or number of the answer, in one line.
fn told(answer: &Json, pointer: &str) -> Option<String> {
    if pointer.is_empty() {
        return None;
    }
    let text = match answer.pointer(pointer)? {
        Json::String(text) => one_line(text).chars().take(LONGEST).collect(),
        Json::Number(number) => number.to_string(),
        _ => return None,
    };
    filled(&text)
}

rule! {
    DeliveryRequest {
        id: "rulewright.delivery-request",
        publisher: "Rulewright",
        title: "HTTP request to a delivery service",
        description: "Orders a delivery from a courier's API, and writes the tracking number and the status of its answer \
                      into the order's shipments.",
        missing: "Where the answer has no tracking number or status, or the order no such shipment, that is not written, \
                  and the outputs say what was. A service that is down or asks to wait is tried again under the same \
                  idempotency key; one that refuses fails the rule.",
        group: ClientCommunications,
        http_chosen_by_shop: true,
        secrets: form::SECRETS,
        outputs: [
            ("status", "Status of the answer, e.g. 201"),
            ("tracking-number", "Tracking number in the answer"),
            ("delivery-status", "Delivery status in the answer"),
            ("shipments", "How many shipments were changed"),
        ],
        limits: [("wall", form::WALL)],
        example: json!({
            "url": "https://api.courier.example/v1/deliveries",
            "body": { "kind": "json", "text": "{\"reference\": \"{{ order.number }}\", \"name\": \"{{ client.name }}\"}" },
            "secret": "first",
            "tracking-number": "/tracking-number",
            "delivery-status": "/state",
        }),
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::Shipment;
    use rulewright_sdk::testing::{self, Answer, Effect, Scenario};

    use super::*;

    fn parcel(id: &str, shipped: bool) -> Shipment {
        Shipment {
            id: id.into(),
            allowed: true,
            shipped,
            status: None,
            tracking_number: None,
            service: Some("courier".into()),
            attrs: Vec::new(),
        }
    }

    fn courier(settings: Json) -> Scenario<DeliveryRequest> {
        let mut all = json!({
            "url": "https://courier.example/v1/deliveries",
            "body": { "kind": "json", "text": "{\"reference\":\"1001\"}" },
            "secret": "first",
            "tracking-number": "/parcel/0/number",
            "delivery-status": "/state",
        });
        all.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
        let mut order = testing::order();
        order.shipments = vec![parcel("shp-1", true), parcel("shp-2", false)];
        testing::run().secret("first", "s3cret").order(order).settings(all)
    }

    fn booked() -> Answer {
        Answer::status(201).body(r#"{ "parcel": [{ "number": "RM 1\n" }], "state": 7 }"#)
    }

    #[test]
    fn the_answer_is_written_to_what_is_still_to_be_shipped() {
        let end = courier(json!({})).answer(booked()).go();
        assert_eq!(end.summary(), "Answered with 201: RM 1");
        let expected =
            json!({ "status": 201, "tracking-number": "RM 1", "delivery-status": "7", "shipments": 1 });
        assert_eq!(end.output(), expected);
        let fields = vec![attr("tracking-number", "RM 1"), attr("status", "7")];
        let shipment = Some("shp-2".to_owned());
        assert_eq!(end.effects, [Effect::EditShipments { order: "order-1".into(), shipment, fields }]);
        let [sent] = end.requests.as_slice() else {
            panic!("{:?}", end.requests);
        };
        assert_eq!((sent.method.as_str(), &*sent.text()), ("POST", "{\"reference\":\"1001\"}"));
        assert_eq!(sent.header("Authorization"), Some("Bearer {{secret:first}}"));
    }

    #[test]
    fn every_shipment_is_written_to_where_asked_for() {
        let end = courier(json!({ "shipments": "all" })).answer(booked()).go();
        assert_eq!((end.output()["shipments"].as_u64(), end.effects.len()), (Some(2), 2));
    }

    #[test]
    fn three_attempts_have_one_key() {
        let end = courier(json!({ "idempotency-header": "X-Request-Id" }))
            .answer(Answer::status(503))
            .answer(Answer::status(503))
            .answer(booked())
            .go();
        assert_eq!(end.output()["status"], 201);
        let keys = end.requests.iter().map(|sent| sent.header("X-Request-Id"));
        assert_eq!(keys.collect::<Vec<_>>(), [Some("run-1/0/delivery"); 3]);
        assert_eq!(end.effects.len(), 1);
    }

    #[test]
    fn a_poor_answer_is_no_failure_since_the_delivery_is_ordered() {
        for body in ["", "accepted", r#"{ "parcel": [], "state": {} }"#, r#"{ "state": " " }"#] {
            let end = courier(json!({})).answer(Answer::status(200).body(body)).go();
            let expected =
                json!({ "status": 200, "tracking-number": null, "delivery-status": null, "shipments": 0 });
            assert_eq!((end.output(), end.effects.len()), (expected, 0), "{body}");
        }
        let order = testing::order();
        let end = courier(json!({})).order(order).answer(booked()).go();
        assert_eq!((end.output()["shipments"].as_u64(), end.effects.len()), (Some(0), 0));
    }

    #[test]
    fn a_whole_novel_is_no_status() {
        let novel = json!({ "state": "word ".repeat(100_000) }).to_string();
        let end = courier(json!({})).answer(Answer::status(200).body(&novel)).go();
        assert_eq!(end.output()["delivery-status"].as_str().map(str::len), Some(LONGEST));
    }

    #[test]
    fn a_refusal_is_final() {
        let end = courier(json!({})).answer(Answer::status(422)).go();
        assert!(end.gave_up().starts_with("http-422"));
        assert_eq!(end.effects, []);
    }

    #[test]
    fn the_token_must_be_filled_in() {
        let end = courier(json!({ "secret": "second" })).go();
        assert!(format!("{:?}", end.failure()).contains("Config(\"no-secret"), "{:?}", end.failure());
        assert_eq!(end.requests, []);
    }

    #[test]
    fn what_cannot_be_sent_or_read_is_refused() {
        let paths = |settings| {
            let issues = testing::check::<DeliveryRequest>(settings);
            issues.into_iter().map(|issue| issue.path).collect::<Vec<_>>()
        };
        assert_eq!(paths(json!({ "url": "https://x" })), [""; 0]);
        let wrong = json!({
            "url": "courier", "idempotency-header": "A B", "tracking-number": "number", "delivery-status": "/a/0",
        });
        assert_eq!(paths(wrong), ["/url", "/idempotency-header", "/tracking-number"]);
    }

    #[test]
    fn the_example_can_be_saved() {
        let example = DeliveryRequest::manifest()["example"].clone();
        assert_eq!(testing::check::<DeliveryRequest>(example), []);
    }
}
