//! A shop to look around in: forty real orders as if they had come in lately, and an automation that takes the last of
//! them on. Everything comes in by the engine's commands, as it does from a shop's own systems.

use std::collections::BTreeMap;

use rulewright_domain::{
    Actor, ClientId, Command, Currency, EmployeeId, OrderChange, OrderId, Pipeline, PipelineId, Shop, ShopId,
    Spending, StageId, Timestamp, condition::Operator::GreaterThan, spending::Pace,
};
use rulewright_engine::{Engine, Key, Receipt, Refusal, Request};
use rulewright_ports::StorageExt;
use serde_json::json;

use crate::demo::{
    command, dataset,
    invention::{self, Person},
    shop::{Stages, email, rule, stage, trigger},
};
use crate::error::{CliError, Doing, Result};
use crate::order_file::{Invoice, OrderFile};
use crate::setup;

const ORDERS: usize = 40;
/// Come in last, when the automation is there.
const LIVE: usize = 8;
/// Of these, paid: the automation moves them on.
const PAID: usize = 3;
/// What the automation is made of.
const PLUGINS: [&str; 3] = ["send-email", "task", "payment"];
/// Milliseconds from one order to the next: a week has forty.
const APART: i64 = 4 * 3_600_000;

/// Where the orders stand that came in before the automation, oldest first: until the place, the stage.
const STAGES: [(usize, &str); 4] = [(12, "done"), (18, "shipped"), (26, "paid"), (ORDERS, "new")];

/// For a shop without orders, whatever else it has.
pub async fn fill(engine: &Engine, shop: ShopId) -> Result<()> {
    let config = engine.config(shop).await?;
    let file = orders(config.shop.currency)?;
    let chosen: Vec<(&str, &[u8])> =
        rulewright_bundled::PLUGINS.iter().copied().filter(|(folder, _)| PLUGINS.contains(folder)).collect();
    setup::install(engine, shop, &chosen, || ()).await?;
    let id = setup::first_pipeline().id;
    engine.put_pipeline(shop, pipeline(config.pipelines.get(&id))).await?;
    let responsible = setup::administrator(engine, shop).await?;
    let people = invention::invent(&file, &[], invention::SEED).people;
    let currency = config.shop.currency;
    let mut coming = Coming { engine, shop, currency, responsible, people, clients: BTreeMap::new() };
    let now = engine.clock().now();
    let at = |place: usize| now.plus(-APART * i64::try_from(ORDERS - place).unwrap_or_default());
    let (before, live) = file.invoices.split_at(file.invoices.len().saturating_sub(LIVE));
    for (place, invoice) in before.iter().enumerate() {
        let stage = STAGES.iter().find(|(until, _)| place < *until).map(|(_, stage)| StageId::from(*stage));
        let paid = stage.as_ref().is_some_and(|stage| stage.0 != "new");
        let order = coming.order(invoice, at(place), stage).await?;
        if let Some(order) = order.filter(|_| paid) {
            coming.pay(order, invoice).await?;
        }
    }
    engine.change_shop(shop, bound).await?;
    automate(engine, shop, &id).await?;
    for (place, invoice) in live.iter().enumerate() {
        let order = coming.order(invoice, at(before.len() + place), None).await?;
        if let Some(order) = order.filter(|_| place < PAID) {
            coming.pay(order, invoice).await?;
        }
    }
    Ok(())
}

/// Wide, and there to be seen: whoever connects a gateway later has bounds before the first bill.
fn bound(shop: &mut Shop) {
    if shop.spending == Spending::default() {
        let sms = Pace { hour: Some(200), day: Some(1_000) };
        let calls = Pace { hour: Some(50), day: Some(200) };
        shop.spending = Spending { number: Some(20), sms, calls, ..Spending::default() };
    }
}

/// The one that every shop begins with; stages of the shop's own stay.
fn pipeline(known: Option<&Pipeline>) -> Pipeline {
    let first = setup::first_pipeline();
    let Some(known) = known else { return first };
    let mut pipeline = known.clone();
    let missing = first.stages.into_iter().filter(|stage| known.stage(&stage.id).is_none());
    pipeline.stages.extend(missing);
    pipeline
}

/// Forty that fit on a screen: sold to somebody, for money.
fn orders(currency: Currency) -> Result<OrderFile> {
    let mut file =
        dataset::priced_in(currency).doing(|| "the orders that come with the program".to_owned())?;
    let plain = |invoice: &Invoice| {
        let sold = invoice.total().is_some_and(|total| total.is_positive());
        sold && invoice.customer.is_some() && (1..=12).contains(&invoice.lines.len())
    };
    file.invoices.retain(plain);
    file.invoices.truncate(ORDERS);
    Ok(file)
}

/// What the shop has published itself stays in force.
async fn automate(engine: &Engine, shop: ShopId, pipeline: &PipelineId) -> Result<()> {
    let wanted = pipeline.clone();
    let revisions = engine.storage().read(move |reads| Ok::<_, Refusal>(reads.revisions(shop, &wanted)?));
    if revisions.await?.is_empty() {
        engine.save_draft(shop, pipeline, None, automation()).await?;
        engine.publish(shop, pipeline).await?;
    }
    Ok(())
}

