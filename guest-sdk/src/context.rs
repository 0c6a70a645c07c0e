//! What the SDK remembers of the step that is running.

use std::cell::Cell;

thread_local! {
    static ATTEMPT: Cell<u32> = const { Cell::new(0) };
    static REQUESTS: Cell<u32> = const { Cell::new(0) };
}

pub(crate) fn begin(attempt: u32) {
    ATTEMPT.set(attempt);
    REQUESTS.set(0);
}

/// 0 for the first try of this step.
pub(crate) fn attempt() -> u32 {
    ATTEMPT.get()
}

/// 1 for the step's first HTTP request.
pub(crate) fn next_request() -> u32 {
    let number = REQUESTS.get() + 1;
    REQUESTS.set(number);
    number
}
