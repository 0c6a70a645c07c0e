//! What is believed of what a worker says: what the invocation's grant and the limits allow, and nothing else.
//!
//! **Invariant:** a guest that has broken out of its sandbox, and speaks for its process, gets no further than a guest
//! whose imports are all that the shop has granted. It is asked here once more, by the engine's process.

use rulewright_domain::{
    Command, DocumentDraft, Draft, Effect, Grant, Incoming, Mailing, OrderChange, Outcome, Recipient,
    SavedState, Timestamp, address,
};
use rulewright_ports::{Answer, Carried, Completion, Failure, Reception, Task};

use super::{
    granted::{self, functions},
    words::{self, Question},
};
use crate::{capability, convert, log, options::Limits, weight};

/// Bytes of a text that people read. The sandbox cuts its own at a KiB, and may add where it happened.
const TEXT: usize = 8 << 10;
/// Of a line in a header of a mail.
const LINE: usize = 998;
/// Of a tag, or of the code of a failure.
const WORD: usize = 200;
/// Issues, things that came in, frames of a backtrace: the sandbox has no more.
const ITEMS: usize = 200;

/// What a worker was asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Step,
    Examine,
    Deliver,
    Receive,
    Validate,
    Upgrade,
}

/// What an invocation allows, kept by whoever waits for its end.
pub(super) struct Terms {
    asked: Asked,
    now: Timestamp,
}

impl Terms {
    pub fn of(task: &Task, now: Timestamp) -> Terms {
        let asked = match task {
            Task::Step(_) => Asked::Step,
            Task::Examine(_) => Asked::Examine,
            Task::Deliver(_) => Asked::Deliver,
            Task::Receive(_) => Asked::Receive,
            Task::Validate { .. } => Asked::Validate,
            Task::Upgrade { .. } => Asked::Upgrade,
        };
        Terms { asked, now }
    }

    /// Settings are validated and state is upgraded without a world.
    fn closed(&self) -> bool {
        matches!(self.asked, Asked::Validate | Asked::Upgrade)
    }

    /// Whether that may be asked, or why not.
    pub fn may_ask(&self, question: &Question, grant: &Grant) -> Result<(), String> {
        if self.closed() {
            return Err("it asked while settings were checked or state was upgraded".to_owned());
        }
        granted::may_ask(question, grant)
    }

    /// Whether a completion can be what the sandbox answers, or why not.
    pub fn believe(&self, said: &Completion, grant: &Grant, limits: &Limits) -> Result<(), String> {
        let commits = match &said.result {
            Ok(answer) => {
                self.answer(answer, limits)?;
                !matches!(answer, Answer::Outcome(Outcome::Retry { .. }))
            }
            Err(failure) => {
                fail(failure)?;
                false
            }
        };
        if !said.effects.is_empty() && (!commits || self.closed()) {
            return Err("it staged effects with an answer that commits none".to_owned());
        }
        if said.effects.len() as u64 > limits.effects {
            return Err(format!("it staged {} effects", said.effects.len()));
        }
        let weight: u64 = said.effects.iter().map(weight::of_effect).sum();
        if weight > limits.effect_bytes {
            return Err(format!("it staged {weight} bytes of effects"));
        }
        said.effects.iter().try_for_each(|effect| staged(effect, grant, limits))?;
        let lines = said.logs.iter().map(|line| {
            let fields = weight::of_fields(&line.fields);
            log::LINE + (line.level.len() + line.message.len()) as u64 + fields
        });
        // The last line may pass the limit by itself, and one more may tell of those that were dropped.
        // In memory its fields take up to sixteen times their text.
        let line = limits.log_line.max(1 << 10).saturating_mul(32);
        if lines.sum::<u64>() > limits.log.saturating_add(line).saturating_mul(2) {
            return Err("its log is longer than a log".to_owned());
        }
        let usage = &said.usage;
        let fuel = usage.fuel_limit.min(limits.fuel.max(limits.fuel_max));
        let memory = usage.memory_limit.min(limits.memory.max(limits.memory_max));
        if usage.fuel > fuel || usage.memory > memory {
            return Err("it used more than a step may use".to_owned());
        }
        match usage.denied.iter().find(|name| !capability::offered().contains(&name.as_str())) {
            Some(_) => Err("it was denied a function that there is not".to_owned()),
            None => Ok(()),
        }
    }

