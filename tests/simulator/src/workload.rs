//! What is asked for: automations that nobody would write, orders, money, events, and what an operator does.

use std::{collections::BTreeMap, sync::Arc};

use rulewright_domain::{
    Actor, Command, Currency, Fields, Flow, Money, NewEvent, NewLine, NewOrder, OrderChange, OrderId,
    OrderKind, PipelineId, RunId, RunState, ShopId, StageId, kind,
};
use rulewright_engine::{Asked, Engine, Key, NewWebhook, Receipt, Refusal, Request};
use rulewright_ports::storage::Stages;
use serde_json::{Map, Value, json};

use crate::{
    Chance,
    guest::{Act, BROKEN, CALLER, DUE, How, RULE, Script, Staged, TRIGGER, Then, package},
    outside::SUBSCRIBER,
    plan::{Fault, Faults, Plan},
    template::{PIPELINE, STAGES, START},
    trace::{Rest, Wanted},
};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// Versions of each plugin that there are.
const VERSIONS: u32 = 4;

/// What subscribers want to be told of.
const TOLD: [&str; 4] =
    [kind::ORDER_CREATED, kind::STAGE_CHANGED, kind::PAYMENT_RECEIVED, kind::FORM_SUBMITTED];
/// By whom all is done that comes from outside.
pub const TOKEN: &str = "simulator";

/// One request.
#[derive(Clone, Debug)]
pub struct Ask {
    pub shop: ShopId,
    /// The same every time that it is sent, and found again in what it leaves.
    pub key: Option<String>,
    pub what: What,
}

#[derive(Clone, Debug)]
pub enum What {
    Create(Box<NewOrder>),
    Change {
        order: OrderId,
        expected: Option<u64>,
        change: OrderChange,
    },
    Event {
        order: OrderId,
    },
    Publish(Stages),
    Install {
        plugin: &'static str,
        version: u32,
    },
    CancelRun(RunId),
    RetryRun(RunId),
    Halt(Flow),
    Resume(Flow),
    Subscribe(Vec<String>),
    /// Whoever has subscribed first.
    Unsubscribe,
}

/// Names of all commands, in the order of [`Ask::name`].
pub const COMMANDS: [&str; 20] = [
    "create",
    "move",
    "pay",
    "add-payment",
    "set-lines",
    "set-field",
    "set-field-if-match",
    "set-date",
    "cancel",
    "restore",
    "delete",
    "event",
    "publish",
    "install",
    "cancel-run",
    "retry-run",
    "halt",
    "resume",
    "subscribe",
    "unsubscribe",
];

impl Ask {
    pub fn name(&self) -> &'static str {
        match &self.what {
            What::Create(_) => "create",
            What::Change { expected: Some(_), .. } => "set-field-if-match",
            What::Change { change, .. } => match change {
                OrderChange::MoveStage { .. } => "move",
                OrderChange::Pay { .. } => "pay",
                OrderChange::AddPayment { .. } => "add-payment",
                OrderChange::SetLines { .. } => "set-lines",
                OrderChange::Cancel { .. } => "cancel",
                OrderChange::Restore => "restore",
                OrderChange::Delete => "delete",
                OrderChange::SetFields { fields } if fields.contains_key(DUE) => "set-date",
                _ => "set-field",
            },
            What::Event { .. } => "event",
            What::Publish(_) => "publish",
            What::Install { .. } => "install",
            What::CancelRun(_) => "cancel-run",
            What::RetryRun(_) => "retry-run",
            What::Halt(_) => "halt",
            What::Resume(_) => "resume",
            What::Subscribe(_) => "subscribe",
            What::Unsubscribe => "unsubscribe",
        }
    }

    pub fn order(&self) -> Option<OrderId> {
        match &self.what {
            What::Change { order, .. } | What::Event { order } => Some(*order),
            _ => None,
        }
    }

    pub async fn perform(&self, engine: &Engine) -> Result<Receipt, Refusal> {
        let key = self.key.as_ref().map(|key| Key {
            source: TOKEN.to_owned(),
            key: key.clone(),
            fingerprint: key.clone(),
        });
        let (shop, pipeline) = (self.shop, PipelineId::from(PIPELINE));
        let asked = Asked { shop, key: key.clone() };
        let command = match self.what.clone() {
            What::Create(new) => Command::CreateOrder(*new),
            What::Change { order, expected, change } => Command::ChangeOrder { id: order, expected, change },
            What::Event { order } => {
                let event = NewEvent { order: Some(order), ..NewEvent::new(kind::FORM_SUBMITTED) };
                Command::Ingest(event.attr("key", self.key.clone()))
            }
            What::Publish(stages) => {
                engine.save_draft(shop, &pipeline, None, stages).await?;
                engine.publish(shop, &pipeline).await?;
                return Ok(Receipt::default());
            }
            What::Install { plugin, version } => {
                let (package, component, grant) = package(plugin, version);
                engine.install(shop, package, component, grant).await?;
                return Ok(Receipt::default());
            }
            What::CancelRun(run) => {
                return engine.cancel_run(asked, run).await.map(|()| Receipt::default());
            }
            What::RetryRun(run) => return engine.retry_run(asked, run).await.map(|()| Receipt::default()),
            What::Halt(flow) => {
                return engine.halt(flow, "told to halt").await.map(|()| Receipt::default());
            }
            What::Resume(flow) => return engine.resume(flow).await.map(|()| Receipt::default()),
            What::Subscribe(kinds) => {
                let new = NewWebhook::standard(format!("{SUBSCRIBER}{shop}"), kinds);
                return engine.create_webhook(asked, new).await.map(|_| Receipt::default());
            }
            What::Unsubscribe => {
                if let Some(first) = engine.webhooks(shop).await?.first() {
                    engine.remove_webhook(shop, first.subscription.id).await?;
                }
                return Ok(Receipt::default());
            }
        };
        let by = Actor::Token { name: TOKEN.to_owned() };
        engine.execute(Request { shop, command, by, key }).await
    }
}

