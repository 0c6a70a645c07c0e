//! Whether two phone numbers, each written as somebody likes, are the same line.
//!
//! No library: the one that knows every country's plan needs to be told the country, which neither the card nor the
//! telephone exchange says, and brings a megabyte of tables.

use std::collections::BTreeSet;

/// Digits by which numbers are looked for: few lines share them, and every way to write one number has them.
const END: usize = 7;
/// Digits of the longest country code.
const COUNTRY: usize = 3;
/// Digits of the longest number (E.164).
const LONGEST: usize = 15;

/// How numbers begin that are paid for to whoever owns them, with their country code: by the numbering plans of the
/// countries, and of satellites and networks of no country. New ones come and go; what holds strangers off for
/// certain is a list of countries.
const PREMIUM: &[&str] = &[
    "870", "881", "882", "883", "979", "1900", "3090", "3190", "3290", "3389", "34803", "34806", "34807",
    "34905", "351601", "351646", "351648", "351760", "351761", "358600", "358700", "3690", "380900", "39144",
    "39166", "39892", "39894", "39895", "39899", "40900", "40903", "40906", "41900", "41901", "41906",
    "420900", "420906", "420909", "421900", "43900", "43901", "43930", "43931", "43939", "44871", "44872",
    "44873", "449", "4590", "46900", "46939", "46944", "4782", "4870", "49118", "49137", "49190", "49900",
    "52900", "55900", "61190", "64900", "7803", "7809", "81990", "8260", "90900",
];

/// Numbers that nobody has who orders something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Special {
    /// For emergencies and services, and all else that is too short to be a person's.
    Short,
    /// Whoever calls it pays whoever owns it.
    Premium,
}

/// What is dialled, whatever is written around it and between, and whether its country code is in front.
fn dialled(text: &str) -> (String, bool) {
    let digits: String = text.replace("(0)", "").chars().filter(char::is_ascii_digit).collect();
    let plus = text.find('+').is_some_and(|at| !text[..at].contains(|c: char| c.is_ascii_digit()));
    match digits.strip_prefix("00") {
        Some(rest) if !plus => (rest.to_owned(), true),
        _ => (digits, plus),
    }
}

pub fn special(text: &str) -> Option<Special> {
    let text = text.trim();
    let text = text.strip_prefix("tel:").unwrap_or(text);
    let (digits, international) = dialled(text);
    if (1..END).contains(&digits.len()) && !text.contains(char::is_alphabetic) {
        return Some(Special::Short);
    }
    // Without its country, nobody can say what a number is.
    let premium = |digits: &str| PREMIUM.iter().any(|begin| digits.starts_with(begin));
    let found =
        international && (premium(&digits) || without_trunk(&digits).is_some_and(|bare| premium(&bare)));
    found.then_some(Special::Premium)
}

/// Without the zero behind the country code that people leave in, and networks leave out. Italians keep theirs.
fn without_trunk(digits: &str) -> Option<String> {
    let country = match digits.as_bytes() {
        [b'1' | b'7', ..] => 1,
        [b'3', b'9', ..] => return None,
        [b'2', b'0' | b'7', ..]
        | [b'3', b'0'..=b'4' | b'6', ..]
        | [b'4', b'0' | b'1' | b'3'..=b'9', ..]
        | [b'5', b'1'..=b'8', ..]
        | [b'6', b'0'..=b'6', ..]
        | [b'8', b'1' | b'2' | b'4' | b'6', ..]
        | [b'9', b'0'..=b'5' | b'8', ..] => 2,
        _ => COUNTRY,
    };
    let (country, rest) = digits.split_at_checked(country)?;
    Some(format!("{country}{}", rest.strip_prefix('0')?))
}

/// Whether a number begins with one of these. One without a country code begins with none: nobody can say where it
/// leads.
pub fn begins_with(text: &str, beginnings: &BTreeSet<String>) -> bool {
    let (digits, international) = dialled(text);
    international && beginnings.iter().any(|begin| digits.starts_with(begin.as_str()))
}

/// A number without what is written around its digits.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Number {
    /// Without `+`, `00` and the zero that a country puts in front of its own area codes.
    digits: String,
    /// Begins with its country code for certain.
    international: bool,
}

fn read(text: &str) -> Option<Number> {
    let around =
        |c: char| c.is_whitespace() || matches!(c, '-' | '.' | '(' | ')' | '/' | '\u{2011}' | '\u{2013}');
    // `+44 (0)20 ..` is how the British write both ways at once.
    let plain: String = text.replace("(0)", "").chars().filter(|c| !around(*c)).collect();
    let plain = plain.strip_prefix("tel:").unwrap_or(&plain);
    let (international, digits) = match plain.strip_prefix('+').or_else(|| plain.strip_prefix("00")) {
        Some(rest) => (true, rest),
        None => (false, plain.trim_start_matches('0')),
    };
    let sound = (END..=LONGEST).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    sound.then(|| Number { digits: digits.to_owned(), international })
}

