//! What is reported of calls and forms, made reliable before it becomes an event; and the forms that a shop has.

use rulewright_domain::{Form, NewEvent, ShopId, Timestamp, Visitor, kind};
use serde_json::Value;

use crate::{
    Engine, Refusal,
    change::Change,
    check::{name, title},
};

/// Milliseconds. Earlier times were meant in seconds: there was no telephone exchange with an interface in 1973.
const FIRST: i64 = 100_000_000_000;

impl Engine {
    pub async fn put_form(&self, shop: ShopId, form: Form) -> Result<(), Refusal> {
        name("/name", &form.name)?;
        title(&form.title)?;
        self.change(shop, move |change| Ok(change.tx.put_form(shop, &form)?)).await
    }

    pub async fn remove_form(&self, shop: ShopId, name: String) -> Result<(), Refusal> {
        self.change(shop, move |change| match change.tx.remove_form(shop, &name)? {
            true => Ok(()),
            false => Err(Refusal::not_found("form", &name)),
        })
        .await
    }
}

impl Change<'_> {
    pub fn understand(&mut self, event: &mut NewEvent) -> Result<(), Refusal> {
        check(event, self.now)?;
        if !is_submission(&event.kind) {
            return Ok(());
        }
        let forms = self.tx.forms(self.shop)?;
        if forms.is_empty() {
            return Ok(());
        }
        let sent = event.attrs.get("form").and_then(Value::as_str);
        match forms.iter().find(|form| sent == Some(form.name.as_str())) {
            // The form says what it is for; who reports its submission need not know.
            Some(form) => form.kind().clone_into(&mut event.kind),
            None => {
                let known = forms.iter().map(|form| form.name.as_str()).collect::<Vec<_>>().join(", ");
                let what = match sent {
                    Some(name) => format!("there is no form `{name}`"),
                    None => "it does not say which form was sent".to_owned(),
                };
                let message = format!("{what}; the shop has {known}");
                return Err(Refusal::invalid("/attrs/form", "no-such-form", message));
            }
        }
        Ok(())
    }

    /// From then on the browser that sent the form is the client's.
    pub fn introduce_visitor(&mut self, event: &NewEvent) -> Result<(), Refusal> {
        let (Some(client), true) = (event.client, is_submission(&event.kind)) else { return Ok(()) };
        let Some(visitor) = event.attrs.get("visitor").and_then(Value::as_str) else { return Ok(()) };
        let known = self.tx.visitor(self.shop, visitor)?.unwrap_or_else(|| Visitor::new(visitor));
        let visitor = Visitor { client: Some(client), seen: Some(self.now), ..known };
        Ok(self.tx.put_visitor(self.shop, &visitor)?)
    }
}

fn is_submission(kind: &str) -> bool {
    matches!(kind, kind::FORM_SUBMITTED | kind::CALLBACK_REQUESTED)
}

/// Attributes that triggers compare are what they should be.
fn check(event: &mut NewEvent, now: Timestamp) -> Result<(), Refusal> {
    let texts: &[&str] = match event.kind.as_str() {
        kind if kind.starts_with("call.") => &["phone", "line"],
        kind if is_submission(kind) => &["form", "phone", "email", "visitor"],
        _ => return Ok(()),
    };
    for name in texts {
        let Some(value) = event.attrs.get(*name).filter(|value| !value.is_string()) else { continue };
        let message = format!("`{name}` is text, not {value}");
        return Err(Refusal::invalid(&format!("/attrs/{name}"), "not-text", message));
    }
    if event.kind != kind::CALL_MISSED {
        return Ok(());
    }
    match event.attrs.get("occurred-at") {
        None => {
            event.attrs.insert("occurred-at".to_owned(), now.0.into());
        }
        Some(at) if at.as_i64().is_some_and(|at| at >= FIRST) => {}
        Some(at) => {
            let message = format!("`occurred-at` is a number of milliseconds since 1970, not {at}");
            return Err(Refusal::invalid("/attrs/occurred-at", "not-a-time", message));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn checked(kind: &str, attrs: Value) -> Result<NewEvent, String> {
        let attrs = serde_json::from_value(attrs).unwrap();
        let mut event = NewEvent { attrs, ..NewEvent::new(kind) };
        match check(&mut event, Timestamp(1_795_000_000_000)) {
            Ok(()) => Ok(event),
            Err(Refusal::Invalid(issues)) => Err(issues[0].path.clone()),
            Err(other) => Err(other.to_string()),
        }
    }

    #[test]
    fn what_triggers_compare_is_checked_when_it_is_reported() {
        for (kind, attrs, path) in [
            ("call.incoming", json!({"phone": 2025550100_i64}), "/attrs/phone"),
            ("call.missed", json!({"phone": "1", "line": ["A"]}), "/attrs/line"),
            ("call.missed", json!({"occurred-at": "yesterday"}), "/attrs/occurred-at"),
            ("call.missed", json!({"occurred-at": 1_795_000_000}), "/attrs/occurred-at"),
            ("call.missed", json!({"occurred-at": null}), "/attrs/occurred-at"),
            ("form.submitted", json!({"form": 5}), "/attrs/form"),
            ("callback.requested", json!({"form": "x", "visitor": {}}), "/attrs/visitor"),
        ] {
            assert_eq!(checked(kind, attrs.clone()).unwrap_err(), path, "{kind} {attrs}");
        }
        for (kind, attrs) in [
            ("call.incoming", json!({"phone": "+12025550100", "line": "A", "seconds": 7})),
            ("call.missed", json!({"occurred-at": 1_794_999_999_000_i64})),
            ("form.submitted", json!({"form": "5", "score": 9})),
            ("survey.answered", json!({"form": 5})),
        ] {
            assert!(checked(kind, attrs.clone()).is_ok(), "{kind} {attrs}");
        }
    }

    #[test]
    fn a_missed_call_that_does_not_say_when_was_missed_now() {
        let event = checked("call.missed", json!({})).unwrap();
        assert_eq!(event.attrs["occurred-at"], json!(1_795_000_000_000_i64));
    }
}
