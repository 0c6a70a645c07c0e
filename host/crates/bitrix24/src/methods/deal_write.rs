//! What a caller wants of a deal, from its fields to the one command that does it.

use rulewright_domain::{
    ClientId, ClientKind, Currency, EmployeeId, Fields, Money, NewOrder, Order, OrderChange, OrderKind,
    Pipeline, StageId, Timestamp, TotalBy,
};
use serde_json::{Map, Value, json};

use crate::{
    call::Call,
    entity::{Entity, Field, Get, Kind, Scene, Style, not_valid, user, value},
    fault::Fault,
    funnel, scalar,
};

/// Only what was sent is here.
#[derive(Default)]
pub(crate) struct Wanted {
    own: Fields,
    title: Option<String>,
    comments: Option<String>,
    source: Option<Option<String>>,
    pub category: Option<i64>,
    pub stage: Option<String>,
    currency: Option<Currency>,
    /// In a currency that is not known yet.
    amount: Option<Money>,
    manual: Option<bool>,
    responsible: Option<Option<EmployeeId>>,
    company: Option<Option<ClientId>>,
    /// The primary one first.
    contacts: Option<Vec<ClientId>>,
    primary: Option<Option<ClientId>>,
}

/// With whom a field is to be checked.
struct Named {
    field: &'static str,
    client: ClientId,
    kind: ClientKind,
}

const UNKNOWN: Currency = Currency::new(b"XXX");
const WEEK: i64 = 7 * 24 * 3_600_000;

impl Wanted {
    /// What the entity does not know is left out, and so is what nobody may write.
    pub fn read(
        entity: &Entity<Order>,
        fields: &Map<String, Value>,
        style: Style,
        scene: &Scene,
    ) -> Result<Wanted, Fault> {
        let mut wanted = Wanted::default();
        for (name, value) in fields {
            match entity.field(name, style) {
                Some(field) if field.marks.read_only => {}
                Some(field) => wanted.take(field, value, style, scene)?,
                None => {
                    if let Some(stored) = user::stored_name(name, style) {
                        wanted.own.insert(
                            stored,
                            if scalar::is_empty(value) { Value::Null } else { value.clone() },
                        );
                    }
                }
            }
        }
        Ok(wanted)
    }

    fn take(
        &mut self,
        field: &'static Field<Order>,
        value: &Value,
        style: Style,
        scene: &Scene,
    ) -> Result<(), Fault> {
        let wrong = || not_valid(field, style);
        if let Get::Own(name) = field.get {
            let stored = value::stored(field.kind, value, scene.zone()).ok_or_else(wrong)?;
            self.own.insert(name.to_owned(), stored);
            return Ok(());
        }
        let empty = scalar::is_empty(value);
        let text = || if empty { Some(String::new()) } else { scalar::text(value) };
        match field.name {
            "TITLE" => self.title = Some(text().ok_or_else(wrong)?),
            "COMMENTS" => self.comments = Some(text().ok_or_else(wrong)?),
            "SOURCE_ID" => {
                self.source =
                    Some(text().ok_or_else(wrong)?).map(|source| Some(source).filter(|it| !it.is_empty()));
            }
            "CATEGORY_ID" if empty => {}
            "CATEGORY_ID" => self.category = Some(scalar::integer(value).ok_or_else(wrong)?),
            "STAGE_ID" if empty => {}
            "STAGE_ID" => self.stage = Some(scalar::text(value).ok_or_else(wrong)?),
            "CURRENCY_ID" if empty => {}
            "CURRENCY_ID" => {
                let code = scalar::text(value).ok_or_else(wrong)?;
                self.currency = Some(Currency::parse(code.trim()).map_err(|_| wrong())?);
            }
            "OPPORTUNITY" => self.amount = Some(value::cents(value, UNKNOWN).ok_or_else(wrong)?),
            "IS_MANUAL_OPPORTUNITY" if empty => {}
            "IS_MANUAL_OPPORTUNITY" => self.manual = Some(scalar::flag(value).ok_or_else(wrong)?),
            "TAX_VALUE" => {
                let stored = value::stored(Kind::Double, value, scene.zone()).ok_or_else(wrong)?;
                self.own.insert("tax-value".to_owned(), stored);
            }
            "ASSIGNED_BY_ID" => {
                let employee = reference(value).ok_or_else(wrong)?.map(EmployeeId);
                if employee.is_some_and(|employee| !scene.config.employees.contains_key(&employee)) {
                    return Err(wrong());
                }
                self.responsible = Some(employee);
            }
            "COMPANY_ID" => self.company = Some(reference(value).ok_or_else(wrong)?.map(ClientId)),
            "CONTACT_ID" => self.primary = Some(reference(value).ok_or_else(wrong)?.map(ClientId)),
            "CONTACT_IDS" => self.contacts = Some(several(field, value, style)?),
            _ => {}
        }
        Ok(())
    }

