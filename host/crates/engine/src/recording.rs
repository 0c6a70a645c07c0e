//! What a past run was given, as one value: with it the run can be done again anywhere, by the same component or by
//! another one. Nothing is asked of the outside and nothing is changed.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use parking_lot::Mutex;
use rulewright_domain::{
    Client, ClientId, Employee, Fields, FromTemplate, Grant, Item, ItemId, Order, OrderId, Outcome, Package,
    Prepared, Read, RunId, SavedState, Source, Unprepared,
    plugin::{Digest, PluginId},
    secret::{HIDDEN, without_secrets},
};
use rulewright_ports::{
    Answer, Executor, HttpError, HttpRequest, HttpResponse, Invocation, Task, World, WorldError,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    commit::shown,
    mask::Mask,
    world::{Journaled, journal_key},
};

/// One step as it was and as it is when it is done again.
#[derive(Clone, Debug, PartialEq)]
pub struct Replayed {
    pub step: u32,
    pub attempt: u32,
    /// Effects as the trace shows them. Of the step that ended the run also what it hands on.
    pub then: Vec<Value>,
    pub now: Vec<Value>,
    /// Units of work; the same where every instruction was.
    pub fuel_then: u64,
    pub fuel_now: u64,
    /// What the step ended with, as the trace of a run tells it.
    pub ended_then: String,
    pub ended: String,
}

impl Replayed {
    /// The same effects and the same end, however much work it was.
    pub fn is_alike(&self) -> bool {
        self.then == self.now && self.ended_then == self.ended
    }

    pub fn is_same(&self) -> bool {
        self.then == self.now && self.fuel_then == self.fuel_now
    }
}

/// A run that can be done again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Recording {
    /// Of this document; [`Recording::FORMAT`] today.
    pub format: u32,
    /// Whether people in it are unrecognisable.
    pub masked: bool,
    pub run: RunId,
    pub rule_name: String,
    pub plugin: PluginId,
    /// The component that it began with.
    pub digest: Digest,
    /// Of the rule, as staff have written them.
    pub settings: Value,
    /// Of the order, as they are today.
    pub clients: Vec<Client>,
    pub steps: Vec<RecordedStep>,
    /// What the rule has handed on, where the run is done.
    pub output: Option<Value>,
    /// Templates that its steps have read, by digest, in Base64.
    pub files: BTreeMap<String, File>,
}

/// How much of a recording somebody sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    All,
    /// Without what is secret in the settings of the rule.
    NoSecrets,
    /// Nor can anybody in it be recognised.
    NoPeople,
}

/// Bytes as Base64.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct File(#[serde(with = "rulewright_domain::bytes")] pub Vec<u8>);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct RecordedStep {
    /// Without the state that the step before has left: it is left again.
    pub invocation: Invocation,
    pub reads: Vec<Read>,
    /// Answers of servers, by the key and the content of the request.
    pub answers: BTreeMap<String, Value>,
    /// Effects as the trace shows them.
    pub then: Vec<Value>,
    pub ended: String,
    pub fuel: u64,
}

impl Recording {
    pub const FORMAT: u32 = 1;

