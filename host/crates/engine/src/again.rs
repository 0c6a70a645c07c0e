//! A run that has ended, from its start once more. It is another run: what the first has done stays done, and is done
//! again by this one.

use rulewright_domain::{Actor, Cause, Run, RunId, ShopConfig, Workflow, audit::Deed};
use rulewright_ports::Reads;

use crate::{
    Asked, Engine, Refusal,
    change::Change,
    command::check_depth,
    sequence::{Chain, cause_of},
};

/// What keeps a run from being started once more.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAgain {
    #[error("it has not ended: wait for its end, or cancel it first")]
    Open,
    #[error("its order was deleted")]
    OrderGone,
    #[error("its rule is no longer where it was in the published automation")]
    RuleGone,
    #[error("its order has left the stage of the rule")]
    StageLeft,
    #[error("its rule is switched off: switch it on and publish it first")]
    RuleOff,
    #[error("the shop works with deals only, so orders of this kind have no automation")]
    NotAutomated,
    #[error("the plugin of its rule is not installed: install it first")]
    PluginGone,
    #[error("{0} of the same rule and order has not ended: wait for its end, or cancel it first")]
    Running(RunId),
}

impl Engine {
    /// Starts the rule of a run that has ended for its order, as it is published now. Returns the new run, whose messages
    /// and requests have keys of their own: what the old one sent is sent again.
    pub async fn run_again(&self, asked: impl Into<Asked>, id: RunId, by: Actor) -> Result<RunId, Refusal> {
        let Asked { shop, key } = asked.into();
        let started = self.change_from_outside(shop, move |change| {
            change.once(key.as_ref(), |change| change.run_again(id, &by))
        });
        started.await.map(|once| once.answer)
    }
}

/// None: it can be started once more.
pub fn kept_from_again(
    config: &ShopConfig,
    reads: &mut dyn Reads,
    run: &Run,
) -> Result<Option<NotAgain>, Refusal> {
    if !run.state.is_terminal() {
        return Ok(Some(NotAgain::Open));
    }
    let Some(order) = reads.order(run.shop, run.order)? else { return Ok(Some(NotAgain::OrderGone)) };
    let Some((chain, position)) = place_of(config, run) else { return Ok(Some(NotAgain::RuleGone)) };
    // A workflow runs wherever its order stands.
    let there = order.pipeline == run.pipeline && order.stage == run.stage;
    if run.workflow.is_none() && !there {
        return Ok(Some(NotAgain::StageLeft));
    }
    let rule = &chain.rules[position];
    if !rule.active {
        return Ok(Some(NotAgain::RuleOff));
    }
    if !config.automates(order.kind) {
        return Ok(Some(NotAgain::NotAutomated));
    }
    if !config.plugins.contains_key(&rule.plugin) {
        return Ok(Some(NotAgain::PluginGone));
    }
    let open = reads.open_runs(run.shop, run.order)?;
    Ok(open.iter().find(|other| is_of_same_rule(other, run)).map(|other| NotAgain::Running(other.id)))
}

fn is_of_same_rule(one: &Run, other: &Run) -> bool {
    let workflow = |run: &Run| run.workflow.as_ref().map(|started| started.workflow.clone());
    one.rule == other.rule && one.pipeline == other.pipeline && workflow(one) == workflow(other)
}

/// The rule as it is published now, and those that it stands among.
fn place_of<'c>(config: &'c ShopConfig, run: &Run) -> Option<(Chain<'c>, usize)> {
    let chain = match &run.workflow {
        Some(started) => {
            let Workflow { rules, revision, .. } = config.workflows.get(&started.workflow)?;
            Chain { rules, revision: *revision, workflow: Some(started.clone()) }
        }
        None => {
            let revision = config.automations.get(&run.pipeline)?.revision;
            Chain { rules: config.rules(&run.pipeline, &run.stage), revision, workflow: None }
        }
    };
    let position = chain.rules.iter().position(|rule| rule.id == run.rule)?;
    Some((chain, position))
}

impl Change<'_> {
    fn run_again(&mut self, id: RunId, by: &Actor) -> Result<RunId, Refusal> {
        self.must_take_in()?;
        let config = self.config.clone();
        let old = self.tx.run(self.shop, id)?.ok_or_else(|| Refusal::not_found("run", id))?;
        let refused =
            |why: NotAgain| Refusal::Conflict { message: format!("run {id} is not started again: {why}") };
        if let Some(why) = kept_from_again(&config, self.tx, &old)? {
            return Err(refused(why));
        }
        let (chain, position) = place_of(&config, &old).ok_or_else(|| refused(NotAgain::RuleGone))?;
        let order = self.tx.order(self.shop, old.order)?.ok_or_else(|| refused(NotAgain::OrderGone))?;
        if let Some(started) = &chain.workflow
            && let Some(workflow) = config.workflows.get(&started.workflow)
        {
            // It may have other parameters by now.
            workflow.accept(&started.parameters)?;
        }
        // After the old run, as something that it did would be: a program that starts again whatever ends is a loop like
        // any other.
        let cause = Cause { by: by.clone(), ..cause_of(&old) };
        check_depth(&cause)?;
        let new = self.start_now(&order, &chain, position, &cause, Some(&old))?;
        let deed = Deed::new("run.started-again", id).with("run", new.to_string());
        self.audit(deed.with("rule", old.rule_name).with("order", old.order.to_string()))?;
        Ok(new)
    }
}
