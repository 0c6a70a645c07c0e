//! How much memory a process for guests holds, looked at from outside.
//!
//! **Invariant:** one that holds more than it may is ended, whatever the sandbox in it believes. What the system could bound
//! by itself would not do: the pool reserves more address space than any machine has memory.

use std::{fs, time::Duration};

use crate::options::{Limits, bytes};

/// Between two looks: what a process takes in the meantime, it has beyond its bound.
const LOOK: Duration = Duration::from_millis(250);
/// Native code of one component. That of a usual one is a third of it.
const CODE: u64 = 1 << 20;
/// The program itself, and what its steps carry in and out.
const PROGRAM: u64 = 512 << 20;

/// Bytes that a process may hold, on a machine with so many.
pub(super) fn bound(limits: &Limits, machine: Option<u64>) -> u64 {
    if limits.worker_memory > 0 {
        return limits.worker_memory;
    }
    let steps = limits.concurrency.saturating_add(limits.outside).saturating_mul(limits.memory_max);
    let large = limits.large_steps.saturating_mul(limits.large_memory_max);
    let code = limits.loaded.saturating_mul(CODE);
    let all = [steps, large, code].into_iter().fold(PROGRAM, u64::saturating_add);
    machine.map_or(all, |machine| all.min(machine / 2))
}

/// Where the system tells it.
pub(super) fn of_machine() -> Option<u64> {
    of_line(&fs::read_to_string("/proc/meminfo").ok()?, "MemTotal:")
}

/// Waits until a process holds more than it may, and says so. Where the system does not tell what it holds, for ever.
pub(super) async fn outgrown(pid: u32, most: u64) -> String {
    loop {
        // The kernel writes it when it is read: nothing here waits for a disk.
        let status = fs::read_to_string(format!("/proc/{pid}/status"));
        let held = status.ok().and_then(|status| held(&status));
        if let Some(held) = held.filter(|held| *held > most) {
            return format!("it held {}, limit `worker-memory` is {}", bytes(held), bytes(most));
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// What was swapped out is held all the same.
fn held(status: &str) -> Option<u64> {
    let swapped = of_line(status, "VmSwap:").unwrap_or_default();
    Some(of_line(status, "VmRSS:")?.saturating_add(swapped))
}

/// Bytes, of a line such as `VmRSS:     5120 kB`.
fn of_line(text: &str, name: &str) -> Option<u64> {
    let amount = text.lines().find_map(|line| line.strip_prefix(name))?;
    amount.trim().strip_suffix(" kB")?.parse::<u64>().ok()?.checked_mul(1 << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_may_hold_what_the_operator_says_or_what_its_steps_may_take_and_half_the_machine_at_most() {
        let limits = Limits { concurrency: 2, outside: 2, loaded: 100, ..Limits::default() };
        let steps = 4 * limits.memory_max + 4 * limits.large_memory_max;
        let all = bound(&limits, None);
        assert!(all > steps && all < steps + (1 << 30), "{all}");
        assert_eq!(bound(&limits, Some(64 << 30)), all);
        assert_eq!(bound(&limits, Some(1 << 30)), 512 << 20);
        let endless = Limits { concurrency: u64::MAX, ..Limits::default() };
        assert_eq!(bound(&endless, None), u64::MAX);
        assert_eq!(bound(&Limits { worker_memory: 7, ..endless }, Some(1 << 30)), 7);
    }

    #[test]
    fn what_a_process_holds_is_read_with_what_was_swapped_out() {
        let status = "Name:\tVmRSS: 7 kB\nVmHWM:\t   90000 kB\nVmRSS:\t    5120 kB\nVmSwap:\t       8 kB\n";
        assert_eq!(held(status), Some(5128 << 10));
        assert_eq!(held("VmRSS:\t 12 kB\n"), Some(12 << 10), "a kernel without swap");
        // One that has ended has no memory.
        assert_eq!(held("Name:\trulewright\nState:\tZ (zombie)\n"), None);
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn whoever_holds_too_much_is_found_and_nobody_else() {
        use futures::FutureExt;

        let own = std::process::id();
        assert!(outgrown(own, u64::MAX).now_or_never().is_none());
        let why = outgrown(own, 70_000).await;
        assert!(why.contains("limit `worker-memory` is 68 KiB"), "{why}");
        assert!(of_machine().is_some());
    }
}
