//! What the steps of a plugin use, beside what they may. Pure.

use maud::{Markup, html};
use rulewright_domain::{
    Manifest, Usage,
    statistics::{Bin, Spread},
};

use super::load::MEASURED;
use crate::{
    door::Look,
    health::chart::{self, Column, Fill},
    show,
};

/// One thing that is measured.
struct Measure {
    id: &'static str,
    title: &'static str,
    /// How a value of it is written.
    written: fn(&Look, u64) -> String,
    value: fn(&Usage) -> u64,
    /// The limit that held for a step; None: its trace does not say.
    limit: fn(&Usage) -> Option<u64>,
}

const MEASURES: [Measure; 3] = [
    Measure {
        id: "fuel",
        title: "usage-fuel",
        written: |look, value| look.number(value),
        value: |usage| usage.fuel,
        limit: |usage| Some(usage.fuel_limit),
    },
    Measure {
        id: "memory",
        title: "usage-memory",
        written: |look, value| look.bytes(value),
        value: |usage| usage.memory,
        limit: |usage| Some(usage.memory_limit),
    },
    Measure {
        id: "wall",
        title: "usage-wall",
        written: |look, value| look.micros(value),
        value: |usage| usage.microseconds,
        limit: |_| None,
    },
];

/// Of steps that are the latest first.
pub fn shown(look: &Look, steps: &[Usage], manifest: &Manifest) -> Markup {
    let Some(latest) = steps.first() else { return show::empty(&look.text("usage-none"), None) };
    // What the plugin wishes for; a server may allow less, and traces do not say.
    let wall = manifest.limits.get("wall").map(|wall| wall.saturating_mul(1_000));
    html! {
        p.help {
            (look.with("usage-of", &[("count", steps.len().into()), ("version", manifest.version.as_str().into()), ("runs", MEASURED.into())]))
        }
        div.charts {
            @for measure in &MEASURES {
                @if let Some(spread) = Spread::of(steps.iter().map(measure.value).collect()) {
                    (block(look, measure, &spread, (measure.limit)(latest).or(wall)))
                }
            }
        }
    }
}

fn block(look: &Look, measure: &Measure, spread: &Spread, limit: Option<u64>) -> Markup {
    let id = format!("usage-{}", measure.id);
    let (title, written) = (look.text(measure.title), |value| (measure.written)(look, value));
    let share = limit.filter(|limit| *limit > 0).map(|limit| spread.most as f64 / limit as f64);
    let summary = look.with(
        "usage-summary",
        &[
            ("title", title.as_str().into()),
            ("p50", written(spread.p50).into()),
            ("p95", written(spread.p95).into()),
            ("p99", written(spread.p99).into()),
            ("most", written(spread.most).into()),
        ],
    );
    let between = |bin: &Bin| format!("{} – {}", written(bin.from), written(bin.to));
    let columns: Vec<Column> = spread
        .bins
        .iter()
        .map(|bin| Column {
            title: look.with(
                "usage-bin",
                &[("between", between(bin).into()), ("count", look.number(bin.count).into())],
            ),
            parts: vec![(Fill::Plain, bin.count)],
        })
        .collect();
    html! {
        section.card aria-labelledby=(format!("{id}-title")) {
            h3 id=(format!("{id}-title")) { (title) }
            dl.figures {
                @for (key, value) in [("health-p50", spread.p50), ("health-p95", spread.p95), ("health-p99", spread.p99)] {
                    div { dt { (look.text(key)) } dd { (written(value)) } }
                }
                div {
                    dt { (look.text("usage-limit")) }
                    dd data-limit=(measure.id) { (limit.map_or_else(|| "–".to_owned(), written)) }
                }
            }
            @if let Some(share) = share {
                p { (look.with("usage-share", &[("most", written(spread.most).into()), ("share", look.percent(share).into())])) }
            }
            div.plot dir="ltr" {
                p.axis { (look.with("usage-steps", &[("count", chart::most(&columns).into())])) }
                (chart::columns(&summary, &columns))
                p.axis.ends { span { (written(0)) } span { (written(spread.most)) } }
            }
            details {
                summary { (look.text("health-as-table")) }
                div.scroll tabindex="0" role="region" aria-label=(look.with("health-table-of", &[("title", title.as_str().into())])) {
                    table {
                        thead { tr { th scope="col" { (look.text("usage-between")) } th.end-text scope="col" { (look.text("usage-count")) } } }
                        tbody {
                            @for bin in spread.bins.iter().filter(|bin| bin.count > 0) {
                                tr { th scope="row" { (between(bin)) } td.num.end-text { (look.number(bin.count)) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{installs::sample::package, listing::tests::look};

    fn steps() -> Vec<Usage> {
        let step = |fuel| Usage {
            fuel,
            fuel_limit: 50_000,
            memory: 1 << 20,
            memory_limit: 32 << 20,
            microseconds: 1_200,
            ..Usage::default()
        };
        (1..=100).map(|number| step(number * 100)).collect()
    }

    #[test]
    fn each_measure_is_one_image_with_its_percentiles_its_limit_and_a_table() {
        let html = shown(&look("en"), &steps(), &package("1.4.0", &[]).manifest).into_string();
        assert_eq!(html.matches("<svg class=\"chart\" role=\"img\"").count(), 3, "{html}");
        assert_eq!(html.matches("<table>").count(), 3, "{html}");
        for part in ["5,000", "9,500", "9,900", "50,000", "32.0", "20\u{a0}%"] {
            assert!(html.contains(part), "{part}: {html}");
        }
        assert!(html.contains("data-limit=\"wall\">–"), "nobody has said one: {html}");
        assert!(!html.contains("style="), "the content policy forbids it");
    }

    #[test]
    fn without_steps_there_is_nothing_to_draw() {
        let html = shown(&look("en"), &[], &package("1.4.0", &[]).manifest).into_string();
        assert!(!html.contains("<svg") && html.contains("No step"), "{html}");
    }
}
