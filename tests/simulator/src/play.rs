//! One seed, from the first request until nothing goes on by itself any more.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
        mpsc,
    },
    time::Duration,
};

use rulewright_domain::{OrderId, RunId, RunState, ShopId, Timestamp};
use rulewright_engine::{Deps, Engine, Options, Refusal, SimulatedClock};
use rulewright_ports::{Clock, StorageExt};
use tempfile::TempDir;
use tokio::task::JoinHandle;

use crate::{
    Chance,
    coverage::Coverage,
    gate::Gate,
    guest::Guests,
    invariants::{self, Broken},
    outside::{NoMail, Outside, Plainly},
    plan::{Fault, Faults, Plan, Strikes},
    storage::{Around, SimStorage, Spy},
    template,
    trace::{Happened, Log, Rest, Trace},
    workload::{Workload, mend},
};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
/// Time that is given to come to rest: what waits longest waits for days, a few times over, and no chain has more than
/// sixteen links.
const REST: i64 = 120 * DAY;
/// Passages through the gate that are as good as no end. A chain of sixteen links with all its runs takes some hundred.
const ENDLESS: u64 = 40_000;
/// Turns in which an engine that is told to stop does: far more than it has under way at any time.
const STOPS_WITHIN: u32 = 5_000;
/// Turns in which whoever still asks an engine that has stopped may be answered.
const LINGERS: u32 = 20;
/// Of the runtime's own time: longer than the longest pause after a failure.
const PAUSES: Duration = Duration::from_secs(120);
/// Of the machine's time.
const CLOSES_WITHIN: Duration = Duration::from_secs(60);
/// Runs that are done again.
const REPLAYS: usize = 4;

/// What came of a seed.
pub struct Played {
    pub seed: u64,
    pub trace: Trace,
    pub rest: Rest,
    /// The first promise that did not hold.
    pub broken: Option<Broken>,
    pub coverage: Coverage,
}

/// An error is one of the machine's, and says nothing of the seed.
pub fn play(seed: u64, turns: u32) -> Result<Played, String> {
    let mut world = World::new(seed, turns)?;
    let (trace, rest) = loop {
        // Time stands still in it but where nothing else can go on.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        let runtime = runtime.map_err(|error| error.to_string())?;
        let ended = runtime.block_on(world.live());
        // With every task, at whatever await it stands.
        drop(runtime);
        world.around.gate.clear();
        world.wait_for_the_end()?;
        match ended? {
            None => world.crashed(),
            Some(rest) => break (world.around.log.take().0, rest),
        }
    };
    world.coverage.meet(&trace);
    let broken = invariants::first_broken(&trace, &rest);
    Ok(Played { seed, trace, rest, broken, coverage: world.coverage })
}

/// A request that has no answer yet.
struct Open {
    ask: usize,
    command: &'static str,
    state: &'static str,
    before: Strikes,
}

struct World {
    plan: Plan,
    chance: Chance,
    around: Around,
    guests: Arc<Guests>,
    outside: Arc<Outside>,
    workload: Workload,
    open: Vec<Open>,
    coverage: Coverage,
    path: PathBuf,
    /// Ends when the storage of this life is closed.
    closed: Option<mpsc::Receiver<()>>,
    life: u32,
    turns: u32,
    asked: usize,
    /// There has been the last crash that there will be.
    healing: bool,
    // After all that has it open.
    _dir: TempDir,
}

impl World {
    fn new(seed: u64, turns: u32) -> Result<World, String> {
        let dir = tempfile::tempdir().map_err(|error| error.to_string())?;
        let path = dir.path().join("rulewright.db");
        template::copy(&path)?;
        let plan = Plan::draw(seed);
        let (log, gate) = (Arc::new(Log::default()), Arc::new(Gate::default()));
        let faults = Arc::new(Faults::new(plan.clone()));
        let around = Around {
            gate: gate.clone(),
            log: log.clone(),
            faults: faults.clone(),
            clock: Arc::new(SimulatedClock::new(template::START)),
            spy: Arc::new(Spy::open(&path).map_err(|error| error.to_string())?),
            looks: Arc::new(AtomicU32::new(0)),
        };
        let guests = Guests::new(plan.clone(), log.clone(), gate.clone(), faults.clone());
        Ok(World {
            chance: Chance::named(seed, "turns"),
            workload: Workload::new(plan.clone()),
            plan,
            around,
            guests: Arc::new(guests),
            outside: Arc::new(Outside::new(log, gate, faults)),
            open: Vec::new(),
            coverage: Coverage::default(),
            path,
            closed: None,
            life: 0,
            turns,
            asked: 0,
            healing: false,
            _dir: dir,
        })
    }

    fn engine(&mut self) -> Result<Engine, String> {
        let (closes, closed) = mpsc::channel();
        self.closed = Some(closed);
        let storage = SimStorage::open(&self.path, self.around.clone(), self.life, closes);
        let deps = Deps {
            storage: Arc::new(storage.map_err(|error| error.to_string())?),
            executor: self.guests.clone(),
            transport: self.outside.clone(),
            egress: self.outside.clone(),
            mail: Arc::new(NoMail),
            clock: self.around.clock.clone(),
        };
        let (lanes, deliveries) = (self.plan.lanes, self.plan.deliveries);
        let options = Options {
            lanes,
            deliveries,
            webhooks: deliveries,
            webhook_forms: vec![Arc::new(Plainly)],
            ..Options::default()
        };
        Ok(Engine::new(deps, options))
    }

