//! Every code that a source can say is explained in the catalogue, and the catalogue explains no other. `docs/errors.md` is
//! written from it: `RULEWRIGHT_BLESS=1 cargo test --workspace --test it -- codes` writes it again.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    path::Path,
};

use rulewright_domain::code::{Explained, FAMILIES, areas, explain};

use crate::catalogue::golden;

/// What makes a trouble: its code is the first of the arguments, or the one after the status or the exit.
const MAKERS: [&str; 11] = [
    "Problem::new(",
    "Problem::bad_request(",
    "Problem::unprocessable(",
    "Failure::new(",
    "FetchRefusal::new(",
    "Refused::new(",
    "CliError::new(",
    "CliError::refused(",
    "broken(",
    "failure(",
    "denied(",
];

/// Values with a code in them. Others have codes of their own: of a mistake in one field, of a language, of a country.
const VALUES: [&str; 4] = ["Denied", "Untrusted", "Failed", "Trouble"];

/// Functions that tell the code of a value, by the end of the file's path.
const TELLERS: [(&str, &str); 3] = [
    ("", "fn code(&self)"),
    ("domain/src/health.rs", "fn kind(&self)"),
    ("outbound/src/packages/refused.rs", "fn not_public(self)"),
];

/// Files that choose a code together with what is said of it.
const PAIRS: [&str; 3] = ["api/src/rest/hooks.rs", "runtime/src/convert/answer.rs", "host/src/error.rs"];

/// Of crates whose codes are somebody else's, and what is no program.
const NOT_OURS: [&str; 6] = ["/bitrix24/", "/tests", "/conformance/", "/openapi", "sample.rs", "testing.rs"];

/// By path, without the tests in it.
fn sources() -> BTreeMap<String, String> {
    let host = Path::new(env!("CARGO_MANIFEST_DIR")).join("../host");
    let mut folders = vec![host.join("src"), host.join("crates")];
    let mut found = BTreeMap::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.to_string_lossy().replace('\\', "/");
            if path.is_dir() {
                folders.push(path);
            } else if name.ends_with(".rs") && !NOT_OURS.iter().any(|part| ours(&name).contains(part)) {
                let text = std::fs::read_to_string(&path).unwrap();
                let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
                found.insert(name, text.to_owned());
            }
        }
    }
    found
}

/// Below the folder of the host: what lies above it is a matter of the machine.
fn ours(path: &str) -> &str {
    path.rsplit_once("/../host").map_or(path, |(_, rest)| rest)
}

fn is_code(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_lowercase())
        && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// The code in quotes that a text begins with.
fn quoted(text: &str) -> Option<&str> {
    let (word, _) = text.trim_start().strip_prefix('"')?.split_once('"')?;
    is_code(word).then_some(word)
}

/// The name and the value of a constant that could be a code.
fn constant(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = text.split_once(": &")?;
    let value = rest.strip_prefix("'static ").unwrap_or(rest).strip_prefix("str = ")?;
    Some((name, quoted(value)?))
}

fn constants(text: &str) -> BTreeMap<&str, &str> {
    text.split("const ").skip(1).filter_map(constant).collect()
}

/// In a text, with the constants of all of them.
struct Reader<'a> {
    path: &'a str,
    text: &'a str,
    own: BTreeMap<&'a str, &'a str>,
    all: &'a BTreeMap<&'a str, &'a str>,
}

impl<'a> Reader<'a> {
    /// A code, or the name of a constant that is one.
    fn word(&self, text: &'a str) -> Option<&'a str> {
        let named = || {
            let text = text.trim_start();
            let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != ':');
            let name = text[..end.unwrap_or(text.len())].rsplit("::").next()?;
            self.own.get(name).or_else(|| self.all.get(name)).copied()
        };
        quoted(text).or_else(named)
    }

