//! One attempt at a step: what its plugin is told, and then a report of what came of it.

use std::sync::Arc;

use rulewright_domain::{ConditionTrace, LogLine, Outcome, Reason, secret::without_secrets};
use rulewright_ports::{Answer, Completion, Failure, World};
use tracing::Span;

use crate::{
    Engine,
    commit::Report,
    invocation::Snapshot,
    lane::Place,
    plugin::{Admitted, admit},
    trace,
    world::StepWorld,
};

/// What the plugin is asked. The error is what the step comes to where it is not asked.
pub(crate) type Call = Result<(Admitted, Arc<dyn World>), Box<Completion>>;

pub(crate) struct Attempt {
    snapshot: Snapshot,
    condition: Option<ConditionTrace>,
    /// The settings, where something was inserted, without what is secret.
    inserted: Option<String>,
    /// Fields that were to be inserted, and are empty.
    missing: Vec<String>,
    /// Where a plugin is asked.
    world: Option<Arc<StepWorld>>,
}

impl Engine {
    /// The plugin runs only where the rule's condition and settings leave something to run.
    pub(crate) fn attempt(&self, mut snapshot: Box<Snapshot>, place: &Arc<Place>) -> (Attempt, Call) {
        let mut view = None;
        let condition = snapshot.condition(&mut view);
        if let Some(unmet) = condition.as_ref().filter(|trace| !trace.met) {
            let skipped = skipped_by_condition(unmet);
            return (Attempt::new(*snapshot, condition), Err(Box::new(skipped)));
        }
        let (settings, missing) = match snapshot.settings(view) {
            Ok(rendered) => rendered,
            Err(failure) => return (Attempt::new(*snapshot, condition), Err(Box::new(failed(failure)))),
        };
        let told = settings.as_ref().unwrap_or(&snapshot.rule.settings).to_string();
        // What is secret stays with the rule.
        let schema = &snapshot.plugin.manifest.settings;
        let inserted = settings.as_ref().map(|settings| without_secrets(settings, schema).to_string());
        let admitted = admit(&snapshot.config, snapshot.invocation(told));
        let world = StepWorld::new(self.clone(), &mut snapshot, settings.as_ref(), place.clone());
        let world = Arc::new(world);
        let call = admitted
            .map(|admitted| (admitted, world.clone() as Arc<dyn World>))
            .map_err(|failure| Box::new(failed(failure)));
        let attempt = Attempt::new(*snapshot, condition);
        (Attempt { inserted, missing, world: Some(world), ..attempt }, call)
    }
}

impl Attempt {
    fn new(snapshot: Snapshot, condition: Option<ConditionTrace>) -> Attempt {
        Attempt { snapshot, condition, inserted: None, missing: Vec::new(), world: None }
    }

    pub fn span(&self) -> Span {
        trace::step(&self.snapshot)
    }

    pub fn report(self, mut completion: Completion) -> Report {
        let Attempt { snapshot, condition, inserted, missing, world } = self;
        if !missing.is_empty() {
            let message = format!("nothing to insert for {}", missing.join(", "));
            let line = LogLine { level: "warn".to_owned(), message, fields: Default::default() };
            completion.logs.insert(0, line);
        }
        let Some(world) = world else {
            return Report::new(snapshot, condition, inserted, Vec::new(), completion);
        };
        let report = Report::new(snapshot, condition, inserted, world.take_reads(), completion);
        let report = report.with_turn(world.take_turn()).with_unsent(world.take_unsent());
        report.with_requests(world.take_requests())
    }
}

fn skipped_by_condition(trace: &ConditionTrace) -> Completion {
    let failed = trace.compared.iter().filter(|one| !one.met);
    let shown: Vec<String> = failed
        .map(|one| format!("{} ({}) {} {}", one.field, one.actual, one.operator, one.expected))
        .collect();
    let reason = Reason::ConditionFalse { compared: shown.join("; ") }.to_string();
    Completion {
        result: Ok(Answer::Outcome(Outcome::Skipped { reason })),
        effects: Vec::new(),
        logs: Vec::new(),
        usage: Default::default(),
    }
}

pub(crate) fn failed(failure: Failure) -> Completion {
    Completion { result: Err(failure), effects: Vec::new(), logs: Vec::new(), usage: Default::default() }
}
