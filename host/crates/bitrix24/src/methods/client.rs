//! What `crm.contact.*` and `crm.company.*` have in common; also behind `crm.item.*` for both.

use rulewright_domain::{Client, ClientChange, ClientId, ClientKind, Command};
use rulewright_engine::Refusal;
use serde_json::{Map, Value, json};

use super::{
    client_table::{COMPANIES, CONTACTS},
    client_write::{Origin, Wanted},
};
use crate::{
    call::{Answer, Call, Outcome},
    entity::{Entity, Scene, Style, list::Listed, row::Shape, user},
    fault::Fault,
    multifield,
    select::Select,
};

/// One of the two, with its own sentences.
#[derive(Clone, Copy)]
pub(crate) struct Family {
    pub kind: ClientKind,
    pub entity: &'static Entity<Client>,
    nothing_to_delete: fn() -> Fault,
}

pub(crate) static CONTACT: Family = Family {
    kind: ClientKind::Contact,
    entity: &CONTACTS,
    nothing_to_delete: || Fault::coded("ERROR_CORE", "Element not found"),
};

pub(crate) static COMPANY: Family = Family {
    kind: ClientKind::Company,
    entity: &COMPANIES,
    nothing_to_delete: || Fault::classic("Company is not found"),
};

impl Family {
    pub async fn add(&self, call: Call) -> Outcome {
        let params = call.params.maybe_map("params")?.unwrap_or_default();
        let fields = call.params.map("fields")?;
        let scene = Scene::of(&call, self.entity.code).await?;
        let imports = params.iter().any(|(name, value)| {
            name.eq_ignore_ascii_case("IMPORT") && crate::scalar::flag(value) == Some(true)
        });
        let origin = if imports { Origin::read(&fields, &scene) } else { Origin::default() };
        let id = self.create(&call, &fields, Style::Classic, &scene, origin).await?;
        Ok(Answer::of(id.0))
    }

    pub async fn get(&self, call: Call) -> Outcome {
        let client = self.existing(&call, call.params.id("id")?).await?;
        let scene = Scene::of(&call, self.entity.code).await?;
        let named = multifield::TYPES.map(|(name, ..)| name.to_owned()).into();
        let select = Select { plain: true, user_fields: true, named };
        let shape = Shape { style: Style::Classic, select, original: false };
        Ok(Answer::of(self.row(client, &scene, &shape)))
    }

    pub async fn list(&self, call: Call) -> Outcome {
        let scene = Scene::of(&call, self.entity.code).await?;
        let (rows, start, total) = self.found(&call, &scene, Style::Classic).await?;
        Ok(Answer::page(rows, start, total))
    }

    pub async fn update(&self, call: Call) -> Outcome {
        call.params.maybe_map("params")?;
        let before = self.existing(&call, call.params.id("id")?).await?;
        let fields = call.params.map("fields")?;
        let scene = Scene::of(&call, self.entity.code).await?;
        self.change(&call, &before, &fields, Style::Classic, &scene).await?;
        Ok(Answer::of(true))
    }

    pub async fn delete(&self, call: Call) -> Outcome {
        self.remove(&call, call.params.id("id")?, self.nothing_to_delete).await?;
        Ok(Answer::of(true))
    }

    pub async fn fields(&self, call: Call) -> Outcome {
        let scene = Scene::of(&call, self.entity.code).await?;
        Ok(Answer::of(self.entity.describe(Style::Classic, false, &scene)))
    }

    /// As `crm.item.list` asks too: rows, where they begin, and how many there are.
    pub async fn found(
        &self,
        call: &Call,
        scene: &Scene,
        style: Style,
    ) -> Result<(Vec<Value>, i64, u64), Fault> {
        let Listed { find, shape, start } = self.entity.listed(call, scene, style)?;
        let (shop, kind) = (call.shop(), Some(self.kind));
        let found = call.read(move |reads| Ok(reads.find_clients(shop, kind, &find)?)).await?;
        let rows = found.rows.into_iter().map(|client| self.row(client, scene, &shape));
        Ok((rows.collect(), start, found.total.unwrap_or_default()))
    }

