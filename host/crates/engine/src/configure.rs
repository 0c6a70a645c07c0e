//! Shops and what belongs to them, apart from automations and plugins.

use rulewright_domain::{Employee, EmployeeId, Numerator, Pipeline, Rejection, Shop, ShopId, Template};
use rulewright_ports::storage::Sequence;

use crate::{Engine, Refusal, change::Aftermath, document};

impl Engine {
    /// The id is chosen here; the given one is ignored.
    pub async fn create_shop(&self, mut shop: Shop) -> Result<ShopId, Refusal> {
        check_shop(&shop)?;
        self.change_shops(move |_, tx, _| {
            shop.id = ShopId(tx.next(Sequence::Shop)?);
            tx.put_shop(&shop)?;
            Ok((shop.id, Aftermath::default()))
        })
        .await
    }

    pub async fn put_shop(&self, shop: Shop) -> Result<(), Refusal> {
        check_shop(&shop)?;
        self.change(shop.id, move |change| Ok(change.tx.put_shop(&shop)?)).await
    }

    /// Stages that orders stand in cannot be taken away.
    pub async fn put_pipeline(&self, shop: ShopId, pipeline: Pipeline) -> Result<(), Refusal> {
        if let Some(issue) = pipeline.issues().into_iter().next() {
            return Err(Rejection::invalid(format!("pipeline `{}`", pipeline.id), issue).into());
        }
        self.change(shop, move |change| {
            let counts = change.tx.order_counts(shop)?;
            let lost =
                counts.iter().find(|(id, stage, _)| *id == pipeline.id && pipeline.stage(stage).is_none());
            if let Some((_, stage, orders)) = lost {
                let message = format!("{orders} orders stand in stage `{stage}`: move them first");
                return Err(Refusal::Conflict { message });
            }
            Ok(change.tx.put_pipeline(shop, &pipeline)?)
        })
        .await
    }

    /// Id 0 adds a new one.
    pub async fn put_employee(&self, shop: ShopId, mut employee: Employee) -> Result<EmployeeId, Refusal> {
        self.change(shop, move |change| {
            if employee.id.0 == 0 {
                employee.id = EmployeeId(change.tx.next(Sequence::Employee)?);
            } else if !change.config.employees.contains_key(&employee.id) {
                return Err(Refusal::not_found("employee", employee.id));
            }
            change.tx.put_employee(shop, &employee)?;
            Ok(employee.id)
        })
        .await
    }

    pub async fn put_template(&self, shop: ShopId, template: Template) -> Result<(), Refusal> {
        document::check(&template)?;
        self.change(shop, move |change| {
            if !change.config.numerators.contains_key(&template.numerator) {
                return Err(Refusal::not_found("numerator", &template.numerator));
            }
            Ok(change.tx.put_template(shop, &template)?)
        })
        .await
    }

    pub async fn put_numerator(&self, shop: ShopId, numerator: Numerator) -> Result<(), Refusal> {
        if !numerator.pattern.contains("{number}") {
            let message = "its pattern needs `{number}`, e.g. INV-{number}";
            return Err(Rejection::invalid(format!("numerator `{}`", numerator.name), message).into());
        }
        self.change(shop, move |change| Ok(change.tx.put_numerator(shop, &numerator)?)).await
    }
}

fn check_shop(shop: &Shop) -> Result<(), Rejection> {
    if shop.name.trim().is_empty() {
        return Err(Rejection::invalid("name", "a shop needs a name"));
    }
    if !rulewright_domain::schedule::is_zone(&shop.time_zone) {
        let message = format!("`{}` is no IANA time zone such as Europe/London", shop.time_zone);
        return Err(Rejection::invalid("time_zone", message));
    }
    Ok(())
}
