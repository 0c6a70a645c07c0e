//! The demo's shop: its people, its pipelines, and an automation made of bundled plugins only.

use std::collections::BTreeMap;

use rulewright_domain::automation::Which;
use rulewright_domain::{
    Condition, Employee, EmployeeId, Numerator, OrderKind, Pipeline, PipelineId, RuleSpec, ShipmentStatus,
    Shop, ShopId, StageAutomation, StageId, StageKind, Template, TriggerSpec, When, WorkingHours,
};
use rulewright_engine::Engine;
use rulewright_ports::{StorageError, StorageExt};
use serde_json::{Value, json};

use super::dataset::{CURRENCY, ZONE};
use super::invention::EMPLOYEES;
use crate::error::Result;
use crate::setup;

pub const NAME: &str = "December gifts (demo)";
pub const ORDERS: &str = "orders";
pub const RETURNS: &str = "returns";
pub const CANCELED: &str = "canceled";
pub const HOOK_SHIPPED: &str = "courier-shipped";
pub const HOOK_DELIVERED: &str = "courier-delivered";

/// Opens the shop, or the one that an earlier replay left. `plugin` hears of every plugin.
pub async fn open(engine: &Engine, known: Option<ShopId>, plugin: impl Fn()) -> Result<ShopId> {
    let shop = match known {
        Some(shop) => shop,
        None => engine.create_shop(shop()).await?,
    };
    // Published last: with it, everything before is there too.
    let published = engine
        .storage()
        .read(move |reads| {
            Ok::<_, StorageError>(!reads.revisions(shop, &PipelineId::from(RETURNS))?.is_empty())
        })
        .await?;
    if published {
        return Ok(shop);
    }
    setup::install_bundled(engine, shop, plugin).await?;
    hire(engine, shop).await?;
    for numerator in numerators() {
        engine.put_numerator(shop, numerator).await?;
    }
    for template in templates() {
        engine.put_template(shop, template).await?;
    }
    engine.put_pipeline(shop, rulewright_bitrix24::classic::pipeline()).await?;
    for (pipeline, stages) in [(orders(), order_automation()), (returns(), return_automation())] {
        let id = pipeline.id.clone();
        engine.put_pipeline(shop, pipeline).await?;
        engine.save_draft(shop, &id, None, stages).await?;
        engine.publish(shop, &id).await?;
    }
    Ok(shop)
}

/// Who gets the orders.
pub async fn sales(engine: &Engine, shop: ShopId) -> Result<Vec<EmployeeId>> {
    let employees = employees(engine, shop).await?;
    let mut sales: Vec<EmployeeId> =
        employees.iter().filter(|one| one.head.is_some()).map(|one| one.id).collect();
    sales.sort();
    // Somebody must be there, or the remainder of a division by nobody is asked for.
    if sales.is_empty() {
        sales.extend(employees.iter().map(|one| one.id));
    }
    Ok(sales)
}

async fn employees(engine: &Engine, shop: ShopId) -> Result<Vec<Employee>> {
    let config = engine.storage().read(move |reads| reads.config(shop)).await?;
    Ok(config.map(|config| config.employees.into_values().collect()).unwrap_or_default())
}

async fn hire(engine: &Engine, shop: ShopId) -> Result<()> {
    let known = employees(engine, shop).await?;
    let mut head = None;
    for one in &EMPLOYEES {
        let id = match known.iter().find(|employee| employee.name == one.name) {
            Some(employee) => employee.id,
            None => {
                let employee = Employee {
                    id: EmployeeId(0),
                    name: one.name.to_owned(),
                    phone: Some(one.phone.to_owned()),
                    work_phone: None,
                    email: Some(one.email.to_owned()),
                    position: Some(one.position.to_owned()),
                    head,
                    absent: false,
                    working: true,
                };
                engine.put_employee(shop, employee).await?
            }
        };
        head = head.or(Some(id));
    }
    Ok(())
}

