//! The other side: a process that runs guests, and has nothing but a socket to whoever started it.
//!
//! **Invariant:** everything that it needs from the system it has before the walls go up, and no guest runs before.
//! It ends when its socket does.

use std::{
    collections::HashMap,
    io,
    os::{fd::AsFd, unix::net::UnixStream},
    panic::AssertUnwindSafe,
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use futures::{
    FutureExt,
    future::{AbortHandle, Abortable, BoxFuture},
};
use parking_lot::Mutex;
use rulewright_domain::plugin::Digest;
use rulewright_ports::{Completion, Failure, Invocation};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::mpsc::{self, UnboundedReceiver, UnboundedSender},
};
use wasmtime::component::Component;

use super::{
    asking::{Asker, Waiting},
    frame::{self, Frame, Frames},
    order::Order,
    walls, words,
};
use crate::{
    background::Background,
    compiler::close_all_but,
    components::Loaded,
    engine::Ticker,
    execute::{self, Around},
    options::Limits,
    room::{Admission, Room},
    trap,
    turn::Turns,
};

/// What `main` of the program does, before anything else, when its first argument is
/// [`WORKER_CHILD`](super::WORKER_CHILD).
pub fn worker_child(order: Option<String>) -> ExitCode {
    match work(order) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn work(order: Option<String>) -> io::Result<()> {
    let order = order.ok_or_else(|| io::Error::other("this is for the program itself, not for people"))?;
    let order: Order = serde_json::from_str(&order)?;
    close_all_but(Vec::new());
    #[cfg(debug_assertions)]
    if let Some(probe) = &order.probe {
        return super::probe::run(probe, order.walls);
    }
    let stream = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    stream.set_nonblocking(true)?;
    let rooms = Rooms::new(&order.limits()).map_err(io::Error::other)?;
    // One thread for short steps: a process for each core is what there is instead, and a step is handed to nobody.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    // Whoever stops a server means the server, also where all of its processes are told: it ends this one when the
    // steps in hand are done.
    {
        let _runtime = runtime.enter();
        for stop in [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup()] {
            // Once somebody has listened, it does not end the process any more.
            drop(signal(stop)?);
        }
    }
    let walls = walls::put_up();
    runtime.block_on(serve(stream, rooms, &walls))
}

/// Where steps of this process run.
struct Rooms {
    ordinary: Arc<Room>,
    large: Option<Arc<Room>>,
    limits: Limits,
}

impl Rooms {
    fn new(limits: &Limits) -> Result<Rooms, crate::RuntimeError> {
        Ok(Rooms {
            ordinary: Arc::new(Room::ordinary(limits)?),
            large: Room::large(limits)?.map(Arc::new),
            limits: limits.clone(),
        })
    }

    fn ticker(&self) -> Result<Ticker, crate::RuntimeError> {
        let engines: Vec<_> = [Some(&self.ordinary), self.large.as_ref()]
            .into_iter()
            .flatten()
            .map(|room| &room.engine)
            .collect();
        Ticker::start(&engines, Duration::from_millis(self.limits.tick.max(1)))
    }

    /// From the body of a frame: which room it is for, its digest, and native code.
    fn load(&self, body: &[u8]) -> Option<(Digest, Result<Arc<Loaded>, Failure>)> {
        let (large, rest) = body.split_first()?;
        let (digest, code) = rest.split_at_checked(super::DIGEST)?;
        let digest = String::from_utf8(digest.to_vec()).ok()?;
        let room = match (*large, &self.large) {
            (0, _) => &self.ordinary,
            (_, Some(large)) => large,
            (_, None) => return None,
        };
        // SAFETY: it comes from the process that started this one, which has compiled it, or kept it under its seal,
        // for an engine of the same settings. Nobody else holds the other end of the socket.
        #[allow(unsafe_code)]
        let component = unsafe { Component::deserialize(&room.engine, code) };
        let loaded = component
            .map_err(|error| trap::ours(format!("a worker cannot use what was compiled: {error:#}")))
            .and_then(|component| Loaded::new(room.clone(), &component));
        Some((digest, loaded.map(Arc::new)))
    }
}

/// A step that has begun: how to end it, and what it waits for.
struct Job {
    abort: AbortHandle,
    waiting: Waiting,
}

struct House {
    rooms: Rooms,
    turns: Turns,
    background: Arc<Background>,
    loaded: HashMap<Digest, Result<Arc<Loaded>, Failure>>,
    jobs: Arc<Mutex<HashMap<u64, Job>>>,
    /// Takes those that go after the one told of last.
    then: Option<UnboundedSender<BoxFuture<'static, ()>>>,
    out: UnboundedSender<Frame>,
}

async fn serve(stream: UnixStream, rooms: Rooms, walls: &walls::Walls) -> io::Result<()> {
    let (read, write) = tokio::net::UnixStream::from_std(stream)?.into_split();
    let (out, frames) = mpsc::unbounded_channel();
    let writing = tokio::spawn(frame::write_all(frames, write));
    let ready = words::write(walls).map_err(io::Error::other)?;
    // Nobody listening is the end, and that is seen below.
    let _ = out.send(Frame::new(frame::READY, 0, ready));

    let ticker = rooms.ticker().map_err(io::Error::other)?;
    // Who computes is decided where the steps come from.
    let unbounded = Limits { concurrency: u64::MAX, outside: u64::MAX, ..rooms.limits.clone() };
    let turns = Turns::new(&unbounded);
    // Behind the walls, as everything that begins now.
    let background = Arc::new(Background::start(1, ticker).map_err(io::Error::other)?);
    let mut house =
        House { rooms, turns, background, loaded: HashMap::new(), jobs: Arc::default(), then: None, out };
    // Whoever started this process is trusted with any length.
    let mut frames = Frames::new(read, usize::MAX);
    while let Some(frame) = frames.next().await? {
        house.take(frame)?;
    }
    writing.abort();
    Ok(())
}

impl House {
    fn take(&mut self, frame: Frame) -> io::Result<()> {
        let Frame { kind, id, body, .. } = frame;
        match kind {
            frame::CODE => {
                let loaded = self.rooms.load(&body).ok_or(io::ErrorKind::InvalidData)?;
                self.loaded.insert(loaded.0, loaded.1);
            }
            frame::FORGET => {
                let digest = String::from_utf8(body).map_err(|_| io::ErrorKind::InvalidData)?;
                self.loaded.remove(&digest);
            }
            frame::RUN | frame::THEN => {
                if kind == frame::RUN {
                    let (then, steps) = mpsc::unbounded_channel();
                    tokio::spawn(one_by_one(steps));
                    self.then = Some(then);
                }
                let step = self.begin(id, words::read(&body).map_err(io::Error::other)?);
                let then = self.then.as_ref().ok_or(io::ErrorKind::InvalidData)?;
                then.send(step).map_err(|_| io::ErrorKind::BrokenPipe)?;
            }
            frame::ANSWER => {
                let waiting = self.jobs.lock().get(&id).map(|job| job.waiting.clone());
                if let Some(waiting) = waiting {
                    waiting.answer(body);
                }
            }
            frame::STOP => {
                if let Some(job) = self.jobs.lock().remove(&id) {
                    job.abort.abort();
                }
            }
            _ => return Err(io::ErrorKind::InvalidData.into()),
        }
        Ok(())
    }

    fn begin(&self, id: u64, invocation: Invocation) -> BoxFuture<'static, ()> {
        let loaded = self.loaded.get(&invocation.digest).cloned().unwrap_or_else(|| {
            Err(trap::ours(format!("a worker was not given component {}", invocation.digest)))
        });
        let waiting = Waiting::default();
        let asker = Arc::new(Asker::new(id, self.out.clone(), waiting.clone()));
        let (turns, background) = (self.turns.clone(), self.background.clone());
        let (jobs, out) = (self.jobs.clone(), self.out.clone());
        let step = async move {
            // A panic in a host function is the end of this step, and not of those beside it.
            let completion = AssertUnwindSafe(run(loaded, invocation, asker, turns, &background));
            let completion = completion.catch_unwind().await;
            let completion = completion.unwrap_or_else(|_| {
                execute::failed(trap::ours("the host made a mistake in this step; its log tells more"))
            });
            let body = words::write(&completion).or_else(|error| {
                let failure = trap::ours(format!("a worker could not say what came of a step: {error}"));
                words::write(&execute::failed(failure))
            });
            jobs.lock().remove(&id);
            if let Ok(body) = body {
                let _ = out.send(Frame::new(frame::DONE, id, body));
            }
        };
        let (abort, gone) = AbortHandle::new_pair();
        self.jobs.lock().insert(id, Job { abort, waiting });
        Abortable::new(step, gone).map(drop).boxed()
    }
}

/// In one task: what they come to is sent together, where no step gives way to others in between.
async fn one_by_one(mut steps: UnboundedReceiver<BoxFuture<'static, ()>>) {
    while let Some(step) = steps.recv().await {
        step.await;
    }
}

async fn run(
    loaded: Result<Arc<Loaded>, Failure>,
    mut invocation: Invocation,
    asker: Arc<Asker>,
    turns: Turns,
    background: &Background,
) -> Completion {
    let loaded = match loaded {
        Ok(loaded) => loaded,
        Err(failure) => return execute::failed(failure),
    };
    let Some(turn) = turns.take().await else {
        return execute::failed(trap::ours("the worker is ending"));
    };
    let grant = Arc::new(std::mem::take(&mut invocation.grant));
    let around = Around { grant, world: asker.clone(), keeper: asker };
    // The place of a large component is kept where the step comes from.
    let admission = Admission { turn, place: None };
    execute::execute(loaded, invocation, around, admission, background).await
}
