//! The processes: started, given steps, ended and started again.
//!
//! **Invariant:** whatever happens to a process, each of its steps ends, as one that may be tried again, and no step of
//! another process notices.

use std::{
    collections::{BTreeMap, HashMap},
    ffi::OsString,
    io,
    os::{fd::OwnedFd, unix::net::UnixStream},
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use parking_lot::{Mutex, RwLock};
use rulewright_domain::plugin::PluginId;
use rulewright_ports::Failure;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    net::unix::OwnedReadHalf,
    process::{Child, ChildStderr, Command},
    sync::{Notify, mpsc},
    task::AbortHandle,
};

use super::{
    Guests, WORKER_CHILD, Walls,
    frame::{self, Frames},
    memory,
    order::Order,
    process::{Running, Seen, Worker},
    words,
};
use crate::{RuntimeError, options::Limits, trap};

/// Until a process that was started says that it is ready.
const BEGIN: Duration = Duration::from_secs(30);
/// For a step whose process is being started.
const WAIT: Duration = Duration::from_secs(15);
/// Since its last answer, where each of its steps is a short one.
const QUICK: Duration = Duration::from_millis(1);
/// One that has computed for so long, by the clock, is a long one: on a busy machine others take some milliseconds too.
const LONG: Duration = Duration::from_millis(100);
/// Steps of a process that answers quickly, before another one gets some.
const PACKED: usize = 8;
/// For a process that has let go of its socket.
const LAST: Duration = Duration::from_secs(1);
/// Before the next start, doubled each time that one does not last.
const PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// A process that has lasted for so long began well.
const LASTED: Duration = Duration::from_secs(60);
/// Of what a process says on stderr, for the log.
const LAST_WORDS: u64 = 64 << 10;
/// Values in what a process says of its walls.
const WALLS: u64 = 100;

pub(crate) struct Workers {
    shared: Arc<Shared>,
    supervisors: Vec<AbortHandle>,
}

struct Shared {
    program: OsString,
    order: String,
    places: Vec<RwLock<Option<Arc<Worker>>>>,
    /// One has come into its place.
    came: Notify,
    steps: AtomicU64,
    /// Components that a process keeps at a time.
    loaded: usize,
    /// Bytes of a frame from a worker.
    most: usize,
    /// Bytes that a process may hold.
    memory: u64,
    guests: Guests,
    /// How often a plugin's step was under way when its process ended.
    amid: Mutex<BTreeMap<PluginId, u64>>,
}

impl Workers {
    /// Begins to start them. Within a runtime of tokio, which attends to them.
    pub fn start(limits: &Limits, program: OsString) -> Result<Workers, RuntimeError> {
        let runtime = tokio::runtime::Handle::try_current()
            .map_err(|error| RuntimeError::Workers(format!("nobody attends to them: {error}")))?;
        let order = serde_json::to_string(&Order::new(limits))
            .map_err(|error| RuntimeError::Workers(format!("they cannot be told what to do: {error}")))?;
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        let wanted = usize::try_from(limits.workers).ok().filter(|wanted| *wanted > 0).unwrap_or_else(cores);
        let shared = Arc::new(Shared {
            program,
            order,
            places: (0..wanted).map(|_| RwLock::default()).collect(),
            came: Notify::new(),
            steps: AtomicU64::new(1),
            loaded: usize::try_from(limits.loaded).unwrap_or(usize::MAX),
            most: most(limits),
            memory: memory::bound(limits, memory::of_machine()),
            guests: Guests::default(),
            amid: Mutex::default(),
        });
        shared.guests.expect(wanted);
        let supervise = |place| runtime.spawn(supervise(shared.clone(), place)).abort_handle();
        let supervisors = (0..wanted).map(supervise).collect();
        Ok(Workers { shared, supervisors })
    }

    pub fn guests(&self) -> &Guests {
        &self.shared.guests
    }

    /// Of a step; never given twice.
    pub fn number(&self) -> u64 {
        self.shared.steps.fetch_add(1, Ordering::Relaxed)
    }

    /// Components that a process keeps at a time.
    pub fn loaded(&self) -> usize {
        self.shared.loaded
    }

