use rulewright_sdk::Json;
use rulewright_sdk::prelude::*;
use rulewright_sdk::provider::{
    Answer, Connection, Delivery, Incoming, Outgoing, Reception, Request, refused, taken,
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Server
    /// Of bots with the same interface; the plugin must be granted its host.
    #[serde(default = "telegram")]
    #[schemars(extend("x-widget" = "server"))]
    server: String,
}

fn telegram() -> String {
    "https://api.telegram.org".into()
}

/// Names of the secrets: the bot's own, and the one that `setWebhook` was given as `secret_token`.
const BOT: &str = "bot-token";
const WEBHOOK: &str = "webhook-token";
/// Milliseconds.
const PATIENCE: u64 = 8_000;

#[derive(Deserialize)]
struct Update {
    update_id: i64,
    message: Option<Message>,
}

#[derive(Deserialize)]
struct Message {
    chat: Chat,
    from: Option<Person>,
    text: Option<String>,
    caption: Option<String>,
    contact: Option<Contact>,
}

#[derive(Deserialize)]
struct Chat {
    id: i64,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
struct Person {
    id: i64,
}

#[derive(Deserialize)]
struct Contact {
    phone_number: String,
    user_id: Option<i64>,
}

struct Telegram;

impl Provider for Telegram {
    type Settings = Settings;

    fn deliver(by: &Connection<Self>, message: &Outgoing) -> Result<Delivery> {
        let bot = secrets::open(BOT)?;
        let chat = message.to.parse::<i64>().map_or_else(|_| json!(message.to), |id| json!(id));
        let url = format!("{}/bot{{secret}}/sendMessage", by.settings.server.trim_end_matches('/'));
        let response = http::post(url)
            .url_secret(&bot)
            .header("Idempotency-Key", &message.key)
            .json(&json!({ "chat_id": chat, "text": message.text }))?
            .timeout(PATIENCE)
            .send()?;
        let told: Json = response.json().unwrap_or_default();
        if response.is_success() {
            return Ok(Delivery::Sent(format!("{}/{}", message.to, told["result"]["message_id"])));
        }
        let why = told["description"].as_str().unwrap_or("the server refused");
        let why = format!("http-{}: {why}", response.status);
        // 401 and 404 are a wrong token, which somebody can mend.
        let passing = response.is_passing_failure() || matches!(response.status, 401 | 404);
        Ok(if passing { Delivery::Unavailable(why) } else { Delivery::Rejected(why) })
    }

    fn receive(_: &Connection<Self>, call: &Request) -> Result<Reception> {
        let given = call.header("X-Telegram-Bot-Api-Secret-Token").unwrap_or_default();
        if !signatures::matches(&secrets::open(WEBHOOK)?, given)? {
            return Ok(refused("the secret token is wrong"));
        }
        // What else comes, such as votes and edits, is none of ours, and would come for ever if it were refused.
        let update: Option<Update> = call.json().ok();
        Ok(taken(update.and_then(written), Answer::ok()))
    }

