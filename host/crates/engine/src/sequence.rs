//! Pure: the rules of a stage become the runs of one visit.

use rulewright_domain::{
    Cause, Event, Order, Reason, RuleSpec, Run, RunId, RunState, ShopConfig, Started, Timestamp, Wake,
    schedule::Plan,
};
use serde_json::Map;

/// Of the order's stage. `next_id` hands out run ids.
pub(crate) fn runs_of_visit<E>(
    config: &ShopConfig,
    order: &Order,
    event: &Event,
    next_id: impl FnMut() -> Result<RunId, E>,
) -> Result<Vec<Run>, E> {
    let Some(automation) = config.automations.get(&order.pipeline) else {
        return Ok(Vec::new());
    };
    let rules = config.rules(&order.pipeline, &order.stage);
    runs_of(config, order, event, Chain { rules, revision: automation.revision, workflow: None }, next_id)
}

/// Rules that start together.
pub(crate) struct Chain<'a> {
    /// In list order.
    pub rules: &'a [RuleSpec],
    pub revision: u64,
    pub workflow: Option<Started>,
}

/// One run for each active rule, in list order.
pub(crate) fn runs_of<E>(
    config: &ShopConfig,
    order: &Order,
    event: &Event,
    chain: Chain<'_>,
    mut next_id: impl FnMut() -> Result<RunId, E>,
) -> Result<Vec<Run>, E> {
    let mut runs: Vec<Run> = Vec::new();
    for (position, rule) in chain.rules.iter().enumerate() {
        if !rule.active {
            continue;
        }
        let id = next_id()?;
        let mut run = run_of(config, order, event, &chain, position, id);
        if rule.after_previous
            && let Some(above) = runs.last_mut()
        {
            above.next = Some(id);
            run.after = Some(above.id);
            run.state = RunState::Blocked { on: above.id };
        } else {
            run.state = first_state(rule, config, order, event.at);
        }
        run.ended = run.state.is_terminal().then_some(event.at);
        runs.push(run);
    }
    Ok(runs)
}

/// Of the rule at this position, ready: whether it is, the caller decides.
pub(crate) fn run_of(
    config: &ShopConfig,
    order: &Order,
    event: &Event,
    chain: &Chain<'_>,
    position: usize,
    id: RunId,
) -> Run {
    let rule = &chain.rules[position];
    let digest = config.plugins.get(&rule.plugin).map(|plugin| plugin.digest.clone());
    Run {
        id,
        shop: config.shop.id,
        order: order.id,
        rule: rule.id.clone(),
        rule_name: rule.name.clone(),
        pipeline: order.pipeline.clone(),
        stage: order.stage.clone(),
        revision: chain.revision,
        position: u32::try_from(position).unwrap_or(u32::MAX),
        visit: order.visit,
        digest: digest.unwrap_or_default(),
        state: RunState::Ready,
        wake: Wake::Started,
        step: 0,
        attempt: 0,
        conflicts: 0,
        created: event.at,
        ready_at: event.at,
        ready_after: event.id,
        ended: None,
        event: event.id,
        cause: event.cause.clone(),
        workflow: chain.workflow.clone(),
        shadow: rule.shadow,
        again: None,
        saved: None,
        after: None,
        next: None,
        inputs: Map::new(),
        output: Map::new(),
        trace: Vec::new(),
        migrations: Vec::new(),
    }
}

/// What a run that nothing blocks begins with.
pub(crate) fn first_state(rule: &RuleSpec, config: &ShopConfig, order: &Order, now: Timestamp) -> RunState {
    match (start_state(rule, config, order), rule.when.plan(now, order, &config.shop)) {
        (ended, _) if ended.is_terminal() => ended,
        (started, Plan::Now) => started,
        (_, plan) => delayed(plan),
    }
}

/// The same for one whose time had come, and that has waited for somebody since.
pub(crate) fn resumed_state(rule: &RuleSpec, config: &ShopConfig, order: &Order, now: Timestamp) -> RunState {
    match rule.when.go_on(now, &config.shop) {
        Plan::Now => start_state(rule, config, order),
        plan => delayed(plan),
    }
}

fn delayed(plan: Plan) -> RunState {
    match plan {
        Plan::Now => RunState::Ready,
        Plan::At(until) => RunState::Scheduled { until },
        Plan::Parked(reason) => RunState::Parked { reason },
    }
}

/// What becomes of a run whose time has come.
pub(crate) fn start_state(rule: &RuleSpec, config: &ShopConfig, order: &Order) -> RunState {
    if !config.automates(order.kind) {
        return RunState::Cancelled { reason: Reason::NotAutomated.to_string() };
    }
    if !config.in_plan(&rule.plugin) {
        let reason = Reason::NotInPlan { plugin: rule.plugin.clone() };
        return RunState::Skipped { reason: reason.to_string() };
    }
    if !config.plugins.contains_key(&rule.plugin) {
        let message = format!("plugin `{}` is not installed; install it and retry the run", rule.plugin);
        return RunState::Failed { code: "no-such-plugin".to_owned(), message };
    }
    match config.responsible_away(order).filter(|_| rule.when.responsible_hours()) {
        Some(reason) => RunState::Parked { reason },
        None => RunState::Ready,
    }
}

/// Whether the event is an entry into the order's current stage.
pub(crate) fn is_stage_entry(event: &Event) -> bool {
    match event.what.kind.as_str() {
        rulewright_domain::kind::ORDER_CREATED => !is_history(event),
        rulewright_domain::kind::STAGE_CHANGED | rulewright_domain::kind::PIPELINE_CHANGED => true,
        _ => false,
    }
}

/// An order brought in from the past: nothing runs because of it.
pub(crate) fn is_history(event: &Event) -> bool {
    event.what.kind == rulewright_domain::kind::ORDER_CREATED
        && event.what.attrs.get("historical") == Some(&serde_json::Value::Bool(true))
}

/// The cause of what a run does: the event that woke it, else the one that started it.
pub(crate) fn cause_of(run: &Run) -> Cause {
    let by =
        rulewright_domain::Actor::Rule { run: run.id, rule: run.rule.clone(), name: run.rule_name.clone() };
    match &run.wake {
        // Two rules that wake each other are a loop like any other.
        Wake::Event { event } => Cause::following(event, by),
        _ => Cause::link(run.event, &run.cause, by),
    }
}
