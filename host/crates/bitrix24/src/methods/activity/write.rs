//! `crm.activity.add` and `.update`.

use rulewright_domain::{
    Command, EmployeeId, EntryChange, EntryId, EntryKind, Fields, Subject, Timestamp, moment,
};
use serde_json::{Map, Value, json};

use super::{
    KINDS,
    fields::{CUSTOM, DIRECTIONS, KEPT, PRIORITIES, TYPES, name_of},
    not_found, row,
};
use crate::{
    call::{Answer, Call, Outcome},
    fault::{Fault, System},
    methods::owner::{self, Owner, OwnerType},
    scalar,
};

/// Fields as they were sent, by their names in capitals.
struct Sent {
    fields: Map<String, Value>,
    zone: String,
}

struct Communication {
    owner: Option<Owner>,
    /// As it is kept.
    value: Value,
}

const NO_BINDING: &str =
    "Could not build binding. Please ensure that owner info and communications are defined correctly";

pub(super) async fn add(call: Call) -> Outcome {
    let sent = Sent::of(&call).await?;
    let subject = sent.text("SUBJECT").filter(|text| !text.trim().is_empty());
    let subject = subject.ok_or_else(|| Fault::classic("The field SUBJECT is not defined or empty"))?;
    let responsible = sent.responsible(&call).await?.ok_or_else(|| invalid("RESPONSIBLE_ID"))?;
    let type_id = sent.integer("TYPE_ID").filter(|id| (1..=CUSTOM).contains(id));
    let type_id = type_id.ok_or_else(|| invalid("TYPE_ID"))?;
    sent.must_be_possible(&call, Some(type_id))?;
    let communications = sent.communications()?;
    match &communications {
        None if matches!(type_id, 1 | 2 | 4) => return Err(invalid("COMMUNICATIONS")),
        Some(several) if type_id == 2 && several.len() > 1 => return Err(one_call_at_a_time()),
        _ => {}
    }
    let communications = communications.unwrap_or_default();
    let owner = match (sent.fields.get("OWNER_TYPE_ID"), sent.fields.get("OWNER_ID")) {
        (None, None) => communications.iter().find_map(|one| one.owner),
        (kind, id) => Owner::read(kind, id),
    };
    let owner = owner.ok_or_else(|| Fault::classic(NO_BINDING))?;
    for owner in communications.iter().filter_map(|one| one.owner).chain([owner]) {
        if !owner.is_known(&call).await? {
            return Err(Fault::classic(NO_BINDING));
        }
    }

    let mut details = sent.details(type_id, None)?;
    details.insert("responsible".to_owned(), json!(responsible));
    let own = || sent.text("PROVIDER_TYPE_ID").map(|kind| kind.to_lowercase());
    // A custom one keeps off the names of the others.
    let free = |kind: &String| !kind.is_empty() && TYPES.iter().all(|(_, name)| name != kind);
    let called = name_of(type_id, &TYPES).map(str::to_owned).or_else(|| own().filter(free));
    details.insert("kind".to_owned(), json!(called.unwrap_or_else(|| "custom".to_owned())));
    if sent.completed() == Some(true) {
        details.insert("completed".to_owned(), json!(true));
        details.insert("completed-at".to_owned(), json!(call.now()));
    }
    details.retain(|_, value| !value.is_null());
    // The owner comes first, then whom it was with.
    let mut places: Vec<Owner> = vec![owner];
    places.extend(communications.iter().filter_map(|one| one.owner));
    let order = places.iter().find_map(|one| one.order());
    let client = places.iter().find_map(|one| one.client());
    let kind = if type_id == 3 { EntryKind::Task } else { EntryKind::Activity };
    let details = Value::Object(details.into_iter().collect());
    let command = Command::AddEntry { order, client, kind, text: subject, details };
    let shown = order.map(Subject::Order).into_iter().chain(client.map(Subject::Client));
    let others = besides(shown.collect(), places);
    let receipt = call.execute_then(command, move |receipt, _| {
        let entry = receipt.entry.into_iter();
        Ok(entry.flat_map(|entry| others.iter().map(move |to| bind(entry, *to))).collect())
    });
    let id = receipt.await?.entry.ok_or_else(|| Fault::system(System::Internal))?;
    Ok(Answer::of(id.0))
}