/// Somebody does what a parked run waits for.
pub async fn mend(engine: &Engine, wanted: Wanted) -> Result<(), Refusal> {
    match wanted {
        Wanted::LetGoOn(shop, plugin) => engine.resume_plugin(shop, &plugin).await,
        Wanted::SetDate(shop, id) => {
            // Always the same: where it is known already, and the run has not heard of it, it stays parked.
            let fields = Fields::from([(DUE.to_owned(), START.to_string().into())]);
            let change = OrderChange::SetFields { fields };
            let command = Command::ChangeOrder { id, expected: None, change };
            let by = Actor::Token { name: TOKEN.to_owned() };
            engine.execute(Request { shop, command, by, key: None }).await.map(drop)
        }
    }
}

/// Who asks, and what they know by now.
pub struct Workload {
    plan: Plan,
    chance: Chance,
    orders: Vec<(ShopId, OrderId)>,
    /// As somebody was last told.
    revisions: BTreeMap<OrderId, u64>,
    /// That have a key, so that they may be sent again.
    sent: Vec<(usize, Arc<Ask>)>,
    version: u32,
    keys: u64,
}

impl Workload {
    pub fn new(plan: Plan) -> Workload {
        let chance = Chance::named(plan.seed, "workload");
        Workload {
            plan,
            chance,
            orders: Vec::new(),
            revisions: BTreeMap::new(),
            sent: Vec::new(),
            version: 1,
            keys: 0,
        }
    }

    /// What an ask with this number was answered.
    pub fn learn(&mut self, ask: usize, receipt: &Receipt) {
        let Some(order) = receipt.order else { return };
        if let Some(revision) = receipt.revision {
            self.revisions.insert(order, revision);
        }
        if let Some((_, asked)) = self.sent.iter().find(|(number, _)| *number == ask)
            && !self.orders.iter().any(|(_, known)| *known == order)
        {
            self.orders.push((asked.shop, order));
        }
    }

    pub fn shops(&self) -> impl Iterator<Item = ShopId> + use<> {
        (1..=self.plan.shops as i64).map(ShopId)
    }

    fn key(&mut self) -> Option<String> {
        self.keys += 1;
        Some(format!("key-{}", self.keys))
    }

    pub fn publish(&mut self, shop: ShopId) -> Ask {
        let stages = automation(&mut self.chance, &self.plan);
        Ask { shop, key: None, what: What::Publish(stages) }
    }

    /// What is there in every shop before anything is asked for.
    pub fn furnish(&mut self, shop: ShopId) -> Vec<Ask> {
        let broken = What::Install { plugin: RULE, version: BROKEN };
        let broken = self.plan.broken.then_some(Ask { shop, key: None, what: broken });
        broken.into_iter().chain([self.publish(shop)]).collect()
    }

    /// Some date, or none.
    fn due(&mut self) -> Value {
        let at = START.plus(self.chance.between(0, 20 * 24) * HOUR);
        if self.chance.percent(15) { Value::Null } else { at.to_string().into() }
    }

    pub fn create(&mut self, shop: ShopId) -> Ask {
        let stages = STAGES.map(|(id, _)| id);
        let stage = self.chance.percent(30).then(|| StageId::from(self.chance.of(&stages)));
        let key = self.key();
        let fields = match self.chance.percent(30) {
            true => Fields::from([(DUE.to_owned(), self.due())]),
            false => Fields::default(),
        };
        let new = NewOrder {
            kind: OrderKind::Order,
            number: None,
            title: "An order".to_owned(),
            pipeline: PipelineId::from(PIPELINE),
            stage,
            currency: Currency::new(b"GBP"),
            lines: lines(&mut self.chance),
            responsible: None,
            company: None,
            contacts: Vec::new(),
            source: key.clone(),
            comments: String::new(),
            tags: Default::default(),
            fields,
            historical: false,
            created: None,
            total: None,
            total_always: false,
        };
        Ask { shop, key, what: What::Create(Box::new(new)) }
    }