    /// From a start to a stop, a crash, or the end. None: the engine is gone, and starts again.
    async fn live(&mut self) -> Result<Option<Rest>, String> {
        self.life += 1;
        self.around.log.push(Happened::Started { life: self.life });
        let engine = self.engine()?;
        if self.life == 1 {
            self.furnish(&engine).await.map_err(|refusal| refusal.to_string())?;
        }
        let starts = engine.clone();
        let starting = (self.life > 1).then(|| tokio::spawn(async move { starts.start().await.is_ok() }));
        let Some(starting) = self.take_turns(&engine, starting).await else { return Ok(None) };
        if !self.healing && self.chance.percent(50) {
            // Nothing may depend on a restart, and none may harm.
            self.healing = true;
            return Ok(None);
        }
        self.around.faults.switch(false);
        self.around.gate.calm(ENDLESS);
        if let Some(starting) = starting
            && !starting.await.unwrap_or(false)
        {
            // The disk failed while it started: whoever runs it starts it again.
            self.healing = true;
            return Ok(None);
        }
        self.heal(&engine).await.map(Some)
    }

    /// A job that is in the storage's thread goes with it.
    fn wait_for_the_end(&mut self) -> Result<(), String> {
        match self.closed.take().map(|closed| closed.recv_timeout(CLOSES_WITHIN)) {
            Some(Err(mpsc::RecvTimeoutError::Timeout)) => Err("somebody keeps the database open".to_owned()),
            _ => self.around.spy.wait().map_err(|error| error.to_string()),
        }
    }

    /// What is there before anything breaks.
    async fn furnish(&mut self, engine: &Engine) -> Result<(), Refusal> {
        self.around.gate.calm(u64::MAX);
        engine.start().await?;
        for shop in self.workload.shops().collect::<Vec<ShopId>>() {
            let spending = self.plan.spending.clone();
            engine.change_shop(shop, move |shop| shop.spending = spending.clone()).await?;
            for ask in self.workload.furnish(shop) {
                ask.perform(engine).await?;
            }
        }
        self.around.gate.guard();
        self.around.faults.switch(true);
        Ok(())
    }

    /// None: the engine crashed, was stopped, or could not start. Else, whatever of its start is left.
    async fn take_turns(
        &mut self,
        engine: &Engine,
        mut starting: Option<JoinHandle<bool>>,
    ) -> Option<Option<JoinHandle<bool>>> {
        while self.turns > 0 {
            self.turns -= 1;
            // Comes back when everybody waits for the seed, for a time, or for nothing.
            tokio::time::sleep(Duration::from_millis(1)).await;
            self.around.looks.store(0, Ordering::SeqCst);
            self.hear_answers();
            if starting.as_ref().is_some_and(JoinHandle::is_finished)
                && let Some(started) = starting.take()
                && !started.await.unwrap_or(false)
            {
                return None;
            }
            if self.around.faults.strikes(Fault::Crash) {
                return None;
            }
            if starting.is_none() && self.around.faults.strikes(Fault::Stop) {
                self.stop(engine).await;
                return None;
            }
            self.turn(engine, starting.is_none()).await;
        }
        Some(starting)
    }

