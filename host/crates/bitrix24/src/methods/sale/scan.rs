//! Lists of what is no row of the storage: the orders are read through, and the rows made from them are looked at here.

use rulewright_domain::{
    Order, OrderKind,
    find::{self, Direction, Field, Test},
};
use rulewright_ports::storage::Find;

use crate::{
    call::{Call, PAGE},
    fault::Fault,
    filter::{Filter, Op},
    methods::parts,
    scalar,
    seek::{Holds, Row, same_name, test},
};

/// Store orders, oldest first, all that match.
pub async fn orders(call: &Call, filter: find::Filter) -> Result<Vec<Order>, Fault> {
    let shop = call.shop();
    let mut find = Find::first(filter.clone());
    find.order = vec![(Field::number(["id"]), Direction::Up)];
    let mut all = Vec::new();
    loop {
        let step = find.clone();
        let found =
            call.read(move |reads| Ok(reads.find_orders(shop, Some(OrderKind::Order), &step)?)).await?;
        let Some(last) = found.rows.last().map(|order| order.id) else { return Ok(all) };
        all.extend(found.rows);
        let after = Field::number(["id"]).is(Test::Above((last.0 as f64).into()));
        find.filter = find::Filter::All(vec![filter.clone(), after]);
    }
}

/// Those that can have such a part: most filters name the order, or the part by its id.
pub fn with_parts(filter: &Filter, part: &str, zone: &str) -> find::Filter {
    let mut all = vec![find::Filter::Not(Box::new(Field::number([part, "id"]).is(Test::Missing)))];
    if let Filter::All(conditions) = filter {
        for condition in conditions {
            let Filter::Cond { field, op, value } = condition else { continue };
            let id = || Field::number(["id"]);
            if same_name(field, "orderId") {
                all.push(id().is(test(*op, value, Holds::Number, zone)));
            } else if same_name(field, "id") && *op == Op::Equal {
                let order = scalar::integer(value).map(|id| parts::split(id).0);
                all.extend(order.map(|order| id().is(Test::Equal((order.0 as f64).into()))));
            }
        }
    }
    find::Filter::All(all)
}

/// The page that begins at `start`, and how many rows there are.
pub fn page(rows: Vec<Row>, start: i64) -> (Vec<Row>, u64) {
    let total = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    let skipped = usize::try_from(start).unwrap_or(0);
    let size = usize::try_from(PAGE).unwrap_or(usize::MAX);
    (rows.into_iter().skip(skipped).take(size).collect(), total)
}
