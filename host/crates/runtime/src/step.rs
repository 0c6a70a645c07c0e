//! One running step: what its store holds, and what every host function goes through.
//!
//! **Invariant:** whatever a guest may do is decided by what lies in here: the grant, the limits and the
//! world. Nothing of it outlives the step.

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant},
};

use rulewright_domain::{
    Command, Effect, Grant, Order, OrderChange, OrderId, StageId, Timestamp, WorkingHours,
    plugin::HostFunction,
};
use rulewright_ports::World;
use serde_json::Map;
use wasmtime::component::ResourceTable;

use crate::{
    bindings::errors::HostError,
    keeper::{Change, Keeper},
    limiter::Limiter,
    log::Log,
    meter::Meter,
    options::{Allowance, Limits},
    random::Seed,
    refusal::{Refusal, Stop, denied},
    staged::{Staged, try_change},
    turn::Turn,
};

pub(crate) struct Step {
    pub limiter: Limiter,
    pub limits: Arc<Limits>,
    pub grant: Arc<Grant>,
    pub world: Arc<dyn World>,
    /// Does what the guest asks for with what it may not see.
    pub keeper: Arc<dyn Keeper>,
    pub seed: Seed,
    pub now: Timestamp,
    /// IANA zone of the shop.
    pub time_zone: String,
    pub hours: WorkingHours,
    /// Only `log` and `step` answer: settings are validated, or state upgraded.
    pub closed: bool,
    /// The run's own order as of the start of the step.
    pub order: Option<Arc<Order>>,
    /// Where the own order may be moved to.
    pub stages: Vec<StageId>,
    pub staged: Staged,
    pub log: Log,
    /// Functions that it called and that are not granted.
    pub denied: BTreeSet<HostFunction>,
    pub secrets: ResourceTable,
    pub host_calls: u64,
    pub reads: u64,
    pub requests: u64,
    pub turn: Turn,
    pub meter: Arc<Meter>,
    /// When the wall limit ends it, and how long that is.
    pub ends: Instant,
    pub wall: Duration,
    /// What the guest has been kept waiting for: if its time ends now, it is not its own fault.
    pub waits_for: Option<&'static str>,
}

/// What is the same for every kind of task.
pub(crate) struct Setting {
    pub limits: Arc<Limits>,
    pub grant: Arc<Grant>,
    pub world: Arc<dyn World>,
    pub keeper: Arc<dyn Keeper>,
    pub seed: String,
    pub now: Timestamp,
    pub time_zone: String,
    pub hours: WorkingHours,
    pub turn: Turn,
}

impl Step {
    pub fn new(setting: Setting, allowance: &Allowance) -> Step {
        let Setting { limits, grant, world, keeper, seed, now, time_zone, hours, turn } = setting;
        let mut secrets = ResourceTable::new();
        secrets.set_max_capacity(usize::try_from(limits.handles).unwrap_or(usize::MAX));
        let wall = Duration::from_millis(allowance.wall);
        Step {
            limiter: Limiter::new(allowance.memory, limits.tables),
            limits,
            grant,
            world,
            keeper,
            seed: Seed::new(seed),
            now,
            time_zone,
            hours,
            closed: false,
            order: None,
            stages: Vec::new(),
            staged: Staged::default(),
            log: Log::default(),
            denied: BTreeSet::new(),
            secrets,
            host_calls: 0,
            reads: 0,
            requests: 0,
            turn,
            meter: Arc::default(),
            ends: Instant::now() + wall,
            wall,
            waits_for: None,
        }
    }

    /// Every host function but the log begins here.
    pub fn enter(&mut self) -> Result<(), Stop> {
        self.host_calls += 1;
        if self.host_calls > self.limits.host_calls {
            let message = format!("a step makes at most {}", self.limits.host_calls);
            return Err(Stop::Limit { name: "host-calls", message });
        }
        Ok(())
    }

    /// Functions that act or read begin here.
    pub fn open(&mut self, name: &str) -> Result<(), Refusal> {
        self.enter()?;
        Ok(self.permit(name).map_err(denied)?)
    }