    /// Every step once more. `with` is another component than the one that it began with; it may do all that it asks for,
    /// and send where the old one might.
    pub async fn again(&self, executor: &dyn Executor, with: Option<&Package>) -> Vec<Replayed> {
        let mut replayed = Vec::new();
        let mut state: Option<SavedState> = None;
        for step in &self.steps {
            let mut invocation = step.invocation.clone();
            if let Some(package) = with {
                let mut grant = Grant::whole(&package.manifest, &package.imports, &[]);
                let old = std::mem::take(&mut invocation.grant);
                grant.http.extend(old.http);
                invocation.grant = grant;
                invocation.digest = package.digest.clone();
                invocation.limits = package.manifest.limits.clone();
            }
            let (mut number, mut attempt) = (0, 0);
            if let Task::Step(task) = &mut invocation.task {
                (number, attempt) = (task.step, task.attempt);
                task.state = state.clone();
            }
            let world = Arc::new(Recorded::new(self, step));
            let done = executor.run(invocation, world).await;
            let ended = match &done.result {
                Ok(Answer::Outcome(outcome)) => outcome.to_string(),
                Ok(answer) => format!("{answer:?}"),
                Err(failure) => failure.to_string(),
            };
            let mut then = step.then.clone();
            // The trace shows none where they were dropped.
            let mut now: Vec<Value> = match &done.result {
                Ok(Answer::Outcome(Outcome::Retry { .. })) => Vec::new(),
                _ => done.effects.iter().map(shown).collect(),
            };
            match done.result {
                Ok(Answer::Outcome(
                    Outcome::WaitFor { state: saved, .. } | Outcome::WaitUntil { state: saved, .. },
                )) => state = Some(saved),
                Ok(Answer::Outcome(Outcome::Done { output, .. })) => {
                    then.extend(self.output.clone());
                    now.push(json!({ "Output": output }));
                }
                _ => {}
            }
            replayed.push(Replayed {
                step: number,
                attempt,
                then,
                now,
                fuel_then: step.fuel,
                fuel_now: done.usage.fuel,
                ended_then: step.ended.clone(),
                ended,
            });
        }
        replayed
    }

    /// Without what `schema` calls secret in the settings, and without these texts wherever else they have got to; None
    /// where it cannot be written down. A request whose address or body held one is another one then.
    pub(crate) fn without(mut self, secrets: Vec<String>, schema: &Value) -> Option<Recording> {
        self.settings = without_secrets(&self.settings, schema);
        for step in &mut self.steps {
            if let Task::Step(task) = &mut step.invocation.task {
                let settings: Value = serde_json::from_str(&task.settings).ok()?;
                task.settings = without_secrets(&settings, schema).to_string();
            }
        }
        let blank =
            Blank { secrets: secrets.into_iter().filter(|secret| secret.len() >= SHORTEST).collect() };
        let files = std::mem::take(&mut self.files);
        for step in &mut self.steps {
            step.reads.iter_mut().for_each(|read| blank.stored(read));
            step.answers.values_mut().for_each(|answer| blank.answer(answer));
        }
        let mut value = serde_json::to_value(&self).ok()?;
        blank.value(&mut value);
        Some(Recording { files, ..serde_json::from_value(value).ok()? })
    }

    /// Everybody in it made unrecognisable; None where it cannot be written down.
    pub(crate) fn masked(mut self, mask: &mut Mask) -> Option<Recording> {
        let read = self.steps.iter().flat_map(|step| &step.reads);
        for read in read {
            match read {
                Read::Client { found: Some(client), .. } => mask.knows(client),
                Read::Employees { found } => found.iter().for_each(|one| mask.knows_employee(one)),
                _ => {}
            }
        }
        self.clients.iter().for_each(|client| mask.knows(client));
        self.masked = true;
        let files = std::mem::take(&mut self.files);
        let mut grants = Vec::new();
        for step in &mut self.steps {
            grants.push(std::mem::take(&mut step.invocation.grant));
            step.reads.iter_mut().for_each(|read| mask_stored(mask, read));
            step.answers.values_mut().for_each(|answer| mask_answer(mask, answer));
        }
        let mut value = serde_json::to_value(&self).ok()?;
        mask.value(&mut value);
        let mut masked: Recording = serde_json::from_value(value).ok()?;
        masked.files = files;
        for (step, grant) in masked.steps.iter_mut().zip(grants) {
            step.invocation.grant = grant;
        }
        Some(masked)
    }
}

/// Bytes of the shortest text that is looked for: a shorter one would be found everywhere.
const SHORTEST: usize = 4;

/// Takes texts out.
struct Blank {
    secrets: Vec<String>,
}

