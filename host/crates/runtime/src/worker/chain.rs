//! Steps that go one after the other in one process, which is told of all of them at once: the ways there and back are
//! most of what a short step costs.
//!
//! **Invariant:** whatever the end of a process is to the step that was under way in it, those behind it had not begun:
//! another process is told of them.

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
use crate::{components::Loaded, execute, options::grouped, room::Admission, trap};

/// Beyond the wall limit that a worker keeps itself: on a busy machine it comes late, and that is no reason to end it.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) struct Chain<'a> {
    workers: &'a Workers,
    waiting: VecDeque<Link>,
    admission: Admission,
}

struct Link {
    loaded: Arc<Loaded>,
    invocation: Invocation,
    host: Host,
    /// Where a process was told of it.
    line: Option<Line>,
}

impl<'a> Chain<'a> {
    pub fn new(workers: &'a Workers, admission: Admission) -> Chain<'a> {
        Chain { workers, waiting: VecDeque::new(), admission }
    }

    pub fn and(mut self, loaded: Arc<Loaded>, invocation: Invocation, world: Arc<dyn World>) -> Chain<'a> {
        self.waiting.push_back(Link::new(loaded, invocation, world));
        self
    }

    /// The next step, until its end; None after the last.
    pub fn next(&mut self) -> Option<impl Future<Output = Completion> + Send> {
        let link = self.waiting.pop_front()?;
        Some(async move { self.end(link).await.unwrap_or_else(execute::failed) })
    }

    /// One step alone.
    pub async fn only(
        mut self,
        loaded: Arc<Loaded>,
        invocation: Invocation,
        world: Arc<dyn World>,
    ) -> Completion {
        self.end(Link::new(loaded, invocation, world)).await.unwrap_or_else(execute::failed)
    }

    async fn end(&mut self, mut link: Link) -> Result<Completion, Failure> {
        let mut line = match link.line.take() {
            Some(line) => line,
            None => self.begin(&link).await?,
        };
        let (host, plugin) = (&link.host, &link.invocation.plugin);
        let patience = Duration::from_millis(host.wall()).saturating_add(PATIENCE);
        match tokio::time::timeout(patience, host.talk(&mut line, &mut self.admission.turn)).await {
            Ok(Ok(completion)) => return Ok(completion),
            Ok(Err(Broken::Ours(error))) => {
                return Err(trap::ours(format!("a worker cannot be answered: {error}")));
            }
            Ok(Err(Broken::Gone)) => {}
            Ok(Err(Broken::Lied(what))) => {
                line.worker.end(format!("in a step of {plugin} it said what no sandbox says: {what}"));
            }
            Err(_) => line.worker.end(format!(
                "a step of {plugin} was not over {} ms after its time",
                grouped(u64::try_from(PATIENCE.as_millis()).unwrap_or(u64::MAX))
            )),
        }
        for behind in &mut self.waiting {
            behind.line = None;
        }
        let why = line.worker.why.lock().clone().unwrap_or_else(|| "it ended".to_owned());
        Err(died(plugin, &why))
    }

    /// Tells a process of a step, and of those behind it.
    async fn begin(&mut self, first: &Link) -> Result<Line, Failure> {
        let mut codes = HashMap::new();
        loop {
            let worker = self.workers.pick().await?;
            let mut steps = Vec::with_capacity(1 + self.waiting.len());
            for link in iter::once(first).chain(&self.waiting) {
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
    fn new(loaded: Arc<Loaded>, invocation: Invocation, world: Arc<dyn World>) -> Link {
        let host = Host::new(&invocation, world, &loaded.room.limits);
        Link { loaded, invocation, host, line: None }
    }

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
