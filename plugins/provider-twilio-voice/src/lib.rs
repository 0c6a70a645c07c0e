#[path = "../../provider-twilio-sms/src/twilio.rs"]
mod twilio;

use rulewright_sdk::prelude::*;
use rulewright_sdk::provider::{
    Answer, Connection, Delivery, Incoming, Outgoing, Reception, Request, refused, taken,
};
use twilio::Told;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Settings {
    /// Account
    /// The gateway's name for it, e.g. the Account SID.
    account: String,
    /// Server
    /// Of a gateway with the same interface; the plugin must be granted its host.
    #[serde(default = "twilio::server")]
    #[schemars(extend("x-widget" = "server"))]
    server: String,
    /// Forward calls to
    /// A phone number. Empty means that nobody answers: every call that comes in is missed.
    #[serde(default)]
    forward_to: String,
    /// Greeting
    /// What callers hear where nobody answers.
    #[serde(default)]
    greeting: String,
}

/// Seconds until a call that rings is missed.
const RINGS: u32 = 25;

struct TwilioVoice;

impl Provider for TwilioVoice {
    type Settings = Settings;

    fn deliver(by: &Connection<Self>, message: &Outgoing) -> Result<Delivery> {
        let Some(line) = &message.line else {
            return Ok(Delivery::Rejected("no-line: the provider has no number to call from".into()));
        };
        let script = script(message);
        let mut form = vec![("To", message.to.as_str()), ("From", line.as_str()), ("Twiml", script.as_str())];
        let callback = by.inbound.as_ref().map(|inbound| twilio::callback(inbound, &message.id));
        form.extend(callback.as_deref().map(|callback| ("StatusCallback", callback)));
        twilio::create((&by.settings.server, &by.settings.account), "Calls", &form, &message.key)
    }

    fn receive(by: &Connection<Self>, call: &Request) -> Result<Reception> {
        let Some(told) = Told::by(call)? else {
            return Ok(refused("the signature is wrong"));
        };
        let (incoming, answer) = match (told.message(), told.get("DialCallStatus")) {
            (Some(message), _) => (ended(&told, &message), "<Response/>".to_owned()),
            (None, Some(status)) => (forwarded(&told, status), "<Response><Hangup/></Response>".to_owned()),
            (None, None) => rings(by, &told),
        };
        Ok(taken(incoming, Answer::new(200, "text/xml", answer)))
    }

    fn validate(settings: &Settings) -> Vec<Issue> {
        twilio::issues(&settings.server, &settings.account)
    }
}

/// What the gateway does when somebody answers, in its own language.
fn script(message: &Outgoing) -> String {
    if let Some(link) = message.param("audio-url") {
        return format!("<Response><Play>{}</Play></Response>", escaped(link));
    }
    let attribute = |name: &str, param: &str| match message.param(param) {
        Some(value) => format!(" {name}=\"{}\"", escaped(value)),
        None => String::new(),
    };
    let (language, voice) = (attribute("language", "language"), attribute("voice", "voice"));
    let prosody = |name: &str, param: &str, words: [&str; 4]| {
        let levels = ["very-low", "low", "high", "very-high"];
        let level = message.param(param).and_then(|value| levels.iter().position(|level| *level == value));
        level.map_or(String::new(), |level| format!(" {name}=\"{}\"", words[level]))
    };
    let speed = prosody("rate", "speed", ["x-slow", "slow", "fast", "x-fast"]);
    let volume = prosody("volume", "volume", ["x-soft", "soft", "loud", "x-loud"]);
    let text = escaped(&message.text);
    let text = match speed.is_empty() && volume.is_empty() {
        true => text,
        false => format!("<prosody{speed}{volume}>{text}</prosody>"),
    };
    format!("<Response><Say{language}{voice}>{text}</Say></Response>")
}

/// As it stands in XML, in text and in attributes.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            // Not even written as numbers are these allowed.
            c if c.is_control() && !c.is_whitespace() => {}
            c => escaped.push(c),
        }
    }
    escaped
}

