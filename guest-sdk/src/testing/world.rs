//! The fake host's memory.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{Effect, START, client, employee, order};
use crate::http::{HttpError, Response};
use crate::log::Level;
use crate::{Attr, Client, Detail, Employee, HostError, Instant, Order, documents, lists};

thread_local! {
    static WORLD: RefCell<Option<World>> = const { RefCell::new(None) };
}

#[derive(Clone)]
pub(crate) struct World {
    pub now: Instant,
    pub seed: u64,
    pub drawn: u64,
    pub step: u32,
    pub attempt: u32,
    /// Id of the run's own order.
    pub order: String,
    pub orders: BTreeMap<String, Order>,
    pub clients: BTreeMap<String, Client>,
    /// Of a client: the open channel that it used last.
    pub chats: BTreeMap<String, String>,
    pub employees: BTreeMap<String, Employee>,
    pub items: Vec<lists::Item>,
    pub templates: Option<BTreeSet<String>>,
    /// Templates that a plugin fills itself, by name.
    pub prepared: BTreeMap<String, documents::Prepared>,
    pub stages: Option<BTreeSet<String>>,
    /// Milliseconds that the shop is ahead of UTC.
    pub utc_offset: i64,
    pub secrets: BTreeMap<String, String>,
    pub storage: BTreeMap<String, Vec<u8>>,
    pub denied: BTreeSet<String>,
    pub effects: Vec<Effect>,
    /// Why the commit will refuse the step.
    pub refused: Option<String>,
    pub labels: BTreeMap<String, u32>,
    pub log: Vec<Line>,
    pub answers: VecDeque<Answer>,
    pub journal: BTreeMap<(u32, String), Response>,
    pub requests: Vec<Sent>,
}

/// A line for the trace.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    pub level: Level,
    pub message: String,
    pub fields: Vec<Attr>,
}

/// A request that went out. A secret in a header is shown as `{{secret:name}}`.
#[derive(Clone, Debug, PartialEq)]
pub struct Sent {
    pub method: String,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Option<Vec<u8>>,
    pub timeout: Option<u64>,
    pub key: String,
}

impl Sent {
    /// The first header of that name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The body as text; empty where there is none.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(self.body.as_deref().unwrap_or_default()).into_owned()
    }
}

/// What the other side says to an HTTP request.
#[derive(Clone, Debug)]
pub struct Answer(pub Result<Response, HttpError>);

impl Answer {
    /// That status, without a body.
    pub fn status(status: u16) -> Self {
        Answer(Ok(Response {
            status,
            headers: Vec::new(),
            body: Vec::new(),
            truncated: false,
            replayed: false,
        }))
    }

    pub fn error(error: HttpError) -> Self {
        Answer(Err(error))
    }

    pub fn body(mut self, body: &str) -> Self {
        if let Ok(response) = &mut self.0 {
            response.body = body.into();
        }
        self
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        if let Ok(response) = &mut self.0 {
            response.headers.push((name.into(), value.into()));
        }
        self
    }
}

impl World {
    pub fn new() -> Self {
        let contact = client("client-1")
            .with_phone("mobile", "+44 20 7946 0001")
            .with_email("work", "client@example.com");
        let order = order();
        World {
            now: START,
            seed: 1,
            drawn: 0,
            step: 0,
            attempt: 0,
            order: order.id.clone(),
            orders: BTreeMap::from([(order.id.clone(), order)]),
            clients: BTreeMap::from([(contact.id.clone(), contact)]),
            chats: BTreeMap::new(),
            employees: BTreeMap::from([("employee-1".into(), employee("employee-1"))]),
            items: Vec::new(),
            templates: None,
            prepared: BTreeMap::new(),
            stages: None,
            utc_offset: 0,
            secrets: BTreeMap::new(),
            storage: BTreeMap::new(),
            denied: BTreeSet::new(),
            effects: Vec::new(),
            refused: None,
            labels: BTreeMap::new(),
            log: Vec::new(),
            answers: VecDeque::new(),
            journal: BTreeMap::new(),
            requests: Vec::new(),
        }
    }

    /// Forgets what the step staged. What went over the network, and the trace, stay.
    pub fn drop_staged(&mut self, before: World) {
        self.orders = before.orders;
        self.clients = before.clients;
        self.items = before.items;
        self.storage = before.storage;
        self.effects = before.effects;
        self.refused = None;
        self.labels = before.labels;
    }

    pub fn refuse(&mut self, why: String) {
        self.refused.get_or_insert(why);
    }

    /// `document`, then `document-2`, ...
    pub fn label(&mut self, name: &str) -> String {
        let count = self.labels.entry(name.into()).or_default();
        *count += 1;
        match *count {
            1 => name.into(),
            count => format!("{name}-{count}"),
        }
    }
}

/// Runs a step in that world, and hands it back as the step left it.
pub(crate) fn enter<T>(mut world: World, step: impl FnOnce() -> T) -> (T, World) {
    world.drawn = 0;
    let outer = WORLD.with(|cell| cell.replace(Some(world)));
    let result = step();
    let world = WORLD.with(|cell| cell.replace(outer));
    (result, world.expect("a step cannot leave its world"))
}

/// The world of the running step.
pub(crate) fn with<T>(act: impl FnOnce(&mut World) -> T) -> T {
    WORLD.with(|cell| {
        let mut world = cell.borrow_mut();
        let world = world
            .as_mut()
            .expect("host functions work in a component, and natively inside rulewright_sdk::testing");
        act(world)
    })
}

/// The same, where the function is granted.
pub(crate) fn granted<T>(
    function: &str,
    act: impl FnOnce(&mut World) -> Result<T, HostError>,
) -> Result<T, HostError> {
    with(|world| {
        if world.denied.contains(function) {
            return Err(HostError::Denied(function.into()));
        }
        act(world)
    })
}

pub(crate) fn refusal(code: &str, message: &str) -> HostError {
    HostError::Other(Detail {
        code: code.into(),
        message: message.into(),
        retryable: false,
        retry_after: None,
    })
}
