//! One step in a worker, as the engine hears of it: questions, each answered before the next, and the end.
//!
//! **Invariant:** whoever asks out of turn, asks for more than the grant, or ends with more than it, is not heard any
//! more.

use std::sync::Arc;

use rulewright_domain::Grant;
use rulewright_ports::{Completion, Invocation, World, WorldError};
use serde::Serialize;

use super::{
    believe::Terms,
    process::{Line, Said},
    words::{self, Blob, Question, Source},
};
use crate::{
    keeper::{Keeper, Near},
    options::Limits,
    turn::Turn,
};

/// Rows that one question is answered with, as the host functions have it.
const ROWS: u32 = 100;

/// Why a step has no end.
pub(super) enum Broken {
    /// The process is not there any more.
    Gone,
    /// It said what no sandbox says.
    Lied(String),
    /// The answer could not be told.
    Ours(String),
}

/// Who answers the questions of one step.
pub(super) struct Host {
    near: Near,
    terms: Terms,
    /// Milliseconds that the step may take.
    wall: u64,
    /// Values that it may say at once.
    values: u64,
}

/// What a step has asked for so far, as the sandbox counts it: what was read is kept for its commit, and a request
/// costs somebody else.
#[derive(Default)]
struct Tally {
    requests: u64,
    reads: u64,
}

impl Tally {
    fn count(&mut self, question: &Question, limits: &Limits) -> Result<(), String> {
        match question {
            Question::Send { .. } => self.requests += 1,
            // What that takes is known when it is answered.
            Question::Recipient(_) => {}
            _ => self.reads += 1,
        }
        if self.requests > limits.http_requests {
            return Err("it sent more requests than a step may send".to_owned());
        }
        match self.reads > limits.reads {
            true => Err("it asked more often than a step may read".to_owned()),
            false => Ok(()),
        }
    }
}

impl Host {
    pub fn new(invocation: &Invocation, world: Arc<dyn World>, limits: &Arc<Limits>) -> Host {
        let wall = limits.allowance(&invocation.limits).wall;
        let values = most_values(limits);
        let terms = Terms::of(&invocation.task, invocation.now);
        Host { near: Near::of(invocation, world, limits), terms, wall, values }
    }

    pub fn wall(&self) -> u64 {
        self.wall
    }

    fn grant(&self) -> &Grant {
        &self.near.grant
    }

    pub async fn talk(&self, line: &mut Line, turn: &mut Turn) -> Result<Completion, Broken> {
        let mut asked = Tally::default();
        loop {
            let body = match line.next().await.ok_or(Broken::Gone)? {
                Said::Done(body) => return self.end(&body),
                Said::Ask(body) => body,
            };
            let question: Question = words::read_from_worker(&body, self.values).map_err(Broken::Lied)?;
            self.terms.may_ask(&question, self.grant()).map_err(Broken::Lied)?;
            asked.count(&question, &self.near.limits).map_err(Broken::Lied)?;
            let outside = matches!(question, Question::Send { .. });
            let answering = self.answer(question, &mut asked);
            let answered = async {
                match outside {
                    true => turn.wait_outside(answering).await,
                    false => answering.await,
                }
            };
            let answer = tokio::select! {
                answer = answered => answer.map_err(Broken::Ours)?,
                // Its time may end while it waits; then the answer is not wanted any more.
                said = line.next() => return match said {
                    Some(Said::Done(body)) => self.end(&body),
                    Some(Said::Ask(_)) => Err(Broken::Lied("it asked again before it was answered".to_owned())),
                    None => Err(Broken::Gone),
                },
            };
            line.answer(answer).await;
        }
    }

    fn end(&self, body: &[u8]) -> Result<Completion, Broken> {
        let said: Completion = words::read_from_worker(body, self.values).map_err(Broken::Lied)?;
        self.terms.believe(&said, self.grant(), &self.near.limits).map_err(Broken::Lied)?;
        self.near.addressed(said).map_err(Broken::Lied)
    }

