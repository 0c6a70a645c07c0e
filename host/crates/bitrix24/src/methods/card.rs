//! How the cards of deals, contacts and companies are laid out. Kept as it was sent: nothing here depends on it.

use rulewright_domain::EmployeeId;
use rulewright_ports::{
    StorageExt,
    storage::{PutRecords, Record, Records, Sequence},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    call::{Answer, Call, Outcome},
    fault::Fault,
    method::Method,
    scalar,
};

/// The same for each entity.
macro_rules! of {
    ($name:literal, $run:ident, $entity:literal) => {
        Method { name: $name, scope: "crm", run: |call| Box::pin($run(call, $entity)) }
    };
}

pub(crate) const METHODS: &[Method] = &[
    of!("crm.deal.details.configuration.get", get, "deal"),
    of!("crm.deal.details.configuration.set", set, "deal"),
    of!("crm.deal.details.configuration.reset", reset, "deal"),
    of!("crm.deal.details.configuration.forceCommonScopeForAll", force, "deal"),
    of!("crm.contact.details.configuration.get", get, "contact"),
    of!("crm.contact.details.configuration.set", set, "contact"),
    of!("crm.contact.details.configuration.reset", reset, "contact"),
    of!("crm.contact.details.configuration.forceCommonScopeForAll", force, "contact"),
    of!("crm.company.details.configuration.get", get, "company"),
    of!("crm.company.details.configuration.set", set, "company"),
    of!("crm.company.details.configuration.reset", reset, "company"),
    of!("crm.company.details.configuration.forceCommonScopeForAll", force, "company"),
];

/// Bytes of one layout.
const MAX_LAYOUT: usize = 256 << 10;

#[derive(Clone, Debug, Serialize, Deserialize)]
struct CardLayout {
    id: i64,
    card: Card,
    /// None: the common one.
    employee: Option<EmployeeId>,
    sections: Option<Value>,
    /// Of the common one: whoever has none of their own sees it.
    #[serde(default)]
    forced: bool,
}

/// Of which entity, and of deals in which funnel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Card {
    entity: String,
    category: i64,
}

impl Record for CardLayout {
    const KIND: &'static str = "card-layout";

    fn id(&self) -> i64 {
        self.id
    }

    fn owner(&self) -> Option<String> {
        Some(self.card.name())
    }

    fn name(&self) -> Option<String> {
        Some(self.card.of(self.employee))
    }
}

impl Card {
    fn asked(call: &Call, entity: &str) -> Result<Card, Fault> {
        let extras = call.params.maybe_map("extras")?.unwrap_or_default();
        let category = match extras.get("dealCategoryId").filter(|value| !scalar::is_empty(value)) {
            Some(value) if entity == "deal" => {
                scalar::integer(value).filter(|number| *number >= 0).ok_or_else(|| {
                    Fault::classic("Parameter 'dealCategoryId' must be the number of a funnel.")
                })?
            }
            _ => 0,
        };
        Ok(Card { entity: entity.to_owned(), category })
    }

    fn name(&self) -> String {
        format!("{}/{}", self.entity, self.category)
    }

    fn of(&self, employee: Option<EmployeeId>) -> String {
        match employee {
            Some(employee) => format!("{}/{employee}", self.name()),
            None => format!("{}/common", self.name()),
        }
    }
}

fn denied() -> Fault {
    Fault::classic("Access denied.")
}

/// Whose view is meant. None: everybody's. Only administrators may see to others' and to everybody's.
fn whose(call: &Call, reading: bool) -> Result<Option<EmployeeId>, Fault> {
    let scope = call.params.text("scope").unwrap_or_default();
    let me = call.caller.employee;
    match scope.trim().to_ascii_uppercase().as_str() {
        "C" if reading || call.caller.admin => Ok(None),
        "C" => Err(denied()),
        "P" | "" => {
            let asked = call.params.integer("userId")?.filter(|id| *id > 0).map(EmployeeId);
            let employee = asked.unwrap_or(me);
            if employee == me || call.caller.admin { Ok(Some(employee)) } else { Err(denied()) }
        }
        _ => Err(Fault::classic("Parameter 'scope' must be P or C.")),
    }
}

async fn get(call: Call, entity: &str) -> Outcome {
    let (shop, card, whose) = (call.shop(), Card::asked(&call, entity)?, whose(&call, true)?);
    let found = call
        .read(move |reads| {
            let own = reads.record_named::<CardLayout>(shop, &card.of(whose))?;
            if own.is_some() || whose.is_none() {
                return Ok(own);
            }
            let common = reads.record_named::<CardLayout>(shop, &card.of(None))?;
            Ok(common.filter(|common| common.forced))
        })
        .await?;
    Ok(Answer::of(found.and_then(|layout| layout.sections).unwrap_or_default()))
}