    pub(super) async fn pick(&self) -> Result<Arc<Worker>, Failure> {
        let found = || {
            let alive = self.shared.places.iter().filter_map(|place| place.read().clone());
            // One that must end takes no more, also before it has left its place.
            let alive: Vec<Arc<Worker>> = alive.filter(|worker| worker.why.lock().is_none()).collect();
            choose(alive.iter().map(|worker| worker.seen())).and_then(|place| alive.get(place).cloned())
        };
        let none = |why: String| trap::ours(format!("no process for guests is there: {why}"));
        let comes = async {
            loop {
                let came = self.shared.came.notified();
                tokio::pin!(came);
                came.as_mut().enable();
                if let Some(worker) = found() {
                    return Ok(worker);
                }
                // Where none has ever begun, waiting would not help.
                if let Some(why) = self.shared.guests.never_began() {
                    return Err(none(why));
                }
                came.await;
            }
        };
        let late = |_| Err(none("none is ready yet".to_owned()));
        tokio::time::timeout(WAIT, comes).await.unwrap_or_else(late)
    }
}

/// Where a step goes: to the process that has least to do; or to one that answers quickly, because the more steps wait
/// for each look at its socket, the fewer looks there are. One with a step that computes for long is left alone, also where
/// others are answered quickly beside that: the step may be another long one, and a process has one thread for those.
fn choose(processes: impl Iterator<Item = Seen> + Clone) -> Option<usize> {
    let quick =
        |seen: Seen| (1..PACKED).contains(&seen.steps) && seen.silent < QUICK && seen.computing < LONG;
    let mut all = processes.clone().enumerate();
    all.find(|(_, process)| quick(*process))
        .or_else(|| processes.enumerate().min_by_key(|(_, seen)| (seen.steps, seen.computing >= LONG)))
        .map(|(place, _)| place)
}

impl Drop for Workers {
    /// Their processes end with whoever attends to them.
    fn drop(&mut self) {
        self.supervisors.iter().for_each(AbortHandle::abort);
    }
}

/// What the sandbox may answer at most, with room for how JSON writes it.
fn most(limits: &Limits) -> usize {
    let carried = limits.effect_bytes.saturating_add(limits.hostcall).saturating_add(limits.http_body);
    usize::try_from(carried.saturating_mul(8).saturating_add(16 << 20)).unwrap_or(usize::MAX)
}

/// One place, for as long as there are steps.
async fn supervise(shared: Arc<Shared>, place: usize) {
    let mut pause = PAUSE;
    loop {
        let begun = Instant::now();
        let why = match shared.start() {
            Ok((child, stream)) => shared.attend(place, child, stream).await,
            Err(error) => {
                format!("it does not start: {error}; the operator can set `guests = \"in-process\"`")
            }
        };
        tracing::warn!(place, %why, "a process for guests has ended, and is started again");
        shared.guests.again(why);
        shared.came.notify_waiters();
        pause = match begun.elapsed() > LASTED {
            true => PAUSE,
            false => pause.saturating_mul(2).min(LONGEST_PAUSE),
        };
        tokio::time::sleep(pause).await;
    }
}

impl Shared {
    fn start(&self) -> io::Result<(Child, UnixStream)> {
        let (ours, theirs) = UnixStream::pair()?;
        ours.set_nonblocking(true)?;
        let child = Command::new(&self.program)
            .arg(WORKER_CHILD)
            .arg(&self.order)
            // Secrets live in environments.
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        Ok((child, ours))
    }

    /// From its start to its end. Returns why it has ended.
    async fn attend(&self, place: usize, mut child: Child, stream: UnixStream) -> String {
        let stream = match tokio::net::UnixStream::from_std(stream) {
            Ok(stream) => stream,
            Err(error) => return format!("there is no way to talk to it: {error}"),
        };
        let pid = child.id().unwrap_or_default();
        if let Some(stderr) = child.stderr.take() {
            tokio::spawn(repeat(stderr, pid));
        }
        let (read, write) = stream.into_split();
        let mut frames = Frames::new(read, self.most);
        let walls = match tokio::time::timeout(BEGIN, ready(&mut frames)).await {
            Ok(Some(walls)) => walls,
            Ok(None) => return format!("it did not begin: {}", ending(&mut child).await),
            Err(_) => return format!("it was not ready after {} s", BEGIN.as_secs()),
        };
        tracing::info!(place, pid, %walls, "a process for guests is ready");
        let (out, waiting) = mpsc::unbounded_channel();
        let writing = tokio::spawn(frame::write_all(waiting, write));
        let worker = Arc::new(Worker::new(out));
        self.guests.begun(walls);
        *self.places[place].write() = Some(worker.clone());
        self.came.notify_waiters();

        let lied = tokio::select! {
            lied = worker.listen(&mut frames) => lied,
            () = worker.doomed.notified() => worker.why.lock().clone(),
            why = memory::outgrown(pid, self.memory) => Some(why),
        };
        // From here on nobody chooses it.
        *self.places[place].write() = None;
        self.guests.ended();
        if lied.is_some() {
            // It may still be busy with what it should not do.
            let _ = child.start_kill();
        }
        let status = ending(&mut child).await;
        let why = lied.unwrap_or(status);
        worker.why.lock().get_or_insert_with(|| why.clone());
        writing.abort();
        let steps = worker.steps.lock().take().unwrap_or_default();
        self.count(pid, &steps);
        // Now those who wait for its steps are told.
        drop(steps);
        why
    }

