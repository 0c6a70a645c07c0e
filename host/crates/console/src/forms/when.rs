//! When a rule runs: after the one above it or beside it, at once or at a time.
//!
//! Names below the prefix are those of the rule itself, so that what is wrong with a rule finds its field: `/when/run`,
//! `/after-previous`. It is drawn from pairs, not from a rule: what cannot be read yet is shown as it was written.

use maud::{Markup, html};
use rulewright_domain::{
    Order, RuleSpec, Shop, Timestamp, When,
    automation::OnFailure,
    schedule::{Plan, TimeOfDay},
};

use super::{
    Choice, Choices, Posted, Problem, controls, duration,
    frame::{self, Frame},
    posted,
    read::clock,
    spot::id,
};
use crate::words::Words;

/// What a rule says about its time.
#[derive(Clone, Debug, PartialEq)]
pub struct Timing {
    pub when: When,
    pub after_previous: bool,
    pub on_previous_failed: OnFailure,
}

/// The sample order, to say when it would be.
#[derive(Clone, Copy)]
pub struct Sample<'a> {
    pub order: &'a Order,
    pub shop: &'a Shop,
}

/// A rule's time that is to be filled in.
#[derive(Clone, Copy)]
pub struct Times<'a> {
    /// Of [`Timing::pairs`], or what a browser has sent.
    pub pairs: &'a [(String, String)],
    pub problems: &'a [Problem],
    pub choices: &'a dyn Choices,
    pub names: &'a str,
    /// Whether there is a rule above it.
    pub has_previous: bool,
    pub sample: Option<Sample<'a>>,
}

/// Kinds of run time, as the rule names them.
const RUNS: [&str; 5] = ["immediately", "after", "at-field", "at", "at-time-of-day"];

impl Timing {
    pub fn of(rule: &RuleSpec) -> Timing {
        Timing {
            when: rule.when.clone(),
            after_previous: rule.after_previous,
            on_previous_failed: rule.on_previous_failed,
        }
    }

    pub fn put(self, rule: &mut RuleSpec) {
        rule.when = self.when;
        rule.after_previous = self.after_previous;
        rule.on_previous_failed = self.on_previous_failed;
    }

    /// What its form would send. `zone` is the shop's.
    pub fn pairs(&self, names: &str, zone: &str) -> Vec<(String, String)> {
        let flag = |yes: bool| if yes { "true" } else { "false" }.to_owned();
        let mut pairs = vec![
            ("/after-previous", flag(self.after_previous)),
            ("/on-previous-failed", failed(self.on_previous_failed).to_owned()),
        ];
        let run = match &self.when {
            When::Immediately { responsible_hours } => {
                pairs.push(("/when/responsible-hours", flag(*responsible_hours)));
                RUNS[0]
            }
            When::After { seconds, working_hours, responsible_hours } => {
                let seconds = i64::try_from(*seconds).unwrap_or(i64::MAX);
                pairs.push(("/when/seconds", duration::written(seconds)));
                pairs.push(("/when/working-hours", flag(*working_hours)));
                pairs.push(("/when/responsible-hours", flag(*responsible_hours)));
                RUNS[1]
            }
            When::AtField { field, offset_seconds, working_hours, responsible_hours } => {
                let offset = offset_seconds.saturating_abs();
                pairs.push(("/when/field", field.clone()));
                pairs.push(("/when/offset-seconds", duration::written(offset)));
                pairs.push(("/when/side", if *offset_seconds > 0 { "after" } else { "before" }.to_owned()));
                pairs.push(("/when/working-hours", flag(*working_hours)));
                pairs.push(("/when/responsible-hours", flag(*responsible_hours)));
                RUNS[2]
            }
            When::At { time } => {
                let text = time.to_string();
                pairs.push(("/when/time", controls::civil(&text, zone).unwrap_or(text)));
                pairs.push(("/when/time~zone", zone.to_owned()));
                RUNS[3]
            }
            When::AtTimeOfDay { time, working_days } => {
                pairs.push(("/when/time-of-day", time_of_day(*time)));
                pairs.push(("/when/working-days", flag(*working_days)));
                RUNS[4]
            }
        };
        pairs.push(("/when/run", run.to_owned()));
        pairs.into_iter().map(|(name, value)| (format!("{names}{name}"), value)).collect()
    }
}

fn failed(what: OnFailure) -> &'static str {
    match what {
        OnFailure::Stop => "stop",
        OnFailure::RunAnyway => "run-anyway",
    }
}

/// Seconds are shown where there are any.
fn time_of_day(time: TimeOfDay) -> String {
    let text = time.to_string();
    text.strip_suffix(":00").filter(|short| short.len() == 5).map_or_else(|| text.clone(), str::to_owned)
}