fn shop() -> Shop {
    let mut hours = WorkingHours::default();
    hours.holidays.extend(["2010-12-25", "2010-12-27", "2010-12-28", "2011-01-03"].map(str::to_owned));
    Shop {
        id: ShopId(0),
        name: NAME.to_owned(),
        currency: CURRENCY,
        locale: "en-GB".to_owned(),
        time_zone: ZONE.to_owned(),
        hours,
        automate_orders: true,
        // Codes of the demo are the same in every replay, and so can be guessed.
        seed: "online-retail".to_owned(),
        not_in_plan: Default::default(),
        requisites: Default::default(),
        sandbox: true,
        shipment_statuses: ShipmentStatus::usual(),
        hook_keys: Default::default(),
        spending: Default::default(),
    }
}

fn orders() -> Pipeline {
    let stages = setup::stages(&[
        ("new", "New", StageKind::Open),
        ("question", "Question", StageKind::Open),
        ("paid", "Paid", StageKind::Open),
        ("packing", "Packing", StageKind::Open),
        ("shipped", "Shipped", StageKind::Open),
        ("done", "Done", StageKind::Won),
        (CANCELED, "Canceled", StageKind::Lost),
    ]);
    Pipeline::new(ORDERS, "Orders", OrderKind::Order, stages)
}

/// Cancellations live here: they are nothing to pay, pack or ship.
fn returns() -> Pipeline {
    let stages = setup::stages(&[
        ("received", "Received", StageKind::Open),
        ("credited", "Credited", StageKind::Won),
        ("rejected", "Rejected", StageKind::Lost),
    ]);
    Pipeline::new(RETURNS, "Returns", OrderKind::Order, stages)
}

fn numerators() -> [Numerator; 2] {
    let numerator = |name: &str, pattern: &str| Numerator { pad: 6, ..Numerator::new(name, pattern) };
    [numerator("invoices", "INV-{number}"), numerator("credit-notes", "CN-{number}")]
}

fn templates() -> [Template; 2] {
    let template = |name: &str, title: &str, source: &str, numerator: &str| Template {
        name: name.to_owned(),
        title: title.to_owned(),
        media_type: "text/html".to_owned(),
        source: source.into(),
        numerator: numerator.to_owned(),
    };
    [
        template("invoice", "Invoice", include_str!("template/invoice.html"), "invoices"),
        template("credit-note", "Credit note", include_str!("template/credit-note.html"), "credit-notes"),
    ]
}

/// A rule as it stands on a stage; the methods say what differs from the usual.
pub struct Rule(RuleSpec);

pub fn rule(id: &str, name: &str, plugin: &str, settings: Value) -> Rule {
    Rule(RuleSpec {
        id: id.into(),
        name: name.to_owned(),
        plugin: format!("rulewright.{plugin}"),
        settings,
        when: When::default(),
        condition: None,
        after_previous: false,
        on_previous_failed: Default::default(),
        active: true,
        shadow: false,
        recipe: None,
    })
}

impl Rule {
    fn after_previous(mut self) -> Rule {
        self.0.after_previous = true;
        self
    }

    /// Also when the one above failed: an invoice that could not be made must not keep the parcel here.
    fn anyway(mut self) -> Rule {
        self.0.on_previous_failed = rulewright_domain::automation::OnFailure::RunAnyway;
        self.after_previous()
    }

    fn when(mut self, when: When) -> Rule {
        self.0.when = when;
        self
    }

    pub fn if_all<const N: usize>(
        mut self,
        compared: [(&str, rulewright_domain::condition::Operator, Value); N],
    ) -> Rule {
        let all = compared.map(|(field, operator, value)| Condition::Compare {
            field: field.to_owned(),
            operator,
            value,
        });
        self.0.condition = Some(Condition::All { all: all.into() });
        self
    }
}

