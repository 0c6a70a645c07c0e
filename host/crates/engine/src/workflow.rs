//! Workflows: chains of rules that are started for an order, wherever it stands.

use rulewright_domain::{Cause, NewEvent, OrderId, Rejection, RunId, ShopId, Started, Workflow, kind};
use rulewright_ports::{Issue, StorageExt, storage::Sequence};
use serde_json::{Map, Value};

use crate::{
    Engine, Receipt, Refusal,
    change::Change,
    check,
    command::check_depth,
    list::names,
    sequence::{Chain, runs_of},
};

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

impl Engine {
    /// Everything that keeps it from being published.
    pub async fn check_workflow(&self, shop: ShopId, workflow: &Workflow) -> Result<Vec<Issue>, Refusal> {
        let engine = self.clone();
        let config = self.storage().read(move |reads| engine.inner.configs.of(reads, shop)).await?;
        let own = workflow.issues().into_iter();
        let mut found: Vec<Issue> =
            own.map(|(path, message)| Issue { path, code: "workflow".to_owned(), message }).collect();
        self.check_rules(&config, "/rules", &workflow.rules, &mut found).await;
        Ok(found)
    }

    /// Returns its revision. Runs that began under an earlier one keep it. The given revision and time are ignored.
    pub async fn publish_workflow(&self, shop: ShopId, workflow: Workflow) -> Result<u64, Refusal> {
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
            Ok(revision)
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
            Ok(change.tx.retire_workflow(shop, &name)?)
        })
        .await
    }
}
