//! A whole engine on a database of its own, with real guests, a clock that stands still and a provider that
//! remembers what it was given.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::{Arc, Mutex, OnceLock},
};

use async_trait::async_trait;
use rulewright_domain::{
    Actor, Client, ClientId, Command, ContactPoint, Currency, Entry, EntryKind, Grant, Message, NewOrder,
    Order, OrderChange, OrderId, OrderKind, Package, Pipeline, PipelineId, PublicKey, Run, ShipmentStatus,
    Shop, ShopId, Stage, StageKind, Subject, Timestamp,
    plugin::{Digest, HttpTarget},
};
use rulewright_engine::{
    Deps, Engine, LoadLimits, Options, Receipt, Refusal, Replayed, Request, SimulatedClock,
};
use rulewright_market::{Installs, InstallsDeps, MarketDeps, MarketRegistry, Marketplace};
use rulewright_outbound::{
    EgressOptions, HttpEgress, MailClient, MailOptions, PackageFetcher, PackageOptions, RegistryOptions,
    SandboxTransport,
};
use rulewright_ports::{
    ComponentSource, Delivery, Executor, Kept, Packages, StorageError, StorageExt, Transaction, Transport,
    WebhookForm,
    storage::{EntryQuery, MessageQuery, Page, RunQuery},
};
use rulewright_runtime::{Limits, Runtime};
use rulewright_storage::Sqlite;
use serde_json::Value;
use tokio::sync::Barrier;

pub use rulewright_simulator::Chance;

pub const START: &str = "2026-11-20T10:00:00Z";
/// Under which address others are told to reach the engine.
pub const PUBLIC: &str = "https://shop.test";
const STAGES: [(&str, StageKind); 6] = [
    ("new", StageKind::Open),
    ("paid", StageKind::Open),
    ("packing", StageKind::Open),
    ("shipped", StageKind::Open),
    ("done", StageKind::Won),
    ("lost", StageKind::Lost),
];

/// All pages in one: tests never have more.
pub const ALL: Page = Page { after: None, limit: Page::MAX, newest_first: false };

/// Every component that tests use, by digest.
struct Shelf(Mutex<BTreeMap<Digest, Arc<[u8]>>>);

#[async_trait]
impl ComponentSource for Shelf {
    async fn component(&self, digest: &Digest) -> Option<Arc<[u8]>> {
        self.0.lock().unwrap().get(digest).cloned()
    }
}

fn shelf() -> Arc<Shelf> {
    static SHELF: OnceLock<Arc<Shelf>> = OnceLock::new();
    SHELF.get_or_init(|| Arc::new(Shelf(Mutex::default()))).clone()
}

/// One for all tests, as there is one in production; the tests share what it has compiled.
pub fn runtime() -> Arc<Runtime> {
    static RUNTIME: OnceLock<Arc<Runtime>> = OnceLock::new();
    RUNTIME.get_or_init(|| Arc::new(another_runtime())).clone()
}

pub fn another_runtime() -> Runtime {
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("artifacts");
    Runtime::new(Limits::default(), &cache, shelf()).unwrap()
}

pub fn package(component: &[u8]) -> Package {
    let package = rulewright_registry::inspect(component).unwrap();
    shelf().0.lock().unwrap().insert(package.digest.clone(), component.into());
    package
}

/// The sandbox provider, which also remembers what came and fails when told to.
#[derive(Default)]
pub struct Provider {
    pub received: Mutex<Vec<Message>>,
    pub failures: Mutex<u32>,
    /// Nobody answers calls to these numbers.
    pub unanswered: Mutex<BTreeSet<String>>,
    /// Answers when so many deliveries have met.
    pub meeting: Mutex<Option<Arc<Barrier>>>,
}

#[async_trait]
impl Transport for Provider {
    async fn deliver(&self, message: &Message) -> Delivery {
        self.received.lock().unwrap().push(message.clone());
        let meeting = self.meeting.lock().unwrap().clone();
        if let Some(meeting) = meeting {
            meeting.wait().await;
        }
        {
            let mut failures = self.failures.lock().unwrap();
            if *failures > 0 {
                *failures -= 1;
                let reason = "told to fail".to_owned();
                return Delivery::Unavailable { provider: "test".to_owned(), reason };
            }
        }
        let mut delivery = SandboxTransport.deliver(message).await;
        let unanswered = self.unanswered.lock().unwrap().contains(&message.draft.address);
        if let Delivery::Sent { events, .. } = &mut delivery
            && unanswered
        {
            *events = std::mem::take(events).into_iter().map(|event| event.attr("answered", false)).collect();
        }
        delivery
    }
}

