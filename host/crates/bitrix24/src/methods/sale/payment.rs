//! Payments of store orders.

use std::collections::BTreeMap;

use rulewright_domain::{Money, Order, OrderChange, OrderId, Payment, PaymentId};
use serde_json::{Value, json};

use super::{
    id, must_be_of_store, must_have, scan,
    table::{self, Field, Rule::*, Type::*, kept, own},
    wrapped,
};
use crate::{
    call::{Answer, Call, Outcome},
    fault::Fault,
    filter::{self, Nesting},
    methods::parts::{self, Known, Marks},
    order,
    seek::{Row, Unknown, matching},
    select::Select,
};

const FIELDS: &[Field] = &[
    own("accountNumber", Text, ReadOnly),
    kept("comments", Text),
    kept("companyId", Integer),
    own("currency", Text, ReadOnly),
    kept("dateBill", Date),
    own("dateMarked", Date, ReadOnly),
    own("datePaid", Date, ReadOnly),
    kept("datePayBefore", Date),
    own("dateResponsibleId", Date, ReadOnly),
    kept("empMarkedId", Integer),
    own("empPaidId", Integer, ReadOnly),
    kept("empResponsibleId", Integer),
    kept("empReturnId", Integer),
    kept("externalPayment", Char),
    own("id", Integer, ReadOnly),
    kept("id1c", Text),
    kept("isReturn", Char),
    kept("marked", Char),
    own("orderId", Integer, Given),
    own("paid", Char, Free),
    kept("payReturnComment", Text),
    kept("payReturnDate", Date),
    kept("payReturnNum", Text),
    own("paySystemId", Integer, Required),
    own("paySystemIsCash", Char, ReadOnly),
    own("paySystemName", Text, ReadOnly),
    own("paySystemXmlId", Text, ReadOnly),
    kept("payVoucherDate", Date),
    kept("payVoucherNum", Text),
    kept("priceCod", Text),
    kept("psCurrency", Text),
    kept("psInvoiceId", Text),
    kept("psResponseDate", Date),
    kept("psStatus", Text),
    kept("psStatusCode", Text),
    kept("psStatusDescription", Text),
    kept("psStatusMessage", Text),
    kept("psSum", Double),
    kept("reasonMarked", Text),
    kept("responsibleId", Integer),
    own("sum", Double, Free),
    kept("updated1c", Char),
    kept("version1c", Text),
    kept("xmlId", Text),
];

pub async fn add(call: Call) -> Outcome {
    let fields = parts::fields(&call)?;
    must_have(&fields, &["orderId", "paySystemId"])?;
    let order = OrderId(parts::integer(&fields, "orderId")?.unwrap_or_default());
    let (system, attrs, paid) = read(&call, &fields).await?;
    let no_order = || Fault::coded("0", "Order not found");
    let order = parts::change(&call, order, no_order, |order| {
        must_be_of_store(order, no_order)?;
        let amount = match parts::money(&fields, "sum", order.total)? {
            Some(amount) => amount,
            None => open(order)?,
        };
        Ok(vec![
            OrderChange::AddPayment { amount, system: system.clone(), paid: paid == Some(true) },
            edit(None, None, None, &attrs),
        ])
    });
    let order = order.await?;
    let added = order.payments.last().cloned().ok_or_else(not_found)?;
    answer(&call, &order, &added).await
}

pub async fn update(call: Call) -> Outcome {
    let (order, number) = parts::split(id(&call)?);
    let fields = parts::fields(&call)?;
    let (system, attrs, paid) = read(&call, &fields).await?;
    let number = PaymentId(number);
    let order = parts::change(&call, order, not_found, |order| {
        must_be_of_store(order, not_found)?;
        if !order.payments.iter().any(|payment| payment.id == number) {
            return Err(not_found());
        }
        let amount = parts::money(&fields, "sum", order.total)?;
        let mut changes = Vec::new();
        // Before its amount is said: that of a paid one stays.
        if paid == Some(false) {
            changes.push(OrderChange::Unpay { payment: number });
        }
        changes.push(edit(Some(number), amount, system.clone(), &attrs));
        if paid == Some(true) {
            changes.push(OrderChange::Pay { payment: Some(number) });
        }
        Ok(changes)
    });
    let order = order.await?;
    let changed = order.payments.iter().find(|payment| payment.id == number).ok_or_else(not_found)?;
    answer(&call, &order, changed).await
}

pub async fn delete(call: Call) -> Outcome {
    let (order, number) = parts::split(id(&call)?);
    let number = PaymentId(number);
    parts::change(&call, order, not_found, |order| {
        must_be_of_store(order, not_found)?;
        let known = order.payments.iter().any(|payment| payment.id == number);
        let change = OrderChange::RemovePayment { payment: number };
        known.then(|| vec![change]).ok_or_else(not_found)
    })
    .await?;
    Ok(Answer::of(true))
}

pub async fn get(call: Call) -> Outcome {
    let (order, number) = parts::split(id(&call)?);
    let order = super::store_order(&call, order.0, not_found).await?;
    let payment = order.payments.iter().find(|payment| payment.id == PaymentId(number));
    answer(&call, &order, payment.ok_or_else(not_found)?).await
}

