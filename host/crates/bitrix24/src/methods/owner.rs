//! What activities and comments belong to: `OWNER_TYPE_ID` with `OWNER_ID`, `ENTITY_TYPE` with `ENTITY_ID`.

use rulewright_domain::{
    Client, ClientId, ClientKind, Entry, EntryId, EntryKind, Order, OrderId, OrderKind, ShopId, Subject,
    SubjectKind,
};
use rulewright_ports::Reads;
use serde_json::Value;

use crate::{call::Call, fault::Fault, scalar};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OwnerType {
    Deal,
    Contact,
    Company,
    Order,
}

impl OwnerType {
    const ALL: [OwnerType; 4] = [OwnerType::Deal, OwnerType::Contact, OwnerType::Company, OwnerType::Order];

    pub fn number(self) -> i64 {
        match self {
            OwnerType::Deal => 2,
            OwnerType::Contact => 3,
            OwnerType::Company => 4,
            OwnerType::Order => 14,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            OwnerType::Deal => "deal",
            OwnerType::Contact => "contact",
            OwnerType::Company => "company",
            OwnerType::Order => "order",
        }
    }

    /// By number or by name. None: there is nothing of that type here.
    pub fn read(value: &Value) -> Option<OwnerType> {
        let number = scalar::integer(value);
        let name = value.as_str().map(str::trim);
        Self::ALL.into_iter().find(|known| {
            number == Some(known.number()) || name.is_some_and(|name| name.eq_ignore_ascii_case(known.name()))
        })
    }
}

impl From<SubjectKind> for OwnerType {
    fn from(kind: SubjectKind) -> OwnerType {
        match kind {
            SubjectKind::Order => OwnerType::Order,
            SubjectKind::Deal => OwnerType::Deal,
            SubjectKind::Contact => OwnerType::Contact,
            SubjectKind::Company => OwnerType::Company,
        }
    }
}

fn of_order(order: &Order) -> OwnerType {
    match order.kind {
        OrderKind::Order => OwnerType::Order,
        OrderKind::Deal => OwnerType::Deal,
    }
}

fn of_client(client: &Client) -> OwnerType {
    match client.kind {
        ClientKind::Contact => OwnerType::Contact,
        ClientKind::Company => OwnerType::Company,
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Owner {
    pub kind: OwnerType,
    pub id: i64,
}

impl Owner {
    /// None: one of them is missing, or there is nothing of that type here.
    pub fn read(kind: Option<&Value>, id: Option<&Value>) -> Option<Owner> {
        let id = scalar::integer(id?).filter(|id| *id > 0)?;
        Some(Owner { kind: OwnerType::read(kind?)?, id })
    }

    pub fn subject(self) -> Subject {
        match self.kind {
            OwnerType::Deal | OwnerType::Order => Subject::Order(OrderId(self.id)),
            OwnerType::Contact | OwnerType::Company => Subject::Client(ClientId(self.id)),
        }
    }

    pub fn order(self) -> Option<OrderId> {
        match self.subject() {
            Subject::Order(id) => Some(id),
            Subject::Client(_) => None,
        }
    }

    pub fn client(self) -> Option<ClientId> {
        match self.subject() {
            Subject::Client(id) => Some(id),
            Subject::Order(_) => None,
        }
    }

    /// Whether there is one of that id, and of that type.
    pub fn exists(self, reads: &mut dyn Reads, shop: ShopId) -> Result<bool, Fault> {
        let found = match self.subject() {
            Subject::Order(id) => reads.order(shop, id)?.map(|order| of_order(&order)),
            Subject::Client(id) => reads.client(shop, id)?.map(|client| of_client(&client)),
        };
        Ok(found == Some(self.kind))
    }

    pub async fn is_known(self, call: &Call) -> Result<bool, Fault> {
        let shop = call.shop();
        call.read(move |reads| self.exists(reads, shop)).await
    }

    /// Of what is gone, a guess.
    fn of(subject: Subject, reads: &mut dyn Reads, shop: ShopId) -> Result<Owner, Fault> {
        Ok(match subject {
            Subject::Order(id) => {
                let kind = reads.order(shop, id)?.map_or(OwnerType::Deal, |order| of_order(&order));
                Owner { kind, id: id.0 }
            }
            Subject::Client(id) => {
                let kind = reads.client(shop, id)?.map_or(OwnerType::Contact, |client| of_client(&client));
                Owner { kind, id: id.0 }
            }
        })
    }

    /// Everything that an entry is bound to; the first is whose it is.
    pub fn all(entry: &Entry, reads: &mut dyn Reads, shop: ShopId) -> Result<Vec<Owner>, Fault> {
        entry.subjects().map(|subject| Owner::of(subject, reads, shop)).collect()
    }

    /// Whose an entry is.
    pub fn first(entry: &Entry, reads: &mut dyn Reads, shop: ShopId) -> Result<Option<Owner>, Fault> {
        match (entry.subjects().next(), entry.about) {
            (None, _) => Ok(None),
            (Some(subject), Some(about)) => {
                let id = match subject {
                    Subject::Order(id) => id.0,
                    Subject::Client(id) => id.0,
                };
                Ok(Some(Owner { kind: about.into(), id }))
            }
            (Some(subject), None) => Owner::of(subject, reads, shop).map(Some),
        }
    }
}

/// The owner that a universal method names by two parameters, which must be there.
pub(crate) async fn named(call: &Call, kind: &str, id: &str) -> Result<Owner, Fault> {
    let [type_value, id_value] = [kind, id].map(|name| call.params.value(name));
    if type_value.is_none() {
        return Err(Fault::missing(kind));
    }
    if id_value.is_none() {
        return Err(Fault::missing(id));
    }
    let owner = Owner::read(type_value.as_ref(), id_value.as_ref()).ok_or_else(owner_not_found)?;
    if owner.is_known(call).await? { Ok(owner) } else { Err(owner_not_found()) }
}

pub(crate) fn owner_not_found() -> Fault {
    Fault::coded(
        "OWNER_NOT_FOUND",
        "Owner was not found: deals (2), contacts (3), companies (4) and orders (14) can be",
    )
}

pub(crate) fn not_found() -> Fault {
    Fault::coded("NOT_FOUND", "Not found.")
}

/// An entry of one of these kinds.
pub(crate) async fn entry(call: &Call, id: i64, kinds: &'static [EntryKind]) -> Result<Option<Entry>, Fault> {
    let shop = call.shop();
    let found = call.read(move |reads| Ok(reads.entry(shop, EntryId(id))?)).await?;
    Ok(found.filter(|entry| kinds.contains(&entry.kind)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_owner_is_named_by_number_or_by_name() {
        let read = |kind: Value, id: Value| Owner::read(Some(&kind), Some(&id));
        let deal = Some(Owner { kind: OwnerType::Deal, id: 7 });
        for kind in [json!(2), json!("2"), json!("deal"), json!(" DEAL ")] {
            assert_eq!(read(kind, json!("7")), deal);
        }
        assert_eq!(read(json!("lead"), json!(7)), None);
        assert_eq!(read(json!(1), json!(7)), None);
        assert_eq!(read(json!(2), json!(0)), None);
        assert_eq!(Owner::read(None, Some(&json!(7))), None);
        let company = read(json!(4), json!(9)).unwrap();
        assert_eq!(company.subject(), Subject::Client(ClientId(9)));
    }
}
