//! Workflows: chains of rules that are started for an order, wherever it stands.

use rulewright_domain::{
    Cause, EventId, NewEvent, OrderId, Reason, Rejection, RunId, RunState, ShopConfig, ShopId, Started,
    Workflow, audit::Deed, kind,
};
use rulewright_ports::{
    Issue, StorageExt, WorkflowNumber,
    storage::{PutRecords, Records, Sequence},
};
use serde_json::{Map, Value};

use crate::{
    Asked, Engine, Receipt, Refusal,
    automation::too_many_rules,
    change::Change,
    check,
    command::check_depth,
    list::names,
    secret::keep_secrets_of,
    sequence::{Chain, runs_of},
};

/// Characters of why a workflow is stopped: a sentence that every run of it shows.
const REASON: usize = 500;

impl Change<'_> {
    /// Does not wait for its end.
    pub fn start_workflow(
        &mut self,
        name: &str,
        order: OrderId,
        parameters: Map<String, Value>,
        cause: &Cause,
    ) -> Result<Receipt, Refusal> {
        check_depth(cause)?;
        let not_found = || Rejection::NotFound { what: "order", id: order.to_string() };
        let order = self.tx.order(self.shop, order)?.ok_or_else(not_found)?;
        let config = self.config.clone();
        let Some(workflow) = config.workflows.get(name) else {
            let known = names(config.workflows.keys());
            let message = format!("there is no workflow `{name}`; there are {known}");
            return Err(Rejection::invalid("workflow", message).into());
        };
        if order.kind != workflow.kind {
            let message = format!("`{name}` is for the other kind of order");
            return Err(Rejection::invalid("workflow", message).into());
        }
        workflow.accept(&parameters)?;
        let event = NewEvent {
            order: Some(order.id),
            client: order.client(),
            ..NewEvent::new(kind::WORKFLOW_STARTED).attr("workflow", name)
        };
        let id = self.record(event, cause, Some(&order), None)?;
        let event = self.tx.event(self.shop, id)?.ok_or_else(|| Refusal::not_found("event", id))?;
        if config.automates(order.kind) {
            let started = Started { workflow: name.to_owned(), parameters };
            let chain =
                Chain { rules: &workflow.rules, revision: workflow.revision, workflow: Some(started) };
            let runs = runs_of(&config, &order, &event, chain, || self.tx.next(Sequence::Run).map(RunId))?;
            self.start_runs(&runs)?;
        }
        Ok(Receipt { order: Some(order.id), events: vec![id], ..Receipt::default() })
    }
}

impl Change<'_> {
    fn stop_workflow(&mut self, started: EventId, reason: &str) -> Result<u64, Refusal> {
        let not_found = || Refusal::not_found("start of a workflow", started);
        let event =
            self.tx.event(self.shop, started)?.filter(|event| event.what.kind == kind::WORKFLOW_STARTED);
        let order = event.and_then(|event| event.what.order).ok_or_else(not_found)?;
        let mut open = self.tx.open_runs(self.shop, order)?;
        open.retain(|run| run.event == started && run.workflow.is_some());
        let stopped = open.len() as u64;
        // From the last: or the end of one would let the next begin.
        for mut run in open.into_iter().rev() {
            self.take_back_messages(run.id)?;
            let reason = Reason::WorkflowStopped { why: reason.to_owned() }.to_string();
            self.end_run(&mut run, RunState::Cancelled { reason })?;
        }
        Ok(stopped)
    }

    fn number_workflow(&mut self, name: &str, owner: &str) -> Result<WorkflowNumber, Refusal> {
        let id = self.tx.next(Sequence::Record)?;
        let number = WorkflowNumber { id, workflow: name.to_owned(), owner: owner.to_owned() };
        self.tx.put_record(self.shop, &number)?;
        Ok(number)
    }
}

fn in_force(config: &ShopConfig, mut all: Vec<WorkflowNumber>) -> Vec<WorkflowNumber> {
    all.retain(|one| config.workflows.contains_key(&one.workflow));
    all.sort_by_key(|one| one.id);
    all
}