pub async fn get_fields(_: Call) -> Outcome {
    Ok(Answer::of(wrapped("payment", table::described(FIELDS))))
}

/// Of all store orders.
pub async fn list(call: Call) -> Outcome {
    let filter = filter::parse(call.params.node("filter"), Nesting::Nested)?;
    let sorts = order::strict(&call.params.pairs("order"))?;
    let select = Select::parse(&call.params.list("select"));
    let zone = call.config().await?.shop.time_zone.clone();
    let start = call.params.start();
    let orders = scan::orders(&call, scan::with_parts(&filter, "payments", &zone)).await?;
    let known = Known::of(&call).await?;
    let paid = orders.iter().filter(|order| order.payments.iter().any(|payment| payment.paid));
    let marks = Marks::of(&call, paid.map(|order| order.id).collect()).await?;
    let of = |order: &Order| -> Vec<Row> {
        order.payments.iter().map(|payment| row(order, payment, &known, &marks, &zone)).collect()
    };
    let rows = orders.iter().flat_map(of).collect();
    let rows = matching(rows, &table::columns(FIELDS), (&filter, &sorts), Unknown::Refused, &zone)?;
    let (page, total) = scan::page(rows, start);
    let page: Vec<Value> = page.into_iter().map(|row| table::selected(row, &select)).collect();
    Ok(Answer::page(wrapped("payments", json!(page)), start, total))
}

type Read = (Option<String>, BTreeMap<String, Value>, Option<bool>);

/// System, what is only kept, and whether it is paid.
async fn read(call: &Call, fields: &parts::Fields) -> Result<Read, Fault> {
    let zone = call.config().await?.shop.time_zone.clone();
    let mut attrs = table::keep(FIELDS, fields, &zone)?;
    table::mark(&mut attrs, call.now());
    let system = match parts::integer(fields, "paySystemId")? {
        None => None,
        Some(number) => {
            let known = Known::of(call).await?;
            let unknown = || {
                let message = "Payment system not found: the shop's are in its dictionary of payment systems";
                Fault::coded("0", message)
            };
            Some(known.system(number).ok_or_else(unknown)?.id.clone())
        }
    };
    Ok((system, attrs, parts::flag(fields, "paid")?))
}

/// What other payments leave of the order's total.
fn open(order: &Order) -> Result<Money, Fault> {
    let zero = Money::zero(order.total.currency);
    let covered = order.payments.iter().try_fold(zero, |sum, payment| sum.plus(payment.amount));
    let open = covered.and_then(|covered| order.total.minus(covered));
    let open = open.map_err(|error| Fault::coded("0", error.to_string()))?;
    Ok(if open.is_positive() { open } else { zero })
}

fn edit(
    payment: Option<PaymentId>,
    amount: Option<Money>,
    system: Option<String>,
    attrs: &BTreeMap<String, Value>,
) -> OrderChange {
    OrderChange::EditPayment { payment, amount, system, attrs: attrs.clone() }
}

fn not_found() -> Fault {
    Fault::coded("200640400001", "Payment not found")
}

async fn answer(call: &Call, order: &Order, payment: &Payment) -> Outcome {
    let zone = call.config().await?.shop.time_zone.clone();
    let (known, marks) = (Known::of(call).await?, Marks::of(call, vec![order.id]).await?);
    Ok(Answer::of(wrapped("payment", Value::Object(row(order, payment, &known, &marks, &zone)))))
}

pub fn row(order: &Order, payment: &Payment, known: &Known, marks: &Marks, zone: &str) -> Row {
    let (system, name) = known.of_payment(payment.system.as_deref());
    let by = marks.paid(order.id, payment.id).by.filter(|_| payment.paid);
    let value = |field: &Field| match field.name {
        _ if field.kept => match (field.name, payment.attrs.get(&field.key())) {
            ("priceCod", None) => json!("0"),
            ("responsibleId", None) => parts::employee(order.responsible),
            ("psSum" | "psInvoiceId", None) => Value::Null,
            (_, kept) => field.shown(kept, zone),
        },
        "accountNumber" => json!(format!("{}/{}", order.number, payment.id.0)),
        "currency" => json!(payment.amount.currency.as_str()),
        "dateMarked" => field.shown(payment.attrs.get("marked-at"), zone),
        "datePaid" => parts::date(payment.paid_at, zone),
        "empPaidId" => parts::employee(by),
        "id" => json!(parts::part_id(order.id, payment.id.0)),
        "orderId" => json!(order.id.0),
        "paid" => parts::yes(payment.paid),
        "paySystemId" => json!(system),
        "paySystemIsCash" => parts::yes(payment.system.as_deref() == Some("cash")),
        "paySystemName" => json!(name),
        "paySystemXmlId" => json!(""),
        "sum" => parts::amount(payment.amount),
        _ => Value::Null,
    };
    FIELDS.iter().map(|field| (field.name.to_owned(), value(field))).collect()
}
