use std::collections::{BTreeMap, BTreeSet};

use rulewright_domain::{Client, ClientChange, EmployeeId, PointList};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{
    client::{Affiliation, ClientKind, ContactPoint, each, must_be_somewhere},
    value::present,
};
use crate::problem::Problem;

/// What is left out stays, and null empties. Lists that are sent take the place of those that are there.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"family_name": "King", "emails": [{"kind": "work", "value": "ada@example.com"}], "fields": {"vip": true}}))]
pub struct ClientPatch {
    kind: Option<ClientKind>,
    /// Never empty. Of a contact: its names are made of it, unless they are sent, too.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String)]
    name: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    given_name: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    middle_name: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    family_name: Option<Option<String>>,
    /// A point with the id of one that is there changes it, one without is new unless the same is there, and what is
    /// not among them goes; so in the other lists of points.
    #[serde(default, deserialize_with = "present")]
    phones: Option<Option<Vec<ContactPoint>>>,
    #[serde(default, deserialize_with = "present")]
    emails: Option<Option<Vec<ContactPoint>>>,
    #[serde(default, deserialize_with = "present")]
    websites: Option<Option<Vec<ContactPoint>>>,
    #[serde(default, deserialize_with = "present")]
    messengers: Option<Option<Vec<ContactPoint>>>,
    #[serde(default, deserialize_with = "present")]
    links: Option<Option<Vec<ContactPoint>>>,
    /// Of a contact, the primary one first.
    #[serde(default, deserialize_with = "present")]
    companies: Option<Option<Vec<Affiliation>>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, example = "emp_1")]
    responsible: Option<Option<EmployeeId>>,
    /// BCP 47.
    #[serde(default, deserialize_with = "present")]
    locale: Option<Option<String>>,
    /// IANA zone.
    #[serde(default, deserialize_with = "present")]
    time_zone: Option<Option<String>>,
    /// Sets the fields named here; null empties one.
    fields: Option<BTreeMap<String, Value>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(example = json!(["sms"]))]
    unsubscribed: Option<Option<BTreeSet<String>>>,
}

impl ClientPatch {
    pub fn into_changes(self) -> Result<Vec<ClientChange>, Problem> {
        must_be_somewhere(text(&self.locale), text(&self.time_zone))?;
        if self.name.is_some() && text(&self.name).is_none_or(|name| name.trim().is_empty()) {
            return Err(Problem::mistake("/name", "empty", "a client needs a name"));
        }
        let mut fields = own(self.fields.unwrap_or_default())?;
        let texts = [("name", self.name), ("locale", self.locale), ("time-zone", self.time_zone)];
        fields.extend(texts.into_iter().filter_map(|(part, text)| Some((part.to_owned(), json!(text?)))));
        fields.extend(self.unsubscribed.map(|channels| ("unsubscribed".to_owned(), json!(channels))));

        let mut changes = Vec::new();
        changes.extend(self.kind.map(|kind| ClientChange::SetKind { kind: kind.into() }));
        if !fields.is_empty() {
            changes.push(ClientChange::SetFields { fields });
        }
        let [given, middle, family] = [self.given_name, self.middle_name, self.family_name]
            .map(|name| name.map(|name| name.unwrap_or_default().trim().to_owned()));
        if given.is_some() || middle.is_some() || family.is_some() {
            changes.push(ClientChange::SetNames { given, middle, family });
        }
        let lists = [
            (PointList::Phones, self.phones),
            (PointList::Emails, self.emails),
            (PointList::Websites, self.websites),
            (PointList::Messengers, self.messengers),
            (PointList::Links, self.links),
        ];
        changes.extend(lists.into_iter().filter_map(|(list, points)| {
            Some(ClientChange::SetPoints { list, points: each(points?.unwrap_or_default()) })
        }));
        changes.extend(self.companies.map(|companies| {
            let companies = each(companies.unwrap_or_default());
            ClientChange::SetCompanies { companies }
        }));
        changes.extend(self.responsible.map(|to| ClientChange::SetResponsible { to }));
        match changes.is_empty() {
            true => Err(Problem::nothing_to_change(
                "name, phones, fields, or anything else that GET shows and that is not made by the host",
            )),
            false => Ok(changes),
        }
    }
}

fn text(sent: &Option<Option<String>>) -> Option<&str> {
    sent.as_ref()?.as_deref()
}

/// Parts of the card have keys of their own: two places would say two things about one value.
fn own(fields: BTreeMap<String, Value>) -> Result<BTreeMap<String, Value>, Problem> {
    match Client::PARTS.into_iter().find(|part| fields.contains_key(*part)) {
        None => Ok(fields),
        Some(part) => {
            let message = format!("`{part}` is a part of the card, and no field: send it beside `fields`");
            Err(Problem::mistake(format!("/fields/{part}"), "not-own", message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(patch: Value) -> Result<Value, String> {
        let patch: ClientPatch = serde_json::from_value(patch).map_err(|error| error.to_string())?;
        let changes = patch.into_changes().map_err(|problem| json!(problem.view()).to_string())?;
        Ok(json!(changes))
    }

    #[test]
    fn a_patch_tells_null_from_nothing() {
        assert_eq!(
            changes(json!({
                "kind": "contact", "middle_name": null, "phones": null, "companies": [{"company": "cli_9"}],
                "responsible": null, "locale": null, "fields": {"vip": null}, "unsubscribed": ["sms"],
            })),
            Ok(json!([
                {"change": "set-kind", "kind": "contact"},
                {"change": "set-fields", "fields": {"locale": null, "unsubscribed": ["sms"], "vip": null}},
                {"change": "set-names", "given": null, "middle": "", "family": null},
                {"change": "set-points", "list": "phones", "points": []},
                {"change": "set-companies", "companies": [{"company": "cli_9", "sort": 0}]},
                {"change": "set-responsible", "to": null},
            ]))
        );
    }

    #[test]
    fn a_mistake_in_a_patch_is_told_where_it_is() {
        for (patch, told) in [
            (json!({}), "nothing-to-change"),
            (json!({"name": null}), "/name"),
            (json!({"name": " "}), "/name"),
            (json!({"locale": "english please"}), "/locale"),
            (json!({"time_zone": "Mars/Base"}), "/time_zone"),
            (json!({"fields": {"phone": "1"}}), "/fields/phone"),
            (json!({"created": "2026-01-01T00:00:00Z"}), "unknown field"),
        ] {
            let refused = changes(patch.clone()).unwrap_err();
            assert!(refused.contains(told), "{patch}: {refused}");
        }
    }
}