    async fn answer(&self, question: Question, asked: &mut Tally) -> Result<Vec<u8>, String> {
        let (world, keeper) = (&self.near.world, &self.near);
        match question {
            Question::Order(id) => told(world.order(id).await),
            Question::OrdersOfClient { id, limit } => told(world.orders_of_client(id, limit.min(ROWS)).await),
            Question::Client(id) => told(world.client(id).await),
            Question::Employees => told(world.employees().await),
            Question::HasEmployee(id) => told(keeper.has_employee(id).await),
            Question::Recipient(mut wanted) => {
                let most = self.near.limits.reads;
                wanted.reads = wanted.reads.min(most.saturating_sub(asked.reads));
                let found = keeper.recipient(wanted).await;
                // A read beyond the last was refused, and is not counted.
                asked.reads = asked.reads.saturating_add(found.reads).min(most);
                words::write(&found)
            }
            Question::Change(change) => words::write(&keeper.change(change).await),
            Question::Item { list, id } => told(world.item(&list, id).await),
            Question::Items { list, fields, limit } => {
                told(world.items(&list, fields, limit.min(ROWS)).await)
            }
            Question::Stored(key) => told(world.stored(&key).await.map(|found| found.map(Blob))),
            Question::HasSecret(name) => told(world.has_secret(&name).await),
            Question::Reveal(name) => told(keeper.reveal(&name).await.map(|value| value.map(Blob))),
            Question::Sign { secret, by, data } => {
                told(keeper.sign(&secret, by, &data).await.map(|signed| signed.map(Blob)))
            }
            Question::Matches { secret, text } => told(keeper.matches(&secret, &text).await),
            Question::Prepare(from) => told(
                world
                    .prepare(&from)
                    .await
                    .map(|found| found.map(|(prepared, bytes)| Source { prepared, bytes: Blob(bytes) })),
            ),
            Question::Send { key, mut request } => {
                request.timeout = request.timeout.min(self.wall);
                words::write(&keeper.send(&key, request).await)
            }
        }
    }
}

/// What the sandbox may say at most: `values` of each of a hundred things that came in, and effects, where a value
/// weighs 32 bytes.
fn most_values(limits: &Limits) -> u64 {
    limits.values.saturating_mul(128).saturating_add(limits.effect_bytes / 16)
}

fn told<T: Serialize>(answer: Result<T, WorldError>) -> Result<Vec<u8>, String> {
    words::write(&answer.map_err(|error| error.0))
}

#[cfg(test)]
mod tests {
    use rulewright_domain::{ClientId, Order, OrderId, Recipient};

    use super::*;
    use crate::{
        keeper::{Found, Wanted, Written},
        testing::{self, Shop},
    };

    #[tokio::test]
    async fn a_look_for_an_address_takes_what_it_reads_and_no_more_than_is_left() {
        let order = Order { id: OrderId(2), contacts: vec![ClientId(3)], ..testing::order() };
        let shop = Shop { orders: vec![order], ..Shop::default() };
        let limits = Arc::new(Limits { reads: 3, ..Limits::default() });
        let host = Host::new(&testing::invocation(testing::order()), Arc::new(shop), &limits);
        let mut asked = Tally::default();
        for (wished, took, counted) in [(100, 2, 2), (100, 2, 3), (100, 1, 3)] {
            let to = Recipient::ClientOf(OrderId(2));
            let wanted = Wanted { channel: "sms".into(), to, kind: None, reads: wished };
            let answer = host.answer(Question::Recipient(wanted), &mut asked).await.unwrap();
            let found: Found = words::read(&answer).unwrap();
            assert_eq!((found.reads, asked.reads), (took, counted));
        }
    }

    #[test]
    fn a_step_asks_as_often_as_the_sandbox_would_let_it() {
        let limits = Limits { reads: 2, http_requests: 1, ..Limits::default() };
        let mut asked = Tally::default();
        let mut ask = |question: Question| asked.count(&question, &limits).is_ok();
        assert!(ask(Question::Client(ClientId(2))) && ask(Question::Stored("k".into())));
        assert!(!ask(Question::Employees), "that would be a third");

        let send = || {
            let (method, url) = ("GET".to_owned(), "https://a.b/".to_owned());
            let request =
                Written { method, url, url_secret: None, headers: Vec::new(), body: None, timeout: 1 };
            Question::Send { key: "k".into(), request }
        };
        let mut asked = Tally::default();
        let mut ask = |question: Question| asked.count(&question, &limits).is_ok();
        assert!(ask(send()) && !ask(send()));
    }
}
