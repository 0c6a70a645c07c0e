use std::collections::BTreeSet;

use rulewright_sdk::prelude::*;

const DEFAULT_LENGTH: u32 = 5;
const MAX_LENGTH: u32 = 64;
/// Bytes of the name that codes are unique within.
const MAX_FIELD: usize = 64;
/// Until somebody should make the codes longer: with half of them given out, not one rule in 10^30 gets there.
const TRIES: u32 = 100;
/// Bytes: two million codes of seven characters.
const STORAGE: u64 = 16 << 20;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
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
    /// Unique within
    /// Name of the field that the codes are for, e.g. promo: no code is given out twice for it, by whichever rule.
    /// Empty: codes may repeat.
    #[serde(default)]
    unique_within: String,
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
        let draw = || -> String {
            (0..length)
                .map(|_| step.random_below(alphabet.len() as u64) as usize)
                .map(|index| char::from(alphabet[index]))
                .collect()
        };
        let code = match filled(&step.settings.unique_within) {
            Some(field) => unused(field.trim(), draw)?,
            None => draw(),
        };
        Ok(done_with("Code generated", json!({ "code": code })))
    }

    fn validate(settings: &Settings) -> Vec<Issue> {
        let mut issues = Vec::new();
        if settings.length > MAX_LENGTH {
            issues.push(Issue::new("/length", "too-long", "At most 64 characters."));
        }
        if settings.unique_within.len() > MAX_FIELD || settings.unique_within.contains(char::is_control) {
            issues.push(Issue::new("/unique-within", "not-a-name", "A name of at most 64 characters."));
        }
        issues
    }
}

/// A code that was not given out for the field yet. It is written down in the step that gives it out, so where two orders
/// draw the same at once, one of them draws again.
fn unused(field: &str, draw: impl Fn() -> String) -> Result<String> {
    for _ in 0..TRIES {
        let code = draw();
        let shelf = format!("{field}/{:02x}", shelf(&code));
        let mut given = storage::get(&shelf)?.unwrap_or_default();
        if put(&mut given, &code) {
            storage::set(&shelf, &given)?;
            return Ok(code);
        }
    }
    let message =
        format!("exhausted: {TRIES} codes in a row were given out for {field} before; make the codes longer");
    Err(Error::give_up(message))
}

/// Whether the code was not on the shelf yet; from now on it is.
fn put(shelf: &mut Vec<u8>, code: &str) -> bool {
    let new = shelf.split(|byte| *byte == b'\n').all(|one| one != code.as_bytes());
    if new {
        shelf.extend_from_slice(code.as_bytes());
        shelf.push(b'\n');
    }
    new
}

/// Codes lie on 256 shelves: a step reads and writes a few hundred of them, however many there are.
fn shelf(code: &str) -> u8 {
    code.bytes().fold(0, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte))
}

rule! {
    GenerateCode {
        id: "rulewright.generate-code",
        publisher: "Rulewright",
        title: "Generate code",
        description: "Makes a random code that the rules after this one can insert, on request one that was never made \
                      before.",
        missing: "Without a length the code has 5 characters; where no characters are chosen, it is made of digits. \
                  Where hardly any code is left that was not given out before, the rule fails.",
        storage: STORAGE,
        example: json!({ "length": 8, "characters": ["digits", "upper"], "unique-within": "promo" }),
        group: Employees,
        outputs: [("code", "The code")],
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

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
    fn a_hundred_thousand_unique_codes_have_no_doubles() {
        let mut shelves = vec![Vec::new(); 256];
        let mut codes = BTreeSet::new();
        // Every number of a million is drawn once or twice, in an order that jumps about.
        for number in (0..1_000_000_u64).cycle().map(|number| number * 7_919 % 999_983) {
            let code = format!("{:05}", number % 200_000);
            if put(&mut shelves[usize::from(shelf(&code))], &code) {
                assert!(codes.insert(code));
            }
            if codes.len() == 100_000 {
                break;
            }
        }
        let kept: usize = shelves.iter().map(Vec::len).sum();
        let longest = shelves.iter().map(Vec::len).max().unwrap();
        assert!(kept as u64 <= STORAGE && longest < 16_384, "{kept} {longest}");
    }

    #[test]
    fn codes_that_many_runs_are_given_have_no_doubles() {
        let settings = json!({ "length": 3, "unique-within": "promo" });
        let (mut kept, mut codes) = (BTreeMap::<String, Vec<u8>>::new(), BTreeSet::new());
        for seed in 0..800 {
            let run = testing::run::<GenerateCode>().settings(settings.clone()).seed(seed);
            let end = kept.iter().fold(run, |run, (key, value)| run.stored(key, value)).go();
            assert!(codes.insert(end.output()["code"].as_str().unwrap().to_owned()), "{seed}");
            kept = end.storage;
        }
    }

    #[test]
    fn what_is_unique_for_one_field_may_repeat_for_another_until_none_is_left() {
        let run = |field: &str, kept: BTreeMap<String, Vec<u8>>| {
            let settings = json!({ "length": 1, "unique-within": field });
            let run = testing::run::<GenerateCode>().settings(settings).seed(kept.len() as u64);
            kept.iter().fold(run, |run, (key, value)| run.stored(key, value)).go()
        };
        let mut kept = BTreeMap::new();
        for _ in 0..10 {
            let end = run("promo", kept);
            assert_eq!(end.output()["code"].as_str().map(str::len), Some(1));
            kept = end.storage;
        }
        assert!(run("promo", kept.clone()).gave_up().starts_with("exhausted"));
        assert_eq!(run("seal", kept).summary(), "Code generated");
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