/// What lies outside of the engine.
#[derive(Clone)]
pub struct Outside {
    /// `host:port` of this machine that plugins and mailboxes may reach.
    pub neighbours: Vec<String>,
    /// Trusted besides the system's, in PEM.
    pub authorities: Vec<u8>,
    pub public_url: Option<String>,
    /// Orders worked on at once.
    pub lanes: usize,
    /// Webhooks posted at once.
    pub webhooks: u32,
    pub load: LoadLimits,
    pub executor: Arc<dyn Executor>,
}

impl Default for Outside {
    fn default() -> Outside {
        let Options { lanes, webhooks, load, .. } = Options::default();
        let public_url = Some(PUBLIC.to_owned());
        Outside {
            neighbours: Vec::new(),
            authorities: Vec::new(),
            public_url,
            lanes,
            webhooks,
            load,
            executor: runtime(),
        }
    }
}

/// Small documents, kept as long as the test.
#[derive(Default)]
pub struct Lists(pub Mutex<BTreeMap<String, Vec<u8>>>);

#[async_trait]
impl Kept for Lists {
    async fn read(&self, name: &str) -> Option<Vec<u8>> {
        self.0.lock().unwrap().get(name).cloned()
    }

    async fn write(&self, name: &str, bytes: Vec<u8>) {
        self.0.lock().unwrap().insert(name.to_owned(), bytes);
    }
}

pub struct TestShop {
    pub engine: Engine,
    pub clock: Arc<SimulatedClock>,
    pub provider: Arc<Provider>,
    pub id: ShopId,
    pub pipeline: PipelineId,
    pub dir: Arc<tempfile::TempDir>,
    /// What the marketplace keeps.
    pub lists: Arc<Lists>,
    outside: Outside,
}

impl TestShop {
    /// A shop with these plugins, everything granted.
    pub async fn with(components: &[&[u8]]) -> TestShop {
        TestShop::with_neighbours(components, &[]).await
    }

    /// The same, and plugins may reach these `host:port` of this machine.
    pub async fn with_neighbours(components: &[&[u8]], neighbours: &[String]) -> TestShop {
        let outside = Outside { neighbours: neighbours.to_vec(), ..Outside::default() };
        TestShop::in_world(components, outside).await
    }

    pub async fn in_world(components: &[&[u8]], outside: Outside) -> TestShop {
        let dir = Arc::new(tempfile::tempdir().unwrap());
        let clock = Arc::new(SimulatedClock::new(at(START)));
        let shop = TestShop::open(dir, clock, outside).await.furnished().await;
        for component in components {
            shop.install(component).await;
        }
        shop
    }

    /// Another shop of the same engine.
    pub async fn another(&self) -> TestShop {
        let TestShop { engine, clock, provider, id, pipeline, dir, lists, outside } = self;
        let (engine, clock, provider, id) = (engine.clone(), clock.clone(), provider.clone(), *id);
        let (pipeline, dir) = (pipeline.clone(), dir.clone());
        let (lists, outside) = (lists.clone(), outside.clone());
        TestShop { engine, clock, provider, id, pipeline, dir, lists, outside }.furnished().await
    }

    async fn furnished(mut self) -> TestShop {
        self.id = self
            .engine
            .create_shop(Shop {
                id: ShopId(0),
                name: "Gift shop".into(),
                currency: Currency::new(b"GBP"),
                locale: "en-GB".into(),
                time_zone: "Europe/London".into(),
                hours: Default::default(),
                automate_orders: true,
                seed: "tests".to_owned(),
                not_in_plan: Default::default(),
                requisites: Default::default(),
                sandbox: true,
                shipment_statuses: ShipmentStatus::usual(),
                hook_keys: Default::default(),
                spending: Default::default(),
            })
            .await
            .unwrap();
        let stages = STAGES.map(|(id, kind)| Stage::new(id, id, kind));
        let pipeline = Pipeline::new(self.pipeline.clone(), "Orders", OrderKind::Order, stages.into());
        self.engine.put_pipeline(self.id, pipeline).await.unwrap();
        self
    }

