//! What to do about a refusal, by its code. Pure.

use maud::{Markup, html};
use rulewright_market::Refused;

use crate::{door::Look, reasons::foreign};

/// Codes that ask for the same thing. docs/installing.md has each by itself.
const ADVICE: &[(&str, &[&str])] = &[
    ("refused-look-up", &["not-found", "bad-reference", "bad-url", "not-elsewhere"]),
    (
        "refused-operator",
        &["not-allowed", "no-credentials", "not-public", "redirect-refused", "realm-refused"],
    ),
    (
        "refused-later",
        &[
            "unreachable",
            "busy",
            "timeout",
            "too-slow",
            "shutting-down",
            "slow-registry",
            "too-many-installs",
        ],
    ),
    ("refused-tampered", &["digest-mismatch", "size-mismatch", "bad-signature", "statement-mismatch"]),
    ("refused-registry", &["registry-failed", "media-type", "compressed"]),
    (
        "refused-published",
        &[
            "bad-artifact",
            "not-a-package",
            "component-layers",
            "several-signatures",
            "several-layers",
            "foreign-layer",
            "compressed-layer",
            "archive-layer",
            "unreadable-signature",
        ],
    ),
    ("refused-unsigned", &["unsigned"]),
    ("refused-other-key", &["other-key"]),
    ("refused-downgrade", &["downgrade"]),
    ("refused-other-plugin", &["other-plugin"]),
    ("refused-revoked", &["revoked"]),
    ("refused-newer-host", &["unknown-import", "newer-host", "other-version", "other-schema", "not-offered"]),
    ("refused-compile", &["compile-limit", "compile-failed", "too-large"]),
    ("refused-read-again", &["other-digest", "more-than-asked", "not-waiting", "conflict"]),
    ("refused-self-test", &["self-test"]),
    ("refused-host", &["bad-host"]),
    (
        "refused-author",
        &[
            "not-a-component",
            "invalid-binary",
            "too-many-parts",
            "long-manifest",
            "nested-components",
            "bad-name",
            "text-encoding",
            "mismatch",
            "beyond-kind",
            "no-export",
            "several-exports",
            "wrong-kind",
            "manifest-count",
            "unreadable-manifest",
            "bad-manifest",
            "unused-permission",
            "undeclared-permission",
        ],
    ),
    ("refused-bug", &["bug"]),
];

/// None: there is nothing that these pages know better.
pub fn next(look: &Look, code: &str) -> Option<String> {
    let found = ADVICE.iter().find(|(_, codes)| codes.contains(&code));
    found.map(|(key, _)| look.text(key))
}

/// What these pages know, or else what whoever refused says to programs.
pub fn next_or(look: &Look, refused: &Refused) -> Markup {
    match next(look, &refused.code) {
        Some(advice) => html! { (advice) },
        None => foreign(&refused.hint),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::listing::tests::look;

    #[test]
    fn every_advice_has_words_and_no_code_has_two() {
        let mut seen = BTreeSet::new();
        for (key, codes) in ADVICE {
            assert!(look("en").words.has(key) && look("de").words.has(key), "{key}");
            for code in *codes {
                assert!(seen.insert(code), "{code}");
                assert!(look("de").words.has(&format!("refused-is-{code}")), "what is it? {code}");
            }
        }
    }

    #[test]
    fn a_file_that_is_not_what_was_promised_is_not_used() {
        assert!(next(&look("en"), "digest-mismatch").unwrap().contains("Do not use"));
        assert_eq!(next(&look("en"), "of-the-future"), None);
    }
}