    /// The next one, under this number.
    pub fn ask(&mut self, number: usize, rest: &Rest, faults: &Faults) -> Arc<Ask> {
        // Whoever has no answer, or has lost it, sends the same again.
        if !self.sent.is_empty() && self.chance.percent(15) {
            let (_, again) = self.chance.of(&self.sent);
            self.sent.push((number, again.clone()));
            return again;
        }
        let ask = Arc::new(self.draw(rest, faults));
        if ask.key.is_some() {
            self.sent.push((number, ask.clone()));
        }
        ask
    }

    fn draw(&mut self, rest: &Rest, faults: &Faults) -> Ask {
        let any = ShopId(self.chance.between(1, self.plan.shops as i64));
        if faults.strikes(Fault::Halt) {
            let what = What::Halt(self.chance.of(&Flow::ALL));
            return Ask { shop: any, key: None, what };
        }
        if self.orders.is_empty() {
            return self.create(any);
        }
        let (shop, order) = self.chance.of(&self.orders);
        let about = |what| Ask { shop, key: None, what };
        match self.chance.between(1, 100) {
            1..=8 => self.create(any),
            9..=18 => Ask { key: self.key(), ..about(What::Event { order }) },
            19..=22 => self.publish(shop),
            23..=26 => {
                self.version = (self.version % VERSIONS) + 1;
                let plugin = self.chance.of(&[RULE, CALLER, TRIGGER]);
                about(What::Install { plugin, version: self.version })
            }
            27..=31 => match self.run_of(rest, order, |state| !state.is_terminal()) {
                Some(run) => about(What::CancelRun(run)),
                None => about(What::Resume(self.chance.of(&Flow::ALL))),
            },
            32..=36 => match self.run_of(rest, order, |state| matches!(state, RunState::Failed { .. })) {
                Some(run) => about(What::RetryRun(run)),
                None => about(What::Resume(self.chance.of(&Flow::ALL))),
            },
            37..=38 => about(What::Resume(self.chance.of(&Flow::ALL))),
            39..=40 if self.chance.percent(70) => {
                let kinds = TOLD.iter().filter(|_| self.chance.percent(50)).map(|kind| (*kind).to_owned());
                let mut kinds: Vec<String> = kinds.collect();
                kinds.push(kind::ORDER_CANCELED.to_owned());
                Ask { key: self.key(), ..about(What::Subscribe(kinds)) }
            }
            39..=40 => about(What::Unsubscribe),
            _ => self.change(shop, order),
        }
    }

    fn change(&mut self, shop: ShopId, order: OrderId) -> Ask {
        let key = self.key();
        let value = json!(self.chance.between(1, 1_000));
        let field = OrderChange::SetFields { fields: Fields::from([("colour".to_owned(), value)]) };
        let date = OrderChange::SetFields { fields: Fields::from([(DUE.to_owned(), self.due())]) };
        let stage = StageId::from(self.chance.of(&STAGES.map(|(id, _)| id)));
        let (mut expected, chance) = (None, &mut self.chance);
        let change = match chance.between(1, 100) {
            1..=45 => OrderChange::MoveStage { stage },
            46..=53 => {
                // By it, a payment that was taken in twice is found.
                let paid = chance.percent(50);
                OrderChange::AddPayment { amount: pounds(chance), system: key.clone(), paid }
            }
            54..=58 => OrderChange::Pay { payment: None },
            59..=66 => OrderChange::SetLines { lines: lines(chance) },
            67..=70 => field,
            71..=75 => date,
            76..=90 => {
                // What somebody was told once, and may be old.
                let known = self.revisions.get(&order).copied().unwrap_or(1);
                expected = Some(known.saturating_sub(u64::from(chance.percent(20))).max(1));
                field
            }
            91..=94 => OrderChange::Cancel { reason: None },
            95..=97 => OrderChange::Restore,
            _ => OrderChange::Delete,
        };
        Ask { shop, key, what: What::Change { order, expected, change } }
    }

    fn run_of(&mut self, rest: &Rest, order: OrderId, wanted: impl Fn(&RunState) -> bool) -> Option<RunId> {
        let of = rest.runs.values().filter(|run| run.order == order && wanted(&run.state));
        let found: Vec<RunId> = of.map(|run| run.id).collect();
        (!found.is_empty()).then(|| self.chance.of(&found))
    }
}

