//! What a seed switches on, and how strongly: a different mix of faults for each, so that none hides another for ever.

use std::sync::{
    Mutex,
    atomic::{AtomicBool, Ordering},
};

use rulewright_domain::spending::{Pace, Spending};

use crate::{Chance, lock};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// A transaction is written, undone, and its sender is told of an error.
    CommitFails,
    /// A transaction stays open while others go on: what it makes ready begins, and may be committed with it.
    CommitIsSlow,
    /// A transaction is durable, and its sender waits for the answer while others go on, or until the crash.
    AnswerIsLate,
    /// Everything in memory is gone.
    Crash,
    /// Hours or days at one go.
    ClockJumps,
    /// A guest traps, runs out of fuel, or fails in a way that may pass; it hands over what it staged nevertheless.
    GuestBreaks,
    /// A provider or a subscriber cannot at the moment, or refuses for good.
    ProviderFails,
    /// A provider or a subscriber takes what it is sent, and says that it did not.
    ProviderIsSilent,
    /// A server does not answer a guest's request.
    HttpFails,
    /// The operator halts a flow.
    Halt,
    /// The engine is told to stop, brings to its end what is under way, and starts anew.
    Stop,
}

impl Fault {
    pub const ALL: [Fault; 11] = [
        Fault::CommitFails,
        Fault::CommitIsSlow,
        Fault::AnswerIsLate,
        Fault::Crash,
        Fault::ClockJumps,
        Fault::GuestBreaks,
        Fault::ProviderFails,
        Fault::ProviderIsSilent,
        Fault::HttpFails,
        Fault::Halt,
        Fault::Stop,
    ];

    /// Percent of the occasions on which it strikes at most.
    fn most(self) -> i64 {
        match self {
            Fault::CommitFails => 20,
            Fault::CommitIsSlow | Fault::AnswerIsLate => 60,
            // Each is a database opened anew, most of what a seed costs.
            Fault::Crash => 4,
            Fault::ClockJumps => 15,
            Fault::GuestBreaks => 20,
            Fault::ProviderFails => 50,
            Fault::ProviderIsSilent => 40,
            Fault::HttpFails => 50,
            Fault::Halt => 5,
            // The same.
            Fault::Stop => 1,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Fault::CommitFails => "commit-fails",
            Fault::CommitIsSlow => "commit-is-slow",
            Fault::AnswerIsLate => "answer-is-late",
            Fault::Crash => "crash",
            Fault::ClockJumps => "clock-jumps",
            Fault::GuestBreaks => "guest-breaks",
            Fault::ProviderFails => "provider-fails",
            Fault::ProviderIsSilent => "provider-is-silent",
            Fault::HttpFails => "http-fails",
            Fault::Halt => "halt",
            Fault::Stop => "stop",
        }
    }
}

/// Of most seeds, nothing that would keep a text from being sent.
fn spending(chance: &mut Chance) -> Spending {
    if !chance.percent(30) {
        return Spending::default();
    }
    let at_home = chance.percent(50).then(|| "44".to_owned());
    let mut some = |most: i64| chance.percent(60).then(|| chance.between(1, most).unsigned_abs() as u32);
    Spending {
        number: some(6),
        sms: Pace { hour: some(4), day: some(8) },
        countries: at_home.into_iter().collect(),
        calls: Pace::default(),
    }
}

const COUNT: usize = Fault::ALL.len();

#[derive(Clone, Debug)]
pub struct Plan {
    pub seed: u64,
    pub shops: usize,
    pub lanes: usize,
    pub deliveries: u32,
    /// Percent of the turns in which somebody asks for something.
    pub asking: i64,
    /// Percent of the turns in which the clock goes on a little.
    pub passing: i64,
    /// Two stages chase an order from one to the other.
    pub chase: bool,
    /// One shop has a plugin that breaks at every run, and so much to do in so little time that it is paused.
    pub broken: bool,
    /// What texts may cost each shop.
    pub spending: Spending,
    odds: [i64; COUNT],
}

impl Plan {
    pub fn draw(seed: u64) -> Plan {
        let mut chance = Chance::named(seed, "plan");
        let odds = Fault::ALL.map(|fault| match chance.percent(50) {
            true => chance.between(1, fault.most()),
            false => 0,
        });
        let plan = Plan {
            seed,
            shops: chance.of(&[1, 1, 2, 3]),
            lanes: chance.of(&[1, 2, 64]),
            deliveries: chance.of(&[1, 2, 32]),
            asking: chance.between(15, 35),
            passing: chance.between(3, 12),
            chase: chance.percent(10),
            broken: chance.percent(8),
            spending: spending(&mut chance),
            odds,
        };
        if plan.broken { plan.in_haste() } else { plan }
    }

    /// In one shop, with hardly any time passing, and rarely forgetting what it has seen.
    fn in_haste(mut self) -> Plan {
        (self.shops, self.asking, self.passing) = (1, 60, 1);
        for fault in [Fault::ClockJumps, Fault::Crash, Fault::Stop] {
            let odds = &mut self.odds[fault as usize];
            *odds = (*odds).min(1);
        }
        self
    }

    pub fn odds(&self, fault: Fault) -> i64 {
        self.odds[fault as usize]
    }
}

/// How often each fault has struck.
pub type Strikes = [u64; COUNT];

/// Strikes while it is on.
pub struct Faults {
    plan: Plan,
    on: AtomicBool,
    state: Mutex<(Chance, Strikes)>,
}

impl Faults {
    pub fn new(plan: Plan) -> Faults {
        let state = Mutex::new((Chance::named(plan.seed, "faults"), [0; COUNT]));
        Faults { plan, on: AtomicBool::new(false), state }
    }

    pub fn switch(&self, on: bool) {
        self.on.store(on, Ordering::SeqCst);
    }

    pub fn strikes(&self, fault: Fault) -> bool {
        let odds = self.plan.odds(fault);
        if odds == 0 || !self.on.load(Ordering::SeqCst) {
            return false;
        }
        let mut state = lock(&self.state);
        let struck = state.0.percent(odds);
        state.1[fault as usize] += u64::from(struck);
        struck
    }

    /// One that is decided elsewhere.
    pub fn note(&self, fault: Fault) {
        lock(&self.state).1[fault as usize] += 1;
    }

    pub fn so_far(&self) -> Strikes {
        lock(&self.state).1
    }

    /// For what else may happen in one way or another.
    pub fn draw(&self, from: i64, to: i64) -> i64 {
        lock(&self.state).0.between(from, to)
    }
}