    fn codes(&self) -> BTreeSet<&'a str> {
        let mut found = BTreeSet::new();
        for maker in MAKERS {
            for arguments in self.text.split(maker).skip(1) {
                let second = arguments.split_once(',').filter(|(first, _)| {
                    first.chars().all(|c| c.is_alphanumeric() || c.is_whitespace() || "_:.".contains(c))
                });
                let second = second.and_then(|(_, rest)| quoted(rest));
                found.extend(self.word(arguments).or(second));
            }
        }
        for (at, field) in self.text.match_indices("code: ") {
            let before = self.text[..at].rsplit_once('{').map_or("", |(before, _)| before).trim_end();
            if VALUES.iter().any(|value| before.ends_with(value)) {
                found.extend(self.word(&self.text[at + field.len()..]));
            }
        }
        for (file, teller) in TELLERS {
            for body in self.text.split(teller).skip(1).filter(|_| self.path.ends_with(file)) {
                let body = body.split("\n    }\n").next().unwrap_or_default();
                found.extend(body.split("=> ").skip(1).filter_map(|arm| self.word(arm)));
            }
        }
        if PAIRS.iter().any(|file| self.path.ends_with(file)) {
            found.extend(self.text.split('(').filter_map(|pair| {
                let code = quoted(pair)?;
                let rest = pair.split_once(code)?.1.strip_prefix("\",")?.trim_start();
                (rest.starts_with('"') || rest.starts_with("message")).then_some(code)
            }));
        }
        if self.path.ends_with("registry/src/features.rs") {
            found.extend(self.text.split('"').filter(|word| word.starts_with("uses-") && is_code(word)));
        }
        found
    }
}

/// Where each code is said.
fn said(sources: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let all: BTreeMap<&str, &str> = sources.values().flat_map(|text| constants(text)).collect();
    let mut found = BTreeMap::new();
    for (path, text) in sources {
        let reader = Reader { path, text, own: constants(text), all: &all };
        found.extend(reader.codes().into_iter().map(|code| (code.to_owned(), ours(path).to_owned())));
    }
    found
}

#[test]
fn every_code_that_is_said_is_explained() {
    let said = said(&sources());
    for code in
        ["not-found", "trap", "loop", "invalid-grant", "silent", "uses-gc", "permanent", "no-such-file"]
    {
        assert!(said.contains_key(code), "{code} is not found in the sources");
    }
    assert!(said.len() > 200, "only {} codes are found in the sources", said.len());
    let unexplained: Vec<_> = said.iter().filter(|(code, _)| explain("en", code).is_none()).collect();
    assert!(
        unexplained.is_empty(),
        "write them into host/crates/domain/codes, in each language: {unexplained:?}"
    );
}

#[test]
fn every_code_that_is_explained_is_said() {
    let said = said(&sources());
    let of_family = |code: &str| {
        let family = FAMILIES.iter().find(|(_, entry)| *entry == code);
        family.is_some_and(|(begin, _)| said.keys().any(|code| code.starts_with(begin)))
    };
    let all = areas("en").iter().flat_map(|area| &area.codes).map(|one| one.code);
    let unused: Vec<_> = all.filter(|code| !said.contains_key(*code) && !of_family(code)).collect();
    assert!(unused.is_empty(), "no source says them any more: {unused:?}");
}

#[test]
fn a_code_is_found_wherever_it_is_made() {
    let planted = r#"
const HIDDEN: &str = "of-a-constant";
impl Some {
    fn refused() {
        Problem::new(StatusCode::CONFLICT, "of-a-problem", detail);
        Problem::new(status, code, format!("{} not this", 1));
        Failure::new(
            "of-a-failure",
            message,
            false,
        );
        Failure::new(crate::HIDDEN, message, true);
        Refusal::Denied { code: "of-a-value", message };
        Issue { path, code: "not-of-an-issue".to_owned(), message };
    }

    pub fn code(&self) -> &'static str {
        match self {
            Refusal::Some => "of-an-arm",
        }
    }

    fn name(&self) -> &'static str {
        match self {
            A => "not-of-a-name",
        }
    }
}
"#;
    let sources = BTreeMap::from([("planted.rs".to_owned(), planted.to_owned())]);
    let found: Vec<String> = said(&sources).into_keys().collect();
    assert_eq!(found, ["of-a-constant", "of-a-failure", "of-a-problem", "of-a-value", "of-an-arm"]);
}

const HEAD: &str = "# What codes mean

Whatever is refused or fails has a code: `code` of a problem of the API, `error[...]` on the command line, the code of a failed run, of an
installation that was refused, the kind of a health note. It is the same everywhere and stays the same, so that a script can rely
on it. `rulewright explain CODE` prints what stands here, and the console has it at `/help/CODE`, in English and German.

A single mistake in what was sent has a code of its own in `errors`, beside its place and a message that says what to write.

This page is written from `host/crates/domain/codes`; a test keeps it in step.
";

#[test]
fn errors_docs_are_in_step_with_the_catalogue() {
    let mut text = HEAD.to_owned();
    for area in areas("en") {
        writeln!(text, "\n## {}", area.title).unwrap();
        for Explained { code, title, what, kept, next } in &area.codes {
            writeln!(text, "\n### `{code}`\n\n**{title}.** {what}\n\n{kept}\n\n*What to do:* {next}")
                .unwrap();
        }
    }
    golden("docs/errors.md", &text);
}
