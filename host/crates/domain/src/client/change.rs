//! What can be changed about a client, as values: pure, so that several changes are one or none.

use serde::{Deserialize, Serialize};

use super::{Affiliation, Client, ClientKind, ContactPoint, PersonName, PointList};
use crate::{ClientId, EmployeeId, Fields, Rejection};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "kebab-case")]
pub enum ClientChange {
    SetKind {
        kind: ClientKind,
    },
    /// See [`Client::set`]; null empties.
    SetFields {
        fields: Fields,
    },
    /// Of a contact, whose name they make up. None leaves a part as it is.
    SetNames {
        #[serde(default)]
        given: Option<String>,
        #[serde(default)]
        middle: Option<String>,
        #[serde(default)]
        family: Option<String>,
    },
    SetResponsible {
        to: Option<EmployeeId>,
    },
    /// In place of those in the list. A point with the id of one that is there changes it.
    SetPoints {
        list: PointList,
        points: Vec<ContactPoint>,
    },
    AddPoint {
        list: PointList,
        kind: String,
        value: String,
    },
    EditPoint {
        point: u32,
        #[serde(default)]
        kind: Option<String>,
        #[serde(default)]
        value: Option<String>,
    },
    RemovePoint {
        point: u32,
    },
    /// Of a contact. The first that it has is its primary one, whatever is asked. Nothing happens where it is there.
    BindCompany {
        company: ClientId,
        #[serde(default)]
        primary: bool,
        #[serde(default)]
        sort: Option<i64>,
    },
    /// Nothing happens where it is not there. The next one becomes the primary.
    UnbindCompany {
        company: ClientId,
    },
    /// In place of those that the contact has, the primary one first.
    SetCompanies {
        companies: Vec<Affiliation>,
    },
}

impl Client {
    /// Companies of one contact.
    pub const COMPANIES: usize = 100;

    pub fn change(&mut self, change: ClientChange) -> Result<(), Rejection> {
        match change {
            ClientChange::SetKind { kind } => self.kind = kind,
            ClientChange::SetFields { fields } => {
                fields.into_iter().try_for_each(|(name, value)| self.set(&name, value))?;
            }
            ClientChange::SetNames { given, middle, family } => {
                self.must_be(ClientKind::Contact, "names")?;
                if self.names.is_empty() {
                    self.names = PersonName::of(&self.name);
                }
                let names = PersonName {
                    given: given.unwrap_or_else(|| self.names.given.clone()),
                    middle: middle.unwrap_or_else(|| self.names.middle.clone()),
                    family: family.unwrap_or_else(|| self.names.family.clone()),
                };
                if names.is_empty() {
                    return Err(Rejection::invalid("names", "a client needs a name"));
                }
                self.name = names.whole();
                self.names = names;
            }
            ClientChange::SetResponsible { to } => self.responsible = to,
            ClientChange::SetPoints { list, points } => *self.points_mut(list) = points,
            ClientChange::AddPoint { list, kind, value } => {
                self.points_mut(list).push(ContactPoint::new(kind, value));
                self.number_points();
            }
            ClientChange::EditPoint { point, kind, value } => {
                let known = self.point_mut(point)?;
                known.kind = kind.unwrap_or_else(|| known.kind.clone());
                known.value = value.unwrap_or_else(|| known.value.clone());
            }
            ClientChange::RemovePoint { point } => {
                self.point_mut(point)?;
                for list in PointList::ALL {
                    self.points_mut(list).retain(|known| known.id != point);
                }
            }
            ClientChange::BindCompany { company, primary, sort } => {
                self.must_be(ClientKind::Contact, "companies")?;
                if self.companies.iter().any(|known| known.company == company) {
                    return Ok(());
                }
                let sort = sort.unwrap_or_else(|| self.next_sort());
                let place = if primary { 0 } else { self.companies.len() };
                self.companies.insert(place, Affiliation { company, sort });
            }
            ClientChange::UnbindCompany { company } => {
                self.companies.retain(|known| known.company != company);
            }
            ClientChange::SetCompanies { companies } => self.companies = companies,
        }
        Ok(())
    }

