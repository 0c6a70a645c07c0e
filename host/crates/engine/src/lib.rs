//! Decides what happens and commits it: commands to events, events to runs, runs to effects.
//!
//! **Invariants:** the engine sees ports, never an adapter: no SQL, no wasm, no HTTP. No transaction waits for
//! a plugin. Whatever a commit sets in motion (work, messages, timers, subscribers) is told about it only after the
//! commit, and is found again in storage after a crash. Steps that stay inside begin before it, and nothing leaves them.

mod account;
mod again;
mod alarm;
mod application;
mod application_rule;
mod attach;
mod attempt;
mod audit;
mod automation;
mod blank;
mod brake;
mod carry;
mod change;
mod chat;
mod check;
mod client;
mod clock;
mod command;
mod commit;
mod config;
mod configure;
mod connection;
mod date;
mod dictionary;
mod document;
mod draft;
mod dry_run;
mod entry;
mod error;
mod examine;
mod execute;
mod field;
mod gateway;
mod halt;
mod hash;
mod health;
mod hook;
mod inbox;
mod incoming;
mod invocation;
mod lane;
mod list;
mod load;
mod mail;
mod mailbox;
mod mask;
mod numbers;
mod opened;
mod outlook;
mod pipeline;
mod plugin;
mod post;
mod prepare;
mod publish;
mod reach;
mod react;
mod recipe;
mod recording;
mod recurrence;
mod references;
mod relay;
mod replay;
mod report;
mod request;
mod requisites;
mod retry;
mod run;
mod run_now;
mod secret;
mod segment;
mod self_test;
mod sequence;
mod shadow;
mod share;
mod slots;
mod spending;
mod statistics;
mod step;
mod strangers;
mod sweep;
mod task;
mod template;
mod timer;
pub mod token;
mod trace;
mod upgrade;
mod used;
mod view;
mod visit;
mod webhook;
mod why;
mod workflow;
mod world;

use std::sync::{
    Arc,
    atomic::{AtomicI64, AtomicU64, Ordering},
};

use rulewright_domain::{Event, Timestamp, account::Stay, audit::Who, bucket::Bucket};
use rulewright_ports::{Clock, Egress, Executor, MailServers, Storage, Transport, WebhookForm};
use tokio::sync::{Notify, broadcast};
use tokio_util::sync::CancellationToken;

use relay::Queue;

pub use account::{Founder, SHORTEST_PASSWORD, SIGN_IN, Session, TOO_MANY_TRIES};
pub use again::{NotAgain, kept_from_again};
pub use application::{
    ApplicationChange, ApplicationOffer, Authorized, Consent, LONGEST_QUEUE, NewApplication, Person, Redeem,
    Registered, Take, Taken,
};
pub use application_rule::{ApplicationRuleChange, NewApplicationRule, RuleAnswer};
pub use audit::AuditVerified;
pub use change::RunMoved;
pub use chat::{ChatReceipt, NewChatMessage};
pub use client::clients_at;
pub use clock::{SimulatedClock, SteadyClock, SystemClock};
pub use config::pinned_rule;
pub use connection::Trial;
pub use dictionary::{dictionaries, dictionary};
pub use draft::Editor;
pub use dry_run::{
    DryDocument, DryEffect, DryRequest, DryRule, DryRun, DryRunReport, DryStep, DryTrigger, DryVerdict,
    Simulated, SimulatedRule, Simulation, Tally,
};
pub use entry::entries_at;
pub use error::Refusal;
pub use examine::Nowhere;
pub use execute::{Asked, Key, Mailed, Receipt, Request};
pub use field::MAX_FILE;
pub use gateway::inbound_path;
pub use halt::INTAKE_HALTED;
pub use hash::message_key;
pub use health::Noted;
pub use incoming::{Received, TOO_MANY};
pub use load::{Bound, Load, LoadLimits, OVERLOADED};
pub use mail::{Attached, NewMail};
pub use mailbox::MailboxTried;
pub use outlook::RunNowOutlook;
pub use plugin::{Allowed, Extras, Migrated, OPERATOR, Offered, PluginPause};
pub use publish::{Pending, Publication, Removed};
pub use reach::Reach;
pub use recipe::{Fate, HostAsked, PartChange, RecipeChange, RecipeWish, StageUse, ThingChange, ThingKind};
pub use recording::{File as RecordedFile, RecordedStep, Recording, Replayed, Shown};
pub use recurrence::NewRecurrence;
pub use references::same_servers;
pub use run_now::{Among, RunNow, RunNowPreview, StartedNow};
pub use secret::{hide_secrets, hide_secrets_of};
pub use self_test::SelfTested;
pub use share::{Share, Shares};
pub use statistics::{PluginStatistics, QueueStatistics, RuleStatistics, RunStatistics};
pub use strangers::WRONG_SECRETS;
pub use template::{MAX_TEMPLATE_FILE, NewTemplateFile};
pub use trace::TRACE;
pub use upgrade::Rewrite;
pub use used::{Named, NamedBy, named_by};
pub use view::{insertable, sample};
pub use visit::{NewVisit, VisitReceipt};
pub use webhook::{NewWebhook, Replay, ReplayFrom, Replaying, Webhook, WebhookChange, WebhookTried};
pub use why::OrderWhy;