    fn answer(&self, answer: &Answer, limits: &Limits) -> Result<(), String> {
        match (self.asked, answer) {
            (Asked::Step, Answer::Outcome(outcome)) => self.outcome(outcome, limits),
            (Asked::Examine, Answer::Verdict { reason, .. }) => text(reason),
            (Asked::Deliver, Answer::Carried(carried)) => match carried {
                Carried::Sent { id: line } => text(line),
                Carried::Rejected { reason } | Carried::Unavailable { reason } => text(reason),
            },
            (Asked::Receive, Answer::Received(Reception::Refused { reason })) => text(reason),
            (Asked::Receive, Answer::Received(Reception::Taken { incoming, answer })) => {
                let sound = incoming.len() <= ITEMS
                    && incoming.iter().all(is_sound)
                    && answer.body.len() as u64 <= limits.output
                    && (200..600).contains(&answer.status)
                    && answer.content_type.is_ascii()
                    && convert::line("", &answer.content_type, LINE).is_ok();
                sound.then_some(()).ok_or_else(|| "it took in what no gateway sends".to_owned())
            }
            (Asked::Validate, Answer::Issues(issues)) => {
                count(issues.len())?;
                issues.iter().try_for_each(|issue| {
                    [&issue.path, &issue.code, &issue.message].into_iter().try_for_each(|part| text(part))
                })
            }
            (Asked::Upgrade, Answer::State(state)) => saved(state, limits),
            (asked, _) => Err(format!("it answered something else than {asked:?}")),
        }
    }

    fn outcome(&self, outcome: &Outcome, limits: &Limits) -> Result<(), String> {
        match outcome {
            Outcome::Done { summary, output } => {
                summary.as_deref().map_or(Ok(()), text)?;
                // In memory it takes more than its text.
                let most = limits.output.saturating_add(limits.values.saturating_mul(128));
                match weight::of_fields(output) <= most {
                    true => Ok(()),
                    false => Err("its output is longer than an output".to_owned()),
                }
            }
            Outcome::Skipped { reason } => text(reason),
            Outcome::Retry { after, reason } => {
                match after.is_none_or(|after| after <= convert::LONGEST_RETRY) {
                    true => text(reason),
                    false => Err("it wants to be tried again later than anybody waits".to_owned()),
                }
            }
            Outcome::WaitUntil { at, state } => {
                self.later(*at)?;
                saved(state, limits)
            }
            Outcome::WaitFor { filter, until, state } => {
                until.map_or(Ok(()), |until| self.later(until))?;
                if words::write(filter)?.len() as u64 > limits.hostcall {
                    return Err("it waits for more than can be waited for".to_owned());
                }
                saved(state, limits)
            }
        }
    }

    fn later(&self, at: Timestamp) -> Result<(), String> {
        match at >= self.now.plus(convert::SHORTEST_WAIT) && convert::time("", at.0).is_ok() {
            true => Ok(()),
            false => Err("it waits for a time that has passed, is too soon or in no calendar".to_owned()),
        }
    }
}

