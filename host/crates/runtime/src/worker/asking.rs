//! The world as a step in a worker sees it: every question goes over the socket, one at a time.

use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::Mutex;
use rulewright_domain::{
    Client, ClientId, Employee, EmployeeId, Fields, FromTemplate, Item, ItemId, Order, OrderId, Prepared,
    Unprepared,
};
use rulewright_ports::{HttpError, HttpRequest, HttpResponse, World, WorldError};
use serde::de::DeserializeOwned;
use tokio::sync::{mpsc::UnboundedSender, oneshot};

use super::{
    frame::{self, Frame},
    words::{self, Blob, Question, Source},
};
use crate::{
    keeper::{Change, Found, Hash, Keeper, Unsent, Wanted, Written},
    refusal::Refused,
};

/// Where the answer to the question of a step goes.
#[derive(Clone, Default)]
pub(super) struct Waiting(Arc<Mutex<Option<oneshot::Sender<Vec<u8>>>>>);

impl Waiting {
    pub fn answer(&self, body: Vec<u8>) {
        if let Some(waiting) = self.0.lock().take() {
            // A step that has ended meanwhile wants no answer.
            let _ = waiting.send(body);
        }
    }
}

pub(super) struct Asker {
    id: u64,
    out: UnboundedSender<Frame>,
    waiting: Waiting,
}

impl Asker {
    pub fn new(id: u64, out: UnboundedSender<Frame>, waiting: Waiting) -> Asker {
        Asker { id, out, waiting }
    }

    /// The error is that of the way to the answer.
    async fn ask<T: DeserializeOwned>(&self, question: Question) -> Result<T, String> {
        let gone = || "nobody answers any more".to_owned();
        let body = words::write(&question)?;
        let (sender, receiver) = oneshot::channel();
        *self.waiting.0.lock() = Some(sender);
        self.out.send(Frame::new(frame::ASK, self.id, body)).map_err(|_| gone())?;
        words::read(&receiver.await.map_err(|_| gone())?)
    }

    async fn world<T: DeserializeOwned>(&self, question: Question) -> Result<T, WorldError> {
        self.ask::<Result<T, String>>(question).await.flatten().map_err(WorldError)
    }
}

#[async_trait]
impl World for Asker {
    async fn order(&self, id: OrderId) -> Result<Option<Order>, WorldError> {
        self.world(Question::Order(id)).await
    }

    async fn orders_of_client(&self, id: ClientId, limit: u32) -> Result<Vec<OrderId>, WorldError> {
        self.world(Question::OrdersOfClient { id, limit }).await
    }

    async fn client(&self, id: ClientId) -> Result<Option<Client>, WorldError> {
        self.world(Question::Client(id)).await
    }

    async fn employees(&self) -> Result<Vec<Employee>, WorldError> {
        self.world(Question::Employees).await
    }

    async fn item(&self, list: &str, id: ItemId) -> Result<Option<Item>, WorldError> {
        self.world(Question::Item { list: list.to_owned(), id }).await
    }

    async fn items(&self, list: &str, fields: Fields, limit: u32) -> Result<Vec<Item>, WorldError> {
        self.world(Question::Items { list: list.to_owned(), fields, limit }).await
    }

    async fn stored(&self, key: &str) -> Result<Option<Vec<u8>>, WorldError> {
        let found: Option<Blob> = self.world(Question::Stored(key.to_owned())).await?;
        Ok(found.map(|found| found.0))
    }

    async fn has_secret(&self, name: &str) -> Result<bool, WorldError> {
        self.world(Question::HasSecret(name.to_owned())).await
    }

    /// What a step does with a secret goes through the keeper.
    async fn secret(&self, name: &str) -> Result<Option<Vec<u8>>, WorldError> {
        self.reveal(name).await
    }

    async fn prepare(
        &self,
        from: &FromTemplate,
    ) -> Result<Result<(Prepared, Vec<u8>), Unprepared>, WorldError> {
        let found: Result<Source, Unprepared> = self.world(Question::Prepare(from.clone())).await?;
        Ok(found.map(|Source { prepared, bytes }| (prepared, bytes.0)))
    }

    async fn http(&self, _: &str, _: HttpRequest) -> Result<HttpResponse, HttpError> {
        Err(HttpError::Denied("requests leave through the keeper".to_owned()))
    }
}

#[async_trait]
impl Keeper for Asker {
    async fn recipient(&self, wanted: Wanted) -> Found {
        let answer = self.ask(Question::Recipient(wanted)).await;
        answer.unwrap_or_else(|error| Found { reads: 0, address: Err(Refused::World(error)) })
    }

    async fn change(&self, asked: Change) -> Result<u32, Refused> {
        let answer = self.ask(Question::Change(asked)).await;
        answer.unwrap_or_else(|error| Err(Refused::World(error)))
    }

    async fn has_employee(&self, id: EmployeeId) -> Result<bool, WorldError> {
        self.world(Question::HasEmployee(id)).await
    }

    async fn send(&self, key: &str, request: Written) -> Result<HttpResponse, Unsent> {
        let answer = self.ask(Question::Send { key: key.to_owned(), request }).await;
        answer.unwrap_or_else(|error| Err(Unsent::World(error)))
    }

    async fn sign(&self, secret: &str, by: Hash, data: &[u8]) -> Result<Option<Vec<u8>>, WorldError> {
        let question = Question::Sign { secret: secret.to_owned(), by, data: data.to_vec() };
        let signed: Option<Blob> = self.world(question).await?;
        Ok(signed.map(|signed| signed.0))
    }

    async fn matches(&self, secret: &str, text: &str) -> Result<Option<bool>, WorldError> {
        self.world(Question::Matches { secret: secret.to_owned(), text: text.to_owned() }).await
    }

    async fn reveal(&self, secret: &str) -> Result<Option<Vec<u8>>, WorldError> {
        let value: Option<Blob> = self.world(Question::Reveal(secret.to_owned())).await?;
        Ok(value.map(|value| value.0))
    }
}
