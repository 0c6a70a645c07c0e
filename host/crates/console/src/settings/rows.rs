//! Rows of a form that come, go and change places on the page: what is saved is the whole of them.

use maud::{Markup, html};

use crate::{door::Look, forms::Posted};

/// What stands in the rows: the value of each column, in the order in which they were sent.
pub fn rows<'p, const N: usize>(posted: &Posted<'p>, columns: [&str; N]) -> Vec<[&'p str; N]> {
    let all = columns.map(|name| posted.all(name).to_vec());
    let rows = all.iter().map(Vec::len).min().unwrap_or_default();
    (0..rows).map(|row| std::array::from_fn(|column| all[column][row])).collect()
}

/// Whether a button was pressed that changes rows: then nothing is saved.
pub fn pressed(posted: &Posted<'_>) -> bool {
    posted.last(DO).is_some()
}

/// The rows after what such a button does to them: `up:stage:1`, `down:stage:1`, `remove:stage:1` or `add:stage`, where
/// `stage` is their first column. A form may have rows of several kinds.
pub fn after<'p, const N: usize>(
    posted: &Posted<'p>,
    columns: [&str; N],
    new: [&'p str; N],
) -> Vec<[&'p str; N]> {
    let mut rows = rows(posted, columns);
    let what = posted.last(DO).unwrap_or_default();
    let mut words = what.split(':');
    let (verb, kind, place) = (words.next(), words.next(), words.next());
    if kind != columns.first().copied() {
        return rows;
    }
    let place = place.and_then(|place| place.parse::<usize>().ok()).filter(|place| *place < rows.len());
    match (verb.unwrap_or_default(), place) {
        ("up", Some(place)) if place > 0 => rows.swap(place, place - 1),
        ("down", Some(place)) if place + 1 < rows.len() => rows.swap(place, place + 1),
        ("remove", Some(place)) => drop(rows.remove(place)),
        ("add", _) if rows.len() < MOST => rows.push(new),
        _ => {}
    }
    rows
}

const DO: &str = "do";
/// More than anybody fills in: the engine has limits of its own.
const MOST: usize = 1_000;

/// What a row is moved and taken out by. `called` is what it is called on the page.
pub fn buttons(look: &Look, kind: &str, place: usize, of: usize, called: &str) -> Markup {
    let said = |key: &str| look.words.with(key, &[("name", called.into())]);
    html! {
        button.quiet type="submit" name=(DO) value=(format!("up:{kind}:{place}")) formnovalidate disabled[place == 0] aria-label=(said("row-up")) { "↑" }
        button.quiet type="submit" name=(DO) value=(format!("down:{kind}:{place}")) formnovalidate disabled[place + 1 == of] aria-label=(said("row-down")) { "↓" }
        (take_out(look, kind, place, called))
    }
}

/// Of rows whose order means nothing.
pub fn take_out(look: &Look, kind: &str, place: usize, called: &str) -> Markup {
    let said = look.with("row-remove", &[("name", called.into())]);
    html! {
        button.quiet type="submit" name=(DO) value=(format!("remove:{kind}:{place}")) formnovalidate aria-label=(said) { "✕" }
    }
}

pub fn add(kind: &str, label: &str) -> Markup {
    html! { button.quiet type="submit" name=(DO) value=(format!("add:{kind}")) formnovalidate { (label) } }
}

/// Enter in a field presses the first button of its form: it must be the one that saves.
pub fn saves_first() -> Markup {
    html! { button.form-first type="submit" tabindex="-1" aria-hidden="true" {} }
}

/// An id that tells people something and is not taken: of a name, or where that has no letters for it, `or`.
pub fn free_id(name: &str, or: &str, taken: impl Fn(&str) -> bool) -> String {
    const LONGEST: usize = 40;
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let plain: String = name.to_lowercase().chars().map(plain).collect();
    let words: Vec<&str> = plain.split('-').filter(|word| !word.is_empty()).collect();
    let mut id: String = words.join("-").chars().take(LONGEST).collect();
    if id.is_empty() {
        id.push_str(or);
    }
    if !taken(&id) {
        return id;
    }
    let more = (2..=MOST * 2).map(|number| format!("{id}-{number}")).find(|id| !taken(id));
    more.unwrap_or(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::field::pair;

    fn done(what: &str) -> Vec<String> {
        let mut pairs: Vec<_> =
            ["a", "b", "c"].iter().flat_map(|id| [pair("id", id), pair("name", id)]).collect();
        pairs.push(pair("do", what));
        let posted = Posted::of(&pairs);
        assert!(pressed(&posted));
        after(&posted, ["id", "name"], ["", "new"]).into_iter().map(|[_, name]| name.to_owned()).collect()
    }

    #[test]
    fn rows_move_come_and_go() {
        assert_eq!(done("down:id:0"), ["b", "a", "c"]);
        assert_eq!(done("up:id:2"), ["a", "c", "b"]);
        assert_eq!(done("remove:id:1"), ["a", "c"]);
        assert_eq!(done("add:id"), ["a", "b", "c", "new"]);
    }

    #[test]
    fn what_names_no_row_or_rows_of_another_kind_changes_nothing() {
        for what in
            ["up:id:0", "down:id:2", "remove:id:9", "remove:id:-1", "remove:bank:1", "up", "", "sort:id:1"]
        {
            assert_eq!(done(what), ["a", "b", "c"], "{what}");
        }
    }

    #[test]
    fn an_id_is_made_of_the_name_and_is_free() {
        let taken = |id: &str| matches!(id, "paid" | "paid-2" | "status");
        assert_eq!(free_id("Ready for pickup!", "status", taken), "ready-for-pickup");
        assert_eq!(free_id("Paid", "status", taken), "paid-3");
        assert_eq!(free_id("Оплачено", "status", taken), "status-2");
    }
}
