//! One running step: what its store holds, and what every host function goes through.
//!
//! **Invariant:** whatever a guest may do is decided by what lies in here: the grant, the limits and the
//! world. Nothing of it outlives the step.

use std::sync::Arc;

use rulewright_domain::{Client, Command, Effect, Grant, Order, OrderChange, OrderId, Timestamp};
use rulewright_ports::World;
use serde_json::Map;
use wasmtime::component::ResourceTable;

use crate::{
    bindings::errors::HostError,
    limiter::Limiter,
    log::Log,
    options::{Allowance, Limits},
    random::Seed,
    refusal::{Refusal, Stop, denied},
    staged::{Staged, apply},
};

pub(crate) struct Step {
    pub limiter: Limiter,
    pub limits: Arc<Limits>,
    pub grant: Grant,
    pub world: Arc<dyn World>,
    pub seed: Seed,
    pub now: Timestamp,
    /// Only `log` and `step` answer: settings are validated, or state upgraded.
    pub closed: bool,
    /// The run's own order as of the start of the step.
    pub order: Option<Order>,
    pub clients: Vec<Client>,
    pub staged: Staged,
    pub log: Log,
    pub secrets: ResourceTable,
    pub host_calls: u64,
    pub reads: u64,
    pub requests: u64,
    /// Epoch ticks spent in wasm.
    pub ticks: u64,
    /// A request is out: if the step ends now, it is the network's fault.
    pub on_network: bool,
}

impl Step {
    pub fn new(
        limits: Arc<Limits>,
        allowance: &Allowance,
        grant: Grant,
        world: Arc<dyn World>,
        seed: String,
        now: Timestamp,
    ) -> Step {
        let mut secrets = ResourceTable::new();
        secrets.set_max_capacity(usize::try_from(limits.handles).unwrap_or(usize::MAX));
        Step {
            limiter: Limiter::new(allowance.memory, limits.tables),
            limits,
            grant,
            world,
            seed: Seed::new(seed),
            now,
            closed: false,
            order: None,
            clients: Vec::new(),
            staged: Staged::default(),
            log: Log::default(),
            secrets,
            host_calls: 0,
            reads: 0,
            requests: 0,
            ticks: 0,
            on_network: false,
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
        if self.closed {
            let message = format!("{name} may not be called while settings are checked or state is upgraded");
            return Err(denied(message).into());
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
        Ok(label)
    }

    pub fn change(&mut self, id: OrderId, change: OrderChange) -> Result<(), Refusal> {
        self.command(Command::ChangeOrder { id, expected: None, change })
    }

    /// Refuses at once what the commit would refuse; returns the order before and after.
    pub async fn checked_change(
        &mut self,
        id: OrderId,
        change: OrderChange,
    ) -> Result<(Order, Option<Order>), Refusal> {
        let before = self.seen_order(id).await?;
        let after = apply(&before, change.clone(), self.now)?;
        self.change(id, change)?;
        Ok((before, after))
    }

    /// The order with what this step has staged for it.
    pub async fn seen_order(&mut self, id: OrderId) -> Result<Order, Refusal> {
        self.read()?;
        let order = match &self.order {
            Some(own) if own.id == id => own.clone(),
            _ => self.world.order(id).await?.ok_or(HostError::NotFound)?,
        };
        Ok(self.staged.seen(order, self.now).ok_or(HostError::NotFound)?)
    }

    pub fn read(&mut self) -> Result<(), Refusal> {
        self.reads += 1;
        if self.reads > self.limits.reads {
            let message = format!("reads: a step reads at most {} times", self.limits.reads);
            return Err(HostError::Limit(message).into());
        }
        Ok(())
    }
}