/// The adapters that the engine works with.
pub struct Deps {
    pub storage: Arc<dyn Storage>,
    pub executor: Arc<dyn Executor>,
    pub transport: Arc<dyn Transport>,
    pub egress: Arc<dyn Egress>,
    pub mail: Arc<dyn MailServers>,
    pub clock: Arc<dyn Clock>,
}

#[derive(Clone, Debug)]
pub struct Options {
    /// Orders worked on at once. More than cores, because most of a step is waiting for its commit, and
    /// waiting commits share one write to the disk.
    pub lanes: usize,
    /// Messages handed to providers at once.
    pub deliveries: u32,
    /// Webhooks posted at once, to all subscribers together.
    pub webhooks: u32,
    /// The ways of telling subscribers; a subscription names one.
    pub webhook_forms: Vec<Arc<dyn WebhookForm>>,
    /// What applications may be let into, and how they are told of events.
    pub applications: ApplicationOffer,
    /// Committed events that a slow subscriber may lag behind before it has to read the log instead.
    pub event_buffer: usize,
    /// Under which address others reach this server, e.g. `https://shop.example.com`: gateways report there, and it stands
    /// in mails, so that they can be followed. None: neither.
    pub public_url: Option<String>,
    /// How long people stay signed in.
    pub stay: Stay,
    /// From when on what comes from outside is told to come again.
    pub load: LoadLimits,
    /// Wrong secrets that one address may show; None: any number. Passwords are counted besides, by login.
    pub wrong_secrets: Option<Bucket>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            lanes: 128,
            deliveries: 32,
            webhooks: 128,
            webhook_forms: Vec::new(),
            applications: ApplicationOffer::default(),
            event_buffer: 4096,
            public_url: None,
            stay: Stay::default(),
            // Whoever serves others has some: a caller in this process can wait instead.
            load: LoadLimits::NONE,
            wrong_secrets: Some(WRONG_SECRETS),
        }
    }
}

/// Cheap to clone: every clone is the same engine.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
    /// Whom it acts for; see [`Engine::acting`].
    who: Arc<Who>,
}

struct Inner {
    deps: Deps,
    configs: config::Configs,
    fields: field::FieldsOfShops,
    lanes: lane::Lanes,
    backlog: Arc<load::Backlog>,
    numbers: numbers::Numbers,
    busy: lane::Busy,
    timer_changed: Notify,
    relay: relay::Relay,
    webhooks: relay::Relay,
    forms: webhook::Forms,
    offer: ApplicationOffer,
    gates: incoming::Gates,
    brakes: brake::Brakes,
    streaks: plugin::Streaks,
    public_url: Option<String>,
    inboxes: inbox::Inboxes,
    sign_ins: account::SignIns,
    strangers: strangers::Strangers,
    tokens_revoked: AtomicU64,
    /// Milliseconds since 1970.
    told_at: AtomicI64,
    events: broadcast::Sender<Arc<Event>>,
    runs: broadcast::Sender<RunMoved>,
    stop: CancellationToken,
    tasks: tokio_util::task::TaskTracker,
}

