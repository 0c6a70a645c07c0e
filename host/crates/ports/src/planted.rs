//! Twenty bugs that somebody might make, for the test of those tests that should find them: one of them is planted in a
//! process, and the simulator plays until it has seen it. In a release build nothing of it is left.

/// All of them: the bug's name, and what is wrong where it is planted.
pub const PLANTED: [(&str, &str); 20] = [
    ("ack-before-commit", "whoever's transaction has run is told so, also where it has not become durable"),
    ("new-key-at-retry", "a message has another key at each further attempt"),
    ("dedup-forgotten", "what a key was answered is not kept, so a repeated request is taken in again"),
    (
        "send-before-commit",
        "a message is handed over by the transaction that makes it, before it is committed",
    ),
    ("effects-without-state", "what a step asked for that failed is done nevertheless"),
    ("half-of-effects", "the last effect of a step is left out"),
    ("timer-early", "what is due within the hour fires with what is due"),
    ("timer-twice", "a run that its timer has woken, and that is done with it, is woken by it once more"),
    ("timers-forgotten-at-start", "a start puts off whatever waits for its time"),
    ("runs-forgotten-at-start", "runs that were ready when the engine stopped are not taken up"),
    (
        "sending-forgotten-at-start",
        "messages that were being sent when the engine stopped are left as they are",
    ),
    ("stale-view-commits", "a step is committed although its order has changed since it looked"),
    ("lost-update", "a change of an order is taken whatever revision it was made for"),
    ("newest-digest", "a waiting run goes on in the bytes of its plugin's newest version"),
    ("loop-guard-off", "a loop of rules goes on to three times the depth at which it should end"),
    ("out-of-list-order", "ready steps of an order are done from the end of the rules' list"),
    ("leaving-cancels-nothing", "the runs of a stage go on after their order has left it"),
    ("run-twice", "an entry into a stage makes two runs of each of its rules"),
    ("total-of-one-line-less", "the total of an order leaves its last line out"),
    ("replay-forgets", "a step that is repeated asks outside again, though the journal has the answer"),
];

#[cfg(debug_assertions)]
pub use sown::{plant, planted};

#[cfg(debug_assertions)]
mod sown {
    use std::sync::OnceLock;

    use super::PLANTED;

    static NAME: OnceLock<&str> = OnceLock::new();

    /// From now on and in this whole process, so only one of them: a second one is refused, and a name that none has.
    pub fn plant(name: &str) -> Result<(), String> {
        let Some(known) = PLANTED.iter().map(|(known, _)| *known).find(|known| *known == name) else {
            let known: Vec<&str> = PLANTED.iter().map(|(known, _)| *known).collect();
            return Err(format!("`{name}` is no bug that can be planted: there are {}", known.join(", ")));
        };
        let first = *NAME.get_or_init(|| known);
        match first == known {
            true => Ok(()),
            false => Err(format!("`{first}` is planted in this process already")),
        }
    }

    /// Whether it is this one that is planted. One look where none is.
    pub fn planted(name: &str) -> bool {
        NAME.get().is_some_and(|planted| *planted == name)
    }
}

#[cfg(not(debug_assertions))]
#[inline(always)]
pub const fn planted(_: &str) -> bool {
    false
}

// Known while it is compiled: what stands behind it is dead code.
#[cfg(not(debug_assertions))]
const _: () = assert!(!planted(PLANTED[0].0));

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_bug_has_a_name_of_its_own_and_a_sentence() {
        let names: BTreeSet<&str> = PLANTED.iter().map(|(name, _)| *name).collect();
        assert_eq!(names.len(), PLANTED.len());
        assert!(PLANTED.iter().all(|(name, wrong)| !name.is_empty() && wrong.contains(' ')));
    }

    #[test]
    fn nothing_is_planted_that_nobody_has_planted() {
        assert!(!planted("lunch") && !planted("lost-update"));
    }

    #[cfg(debug_assertions)]
    #[test]
    fn one_bug_is_planted_and_neither_an_unknown_nor_a_second_one() {
        let error = plant("lunch").unwrap_err();
        assert!(error.contains("lunch") && error.contains("timer-twice"), "{error}");
        // None that this crate would have.
        assert_eq!(plant("timer-twice"), Ok(()));
        assert_eq!(plant("timer-twice"), Ok(()));
        assert!(planted("timer-twice") && !planted("timer-early"));
        let error = plant("timer-early").unwrap_err();
        assert!(error.contains("`timer-twice`"), "{error}");
        assert!(!planted("timer-early"));
    }
}
