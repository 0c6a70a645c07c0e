//! Triggers: every candidate is examined, the earliest stage wins, and each of the others is told why not.

use std::sync::Arc;

use async_trait::async_trait;
use rulewright_domain::{
    Actor, Candidate, Cause, Client, ClientId, Command, Employee, Entry, EntryKind, Event, Fields, Item,
    ItemId, Match, MatchId, Order, OrderChange, OrderId, ShopConfig, ShopId, StageId, StageKind, Subject,
    Timestamp, TriggerId, TriggerSpec, Verdict,
};
use rulewright_ports::{
    Answer, ExamineTask, Failure, HttpError, HttpRequest, HttpResponse, Invocation, Reads, StorageExt, Task,
    World, WorldError,
    storage::{EntryQuery, Page},
};
use serde_json::json;

use crate::{
    Engine, Refusal,
    change::Change,
    hash::key_of,
    lane::{Place, Work},
    plugin::REVOKED,
    trace::Origin,
    view,
    world::ShopWorld,
};

pub(crate) struct Question {
    config: Arc<ShopConfig>,
    matching: Match,
    event: Arc<Event>,
    order: Arc<Order>,
    clients: Vec<Client>,
}

/// What a trigger is asked about.
pub(crate) struct Ask<'q> {
    pub config: &'q Arc<ShopConfig>,
    pub order: &'q Arc<Order>,
    pub event: &'q Arc<Event>,
    pub clients: &'q [Client],
    /// Of its random numbers, beside the shop's and its own id.
    pub seed: &'q str,
    /// Of the order's lane, where it is asked there.
    pub place: Option<&'q Arc<Place>>,
}

/// Tries of one event that the storage or the sandbox refuses; then the triggers are told to have failed.
const TRIES: u32 = 6;

/// Lines about orders that stayed where they were, among which one is not said again.
const STAYED: u32 = 50;

enum AskAgain {
    /// The order changed while its triggers were asked.
    Now,
    /// Somebody who may answer later did not answer.
    Later,
}

