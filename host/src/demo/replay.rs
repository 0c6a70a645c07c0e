//! The replay: every fact at its own time, through the same door as any shop's commands.
//!
//! What happens to one customer happens in its order, and is followed by all that the rules make of it, before the next.
//! Customers have nothing to do with each other, so what happens to different ones in the same hour is done at once.
//!
//! **Invariant:** it can be killed at any moment and started again on the same data: facts taken before answer as
//! duplicates, and time goes on where it was. Nothing is written past the engine.

use std::collections::HashMap;

use futures::future::try_join_all;
use indicatif::ProgressBar;
use rulewright_domain::{Command, EmployeeId, ShopId, Timestamp};
use rulewright_engine::{Engine, Key, Receipt, Refusal, Request, SimulatedClock};
use rulewright_ports::Reads;
use tokio_util::sync::CancellationToken;

use super::command::{self, Known};
use super::fact::{self, Fact, What};
use super::invention::Person;
use crate::order_file::{Invoice, OrderFile, Refused};

/// Changes when the same fact would become other commands, so that old data is not taken for new.
const FORMAT: &str = "demo-2";
/// Simulated time, in milliseconds, whose facts are done at once. No rule of the shop waits for less, so nobody begins to
/// wait in it for a time that is in it too.
pub const STRETCH: i64 = 3_600_000;
/// Simulated time after the last fact in which what still waits comes to its end.
const AFTERWARDS: i64 = 31 * 86_400_000;

pub struct Replay<'a> {
    pub engine: &'a Engine,
    pub clock: &'a SimulatedClock,
    pub shop: ShopId,
    pub file: &'a OrderFile,
    pub people: &'a std::collections::BTreeMap<String, Person>,
    /// Orders are theirs in turn.
    pub sales: &'a [EmployeeId],
    /// In order.
    pub facts: &'a [Fact],
    pub bar: &'a ProgressBar,
    pub stop: &'a CancellationToken,
}

#[derive(Debug, Default)]
pub struct Replayed {
    pub imported: usize,
    /// In this replay: their lines and the engine's reasons.
    pub refused: Vec<Refused>,
    /// Facts that had been taken before.
    pub repeated: usize,
    /// Ended before the last fact, because somebody asked for it.
    pub stopped: bool,
}

impl Replay<'_> {
    pub async fn run(&self) -> Result<Replayed, Refusal> {
        let mut known = Known::default();
        let mut replayed = Replayed::default();
        let customers = self.customers();
        let mut left = self.facts;
        while let Some(first) = left.first() {
            if self.stop.is_cancelled() {
                replayed.stopped = true;
                return Ok(replayed);
            }
            self.engine.run_until(self.clock, first.at).await?;
            // What somebody waits for comes before the facts that are later than it.
            let due = self.engine.next_due()?.unwrap_or(Timestamp(i64::MAX));
            let end = due.min(first.at.plus(STRETCH));
            let (stretch, later) = left.split_at(left.partition_point(|fact| fact.at < end).max(1));
            for round in fact::rounds(stretch, |fact| self.whose(fact, &customers)) {
                self.together(&round, &mut known, &mut replayed).await?;
                // All that it set in motion comes to rest before the same customers' next facts.
                self.engine.idle().await;
                self.bar.inc(round.len() as u64);
            }
            left = later;
        }
        let last = self.facts.last().map_or(Timestamp(0), |fact| fact.at);
        self.engine.run_until(self.clock, last.plus(AFTERWARDS)).await?;
        self.engine.idle().await;
        Ok(replayed)
    }

    /// Begun in their order, and so are the transactions: ids are the same in every replay.
    async fn together(
        &self,
        facts: &[&Fact],
        known: &mut Known,
        replayed: &mut Replayed,
    ) -> Result<(), Refusal> {
        let taken = try_join_all(facts.iter().map(|fact| self.take(fact, known))).await?;
        for (fact, taken) in facts.iter().zip(taken) {
            let order = self.order_of(fact);
            match taken {
                Ok(receipt) => {
                    replayed.repeated += usize::from(receipt.duplicate);
                    let Some(order) = order else { continue };
                    replayed.imported += 1;
                    known.orders.extend(receipt.order.map(|id| (order.number.clone(), id)));
                    known.clients.extend(order.customer.clone().zip(receipt.client));
                }
                Err(reason) => replayed.refused.extend(order.map(|order| Refused {
                    order: order.number.clone(),
                    line: order.line,
                    reason,
                })),
            }
        }
        Ok(())
    }

    /// One fact is one transaction. The reason where an order is not accepted.
    async fn take(&self, fact: &Fact, known: &Known) -> Result<Result<Receipt, String>, Refusal> {
        let order = self.order_of(fact);
        let commands = match order {
            Some(order) => match self.order(fact, order, known) {
                Ok(commands) => commands,
                Err(reason) => return Ok(Err(reason)),
            },
            None => command::commands(&fact.what, known),
        };
        let mut commands = commands.into_iter();
        let Some(command) = commands.next() else { return Ok(Ok(Receipt::default())) };
        let rest: Vec<Command> = commands.collect();
        let then = move |receipt: &Receipt, _: &mut dyn Reads| Ok(command::of_client(&rest, receipt.client));
        let key = Key { source: "demo".to_owned(), key: fact.id.clone(), fingerprint: FORMAT.to_owned() };
        let request = Request { shop: self.shop, command, by: command::by(&fact.what), key: Some(key) };
        match self.engine.execute_at(Some(fact.at), request, then).await {
            Ok(receipt) => Ok(Ok(receipt)),
            Err(refusal @ (Refusal::Rejected(_) | Refusal::Invalid(_))) if order.is_some() => {
                Ok(Err(refusal.to_string()))
            }
            Err(refusal) => Err(refusal),
        }
    }

    /// An order, and before a customer's first one the customer.
    fn order(&self, fact: &Fact, invoice: &Invoice, known: &Known) -> Result<Vec<Command>, String> {
        let What::Order { invoice: place } = fact.what else { return Ok(Vec::new()) };
        let customer = invoice.customer.as_ref();
        let client = customer.and_then(|customer| known.clients.get(customer).copied());
        let person = customer.filter(|_| client.is_none()).and_then(|new| self.people.get_key_value(new));
        let new = person.map(|(customer, person)| command::client(customer, person, &invoice.country));
        let order = command::order(invoice, client, self.sales[place % self.sales.len()])?;
        Ok(new.into_iter().chain([order]).collect())
    }

    fn order_of(&self, fact: &Fact) -> Option<&Invoice> {
        match fact.what {
            What::Order { invoice } => self.file.invoices.get(invoice),
            _ => None,
        }
    }

    /// The customer that it is about; where there is none, the order.
    fn whose<'f>(&'f self, fact: &'f Fact, customers: &HashMap<&'f str, &'f str>) -> &'f str {
        let about = self.order_of(fact).map_or(fact.what.about(), |order| order.number.as_str());
        customers.get(about).copied().unwrap_or(about)
    }

    /// Of each order that has one.
    fn customers(&self) -> HashMap<&str, &str> {
        let invoices = self.file.invoices.iter();
        invoices.filter_map(|one| Some((one.number.as_str(), one.customer.as_deref()?))).collect()
    }
}
