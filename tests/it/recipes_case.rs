//! A shop with a recipe in it, orders whose lives differ, and the diary of what came of them.

use std::collections::BTreeSet;

use rulewright_domain::*;
use rulewright_engine::{RecipeChange, RecipeWish, Refusal};
use rulewright_ports::StorageExt;
use serde_json::{Value, json};

use crate::support::{ALL, TestShop, at, bundled};

/// All of the pack, by id.
pub fn recipe(id: &str) -> Recipe {
    let found = rulewright_bundled::RECIPES.iter().find(|(known, _)| *known == id);
    let (_, text) = found.unwrap_or_else(|| panic!("no recipe `{id}`"));
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{id}: {error}"))
}

/// Folders of the plugins that it uses.
pub fn plugins(recipe: &Recipe) -> BTreeSet<String> {
    let parts = recipe.automation.values().flat_map(|on| ["rules", "triggers"].map(|list| &on[list]));
    let parts = parts.filter_map(Value::as_array).flatten();
    let folder =
        |part: &Value| part["plugin"].as_str().unwrap().strip_prefix("rulewright.").map(str::to_owned);
    parts.filter_map(folder).collect()
}

/// Published, with these parameters.
pub fn wish(parameters: Value) -> RecipeWish {
    let Value::Object(parameters) = parameters else { panic!("{parameters}") };
    RecipeWish { parameters, publish: true, ..RecipeWish::default() }
}

pub struct Lives {
    pub shop: TestShop,
    pub manager: EmployeeId,
    pub head: EmployeeId,
    names: Vec<(OrderId, String)>,
}

impl Lives {
    /// A shop with the recipe, published; it is Friday, ten in the morning.
    pub async fn with(id: &str, parameters: Value) -> Lives {
        let lives = Lives::before(id, &[]).await;
        lives.install(id, &wish(parameters)).await.unwrap();
        lives
    }

    /// The same shop without it.
    pub async fn before(id: &str, neighbours: &[String]) -> Lives {
        let shop = TestShop::with_neighbours(&[], neighbours).await;
        for plugin in plugins(&recipe(id)) {
            shop.install(bundled(&plugin)).await;
        }
        let person = |name: &str, head| Employee {
            id: EmployeeId(0),
            name: name.to_owned(),
            phone: None,
            work_phone: None,
            email: None,
            position: None,
            head,
            absent: false,
            working: true,
        };
        let head = shop.engine.put_employee(shop.id, person("Head", None)).await.unwrap();
        let manager = shop.engine.put_employee(shop.id, person("Manager", Some(head))).await.unwrap();
        Lives { shop, manager, head, names: Vec::new() }
    }

    pub async fn install(&self, id: &str, wish: &RecipeWish) -> Result<RecipeChange, Refusal> {
        self.shop.engine.install_recipe(self.shop.id, &recipe(id), wish).await
    }

    /// With a phone and a mail address.
    pub async fn client(&self, name: &str) -> ClientId {
        self.client_at(name, true, true).await
    }

    pub async fn client_at(&self, name: &str, phone: bool, mail: bool) -> ClientId {
        let number = self.names.len() + 10;
        let phones = match phone {
            true => json!([{ "kind": "mobile", "value": format!("+4477009001{number}") }]),
            false => json!([]),
        };
        let emails = match mail {
            true => json!([{ "kind": "home", "value": format!("{name}@x.example") }]),
            false => json!([]),
        };
        let client = json!({
            "id": "cli_0", "kind": "contact", "name": name, "phones": phones, "emails": emails,
        });
        let client: Client = serde_json::from_value(client).unwrap();
        self.shop.execute(Command::CreateClient(client)).await.unwrap().client.unwrap()
    }

    /// An order of 15.30 whose number and client are called so, in the hands of the manager.
    pub async fn order(&mut self, name: &str, stage: &str) -> OrderId {
        let client = self.client(name).await;
        self.order_of(name, stage, client, |_| {}).await
    }

