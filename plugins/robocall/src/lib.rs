use rulewright_sdk::messages::Message;
use rulewright_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Settings {
    /// Origination number
    /// One of the connected numbers.
    // May be empty here, so that `validate` says what is missing then.
    #[schemars(extend("x-widget" = "calling-line"))]
    number: String,
    /// Call using
    using: Using,
    /// Wait for the result
    /// Minutes until the rule goes on without one.
    #[serde(default = "one_hour")]
    #[schemars(range(min = 1, max = 1440))]
    wait_minutes: u32,
}

#[derive(Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
enum Using {
    /// Text
    Text {
        /// Text
        /// What the voice says.
        #[schemars(length(min = 1), extend("x-template" = true, "x-widget" = "textarea"))]
        text: String,
        /// Language
        #[serde(default = "english")]
        #[schemars(extend("x-widget" = "language"))]
        language: String,
        /// Voice
        /// Empty means the provider's own.
        #[serde(default)]
        #[schemars(extend("x-widget" = "voice"))]
        voice: String,
        /// Speech speed
        #[serde(default)]
        speed: Level,
        /// Volume
        #[serde(default)]
        volume: Level,
    },
    /// Audio file
    Audio {
        /// Public link
        /// To an .mp3 file.
        #[schemars(extend("format" = "uri"))]
        link: String,
    },
}

#[derive(Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Level {
    /// Very low
    VeryLow,
    /// Low
    Low,
    /// Normal
    #[default]
    Normal,
    /// High
    High,
    /// Very high
    VeryHigh,
}

impl Level {
    fn name(self) -> &'static str {
        match self {
            Level::VeryLow => "very-low",
            Level::Low => "low",
            Level::Normal => "normal",
            Level::High => "high",
            Level::VeryHigh => "very-high",
        }
    }
}

/// The provider refused the call, or could not be reached any longer.
const NOT_PLACED: &str = "message.failed";

fn one_hour() -> u32 {
    60
}

fn english() -> String {
    "en-GB".into()
}

struct Robocall;

impl Rule for Robocall {
    type Settings = Settings;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        match &step.cause {
            Cause::Event(call) => Ok(outcome(&result_of(call), &step.settings)),
            Cause::TimedOut | Cause::Timer => Ok(outcome("no-report", &step.settings)),
            Cause::Started(_) => call(step),
        }
    }

    fn validate(settings: &Settings) -> Vec<Issue> {
        let mut issues = Vec::new();
        let mut issue = |path: &str, code: &str, message: &str| {
            issues.push(Issue::new(path, code, message));
        };
        if settings.number.trim().is_empty() {
            issue("/number", "telephony-not-connected", "Select the number to call from.");
        }
        match &settings.using {
            Using::Text { text, .. } if text.trim().is_empty() => {
                issue("/using/text", "empty-text", "Write what is to be said.");
            }
            Using::Audio { link } if !is_mp3(link) => {
                let message = "A public link, http or https, to an .mp3 file.";
                issue("/using/link", "not-an-mp3-link", message);
            }
            _ => {}
        }
        issues
    }
}

fn call(step: &Step<Robocall>) -> Result<Outcome> {
    let settings = &step.settings;
    if let Some(issue) = Robocall::validate(settings).first() {
        return Err(Error::settings(format!("{}: {}", issue.code, issue.message)));
    }
    let key = step.idempotency_key("call");
    let (text, params) = spoken(&settings.using);
    let message = Message {
        about: Some(step.order.id.clone()),
        sender: Some(settings.number.clone()),
        params,
        correlation: Some(key.clone()),
        ..Message::new("call", step.order.client(), text)
    };
    if let Err(skip) = message.queue_or_skip()? {
        return Ok(skip);
    }
    let filter = EventFilter { correlation: Some(key), ..EventFilter::new(["call.finished", NOT_PLACED]) };
    let until = later(step.now(), u64::from(settings.wait_minutes) * MINUTE);
    step.wait_for(filter, until, ())
}