/// Whether the grant allows the effect.
fn staged(effect: &Effect, grant: &Grant, limits: &Limits) -> Result<(), String> {
    let functions = functions(effect);
    if !functions.iter().any(|name| grant.functions.contains(*name)) {
        return Err(match functions.first() {
            Some(name) => format!("it staged what {name} does, which is not granted"),
            None => "it staged what no guest can ask for".to_owned(),
        });
    }
    let channel = |channel: &str| match grant.channels.contains(channel) {
        true => Ok(()),
        false => Err("it staged a message in a channel that is not granted".to_owned()),
    };
    match effect {
        Effect::Message(draft) if matches!(draft.to, Recipient::Subscription(_)) => {
            Err("it staged what is told to a subscription".to_owned())
        }
        Effect::Message(draft) => {
            channel(&draft.channel)?;
            lines([&draft.sender, &draft.subject, &draft.correlation])?;
            match is_address(draft) {
                true => Ok(()),
                false => Err("it staged a message to what is no address of its channel".to_owned()),
            }
        }
        Effect::Command { command: Command::SendMailing(mailing), .. } => {
            let Mailing { channel: by, sender, subject, .. } = mailing;
            channel(by)?;
            lines([sender, subject, &None])
        }
        Effect::Storage { key, value } => {
            let size = value.as_ref().map_or(0, Vec::len) as u64;
            let sound = (1..=200).contains(&key.len())
                && size <= limits.stored_value
                && (value.is_none() || key.len() as u64 + size <= grant.storage);
            match sound {
                true => Ok(()),
                false => Err("it stored more than is granted".to_owned()),
            }
        }
        Effect::Command { command: Command::CreateDocument(draft), .. } => {
            let (title, media_type) = match draft {
                DocumentDraft::FromTemplate(from) => (from.title.as_ref(), None),
                DocumentDraft::Filled { from, media_type, .. } => (from.title.as_ref(), Some(media_type)),
                DocumentDraft::Made { title, media_type, .. } => (Some(title), Some(media_type)),
            };
            if media_type.is_some_and(|name| capability::must_be_media_type(name).is_err()) {
                return Err("it made a document whose type is no type".to_owned());
            }
            // It becomes the name of a file.
            match convert::optional_line("", title, LINE) {
                Ok(()) => Ok(()),
                Err(_) => Err("it made a document whose title is no line".to_owned()),
            }
        }
        Effect::Command {
            command: Command::ChangeOrder { change: OrderChange::AddTags { tags }, .. },
            ..
        } => match tags.iter().all(|tag| convert::line("", tag, WORD).is_ok()) {
            true => Ok(()),
            false => Err("it added a tag that is none".to_owned()),
        },
        Effect::Command { command: Command::Ingest(event), .. } => {
            let line = convert::optional_line("", event.correlation.as_ref(), LINE).is_ok();
            // A payload is what the host has seen.
            match line && event.data == Default::default() {
                true => Ok(()),
                false => Err("it emitted an event that no plugin emits".to_owned()),
            }
        }
        Effect::Command { .. } => Ok(()),
    }
}

fn is_sound(one: &Incoming) -> bool {
    let lines = [Some(&one.id), Some(&one.kind), one.peer.as_ref(), one.line.as_ref()];
    lines.into_iter().flatten().all(|text| convert::line("", text, LINE).is_ok())
}

/// As its channel writes it: what stands there goes into headers of mails, and to gateways. What was found for somebody
/// is put in later, and not by a worker.
fn is_address(draft: &Draft) -> bool {
    let Recipient::Address(written) = &draft.to else { return true };
    address::check(&draft.channel, written).is_ok_and(|checked| checked == draft.address)
}

fn fail(failure: &Failure) -> Result<(), String> {
    count(failure.backtrace.len())?;
    failure.backtrace.iter().filter_map(|frame| frame.name.as_deref()).try_for_each(text)?;
    // Traces and statistics take it for one of a few words.
    let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if failure.code.len() > WORD || !failure.code.chars().all(word) {
        return Err("it failed with a code that is none".to_owned());
    }
    text(&failure.message)
}

fn text(text: &str) -> Result<(), String> {
    match text.len() <= TEXT {
        true => Ok(()),
        false => Err(format!("it answered with a text of {} bytes", text.len())),
    }
}

fn count(items: usize) -> Result<(), String> {
    match items <= ITEMS {
        true => Ok(()),
        false => Err(format!("it answered with a list of {items}")),
    }
}

fn lines(lines: [&Option<String>; 3]) -> Result<(), String> {
    let broken = lines.into_iter().flatten().find(|text| convert::line("", text, LINE).is_err());
    broken.map_or(Ok(()), |_| Err("it staged a message with a line that is none".to_owned()))
}

fn saved(state: &SavedState, limits: &Limits) -> Result<(), String> {
    match state.bytes.len() as u64 <= limits.state {
        true => Ok(()),
        false => Err(format!("it saved {} bytes of state", state.bytes.len())),
    }
}

#[cfg(test)]
mod tests {
    use rulewright_domain::{EntryKind, Fields, LogLine, OrderId, Payload, Usage};

    use super::*;
    use crate::testing::{self, grant};

    const STEP: Terms = Terms { asked: Asked::Step, now: Timestamp(1_000) };

    fn done(effects: Vec<Effect>) -> Completion {
        let outcome = Outcome::Done { summary: None, output: Default::default() };
        let result = Ok(Answer::Outcome(outcome));
        Completion { result, effects, logs: Vec::new(), usage: Usage::default() }
    }

    fn change(change: OrderChange) -> Effect {
        let command = Command::ChangeOrder { id: OrderId(1), expected: None, change };
        Effect::Command { command, label: None }
    }