    /// What is under way comes to its end, in the order that the seed wants, unless a crash comes first.
    async fn stop(&mut self, engine: &Engine) {
        let stopping = engine.clone();
        let stopping = tokio::spawn(async move { stopping.shutdown().await });
        for _ in 0..STOPS_WITHIN {
            if stopping.is_finished() {
                break;
            }
            if self.around.faults.strikes(Fault::Crash) {
                return;
            }
            self.around.gate.open(&mut self.chance);
            tokio::time::sleep(Duration::from_millis(1)).await;
            self.around.looks.store(0, Ordering::SeqCst);
        }
        let at_rest = stopping.is_finished();
        self.around.log.push(Happened::Stopped { life: self.life, at_rest });
        for _ in 0..LINGERS {
            self.around.gate.open(&mut self.chance);
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        self.hear_answers();
    }

    async fn turn(&mut self, engine: &Engine, is_up: bool) {
        let (asking, passing) = (self.plan.asking, self.plan.passing);
        match self.chance.between(1, 100) {
            drawn if drawn <= asking && is_up => self.ask(engine),
            drawn if drawn <= asking + passing => {
                let time = match self.around.faults.strikes(Fault::ClockJumps) {
                    true => self.chance.between(HOUR, 4 * DAY),
                    false => self.chance.of(&[100, 1_000, 30_000, 600_000, HOUR]),
                };
                self.pass_to(self.around.clock.now().plus(time));
            }
            // Whoever pauses after a failure goes on.
            drawn if drawn <= asking + passing + 3 => tokio::time::sleep(PAUSES).await,
            _ => {
                let many = self.chance.of(&[1, 1, 1, 2, 5]);
                for _ in 0..many {
                    if !self.around.gate.open(&mut self.chance) {
                        break;
                    }
                }
            }
        }
    }

    fn pass_to(&self, at: Timestamp) {
        self.around.clock.advance_to(at);
        self.around.log.push(Happened::Clock { at });
    }

    fn ask(&mut self, engine: &Engine) {
        let (number, workload, faults) = (self.asked, &mut self.workload, &self.around.faults);
        self.asked += 1;
        let (ask, state) = self.around.log.with_rest(|rest| {
            let ask = workload.ask(number, rest, faults);
            let state = ask.order().map_or("shop", |order| rest.state_of(order));
            (ask, state)
        });
        let before = faults.so_far();
        self.open.push(Open { ask: number, command: ask.name(), state, before });
        self.around.log.push(Happened::Asked { ask: number, what: ask.clone() });
        let (engine, log) = (engine.clone(), self.around.log.clone());
        tokio::spawn(async move {
            let answer = ask.perform(&engine).await.map_err(|refusal| refusal.code().to_owned());
            log.push(Happened::Answered { ask: number, answer });
        });
    }

    fn hear_answers(&mut self) {
        let now = self.around.faults.so_far();
        for (number, receipt) in self.around.log.take_answers() {
            if let Some(receipt) = receipt {
                self.workload.learn(number, &receipt);
            }
            if let Some(at) = self.open.iter().position(|open| open.ask == number) {
                let Open { command, state, before, .. } = self.open.swap_remove(at);
                self.coverage.note(command, state, &before, &now);
            }
        }
    }

    /// Nobody gets an answer any more.
    fn crashed(&mut self) {
        self.around.log.push(Happened::Crashed { life: self.life });
        let now = self.around.faults.so_far();
        for Open { command, state, before, .. } in self.open.drain(..) {
            self.coverage.note(command, state, &before, &now);
        }
    }

    /// Nothing breaks any more: time goes on until nothing is left to happen.
    async fn heal(&mut self, engine: &Engine) -> Result<Rest, String> {
        let end = self.around.clock.now().plus(REST);
        let (mut seen, mut still) = (0, 0);
        while still < 3 && !self.around.gate.is_exhausted() {
            // Again and again: one that somebody has asked for may come only now.
            for halt in engine.halts().map_err(|refusal| refusal.to_string())? {
                let engine = engine.clone();
                tokio::spawn(async move { drop(engine.resume(halt.flow).await) });
            }
            tokio::time::sleep(PAUSES).await;
            self.around.looks.store(0, Ordering::SeqCst);
            let look = |rest: &Rest| (rest.is_reached(), rest.next(), rest.wanted());
            let (rested, next, wanted) = self.around.log.with_rest(look);
            if rested {
                break;
            }
            for wanted in wanted {
                let engine = engine.clone();
                // Not waited for: at a gate that is exhausted, nobody gets through. What is refused is wanted again.
                tokio::spawn(async move { drop(mend(&engine, wanted).await) });
            }
            let happened = self.around.log.count();
            still = if happened == seen { still + 1 } else { 0 };
            seen = happened;
            let now = self.around.clock.now();
            if let Some(next) = next.filter(|next| *next > now && *next <= end) {
                self.pass_to(next);
                still = 0;
            }
        }
        self.hear_answers();
        self.look(engine).await
    }

    /// What the storage holds, and what comes of runs that are done again.
    async fn look(&self, engine: &Engine) -> Result<Rest, String> {
        let mut rest = self.around.log.with_rest(Rest::clone);
        rest.exhausted = self.around.gate.is_exhausted();
        if rest.exhausted {
            // What is stored may change at every moment.
            rest.orders.clear();
            return Ok(rest);
        }
        let shops: Vec<ShopId> = self.workload.shops().collect();
        let orders: Vec<OrderId> = rest.orders.keys().copied().collect();
        let read = engine.storage().glance(move |reads| {
            let (mut found, mut spending) = (Vec::new(), Vec::new());
            for id in orders {
                let mut order = None;
                for shop in &shops {
                    order = order.or(reads.order(*shop, id)?);
                }
                found.push((id, order));
            }
            for id in shops {
                spending.extend(reads.shop(id)?.map(|shop| (id, shop.spending)));
            }
            Ok::<_, Refusal>((found, spending))
        });
        let (orders, spending) = read.map_err(|refusal| refusal.to_string())?;
        rest.orders = orders.into_iter().collect();
        rest.spending = spending.into_iter().collect();
        self.guests.be_quiet();
        let done = rest.runs.values().filter(|run| run.state == RunState::Done);
        let done: Vec<(ShopId, RunId)> = done.map(|run| (run.shop, run.id)).collect();
        // Spread over all of them.
        let apart = (done.len() / REPLAYS).max(1);
        for (shop, run) in done.into_iter().step_by(apart).take(REPLAYS) {
            let again = engine.replay(shop, run).await.map_err(|refusal| refusal.to_string());
            let differs = again.map(|steps| steps.into_iter().filter(|step| !step.is_same()).collect());
            rest.replayed.push((run, differs));
        }
        Ok(rest)
    }
}
