//! Charts as SVG, drawn here so that a page needs no script for them. Pure: numbers in, markup out.
//!
//! What a bar stands for is told by its colour, by a pattern on it and by its title: never by colour alone.

use maud::{Markup, html};

/// Of a drawing of columns, in its own units: the page makes it as wide as there is room.
const WIDTH: f64 = 600.0;
const HEIGHT: f64 = 120.0;
/// Of a column's place, so much stays free.
const GAP: f64 = 0.2;
/// Of one bar that lies.
const THICK: f64 = 16.0;

/// What a bar stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fill {
    Good,
    Skip,
    Bad,
    Stop,
    Plain,
}

impl Fill {
    fn class(self) -> &'static str {
        match self {
            Fill::Good => "good",
            Fill::Skip => "skip",
            Fill::Bad => "bad",
            Fill::Stop => "stop",
            Fill::Plain => "plain",
        }
    }

    /// The pattern of [`patterns`] that lies over the colour.
    fn pattern(self) -> Option<&'static str> {
        match self {
            Fill::Bad => Some("url(#chart-bad)"),
            Fill::Skip => Some("url(#chart-skip)"),
            Fill::Stop => Some("url(#chart-stop)"),
            Fill::Good | Fill::Plain => None,
        }
    }
}

/// One place on the axis, its parts from the ground up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// What somebody reads who points at it.
    pub title: String,
    pub parts: Vec<(Fill, u64)>,
}

impl Column {
    fn total(&self) -> u64 {
        self.parts.iter().map(|(_, count)| count).sum()
    }
}

/// The highest of some columns, which takes the whole height.
pub fn most(columns: &[Column]) -> u64 {
    columns.iter().map(Column::total).max().unwrap_or_default()
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Bar {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
    fill: Fill,
}

/// Where the parts of the column at `index` of `count` stand.
fn stack(column: &Column, index: usize, count: usize, most: u64) -> Vec<Bar> {
    let place = WIDTH / count.max(1) as f64;
    let (x, width) = (place * (index as f64 + GAP / 2.0), place * (1.0 - GAP));
    let mut ground = HEIGHT;
    let parts = column.parts.iter().filter(|(_, part)| *part > 0);
    parts
        .map(|(fill, part)| {
            let height = HEIGHT * *part as f64 / most.max(1) as f64;
            ground -= height;
            Bar { x, y: ground, width, height, fill: *fill }
        })
        .collect()
}

/// Columns side by side. `summary` says in a sentence what they show.
pub fn columns(summary: &str, columns: &[Column]) -> Markup {
    let most = most(columns);
    let place = WIDTH / columns.len().max(1) as f64;
    html! {
        svg.chart role="img" aria-label=(summary) viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) {
            @for (index, column) in columns.iter().enumerate() {
                g {
                    title { (column.title) }
                    // A low bar can be pointed at anywhere above it.
                    rect.hit x=(short(place * index as f64)) y="0" width=(short(place)) height=(HEIGHT) {}
                    @for bar in stack(column, index, columns.len(), most) { (rect(&bar)) }
                }
            }
            path.ground d=(format!("M0 {HEIGHT}H{WIDTH}")) {}
        }
    }
}

/// One bar that lies, as long as its share of the longest.
pub fn bar(summary: &str, value: u64, longest: u64, fill: Fill) -> Markup {
    let width = WIDTH * value.min(longest) as f64 / longest.max(1) as f64;
    let bar = Bar { x: 0.0, y: 0.0, width, height: THICK, fill };
    html! {
        svg.chart.lying role="img" aria-label=(summary) viewBox=(format!("0 0 {WIDTH} {THICK}")) preserveAspectRatio="none" {
            rect.track x="0" y="0" width=(WIDTH) height=(THICK) {}
            g { title { (summary) } @if value > 0 { (rect(&bar)) } }
        }
    }
}

