//! The steps of a dry run, one after the other as their times come, each on what those before it have left behind.

use std::sync::Arc;

use rulewright_domain::{
    Cause, Event, EventId, LogLine, NewEvent, Outcome, Reason, Run, RunState, Timestamp, Usage, Wake, Woken,
    automation::OnFailure,
    kind,
    secret::{secrets_of, without_secrets},
};
use rulewright_ports::{Answer, Completion, Failure, StorageExt};
use serde_json::Value;

use super::{
    DryStep, DryVerdict,
    draft::{Applied, By, Draft},
    scene::{Play, Scene, first_wait},
    told::{failed, field_of},
    world::DryWorld,
};
use crate::{
    Engine, Refusal, application_rule,
    invocation::Snapshot,
    sequence::{cause_of, first_state, start_state},
    view::PREVIOUS,
};

/// Steps of one rule. One that waits again and again has shown by then what it does.
const STEPS: usize = 16;

/// Steps of all rules together: each may take as long as the limits let it.
const STEPS_OF_ALL: usize = 100;

impl Play {
    /// When there is something to do.
    fn due(&self) -> Option<Timestamp> {
        let run = self.run.as_ref().filter(|_| self.end.is_none() && self.steps.len() < STEPS)?;
        match &run.state {
            RunState::Ready => Some(run.ready_at),
            state => state.wake_at(),
        }
    }

    fn is_open(&self) -> bool {
        self.end.is_none() && self.run.as_ref().is_some_and(|run| !run.state.is_terminal())
    }
}

impl Engine {
    pub(super) async fn play(&self, scene: &mut Scene) -> Result<(), Refusal> {
        scene.release_ended();
        for _ in 0..STEPS_OF_ALL {
            let due = scene.plays.iter().enumerate().filter_map(|(place, play)| Some((play.due()?, place)));
            let Some((at, place)) = due.min() else { break };
            scene.now = scene.now.max(at);
            if scene.is_ready(place) {
                self.play_step(scene, place).await?;
            }
        }
        Ok(())
    }

    /// What keeps rules that nobody has saved from being published keeps them from running here.
    pub(super) async fn find_mistakes(&self, scene: &mut Scene) {
        let config = scene.config.clone();
        let kind = scene.before.kind;
        for play in &mut scene.plays {
            let mut found = Vec::new();
            self.check_rules(&config, kind, "", std::slice::from_ref(&play.rule), &mut found).await;
            for issue in &mut found {
                // The only one that was looked at.
                issue.path = issue.path.trim_start_matches("/0").to_owned();
            }
            let Some(first) = found.first() else { continue };
            if let Some(run) = play.run.as_mut().filter(|run| !run.state.is_terminal()) {
                let (code, message) = (first.code.clone(), format!("{}: {}", first.path, first.message));
                run.state = RunState::Failed { code: code.clone(), message: message.clone() };
                play.waits = None;
                play.end = Some(DryVerdict::Unusable { code, message, issues: found });
            }
        }
    }

    async fn play_step(&self, scene: &mut Scene, place: usize) -> Result<(), Refusal> {
        let Some(snapshot) = scene.snapshot(place) else {
            let message = "the order or the plugin is gone".to_owned();
            scene.settle(place, RunState::Failed { code: "gone".to_owned(), message });
            return Ok(());
        };
        let mut step = DryStep {
            step: snapshot.run.step,
            at: snapshot.run.ready_at,
            wake: Woken::from(&snapshot.run.wake),
            condition: None,
            settings: None,
            result: String::new(),
            effects: Vec::new(),
            requests: Vec::new(),
            logs: Vec::new(),
            usage: Usage::default(),
        };
        let begun = begin(&snapshot, &mut step);
        let done = match begun {
            Ok(Some(settings)) => {
                let world = DryWorld::new(self.clone(), &snapshot, scene.draft.clone(), scene.answer.clone());
                let world = Arc::new(world);
                let told: Value = serde_json::from_str(&settings).unwrap_or_default();
                let mut done = self.invoke(&scene.config, snapshot.invocation(settings), world.clone()).await;
                step.logs.append(&mut done.logs);
                step.usage = std::mem::take(&mut done.usage);
                step.requests = world.take_requests();
                let secrets = secrets_of(&told, &snapshot.plugin.manifest.settings);
                step.requests.iter_mut().for_each(|request| request.hide(&secrets));
                done
            }
            Ok(None) => {
                step.result = "condition: not met".to_owned();
                scene.end(
                    place,
                    step,
                    DryVerdict::ConditionFalse,
                    RunState::Skipped { reason: String::new() },
                );
                return Ok(());
            }
            Err(failure) => crate::attempt::failed(failure),
        };
        if step.requests.iter().any(|request| !request.answered) {
            step.result = "nothing was sent, so there is no answer to go on with".to_owned();
            // Its run has no end that anybody could wait for.
            let state = RunState::Waiting { until: None, filter: None };
            scene.end(place, step, DryVerdict::AsksServer, state);
            return Ok(());
        }
        self.conclude(scene, place, &snapshot.run, step, done)
    }

