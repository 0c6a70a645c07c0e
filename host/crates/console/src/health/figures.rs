//! The numbers of a shop's automation, each as a chart and as a table of the same.

mod bars;
mod queue;

use jiff::tz::TimeZone;
use maud::{Markup, html};
use rulewright_domain::{
    Timestamp,
    statistics::{Counts, Durations},
};
use rulewright_engine::{QueueStatistics, RuleStatistics, RunStatistics};

use self::bars::{Row, lying, table};
use super::{
    chart::{self, Column, Fill},
    range::Range,
};
use crate::{door::Look, listing::address, show};

/// What is shown of a time, and of this moment.
pub struct Figures {
    pub range: Range,
    pub from: Timestamp,
    pub to: Timestamp,
    /// Of the shop: its clocks say where a bucket begins.
    pub zone: TimeZone,
    pub runs: RunStatistics,
    pub queue: QueueStatistics,
}

/// A way in which runs end: how it is drawn, its words, and how often it came.
type Ending = (Fill, &'static str, fn(&Counts) -> u64);

const OUTCOMES: [Ending; 4] = [
    (Fill::Good, "run-done", |counts| counts.done),
    (Fill::Bad, "run-failed", |counts| counts.failed),
    (Fill::Skip, "run-skipped", |counts| counts.skipped),
    (Fill::Stop, "run-cancelled", |counts| counts.cancelled),
];

/// Rules that are shown of those that failed.
const WORST: usize = 10;
/// Shares are drawn to a hundredth of a percent.
const WHOLE: f64 = 10_000.0;

impl Figures {
    pub fn shown(&self, look: &Look) -> Markup {
        html! {
            (self.tiles(look))
            div.charts {
                (self.block(look, "runs", "health-runs", &self.runs_chart(look), &self.runs_table(look)))
                (self.block(look, "failures", "health-failures", &self.rate_chart(look), &self.rate_table(look)))
                (self.block(look, "durations", "health-durations", &self.durations_chart(look), &self.durations_table(look)))
                (self.block(look, "queue", "health-queue", &self.queue_chart(look), &self.queue_table(look)))
                (self.block(look, "channels", "health-channels", &self.channels_chart(look), &self.channels_table(look)))
                (self.block(look, "worst", "health-worst", &self.worst_chart(look), &self.worst_table(look)))
            }
        }
    }

    /// Only what is drawn is looked at again: a table that somebody has opened stays open.
    fn block(&self, look: &Look, id: &str, key: &str, chart: &Markup, table: &Markup) -> Markup {
        let (title, live) = (look.text(key), self.range.live());
        html! {
            section.card aria-labelledby={ (id) "-title" } {
                h2 id={ (id) "-title" } { (title) }
                div id={ (id) "-chart" } data-live=[live] { (chart) }
                details {
                    summary { (look.text("health-as-table")) }
                    div.scroll id={ (id) "-table" } data-live=[live] tabindex="0" role="region"
                        aria-label=(look.with("health-table-of", &[("title", title.as_str().into())])) { (table) }
                }
            }
        }
    }

    fn tiles(&self, look: &Look) -> Markup {
        let Counts { failed, .. } = self.runs.total;
        let p95 = self.runs.took.p95.map_or_else(|| "–".to_owned(), |p95| look.micros(p95));
        let waits: u64 = self.queue.runs.iter().map(|(_, count)| count).sum();
        html! {
            dl.figures #figures data-live=[self.range.live()] data-from=(self.from) data-to=(self.to) {
                div { dt { (look.text("health-runs-ended")) } dd data-figure="runs" { (look.number(self.runs.total.all())) } }
                div { dt { (look.text("run-failed")) } dd data-figure="failed" { (look.number(failed)) " · " (rate(look, &self.runs.total)) } }
                div { dt { (look.text("health-p95-long")) } dd { (p95) } }
                div { dt { (look.text("health-open")) } dd data-figure="open" { (look.number(waits)) } }
                div { dt { (look.text("health-unsent")) } dd data-figure="unsent" { (look.number(self.unsent())) } }
            }
        }
    }

    /// When a bucket begins, by the shop's clocks.
    fn when(&self, at: Timestamp) -> String {
        let there = at.civil().map(|civil| civil.to_zoned(self.zone.clone()));
        there.map_or_else(|| at.to_string(), |there| there.strftime(self.range.format()).to_string())
    }

    /// Columns with the number of the highest above them, and the times below.
    fn plot(&self, highest: &str, drawn: &Markup) -> Markup {
        let times = [self.runs.buckets.first(), self.runs.buckets.last()];
        html! {
            // Time goes from left to right, also where people write the other way.
            div.plot dir="ltr" {
                p.axis { (highest) }
                (drawn)
                p.axis.ends { @for (at, _) in times.into_iter().flatten() { span { (self.when(*at)) } } }
            }
        }
    }

    fn none(&self, look: &Look) -> Markup {
        show::empty(&look.text(self.range.none()), None)
    }

    fn runs_chart(&self, look: &Look) -> Markup {
        let total = &self.runs.total;
        if total.all() == 0 {
            return self.none(look);
        }
        let columns: Vec<Column> = self
            .runs
            .buckets
            .iter()
            .map(|(at, counts)| Column {
                title: look.with(
                    "health-runs-at",
                    &[
                        ("when", self.when(*at).into()),
                        ("done", counts.done.into()),
                        ("failed", counts.failed.into()),
                        ("skipped", counts.skipped.into()),
                        ("cancelled", counts.cancelled.into()),
                    ],
                ),
                parts: OUTCOMES.iter().map(|(fill, _, count)| (*fill, count(counts))).collect(),
            })
            .collect();
        let summary = look.with(
            "health-runs-summary",
            &[
                ("all", look.number(total.all()).into()),
                ("done", look.number(total.done).into()),
                ("failed", look.number(total.failed).into()),
                ("skipped", look.number(total.skipped).into()),
                ("cancelled", look.number(total.cancelled).into()),
            ],
        );
        let entries = OUTCOMES.map(|(fill, key, count)| (fill, look.text(key), look.number(count(total))));
        html! {
            (self.plot(&look.number(chart::most(&columns)), &chart::columns(&summary, &columns)))
            (chart::legend(&entries))
        }
    }

    fn runs_table(&self, look: &Look) -> Markup {
        html! {
            table {
                thead { tr {
                    th scope="col" { (look.text("health-from")) }
                    @for (_, key, _) in OUTCOMES { th.end-text scope="col" { (look.text(key)) } }
                } }
                tbody { @for (at, counts) in &self.runs.buckets { tr {
                    th scope="row" { (self.when(*at)) }
                    @for (.., count) in OUTCOMES { td.num.end-text { (look.number(count(counts))) } }
                } } }
                tfoot { tr {
                    th scope="row" { (look.text("health-total")) }
                    @for (_, key, count) in OUTCOMES { td.num.end-text data-total=(key) { (look.number(count(&self.runs.total))) } }
                } }
            }
        }
    }

    fn rate_chart(&self, look: &Look) -> Markup {
        if self.runs.total.tried() == 0 {
            return self.none(look);
        }
        let columns: Vec<Column> = self
            .runs
            .buckets
            .iter()
            .map(|(at, counts)| {
                let share = counts.failure_rate().unwrap_or_default();
                let title = look.with(
                    "health-rate-at",
                    &[
                        ("when", self.when(*at).into()),
                        ("rate", rate(look, counts).into()),
                        ("failed", look.number(counts.failed).into()),
                        ("tried", look.number(counts.tried()).into()),
                    ],
                );
                Column { title, parts: vec![(Fill::Bad, (share * WHOLE).round() as u64)] }
            })
            .collect();
        let highest = look.percent(chart::most(&columns) as f64 / WHOLE);
        let summary = look.with(
            "health-rate-summary",
            &[("rate", rate(look, &self.runs.total).into()), ("highest", highest.as_str().into())],
        );
        html! {
            p { (summary) }
            @if self.runs.total.failed > 0 { (self.plot(&highest, &chart::columns(&summary, &columns))) }
        }
    }

    fn rate_table(&self, look: &Look) -> Markup {
        let heads = ["health-from", "health-tried", "run-failed", "health-rate"];
        let row = |name: String, counts: &Counts| {
            vec![name, look.number(counts.tried()), look.number(counts.failed), rate(look, counts)]
        };
        let buckets = self.runs.buckets.iter().map(|(at, counts)| row(self.when(*at), counts));
        let rows: Vec<_> = buckets.chain([row(look.text("health-total"), &self.runs.total)]).collect();
        table(look, &heads, &rows)
    }

    /// From ready to ended, and of that in the sandbox.
    fn durations(&self, look: &Look) -> Vec<(String, Durations)> {
        vec![(look.text("health-took"), self.runs.took), (look.text("health-busy"), self.runs.busy)]
    }

    fn durations_chart(&self, look: &Look) -> Markup {
        let rows: Vec<Row> = self
            .durations(look)
            .into_iter()
            .flat_map(|(name, Durations { p50, p95, p99 })| {
                [("p50", p50), ("p95", p95), ("p99", p99)]
                    .map(|(part, value)| (format!("{name}, {part}"), value))
            })
            .filter_map(|(name, value)| {
                let value = value?;
                Some(Row { name, to: None, value, shown: look.micros(value), fill: Fill::Plain })
            })
            .collect();
        html! {
            @if rows.is_empty() { (self.none(look)) } @else {
                p.help { (look.text("health-durations-help")) }
                (lying(&rows))
            }
        }
    }

    fn durations_table(&self, look: &Look) -> Markup {
        let shown = |value: Option<u64>| value.map_or_else(|| "–".to_owned(), |value| look.micros(value));
        let rows = self.durations(look).into_iter();
        let rows = rows.map(|(name, of)| vec![name, shown(of.p50), shown(of.p95), shown(of.p99)]);
        table(look, &["health-what", "health-p50", "health-p95", "health-p99"], &rows.collect::<Vec<_>>())
    }

    /// The rules that failed most often.
    fn worst(&self) -> Vec<&RuleStatistics> {
        let mut failed: Vec<_> = self.runs.rules.iter().filter(|rule| rule.runs.counts.failed > 0).collect();
        failed.sort_by_key(|rule| std::cmp::Reverse(rule.runs.counts.failed));
        failed.truncate(WORST);
        failed
    }

    fn worst_chart(&self, look: &Look) -> Markup {
        let rows: Vec<Row> = self
            .worst()
            .into_iter()
            .map(|rule| {
                let counts = &rule.runs.counts;
                let shown = look.with(
                    "health-failed-of",
                    &[
                        ("failed", look.number(counts.failed).into()),
                        ("tried", look.number(counts.tried()).into()),
                        ("rate", rate(look, counts).into()),
                    ],
                );
                Row {
                    name: called(rule),
                    to: Some(address("/runs", &[("state", "failed"), ("rule", &rule.rule.0)])),
                    value: counts.failed,
                    shown,
                    fill: Fill::Bad,
                }
            })
            .collect();
        html! {
            @if self.runs.total.all() == 0 { (self.none(look)) }
            @else if rows.is_empty() { (show::empty(&look.text("health-none-failed"), None)) }
            @else { (lying(&rows)) }
        }
    }

    fn worst_table(&self, look: &Look) -> Markup {
        let rows = self.worst().into_iter().map(|rule| {
            let counts = &rule.runs.counts;
            vec![called(rule), look.number(counts.failed), look.number(counts.tried()), rate(look, counts)]
        });
        let heads = ["runs-rule", "run-failed", "health-tried", "health-rate"];
        table(look, &heads, &rows.collect::<Vec<_>>())
    }
}