    /// Whether everyone who is named is there, and is what the field takes.
    pub async fn check_clients(
        &self,
        call: &Call,
        entity: &Entity<Order>,
        style: Style,
    ) -> Result<(), Fault> {
        let mut named: Vec<Named> = Vec::new();
        let mut name = |field, kind, clients: &[ClientId]| {
            named.extend(clients.iter().map(|client| Named { field, client: *client, kind }));
        };
        name("COMPANY_ID", ClientKind::Company, &Vec::from_iter(self.company.flatten()));
        name("CONTACT_ID", ClientKind::Contact, &Vec::from_iter(self.primary.flatten()));
        name("CONTACT_IDS", ClientKind::Contact, self.contacts.as_deref().unwrap_or_default());
        if named.is_empty() {
            return Ok(());
        }
        let shop = call.shop();
        let wrong = call
            .read(move |reads| {
                for Named { field, client, kind } in named {
                    if reads.client(shop, client)?.is_none_or(|client| client.kind != kind) {
                        return Ok(Some(field));
                    }
                }
                Ok(None)
            })
            .await?;
        match wrong.and_then(|name| entity.field(name, Style::Classic)) {
            Some(field) => Err(not_valid(field, style)),
            None => Ok(()),
        }
    }

    /// Where a new one begins.
    fn beginning<'a>(
        &self,
        kind: OrderKind,
        entity: &Entity<Order>,
        style: Style,
        scene: &'a Scene,
    ) -> Result<(&'a Pipeline, Option<StageId>), Fault> {
        let wrong = |name: &str| match entity.field(name, Style::Classic) {
            Some(field) => not_valid(field, style),
            None => Fault::classic("Invalid value"),
        };
        let config = &scene.config;
        let pipeline = match (self.category, &self.stage) {
            (Some(category), _) => funnel::by_number(config, kind, category),
            (None, Some(stage)) => funnel::find(config, kind, stage).map(|(pipeline, _)| pipeline),
            (None, None) => funnel::pipelines(config, kind).into_iter().next(),
        };
        let named = if self.category.is_some() || self.stage.is_none() { "CATEGORY_ID" } else { "STAGE_ID" };
        let pipeline = pipeline.ok_or_else(|| wrong(named))?;
        let stage = match &self.stage {
            None => None,
            Some(code) => Some(funnel::stage(pipeline, code).ok_or_else(|| wrong("STAGE_ID"))?.id.clone()),
        };
        Ok((pipeline, stage))
    }

    pub fn create(
        self,
        entity: &Entity<Order>,
        style: Style,
        scene: &Scene,
        by: EmployeeId,
        now: Timestamp,
    ) -> Result<NewOrder, Fault> {
        let kind = entity.kind.unwrap_or(OrderKind::Deal);
        let (pipeline, stage) = self.beginning(kind, entity, style, scene)?;
        let mut fields = Fields::new();
        if kind == OrderKind::Deal {
            let day = |at: Timestamp| json!(at.written(scene.zone(), "%Y-%m-%d").unwrap_or_default());
            fields.insert("begin-date".to_owned(), day(now));
            fields.insert("close-date".to_owned(), day(now.plus(WEEK)));
            fields.insert("opened".to_owned(), json!(true));
        }
        fields.extend(self.own);
        fields.retain(|_, value| !value.is_null());
        let currency = self.currency.unwrap_or(scene.config.shop.currency);
        let manual = self.manual.unwrap_or(false);
        let total = match self.amount {
            None if manual => Some(Money::zero(currency)),
            amount => amount.map(|amount| Money { currency, ..amount }),
        };
        Ok(NewOrder {
            kind,
            number: None,
            title: self.title.unwrap_or_default(),
            pipeline: pipeline.id.clone(),
            stage,
            currency,
            lines: Vec::new(),
            responsible: self.responsible.unwrap_or(Some(by)),
            company: self.company.flatten(),
            contacts: contacts(&[], self.contacts, self.primary),
            source: self.source.flatten(),
            comments: self.comments.unwrap_or_default(),
            tags: Default::default(),
            fields,
            historical: false,
            created: None,
            total,
            total_always: manual,
        })
    }

    /// All that differs from what is there, but for the stage and the funnel.
    pub fn changes(self, order: &Order) -> Vec<OrderChange> {
        let mut changes = Vec::new();
        let mut fields = self.own;
        let untitled = |title: &String| order.kind == OrderKind::Deal && title.trim().is_empty();
        let title =
            self.title.map(|title| if untitled(&title) { format!("Deal #{}", order.id.0) } else { title });
        let texts = [("title", title), ("comments", self.comments)];
        fields.extend(texts.into_iter().filter_map(|(name, text)| Some((name.to_owned(), json!(text?)))));
        if !fields.is_empty() {
            changes.push(OrderChange::SetFields { fields });
        }
        changes.extend(self.source.map(|source| OrderChange::SetSource { source }));
        changes.extend(self.responsible.map(|to| OrderChange::SetResponsible { to }));
        changes.extend(self.currency.map(|currency| OrderChange::SetCurrency { currency }));
        let currency = self.currency.unwrap_or(order.total.currency);
        changes.extend(total(order, currency, self.amount, self.manual));
        if self.company.is_some() || self.contacts.is_some() || self.primary.is_some() {
            changes.push(OrderChange::SetClients {
                company: self.company.unwrap_or(order.company),
                contacts: contacts(&order.contacts, self.contacts, self.primary),
            });
        }
        changes
    }
}