/// A call of ours: whoever waits for its end hears of it, and what became of the message is known.
fn ended(told: &Told, message: &str) -> Vec<Incoming> {
    let status = told.text("CallStatus");
    let id = |what: &str| format!("{}:{what}", told.text("CallSid"));
    let (finished, report) = match status.as_str() {
        "completed" => {
            let seconds = told.get("CallDuration").and_then(|text| text.parse::<i64>().ok()).unwrap_or(0);
            let finished = Incoming::new(id("finished"), "call.finished").with_attr("answered", true);
            (finished.with_attr("seconds", seconds), Incoming::new(id("report"), "message.delivered"))
        }
        "busy" | "no-answer" | "failed" | "canceled" => {
            let finished = Incoming::new(id("finished"), "call.finished").with_attr("answered", false);
            let report = Incoming::new(id("report"), "message.undelivered").with_attr("reason", &*status);
            (finished.with_attr("result", &*status), report)
        }
        // It rings, or they talk.
        _ => return Vec::new(),
    };
    [report, finished].map(|one| Incoming { message: Some(message.into()), ..one }).into()
}

fn rings(by: &Connection<TwilioVoice>, told: &Told) -> (Vec<Incoming>, String) {
    let call = |kind: &str| Incoming {
        peer: told.get("From").map(str::to_owned),
        line: told.get("To").map(str::to_owned),
        ..Incoming::new(format!("{}:{kind}", told.text("CallSid")), kind)
    };
    if told.get("CallSid").is_none() {
        return (Vec::new(), "<Response/>".into());
    }
    match (by.settings.forward_to.trim(), by.settings.greeting.trim()) {
        ("", greeting) => {
            let answer = match greeting {
                "" => "<Response><Reject/></Response>".to_owned(),
                greeting => format!("<Response><Say>{}</Say></Response>", escaped(greeting)),
            };
            (vec![call("call.incoming"), call("call.missed")], answer)
        }
        (number, _) => {
            let after =
                by.inbound.as_ref().map_or(String::new(), |url| format!(" action=\"{}\"", escaped(url)));
            let number = escaped(number);
            let answer = format!("<Response><Dial timeout=\"{RINGS}\"{after}>{number}</Dial></Response>");
            (vec![call("call.incoming")], answer)
        }
    }
}

/// The end of a call that was forwarded.
fn forwarded(told: &Told, status: &str) -> Vec<Incoming> {
    let kind = match status {
        "completed" | "answered" => "call.finished",
        _ => "call.missed",
    };
    let call = Incoming {
        peer: told.get("From").map(str::to_owned),
        line: told.get("To").map(str::to_owned),
        ..Incoming::new(format!("{}:{kind}", told.text("CallSid")), kind)
    };
    vec![if kind == "call.finished" { call.with_attr("answered", true) } else { call }]
}