    /// Whether the shop has granted it, or why not.
    pub fn permit(&mut self, name: &str) -> Result<(), String> {
        if self.closed {
            return Err(format!("{name} may not be called while settings are checked or state is upgraded"));
        }
        if !self.grant.functions.contains(name) {
            self.denied.insert(name.to_owned());
            return Err(format!("the shop has not granted {name}"));
        }
        Ok(())
    }

    /// Every host function that can refuse ends here: a denial is in the log, whatever the guest makes of it.
    pub fn close<T>(
        &mut self,
        name: &str,
        result: Result<T, Refusal>,
    ) -> wasmtime::Result<(Result<T, HostError>,)> {
        match result {
            Ok(value) => Ok((Ok(value),)),
            Err(Refusal::Stop(stop)) => Err(stop.into()),
            Err(Refusal::Value(error)) => {
                if let HostError::Denied(why) | HostError::Limit(why) = &error {
                    self.note(name, why);
                }
                Ok((Err(error),))
            }
        }
    }

    pub fn note(&mut self, name: &str, why: &str) {
        let message = format!("{name} was refused: {why}");
        self.log.push(&self.limits, "warn", message, Map::new());
    }

    pub fn stage(&mut self, effect: Effect) -> Result<(), Refusal> {
        Ok(self.staged.push(&self.limits, effect)?)
    }

    pub fn command(&mut self, command: Command) -> Result<(), Refusal> {
        self.stage(Effect::Command { command, label: None })
    }

    /// Returns the label under which the run's output will name what was created.
    pub fn create(&mut self, kind: &'static str, command: Command) -> Result<String, Refusal> {
        let label = self.staged.label(kind);
        self.stage(Effect::Command { command, label: Some(label.clone()) })?;
        self.staged.labelled(kind);
        Ok(label)
    }

    pub fn change(&mut self, id: OrderId, change: OrderChange) -> Result<(), Refusal> {
        self.command(Command::ChangeOrder { id, expected: None, change })
    }

    /// Refuses at once what the commit would refuse. Tells how many shipments it changes.
    pub async fn checked_change(&mut self, id: OrderId, change: OrderChange) -> Result<u32, Refusal> {
        let changed = if self.is_own(id) {
            let now = self.now;
            try_change(self.seen_order(id).await?, change.clone(), now)?
        } else {
            self.read()?;
            let asked = Change { id, since: self.staged.untold(id), change: change.clone() };
            let keeper = self.keeper.clone();
            self.ask(keeper.change(asked)).await?
        };
        self.change(id, change)?;
        Ok(changed)
    }

    /// The order with what this step has staged for it. Another one than its own is for functions that show it to the
    /// guest: it comes to where the guest runs.
    pub async fn seen_order(&mut self, id: OrderId) -> Result<&Order, Refusal> {
        self.read()?;
        if !self.staged.keeps(id) {
            let order = match &self.order {
                Some(own) if own.id == id => Order::clone(own),
                _ => {
                    let world = self.world.clone();
                    self.ask(async move { world.order(id).await }).await?.ok_or(HostError::NotFound)?
                }
            };
            self.staged.keep(order);
        }
        Ok(self.staged.see(id, self.now).ok_or(HostError::NotFound)?)
    }

    pub fn is_own(&self, id: OrderId) -> bool {
        self.order.as_ref().is_some_and(|own| own.id == id)
    }

    pub fn read(&mut self) -> Result<(), HostError> {
        self.reads += 1;
        if self.reads > self.limits.reads {
            return Err(HostError::Limit(self.limits.no_more_reads()));
        }
        Ok(())
    }

    /// What the world or the keeper answers.
    pub async fn ask<T>(&mut self, answer: impl Future<Output = T>) -> T {
        let Step { meter, waits_for, .. } = self;
        let asks = async {
            *waits_for = Some("an answer of the host");
            let answer = answer.await;
            *waits_for = None;
            answer
        };
        meter.at_home(asks).await
    }
}
