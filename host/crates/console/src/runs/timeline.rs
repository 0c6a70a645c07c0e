//! The steps of a run as bars over its time, drawn as SVG. Pure.

use maud::{Markup, html};
use rulewright_domain::{Run, StepTrace, Timestamp};

use crate::door::Look;

/// The whole width of the drawing.
const WIDTH: u64 = 1_000;
/// Narrower bars could not be seen.
const NARROWEST: u64 = 4;
const ROW: usize = 16;

/// A step's place in the run's time, in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Bar {
    begins: u64,
    takes: u64,
}

/// A step ends when it is committed. Together they never take longer than the run, also where the clock stood still, as in
/// a replay of the past.
fn bars(run: &Run, now: Timestamp) -> (Vec<Bar>, u64) {
    let since = |at: Timestamp| {
        let milliseconds = at.0.saturating_sub(run.created.0);
        u64::try_from(milliseconds).unwrap_or(0).saturating_mul(1_000)
    };
    let mut bars: Vec<Bar> = Vec::new();
    let mut free = 0;
    for step in &run.trace {
        let takes = step.usage.microseconds;
        let begins = since(step.at).saturating_sub(takes).max(free);
        free = begins.saturating_add(takes);
        bars.push(Bar { begins, takes });
    }
    let end = if run.state.is_terminal() { run.ended.unwrap_or(now) } else { now };
    (bars, since(end).max(free).max(1))
}

/// `tone` is the class that a step is coloured by.
pub fn drawn(look: &Look, run: &Run, tone: impl Fn(&StepTrace) -> &'static str) -> Markup {
    let (bars, total) = bars(run, look.now);
    let computed: u64 = bars.iter().map(|bar| bar.takes).sum();
    let (total_said, computed_said) = (look.micros(total), look.micros(computed));
    let summary = look.with(
        "trace-timeline",
        &[
            ("steps", run.trace.len().into()),
            ("total", total_said.into()),
            ("computed", computed_said.into()),
        ],
    );
    let place = |time: u64| time.saturating_mul(WIDTH) / total;
    html! {
        svg.bars role="img" aria-label=(summary) viewBox=(format!("0 0 {WIDTH} {}", ROW * bars.len().max(1)))
            preserveAspectRatio="none" height=(ROW * bars.len().max(1)) {
            title { (summary) }
            @for (index, (bar, step)) in bars.iter().zip(&run.trace).enumerate() {
                @let width = place(bar.takes).max(NARROWEST);
                rect.track x="0" y=(index * ROW + ROW / 2) width=(WIDTH) height="1" {}
                rect class=(tone(step)) x=(place(bar.begins).min(WIDTH - width.min(WIDTH))) y=(index * ROW + 3)
                    width=(width) height=(ROW - 6) rx="2" {}
            }
        }
        p.muted { (summary) }
    }
}

#[cfg(test)]
mod tests {
    use rulewright_domain::RunState;

    use super::*;
    use crate::{listing::tests::look, runs::sample};

    #[test]
    fn steps_together_take_no_longer_than_the_run_also_where_the_clock_stood_still() {
        for still in [false, true] {
            let mut run = sample::run(RunState::Done);
            run.trace = vec![sample::step(0, "waits for an answer"), sample::step(1, "done")];
            if still {
                run.ended = Some(run.created);
                run.trace.iter_mut().for_each(|step| step.at = run.created);
            }
            let (bars, total) = bars(&run, look("en").now);
            assert!(bars.iter().map(|bar| bar.takes).sum::<u64>() <= total, "{bars:?} {total}");
            assert!(bars[0].begins + bars[0].takes <= bars[1].begins);
            assert!(bars[1].begins + bars[1].takes <= total);
        }
    }

    #[test]
    fn the_drawing_says_in_words_what_it_shows() {
        let mut run = sample::run(RunState::Done);
        run.trace = vec![sample::step(0, "done")];
        let html = drawn(&look("en"), &run, |_| "ok").into_string();
        assert!(html.contains("role=\"img\" aria-label=\"1 step") && html.contains("800\u{a0}ms"), "{html}");
        assert!(!html.contains("style="));
    }
}
