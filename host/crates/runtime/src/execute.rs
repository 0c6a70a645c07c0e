//! One invocation: a fresh store and instance, one call, and everything dropped.
//!
//! **Invariant:** effects come out only with an answer that commits them. However the call ends, the caller
//! gets a completion with the logs and the usage so far.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use rulewright_domain::{
    Grant, Outcome, Usage, Wake,
    plugin::{HostFunction, PluginKind},
};
use rulewright_ports::{Answer, Completion, ExamineTask, Failure, Invocation, StepTask, Task, World};
use wasmtime::{Engine, Store, UpdateDeadline};

use crate::{
    background::Background,
    bindings::{events, provider, runs, trigger},
    components::Loaded,
    convert,
    keeper::{Keeper, Near},
    options::{Allowance, Limits},
    refusal::Stop,
    room::Admission,
    step::{Setting, Step},
    trap,
};

/// The export to call, with its arguments.
enum Call {
    Step(Box<(runs::RunContext, runs::Cause, Option<runs::SavedState>)>),
    Examine(Box<(trigger::TriggerContext, events::Event)>),
    Deliver(Box<(provider::Connection, provider::Outgoing)>),
    Receive(Box<(provider::Connection, provider::Request)>),
    ValidateRule(String),
    ValidateTrigger(String),
    ValidateProvider(String),
    Upgrade(runs::SavedState),
}

/// What a step reaches beyond its invocation.
pub(crate) struct Around {
    pub grant: Arc<Grant>,
    pub world: Arc<dyn World>,
    pub keeper: Arc<dyn Keeper>,
}

impl Around {
    /// Where the world is in this process.
    pub fn near(near: &Arc<Near>) -> Around {
        Around { grant: near.grant.clone(), world: near.world.clone(), keeper: near.clone() }
    }
}

/// The grant is that of `around`. Messages have handles in place of addresses that its keeper has found.
pub(crate) async fn execute(
    loaded: Arc<Loaded>,
    invocation: Invocation,
    around: Around,
    admission: Admission,
    background: &Background,
) -> Completion {
    let limits = loaded.room.limits.clone();
    let allowance = limits.allowance(&invocation.limits);
    let Admission { turn, place } = admission;
    let Around { grant, world, keeper } = around;
    let Invocation { shop, seed, now, locale, time_zone, hours, task, .. } = invocation;
    let setting = Setting { limits: limits.clone(), grant, world, keeper, seed, now, time_zone, hours, turn };
    let mut step = Step::new(setting, &allowance);
    let call = call(&mut step, shop.to_string(), locale, task);
    let store = match store(&loaded.room.engine, step, &allowance) {
        Ok(store) => store,
        Err(error) => return failed(trap::ours(format!("a step could not be set up: {error}"))),
    };

    let (meter, ends) = (store.data().meter.clone(), store.data().ends);
    let component = loaded.clone();
    let step = async move {
        // Kept until the memory is given back, also where the step is given up: what is made last is dropped first.
        let _place = place;
        let mut store = store;
        // From when it was let in: it may have waited since.
        let result = match tokio::time::timeout_at(ends.into(), drive(&mut store, &loaded, call)).await {
            Ok(Ok(result)) => result,
            Ok(Err(error)) => Err(trap::failure(&error, store.data(), &allowance)),
            Err(_) => Err(trap::out_of_time(store.data(), &allowance)),
        };
        finish(store, result, &allowance)
    };
    let begins_away = component.long_in.lock().contains(&shop);
    let done = background.run(step, meter.clone(), ends, begins_away).await;
    let is_long = meter.so_far() >= tick(&limits);
    if is_long != begins_away {
        let mut long_in = component.long_in.lock();
        let _ = if is_long { long_in.insert(shop) } else { long_in.remove(&shop) };
    }
    done.unwrap_or_else(|| failed(trap::ours("the runtime is shutting down")))
}