/// What is said, and how; or what is played.
fn spoken(using: &Using) -> (String, Vec<Attr>) {
    match using {
        Using::Text { text, language, voice, speed, volume } => {
            let mut params = vec![
                attr("language", &**language),
                attr("speed", speed.name()),
                attr("volume", volume.name()),
            ];
            params.extend(filled(voice).map(|voice| attr("voice", voice)));
            (without_tags(text), params)
        }
        Using::Audio { link } => (String::new(), vec![attr("audio-url", link.trim())]),
    }
}

fn result_of(call: &Event) -> String {
    if call.kind == NOT_PLACED {
        return "not-placed".into();
    }
    match (call.attr("result"), call.attr("answered")) {
        (Some(result), _) => result.to_string(),
        (None, Some(Value::Boolean(true))) => "answered".into(),
        (None, _) => "not-answered".into(),
    }
}

fn outcome(result: &str, settings: &Settings) -> Outcome {
    let said = match &settings.using {
        Using::Text { text, .. } => without_tags(text),
        Using::Audio { link } => link.clone(),
    };
    let output = json!({ "result": result, "answered": result == "answered", "text": said });
    done_with(format!("Call: {result}"), output)
}

/// Text from a rich editor, as it can be read aloud. A lone `<` stays.
fn without_tags(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        let (before, tag) = rest.split_at(start);
        plain.push_str(before);
        let opens = tag[1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!');
        match tag.find('>') {
            Some(end) if opens => rest = &tag[end + 1..],
            _ => {
                plain.push('<');
                rest = &tag[1..];
            }
        }
    }
    plain.push_str(rest);
    plain
}

fn is_mp3(link: &str) -> bool {
    let lower = link.trim().to_ascii_lowercase();
    let rest = lower.strip_prefix("https://").or(lower.strip_prefix("http://"));
    rest.and_then(|rest| rest.split_once('/')).is_some_and(|(host, path)| {
        let path = path.split(['?', '#']).next().unwrap_or_default();
        !host.is_empty() && path.ends_with(".mp3")
    })
}

