use rulewright_sdk::fields::{self, FieldChange, Mode, Of};
use rulewright_sdk::prelude::*;

/// Where a client's tags and language are kept.
const OWN: [&str; 2] = ["tags", "locale"];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Tags
    /// Added to those in the customer's field `tags`.
    #[serde(default)]
    tags: Vec<Tag>,
    /// Language
    /// E.g. en-GB; empty leaves it as it is.
    #[serde(default)]
    #[schemars(extend("x-template" = true, "x-widget" = "language"))]
    locale: String,
    /// Fields
    #[serde(default)]
    fields: Vec<FieldChange>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-template" = true))]
struct Tag(String);

struct ChangeCustomerData;

impl Rule for ChangeCustomerData {
    type Settings = Settings;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        const NOBODY: &str = "no-client: the order has neither a contact nor a company";
        let settings = &step.settings;
        let locale = settings.locale.trim();
        if !locale.is_empty() && !is_locale(locale) {
            return Err(Error::give_up(format!("invalid-locale: {locale} is no language such as en-GB")));
        }
        let Some(id) = step.order.clients().next() else {
            return Ok(skipped(NOBODY));
        };
        let client = match clients::get(id) {
            Err(HostError::NotFound) => return Ok(skipped(NOBODY)),
            client => client?,
        };
        let tags: Vec<&str> = settings.tags.iter().map(|tag| tag.0.as_str()).collect();
        let own = [(tags.join(","), Mode::Append), (locale.to_owned(), Mode::Overwrite)];
        let own = OWN.into_iter().zip(own);
        let own = own.map(|(field, (value, mode))| FieldChange { field: field.into(), value, mode });
        let changes: Vec<FieldChange> = own.chain(settings.fields.iter().cloned()).collect();
        let changed = fields::changed(&changes, |name| client.value(name));
        if changed.is_empty() {
            return Ok(done("Nothing to change"));
        }
        clients::set_fields(id, &changed)?;
        let names: Vec<&str> = changed.iter().map(|field| field.key.as_str()).collect();
        Ok(done(format!("Changed of the {}: {}", client.kind, names.join(", "))))
    }

    fn validate(settings: &Settings) -> Vec<Issue> {
        let mut issues = fields::change_issues("/fields", &settings.fields, Of::Client);
        for (index, change) in settings.fields.iter().enumerate() {
            if OWN.contains(&change.field.trim()) {
                let message = format!("{} has a place of its own in this form.", change.field.trim());
                issues.push(Issue::new(format!("/fields/{index}/field"), "twice", message));
            }
        }
        let locale = settings.locale.trim();
        if !locale.is_empty() && !locale.contains("{{") && !is_locale(locale) {
            issues.push(Issue::new("/locale", "invalid-locale", "A language is written like en or en-GB."));
        }
        let no_tags = settings.tags.iter().all(|tag| tag.0.trim().is_empty());
        if locale.is_empty() && no_tags && settings.fields.is_empty() {
            issues.push(Issue::new("", "required", "Say what is to be changed."));
        }
        issues
    }
}

/// Parts of letters and digits; the first is the language.
fn is_locale(text: &str) -> bool {
    let mut parts = text.split('-');
    let language = parts.next().unwrap_or_default();
    let letters = language.bytes().all(|byte| byte.is_ascii_alphabetic());
    let part =
        |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (2..=3).contains(&language.len()) && letters && parts.all(part)
}

rule! {
    ChangeCustomerData {
        id: "rulewright.change-customer-data",
        publisher: "Rulewright",
        title: "Change customer data",
        description: "Changes the card of the order's client, whoever that is: the primary contact, or else the company.",
        missing: "Where the order has no client, the rule is skipped. What is empty is left alone, and what the card has \
                  already is not written again. A text that is no language fails the rule.",
        group: Employees,
        example: json!({
            "tags": ["loyal"],
            "locale": "en-GB",
            "fields": [{ "field": "last-order", "value": "{{ order.number }}" }],
        }),
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::Json;
    use rulewright_sdk::testing::{self, Effect, Scenario};

    use super::*;

    fn change(settings: Json) -> Scenario<ChangeCustomerData> {
        let mut client = testing::client("client-1");
        client.locale = Some("en-GB".into());
        client.attrs.push(attr("tags", vec!["gift".into()]));
        testing::run().client(client).settings(settings)
    }

    fn loyal() -> Json {
        json!({
            "tags": ["gift", "loyal"],
            "locale": "de",
            "fields": [{ "field": "last-order", "value": "1001" }, { "field": "phone", "value": "" }],
        })
    }

    #[test]
    fn the_primary_contact_is_changed() {
        let end = change(loyal()).go();
        assert_eq!(end.summary(), "Changed of the contact: tags, locale, last-order");
        let fields = vec![
            attr("tags", vec!["gift".into(), "loyal".into()]),
            attr("locale", "de"),
            attr("last-order", "1001"),
        ];
        assert_eq!(end.effects, [Effect::SetClientFields { client: "client-1".into(), fields }]);
    }

    #[test]
    fn the_company_is_changed_where_there_is_no_contact() {
        let order = Order { contacts: Vec::new(), company: Some("company-1".into()), ..testing::order() };
        let company = Client { kind: "company".into(), ..testing::client("company-1") };
        let end = change(json!({ "locale": "de" })).order(order).client(company).go();
        assert_eq!(end.summary(), "Changed of the company: locale");
    }

    #[test]
    fn nobody_is_skipped() {
        let order = Order { contacts: Vec::new(), ..testing::order() };
        let end = change(loyal()).order(order).go();
        assert!(end.skipped().starts_with("no-client"));
        assert_eq!(end.effects, []);
    }

    #[test]
    fn what_the_card_has_already_is_left_alone() {
        let end = change(json!({ "tags": ["gift"], "locale": "en-GB" })).go();
        assert_eq!((end.summary(), end.effects.len()), ("Nothing to change", 0));
    }

    #[test]
    fn a_language_must_be_one() {
        assert!(change(json!({ "locale": "British English" })).go().gave_up().starts_with("invalid-locale"));
        for (text, good) in
            [("de", true), ("zh-Hant-TW", true), ("e", false), ("en_GB", false), ("en-", false)]
        {
            assert_eq!(is_locale(text), good, "{text}");
        }
    }

    #[test]
    fn what_changes_nothing_or_twice_is_refused() {
        let codes = |settings| {
            let issues = testing::check::<ChangeCustomerData>(settings);
            issues.into_iter().map(|issue| issue.code).collect::<Vec<_>>()
        };
        assert_eq!(codes(json!({ "tags": [" "] })), ["required"]);
        assert_eq!(codes(json!({ "fields": [{ "field": "locale", "value": "de" }] })), ["twice"]);
        assert_eq!(codes(json!({ "locale": "en_GB" })), ["invalid-locale"]);
        assert_eq!(codes(json!({ "locale": "{{ previous.language }}" })), [""; 0]);
        assert_eq!(codes(json!({ "fields": [{ "field": "id", "value": "1" }] })), ["read-only"]);
    }

    #[test]
    fn the_example_can_be_saved() {
        let example = ChangeCustomerData::manifest()["example"].clone();
        assert_eq!(testing::check::<ChangeCustomerData>(example), []);
    }
}