impl Engine {
    /// `question`, where somebody has looked already.
    pub(crate) async fn do_match(
        &self,
        shop: ShopId,
        order: OrderId,
        id: MatchId,
        mut question: Option<Box<Question>>,
        place: &Arc<Place>,
    ) {
        place.ends(true);
        let (mut tries, mut failures) = (0, 0);
        loop {
            if place.is_handed_over() {
                let again = Work::Match { shop, order, id, question: None };
                return self.enqueue(vec![again], &Origin::default());
            }
            let last = tries >= TRIES;
            match self.try_match((shop, order, id), question.take(), last, place).await {
                Ok(Ok(())) => return,
                Ok(Err(AskAgain::Now)) => {
                    tries += 1;
                    continue;
                }
                Ok(Err(AskAgain::Later)) => tries += 1,
                Err(error) => {
                    tracing::error!(r#match = %id, %error, "an event could not be examined");
                    // A disk without room says nothing about this event.
                    tries += u32::from(!error.passes());
                }
            }
            failures += 1;
            if !self.pause(failures).await {
                // It stays pending in storage, and is found there when the engine starts again.
                return;
            }
        }
    }

    async fn try_match(
        &self,
        (shop, order, id): (ShopId, OrderId, MatchId),
        known: Option<Box<Question>>,
        last: bool,
        place: &Arc<Place>,
    ) -> Result<Result<(), AskAgain>, Refusal> {
        let engine = self.clone();
        let question = match known {
            Some(question) => Some(*question),
            None => {
                place.settled().await;
                self.storage().glance(move |reads| engine.read_match(reads, shop, order, id))?
            }
        };
        let Some(question) = question else {
            // The order is gone, or the question is closed already.
            return self.change(shop, move |change| change.commit_match(id, order, None, Vec::new())).await;
        };
        let mut verdicts = Vec::with_capacity(question.matching.candidates.len());
        for candidate in &question.matching.candidates {
            let verdict = match &candidate.verdict {
                Some(verdict) => Ok(verdict.clone()),
                None => self.examine(&question, candidate, place).await,
            };
            verdicts.push(match verdict {
                Ok(verdict) => verdict,
                Err(failure) if failure.retryable && !last => return Ok(Err(AskAgain::Later)),
                Err(failure) => Verdict::Failed { code: failure.code, message: failure.message },
            });
        }
        let seen = (!last).then_some(question.order.revision);
        self.change_from(Some(place), shop, move |change| {
            change.commit_match(id, order, seen, verdicts.clone())
        })
        .await
    }

    pub(crate) fn read_match(
        &self,
        reads: &mut dyn Reads,
        shop: ShopId,
        order: OrderId,
        id: MatchId,
    ) -> Result<Option<Question>, Refusal> {
        let Some(matching) = reads.matching(shop, id)?.filter(|matching| matching.pending) else {
            return Ok(None);
        };
        let (Some(order), Some(event)) = (reads.order(shop, order)?, reads.event(shop, matching.event)?)
        else {
            return Ok(None);
        };
        let config = self.inner.configs.of(reads, shop)?;
        let mut clients = Vec::new();
        for id in order.clients() {
            clients.extend(reads.client(shop, id)?);
        }
        Ok(Some(Question { config, matching, event, order, clients }))
    }

    /// When the trigger last moved the order.
    fn last_move(
        &self,
        shop: ShopId,
        order: OrderId,
        trigger: &TriggerId,
    ) -> Result<Option<Timestamp>, Refusal> {
        let trigger = trigger.clone();
        let moved = move |one: &Candidate| {
            one.trigger == trigger && matches!(one.verdict, Some(Verdict::Moved { .. }))
        };
        let page = Page { after: None, limit: Page::MAX, newest_first: true };
        let matches = self
            .storage()
            .glance(move |reads| Ok::<_, Refusal>(reads.matches(shop, Some(order), page)?))?;
        let last = matches.into_iter().find(|one| !one.pending && one.candidates.iter().any(&moved));
        Ok(last.map(|one| one.created))
    }

    async fn examine(
        &self,
        question: &Question,
        candidate: &Candidate,
        place: &Arc<Place>,
    ) -> Result<Verdict, Failure> {
        let Question { config, order, event, clients, matching } = question;
        let triggers = config.triggers(&order.pipeline, &event.what.kind);
        let found = triggers.into_iter().find(|(_, trigger)| trigger.id == candidate.trigger);
        let Some((_, trigger)) = found else {
            let message = "the trigger was removed before the event was examined";
            return Err(Failure::new("trigger-gone", message, false));
        };
        let seed = matching.id.to_string();
        let ask = Ask { config, order, event, clients, seed: &seed, place: Some(place) };
        self.examine_trigger(&ask, trigger).await
    }

    /// Changes nothing, whatever the trigger says.
    pub(crate) async fn examine_trigger(
        &self,
        ask: &Ask<'_>,
        trigger: &TriggerSpec,
    ) -> Result<Verdict, Failure> {
        let Ask { config, order, event, clients, seed, place } = *ask;
        if let Some(condition) = &trigger.condition {
            let looks = view::Looks { condition: Some(condition), settings: &serde_json::Value::Null };
            let last_run = match looks.at_last_run() {
                true => {
                    if let Some(place) = place {
                        place.settled().await;
                    }
                    self.last_move(config.shop.id, order.id, &trigger.id)
                        .map_err(|error| Failure::new("storage", error.to_string(), true))?
                }
                false => None,
            };
            let view = view::of(config, order, clients, event, None, last_run, &looks);
            let condition = condition.evaluate(&view);
            if !condition.met {
                return Ok(Verdict::ConditionFalse { condition });
            }
        }
        let Some(plugin) = config.plugins.get(&trigger.plugin) else {
            let message = format!("plugin `{}` is not installed", trigger.plugin);
            return Err(Failure::new("no-such-plugin", message, false));
        };
        let task = ExamineTask {
            trigger_name: trigger.name.clone(),
            settings: trigger.settings.to_string(),
            order: order.clone(),
            event: event.clone(),
        };
        let invocation = Invocation {
            shop: config.shop.id,
            plugin: trigger.plugin.clone(),
            digest: plugin.digest.clone(),
            grant: plugin.grant.clone(),
            limits: plugin.manifest.limits.clone(),
            seed: key_of(&[&config.shop.seed, seed, &trigger.id.0]),
            now: event.at,
            locale: config.shop.locale.clone(),
            time_zone: config.shop.time_zone.clone(),
            hours: config.shop.hours.clone(),
            task: Task::Examine(Box::new(task)),
        };
        let world = ShopWorld::new(self.clone(), config.clone(), trigger.plugin.clone(), clients.to_vec());
        let world = Arc::new(world.at(place.cloned()));
        match self.invoke(config, invocation, world).await.result? {
            Answer::Verdict { fires: true, reason } => Ok(Verdict::Moved { reason }),
            Answer::Verdict { fires: false, reason } => Ok(Verdict::Ignored { reason }),
            _ => Err(Failure::new("trap", "the plugin answered something else than a verdict", false)),
        }
    }
}

impl Change<'_> {
    /// `seen`: the revision that the verdicts are about, where a later one is to be asked about again.
    fn commit_match(
        &mut self,
        id: MatchId,
        order: OrderId,
        seen: Option<u64>,
        verdicts: Vec<Verdict>,
    ) -> Result<Result<(), AskAgain>, Refusal> {
        let Some(mut matching) = self.tx.matching(self.shop, id)?.filter(|matching| matching.pending) else {
            return Ok(Ok(()));
        };
        self.done_since(matching.created);
        let order = self.tx.order(self.shop, order)?;
        if let (Some(seen), Some(order)) = (seen, &order)
            && order.revision != seen
        {
            return Ok(Err(AskAgain::Now));
        }
        matching.pending = false;
        for (candidate, verdict) in matching.candidates.iter_mut().zip(verdicts) {
            candidate.verdict = Some(verdict);
        }
        let winner = match &order {
            Some(order) => self.judge(&mut matching, order),
            None => {
                gone(&mut matching);
                None
            }
        };
        self.tx.put_match(&matching)?;
        if let (Some(order), None) = (&order, &winner) {
            self.note_kept_back(&matching, order)?;
        }
        let (Some(order), Some((trigger, stage))) = (order, winner) else { return Ok(Ok(())) };
        let Some(event) = self.tx.event(self.shop, matching.event)? else { return Ok(Ok(())) };
        let by = Actor::Trigger { trigger: trigger.id, name: trigger.name };
        let cause = Cause::following(&event, by);
        let change = OrderChange::MoveStage { stage };
        let command = Command::ChangeOrder { id: order.id, expected: None, change };
        match self.apply(command, &cause, None) {
            Err(Refusal::Rejected(rejection)) => {
                let verdict =
                    Verdict::Failed { code: rejection.code().to_owned(), message: rejection.to_string() };
                let moved =
                    |candidate: &&mut Candidate| matches!(candidate.verdict, Some(Verdict::Moved { .. }));
                if let Some(candidate) = matching.candidates.iter_mut().find(moved) {
                    candidate.verdict = Some(verdict);
                }
                Ok(Ok(self.tx.put_match(&matching)?))
            }
            result => result.map(|_| Ok(())),
        }
    }