fn finish(store: Store<Step>, result: Result<Answer, Failure>, allowance: &Allowance) -> Completion {
    let left = store.get_fuel().unwrap_or_default();
    let step = store.into_data();
    let usage = Usage {
        fuel: allowance.fuel.saturating_sub(left),
        fuel_limit: allowance.fuel,
        memory: step.limiter.memory,
        memory_limit: allowance.memory,
        host_calls: u32::try_from(step.host_calls).unwrap_or(u32::MAX),
        microseconds: 0,
        denied: step.denied,
    };
    let result = result.map_err(|failure| because_denied(failure, &usage.denied));
    let commits = !matches!(result, Err(_) | Ok(Answer::Outcome(Outcome::Retry { .. })));
    let effects = if commits { step.staged.into_effects() } else { Vec::new() };
    Completion { result, effects, logs: step.log.finish(&step.limits), usage }
}

pub(crate) fn failed(failure: Failure) -> Completion {
    Completion { result: Err(failure), effects: Vec::new(), logs: Vec::new(), usage: Usage::default() }
}

/// A plugin that gives up because it may not do something fails as denied, whatever it calls that.
fn because_denied(failure: Failure, denied: &BTreeSet<HostFunction>) -> Failure {
    if denied.is_empty() || failure.code != "permanent" {
        return failure;
    }
    let missing: Vec<&str> = denied.iter().map(String::as_str).collect();
    let message = format!("the shop has not granted {}; the plugin: {}", missing.join(", "), failure.message);
    Failure::new("denied", message, false)
}

fn tick(limits: &Limits) -> Duration {
    Duration::from_millis(limits.tick.max(1))
}

fn store(engine: &Engine, step: Step, allowance: &Allowance) -> wasmtime::Result<Store<Step>> {
    let limits = step.limits.clone();
    let (tick, most) = (tick(&limits), Duration::from_millis(limits.cpu));
    let mut store = Store::new(engine, step);
    store.limiter(|step| &mut step.limiter);
    store.set_fuel(allowance.fuel)?;
    store.set_hostcall_fuel(usize::try_from(limits.hostcall).unwrap_or(usize::MAX));
    store.set_epoch_deadline(1);
    // Gives way, so that the wall limit is looked at and others of its kind have their time; and so that it can be
    // gone on with elsewhere.
    store.epoch_deadline_callback(move |store| {
        let meter = &store.data().meter;
        let used = meter.used();
        if used > most {
            return Err(Stop::Cpu.into());
        }
        if used < tick {
            return Ok(UpdateDeadline::Continue(1));
        }
        meter.was_long();
        Ok(UpdateDeadline::YieldCustom(1, Box::pin(tokio::task::yield_now())))
    });
    Ok(store)
}

fn call(step: &mut Step, shop: String, locale: String, task: Task) -> Call {
    match task {
        Task::Step(task) => {
            let StepTask {
                run,
                rule,
                rule_name,
                step: number,
                attempt,
                order,
                stages,
                settings,
                previous,
                wake,
                started_by,
                state,
            } = *task;
            let context = runs::RunContext {
                run,
                shop,
                rule_name,
                step: number,
                attempt,
                order: convert::snapshot(&order),
                settings,
                previous,
                locale,
                attrs: vec![convert::attr("rule", convert::to_value(&rule.into()))],
            };
            let cause = match wake {
                Wake::Started => runs::Cause::Started(convert::event(&started_by)),
                Wake::Timer => runs::Cause::Timer,
                Wake::Event { event } => runs::Cause::Event(convert::event(&event)),
                Wake::TimedOut => runs::Cause::TimedOut,
            };
            step.order = Some(order);
            step.stages = stages;
            Call::Step(Box::new((context, cause, state.map(convert::saved))))
        }
        Task::Examine(task) => {
            let ExamineTask { trigger_name, settings, order, event } = *task;
            let context = trigger::TriggerContext {
                shop,
                trigger_name,
                settings,
                order: convert::snapshot(&order),
                attrs: Vec::new(),
            };
            step.order = Some(order);
            Call::Examine(Box::new((context, convert::event(&event))))
        }
        Task::Deliver(task) => {
            let by = convert::connection(task.by, shop);
            Call::Deliver(Box::new((by, convert::outgoing(task.message))))
        }
        Task::Receive(task) => {
            let by = convert::connection(task.by, shop);
            Call::Receive(Box::new((by, convert::call(task.call))))
        }
        Task::Validate { settings, kind } => {
            step.closed = true;
            match kind {
                PluginKind::Rule => Call::ValidateRule(settings),
                PluginKind::Trigger => Call::ValidateTrigger(settings),
                PluginKind::Provider => Call::ValidateProvider(settings),
            }
        }
        Task::Upgrade { state } => {
            step.closed = true;
            Call::Upgrade(convert::saved(state))
        }
    }
}