    /// Its effects and its outcome, or why there are none.
    fn conclude(
        &self,
        scene: &mut Scene,
        place: usize,
        run: &Run,
        mut step: DryStep,
        done: Completion,
    ) -> Result<(), Refusal> {
        let outcome = match done.result {
            Ok(Answer::Outcome(outcome)) => outcome,
            Ok(_) => {
                let failure = Failure::new("trap", "the plugin answered something else than a step", false);
                scene.fail(place, step, &failure, None);
                return Ok(());
            }
            Err(failure) => {
                scene.fail(place, step, &failure, None);
                return Ok(());
            }
        };
        step.result = outcome.to_string();
        if let Outcome::Retry { reason, .. } = outcome {
            scene.fail(place, step, &Failure::new("retry", reason, true), None);
            return Ok(());
        }
        let cause = cause_of(run);
        let applied = match self.apply_dry(scene, run, &cause, done.effects)? {
            Ok((draft, applied)) => {
                scene.draft = draft;
                applied
            }
            Err(refusal) => {
                let message = format!("an effect of the step was refused: {refusal}");
                let failure = Failure::new(refusal.code(), message, false);
                scene.fail(place, step, &failure, field_of(&refusal));
                return Ok(());
            }
        };
        step.effects = applied.effects;
        scene.follow(place, step, outcome, applied.created);
        scene.react(place, applied.events, &cause);
        Ok(())
    }

    /// On a copy of the draft, which is dropped where an effect is refused.
    fn apply_dry(
        &self,
        scene: &Scene,
        run: &Run,
        cause: &Cause,
        effects: Vec<rulewright_domain::Effect>,
    ) -> Result<Result<(Draft, Applied), Refusal>, Refusal> {
        let (engine, config, mut draft) = (self.clone(), scene.config.clone(), scene.draft.clone());
        let plugin = scene.plays.iter().find(|play| play.rule.id == run.rule);
        let plugin = plugin.map(|play| play.rule.plugin.clone()).unwrap_or_default();
        let (cause, now) = (cause.clone(), run.ready_at);
        let applied = self.storage().glance(move |reads| {
            let by = By { engine: &engine, config: &config, plugin: &plugin, cause: &cause, now };
            let applied = draft.apply(reads, &by, effects)?;
            Ok::<_, Refusal>((draft, applied))
        });
        match applied {
            Err(error @ Refusal::Storage(_)) => Err(error),
            applied => Ok(applied),
        }
    }
}

/// The settings as the plugin gets them; None: the condition is not met.
fn begin(snapshot: &Snapshot, step: &mut DryStep) -> Result<Option<String>, Failure> {
    let rule = &snapshot.rule;
    let schema = &snapshot.plugin.manifest.settings;
    if snapshot.run.step == 0
        && let Some(dead) =
            application_rule::dead(&snapshot.config, snapshot.order.kind, schema, &rule.settings)
    {
        return Err(dead);
    }
    let mut view = None;
    step.condition = snapshot.condition(&mut view);
    if step.condition.as_ref().is_some_and(|condition| !condition.met) {
        return Ok(None);
    }
    let (inserted, missing) = snapshot.settings(view)?;
    if !missing.is_empty() {
        let message = format!("nothing to insert for {}", missing.join(", "));
        step.logs.push(LogLine { level: "warn".to_owned(), message, fields: Default::default() });
    }
    let settings = inserted.unwrap_or_else(|| rule.settings.clone());
    let text = settings.to_string();
    step.settings = Some(without_secrets(&settings, schema));
    Ok(Some(text))
}