rule! {
    Robocall {
        id: "rulewright.robocall",
        publisher: "Rulewright",
        title: "Robocall",
        description: "Calls the order's client and says a text or plays an audio file.",
        missing: "Where neither a contact nor the company has a valid phone number, the rule is skipped. Where nothing is \
                  left of the text, it fails without a call. Without a report in time it goes on with the result \
                  no-report.",
        group: ClientCommunications,
        channels: ["call"],
        outputs: [
            ("result", "answered, not-answered, not-placed or no-report, or what the provider calls it"),
            ("answered", "Whether somebody answered"),
            ("text", "What was said"),
        ],
        example: json!({
            "number": "+442079460000",
            "using": { "kind": "text", "text": "Your order {{ order.number }} is ready to be picked up." },
        }),
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::testing::{self, Effect, Scenario};

    use super::*;

    fn call(text: &str) -> Scenario<Robocall> {
        testing::run().settings(json!({
            "number": "+442079460000", "using": { "kind": "text", "text": text, "speed": "low" },
        }))
    }

    fn hang_up() -> Event {
        testing::event("call.finished").with_correlation(&testing::idempotency_key(0, "call"))
    }

    #[test]
    fn says_the_text_and_tells_the_result() {
        let other = testing::event("call.finished").with_correlation("another call");
        let end = call("Order <b>1001</b> is ready, 1 < 2")
            .event_after(MINUTE, other)
            .event_after(2 * MINUTE, hang_up().with_attr("answered", true))
            .go();
        let text = "Order 1001 is ready, 1 < 2";
        assert_eq!(end.output(), json!({ "result": "answered", "answered": true, "text": text }));
        assert_eq!(end.now, later(testing::START, 2 * MINUTE));
        let [Effect::Queue { message, address }] = end.effects.as_slice() else {
            panic!("{:?}", end.effects);
        };
        assert_eq!(address, "+442079460001");
        assert_eq!(message.text, text);
        assert_eq!(message.sender.as_deref(), Some("+442079460000"));
        assert!(message.params.contains(&attr("speed", "low")));
        assert!(message.params.contains(&attr("language", "en-GB")));
    }

    #[test]
    fn goes_on_without_a_report() {
        let end = call("Hello").go();
        assert_eq!(end.output()["result"], "no-report");
        assert_eq!(end.now, later(testing::START, HOUR));
    }

    #[test]
    fn a_call_that_the_provider_refuses_is_not_waited_for() {
        let key = testing::idempotency_key(0, "call");
        let failed = testing::event("message.failed").with_correlation(&key);
        let end = call("Hello").event_after(MINUTE, failed).go();
        let expected = json!({ "result": "not-placed", "answered": false, "text": "Hello" });
        assert_eq!((end.output(), end.now), (expected, later(testing::START, MINUTE)));
    }

    #[test]
    fn of_several_numbers_in_one_field_the_first_that_is_one_is_called() {
        let listed =
            testing::client("client-1").with_phone("work", "reception, 020 7946 0002; 020 7946 0003");
        let end = call("Hello").client(listed).go();
        let [Effect::Queue { address, .. }] = end.effects.as_slice() else {
            panic!("{:?}", end.effects);
        };
        assert_eq!(address, "02079460002");
    }

    #[test]
    fn nobody_answered() {
        let end = call("Hello").event_after(1, hang_up().with_attr("answered", false)).go();
        assert_eq!(end.output()["answered"], false);
        let end = call("Hello").event_after(1, hang_up().with_attr("result", "busy")).go();
        assert_eq!(end.output()["result"], "busy");
    }

    #[test]
    fn the_company_is_called_where_the_contact_has_no_number() {
        let mut order = testing::order();
        order.company = Some("company-1".into());
        let end = call("Hello")
            .order(order)
            .client(testing::client("client-1"))
            .client(testing::client("company-1").with_phone("work", "+44 20 7946 0002"))
            .go();
        let [Effect::Queue { address, .. }] = end.effects.as_slice() else {
            panic!("{:?}", end.effects);
        };
        assert_eq!(address, "+442079460002");
    }

    #[test]
    fn nobody_to_call_is_skipped() {
        let end = call("Hello").client(testing::client("client-1")).go();
        assert!(end.skipped().starts_with("no-phone"));
        assert_eq!(end.effects, []);
    }

    #[test]
    fn plays_an_audio_file() {
        let link = "https://example.com/hello.mp3";
        let settings = json!({ "number": "1", "using": { "kind": "audio", "link": link } });
        let end = testing::run::<Robocall>().settings(settings).go();
        let [Effect::Queue { message, .. }] = end.effects.as_slice() else {
            panic!("{:?}", end.effects);
        };
        assert_eq!(message.params, [attr("audio-url", link)]);
    }

    #[test]
    fn what_cannot_be_called_is_refused() {
        let codes = |settings| {
            let issues = testing::check::<Robocall>(settings);
            issues.into_iter().map(|issue| issue.code).collect::<Vec<_>>()
        };
        let audio = |link| json!({ "number": "1", "using": { "kind": "audio", "link": link } });
        for link in ["ftp://x", "https://example.com/a.wav", "https:///a.mp3", "a.mp3"] {
            assert_eq!(codes(audio(link)), ["not-an-mp3-link"], "{link}");
        }
        assert_eq!(codes(audio("HTTP://example.com/dir/a.MP3?x=1")), [""; 0]);
        let settings = json!({ "number": "", "using": { "kind": "text", "text": " " } });
        assert_eq!(codes(settings), ["telephony-not-connected", "empty-text"]);
    }

    #[test]
    fn the_host_finds_the_text_to_render() {
        let manifest = Robocall::manifest();
        let choices = &manifest["settings"]["properties"]["using"]["oneOf"];
        assert_eq!(choices[0]["properties"]["kind"]["const"], "text");
        assert_eq!(choices[0]["properties"]["text"]["x-template"], true);
        assert_eq!(choices[1]["title"], "Audio file");
    }

    #[test]
    fn the_example_can_be_saved() {
        let example = Robocall::manifest()["example"].clone();
        assert_eq!(testing::check::<Robocall>(example), []);
    }
}
