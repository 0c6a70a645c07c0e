//! What the program prints: data to stdout, everything else to stderr.

use std::io::{IsTerminal, Write};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use serde_json::Value;

/// For the last words of the program, where nobody takes them.
const AT_LAST: Duration = Duration::from_secs(2);

/// How to print, decided once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Output {
    pub json: bool,
    /// Neither questions nor progress bars where nobody sits.
    pub interactive: bool,
    /// Of what people read; never in JSON.
    pub colour: bool,
}

impl Output {
    /// `plain` is what https://no-color.org asks for.
    pub fn new(json: bool, no_input: bool, plain: bool) -> Output {
        let tty = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
        let colour = !json && !plain && std::io::stdout().is_terminal() && std::io::stderr().is_terminal();
        Output { json, interactive: tty && !no_input, colour }
    }

    pub fn red(&self, text: &str) -> String {
        self.coloured("31", text)
    }

    pub fn green(&self, text: &str) -> String {
        self.coloured("32", text)
    }

    fn coloured(&self, code: &str, text: &str) -> String {
        if self.colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// One JSON value on one line, whoever reads it.
    pub fn value(&self, value: &impl Serialize) {
        // Nothing that is printed here has keys that are no text, the only thing that JSON refuses.
        line(&serde_json::to_string(value).unwrap_or_default());
    }

    /// A list: JSON as the API gives it, or a table, or what to do where there is nothing.
    pub fn list(&self, page: &Value, columns: &[Column], empty: &str) {
        if self.json {
            return self.value(page);
        }
        let items = page["items"].as_array().map_or(&[][..], Vec::as_slice);
        if items.is_empty() {
            return self.note(empty);
        }
        line(table(items, columns).trim_end());
        if !page["next"].is_null() {
            self.note("There are more: raise --limit, or read them page by page through the API.");
        }
    }

    /// For people; kept out of `--json`.
    pub fn say(&self, text: &str) {
        if !self.json {
            line(text);
        }
    }

    /// For people, beside the data.
    pub fn note(&self, text: &str) {
        if !self.json {
            eprintln!("{text}");
        }
    }

    /// For what ends nobody knows when; it tells for how long. Hidden where nobody watches.
    pub fn working(&self, what: &str) -> ProgressBar {
        let bar = ProgressBar::with_draw_target(None, self.target());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
            bar.set_style(style);
        }
        bar.set_message(what.to_owned());
        bar.enable_steady_tick(Duration::from_millis(200));
        bar
    }

    fn target(&self) -> ProgressDrawTarget {
        let watched = !self.json && std::io::stderr().is_terminal();
        if watched { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() }
    }

    /// Hidden where nobody watches.
    pub fn progress(&self, what: &str, length: u64) -> ProgressBar {
        let bar = ProgressBar::with_draw_target(Some(length), self.target());
        if let Ok(style) = ProgressStyle::with_template("{msg:>12} [{bar:40}] {pos}/{len} {per_sec} {eta}") {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_message(what.to_owned());
        bar.enable_steady_tick(Duration::from_millis(200));
        bar
    }

    /// A question that has to be answered with `y` or `yes`. None: there is nobody to ask.
    pub fn ask(&self, question: &str) -> Option<bool> {
        if !self.interactive || self.json {
            return None;
        }
        eprint!("{question} [y/N] ");
        let mut answer = String::new();
        std::io::stdin().read_line(&mut answer).ok()?;
        Some(matches!(answer.trim(), "y" | "Y" | "yes"))
    }
}

/// Not `println!`, which panics when the reader (`| head`) has gone.
fn line(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// For what is said last: whoever it goes to may hang, and the program ends all the same.
pub fn at_last(say: impl FnOnce() + Send + 'static) {
    let (said, told) = mpsc::channel();
    let saying = move || {
        say();
        let _ = said.send(());
    };
    // Without a thread nothing is said; one that hangs ends with the program.
    let _ = thread::Builder::new().spawn(saying);
    let _ = told.recv_timeout(AT_LAST);
}

/// A column of a table: its head, and where in the item its value is (a JSON pointer).
pub struct Column(pub &'static str, pub &'static str);

fn table(items: &[Value], columns: &[Column]) -> String {
    let mut rows: Vec<Vec<String>> = vec![columns.iter().map(|column| column.0.to_owned()).collect()];
    rows.extend(items.iter().map(|item| {
        columns.iter().map(|column| cell(item.pointer(column.1).unwrap_or(&Value::Null))).collect()
    }));
    let width =
        |index: usize| rows.iter().map(|row: &Vec<String>| row[index].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns.len()).map(width).collect();
    let mut text = String::new();
    for row in &rows {
        let mut written = String::new();
        for (value, width) in row.iter().zip(&widths) {
            written.push_str(&format!("{value:width$}  "));
        }
        text.push_str(written.trim_end());
        text.push('\n');
    }
    text
}

/// Control characters are shown and never sent to the terminal: the values come from outside.
pub fn cell(value: &Value) -> String {
    let text = match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn columns_are_aligned_and_control_characters_do_not_reach_the_terminal() {
        let items =
            [json!({ "id": "run_1", "state": { "state": "done" } }), json!({ "id": "run_22\u{1b}[2J" })];
        let text = table(&items, &[Column("RUN", "/id"), Column("STATE", "/state/state")]);
        assert_eq!(text, "RUN         STATE\nrun_1       done\nrun_22\u{fffd}[2J  -\n");
    }
}
