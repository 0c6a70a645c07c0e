use rulewright_sdk::Json;
use rulewright_sdk::prelude::*;
use rulewright_sdk::provider::{
    Answer, Connection, Delivery, Incoming, Outgoing, Reception, Request, refused, taken,
};
use rulewright_sdk::signatures::Hash;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Address
    /// Where messages are posted to, as JSON; the plugin must be granted its host.
    #[schemars(extend("x-widget" = "server"))]
    address: String,
}

/// Name of the secret that both sides sign with.
const KEY: &str = "signing-key";
/// `sha256=` and the HMAC of the body in hex, in both directions.
const SIGNATURE: &str = "X-Rulewright-Signature";
/// Milliseconds.
const PATIENCE: u64 = 8_000;

/// What the other side tells.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
enum Told {
    /// Somebody wrote.
    Message { id: String, from: String, text: String, phone: Option<String> },
    /// What became of a message of ours.
    Report { id: String, message: String, delivered: bool, reason: Option<String> },
}

struct WebhookChat;

impl Provider for WebhookChat {
    type Settings = Settings;

    fn deliver(by: &Connection<Self>, message: &Outgoing) -> Result<Delivery> {
        let body = json!({ "id": message.id, "to": message.to, "text": message.text }).to_string();
        let response = http::post(&by.settings.address)
            .header("Content-Type", "application/json")
            .header("Idempotency-Key", &message.key)
            .header(SIGNATURE, signature(body.as_bytes())?)
            .body(body)
            .timeout(PATIENCE)
            .send()?;
        if response.is_success() {
            let told: Json = response.json().unwrap_or_default();
            return Ok(Delivery::Sent(told["id"].as_str().unwrap_or(&message.id).into()));
        }
        let why = format!("http-{}: {}", response.status, one_line(&response.text()));
        let passing = response.is_passing_failure() || matches!(response.status, 401 | 403 | 409);
        Ok(if passing { Delivery::Unavailable(why) } else { Delivery::Rejected(why) })
    }

    fn receive(_: &Connection<Self>, call: &Request) -> Result<Reception> {
        let given = call.header(SIGNATURE).unwrap_or_default();
        if !signatures::same(signature(&call.body)?.as_bytes(), given.as_bytes()) {
            return Ok(refused("the signature is wrong"));
        }
        let incoming = match call.json() {
            Ok(Told::Message { id, from, text, phone }) => {
                let mut incoming = Incoming::new(id, "message.received");
                incoming.attrs.extend(phone.map(|phone| attr("phone", phone)));
                Incoming { peer: Some(from), text: Some(text), ..incoming }
            }
            Ok(Told::Report { id, message, delivered, reason }) => {
                let kind = if delivered { "message.delivered" } else { "message.undelivered" };
                let mut incoming = Incoming::new(id, kind);
                incoming.attrs.extend(reason.map(|reason| attr("reason", reason)));
                Incoming { message: Some(message), ..incoming }
            }
            Err(error) => return Ok(taken([], Answer::new(422, "text/plain", error.to_string()))),
        };
        Ok(taken([incoming], Answer::new(200, "application/json", "{}")))
    }

    fn validate(settings: &Settings) -> Vec<Issue> {
        let written = settings.address.trim();
        match ["https://", "http://"].iter().any(|scheme| written.starts_with(scheme)) {
            true => Vec::new(),
            false => {
                vec![Issue::new("/address", "no-address", "An address, e.g. https://chat.example.com/in.")]
            }
        }
    }
}

fn signature(body: &[u8]) -> Result<String> {
    let made = signatures::sign(&secrets::open(KEY)?, Hash::Sha256, body)?;
    Ok(made.iter().fold("sha256=".to_owned(), |hex, byte| format!("{hex}{byte:02x}")))
}

provider! {
    WebhookChat {
        id: "rulewright.provider-webhook-chat",
        publisher: "Rulewright",
        title: "Chat by webhook",
        description: "Connects an open channel with any system that can post JSON, signed in both directions.",
        missing: "What has no text is not written down.",
        example: json!({ "address": "https://chat.example.com/incoming" }),
        channels: ["chat"],
        http_chosen_by_shop: true,
        secrets: [KEY],
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::testing::{self, Answer as Reply, Gateway};

    use super::*;

    /// Of `{}` by the key `k3y`: `printf '{}' | openssl dgst -sha256 -hmac k3y`.
    const OF_NOTHING: &str = "sha256=420a51c0c8ede656964b635bd4cf5010c5f590273f19eaf91ffaaa34d7e5e40d";

    fn chat() -> Gateway<WebhookChat> {
        testing::provider().settings(json!({ "address": "https://chat.example/in" })).secret(KEY, "k3y")
    }

    fn told(body: Json) -> Result<Reception> {
        let body = body.to_string();
        let call = testing::call(&[(SIGNATURE, &sign(&body))], &body);
        chat().receive(call).result.map_err(|failure| Error::give_up(format!("{failure:?}")))
    }

    fn sign(body: &str) -> String {
        use hmac::{Hmac, KeyInit, Mac};
        let mac = Hmac::<sha2::Sha256>::new_from_slice(b"k3y").unwrap().chain_update(body).finalize();
        mac.into_bytes().iter().fold("sha256=".to_owned(), |hex, byte| format!("{hex}{byte:02x}"))
    }

    fn only(reception: Result<Reception>) -> Incoming {
        let Ok(Reception::Taken(taken)) = reception else { panic!("{reception:?}") };
        let [one] = taken.incoming.as_slice() else { panic!("{:?}", taken.incoming) };
        one.clone()
    }

    #[test]
    fn posts_signed_json_with_a_key() {
        let reply = Reply::status(200).body(r#"{"id": "m-5"}"#);
        let sent = chat().answer(reply).deliver(testing::outgoing("chat", "7", "On its way"));
        assert_eq!(sent.result, Ok(Delivery::Sent("m-5".into())));
        let request = &sent.requests[0];
        let body = json!({ "id": "msg_1", "to": "7", "text": "On its way" });
        assert_eq!(request.text(), body.to_string());
        assert_eq!(request.header(SIGNATURE), Some(sign(&request.text()).as_str()));
        assert_eq!(request.header("Idempotency-Key"), Some("key-1"));
    }

    #[test]
    fn people_write_and_messages_arrive() {
        let one =
            only(told(json!({ "type": "message", "id": "1", "from": "7", "text": "Hi", "phone": "+4477" })));
        assert_eq!((one.kind.as_str(), one.peer.as_deref()), ("message.received", Some("7")));
        assert_eq!((one.text.as_deref(), one.attrs), (Some("Hi"), vec![attr("phone", "+4477")]));
        let report =
            json!({ "type": "report", "id": "2", "message": "msg_1", "delivered": false, "reason": "gone" });
        let one = only(told(report));
        assert_eq!((one.kind.as_str(), one.message.as_deref()), ("message.undelivered", Some("msg_1")));
        let Ok(Reception::Taken(taken)) = told(json!({ "type": "dance" })) else { panic!() };
        assert_eq!((taken.incoming.len(), taken.answer.status), (0, 422));
    }

    #[test]
    fn nobody_else_can_tell_anything() {
        let call = testing::call(&[(SIGNATURE, &sign("{}"))], r#"{"type":"message"}"#);
        assert!(matches!(chat().receive(call).result, Ok(Reception::Refused(_))));
        assert!(matches!(chat().receive(testing::call(&[], "{}")).result, Ok(Reception::Refused(_))));
        assert_eq!(sign("{}"), OF_NOTHING);
    }
}
