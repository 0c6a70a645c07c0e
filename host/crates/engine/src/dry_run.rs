//! What the rules of a stage would do with an order, told and not done: no row is written, no number is taken, no request
//! leaves, no timer is set.
//!
//! The rules are carried out in the sandbox as they always are, on a draft of the order that only this dry run knows.
//! Time passes as they want it to: who waits until tomorrow goes on at once, and is told that it is tomorrow.

mod draft;
mod play;
mod scene;
mod simulate;
mod told;
mod trigger;
mod world;

use rulewright_domain::{
    ConditionTrace, EventFilter, LogLine, NewEvent, OrderId, PipelineId, RuleId, StageId, Timestamp,
    TriggerId, Usage, Verdict, Woken, plugin::PluginId,
};
use rulewright_ports::{HttpResponse, Issue, StorageExt};
use serde_json::{Map, Value};

use crate::{Engine, Refusal, automation::Stages};

pub use simulate::{Simulated, SimulatedRule, Simulation, Tally};

/// What is tried, and with which order.
#[derive(Clone, Debug)]
pub struct DryRun {
    pub pipeline: PipelineId,
    pub stage: StageId,
    /// Stages that nobody has saved; None: the published ones.
    pub stages: Option<Stages>,
    /// Only this one of the stage's rules.
    pub rule: Option<RuleId>,
    /// One that stands elsewhere is taken as one that has just come to the stage.
    pub order: OrderId,
    /// What the rules are told as the time when the order comes to the stage. None: what it is.
    pub now: Option<Timestamp>,
    /// What they see as the event that has started them, what a waiting rule is woken by where it fits, and what the
    /// triggers of the stage are asked about. None: the order has just come to the stage, and nobody is asked.
    pub event: Option<NewEvent>,
    /// What every server answers. None: whoever asks one is not followed any further.
    pub answer: Option<HttpResponse>,
}

/// What would come of it, and has not.
#[derive(Clone, Debug, PartialEq)]
pub struct DryRunReport {
    pub order: OrderId,
    /// Of the order that it was tried with.
    pub revision: u64,
    pub now: Timestamp,
    /// Whether the order stands in the stage, and was not only taken as if it did.
    pub stands_there: bool,
    /// In list order.
    pub rules: Vec<DryRule>,
    /// Empty where no event was given.
    pub triggers: Vec<DryTrigger>,
    /// Of the order by all of it: `{part: {before, after}}`.
    pub changes: Map<String, Value>,
}

/// One rule of the stage.
#[derive(Clone, Debug, PartialEq)]
pub struct DryRule {
    pub rule: RuleId,
    pub name: String,
    pub plugin: PluginId,
    pub verdict: DryVerdict,
    /// How it ends once it has waited, where `verdict` is that it waits and that can be told.
    pub then: Option<DryVerdict>,
    pub steps: Vec<DryStep>,
}

/// What becomes of a rule.
#[derive(Clone, Debug, PartialEq)]
pub enum DryVerdict {
    Runs {
        summary: Option<String>,
        /// What rules after it can insert.
        output: Map<String, Value>,
    },
    /// Both sides of each comparison are in its first step.
    ConditionFalse,
    /// The plugin itself found nothing to do.
    Skipped {
        reason: String,
    },
    /// For a time, an event, or what the reason says.
    Waits {
        until: Option<Timestamp>,
        filter: Option<EventFilter>,
        reason: Option<String>,
    },
    /// Somebody has switched it off.
    Off,
    OutOfPlan {
        reason: String,
    },
    /// It could not even begin.
    Unusable {
        code: String,
        message: String,
        /// Of settings that nobody could publish.
        issues: Vec<Issue>,
    },
    Failed {
        code: String,
        message: String,
        /// What the error is about, where it names that.
        field: Option<String>,
        /// A run would try again.
        retryable: bool,
    },
    /// By a limit, which the message names; usage is in the last step.
    Stopped {
        code: String,
        message: String,
    },
    /// It asks a server, and nothing was sent: what it does with the answer cannot be told.
    AsksServer,
    Cancelled {
        reason: String,
    },
}

impl DryVerdict {
    /// Stable and machine-readable.
    pub fn name(&self) -> &'static str {
        match self {
            DryVerdict::Runs { .. } => "runs",
            DryVerdict::ConditionFalse => "condition-false",
            DryVerdict::Skipped { .. } => "skipped",
            DryVerdict::Waits { .. } => "waits",
            DryVerdict::Off => "off",
            DryVerdict::OutOfPlan { .. } => "out-of-plan",
            DryVerdict::Unusable { .. } => "unusable",
            DryVerdict::Failed { .. } => "failed",
            DryVerdict::Stopped { .. } => "stopped",
            DryVerdict::AsksServer => "asks-server",
            DryVerdict::Cancelled { .. } => "cancelled",
        }
    }
}

/// What happens in one step; shapes as a run's trace keeps them.
#[derive(Clone, Debug, PartialEq)]
pub struct DryStep {
    pub step: u32,
    /// What the plugin is told as the time.
    pub at: Timestamp,
    pub wake: Woken,
    pub condition: Option<ConditionTrace>,
    /// As the plugin gets them, with everything inserted and without what is secret. None: it does not get that far.
    pub settings: Option<Value>,
    /// The outcome or the failure, in one line.
    pub result: String,
    /// Empty where they are dropped.
    pub effects: Vec<DryEffect>,
    /// In the order in which it makes them.
    pub requests: Vec<DryRequest>,
    pub logs: Vec<LogLine>,
    pub usage: Usage,
}

/// One effect, by value.
#[derive(Clone, Debug, PartialEq)]
pub struct DryEffect {
    /// `message`, `storage`, or the type of the command.
    pub kind: String,
    /// As the trace of a run keeps it.
    pub effect: Value,
    /// Of the order or client that it changes: `{part: {before, after}}`.
    pub changes: Map<String, Value>,
    pub document: Option<DryDocument>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct DryDocument {
    pub title: String,
    /// The one that it would have; it stays free.
    pub number: Option<String>,
    pub media_type: String,
    pub size: usize,
    /// Where it is text.
    pub text: Option<String>,
}

/// A request that was not sent.
#[derive(Clone, Debug, PartialEq)]
pub struct DryRequest {
    pub method: String,
    /// Secrets are `***`.
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Option<String>,
    /// By the sample of whoever asked.
    pub answered: bool,
}

/// One trigger of the stage, asked about the event.
#[derive(Clone, Debug, PartialEq)]
pub struct DryTrigger {
    pub trigger: TriggerId,
    pub name: String,
    pub plugin: PluginId,
    pub stage: StageId,
    /// None: it is switched off, or its plugin does not listen to events of this kind.
    pub verdict: Option<Verdict>,
}

impl Engine {
    /// What the rules of a stage would do with an order. Nothing is written, sent or counted.
    pub async fn dry_run(
        &self,
        shop: rulewright_domain::ShopId,
        wish: DryRun,
    ) -> Result<DryRunReport, Refusal> {
        let (engine, asked) = (self.clone(), wish.clone());
        let mut scene = self.storage().read(move |reads| engine.read_scene(reads, shop, asked)).await?;
        if wish.stages.is_some() {
            self.find_mistakes(&mut scene).await;
        }
        let triggers = self.ask_dry(&scene).await?;
        self.play(&mut scene).await?;
        Ok(scene.report(triggers))
    }
}