    /// After the last.
    fn next_sort(&self) -> i64 {
        let last = self.companies.iter().map(|known| known.sort).max().unwrap_or_default();
        last.saturating_add(Affiliation::STEP)
    }

    fn point_mut(&mut self, id: u32) -> Result<&mut ContactPoint, Rejection> {
        let lists =
            [&mut self.phones, &mut self.emails, &mut self.websites, &mut self.messengers, &mut self.links];
        let found = lists.into_iter().flatten().find(|point| point.id == id && id != 0);
        found.ok_or_else(|| Rejection::NotFound { what: "contact point", id: id.to_string() })
    }

    fn must_be(&self, kind: ClientKind, what: &str) -> Result<(), Rejection> {
        match self.kind == kind {
            true => Ok(()),
            false => Err(Rejection::invalid(what, "a company has none, only contacts do")),
        }
    }

    /// As it is stored: parts that follow from others, and nothing that contradicts itself. `before` is the card that
    /// it takes the place of.
    pub fn settle(&mut self, before: Option<&Client>) -> Result<(), Rejection> {
        match before {
            Some(before) => self.renumber_points(before)?,
            None => {
                for list in PointList::ALL {
                    self.points_mut(list).iter_mut().for_each(|point| point.id = 0);
                }
                self.last_point = 0;
                self.number_points();
            }
        }
        self.settle_name(before)?;
        for list in PointList::ALL {
            let points = self.points(list);
            if points.len() > Self::POINTS {
                let message = format!("{}, at most {}", points.len(), Self::POINTS);
                return Err(Rejection::invalid(list.name(), message));
            }
            if points.iter().any(|point| point.value.trim().is_empty()) && list > PointList::Emails {
                return Err(Rejection::invalid(list.name(), "an empty one leads nowhere: leave it out"));
            }
        }
        self.settle_companies()
    }

    fn settle_name(&mut self, before: Option<&Client>) -> Result<(), Rejection> {
        if self.kind == ClientKind::Company {
            self.names = PersonName::default();
        } else if self.names.is_empty() {
            self.names = PersonName::of(&self.name);
        } else if self.names.whole() != self.name {
            let only_the_whole = before.is_some_and(|before| before.names == self.names);
            match only_the_whole {
                true => self.names = PersonName::of(&self.name),
                false => self.name = self.names.whole(),
            }
        }
        match self.name.trim().is_empty() {
            true => Err(Rejection::invalid("name", "a client needs a name")),
            false => Ok(()),
        }
    }

