//! How applications are told of the rules that they carry out: a form with the document, the properties and a token for the
//! answer.

use form_urlencoded::Serializer;
use rulewright_domain::{
    ApplicationRule, ApplicationRuleId, Event, Order, Subscription, application_rule::CALLED,
};
use rulewright_ports::{
    Reads,
    storage::{Records, Result as Stored},
};
use serde_json::Value;

use crate::{document, scalar};

/// Whether the event is the call of a rule, and not one that an application is told of by its name.
pub fn is_call(event: &Event) -> bool {
    event.what.kind.starts_with(CALLED)
}

/// The body of the request. The inner error says why it can never be sent.
pub fn form(
    event: &Event,
    subscription: &Subscription,
    auth: &[(&str, String)],
    reads: &mut dyn Reads,
) -> Stored<Result<Vec<u8>, String>> {
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
    let Some(order) = order else { return Ok(Err("the order of the rule is gone".to_owned())) };
    Ok(Ok(written(event, &rule, &order, auth).into_bytes()))
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