pub fn trigger(id: &str, name: &str, plugin: &str, settings: Value) -> TriggerSpec {
    TriggerSpec {
        id: id.into(),
        name: name.to_owned(),
        plugin: format!("rulewright.{plugin}"),
        settings,
        condition: None,
        allow_previous: false,
        include_changes_by_rules: false,
        // Who calls means the order that was placed last.
        which: Which::Newest,
        active: true,
        recipe: None,
    }
}

pub type Stages = BTreeMap<StageId, StageAutomation>;

pub fn stage(stages: &mut Stages, id: &str, triggers: Vec<TriggerSpec>, rules: Vec<Rule>) {
    let rules = rules.into_iter().map(|rule| rule.0).collect();
    stages.insert(id.into(), StageAutomation { triggers, rules });
}

pub fn email(id: &str, name: &str, subject: &str, text: &str) -> Rule {
    rule(id, name, "send-email", json!({ "subject": subject, "text": text }))
}

fn sms(id: &str, name: &str, text: &str) -> Rule {
    rule(id, name, "send-sms", json!({ "text": text }))
}

fn order_automation() -> Stages {
    use rulewright_domain::condition::Operator::{AtLeast, Equals, GreaterThan};
    let mut stages = Stages::new();
    stage(&mut stages, "new", Vec::new(), vec![
        email(
            "confirm",
            "Confirm the order",
            "We have your order {{ order.number }}",
            "Dear {{ client.name | customer }}, thank you for your order over {{ order.total }} {{ order.currency }}.",
        )
        .if_all([("order.total", GreaterThan, json!(0))]),
        rule("await-payment", "Wait for the payment", "wait", json!({
            "until": { "kind": "after", "amount": 5, "unit": "days" },
            "description": "Is order {{ order.number }} still wanted?",
        }))
        .if_all([("order.total", GreaterThan, json!(0))]),
        sms("remind", "Remind of the payment", "Your order {{ order.number }} over {{ order.total }} {{ order.currency }} waits for its payment.")
            .after_previous()
            .if_all([("order.total", GreaterThan, json!(0)), ("order.fully-paid", Equals, json!(false))]),
    ]);
    stage(
        &mut stages,
        "question",
        vec![
            trigger("called", "The client calls", "incoming-call", json!({})),
            trigger(
                "asked",
                "The client asks on the website",
                "form-submission",
                json!({ "form": "question" }),
            ),
        ],
        vec![
            rule(
                "answer",
                "Answer the client",
                "task",
                json!({
                    "title": "Answer {{ client.name | the customer }} about order {{ order.number }}", "deadline": 1,
                }),
            ),
            rule(
                "note-question",
                "Note it",
                "write-to-log",
                json!({ "text": "Asked through {{ event.by }}" }),
            ),
        ],
    );
    stage(
        &mut stages,
        "paid",
        vec![trigger("paid-in-full", "The order is paid", "payment", json!({ "payment": "full" }))],
        vec![
            rule("invoice", "Make the invoice", "create-crm-document", json!({ "template": "invoice" })),
            email(
                "send-invoice",
                "Tell the invoice's number",
                "Invoice {{ previous.document.number }} for order {{ order.number }}",
                "Dear {{ client.name | customer }}, we have your payment of {{ order.paid }} {{ order.currency }}. Thank you.",
            )
            .after_previous(),
            rule("pack", "On to packing", "change-status", json!({ "stage": "packing" })).anyway(),
        ],
    );
    stage(
        &mut stages,
        "packing",
        Vec::new(),
        vec![
            rule("code", "Make a pick-up code", "generate-code", json!({ "length": 6 })),
            sms(
                "send-code",
                "Send the code",
                "Order {{ order.number }} is being packed. Your pick-up code: {{ previous.code }}",
            )
            .after_previous(),
            rule(
                "pack-task",
                "Pack it",
                "task",
                json!({
                    "title": "Pack order {{ order.number }}", "deadline": 4, "deadline-unit": "hours",
                    "description": "{{ order.line-count }} lines", "complete-when-leaving-stage": true,
                }),
            ),
        ],
    );
    stage(
        &mut stages,
        "shipped",
        vec![trigger("taken", "The courier took it", "webhook", json!({ "code": HOOK_SHIPPED }))],
        vec![
            sms(
                "on-its-way",
                "On its way",
                "Order {{ order.number }} is on its way: {{ order.tracking-number | no number }}",
            ),
            rule(
                "note-shipped",
                "Note the parcel",
                "write-to-log",
                json!({
                    "text": "Left with {{ order.delivery-service }}, {{ order.tracking-number }}",
                }),
            ),
        ],
    );
    stage(
        &mut stages,
        "done",
        vec![trigger("arrived", "The parcel arrived", "webhook", json!({ "code": HOOK_DELIVERED }))],
        vec![
            email("thank", "Thank the client", "Your order {{ order.number }} has arrived", "We hope that you like it.")
                .if_all([("order.total", AtLeast, json!(100))]),
            rule("call", "Call great customers", "robocall", json!({
                "number": "+442079460100",
                "using": { "kind": "text", "text": "Hello {{ client.name | customer }}. Did everything arrive well?" },
            }))
            .when(When::After { seconds: 86_400, working_hours: true, responsible_hours: false })
            .if_all([("order.total", AtLeast, json!(1000))]),
        ],
    );
    stage(
        &mut stages,
        CANCELED,
        Vec::new(),
        vec![email(
            "sorry",
            "Confirm the cancellation",
            "Order {{ order.number }} is canceled",
            "You get your money back.",
        )],
    );
    stages
}

