//! What a plugin may ask for while it runs, answered from storage and the one way out. Answers are kept: the commit
//! looks whether they still hold, and a replay gives the same.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use async_trait::async_trait;
use parking_lot::Mutex;
use rulewright_domain::{
    ActivePlugin, Client, ClientId, Employee, Fields, FromTemplate, Item, ItemId, Order, OrderId, Prepared,
    Read, Request, RunId, ShopConfig, ShopId, Source, Template, Timestamp, Unprepared, Unsent,
    plugin::PluginId, secret::secrets_of,
};
use rulewright_ports::{
    HttpError, HttpRequest, HttpResponse, Reads, StorageExt, World, WorldError, planted::planted,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Engine, Refusal,
    hash::{hash_of, key_of},
    invocation::Snapshot,
    lane::Place,
    numbers::Turn,
    prepare::{Wanted, prepare},
    request,
    shadow::{NOT_SENT, unsent},
};

/// Orders of one client that a plugin gets to see.
const ORDERS: u32 = 100;

/// The shop as a plugin may read it.
pub(crate) struct ShopWorld {
    engine: Engine,
    config: Arc<ShopConfig>,
    shop: ShopId,
    plugin: PluginId,
    /// Of the order, as they were when the step began.
    clients: Vec<Client>,
    /// In the order's lane, where it was asked there.
    place: Option<Arc<Place>>,
    reads: Mutex<Vec<Read>>,
}

impl ShopWorld {
    pub fn new(engine: Engine, config: Arc<ShopConfig>, plugin: PluginId, clients: Vec<Client>) -> ShopWorld {
        let shop = config.shop.id;
        ShopWorld { engine, config, shop, plugin, clients, place: None, reads: Mutex::default() }
    }

    pub fn at(self, place: Option<Arc<Place>>) -> ShopWorld {
        ShopWorld { place, ..self }
    }

    /// Of what is durable, and with that which has made the step ready.
    pub(crate) async fn look<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut dyn Reads) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, WorldError> {
        if let Some(place) = &self.place {
            place.settled().await;
        }
        self.engine.storage().glance(job).map_err(|error| {
            // What the database says is for the operator.
            tracing::error!(%error, "a plugin's question could not be answered");
            WorldError("the shop's data cannot be read at the moment".to_owned())
        })
    }

    fn keep(&self, read: Read) {
        let mut reads = self.reads.lock();
        if !reads.contains(&read) {
            reads.push(read);
        }
    }
}

#[async_trait]
impl World for ShopWorld {
    async fn order(&self, id: OrderId) -> Result<Option<Order>, WorldError> {
        let shop = self.shop;
        let order = self.look(move |reads| Ok(reads.order(shop, id)?)).await?;
        let found = order.map(|order| Order::clone(&order));
        self.keep(Read::Order { id, found: found.clone().map(Box::new) });
        Ok(found)
    }

    async fn orders_of_client(&self, id: ClientId, limit: u32) -> Result<Vec<OrderId>, WorldError> {
        let shop = self.shop;
        let orders = self.look(move |reads| Ok(reads.orders_of_client(shop, id, limit.min(ORDERS))?)).await?;
        let found: Vec<OrderId> = orders.into_iter().map(|order| order.id).collect();
        self.keep(Read::OrdersOfClient { id, found: found.clone() });
        Ok(found)
    }

    async fn client(&self, id: ClientId) -> Result<Option<Client>, WorldError> {
        let shop = self.shop;
        let found = match self.clients.iter().find(|client| client.id == id) {
            Some(client) => Some(client.clone()),
            None => self.look(move |reads| Ok(reads.client(shop, id)?)).await?,
        };
        self.keep(Read::Client { id, found: found.clone().map(Box::new) });
        Ok(found)
    }

    async fn employees(&self) -> Result<Vec<Employee>, WorldError> {
        let found: Vec<Employee> = self.config.employees.values().cloned().collect();
        self.keep(Read::Employees { found: found.clone() });
        Ok(found)
    }

    async fn item(&self, list: &str, id: ItemId) -> Result<Option<Item>, WorldError> {
        let (shop, wanted) = (self.shop, list.to_owned());
        let found = self.look(move |reads| Ok(reads.item(shop, &wanted, id)?)).await?;
        self.keep(Read::Item { list: list.to_owned(), id, found: found.clone() });
        Ok(found)
    }

    async fn items(&self, list: &str, fields: Fields, limit: u32) -> Result<Vec<Item>, WorldError> {
        let (shop, name, wanted) = (self.shop, list.to_owned(), fields.clone());
        let found = self.look(move |reads| Ok(reads.find_items(shop, &name, &wanted, limit)?)).await?;
        self.keep(Read::Items { list: list.to_owned(), fields, limit, found: found.clone() });
        Ok(found)
    }

    async fn stored(&self, key: &str) -> Result<Option<Vec<u8>>, WorldError> {
        let (shop, plugin, wanted) = (self.shop, self.plugin.clone(), key.to_owned());
        let found = self.look(move |reads| Ok(reads.stored(shop, &plugin, &wanted)?)).await?;
        self.keep(Read::Stored { key: key.to_owned(), found: found.clone() });
        Ok(found)
    }

