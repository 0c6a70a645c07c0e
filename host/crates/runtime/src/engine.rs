//! One engine, set up in one place.
//!
//! **Invariant:** whoever compiles, loads or runs components does it with [`engine_config`]; any difference
//! would make compiled code of one unreadable for another.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use rulewright_domain::backtrace::FRAMES;
use rulewright_ports::component::{FEATURES, INSTANCES, MEMORIES, TABLES};
use wasmtime::{
    Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Strategy, WasmFeatures,
};

use crate::{RuntimeError, options::Limits};

/// The SDK's stack and arena make a memory of half a megabyte: kept resident, the next step finds its pages there
/// and pays neither faults nor `madvise`. Where the kernel tells which pages were written, only those are cleared;
/// where it does not, all of this is, so it is little.
const MEMORY_RESIDENT: usize = 1 << 20;
const MEMORY_RESIDENT_BLIND: usize = 128 << 10;
const TABLE_RESIDENT: usize = 64 << 10;
const STACK_RESIDENT: usize = 64 << 10;

/// Of the stack of a step, beside what is the guest's: for host functions, which run on it.
const HOST_STACK: usize = 1536 << 10;

/// Where instances live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allocation {
    /// Reserved once and reused: a fresh instance is a few microseconds.
    Pooling,
    /// Mapped for each instance: where address space is scarce.
    OnDemand,
}

pub fn engine_config(limits: &Limits, allocation: Allocation) -> Config {
    let stack = usize::try_from(limits.stack).unwrap_or(usize::MAX);
    let mut config = Config::new();
    config
        .strategy(Strategy::Cranelift)
        .consume_fuel(true)
        .epoch_interruption(true)
        // No `async` functions, streams or futures in the contract: a quarter off every call.
        .concurrency_support(false)
        // The same inputs give the same effects, also where floats are hashed.
        .cranelift_nan_canonicalization(true)
        .max_wasm_stack(stack)
        .async_stack_size(stack.saturating_add(HOST_STACK))
        .memory_reservation(limits.memory_max)
        .memory_guard_size(64 << 10)
        .memory_reservation_for_growth(0)
        // It costs something only where a step traps.
        .wasm_backtrace_max_frames(std::num::NonZeroUsize::new(FRAMES));
    config.wasm_features(!features(), false);
    config.allocation_strategy(match allocation {
        Allocation::Pooling => InstanceAllocationStrategy::Pooling(pool(limits)),
        Allocation::OnDemand => InstanceAllocationStrategy::OnDemand,
    });
    config
}

/// Those that the registry accepts. And several memories, which it does not: where a component has two instances
/// that call each other, wasmtime writes a module between them that copies from one memory to the other.
fn features() -> WasmFeatures {
    FEATURES
        .iter()
        .filter_map(|name| WasmFeatures::from_name(name))
        .chain([WasmFeatures::MULTI_MEMORY])
        .collect()
}

/// Untuned, a step costs five times as much (`research/performance.md`, A).
fn pool(limits: &Limits) -> PoolingAllocationConfig {
    // Whoever waits for an answer from outside has left its turn to somebody else, and keeps its instance.
    let steps = limits.concurrency.max(1).saturating_add(limits.outside);
    let steps = u32::try_from(steps).unwrap_or(u32::MAX);
    let resident = match PoolingAllocationConfig::is_pagemap_scan_available() {
        true => MEMORY_RESIDENT,
        false => MEMORY_RESIDENT_BLIND,
    };
    let mut pool = PoolingAllocationConfig::new();
    // Room for as many steps of the largest component that there may be: none takes the room of another.
    pool.total_component_instances(steps)
        .total_core_instances(steps.saturating_mul(INSTANCES))
        .total_memories(steps.saturating_mul(MEMORIES))
        .total_tables(steps.saturating_mul(TABLES))
        .total_stacks(steps)
        .max_core_instances_per_component(INSTANCES)
        .max_memories_per_component(MEMORIES)
        .max_tables_per_component(TABLES)
        .max_memory_size(usize::try_from(limits.memory_max).unwrap_or(usize::MAX))
        .table_elements(usize::try_from(limits.tables).unwrap_or(usize::MAX))
        .linear_memory_keep_resident(resident)
        .table_keep_resident(TABLE_RESIDENT)
        .async_stack_keep_resident(STACK_RESIDENT)
        .pagemap_scan(Enabled::Auto);
    pool
}

