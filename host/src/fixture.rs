//! A fixture: what a plugin is tried on, and what must come of it. One file in `tests/fixtures` of a plugin.
//!
//! Its parts are bodies of the REST API, so that there is one way to write an order or a client, and one place that says
//! what is wrong with it.

mod expected;
mod outside;
mod played;
mod player;
#[cfg(test)]
mod plays;
mod recorded;
mod recorder;
mod sample;
mod story;
mod trial;
mod usage;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rulewright_domain::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use expected::{compared, difference, with_expectation};
pub use outside::NoMail;
pub use played::Played;
pub use played::{effect_told, pruned};
pub use player::Player;
pub use recorded::fixture_of;
pub use sample::sample;
pub use trial::Bench;
pub use usage::{Used, most, table};

use crate::error::{CliError, Result};

/// Where a plugin keeps them.
pub const FOLDER: &str = "tests/fixtures";
/// A Monday morning.
const NOW: &str = "2026-01-05T09:00:00Z";
/// The longest story that is read: no order has so many days.
const MOMENTS: usize = 1_000;

/// What a plugin is tried on, and what must come of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Fixture {
    /// For editors
    #[serde(rename = "$schema", skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// What it shows, in a sentence
    pub about: String,
    /// Id of the plugin, where a folder builds several
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plugin: Option<String>,
    /// When the story begins (RFC 3339); a Monday morning if left out
    #[serde(skip_serializing_if = "Option::is_none")]
    pub now: Option<String>,
    /// What is not usual about the shop: body of PATCH /v1/shop
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub shop: Map<String, Value>,
    /// Of the plugin, with placeholders as staff write them; the example of its manifest if left out
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settings: Option<Value>,
    /// What else is said where the plugin stands: of a rule or trigger `when`, `condition`, `allow_previous`, ... as in the
    /// automation of a pipeline; of a provider `lines`, `open_channel`, ... as in PUT /v1/providers/{id}
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub part: Map<String, Value>,
    /// Host functions that it asks for and is not granted, e.g. `clients-read.get`
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub without: Vec<String>,
    /// Hosts that the shop lets it send to, where the shop chooses them
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    /// By name
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub secrets: BTreeMap<String, String>,
    /// What the plugin has stored before, by key
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub storage: BTreeMap<String, String>,
    /// Bodies of POST /v1/employees; they are `emp_1`, `emp_2`, ...; one if left out
    #[serde(skip_serializing_if = "Option::is_none")]
    pub employees: Option<Vec<Value>>,
    /// Bodies of POST /v1/clients; they are `cli_1`, `cli_2`, ...; one if left out
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clients: Option<Vec<Value>>,
    /// By name
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub lists: BTreeMap<String, List>,
    /// Further requests before the story, e.g. of templates
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub setup: Vec<Call>,
    /// Body of POST /v1/orders without `pipeline`; it is `ord_1`. With all clients as contacts where it names none
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<Map<String, Value>>,
    /// What happened to the order before it enters the stage of a rule
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<Moment>,
    /// Stages of the pipeline, all of them open; new, paid, packing, shipped, done (won) and lost if left out. The order
    /// is created in the first
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<String>,
    /// The stage that the plugin stands on; if left out, a rule stands on paid and a trigger on packing
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// What is answered to its requests. Each answer is given once, to the first request that fits it
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub http: Vec<HttpAnswer>,
    /// What becomes of messages, in their order; the others arrive, and calls are answered
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub deliveries: Vec<DeliveryEnd>,
    /// What happens, one after the other. Of a rule it begins by itself with the order's entry into its stage. After the
    /// last the clock jumps from wait to wait, until nothing waits for a time any more
    pub story: Vec<Moment>,
    /// What must come of it; `rulewright plugin test --update` writes it
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expect: Option<Value>,
}

