//! What a step may use at most.
//!
//! **Invariant:** every limit of the runtime is a line of this table: name, unit, default and reason. A limit
//! that is reached is reported by its name, so whoever reads the message finds it here.

use rulewright_ports::component;

/// One line of the table, for documentation and for operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitInfo {
    pub name: &'static str,
    pub unit: &'static str,
    pub default: u64,
    pub reason: &'static str,
}

macro_rules! limits {
    ($($field:ident = $name:literal, $unit:literal, $default:expr, $reason:literal;)*) => {
        /// What the operator allows. See [`Limits::TABLE`] for units and reasons.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct Limits {
            $(#[doc = $reason] pub $field: u64,)*
        }

        impl Limits {
            pub const TABLE: &'static [LimitInfo] = &[
                $(LimitInfo { name: $name, unit: $unit, default: $default, reason: $reason },)*
            ];

            pub fn get(&self, name: &str) -> Option<u64> {
                match name {
                    $($name => Some(self.$field),)*
                    _ => None,
                }
            }

            /// Returns whether there is a limit of that name.
            pub fn set(&mut self, name: &str, value: u64) -> bool {
                match name {
                    $($name => self.$field = value,)*
                    _ => return false,
                }
                true
            }
        }

        impl Default for Limits {
            fn default() -> Limits {
                Limits { $($field: $default,)* }
            }
        }
    };
}

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;

#[rustfmt::skip]
limits! {
    fuel = "fuel", "instructions", 50_000_000,
        "The CPU budget that is the same on every machine. A usual step takes under 100,000; this is some 50 ms.";
    fuel_max = "fuel-max", "instructions", 1_000_000_000,
        "The most that a manifest may wish for as `fuel`.";
    cpu = "cpu", "milliseconds", 2_000,
        "Backstop where instructions are slow ones: processor time of a step, that of the host's functions with it. Far \
         above `fuel`, so that the machine does not decide whether a step passes.";
    tick = "tick", "milliseconds", 2,
        "How often a running guest gives way to others and its processor time is looked at. One that has used this much \
         goes on with what others leave: a usual step takes a tenth of it.";
    wall = "wall", "milliseconds", 10_000,
        "Whole step with its host calls: somebody waits for the order to move.";
    wall_max = "wall-max", "milliseconds", 60_000,
        "The most that a manifest may wish for as `wall`.";
    memory = "memory", "bytes", 32 * MIB,
        "Linear memories of a step together. The SDK begins with half a MiB; a big order with texts takes a few.";
    memory_max = "memory-max", "bytes", 64 * MIB,
        "The most that a manifest may wish for as `memory`; also what the pool reserves for each slot.";
    stack = "stack", "bytes", 512 * KIB,
        "Calls of a guest: endless recursion ends here, and a step takes no more than it uses.";
    tables = "tables", "elements", 20_000,
        "Function tables of a step together: an interpreter has some thousands, a Rust guest some tens.";
    hostcall = "hostcall", "bytes", 4 * MIB,
        "What one host call may carry out of the guest: it is copied before anybody has looked at it.";
    json = "json", "bytes", 64 * KIB,
        "JSON text of one value: it is read as a whole before anybody looks at it.";
    values = "values", "values", 10_000,
        "Fields, list items and JSON values of one call: each takes some hundred bytes once it has been read.";
    host_calls = "host-calls", "calls", 100_000,
        "Host work is not paid in instructions, so its number is bounded.";
    reads = "reads", "calls", 200,
        "Reads of other orders, clients, staff, storage and secrets: each is a query.";
    handles = "handles", "handles", 256,
        "Secrets that a step may have open at a time.";
    effects = "effects", "effects", 100,
        "All of them are committed in one transaction.";
    effect_bytes = "effect-bytes", "bytes", 8 * MIB,
        "Staged effects together: they are held in memory and written in one transaction.";
    log = "log", "bytes", 64 * KIB,
        "Log of a step. What comes later is counted and dropped, the step goes on.";
    log_line = "log-line", "bytes", KIB,
        "One line of the log; a longer one is cut, visibly.";
    state = "state", "bytes", 64 * KIB,
        "Saved state of a waiting run: it is a row, read and written with every step.";
    output = "output", "bytes", 64 * KIB,
        "What a rule leaves for the rules after it.";
    stored_value = "stored-value", "bytes", MIB,
        "One value of the plugin's private storage.";
    http_requests = "http-requests", "requests", 20,
        "More than a handful in one step belongs into several steps.";
    http_time = "http-time", "milliseconds", 10_000,
        "How long a request may take where the plugin does not say; in any case less than is left of `wall`.";
    http_body = "http-body", "bytes", MIB,
        "Body of one request to the outside.";
    component = "component", "bytes", component::BYTES as u64,
        "A usual rule has 100 KiB, an interpreter some MiB. A larger component runs outside of the pool.";
    component_max = "component-max", "bytes", component::LARGE_BYTES as u64,
        "The most of all: compiling takes a second of processor time for each MiB. No more than `component` keeps \
         large components out.";
    large_steps = "large-steps", "steps", 4,
        "Steps of large components that run at a time: each maps memory of its own, up to `large-memory-max`.";
    large_memory_max = "large-memory-max", "bytes", 256 * MIB,
        "The most that the manifest of a large component may wish for as `memory`: a typesetter with its fonts \
         begins with 13 MiB, and takes 46 for 13 pages.";
    large_fuel_max = "large-fuel-max", "instructions", 20_000_000_000,
        "The most that the manifest of a large component may wish for as `fuel`: some 10 s.";
    large_cpu = "large-cpu", "milliseconds", 30_000,
        "`cpu` of a large component: the backstop stays above the fuel.";
    large_tables = "large-tables", "elements", 100_000,
        "`tables` of a large component: a compiler or typesetter has tens of thousands of functions.";
    large_stack = "large-stack", "bytes", 8 * MIB,
        "`stack` of a large component: what works through trees calls itself for each level.";
    concurrency = "concurrency", "steps", 256,
        "Steps that run at a time; the pool reserves address space for each.";
    outside = "outside", "steps", 512,
        "Steps that wait for an answer from outside at a time, besides; the pool reserves address space for each. \
         When there are more, they keep their turn while they wait.";
    workers = "workers", "processes", 0,
        "Processes that guests run in, where they have some of their own. 0 is one for each processor.";
    worker_memory = "worker-memory", "bytes", 0,
        "What one of them may hold until it is ended. 0 is what all of its steps and their code may take together, and \
         half of the machine's memory at most.";
    compilations = "compilations", "components", 2,
        "Compiled at a time: compiling takes every core it gets from the steps.";
    compile_cpu = "compile-cpu", "milliseconds", 20_000,
        "Processor time that compiling a stranger's component may take; `compile-cpu-mib` comes on top of it.";
    compile_cpu_mib = "compile-cpu-mib", "milliseconds", 3_000,
        "The same, for each MiB of the component: what is honest takes a second.";
    compile_memory = "compile-memory", "bytes", 1024 * MIB,
        "Memory that compiling a stranger's component may take; `compile-memory-mib` comes on top of it.";
    compile_memory_mib = "compile-memory-mib", "bytes", 64 * MIB,
        "The same, for each MiB of the component: an interpreter of 18 MiB needs 0.8 GiB, a typesetter of 20 a \
         little more than one.";
    compile_wall = "compile-wall", "milliseconds", 300_000,
        "Until a compilation is given up in any case: somebody waits for the plugin to be installed.";
    loaded = "loaded", "components", 10_000,
        "Components mapped at a time. Each takes about 5 of the 65,530 mappings that Linux gives a process.";
}