provider! {
    TwilioVoice {
        id: "rulewright.provider-twilio-voice",
        publisher: "Rulewright",
        title: "Telephony by Twilio",
        description: "Makes calls that say a text or play a file, and takes calls, by Twilio or by a gateway that has the \
                      same interface.",
        missing: "Without a number to call from nobody is called. Without the public address of this server nobody hears \
                  how a call ended.",
        example: json!({ "account": "AC0123456789abcdef0123456789abcdef", "forward-to": "+442079460000" }),
        channels: ["call"],
        http: ["api.twilio.com"],
        http_chosen_by_shop: true,
        secrets: [twilio::TOKEN],
        max_text: 3000,
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::testing::{self, Answer as Reply, Gateway};

    use super::*;

    const URL: &str = "https://shop.example/hooks/main";

    fn voice(settings: Json) -> Gateway<TwilioVoice> {
        testing::provider().settings(settings).secret(twilio::TOKEN, "t0ken").line("+442079460000")
    }

    use rulewright_sdk::Json;

    fn told(settings: Json, query: &str, form: &[(&str, &str)]) -> (Vec<Incoming>, String) {
        let url = format!("{URL}{query}");
        let signature = twilio::signature(&url, form, "t0ken");
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let call = Request { url, ..testing::call(&[("X-Twilio-Signature", &signature)], &body) };
        match voice(settings).receive(call).result {
            Ok(Reception::Taken(taken)) => (taken.incoming, String::from_utf8(taken.answer.body).unwrap()),
            other => panic!("{other:?}"),
        }
    }

    fn kinds(incoming: &[Incoming]) -> Vec<&str> {
        incoming.iter().map(|one| one.kind.as_str()).collect()
    }

    #[test]
    fn says_the_text_as_the_rule_wants_it() {
        let mut message = testing::outgoing("call", "+447700900123", "1 < 2 & \"three\"");
        let params = [("language", "en-GB"), ("voice", "Polly.Amy"), ("speed", "low"), ("volume", "normal")];
        message.params = params.map(|(name, value)| attr(name, value)).into();
        let settings = json!({ "account": "AC1" });
        let sent = voice(settings).answer(Reply::status(201).body(r#"{"sid": "CA1"}"#)).deliver(message);
        assert_eq!(sent.result, Ok(Delivery::Sent("CA1".into())));
        assert_eq!(sent.requests[0].url, "https://api.twilio.com/2010-04-01/Accounts/AC1/Calls.json");
        let form: Vec<_> =
            form_urlencoded::parse(sent.requests[0].body.as_deref().unwrap()).into_owned().collect();
        let script = &form.iter().find(|(name, _)| name == "Twiml").unwrap().1;
        assert_eq!(
            script,
            "<Response><Say language=\"en-GB\" voice=\"Polly.Amy\"><prosody rate=\"slow\">1 &lt; 2 &amp; \
             &quot;three&quot;</prosody></Say></Response>"
        );
    }

    #[test]
    fn plays_a_file() {
        let mut message = testing::outgoing("call", "+447700900123", "");
        message.params = vec![attr("audio-url", "https://example.com/a.mp3?x=1&y=2")];
        let expected = "<Response><Play>https://example.com/a.mp3?x=1&amp;y=2</Play></Response>";
        assert_eq!(script(&message), expected);
    }

    #[test]
    fn tells_how_a_call_of_ours_ended() {
        let settings = || json!({ "account": "AC1" });
        let form = [("CallSid", "CA1"), ("CallStatus", "completed"), ("CallDuration", "17")];
        let (incoming, _) = told(settings(), "?message=msg_1", &form);
        assert_eq!(kinds(&incoming), ["message.delivered", "call.finished"]);
        assert_eq!(incoming[1].attrs, [attr("answered", true), attr("seconds", 17_i64)]);
        let (incoming, _) = told(settings(), "?message=msg_1", &[("CallSid", "CA1"), ("CallStatus", "busy")]);
        assert_eq!(kinds(&incoming), ["message.undelivered", "call.finished"]);
        assert_eq!(incoming[1].attrs, [attr("answered", false), attr("result", "busy")]);
        let (incoming, _) =
            told(settings(), "?message=msg_1", &[("CallSid", "CA1"), ("CallStatus", "ringing")]);
        assert_eq!(incoming, []);
    }

    #[test]
    fn a_call_that_nobody_takes_is_missed() {
        let form = [
            ("CallSid", "CA2"),
            ("From", "+447700900123"),
            ("To", "+442079460000"),
            ("CallStatus", "ringing"),
        ];
        let (incoming, answer) = told(json!({ "account": "AC1", "greeting": "We are <closed>" }), "", &form);
        assert_eq!(kinds(&incoming), ["call.incoming", "call.missed"]);
        assert_eq!(incoming[0].peer.as_deref(), Some("+447700900123"));
        assert_eq!(answer, "<Response><Say>We are &lt;closed&gt;</Say></Response>");
    }

    #[test]
    fn a_call_is_forwarded_and_missed_only_if_nobody_answers_there() {
        let settings = || json!({ "account": "AC1", "forward-to": "+442079460001" });
        let form = [("CallSid", "CA2"), ("From", "+447700900123"), ("To", "+442079460000")];
        let (incoming, answer) = told(settings(), "", &form);
        assert_eq!(kinds(&incoming), ["call.incoming"]);
        assert!(
            answer.contains("action=\"https://shop.example/hooks/main\">+442079460001</Dial>"),
            "{answer}"
        );
        for (status, kind) in [("no-answer", "call.missed"), ("completed", "call.finished")] {
            let (incoming, _) = told(settings(), "", &[("CallSid", "CA2"), ("DialCallStatus", status)]);
            assert_eq!(kinds(&incoming), [kind]);
        }
    }

    #[test]
    fn nobody_else_can_tell_anything() {
        let call = testing::call(&[("X-Twilio-Signature", "AAAA")], "CallSid=CA1");
        let received = voice(json!({ "account": "AC1" })).receive(call).result;
        assert!(matches!(received, Ok(Reception::Refused(_))), "{received:?}");
    }
}
