//! A past run once more, from what is stored of it: nothing is asked of the outside and nothing is changed.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use parking_lot::Mutex;
use rulewright_domain::{
    ActivePlugin, Client, ClientId, Employee, Event, Fields, FromTemplate, Item, ItemId, Order, OrderId,
    Outcome, Prepared, Read, RuleSpec, Run, RunId, SavedState, ShopConfig, ShopId, Source, StepTrace,
    Unprepared, Wake, Woken,
};
use rulewright_ports::{
    Answer, HttpError, HttpRequest, HttpResponse, Reads, StorageExt, World, WorldError,
    storage::{EventQuery, Page},
};
use serde_json::{Value, json};

use crate::{
    Engine, Refusal,
    commit::shown,
    config::pinned_rule,
    invocation::Snapshot,
    step::pinned_plugin,
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
    /// What the step ended with this time.
    pub ended: String,
}

impl Replayed {
    pub fn is_same(&self) -> bool {
        self.then == self.now && self.fuel_then == self.fuel_now
    }
}

struct Past {
    config: Arc<ShopConfig>,
    run: Run,
    rule: RuleSpec,
    plugin: Arc<ActivePlugin>,
    started_by: Arc<Event>,
    /// Of the run's order, from the first.
    events: Vec<Event>,
    journal: Vec<(u32, String, String)>,
    /// Templates that its steps have read, by digest.
    files: BTreeMap<String, Vec<u8>>,
}

impl Past {
    /// What the run's last step has put into its output: the rest are things that effects have created.
    fn handed_on(&self) -> Value {
        let effects = self.run.trace.iter().flat_map(|step| &step.effects);
        let created: Vec<&str> =
            effects.filter_map(|effect| effect.pointer("/Command/label")?.as_str()).collect();
        let output = self.run.output.iter().filter(|(name, _)| !created.contains(&name.as_str()));
        json!({ "Output": output.collect::<BTreeMap<_, _>>() })
    }
}

impl Engine {
    /// Does every step of a run again that its trace still holds and that reached its plugin, with the same order,
    /// clock, random numbers and answers, in the bytes of the plugin that it had. What the plugin may do is what it
    /// may do today: a step that was allowed more then ends differently.
    pub async fn replay(&self, shop: ShopId, id: RunId) -> Result<Vec<Replayed>, Refusal> {
        let engine = self.clone();
        let past = self.storage().read(move |reads| engine.read_past(reads, shop, id)).await?;
        if past.run.migrations.iter().any(|migration| migration.refused.is_none()) {
            let message = "the run went over to another version of its plugin, so it began with other bytes";
            return Err(Refusal::Conflict { message: message.to_owned() });
        }
        let mut replayed = Vec::new();
        let mut state = None;
        for trace in &past.run.trace {
            if trace.condition.as_ref().is_some_and(|condition| !condition.met) {
                continue;
            }
            if trace.step > 0 && state.is_none() {
                let message = "the beginning of the run is no longer in its trace".to_owned();
                return Err(Refusal::Conflict { message });
            }
            let snapshot = self.snapshot_of(&past, trace, state.clone()).await?;
            let settings = match &trace.settings {
                Some(settings) => settings.clone(),
                None => past.rule.settings.to_string(),
            };
            let world = Arc::new(Recorded::new(&past, trace));
            let done = self.invoke(&past.config, snapshot.invocation(settings), world).await;
            let ended = match &done.result {
                Ok(answer) => format!("{answer:?}"),
                Err(failure) => failure.to_string(),
            };
            let mut then = trace.effects.clone();
            let mut now: Vec<Value> = done.effects.iter().map(shown).collect();
            match done.result {
                Ok(Answer::Outcome(
                    Outcome::WaitFor { state: saved, .. } | Outcome::WaitUntil { state: saved, .. },
                )) => state = Some(saved),
                Ok(Answer::Outcome(Outcome::Done { output, .. })) => {
                    then.push(past.handed_on());
                    now.push(json!({ "Output": output }));
                }
                _ => {}
            }
            replayed.push(Replayed {
                step: trace.step,
                attempt: trace.attempt,
                then,
                now,
                fuel_then: trace.usage.fuel,
                fuel_now: done.usage.fuel,
                ended,
            });
        }
        Ok(replayed)
    }

