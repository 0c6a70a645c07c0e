//! Personal data made unrecognisable and still of its kind: a name is a name of the same length, a phone number one of
//! those that are kept for fiction, an address of mail one of `example.com`. The same person is the same everywhere, so
//! that what a run did still makes sense.
//!
//! Pure. What is masked is found in three ways: what is known of the people around the run, wherever it has been inserted;
//! what has the form of a mail address or of an international phone number; and what stands under a name such as `street`.
//! What staff have written about others in free text is found by nobody.

use std::collections::BTreeMap;

use rulewright_domain::{Account, Client, Employee, phone, secret::secrets_of};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Under these names stands what somebody is called, where they live, or what leads to them.
const PRIVATE: [&str; 17] = [
    "given",
    "middle",
    "family",
    "address",
    "street",
    "house",
    "flat",
    "city",
    "town",
    "village",
    "postcode",
    "zip",
    "postal-code",
    "postal_code",
    "peer",
    "contact",
    "birthday",
];
/// Under these names stands nothing about anybody, whatever they are called.
const PUBLIC: [&str; 5] = ["time_zone", "time-zone", "seed", "digest", "locale"];
/// Letters of the shortest word of a name that is looked for in texts: "Al" would be found everywhere.
const SHORTEST: usize = 3;
/// Draws of other letters for a word, before it is taken for one that has none.
const TRIES: usize = 8;
/// Texts within texts, e.g. JSON in a payload, are followed no deeper.
const DEPTH: usize = 8;

pub(crate) struct Mask {
    seed: String,
    /// In lower case: words of names, and what the shop knows about people.
    words: BTreeMap<String, String>,
    /// As they are written.
    values: BTreeMap<String, String>,
}

impl Mask {
    /// `seed` is the shop's, which nobody else knows: with it the pseudonyms are the same in all of its runs, and without
    /// it a number cannot be found by trying all.
    pub fn new(seed: &str) -> Mask {
        Mask { seed: seed.to_owned(), words: BTreeMap::new(), values: BTreeMap::new() }
    }

    pub fn knows(&mut self, client: &Client) {
        self.name(&client.name);
        for point in client.phones.iter().chain(&client.emails) {
            self.point(&point.value);
        }
        for point in client.websites.iter().chain(&client.messengers).chain(&client.links) {
            self.own(&point.value);
        }
        for value in client.fields.values() {
            if let Value::String(text) = value {
                self.own(text);
            }
        }
        for chat in &client.chats {
            self.own(&chat.peer);
        }
    }

    pub fn knows_employee(&mut self, employee: &Employee) {
        self.name(&employee.name);
        for point in [&employee.phone, &employee.work_phone, &employee.email].into_iter().flatten() {
            self.point(point);
        }
    }

    /// What they do in the console is done in their name.
    pub fn knows_account(&mut self, account: &Account) {
        self.name(&account.name);
        self.point(&account.email);
    }

    /// What a rule proves itself with is nobody's name, and nobody else's business.
    pub fn knows_secrets(&mut self, settings: &Value, schema: &Value) {
        for secret in secrets_of(settings, schema) {
            self.own(&secret);
        }
    }

    fn name(&mut self, name: &str) {
        for word in name.split(|c: char| !c.is_alphabetic()).filter(|word| word.chars().count() >= SHORTEST) {
            let known = word.to_lowercase();
            let other = self.letters(&known);
            self.words.insert(known, other);
        }
        let other = self.text(name);
        self.values.insert(name.to_owned(), other);
    }

    fn point(&mut self, value: &str) {
        let is_mail = value.contains('@');
        let other = if is_mail { self.mail(value) } else { self.phone(value) };
        let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
        // Gateways write numbers without what stands between their digits.
        if !is_mail && digits(value).len() >= 8 {
            self.values.insert(digits(value), digits(&other));
        }
        self.values.insert(value.to_owned(), other);
    }