    async fn has_secret(&self, name: &str) -> Result<bool, WorldError> {
        let found = self.secret(name).await?.is_some();
        self.keep(Read::HasSecret { name: name.to_owned(), found });
        Ok(found)
    }

    async fn secret(&self, name: &str) -> Result<Option<Vec<u8>>, WorldError> {
        let (shop, plugin, name) = (self.shop, self.plugin.clone(), name.to_owned());
        self.look(move |reads| Ok(reads.secret(shop, &plugin, &name)?)).await
    }

    async fn http(&self, _: &str, _: HttpRequest) -> Result<HttpResponse, HttpError> {
        Err(HttpError::Denied("only a rule's step can send requests".to_owned()))
    }
}

/// What a rule's step sees: the shop, and the granted part of the network.
pub(crate) struct StepWorld {
    shop: ShopWorld,
    run: RunId,
    step: u32,
    plugin: Arc<ActivePlugin>,
    place: Arc<Place>,
    /// Of the last template that it was told a number for.
    turn: Mutex<Option<Turn>>,
    at: Timestamp,
    /// Set once a request has left the journal behind: from then on the step is out on the network.
    outside: AtomicBool,
    shadow: bool,
    unsent: Mutex<Vec<Unsent>>,
    requests: Mutex<Vec<Request>>,
    /// In its settings, with everything inserted.
    secrets: Vec<String>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Journaled(pub Result<HttpResponse, HttpError>);

/// A request that has changed since the last try is another one: it does not get the old answer. Headers do not
/// count, because secrets are in them.
pub(crate) fn journal_key(key: &str, request: &HttpRequest) -> String {
    let body = hash_of(request.body.as_deref().unwrap_or_default());
    format!("{key} {}", key_of(&[&request.method, &request.url, &body]))
}

impl StepWorld {
    /// `settings` are those with everything inserted, where they differ from those of the rule.
    pub fn new(
        engine: Engine,
        snapshot: &mut Snapshot,
        settings: Option<&Value>,
        place: Arc<Place>,
    ) -> StepWorld {
        let (config, plugin) = (snapshot.config.clone(), snapshot.plugin.manifest.id.clone());
        let secrets = match snapshot.stays_inside() {
            true => Vec::new(),
            false => {
                let settings = settings.unwrap_or(&snapshot.rule.settings);
                secrets_of(settings, &snapshot.plugin.manifest.settings)
            }
        };
        StepWorld {
            run: snapshot.run.id,
            step: snapshot.run.step,
            plugin: snapshot.plugin.clone(),
            shop: ShopWorld::new(engine, config, plugin, std::mem::take(&mut snapshot.clients))
                .at(Some(place.clone())),
            place,
            turn: Mutex::default(),
            at: snapshot.run.ready_at,
            outside: AtomicBool::new(false),
            shadow: snapshot.run.shadow,
            unsent: Mutex::default(),
            requests: Mutex::default(),
            secrets,
        }
    }

    pub fn take_turn(&self) -> Option<Turn> {
        self.turn.lock().take()
    }

    /// Waits for no second one: two steps that each have one and want the other's would wait for each other. In shadow
    /// nothing is made with a number, so nobody has to wait for it.
    async fn take_turn_for(&self, from: &FromTemplate) {
        if self.shadow {
            return;
        }
        let config = &self.shop.config;
        let numbered = Wanted::of(config, from).ok().filter(|wanted| wanted.template.kind() != "text");
        if let Some(wanted) = numbered.filter(|_| self.turn.lock().is_none()) {
            let turn = self.shop.engine.inner.numbers.turn(config.shop.id, &wanted.numerator.name).await;
            *self.turn.lock() = turn;
        }
    }

    /// Everything that was answered so far.
    pub fn take_reads(&self) -> Vec<Read> {
        std::mem::take(&mut self.shop.reads.lock())
    }

    /// Every request that was held back.
    pub fn take_unsent(&self) -> Vec<Unsent> {
        std::mem::take(&mut self.unsent.lock())
    }

    /// Every request that was not held back.
    pub fn take_requests(&self) -> Vec<Request> {
        std::mem::take(&mut self.requests.lock())
    }

    /// What the plugin was shown it can have written anywhere into a request.
    async fn secrets(&self) -> Result<Vec<String>, HttpError> {
        let mut secrets = self.secrets.clone();
        for name in &self.plugin.grant.secrets {
            let secret = self.shop.secret(name).await.map_err(|error| HttpError::Other(error.to_string()))?;
            secrets.extend(secret.and_then(|secret| String::from_utf8(secret).ok()));
        }
        Ok(secrets)
    }

    /// Notes a request before its answer, so that one at which the step was stopped is told too. Where it stands.
    fn begin(&self, request: &HttpRequest, secrets: &[String]) -> usize {
        let mut requests = self.requests.lock();
        requests.push(request::begun(request, secrets));
        requests.len() - 1
    }

