mod twilio;

use rulewright_sdk::prelude::*;
use rulewright_sdk::provider::{
    Answer, Connection, Delivery, Incoming, Outgoing, Reception, Request, refused, taken,
};
use twilio::Told;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Account
    /// The gateway's name for it, e.g. the Account SID.
    account: String,
    /// Server
    /// Of a gateway with the same interface; the plugin must be granted its host.
    #[serde(default = "twilio::server")]
    #[schemars(extend("x-widget" = "server"))]
    server: String,
}

struct TwilioSms;

impl Provider for TwilioSms {
    type Settings = Settings;

    fn deliver(by: &Connection<Self>, message: &Outgoing) -> Result<Delivery> {
        let Some(line) = &message.line else {
            return Ok(Delivery::Rejected("no-line: the provider has no number to send from".into()));
        };
        let mut form =
            vec![("To", message.to.as_str()), ("From", line.as_str()), ("Body", message.text.as_str())];
        let callback = by.inbound.as_ref().map(|inbound| twilio::callback(inbound, &message.id));
        form.extend(callback.as_deref().map(|callback| ("StatusCallback", callback)));
        twilio::create((&by.settings.server, &by.settings.account), "Messages", &form, &message.key)
    }

    fn receive(_: &Connection<Self>, call: &Request) -> Result<Reception> {
        let Some(told) = Told::by(call)? else {
            return Ok(refused("the signature is wrong"));
        };
        let happened = match told.message() {
            Some(message) => report(&told, message),
            None => written(&told),
        };
        Ok(taken(happened, Answer::new(200, "text/xml", "<Response/>")))
    }

    fn validate(settings: &Settings) -> Vec<Issue> {
        twilio::issues(&settings.server, &settings.account)
    }
}

/// On its way is no news.
fn report(told: &Told, message: String) -> Option<Incoming> {
    let status = told.get("MessageStatus").or(told.get("SmsStatus"))?;
    let id = format!("{}:{status}", told.text("MessageSid"));
    let report = match status {
        "delivered" | "read" => Incoming::new(id, "message.delivered"),
        "undelivered" | "failed" => {
            let reason = match told.get("ErrorCode") {
                Some(code) => format!("{status}: error {code}"),
                None => status.to_owned(),
            };
            Incoming::new(id, "message.undelivered").with_attr("reason", reason)
        }
        _ => return None,
    };
    Some(Incoming { message: Some(message), ..report })
}

fn written(told: &Told) -> Option<Incoming> {
    let (from, id) = (told.get("From")?, told.get("MessageSid")?);
    Some(Incoming {
        peer: Some(from.to_owned()),
        line: told.get("To").map(str::to_owned),
        text: told.get("Body").map(str::to_owned),
        ..Incoming::new(id, "message.received")
    })
}

