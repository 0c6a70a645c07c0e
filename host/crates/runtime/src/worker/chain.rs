//! Steps that go one after the other in one process, which is told of all of them at once: the ways there and back are
//! most of what a short step costs.
//!
//! **Invariant:** a step fails for the end of its process only where no other was told to that process with it. What
//! those before had come to may be lost with the process, so nobody knows which of them it was in: each is told once
//! more, to a process by itself. None of them asks anybody outside, so none has left anything.

use std::{
    collections::{HashMap, VecDeque},
    iter,
    sync::Arc,
    time::Duration,
};

use rulewright_domain::plugin::{Digest, PluginId};
use rulewright_ports::{Completion, Failure, Invocation, World};

use super::{
    process::{Begin, Line},
    talk::{Broken, Host},
    words,
    workers::Workers,
};
use crate::{
    components::Loaded,
    execute,
    options::grouped,
    room::Admission,
    trap,
    turn::{Turn, Turns},
};

/// Beyond the wall limit that a worker keeps itself: on a busy machine it comes late, and that is no reason to end it.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) struct Chain<'a> {
    workers: &'a Workers,
    waiting: VecDeque<Link>,
    /// A process has ended in the midst of them: they go by themselves.
    apart: bool,
}

struct Link {
    loaded: Arc<Loaded>,
    invocation: Invocation,
    world: Arc<dyn World>,
    /// Where a process was told of it with one before it.
    line: Option<Line>,
}

impl<'a> Chain<'a> {
    pub fn new(workers: &'a Workers) -> Chain<'a> {
        Chain { workers, waiting: VecDeque::new(), apart: false }
    }

    pub fn push(&mut self, loaded: Arc<Loaded>, invocation: Invocation, world: Arc<dyn World>) {
        self.waiting.push_back(Link { loaded, invocation, world, line: None });
    }

    /// The next step, in a turn of its own, until its end; None after the last. The turn is given back before anybody
    /// commits: a step that is done once more needs one too.
    pub fn next(&mut self, turns: &Turns) -> Option<impl Future<Output = Completion> + Send> {
        let (link, turns) = (self.waiting.pop_front()?, turns.clone());
        Some(async move {
            match turns.take().await {
                Some(mut turn) => self.end(link, &mut turn).await.unwrap_or_else(execute::failed),
                None => execute::failed(trap::ours("the runtime is shutting down")),
            }
        })
    }

    /// One step alone.
    pub async fn only(
        mut self,
        admission: Admission,
        loaded: Arc<Loaded>,
        invocation: Invocation,
        world: Arc<dyn World>,
    ) -> Completion {
        let Admission { mut turn, place: _place } = admission;
        let link = Link { loaded, invocation, world, line: None };
        self.end(link, &mut turn).await.unwrap_or_else(execute::failed)
    }

    async fn end(&mut self, mut link: Link, turn: &mut Turn) -> Result<Completion, Failure> {
        let plugin = &link.invocation.plugin;
        loop {
            let with_others = link.line.is_some() || !(self.apart || self.waiting.is_empty());
            let mut line = match link.line.take() {
                Some(line) => line,
                None => self.begin(&link).await?,
            };
            let host = Host::new(&link.invocation, link.world.clone(), &link.loaded.room.limits);
            let patience = Duration::from_millis(host.wall()).saturating_add(PATIENCE);
            let gone = match tokio::time::timeout(patience, host.talk(&mut line, turn)).await {
                Ok(Ok(completion)) => return Ok(completion),
                Ok(Err(Broken::Ours(error))) => {
                    return Err(trap::ours(format!("a worker cannot be answered: {error}")));
                }
                Ok(Err(Broken::Gone)) => true,
                Ok(Err(Broken::Lied(what))) => {
                    line.worker.end(format!("in a step of {plugin} it said what no sandbox says: {what}"));
                    false
                }
                Err(_) => {
                    let patience = grouped(u64::try_from(PATIENCE.as_millis()).unwrap_or(u64::MAX));
                    line.worker.end(format!("a step of {plugin} was not over {patience} ms after its time"));
                    false
                }
            };
            // Those behind it had not begun, or have their answers lost.
            self.waiting.iter_mut().for_each(|behind| behind.line = None);
            if gone && with_others {
                self.apart = true;
                continue;
            }
            let why = line.worker.why.lock().clone().unwrap_or_else(|| "it ended".to_owned());
            return Err(died(plugin, &why));
        }
    }

    /// Tells a process of a step, and of those behind it.
    async fn begin(&mut self, first: &Link) -> Result<Line, Failure> {
        let mut codes = HashMap::new();
        let behind = if self.apart { 0 } else { self.waiting.len() };
        loop {
            let worker = self.workers.pick().await?;
            let mut steps = Vec::with_capacity(1 + behind);
            for link in iter::once(first).chain(self.waiting.iter().take(behind)) {
                let digest = &link.invocation.digest;
                // Not made under the lock of the worker: it is megabytes.
                if !worker.knows(digest) && !codes.contains_key(digest) {
                    codes.insert(digest.clone(), code(link.loaded.clone(), digest.clone()).await?);
                }
                steps.push(link.begin(self.workers.number())?);
            }
            let mut lines = worker.begin(steps, &mut codes, self.workers.loaded()).into_iter();
            if let Some(line) = lines.next() {
                self.waiting.iter_mut().zip(lines).for_each(|(link, line)| link.line = Some(line));
                return Ok(line);
            }
            // It has ended, or forgotten the component, between two looks.
            tokio::task::yield_now().await;
        }
    }
}

impl Link {
    fn begin(&self, id: u64) -> Result<Begin, Failure> {
        let body = words::write(&self.invocation)
            .map_err(|error| trap::ours(format!("a worker cannot be told of the step: {error}")))?;
        let (plugin, digest) = (self.invocation.plugin.clone(), self.invocation.digest.clone());
        Ok(Begin { id, plugin, digest, body })
    }
}

fn died(plugin: &PluginId, why: &str) -> Failure {
    let message = format!("the process that ran {plugin} ended before the step did: {why}");
    Failure::new("worker-died", message, true)
}

/// The body of a frame that a worker loads a component from.
async fn code(loaded: Arc<Loaded>, digest: Digest) -> Result<Vec<u8>, Failure> {
    let body = move || {
        let code = loaded.pre.component().serialize()?;
        let mut body = Vec::with_capacity(1 + digest.len() + code.len());
        body.push(u8::from(loaded.room.is_large()));
        body.extend_from_slice(digest.as_bytes());
        body.extend_from_slice(&code);
        Ok(body)
    };
    let body: Result<wasmtime::Result<Vec<u8>>, _> = tokio::task::spawn_blocking(body).await;
    match body {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(error)) => Err(trap::ours(format!("a worker cannot be given the component: {error:#}"))),
        Err(error) => Err(trap::ours(format!("giving a worker the component was given up: {error}"))),
    }
}
