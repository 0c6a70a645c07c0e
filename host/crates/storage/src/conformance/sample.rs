//! Values to store.

use std::collections::{BTreeMap, BTreeSet};

use std::sync::Arc;

use rulewright_domain::{
    Actor, ApplicationTrigger, Automation, Cause, Client, ClientId, ClientKind, ContactPoint, Currency,
    Draft, Employee, EmployeeId, Entry, EntryId, EntryKind, Event, EventFilter, EventId, Grant, Installation,
    InstalledRecipe, Manifest, Match, MatchId, Message, MessageId, MessageState, Money, NewEvent, Order,
    OrderId, OrderKind, Package, Pipeline, PipelineId, Recipient, RuleSpec, Run, RunId, RunState, SavedState,
    Schedule, Shop, ShopId, Stage, StageAutomation, StageId, StageKind, Subscription, SubscriptionId,
    Timestamp, Token, TokenId, Wake, When,
    automation::OnFailure,
    plugin::Group,
    plugin::Permissions,
    plugin::PluginKind,
    subscription::{STANDARD, SigningKey},
};
use serde_json::json;

pub const NOW: Timestamp = Timestamp(1_795_000_000_000);
pub const ONE: ShopId = ShopId(1);
pub const TWO: ShopId = ShopId(2);

const GBP: Currency = Currency::new(b"GBP");

pub fn shop(id: ShopId) -> Shop {
    Shop {
        id,
        name: format!("Shop {}", id.0),
        currency: GBP,
        locale: "en-GB".into(),
        time_zone: "Europe/London".into(),
        hours: Default::default(),
        automate_orders: true,
        seed: "seed".into(),
        not_in_plan: BTreeSet::new(),
        requisites: BTreeMap::new(),
        sandbox: true,
        shipment_statuses: Vec::new(),
        hook_keys: BTreeMap::new(),
        spending: Default::default(),
    }
}

pub fn pipeline(id: &str) -> Pipeline {
    let stage = |id: &str, kind| Stage::new(id, id.to_uppercase(), kind);
    Pipeline::new(
        id,
        "Sales",
        OrderKind::Order,
        vec![stage("new", StageKind::Open), stage("done", StageKind::Won)],
    )
}

pub fn stages(name: &str) -> BTreeMap<StageId, StageAutomation> {
    let rule = RuleSpec {
        id: "r1".into(),
        name: name.into(),
        plugin: "rulewright.send-sms".into(),
        settings: json!({ "text": "Dear {{ client.name }}" }),
        when: When::default(),
        condition: None,
        after_previous: false,
        on_previous_failed: OnFailure::Stop,
        active: true,
        shadow: false,
        recipe: None,
    };
    BTreeMap::from([("new".into(), StageAutomation { triggers: Vec::new(), rules: vec![rule] })])
}

pub fn recipe(pipeline: &str, version: u32) -> InstalledRecipe {
    InstalledRecipe {
        recipe: "thanks".into(),
        version,
        pipeline: pipeline.into(),
        stages: [("new".to_owned(), "new".into())].into(),
        parameters: Default::default(),
        parts: stages("thank"),
        brought: Default::default(),
    }
}

pub fn automation(pipeline: &str, revision: u64) -> Automation {
    Automation {
        pipeline: PipelineId::from(pipeline),
        revision,
        published: NOW,
        by: Some(Actor::Host),
        draft: Some(revision),
        stages: stages(&format!("revision {revision}")),
    }
}

pub fn employee(id: i64) -> Employee {
    Employee {
        id: EmployeeId(id),
        name: "Ada".into(),
        phone: None,
        work_phone: None,
        email: Some("ada@example.com".into()),
        position: None,
        head: None,
        absent: false,
        working: true,
    }
}

pub fn schedule(name: &str) -> Schedule {
    Schedule {
        name: name.into(),
        title: "Every morning".into(),
        cron: "0 9 * * *".into(),
        zone: "Europe/London".into(),
        active: true,
    }
}

pub fn token(id: i64, shop: ShopId, hash: &str) -> Token {
    Token {
        id: TokenId(id),
        shop,
        name: "till".into(),
        hash: hash.into(),
        scopes: BTreeSet::from([rulewright_domain::Scope::OrdersRead]),
        created: NOW,
        expires: None,
        employee: None,
        areas: Default::default(),
    }
}

pub fn package(digest: &str) -> Package {
    let manifest = Manifest {
        schema: 1,
        id: "rulewright.send-sms".into(),
        version: "1.0.0".into(),
        kind: PluginKind::Rule,
        group: Group::ClientCommunications,
        publisher: "rulewright".into(),
        title: "Send SMS".into(),
        titles: BTreeMap::new(),
        description: String::new(),
        missing: String::new(),
        example: None,
        origin: None,
        settings: json!({}),
        outputs: BTreeMap::new(),
        subscriptions: BTreeSet::new(),
        permissions: Permissions::default(),
        max_text: None,
        limits: BTreeMap::new(),
        host_api: "0.1.0".into(),
        needs_schema: None,
    };
    Package { digest: digest.into(), manifest, imports: BTreeSet::new(), size: 3 }
}

