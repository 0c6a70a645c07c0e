//! Shops and what belongs to them, apart from automations and plugins.

use std::collections::BTreeMap;

use rulewright_domain::{
    Employee, EmployeeId, Numerator, Rejection, RunId, Shop, ShopId, Token, TokenId, audit::Deed,
};
use rulewright_ports::{Failure, storage::Sequence};

use crate::{
    Asked, Engine, Refusal, audit,
    change::{Aftermath, Change},
    check,
    hash::unguessable,
    requisites,
    used::Named,
};

/// Characters of a name that people read.
const MAX_NAME: usize = 200;

impl Engine {
    /// The id is chosen here; the given one is ignored.
    pub async fn create_shop(&self, mut shop: Shop) -> Result<ShopId, Refusal> {
        check_shop(&shop)?;
        if shop.seed.is_empty() {
            shop.seed =
                unguessable().map_err(|error| Failure::new("unavailable", error.to_string(), true))?;
        }
        self.change_shops(move |engine, tx, now| {
            let id = ShopId(tx.next(Sequence::Shop)?);
            tx.put_shop(&Shop { id, ..shop.clone() })?;
            let deed = Deed::new("shop.created", id).with("name", shop.name.clone());
            audit::append(tx, id, now, &engine.who, deed)?;
            Ok((id, Aftermath::default()))
        })
        .await
    }

    /// Changes the shop as it is at that moment, so that two changes at once are both there in the end.
    pub async fn change_shop(
        &self,
        id: ShopId,
        patch: impl Fn(&mut Shop) + Send + 'static,
    ) -> Result<Shop, Refusal> {
        self.change(id, move |change| change.change_shop(&patch)).await
    }

    /// Id 0 adds a new one.
    pub async fn put_employee(
        &self,
        asked: impl Into<Asked>,
        employee: Employee,
    ) -> Result<EmployeeId, Refusal> {
        let Asked { shop, key } = asked.into();
        check_name(&employee.name, "an employee")?;
        let put = self.change(shop, move |change| {
            change.once(key.as_ref(), |change| {
                let known = &change.config.employees;
                if employee.id.0 != 0 && !known.contains_key(&employee.id) {
                    return Err(Refusal::not_found("employee", employee.id));
                }
                check_head(&employee, known)?;
                let mut employee = employee.clone();
                if employee.id.0 == 0 {
                    employee.id = EmployeeId(change.tx.next(Sequence::Employee)?);
                }
                let here = |employee: &Employee| employee.working && !employee.absent;
                let comes = known.get(&employee.id).is_some_and(|before| !here(before)) && here(&employee);
                let before = known.get(&employee.id).cloned();
                change.tx.put_employee(shop, &employee)?;
                change.audit_saved("employee", employee.id, before.as_ref(), &employee)?;
                if comes {
                    change.config = change.engine.inner.configs.of(change.tx, shop)?;
                    change.release_runs(employee.id, RunId(0))?;
                }
                Ok(employee.id)
            })
        });
        Ok(put.await?.answer)
    }

    /// The id is chosen here; the given one is ignored. Also tells whether the key made it before: then nobody knows
    /// its secret any more.
    pub async fn create_token(
        &self,
        asked: impl Into<Asked>,
        token: Token,
    ) -> Result<(TokenId, bool), Refusal> {
        let Asked { shop, key } = asked.into();
        let created = self.change(shop, move |change| {
            change.once(key.as_ref(), |change| {
                if let Some(id) = token.employee.filter(|id| !change.config.employees.contains_key(id)) {
                    return Err(Rejection::NotFound { what: "employee", id: id.to_string() }.into());
                }
                let id = TokenId(change.tx.next(Sequence::Token)?);
                change.tx.put_token(&Token { id, shop, ..token.clone() })?;
                let scopes = serde_json::to_value(&token.scopes).unwrap_or_default();
                let deed = Deed::new("token.created", id).with("name", token.name.clone());
                change.audit(deed.with("scopes", scopes))?;
                Ok(id)
            })
        });
        let once = created.await?;
        Ok((once.answer, once.again))
    }

    /// It opens nothing from the commit on.
    pub async fn remove_token(&self, shop: ShopId, id: TokenId) -> Result<(), Refusal> {
        self.change(shop, move |change| match change.tx.remove_token(shop, id)? {
            true => {
                change.after.tokens = true;
                change.audit(Deed::new("token.revoked", id))
            }
            false => Err(Refusal::not_found("token", id)),
        })
        .await
    }

    pub async fn put_numerator(&self, shop: ShopId, numerator: Numerator) -> Result<(), Refusal> {
        check_numerator(&numerator)?;
        self.change(shop, move |change| {
            // Numbers of the period that has begun are not given again where another one begins.
            if let Some(before) = change.config.numerators.get(&numerator.name) {
                let zone = &change.config.shop.time_zone;
                let (from, to) = (before.period(change.now, zone), numerator.period(change.now, zone));
                let last = change.tx.last_number(shop, &numerator.name, &from)?;
                if let Some(last) = last.filter(|_| from != to) {
                    let last =
                        change.tx.last_number(shop, &numerator.name, &to)?.unwrap_or_default().max(last);
                    change.tx.put_last_number(shop, &numerator.name, &to, last)?;
                }
            }
            let before = change.config.numerators.get(&numerator.name).cloned();
            change.tx.put_numerator(shop, &numerator)?;
            change.audit_saved("numerator", &numerator.name, before.as_ref(), &numerator)
        })
        .await
    }