impl Blank {
    fn text(&self, text: &str) -> String {
        self.secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), HIDDEN))
    }

    fn value(&self, value: &mut Value) {
        match value {
            Value::String(text) => {
                // Texts within texts are written otherwise than they are.
                let inner = Some(&*text).filter(|text| text.starts_with(['{', '[']));
                let inner = inner.and_then(|text| serde_json::from_str::<Value>(text).ok());
                *text = match inner {
                    Some(mut inner) => {
                        self.value(&mut inner);
                        inner.to_string()
                    }
                    None => self.text(text),
                };
            }
            Value::Array(all) => all.iter_mut().for_each(|one| self.value(one)),
            Value::Object(all) => all.values_mut().for_each(|one| self.value(one)),
            _ => {}
        }
    }

    fn bytes(&self, bytes: &mut Vec<u8>) {
        if let Ok(text) = std::str::from_utf8(bytes) {
            *bytes = self.text(text).into_bytes();
        }
    }

    fn stored(&self, read: &mut Read) {
        if let Read::Stored { found: Some(bytes), .. } = read {
            self.bytes(bytes);
        }
    }

    /// Bodies lie in Base64.
    fn answer(&self, answer: &mut Value) {
        let Ok(Journaled(Ok(mut response))) = serde_json::from_value::<Journaled>(answer.clone()) else {
            return;
        };
        self.bytes(&mut response.body);
        *answer = serde_json::to_value(Journaled(Ok(response))).unwrap_or_default();
    }
}

fn mask_stored(mask: &Mask, read: &mut Read) {
    if let Read::Stored { found: Some(bytes), .. } = read
        && let Ok(text) = std::str::from_utf8(bytes)
    {
        let mut value = Value::String(text.to_owned());
        mask.value(&mut value);
        *bytes = value.as_str().unwrap_or_default().as_bytes().to_vec();
    }
}

/// Bodies of answers lie in Base64.
fn mask_answer(mask: &Mask, answer: &mut Value) {
    let Ok(Journaled(Ok(mut response))) = serde_json::from_value::<Journaled>(answer.clone()) else { return };
    if let Ok(text) = String::from_utf8(response.body.clone()) {
        let mut value = Value::String(text);
        mask.value(&mut value);
        response.body = value.as_str().unwrap_or_default().as_bytes().to_vec();
    }
    for (_, value) in &mut response.headers {
        *value = mask.text(value);
    }
    *answer = serde_json::to_value(Journaled(Ok(response))).unwrap_or_default();
}

pub(crate) fn file_of(read: &Read) -> Option<&str> {
    match read {
        Read::Template { found: Ok(prepared), .. } => match &prepared.template.source {
            Source::File(file) => Some(&file.digest),
            Source::Text(_) => None,
        },
        _ => None,
    }
}

/// Answers as they were given the first time.
struct Recorded {
    reads: Mutex<Vec<Read>>,
    journal: BTreeMap<String, Value>,
    files: BTreeMap<String, File>,
    masked: bool,
}

impl Recorded {
    fn new(recording: &Recording, step: &RecordedStep) -> Recorded {
        Recorded {
            reads: Mutex::new(step.reads.clone()),
            journal: step.answers.clone(),
            files: recording.files.clone(),
            masked: recording.masked,
        }
    }

    /// Where people are masked, requests about them are other ones than they were: they are known by their key alone.
    fn answer(&self, key: &str, request: &HttpRequest) -> Option<&Value> {
        let same_key = |known: &&String| known.rsplit_once(' ').is_some_and(|(known, _)| known == key);
        let found = self.journal.get(&journal_key(key, request));
        let alike = || {
            let known = self.journal.keys().find(same_key)?;
            self.journal.get(known)
        };
        found.or_else(|| alike().filter(|_| self.masked))
    }

    fn find<T>(&self, what: &str, answer: impl Fn(&Read) -> Option<T>) -> Result<T, WorldError> {
        let reads = self.reads.lock();
        let missing = || WorldError(format!("the run never asked for {what}"));
        reads.iter().find_map(answer).ok_or_else(missing)
    }
}

#[async_trait]
impl World for Recorded {
    async fn order(&self, wanted: OrderId) -> Result<Option<Order>, WorldError> {
        self.find("this order", |read| match read {
            Read::Order { id, found } if *id == wanted => Some(found.as_deref().cloned()),
            _ => None,
        })
    }

