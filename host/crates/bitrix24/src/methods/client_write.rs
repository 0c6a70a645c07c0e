//! What a caller wants of a contact or a company, from its fields to the one command that does it.

use std::collections::BTreeSet;

use rulewright_domain::{
    Affiliation, Client, ClientChange, ClientId, ClientKind, EmployeeId, Fields, PersonName, Timestamp,
    moment,
};
use rulewright_engine::Refusal;
use serde_json::{Map, Value, json};

use crate::{
    call::Call,
    entity::{Entity, Field, Get, Scene, Style, not_valid, user, value},
    fault::Fault,
    multifield, scalar,
};

/// Only what was sent is here.
#[derive(Default)]
pub(crate) struct Wanted {
    own: Fields,
    title: Option<String>,
    names: Names,
    responsible: Option<Option<EmployeeId>>,
    /// The primary one first.
    companies: Option<Vec<ClientId>>,
    primary: Option<Option<ClientId>>,
    /// Of a company: who is to belong to it.
    pub contacts: Vec<ClientId>,
    points: Vec<ClientChange>,
}

#[derive(Default)]
struct Names {
    given: Option<String>,
    middle: Option<String>,
    family: Option<String>,
}

/// What is brought in from elsewhere may be older than here.
#[derive(Default)]
pub(crate) struct Origin {
    created: Option<Timestamp>,
    updated: Option<Timestamp>,
    created_by: Option<EmployeeId>,
    updated_by: Option<EmployeeId>,
}

impl Wanted {
    /// What the entity does not know is left out, and so is what nobody may write. `before` is as the client is now.
    pub fn read(
        entity: &Entity<Client>,
        before: &Client,
        fields: &Map<String, Value>,
        style: Style,
        scene: &Scene,
    ) -> Result<Wanted, Fault> {
        let mut wanted = Wanted { points: multifield::changes(before, fields)?, ..Wanted::default() };
        for (name, value) in fields {
            match entity.field(name, style) {
                Some(field) if field.marks.read_only => {}
                Some(field) => wanted.take(field, value, style, scene)?,
                None => {
                    if let Some(stored) = user::stored_name(name, style) {
                        let value = if scalar::is_empty(value) { Value::Null } else { value.clone() };
                        wanted.own.insert(stored, value);
                    }
                }
            }
        }
        Ok(wanted)
    }

    fn take(
        &mut self,
        field: &'static Field<Client>,
        value: &Value,
        style: Style,
        scene: &Scene,
    ) -> Result<(), Fault> {
        let wrong = || not_valid(field, style);
        let own = match (&field.get, field.name) {
            (Get::Own(name), _) => Some(*name),
            (_, "OPENED") => Some("opened"),
            (_, "EXPORT") => Some("export"),
            (_, "REVENUE") => Some("revenue"),
            _ => None,
        };
        if let Some(own) = own {
            let stored = value::stored(field.kind, value, scene.zone()).ok_or_else(wrong)?;
            self.own.insert(own.to_owned(), stored);
            return Ok(());
        }
        let text = || {
            let text = if scalar::is_empty(value) { Some(String::new()) } else { scalar::text(value) };
            text.map(|text| text.trim().to_owned()).ok_or_else(wrong)
        };
        match field.name {
            "TITLE" => self.title = Some(text()?),
            "NAME" => self.names.given = Some(text()?),
            "SECOND_NAME" => self.names.middle = Some(text()?),
            "LAST_NAME" => self.names.family = Some(text()?),
            "ASSIGNED_BY_ID" => {
                self.responsible = Some(employee(value, scene).ok_or_else(wrong)?);
            }
            "COMPANY_ID" => self.primary = Some(reference(value).ok_or_else(wrong)?),
            "COMPANY_IDS" => self.companies = Some(several(value, style)?.ok_or_else(wrong)?),
            "CONTACT_ID" => self.contacts = several(value, Style::Classic)?.ok_or_else(wrong)?,
            _ => {}
        }
        Ok(())
    }