    pub async fn create(
        &self,
        call: &Call,
        fields: &Map<String, Value>,
        style: Style,
        scene: &Scene,
        origin: Origin,
    ) -> Result<ClientId, Fault> {
        let fields = user::received(call, scene, style, fields.clone(), None).await?;
        let nobody = Client::new(ClientId(0), self.kind, "");
        let wanted = Wanted::read(self.entity, &nobody, &fields, style, scene)?;
        wanted.check_clients(call, self.entity, style).await?;
        let contacts = wanted.contacts.clone();
        let client = wanted.create(self.kind, call.caller.employee, origin)?;
        let created = call.execute_then(Command::CreateClient(client), move |created, _| {
            let company = created.client.into_iter();
            Ok(company.flat_map(|company| joined(company, &contacts)).collect())
        });
        let created = created.await?;
        // A receipt of a creation says whom it created.
        let unknown = || Refusal::NotFound { what: "client", id: "that was created".to_owned() };
        Ok(created.client.ok_or_else(unknown)?)
    }

    pub async fn change(
        &self,
        call: &Call,
        before: &Client,
        fields: &Map<String, Value>,
        style: Style,
        scene: &Scene,
    ) -> Result<(), Fault> {
        let fields = user::received(call, scene, style, fields.clone(), Some(&before.fields)).await?;
        let wanted = Wanted::read(self.entity, before, &fields, style, scene)?;
        wanted.check_clients(call, self.entity, style).await?;
        wanted.must_leave_a_name(self.entity, before)?;
        let contacts = wanted.contacts.clone();
        let changes = wanted.changes(before);
        let edit = (!changes.is_empty()).then_some(Command::EditClient { id: before.id, changes });
        call.execute_all(edit.into_iter().chain(joined(before.id, &contacts))).await
    }

    /// None: there is none, or it is one of the other kind.
    pub async fn find(&self, call: &Call, id: i64) -> Result<Option<Client>, Fault> {
        let shop = call.shop();
        let client = call.read(move |reads| Ok(reads.client(shop, ClientId(id))?)).await?;
        Ok(client.filter(|client| client.kind == self.kind).map(|mut client| {
            client.number_points();
            client
        }))
    }

    /// `missing`: what to say where there is none.
    pub async fn remove(&self, call: &Call, id: i64, missing: fn() -> Fault) -> Result<(), Fault> {
        let (shop, key, id) = (call.shop(), call.asked().key, ClientId(id));
        let client = call.read(move |reads| Ok(reads.client(shop, id)?)).await?;
        // A repeated request is answered as the first time, although there is nothing any more.
        if client.as_ref().map_or(key.is_none(), |client| client.kind != self.kind) {
            return Err(missing());
        }
        match call.attempt(key, Command::DeleteClient { id }).await {
            Ok(_) => Ok(()),
            Err(Refusal::NotFound { .. }) => Err(missing()),
            Err(refusal) => Err(refusal.into()),
        }
    }

    async fn existing(&self, call: &Call, id: i64) -> Result<Client, Fault> {
        self.find(call, id).await?.ok_or_else(|| Fault::classic("Not found"))
    }

    pub fn row(&self, mut client: Client, scene: &Scene, shape: &Shape) -> Value {
        client.number_points();
        let mut row = self.entity.row(&client, scene, shape);
        // Whoever has no phone has no PHONE.
        if let (Style::Classic, Value::Object(row)) = (shape.style, &mut row) {
            row.retain(|name, value| {
                *value != json!([]) || !multifield::TYPES.iter().any(|(known, ..)| known == name)
            });
        }
        row
    }
}

/// Contacts that a company is sent with come to it: those that it has stay.
fn joined(company: ClientId, contacts: &[ClientId]) -> impl Iterator<Item = Command> {
    let bind = move || ClientChange::BindCompany { company, primary: false, sort: None };
    contacts.iter().map(move |id| Command::EditClient { id: *id, changes: vec![bind()] })
}
