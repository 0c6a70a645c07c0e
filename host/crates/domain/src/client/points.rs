use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Client;
use crate::Rejection;

/// A phone number, an address of mail or of a site, a name in a messenger.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactPoint {
    /// Of this client only, from 1, and never given to another point. 0: not given one yet.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub id: u32,
    /// `mobile`, `work`, `home`, ... Of a messenger its name.
    pub kind: String,
    pub value: String,
}

fn is_zero(id: &u32) -> bool {
    *id == 0
}

impl ContactPoint {
    pub fn new(kind: impl Into<String>, value: impl Into<String>) -> ContactPoint {
        ContactPoint { id: 0, kind: kind.into(), value: value.into() }
    }
}

/// The lists of points on a client's card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PointList {
    Phones,
    Emails,
    Websites,
    Messengers,
    Links,
}

impl PointList {
    pub const ALL: [PointList; 5] =
        [PointList::Phones, PointList::Emails, PointList::Websites, PointList::Messengers, PointList::Links];

    /// Also the list's name where it is stored.
    pub fn name(self) -> &'static str {
        match self {
            PointList::Phones => "phones",
            PointList::Emails => "emails",
            PointList::Websites => "websites",
            PointList::Messengers => "messengers",
            PointList::Links => "links",
        }
    }
}

impl Client {
    /// Points of one list; more are somebody's address book.
    pub const POINTS: usize = 100;

    pub fn points(&self, list: PointList) -> &Vec<ContactPoint> {
        match list {
            PointList::Phones => &self.phones,
            PointList::Emails => &self.emails,
            PointList::Websites => &self.websites,
            PointList::Messengers => &self.messengers,
            PointList::Links => &self.links,
        }
    }

    pub fn points_mut(&mut self, list: PointList) -> &mut Vec<ContactPoint> {
        match list {
            PointList::Phones => &mut self.phones,
            PointList::Emails => &mut self.emails,
            PointList::Websites => &mut self.websites,
            PointList::Messengers => &mut self.messengers,
            PointList::Links => &mut self.links,
        }
    }

    /// Gives ids to the points that have none. The same card gets the same ids whoever does it, so that cards from
    /// before there were ids have them as soon as they are looked at.
    pub fn number_points(&mut self) {
        let used = PointList::ALL.iter().flat_map(|list| self.points(*list)).map(|point| point.id).max();
        let mut last = self.last_point.max(used.unwrap_or_default());
        for list in PointList::ALL {
            for point in self.points_mut(list).iter_mut().filter(|point| point.id == 0) {
                last = last.saturating_add(1);
                point.id = last;
            }
        }
        self.last_point = last;
    }

    /// The same for a card that replaces another one: what stood there already keeps its id, and nothing else may
    /// have one that the card has not given itself since.
    pub(super) fn renumber_points(&mut self, before: &Client) -> Result<(), Rejection> {
        for list in PointList::ALL {
            let there = before.points(list);
            let mut taken = BTreeSet::new();
            for point in self.points(list).iter().filter(|point| point.id != 0) {
                let new = point.id > before.last_point && point.id <= self.last_point;
                if !new && !there.iter().any(|known| known.id == point.id) {
                    let id = format!("{} in {}", point.id, list.name());
                    return Err(Rejection::NotFound { what: "contact point", id });
                }
                if !taken.insert(point.id) {
                    return Err(Rejection::invalid(list.name(), format!("{} stands there twice", point.id)));
                }
            }
            for point in self.points_mut(list).iter_mut().filter(|point| point.id == 0) {
                let same = there.iter().find(|known| {
                    !taken.contains(&known.id) && known.kind == point.kind && known.value == point.value
                });
                if let Some(same) = same {
                    taken.insert(same.id);
                    point.id = same.id;
                }
            }
        }
        self.last_point = self.last_point.max(before.last_point);
        self.number_points();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{ClientId, ClientKind};

    fn ids(client: &Client) -> Vec<u32> {
        PointList::ALL.iter().flat_map(|list| client.points(*list)).map(|point| point.id).collect()
    }

    #[test]
    fn a_card_from_before_there_were_ids_gets_the_same_ones_every_time() {
        let old = json!({
            "id": "cli_1", "kind": "contact", "name": "Ada",
            "phones": [{ "kind": "work", "value": "1" }, { "kind": "home", "value": "2" }],
            "emails": [{ "kind": "work", "value": "a@example.com" }],
        });
        let mut one: Client = serde_json::from_value(old).unwrap();
        one.number_points();
        assert_eq!(ids(&one), [1, 2, 3]);
        let mut again = one.clone();
        again.number_points();
        assert_eq!(one, again);
    }

    #[test]
    fn what_stays_keeps_its_id_and_what_went_gives_none_away() {
        let mut before = Client::new(ClientId(1), ClientKind::Contact, "Ada");
        before.phones = vec![ContactPoint::new("work", "1"), ContactPoint::new("home", "2")];
        before.number_points();
        let mut after = before.clone();
        after.phones = vec![ContactPoint::new("home", "2"), ContactPoint::new("work", "3")];
        after.renumber_points(&before).unwrap();
        assert_eq!(ids(&after), [2, 3]);
        let mut third = after.clone();
        third.phones = vec![ContactPoint::new("work", "4")];
        third.renumber_points(&after).unwrap();
        assert_eq!(ids(&third), [4]);
        let mut fourth = third.clone();
        fourth.phones.push(ContactPoint::new("home", "5"));
        fourth.number_points();
        fourth.renumber_points(&third).unwrap();
        assert_eq!(ids(&fourth), [4, 5]);
        third.phones[0].id = 9;
        assert!(third.clone().renumber_points(&after).is_err(), "nobody has given 9");
        third.phones[0].id = 1;
        assert!(third.clone().renumber_points(&after).is_err(), "1 is gone");
        third.phones = vec![after.phones[0].clone(), after.phones[0].clone()];
        assert!(third.renumber_points(&after).is_err(), "twice");
    }
}
