//! Memory and tables of one step.
//!
//! **Invariant:** sums over the whole store. wasmtime asks for each memory by itself, and a component may have
//! several.

use rulewright_ports::component::{LARGE_INSTANCES, MEMORIES, TABLES};
use wasmtime::ResourceLimiter;

pub(crate) struct Limiter {
    memory_limit: u64,
    table_limit: u64,
    /// Bytes of linear memory. Memories never shrink.
    pub memory: u64,
    elements: u64,
    /// Bytes that were asked for last and not given: the guest sees a failed allocation and usually aborts.
    pub denied: Option<u64>,
    /// The same, of elements of tables.
    pub denied_elements: Option<u64>,
}

impl Limiter {
    pub fn new(memory_limit: u64, table_limit: u64) -> Limiter {
        Limiter { memory_limit, table_limit, memory: 0, elements: 0, denied: None, denied_elements: None }
    }

    pub fn memory_limit(&self) -> u64 {
        self.memory_limit
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let wanted = self.memory.saturating_add(desired.saturating_sub(current) as u64);
        if wanted > self.memory_limit {
            self.denied = Some(wanted);
            return Ok(false);
        }
        self.memory = wanted;
        Ok(true)
    }

    fn memory_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        tracing::debug!(%error, "a memory could not grow");
        Ok(())
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let wanted = self.elements.saturating_add(desired.saturating_sub(current) as u64);
        if wanted > self.table_limit {
            self.denied_elements = Some(wanted);
            return Ok(false);
        }
        self.elements = wanted;
        Ok(true)
    }

    fn instances(&self) -> usize {
        // The pool holds ordinary components to fewer.
        LARGE_INSTANCES as usize
    }

    fn memories(&self) -> usize {
        MEMORIES as usize
    }

    fn tables(&self) -> usize {
        TABLES as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memories_are_summed_and_a_denial_is_remembered() {
        let mut limiter = Limiter::new(100, 10);
        assert!(limiter.memory_growing(0, 60, None).unwrap());
        assert!(limiter.memory_growing(0, 40, None).unwrap());
        assert!(!limiter.memory_growing(40, 41, None).unwrap());
        assert_eq!((limiter.memory, limiter.denied), (100, Some(101)));
    }

    #[test]
    fn tables_are_summed() {
        let mut limiter = Limiter::new(0, 10);
        assert!(limiter.table_growing(0, 6, None).unwrap());
        assert!(!limiter.table_growing(0, 5, None).unwrap());
        assert!(limiter.table_growing(0, 4, None).unwrap());
        assert_eq!((limiter.elements, limiter.denied_elements), (10, Some(11)));
    }
}