/// The limits of one step: the defaults, or what the manifest wishes for up to the operator's maxima.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Allowance {
    pub fuel: u64,
    pub memory: u64,
    /// Milliseconds.
    pub wall: u64,
}

impl Limits {
    /// The same table for components that are larger than `component`.
    pub(crate) fn of_large(&self) -> Limits {
        Limits {
            cpu: self.large_cpu,
            fuel_max: self.large_fuel_max,
            memory_max: self.large_memory_max,
            stack: self.large_stack,
            tables: self.large_tables,
            ..self.clone()
        }
    }

    pub(crate) fn no_more_reads(&self) -> String {
        format!("reads: a step reads at most {} times", self.reads)
    }

    pub(crate) fn allowance(&self, wishes: &std::collections::BTreeMap<String, u64>) -> Allowance {
        let granted =
            |name: &str, default: u64, most: u64| wishes.get(name).map_or(default, |wish| (*wish).min(most));
        Allowance {
            fuel: granted("fuel", self.fuel, self.fuel_max),
            memory: granted("memory", self.memory, self.memory_max),
            wall: granted("wall", self.wall, self.wall_max),
        }
    }
}

/// An amount of bytes as people write it, rounded down where it is not exact.
pub(crate) fn bytes(amount: u64) -> String {
    match amount {
        0..=9_999 => format!("{amount} bytes"),
        _ if amount < 10 * MIB && !amount.is_multiple_of(MIB) => format!("{} KiB", amount / KIB),
        _ => format!("{} MiB", amount / MIB),
    }
}

/// `50000000` as `50,000,000`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_is_granted_up_to_the_operators_maximum() {
        let limits = Limits::default();
        let wishes = [("fuel", u64::MAX), ("wall", 20_000), ("concurrency", 9)];
        let wishes = wishes.map(|(name, value)| (name.to_owned(), value)).into();
        let given = limits.allowance(&wishes);
        assert_eq!(given.fuel, limits.fuel_max);
        assert_eq!(given.wall, 20_000);
        assert_eq!(given.memory, limits.memory);
    }

    #[test]
    fn every_line_of_the_table_can_be_set_by_its_name() {
        let mut limits = Limits::default();
        for info in Limits::TABLE {
            assert_eq!(limits.get(info.name), Some(info.default), "{}", info.name);
            assert!(limits.set(info.name, 7) && !info.reason.is_empty() && !info.unit.is_empty());
            assert_eq!(limits.get(info.name), Some(7));
        }
        assert!(!limits.set("speed", 1));
    }

    #[test]
    fn amounts_are_written_for_people() {
        assert_eq!(bytes(33_554_432), "32 MiB");
        assert_eq!(bytes(70_000), "68 KiB");
        assert_eq!(bytes(12), "12 bytes");
        assert_eq!(grouped(50_000_000), "50,000,000");
        assert_eq!(grouped(999), "999");
    }
}