/// Tries the pool first. It reserves all of its address space at once, which small machines and containers
/// with `ulimit -v` refuse.
pub fn engine(limits: &Limits) -> Result<(Engine, Allocation), RuntimeError> {
    match Engine::new(&engine_config(limits, Allocation::Pooling)) {
        Ok(engine) => Ok((engine, Allocation::Pooling)),
        Err(refused) => {
            tracing::warn!(%refused, "no room for a pool of instances: each step gets its own memory, slower");
            Ok((on_demand(limits)?, Allocation::OnDemand))
        }
    }
}

/// Without a pool.
pub fn on_demand(limits: &Limits) -> Result<Engine, RuntimeError> {
    let engine = Engine::new(&engine_config(limits, Allocation::OnDemand));
    engine.map_err(|error| RuntimeError::Engine(format!("{error:#}")))
}

/// Lets running guests give way. An OS thread and not a task: a guest that spins holds its worker, and with
/// it perhaps the one that drives the timers. It sleeps while no step runs.
pub struct Ticker {
    shared: Arc<Ticking>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Ticking {
    steps: AtomicUsize,
    asleep: AtomicBool,
    stop: AtomicBool,
}

/// Ticks without a step until it sleeps: waking it costs more than a few that nobody needs.
const UNNEEDED: u32 = 50;

impl Ticker {
    pub fn start(engines: &[&Engine], every: Duration) -> Result<Ticker, RuntimeError> {
        let shared = Arc::new(Ticking::default());
        let engines: Vec<_> = engines.iter().map(|engine| engine.weak()).collect();
        let ticking = shared.clone();
        let thread = std::thread::Builder::new()
            .name("epoch-ticker".to_owned())
            .spawn(move || {
                let mut unneeded = 0;
                while !ticking.stop.load(Ordering::SeqCst) {
                    unneeded = if ticking.steps.load(Ordering::SeqCst) > 0 { 0 } else { unneeded + 1 };
                    if unneeded > UNNEEDED {
                        ticking.sleep();
                        unneeded = 0;
                    }
                    std::thread::park_timeout(every);
                    for engine in &engines {
                        match engine.upgrade() {
                            Some(engine) => engine.increment_epoch(),
                            None => return,
                        }
                    }
                }
            })
            .map_err(|error| RuntimeError::Engine(format!("no thread for the ticker: {error}")))?;
        Ok(Ticker { shared, thread: Some(thread) })
    }

    /// It ticks for as long as the answer is held.
    pub fn ticks(&self) -> Ticks {
        self.shared.steps.fetch_add(1, Ordering::SeqCst);
        // Whoever looked for steps before this one was there has said so by now, or will see it.
        if self.shared.asleep.load(Ordering::SeqCst) {
            self.wake();
        }
        Ticks(self.shared.clone())
    }

    fn wake(&self) {
        if let Some(thread) = &self.thread {
            thread.thread().unpark();
        }
    }
}

impl Ticking {
    fn sleep(&self) {
        self.asleep.store(true, Ordering::SeqCst);
        while self.steps.load(Ordering::SeqCst) == 0 && !self.stop.load(Ordering::SeqCst) {
            std::thread::park();
        }
        self.asleep.store(false, Ordering::SeqCst);
    }
}

pub struct Ticks(Arc<Ticking>);

impl Drop for Ticks {
    fn drop(&mut self) {
        self.0.steps.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        self.wake();
        if let Some(thread) = self.thread.take() {
            // It has nothing to say, and a panic in it has been printed.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ticker_sleeps_while_no_step_runs_and_ticks_for_the_next_one() {
        let engine = on_demand(&Limits::default()).unwrap();
        let ticker = Ticker::start(&[&engine], Duration::from_millis(1)).unwrap();
        let is_asleep = |asleep| ticker.shared.asleep.load(Ordering::SeqCst) == asleep;
        for _ in 0..3 {
            while !is_asleep(true) {
                std::thread::yield_now();
            }
            let ticks = ticker.ticks();
            while !is_asleep(false) {
                std::thread::yield_now();
            }
            drop(ticks);
        }
    }
}
