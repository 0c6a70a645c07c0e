//! Where steps go on that have computed for long.
//!
//! **Invariant:** whoever computes for long does so with what the others leave: on threads that the system takes the
//! processor from as soon as any other thread wants it. A step is there to compute and for nothing else: whatever
//! somebody else may wait for, it does at home. And nobody at home waits for those threads: a step that they have not
//! begun to go on with is taken back where its time is over, or where the machine leaves them nothing.

use std::{
    panic::resume_unwind,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    task::{Context, Poll},
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use tokio::{
    runtime::{Builder, Handle, Runtime},
    task::JoinError,
    time::sleep_until,
};
use tokio_util::{context::TokioContext, task::AbortOnDropHandle};

use crate::{
    RuntimeError,
    engine::Ticker,
    meter::{Meter, Metered},
};

/// How often somebody looks whether the machine leaves them anything, and what all of them must have had by then.
const LOOK: Duration = Duration::from_secs(1);
const LEAST: Duration = Duration::from_millis(100);

pub(crate) struct Background {
    /// Some until it is dropped.
    threads: Option<Runtime>,
    handle: Handle,
    /// Nanoseconds of a processor, of all steps that were there.
    used: Arc<AtomicU64>,
    /// Lets steps give way.
    ticker: Ticker,
}

impl Background {
    pub fn start(threads: usize, ticker: Ticker) -> Result<Background, RuntimeError> {
        let threads = Builder::new_multi_thread()
            .worker_threads(threads.max(1))
            .thread_name("long-steps")
            .on_thread_start(give_precedence)
            .build()
            .map_err(|error| RuntimeError::Engine(format!("no threads for long steps: {error}")))?;
        Ok(Background {
            handle: threads.handle().clone(),
            threads: Some(threads),
            used: Arc::default(),
            ticker,
        })
    }

    /// At home, and in the background while the meter says so; there from the beginning, where `begins_away`. At `ends` it
    /// is gone on with at home, to look at its time itself. None: the runtime is shutting down.
    pub async fn run<T: Send + 'static>(
        &self,
        step: impl Future<Output = T> + Send + 'static,
        meter: Arc<Meter>,
        ends: Instant,
        begins_away: bool,
    ) -> Option<T> {
        let ticks = self.ticker.ticks();
        // Also while a thread is still at one that was given up.
        let step = async move {
            let _ticks = ticks;
            step.await
        };
        let mut step = Metered { step: Box::pin(step), meter: meter.clone() };
        let (mut leaves, mut window) = (begins_away, Window::default());
        loop {
            if leaves {
                meter.leaves();
                match self.lend(step, &mut window).until_back(&meter, ends).await? {
                    Back::Done(done) => return Some(done),
                    Back::Step { step: back, for_good } => {
                        meter.is_home(for_good);
                        step = back;
                    }
                }
            }
            if let Some(done) = (&mut step).await {
                return Some(done);
            }
            leaves = true;
        }
    }

    fn lend<'a, F>(&'a self, step: Metered<F>, window: &'a mut Window) -> Lent<'a, F>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        let step = Arc::new(Mutex::new(Some(step)));
        let away = Away { step: step.clone(), used: self.used.clone() };
        let away = AbortOnDropHandle::new(self.handle.spawn(TokioContext::new(away, Handle::current())));
        let (since, before) = (Instant::now(), self.used.load(Relaxed));
        Lent { step, away, used: &self.used, window, since, before }
    }
}

/// What comes back from there.
enum Back<F: Future> {
    Done(F::Output),
    Step { step: Metered<F>, for_good: bool },
}

/// Time that a step was there since somebody looked, and nanoseconds that all of them had of a processor meanwhile.
#[derive(Default)]
struct Window {
    away: Duration,
    used: u64,
}

/// A step that is there, as home has it. Whoever gives it up has it dropped here, where nobody goes on with it just now.
struct Lent<'a, F: Future> {
    step: Arc<Mutex<Option<Metered<F>>>>,
    away: AbortOnDropHandle<Option<F::Output>>,
    used: &'a AtomicU64,
    window: &'a mut Window,
    since: Instant,
    before: u64,
}

