//! From whatever ended a step early to a failure that says which limit, and how much of it was used.
//!
//! **Invariant:** trying again is offered only where another try can go another way: the host or the network
//! was at fault, not the plugin.

use std::time::Duration;

use rulewright_domain::{Frame, backtrace};
use rulewright_ports::Failure;
use wasmtime::{PoolConcurrencyLimitError, Trap, WasmBacktrace};

use crate::{
    log::cut,
    options::{Allowance, Limits, bytes, grouped},
    refusal::Stop,
    step::Step,
};

/// Characters of a message that comes from wasmtime or the plugin.
const LONGEST: usize = 1 << 10;
/// Functions that are named in a message; the failure has more of them.
const TOLD: usize = 4;

pub(crate) fn limit(name: &str, usage: &str) -> Failure {
    Failure::new("limit", format!("limit `{name}`: {usage}"), false)
}

pub(crate) fn ours(message: impl Into<String>) -> Failure {
    Failure::new("unavailable", message, true)
}

/// Compiled code that the pool has no room for, whatever a step does: it declares more than any may have.
pub(crate) fn declared(error: &wasmtime::Error, limits: &Limits) -> Option<Failure> {
    // wasmtime keeps the type of these errors to itself.
    let text = error.root_cause().to_string();
    let number = |before: &str| -> Option<u64> {
        let (_, after) = text.split_once(before)?;
        after.split(' ').next()?.parse().ok()
    };
    if let Some(declared) = number("minimum byte size of ") {
        let (declared, most) = (bytes(declared), bytes(limits.memory_max));
        return Some(limit("memory-max", &format!("it begins with {declared} of memory, at most {most}")));
    }
    let declared = grouped(number("minimum element size of ")?);
    let most = grouped(limits.tables);
    Some(limit("tables", &format!("it begins with a table of {declared} elements, at most {most}")))
}

pub(crate) fn out_of_time(step: &Step, allowance: &Allowance) -> Failure {
    let most = Duration::from_millis(step.limits.cpu);
    late(step.waits_for, step.meter.so_far(), most, allowance.wall)
}

/// After `wall` milliseconds, of which it had a processor for `used`, and might have had one for `most`.
fn late(waits_for: Option<&str>, used: Duration, most: Duration, wall: u64) -> Failure {
    let had = grouped(u64::try_from(used.as_millis()).unwrap_or(u64::MAX));
    let little = used < most && used < Duration::from_millis(wall) / 2;
    let wall = grouped(wall);
    let (message, retryable) = match waits_for {
        Some(what) => (format!("{what} did not come within the {wall} ms of the step"), true),
        None if little => {
            (format!("the machine was too busy: the step had a processor for {had} of its {wall} ms"), true)
        }
        None => (format!("the step took longer than {wall} ms"), false),
    };
    Failure::new("out-of-time", format!("limit `wall`: {message}"), retryable)
}

pub(crate) fn failure(error: &wasmtime::Error, step: &Step, allowance: &Allowance) -> Failure {
    let failure = typed(error, step, allowance);
    // Where the host is at fault, it does not matter where the plugin was.
    match failure.retryable {
        true => failure,
        false => Failure { backtrace: frames(error), ..failure },
    }
}

fn typed(error: &wasmtime::Error, step: &Step, allowance: &Allowance) -> Failure {
    if let Some(stop) = error.downcast_ref::<Stop>() {
        return stopped(stop, step);
    }
    // There is room for as many steps as are let in; should that ever be wrong, it is not the plugin's fault.
    if error.downcast_ref::<PoolConcurrencyLimitError>().is_some() {
        return ours(format!("no room for another step just now: {error}"));
    }
    let trap = error.downcast_ref::<Trap>();
    match trap {
        Some(Trap::OutOfFuel) => {
            let fuel = grouped(allowance.fuel);
            return Failure::new("out-of-fuel", format!("used {fuel} of {fuel} fuel"), false);
        }
        Some(Trap::Interrupt) => return stopped(&Stop::Cpu, step),
        Some(Trap::StackOverflow) => {
            let message = format!("calls nest too deep{}", place(error));
            return Failure::new("stack-overflow", message, false);
        }
        _ => {}
    }
    // A guest that gets no memory aborts; one that could not even start is refused by wasmtime.
    let gives_up = matches!(trap, None | Some(Trap::UnreachableCodeReached));
    if let Some(asked) = step.limiter.denied.filter(|_| gives_up) {
        let (asked, most) = (bytes(asked), bytes(step.limiter.memory_limit()));
        return Failure::new("out-of-memory", format!("asked for {asked}, limit `memory` is {most}"), false);
    }
    if let Some(asked) = step.limiter.denied_elements.filter(|_| gives_up) {
        let (asked, most) = (grouped(asked), grouped(step.limits.tables));
        return limit("tables", &format!("asked for {asked} elements, at most {most}"));
    }
    match trap {
        Some(trap) => {
            let what = match (trap, step.log.last_error()) {
                (Trap::UnreachableCodeReached, Some(panic)) => panic.to_owned(),
                (_, Some(last)) => format!("{trap}; the last error it logged: {last}"),
                // Compilers put their own stack at the bottom of the memory, so it ends like this.
                (Trap::MemoryOutOfBounds, None) => format!("{trap}; was it recursion without end?"),
                (_, None) => trap.to_string(),
            };
            Failure::new("trap", cut(what, LONGEST) + &place(error), false)
        }
        None => other(error, step),
    }
}

