//! Visits: somebody in the shop, or a browser on the site.

use serde::{Deserialize, Serialize};

use crate::{ClientId, Timestamp};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    Shop,
    Site,
}

/// A browser, or whatever a visit recorder takes for one person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visitor {
    pub visitor: String,
    /// None: nobody has said who it is.
    pub client: Option<ClientId>,
    /// The last time on the site.
    pub seen: Option<Timestamp>,
    /// Of the site and of the shop.
    pub visits: u64,
}

impl Visitor {
    /// Minutes. Whoever is back sooner has not been away: analytics end a session there.
    pub const AWAY: i64 = 30;

    pub fn new(visitor: &str) -> Visitor {
        Visitor { visitor: visitor.to_owned(), client: None, seen: None, visits: 0 }
    }

    /// Who comes back to the site, and after how many minutes. Nobody whom we did not know before.
    pub fn returns(&self, now: Timestamp) -> Option<(ClientId, i64)> {
        let away = now.0.saturating_sub(self.seen?.0) / 60_000;
        Some((self.client?, away)).filter(|_| away >= Self::AWAY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_visitor_returns_after_half_an_hour() {
        let minutes = |minutes: i64| Timestamp(minutes * 60_000);
        let known = Visitor { client: Some(ClientId(7)), seen: Some(minutes(10)), ..Visitor::new("browser") };
        assert_eq!(known.returns(minutes(40)), Some((ClientId(7), 30)));
        assert_eq!(known.returns(Timestamp(minutes(40).0 - 1)), None, "not away for long enough");
        assert_eq!(known.returns(minutes(5)), None, "a clock that goes back is no return");
        assert_eq!(Visitor { client: None, ..known.clone() }.returns(minutes(99)), None);
        assert_eq!(Visitor { seen: None, ..known }.returns(minutes(99)), None);
    }
}