/// What was sent, or what is wrong with it: a message is a key of [`Words`].
pub fn read_timing(pairs: &[(String, String)], names: &str) -> Result<Timing, Vec<Problem>> {
    let posted = Posted::of(pairs);
    let name = |of: &str| format!("{names}{of}");
    let text = |of: &str| posted.last(&name(of)).unwrap_or_default().trim();
    let wrong = |of: &str, key: &str| vec![Problem::new(of, key)];
    let working_hours = posted.ticked(&name("/when/working-hours"));
    let responsible_hours = posted.ticked(&name("/when/responsible-hours"));
    let when = match text("/when/run") {
        "after" => {
            let seconds =
                duration::parse(text("/when/seconds")).and_then(|seconds| u64::try_from(seconds).ok());
            let seconds = seconds.filter(|seconds| *seconds > 0);
            let seconds = seconds.ok_or_else(|| wrong("/when/seconds", "form-no-duration"))?;
            When::After { seconds, working_hours, responsible_hours }
        }
        "at-field" => {
            let field = text("/when/field").to_owned();
            if field.is_empty() {
                return Err(wrong("/when/field", "form-no-date-field"));
            }
            let length = match text("/when/offset-seconds") {
                "" => Some(0),
                text => duration::parse(text).filter(|length| *length >= 0),
            };
            let length = length.ok_or_else(|| wrong("/when/offset-seconds", "form-no-duration"))?;
            let offset_seconds = if text("/when/side") == "after" { length } else { -length };
            When::AtField { field, offset_seconds, working_hours, responsible_hours }
        }
        "at" => {
            let zone = posted.last(&posted::zone(&name("/when/time"))).unwrap_or_default();
            let time = clock(text("/when/time"), zone).or_else(|| Timestamp::parse(text("/when/time")).ok());
            When::At { time: time.ok_or_else(|| wrong("/when/time", "form-no-time"))? }
        }
        "at-time-of-day" => {
            let time = text("/when/time-of-day").parse::<TimeOfDay>();
            let time = time.map_err(|_| wrong("/when/time-of-day", "form-no-time-of-day"))?;
            When::AtTimeOfDay { time, working_days: posted.ticked(&name("/when/working-days")) }
        }
        _ => When::Immediately { responsible_hours },
    };
    let on_previous_failed = match text("/on-previous-failed") {
        "run-anyway" => OnFailure::RunAnyway,
        _ => OnFailure::Stop,
    };
    Ok(Timing { when, after_previous: posted.ticked(&name("/after-previous")), on_previous_failed })
}

impl Times<'_> {
    pub fn draw(&self, words: &Words) -> Markup {
        let page = Drawing { times: self, words, posted: Posted::of(self.pairs) };
        html! {
            div .form {
                @if self.has_previous { (page.way()) } @else { (page.keep_way()) }
                (page.run_time())
            }
        }
    }
}

struct Drawing<'d> {
    times: &'d Times<'d>,
    words: &'d Words,
    posted: Posted<'d>,
}