pub(super) async fn update(call: Call) -> Outcome {
    let id = call.params.id("id")?;
    let sent = Sent::of(&call).await?;
    let entry = owner::entry(&call, id, KINDS).await?.ok_or_else(not_found)?;
    let activity = rulewright_domain::Activity::of(&entry);
    let type_id = row::type_of(&entry, &activity);
    let text = sent.fields.contains_key("SUBJECT").then(|| sent.text("SUBJECT").unwrap_or_default());
    if text.as_ref().is_some_and(|text| text.trim().is_empty()) {
        return Err(Fault::classic("The field SUBJECT is not defined or empty"));
    }
    sent.must_be_possible(&call, None)?;
    let mut details = sent.details(type_id, Some(&activity))?;
    if sent.fields.contains_key("RESPONSIBLE_ID") {
        let responsible = sent.responsible(&call).await?.ok_or_else(|| invalid("RESPONSIBLE_ID"))?;
        details.insert("responsible".to_owned(), json!(responsible));
    }
    let with: Vec<Owner> =
        sent.communications()?.unwrap_or_default().into_iter().filter_map(|one| one.owner).collect();
    for owner in &with {
        if !owner.is_known(&call).await? {
            return Err(Fault::classic(NO_BINDING));
        }
    }
    let change = EntryChange::Edit { text, details, completed: sent.completed() };
    let edit = Command::ChangeEntry { entry: entry.id, change };
    // Whoever is called is shown it, too.
    let others = besides(entry.subjects().collect(), with).into_iter().map(|to| bind(entry.id, to));
    call.execute_all(std::iter::once(edit).chain(others)).await?;
    Ok(Answer::of(true))
}

fn bind(entry: EntryId, to: Subject) -> Command {
    Command::ChangeEntry { entry, change: EntryChange::Bind { to } }
}

/// Each of the places once, but for those where it is shown already.
fn besides(mut shown: Vec<Subject>, places: Vec<Owner>) -> Vec<Subject> {
    let known = shown.len();
    for place in places.into_iter().map(Owner::subject) {
        if !shown.contains(&place) {
            shown.push(place);
        }
    }
    shown.split_off(known)
}

impl Sent {
    async fn of(call: &Call) -> Result<Sent, Fault> {
        let fields = call.params.map("fields")?;
        let fields = fields.into_iter().map(|(name, value)| (name.to_ascii_uppercase(), value)).collect();
        Ok(Sent { fields, zone: call.config().await?.shop.time_zone.clone() })
    }

    fn text(&self, name: &str) -> Option<String> {
        self.fields.get(name).and_then(scalar::text)
    }

    fn integer(&self, name: &str) -> Option<i64> {
        self.fields.get(name).and_then(scalar::integer)
    }

    async fn responsible(&self, call: &Call) -> Result<Option<EmployeeId>, Fault> {
        let config = call.config().await?;
        let id = self.integer("RESPONSIBLE_ID").map(EmployeeId);
        Ok(id.filter(|id| config.employees.contains_key(id)))
    }

    fn completed(&self) -> Option<bool> {
        let status =
            self.integer("STATUS").filter(|status| (1..=3).contains(status)).map(|status| status > 1);
        self.fields.get("COMPLETED").and_then(scalar::flag).or(status)
    }

    /// What cannot be done here is refused, and not lost. `added` is the type of a new one.
    fn must_be_possible(&self, call: &Call, added: Option<i64>) -> Result<(), Fault> {
        let provider = self.text("PROVIDER_ID").unwrap_or_default();
        match provider.as_str() {
            "" if added == Some(CUSTOM) => {
                return Err(Fault::classic(
                    "The custom activity without provider is not supported in current context",
                ));
            }
            "CONFIGURABLE_REST_APP" => {
                return Err(Fault::classic("Use crm.activity.configurable.add for this activity provider"));
            }
            "REST_APP" => drop(call.caller.application()?),
            _ => {}
        }
        for name in ["FILES", "WEBDAV_ELEMENTS"] {
            if self.fields.get(name).is_some_and(|files| !scalar::is_empty(files)) {
                return Err(Fault::classic(format!(
                    "The field {name} is not supported: activities have no files here. Keep a document of the order, \
                     and name it in a comment"
                )));
            }
        }
        let sends =
            added == Some(4) && self.integer("DIRECTION") == Some(2) && self.completed() != Some(false);
        if sends {
            return Err(Fault::classic(
                "Email send error. General error: mails are sent by rules here. Send COMPLETED=N to only note one",
            ));
        }
        Ok(())
    }