impl<F: Future> Lent<'_, F> {
    async fn until_back(mut self, meter: &Meter, ends: Instant) -> Option<Back<F>> {
        let (mut for_good, mut is_called) = (false, false);
        loop {
            let look = self.since + LOOK.saturating_sub(self.window.away);
            let next = if is_called { look } else { look.min(ends) };
            tokio::select! {
                biased;
                back = &mut self.away => return self.came(back, for_good),
                () = sleep_until(next.into()) => {}
            }
            self.count();
            if self.window.away >= LOOK {
                let window = std::mem::take(self.window);
                for_good |= Duration::from_nanos(window.used) < LEAST;
            }
            if for_good || Instant::now() >= ends {
                meter.call_home();
                is_called = true;
                // Never waited for: a thread of the background may have it, and no processor.
                if let Some(step) = self.take() {
                    return Some(Back::Step { step, for_good });
                }
            }
        }
    }

    fn count(&mut self) {
        let (now, used) = (Instant::now(), self.used.load(Relaxed));
        self.window.away += now.saturating_duration_since(self.since);
        self.window.used += used.saturating_sub(self.before);
        (self.since, self.before) = (now, used);
    }

    fn came(&self, back: Result<Option<F::Output>, JoinError>, for_good: bool) -> Option<Back<F>> {
        match back {
            Ok(Some(done)) => Some(Back::Done(done)),
            Ok(None) => self.take().map(|step| Back::Step { step, for_good }),
            Err(ended) => match ended.try_into_panic() {
                Ok(panic) => resume_unwind(panic),
                Err(_) => None,
            },
        }
    }

    fn take(&self) -> Option<Metered<F>> {
        self.step.try_lock()?.take()
    }
}

impl<F: Future> Drop for Lent<'_, F> {
    fn drop(&mut self) {
        self.count();
        drop(self.take());
    }
}

/// A step that is there, as a thread of the background has it.
struct Away<F> {
    step: Arc<Mutex<Option<Metered<F>>>>,
    used: Arc<AtomicU64>,
}

impl<F: Future> Future for Away<F> {
    /// None: it goes on at home, or does already.
    type Output = Option<F::Output>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<F::Output>> {
        let mut lent = self.step.lock();
        let Some(step) = lent.as_mut() else { return Poll::Ready(None) };
        let before = step.meter.so_far();
        let polled = Pin::new(&mut *step).poll(context);
        let used = step.meter.so_far().saturating_sub(before);
        self.used.fetch_add(u64::try_from(used.as_nanos()).unwrap_or(u64::MAX), Relaxed);
        if let Poll::Ready(Some(_)) = polled {
            *lent = None;
        }
        polled
    }
}

/// `SCHED_OTHER` and `SCHED_IDLE` of Linux.
#[cfg(debug_assertions)]
pub(crate) const OTHER: i32 = 0;
pub(crate) const IDLE: i32 = 5;

/// Of this thread alone. Where it fails, long steps compute beside the others, as if they were short.
fn give_precedence() {
    if let Err(error) = set_policy(0, IDLE) {
        tracing::warn!(%error, "long steps cannot be told to give others precedence");
    }
}

/// How the system runs a thread, by its number; 0 is this one.
#[cfg(target_os = "linux")]
pub(crate) fn set_policy(thread: i32, policy: i32) -> std::io::Result<()> {
    let nothing = libc::sched_param { sched_priority: 0 };
    // SAFETY: it reads one `sched_param`, which outlives the call, and keeps nothing. Asked for directly, because not
    // every libc has it.
    #[allow(unsafe_code)]
    let done = unsafe { libc::syscall(libc::SYS_sched_setscheduler, thread, policy, &raw const nothing) };
    match done {
        0 => Ok(()),
        _ => Err(std::io::Error::last_os_error()),
    }
}

/// Elsewhere nobody may ask for as little for one thread.
#[cfg(not(target_os = "linux"))]
pub(crate) fn set_policy(_: i32, _: i32) -> std::io::Result<()> {
    Ok(())
}