fn rect(bar: &Bar) -> Markup {
    let (x, y, width, height) = (short(bar.x), short(bar.y), short(bar.width), short(bar.height));
    html! {
        rect class=(bar.fill.class()) x=(x) y=(y) width=(width) height=(height) {}
        @if let Some(pattern) = bar.fill.pattern() {
            rect fill=(pattern) x=(x) y=(y) width=(width) height=(height) {}
        }
    }
}

/// A hundredth of a unit is not seen.
fn short(number: f64) -> String {
    format!("{number:.2}")
}

/// What lies over colours: once on a page, outside of all that is hidden or drawn anew.
pub fn patterns() -> Markup {
    html! {
        svg.patterns width="0" height="0" aria-hidden="true" {
            defs {
                pattern #chart-bad width="6" height="6" patternUnits="userSpaceOnUse" { path.ink d="M-1 1L1 -1M0 6L6 0M5 7L7 5" {} }
                pattern #chart-skip width="6" height="6" patternUnits="userSpaceOnUse" { circle.dot cx="3" cy="3" r="1.2" {} }
                pattern #chart-stop width="4" height="4" patternUnits="userSpaceOnUse" { path.ink d="M0 2H4" {} }
            }
        }
    }
}

/// What each colour and pattern means, with its number.
pub fn legend(entries: &[(Fill, String, String)]) -> Markup {
    let bar = |fill| Bar { x: 0.0, y: 0.0, width: 14.0, height: 14.0, fill };
    html! {
        ul.legend {
            @for (fill, word, number) in entries {
                li { svg.chart.swatch viewBox="0 0 14 14" width="14" height="14" aria-hidden="true" { (rect(&bar(*fill))) } " " (word) " " strong.num { (number) } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(title: &str, parts: &[(Fill, u64)]) -> Column {
        Column { title: title.to_owned(), parts: parts.to_vec() }
    }

    #[test]
    fn the_heights_of_a_column_sum_up_to_its_number() {
        let columns = [
            column("a", &[(Fill::Good, 30), (Fill::Skip, 0), (Fill::Bad, 10)]),
            column("b", &[(Fill::Good, 80)]),
        ];
        assert_eq!(most(&columns), 80);
        for (index, column) in columns.iter().enumerate() {
            let bars = stack(column, index, 2, 80);
            let height: f64 = bars.iter().map(|bar| bar.height).sum();
            assert!((height / HEIGHT * 80.0 - column.total() as f64).abs() < 1e-9, "{bars:?}");
            let top = bars.last().unwrap().y;
            assert!((top - (HEIGHT - height)).abs() < 1e-9, "they stand on each other: {bars:?}");
            assert!(
                bars.iter()
                    .all(|bar| bar.x >= 300.0 * index as f64
                        && bar.x + bar.width <= 300.0 * (index + 1) as f64)
            );
        }
        assert_eq!(stack(&columns[0], 0, 2, 80).len(), 2, "nothing is drawn of none");
    }

    #[test]
    fn a_chart_is_one_image_with_a_summary_and_a_title_for_each_bar() {
        let html =
            columns("Forty runs", &[column("At nine: 40", &[(Fill::Good, 40)]), column("At ten: 0", &[])]);
        let html = html.into_string();
        assert!(html.contains("role=\"img\" aria-label=\"Forty runs\""), "{html}");
        assert!(
            html.contains("<title>At nine: 40</title>") && html.contains("<title>At ten: 0</title>"),
            "{html}"
        );
        assert!(!html.contains("style="), "the content policy forbids it");
    }

    #[test]
    fn failures_are_told_without_colour_too() {
        let html = bar("3 of 4", 3, 4, Fill::Bad).into_string();
        assert!(html.contains("class=\"bad\" x=\"0.00\" y=\"0.00\" width=\"450.00\""), "{html}");
        assert!(
            html.contains("fill=\"url(#chart-bad)\"")
                && patterns().into_string().contains("id=\"chart-bad\"")
        );
    }

    #[test]
    fn nothing_is_no_division_by_zero() {
        assert!(!columns("Nothing", &[]).into_string().contains("NaN"));
        assert!(!bar("Nothing", 0, 0, Fill::Plain).into_string().contains("NaN"));
    }
}
