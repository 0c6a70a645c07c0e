//! A shop and a run of it, for tests of what pages say.

use rulewright_domain::{
    Actor, Cause, Currency, EventId, OrderId, OrderKind, Pipeline, Run, RunId, RunState, Shop, ShopConfig,
    ShopId, Stage, StageKind, StepTrace, Timestamp, Usage, Wake, Woken,
};

pub const BEGAN: &str = "2026-03-29T11:59:00Z";

pub fn config() -> ShopConfig {
    let stages = vec![Stage::new("new", "New", StageKind::Open), Stage::new("paid", "Paid", StageKind::Open)];
    let pipeline = Pipeline::new("sales", "Retail", OrderKind::Order, stages);
    ShopConfig {
        version: 1,
        shop: Shop {
            id: ShopId(1),
            name: "Tea".to_owned(),
            currency: Currency::parse("EUR").unwrap(),
            locale: "en".to_owned(),
            time_zone: "Europe/Berlin".to_owned(),
            hours: Default::default(),
            automate_orders: true,
            seed: String::new(),
            not_in_plan: Default::default(),
            sandbox: true,
            requisites: Default::default(),
            shipment_statuses: Vec::new(),
            hook_keys: Default::default(),
            spending: Default::default(),
        },
        pipelines: [(pipeline.id.clone(), pipeline)].into(),
        automations: Default::default(),
        employees: Default::default(),
        plugins: Default::default(),
        revoked: Default::default(),
        templates: Default::default(),
        numerators: Default::default(),
        lists: Default::default(),
        segments: Default::default(),
        workflows: Default::default(),
        schedules: Default::default(),
        connections: Default::default(),
        recipes: Vec::new(),
        mailboxes: Default::default(),
        subscriptions: Default::default(),
        application_rules: Default::default(),
        application_triggers: Vec::new(),
    }
}

pub fn run(state: RunState) -> Run {
    let began = Timestamp::parse(BEGAN).unwrap();
    Run {
        id: RunId(5),
        shop: ShopId(1),
        order: OrderId(1),
        rule: "r1".into(),
        rule_name: "Tell the client".to_owned(),
        pipeline: "sales".into(),
        stage: "new".into(),
        revision: 7,
        position: 0,
        visit: 1,
        digest: "0123456789abcdef".to_owned(),
        ended: state.is_terminal().then(|| began.plus(800)),
        state,
        wake: Wake::Started,
        step: 0,
        attempt: 0,
        conflicts: 0,
        created: began,
        ready_at: began,
        ready_after: EventId(0),
        event: EventId(3),
        cause: Cause::from_outside(Actor::Host),
        workflow: None,
        shadow: false,
        again: None,
        saved: None,
        after: None,
        next: None,
        inputs: Default::default(),
        output: Default::default(),
        trace: Vec::new(),
        migrations: Vec::new(),
    }
}

pub fn step(number: u32, result: &str) -> StepTrace {
    let began = Timestamp::parse(BEGAN).unwrap();
    StepTrace {
        step: number,
        attempt: 0,
        at: began.plus(i64::from(number) * 300 + 200),
        now: began.plus(i64::from(number) * 300),
        wake: Woken::Started,
        order_revision: 1,
        settings: None,
        reads: Vec::new(),
        condition: None,
        result: result.to_owned(),
        backtrace: Vec::new(),
        effects: Vec::new(),
        unsent: Vec::new(),
        requests: None,
        logs: Vec::new(),
        usage: Usage {
            fuel: 41_000,
            fuel_limit: 50_000_000,
            memory: 1 << 20,
            memory_limit: 32 << 20,
            microseconds: 1_200,
            ..Usage::default()
        },
    }
}