    /// Whether everyone who is named is there, and is what the field takes.
    pub async fn check_clients(
        &self,
        call: &Call,
        entity: &Entity<Client>,
        style: Style,
    ) -> Result<(), Fault> {
        let mut named: Vec<(&'static str, ClientKind, ClientId)> = Vec::new();
        named.extend(self.primary.flatten().map(|id| ("COMPANY_ID", ClientKind::Company, id)));
        let companies = self.companies.iter().flatten();
        named.extend(companies.map(|id| ("COMPANY_IDS", ClientKind::Company, *id)));
        named.extend(self.contacts.iter().map(|id| ("CONTACT_ID", ClientKind::Contact, *id)));
        if named.is_empty() {
            return Ok(());
        }
        let shop = call.shop();
        let wrong = call
            .read(move |reads| {
                for (field, kind, id) in named {
                    if reads.client(shop, id)?.is_none_or(|client| client.kind != kind) {
                        return Ok(Some(field));
                    }
                }
                Ok(None)
            })
            .await?;
        match wrong.and_then(|name| entity.field(name, Style::Classic)) {
            Some(field) => Err(not_valid(field, style)),
            None => Ok(()),
        }
    }

    pub fn create(self, kind: ClientKind, by: EmployeeId, origin: Origin) -> Result<Client, Fault> {
        let mut client = Client::new(ClientId(0), kind, "");
        client.responsible = Some(by);
        client.created = origin.created;
        client.updated = origin.updated;
        client.created_by = origin.created_by;
        client.updated_by = origin.updated_by;
        let mut changes = self.changes(&client);
        // A new one that nobody has named is called by what leads to it.
        changes.retain(|change| !names_nobody(change));
        for change in changes {
            client.change(change).map_err(Refusal::from)?;
        }
        client.fields.retain(|_, value| !value.is_null());
        if client.name.is_empty() {
            let points = client.phones.iter().chain(&client.emails);
            let leads = points.map(|point| point.value.clone()).next();
            client.name = leads.unwrap_or_else(|| format!("Unnamed {}", kind.name()));
            client.names = match kind {
                ClientKind::Contact => PersonName { given: client.name.clone(), ..PersonName::default() },
                ClientKind::Company => PersonName::default(),
            };
        }
        Ok(client)
    }

    /// A client that is there always keeps a name.
    pub fn must_leave_a_name(&self, entity: &Entity<Client>, before: &Client) -> Result<(), Fault> {
        let Names { given, middle, family } = &self.names;
        let left = PersonName {
            given: given.clone().unwrap_or_else(|| before.names.given.clone()),
            middle: middle.clone().unwrap_or_else(|| before.names.middle.clone()),
            family: family.clone().unwrap_or_else(|| before.names.family.clone()),
        };
        let touched = given.is_some() || middle.is_some() || family.is_some();
        let (nameless, name) = match before.kind {
            ClientKind::Contact => (touched && left.is_empty(), "NAME"),
            ClientKind::Company => (self.title.as_deref() == Some(""), "TITLE"),
        };
        match entity.field(name, Style::Classic) {
            Some(field) if nameless => {
                let message = format!("The field \"{}\" is required: it cannot be empty.", field.title);
                Err(Fault::coded("ERROR_CORE", message))
            }
            _ => Ok(()),
        }
    }

    /// All that was sent.
    pub fn changes(self, before: &Client) -> Vec<ClientChange> {
        let mut changes = Vec::new();
        let mut fields = self.own;
        fields.extend(self.title.map(|title| ("name".to_owned(), json!(title))));
        if !fields.is_empty() {
            changes.push(ClientChange::SetFields { fields });
        }
        let Names { given, middle, family } = self.names;
        if given.is_some() || middle.is_some() || family.is_some() {
            changes.push(ClientChange::SetNames { given, middle, family });
        }
        changes.extend(self.responsible.map(|to| ClientChange::SetResponsible { to }));
        if self.companies.is_some() || self.primary.is_some() {
            let companies = companies(&before.companies, self.companies, self.primary);
            changes.push(ClientChange::SetCompanies { companies });
        }
        changes.extend(self.points);
        changes
    }
}

fn names_nobody(change: &ClientChange) -> bool {
    match change {
        ClientChange::SetNames { given, middle, family } => {
            [given, middle, family].into_iter().flatten().all(|part| part.is_empty())
        }
        _ => false,
    }
}

impl Origin {
    /// Only an import says when and by whom it was made.
    pub fn read(fields: &Map<String, Value>, scene: &Scene) -> Origin {
        let sent = |name: &str| {
            let found = fields.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value)
        };
        let at = |name| moment(scalar::text(sent(name)?)?.trim(), scene.zone()).ok();
        let by = |name| employee(sent(name)?, scene).flatten();
        Origin {
            created: at("DATE_CREATE"),
            updated: at("DATE_MODIFY"),
            created_by: by("CREATED_BY_ID"),
            updated_by: by("MODIFY_BY_ID"),
        }
    }
}