/// A table of the shop's own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct List {
    /// Body of PUT /v1/lists/{name}; if left out, the fields are those of the items
    #[serde(skip_serializing_if = "Option::is_none")]
    pub list: Option<Value>,
    /// Fields of each item; they are `item_1`, `item_2`, ...
    pub items: Vec<Map<String, Value>>,
}

/// A request to the REST API.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// e.g. PUT
    pub method: String,
    /// e.g. /v1/orders/ord_1/pay
    pub path: String,
    /// JSON
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub body: Value,
}

/// What a server answers to the plugin.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct HttpAnswer {
    /// Any if left out
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The whole address, or its beginning with a `*` at the end
    pub url: String,
    /// 200 if left out
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// Body as JSON
    #[serde(skip_serializing_if = "Value::is_null")]
    pub json: Value,
    /// Body as text
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// There is no answer: `timeout`, or why there is no connection
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Given to every request that fits
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub always: bool,
}

/// What becomes of a message that the plugin sends.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DeliveryEnd {
    /// The provider refuses it for good, and says why
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// The provider cannot be reached this time, and why; it is tried again
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unavailable: Option<String>,
    /// Attributes of the event that is reported, e.g. `{"answered": false}` of a call
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub attrs: Map<String, Value>,
}

/// Something that happens: at most one of the parts below `at`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Moment {
    /// How much later than the moment before, e.g. `2 days` or `1h 30m`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// When (RFC 3339)
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// Body of POST /v1/events. It is about the order where it names neither order, client, phone nor mail. The
    /// `correlation` `last-message` is that of the message that was sent last
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<Map<String, Value>>,
    /// Stage to which the order is moved
    #[serde(rename = "move", skip_serializing_if = "Option::is_none")]
    pub to_stage: Option<String>,
    /// Body of PATCH /v1/orders/ord_1
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<Value>,
    /// Body of POST /v1/orders/ord_1/payments; it is paid if nothing else is said
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pay: Option<Map<String, Value>>,
    /// Body of POST /v1/providers/main/trials: a message that the provider carries
    #[serde(skip_serializing_if = "Option::is_none")]
    pub send: Option<Value>,
    /// The gateway calls the provider
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receive: Option<Report>,
    /// Any other request to the REST API
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call: Option<Call>,
}

/// What a gateway sends to a provider's inbound address.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Report {
    /// POST if left out
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// What stands behind the `?` of the address
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// Body as JSON
    #[serde(skip_serializing_if = "Value::is_null")]
    pub json: Value,
    /// Body as a form
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub form: BTreeMap<String, String>,
    /// Body as text
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

impl Fixture {
    pub fn parse(text: &str, name: &str) -> Result<Fixture> {
        let fixture: Fixture = serde_json::from_str(text).map_err(|error| {
            CliError::refused("fixture", format!("{name} is no fixture: {error}"))
                .hint("`rulewright plugin test --schema` prints what a fixture can hold, for editors too")
        })?;
        let wrong = |at: &str, what: String| Err(at_fault(name, at, what));
        if let Err(error) = Timestamp::parse(fixture.now.as_deref().unwrap_or(NOW)) {
            return wrong("now", error);
        }
        if fixture.story.len() > MOMENTS {
            return wrong("story", format!("it has {} moments, and may have {MOMENTS}", fixture.story.len()));
        }
        let named = |name: &'static str, all: &[Moment]| {
            let numbered = all.iter().enumerate();
            numbered.map(|(place, moment)| (format!("{name}[{place}]"), moment.clone())).collect::<Vec<_>>()
        };
        let moments = named("before", &fixture.before).into_iter().chain(named("story", &fixture.story));
        for (at, moment) in moments {
            if moment.parts() > 1 {
                return wrong(&at, "several things cannot happen in one moment".to_owned());
            }
            if moment.after.is_some() && moment.at.is_some() {
                return wrong(&at, "it says both `after` and `at`".to_owned());
            }
            if let Some(Err(error)) = moment.after.as_deref().map(duration) {
                return wrong(&format!("{at}.after"), error);
            }
            if let Some(Err(error)) = moment.at.as_deref().map(Timestamp::parse) {
                return wrong(&format!("{at}.at"), error);
            }
        }
        Ok(fixture)
    }

    pub fn begins(&self) -> Timestamp {
        Timestamp::parse(self.now.as_deref().unwrap_or(NOW)).unwrap_or_default()
    }
}

