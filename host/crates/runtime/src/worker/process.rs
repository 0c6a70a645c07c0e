//! One process that runs guests, as long as it lives, and the steps that are under way in it.
//!
//! **Invariant:** a worker knows a component before it is given a step of it, and whoever waits for a step is told when
//! its process has ended.

use std::{
    collections::HashMap,
    io,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use rulewright_domain::plugin::{Digest, PluginId};
use tokio::{
    net::unix::OwnedReadHalf,
    sync::{
        Notify,
        mpsc::{self, UnboundedSender},
        oneshot,
    },
};

use super::frame::{self, Frame, Frames};
use crate::log::cut;

/// A question and an end; whoever says more at once is not heard.
const AT_ONCE: usize = 2;
/// Bytes of why a process has ended: every step that was in it is told, and words of a stranger may be in it.
const WHY: usize = 1 << 10;

/// One process, as long as it lives.
pub(super) struct Worker {
    out: UnboundedSender<Frame>,
    /// Those under way, by number; None once it has ended.
    pub steps: Mutex<Option<HashMap<u64, Running>>>,
    /// How many, for whoever chooses.
    pub load: AtomicUsize,
    born: Instant,
    /// Microseconds since then, when it last said what a step came to.
    answered: AtomicU64,
    known: Mutex<Known>,
    /// Why it has ended, or must end.
    pub why: Mutex<Option<String>>,
    pub doomed: Notify,
}

/// A step that is to begin.
pub(super) struct Begin {
    pub id: u64,
    pub plugin: PluginId,
    pub digest: Digest,
    pub body: Vec<u8>,
}

pub(super) struct Running {
    pub plugin: PluginId,
    /// Ends before this begins.
    ahead: Option<u64>,
    says: mpsc::Sender<Said>,
    /// Since then it computes, as far as anybody outside knows; None: it waits for an answer.
    computes: Option<Instant>,
}

/// What is looked at where a process is chosen.
#[derive(Clone, Copy)]
pub(super) struct Seen {
    pub steps: usize,
    /// Since it last said what a step came to.
    pub silent: Duration,
    /// How long one of its steps has computed without a word, of those the longest.
    pub computing: Duration,
}

impl Running {
    pub fn has_begun(&self, steps: &HashMap<u64, Running>) -> bool {
        self.ahead.is_none_or(|ahead| !steps.contains_key(&ahead))
    }
}

/// What a worker says of a step.
pub(super) enum Said {
    Ask(Vec<u8>),
    Done(Vec<u8>),
}

/// Components that a worker was given, and when each was used last.
#[derive(Default)]
struct Known {
    used: HashMap<Digest, u64>,
    clock: u64,
}

impl Known {
    fn has(&mut self, digest: &Digest) -> bool {
        self.clock += 1;
        let now = self.clock;
        self.used.get_mut(digest).map(|used| *used = now).is_some()
    }

    /// Returns what is forgotten for it.
    fn add(&mut self, digest: Digest, most: usize) -> Option<Digest> {
        let full = self.used.len() >= most.max(1);
        let oldest = full.then(|| self.used.iter().min_by_key(|(_, used)| **used)).flatten();
        let oldest = oldest.map(|(digest, _)| digest.clone());
        if let Some(oldest) = &oldest {
            self.used.remove(oldest);
        }
        self.used.insert(digest, self.clock);
        oldest
    }
}

impl Worker {
    pub fn new(out: UnboundedSender<Frame>) -> Worker {
        Worker {
            out,
            steps: Mutex::new(Some(HashMap::new())),
            load: AtomicUsize::new(0),
            born: Instant::now(),
            answered: AtomicU64::new(0),
            known: Mutex::default(),
            why: Mutex::new(None),
            doomed: Notify::new(),
        }
    }

    pub fn seen(&self) -> Seen {
        let answered = Duration::from_micros(self.answered.load(Ordering::Relaxed));
        let oldest = |steps: &HashMap<u64, Running>| steps.values().filter_map(|step| step.computes).min();
        let oldest = self.steps.lock().as_ref().and_then(oldest);
        Seen {
            steps: self.load.load(Ordering::Relaxed),
            silent: self.born.elapsed().saturating_sub(answered),
            computing: oldest.map_or(Duration::ZERO, |since| since.elapsed()),
        }
    }

    pub fn knows(&self, digest: &Digest) -> bool {
        self.known.lock().has(digest)
    }

    /// One after the other, up to the first that cannot begin: its component is not known here and there is no code of
    /// it, or the process has ended. Where none begins, look for a worker once more.
    pub fn begin(
        self: &Arc<Worker>,
        steps: Vec<Begin>,
        codes: &mut HashMap<Digest, Vec<u8>>,
        most: usize,
    ) -> Vec<Line> {
        // Held until all is sent: whoever finds a component known sends its step behind it, and nobody has it
        // forgotten in between.
        let mut known = self.known.lock();
        let mut lines = Vec::with_capacity(steps.len());
        for Begin { id, plugin, digest, body } in steps {
            let code = match known.has(&digest) {
                true => None,
                false => match codes.remove(&digest) {
                    Some(code) => Some(code),
                    None => break,
                },
            };
            let ahead = lines.last().map(|line: &Line| line.id);
            let (says, said) = mpsc::channel(AT_ONCE);
            match self.steps.lock().as_mut() {
                Some(steps) => {
                    let computes = Some(Instant::now());
                    steps.insert(id, Running { plugin, ahead, says, computes })
                }
                None => break,
            };
            self.load.fetch_add(1, Ordering::Relaxed);
            // What cannot be sent any more is sent to one that has ended, which the step is told.
            if let Some(code) = code {
                if let Some(forgotten) = known.add(digest, most) {
                    let _ = self.out.send(Frame::new(frame::FORGET, 0, forgotten.into_bytes()));
                }
                let _ = self.out.send(Frame::new(frame::CODE, 0, code));
            }
            let kind = if lines.is_empty() { frame::RUN } else { frame::THEN };
            let _ = self.out.send(Frame::new(kind, id, body));
            lines.push(Line { worker: self.clone(), id, said, over: false });
        }
        lines
    }

    /// Until it says no more, or what it must not: why.
    pub async fn listen(&self, frames: &mut Frames<OwnedReadHalf>) -> Option<String> {
        loop {
            let frame = match frames.next().await {
                Ok(Some(frame)) => frame,
                Ok(None) => return None,
                Err(error) if error.kind() == io::ErrorKind::InvalidData => return Some(error.to_string()),
                // It has died amid a word.
                Err(_) => return None,
            };
            let said = match frame.kind {
                frame::ASK => Said::Ask(frame.body),
                frame::DONE => Said::Done(frame.body),
                kind => return Some(format!("it sent a frame of kind {kind}")),
            };
            let mut steps = self.steps.lock();
            let Some(steps) = steps.as_mut() else { continue };
            // Of a step that was given up, a last word may be under way.
            let Some(step) = steps.get(&frame.id) else { continue };
            if !step.has_begun(steps) {
                return Some(format!("it spoke for a step of {} that had not begun", step.plugin));
            }
            let Some(step) = steps.get_mut(&frame.id) else { continue };
            step.computes = None;
            let done = matches!(said, Said::Done(_));
            if let Err(mpsc::error::TrySendError::Full(_)) = step.says.try_send(said) {
                return Some(format!("in a step of {} it went on without being answered", step.plugin));
            }
            if done {
                let now = u64::try_from(self.born.elapsed().as_micros()).unwrap_or(u64::MAX);
                self.answered.store(now, Ordering::Relaxed);
                // Now the one behind it may speak.
                steps.remove(&frame.id);
            }
        }
    }

    /// Brings it to its end, for the first reason that is given.
    pub fn end(&self, why: String) {
        self.why.lock().get_or_insert(cut(why, WHY));
        self.doomed.notify_one();
    }
}

/// A step under way in a worker. Dropped, it is given up.
pub(super) struct Line {
    pub worker: Arc<Worker>,
    id: u64,
    said: mpsc::Receiver<Said>,
    over: bool,
}

impl Line {
    /// None: the worker has ended.
    pub async fn next(&mut self) -> Option<Said> {
        let said = self.said.recv().await;
        self.over |= matches!(said, Some(Said::Done(_)));
        said
    }

    /// Done once the answer is written: whoever asks without end and reads nothing is not heard any further, or what
    /// waits for them would fill our memory.
    pub async fn answer(&self, body: Vec<u8>) {
        if let Some(step) = self.worker.steps.lock().as_mut().and_then(|steps| steps.get_mut(&self.id)) {
            step.computes = Some(Instant::now());
        }
        let (written, told) = oneshot::channel();
        let frame = Frame { written: Some(written), ..Frame::new(frame::ANSWER, self.id, body) };
        let _ = self.worker.out.send(frame);
        // Also where it is never written: it is dropped then.
        let _ = told.await;
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.worker.load.fetch_sub(1, Ordering::Relaxed);
        if let Some(steps) = self.worker.steps.lock().as_mut() {
            steps.remove(&self.id);
        }
        if !self.over {
            let _ = self.worker.out.send(Frame::new(frame::STOP, self.id, Vec::new()));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures::FutureExt;
    use tokio::io::AsyncWriteExt;

    use super::*;

    #[test]
    fn a_worker_keeps_so_many_components_and_forgets_the_one_unused_for_longest() {
        let mut known = Known::default();
        assert!(!known.has(&"a".to_owned()));
        assert_eq!(known.add("a".into(), 2), None);
        assert_eq!(known.add("b".into(), 2), None);
        assert!(known.has(&"a".to_owned()));
        assert_eq!(known.add("c".into(), 2).as_deref(), Some("b"));
        assert!(known.has(&"a".to_owned()) && known.has(&"c".to_owned()) && !known.has(&"b".to_owned()));
    }

    fn worker() -> (Arc<Worker>, mpsc::UnboundedReceiver<Frame>) {
        let (out, frames) = mpsc::unbounded_channel();
        (Arc::new(Worker::new(out)), frames)
    }

    /// Of components by these names, with the code of those that are given.
    fn begin_each(worker: &Arc<Worker>, steps: &[(u64, &str)], codes: &[&str], most: usize) -> Vec<Line> {
        let step = |(id, digest): &(u64, &str)| Begin {
            id: *id,
            plugin: "p".to_owned(),
            digest: (*digest).to_owned(),
            body: Vec::new(),
        };
        let mut codes = codes.iter().map(|digest| ((*digest).to_owned(), vec![1])).collect();
        worker.begin(steps.iter().map(step).collect(), &mut codes, most)
    }

    fn begin(worker: &Arc<Worker>, id: u64, codes: &[&str]) -> Option<Line> {
        begin_each(worker, &[(id, "d")], codes, 9).pop()
    }

    fn kinds(frames: &mut mpsc::UnboundedReceiver<Frame>) -> Vec<(u8, u64)> {
        std::iter::from_fn(|| frames.try_recv().ok()).map(|frame| (frame.kind, frame.id)).collect()
    }

    #[test]
    fn a_component_is_given_once_and_before_its_steps() {
        let (worker, mut frames) = worker();
        assert!(begin(&worker, 1, &[]).is_none(), "it has no code yet");
        let first = begin(&worker, 2, &["d"]).unwrap();
        let second = begin(&worker, 3, &["d"]).unwrap();
        assert_eq!(kinds(&mut frames), [(frame::CODE, 0), (frame::RUN, 2), (frame::RUN, 3)]);
        assert_eq!(worker.load.load(Ordering::Relaxed), 2);
        drop(first);
        drop(second);
        assert_eq!(kinds(&mut frames), [(frame::STOP, 2), (frame::STOP, 3)]);
        assert_eq!(worker.load.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn steps_are_told_in_their_order_up_to_one_whose_component_is_missing() {
        let (worker, mut frames) = worker();
        let lines = begin_each(&worker, &[(1, "a"), (2, "b"), (3, "a"), (4, "c")], &["a", "b"], 9);
        assert_eq!(lines.len(), 3);
        let told = [(frame::CODE, 0), (frame::RUN, 1), (frame::CODE, 0), (frame::THEN, 2), (frame::THEN, 3)];
        assert_eq!(kinds(&mut frames), told);
        // What is forgotten for a step was there for those told of before it.
        let more = begin_each(&worker, &[(5, "a"), (6, "c"), (7, "d"), (8, "b")], &["c", "d"], 2);
        assert_eq!(more.len(), 3, "`b` was forgotten");
        let told = [
            (frame::RUN, 5),
            (frame::FORGET, 0),
            (frame::CODE, 0),
            (frame::THEN, 6),
            (frame::FORGET, 0),
            (frame::CODE, 0),
            (frame::THEN, 7),
        ];
        assert_eq!(kinds(&mut frames), told);
    }

    /// What the worker hears, from its socket.
    async fn hears(worker: &Worker, frames: &[(u8, u64)]) -> Option<String> {
        let (ours, mut theirs) = tokio::net::UnixStream::pair().unwrap();
        for (kind, id) in frames {
            let head = [&0u32.to_le_bytes()[..], &[*kind], &id.to_le_bytes()].concat();
            theirs.write_all(&head).await.unwrap();
        }
        drop(theirs);
        worker.listen(&mut Frames::new(ours.into_split().0, 100)).await
    }

    #[tokio::test]
    async fn of_steps_that_go_together_nothing_is_heard_before_those_ahead_are_over() {
        let (worker, _frames) = worker();
        let mut lines = begin_each(&worker, &[(1, "a"), (2, "a"), (3, "a"), (4, "a")], &["a"], 9);
        let begun = || -> Vec<u64> {
            let steps = worker.steps.lock();
            let steps = steps.as_ref().unwrap();
            steps.iter().filter(|(_, step)| step.has_begun(steps)).map(|(id, _)| *id).collect()
        };
        assert_eq!(begun(), [1]);
        assert_eq!(hears(&worker, &[(frame::ASK, 1), (frame::DONE, 1), (frame::DONE, 2)]).await, None);
        assert_eq!(begun(), [3]);
        assert!(matches!(lines[1].next().await, Some(Said::Done(_))));
        for early in [frame::ASK, frame::DONE] {
            let why = hears(&worker, &[(early, 4)]).await.unwrap();
            assert!(why.contains("had not begun"), "{why}");
        }
        // One that is given up is over too.
        lines.remove(2);
        assert_eq!(begun(), [4]);
    }

    #[tokio::test]
    async fn a_step_computes_until_it_asks_and_again_once_it_is_answered() {
        let (worker, mut frames) = worker();
        let line = begin(&worker, 1, &["d"]).unwrap();
        let computes = || worker.steps.lock().as_ref().unwrap()[&1].computes.is_some();
        assert!(computes());
        assert_eq!(hears(&worker, &[(frame::ASK, 1)]).await, None);
        assert!(!computes());
        assert_eq!(worker.seen().computing, Duration::ZERO);
        frames.close();
        line.answer(vec![7]).await;
        assert!(computes());
    }

    #[tokio::test]
    async fn an_answer_is_given_when_it_is_written_or_when_nobody_writes_any_more() {
        let (worker, mut frames) = worker();
        let line = begin(&worker, 1, &["d"]).unwrap();
        let mut answering = pin!(line.answer(vec![7]));
        assert!(answering.as_mut().now_or_never().is_none());
        let answer = std::iter::from_fn(|| frames.try_recv().ok()).last().unwrap();
        assert!(answering.as_mut().now_or_never().is_none(), "it is on its way");
        assert_eq!((answer.kind, answer.id), (frame::ANSWER, 1));
        drop(answer);
        answering.await;
        drop(frames);
        line.answer(vec![8]).await;
    }

    #[test]
    fn why_a_process_must_end_is_the_first_reason_and_a_short_one() {
        let (worker, _frames) = worker();
        worker.end(format!("it asked for secret `{}`", "x".repeat(1 << 20)));
        worker.end("later".to_owned());
        let why = worker.why.lock().clone().unwrap();
        assert!(why.starts_with("it asked for secret `xxx") && why.len() <= WHY, "{}", why.len());
    }

    #[tokio::test]
    async fn whoever_waits_for_a_step_of_a_process_that_ends_is_told() {
        let (worker, _frames) = worker();
        let mut line = begin(&worker, 1, &["d"]).unwrap();
        drop(worker.steps.lock().take());
        assert!(line.next().await.is_none());
        assert!(begin(&worker, 2, &[]).is_none(), "it takes no more");
    }
}