    pub async fn order_of(
        &mut self,
        name: &str,
        stage: &str,
        client: ClientId,
        change: impl FnOnce(&mut NewOrder),
    ) -> OrderId {
        let manager = self.manager;
        let order = self.shop.order_with(|new| {
            new.number = Some(name.to_owned());
            new.stage = Some(stage.into());
            new.contacts = vec![client];
            new.responsible = Some(manager);
            change(new);
        });
        let order = order.await;
        self.names.push((order, name.to_owned()));
        self.shop.engine.idle().await;
        order
    }

    pub async fn does(&self, order: OrderId, change: OrderChange) {
        self.shop.change(order, change).await.unwrap();
        self.shop.engine.idle().await;
    }

    pub async fn hears(&self, event: NewEvent) {
        self.shop.execute(Command::Ingest(event)).await.unwrap();
        self.shop.engine.idle().await;
    }

    pub async fn client_of(&self, order: OrderId) -> ClientId {
        self.shop.read(order).await.contacts[0]
    }

    pub async fn stage(&self, order: OrderId) -> String {
        self.shop.read(order).await.stage.0
    }

    /// Lets time go on, e.g. to `11-23 09:00`.
    pub async fn until(&self, moment: &str) {
        use rulewright_ports::Clock;
        let moment = match moment.len() {
            11 => format!("2026-{}:00Z", moment.replace(' ', "T")),
            _ => format!("{}:00Z", moment.replace(' ', "T")),
        };
        let left = at(&moment).0 - self.shop.clock.now().0;
        assert!(left >= 0, "{moment} has passed");
        self.shop.pass(left / 1000).await;
    }

    /// The host is started anew.
    pub async fn restarted(self) -> Lives {
        let Lives { shop, manager, head, names } = self;
        Lives { shop: shop.restarted().await, manager, head, names }
    }

    /// Who got what when, where the shop is: every message to a client by channel, every task, notification and post,
    /// each run that failed, in the order of time.
    pub async fn diary(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let mut note = |at: Timestamp, who: &str, what: &str| {
            lines.push(format!("{} {who} {what}", at.written("Europe/London", "%m-%d %H:%M").unwrap()));
        };
        for message in self.shop.messages().await {
            assert_eq!(message.state, MessageState::Sent, "{message:?}");
            let who = match message.draft.to {
                Recipient::Client(id) => self.shop.card(id).await.name,
                Recipient::ClientOf(order) => self.shop.card(self.client_of(order).await).await.name,
                ref other => format!("{other:?}"),
            };
            note(message.created, &who, &message.draft.channel);
        }
        let kinds = [EntryKind::Task, EntryKind::Notification, EntryKind::Feed];
        for (order, name) in &self.names {
            for kind in kinds {
                for entry in self.shop.entries(*order, kind).await {
                    note(entry.at, name, kind.name());
                }
            }
            for run in self.shop.runs(*order).await {
                if let RunState::Failed { message, .. } = &run.state {
                    note(run.ended.unwrap_or(run.created), name, &format!("{} failed: {message}", run.rule));
                }
            }
        }
        let shop = self.shop.id;
        let query = rulewright_ports::storage::EntryQuery { at: None, kinds: vec![EntryKind::Feed] };
        let read =
            self.shop.engine.storage().read(move |reads| Ok::<_, Refusal>(reads.entries(shop, &query, ALL)?));
        for entry in read.await.unwrap().into_iter().filter(|entry| entry.order.is_none()) {
            note(entry.at, "everybody", "feed");
        }
        lines.sort();
        lines
    }

    /// Of the first message that began like this.
    pub async fn text(&self, start: &str) -> Message {
        let all = self.shop.messages().await;
        let found = all.iter().find(|message| message.draft.text.starts_with(start));
        found.unwrap_or_else(|| panic!("no message begins with `{start}`: {all:#?}")).clone()
    }
}