    fn own(&mut self, text: &str) {
        // Yes, no, 1: found everywhere, and nobody is known by it.
        if text.chars().count() > SHORTEST {
            let other = self.letters(text);
            self.values.entry(text.to_owned()).or_insert(other);
        }
    }

    pub fn value(&self, value: &mut Value) {
        self.below(value, "", 0);
    }

    fn below(&self, value: &mut Value, key: &str, depth: usize) {
        match value {
            Value::String(text) => *text = self.string(text, key, depth),
            Value::Array(all) => all.iter_mut().for_each(|value| self.below(value, key, depth)),
            Value::Object(all) => all.iter_mut().for_each(|(key, value)| self.below(value, key, depth)),
            _ => {}
        }
    }

    fn string(&self, text: &str, key: &str, depth: usize) -> String {
        if depth < DEPTH
            && text.starts_with(['{', '['])
            && let Ok(mut inner @ (Value::Object(_) | Value::Array(_))) = serde_json::from_str::<Value>(text)
        {
            self.below(&mut inner, key, depth + 1);
            return inner.to_string();
        }
        if PUBLIC.contains(&key) {
            return text.to_owned();
        }
        if let Some(other) = self.values.get(text) {
            return other.clone();
        }
        if key == "ip" {
            return "192.0.2.1".to_owned();
        }
        let private = PRIVATE.contains(&key.to_lowercase().as_str());
        if is_identifier(text) && !private {
            return text.to_owned();
        }
        let masked = self.text(text);
        if masked == text && private {
            return self.letters(text);
        }
        masked
    }

    /// Anything that may stand in the midst of other words.
    pub fn text(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (known, other) in &self.values {
            if text.contains(known.as_str()) {
                text = text.replace(known.as_str(), other);
            }
        }
        let mut masked = String::with_capacity(text.len());
        let mut rest = text.as_str();
        while let Some(c) = rest.chars().next() {
            let length = token(rest);
            let (token, after) = rest.split_at(length.max(c.len_utf8()));
            masked.push_str(&self.token(token));
            rest = after;
        }
        masked
    }

    fn token(&self, token: &str) -> String {
        if token.contains('@') {
            let known = self.values.values().any(|other| other == token);
            return if known || is_example(token) { token.to_owned() } else { self.mail(token) };
        }
        if token.starts_with('+') {
            let known = self.values.values().any(|other| other == token);
            return if known { token.to_owned() } else { self.phone(token) };
        }
        match self.words.get(&token.to_lowercase()) {
            Some(other) => cased(other, token),
            None => token.to_owned(),
        }
    }

    /// Letter for letter and digit for digit; vowels stay vowels, so that it can be read aloud.
    fn letters(&self, text: &str) -> String {
        let mut of = text.to_lowercase();
        // Of one short name in some hundreds the first draw is itself; what has no letter stays as it is.
        for _ in 0..TRIES {
            let stream = self.stream(&of);
            let drawn: String =
                text.chars().zip(stream.iter().cycle()).map(|(c, byte)| other(c, *byte)).collect();
            if drawn != text {
                return drawn;
            }
            of.push('+');
        }
        text.to_owned()
    }

    fn mail(&self, address: &str) -> String {
        let (name, host) = address.split_once('@').unwrap_or((address, ""));
        let hosts = ["example.com", "example.org", "example.net"];
        let chosen = self.stream(host).first().map_or(0, |byte| usize::from(*byte)) % hosts.len();
        format!("{}@{}", self.letters(&name.to_lowercase()), hosts[chosen])
    }

    /// One of those that are kept for fiction, written the same way where it has as many digits.
    fn phone(&self, written: &str) -> String {
        let digits: String = written.chars().filter(char::is_ascii_digit).collect();
        if digits.len() < 7 {
            return self.letters(written);
        }
        let stream = self.stream(phone::end(written).as_deref().unwrap_or(&digits));
        let number = fictional(&digits, written.trim_start().starts_with(['+']), &stream);
        let count = number.chars().filter(char::is_ascii_digit).count();
        if count != digits.len() {
            return number;
        }
        let mut next = number.chars().filter(char::is_ascii_digit);
        written.chars().map(|c| if c.is_ascii_digit() { next.next().unwrap_or(c) } else { c }).collect()
    }

