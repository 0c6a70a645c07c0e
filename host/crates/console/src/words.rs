//! What the console says, in the languages that it speaks: Fluent messages, one file for each part of the console.

use std::{borrow::Cow, sync::OnceLock};

pub use fluent_bundle::FluentValue as Value;
use fluent_bundle::{FluentArgs, FluentResource, concurrent::FluentBundle};
use unic_langid::LanguageIdentifier;

/// The files of a language. A new part of the console adds its name here and its file in each folder.
macro_rules! files {
    ($($name:literal),* $(,)?) => {
        const ENGLISH: &[&str] = &[$(include_str!(concat!("../words/en/", $name, ".ftl"))),*];
        const GERMAN: &[&str] = &[$(include_str!(concat!("../words/de/", $name, ".ftl"))),*];
    };
}

files!(
    "base",
    "audit",
    "authors",
    "automation",
    "clients",
    "deliveries",
    "documents",
    "effects",
    "fields",
    "forms",
    "health",
    "help",
    "marketplace",
    "orders",
    "permissions",
    "plugins",
    "reasons",
    "refusals",
    "runs",
    "settings",
    "setup",
);

/// A language that pages can be had in.
pub struct Language {
    /// BCP 47.
    pub code: &'static str,
    /// In itself.
    pub name: &'static str,
    pub right_to_left: bool,
    files: &'static [&'static str],
    change: Option<fn(&str) -> Cow<'_, str>>,
    /// Made to find words that are not translated and pages that have no room: offered to nobody.
    pseudo: bool,
}

static LANGUAGES: [Language; 4] = [
    Language {
        code: "en",
        name: "English",
        right_to_left: false,
        files: ENGLISH,
        change: None,
        pseudo: false,
    },
    Language {
        code: "de",
        name: "Deutsch",
        right_to_left: false,
        files: GERMAN,
        change: None,
        pseudo: false,
    },
    Language {
        code: "en-XA",
        name: "Ŀöñĝ",
        right_to_left: false,
        files: ENGLISH,
        change: Some(longer),
        pseudo: true,
    },
    Language {
        code: "ar-XB",
        name: "Mirrored",
        right_to_left: true,
        files: ENGLISH,
        change: Some(mirrored),
        pseudo: true,
    },
];

/// The languages that staff choose from.
pub fn offered() -> impl Iterator<Item = &'static Language> {
    LANGUAGES.iter().filter(|language| !language.pseudo)
}

/// The words of one language. Copied freely.
#[derive(Clone, Copy)]
pub struct Words(usize);

impl Default for Words {
    /// English.
    fn default() -> Words {
        Words(0)
    }
}

impl Words {
    /// By its code; None where it is not spoken here.
    pub fn of(code: &str) -> Option<Words> {
        LANGUAGES.iter().position(|language| language.code == code).map(Words)
    }

    /// The best of what a browser accepts (`Accept-Language`), else English.
    pub fn accepted(header: &str) -> Words {
        let mut wishes: Vec<(f32, &str)> = header.split(',').filter_map(wish).collect();
        wishes.sort_by(|a, b| b.0.total_cmp(&a.0));
        let spoken = |tag: &str| offered().find(|language| language.code.eq_ignore_ascii_case(tag));
        let found = wishes.iter().find_map(|(_, tag)| spoken(tag.split('-').next().unwrap_or(tag)));
        found.and_then(|language| Words::of(language.code)).unwrap_or(Words(0))
    }

    pub fn language(self) -> &'static Language {
        &LANGUAGES[self.0]
    }

    /// A message without variables. What is not there is shown by its key, and said in the log.
    pub fn text(self, key: &str) -> String {
        self.with(key, &[])
    }

    /// A message with its variables.
    pub fn with(self, key: &str, variables: &[(&str, Value<'_>)]) -> String {
        let Some(bundle) = bundles().get(self.0) else { return key.to_owned() };
        let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else {
            tracing::warn!(key, language = self.language().code, "the console has no words for this");
            return key.to_owned();
        };
        let arguments: FluentArgs<'_> = variables.iter().cloned().collect();
        let mut mistakes = Vec::new();
        let text = bundle.format_pattern(pattern, Some(&arguments), &mut mistakes);
        if !mistakes.is_empty() {
            tracing::warn!(key, ?mistakes, "the console's words do not fit");
        }
        text.into_owned()
    }

    /// What is written elsewhere in this language: the two that are made up change it as all that is theirs.
    pub fn told(self, text: &'static str) -> Cow<'static, str> {
        match self.language().change {
            Some(change) => change(text),
            None => Cow::Borrowed(text),
        }
    }

    /// Whether there are words for it: for names that a plugin may bring, too.
    pub fn has(self, key: &str) -> bool {
        bundles().get(self.0).is_some_and(|bundle| bundle.has_message(key))
    }
}

fn wish(part: &str) -> Option<(f32, &str)> {
    let mut fields = part.trim().split(';');
    let tag = fields.next().filter(|tag| !tag.is_empty())?;
    let weight = fields.find_map(|field| field.trim().strip_prefix("q=")?.parse().ok());
    Some((weight.unwrap_or(1.0), tag))
}

type Bundle = FluentBundle<FluentResource>;

/// Read once, when the first page asks.
fn bundles() -> &'static [Bundle] {
    static BUNDLES: OnceLock<Vec<Bundle>> = OnceLock::new();
    BUNDLES.get_or_init(|| LANGUAGES.iter().map(bundle).collect())
}

fn bundle(language: &'static Language) -> Bundle {
    let id: LanguageIdentifier = language.code.parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![id]);
    // The marks that set values apart would be seen in attributes and titles; pages isolate names by elements.
    bundle.set_use_isolating(false);
    bundle.set_transform(language.change);
    for text in language.files {
        let resource = match FluentResource::try_new((*text).to_owned()) {
            Ok(resource) => resource,
            Err((resource, mistakes)) => {
                tracing::error!(?mistakes, language = language.code, "words of the console cannot be read");
                resource
            }
        };
        if let Err(mistakes) = bundle.add_resource(resource) {
            tracing::error!(?mistakes, language = language.code, "words of the console stand twice");
        }
    }
    bundle
}

