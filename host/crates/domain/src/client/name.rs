use serde::{Deserialize, Serialize};

/// The parts of a person's name. Companies have none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct PersonName {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub given: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub middle: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub family: String,
}

impl PersonName {
    /// A guess where only the whole is known: the last word is the family's.
    pub fn of(whole: &str) -> PersonName {
        let whole = whole.trim();
        let (given, family) = whole.rsplit_once(' ').unwrap_or((whole, ""));
        PersonName { given: given.trim().to_owned(), middle: String::new(), family: family.to_owned() }
    }

    pub fn is_empty(&self) -> bool {
        [&self.given, &self.middle, &self.family].iter().all(|part| part.trim().is_empty())
    }

    pub fn whole(&self) -> String {
        let parts = [&self.given, &self.middle, &self.family];
        let parts: Vec<&str> = parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty()).collect();
        parts.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_of_a_name_is_the_familys() {
        let parts = |name: &str| {
            let PersonName { given, family, .. } = PersonName::of(name);
            (given, family)
        };
        assert_eq!(parts("Ada Lovelace"), ("Ada".into(), "Lovelace".into()));
        assert_eq!(parts(" Anna Maria  Berg"), ("Anna Maria".into(), "Berg".into()));
        assert_eq!(parts("Ada"), ("Ada".into(), String::new()));
        let name = PersonName { given: "Ada ".into(), middle: String::new(), family: "King".into() };
        assert_eq!(name.whole(), "Ada King");
    }
}
