//! What conditions and templates can see.

use std::collections::BTreeSet;

use rulewright_domain::{Client, Event, Order, Run, ShopConfig, condition::Condition};
use serde_json::{Value, json};

pub(crate) fn of(
    config: &ShopConfig,
    order: &Order,
    clients: &[Client],
    event: &Event,
    with_data: bool,
    run: Option<&Run>,
) -> Value {
    let responsible = order.responsible.and_then(|id| config.employees.get(&id));
    let stage = config.pipelines.get(&order.pipeline).and_then(|pipeline| pipeline.stage(&order.stage));
    let mut order_view = order.view();
    order_view["stage-name"] = json!(stage.map(|stage| &stage.name));
    json!({
        "order": order_view,
        "client": clients.first().map(Client::view),
        "event": event.view(with_data),
        "responsible": responsible,
        "shop": { "name": config.shop.name, "currency": config.shop.currency },
        "previous": run.and_then(previous),
        "rules": run.map(|run| &run.inputs),
    })
}

/// Whether a condition or settings lead to the payload of the event.
pub(crate) fn wants_data(condition: Option<&Condition>, settings: &Value) -> bool {
    const DATA: &str = "event.data";
    let in_condition = condition.is_some_and(|one| one.fields().iter().any(|field| field.starts_with(DATA)));
    in_condition || settings.to_string().contains(DATA)
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
        "event" => ["id", "kind", "at", "by", "attrs", "data"].into(),
        "previous" | "rules" => {
            return field.is_none().then(|| format!("`{path}` needs a name after the dot"));
        }
        _ => {
            return Some(format!(
                "there is no `{root}`: a field begins with order, client, event, responsible, shop, previous or rules"
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
        assert!(unknown_field("order.totl").unwrap().contains("`totl`"));
        assert!(unknown_field("customer.name").unwrap().contains("client"));
        assert!(unknown_field("order").is_some());
    }
}