/// The whole set, or the primary one alone: that changes places with the one before, and the others stay.
fn companies(
    before: &[Affiliation],
    all: Option<Vec<ClientId>>,
    primary: Option<Option<ClientId>>,
) -> Vec<Affiliation> {
    let mut known = BTreeSet::new();
    if let Some(all) = all {
        let distinct = all.into_iter().filter(|id| known.insert(*id));
        return distinct
            .zip(1..)
            .map(|(company, place)| Affiliation { company, sort: place * Affiliation::STEP })
            .collect();
    }
    let mut companies = before.to_vec();
    let Some(primary) = primary else { return companies };
    let first = (!companies.is_empty()).then(|| companies.remove(0));
    let Some(company) = primary else { return companies };
    let there = companies.iter().position(|one| one.company == company);
    let kept = match there {
        // The one before stays: both are named already.
        Some(place) => {
            let kept = companies.remove(place);
            companies.splice(0..0, first);
            kept
        }
        None => Affiliation { company, sort: first.map_or(Affiliation::STEP, |first| first.sort) },
    };
    companies.insert(0, kept);
    companies
}

/// None within: nobody.
fn employee(value: &Value, scene: &Scene) -> Option<Option<EmployeeId>> {
    let id = reference(value)?.map(|id| EmployeeId(id.0));
    id.is_none_or(|id| scene.config.employees.contains_key(&id)).then_some(id)
}

fn reference(value: &Value) -> Option<Option<ClientId>> {
    if scalar::is_empty(value) {
        return Some(None);
    }
    match scalar::integer(value)? {
        0 => Some(None),
        id if id > 0 => Some(Some(ClientId(id))),
        _ => None,
    }
}

/// None: one of them is no id.
fn several(value: &Value, style: Style) -> Result<Option<Vec<ClientId>>, Fault> {
    let items = value::items(value, style)?;
    let ids = items.into_iter().filter(|item| !scalar::is_empty(item)).map(reference);
    Ok(ids.collect::<Option<Vec<_>>>().map(|ids| ids.into_iter().flatten().collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_primary_company_changes_places_and_a_whole_set_replaces_all() {
        let before: Vec<_> =
            [(7, 10), (8, 20)].map(|(id, sort)| Affiliation { company: ClientId(id), sort }).into();
        let after = |all: Option<&[i64]>, primary: Option<Option<i64>>| {
            let all = all.map(|all| all.iter().copied().map(ClientId).collect());
            let after = companies(&before, all, primary.map(|primary| primary.map(ClientId)));
            after.iter().map(|one| (one.company.0, one.sort)).collect::<Vec<_>>()
        };
        assert_eq!(after(Some(&[9, 7, 9]), None), [(9, 10), (7, 20)]);
        assert_eq!(after(Some(&[]), Some(Some(7))), []);
        assert_eq!(after(None, Some(Some(8))), [(8, 20), (7, 10)]);
        assert_eq!(after(None, Some(Some(7))), [(7, 10), (8, 20)]);
        assert_eq!(after(None, Some(Some(9))), [(9, 10), (8, 20)]);
        assert_eq!(after(None, Some(None)), [(8, 20)]);
        assert_eq!(after(None, None), [(7, 10), (8, 20)]);
    }
}
