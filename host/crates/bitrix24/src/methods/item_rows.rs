//! `crm.item.productrow.*`

use std::sync::Arc;

use rulewright_domain::{
    LineId, NewLine, Order, OrderChange, OrderId, OrderKind, OrderLine,
    find::{self, Direction},
};
use rulewright_ports::storage::order_or_template;
use serde_json::{Map, Value, json};

use super::{
    deal::{Changes, change, found},
    item::sent_fields,
    parts,
    product::{Sent, blank, last_sort, new_line, put, row, same, sorted},
};
use crate::{
    call::{Answer, Call, Outcome, PAGE},
    entity::{Kind, Style, list::rows as row_filter, names},
    fault::Fault,
    filter::{self, Filter, Nesting, Op},
    method::{Method, method},
    order, scalar,
};

pub(crate) const METHODS: &[Method] = &[
    method!("crm.item.productrow.add", "crm", add),
    method!("crm.item.productrow.get", "crm", get),
    method!("crm.item.productrow.list", "crm", list),
    method!("crm.item.productrow.set", "crm", set),
    method!("crm.item.productrow.update", "crm", update),
    method!("crm.item.productrow.delete", "crm", delete),
    method!("crm.item.productrow.fields", "crm", fields),
    method!("crm.item.productrow.getAvailableForPayment", "crm", available),
];

/// Short codes of the types that have rows.
const OWNERS: &[(&str, OrderKind)] = &[("D", OrderKind::Deal), ("O", OrderKind::Order)];

/// A row's fields: name, kind, title; whether it is required, read-only, immutable.
const FIELDS: &[(&str, Kind, &str, [bool; 3])] = &[
    ("id", Kind::Integer, "ID", [false, true, false]),
    ("ownerId", Kind::Integer, "Owner ID", [true, false, true]),
    ("ownerType", Kind::Text, "Owner type", [true, false, true]),
    ("productId", Kind::Integer, "Product", [false, false, false]),
    ("productName", Kind::Text, "Product name", [false, false, false]),
    ("price", Kind::Double, "Price", [false, false, false]),
    ("priceAccount", Kind::Double, "Price in the account's currency", [false, true, false]),
    ("priceExclusive", Kind::Double, "Discounted price without tax", [false, true, false]),
    ("priceNetto", Kind::Double, "Price without discount and tax", [false, true, false]),
    ("priceBrutto", Kind::Double, "Price with tax, without discount", [false, true, false]),
    ("quantity", Kind::Double, "Quantity", [false, false, false]),
    ("discountTypeId", Kind::Integer, "Discount type", [false, false, false]),
    ("discountRate", Kind::Double, "Discount rate", [false, false, false]),
    ("discountSum", Kind::Double, "Discount amount", [false, false, false]),
    ("taxRate", Kind::Double, "Tax", [false, false, false]),
    ("taxIncluded", Kind::Flag, "Tax included in price", [false, false, false]),
    ("customized", Kind::Flag, "Customised", [false, true, false]),
    ("measureCode", Kind::Integer, "Unit of measure", [false, false, false]),
    ("measureName", Kind::Text, "Name of the unit", [false, true, false]),
    ("sort", Kind::Integer, "Sorting", [false, false, false]),
    ("xmlId", Kind::Text, "External code", [false, true, false]),
    ("type", Kind::Integer, "Type of product", [false, true, false]),
];

fn owner_type(code: &str) -> Result<(&'static str, OrderKind), Fault> {
    let found = OWNERS.iter().find(|(known, _)| known.eq_ignore_ascii_case(code)).copied();
    found.ok_or_else(|| {
        Fault::coded("ENTITY_TYPE_NOT_SUPPORTED", "Working with this type of objects is not supported")
    })
}

fn code(kind: OrderKind) -> &'static str {
    OWNERS.iter().find(|(_, known)| *known == kind).map_or("D", |(code, _)| code)
}

fn owner_not_found() -> Fault {
    Fault::coded("OWNER_NOT_FOUND", "The provided CRM object was not found")
}

fn row_not_found() -> Fault {
    Fault::coded("NOT_FOUND", "Product item not found")
}

fn shown(order: &Order, line: LineId) -> Result<Value, Fault> {
    let found = order.lines.iter().enumerate().find(|(_, one)| one.id == line);
    let (place, line) = found.ok_or_else(row_not_found)?;
    Ok(row(order, place, line, code(order.kind), Style::Universal))
}

fn all(order: &Order) -> Vec<Value> {
    let rows = sorted(order).into_iter();
    rows.map(|(place, line)| row(order, place, line, code(order.kind), Style::Universal)).collect()
}

/// The order and the line that a row's id names.
async fn place(call: &Call) -> Result<(Arc<Order>, LineId), Fault> {
    let id = call.params.required_id("id")?;
    let (order, line) = parts::split_line(id);
    let shop = call.shop();
    let order = call.read(move |reads| Ok(order_or_template(reads, shop, order)?)).await?;
    let order = order.filter(|order| order.lines.iter().any(|one| one.id == line));
    Ok((order.ok_or_else(row_not_found)?, line))
}