    /// None: not sent.
    fn communications(&self) -> Result<Option<Vec<Communication>>, Fault> {
        let all = match self.fields.get("COMMUNICATIONS") {
            None => return Ok(None),
            Some(value) if scalar::is_empty(value) => return Ok(None),
            Some(Value::Array(all)) => all.clone(),
            Some(Value::Object(all)) if all.values().all(Value::is_object) => all.values().cloned().collect(),
            Some(one @ Value::Object(_)) => vec![one.clone()],
            Some(_) => return Err(invalid("COMMUNICATIONS")),
        };
        let read = |value: Value| {
            let Value::Object(map) = value else { return Err(invalid("COMMUNICATIONS")) };
            let of = |name: &str| {
                map.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
            };
            let text = |name: &str| of(name).and_then(scalar::text).unwrap_or_default();
            let (kind, id) = (of("ENTITY_TYPE_ID"), of("ENTITY_ID"));
            let owner = Owner::read(kind, id);
            if owner.is_none() && id.and_then(scalar::integer).is_some_and(|id| id > 0) {
                return Err(Fault::classic(NO_BINDING));
            }
            let value = json!({
                "type": text("TYPE"), "value": text("VALUE"),
                "entity-type-id": owner.map_or(0, |owner| owner.kind.number()),
                "entity-id": owner.map_or(0, |owner| owner.id),
            });
            let owner = owner.filter(|owner| matches!(owner.kind, OwnerType::Contact | OwnerType::Company));
            Ok(Communication { owner, value })
        };
        all.into_iter().map(read).collect::<Result<_, _>>().map(Some)
    }

    /// Null empties. `before` is the activity that is changed.
    fn details(&self, type_id: i64, before: Option<&rulewright_domain::Activity>) -> Result<Fields, Fault> {
        let mut details = Fields::new();
        let mut set = |name: &str, value: Value| drop(details.insert(name.to_owned(), value));
        let mut times = [None; 3];
        for (place, (name, detail)) in
            [("START_TIME", "starts"), ("END_TIME", "ends"), ("DEADLINE", "deadline")].into_iter().enumerate()
        {
            let Some(value) = self.fields.get(name) else { continue };
            let at = self.time(name, value)?;
            set(detail, json!(at));
            if let Some(time) = times.get_mut(place) {
                *time = Some(at);
            }
        }
        // Where it says when it is, that is its deadline.
        let [starts, ends, deadline] = times;
        let follows = match type_id {
            1 | 2 => starts,
            3 => ends,
            _ if deadline.is_none() && before.is_none() => ends.or(starts),
            _ => None,
        };
        if let Some(Some(at)) = follows {
            set("deadline", json!(at));
        }
        for (name, detail) in [("DESCRIPTION", "description"), ("LOCATION", "location")] {
            if self.fields.contains_key(name) {
                let text = self.text(name).filter(|text| !text.is_empty());
                set(detail, json!(text));
            }
        }
        if let Some(number) = self.integer("PRIORITY") {
            let name = name_of(number, &PRIORITIES).ok_or_else(|| invalid("PRIORITY"))?;
            set("priority", json!(name));
        }
        if let Some(number) = self.integer("DIRECTION") {
            let name = name_of(number, &DIRECTIONS);
            if name.is_none() && number != 0 {
                return Err(invalid("DIRECTION"));
            }
            set("direction", json!(name));
        }
        let mut attrs = Map::new();
        for (name, attr, _) in KEPT {
            let Some(value) = self.fields.get(*name) else { continue };
            let empty = scalar::is_empty(value);
            attrs.insert((*attr).to_owned(), if empty { Value::Null } else { value.clone() });
        }
        if let Some(communications) = self.communications()? {
            let all: Vec<Value> = communications.into_iter().map(|one| one.value).collect();
            attrs.insert("communications".to_owned(), json!(all));
        }
        if before.is_none() {
            attrs.retain(|_, value| !value.is_null());
        }
        if !attrs.is_empty() {
            set("attrs", Value::Object(attrs));
        }
        Ok(details)
    }

    fn time(&self, name: &str, value: &Value) -> Result<Option<Timestamp>, Fault> {
        if scalar::is_empty(value) {
            return Ok(None);
        }
        let text = scalar::text(value).unwrap_or_default();
        let at = moment(text.trim(), &self.zone);
        at.map(Some)
            .map_err(|why| Fault::classic(format!("The field {name} is not defined or invalid: {why}")))
    }
}

fn invalid(field: &str) -> Fault {
    Fault::classic(format!("The field {field} is not defined or invalid"))
}

fn one_call_at_a_time() -> Fault {
    Fault::classic("The only one communication is allowed for activity of specified type")
}
