//! What a shop lets its calls and text messages cost. Whoever fills in a form or writes to the shop chooses where
//! they go, and some numbers earn money for whoever owns them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    CALL, SMS,
    phone::{self, Special},
};

/// Bounds of a shop. What is None has none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Spending {
    /// How numbers begin that are called and written to, without `+`: a country code, or more of a number. Empty: all.
    pub countries: BTreeSet<String>,
    /// Calls to one number in a day, and as many text messages.
    pub number: Option<u32>,
    pub sms: Pace,
    pub calls: Pace,
}

/// So many in the last hour, and in the last day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Pace {
    pub hour: Option<u32>,
    pub day: Option<u32>,
}

/// Why nobody is called or written to there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Barred {
    Special(Special),
    /// In none of the shop's countries, or nobody can say in which.
    Abroad,
}

impl Spending {
    /// Digits of a country and the longest area code.
    const LONGEST: usize = 7;
    /// More than any shop sends.
    pub const MOST: u32 = 1_000_000;

    /// Of what channel this counts; none where nothing is paid by the message.
    pub fn pace(&self, channel: &str) -> Option<Pace> {
        match channel {
            SMS => Some(self.sms),
            CALL => Some(self.calls),
            _ => None,
        }
    }

    /// Whether anybody counts messages of this channel.
    pub fn counts(&self, channel: &str) -> bool {
        self.pace(channel).is_some_and(|pace| self.number.is_some() || pace != Pace::default())
    }

    pub fn bars(&self, channel: &str, address: &str) -> Option<Barred> {
        self.pace(channel)?;
        if let Some(special) = phone::special(address) {
            return Some(Barred::Special(special));
        }
        let home = self.countries.is_empty() || phone::begins_with(address, &self.countries);
        (!home).then_some(Barred::Abroad)
    }

    /// What is wrong with it: where, and what to do.
    pub fn problem(&self) -> Option<(&'static str, String)> {
        let sound = |code: &String| {
            let digits = code.bytes().all(|byte| byte.is_ascii_digit());
            digits && !code.starts_with('0') && (1..=Self::LONGEST).contains(&code.len())
        };
        if let Some(wrong) = self.countries.iter().find(|code| !sound(code)) {
            let message = format!(
                "`{wrong}` is no beginning of numbers such as 44: 1 to {} digits, first that of the country",
                Self::LONGEST
            );
            return Some(("/spending/countries", message));
        }
        let bounds = [
            ("/spending/number", self.number),
            ("/spending/sms/hour", self.sms.hour),
            ("/spending/sms/day", self.sms.day),
            ("/spending/calls/hour", self.calls.hour),
            ("/spending/calls/day", self.calls.day),
        ];
        let (place, _) =
            bounds.into_iter().find(|(_, bound)| bound.is_some_and(|bound| bound > Self::MOST))?;
        Some((place, format!("at most {}: leave it out where there is to be no bound", Self::MOST)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(countries: &[&str]) -> Spending {
        let countries = countries.iter().map(|code| (*code).to_owned()).collect();
        Spending { countries, ..Spending::default() }
    }

    #[test]
    fn a_bound_that_nobody_reaches_is_a_mistake_and_is_told_where_it_stands() {
        let calls = |day| Spending { calls: Pace { hour: None, day: Some(day) }, ..Spending::default() };
        assert_eq!(calls(Spending::MOST).problem(), None);
        assert_eq!(calls(Spending::MOST + 1).problem().map(|(place, _)| place), Some("/spending/calls/day"));
    }

    #[test]
    fn numbers_that_cost_more_than_a_message_are_barred_for_every_shop() {
        let spending = Spending::default();
        for channel in [SMS, CALL] {
            assert_eq!(spending.bars(channel, "+44 909 8790000"), Some(Barred::Special(Special::Premium)));
            assert_eq!(spending.bars(channel, "112"), Some(Barred::Special(Special::Short)));
            assert_eq!(spending.bars(channel, "+44 7700 900123"), None);
        }
        assert_eq!(spending.bars("email", "112"), None, "an address is no number");
    }

    #[test]
    fn a_shop_that_names_its_countries_leaves_them_for_nobody() {
        let spending = only(&["44", "1212"]);
        for at_home in ["+44 7700 900123", "0044 (0)7700 900123", "+1 (212) 555-0100"] {
            assert_eq!(spending.bars(SMS, at_home), None, "{at_home}");
        }
        for away in ["+49 30 1234567", "+1 876 555 0100", "07700 900123", "44 7700 900123", "anonymous", ""] {
            assert_eq!(spending.bars(SMS, away), Some(Barred::Abroad), "{away}");
        }
        assert_eq!(spending.bars("email", "ada@example.com"), None);
    }

    #[test]
    fn beginnings_of_numbers_are_digits_with_the_country_first() {
        assert_eq!(only(&["44", "1212", "3906123"]).problem(), None);
        for wrong in ["", "+44", "044", "4a", "12345678", "٤٤"] {
            let problem = only(&[wrong]).problem().map(|(path, _)| path);
            assert_eq!(problem, Some("/spending/countries"), "{wrong}");
        }
    }

    #[test]
    fn only_what_has_a_bound_is_counted() {
        assert!(!only(&["44"]).counts(SMS));
        let hourly = Spending { sms: Pace { hour: Some(9), day: None }, ..Spending::default() };
        assert!(hourly.counts(SMS) && !hourly.counts(CALL));
        let each = Spending { number: Some(0), ..Spending::default() };
        assert!(each.counts(SMS) && each.counts(CALL) && !each.counts("email"));
    }
}