/// Those of the owner that two parameters, or two fields, name.
async fn owner(call: &Call, id: Option<&Value>, owner_code: Option<&Value>) -> Result<Arc<Order>, Fault> {
    let id = id.filter(|id| !scalar::is_empty(id)).ok_or_else(|| Fault::missing("ownerId"))?;
    let code = owner_code.and_then(scalar::text).filter(|code| !code.is_empty());
    let (_, kind) = owner_type(&code.ok_or_else(|| Fault::missing("ownerType"))?)?;
    let id = scalar::integer(id).ok_or_else(owner_not_found)?;
    found(call, kind, id).await?.ok_or_else(owner_not_found)
}

async fn with_lines(
    call: &Call,
    order: &Order,
    lines: impl Fn(&Order) -> Result<Vec<NewLine>, Fault> + Send,
) -> Result<Arc<Order>, Fault> {
    let (kind, id) = (order.kind, order.id.0);
    change(call, kind, id, owner_not_found, move |order| {
        Ok(Changes::These(vec![OrderChange::SetLines { lines: lines(order)? }]))
    })
    .await?;
    found(call, kind, id).await?.ok_or_else(owner_not_found)
}

async fn add(call: Call) -> Outcome {
    let fields = sent_fields(&call)?;
    let sent = Sent(&fields);
    let order = owner(&call, sent.value("OWNER_ID"), sent.value("OWNER_TYPE")).await?;
    let after = with_lines(&call, &order, |order| {
        let mut line = blank(order.total.currency, last_sort(order));
        put(&mut line, &Sent(&fields), order.total.currency, false)?;
        Ok(order.lines.iter().map(same).chain([line]).collect())
    })
    .await?;
    let new = after.lines.iter().filter(|line| line.id.0 > order.numbered.line).map(|line| line.id).max();
    let line = new.or(after.lines.last().map(|line| line.id)).ok_or_else(row_not_found)?;
    Ok(Answer::of(json!({ "productRow": shown(&after, line)? })))
}

async fn get(call: Call) -> Outcome {
    let (order, line) = place(&call).await?;
    Ok(Answer::of(json!({ "productRow": shown(&order, line)? })))
}

async fn update(call: Call) -> Outcome {
    let (order, line) = place(&call).await?;
    let fields = sent_fields(&call)?;
    for name in fields.keys() {
        let known = FIELDS.iter().find(|(camel, ..)| is_called(name, camel));
        if known.is_none_or(|(_, _, _, [_, read_only, immutable])| *read_only || *immutable) {
            let message = format!("Field '{name}' is unknown, or cannot be updated");
            return Err(Fault::coded("INVALID_ARG_VALUE", message));
        }
    }
    let after = with_lines(&call, &order, |order| {
        let changed = |one: &OrderLine| -> Result<NewLine, Fault> {
            let mut new = same(one);
            if one.id == line {
                put(&mut new, &Sent(&fields), order.total.currency, false)?;
            }
            Ok(new)
        };
        if !order.lines.iter().any(|one| one.id == line) {
            return Err(row_not_found());
        }
        order.lines.iter().map(changed).collect()
    })
    .await?;
    Ok(Answer::of(json!({ "productRow": shown(&after, line)? })))
}

async fn delete(call: Call) -> Outcome {
    let (order, line) = place(&call).await?;
    with_lines(&call, &order, |order| {
        if !order.lines.iter().any(|one| one.id == line) {
            return Err(row_not_found());
        }
        Ok(order.lines.iter().filter(|one| one.id != line).map(same).collect())
    })
    .await?;
    Ok(Answer::of(Value::Null))
}

/// Replaces all of them.
async fn set(call: Call) -> Outcome {
    let order =
        owner(&call, call.params.value("ownerId").as_ref(), call.params.value("ownerType").as_ref()).await?;
    if !call.params.has("productRows") {
        return Err(Fault::missing("productRows"));
    }
    let rows = call.params.list("productRows");
    let wrong = || {
        Fault::coded("INVALID_ARG_VALUE", "Invalid value of parameter 'productRows': expected a list of rows")
    };
    let rows = rows.iter().map(Value::as_object).collect::<Option<Vec<_>>>().ok_or_else(wrong)?;
    let after = with_lines(&call, &order, |order| {
        rows.iter().enumerate().map(|(place, row)| new_line(order, place, &Sent(row), false)).collect()
    })
    .await?;
    Ok(Answer::of(json!({ "productRows": all(&after) })))
}

/// What no payment of the order covers yet. A payment keeps what it is for in its `contents`; one that names nothing
/// covers nothing.
async fn available(call: Call) -> Outcome {
    let order =
        owner(&call, call.params.value("ownerId").as_ref(), call.params.value("ownerType").as_ref()).await?;
    let covered = |line: LineId| -> i64 {
        let contents = order.payments.iter().filter_map(|payment| payment.attrs.get("contents"));
        let items = contents.filter_map(|contents| contents.get("items")?.as_array()).flatten();
        let lines = items.filter_map(|item| item.get("line")).filter(|of| of["id"] == json!(line));
        lines.filter_map(|of| of["quantity_milli"].as_i64()).sum()
    };
    let rows = sorted(&order).into_iter().filter_map(|(place, line)| {
        let left = line.quantity_milli - covered(line.id);
        let mut row = row(&order, place, line, code(order.kind), Style::Universal);
        row["quantity"] = crate::entity::cell::plain(left as f64 / 1_000.0);
        (left > 0).then_some(row)
    });
    Ok(Answer::of(json!({ "productRows": rows.collect::<Vec<_>>() })))
}