/// What numbers that may be the same have in common. None: it is no phone number.
pub fn end(text: &str) -> Option<String> {
    let Number { digits, .. } = read(text)?;
    Some(digits[digits.len() - END..].to_owned())
}

/// A number that Ofcom keeps for drama (+44 20 7946 0000 to 0999): nobody has it.
pub const FICTIONAL: &str = "+442079460000";

pub fn is_fictional(text: &str) -> bool {
    let digits = read(text).map(|number| number.digits).unwrap_or_default();
    let national = digits.strip_prefix("44").unwrap_or(&digits);
    national.len() == 10 && national.starts_with("2079460")
}

/// One of them may lack the country code. Nothing less: two area codes are two lines.
pub fn same(one: &str, other: &str) -> bool {
    let (Some(one), Some(other)) = (read(one), read(other)) else { return false };
    let (long, short) = if one.digits.len() < other.digits.len() { (other, one) } else { (one, other) };
    if long.digits == short.digits {
        return true;
    }
    let Some(country) = long.digits.strip_suffix(short.digits.as_str()) else {
        return trunk_eight(&long, &short);
    };
    // Italians keep the zero behind their country code.
    let country = country.strip_suffix('0').unwrap_or(country);
    !short.international && (1..=COUNTRY).contains(&country.len()) && !country.starts_with('0')
}

/// Russians and Kazakhs dial 8 where others write +7.
fn trunk_eight(one: &Number, other: &Number) -> bool {
    let pair = |home: &Number, abroad: &Number| {
        let rest = |number: &Number, first| number.digits.strip_prefix(first).map(str::to_owned);
        !home.international
            && home.digits.len() == 11
            && rest(home, '8').is_some_and(|home| rest(abroad, '7') == Some(home))
    };
    pair(one, other) || pair(other, one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_is_recognised_however_it_is_written() {
        for (one, other) in [
            ("+1 202 555 0100", "2025550100"),
            ("+1 (202) 555-0100", "1-202-555-0100"),
            ("0012025550100", "tel:+12025550100"),
            ("+44 20 7946 0958", "020 7946 0958"),
            ("+44 (0)20 7946 0958", "00442079460958"),
            ("+49 30/1234567", "030 1234567"),
            ("+33 6 12 34 56 78", "0612345678"),
            ("+39 06 1234567", "06 1234567"),
            ("+7 916 123-45-67", "8 916 123 45 67"),
            ("+372 5550100", "5550100"),
        ] {
            assert!(same(one, other) && same(other, one), "{one} {other}");
            assert_eq!(end(one), end(other), "{one} {other}");
        }
    }

    #[test]
    fn numbers_of_drama_are_told_from_those_of_people() {
        for line in [FICTIONAL, "020 7946 0958", "+44 (0)20 7946 0000"] {
            assert!(is_fictional(line), "{line}");
        }
        for line in ["+44 20 7946 1000", "+1 207 946 0000", "+44 2079 46", "", "anonymous"] {
            assert!(!is_fictional(line), "{line}");
        }
    }

    #[test]
    fn what_is_no_line_of_a_person_is_recognised_however_it_is_written() {
        for premium in [
            "+44 909 879 0000",
            "0044 (0)909 879 0000",
            "tel:+449098790000",
            "+4.4.9.0.9.8.7.9.0.0.0.0",
            "+49 900 1 234567",
            "+1-900-555-0100",
            "+979 1 2345 6789",
            "+44 909 879 0000,,,1",
            "+4409098790000",
            "+49 0900 1 234567",
            "+420 0900 123 456",
        ] {
            assert_eq!(special(premium), Some(Special::Premium), "{premium}");
        }
        for short in ["112", "tel:112", "911", "999", "+112", "1 1 2", "116 117", "00112"] {
            assert_eq!(special(short), Some(Special::Short), "{short}");
        }
        for persons in [
            "+44 7700 900123",
            FICTIONAL,
            "+44 118 496 0123",
            "+1 202 555 0100",
            "2025550100",
            "+7 900 123 45 67",
            "8 900 123 45 67",
            "900 123 45 67",
            "+49 170 9001234",
            "+33 6 12 34 56 78",
            "+44 0 7700 900123",
            "+39 089 2571111",
            "+40 782 123 456",
            "5550100",
            "anonymous",
            "",
        ] {
            assert_eq!(special(persons), None, "{persons}");
        }
    }

    #[test]
    fn two_lines_are_two_however_alike_they_are() {
        for (one, other) in [
            ("+1 202 555 0100", "+1 302 555 0100"),
            ("+1 202 555 0100", "302 555 0100"),
            ("+1 202 555 0100", "555 0100"),
            ("+1 202 555 0100", "+44 202 555 0100"),
            ("+12025550100", "+2025550100"),
            ("+44 20 7946 0958", "0161 946 0958"),
            ("+7 916 123 45 67", "8 917 123 45 67"),
            ("anonymous", "anonymous"),
            ("110", "110"),
            ("", ""),
        ] {
            assert!(!same(one, other) && !same(other, one), "{one} {other}");
        }
    }
}