    fn validate(settings: &Settings) -> Vec<Issue> {
        match ["https://", "http://"].iter().any(|scheme| settings.server.starts_with(scheme)) {
            true => Vec::new(),
            false => vec![Issue::new("/server", "no-address", "The address of a server.")],
        }
    }
}

/// In groups people talk to each other.
fn written(update: Update) -> Option<Incoming> {
    let Message { chat, from, text, caption, contact } = update.message?;
    if chat.kind != "private" {
        return None;
    }
    // One's own number, which the messenger vouches for; another one could be anybody's.
    let own =
        |contact: &Contact| contact.user_id.is_some() && contact.user_id == from.as_ref().map(|one| one.id);
    let phone = contact.filter(own).map(|contact| {
        let digits = contact.phone_number;
        if digits.starts_with('+') { digits } else { format!("+{digits}") }
    });
    let mut incoming = Incoming::new(update.update_id.to_string(), "message.received");
    incoming.attrs.extend(phone.as_ref().map(|phone| attr("phone", &**phone)));
    Some(Incoming { peer: Some(chat.id.to_string()), text: text.or(caption).or(phone), ..incoming })
}

provider! {
    Telegram {
        id: "rulewright.provider-telegram",
        publisher: "Rulewright",
        title: "Telegram bot",
        description: "Connects an open channel with a Telegram bot, or with one that has the same interface.",
        missing: "Who writes to the bot is known as a client once they share their phone number with it. What has no text \
                  is not written down. Telegram knows no keys: a message whose answer gets lost arrives twice.",
        example: json!({}),
        channels: ["chat"],
        http: ["api.telegram.org"],
        http_chosen_by_shop: true,
        secrets: [BOT, WEBHOOK],
        max_text: 4096,
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::testing::{self, Answer as Reply, Gateway};

    use super::*;

    fn bot() -> Gateway<Telegram> {
        testing::provider().secret(BOT, "1:AB").secret(WEBHOOK, "s3cret")
    }

    fn told(token: &str, update: Json) -> Reception {
        let header = [("X-Telegram-Bot-Api-Secret-Token", token)];
        bot().receive(testing::call(&header, &update.to_string())).result.unwrap()
    }

    fn only(update: Json) -> Incoming {
        let reception = told("s3cret", update);
        let Reception::Taken(taken) = &reception else { panic!("{reception:?}") };
        let [one] = taken.incoming.as_slice() else { panic!("{:?}", taken.incoming) };
        one.clone()
    }

    #[test]
    fn sends_with_the_token_in_the_address() {
        let reply = Reply::status(200).body(r#"{"ok": true, "result": {"message_id": 5}}"#);
        let sent = bot().answer(reply).deliver(testing::outgoing("chat", "77", "On its way"));
        assert_eq!(sent.result, Ok(Delivery::Sent("77/5".into())));
        assert_eq!(sent.requests[0].url, "https://api.telegram.org/bot{{secret:bot-token}}/sendMessage");
        assert_eq!(sent.requests[0].text(), json!({ "chat_id": 77, "text": "On its way" }).to_string());
    }

    #[test]
    fn who_has_blocked_the_bot_is_not_asked_again() {
        let said = |status: u16| {
            let reply = Reply::status(status).body(r#"{"ok": false, "description": "no"}"#);
            bot().answer(reply).deliver(testing::outgoing("chat", "77", "x")).result.unwrap()
        };
        assert_eq!(said(403), Delivery::Rejected("http-403: no".into()));
        assert_eq!(said(429), Delivery::Unavailable("http-429: no".into()));
        assert_eq!(said(401), Delivery::Unavailable("http-401: no".into()));
    }

    #[test]
    fn people_write_and_share_their_own_number() {
        let chat = json!({ "id": 77, "type": "private" });
        let one =
            only(json!({ "update_id": 9, "message": { "chat": chat, "from": { "id": 77 }, "text": "Hi" } }));
        assert_eq!(
            (one.id.as_str(), one.peer.as_deref(), one.text.as_deref()),
            ("9", Some("77"), Some("Hi"))
        );
        let contact = |id: i64| {
            let contact = json!({ "phone_number": "447700900123", "user_id": id });
            only(
                json!({ "update_id": 9, "message": { "chat": chat, "from": { "id": 77 }, "contact": contact } }),
            )
        };
        assert_eq!(contact(77).attrs, [attr("phone", "+447700900123")]);
        assert_eq!(contact(78).attrs, []);
    }

    #[test]
    fn what_is_none_of_ours_is_taken_and_does_nothing() {
        let group = json!({ "chat": { "id": -5, "type": "group" }, "text": "Hi" });
        for update in
            [json!({ "update_id": 9, "poll": {} }), json!({ "update_id": 9, "message": group }), json!([])]
        {
            assert_eq!(told("s3cret", update), taken([], Answer::ok()));
        }
    }

    #[test]
    fn nobody_else_can_tell_anything() {
        let update =
            json!({ "update_id": 9, "message": { "chat": { "id": 7, "type": "private" }, "text": "Hi" } });
        assert!(matches!(told("wrong", update.clone()), Reception::Refused(_)));
        assert!(matches!(told("", update), Reception::Refused(_)));
    }
}