async fn fields(_: Call) -> Outcome {
    let line = |(name, kind, title, [required, read_only, immutable]): &(&str, Kind, &str, [bool; 3])| {
        let kind = match kind {
            // Alone among the universal methods' answers.
            Kind::Flag => "char",
            kind => kind.word(Style::Universal),
        };
        let line = json!({
            "type": kind, "isRequired": required, "isReadOnly": read_only, "isImmutable": immutable,
            "isMultiple": false, "isDynamic": false, "title": title,
        });
        ((*name).to_owned(), line)
    };
    let lines: Map<String, Value> = FIELDS.iter().map(line).collect();
    Ok(Answer::of(json!({ "fields": lines })))
}

fn is_called(name: &str, camel: &str) -> bool {
    name.eq_ignore_ascii_case(camel) || name.eq_ignore_ascii_case(&names::snake(camel))
}

/// Rows of the owners that the filter names; what else it says is asked of each row.
async fn list(call: Call) -> Outcome {
    let Some(node) = call.params.node("filter") else { return Err(Fault::missing("filter")) };
    let wanted = filter::parse(Some(node), Nesting::Nested)?;
    let (owners, kind) = owners(&wanted)?;
    let condition = row_filter(&wanted, &|name: &str| {
        FIELDS.iter().find(|(camel, ..)| is_called(name, camel)).map(|(camel, kind, ..)| (*camel, *kind))
    })?;
    let sorts = sorts(&call)?;
    let shop = call.shop();
    let orders = call
        .read(move |reads| {
            let orders = owners.into_iter().map(|id| order_or_template(reads, shop, OrderId(id)));
            Ok(orders.collect::<Result<Vec<_>, _>>()?)
        })
        .await?;
    let orders = orders.into_iter().flatten().filter(|order| order.kind == kind);
    let mut rows: Vec<(Value, String)> = orders
        .flat_map(|order| all(&order))
        .map(|row| {
            let text = row.to_string();
            (row, text)
        })
        .filter(|(_, text)| condition.matches(text))
        .collect();
    rows.sort_by(|(_, left), (_, right)| {
        let mut by = sorts.iter().map(|(field, direction)| {
            let order = field.key(left).partial_cmp(&field.key(right)).unwrap_or(std::cmp::Ordering::Equal);
            if *direction == Direction::Down { order.reverse() } else { order }
        });
        by.find(|order| order.is_ne()).unwrap_or(std::cmp::Ordering::Equal)
    });
    let start = call.params.start();
    let total = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    let from = usize::try_from(start).unwrap_or(0);
    let page: Vec<Value> = rows.into_iter().skip(from).take(PAGE as usize).map(|(row, _)| row).collect();
    Ok(Answer::page(json!({ "productRows": page }), start, total))
}

fn sorts(call: &Call) -> Result<Vec<(find::Field, Direction)>, Fault> {
    let sort = |sort: order::Sort| {
        let known = FIELDS.iter().find(|(camel, ..)| is_called(&sort.field, camel));
        let (camel, kind, ..) = known.ok_or_else(|| {
            Fault::coded(
                "INVALID_ARG_VALUE",
                format!("Invalid order: field '{}' is not allowed in order", sort.field),
            )
        })?;
        let direction = if sort.descending { Direction::Down } else { Direction::Up };
        Ok((find::Field::new([*camel], crate::entity::list::key(*kind)), direction))
    };
    order::strict(&call.params.pairs("order"))?.into_iter().map(sort).collect()
}

/// Owners that a filter names at its top. It must name them: rows are nowhere but in their owners.
fn owners(filter: &Filter) -> Result<(Vec<i64>, OrderKind), Fault> {
    let needs = |name: &str| {
        Fault::coded(
            "INVALID_ARG_VALUE",
            format!("Invalid filter: it needs =ownerId and =ownerType, {name} is not there"),
        )
    };
    let Filter::All(parts) = filter else { return Err(needs("either")) };
    let named = |wanted: &str| {
        parts.iter().find_map(|part| match part {
            Filter::Cond { field, op: Op::Equal | Op::In, value } if is_called(field, wanted) => {
                Some(match value {
                    Value::Array(values) => values.clone(),
                    value => vec![value.clone()],
                })
            }
            _ => None,
        })
    };
    let ids = named("ownerId").ok_or_else(|| needs("ownerId"))?;
    let ids = ids.iter().filter_map(scalar::integer).collect();
    let types = named("ownerType").ok_or_else(|| needs("ownerType"))?;
    let code = types.first().and_then(scalar::text).ok_or_else(|| needs("ownerType"))?;
    Ok((ids, owner_type(&code)?.1))
}