    /// A trigger fired, and the order stays: without a line on its timeline, staff look for what is broken. Once for each
    /// trigger while the order stands where it does, however often its client writes.
    fn note_kept_back(&mut self, matching: &Match, order: &Order) -> Result<(), Refusal> {
        let kept = |one: &&Candidate| matches!(one.verdict, Some(Verdict::Backward | Verdict::Closed));
        let kept: Vec<&Candidate> = matching.candidates.iter().filter(kept).collect();
        if kept.is_empty() {
            return Ok(());
        }
        let query = EntryQuery { at: Some(Subject::Order(order.id)), kinds: vec![EntryKind::StageChange] };
        let page = Page { after: None, limit: STAYED, newest_first: true };
        let mut said = self.tx.entries(self.shop, &query, page)?;
        let stayed = |entry: &Entry| entry.details.get("not-moved").is_some();
        said.truncate(said.iter().take_while(|entry| stayed(entry)).count());
        let config = self.config.clone();
        let pipeline = config.pipelines.get(&order.pipeline);
        let position = |stage: &StageId| pipeline.and_then(|pipeline| pipeline.position(stage));
        for one in kept {
            if said.iter().any(|entry| entry.details["trigger"] == one.trigger.0.as_str()) {
                continue;
            }
            let stage = pipeline.and_then(|pipeline| pipeline.stage(&one.stage));
            let stage = stage.map_or(one.stage.0.as_str(), |stage| stage.name.as_str());
            let (why, text) = match position(&one.stage) < position(&order.stage) {
                true => ("past", format!("Not moved: order is already past this stage ({stage})")),
                false => ("closed", format!("Not moved: order is won or lost ({stage})")),
            };
            let details = json!({ "not-moved": why, "to": one.stage, "trigger": one.trigger });
            let by = Actor::Trigger { trigger: one.trigger.clone(), name: one.name.clone() };
            self.add_entry(Some(order.id), EntryKind::StageChange, text, details, &by)?;
        }
        Ok(())
    }

