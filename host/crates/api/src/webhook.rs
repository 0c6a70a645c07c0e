//! Webhooks outward as [Standard Webhooks](https://www.standardwebhooks.com) has them: the event as `/v1/events` shows it,
//! signed.

use rulewright_domain::{Timestamp, hook, subscription::STANDARD};
use rulewright_ports::{Reads, StorageError, WebhookCall, WebhookForm, WebhookRequest};
use serde::Serialize;

use crate::view;

/// Says everything, and proves who says it.
#[derive(Clone, Copy, Debug, Default)]
pub struct StandardWebhooks;

#[derive(Serialize)]
struct Body<'b> {
    #[serde(rename = "type")]
    kind: &'b str,
    /// Of the event, whenever it is told.
    timestamp: Timestamp,
    data: view::Event,
}

impl WebhookForm for StandardWebhooks {
    fn name(&self) -> &'static str {
        STANDARD
    }

    fn request(
        &self,
        call: &WebhookCall<'_>,
        _: &mut dyn Reads,
    ) -> Result<Result<WebhookRequest, String>, StorageError> {
        Ok(request(call))
    }
}

fn request(call: &WebhookCall<'_>) -> Result<WebhookRequest, String> {
    let event = call.event;
    let body = Body { kind: &event.what.kind, timestamp: event.at, data: event.clone().into() };
    let body = serde_json::to_vec(&body).map_err(|error| format!("the event has no JSON: {error}"))?;
    let at = call.at.0.div_euclid(1000).to_string();
    let keys = call.subscription.valid_keys(call.at);
    let signatures: Vec<String> =
        keys.filter_map(|key| hook::sign(key.secret(), call.id, &at, &body)).collect();
    if signatures.is_empty() {
        return Err("the webhook has no valid key: rotate it".to_owned());
    }
    let headers = [
        ("content-type", "application/json".to_owned()),
        ("webhook-id", call.id.to_owned()),
        ("webhook-timestamp", at),
        ("webhook-signature", signatures.join(" ")),
    ];
    let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Ok(WebhookRequest { headers, body })
}

#[cfg(test)]
mod tests {
    use rulewright_domain::{
        Actor, Cause, Event, EventId, NewEvent, OrderId, ShopId, Subscription, SubscriptionId,
        subscription::SigningKey,
    };
    use serde_json::{Value, json};

    use super::*;

    fn subscription() -> Subscription {
        Subscription {
            id: SubscriptionId(1),
            url: "https://erp.example/hook".into(),
            kinds: vec!["*".into()],
            pipeline: None,
            description: String::new(),
            active: true,
            disabled: None,
            keys: vec![SigningKey::new(&[7; 32])],
            form: STANDARD.into(),
            params: Default::default(),
            application: None,
            pull: false,
            created: Timestamp(0),
        }
    }

    fn event() -> Event {
        let what = NewEvent {
            order: Some(OrderId(42)),
            data: json!({ "order": { "before": null, "after": { "title": "Zoë" } } }).into(),
            ..NewEvent::new("order.created")
        };
        let (at, cause) = (Timestamp(1_614_265_330_250), Cause::from_outside(Actor::Host));
        Event { id: EventId(1001), shop: ShopId(1), at, cause, what }
    }

    fn told(subscription: &Subscription, at: Timestamp) -> WebhookRequest {
        request(&WebhookCall { id: "msg_1", at, subscription, event: &event() }).unwrap()
    }

    fn header<'r>(request: &'r WebhookRequest, name: &str) -> &'r str {
        &request.headers.iter().find(|(known, _)| known == name).unwrap().1
    }

    #[test]
    fn the_event_is_told_as_it_is_listed() {
        let at = Timestamp(1_614_265_399_900);
        let request = told(&subscription(), at);
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        assert_eq!(
            (&body["type"], &body["timestamp"]),
            (&"order.created".into(), &"2021-02-25T15:02:10.250Z".into())
        );
        assert_eq!(body["data"], serde_json::to_value(view::Event::from(event())).unwrap());
        assert_eq!(header(&request, "webhook-timestamp"), "1614265399", "of the attempt, in whole seconds");
        assert_eq!(request.body, told(&subscription(), at.plus(60_000)).body, "the same at every attempt");
    }

    #[test]
    fn each_valid_key_has_signed() {
        let mut subscription = subscription();
        let first = subscription.keys[0].clone();
        subscription.rotate(SigningKey::new(&[8; 32]), 1, Timestamp(0));
        let both = told(&subscription, Timestamp(3_599_000));
        let signatures: Vec<&str> = header(&both, "webhook-signature").split(' ').collect();
        assert_eq!(signatures.len(), 2);
        for (key, signature) in [(&subscription.keys[0], signatures[0]), (&first, signatures[1])] {
            let signed = hook::Signed { id: "msg_1", at: "3599", signatures: signature };
            assert_eq!(signed.check(key.secret(), &both.body, Timestamp(3_599_000)), Ok(()));
        }
        let one = told(&subscription, Timestamp(3_600_000));
        assert!(!header(&one, "webhook-signature").contains(' '), "the old one is over");
    }
}