fn stopped(stop: &Stop, step: &Step) -> Failure {
    match stop {
        Stop::Limit { name, message } => limit(name, message),
        Stop::Host(message) => ours(message.as_str()),
        Stop::Cpu => {
            let most = grouped(step.limits.cpu);
            Failure::new("out-of-time", format!("limit `cpu`: computed for more than {most} ms"), false)
        }
    }
}

/// Not a trap: a value that breaks the component ABI, too much of it at once, or too many handles.
fn other(error: &wasmtime::Error, step: &Step) -> Failure {
    let text = error.root_cause().to_string();
    // wasmtime keeps the type of this error to itself.
    if text.contains("fuel allocated for hostcalls") {
        let most = bytes(step.limits.hostcall);
        return limit("hostcall", &format!("a call of the host carried more than {most}"));
    }
    Failure::new("trap", cut(text, LONGEST) + &place(error), false)
}

/// The functions that had not returned, innermost first. Their addresses are the host's, and stay here.
fn frames(error: &wasmtime::Error) -> Vec<Frame> {
    let Some(trace) = error.downcast_ref::<WasmBacktrace>() else { return Vec::new() };
    let frames = trace.frames().iter();
    backtrace::bounded(
        frames.map(|frame| Frame { function: frame.func_index(), name: frame.func_name().map(readable) }),
    )
}

/// As the author wrote it, where it is mangled as Rust does; without the hash, which differs between builds.
fn readable(name: &str) -> String {
    match rustc_demangle::try_demangle(name) {
        Ok(name) => format!("{name:#}"),
        Err(_) => name.to_owned(),
    }
}

/// The innermost functions that have names; components that were stripped have none.
fn place(error: &wasmtime::Error) -> String {
    let names = frames(error).into_iter().filter_map(|frame| frame.name);
    let names: Vec<String> = names.take(TOLD).map(|name| cut(name, 200)).collect();
    if names.is_empty() { String::new() } else { format!(" (in {})", names.join(" < ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_had_no_time_is_tried_again_and_whoever_used_it_is_not() {
        let ms = Duration::from_millis;
        for (waits_for, used, retryable, says) in [
            (
                Some("an answer from outside"),
                9_000,
                true,
                "an answer from outside did not come within the 10,000 ms",
            ),
            (None, 1_999, true, "had a processor for 1,999 of its 10,000 ms"),
            (None, 2_000, false, "took longer than 10,000 ms"),
        ] {
            let failure = late(waits_for, ms(used), ms(2_000), 10_000);
            assert_eq!((failure.code.as_str(), failure.retryable), ("out-of-time", retryable));
            assert!(failure.message.contains(says), "{}", failure.message);
        }
        // Half of its time is enough to have come to an end in.
        assert!(
            late(None, ms(99), ms(2_000), 200).retryable && !late(None, ms(100), ms(2_000), 200).retryable
        );
    }

    #[test]
    fn names_are_as_authors_write_them_and_the_same_in_every_build() {
        for (mangled, written) in [
            ("_ZN8acme_sms4send17h0123456789abcdefE", "acme_sms::send"),
            ("_RNvCskwGfYPst2Cb_8acme_sms4send", "acme_sms::send"),
            ("send_message", "send_message"),
        ] {
            assert_eq!(readable(mangled), written);
        }
    }
}