    fn message(channel: &str) -> Effect {
        let to = Recipient::Address("+44 20 7946 0958".into());
        Effect::Message(testing::draft(channel, to, "+442079460958"))
    }

    fn believed(completion: &Completion, functions: &[&str]) -> Result<(), String> {
        STEP.believe(completion, &grant(functions), &Limits::default())
    }

    #[test]
    fn an_effect_is_believed_with_its_own_function_and_with_no_other() {
        let fields = |key: &str| -> Fields { [(key.to_owned(), true.into())].into() };
        let entry = |kind| {
            let (order, text) = (Some(OrderId(1)), "Hello".to_owned());
            let command = Command::AddEntry { order, client: None, kind, text, details: Default::default() };
            Effect::Command { command, label: None }
        };
        for (effect, function) in [
            (change(OrderChange::MoveStage { stage: "won".into() }), "orders-write.move-stage"),
            (change(OrderChange::Delete), "orders-write.delete"),
            (change(OrderChange::Pay { payment: None }), "payments-write.mark-paid"),
            (
                change(OrderChange::EditShipments { shipment: None, fields: fields("service") }),
                "shipments-write.edit",
            ),
            (entry(EntryKind::Task), "tasks.create"),
            (entry(EntryKind::Comment), "timeline.add-comment"),
            (message("sms"), "messages.queue"),
            (Effect::Storage { key: "k".into(), value: Some(vec![1]) }, "storage.set"),
            (Effect::Storage { key: "k".into(), value: None }, "storage.delete"),
        ] {
            let said = done(vec![effect]);
            assert_eq!(believed(&said, &[function]), Ok(()), "{function}");
            let others: Vec<&str> =
                capability::offered().iter().copied().filter(|name| *name != function).collect();
            // A comment has two ways in.
            let others: Vec<&str> =
                others.into_iter().filter(|name| !name.starts_with("timeline.")).collect();
            assert!(believed(&said, &others).is_err(), "{function}");
        }
    }

    #[test]
    fn what_no_guest_can_ask_for_is_not_believed_whatever_is_granted() {
        let fields: Fields = [("shipped".to_owned(), true.into())].into();
        let event = rulewright_domain::NewEvent { kind: "payment.received".into(), ..Default::default() };
        let Effect::Message(draft) = message("sms") else { unreachable!() };
        let to = Recipient::Subscription(rulewright_domain::SubscriptionId(1));
        let subscribed = Effect::Message(Draft { to, ..draft.clone() });
        let to = |written: &str, address: &str| {
            let to = Recipient::Address(written.to_owned());
            Effect::Message(Draft { to, address: address.to_owned(), ..draft.clone() })
        };
        let emitted = |kind: &str, correlation: Option<&str>, data: Payload| {
            let correlation = correlation.map(str::to_owned);
            let event = rulewright_domain::NewEvent {
                kind: kind.to_owned(),
                correlation,
                data,
                ..Default::default()
            };
            Effect::Command { command: Command::Ingest(event), label: None }
        };
        let made = |title: &str| {
            let (order, title, media_type) = (OrderId(1), title.to_owned(), "text/plain".to_owned());
            let draft = DocumentDraft::Made { order, title, media_type, content: vec![1] };
            Effect::Command { command: Command::CreateDocument(draft), label: None }
        };
        for effect in [emitted("plugin.sound.loud", Some("a"), Payload::default()), made("a line")] {
            assert_eq!(believed(&done(vec![effect]), capability::offered()), Ok(()));
        }
        let at_revision = Command::ChangeOrder {
            id: OrderId(1),
            expected: Some(3),
            change: OrderChange::Cancel { reason: None },
        };
        for effect in [
            change(OrderChange::Restore),
            change(OrderChange::Unpay { payment: rulewright_domain::PaymentId(1) }),
            change(OrderChange::EditShipments { shipment: None, fields }),
            change(OrderChange::Several { changes: vec![OrderChange::AllowDelivery] }),
            Effect::Command { command: Command::Ingest(event), label: None },
            Effect::Command { command: at_revision, label: None },
            Effect::Command {
                command: Command::DeleteClient { id: rulewright_domain::ClientId(1) },
                label: None,
            },
            message("mail"),
            subscribed,
            to("+44 20 7946 0958", "+449098790000"),
            to("+1\r\nbcc: all", "+1\r\nbcc: all"),
            emitted("plugin.a b", None, Payload::default()),
            emitted("plugin.", None, Payload::default()),
            emitted("plugin.sound", Some("a\nb"), Payload::default()),
            emitted("plugin.sound", None, serde_json::json!({ "stage": "won" }).into()),
            made("two\r\nlines"),
            change(OrderChange::AddTags { tags: ["two\nlines".into()].into() }),
            Effect::Storage { key: "k".into(), value: Some(vec![0; 101]) },
        ] {
            let said = done(vec![effect.clone()]);
            assert!(believed(&said, capability::offered()).is_err(), "{effect:?}");
        }
    }

