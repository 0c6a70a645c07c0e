//! One engine, set up in one place.
//!
//! **Invariant:** whoever compiles, loads or runs components does it with [`engine_config`]; any difference
//! would make compiled code of one unreadable for another.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
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
/// it perhaps the one that drives the timers.
pub struct Ticker {
    /// Ticks so far.
    pub ticks: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Ticker {
    pub fn start(engines: &[&Engine], every: Duration) -> Result<Ticker, RuntimeError> {
        let (stop, ticks) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let engines: Vec<_> = engines.iter().map(|engine| engine.weak()).collect();
        let (stopped, ticked) = (stop.clone(), ticks.clone());
        let thread = std::thread::Builder::new()
            .name("epoch-ticker".to_owned())
            .spawn(move || {
                while !stopped.load(Ordering::Relaxed) {
                    std::thread::park_timeout(every);
                    ticked.fetch_add(1, Ordering::Relaxed);
                    for engine in &engines {
                        match engine.upgrade() {
                            Some(engine) => engine.increment_epoch(),
                            None => return,
                        }
                    }
                }
            })
            .map_err(|error| RuntimeError::Engine(format!("no thread for the ticker: {error}")))?;
        Ok(Ticker { ticks, stop, thread: Some(thread) })
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // It has nothing to say, and a panic in it has been printed.
            let _ = thread.join();
        }
    }
}