    /// The engine over what the folder holds, as after a restart.
    async fn open(dir: Arc<tempfile::TempDir>, clock: Arc<SimulatedClock>, outside: Outside) -> TestShop {
        let storage = Sqlite::open(dir.path().join("rulewright.db"), Default::default()).unwrap();
        let provider = Arc::new(Provider::default());
        let Outside { neighbours, authorities, public_url, lanes, webhooks, load, executor } =
            outside.clone();
        let mail = MailOptions { allow_private: neighbours.clone(), authorities };
        let egress = HttpEgress::new(EgressOptions { allow_http: true, allow_private: neighbours });
        let deps = Deps {
            storage: Arc::new(storage),
            executor,
            transport: provider.clone(),
            egress: Arc::new(egress),
            mail: Arc::new(MailClient::new(mail)),
            clock: clock.clone(),
        };
        let webhook_forms: Vec<Arc<dyn WebhookForm>> = vec![
            Arc::new(rulewright_api::StandardWebhooks),
            Arc::new(rulewright_bitrix24::Handlers::new(Some(PUBLIC))),
        ];
        let applications = rulewright_bitrix24::applications();
        let options =
            Options { public_url, webhook_forms, applications, lanes, webhooks, load, ..Options::default() };
        let engine = Engine::new(deps, options);
        engine.start().await.unwrap();
        TestShop {
            engine,
            clock,
            provider,
            id: ShopId(1),
            pipeline: "orders".into(),
            dir,
            lists: Arc::default(),
            outside,
        }
    }

    /// `/v1` of this engine.
    pub fn router(&self) -> axum::Router {
        self.router_with(self.market(&[], &[]))
    }

    /// What can be had from these registries of this machine, whose lists are signed with these keys.
    pub fn market(
        &self,
        registries: &[(&str, PublicKey)],
        bundled: &'static [(&'static str, &'static [u8])],
    ) -> Marketplace {
        let plain = RegistryOptions { plain_http: true, ..RegistryOptions::default() };
        let options = PackageOptions {
            registries: registries.iter().map(|(host, _)| ((*host).to_owned(), plain.clone())).collect(),
            ..PackageOptions::default()
        };
        let source =
            |(host, key): &(&str, PublicKey)| MarketRegistry { host: (*host).to_owned(), key: key.clone() };
        Marketplace::new(MarketDeps {
            registries: Arc::new(PackageFetcher::new(options, rulewright_registry::artifact::read)),
            sources: registries.iter().map(source).collect(),
            kept: self.lists.clone(),
            clock: self.clock.clone(),
            bundled,
        })
    }

    pub fn router_with(&self, market: Marketplace) -> axum::Router {
        let packages = PackageFetcher::new(PackageOptions::default(), rulewright_registry::artifact::read);
        self.router_from(market, Arc::new(packages))
    }

    /// The same, and packages are fetched by this.
    pub fn router_from(&self, market: Marketplace, packages: Arc<dyn Packages>) -> axum::Router {
        let installs = Installs::new(InstallsDeps {
            engine: self.engine.clone(),
            market: market.clone(),
            packages,
            bundled: rulewright_bundled::PLUGINS,
            runtime_offered: rulewright_runtime::offered(),
            stop: Default::default(),
        });
        rulewright_api::router(rulewright_api::ApiDeps {
            engine: self.engine.clone(),
            version: "test",
            recipes: Vec::new(),
            market,
            installs,
            metrics: Default::default(),
            door_metrics: Default::default(),
            rate: None,
            body_within: None,
            troubles: Default::default(),
            stop: Default::default(),
            beside: Default::default(),
        })
    }

    pub async fn restarted(self) -> TestShop {
        let TestShop { engine, clock, dir, outside, .. } = self;
        engine.shutdown().await;
        drop(engine);
        TestShop::open(dir, clock, outside).await
    }

    pub async fn install(&self, component: &[u8]) {
        let package = package(component);
        let grant = Grant::whole(&package.manifest, &package.imports, &[]);
        self.engine.install(self.id, package, component.into(), grant).await.unwrap();
    }

    pub async fn install_with_hosts(&self, component: &[u8], hosts: &[&str]) {
        let package = package(component);
        let target = |host: &&str| HttpTarget {
            host: (*host).to_owned(),
            methods: Default::default(),
            path: "/".to_owned(),
        };
        let hosts: Vec<HttpTarget> = hosts.iter().map(target).collect();
        let grant = Grant::whole(&package.manifest, &package.imports, &hosts);
        self.engine.install(self.id, package, component.into(), grant).await.unwrap();
    }