/// A third longer and accented: what stays plain is not translated, what does not fit has no room.
fn longer(text: &str) -> Cow<'_, str> {
    let mut long: String = text.chars().map(accented).collect();
    let more = text.chars().count() / 3;
    long.extend(std::iter::repeat_n('~', more));
    Cow::Owned(long)
}

fn accented(letter: char) -> char {
    const PLAIN: &str = "aceinorsuyACEINORSUY";
    const ACCENTED: &str = "áçéíñóřšúýÁÇÉÍÑÓŘŠÚÝ";
    let at = PLAIN.chars().position(|plain| plain == letter);
    at.and_then(|at| ACCENTED.chars().nth(at)).unwrap_or(letter)
}

/// Read from the right, as every page must bear.
fn mirrored(text: &str) -> Cow<'_, str> {
    const RIGHT_TO_LEFT_OVERRIDE: char = '\u{202e}';
    const POP: char = '\u{202c}';
    match text.trim().is_empty() {
        true => Cow::Borrowed(text),
        false => Cow::Owned(format!("{RIGHT_TO_LEFT_OVERRIDE}{text}{POP}")),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn lines(files: &[&str]) -> Vec<String> {
        let lines = files.iter().flat_map(|file| file.lines());
        let named = lines.filter(|line| line.starts_with(|first: char| first.is_ascii_lowercase()));
        named.filter_map(|line| Some(line.split_once(" =")?.0.to_owned())).collect()
    }

    fn keys(files: &[&str]) -> BTreeSet<String> {
        lines(files).into_iter().collect()
    }

    #[test]
    fn every_language_says_everything() {
        let (english, german) = (keys(ENGLISH), keys(GERMAN));
        let missing: Vec<_> = english.symmetric_difference(&german).collect();
        assert!(missing.is_empty(), "only in one of the languages: {missing:?}");
    }

    #[test]
    fn no_key_stands_twice() {
        for files in [ENGLISH, GERMAN] {
            let mut once = BTreeSet::new();
            let twice: Vec<_> = lines(files).into_iter().filter(|key| !once.insert(key.clone())).collect();
            assert!(twice.is_empty(), "{twice:?}");
        }
    }

    #[test]
    fn all_files_are_read_without_a_mistake() {
        for language in &LANGUAGES {
            for file in language.files {
                assert!(FluentResource::try_new((*file).to_owned()).is_ok(), "{}", language.code);
            }
        }
    }

    /// Keys in the source are plain literals, so that they can be found.
    #[test]
    fn whatever_a_page_says_has_words() {
        let english = keys(ENGLISH);
        let mut missing = BTreeSet::new();
        visit(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut |source| {
            for call in [".text(\"", ".with(\""] {
                for rest in source.split(call).skip(1) {
                    let key = rest.split('"').next().unwrap_or_default();
                    // Others have methods of these names too, and no dash in what they ask for.
                    if key.contains('-') && !english.contains(key) {
                        missing.insert(key.to_owned());
                    }
                }
            }
            // Heads of tables.
            for list in source.split("let heads =").skip(1) {
                let list = list.split(']').next().unwrap_or_default();
                let keys = list.split('"').skip(1).step_by(2).map(str::to_owned);
                missing.extend(keys.filter(|key| key.contains('-') && !english.contains(key)));
            }
        });
        missing.remove("nothing-of-the-kind");
        missing.remove("x-widget");
        assert!(missing.is_empty(), "no words for: {missing:?}");
    }

    fn visit(folder: &std::path::Path, look: &mut dyn FnMut(&str)) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                visit(&path, look);
            } else {
                look(&std::fs::read_to_string(&path).unwrap());
            }
        }
    }

    #[test]
    fn a_browser_gets_the_best_language_that_it_accepts() {
        let code = |header: &str| Words::accepted(header).language().code;
        assert_eq!(code("de-AT,de;q=0.9,en;q=0.8"), "de");
        assert_eq!(code("fr;q=1.0, en;q=0.2, de;q=0.5"), "de");
        assert_eq!(code("fr"), "en");
        assert_eq!(code(""), "en");
    }

    #[test]
    fn what_has_no_words_is_shown_by_its_key() {
        assert_eq!(Words(0).text("nothing-of-the-kind"), "nothing-of-the-kind");
    }

    #[test]
    fn the_long_language_is_a_third_longer_and_leaves_nothing_plain() {
        let words = Words::of("en-XA").unwrap();
        assert!(words.text("nav-orders").chars().count() > "Orders".len());
        assert!(!words.text("nav-orders").contains("Orders"));
    }
}