impl Scene {
    /// What has ended before anything began lets the rule after it go on.
    fn release_ended(&mut self) {
        for place in 0..self.plays.len() {
            if self.plays[place].run.as_ref().is_some_and(|run| run.state.is_terminal()) {
                self.release_next(place);
            }
        }
    }

    /// The time of the run has come: whether its step can begin now.
    fn is_ready(&mut self, place: usize) -> bool {
        let now = self.now;
        let order = self.draft.order(self.order).cloned();
        let Some(play) = self.plays.get_mut(place) else { return false };
        let Some(run) = &mut play.run else { return false };
        match &run.state {
            RunState::Ready => return true,
            RunState::Waiting { filter: Some(_), .. } => run.wake = Wake::TimedOut,
            RunState::Waiting { filter: None, .. } => run.wake = Wake::Timer,
            RunState::Scheduled { .. } => {
                let Some(order) = order else { return false };
                let state = start_state(&play.rule, &self.config, &order);
                if state != RunState::Ready {
                    run.ready_at = now;
                    self.settle(place, state);
                    return false;
                }
            }
            _ => return false,
        }
        run.ready_at = now;
        run.state = RunState::Ready;
        true
    }

    /// A step after which nothing of the rule comes any more.
    fn end(&mut self, place: usize, step: DryStep, end: DryVerdict, state: RunState) {
        if let Some(play) = self.plays.get_mut(place) {
            play.steps.push(step);
            play.end = Some(end);
        }
        self.settle(place, state);
    }

    fn fail(&mut self, place: usize, mut step: DryStep, failure: &Failure, field: Option<String>) {
        step.result = failure.to_string();
        let end = failed(&failure.code, &failure.message, field, failure.retryable);
        let Failure { code, message, .. } = failure.clone();
        self.end(place, step, end, RunState::Failed { code, message });
    }

    /// What the outcome of a step leads to.
    fn follow(
        &mut self,
        place: usize,
        step: DryStep,
        outcome: Outcome,
        created: serde_json::Map<String, Value>,
    ) {
        let now = self.now;
        let given = self.event.clone();
        let Some(play) = self.plays.get_mut(place) else { return };
        play.steps.push(step);
        let Some(run) = &mut play.run else { return };
        run.step += 1;
        run.output.extend(created);
        let (until, filter, saved) = match outcome {
            Outcome::Done { summary, output } => {
                run.output.extend(output);
                play.end = Some(DryVerdict::Runs { summary, output: run.output.clone() });
                return self.settle(place, RunState::Done);
            }
            Outcome::Skipped { reason } => return self.settle(place, RunState::Skipped { reason }),
            Outcome::WaitUntil { at, state } => (Some(at), None, state),
            Outcome::WaitFor { filter, until, state } => (until, Some(filter), state),
            // Has been told as a failure.
            Outcome::Retry { .. } => return,
        };
        run.saved = Some(saved);
        let woken = given
            .filter(|event| !play.woken && filter.as_ref().is_some_and(|filter| filter.matches(&event.what)));
        play.waits.get_or_insert(DryVerdict::Waits { until, filter: filter.clone(), reason: None });
        match woken {
            Some(event) => {
                play.woken = true;
                run.wake = Wake::Event { event };
                run.ready_at = now;
                run.state = RunState::Ready;
            }
            None => run.state = RunState::Waiting { until, filter },
        }
    }

    /// Whom the changes of one step concern, as in a transaction that records them.
    fn react(&mut self, by: usize, events: Vec<NewEvent>, cause: &Cause) {
        for what in events {
            let about = what.order == Some(self.order);
            let what = Arc::new(Event {
                id: EventId(0),
                shop: self.config.shop.id,
                at: self.now,
                cause: cause.clone(),
                what,
            });
            self.wake_waiting(&what);
            match what.what.kind.as_str() {
                kind::ORDER_DELETED if about => self.cancel_others(by, &Reason::OrderDeleted),
                kind::STAGE_CHANGED | kind::PIPELINE_CHANGED if about => {
                    let stage = self.draft.order(self.order).map(|order| order.stage.clone());
                    let name = self.plays.get(by).map(|play| play.rule.name.clone()).unwrap_or_default();
                    let stage = stage.unwrap_or_else(|| "".into());
                    self.cancel_others(by, &Reason::StageLeft { by: name, stage });
                }
                kind::FIELDS_CHANGED if about => self.replan(&what),
                _ => {}
            }
        }
    }

