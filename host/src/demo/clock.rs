//! Time in the demo: December 2010 during the replay, then the present.

use std::sync::Arc;

use async_trait::async_trait;
use rulewright_domain::Timestamp;
use rulewright_engine::{SimulatedClock, SystemClock};
use rulewright_ports::Clock;
use tokio::sync::watch;

pub struct DemoClock {
    pub simulated: Arc<SimulatedClock>,
    live: watch::Sender<bool>,
}

impl DemoClock {
    pub fn starting_at(at: Timestamp) -> DemoClock {
        DemoClock { simulated: Arc::new(SimulatedClock::new(at)), live: watch::Sender::new(false) }
    }

    /// From now on it is the present. There is no way back.
    pub fn go_live(&self) {
        self.live.send_replace(true);
    }
}

#[async_trait]
impl Clock for DemoClock {
    fn now(&self) -> Timestamp {
        if *self.live.borrow() { SystemClock.now() } else { self.simulated.now() }
    }

    /// In December no work takes time, so that the days of many customers can be replayed at once: what comes of an event
    /// comes at its time, whatever time it has become for others.
    fn when_done(&self, began: Timestamp) -> Timestamp {
        if *self.live.borrow() { SystemClock.now() } else { began }
    }

    async fn sleep_until(&self, at: Timestamp) {
        let mut live = self.live.subscribe();
        let gone_live = async {
            // The sender lives in this clock, so the wait ends only by going live.
            let _ = live.wait_for(|live| *live).await;
        };
        tokio::select! {
            () = self.simulated.sleep_until(at) => {}
            () = gone_live => SystemClock.sleep_until(at).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_takes_no_time_in_december_and_its_time_afterwards() {
        let clock = DemoClock::starting_at(Timestamp(1_291_190_760_000));
        let began = Timestamp(1_291_190_000_000);
        clock.simulated.advance_to(Timestamp(1_291_199_000_000));
        assert_eq!(clock.when_done(began), began);
        clock.go_live();
        assert!(clock.when_done(began) > Timestamp(1_700_000_000_000));
    }

    #[tokio::test]
    async fn who_sleeps_in_2010_wakes_up_when_the_clock_goes_live() {
        let clock = Arc::new(DemoClock::starting_at(Timestamp(1_291_190_760_000)));
        assert_eq!(clock.now(), Timestamp(1_291_190_760_000));
        let sleeper = clock.clone();
        let sleeping = tokio::spawn(async move { sleeper.sleep_until(Timestamp(1_292_000_000_000)).await });
        tokio::task::yield_now().await;
        assert!(!sleeping.is_finished());
        clock.go_live();
        sleeping.await.unwrap();
        assert!(clock.now() > Timestamp(1_700_000_000_000));
    }
}
