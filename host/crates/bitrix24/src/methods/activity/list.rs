//! `crm.activity.list`.

use rulewright_domain::{
    ShopId,
    find::{Field, Filter, Test},
};
use rulewright_engine::entries_at;
use rulewright_ports::Reads;
use serde_json::Value;

use super::{
    KINDS,
    fields::{client_is, not, order_is, owner_type, place, without_order},
    row,
};
use crate::{
    call::{Answer, Call, Outcome},
    fault::Fault,
    filter::{self, Nesting, Op},
    methods::{
        entries,
        owner::{Owner, OwnerType},
    },
    order, scalar,
    select::Select,
};

pub(super) async fn list(call: Call) -> Outcome {
    let (shop, config) = (call.shop(), call.config().await?);
    let filter = filter::parse(call.params.node("filter"), Nesting::Flat)?;
    let order = order::lenient(&call.params.pairs("order"));
    let select = Select::parse(&call.params.list("select"));
    let (bound, filter) = take(filter, "BINDINGS");
    let zone = config.shop.time_zone.clone();
    let wanted = owned(filter, &zone);
    let order = entries::sorted(&order, place, &["details", "starts"]);
    let find = entries::page(&call, wanted, order);
    let with_bindings = select.names("BINDINGS");
    let (rows, total) = call
        .read(move |reads| {
            let mut find = find;
            if let Some(value) = bound {
                find.filter = Filter::All(vec![find.filter, bindings(reads, shop, &value)?]);
            }
            find.check()
                .map_err(|wrong| Fault::coded("INVALID_ARG_VALUE", format!("Invalid filter: {wrong}")))?;
            let found = reads.find_entries(shop, KINDS, &find)?;
            let mut rows = Vec::with_capacity(found.rows.len());
            for entry in found.rows {
                let owner = Owner::first(&entry, reads, shop)?;
                let bound = if with_bindings { Owner::all(&entry, reads, shop)? } else { Vec::new() };
                rows.push((entry, owner, bound));
            }
            Ok((rows, found.total))
        })
        .await?;
    let shown = rows.iter().map(|(entry, owner, bound)| row::of(entry, *owner, bound, &select, &zone));
    let shown: Value = shown.collect();
    Ok(Answer::page(shown, call.params.start(), total.unwrap_or_default()))
}

/// The condition on a field that the whole filter demands, and the rest.
fn take(filter: filter::Filter, name: &str) -> (Option<Value>, filter::Filter) {
    let filter::Filter::All(mut parts) = filter else { return (None, filter) };
    let is = |part: &filter::Filter| matches!(part, filter::Filter::Cond { field, op: Op::Equal | Op::In, .. } if field.eq_ignore_ascii_case(name));
    let found = parts.iter().position(is).map(|at| parts.remove(at));
    let value = match found {
        Some(filter::Filter::Cond { value, .. }) => Some(value),
        _ => None,
    };
    (value, filter::Filter::All(parts))
}

/// Type and id of the owner together lead to few entries by an index.
fn owned(filter: filter::Filter, zone: &str) -> Filter {
    let (kind, rest) = take(filter.clone(), "OWNER_TYPE_ID");
    let (ids, rest) = take(rest, "OWNER_ID");
    let one = |value: Value| match value {
        Value::Array(values) if values.len() == 1 => values.into_iter().next(),
        value => Some(value),
    };
    let kind = kind.and_then(one).and_then(|kind| OwnerType::read(&kind));
    let (Some(kind), Some(id)) = (kind, ids.and_then(one).as_ref().and_then(scalar::integer)) else {
        return entries::condition(&filter, place, zone);
    };
    let of_id = match kind {
        OwnerType::Deal | OwnerType::Order => order_is(id),
        OwnerType::Contact | OwnerType::Company => client_is(id),
    };
    Filter::All(vec![of_id, owner_type(kind.number()), entries::condition(&rest, place, zone)])
}

/// Any of these: objects with a type, an id or both.
fn bindings(reads: &mut dyn Reads, shop: ShopId, value: &Value) -> Result<Filter, Fault> {
    let wrong =
        || Fault::classic("Parameter 'filter[BINDINGS]' must be array of OWNER_TYPE_ID and OWNER_ID.");
    let wanted = match value {
        Value::Array(wanted) => wanted.as_slice(),
        one => std::slice::from_ref(one),
    };
    let mut any = Vec::new();
    for one in wanted {
        let one = one.as_object().ok_or_else(wrong)?;
        let of =
            |name: &str| one.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value);
        match (of("OWNER_TYPE_ID"), of("OWNER_ID")) {
            (Some(kind), Some(id)) => {
                if let Some(owner) = Owner::read(Some(kind), Some(id))
                    && owner.exists(reads, shop)?
                {
                    any.push(entries_at(reads, shop, owner.subject())?);
                }
            }
            (Some(kind), None) => any.extend(OwnerType::read(kind).map(of_type)),
            (None, Some(id)) => any.extend(scalar::integer(id).map(of_id)),
            (None, None) => return Err(wrong()),
        }
    }
    Ok(Filter::Any(any))
}

fn of_type(kind: OwnerType) -> Filter {
    let also = |pattern: &str| Field::text(["also"]).is(Test::Like(pattern.to_owned()));
    let of_client = || not(Field::text(["client"]).is(Test::Missing));
    match kind {
        OwnerType::Deal | OwnerType::Order => Filter::Any(vec![owner_type(kind.number()), also("ord_%")]),
        OwnerType::Contact | OwnerType::Company => Filter::Any(vec![
            owner_type(kind.number()),
            Filter::All(vec![not(without_order()), of_client()]),
            also("cli_%"),
        ]),
    }
}

fn of_id(id: i64) -> Filter {
    let also = |text: String| Field::text(["also"]).is(Test::Equal(text.into()));
    Filter::Any(vec![order_is(id), client_is(id), also(format!("ord_{id}")), also(format!("cli_{id}"))])
}