    /// Of the candidates that fired, in stage order: the first that may move the order where it now stands.
    fn judge(
        &self,
        matching: &mut Match,
        order: &Order,
    ) -> Option<(TriggerSpec, rulewright_domain::StageId)> {
        let automation = self.config.automations.get(&order.pipeline)?;
        let mut winner: Option<(TriggerSpec, rulewright_domain::StageId)> = None;
        for candidate in &mut matching.candidates {
            if !matches!(candidate.verdict, Some(Verdict::Moved { .. })) {
                continue;
            }
            let on_stage = automation.stages.get(&candidate.stage);
            let trigger = on_stage.and_then(|on| on.triggers.iter().find(|one| one.id == candidate.trigger));
            let Some(trigger) = trigger else {
                let message = "the trigger was removed before the order could be moved".to_owned();
                candidate.verdict = Some(Verdict::Failed { code: "trigger-gone".to_owned(), message });
                continue;
            };
            let digest = self.config.plugins.get(&trigger.plugin).map(|plugin| &plugin.digest);
            if let Some(reason) = digest.and_then(|digest| self.config.revoked.get(digest)) {
                let (code, message) = (REVOKED.to_owned(), reason.clone());
                candidate.verdict = Some(Verdict::Failed { code, message });
                continue;
            }
            if let Some((first, _)) = &winner {
                candidate.verdict =
                    Some(Verdict::LostTo { trigger: first.id.clone(), name: first.name.clone() });
            } else if let Some(why) = kept_back(&self.config, order, trigger, &candidate.stage) {
                candidate.verdict = Some(why);
            } else {
                winner = Some((trigger.clone(), candidate.stage.clone()));
            }
        }
        winner
    }
}

/// Why a trigger that fires may not move the order to its stage from where it stands.
pub(crate) fn kept_back(
    config: &ShopConfig,
    order: &Order,
    trigger: &TriggerSpec,
    stage: &StageId,
) -> Option<Verdict> {
    let position =
        |stage| config.pipelines.get(&order.pipeline).and_then(|pipeline| pipeline.position(stage));
    let (here, there) = (position(&order.stage), position(stage));
    let closed = config.stage_kind(order) != Some(StageKind::Open);
    if there == here {
        Some(Verdict::AlreadyThere)
    } else if closed && !trigger.allow_previous {
        Some(Verdict::Closed)
    } else if there < here && !trigger.allow_previous {
        Some(Verdict::Backward)
    } else {
        None
    }
}

/// The order was deleted before it could be moved: nobody is left to be asked, and nothing was moved.
fn gone(matching: &mut Match) {
    for candidate in &mut matching.candidates {
        if matches!(candidate.verdict, None | Some(Verdict::Moved { .. })) {
            let message = "the order was deleted before it could be moved".to_owned();
            candidate.verdict = Some(Verdict::Failed { code: "order-deleted".to_owned(), message });
        }
    }
}

/// Who checks settings sees what it is given, and nothing else.
pub struct Nowhere;

fn nothing<T>() -> Result<T, WorldError> {
    Err(WorldError("only an event or a step is a reason to read".to_owned()))
}

#[async_trait]
impl World for Nowhere {
    async fn order(&self, _: OrderId) -> Result<Option<Order>, WorldError> {
        nothing()
    }
    async fn orders_of_client(&self, _: ClientId, _: u32) -> Result<Vec<OrderId>, WorldError> {
        nothing()
    }
    async fn client(&self, _: ClientId) -> Result<Option<Client>, WorldError> {
        nothing()
    }
    async fn employees(&self) -> Result<Vec<Employee>, WorldError> {
        nothing()
    }
    async fn item(&self, _: &str, _: ItemId) -> Result<Option<Item>, WorldError> {
        nothing()
    }
    async fn items(&self, _: &str, _: Fields, _: u32) -> Result<Vec<Item>, WorldError> {
        nothing()
    }
    async fn stored(&self, _: &str) -> Result<Option<Vec<u8>>, WorldError> {
        nothing()
    }
    async fn has_secret(&self, _: &str) -> Result<bool, WorldError> {
        nothing()
    }
    async fn secret(&self, _: &str) -> Result<Option<Vec<u8>>, WorldError> {
        nothing()
    }
    async fn http(&self, _: &str, _: HttpRequest) -> Result<HttpResponse, HttpError> {
        Err(HttpError::Denied("only a rule's step can send requests".to_owned()))
    }
}
