//! How many messages a text becomes on the way through the mobile network.

/// Of the alphabet of GSM 03.38, besides the letters and digits of ASCII.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà";
/// Of its extension: each takes two places.
const EXTENDED: &str = "\u{c}^{}\\[~]|€";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sms {
    /// As people count.
    pub characters: usize,
    /// Messages that are sent, and paid for.
    pub parts: usize,
    /// Whether a character outside of the network's own alphabet halves what fits into each.
    pub unicode: bool,
}

/// A message that is one of several gives up places to the number it has among them.
pub fn count(text: &str) -> Sms {
    let places: Option<Vec<usize>> = text.chars().map(places).collect();
    let unicode = places.is_none();
    let (places, one, each) = match places {
        Some(places) => (places, 160, 153),
        None => (text.chars().map(char::len_utf16).collect(), 70, 67),
    };
    let all: usize = places.iter().sum();
    let parts = if all <= one { usize::from(all > 0) } else { filled(&places, each) };
    Sms { characters: text.chars().count(), parts, unicode }
}

/// No character is cut in two.
fn filled(places: &[usize], each: usize) -> usize {
    let (mut parts, mut used) = (1, 0);
    for place in places {
        if used + place > each {
            parts += 1;
            used = 0;
        }
        used += place;
    }
    parts
}

fn places(c: char) -> Option<usize> {
    if c.is_ascii_alphanumeric() || BASIC.contains(c) {
        return Some(1);
    }
    EXTENDED.contains(c).then_some(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> (usize, bool) {
        let Sms { parts, unicode, .. } = count(text);
        (parts, unicode)
    }

    #[test]
    fn a_text_is_cut_where_the_network_cuts_it() {
        assert_eq!(parts(""), (0, false));
        assert_eq!(parts(&"a".repeat(160)), (1, false));
        assert_eq!(parts(&"a".repeat(161)), (2, false));
        assert_eq!(parts(&"a".repeat(306)), (2, false));
        assert_eq!(parts(&"a".repeat(307)), (3, false));
        assert_eq!(parts(&"я".repeat(70)), (1, true));
        assert_eq!(parts(&"я".repeat(71)), (2, true));
        assert_eq!(parts(&"я".repeat(135)), (3, true));
    }

    #[test]
    fn a_character_of_two_places_is_not_cut() {
        assert_eq!(parts(&"€".repeat(80)), (1, false));
        // 76 fit into each part of 153.
        assert_eq!(parts(&"€".repeat(152)), (2, false));
        assert_eq!(parts(&"€".repeat(153)), (3, false));
        // 33 of two units fit into 67.
        assert_eq!(parts(&"🚚".repeat(66)), (2, true));
        assert_eq!(parts(&"🚚".repeat(67)), (3, true));
        assert_eq!(count("🚚").characters, 1);
    }
}
