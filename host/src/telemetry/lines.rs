//! The log's lines, on their way to stderr.

use std::borrow::Cow;
use std::io::{self, Write};
use std::sync::OnceLock;

use prometheus_client::metrics::counter::{Atomic, Counter};
use prometheus_client::registry::Registry;
use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, NonBlockingBuilder, WorkerGuard};

/// Lines that may wait until somebody reads them. More are dropped and counted: a log that nobody reads any more,
/// because what it goes to hangs, must not hold up the program.
const WAITING: usize = 2_048;

static LINES: OnceLock<ErrorCounter> = OnceLock::new();

/// The guard writes what still waits when it is dropped, and takes a second for it at most.
pub fn to_stderr() -> (NonBlocking, WorkerGuard) {
    let lines = NonBlockingBuilder::default().lossy(true).buffered_lines_limit(WAITING).thread_name("log");
    let (lines, rest) = lines.finish(Lines(io::stderr()));
    // Whoever was first is the one that is written to.
    let _ = LINES.set(lines.error_counter());
    (lines, rest)
}

pub fn register(registry: &mut Registry) {
    let dropped = Counter::<u64, Dropped>::default();
    registry.register("rulewright_log_lines_dropped", "Log lines that nobody took in time", dropped);
}

/// What the writer of the log counts by itself.
#[derive(Debug, Default)]
struct Dropped;

impl Atomic<u64> for Dropped {
    fn inc(&self) -> u64 {
        self.get()
    }

    fn inc_by(&self, _: u64) -> u64 {
        self.get()
    }

    fn get(&self) -> u64 {
        LINES.get().map_or(0, |lines| lines.dropped_lines() as u64)
    }
}

/// An event is one line: what servers, mails and plugins say is in some, and none of them writes lines of ours.
struct Lines<W>(W);

impl<W: Write> Write for Lines<W> {
    /// Whole events come here.
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        self.0.write_all(&one_line(event))?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

fn one_line(event: &[u8]) -> Cow<'_, [u8]> {
    let (said, end) = match event.strip_suffix(b"\n") {
        Some(said) => (said, "\n"),
        None => (event, ""),
    };
    let text = String::from_utf8_lossy(said);
    if !text.contains(breaks) {
        return Cow::Borrowed(event);
    }
    let mut line = String::with_capacity(text.len() + 16);
    for (at, c) in text.char_indices() {
        match c {
            '\u{1b}' if colours(&text[at..]) => line.push(c),
            '\n' => line.push_str("\\n"),
            '\r' => line.push_str("\\r"),
            // As in JSON, which a line may be: none of them is beyond four digits.
            c if breaks(c) => line.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => line.push(c),
        }
    }
    line.push_str(end);
    Cow::Owned(line.into_bytes())
}

/// What ends a line somewhere, turns around what is shown of it, or moves a cursor.
fn breaks(c: char) -> bool {
    let turns = matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns || c.is_control() && c != '\t'
}

/// Whether it begins with a change of colour, as the log itself has them on a terminal.
fn colours(text: &str) -> bool {
    let rest = text
        .strip_prefix("\u{1b}[")
        .map(|rest| rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';'));
    rest.is_some_and(|rest| rest.starts_with('m'))
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Said(Arc<Mutex<Vec<u8>>>);

    impl Write for Said {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(json: bool, name: &str) -> String {
        let said = Said::default();
        let writer = said.clone();
        let log = tracing_subscriber::fmt().with_ansi(false).with_writer(move || Lines(writer.clone()));
        let tell = || tracing::warn!(%name, "not delivered to {name}");
        match json {
            true => tracing::subscriber::with_default(log.json().finish(), tell),
            false => tracing::subscriber::with_default(log.finish(), tell),
        }
        String::from_utf8(said.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn whatever_is_in_an_event_it_is_one_line() {
        let forged = "Ada\r\n2026-01-01T00:00:00Z  INFO signed in\u{1b}[2J\u{7}\u{0}\u{85}\u{2028}\u{202e}";
        for json in [false, true] {
            let log = logged(json, forged);
            assert_eq!((log.matches('\n').count(), log.ends_with('\n')), (1, true), "{log:?}");
            let harm = |c: char| c != '\n' && (c.is_control() || breaks(c));
            assert!(!log.contains(harm), "{log:?}");
            assert!(log.contains("Ada") && log.contains("signed in"), "nothing is left out: {log:?}");
        }
        let log = logged(false, "Ada Lovelace, Zoë 7");
        assert!(log.ends_with("not delivered to Ada Lovelace, Zoë 7 name=Ada Lovelace, Zoë 7\n"), "{log:?}");
    }
}