provider! {
    TwilioSms {
        id: "rulewright.provider-twilio-sms",
        publisher: "Rulewright",
        title: "SMS by Twilio",
        description: "Sends and receives text messages by Twilio, or by a gateway that has the same interface.",
        missing: "Without a number to send from nothing is sent. Without the public address of this server no reports \
                  come in.",
        example: json!({ "account": "AC0123456789abcdef0123456789abcdef" }),
        channels: ["sms", "chat"],
        http: ["api.twilio.com"],
        http_chosen_by_shop: true,
        secrets: [twilio::TOKEN],
        max_text: 1600,
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::testing::{self, Answer as Reply, Gateway};

    use super::*;

    const URL: &str = "https://shop.example/hooks/main";

    fn sms() -> Gateway<TwilioSms> {
        let settings = json!({ "account": "AC1", "server": "https://sms.example/" });
        testing::provider().settings(settings).secret(twilio::TOKEN, "t0ken").line("+442079460000")
    }

    fn told(query: &str, form: &[(&str, &str)], token: &str) -> Result<Reception> {
        let url = format!("{URL}{query}");
        let signature = twilio::signature(&url, form, token);
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let call = Request { url, ..testing::call(&[("X-Twilio-Signature", &signature)], &body) };
        sms().receive(call).result.map_err(|failure| Error::give_up(format!("{failure:?}")))
    }

    fn only(reception: Result<Reception>) -> Incoming {
        let Ok(Reception::Taken(taken)) = reception else { panic!("{reception:?}") };
        assert_eq!(taken.answer.status, 200);
        let [one] = taken.incoming.as_slice() else { panic!("{:?}", taken.incoming) };
        one.clone()
    }

    #[test]
    fn sends_a_form_with_the_account_and_a_key() {
        let message = testing::outgoing("sms", "+447700900123", "Grüße & more");
        let sent = sms().answer(Reply::status(201).body(r#"{"sid": "SM1"}"#)).deliver(message);
        assert_eq!(sent.result, Ok(Delivery::Sent("SM1".into())));
        let request = &sent.requests[0];
        assert_eq!(request.url, "https://sms.example/2010-04-01/Accounts/AC1/Messages.json");
        assert_eq!(request.header("Authorization"), Some("Basic AC1:{{secret:auth-token}}"));
        assert_eq!(request.header("Idempotency-Key"), Some("key-1"));
        let form: Vec<_> = form_urlencoded::parse(request.body.as_deref().unwrap()).into_owned().collect();
        let expected = [
            ("To", "+447700900123"),
            ("From", "+442079460000"),
            ("Body", "Grüße & more"),
            ("StatusCallback", "https://shop.example/hooks/main?message=msg_1"),
        ];
        assert_eq!(form, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn what_passes_is_tried_again_and_what_does_not_is_not() {
        let said = |reply: Reply| sms().answer(reply).deliver(testing::outgoing("sms", "+4477", "x")).result;
        let body = r#"{"code": 21211, "message": "no such number"}"#;
        let why = "http-400: no such number (21211)".to_owned();
        assert_eq!(said(Reply::status(400).body(body)), Ok(Delivery::Rejected(why)));
        for status in [401, 409, 429, 500, 503] {
            assert!(matches!(said(Reply::status(status)), Ok(Delivery::Unavailable(_))), "{status}");
        }
        let timeout = said(Reply::error(http::HttpError::Timeout)).unwrap_err();
        assert!(format!("{timeout:?}").contains("Transient"), "{timeout:?}");
    }

    #[test]
    fn a_report_is_about_the_message_that_its_address_names() {
        let done =
            only(told("?message=msg_7", &[("MessageSid", "SM1"), ("MessageStatus", "delivered")], "t0ken"));
        assert_eq!((done.kind.as_str(), done.message.as_deref()), ("message.delivered", Some("msg_7")));
        let form = [("MessageSid", "SM1"), ("MessageStatus", "undelivered"), ("ErrorCode", "30003")];
        let lost = only(told("?message=msg_7", &form, "t0ken"));
        assert_eq!((lost.kind.as_str(), lost.id.as_str()), ("message.undelivered", "SM1:undelivered"));
        assert_eq!(lost.attrs, [attr("reason", "undelivered: error 30003")]);
        let sent = told("?message=msg_7", &[("MessageStatus", "sent")], "t0ken").unwrap();
        assert_eq!(sent, taken([], Answer::new(200, "text/xml", "<Response/>")));
    }

    #[test]
    fn a_text_comes_in_from_its_sender() {
        let form =
            [("MessageSid", "SM9"), ("From", "+447700900123"), ("To", "+442079460000"), ("Body", "Yes")];
        let one = only(told("", &form, "t0ken"));
        assert_eq!((one.kind.as_str(), one.id.as_str()), ("message.received", "SM9"));
        assert_eq!((one.peer.as_deref(), one.text.as_deref()), (Some("+447700900123"), Some("Yes")));
    }

    #[test]
    fn nobody_else_can_tell_anything() {
        let form = [("MessageSid", "SM9"), ("From", "+4477"), ("Body", "Yes")];
        assert!(matches!(told("", &form, "wrong"), Ok(Reception::Refused(_))));
        // Signed for another message.
        let signature = twilio::signature(&format!("{URL}?message=msg_1"), &[], "t0ken");
        let call = testing::call(&[("X-Twilio-Signature", &signature)], "");
        let call = Request { url: format!("{URL}?message=msg_2"), ..call };
        assert!(matches!(sms().receive(call).result, Ok(Reception::Refused(_))));
        assert!(matches!(sms().receive(testing::call(&[], "")).result, Ok(Reception::Refused(_))));
    }

    /// The example of Twilio's own documentation.
    #[test]
    fn a_signature_is_made_as_twilio_makes_it() {
        let form = [
            ("Digits", "1234"),
            ("To", "+18005551212"),
            ("From", "+14158675310"),
            ("Caller", "+14158675310"),
            ("CallSid", "CA1234567890ABCDE"),
        ];
        let url = "https://example.com/myapp.php?foo=1&bar=2";
        assert_eq!(twilio::signature(url, &form, "12345"), "L/OH5YylLD5NRKLltdqwSvS0BnU=");
        let signature = twilio::signature(url, &form, "12345");
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let call = Request { url: url.into(), ..testing::call(&[("X-Twilio-Signature", &signature)], &body) };
        let received = sms().secret(twilio::TOKEN, "12345").receive(call).result;
        assert!(matches!(received, Ok(Reception::Taken(_))), "{received:?}");
    }

    #[test]
    fn settings_name_a_server_and_an_account() {
        let codes = |settings| {
            let issues = testing::check::<TwilioSms>(settings);
            issues.into_iter().map(|issue| issue.code).collect::<Vec<_>>()
        };
        assert_eq!(codes(json!({ "account": "AC1" })), [""; 0]);
        assert_eq!(codes(json!({ "account": "../x", "server": "x" })), ["no-address", "no-account"]);
    }
}
