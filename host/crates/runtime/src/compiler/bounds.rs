//! What compiling a component may cost.

use std::time::Duration;

use crate::options::Limits;

/// Of one compilation. Grows with the component: what is honest takes about a second for each MiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Processor time of all threads.
    pub cpu: Duration,
    /// Address space, in bytes, beyond what the empty program takes.
    pub memory: u64,
    /// Until the child is killed, whatever it does.
    pub wall: Duration,
}

impl Bounds {
    pub fn of(limits: &Limits, size: u64) -> Bounds {
        let mebibytes = size.div_ceil(1 << 20);
        let grown = |base: u64, each: u64| base.saturating_add(each.saturating_mul(mebibytes));
        Bounds {
            cpu: Duration::from_millis(grown(limits.compile_cpu, limits.compile_cpu_mib)),
            memory: grown(limits.compile_memory, limits.compile_memory_mib),
            wall: Duration::from_millis(limits.compile_wall),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_larger_component_may_cost_more_and_no_size_overflows() {
        let limits = Limits::default();
        let (small, large) = (Bounds::of(&limits, 50_000), Bounds::of(&limits, 20 << 20));
        assert_eq!(small.cpu, Duration::from_secs(23));
        assert_eq!(large.cpu, Duration::from_secs(80));
        assert!(large.memory > small.memory && large.wall == small.wall);
        assert!(Bounds::of(&limits, u64::MAX).cpu > large.cpu);
    }
}