fn return_automation() -> Stages {
    use rulewright_domain::condition::Operator::LessThan;
    let mut stages = Stages::new();
    stage(
        &mut stages,
        "received",
        Vec::new(),
        vec![
            rule(
                "check-goods",
                "Check the goods",
                "task",
                json!({ "title": "Check the goods of {{ order.number }}", "deadline": 2 }),
            ),
            rule(
                "credit-note",
                "Make the credit note",
                "create-crm-document",
                json!({ "template": "credit-note" }),
            )
            .if_all([("order.total", LessThan, json!(0))]),
            rule("credited", "On to credited", "change-status", json!({ "stage": "credited" })).anyway(),
        ],
    );
    stage(
        &mut stages,
        "credited",
        Vec::new(),
        vec![
            email(
                "tell-credit",
                "Tell the client",
                "We have credited {{ order.number }}",
                "{{ order.total }} {{ order.currency }} go back to you.",
            ),
            rule(
                "note-credit",
                "Note it",
                "write-to-log",
                json!({ "text": "Credited {{ order.total }} {{ order.currency }}" }),
            ),
        ],
    );
    stages
}

#[cfg(test)]
mod tests {
    use rulewright_domain::automation;

    use super::*;

    #[test]
    fn the_automation_has_four_stages_three_triggers_and_six_rules_at_least_and_no_issues() {
        let stages = order_automation();
        assert!(stages.len() >= 4);
        assert!(stages.values().map(|stage| stage.triggers.len()).sum::<usize>() >= 3);
        assert!(stages.values().map(|stage| stage.rules.len()).sum::<usize>() >= 6);
        assert!(automation::issues(&stages, &orders()).is_empty());
        assert!(automation::issues(&return_automation(), &returns()).is_empty());
    }

    #[test]
    fn only_bundled_plugins_are_used() {
        let folders: Vec<&str> = rulewright_bundled::PLUGINS.iter().map(|(folder, _)| *folder).collect();
        for stage in order_automation().values().chain(return_automation().values()) {
            let plugins = stage
                .rules
                .iter()
                .map(|rule| &rule.plugin)
                .chain(stage.triggers.iter().map(|one| &one.plugin));
            for plugin in plugins {
                let folder = plugin.strip_prefix("rulewright.").unwrap();
                assert!(folders.contains(&folder), "{plugin} is not bundled");
            }
        }
    }
}
