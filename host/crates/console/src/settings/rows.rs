//! Rows of a form that come, go and change places on the page: what is saved is the whole of them.

use maud::{Markup, html};

use super::{Pairs, field::pair};
use crate::{door::Look, forms::Posted};

/// What stands in the rows: the value of each column, in the order in which they were sent.
pub fn rows<'p, const N: usize>(posted: &Posted<'p>, columns: [&str; N]) -> Vec<[&'p str; N]> {
    sent(posted, &columns).into_iter().map(|row| std::array::from_fn(|column| row[column])).collect()
}

fn sent<'p>(posted: &Posted<'p>, columns: &[&str]) -> Vec<Vec<&'p str>> {
    let all: Vec<&[&str]> = columns.iter().map(|name| posted.all(name)).collect();
    let rows = all.iter().map(|column| column.len()).min().unwrap_or_default();
    (0..rows).map(|row| all.iter().map(|column| column[row]).collect()).collect()
}

/// What a button does that changes rows: the fields that are `kept`, and the rows of each kind, which is its columns and
/// what they begin with in a new row. None: no such button was pressed, and the form is to be saved.
pub fn acted(posted: &Posted<'_>, kept: &[&str], kinds: &[(&[&str], &[&str])]) -> Option<Pairs> {
    let what = posted.last(DO)?;
    let mut pairs: Pairs =
        kept.iter().map(|name| pair(name, posted.last(name).unwrap_or_default())).collect();
    for (columns, new) in kinds {
        let rows = after(what, sent(posted, columns), columns[0], new);
        pairs.extend(
            rows.iter().flat_map(|row| columns.iter().zip(row)).map(|(name, value)| pair(name, value)),
        );
    }
    Some(pairs)
}

/// The rows after `up:stage:1`, `down:stage:1`, `remove:stage:1` or `add:stage`, where `stage` is the first column of
/// their kind.
fn after<'r>(what: &str, mut rows: Vec<Vec<&'r str>>, kind: &str, new: &[&'r str]) -> Vec<Vec<&'r str>> {
    let mut words = what.split(':');
    let (verb, of, place) = (words.next(), words.next(), words.next());
    if of != Some(kind) {
        return rows;
    }
    let place = place.and_then(|place| place.parse::<usize>().ok()).filter(|place| *place < rows.len());
    match (verb.unwrap_or_default(), place) {
        ("up", Some(place)) if place > 0 => rows.swap(place, place - 1),
        ("down", Some(place)) if place + 1 < rows.len() => rows.swap(place, place + 1),
        ("remove", Some(place)) => drop(rows.remove(place)),
        ("add", _) if rows.len() < MOST => rows.push(new.to_vec()),
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
        button.quiet type="submit" name=(DO) value=(format!("up:{kind}:{place}")) formnovalidate disabled[place == 0] aria-label=(said("form-move-up")) { "↑" }
        button.quiet type="submit" name=(DO) value=(format!("down:{kind}:{place}")) formnovalidate disabled[place + 1 == of] aria-label=(said("form-move-down")) { "↓" }
        (take_out(look, kind, place, called))
    }
}

/// Of rows whose order means nothing.
pub fn take_out(look: &Look, kind: &str, place: usize, called: &str) -> Markup {
    let said = look.with("form-remove", &[("name", called.into())]);
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

    fn pairs() -> Pairs {
        ["a", "b", "c"].iter().flat_map(|id| [pair("id", id), pair("name", id)]).collect()
    }

    fn done(what: &str) -> Vec<String> {
        let mut pairs = pairs();
        pairs.push(pair("do", what));
        let after = acted(&Posted::of(&pairs), &["title"], &[(&["id", "name"], &["", "new"])]).unwrap();
        Posted::of(&after).all("name").iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_form_without_such_a_button_is_saved() {
        assert!(acted(&Posted::of(&pairs()), &[], &[(&["id", "name"], &["", "new"])]).is_none());
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
