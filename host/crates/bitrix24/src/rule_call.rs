//! How applications are told of the rules that they carry out: a form with the document, the properties and a token for the
//! answer.

use form_urlencoded::Serializer;
use rulewright_domain::{ApplicationRule, ApplicationRuleId, Event, Order, Shop};
use rulewright_ports::{
    Reads, WebhookCall, WebhookForm, WebhookRequest,
    storage::{Records, Result as Stored},
};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{address::Address, caller::hex, document, scalar};

/// What a subscription names.
pub const FORM: &str = "bitrix24-rule";

/// Give it to the engine that the facade is in front of.
#[derive(Debug)]
pub struct RuleCalls {
    address: Address,
}

impl RuleCalls {
    /// `public_url` is where others reach this server.
    pub fn new(public_url: Option<&str>) -> RuleCalls {
        RuleCalls { address: Address::public(public_url).unwrap_or_else(Address::unknown) }
    }
}

impl WebhookForm for RuleCalls {
    fn name(&self) -> &'static str {
        FORM
    }

    fn request(
        &self,
        call: &WebhookCall<'_>,
        reads: &mut dyn Reads,
    ) -> Stored<Result<WebhookRequest, String>> {
        let WebhookCall { event, subscription, .. } = call;
        let id = subscription.params.get("rule").and_then(Value::as_str);
        let Some(id) = id.and_then(|id| id.parse::<ApplicationRuleId>().ok()) else {
            return Ok(Err("the webhook belongs to no rule of an application".to_owned()));
        };
        let Some(rule) = reads.record::<ApplicationRule>(event.shop, id.0)? else {
            return Ok(Err(format!("the application has taken back the rule `{id}`")));
        };
        let order = match event.what.order {
            Some(order) => reads.order(event.shop, order)?,
            None => None,
        };
        let Some(order) = order else {
            return Ok(Err("the order of the rule is gone".to_owned()));
        };
        let Some(shop) = reads.shop(event.shop)? else {
            return Ok(Err("there is no such shop".to_owned()));
        };
        let Some(key) = subscription.valid_keys(call.at).next() else {
            return Ok(Err("the webhook has no valid key: rotate it".to_owned()));
        };
        let auth = [
            ("domain", self.address.domain().to_owned()),
            ("client_endpoint", self.address.endpoint()),
            ("server_endpoint", self.address.endpoint()),
            ("member_id", member_id(&shop)),
            ("application_token", key.secret().to_owned()),
        ];
        let headers = [
            ("content-type", "application/x-www-form-urlencoded"),
            // Ours, beyond the contract: the same on every attempt.
            ("webhook-id", call.id),
        ];
        let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let body = written(event, &rule, &order, &auth).into_bytes();
        Ok(Ok(WebhookRequest { headers, body }))
    }
}

fn written(event: &Event, rule: &ApplicationRule, order: &Order, auth: &[(&str, String)]) -> String {
    let said = |name: &str| event.what.attrs.get(name).and_then(scalar::text).unwrap_or_default();
    let mut form = Serializer::new(String::new());
    form.append_pair("workflow_id", &said("run"));
    form.append_pair("code", &rule.code);
    let entity = document::entity(order.kind);
    let (id, of) = (document::id(order.kind, order.id), document::type_name(order.kind));
    for (name, last) in [("document_id", id.as_str()), ("document_type", of)] {
        for (index, part) in [document::MODULE, entity, last].into_iter().enumerate() {
            form.append_pair(&format!("{name}[{index}]"), part);
        }
    }
    form.append_pair("event_token", event.what.correlation.as_deref().unwrap_or_default());
    let given: Value = serde_json::from_str(&said("properties")).unwrap_or_default();
    for property in &rule.properties {
        let value = given.get(&property.key).unwrap_or(&property.default);
        bracketed(&mut form, &format!("properties[{}]", property.key), value);
    }
    form.append_pair("use_subscription", if rule.waits { "Y" } else { "N" });
    form.append_pair("timeout_duration", &said("timeout-seconds"));
    form.append_pair("ts", &event.at.0.div_euclid(1000).to_string());
    for (name, value) in auth {
        form.append_pair(&format!("auth[{name}]"), value);
    }
    form.finish()
}

/// `properties[to][0]=a`; flags are Y and N.
fn bracketed(form: &mut Serializer<'_, String>, name: &str, value: &Value) {
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(key, value)| bracketed(form, &format!("{name}[{key}]"), value));
        }
        Value::Array(items) => items
            .iter()
            .enumerate()
            .for_each(|(index, value)| bracketed(form, &format!("{name}[{index}]"), value)),
        Value::Bool(flag) => {
            form.append_pair(name, if *flag { "Y" } else { "N" });
        }
        value => {
            form.append_pair(name, &scalar::text(value).unwrap_or_default());
        }
    }
}

/// The same for a shop for ever, and for no other.
fn member_id(shop: &Shop) -> String {
    let hash = hex(&Sha256::digest(format!("member {} {}", shop.id, shop.seed)));
    hash.chars().take(32).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn properties_are_written_with_brackets() {
        let mut form = Serializer::new(String::new());
        bracketed(&mut form, "properties[to]", &json!(["a", "b"]));
        bracketed(&mut form, "properties[urgent]", &json!(true));
        bracketed(&mut form, "properties[none]", &Value::Null);
        assert_eq!(
            form.finish(),
            "properties%5Bto%5D%5B0%5D=a&properties%5Bto%5D%5B1%5D=b&properties%5Burgent%5D=Y&properties%5Bnone%5D="
        );
    }
}