pub fn installation(digest: &str) -> Installation {
    Installation {
        plugin: "rulewright.send-sms".into(),
        digest: digest.into(),
        grant: Grant { storage: 1_000, ..Grant::default() },
        installed_at: NOW.0,
        provenance: Default::default(),
    }
}

pub fn order(id: i64) -> Order {
    let money = |amount| Money { amount, scale: 2, currency: GBP };
    Order {
        id: OrderId(id),
        revision: 1,
        kind: OrderKind::Order,
        number: id.to_string(),
        title: "Two chairs".into(),
        pipeline: "sales".into(),
        stage: "new".into(),
        visit: 1,
        created: NOW,
        updated: NOW,
        created_by: None,
        updated_by: None,
        moved: None,
        moved_by: None,
        total: money(12_550),
        total_by: Default::default(),
        paid: money(0),
        canceled: false,
        responsible: Some(EmployeeId(1)),
        company: None,
        contacts: Vec::new(),
        source: Some("web".into()),
        comments: String::new(),
        lines: Default::default(),
        payments: Vec::new(),
        shipments: Vec::new(),
        tags: BTreeSet::from(["vip".into()]),
        fields: BTreeMap::from([("delivery-date".into(), json!("2026-12-01T09:00:00Z"))]),
        numbered: Default::default(),
    }
}

pub fn client(id: i64, phone: &str, email: &str) -> Client {
    let point = |value: &str| ContactPoint::new("work", value);
    Client {
        phones: vec![point(phone)],
        emails: vec![point(email), point(email)],
        ..Client::new(ClientId(id), ClientKind::Contact, "Grace")
    }
}

pub fn event(id: i64, shop: ShopId, what: NewEvent) -> Arc<Event> {
    let cause = Cause::from_outside(Actor::Token { name: "till".into() });
    Arc::new(Event { id: EventId(id), shop, at: NOW, cause, what })
}

pub fn about(kind: &str, order: i64) -> NewEvent {
    NewEvent { order: Some(OrderId(order)), ..NewEvent::new(kind) }
}

pub fn matching(id: i64, shop: ShopId, order: Option<i64>, pending: bool) -> Match {
    Match {
        id: MatchId(id),
        shop,
        event: EventId(1),
        order: order.map(OrderId),
        created: NOW,
        pending,
        candidates: Vec::new(),
    }
}

pub fn run(id: i64, shop: ShopId, order: i64, state: RunState) -> Run {
    Run {
        id: RunId(id),
        shop,
        order: OrderId(order),
        rule: "r1".into(),
        rule_name: "Tell the client".into(),
        pipeline: "sales".into(),
        stage: "new".into(),
        revision: 1,
        position: 0,
        visit: 1,
        digest: "abc".into(),
        state,
        wake: Wake::Started,
        step: 0,
        attempt: 0,
        conflicts: 0,
        created: NOW,
        ready_at: NOW,
        ready_after: EventId(0),
        ended: None,
        event: EventId(1),
        cause: Cause::from_outside(Actor::Host),
        workflow: None,
        shadow: false,
        again: None,
        saved: Some(SavedState { version: 1, bytes: vec![0, 255] }),
        after: None,
        next: None,
        inputs: Default::default(),
        output: Default::default(),
        trace: Vec::new(),
        migrations: Vec::new(),
    }
}

pub fn waiting(filter: EventFilter) -> RunState {
    RunState::Waiting { until: None, filter: Some(filter) }
}

pub fn message(id: i64, shop: ShopId, state: MessageState, next_at: Timestamp) -> Message {
    Message {
        id: MessageId(id),
        shop,
        order: Some(OrderId(1)),
        run: Some(RunId(1)),
        key: format!("key-{id}"),
        draft: Draft {
            channel: "sms".into(),
            to: Recipient::ClientOf(OrderId(1)),
            address: "+441632960000".into(),
            about: Some(OrderId(1)),
            sender: None,
            subject: None,
            text: "Your order is on its way".into(),
            params: Default::default(),
            correlation: None,
        },
        state,
        attempt: 0,
        next_at,
        created: NOW,
        settled: None,
        provider: None,
        provider_id: None,
        error: None,
        report: None,
    }
}

pub fn application_trigger(id: i64) -> ApplicationTrigger {
    ApplicationTrigger { id, owner: "local.scales".into(), code: "weighed".into(), name: "Weighed".into() }
}

pub fn subscription(id: i64) -> Subscription {
    Subscription {
        id: SubscriptionId(id),
        url: "https://erp.example/hook".into(),
        kinds: vec!["order.*".into()],
        pipeline: None,
        description: String::new(),
        active: true,
        disabled: None,
        keys: vec![SigningKey::new(&[7; 32])],
        form: STANDARD.into(),
        params: Default::default(),
        application: None,
        pull: false,
        created: NOW,
    }
}

pub fn entry(id: i64, shop: ShopId, order: Option<i64>, kind: EntryKind) -> Entry {
    Entry {
        id: EntryId(id),
        shop,
        order: order.map(OrderId),
        client: None,
        about: None,
        also: Vec::new(),
        pinned: Vec::new(),
        kind,
        at: NOW,
        by: Actor::Host,
        text: "Called back".into(),
        details: json!({ "minutes": 3 }),
        note: None,
        changed: None,
        changed_by: None,
    }
}