    fn settle_companies(&self) -> Result<(), Rejection> {
        if !self.companies.is_empty() {
            self.must_be(ClientKind::Contact, "companies")?;
        }
        if self.companies.len() > Self::COMPANIES {
            let message = format!("{}, at most {}", self.companies.len(), Self::COMPANIES);
            return Err(Rejection::invalid("companies", message));
        }
        for (place, one) in self.companies.iter().enumerate() {
            if self.companies.iter().take(place).any(|other| other.company == one.company) {
                return Err(Rejection::invalid("companies", format!("{} stands there twice", one.company)));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ada() -> Client {
        let mut ada = Client::new(ClientId(1), ClientKind::Contact, "Ada King");
        ada.phones = vec![ContactPoint::new("work", "+442079460000")];
        ada.settle(None).unwrap();
        ada
    }

    #[test]
    fn points_are_added_changed_and_removed_by_their_ids() {
        let mut ada = ada();
        let list = PointList::Phones;
        ada.change(ClientChange::AddPoint { list, kind: "home".into(), value: "2".into() }).unwrap();
        ada.change(ClientChange::EditPoint { point: 1, kind: None, value: Some("1".into()) }).unwrap();
        assert_eq!(
            serde_json::to_value(&ada.phones).unwrap(),
            json!([{ "id": 1, "kind": "work", "value": "1" }, { "id": 2, "kind": "home", "value": "2" }])
        );
        ada.change(ClientChange::RemovePoint { point: 2 }).unwrap();
        ada.change(ClientChange::AddPoint { list, kind: "home".into(), value: "3".into() }).unwrap();
        assert_eq!(ada.phones.iter().map(|point| point.id).collect::<Vec<_>>(), [1, 3]);
        for point in [0, 2, 9] {
            assert!(ada.change(ClientChange::RemovePoint { point }).is_err(), "{point}");
        }
    }

    #[test]
    fn a_list_of_points_is_replaced_and_what_stays_keeps_its_id() {
        let before = ada();
        let mut after = before.clone();
        let points = vec![ContactPoint::new("home", "2"), before.phones[0].clone()];
        after.change(ClientChange::SetPoints { list: PointList::Phones, points }).unwrap();
        after.settle(Some(&before)).unwrap();
        assert_eq!(after.phones.iter().map(|point| point.id).collect::<Vec<_>>(), [2, 1]);
    }

    #[test]
    fn a_contact_that_becomes_a_company_leaves_its_names_and_companies_behind() {
        let before = ada();
        let mut after = before.clone();
        after.companies = vec![Affiliation { company: ClientId(7), sort: 10 }];
        after.change(ClientChange::SetKind { kind: ClientKind::Company }).unwrap();
        assert!(after.clone().settle(Some(&before)).is_err(), "it still belongs to one");
        after.change(ClientChange::SetCompanies { companies: Vec::new() }).unwrap();
        after.settle(Some(&before)).unwrap();
        assert_eq!((after.name.as_str(), after.names.is_empty()), ("Ada King", true));
    }

    #[test]
    fn a_name_and_its_parts_agree_whichever_was_changed() {
        let before = ada();
        assert_eq!((before.names.given.as_str(), before.names.family.as_str()), ("Ada", "King"));
        let mut whole = Client { name: "Ada Lovelace".into(), ..before.clone() };
        whole.settle(Some(&before)).unwrap();
        assert_eq!(whole.names.family, "Lovelace");
        let names = PersonName { given: "Augusta Ada".into(), middle: String::new(), family: "King".into() };
        let mut parts = Client { names: names.clone(), ..before.clone() };
        parts.settle(Some(&before)).unwrap();
        assert_eq!(parts.name, "Augusta Ada King");
        let mut company = Client { kind: ClientKind::Company, names, ..before.clone() };
        company.settle(Some(&before)).unwrap();
        assert_eq!((company.name.as_str(), company.names.is_empty()), ("Ada King", true));
        let mut nobody = Client { name: " ".into(), names: PersonName::default(), ..before.clone() };
        assert!(nobody.settle(Some(&before)).is_err());
    }

    #[test]
    fn a_contact_has_one_primary_company_and_the_next_follows_it() {
        let mut ada = ada();
        let bind = |id, primary| ClientChange::BindCompany { company: ClientId(id), primary, sort: None };
        let companies =
            |ada: &Client| ada.companies.iter().map(|one| (one.company.0, one.sort)).collect::<Vec<_>>();
        for change in [bind(7, false), bind(8, false), bind(9, true), bind(7, true)] {
            ada.change(change).unwrap();
        }
        assert_eq!(companies(&ada), [(9, 30), (7, 10), (8, 20)]);
        ada.change(ClientChange::UnbindCompany { company: ClientId(9) }).unwrap();
        assert_eq!(companies(&ada), [(7, 10), (8, 20)]);
        let twice = vec![Affiliation { company: ClientId(7), sort: 1 }; 2];
        ada.change(ClientChange::SetCompanies { companies: twice }).unwrap();
        assert!(ada.settle(None).is_err());
        let mut company = Client::new(ClientId(2), ClientKind::Company, "Tea Ltd");
        assert!(company.change(bind(7, false)).is_err());
    }
}