async fn set(call: Call, entity: &str) -> Outcome {
    let (card, employee) = (Card::asked(&call, entity)?, whose(&call, false)?);
    let sections = sections(&call)?;
    write(&call, move |tx, shop| {
        let known = tx.record_named::<CardLayout>(shop, &card.of(employee))?;
        let (id, forced) = match known {
            Some(known) => (known.id, known.forced),
            None => (tx.next(Sequence::Record)?, false),
        };
        let layout =
            CardLayout { id, card: card.clone(), employee, sections: Some(sections.clone()), forced };
        Ok(tx.put_record(shop, &layout)?)
    })
    .await
}

async fn reset(call: Call, entity: &str) -> Outcome {
    let (card, employee) = (Card::asked(&call, entity)?, whose(&call, false)?);
    write(&call, move |tx, shop| {
        if let Some(known) = tx.record_named::<CardLayout>(shop, &card.of(employee))? {
            tx.remove_record::<CardLayout>(shop, known.id)?;
        }
        Ok(())
    })
    .await
}

/// Takes everybody's own view away, and shows them the common one.
async fn force(call: Call, entity: &str) -> Outcome {
    let card = Card::asked(&call, entity)?;
    if !call.caller.admin {
        return Err(denied());
    }
    write(&call, move |tx, shop| {
        let mut common = None;
        for layout in tx.all_records::<CardLayout>(shop, Some(&card.name()))? {
            match layout.employee {
                Some(_) => drop(tx.remove_record::<CardLayout>(shop, layout.id)?),
                None => common = Some(layout),
            }
        }
        let common = match common {
            Some(common) => CardLayout { forced: true, ..common },
            None => CardLayout {
                id: tx.next(Sequence::Record)?,
                card: card.clone(),
                employee: None,
                sections: None,
                forced: true,
            },
        };
        Ok(tx.put_record(shop, &common)?)
    })
    .await
}

async fn write(
    call: &Call,
    job: impl Fn(&mut dyn rulewright_ports::Transaction, rulewright_domain::ShopId) -> Result<(), Fault>
    + Send
    + 'static,
) -> Outcome {
    let shop = call.shop();
    call.facade.engine().storage().write::<_, Fault, _>(move |tx| job(tx, shop)).await?;
    Ok(Answer::of(true))
}

/// `data`, if it is what the contract says.
fn sections(call: &Call) -> Result<Value, Fault> {
    let data = call.params.value("data");
    let sections = match data {
        Some(Value::Array(sections)) if !sections.is_empty() => sections,
        Some(Value::Object(members)) if !members.is_empty() => {
            return Err(Fault::classic("The data must be indexed array."));
        }
        Some(Value::Array(_) | Value::Object(_)) => {
            return Err(Fault::classic("There are no data to write."));
        }
        _ => return Err(Fault::classic("Parameter 'data' must be array.")),
    };
    let text = |of: &Map<String, Value>, name: &str| {
        of.get(name).and_then(scalar::text).filter(|text| !text.trim().is_empty())
    };
    for (index, section) in sections.iter().enumerate() {
        let none = Map::new();
        let section = section.as_object().unwrap_or(&none);
        let kind = text(section, "type").unwrap_or_default();
        let wrong = if kind != "section" {
            format!("Section at index {index} has type '{kind}'. The expected type is 'section'.")
        } else if text(section, "name").is_none() {
            format!("Section at index {index} does not have a name.")
        } else if text(section, "title").is_none() {
            format!("Section at index {index} does not have a title.")
        } else {
            let elements = section.get("elements").and_then(Value::as_array).map(Vec::as_slice);
            let nameless = |element: &Value| element.as_object().is_none_or(|of| text(of, "name").is_none());
            match elements.unwrap_or_default().iter().position(nameless) {
                None => continue,
                Some(at) => {
                    format!("Element at index {at} in section at index {index} does not have a name.")
                }
            }
        };
        return Err(Fault::classic(wrong));
    }
    let sections = Value::Array(sections);
    if sections.to_string().len() > MAX_LAYOUT {
        return Err(Fault::classic(format!("The data must have at most {MAX_LAYOUT} bytes.")));
    }
    Ok(sections)
}
