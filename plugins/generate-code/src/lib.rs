use std::collections::BTreeSet;

use rulewright_sdk::prelude::*;

const DEFAULT_LENGTH: u32 = 5;
const MAX_LENGTH: u32 = 64;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Length
    /// Characters, 1 to 64.
    #[serde(default = "default_length")]
    #[schemars(range(min = 1, max = 64))]
    length: u32,
    /// Characters
    /// What the code is made of.
    #[serde(default = "digits")]
    #[schemars(extend("x-widget" = "checkboxes"))]
    characters: BTreeSet<Characters>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Characters {
    /// Digits
    Digits,
    /// Lower-case letters
    Lower,
    /// Upper-case letters
    Upper,
    /// Special characters
    Special,
}

impl Characters {
    fn all(self) -> &'static [u8] {
        match self {
            Characters::Digits => b"0123456789",
            Characters::Lower => b"abcdefghijklmnopqrstuvwxyz",
            Characters::Upper => b"ABCDEFGHIJKLMNOPQRSTUVWXYZ",
            Characters::Special => b"!#$%&*+-=?@_",
        }
    }
}

fn default_length() -> u32 {
    DEFAULT_LENGTH
}

fn digits() -> BTreeSet<Characters> {
    BTreeSet::from([Characters::Digits])
}

struct GenerateCode;

impl Rule for GenerateCode {
    type Settings = Settings;
    type State = ();

    fn step(step: &mut Step<Self>) -> Result<Outcome> {
        let length = match step.settings.length {
            0 => DEFAULT_LENGTH,
            length @ 1..=MAX_LENGTH => length,
            _ => {
                return Err(Error::settings("too-long: a code has at most 64 characters"));
            }
        };
        let mut sets = step.settings.characters.clone();
        if sets.is_empty() {
            sets = digits();
        }
        let alphabet: Vec<u8> = sets.iter().flat_map(|set| set.all()).copied().collect();
        let code: String = (0..length)
            .map(|_| step.random_below(alphabet.len() as u64) as usize)
            .map(|index| char::from(alphabet[index]))
            .collect();
        Ok(done_with("Code generated", json!({ "code": code })))
    }

    fn validate(settings: &Settings) -> Vec<Issue> {
        match settings.length {
            0..=MAX_LENGTH => Vec::new(),
            _ => vec![Issue::new("/length", "too-long", "At most 64 characters.")],
        }
    }
}

rule! {
    GenerateCode {
        id: "rulewright.generate-code",
        publisher: "Rulewright",
        title: "Generate code",
        description: "Makes a random code that the rules after this one can insert. Codes are not unique.",
        missing: "Without a length the code has 5 characters; where no characters are chosen, it is made of digits.",
        example: json!({ "length": 8, "characters": ["digits", "upper"] }),
        group: Employees,
        outputs: [("code", "The code")],
    }
}

#[cfg(test)]
mod tests {
    use rulewright_sdk::testing;

    use super::*;

    fn code(settings: rulewright_sdk::Json, seed: u64) -> String {
        let end = testing::run::<GenerateCode>().settings(settings).seed(seed).go();
        assert_eq!(end.effects, []);
        end.output()["code"].as_str().unwrap_or_default().to_owned()
    }

    #[test]
    fn five_digits_unless_told_otherwise() {
        for settings in [json!({}), json!({ "length": 0, "characters": [] })] {
            let code = code(settings, 1);
            assert_eq!(code.len(), 5);
            assert!(code.bytes().all(|byte| byte.is_ascii_digit()), "{code}");
        }
    }

    #[test]
    fn takes_the_selected_characters_only() {
        let settings = json!({ "length": 64, "characters": ["digits", "upper"] });
        let code = code(settings, 7);
        assert_eq!(code.len(), 64);
        assert!(code.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase()));
        assert!(code.bytes().any(|byte| byte.is_ascii_uppercase()));
    }

    #[test]
    fn the_same_run_gives_the_same_code() {
        assert_eq!(code(json!({}), 3), code(json!({}), 3));
        assert_ne!(code(json!({}), 3), code(json!({}), 4));
    }

    #[test]
    fn every_digit_is_as_likely_as_another() {
        let mut counts = [0_u32; 10];
        for seed in 0..1000 {
            for byte in code(json!({ "length": 20 }), seed).bytes() {
                counts[usize::from(byte - b'0')] += 1;
            }
        }
        assert!(counts.iter().all(|count| (1800..2200).contains(count)), "{counts:?}");
    }

    #[test]
    fn a_code_has_its_limits() {
        assert_eq!(testing::check::<GenerateCode>(json!({ "length": 65 }))[0].code, "too-long");
    }

    #[test]
    fn the_example_can_be_saved() {
        assert_eq!(testing::check::<GenerateCode>(GenerateCode::manifest()["example"].clone()), []);
    }
}
