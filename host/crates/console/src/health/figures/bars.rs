//! Bars that lie below each other, and tables of the same numbers.

use maud::{Markup, html};

use crate::{
    door::Look,
    health::chart::{self, Fill},
};

/// A name, a bar and a number.
pub struct Row {
    pub name: String,
    /// Where it is listed.
    pub to: Option<String>,
    pub value: u64,
    pub shown: String,
    pub fill: Fill,
}

/// Bars below each other, as long as their numbers.
pub fn lying(rows: &[Row]) -> Markup {
    let longest = rows.iter().map(|row| row.value).max().unwrap_or_default();
    html! {
        ul.lines {
            @for row in rows {
                li {
                    span { @if let Some(to) = &row.to { a href=(to) { (row.name) } } @else { (row.name) } }
                    (chart::bar(&format!("{}: {}", row.name, row.shown), row.value, longest, row.fill))
                    span.num { (row.shown) }
                }
            }
        }
    }
}

/// Rows whose first cell names them.
pub fn table(look: &Look, heads: &[&str], rows: &[Vec<String>]) -> Markup {
    html! {
        table {
            thead { tr { @for (index, head) in heads.iter().enumerate() { th.end-text[index > 0] scope="col" { (look.text(head)) } } } }
            tbody { @for row in rows { tr {
                @for (index, cell) in row.iter().enumerate() {
                    @if index == 0 { th scope="row" { (cell) } } @else { td.num.end-text { (cell) } }
                }
            } } }
        }
    }
}