    /// Publishes `{"stage": {"triggers": [..], "rules": [..]}}`.
    pub async fn publish(&self, stages: Value) -> u64 {
        self.try_publish(stages).await.unwrap_or_else(|refusal| panic!("{refusal:#?}"))
    }

    pub async fn try_publish(&self, stages: Value) -> Result<u64, Refusal> {
        let stages = serde_json::from_value(stages).unwrap();
        self.engine.save_draft(self.id, &self.pipeline, None, stages).await?;
        self.engine.publish(self.id, &self.pipeline).await
    }

    pub async fn execute(&self, command: Command) -> Result<Receipt, Refusal> {
        let by = Actor::Token { name: "test".into() };
        self.engine.execute(Request { shop: self.id, command, by, key: None }).await
    }

    pub async fn client(&self, phones: &[(&str, &str)], emails: &[(&str, &str)]) -> ClientId {
        let points =
            |all: &[(&str, &str)]| all.iter().map(|(kind, value)| ContactPoint::new(*kind, *value)).collect();
        let contact = rulewright_domain::ClientKind::Contact;
        let client = Client {
            phones: points(phones),
            emails: points(emails),
            ..Client::new(ClientId(0), contact, "Ada Lovelace")
        };
        self.execute(Command::CreateClient(client)).await.unwrap().client.unwrap()
    }

    pub async fn card(&self, id: ClientId) -> Client {
        let shop = self.id;
        let found = self.engine.storage().read(move |reads| Ok::<_, Refusal>(reads.client(shop, id)?)).await;
        found.unwrap().unwrap()
    }

    /// The shop takes back all that it granted.
    pub async fn narrow(&self, plugin: &str) {
        let (shop, plugin) = (self.id, plugin.to_owned());
        let job = move |tx: &mut dyn Transaction| {
            let all = tx.installations(shop)?;
            let mut one = all.into_iter().find(|one| one.plugin == plugin).unwrap();
            one.grant = Grant::default();
            Ok::<_, Refusal>(tx.put_installation(shop, &one)?)
        };
        self.engine.storage().write(job).await.unwrap();
    }

    /// In stage `new`, which most tests leave without rules.
    pub async fn order(&self) -> OrderId {
        self.order_of(&[]).await
    }

    pub async fn order_of(&self, contacts: &[ClientId]) -> OrderId {
        self.order_with(|new| new.contacts = contacts.to_vec()).await
    }

    pub async fn order_with(&self, change: impl FnOnce(&mut NewOrder)) -> OrderId {
        let currency = Currency::new(b"GBP");
        let line = serde_json::json!({
            "sku": "85123A", "title": "White hanging heart", "quantity_milli": 6000,
            "unit_price": { "amount": "2.55", "currency": "GBP" },
        });
        let mut new = NewOrder {
            kind: OrderKind::Order,
            number: None,
            title: "An order".into(),
            pipeline: self.pipeline.clone(),
            stage: None,
            currency,
            lines: vec![serde_json::from_value(line).unwrap()],
            responsible: None,
            company: None,
            contacts: vec![],
            source: None,
            comments: String::new(),
            tags: Default::default(),
            fields: Default::default(),
            total: None,
            total_always: false,
            historical: false,
            created: None,
        };
        change(&mut new);
        self.execute(Command::CreateOrder(new)).await.unwrap().order.unwrap()
    }

    pub async fn change(&self, id: OrderId, change: OrderChange) -> Result<Receipt, Refusal> {
        self.execute(Command::ChangeOrder { id, expected: None, change }).await
    }

    pub async fn move_to(&self, id: OrderId, stage: &str) {
        self.change(id, OrderChange::MoveStage { stage: stage.into() }).await.unwrap();
    }

    /// Moves, and waits until nothing more happens by itself.
    pub async fn enter(&self, id: OrderId, stage: &str) {
        self.move_to(id, stage).await;
        self.engine.idle().await;
    }

    pub async fn pass(&self, seconds: i64) {
        use rulewright_ports::Clock;
        let until = self.clock.now().plus(seconds * 1000);
        self.engine.run_until(&self.clock, until).await.unwrap();
        self.engine.idle().await;
    }