impl Engine {
    /// Everything that keeps it from being published.
    pub async fn check_workflow(&self, shop: ShopId, workflow: &Workflow) -> Result<Vec<Issue>, Refusal> {
        let engine = self.clone();
        let config = self.storage().read(move |reads| engine.inner.configs.of(reads, shop)).await?;
        let own = workflow.issues().into_iter();
        let mut found: Vec<Issue> =
            own.map(|(path, message)| Issue { path, code: "workflow".to_owned(), message }).collect();
        match too_many_rules("/rules".to_owned(), &workflow.rules) {
            Some(issue) => found.push(issue),
            None => self.check_rules(&config, workflow.kind, "/rules", &workflow.rules, &mut found).await,
        }
        Ok(found)
    }

    /// Returns its revision. Runs that began under an earlier one keep it. The given revision and time are ignored.
    pub async fn publish_workflow(&self, shop: ShopId, mut workflow: Workflow) -> Result<u64, Refusal> {
        let config = self.config(shop).await?;
        if let Some(before) = config.workflows.get(&workflow.name) {
            keep_secrets_of(&config, &mut workflow.rules, || before.rules.iter());
        }
        check::name("/name", &workflow.name)?;
        check::title(&workflow.title)?;
        for (index, parameter) in workflow.parameters.iter().enumerate() {
            check::key(&format!("/parameters/{index}/name"), &parameter.name)?;
        }
        let issues = self.check_workflow(shop, &workflow).await?;
        if !issues.is_empty() {
            return Err(Refusal::Invalid(issues));
        }
        self.change(shop, move |change| {
            let revision = change.tx.last_workflow_revision(shop, &workflow.name)? + 1;
            let workflow = Workflow { revision, published: change.now, ..workflow.clone() };
            change.tx.publish_workflow(shop, &workflow)?;
            change.audit(Deed::new("workflow.published", &workflow.name).with("revision", revision))?;
            Ok(revision)
        })
        .await
    }

    /// Ends what still runs of one start: `started` is the event that began it, and the reason one line. Returns how many
    /// runs that were.
    pub async fn stop_workflow(
        &self,
        asked: impl Into<Asked>,
        started: EventId,
        reason: &str,
    ) -> Result<u64, Refusal> {
        check::line("/reason", reason, REASON)?;
        let (Asked { shop, key }, reason) = (asked.into(), reason.to_owned());
        let stopped = self.change(shop, move |change| {
            change.once(key.as_ref(), |change| change.stop_workflow(started, &reason))
        });
        Ok(stopped.await?.answer)
    }

    /// Every workflow in force with its number. Those that have none yet get one.
    pub async fn workflow_numbers(&self, shop: ShopId) -> Result<Vec<WorkflowNumber>, Refusal> {
        let engine = self.clone();
        let (config, known) = self
            .storage()
            .read(move |reads| {
                let config = engine.inner.configs.of(reads, shop)?;
                Ok::<_, Refusal>((config, reads.all_records::<WorkflowNumber>(shop, None)?))
            })
            .await?;
        let numbered = |name: &String| known.iter().any(|one| one.workflow == *name);
        if config.workflows.keys().all(numbered) {
            return Ok(in_force(&config, known));
        }
        self.change(shop, move |change| {
            let config = change.config.clone();
            let mut all = change.tx.all_records::<WorkflowNumber>(shop, None)?;
            for name in config.workflows.keys() {
                if !all.iter().any(|one| one.workflow == *name) {
                    all.push(change.number_workflow(name, "")?);
                }
            }
            Ok(in_force(&config, all))
        })
        .await
    }

    /// Of an application: only it may change the workflow afterwards.
    pub async fn own_workflow(&self, shop: ShopId, name: &str, owner: &str) -> Result<i64, Refusal> {
        let (name, owner) = (name.to_owned(), owner.to_owned());
        self.change(shop, move |change| {
            let known = change.tx.record_named::<WorkflowNumber>(shop, &name)?;
            match known {
                Some(known) => {
                    change.tx.put_record(shop, &WorkflowNumber { owner: owner.clone(), ..known.clone() })?;
                    Ok(known.id)
                }
                None => Ok(change.number_workflow(&name, &owner)?.id),
            }
        })
        .await
    }

    /// What runs already goes on.
    pub async fn retire_workflow(&self, shop: ShopId, name: &str) -> Result<(), Refusal> {
        let name = name.to_owned();
        self.change(shop, move |change| {
            if !change.config.workflows.contains_key(&name) {
                return Err(Refusal::not_found("workflow", &name));
            }
            change.tx.retire_workflow(shop, &name)?;
            change.audit(Deed::new("workflow.retired", &name))
        })
        .await
    }
}
