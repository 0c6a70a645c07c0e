//! How long a step has computed, and where it wants to go on.
//!
//! **Invariant:** what is counted is processor time of the thread that a step is on while it is there, whether its guest
//! or the host computes for it. What it waits for is not, nor what others do on a busy machine.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering::Relaxed},
    },
    task::{Context, Poll},
    time::Duration,
};

use tokio::task::yield_now;

/// Where it began, and where it is whenever it does not only compute.
const HOME: u8 = 0;
/// In the background.
const AWAY: u8 = 1;
/// At home for good: the machine left the background nothing.
const STAYS: u8 = 2;

/// Of one step.
#[derive(Default)]
pub(crate) struct Meter {
    /// Nanoseconds of a processor, without what has come since it was last gone on with.
    used: AtomicU64,
    /// Processor time of its thread when it was last gone on with.
    began: AtomicU64,
    place: AtomicU8,
    /// It wants to go on at the other place. Seen when it next gives way.
    wants_to_move: AtomicBool,
}

impl Meter {
    /// Asked by the step itself, while it computes.
    pub fn used(&self) -> Duration {
        let here = processor_time().saturating_sub(self.began.load(Relaxed));
        Duration::from_nanos(self.used.load(Relaxed).saturating_add(here))
    }

    /// Until it last gave way, for whoever waits for it.
    pub fn so_far(&self) -> Duration {
        Duration::from_nanos(self.used.load(Relaxed))
    }

    /// The step has computed for long. It must give way now.
    pub fn was_long(&self) {
        if self.place.load(Relaxed) == HOME {
            self.wants_to_move.store(true, Relaxed);
        }
    }

    /// What does more than compute is done at home: nobody waits there for a thread of the background.
    pub async fn at_home<T>(&self, answer: impl Future<Output = T>) -> T {
        let was_away = self.come_home().await;
        let answer = answer.await;
        if was_away {
            self.was_long();
            yield_now().await;
        }
        answer
    }

    /// Returns whether it was away.
    async fn come_home(&self) -> bool {
        let is_away = self.place.load(Relaxed) == AWAY;
        if is_away {
            self.call_home();
            yield_now().await;
        }
        is_away
    }

    /// It comes when it next gives way.
    pub fn call_home(&self) {
        self.wants_to_move.store(true, Relaxed);
    }

    pub fn leaves(&self) {
        self.place.store(AWAY, Relaxed);
    }

    pub fn is_home(&self, for_good: bool) {
        self.place.store(if for_good { STAYS } else { HOME }, Relaxed);
        self.wants_to_move.store(false, Relaxed);
    }

    /// The machine left the background nothing.
    #[cfg(test)]
    pub fn was_starved(&self) -> bool {
        self.place.load(Relaxed) == STAYS
    }
}

/// A step with its meter. It comes to None when it wants to go on at the other place.
pub(crate) struct Metered<F> {
    pub step: Pin<Box<F>>,
    pub meter: Arc<Meter>,
}

impl<F: Future> Future for Metered<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<F::Output>> {
        self.meter.began.store(processor_time(), Relaxed);
        let polled = self.step.as_mut().poll(context);
        let used = u64::try_from(self.meter.used().as_nanos()).unwrap_or(u64::MAX);
        self.meter.used.store(used, Relaxed);
        match polled {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending if self.meter.wants_to_move.swap(false, Relaxed) => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    }
}

/// Nanoseconds that this thread has had a processor.
#[cfg(unix)]
fn processor_time() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    let nanoseconds = time.tv_sec.saturating_mul(1_000_000_000).saturating_add(time.tv_nsec);
    u64::try_from(nanoseconds).unwrap_or_default()
}

/// Where nobody tells, as if it had one all the time.
#[cfg(not(unix))]
fn processor_time() -> u64 {
    use std::{sync::LazyLock, time::Instant};

    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    u64::try_from(START.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
pub(crate) mod tests {
    use std::future::poll_fn;

    use futures::FutureExt;

    use super::*;

    /// Computes on this thread for so long.
    pub(crate) fn compute(time: Duration) {
        let begun = processor_time();
        while processor_time() - begun < u64::try_from(time.as_nanos()).unwrap() {}
    }

    #[test]
    fn a_steps_time_is_what_its_thread_computes_for_it_and_not_what_it_does_for_others() {
        let meter = Arc::new(Meter::default());
        let (inside, mut polls) = (meter.clone(), 0);
        let step = poll_fn(move |_| {
            compute(Duration::from_millis(3));
            polls += 1;
            assert!(inside.used() >= Duration::from_millis(3 * polls), "asked in the midst of it");
            if polls < 2 { Poll::Pending } else { Poll::Ready(()) }
        });
        let mut step = Metered { step: Box::pin(step), meter: meter.clone() };
        assert!((&mut step).now_or_never().is_none());
        compute(Duration::from_millis(60));
        assert_eq!((&mut step).now_or_never(), Some(Some(())));
        let used = meter.so_far();
        assert!((Duration::from_millis(6)..Duration::from_millis(60)).contains(&used), "{used:?}");
    }
}