/// As it is called now; its id where it is gone.
fn called(rule: &RuleStatistics) -> String {
    rule.name.clone().unwrap_or_else(|| rule.rule.to_string())
}

/// The share that failed of those that had something to do.
fn rate(look: &Look, counts: &Counts) -> String {
    counts.failure_rate().map_or_else(|| "–".to_owned(), |share| look.percent(share))
}

#[cfg(test)]
pub(super) mod tests {
    use rulewright_domain::statistics::{Chain, Group};

    use super::*;
    use crate::listing::tests::look;

    pub fn figures(buckets: Vec<Counts>) -> Figures {
        let now = look("en").now;
        let mut total = Counts::default();
        let mut at = now.plus(-3_600_000 * i64::try_from(buckets.len()).unwrap());
        let buckets: Vec<_> = buckets
            .into_iter()
            .map(|counts| {
                total += counts;
                at = at.plus(3_600_000);
                (at, counts)
            })
            .collect();
        let rule = |id: &str, failed: u64| RuleStatistics {
            chain: Chain::Pipeline("orders".into()),
            rule: id.into(),
            name: Some(format!("Rule {id}")),
            runs: Group { counts: Counts { done: 7, failed, ..Counts::default() }, last: now },
        };
        Figures {
            range: Range::Day,
            from: now.plus(-86_400_000),
            to: now,
            zone: TimeZone::UTC,
            runs: RunStatistics {
                total,
                buckets,
                busy: Durations { p50: Some(300), p95: Some(900), p99: Some(1_200) },
                took: Durations { p50: Some(12_000), p95: Some(214_000), p99: Some(900_000) },
                rules: vec![rule("fine", 0), rule("bad", 1), rule("worse", 3)],
                plugins: Vec::new(),
            },
            queue: QueueStatistics {
                runs: vec![("ready".into(), 2), ("scheduled".into(), 35)],
                oldest_ready: Some(now.plus(-60_000)),
                messages: vec![("email".into(), "pending".into(), 4), ("email".into(), "sent".into(), 1_200)],
                oldest_unsent: None,
            },
        }
    }

