use rulewright_sdk::prelude::*;
use rulewright_sdk::{ContactPoint, fields};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Client details
    #[serde(default)]
    kind: Kind,
    /// Fields
    /// Name, phone, email, phones, emails, locale, time-zone, or one of the shop's own. Each becomes an output.
    #[schemars(length(min = 1))]
    fields: Vec<String>,
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

struct DetailsInformation;

impl Rule for DetailsInformation {
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
        let names = step.settings.fields.iter().map(|name| name.trim());
        let read: Vec<Attr> = names.map(|name| attr(name, value(&client, name))).collect();
        Ok(done_with(format!("{} read", client.kind), fields::to_json(&read)))
    }

    fn validate(settings: &Settings) -> Vec<Issue> {
        match settings.fields.as_slice() {
            [] => vec![Issue::new("/fields", "required", "Select at least one field.")],
            names => {
                let blank = names.iter().enumerate().filter(|(_, name)| name.trim().is_empty());
                let issue = |index| Issue::new(format!("/fields/{index}"), "required", "Select a field.");
                blank.map(|(index, _)| issue(index)).collect()
            }
        }
    }
}

/// Empty where the client has no such field.
fn value(client: &Client, name: &str) -> Value {
    let all =
        |points: &[ContactPoint]| Value::Texts(points.iter().map(|point| point.value.clone()).collect());
    match name {
        "id" => client.id.as_str().into(),
        "phones" => all(&client.phones),
        "emails" => all(&client.emails),
        _ => client.value(name).unwrap_or(Value::None),
    }
}

rule! {
    DetailsInformation {
        id: "rulewright.details-information",
        publisher: "Rulewright",
        title: "Details information",
        description: "Reads fields of the order's contact or company, for the rules after this one.",
        missing: "Where the order has no contact, or no company, the rule is skipped and its outputs are empty. A field \
                  that is empty, or that the client does not have, is an empty output.",
        group: Employees,
        outputs: [
            ("name", "Name"),
            ("phone", "First phone number"),
            ("phones", "All phone numbers"),
            ("email", "First mail address"),
            ("emails", "All mail addresses"),
            ("locale", "Language, e.g. en-GB"),
            ("time-zone", "Time zone, e.g. Europe/London"),
        ],
        example: json!({ "kind": "contact", "fields": ["name", "phone", "address"] }),
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::Json;
    use rulewright_sdk::testing::{self, Scenario};

    use super::*;

    fn read(kind: &str, fields: &[&str]) -> Scenario<DetailsInformation> {
        testing::run().settings(json!({ "kind": kind, "fields": fields }))
    }

    fn of_company(name: &str) -> Order {
        Order { contacts: Vec::new(), company: Some(name.into()), ..testing::order() }
    }

    #[test]
    fn the_selected_fields_become_outputs_and_no_others() {
        let mut client = testing::client("client-1").with_phone("work", "1").with_phone("home", "2");
        client.attrs = vec![attr("address", "1 High Street"), attr("birthday", "1990-01-01")];
        let end = read("contact", &["name", "phone", "phones", "address", "size"]).client(client).go();
        assert_eq!(end.summary(), "contact read");
        let expected = json!({
            "name": "Client client-1", "phone": "1", "phones": ["1", "2"], "address": "1 High Street", "size": null,
        });
        assert_eq!(end.output(), expected);
    }

    #[test]
    fn an_order_of_a_company_has_no_contact_to_read() {
        let company = Client { kind: "company".into(), ..testing::client("company-1") };
        let end = read("contact", &["name"]).order(of_company("company-1")).client(company.clone()).go();
        assert!(end.skipped().starts_with("no-contact"));
        let end = read("company", &["id", "name"]).order(of_company("company-1")).client(company).go();
        assert_eq!(end.output(), json!({ "id": "company-1", "name": "Client company-1" }));
    }

    #[test]
    fn a_client_who_is_gone_is_none() {
        assert!(read("company", &["name"]).go().skipped().starts_with("no-company"));
        assert!(
            read("company", &["name"]).order(of_company("gone")).go().skipped().starts_with("no-company")
        );
    }

    #[test]
    fn fields_must_be_selected() {
        let check = |fields: Json| testing::check::<DetailsInformation>(json!({ "fields": fields }));
        assert_eq!(check(json!([]))[0].path, "/fields");
        assert_eq!(check(json!(["name", " "]))[0].path, "/fields/1");
    }

    #[test]
    fn the_example_can_be_saved() {
        let example = DetailsInformation::manifest()["example"].clone();
        assert_eq!(testing::check::<DetailsInformation>(example), []);
    }
}