/// Without a word on it, an amount that was said holds until there are new product rows.
fn total(
    order: &Order,
    currency: Currency,
    amount: Option<Money>,
    manual: Option<bool>,
) -> Option<OrderChange> {
    let always = order.total_by == TotalBy::HandAlways;
    let now = Money { currency, ..order.total };
    let amount = amount.map(|amount| Money { currency, ..amount });
    if manual == Some(false) && !order.lines.is_empty() {
        let by_lines = order.total_by == TotalBy::Lines;
        return (!by_lines).then_some(OrderChange::SetTotal { total: None, always: false });
    }
    let differs = amount.is_some_and(|amount| amount.compare(now).is_none_or(|order| order.is_ne()));
    let switched = manual.is_some_and(|manual| manual != always);
    (differs || switched).then(|| OrderChange::SetTotal {
        total: Some(amount.unwrap_or(now)),
        always: manual.unwrap_or(always),
    })
}

/// The whole set, or the primary one alone: that changes places with the one before, and the others stay.
fn contacts(
    before: &[ClientId],
    all: Option<Vec<ClientId>>,
    primary: Option<Option<ClientId>>,
) -> Vec<ClientId> {
    let mut contacts = before.to_vec();
    match (all, primary) {
        (Some(all), _) => contacts = all,
        (None, Some(Some(primary))) => {
            match contacts.iter().position(|contact| *contact == primary) {
                Some(place) => drop(contacts.remove(place)),
                None if !contacts.is_empty() => drop(contacts.remove(0)),
                None => {}
            }
            contacts.insert(0, primary);
        }
        (None, Some(None)) if !contacts.is_empty() => drop(contacts.remove(0)),
        (None, _) => {}
    }
    let mut known = std::collections::BTreeSet::new();
    contacts.retain(|contact| known.insert(*contact));
    contacts
}

/// None within: nobody.
fn reference(value: &Value) -> Option<Option<i64>> {
    if scalar::is_empty(value) {
        return Some(None);
    }
    match scalar::integer(value)? {
        0 => Some(None),
        id if id > 0 => Some(Some(id)),
        _ => None,
    }
}

fn several(field: &Field<Order>, value: &Value, style: Style) -> Result<Vec<ClientId>, Fault> {
    let items = value::items(value, style)?;
    let ids = items.into_iter().filter(|item| !scalar::is_empty(item)).map(reference);
    let ids = ids.collect::<Option<Vec<_>>>().ok_or_else(|| not_valid(field, style))?;
    Ok(ids.into_iter().flatten().map(ClientId).collect())
}
