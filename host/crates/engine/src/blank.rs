//! Secrets taken out of texts that are shown. Pure.

use serde_json::Value;

/// In place of a secret.
pub(crate) const BLANK: &str = "***";
/// Bytes. Shorter ones are found everywhere, and are no secrets.
const SHORTEST: usize = 4;

/// The text without these secrets, whether they stand there as they are, as in a JSON text, or percent-encoded.
pub(crate) fn blank(text: &str, secrets: &[String]) -> String {
    let mut secrets: Vec<&String> = secrets.iter().filter(|secret| secret.len() >= SHORTEST).collect();
    // The longer first: one may be a part of another.
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    secrets.into_iter().fold(text.to_owned(), |text, secret| {
        let quoted = Value::from(secret.as_str()).to_string();
        let in_json = quoted.get(1..quoted.len() - 1).unwrap_or(secret);
        without_encoded(text.replace(secret.as_str(), BLANK).replace(in_json, BLANK), secret)
    })
}

/// What percent-encoding means by it.
pub(crate) fn decoded(text: &str) -> String {
    let bytes: Vec<u8> = meant(text).into_iter().map(|(_, byte)| byte).collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Looks for the bytes that are meant, and takes out what they are written with.
fn without_encoded(text: String, secret: &str) -> String {
    if !text.contains(['%', '+']) {
        return text;
    }
    // A character for each byte, so that texts can be searched. `+` is a blank or itself.
    let character = |byte: u8| char::from(if byte == b'+' { b' ' } else { byte });
    let secret: String = secret.bytes().map(character).collect();
    let (mut searched, mut places) = (String::new(), Vec::new());
    for (place, byte) in meant(&text) {
        searched.push(character(byte));
        places.resize(searched.len(), place);
    }
    let (mut clean, mut end) = (String::new(), 0);
    for (at, found) in searched.match_indices(&secret) {
        clean.extend(text.get(end..places[at]));
        clean.push_str(BLANK);
        end = places.get(at + found.len()).copied().unwrap_or(text.len());
    }
    clean.extend(text.get(end..));
    clean
}

/// Each byte with the place at which it is written.
fn meant(text: &str) -> Vec<(usize, u8)> {
    let (mut found, mut place) = (Vec::new(), 0);
    while let Some(&byte) = text.as_bytes().get(place) {
        let code = text.get(place + 1..place + 3).filter(|_| byte == b'%');
        let code = code.filter(|code| code.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let code = code.and_then(|code| u8::from_str_radix(code, 16).ok());
        found.push((place, code.unwrap_or(byte)));
        place += if code.is_some() { 3 } else { 1 };
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, secrets: &[&str]) -> String {
        blank(text, &secrets.iter().map(|&secret| secret.to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn every_secret_goes_the_longer_first_and_what_is_too_short_is_none() {
        assert_eq!(shown("Bearer s3cret, s3cret-2", &["s3cret", "s3cret-2"]), "Bearer ***, ***");
        assert_eq!(shown("plain abc", &["s3cret", "", "abc"]), "plain abc");
    }

    #[test]
    fn a_secret_goes_however_it_is_written() {
        let secret = "ab/c+d \"ü\"";
        for text in [
            "x ab/c+d \"ü\" y",
            r#"x ab/c+d \"ü\" y"#,
            "x ab%2Fc%2bd%20%22%C3%BC%22 y",
            "x a%62/c+d+%22ü%22 y",
        ] {
            assert_eq!(shown(text, &[secret]), "x *** y", "{text}");
        }
        assert_eq!(shown("ü%C3ab%2Fc%", &["ab/c"]), "ü%C3***%");
        assert_eq!(shown("50%41 and 50%2541", &["50%41"]), "*** and ***");
        assert_eq!(decoded("a%2bb%zz%"), "a+b%zz%");
    }
}