    /// Numbers that it has given stay given: one of the same name goes on after them. Refused while something uses it.
    pub async fn remove_numerator(&self, shop: ShopId, name: &str) -> Result<(), Refusal> {
        let name = name.to_owned();
        self.change(shop, move |change| {
            change.not_used(Named::Numerator, &name)?;
            match change.tx.remove_numerator(shop, &name)? {
                true => change.audit(Deed::new("numerator.removed", &name)),
                false => Err(Refusal::not_found("numerator", &name)),
            }
        })
        .await
    }
}

impl Change<'_> {
    pub(crate) fn change_shop(&mut self, patch: &dyn Fn(&mut Shop)) -> Result<Shop, Refusal> {
        let mut shop = self.config.shop.clone();
        patch(&mut shop);
        check_shop(&shop)?;
        let before = &self.config.shop;
        let statuses = before.shipment_statuses.iter().map(|status| &status.id);
        let known = |id: &str| shop.shipment_statuses.iter().any(|status| status.id == id);
        self.none_used(Named::ShipmentStatus, statuses, known)?;
        let known = |name: &str| shop.requisites.contains_key(name);
        self.none_used(Named::Requisites, before.requisites.keys(), known)?;
        self.tx.put_shop(&shop)?;
        // A day begins at another moment, or orders are automated again.
        if shop != self.config.shop {
            self.plan_all_dates()?;
            let fields = audit::changed(&self.config.shop, &shop);
            self.audit(Deed::new("shop.changed", shop.id).with("fields", fields))?;
        }
        Ok(shop)
    }
}

pub(crate) fn check_numerator(numerator: &Numerator) -> Result<(), Refusal> {
    match numerator.problem() {
        Some((field, message)) => Err(Refusal::invalid(&format!("/{field}"), field, message)),
        None => Ok(()),
    }
}

fn check_shop(shop: &Shop) -> Result<(), Refusal> {
    check_name(&shop.name, "a shop")?;
    if !rulewright_domain::schedule::is_zone(&shop.time_zone) {
        let message = format!("`{}` is no IANA time zone such as Europe/London", shop.time_zone);
        return Err(Refusal::invalid("/time_zone", "time-zone", message));
    }
    if !rulewright_domain::is_locale(&shop.locale) {
        let message = format!("`{}` is no language tag such as en or en-GB", shop.locale);
        return Err(Refusal::invalid("/locale", "locale", message));
    }
    if let Some((path, message)) = shop.hours.problem() {
        return Err(Refusal::invalid(path, "invalid", message));
    }
    if let Some((path, message)) = shop.spending.problem() {
        return Err(Refusal::invalid(path, "invalid", message));
    }
    check_statuses(shop)?;
    requisites::check(&shop.requisites)
}

fn check_statuses(shop: &Shop) -> Result<(), Refusal> {
    for (index, status) in shop.shipment_statuses.iter().enumerate() {
        let at = format!("/shipment_statuses/{index}");
        check::name(&format!("{at}/id"), &status.id)?;
        check::line(&format!("{at}/name"), &status.name, MAX_NAME)?;
        if shop.shipment_statuses[..index].iter().any(|other| other.id == status.id) {
            let message = format!("`{}` stands there twice", status.id);
            return Err(Refusal::invalid(&format!("{at}/id"), "twice", message));
        }
    }
    Ok(())
}

fn check_name(name: &str, of: &str) -> Result<(), Refusal> {
    match name.chars().count() {
        1..=MAX_NAME if !name.trim().is_empty() && !name.contains(char::is_control) => Ok(()),
        _ => {
            let message = format!("{of} has a name of 1 to {MAX_NAME} characters on one line");
            Err(Refusal::invalid("/name", "name", message))
        }
    }
}

/// Whom rules ask next when somebody does not answer: somebody who exists, and never in a circle.
fn check_head(employee: &Employee, known: &BTreeMap<EmployeeId, Employee>) -> Result<(), Refusal> {
    let mut above = employee.head;
    // As many steps as there are employees lead out of every line that is no circle.
    for _ in 0..=known.len() {
        let Some(id) = above else { return Ok(()) };
        if id == employee.id {
            break;
        }
        let Some(head) = known.get(&id) else {
            return Err(Refusal::invalid(
                "/head",
                "no-such-employee",
                format!("there is no employee `{id}`"),
            ));
        };
        above = head.head;
    }
    Err(Refusal::invalid("/head", "circle", "nobody is their own head, directly or through others"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn employee(id: i64, head: Option<i64>) -> Employee {
        Employee {
            id: EmployeeId(id),
            name: "Ada".to_owned(),
            phone: None,
            work_phone: None,
            email: None,
            position: None,
            head: head.map(EmployeeId),
            absent: false,
            working: true,
        }
    }

    #[test]
    fn a_head_is_somebody_else_who_exists() {
        let known = [employee(1, None), employee(2, Some(1)), employee(3, Some(2))];
        let known = known.into_iter().map(|one| (one.id, one)).collect();
        for (id, head, right) in [
            (4, Some(3), true),
            (3, Some(1), true),
            (1, Some(1), false),
            (1, Some(3), false),
            (4, Some(9), false),
            (0, None, true),
        ] {
            assert_eq!(check_head(&employee(id, head), &known).is_ok(), right, "{id} {head:?}");
        }
    }

    #[test]
    fn a_name_is_text_that_somebody_can_read() {
        assert!(check_name("Ada", "an employee").is_ok());
        for name in ["", "  ", "Ada\0", "Ada\r\nBcc: eve", &"x".repeat(MAX_NAME + 1)] {
            assert!(check_name(name, "an employee").is_err(), "{name}");
        }
    }
}