impl Drop for Background {
    fn drop(&mut self) {
        // A runtime may not wait for its threads within another one.
        if let Some(threads) = self.threads.take() {
            threads.shutdown_background();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{future::pending, thread};

    use futures::FutureExt;
    use tokio::{sync::oneshot, task::yield_now};

    use super::*;
    use crate::meter::tests::compute;

    fn background() -> Background {
        Background::start(1, Ticker::start(&[], LOOK).unwrap()).unwrap()
    }

    fn later() -> Instant {
        Instant::now() + Duration::from_secs(60)
    }

    fn is_away() -> bool {
        thread::current().name() == Some("long-steps")
    }

    /// Of the scheduler, on Linux: 5 is `SCHED_IDLE`.
    fn policy() -> String {
        let stat = std::fs::read_to_string("/proc/thread-self/stat").unwrap_or_default();
        // The 41st; the second is a name, in parentheses.
        let fields = stat.rsplit(')').next().unwrap_or_default();
        fields.split_whitespace().nth(38).unwrap_or_default().to_owned()
    }

    // Where others have all processors for a second, a step comes home for good: then what it does away cannot be seen.

    #[tokio::test]
    async fn a_step_that_computes_for_long_goes_on_where_others_have_precedence_and_a_short_one_stays() {
        let background = background();
        let here = thread::current().id();
        let short = async { thread::current().id() };
        assert_eq!(background.run(short, Arc::default(), later(), false).await, Some(here));

        let meter = Arc::new(Meter::default());
        let inside = meter.clone();
        let long = async move {
            let begun = is_away();
            inside.was_long();
            yield_now().await;
            (begun, is_away(), policy())
        };
        let (begun, away, policy) = background.run(long, meter.clone(), later(), false).await.unwrap();
        assert!(!begun && away != meter.was_starved());
        assert!(!away || cfg!(not(target_os = "linux")) || policy == "5", "{policy}");
        let meter = Arc::new(Meter::default());
        let begins_away = background.run(async { is_away() }, meter.clone(), later(), true).await;
        assert_eq!(begins_away, Some(!meter.was_starved()));
    }

    #[tokio::test]
    async fn what_a_long_step_asks_and_waits_for_it_does_at_home() {
        let background = background();
        let meter = Arc::new(Meter::default());
        let inside = meter.clone();
        let step = async move {
            let before = is_away();
            let asked = inside.at_home(async { (is_away(), Handle::current().id()) }).await;
            (before, asked, is_away())
        };
        let (before, asked, after) = background.run(step, meter.clone(), later(), true).await.unwrap();
        assert_eq!(asked, (false, Handle::current().id()));
        assert!(before && after || meter.was_starved());
    }

    #[tokio::test]
    async fn a_panic_there_is_one_here() {
        let background = background();
        let panics = async { panic!("there") };
        let panics = background.run::<()>(panics, Arc::default(), later(), true);
        let panic = std::panic::AssertUnwindSafe(panics).catch_unwind().await;
        assert_eq!(panic.unwrap_err().downcast_ref(), Some(&"there"));
    }

    /// Keeps the only thread of the background until the sender of the answer is dropped.
    fn occupied(background: &Background) -> std::sync::mpsc::Sender<()> {
        let (free, until) = std::sync::mpsc::channel::<()>();
        let (begun, has_begun) = std::sync::mpsc::channel();
        background.handle.spawn(async move {
            let _ = begun.send(());
            let _ = until.recv();
        });
        has_begun.recv().unwrap();
        free
    }

    #[tokio::test]
    async fn whoever_gives_up_a_step_that_waits_there_has_it_dropped_at_once() {
        let background = background();
        let busy = occupied(&background);
        let (held, mut dropped) = oneshot::channel::<()>();
        let step = async move {
            let _held = held;
            pending::<()>().await;
        };
        assert!(background.run(step, Arc::default(), later(), true).now_or_never().is_none());
        assert_eq!(dropped.try_recv(), Err(oneshot::error::TryRecvError::Closed));
        drop(busy);
    }

    #[tokio::test]
    async fn a_step_whose_time_is_over_and_one_that_the_machine_leaves_nothing_go_on_at_home() {
        let background = background();
        let busy = occupied(&background);
        let (over, starved) = (Arc::new(Meter::default()), Arc::new(Meter::default()));
        let over_is = background.run(async { is_away() }, over.clone(), Instant::now(), true).await;
        assert_eq!((over_is, over.was_starved()), (Some(false), false));
        let inside = starved.clone();
        let step = async move {
            // It has computed for long again, and stays.
            inside.was_long();
            yield_now().await;
            is_away()
        };
        let starved_is = background.run(step, starved.clone(), later(), true).await;
        assert_eq!((starved_is, starved.was_starved()), (Some(false), true));
        drop(busy);
    }

    #[tokio::test]
    async fn one_that_computes_there_all_the_time_is_not_taken_back() {
        let background = background();
        let meter = Arc::new(Meter::default());
        let step = async move {
            let begun = Instant::now();
            // Somebody has looked once.
            while begun.elapsed() < LOOK * 3 / 2 {
                compute(Duration::from_millis(2));
                yield_now().await;
            }
            is_away()
        };
        let there = background.run(step, meter.clone(), later(), true).await;
        // Where others have all processors all the time, it is the other way.
        let used = Duration::from_nanos(background.used.load(Relaxed));
        assert!(there == Some(true) || used < LEAST, "{used:?}");
    }
}
