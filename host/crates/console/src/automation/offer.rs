//! What the pickers of a form offer, from what the shop has set.

use rulewright_domain::{EmployeeId, ShopConfig, Timestamp};
use serde_json::Value;

use super::Desk;
use crate::{
    door::Visitor,
    forms::{Choice, Choices, Field, Kind},
    words::Words,
};

/// The shop's things, for one look at a form.
pub struct Offer<'a> {
    config: &'a ShopConfig,
    desk: &'a Desk,
    responsible: String,
    fields: Vec<Field>,
    sample: Option<Value>,
    now: Timestamp,
}

impl<'a> Offer<'a> {
    pub fn of(visitor: &Visitor, desk: &'a Desk) -> Offer<'a> {
        let sample = desk.sample.as_ref();
        let sample =
            sample.map(|sample| rulewright_engine::sample(&desk.config, &sample.order, &sample.clients));
        Offer {
            config: &desk.config,
            desk,
            responsible: visitor.text("offer-responsible"),
            fields: fields(visitor.look.words, desk, sample.as_ref()),
            sample,
            now: visitor.look.now,
        }
    }

    fn employees(&self) -> Vec<Choice> {
        let of_order = Choice::new("", self.responsible.clone());
        let named = |(id, employee): (&EmployeeId, &rulewright_domain::Employee)| Choice {
            note: employee.position.clone().unwrap_or_default(),
            ..Choice::new(id.to_string(), employee.name.clone())
        };
        let known = self.config.employees.iter().filter(|(_, employee)| employee.working);
        std::iter::once(of_order).chain(known.map(named)).collect()
    }
}

/// Names of things that have no other name.
fn named<'k>(names: impl Iterator<Item = &'k String>) -> Vec<Choice> {
    names.map(|name| Choice::new(name.clone(), name.clone())).collect()
}

impl Choices for Offer<'_> {
    fn of(&self, widget: &str) -> Option<Vec<Choice>> {
        let config = self.config;
        Some(match widget {
            "employee" => self.employees(),
            "employees" => self.employees().into_iter().skip(1).collect(),
            "mailbox" => config
                .mailboxes
                .values()
                .map(|mailbox| Choice {
                    note: mailbox.address.clone(),
                    ..Choice::new(mailbox.id.clone(), mailbox.name.clone())
                })
                .collect(),
            "document-template" => named(config.templates.keys()),
            "numerator" => named(config.numerators.keys()),
            "list" => named(config.lists.keys()),
            "segment" => named(config.segments.keys()),
            "workflow" => named(config.workflows.keys()),
            "schedule" => named(config.schedules.keys()),
            "requisites" => named(config.shop.requisites.keys()),
            "stage" => self
                .desk
                .pipeline
                .stages
                .iter()
                .map(|stage| Choice::new(stage.id.0.clone(), stage.name.clone()))
                .collect(),
            "shipment-status" => config
                .shop
                .shipment_statuses
                .iter()
                .map(|one| Choice::new(one.id.clone(), one.name.clone()))
                .collect(),
            "order-field" => self
                .fields
                .iter()
                .filter_map(|field| {
                    Some(Choice::new(field.path.strip_prefix("order.")?, field.label.clone()))
                })
                .collect(),
            _ => return None,
        })
    }

    fn list_fields(&self, list: &str) -> Option<Vec<Choice>> {
        let list = self.config.lists.get(list)?;
        Some(list.fields.iter().map(|field| Choice::new(field.name.clone(), field.name.clone())).collect())
    }

    fn fields(&self) -> &[Field] {
        &self.fields
    }

    fn sample(&self) -> Option<&Value> {
        self.sample.as_ref()
    }

    fn clock(&self) -> Option<(Timestamp, &str)> {
        Some((self.now, &self.config.shop.time_zone))
    }

    fn money(&self) -> (&str, u8) {
        // As many digits as the order's own amounts have: not every currency has two.
        let digits = self.desk.sample.as_ref().map_or(2, |sample| sample.order.total.scale);
        (self.config.shop.currency.as_str(), digits)
    }
}

/// What texts can insert and conditions compare, and the shop's own fields that the sample order or its client has.
fn fields(words: Words, desk: &Desk, sample: Option<&Value>) -> Vec<Field> {
    let mut fields: Vec<Field> = rulewright_engine::insertable()
        .into_iter()
        .filter(|path| !path.ends_with(".fields"))
        .map(|path| Field { label: label(words, &path), kind: kind(desk, &path), path })
        .collect();
    for root in ["order", "client"] {
        let own = sample.and_then(|sample| sample.pointer(&format!("/{root}/fields"))?.as_object());
        for name in own.into_iter().flat_map(|own| own.keys()) {
            let path = format!("{root}.fields.{name}");
            fields.push(Field { label: name.clone(), path, kind: Kind::Any });
        }
    }
    fields
}

/// As staff call it.
fn label(words: Words, path: &str) -> String {
    words.text(&format!("field-{}", path.replace('.', "-")))
}

fn kind(desk: &Desk, path: &str) -> Kind {
    match path {
        "order.total" | "order.paid" => Kind::Money,
        "order.fully-paid" | "order.canceled" | "client.unsubscribed" => Kind::YesNo,
        "order.line-count" | "order.shipment-count" => Kind::Number,
        "order.created" | "order.updated" => Kind::Time,
        "order.tags" => Kind::Several(Vec::new()),
        "order.stage" => Kind::Choice(
            desk.pipeline
                .stages
                .iter()
                .map(|stage| Choice::new(stage.id.0.clone(), stage.name.clone()))
                .collect(),
        ),
        "order.pipeline" => {
            let all = desk.config.pipelines.values();
            Kind::Choice(
                all.map(|pipeline| Choice::new(pipeline.id.0.clone(), pipeline.name.clone())).collect(),
            )
        }
        "order.kind" => Kind::Choice(["order", "deal"].map(|kind| Choice::new(kind, kind)).into()),
        _ => Kind::Text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_that_can_be_inserted_has_a_name_for_staff() {
        for path in rulewright_engine::insertable().into_iter().filter(|path| !path.ends_with(".fields")) {
            let name = label(Words::default(), &path);
            assert!(!name.starts_with("field-"), "{path} has no words in fields.ftl");
        }
    }
}