    /// Tells of each plugin that had a step in a process when it ended: one of them may have brought it about.
    fn count(&self, pid: u32, steps: &HashMap<u64, Running>) {
        let mut plugins: BTreeMap<&PluginId, u64> = BTreeMap::new();
        for step in steps.values().filter(|step| step.has_begun(steps)) {
            *plugins.entry(&step.plugin).or_default() += 1;
        }
        let mut amid = self.amid.lock();
        for (plugin, steps) in plugins {
            let times = amid.entry(plugin.clone()).or_default();
            *times += 1;
            let times = *times;
            tracing::warn!(pid, plugin, steps, times, "steps were under way in a process that ended");
        }
    }
}

async fn ready(frames: &mut Frames<OwnedReadHalf>) -> Option<Walls> {
    let frame = frames.next().await.ok()??;
    if frame.kind != frame::READY {
        return None;
    }
    words::read_from_worker(&frame.body, WALLS).ok()
}

/// How it ended; it is killed where it takes its time.
async fn ending(child: &mut Child) -> String {
    let ended = match tokio::time::timeout(LAST, child.wait()).await {
        Ok(ended) => ended,
        Err(_) => {
            let _ = child.start_kill();
            child.wait().await
        }
    };
    match ended {
        Ok(status) => status.to_string(),
        Err(error) => format!("its end is not known: {error}"),
    }
}

/// What a process says to people, up to a length; the rest is read, so that it need not wait, and thrown away.
async fn repeat(stderr: ChildStderr, pid: u32) {
    let (mut said, mut line) = (BufReader::new(stderr.take(LAST_WORDS)), Vec::new());
    while said.read_until(b'\n', &mut line).await.is_ok_and(|read| read > 0) {
        tracing::warn!(pid, said = ?String::from_utf8_lossy(&line), "a process for guests says");
        line.clear();
    }
    let mut rest = said.into_inner().into_inner();
    // It ends with the process.
    let _ = tokio::io::copy(&mut rest, &mut tokio::io::sink()).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_goes_where_answers_come_quickly_and_else_where_least_is_done() {
        let choose = |processes: &[(usize, u64, u64)]| {
            choose(processes.iter().map(|(steps, silent, computing)| Seen {
                steps: *steps,
                silent: Duration::from_micros(*silent),
                computing: Duration::from_micros(*computing),
            }))
        };
        assert_eq!(choose(&[]), None);
        for (processes, place) in [
            // Nothing is done anywhere.
            (&[(0, 10, 0), (0, 9_000, 0)][..], 0),
            (&[(0, 9_000, 0), (3, 10, 100)], 1),
            (&[(PACKED - 1, 999, 900), (0, 10, 0)], 0),
            (&[(PACKED, 10, 900), (0, 10, 0)], 1),
            // It computes for long, or all of them do.
            (&[(1, 1_000, 1_000), (0, 10, 0)], 1),
            (&[(3, 9_000, 9_000), (2, 9_000, 9_000)], 1),
            // Short ones are answered beside a long one.
            (&[(2, 10, 100_000), (0, 9_000, 0)], 1),
            (&[(2, 10, 100_000), (1, 10, 100_000)], 1),
            (&[(1, 10, 100_000), (1, 9_000, 100)], 1),
        ] {
            assert_eq!(choose(processes), Some(place), "{processes:?}");
        }
    }
}
