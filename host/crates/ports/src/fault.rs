//! Moments at which a test lets the program die, so that each is died at for certain and not by luck. In a release build
//! nothing of it is left.

/// All of them: the moment's name, and what has happened by then.
pub const POINTS: [(&str, &str); 20] = [
    ("accept.before", "a command has come in, nothing of it is written"),
    ("accept.after", "a command is durable, its sender has no answer"),
    ("commit.before", "a group of transactions is written and not durable"),
    ("commit.after", "a group of transactions is durable, nobody knows"),
    ("guest.before", "a step is about to run"),
    ("guest.after", "a step has run, perhaps told somebody outside, and is not committed"),
    ("outbox.before", "a message is marked as being sent and has not left"),
    ("outbox.after", "a message has left, its answer is not written down"),
    ("timer.before", "a time has come, nothing has been made of it"),
    ("timer.after", "what a time sets in motion is durable"),
    ("install.compiled", "a component is compiled and kept in the cache, the database has nothing of it"),
    ("install.offered", "a component is in the database, its sender has no answer"),
    ("install.accepted", "a component is active, its sender has no answer"),
    ("backup.copied", "a backup is copied, and not yet under its name"),
    ("migrate.before", "a step to a newer schema is written and not durable"),
    ("migrate.after", "a step to a newer schema is durable, the next has not begun"),
    ("seal.before", "secrets that lay there as they are have been sealed, and that is not durable"),
    ("seal.after", "they are sealed, and what they were may still be in parts of the file that nothing uses"),
    ("key.before", "the file of the key holds the new one beside the old, nothing is sealed with it"),
    ("key.after", "all is sealed with the new key, the file still holds both"),
];

#[cfg(debug_assertions)]
pub use armed::{arm, point};

#[cfg(debug_assertions)]
mod armed {
    use std::sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    };

    use super::POINTS;

    struct Armed {
        name: String,
        left: AtomicU32,
    }

    static ARMED: OnceLock<Armed> = OnceLock::new();

    /// `name:nth`: this process dies when it comes to that point for the nth time.
    pub fn arm(at: &str) -> Result<(), String> {
        let (name, nth) = at.split_once(':').unwrap_or((at, "1"));
        if !POINTS.iter().any(|(known, _)| *known == name) {
            let known: Vec<&str> = POINTS.iter().map(|(known, _)| *known).collect();
            return Err(format!("`{name}` is no point to crash at: there are {}", known.join(", ")));
        }
        let left = nth.parse::<u32>().ok().filter(|nth| *nth > 0);
        let left = left.ok_or_else(|| format!("`{nth}` is no number of times: write {name}:1"))?;
        // Whoever armed first is obeyed.
        let _ = ARMED.set(Armed { name: name.to_owned(), left: AtomicU32::new(left) });
        Ok(())
    }

    /// At once and without a word, as by `kill -9`: nothing is dropped, flushed or answered.
    pub fn point(name: &str) {
        let Some(armed) = ARMED.get() else { return };
        if armed.name == name && armed.left.fetch_sub(1, Ordering::SeqCst) == 1 {
            std::process::abort();
        }
    }
}

#[cfg(not(debug_assertions))]
#[inline(always)]
pub fn point(_: &str) {}

#[cfg(test)]
#[cfg(debug_assertions)]
mod tests {
    use super::*;

    #[test]
    fn a_point_that_does_not_exist_is_refused_with_those_that_do() {
        let error = arm("lunch:1").unwrap_err();
        assert!(error.contains("lunch") && error.contains("commit.after"), "{error}");
        assert!(arm("commit.after:never").is_err());
        assert!(arm("commit.after:0").is_err());
        // Nothing was armed by that.
        point("commit.after");
    }
}
