//! What an application answers.

use rulewright_domain::{
    Actor, ApplicationRule, Cause, EntryKind, Event, NewEvent, Order, Run, RunId, RunState,
    application_rule::{CALLED, answered},
    kind,
};
use rulewright_ports::storage::{EventQuery, Page, Records};
use serde_json::{Map, Value, json};

use crate::{Asked, Engine, Receipt, Refusal, change::Change};

/// Bytes of the values, written as JSON: rules after it can read 64 KiB.
const MOST: usize = 60_000;
/// Characters of the line for the order's history.
const LOG: usize = 10_000;

/// An answer to a rule that an application carries out.
#[derive(Clone, Debug, Default)]
pub struct RuleAnswer {
    /// As it came with the call.
    pub token: String,
    /// For the rules after it, by name.
    pub values: Map<String, Value>,
    /// For the order's history.
    pub log: String,
    /// Only of rules of this application.
    pub owner: Option<String>,
}

impl Engine {
    /// `Denied` with `unknown-token` where nothing waits for it (any more).
    pub async fn answer_application_rule(
        &self,
        asked: impl Into<Asked>,
        by: Actor,
        answer: RuleAnswer,
    ) -> Result<Receipt, Refusal> {
        let Asked { shop, key } = asked.into();
        if json!(answer.values).to_string().len() > MOST {
            let message = format!("the values of an answer have at most {MOST} bytes, written as JSON");
            return Err(Refusal::invalid("/values", "too-large", message));
        }
        if answer.log.chars().count() > LOG {
            let message = format!("a line of the history has at most {LOG} characters");
            return Err(Refusal::invalid("/log", "too-long", message));
        }
        let done = self.change_from_outside(shop, move |change| {
            change.once(key.as_ref(), |change| change.take_answer(&by, &answer))
        });
        Ok(done.await?.answer)
    }
}

impl Change<'_> {
    fn take_answer(&mut self, by: &Actor, answer: &RuleAnswer) -> Result<Receipt, Refusal> {
        self.must_take_in()?;
        let (run, call) = self.called(&answer.token)?.ok_or_else(unknown)?;
        let id = call.what.kind.strip_prefix(CALLED).and_then(|id| id.parse().ok()).unwrap_or_default();
        let rule = self.tx.record::<ApplicationRule>(self.shop, id)?.ok_or_else(unknown)?;
        if answer.owner.as_ref().is_some_and(|owner| rule.owner != *owner) {
            return Err(unknown());
        }
        let order = self.tx.order(self.shop, run.order)?.ok_or_else(unknown)?;
        let receipt = Receipt { order: Some(order.id), ..Receipt::default() };
        if !waits_for(&run, &answer.token) {
            // Who is not waited for may still say what became of it.
            if rule.waits || answer.log.trim().is_empty() {
                return Err(unknown());
            }
            let entry = self.log(&order, &rule, answer, by)?;
            return Ok(Receipt { entry, ..receipt });
        }
        let entry = self.log(&order, &rule, answer, by)?;
        let event = answer_event(&rule, &order, &answer.token)
            .attr("values", Value::Object(answered(&rule, answer.values.clone())))
            .attr("log", answer.log.clone());
        let id = self.record(event, &Cause::from_outside(by.clone()), Some(&order), None)?;
        Ok(Receipt { entry, events: vec![id], ..receipt })
    }

    /// The run, and the event by which the application was called.
    fn called(&mut self, token: &str) -> Result<Option<(Run, Event)>, Refusal> {
        let Some((run, _)) = token.split_once('.') else { return Ok(None) };
        let Ok(run) = run.parse::<RunId>() else { return Ok(None) };
        let Some(run) = self.tx.run(self.shop, run)? else { return Ok(None) };
        let query = EventQuery { order: Some(run.order), ..EventQuery::default() };
        let mut after = run.event.0;
        loop {
            let page = Page { after: Some(after), limit: Page::MAX, newest_first: false };
            let events = self.tx.events(self.shop, &query, page)?;
            let Some(last) = events.last() else { return Ok(None) };
            after = last.id.0;
            let is_it = |event: &Event| {
                event.what.kind.starts_with(CALLED) && event.what.correlation.as_deref() == Some(token)
            };
            if let Some(event) = events.into_iter().find(is_it) {
                return Ok(Some((run, event)));
            }
        }
    }

    fn log(
        &mut self,
        order: &Order,
        rule: &ApplicationRule,
        answer: &RuleAnswer,
        by: &Actor,
    ) -> Result<Option<rulewright_domain::EntryId>, Refusal> {
        if answer.log.trim().is_empty() {
            return Ok(None);
        }
        let details = json!({ "application-rule": rule.id, "rule-name": rule.name });
        self.add_entry(Some(order.id), EntryKind::History, answer.log.clone(), details, by).map(Some)
    }

    /// Where a rule was handed over to an application that is told only, nobody waits for an answer: it has one already.
    pub fn answer_at_once(&mut self, called: &Event, order: Option<&Order>) -> Result<(), Refusal> {
        let Some(id) = called.what.kind.strip_prefix(CALLED) else { return Ok(()) };
        let (Some(order), Ok(id)) = (order, id.parse()) else { return Ok(()) };
        let config = self.config.clone();
        let rule = config.application_rules.get(&rulewright_domain::ApplicationRuleId(id));
        let (Some(rule), Some(token)) = (rule.filter(|rule| !rule.waits), &called.what.correlation) else {
            return Ok(());
        };
        let event = answer_event(rule, order, token).attr("values", json!({})).attr("at-once", true);
        let cause = Cause::link(called.id, &called.cause, Actor::Host);
        self.record(event, &cause, Some(order), None).map(drop)
    }
}

fn answer_event(rule: &ApplicationRule, order: &Order, token: &str) -> NewEvent {
    NewEvent {
        order: Some(order.id),
        client: order.client(),
        correlation: Some(token.to_owned()),
        ..NewEvent::new(kind::APPLICATION_ANSWERED)
    }
    .attr("rule", rule.id.to_string())
    .attr("code", rule.code.clone())
    .attr("application", rule.owner.clone())
}

fn waits_for(run: &Run, token: &str) -> bool {
    let RunState::Waiting { filter: Some(filter), .. } = &run.state else { return false };
    filter.correlation.as_deref() == Some(token)
        && filter.kinds.iter().any(|kind| kind == kind::APPLICATION_ANSWERED)
}

fn unknown() -> Refusal {
    let message = "nothing waits for an answer with this token: it is not one, or it was answered already, or its time is over";
    Refusal::Denied { code: "unknown-token", message: message.to_owned() }
}
