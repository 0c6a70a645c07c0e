//! Triggers that applications fire.

use rulewright_domain::{
    Actor, ApplicationTrigger, Cause, NewEvent, OrderId, Rejection, ShopId, audit::Deed, kind,
};
use rulewright_ports::{
    StorageExt,
    storage::{PutRecords, Records, Sequence},
};

use crate::{Asked, Engine, Receipt, Refusal, change::Change, check::line};

const MOST: usize = 200;
/// Characters.
const CODE: usize = 128;
const NAME: usize = 200;

impl Engine {
    /// One that is registered already gets the name.
    pub async fn put_application_trigger(
        &self,
        asked: impl Into<Asked>,
        owner: &str,
        code: &str,
        name: &str,
    ) -> Result<ApplicationTrigger, Refusal> {
        let Asked { shop, key } = asked.into();
        check_code(code)?;
        line("/name", name, NAME)?;
        let (owner, code, name) = (owner.to_owned(), code.to_owned(), name.to_owned());
        let put = self.change(shop, move |change| {
            change.once(key.as_ref(), |change| {
                let known = change.tx.record_named::<ApplicationTrigger>(shop, &format!("{owner}/{code}"))?;
                let id = match &known {
                    Some(known) => known.id,
                    None if change.config.application_triggers.len() >= MOST => {
                        let message = format!("a shop has at most {MOST} triggers of applications");
                        return Err(Refusal::Conflict { message });
                    }
                    None => change.tx.next(Sequence::Record)?,
                };
                let trigger =
                    ApplicationTrigger { id, owner: owner.clone(), code: code.clone(), name: name.clone() };
                if known.as_ref() != Some(&trigger) {
                    change.tx.put_record(shop, &trigger)?;
                    change.audit_saved("application-trigger", &code, known.as_ref(), &trigger)?;
                }
                Ok(trigger)
            })
        });
        Ok(put.await?.answer)
    }

    /// Where it stands on a stage, nothing fires it any more.
    pub async fn remove_application_trigger(
        &self,
        shop: ShopId,
        owner: &str,
        code: &str,
    ) -> Result<(), Refusal> {
        let (owner, code) = (owner.to_owned(), code.to_owned());
        self.change(shop, move |change| {
            let found = change.tx.record_named::<ApplicationTrigger>(shop, &format!("{owner}/{code}"))?;
            let found = found.ok_or_else(|| not_registered(&code))?;
            change.tx.remove_record::<ApplicationTrigger>(shop, found.id)?;
            change.audit(Deed::new("application-trigger.removed", &code))
        })
        .await
    }

    /// None: of every owner.
    pub async fn application_triggers(
        &self,
        shop: ShopId,
        owner: Option<&str>,
    ) -> Result<Vec<ApplicationTrigger>, Refusal> {
        let owner = owner.map(str::to_owned);
        let all = self.storage().read(move |reads| {
            let mut all = reads.all_records::<ApplicationTrigger>(shop, None)?;
            all.retain(|trigger| owner.as_ref().is_none_or(|owner| trigger.owner == *owner));
            Ok::<_, Refusal>(all)
        });
        all.await
    }

    /// That it was fired, not that the order moves.
    pub async fn fire_application_trigger(
        &self,
        asked: impl Into<Asked>,
        by: Actor,
        owner: &str,
        code: &str,
        order: OrderId,
    ) -> Result<Receipt, Refusal> {
        let Asked { shop, key } = asked.into();
        let (owner, code) = (owner.to_owned(), code.to_owned());
        let fired = self.change_from_outside(shop, move |change| {
            change.once(key.as_ref(), |change| change.fire_for_application(&by, &owner, &code, order))
        });
        Ok(fired.await?.answer)
    }
}

impl Change<'_> {
    fn fire_for_application(
        &mut self,
        by: &Actor,
        owner: &str,
        code: &str,
        order: OrderId,
    ) -> Result<Receipt, Refusal> {
        self.must_take_in()?;
        let triggers = &self.config.application_triggers;
        if !triggers.iter().any(|trigger| trigger.owner == owner && trigger.code == code) {
            return Err(not_registered(code));
        }
        let not_found = || Rejection::NotFound { what: "order", id: order.to_string() };
        let order = self.tx.order(self.shop, order)?.ok_or_else(not_found)?;
        let event = NewEvent {
            order: Some(order.id),
            client: order.client(),
            ..NewEvent::new(kind::APPLICATION_TRIGGER)
        }
        .attr("code", code)
        .attr("application", owner);
        let id = self.record(event, &Cause::from_outside(by.clone()), Some(&order), None)?;
        Ok(Receipt { order: Some(order.id), events: vec![id], ..Receipt::default() })
    }
}

fn not_registered(code: &str) -> Refusal {
    Refusal::not_found("trigger of the application", code)
}

fn check_code(code: &str) -> Result<(), Refusal> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-' | '_');
    if (1..=CODE).contains(&code.len()) && code.chars().all(plain) {
        return Ok(());
    }
    let message = format!("a code has 1 to {CODE} of a-z, 0-9, `.`, `-` and `_`");
    Err(Refusal::invalid("/code", "code", message))
}