    /// `took` is in milliseconds, where somebody was asked.
    fn end(&self, place: usize, answer: &Result<HttpResponse, HttpError>, took: Option<u64>) {
        if let Some(one) = self.requests.lock().get_mut(place) {
            one.milliseconds = took;
            one.reply = request::reply(answer);
        }
    }

    async fn journal(&self, key: String, answer: Result<HttpResponse, HttpError>) -> Result<(), HttpError> {
        let text =
            serde_json::to_string(&Journaled(answer)).map_err(|error| HttpError::Other(error.to_string()))?;
        let (run, step) = (self.run, self.step);
        let stored = self
            .shop
            .engine
            .storage()
            .write(move |tx| tx.put_journaled(run, step, &key, &text).map_err(Refusal::from));
        stored.await.map_err(|error| {
            tracing::error!(%error, "an answer could not be written into the journal");
            HttpError::Other("the answer could not be kept".to_owned())
        })
    }
}

#[async_trait]
impl World for StepWorld {
    async fn order(&self, id: OrderId) -> Result<Option<Order>, WorldError> {
        self.shop.order(id).await
    }

    async fn orders_of_client(&self, id: ClientId, limit: u32) -> Result<Vec<OrderId>, WorldError> {
        self.shop.orders_of_client(id, limit).await
    }

    async fn client(&self, id: ClientId) -> Result<Option<Client>, WorldError> {
        self.shop.client(id).await
    }

    async fn employees(&self) -> Result<Vec<Employee>, WorldError> {
        self.shop.employees().await
    }

    async fn item(&self, list: &str, id: ItemId) -> Result<Option<Item>, WorldError> {
        self.shop.item(list, id).await
    }

    async fn items(&self, list: &str, fields: Fields, limit: u32) -> Result<Vec<Item>, WorldError> {
        self.shop.items(list, fields, limit).await
    }

    async fn stored(&self, key: &str) -> Result<Option<Vec<u8>>, WorldError> {
        self.shop.stored(key).await
    }

    async fn has_secret(&self, name: &str) -> Result<bool, WorldError> {
        self.shop.has_secret(name).await
    }

    async fn secret(&self, name: &str) -> Result<Option<Vec<u8>>, WorldError> {
        self.shop.secret(name).await
    }

    async fn prepare(
        &self,
        from: &FromTemplate,
    ) -> Result<Result<(Prepared, Vec<u8>), Unprepared>, WorldError> {
        self.take_turn_for(from).await;
        let (config, at, wanted) = (self.shop.config.clone(), self.at, from.clone());
        let looked = self.shop.look(move |reads| {
            let found = prepare(reads, &config, &wanted, at)?;
            let bytes = match &found {
                Ok(Prepared { template: Template { source: Source::File(file), .. }, .. }) => {
                    reads.template_file(config.shop.id, &file.digest)?.unwrap_or_default()
                }
                _ => Vec::new(),
            };
            Ok((found, bytes))
        });
        let (found, bytes) = looked.await?;
        let kept = found.clone().map(Box::new);
        self.shop.keep(Read::Template { from: Box::new(from.clone()), found: kept });
        Ok(found.map(|prepared| (prepared, bytes)))
    }

    async fn http(&self, key: &str, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let other = |error: &dyn std::fmt::Display| HttpError::Other(error.to_string());
        let key = journal_key(key, &request);
        let secrets = self.secrets().await?;
        if self.shadow {
            // A request cannot be taken back. The refusal is kept like an answer, so that a replay gets the same.
            self.unsent.lock().push(unsent(&request, &secrets));
            let refused = HttpError::Denied(NOT_SENT.to_owned());
            self.journal(key, Err(refused.clone())).await?;
            return Err(refused);
        }
        let place = self.begin(&request, &secrets);
        let (run, step, wanted) = (self.run, self.step, key.clone());
        let recorded = self.shop.look(move |reads| Ok(reads.journaled(run, step, &wanted)?));
        let recorded = recorded.await.map_err(|error| other(&error))?;
        if let Some(text) = recorded.filter(|_| !planted("replay-forgets")) {
            let Journaled(answer) = serde_json::from_str(&text).map_err(|error| other(&error))?;
            self.end(place, &answer, None);
            return answer.map(|response| HttpResponse { replayed: true, ..response });
        }
        if !self.outside.swap(true, Ordering::SeqCst) {
            self.place.leave();
            // It may take its time: others go on with the number, and this step again if it comes too late.
            self.take_turn();
        }
        let began = Instant::now();
        let (shop, by) = (self.shop.shop, &self.shop.plugin);
        let answer = self.shop.engine.send_for_guest(shop, by, request, &self.plugin.grant.http).await;
        self.end(place, &answer, Some(u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX)));
        // Only answers are kept: what never arrived may be asked for again.
        if answer.is_ok() {
            self.journal(key, answer.clone()).await?;
        }
        answer
    }
}
