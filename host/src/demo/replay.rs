//! The replay: every fact in its own time order, through the same door as any shop's commands.
//!
//! **Invariant:** it can be killed at any moment and started again on the same data: facts taken before answer as
//! duplicates, and time goes on where it was. Nothing is written past the engine.

use std::collections::HashMap;

use futures::future::try_join_all;
use indicatif::ProgressBar;
use rulewright_domain::{Actor, Command, EmployeeId, ShopId, Timestamp};
use rulewright_engine::{Engine, Key, Receipt, Refusal, Request, SimulatedClock};
use tokio_util::sync::CancellationToken;

use super::command::{self, Known};
use super::fact::{self, Fact, What};
use super::invention::Person;
use crate::order_file::{OrderFile, Refused};

/// Changes when the same fact would become other commands, so that old data is not taken for new.
const FORMAT: &str = "demo-1";
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
        for minute in self.facts.chunk_by(|a, b| a.at == b.at) {
            if self.stop.is_cancelled() {
                replayed.stopped = true;
                return Ok(replayed);
            }
            self.engine.run_until(self.clock, minute[0].at).await?;
            for (place, ranked) in minute.chunk_by(|a, b| a.what.rank() == b.what.rank()).enumerate() {
                if place > 0 {
                    self.engine.idle().await;
                }
                match &ranked[0].what {
                    // One by one: ids follow the file in every replay.
                    What::Order { .. } => self.orders(ranked, &mut known, &mut replayed).await?,
                    _ => self.together(ranked, &customers, &known, &mut replayed).await?,
                }
            }
            // What they set in motion comes to rest before the clock goes on: see `Engine::run_until`.
            self.bar.inc(minute.len() as u64);
        }
        let last = self.facts.last().map_or(Timestamp(0), |fact| fact.at);
        self.engine.run_until(self.clock, last.plus(AFTERWARDS)).await?;
        self.engine.idle().await;
        Ok(replayed)
    }

    async fn orders(
        &self,
        facts: &[Fact],
        known: &mut Known,
        replayed: &mut Replayed,
    ) -> Result<(), Refusal> {
        for fact in facts {
            let What::Order { invoice: place } = &fact.what else { continue };
            let Some(invoice) = self.file.invoices.get(*place) else { continue };
            let mut client = None;
            if let Some(customer) = &invoice.customer {
                if let Some(person) =
                    self.people.get(customer).filter(|_| !known.clients.contains_key(customer))
                {
                    let new = command::client(customer, person, &invoice.country);
                    let receipt =
                        self.execute(format!("client/{customer}"), new, command::by(&fact.what)).await?;
                    known.clients.extend(receipt.client.map(|id| (customer.clone(), id)));
                }
                client = known.clients.get(customer).copied();
            }
            let responsible = self.sales[place % self.sales.len()];
            let mut refuse = |reason: String| {
                let order = invoice.number.clone();
                replayed.refused.push(Refused { order, line: invoice.line, reason });
            };
            let new = match command::order(invoice, client, responsible) {
                Ok(new) => new,
                Err(reason) => {
                    refuse(reason);
                    continue;
                }
            };
            match self.execute(fact.id.clone(), new, command::by(&fact.what)).await {
                Ok(receipt) => {
                    replayed.imported += 1;
                    replayed.repeated += usize::from(receipt.duplicate);
                    known.orders.extend(receipt.order.map(|id| (invoice.number.clone(), id)));
                }
                Err(refusal @ (Refusal::Rejected(_) | Refusal::Invalid(_))) => refuse(refusal.to_string()),
                Err(refusal) => return Err(refusal),
            }
            if invoice.is_credit() && facts.len() > 1 {
                // Its credit note gets its number before the next one asks: the same numbers in every replay.
                self.engine.idle().await;
            }
        }
        Ok(())
    }

    /// Different customers at once; the commands of one fact one after the other.
    async fn together(
        &self,
        facts: &[Fact],
        customers: &HashMap<&str, &str>,
        known: &Known,
        replayed: &mut Replayed,
    ) -> Result<(), Refusal> {
        for (place, wave) in fact::waves(facts, customers).into_iter().enumerate() {
            if place > 0 {
                self.engine.idle().await;
            }
            let repeated = try_join_all(wave.into_iter().map(|fact| self.one(fact, known))).await?;
            replayed.repeated += repeated.into_iter().filter(|repeated| *repeated).count();
        }
        Ok(())
    }

    /// Whether it had been taken before.
    async fn one(&self, fact: &Fact, known: &Known) -> Result<bool, Refusal> {
        let mut repeated = false;
        for (place, command) in command::commands(&fact.what, known).into_iter().enumerate() {
            let by = command::by(&fact.what);
            repeated = self.execute(format!("{}/{place}", fact.id), command, by).await?.duplicate;
        }
        Ok(repeated)
    }

    /// Of each order that has one.
    fn customers(&self) -> HashMap<&str, &str> {
        let invoices = self.file.invoices.iter();
        invoices.filter_map(|one| Some((one.number.as_str(), one.customer.as_deref()?))).collect()
    }

    async fn execute(&self, key: String, command: Command, by: Actor) -> Result<Receipt, Refusal> {
        let key = Key { source: "demo".to_owned(), key, fingerprint: FORMAT.to_owned() };
        self.engine.execute(Request { shop: self.shop, command, by, key: Some(key) }).await
    }
}