fn automation() -> Stages {
    let mut stages = BTreeMap::new();
    let confirm = email(
        "confirm",
        "Confirm the order",
        "We have your order {{ order.number }}",
        "Dear {{ client.name | customer }}, thank you for your order over {{ order.total }} {{ order.currency }}.",
    );
    let confirm = confirm.if_all([("order.total", GreaterThan, json!(0))]);
    stage(&mut stages, "new", Vec::new(), vec![confirm]);
    stage(
        &mut stages,
        "paid",
        vec![trigger("paid-in-full", "The order is paid", "payment", json!({ "payment": "full" }))],
        vec![rule(
            "pack",
            "Pack it",
            "task",
            json!({ "title": "Pack order {{ order.number }}", "deadline": 1 }),
        )],
    );
    stages
}

/// Orders on their way in.
struct Coming<'a> {
    engine: &'a Engine,
    shop: ShopId,
    currency: Currency,
    responsible: EmployeeId,
    /// By the number that they have in the file, as the rest.
    people: BTreeMap<String, Person>,
    clients: BTreeMap<String, ClientId>,
}

impl Coming<'_> {
    /// With a stage, it is brought in from the past and nothing runs because of it.
    async fn order(
        &mut self,
        invoice: &Invoice,
        created: Timestamp,
        stage: Option<StageId>,
    ) -> Result<Option<OrderId>> {
        let client = match &invoice.customer {
            Some(customer) => self.client(customer, &invoice.country).await?,
            None => None,
        };
        let new = command::order(invoice, client, self.responsible);
        let Command::CreateOrder(mut new) = new.map_err(CliError::failed)? else { return Ok(None) };
        new.pipeline = setup::first_pipeline().id;
        new.historical = stage.is_some();
        new.stage = stage;
        new.created = Some(created);
        new.currency = self.currency;
        let receipt = self.execute(format!("order/{}", invoice.number), Command::CreateOrder(new)).await?;
        Ok(receipt.order)
    }

    async fn client(&mut self, customer: &str, country: &str) -> Result<Option<ClientId>> {
        if let Some(known) = self.clients.get(customer) {
            return Ok(Some(*known));
        }
        let Some(person) = self.people.get(customer) else { return Ok(None) };
        let new = command::client(customer, person, country);
        let client = self.execute(format!("client/{customer}"), new).await?.client;
        self.clients.extend(client.map(|id| (customer.to_owned(), id)));
        Ok(client)
    }

    async fn pay(&self, id: OrderId, invoice: &Invoice) -> Result<()> {
        let Some(amount) = invoice.total() else { return Ok(()) };
        let change = OrderChange::AddPayment { amount, system: Some("card".to_owned()), paid: true };
        let pay = Command::ChangeOrder { id, expected: None, change };
        self.execute(format!("pay/{}", invoice.number), pay).await.map(drop)
    }

    /// Once, however often it is tried.
    async fn execute(&self, key: String, command: Command) -> Result<Receipt> {
        let (source, fingerprint) = ("sample".to_owned(), "sample-1".to_owned());
        let by = Actor::Outside { source: "sample".to_owned() };
        let key = Some(Key { source, key, fingerprint });
        Ok(self.engine.execute(Request { shop: self.shop, command, by, key }).await?)
    }
}

#[cfg(test)]
mod tests {
    use rulewright_domain::automation::issues;

    use super::*;

    #[test]
    fn there_are_forty_orders_in_the_currency_of_the_shop() {
        let yen = Currency::new(b"JPY");
        let file = orders(yen).unwrap();
        assert_eq!(file.invoices.len(), ORDERS);
        for invoice in &file.invoices {
            assert!(!invoice.is_credit() && invoice.total().unwrap().currency == yen);
            assert!(invoice.customer.is_some());
        }
    }

    #[test]
    fn the_automation_is_made_of_three_plugins_and_fits_its_pipeline() {
        let stages = automation();
        let issues = issues(&stages, &setup::first_pipeline());
        assert!(issues.is_empty(), "{issues:?}");
        let rules = stages.values().flat_map(|stage| stage.rules.iter().map(|rule| rule.plugin.as_str()));
        let triggers = stages.values().flat_map(|stage| stage.triggers.iter().map(|one| one.plugin.as_str()));
        let mut used: Vec<String> = rules.chain(triggers).map(str::to_owned).collect();
        used.sort();
        let mut known = PLUGINS.map(|folder| format!("rulewright.{folder}"));
        known.sort();
        assert_eq!(used, known);
        let bundled: Vec<&str> = rulewright_bundled::PLUGINS.iter().map(|(folder, _)| *folder).collect();
        assert!(PLUGINS.iter().all(|folder| bundled.contains(folder)));
    }

    #[test]
    fn each_order_of_the_past_has_a_stage_of_the_pipeline() {
        let pipeline = setup::first_pipeline();
        for (_, stage) in STAGES {
            assert!(pipeline.stages.iter().any(|one| one.id.0 == stage), "{stage}");
        }
        assert!(STAGES.windows(2).all(|two| two[0].0 < two[1].0) && STAGES[3].0 == ORDERS);
    }
}