    fn wake_waiting(&mut self, event: &Arc<Event>) {
        let now = self.now;
        for play in &mut self.plays {
            let Some(run) = play.run.as_mut().filter(|_| play.end.is_none()) else { continue };
            let RunState::Waiting { filter: Some(filter), .. } = &run.state else { continue };
            // What a step itself has just caused is no answer to it.
            let mine =
                matches!(&event.cause.by, rulewright_domain::Actor::Rule { run: by, .. } if *by == run.id);
            if !mine && filter.matches(&event.what) {
                run.wake = Wake::Event { event: event.clone() };
                run.ready_at = now;
                run.state = RunState::Ready;
            }
        }
    }

    /// The order has left the stage: what has not run yet runs no more, and whoever moved it goes on.
    fn cancel_others(&mut self, by: usize, reason: &Reason) {
        for (place, play) in self.plays.iter_mut().enumerate() {
            let open = play.is_open();
            if let Some(run) = play.run.as_mut().filter(|_| open && place != by) {
                run.state = RunState::Cancelled { reason: reason.to_string() };
            }
        }
        // It waits for nothing in a stage that its order has left.
        let waits = |run: &&mut Run| matches!(run.state, RunState::Waiting { .. });
        if let Some(run) = self.plays.get_mut(by).and_then(|play| play.run.as_mut()).filter(waits) {
            run.state = RunState::Cancelled { reason: Reason::StageLeftByItself.to_string() };
        }
    }

    /// A rule that counts from a date follows it.
    fn replan(&mut self, event: &Event) {
        let changed = event.what.attrs.get("fields").and_then(Value::as_array).cloned().unwrap_or_default();
        for place in 0..self.plays.len() {
            let play = &self.plays[place];
            let waits = play.run.as_ref().is_some_and(|run| {
                run.step == 0 && matches!(run.state, RunState::Scheduled { .. } | RunState::Parked { .. })
            });
            let follows = play.rule.when.follows();
            if waits && changed.iter().any(|name| name.as_str() == follows && follows.is_some()) {
                self.begin(place);
            }
        }
    }

    /// Nothing blocks the run's first step any more.
    fn begin(&mut self, place: usize) {
        let Some(order) = self.draft.order(self.order).cloned() else { return };
        let now = self.now;
        let Some(play) = self.plays.get_mut(place) else { return };
        let state = first_state(&play.rule, &self.config, &order, now);
        play.waits = first_wait(&state).or_else(|| play.waits.take());
        if let Some(run) = &mut play.run {
            run.ready_at = now;
        }
        self.settle(place, state);
    }

    /// The run has this state now; at its end, the one that runs after it goes on.
    fn settle(&mut self, place: usize, state: RunState) {
        let Some(play) = self.plays.get_mut(place) else { return };
        if play.waits.is_none() {
            play.waits = first_wait(&state);
        }
        let ended = state.is_terminal();
        if let Some(run) = &mut play.run {
            run.state = state;
        }
        if ended {
            self.release_next(place);
        }
    }

    fn release_next(&mut self, ended: usize) {
        let begin = self.begin;
        let Some(above) = self.plays.get(ended).and_then(|play| play.run.clone()) else { return };
        let next = |play: &Play| play.run.as_ref().is_some_and(|run| Some(run.id) == above.next);
        let Some(place) = self.plays.iter().position(next) else { return };
        let now = self.now;
        let Some(play) = self.plays.get_mut(place).filter(|play| play.end.is_none()) else { return };
        let Some(run) = play.run.as_mut().filter(|run| matches!(run.state, RunState::Blocked { .. })) else {
            return;
        };
        let stopped = matches!(above.state, RunState::Failed { .. } | RunState::Cancelled { .. });
        if stopped && play.rule.on_previous_failed == OnFailure::Stop {
            let reason = Reason::previous(&above).to_string();
            return self.settle(place, RunState::Cancelled { reason });
        }
        run.inputs = above.inputs.clone();
        run.inputs.insert(above.rule.0.clone(), above.output.clone().into());
        run.inputs.insert(PREVIOUS.to_owned(), above.output.clone().into());
        if now > begin {
            let reason = Some(Reason::After { rule: above.rule_name.clone() }.to_string());
            play.waits = Some(DryVerdict::Waits { until: Some(now), filter: None, reason });
        }
        self.begin(place);
    }
}