    fn stream(&self, text: &str) -> [u8; 32] {
        let mut hasher = Sha256::new();
        hasher.update((self.seed.len() as u64).to_le_bytes());
        hasher.update(self.seed.as_bytes());
        hasher.update(b"mask");
        hasher.update(text.as_bytes());
        hasher.finalize().into()
    }
}

/// Bytes of the word, mail address or phone number that a text begins with; 0 where it begins with none.
fn token(text: &str) -> usize {
    let run = |of: fn(char) -> bool| text.find(|c| !of(c)).unwrap_or(text.len());
    let address = run(|c| c.is_alphanumeric() || "@._+-".contains(c));
    if let Some(candidate) = text.get(..address)
        && let Some((name, host)) = candidate.split_once('@')
        && !name.is_empty()
        && !host.is_empty()
    {
        // The full stop behind it belongs to the sentence.
        return candidate.trim_end_matches(['.', '-', '_']).len();
    }
    if text.starts_with('+') {
        let written = run(|c| c.is_ascii_digit() || "+ ()-./".contains(c));
        let number = text.get(..written).unwrap_or_default().trim_end_matches([' ', '(', '-', '.', '/']);
        let digits = number.bytes().filter(u8::is_ascii_digit).count();
        return if (8..=15).contains(&digits) { number.len() } else { 0 };
    }
    run(char::is_alphabetic)
}

/// Such as a stage, whatever people are called.
fn is_identifier(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._:-".contains(&b))
}

fn is_example(address: &str) -> bool {
    address
        .rsplit('@')
        .next()
        .is_some_and(|host| host == "example" || host.ends_with(".example") || host.starts_with("example."))
}

/// Numbers that regulators keep for drama: nobody is called.
fn fictional(digits: &str, international: bool, stream: &[u8; 32]) -> String {
    let number = u32::from_le_bytes([stream[0], stream[1], stream[2], 0]);
    let some = |count: u32| format!("{:0width$}", number % 10_u32.pow(count), width = count as usize);
    if !international {
        let digits = digits.strip_prefix("00").map(|rest| fictional(rest, true, stream));
        return digits.unwrap_or_else(|| format!("07700900{}", some(3)));
    }
    let after = |code: &str| digits.strip_prefix(code).filter(|rest| rest.len() >= 7);
    let mobile = |rest: &str, firsts: &[char]| rest.starts_with(firsts);
    if let Some(area) =
        digits.strip_prefix('1').filter(|rest| rest.len() == 10).and_then(|rest| rest.get(..3))
    {
        return format!("+1{area}55501{}", some(2));
    }
    match (after("44"), after("33"), after("49"), after("61"), after("46"), after("353")) {
        (Some(rest), ..) if !mobile(rest, &['7']) => format!("+442079460{}", some(3)),
        (_, Some(rest), ..) if mobile(rest, &['6', '7']) => format!("+3363998{}", some(4)),
        (_, Some(_), ..) => format!("+3319900{}", some(4)),
        (_, _, Some(rest), ..) if mobile(rest, &['1']) => format!("+4917139200{}", some(2)),
        (_, _, Some(_), ..) => format!("+493023125{}", some(3)),
        (_, _, _, Some(_), ..) => format!("+6125550{}", some(4)),
        (_, _, _, _, Some(_), _) => format!("+467017406{}", some(2)),
        (.., Some(_)) => format!("+3532091{}", some(5)),
        _ => format!("+447700900{}", some(3)),
    }
}

