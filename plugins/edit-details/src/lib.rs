use rulewright_sdk::fields::{self, FieldChange, Of};
use rulewright_sdk::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Client details
    #[serde(default)]
    kind: Kind,
    /// Fields
    /// Name, phone, email, locale, time-zone, unsubscribed, or one of the shop's own.
    #[schemars(length(min = 1))]
    fields: Vec<FieldChange>,
}

#[derive(Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    /// Contact
    #[default]
    Contact,
    /// Company
    Company,
}

struct EditDetails;

impl Rule for EditDetails {
    type Settings = Settings;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let (id, none) = match step.settings.kind {
            Kind::Contact => (step.order.contacts.first(), "no-contact: the order has no contact"),
            Kind::Company => (step.order.company.as_ref(), "no-company: the order has no company"),
        };
        let Some(id) = id else {
            return Ok(skipped(none));
        };
        let client = match clients::get(id) {
            Err(HostError::NotFound) => return Ok(skipped(none)),
            client => client?,
        };
        let changed = fields::changed(&step.settings.fields, |name| client.value(name));
        if changed.is_empty() {
            return Ok(done("Nothing to change"));
        }
        clients::set_fields(id, &changed)?;
        // Without the values: the history is read by more people than the card.
        let names: Vec<&str> = changed.iter().map(|field| field.key.as_str()).collect();
        Ok(done(format!("Changed: {}", names.join(", "))))
    }

    fn validate(settings: &Settings) -> Vec<Issue> {
        match settings.fields.as_slice() {
            [] => vec![Issue::new("/fields", "required", "Select at least one field.")],
            changes => fields::change_issues("/fields", changes, Of::Client),
        }
    }
}

rule! {
    EditDetails {
        id: "rulewright.edit-details",
        publisher: "Rulewright",
        title: "Edit details",
        description: "Writes values into the card of the order's contact or company.",
        missing: "Where the order has no contact, or no company, the rule is skipped. A field of whose new value nothing \
                  is left is left alone. Where every field has its value already, nothing is saved.",
        group: Employees,
        example: json!({
            "kind": "contact",
            "fields": [
                { "field": "address", "value": "{{ order.fields.delivery-address }}" },
                { "field": "interests", "value": "garden", "mode": "append" },
            ],
        }),
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::Json;
    use rulewright_sdk::testing::{self, Effect, Scenario};

    use super::*;

    fn edit(kind: &str, fields: Json) -> Scenario<EditDetails> {
        let mut client = testing::client("client-1").with_email("work", "old@example.org");
        client.attrs.push(attr("interests", vec!["tools".into()]));
        testing::run().client(client).settings(json!({ "kind": kind, "fields": fields }))
    }

    #[test]
    fn what_differs_is_written_into_the_card() {
        let fields = json!([
            { "field": "email", "value": "new@example.org" },
            { "field": "name", "value": "Client client-1" },
            { "field": "interests", "value": "garden", "mode": "append" },
            { "field": "unsubscribed", "value": "sms, email" },
        ]);
        let end = edit("contact", fields).go();
        assert_eq!(end.summary(), "Changed: email, interests, unsubscribed");
        let texts = |texts: [&str; 2]| Value::Texts(texts.map(str::to_owned).to_vec());
        let fields = vec![
            attr("email", "new@example.org"),
            attr("interests", texts(["tools", "garden"])),
            attr("unsubscribed", texts(["sms", "email"])),
        ];
        assert_eq!(end.effects, [Effect::SetClientFields { client: "client-1".into(), fields }]);
    }

    #[test]
    fn no_difference_is_no_change() {
        let fields = json!([
            { "field": "email", "value": "old@example.org" },
            { "field": "interests", "value": "tools", "mode": "append" },
            { "field": "locale", "value": " " },
        ]);
        let end = edit("contact", fields).go();
        assert_eq!((end.summary(), end.effects.len()), ("Nothing to change", 0));
    }

    #[test]
    fn no_card_is_skipped() {
        let fields = || json!([{ "field": "email", "value": "new@example.org" }]);
        let end = edit("company", fields()).go();
        assert!(end.skipped().starts_with("no-company"));
        let of_nobody = Order { contacts: Vec::new(), ..testing::order() };
        let end = edit("contact", fields()).order(of_nobody).go();
        assert!(end.skipped().starts_with("no-contact"));
        assert_eq!(end.effects, []);
    }

    #[test]
    fn what_cannot_be_written_is_refused() {
        let codes = |fields| {
            let issues = testing::check::<EditDetails>(json!({ "fields": fields }));
            issues.into_iter().map(|issue| issue.code).collect::<Vec<_>>()
        };
        assert_eq!(codes(json!([])), ["required"]);
        assert_eq!(codes(json!([{ "field": "id", "value": "1" }])), ["read-only"]);
        assert_eq!(codes(json!([{ "field": "phone", "value": "1", "mode": "append" }])), ["not-a-list"]);
        assert_eq!(codes(json!([{ "field": "name", "mode": "clear" }])), ["required"]);
    }

    #[test]
    fn the_example_can_be_saved() {
        let example = EditDetails::manifest()["example"].clone();
        assert_eq!(testing::check::<EditDetails>(example), []);
    }
}
