//! One engine, set up in one place.
//!
//! **Invariant:** whoever compiles, loads or runs components does it with [`engine_config`]; any difference
//! would make compiled code of one unreadable for another.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use wasmtime::{
    Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Strategy, WasmFeatures,
};

use crate::{RuntimeError, options::Limits};

/// Instances, memories and tables that one component may have. One made by `wit-component` has 3 core
/// instances (program, shim, fixups), 1 memory and 2 tables; other toolchains add an adapter or two.
const CORE_INSTANCES: u32 = 16;
const MEMORIES: u32 = 4;
const TABLES: u32 = 8;

/// The SDK's stack and arena make a memory of two megabytes and a bit: kept resident, the next step finds its
/// pages there and pays neither faults nor `madvise`. Where the kernel tells which pages were written, only
/// those are cleared; where it does not, all of this is, so it is little.
const MEMORY_RESIDENT: usize = 4 << 20;
const MEMORY_RESIDENT_BLIND: usize = 128 << 10;
const TABLE_RESIDENT: usize = 64 << 10;
const STACK_RESIDENT: usize = 64 << 10;

/// What of the stack of a step is the guest's. The rest of [`STACK`] is for host functions, which run on it.
const GUEST_STACK: usize = 512 << 10;
const STACK: usize = 2 << 20;

/// Where instances live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allocation {
    /// Reserved once and reused: a fresh instance is a few microseconds.
    Pooling,
    /// Mapped for each instance: where address space is scarce.
    OnDemand,
}

pub fn engine_config(limits: &Limits, allocation: Allocation) -> Config {
    let mut config = Config::new();
    config
        .strategy(Strategy::Cranelift)
        .consume_fuel(true)
        .epoch_interruption(true)
        // No `async` functions, streams or futures in the contract: a quarter off every call.
        .concurrency_support(false)
        // The same inputs give the same effects, also where floats are hashed.
        .cranelift_nan_canonicalization(true)
        .max_wasm_stack(GUEST_STACK)
        .async_stack_size(STACK)
        .memory_reservation(limits.memory_max)
        .memory_guard_size(64 << 10)
        .memory_reservation_for_growth(0)
        .wasm_backtrace_max_frames(std::num::NonZeroUsize::new(8));
    for feature in [
        WasmFeatures::THREADS,
        WasmFeatures::SHARED_EVERYTHING_THREADS,
        WasmFeatures::MEMORY64,
        WasmFeatures::MULTI_MEMORY,
        WasmFeatures::EXCEPTIONS,
        WasmFeatures::LEGACY_EXCEPTIONS,
        WasmFeatures::GC,
        WasmFeatures::FUNCTION_REFERENCES,
        WasmFeatures::TAIL_CALL,
        WasmFeatures::STACK_SWITCHING,
        WasmFeatures::RELAXED_SIMD,
        WasmFeatures::WIDE_ARITHMETIC,
        WasmFeatures::CUSTOM_PAGE_SIZES,
    ] {
        config.wasm_features(feature, false);
    }
    config.allocation_strategy(match allocation {
        Allocation::Pooling => InstanceAllocationStrategy::Pooling(pool(limits)),
        Allocation::OnDemand => InstanceAllocationStrategy::OnDemand,
    });
    config
}

/// Untuned, a step costs five times as much (`research/performance.md`, A).
fn pool(limits: &Limits) -> PoolingAllocationConfig {
    let steps = u32::try_from(limits.concurrency).unwrap_or(u32::MAX).max(1);
    let resident = match PoolingAllocationConfig::is_pagemap_scan_available() {
        true => MEMORY_RESIDENT,
        false => MEMORY_RESIDENT_BLIND,
    };
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(steps)
        .total_core_instances(steps.saturating_mul(4))
        .total_memories(steps.saturating_mul(2))
        .total_tables(steps.saturating_mul(4))
        .total_stacks(steps)
        .max_core_instances_per_component(CORE_INSTANCES)
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
            let engine = Engine::new(&engine_config(limits, Allocation::OnDemand));
            engine
                .map(|engine| (engine, Allocation::OnDemand))
                .map_err(|error| RuntimeError::Engine(format!("{error:#}")))
        }
    }
}

/// Lets running guests give way. An OS thread and not a task: a guest that spins holds its worker, and with
/// it perhaps the one that drives the timers.
pub struct Ticker {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Ticker {
    pub fn start(engine: &Engine, every: Duration) -> Result<Ticker, RuntimeError> {
        let stop = Arc::new(AtomicBool::new(false));
        let (engine, stopped) = (engine.weak(), stop.clone());
        let thread = std::thread::Builder::new()
            .name("epoch-ticker".to_owned())
            .spawn(move || {
                while !stopped.load(Ordering::Relaxed) {
                    std::thread::park_timeout(every);
                    match engine.upgrade() {
                        Some(engine) => engine.increment_epoch(),
                        None => return,
                    }
                }
            })
            .map_err(|error| RuntimeError::Engine(format!("no thread for the ticker: {error}")))?;
        Ok(Ticker { stop, thread: Some(thread) })
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