/// Vowels and consonants of scripts in which names are usually written; of the others a letter next to it.
const SCRIPTS: [(&str, &str); 6] = [
    ("aeiou", "bcdfghjklmnprstvwz"),
    ("AEIOU", "BCDFGHJKLMNPRSTVWZ"),
    ("аеиоуэюя", "бвгджзклмнпрстфхч"),
    ("АЕИОУЭЮЯ", "БВГДЖЗКЛМНПРСТФХЧ"),
    ("αεηιου", "βγδζθκλμνπρστφ"),
    ("ΑΕΗΙΟΥ", "ΒΓΔΖΘΚΛΜΝΠΡΣΤΦ"),
];

fn other(c: char, byte: u8) -> char {
    if c.is_ascii_digit() {
        return char::from(b'0' + byte % 10);
    }
    let place = usize::from(byte);
    let pick = |from: &str| from.chars().nth(place % from.chars().count().max(1)).unwrap_or(c);
    for (vowels, consonants) in SCRIPTS {
        if vowels.contains(c) {
            return pick(vowels);
        }
        // Letters of the script that are in neither list, such as y, ё and accented ones, become consonants of it.
        let of_script = consonants.contains(c)
            || (script(c).is_some() && script(c) == consonants.chars().next().and_then(script));
        if of_script {
            return pick(consonants);
        }
    }
    if !c.is_alphabetic() {
        return c;
    }
    let block = u32::from(c) & !0xf;
    char::from_u32(block | u32::from(byte & 0xf)).filter(|other| other.is_alphabetic()).unwrap_or(c)
}

/// Script and case, of the scripts that are known.
fn script(c: char) -> Option<(u8, bool)> {
    let script = match c {
        'a'..='z' | 'A'..='Z' | '\u{c0}'..='\u{24f}' if c.is_alphabetic() => 0,
        '\u{370}'..='\u{3ff}' if c.is_alphabetic() => 1,
        '\u{400}'..='\u{4ff}' if c.is_alphabetic() => 2,
        _ => return None,
    };
    Some((script, c.is_uppercase()))
}

