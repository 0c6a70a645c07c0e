//! What buttons do to a form: lines are added, removed and moved before it is read.

use super::{ACTION, posted};

/// Does what the button says that was pressed, if one was, and takes it out of the pairs. True: the form is to be drawn
/// again, and nothing is to be saved.
pub fn act(pairs: &mut Vec<(String, String)>) -> bool {
    let Some(at) = pairs.iter().position(|(name, _)| name == ACTION) else { return false };
    let (_, action) = pairs.remove(at);
    pairs.retain(|(name, _)| name != ACTION);
    let (verb, what) = action.split_once(':').unwrap_or((&action, ""));
    match verb {
        "add" => {
            add(pairs, what);
        }
        "group" => {
            let group = format!("{what}/{}", add(pairs, what));
            pairs.push((super::condition::group(&group), "any".to_owned()));
            add(pairs, &group);
        }
        "remove" | "up" | "down" => {
            if let Some((name, item)) = what.rsplit_once(':') {
                one(pairs, verb, &posted::item(name), item);
            }
        }
        "set" => {
            if let Some((name, value)) = what.rsplit_once('=') {
                pairs.retain(|(other, _)| other != name);
                pairs.push((name.to_owned(), value.to_owned()));
            }
        }
        // Any other only wants to see the form that belongs to what was chosen.
        _ => {}
    }
    true
}

/// The name of the new line, which no other has.
fn add(pairs: &mut Vec<(String, String)>, name: &str) -> u64 {
    let marker = posted::item(name);
    let taken = pairs.iter().filter(|(name, _)| *name == marker);
    let next = taken.filter_map(|(_, item)| item.parse::<u64>().ok()).max();
    let next = next.map_or(0, |last| last.saturating_add(1));
    pairs.push((marker, next.to_string()));
    next
}

/// Only the markers say which lines there are, and in which order.
fn one(pairs: &mut Vec<(String, String)>, verb: &str, marker: &str, item: &str) {
    let places: Vec<usize> =
        pairs.iter().enumerate().filter(|(_, (name, _))| name == marker).map(|(at, _)| at).collect();
    let Some(of) = places.iter().position(|at| pairs[*at].1 == item) else { return };
    let other = match verb {
        "up" => of.checked_sub(1),
        "down" => Some(of + 1),
        _ => {
            pairs.remove(places[of]);
            return;
        }
    };
    if let Some(other) = other.and_then(|other| places.get(other)) {
        pairs.swap(places[of], *other);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(action: &str, items: &[&str]) -> Vec<String> {
        let mut pairs: Vec<(String, String)> =
            items.iter().map(|item| ("/a~item".to_owned(), (*item).to_owned())).collect();
        pairs.insert(0, (ACTION.to_owned(), action.to_owned()));
        assert!(act(&mut pairs));
        pairs.into_iter().filter(|(name, _)| name == "/a~item").map(|(_, item)| item).collect()
    }

    #[test]
    fn lines_are_added_removed_and_moved() {
        assert_eq!(after("add:/a", &["0", "1"]), ["0", "1", "2"]);
        assert_eq!(after("add:/a", &[]), ["0"]);
        assert_eq!(after("remove:/a:0", &["0", "1"]), ["1"]);
        assert_eq!(after("up:/a:1", &["0", "1", "2"]), ["1", "0", "2"]);
        assert_eq!(after("down:/a:1", &["0", "1", "2"]), ["0", "2", "1"]);
    }

    #[test]
    fn what_cannot_be_done_changes_nothing() {
        for action in ["", "up:/a:0", "down:/a:1", "remove:/a:7", "remove", "up:", "add", "fly:/a:0"] {
            assert_eq!(after(action, &["0", "1"]), ["0", "1"], "{action}");
        }
    }

    #[test]
    fn without_a_button_it_is_to_be_saved() {
        let mut pairs = vec![("/a".to_owned(), "1".to_owned())];
        assert!(!act(&mut pairs));
        assert_eq!(pairs.len(), 1);
    }
}
