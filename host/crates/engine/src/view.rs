//! What conditions and templates can see.

use std::collections::BTreeSet;

use rulewright_domain::{Client, Event, Order, Run, ShopConfig, Timestamp, condition::Condition};
use serde_json::{Map, Value, json};

/// Where a condition and settings may look. Everything else is left out of a view: most rules insert a field or two,
/// and the payload of an event may be a whole order.
pub(crate) struct Looks<'a> {
    pub condition: Option<&'a Condition>,
    pub settings: &'a Value,
}

impl Looks<'_> {
    /// Whether it asks when it ran last: that has to be looked up.
    pub fn at_last_run(&self) -> bool {
        self.at("rule.")
    }

    /// Text that happens to hold the path counts too.
    fn at(&self, path: &str) -> bool {
        let compared = |condition: &Condition| condition.fields().iter().any(|field| field.starts_with(path));
        self.condition.is_some_and(compared) || mentions(self.settings, path)
    }
}

pub(crate) fn of(
    config: &ShopConfig,
    order: &Order,
    clients: &[Client],
    event: &Event,
    run: Option<&Run>,
    last_run: Option<Timestamp>,
    looks: &Looks<'_>,
) -> Value {
    let mut view = Map::new();
    let mut add = |root: &str, value: &dyn Fn() -> Value| {
        if looks.at(root) {
            view.insert(root.to_owned(), value());
        }
    };
    add("order", &|| {
        let stage = config.pipelines.get(&order.pipeline).and_then(|pipeline| pipeline.stage(&order.stage));
        let mut view = order.view();
        view["stage-name"] = json!(stage.map(|stage| &stage.name));
        view
    });
    add("client", &|| json!(clients.first().map(Client::view)));
    add("event", &|| event.view(looks.at("event.data")));
    add("responsible", &|| json!(order.responsible.and_then(|id| config.employees.get(&id))));
    add("shop", &|| json!({ "name": config.shop.name, "currency": config.shop.currency }));
    add("previous", &|| json!(run.and_then(previous)));
    add("rules", &|| json!(run.map(|run| &run.inputs)));
    // Not by `add`: `rules` begins like it.
    if looks.at_last_run() {
        view.insert("rule".to_owned(), json!({ "last_run": last_run }));
    }
    Value::Object(view)
}

fn mentions(settings: &Value, text: &str) -> bool {
    match settings {
        Value::String(setting) => setting.contains(text),
        Value::Array(items) => items.iter().any(|item| mentions(item, text)),
        Value::Object(members) => members.values().any(|member| mentions(member, text)),
        _ => false,
    }
}

/// Output of the rule directly above in the chain.
pub(crate) fn previous(run: &Run) -> Option<&Value> {
    run.inputs.get(PREVIOUS)
}

/// Under this name a run finds the output directly above it, whatever the rule is called. No rule id is empty.
pub(crate) const PREVIOUS: &str = "";

/// What is wrong with a path, if anything: caught when a rule is saved, not when it runs.
pub(crate) fn unknown_field(path: &str) -> Option<String> {
    const ORDER: [&str; 19] = [
        "id",
        "kind",
        "number",
        "title",
        "pipeline",
        "stage",
        "stage-name",
        "created",
        "updated",
        "total",
        "paid",
        "currency",
        "fully-paid",
        "canceled",
        "responsible",
        "source",
        "comments",
        "tags",
        "line-count",
    ];
    const MORE: [&str; 4] = ["fields", "shipment-count", "delivery-service", "tracking-number"];
    let mut parts = path.split('.');
    let (root, field) = (parts.next().unwrap_or_default(), parts.next());
    let known: BTreeSet<&str> = match root {
        "order" => ORDER.into_iter().chain(MORE).collect(),
        "client" => ["id", "kind", "name", "phone", "email", "fields"].into(),
        "responsible" => ["id", "name", "phone", "email", "position", "head"].into(),
        "shop" => ["name", "currency"].into(),
        "rule" => ["last_run"].into(),
        "event" => ["id", "kind", "at", "by", "attrs", "data"].into(),
        "previous" | "rules" => {
            return field.is_none().then(|| format!("`{path}` needs a name after the dot"));
        }
        _ => {
            return Some(format!(
                "there is no `{root}`: a field begins with order, client, event, responsible, shop, rule, previous or rules"
            ));
        }
    };
    match field {
        Some(field) if known.contains(field) => None,
        Some(field) => {
            let known = known.into_iter().collect::<Vec<_>>().join(", ");
            Some(format!("`{root}` has no `{field}`; it has {known}"))
        }
        None => Some(format!("`{path}` needs a field, e.g. `{root}.{}`", known.first().unwrap_or(&"id"))),
    }
}

#[cfg(test)]
mod tests {
    use super::unknown_field;

    #[test]
    fn a_field_that_does_not_exist_is_named_before_anything_runs() {
        assert_eq!(unknown_field("order.fields.colour"), None);
        assert_eq!(unknown_field("previous.code"), None);
        assert_eq!(unknown_field("rule.last_run"), None);
        assert!(unknown_field("rule.last").unwrap().contains("last_run"));
        assert!(unknown_field("order.totl").unwrap().contains("`totl`"));
        assert!(unknown_field("customer.name").unwrap().contains("client"));
        assert!(unknown_field("order").is_some());
    }
}