    #[test]
    fn a_failure_or_a_retry_comes_without_effects_and_within_limits() {
        let effect = || vec![change(OrderChange::Delete)];
        let failed = Err(Failure::new("trap", "x", false));
        let retry = Ok(Answer::Outcome(Outcome::Retry { after: None, reason: "later".into() }));
        for result in [failed, retry] {
            let said = Completion { result, ..done(effect()) };
            assert!(believed(&said, &["orders-write.delete"]).is_err(), "{said:?}");
            assert_eq!(believed(&Completion { effects: Vec::new(), ..said }, &[]), Ok(()));
        }
        let flood = (0..=Limits::default().effects).flat_map(|_| effect()).collect();
        assert!(believed(&done(flood), &["orders-write.delete"]).is_err());
        let silent = LogLine { level: String::new(), message: String::new(), fields: Default::default() };
        assert_eq!(
            believed(&Completion { logs: vec![silent.clone(); 100], ..done(Vec::new()) }, &[]),
            Ok(())
        );
        assert!(believed(&Completion { logs: vec![silent; 100_000], ..done(Vec::new()) }, &[]).is_err());
        for usage in [
            Usage { fuel: 2, fuel_limit: 1, ..Usage::default() },
            Usage { fuel: u64::MAX, fuel_limit: u64::MAX, ..Usage::default() },
            Usage { memory: u64::MAX, memory_limit: u64::MAX, ..Usage::default() },
        ] {
            assert!(believed(&Completion { usage, ..done(Vec::new()) }, &[]).is_err());
        }
        for code in ["a b", "x".repeat(WORD + 1).as_str(), "\u{e4}"] {
            let odd = Err(Failure::new(code, "x", false));
            assert!(believed(&Completion { result: odd, ..done(Vec::new()) }, &[]).is_err(), "{code}");
        }
        for (after, sound) in [(convert::LONGEST_RETRY, true), (convert::LONGEST_RETRY + 1, false)] {
            let retry = Ok(Answer::Outcome(Outcome::Retry { after: Some(after), reason: "later".into() }));
            let said = Completion { result: retry, ..done(Vec::new()) };
            assert_eq!(believed(&said, &[]).is_ok(), sound, "{after}");
        }
        let long = Err(Failure::new("permanent", "x".repeat(TEXT + 1), false));
        assert!(believed(&Completion { result: long, ..done(Vec::new()) }, &[]).is_err());
        let verdict = Ok(Answer::Verdict { fires: true, reason: String::new() });
        assert!(believed(&Completion { result: verdict, ..done(Vec::new()) }, &[]).is_err());
    }

    #[test]
    fn a_wait_and_its_state_keep_to_the_calendar_and_the_limit() {
        let wait = |at, bytes| {
            let state = SavedState { version: 1, bytes: vec![0; bytes] };
            let result = Ok(Answer::Outcome(Outcome::WaitUntil { at: Timestamp(at), state }));
            believed(&Completion { result, ..done(Vec::new()) }, &[])
        };
        assert_eq!(wait(2_000, 64 << 10), Ok(()));
        for (at, bytes) in [(999, 0), (1_999, 0), (i64::MAX, 0), (2_000, (64 << 10) + 1)] {
            assert!(wait(at, bytes).is_err(), "{at} {bytes}");
        }
    }

    #[test]
    fn who_checks_settings_or_upgrades_state_asks_for_nothing() {
        let all = grant(capability::offered());
        assert_eq!(STEP.may_ask(&Question::Employees, &all), Ok(()));
        for asked in [Asked::Validate, Asked::Upgrade] {
            assert!(Terms { asked, ..STEP }.may_ask(&Question::Employees, &all).is_err(), "{asked:?}");
        }
    }
}
