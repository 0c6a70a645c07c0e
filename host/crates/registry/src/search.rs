//! Finding plugins by words, as somebody types them.

use std::cmp::Reverse;

/// What is looked at, and for what it counts.
pub struct Searched<'a> {
    pub id: &'a str,
    /// In all languages.
    pub titles: Vec<&'a str>,
    pub description: &'a str,
    pub publisher: &'a str,
    /// Only parts what is equal otherwise.
    pub downloads: u64,
}

/// A word in the title says more than one in the description, a whole word more than its beginning, and that more
/// than one with a typing mistake.
const ID: u32 = 60;
const TITLE: u32 = 50;
const PUBLISHER: u32 = 20;
const DESCRIPTION: u32 = 10;

/// Places in `all` of those in which every word of the query occurs, the best first; all of them for no words.
pub fn search(all: &[Searched], query: &str) -> Vec<usize> {
    let wanted = words(query);
    let scored = all.iter().enumerate().filter_map(|(place, one)| Some((score(one, query, &wanted)?, place)));
    let mut scored: Vec<(u32, usize)> = scored.collect();
    scored.sort_by_key(|(score, place)| {
        let one = all.get(*place);
        (Reverse(*score), Reverse(one.map(|one| one.downloads)), one.map(|one| one.id))
    });
    scored.into_iter().map(|(_, place)| place).collect()
}

/// None where a word does not occur.
fn score(one: &Searched, query: &str, wanted: &[String]) -> Option<u32> {
    if one.id == query.trim() {
        return Some(u32::MAX);
    }
    let id = words(one.id);
    let titles: Vec<String> = one.titles.iter().flat_map(|title| words(title)).collect();
    let (publisher, description) = (words(one.publisher), words(one.description));
    let mut sum = 0;
    for word in wanted {
        let places = [(&id, ID), (&titles, TITLE), (&publisher, PUBLISHER), (&description, DESCRIPTION)];
        let best = places.iter().map(|(words, weight)| weight * likeness(word, words) / 4).max();
        match best {
            Some(found) if found > 0 => sum += found,
            _ => return None,
        }
    }
    Some(sum)
}

/// 4 for the same word, 2 for its beginning, 1 for one with a typing mistake, 0 for none.
fn likeness(word: &str, words: &[String]) -> u32 {
    let mistakes = match word.chars().count() {
        0..4 => 0,
        4..8 => 1,
        _ => 2,
    };
    let like = |other: &String| match () {
        () if other == word => 4,
        () if other.starts_with(word) => 2,
        () if mistakes > 0 && strsim::osa_distance(word, other) <= mistakes => 1,
        () => 0,
    };
    words.iter().map(like).max().unwrap_or(0)
}

fn words(text: &str) -> Vec<String> {
    let parts = text.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
    // Nobody types more, and each word is compared with all others.
    parts.take(400).map(|part| part.chars().take(40).flat_map(char::to_lowercase).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<Searched<'static>> {
        let one = |id, title, description, publisher, downloads| Searched {
            id,
            titles: vec![title],
            description,
            publisher,
            downloads,
        };
        vec![
            one("acme.note", "Note", "Writes a note, and nothing by SMS.", "Acme", 900),
            one("acme.send-sms", "Send SMS", "Sends a text message to the client.", "Acme", 5),
            one("bolt.sms-digest", "Daily digest", "Collects messages.", "Bolt & Söhne", 7),
            one("bolt.robocall", "Robocall", "Calls and speaks.", "Bolt & Söhne", 0),
        ]
    }

    fn found(query: &str) -> Vec<&'static str> {
        let all = all();
        search(&all, query).into_iter().map(|place| all[place].id).collect()
    }

    #[test]
    fn a_word_in_the_name_comes_before_one_in_the_description() {
        assert_eq!(found("sms"), ["bolt.sms-digest", "acme.send-sms", "acme.note"]);
        assert_eq!(found("send sms"), ["acme.send-sms"]);
        assert_eq!(found("acme.send-sms"), ["acme.send-sms"], "an id is what it names");
    }

    #[test]
    fn every_word_has_to_occur() {
        assert_eq!(found("sms robocall"), Vec::<&str>::new());
        assert_eq!(found("bolt calls"), ["bolt.robocall"]);
    }

    #[test]
    fn beginnings_case_and_small_mistakes_are_forgiven_and_short_words_are_not_guessed() {
        assert_eq!(found("ROBO"), ["bolt.robocall"]);
        assert_eq!(found("robocal"), ["bolt.robocall"]);
        assert_eq!(found("mesages"), ["bolt.sms-digest"]);
        assert_eq!(found("söhne digest"), ["bolt.sms-digest"]);
        assert_eq!(found("smz"), Vec::<&str>::new());
        assert_eq!(found("robots"), Vec::<&str>::new());
    }

    #[test]
    fn without_words_everything_is_there_the_most_fetched_first() {
        assert_eq!(found("  "), ["acme.note", "bolt.sms-digest", "acme.send-sms", "bolt.robocall"]);
    }
}