    async fn orders_of_client(&self, wanted: ClientId, _: u32) -> Result<Vec<OrderId>, WorldError> {
        self.find("the orders of this client", |read| match read {
            Read::OrdersOfClient { id, found } if *id == wanted => Some(found.clone()),
            _ => None,
        })
    }

    async fn client(&self, wanted: ClientId) -> Result<Option<Client>, WorldError> {
        self.find("this client", |read| match read {
            Read::Client { id, found } if *id == wanted => Some(found.as_deref().cloned()),
            _ => None,
        })
    }

    async fn employees(&self) -> Result<Vec<Employee>, WorldError> {
        self.find("the employees", |read| match read {
            Read::Employees { found } => Some(found.clone()),
            _ => None,
        })
    }

    async fn item(&self, wanted: &str, number: ItemId) -> Result<Option<Item>, WorldError> {
        self.find("this item", |read| match read {
            Read::Item { list, id, found } if list == wanted && *id == number => Some(found.clone()),
            _ => None,
        })
    }

    async fn items(&self, wanted: &str, of: Fields, most: u32) -> Result<Vec<Item>, WorldError> {
        self.find("these items", |read| match read {
            Read::Items { list, fields, limit, found }
                if (list.as_str(), fields, *limit) == (wanted, &of, most) =>
            {
                Some(found.clone())
            }
            _ => None,
        })
    }

    async fn stored(&self, wanted: &str) -> Result<Option<Vec<u8>>, WorldError> {
        self.find("this stored value", |read| match read {
            Read::Stored { key, found } if key == wanted => Some(found.clone()),
            _ => None,
        })
    }

    async fn has_secret(&self, wanted: &str) -> Result<bool, WorldError> {
        self.find("this secret", |read| match read {
            Read::HasSecret { name, found } if name == wanted => Some(*found),
            _ => None,
        })
    }

    async fn secret(&self, _: &str) -> Result<Option<Vec<u8>>, WorldError> {
        // Put into headers by the host, and no request goes out.
        Ok(Some(Vec::new()))
    }

    async fn prepare(
        &self,
        wanted: &FromTemplate,
    ) -> Result<Result<(Prepared, Vec<u8>), Unprepared>, WorldError> {
        self.find("this template", |read| match read {
            Read::Template { from, found } if **from == *wanted => {
                let bytes =
                    file_of(read).and_then(|digest| self.files.get(digest)).map(|file| file.0.clone());
                Some(found.clone().map(|prepared| (*prepared, bytes.unwrap_or_default())))
            }
            _ => None,
        })
    }

    async fn http(&self, key: &str, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let Some(answer) = self.answer(key, &request) else {
            return Err(HttpError::Other("the run never had an answer to this request".to_owned()));
        };
        let read = serde_json::from_value(answer.clone());
        let Journaled(answer) = read.map_err(|error| HttpError::Other(error.to_string()))?;
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_servers_and_stored_values_are_masked_inside_of_their_encoding() {
        let client: Client =
            serde_json::from_value(json!({ "id": "cli_1", "kind": "contact", "name": "Ada Lovelace" }))
                .unwrap();
        let mut mask = Mask::new("seed");
        mask.knows(&client);
        let response = HttpResponse {
            status: 200,
            headers: vec![("x-for".to_owned(), "Ada".to_owned())],
            body: br#"{"owner":"Ada Lovelace","mail":"ada@real.org"}"#.to_vec(),
            truncated: false,
            replayed: false,
        };
        let mut answer = serde_json::to_value(Journaled(Ok(response))).unwrap();
        mask_answer(&mask, &mut answer);
        let Journaled(masked) = serde_json::from_value(answer).unwrap();
        let masked = masked.unwrap();
        let body = String::from_utf8(masked.body).unwrap();
        assert!(!body.contains("Ada") && !body.contains("real.org") && body.contains("example."), "{body}");
        assert_ne!(masked.headers[0].1, "Ada");
        let mut read = Read::Stored { key: "k".into(), found: Some(b"Dear Ada".to_vec()) };
        mask_stored(&mask, &mut read);
        assert!(
            matches!(&read, Read::Stored { found: Some(bytes), .. } if bytes.len() == 8 && bytes != b"Dear Ada")
        );
    }
}