fn pounds(chance: &mut Chance) -> Money {
    // A third decimal now and then, so that sums have to be of the finest.
    let scale = if chance.percent(20) { 3 } else { 2 };
    Money { amount: chance.between(1, 9_999), scale, currency: Currency::new(b"GBP") }
}

fn lines(chance: &mut Chance) -> Vec<NewLine> {
    let count = chance.between(1, 3);
    let line = |number: i64| NewLine {
        id: None,
        sku: Some(format!("sku-{number}")),
        title: format!("Thing {number}"),
        quantity_milli: chance.between(1, 9) * 500,
        unit_price: pounds(chance),
        tax: None,
        attrs: Default::default(),
    };
    (1..=count).map(line).collect()
}

/// Rules and triggers on most stages. Rule ids are the same in every revision, so that what a run does shows which it
/// follows.
fn automation(chance: &mut Chance, plan: &Plan) -> Stages {
    let mut all = Map::new();
    for (stage, _) in STAGES {
        if chance.percent(25) {
            continue;
        }
        let rules = 0..if plan.broken { chance.between(2, 6) } else { chance.between(0, 3) };
        let mut rules: Vec<Value> = rules.map(|place| a_rule(chance, stage, place)).collect();
        let chased = match stage {
            "paid" => Some("packing"),
            "packing" => Some("paid"),
            _ => None,
        };
        if let Some(to) = chased.filter(|_| plan.chase) {
            let act = Act { stages: vec![Staged::Move(StageId::from(to))], ..Act::default() };
            rules.push(rule(&format!("{stage}-chases"), RULE, &Script { steps: vec![act] }));
        }
        let triggers = match chance.percent(30) {
            true => json!([{
                "id": format!("to-{stage}"), "name": format!("To {stage}"), "plugin": TRIGGER,
                "allow-previous": chance.percent(60),
            }]),
            false => json!([]),
        };
        all.insert(stage.to_owned(), json!({ "triggers": triggers, "rules": rules }));
    }
    serde_json::from_value(all.into()).expect("an automation of the simulator is one")
}

fn rule(id: &str, plugin: &str, script: &Script) -> Value {
    json!({ "id": id, "name": id, "plugin": plugin, "settings": script })
}

fn a_rule(chance: &mut Chance, stage: &str, place: i64) -> Value {
    let calls = chance.percent(30);
    let steps = (0..chance.between(1, 3)).map(|_| an_act(chance, calls)).collect();
    let plugin = if calls { CALLER } else { RULE };
    let mut rule = rule(&format!("{stage}-{place}"), plugin, &Script { steps });
    if place > 0 && chance.percent(30) {
        rule["after-previous"] = true.into();
        rule["on-previous-failed"] = chance.of(&["stop", "run-anyway"]).into();
    }
    if chance.percent(30) {
        let seconds = chance.of(&[1, 30, 600, 3_600, 7_200, 100_000]);
        rule["when"] = match chance.between(1, 10) {
            1..=2 => {
                let offset = chance.of(&[-7_200, 0, 3_600]);
                json!({ "run": "at-field", "field": DUE, "offset-seconds": offset })
            }
            3 => json!({ "run": "at-time-of-day", "time": "09:30:00" }),
            _ => json!({ "run": "after", "seconds": seconds }),
        };
    }
    rule["active"] = chance.percent(95).into();
    rule
}

fn an_act(chance: &mut Chance, calls: bool) -> Act {
    let stages = [
        Staged::Comment,
        Staged::Comment,
        Staged::Comment,
        Staged::Message,
        Staged::Message,
        Staged::Mark,
        Staged::Count,
        Staged::Keep,
        Staged::Move(StageId::from(chance.of(&STAGES.map(|(id, _)| id)))),
    ];
    // Where many stages are moved to, hardly any run comes to its end.
    let among = if chance.percent(25) { &stages[..] } else { &stages[..8] };
    let fails = if chance.percent(15) { chance.between(1, 3) as u32 } else { 0 };
    let mut staged: Vec<Staged> = Vec::new();
    for _ in 0..chance.between(0, 3) {
        let one = chance.of(among);
        // A step counts once.
        if !matches!(one, Staged::Count | Staged::Keep) || !staged.contains(&one) {
            staged.push(one);
        }
    }
    let time = chance.of(&[MINUTE, 10 * MINUTE, 40 * MINUTE, HOUR, 5 * HOUR, DAY, 3 * DAY]);
    Act {
        stages: staged,
        asks: calls && chance.percent(70),
        fails,
        how: chance.of(&[How::Transient, How::Transient, How::Retry, How::Trap, How::OutOfFuel]),
        then: match chance.between(1, 100) {
            1..=50 => Then::Done,
            51..=55 => Then::Skip,
            56..=85 => Then::Wait(time),
            _ => Then::WaitForForm(time),
        },
    }
}