impl Moment {
    fn parts(&self) -> usize {
        let Moment { after: _, at: _, event, to_stage, change, pay, send, receive, call } = self;
        let given = [
            event.is_some(),
            to_stage.is_some(),
            change.is_some(),
            pay.is_some(),
            send.is_some(),
            receive.is_some(),
            call.is_some(),
        ];
        given.into_iter().filter(|given| *given).count()
    }
}

fn at_fault(name: &str, at: &str, what: String) -> CliError {
    CliError::refused("fixture", format!("{name}: {at}: {what}"))
        .hint("mend the fixture; `rulewright plugin test --schema` prints what it can hold")
}

/// Milliseconds of e.g. `2 days` or `1h 30m`. A day has 24 hours.
fn duration(text: &str) -> std::result::Result<i64, String> {
    let span = text.parse::<jiff::Span>().ok();
    let length = span.and_then(|span| span.to_duration(jiff::SpanRelativeTo::days_are_24_hours()).ok());
    let length = length.and_then(|length| i64::try_from(length.as_millis()).ok());
    length
        .filter(|length| *length >= 0)
        .ok_or_else(|| format!("`{text}` is no length of time such as `90 seconds`, `2 days` or `1h 30m`"))
}

/// The fixtures of a folder in the order of their names, or the one that a file is.
pub fn files(path: &Path) -> Result<Vec<PathBuf>> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = std::fs::read_dir(path).map_err(|error| CliError::no_file(path, &error))?;
    let mut found: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    found.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
    found.sort();
    Ok(found)
}

/// The JSON Schema of fixtures.
pub fn schema() -> Value {
    let schema = schemars::schema_for!(Fixture);
    serde_json::to_value(schema).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_fixture_is_told_with_its_place() {
        let told = |text: &str| Fixture::parse(text, "a.json").unwrap_err().message;
        assert!(told("{\n  \"stroy\": []\n}").contains("line 2"), "{}", told("{\n  \"stroy\": []\n}"));
        for (text, place) in [
            (r#"{"now": "today"}"#, "now"),
            (r#"{"story": [{"after": "2 dyas"}]}"#, "story[0].after"),
            (r#"{"story": [{"after": "-1h"}]}"#, "story[0].after"),
            (r#"{"story": [{}, {"move": "paid", "pay": {}}]}"#, "story[1]"),
            (r#"{"story": [{"after": "1h", "at": "2026-01-05T09:00:00Z"}]}"#, "story[0]"),
        ] {
            assert!(told(text).contains(&format!("a.json: {place}: ")), "{text}: {}", told(text));
        }
    }

    #[test]
    fn lengths_of_time_are_written_as_people_do() {
        for (text, milliseconds) in
            [("90 s", 90_000), ("2 days", 172_800_000), ("1h 30m", 5_400_000), ("1w", 604_800_000)]
        {
            assert_eq!(duration(text), Ok(milliseconds), "{text}");
        }
        assert!(duration("1 month").is_err(), "months differ");
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "blessing is asked for on the command line")]
    fn the_schema_that_editors_use_is_the_one_that_is_committed() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/fixture.schema.json");
        let now = format!("{:#}\n", schema());
        if std::env::var_os("RULEWRIGHT_BLESS").is_some() {
            std::fs::write(path, &now).unwrap();
        }
        assert_eq!(std::fs::read_to_string(path).unwrap(), now, "write it anew with RULEWRIGHT_BLESS=1");
    }
}