/// With the capitals of the word that it stands for.
fn cased(other: &str, like: &str) -> String {
    let mut upper = false;
    let cased = other.chars().zip(like.chars().map(Some).chain(std::iter::repeat(None)));
    cased
        .flat_map(|(c, like)| {
            upper = like.map_or(upper, char::is_uppercase);
            let capital: Vec<char> = if upper { c.to_uppercase().collect() } else { vec![c] };
            capital
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ada() -> Client {
        serde_json::from_value(json!({
            "id": "cli_1", "kind": "contact", "name": "Ada Lovelace",
            "phones": [{ "kind": "mobile", "value": "+44 7911 123456" }],
            "emails": [{ "kind": "work", "value": "ada.l@analytical.co.uk" }],
            "fields": { "street": "12 St James's Square", "vip": true },
        }))
        .unwrap()
    }

    #[test]
    fn a_card_has_nothing_left_of_the_person_in_any_spelling() {
        let mut client: Client = serde_json::from_value(json!({
            "id": "cli_1", "kind": "contact", "name": "al berg", "names": { "given": "al", "family": "berg" },
            "websites": [{ "kind": "work", "value": "https://berg.example/al" }],
            "messengers": [{ "kind": "telegram", "value": "alberg" }],
        }))
        .unwrap();
        client.number_points();
        let mut mask = Mask::new("seed");
        mask.knows(&client);
        let mut card = serde_json::to_value(&client).unwrap();
        mask.value(&mut card);
        let written = card.to_string();
        for part in ["\"al\"", "berg"] {
            assert!(!written.contains(part), "{part} is in {written}");
        }
        assert_eq!(card["messengers"][0]["kind"], "telegram");
    }

    #[test]
    fn what_a_rule_proves_itself_with_is_nowhere_either() {
        let mut mask = Mask::new("seed");
        let schema = json!({ "properties": { "token": { "x-widget": "secret" } } });
        mask.knows_secrets(&json!({ "token": "tok_Live42", "text": "plain words" }), &schema);
        let mut value =
            json!({ "token": "tok_Live42", "header": "Bearer tok_Live42", "text": "plain words" });
        mask.value(&mut value);
        assert!(!value.to_string().contains("tok_Live42"), "{value}");
        assert_eq!(value["text"], "plain words");
    }

    fn mask() -> Mask {
        let mut mask = Mask::new("seed");
        mask.knows(&ada());
        mask
    }

    #[test]
    fn nothing_of_a_person_is_left_wherever_it_was_inserted() {
        let mut value = json!({
            "found": ada(),
            "settings": json!({ "text": "Dear ADA, is 12 St James's Square right? Call +44 7911 123456." }).to_string(),
            "note": "Lovelace's friend bob@byron.org, +1 (415) 867-5309, has come",
            "peer": "447911123456", "order": "ord_42", "at": "2026-01-05T09:00:00.000Z", "number": "INV-2026-0001",
        });
        mask().value(&mut value);
        let text = value.to_string();
        for gone in [
            "Ada",
            "ADA",
            "Lovelace",
            "7911",
            "123456",
            "ada.l",
            "analytical",
            "James",
            "bob",
            "byron",
            "867",
        ] {
            assert!(!text.contains(gone), "{gone} is left: {text}");
        }
        assert_eq!((&value["order"], &value["at"]), (&json!("ord_42"), &json!("2026-01-05T09:00:00.000Z")));
        assert_eq!(value["number"], "INV-2026-0001");
        assert!(value["note"].as_str().unwrap().contains("+1 (415) 555-01"), "{text}");
        assert!(value["note"].as_str().unwrap().contains("'s friend "), "{text}");
    }

    #[test]
    fn a_person_is_the_same_everywhere_in_the_shop_and_another_one_elsewhere() {
        let told = |seed: &str| {
            let mut mask = Mask::new(seed);
            mask.knows(&ada());
            mask.text("Ada Lovelace, ADA, +44 7911 123456")
        };
        assert_eq!(told("seed"), told("seed"));
        assert_ne!(told("seed"), told("other"));
        let text = told("seed");
        let words: Vec<&str> = text.split([' ', ',']).collect();
        assert_eq!(words[0].to_uppercase(), words[3], "{text}");
        assert_eq!(text.len(), "Ada Lovelace, ADA, +44 7911 123456".len());
    }

    #[test]
    fn numbers_are_those_that_are_kept_for_fiction() {
        let mask = Mask::new("seed");
        for (real, fiction) in [
            ("+44 7911 123456", "+44 7700 900"),
            ("+442071234567", "+442079460"),
            ("+1 202 867 5309", "+1 202 555 01"),
            ("+33 6 12 34 56 78", "+33 6 39 98"),
            ("+49 30 1234567", "+493023125"),
            ("+7 916 123-45-67", "+447700900"),
            ("07911 123456", "07700 900"),
            ("0044 7911 123456", "+447700900"),
        ] {
            let masked = mask.phone(real);
            let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
            assert!(digits(&masked).starts_with(&digits(fiction)), "{real}: {masked}");
        }
    }

    #[test]
    fn no_name_comes_out_as_itself_by_chance() {
        for seed in 0..5_000 {
            let mut mask = Mask::new(&seed.to_string());
            mask.name("Ada");
            assert_ne!(mask.text("Ada"), "Ada", "{seed}");
        }
    }

    #[test]
    fn names_of_other_scripts_keep_their_script_and_length() {
        let mut mask = Mask::new("seed");
        for name in ["Анна Иванова", "Ωmega Παύλος", "José Müller"] {
            mask.name(name);
            let masked = mask.text(name);
            assert_ne!(masked, name);
            assert_eq!(masked.chars().count(), name.chars().count(), "{masked}");
        }
    }
}