    fn read_past(&self, reads: &mut dyn Reads, shop: ShopId, id: RunId) -> Result<Past, Refusal> {
        let run = reads.run(shop, id)?.ok_or_else(|| Refusal::not_found("run", id))?;
        let config = self.inner.configs.of(reads, shop)?;
        let rule = pinned_rule(&config, reads, &run)?.ok_or_else(|| Refusal::not_found("rule", &run.rule))?;
        let plugin = pinned_plugin(&config, reads, &rule.plugin, &run)?.ok_or_else(|| {
            match config.plugins.contains_key(&rule.plugin) {
                true => Refusal::not_found("package", &run.digest),
                false => Refusal::not_found("plugin", &rule.plugin),
            }
        })?;
        let started_by =
            reads.event(shop, run.event)?.ok_or_else(|| Refusal::not_found("event", run.event))?;
        let query = EventQuery { order: Some(run.order), kind: None };
        let mut events: Vec<Event> = Vec::new();
        loop {
            let after = events.last().map(|event| event.id.0);
            let page = reads.events(shop, &query, Page { after, limit: Page::MAX, newest_first: false })?;
            if page.is_empty() {
                break;
            }
            events.extend(page);
        }
        let journal = reads.journal(id)?;
        let mut files = BTreeMap::new();
        for digest in run.trace.iter().flat_map(|step| &step.reads).filter_map(file_of) {
            if let Some(bytes) = reads.template_file(shop, digest)? {
                files.insert(digest.to_owned(), bytes);
            }
        }
        Ok(Past { config, run, rule, plugin, started_by, events, journal, files })
    }

    async fn snapshot_of(
        &self,
        past: &Past,
        trace: &StepTrace,
        saved: Option<SavedState>,
    ) -> Result<Snapshot, Refusal> {
        let order = Order::at(trace.order_revision, &past.events)
            .ok_or_else(|| Refusal::not_found("revision of the order", trace.order_revision))?;
        let wake = match &trace.wake {
            Woken::Started => Wake::Started,
            Woken::Timer => Wake::Timer,
            Woken::TimedOut => Wake::TimedOut,
            Woken::Event { id, .. } => {
                let (shop, id) = (past.run.shop, *id);
                let event =
                    self.storage().read(move |reads| Ok::<_, Refusal>(reads.event(shop, id)?)).await?;
                Wake::Event { event: event.ok_or_else(|| Refusal::not_found("event", id))? }
            }
        };
        let run = Run {
            step: trace.step,
            attempt: trace.attempt,
            ready_at: trace.now,
            wake,
            saved,
            ..past.run.clone()
        };
        Ok(Snapshot {
            config: past.config.clone(),
            run,
            rule: past.rule.clone(),
            plugin: past.plugin.clone(),
            order: Arc::new(order),
            clients: Vec::new(),
            started_by: past.started_by.clone(),
            // The settings come from the trace, with everything inserted.
            last_run: None,
        })
    }
}

fn file_of(read: &Read) -> Option<&str> {
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
    journal: Vec<(String, String)>,
    files: BTreeMap<String, Vec<u8>>,
}

impl Recorded {
    fn new(past: &Past, trace: &StepTrace) -> Recorded {
        let of_step = past.journal.iter().filter(|(step, ..)| *step == trace.step);
        Recorded {
            reads: Mutex::new(trace.reads.clone()),
            journal: of_step.map(|(_, key, answer)| (key.clone(), answer.clone())).collect(),
            files: past.files.clone(),
        }
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
            Read::Client { id, found } if *id == wanted => Some(found.clone()),
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
                let bytes = file_of(read).and_then(|digest| self.files.get(digest)).cloned();
                Some(found.clone().map(|prepared| (*prepared, bytes.unwrap_or_default())))
            }
            _ => None,
        })
    }

    async fn http(&self, key: &str, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let key = journal_key(key, &request);
        let Some((_, text)) = self.journal.iter().find(|(known, _)| *known == key) else {
            return Err(HttpError::Other("the run never had an answer to this request".to_owned()));
        };
        let Journaled(answer) =
            serde_json::from_str(text).map_err(|error| HttpError::Other(error.to_string()))?;
        answer
    }
}