/// The outer error is the sandbox's, the inner one the plugin's.
async fn drive(
    store: &mut Store<Step>,
    loaded: &Loaded,
    call: Call,
) -> wasmtime::Result<Result<Answer, Failure>> {
    let (kind, exported) = match call {
        Call::Examine(_) | Call::ValidateTrigger(_) => ("trigger", loaded.trigger.is_some()),
        Call::Step(_) | Call::ValidateRule(_) | Call::Upgrade(_) => ("rule", loaded.rule.is_some()),
        Call::Deliver(_) | Call::Receive(_) | Call::ValidateProvider(_) => {
            ("provider", loaded.provider.is_some())
        }
    };
    if !exported {
        return Ok(Err(no_export(kind)));
    }
    let instance = loaded.pre.instantiate_async(&mut *store).await?;
    Ok(match (call, &loaded.rule, &loaded.trigger, &loaded.provider) {
        (Call::Step(arguments), Some(rule), ..) => {
            let (context, cause, state) = &*arguments;
            let step = rule.step.of(store, &instance)?;
            let (outcome,) = step.call_async(&mut *store, (context, cause, state.as_ref())).await?;
            match outcome {
                Ok(outcome) => {
                    let step = store.data();
                    convert::outcome(outcome, step.now, &step.limits).map(Answer::Outcome)
                }
                Err(failure) => Err(convert::plugin_failure(failure)),
            }
        }
        (Call::Examine(arguments), _, Some(trigger), _) => {
            let (context, event) = &*arguments;
            let examine = trigger.examine.of(store, &instance)?;
            let (verdict,) = examine.call_async(&mut *store, (context, event)).await?;
            verdict.map(convert::verdict).map_err(convert::plugin_failure)
        }
        (Call::ValidateRule(settings), Some(rule), ..) => {
            let validate = rule.validate.of(store, &instance)?;
            Ok(convert::issues(validate.call_async(&mut *store, (&settings,)).await?.0))
        }
        (Call::Deliver(arguments), .., Some(provider)) => {
            let (by, message) = &*arguments;
            let deliver = provider.deliver.of(store, &instance)?;
            let (delivery,) = deliver.call_async(&mut *store, (by, message)).await?;
            delivery.map(convert::delivery).map_err(convert::plugin_failure)
        }
        (Call::Receive(arguments), .., Some(provider)) => {
            let (by, call) = &*arguments;
            let receive = provider.receive.of(store, &instance)?;
            match receive.call_async(&mut *store, (by, call)).await?.0 {
                Ok(reception) => convert::reception(reception, &store.data().limits),
                Err(failure) => Err(convert::plugin_failure(failure)),
            }
        }
        (Call::ValidateProvider(settings), .., Some(provider)) => {
            let validate = provider.validate.of(store, &instance)?;
            Ok(convert::issues(validate.call_async(&mut *store, (&settings,)).await?.0))
        }
        (Call::ValidateTrigger(settings), _, Some(trigger), _) => {
            let validate = trigger.validate.of(store, &instance)?;
            Ok(convert::issues(validate.call_async(&mut *store, (&settings,)).await?.0))
        }
        (Call::Upgrade(state), Some(rule), ..) => {
            let upgrade = rule.upgrade.of(store, &instance)?;
            match upgrade.call_async(&mut *store, (&state,)).await?.0 {
                Ok(state) => convert::state(state, &store.data().limits).map(Answer::State),
                Err(reason) => Err(Failure::new("state-too-old", crate::log::cut(reason, 1 << 10), false)),
            }
        }
        _ => Err(no_export(kind)),
    })
}

fn no_export(kind: &str) -> Failure {
    Failure::new("wrong-kind", format!("the component exports no `{kind}`"), false)
}