impl Engine {
    pub fn new(deps: Deps, options: Options) -> Engine {
        let (events, _) = broadcast::channel(options.event_buffer.max(1));
        let (runs, _) = broadcast::channel(options.event_buffer.max(1));
        let inner = Inner {
            lanes: lane::Lanes::new(options.lanes.max(1)),
            backlog: load::Backlog::new(options.load),
            numbers: numbers::Numbers::default(),
            relay: relay::Relay::new(options.deliveries),
            webhooks: relay::Relay::new(options.webhooks),
            forms: webhook::Forms::new(options.webhook_forms),
            offer: options.applications,
            gates: incoming::Gates::default(),
            brakes: brake::Brakes::default(),
            streaks: plugin::Streaks::default(),
            sign_ins: account::SignIns::new(options.stay),
            strangers: strangers::Strangers::new(options.wrong_secrets),
            tokens_revoked: AtomicU64::new(0),
            public_url: options.public_url.map(|url| url.trim_end_matches('/').to_owned()),
            deps,
            inboxes: inbox::Inboxes::default(),
            configs: config::Configs::default(),
            fields: field::FieldsOfShops::default(),
            busy: lane::Busy::default(),
            timer_changed: Notify::new(),
            told_at: AtomicI64::new(i64::MIN),
            events,
            runs,
            stop: CancellationToken::new(),
            tasks: tokio_util::task::TaskTracker::new(),
        };
        Engine { inner: Arc::new(inner), who: Arc::default() }
    }

    /// Goes on with what a stop or a crash left behind, and starts the loops.
    pub async fn start(&self) -> Result<(), Refusal> {
        self.number_pipelines().await?;
        self.resume_work().await?;
        self.resume_deliveries().await?;
        let (timer, relay, inboxes) = (self.clone(), self.clone(), self.clone());
        let webhooks = self.clone();
        self.inner.tasks.spawn(async move { timer.timer_loop().await });
        self.inner.tasks.spawn(async move { relay.relay_loop(Queue::Messages).await });
        self.inner.tasks.spawn(async move { webhooks.relay_loop(Queue::Webhooks).await });
        self.inner.tasks.spawn(async move { inboxes.inbox_loop().await });
        Ok(())
    }

    /// Takes no more work and waits for the steps in flight; what is left goes on at the next start.
    pub async fn shutdown(&self) {
        self.inner.stop.cancel();
        self.inner.tasks.close();
        self.inner.tasks.wait().await;
    }

    /// Returns when no run is ready and no message is due.
    pub async fn idle(&self) {
        self.inner.busy.idle().await;
    }

    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.inner.deps.clock
    }

    /// For whoever tries a plugin in a shop that is made up: the sandbox is the same.
    pub fn executor(&self) -> &Arc<dyn Executor> {
        &self.inner.deps.executor
    }

    pub fn storage(&self) -> &Arc<dyn Storage> {
        &self.inner.deps.storage
    }

    /// Counts revocations of tokens: whoever remembers a token asks whether it has moved since.
    pub fn tokens_revoked(&self) -> u64 {
        self.inner.tokens_revoked.load(Ordering::SeqCst)
    }

    /// One of the ways of telling subscribers.
    pub fn webhook_form(&self, name: &str) -> Option<Arc<dyn WebhookForm>> {
        self.inner.forms.named(name).cloned()
    }

    /// Committed events from now on. Who lags behind too far reads the log.
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<Event>> {
        self.inner.events.subscribe()
    }

    /// When subscribers were told something last: whoever subscribes to what was read before then has missed it. Before all
    /// times where nobody was.
    pub fn told_at(&self) -> Timestamp {
        Timestamp(self.inner.told_at.load(Ordering::SeqCst))
    }

    /// Runs that begin or come to another state from now on, for whoever shows them.
    pub fn subscribe_runs(&self) -> broadcast::Receiver<RunMoved> {
        self.inner.runs.subscribe()
    }
}