impl Drawing<'_> {
    fn name(&self, of: &str) -> String {
        format!("{}{of}", self.times.names)
    }

    fn sent(&self, of: &str) -> &str {
        self.posted.last(&self.name(of)).unwrap_or_default()
    }

    fn frame<'f>(&self, of: &str, label: &'f str, help: &'f str) -> Frame<'f> {
        let said = self.times.problems.iter().filter(|problem| problem.pointer == of);
        let problems = said.map(|problem| match problem.message.starts_with("form-no-") {
            true => html! { (self.words.text(&problem.message)) },
            false => problem.shown(),
        });
        Frame {
            id: id(&self.name(of)),
            label,
            help,
            required: false,
            problems: problems.collect(),
            quiet: false,
            lang: None,
        }
    }

    fn radio(&self, of: &str, value: &str, chosen: bool, label: &str) -> Markup {
        let name = self.name(of);
        html! {
            label .form-choice {
                input type="radio" id={ (id(&name)) "-" (value) } name=(name) value=(value) checked[chosen];
                " " (label)
            }
        }
    }

    /// The execution way.
    fn way(&self) -> Markup {
        let words = self.words;
        let after = self.posted.ticked(&self.name("/after-previous"));
        let label = words.text("form-way");
        let choices = html! {
            div .form-choices {
                (self.radio("/after-previous", "true", after, &words.text("form-way-after-previous")))
                (self.radio("/after-previous", "false", !after, &words.text("form-way-parallel")))
                (frame::show(words))
            }
        };
        let failed = words.text("form-previous-failed");
        let options = [
            Choice::new("stop", words.text("form-previous-failed-stop")),
            Choice::new("run-anyway", words.text("form-previous-failed-run-anyway")),
        ];
        html! {
            (self.frame("/after-previous", &label, "").group(words, choices))
            @if after {
                (self.frame("/on-previous-failed", &failed, "").field(words, None, |tied| {
                    let name = self.name("/on-previous-failed");
                    controls::select(words, tied, &name, &options, self.sent("/on-previous-failed"), None)
                }))
            } @else {
                (self.hidden("/on-previous-failed"))
            }
        }
    }

    /// What is not asked stays what it is.
    fn keep_way(&self) -> Markup {
        html! { (self.hidden("/after-previous")) (self.hidden("/on-previous-failed")) }
    }

    fn hidden(&self, of: &str) -> Markup {
        html! { input type="hidden" name=(self.name(of)) value=(self.sent(of)); }
    }

    fn run_time(&self) -> Markup {
        let words = self.words;
        let chosen = match self.sent("/when/run") {
            "" => RUNS[0],
            run => run,
        };
        let label = words.text("form-run-time");
        let body = html! {
            div .form-choices {
                @for run in RUNS {
                    (self.radio("/when/run", run, run == chosen, &words.text(&format!("form-run-{run}"))))
                }
                (frame::show(words))
            }
            div .form-variant {
                @match chosen {
                    "after" => (self.length("/when/seconds", "form-run-length")),
                    "at-field" => (self.at_field()),
                    "at" => (self.at()),
                    "at-time-of-day" => (self.at_time_of_day()),
                    _ => {}
                }
                @if matches!(chosen, "after" | "at-field") { (self.tick("/when/working-hours", "form-working-hours")) }
                @if matches!(chosen, "immediately" | "after" | "at-field") {
                    (self.tick("/when/responsible-hours", "form-responsible-hours"))
                }
                @if chosen == "at-time-of-day" { (self.tick("/when/working-days", "form-working-days")) }
                (self.resolved())
            }
        };
        self.frame("/when/run", &label, "").group(words, body)
    }

    fn tick(&self, of: &str, key: &str) -> Markup {
        let label = self.words.text(key);
        let name = self.name(of);
        self.frame(of, &label, "").tick(&name, self.posted.ticked(&name))
    }

    fn length(&self, of: &str, key: &str) -> Markup {
        let (label, help) = (self.words.text(key), self.words.text("form-run-length-help"));
        let mut frame = self.frame(of, &label, &help);
        frame.required = of == "/when/seconds";
        frame.field(self.words, None, |tied| self.input(tied, of, "text"))
    }

    fn input(&self, tied: &frame::Tied, of: &str, kind: &str) -> Markup {
        html! {
            input type=(kind) id=(tied.id) name=(self.name(of)) value=(self.sent(of)) autocomplete="off"
                aria-describedby=[tied.described.as_deref()] aria-invalid=[tied.invalid] aria-required=[tied.required];
        }
    }

    fn at_field(&self) -> Markup {
        let words = self.words;
        let (date, side) = (words.text("form-run-field"), words.text("form-run-side"));
        let sides =
            ["before", "after"].map(|side| Choice::new(side, words.text(&format!("form-run-{side}-field"))));
        let fields = self.times.choices.of("date-field");
        let choose = words.text("form-choose");
        let mut field = self.frame("/when/field", &date, "");
        field.required = true;
        html! {
            div .form-row {
                (self.length("/when/offset-seconds", "form-run-offset"))
                (self.frame("/when/side", &side, "").field(words, None, |tied| {
                    controls::select(words, tied, &self.name("/when/side"), &sides, self.sent("/when/side"), None)
                }))
                (field.field(words, None, |tied| match &fields {
                    Some(fields) => {
                        let sent = self.sent("/when/field");
                        let empty = sent.is_empty().then_some(&*choose);
                        controls::select(words, tied, &self.name("/when/field"), fields, sent, empty)
                    }
                    None => self.input(tied, "/when/field", "text"),
                }))
            }
        }
    }

    fn at(&self) -> Markup {
        let label = self.words.text("form-run-time-at");
        let name = posted::zone(&self.name("/when/time"));
        let known = self.times.choices.clock().map(|(_, zone)| zone);
        let zone = self.posted.last(&name).or(known).unwrap_or("UTC");
        // A browser shows nothing of what is no civil time.
        let sent = self.sent("/when/time");
        let civil = sent.is_empty() || sent.parse::<jiff::civil::DateTime>().is_ok() && !sent.ends_with('Z');
        let mut frame = self.frame("/when/time", &label, "");
        frame.required = true;
        frame.field(self.words, None, |tied| {
            html! {
                (self.input(tied, "/when/time", if civil { "datetime-local" } else { "text" }))
                input type="hidden" name=(name) value=(zone);
                " " span .form-unit { (zone) }
            }
        })
    }

    fn at_time_of_day(&self) -> Markup {
        let label = self.words.text("form-run-time-of-day");
        let sent = self.sent("/when/time-of-day");
        let clock = sent.is_empty() || sent.parse::<TimeOfDay>().is_ok() && sent.len() <= 8;
        let mut frame = self.frame("/when/time-of-day", &label, "");
        frame.required = true;
        frame.field(self.words, None, |tied| {
            self.input(tied, "/when/time-of-day", if clock { "time" } else { "text" })
        })
    }

    /// When it would be for the sample order, entering its stage now.
    fn resolved(&self) -> Markup {
        let (Some(sample), Some((now, zone)), Ok(timing)) =
            (self.times.sample, self.times.choices.clock(), read_timing(self.times.pairs, self.times.names))
        else {
            return html! {};
        };
        let said = match timing.when.plan(now, sample.order, sample.shop) {
            Plan::Now => html! { (self.words.text("form-resolved-now")) },
            Plan::At(at) => controls::moment(self.words, at, zone),
            Plan::Parked(_) => html! { (self.words.text("form-resolved-parked")) },
        };
        html! { p .form-note { (said) } }
    }
}

#[cfg(test)]
mod tests;