    fn counts(done: u64, failed: u64) -> Counts {
        Counts { done, failed, ..Counts::default() }
    }

    #[test]
    fn the_chart_and_its_table_say_the_same_numbers() {
        let figures = figures(vec![counts(3, 1), counts(0, 0), counts(5, 0)]);
        let chart = figures.runs_chart(&look("en")).into_string();
        assert!(
            chart.contains("9 runs") && chart.contains("8 done") && chart.contains("1 failed"),
            "{chart}"
        );
        assert_eq!(chart.matches("<title>").count(), 3, "{chart}");
        let table = figures.runs_table(&look("en")).into_string();
        assert!(
            table.contains("data-total=\"run-done\">8<") && table.contains("data-total=\"run-failed\">1<"),
            "{table}"
        );
        let rate = figures.rate_chart(&look("en")).into_string();
        assert!(rate.contains("11\u{a0}%") && rate.contains("25\u{a0}%"), "of all, and the highest: {rate}");
    }

    #[test]
    fn a_time_without_a_run_says_so() {
        let figures = Figures { range: Range::Hour, ..figures(vec![Counts::default(); 3]) };
        for drawn in [figures.runs_chart(&look("en")), figures.rate_chart(&look("en"))] {
            let html = drawn.into_string();
            assert!(html.contains("last hour") && !html.contains("<svg"), "{html}");
        }
    }

    #[test]
    fn the_rule_that_fails_most_is_first_and_leads_to_its_failed_runs() {
        let html = figures(vec![counts(20, 4)]).worst_chart(&look("en")).into_string();
        let (worse, bad) = (html.find("Rule worse").unwrap(), html.find("Rule bad").unwrap());
        assert!(worse < bad && !html.contains("Rule fine"), "{html}");
        assert!(html.contains("/runs?state=failed&amp;rule=worse") && html.contains("3 of 10"), "{html}");
    }
}
