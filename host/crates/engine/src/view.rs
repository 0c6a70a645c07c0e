//! What conditions and templates can see.

use std::collections::BTreeSet;

use rulewright_domain::{Client, Event, Order, Run, Shop, ShopConfig, Timestamp, condition::Condition};
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
    add("order", &|| order_view(config, order));
    add("client", &|| json!(clients.first().map(Client::view)));
    add("event", &|| event.view(looks.at("event.data")));
    add("responsible", &|| json!(order.responsible.and_then(|id| config.employees.get(&id))));

    add("previous", &|| json!(run.and_then(previous)));
    add("rules", &|| json!(run.map(|run| &run.inputs)));
    add("workflow", &|| json!(run.and_then(|run| run.workflow.as_ref()).map(|started| &started.parameters)));
    // A date is put as the shop's calendar has it.
    if ["shop", "date", "time"].iter().any(|word| looks.at(word)) {
        view.insert("shop".to_owned(), shop_view(&config.shop));
    }
    // Not by `add`: `rules` begins like it.
    if looks.at_last_run() {
        view.insert("rule".to_owned(), json!({ "last_run": last_run }));
    }
    Value::Object(view)
}

fn order_view(config: &ShopConfig, order: &Order) -> Value {
    let stage = config.pipelines.get(&order.pipeline).and_then(|pipeline| pipeline.stage(&order.stage));
    let mut view = order.view();
    view["stage-name"] = json!(stage.map(|stage| &stage.name));
    view
}

fn shop_view(shop: &Shop) -> Value {
    json!({ "name": shop.name, "currency": shop.currency, "time-zone": shop.time_zone })
}

/// What a rule of the order would see that begins now: to show whoever writes one what is there.
pub fn sample(config: &ShopConfig, order: &Order, clients: &[Client]) -> Value {
    json!({
        "order": order_view(config, order),
        "client": clients.first().map(Client::view),
        "responsible": order.responsible.and_then(|id| config.employees.get(&id)),
        "shop": shop_view(&config.shop),
    })
}

/// Every field that texts can insert and conditions compare, apart from the shop's own and those of an event.
pub fn insertable() -> Vec<String> {
    let all = ["order", "client", "responsible", "shop"];
    all.iter()
        .flat_map(|root| fields(root).into_iter().flatten().map(move |field| format!("{root}.{field}")))
        .collect()
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
    problem(path, "order, client, event, responsible, shop, rule, previous, rules or workflow", |root| {
        Some(match root {
            "rule" => Known::Fields(["last_run"].into()),
            "event" => Known::Fields(["id", "kind", "at", "by", "attrs", "data"].into()),
            "previous" | "rules" | "workflow" => Known::Any,
            _ => Known::Fields(fields(root)?),
        })
    })
}

/// The same for a template that a plugin fills.
pub(crate) fn unknown_in_document(path: &str, shop: &Shop) -> Option<String> {
    let roots = "document, order, client, responsible, shop, requisites, values, line, payment or shipment";
    problem(path, roots, |root| {
        Some(match root {
            "document" => Known::Fields(["number", "title", "date"].into()),
            "requisites" => {
                let all = shop.requisites.values().flat_map(|one| one.fields.keys().map(String::as_str));
                Known::Fields(all.chain(["bank"]).collect())
            }
            "values" => Known::Any,
            "line" => {
                Known::Fields(["number", "sku", "title", "quantity", "price", "total", "currency"].into())
            }
            "payment" => Known::Fields(["number", "amount", "currency", "paid", "paid-at", "system"].into()),
            "shipment" => Known::Fields(
                ["number", "service", "status", "tracking-number", "comment", "allowed", "shipped"].into(),
            ),
            _ => Known::Fields(fields(root)?),
        })
    })
}

enum Known<'a> {
    Fields(BTreeSet<&'a str>),
    /// The shop's own names.
    Any,
}

/// What is there wherever values are inserted.
fn fields(root: &str) -> Option<BTreeSet<&'static str>> {
    const ORDER: [&str; 23] = [
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
        "fields",
        "shipment-count",
        "delivery-service",
        "tracking-number",
    ];
    match root {
        "order" => Some(ORDER.into()),
        "client" => Some(["id", "kind", "name", "phone", "email", "locale", "fields", "unsubscribed"].into()),
        "responsible" => Some(["id", "name", "phone", "email", "position", "head"].into()),
        "shop" => Some(["name", "currency", "time-zone"].into()),
        _ => None,
    }
}

fn problem<'a>(path: &str, roots: &str, known: impl FnOnce(&str) -> Option<Known<'a>>) -> Option<String> {
    let mut parts = path.split('.');
    let (root, field) = (parts.next().unwrap_or_default(), parts.next());
    let known = match known(root) {
        Some(Known::Fields(known)) => known,
        Some(Known::Any) => return field.is_none().then(|| format!("`{path}` needs a name after the dot")),
        None => return Some(format!("there is no `{root}`: a field begins with {roots}")),
    };
    match field {
        Some(field) if known.contains(field) => None,
        Some(field) => {
            let nearest = nearest(field, &known).map(|name| format!(", did you mean `{root}.{name}`?"));
            let known = known.into_iter().collect::<Vec<_>>().join(", ");
            Some(format!("`{root}` has no `{field}`{}; it has {known}", nearest.unwrap_or_default()))
        }
        None => Some(format!("`{path}` needs a field, e.g. `{root}.{}`", known.first().unwrap_or(&"id"))),
    }
}

/// Somebody who mistyped a name reads the right one before all others.
pub(crate) fn nearest<'a>(name: &str, known: &BTreeSet<&'a str>) -> Option<&'a str> {
    let near = |one: &&'a str| (strsim::jaro_winkler(name, one) * 1000.0) as u32;
    known.iter().copied().max_by_key(near).filter(|one| near(one) >= 750)
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
        assert!(unknown_field("order.totl").unwrap().contains("`totl`, did you mean `order.total`?"));
        assert!(!unknown_field("order.xyz").unwrap().contains("mean"));
        assert!(unknown_field("customer.name").unwrap().contains("client"));
        assert!(unknown_field("order").is_some());
    }
}
