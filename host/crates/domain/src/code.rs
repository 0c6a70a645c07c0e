//! What the codes of troubles mean: one catalogue for the API, the command line and the console.
//!
//! It is written in `codes/<language>/*.ftl`, a file for each part, in the syntax that the console's words have: a code with
//! its title, `.what` has happened, what is `.kept`, and what to do `.next`. An entry that does not say what is kept has what
//! its part says in `-area`.

use std::sync::LazyLock;

/// A part of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Area {
    pub title: &'static str,
    pub codes: Vec<Explained>,
}

/// One code. Texts are plain but for code between backticks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    pub code: &'static str,
    pub title: &'static str,
    /// What happened.
    pub what: &'static str,
    pub kept: &'static str,
    /// What to do.
    pub next: &'static str,
}

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        const ENGLISH: &[&str] = &[$(include_str!(concat!("../codes/en/", $name, ".ftl"))),*];
        const GERMAN: &[&str] = &[$(include_str!(concat!("../codes/de/", $name, ".ftl"))),*];
    };
}

files!("requests", "orders", "runs", "outside", "plugins", "market", "authors", "program", "health",);

static IN_ENGLISH: LazyLock<Vec<Area>> = LazyLock::new(|| ENGLISH.iter().map(|text| area(text)).collect());
static IN_GERMAN: LazyLock<Vec<Area>> = LazyLock::new(|| GERMAN.iter().map(|text| area(text)).collect());

/// Codes that end in what they are about, and the entry that they share.
pub const FAMILIES: [(&str, &str); 2] = [("no-such-", "no-such-thing"), ("uses-", "uses-feature")];

/// The whole catalogue, in a language that it has; else in English.
pub fn areas(language: &str) -> &'static [Area] {
    match language {
        "de" => &IN_GERMAN,
        _ => &IN_ENGLISH,
    }
}

/// By a code, or by the family that it belongs to.
pub fn explain(language: &str, code: &str) -> Option<&'static Explained> {
    let find = |code: &str| {
        areas(language).iter().flat_map(|area| &area.codes).find(|explained| explained.code == code)
    };
    find(code).or_else(|| {
        let of = |(begin, _): &&(&str, &str)| code.strip_prefix(*begin).is_some_and(|rest| !rest.is_empty());
        find(FAMILIES.iter().find(of)?.1)
    })
}

/// The code that somebody may have meant who mistyped one.
pub fn nearest(code: &str) -> Option<&'static str> {
    let near = |one: &&str| (strsim::jaro_winkler(code, one) * 1000.0) as u32;
    let all = areas("en").iter().flat_map(|area| &area.codes).map(|explained| explained.code);
    all.max_by_key(near).filter(|one| near(one) >= 800)
}

/// Lines that are none of these are for whoever writes the file.
fn area(text: &'static str) -> Area {
    let mut area = Area { title: "", codes: Vec::new() };
    let mut kept = "";
    for line in text.lines() {
        let Some((name, value)) = line.split_once(" = ") else { continue };
        match (name, area.codes.last_mut()) {
            ("-area", _) => area.title = value,
            ("    .kept", None) => kept = value,
            ("    .what", Some(last)) => last.what = value,
            ("    .kept", Some(last)) => last.kept = value,
            ("    .next", Some(last)) => last.next = value,
            (code, _) if code.starts_with(|first: char| first.is_ascii_lowercase()) => {
                area.codes.push(Explained { code, title: value, what: "", kept, next: "" });
            }
            _ => {}
        }
    }
    area
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn all(language: &str) -> impl Iterator<Item = &'static Explained> {
        areas(language).iter().flat_map(|area| &area.codes)
    }

    #[test]
    fn every_language_explains_every_code() {
        let codes = |language: &str| all(language).map(|one| one.code).collect::<BTreeSet<_>>();
        let missing: Vec<_> = codes("en").symmetric_difference(&codes("de")).copied().collect();
        assert!(missing.is_empty(), "only in one of the languages: {missing:?}");
        assert!(codes("en").len() > 200, "{}", codes("en").len());
        for language in ["en", "de"] {
            assert_eq!(codes(language).len(), all(language).count(), "a code stands twice in {language}");
            assert!(areas(language).iter().all(|area| !area.title.is_empty()));
        }
        assert_ne!(areas("en"), areas("de"));
    }

    /// What an entry says of its own in one language it says in all.
    #[test]
    fn what_is_kept_is_said_alike_in_all_languages() {
        let own = |files: &[&str]| -> BTreeSet<String> {
            let mut code = "";
            let mut found = BTreeSet::new();
            for line in files.iter().flat_map(|file| file.lines()) {
                match line.split_once(" = ") {
                    Some(("    .kept", _)) => {
                        found.insert(code.to_owned());
                    }
                    Some((name, _)) if !name.starts_with(' ') => code = name,
                    _ => {}
                }
            }
            found
        };
        let differ: Vec<_> = own(ENGLISH).symmetric_difference(&own(GERMAN)).cloned().collect();
        assert!(differ.is_empty(), "{differ:?}");
    }

    #[test]
    fn an_entry_says_what_happened_what_is_kept_and_what_to_do_in_sentences() {
        for one in all("en").chain(all("de")) {
            let Explained { code, title, what, kept, next } = one;
            assert!(title.len() > 5 && !title.ends_with('.'), "{code}: {title}");
            for text in [what, kept, next] {
                assert!(text.len() > 12 && text.ends_with('.'), "{code}: {text}");
                assert!(text.matches('`').count().is_multiple_of(2), "{code}: {text}");
                assert!(!text.contains(['{', '}', '"']), "{code}: {text}");
            }
        }
    }

    /// Nothing that somebody wrote is left out because it is written in another way than the others.
    #[test]
    fn every_line_of_a_file_is_read() {
        for line in ENGLISH.iter().chain(GERMAN).flat_map(|file| file.lines()) {
            let code = |name: &str| {
                name.bytes().all(|byte| byte.is_ascii_lowercase() || b"-0123456789".contains(&byte))
            };
            let attribute = |name: &str| ["    .what", "    .kept", "    .next"].contains(&name);
            let entry = line.split_once(" = ").is_some_and(|(name, _)| code(name) || attribute(name));
            assert!(line.is_empty() || line.starts_with("# ") || entry, "{line}");
        }
    }

    #[test]
    fn a_code_is_found_by_itself_or_by_its_family() {
        assert_eq!(explain("en", "not-found").unwrap().title, "This is not here");
        assert_eq!(explain("en", "no-such-stage").unwrap().code, "no-such-stage");
        assert_eq!(explain("en", "no-such-template").unwrap().code, "no-such-thing");
        assert_eq!(explain("de", "uses-threads").unwrap().code, "uses-feature");
        assert_eq!(explain("fr", "trap"), explain("en", "trap"));
        assert_eq!((explain("en", "uses-"), explain("en", "nonsense")), (None, None));
        let kept = |code: &str| explain("en", code).unwrap().kept;
        assert_eq!(kept("mismatch"), kept("bad-url"), "what the part says holds for each of it");
        assert_ne!(kept("runs-open"), kept("bad-url"));
    }

    #[test]
    fn a_code_that_was_mistyped_is_known() {
        assert_eq!(nearest("out-of-fule"), Some("out-of-fuel"));
        assert_eq!(nearest("notfound"), Some("not-found"));
        assert_eq!(nearest("zzz"), None);
    }
}