    pub async fn read(&self, id: OrderId) -> Order {
        self.find(id).await.unwrap()
    }

    pub async fn find(&self, id: OrderId) -> Option<Order> {
        let shop = self.id;
        let found = self.engine.storage().read(move |reads| Ok::<_, Refusal>(reads.order(shop, id)?)).await;
        found.unwrap().map(Arc::unwrap_or_clone)
    }

    pub async fn runs(&self, order: OrderId) -> Vec<Run> {
        let shop = self.id;
        let query = RunQuery { order: Some(order), ..RunQuery::default() };
        self.engine
            .storage()
            .read(move |reads| Ok::<_, Refusal>(reads.runs(shop, &query, ALL)?))
            .await
            .unwrap()
    }

    /// Every run of the order done again: all that differs from what was committed.
    pub async fn differences(&self, order: OrderId) -> Vec<Replayed> {
        let mut found = Vec::new();
        for run in self.runs(order).await {
            let steps = self.engine.replay(self.id, run.id).await.unwrap();
            assert!(!steps.is_empty(), "nothing of run {} was done again", run.rule);
            found.extend(steps.into_iter().filter(|step| !step.is_same()));
        }
        found
    }

    /// Of the only run of the order.
    pub async fn run(&self, order: OrderId) -> Run {
        let runs = self.runs(order).await;
        assert_eq!(runs.len(), 1, "{runs:#?}");
        runs.into_iter().next().unwrap()
    }

    pub async fn states(&self, order: OrderId) -> Vec<String> {
        self.runs(order).await.iter().map(|run| format!("{} {}", run.rule, run.state.name())).collect()
    }

    pub async fn entries(&self, order: OrderId, kind: EntryKind) -> Vec<Entry> {
        let shop = self.id;
        let query = EntryQuery { at: Some(Subject::Order(order)), kinds: vec![kind] };
        self.engine
            .storage()
            .read(move |reads| Ok::<_, Refusal>(reads.entries(shop, &query, ALL)?))
            .await
            .unwrap()
    }

    pub async fn comments(&self, order: OrderId) -> Vec<String> {
        self.entries(order, EntryKind::Comment).await.into_iter().map(|entry| entry.text).collect()
    }

    pub async fn messages(&self) -> Vec<Message> {
        let shop = self.id;
        let query = MessageQuery::default();
        self.engine
            .storage()
            .read(move |reads| Ok::<_, Refusal>(reads.messages(shop, &query, ALL)?))
            .await
            .unwrap()
    }

    pub async fn matches(&self, order: OrderId) -> Vec<rulewright_domain::Match> {
        let shop = self.id;
        let read = self
            .engine
            .storage()
            .read(move |reads| Ok::<_, Refusal>(reads.matches(shop, Some(order), ALL)?));
        read.await.unwrap()
    }

    pub async fn events(&self, order: OrderId) -> Vec<rulewright_domain::Event> {
        let shop = self.id;
        let query = rulewright_ports::storage::EventQuery { order: Some(order), kind: None };
        self.engine
            .storage()
            .read(move |reads| Ok::<_, Refusal>(reads.events(shop, &query, ALL)?))
            .await
            .unwrap()
    }
}

/// Of what may be more than a page, every page.
pub fn all<T>(
    id: fn(&T) -> i64,
    mut read: impl FnMut(Page) -> Result<Vec<T>, StorageError>,
) -> Result<Vec<T>, StorageError> {
    let mut found: Vec<T> = Vec::new();
    loop {
        let page = read(Page { after: found.last().map(id), ..ALL })?;
        if page.is_empty() {
            return Ok(found);
        }
        found.extend(page);
    }
}

pub fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

/// A rule of a test plugin, immediately and on its own.
pub fn rule(id: &str, plugin: &str, settings: Value) -> Value {
    serde_json::json!({ "id": id, "name": id, "plugin": plugin, "settings": settings })
}

/// The same, after the rule above it.
pub fn then(id: &str, plugin: &str, settings: Value) -> Value {
    let mut rule = rule(id, plugin, settings);
    rule["after-previous"] = true.into();
    rule
}

/// A component of the bundled catalogue.
pub fn bundled(name: &str) -> &'static [u8] {
    let found = rulewright_bundled::PLUGINS.iter().find(|(id, _)| *id == name);
    found.unwrap_or_else(|| panic!("no bundled plugin `{name}`")).1
}
