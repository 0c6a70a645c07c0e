use super::*;
use crate::{
    Currency, EmployeeId, LineId, OrderKind, PaymentId, Shipment, Stage, StageKind, Timestamp,
    command::NewLine,
};

const GBP: Currency = Currency::new(b"GBP");

fn gbp(text: &str) -> Money {
    Money::parse(text, GBP).unwrap()
}

fn pipeline() -> Pipeline {
    let stage = Stage::new("new", "New", StageKind::Open);
    Pipeline::new("sales", "Sales", OrderKind::Order, vec![stage])
}

fn new_line() -> NewLine {
    NewLine {
        id: None,
        sku: None,
        title: "Tea".to_owned(),
        quantity_milli: 1000,
        unit_price: gbp("1"),
        tax: None,
        attrs: Fields::new(),
    }
}

fn new_order(prices: &[&str]) -> NewOrder {
    let line = |price: &&str| NewLine { unit_price: gbp(price), ..new_line() };
    NewOrder {
        kind: OrderKind::Order,
        number: None,
        title: String::new(),
        pipeline: PipelineId::from("sales"),
        stage: None,
        currency: GBP,
        lines: prices.iter().map(line).collect(),
        responsible: None,
        company: None,
        contacts: Vec::new(),
        source: None,
        comments: String::new(),
        tags: Default::default(),
        fields: Default::default(),
        historical: false,
        created: None,
        total: None,
        total_always: false,
    }
}

fn order(prices: &[&str]) -> Result<Order, Rejection> {
    let new = new_order(prices);
    Ok(create(OrderId(1), new, &pipeline(), Timestamp(0))?.order.unwrap())
}

fn change(order: &Order, change: OrderChange) -> Result<Order, Rejection> {
    Ok(decide(order, change, &pipeline(), Timestamp(1))?.order.unwrap())
}

#[test]
fn a_payment_in_another_currency_is_refused_before_it_is_paid() {
    let amount = Money { currency: crate::Currency::new(b"EUR"), ..gbp("1") };
    let payment = OrderChange::AddPayment { amount, system: None, paid: false };
    let mixed = MoneyError::Mixed("GBP".into(), "EUR".into());
    assert_eq!(change(&order(&["1"]).unwrap(), payment), Err(Rejection::Money(mixed)));
}

#[test]
fn a_shipment_has_a_day_and_somebody_who_sees_to_it_or_says_what_is_wrong() {
    let sent = change(&order(&["1"]).unwrap(), OrderChange::AddShipment { service: None }).unwrap();
    let edit = |name: &str, value: Value| {
        let fields = [(name.to_owned(), value)].into();
        change(&sent, OrderChange::EditShipments { shipment: None, fields })
    };
    let after = edit("date", "2026-12-01".into()).unwrap().shipments.remove(0);
    assert_eq!(after.date.as_deref(), Some("2026-12-01"));
    assert_eq!(Shipment::changes(&sent.shipments[0], &after), ["date"]);
    let after = edit("responsible", "emp_3".into()).unwrap().shipments.remove(0);
    assert_eq!(after.responsible, Some(EmployeeId(3)));
    for (name, value) in [("date", "soon"), ("responsible", "Ada"), ("colour", "red")] {
        let told = edit(name, value.into()).unwrap_err().to_string();
        assert!(told.starts_with(&format!("shipment field `{name}`: ")), "{told}");
    }
}

#[test]
fn amounts_that_do_not_fit_are_refused_and_never_wrap() {
    let (least, most) = ("-92233720368547758.08", "92233720368547758.07");
    let overflow = Err(Rejection::Money(MoneyError::Overflow));
    assert_eq!(order(&[most, most]), overflow);
    let paid = |amount: &str, paid| OrderChange::AddPayment { amount: gbp(amount), system: None, paid };
    let pay = OrderChange::Pay { payment: None };
    let owing = change(&order(&["1"]).unwrap(), paid(least, false)).unwrap();
    assert_eq!(change(&owing, pay.clone()), overflow);
    let covered = change(&order(&["1"]).unwrap(), paid(most, true)).unwrap();
    assert_eq!(change(&covered, paid(most, true)), overflow);
    assert!(change(&order(&["1"]).unwrap(), pay).unwrap().is_paid());
}

#[test]
fn several_changes_are_one_revision_or_none() {
    let before = order(&["1"]).unwrap();
    let title = |text: &str| OrderChange::SetFields { fields: [("title".to_owned(), text.into())].into() };
    let several = |changes| change(&before, OrderChange::Several { changes });
    let total = OrderChange::SetTotal { total: Some(gbp("9")), always: false };
    let after = several(vec![title("Tea"), total]).unwrap();
    assert_eq!((after.revision, after.title.as_str(), after.total), (2, "Tea", gbp("9")));
    let nowhere = OrderChange::MoveStage { stage: "nowhere".into() };
    assert_eq!(several(vec![title("Tea"), nowhere]).unwrap_err().code(), "no-such-stage");
    assert_eq!(several(vec![title("Tea"), OrderChange::Delete]).unwrap_err().code(), "invalid");
}

#[test]
fn a_total_that_somebody_said_stays_until_there_are_new_lines_unless_it_was_to_stay() {
    let lines = || {
        let line = NewLine { unit_price: gbp("2"), ..new_line() };
        OrderChange::SetLines { lines: vec![line] }
    };
    for (always, then) in [(false, "2"), (true, "9")] {
        let said = OrderChange::SetTotal { total: Some(gbp("9")), always };
        let said = change(&order(&["1"]).unwrap(), said).unwrap();
        assert_eq!(said.total, gbp("9"));
        let after = change(&said, lines()).unwrap();
        assert_eq!(after.total, gbp(then), "{always}");
        let summed = OrderChange::SetTotal { total: None, always: false };
        assert_eq!(change(&after, summed).unwrap().total, gbp("2"));
    }
}

#[test]
fn a_tax_that_the_price_does_not_hold_comes_on_top() {
    for (included, total) in [(true, "10"), (false, "11.90")] {
        let tax = Some(crate::Tax { rate_milli: 19_000, included });
        let line = NewLine { unit_price: gbp("10"), tax, ..new_line() };
        let after = change(&order(&[]).unwrap(), OrderChange::SetLines { lines: vec![line] }).unwrap();
        assert_eq!(after.total.decimal(), gbp(total).decimal());
    }
}

#[test]
fn a_line_keeps_its_id_and_no_id_comes_twice() {
    let before = order(&["1", "2"]).unwrap();
    let ids = |order: &Order| order.lines.iter().map(|line| line.id.0).collect::<Vec<_>>();
    let set = |order: &Order, lines| change(order, OrderChange::SetLines { lines });
    let kept = |id| NewLine { id: Some(LineId(id)), ..new_line() };
    assert_eq!(ids(&set(&before, vec![new_line(), new_line()]).unwrap()), [1, 2], "the same articles");
    let one = set(&before, vec![kept(1)]).unwrap();
    let other = NewLine { title: "Cup".to_owned(), ..new_line() };
    assert_eq!(ids(&set(&one, vec![kept(1), other]).unwrap()), [1, 3], "2 has been somebody else's");
    assert_eq!(set(&one, vec![kept(2)]).unwrap_err().code(), "not-found");
    assert_eq!(set(&before, vec![kept(1), kept(1)]).unwrap_err().code(), "invalid");
}

#[test]
fn a_payment_is_taken_back_changed_and_removed_but_never_while_it_is_paid() {
    let add = OrderChange::AddPayment { amount: gbp("1"), system: None, paid: true };
    let paid = change(&order(&["1"]).unwrap(), add.clone()).unwrap();
    let id = PaymentId(1);
    let remove = OrderChange::RemovePayment { payment: id };
    assert_eq!(change(&paid, remove.clone()).unwrap_err().code(), "settled");
    let edit = OrderChange::EditPayment {
        payment: None,
        amount: Some(gbp("2")),
        system: Some("cash".to_owned()),
        attrs: Fields::new(),
    };
    assert_eq!(change(&paid, edit.clone()).unwrap_err().code(), "settled");
    let open = change(&paid, OrderChange::Unpay { payment: id }).unwrap();
    assert!(!open.is_paid());
    let edited = change(&open, edit).unwrap();
    assert_eq!((edited.payments[0].amount, edited.payments[0].system.as_deref()), (gbp("2"), Some("cash")));
    let none = change(&edited, remove).unwrap();
    assert_eq!(change(&none, add).unwrap().payments[0].id, PaymentId(2));
}

#[test]
fn an_order_moves_to_another_pipeline_of_its_kind_and_begins_a_visit() {
    let stage = Stage::new("new", "New", StageKind::Open);
    let other = Pipeline { id: "other".into(), stages: vec![stage], ..pipeline() };
    let before = order(&["1"]).unwrap();
    let to = |stage: Option<&str>| OrderChange::MovePipeline {
        pipeline: "other".into(),
        stage: stage.map(StageId::from),
    };
    let touch = Touch { at: Timestamp(5), by: Some(EmployeeId(3)) };
    let decision = decide(&before, to(None), &other, touch).unwrap();
    let kinds: Vec<&str> = decision.events.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(kinds, [kind::PIPELINE_CHANGED]);
    let after = decision.order.unwrap();
    assert_eq!((after.pipeline.0.as_str(), after.visit, after.moved_by), ("other", 2, touch.by));
    assert_eq!(decide(&before, to(Some("x")), &other, touch).unwrap_err().code(), "no-such-stage");
    let deals = Pipeline { kind: OrderKind::Deal, ..other };
    assert_eq!(decide(&before, to(None), &deals, touch).unwrap_err().code(), "invalid");
}

#[test]
fn a_move_to_another_pipeline_and_what_else_is_sent_are_one_change() {
    let stage = |id: &str| Stage::new(id, id, StageKind::Open);
    let other = Pipeline { id: "other".into(), stages: vec![stage("a"), stage("b")], ..pipeline() };
    let title = || OrderChange::SetFields { fields: [("title".to_owned(), "Moved".into())].into() };
    let to = || OrderChange::MovePipeline { pipeline: "other".into(), stage: None };
    let there = |id: &str| OrderChange::MoveStage { stage: id.into() };
    let several = |changes: Vec<OrderChange>| OrderChange::Several { changes };
    let before = order(&["1"]).unwrap();
    let change = several(vec![title(), to(), there("b")]);
    assert_eq!(change.to_pipeline().map(|id| id.0.as_str()), Some("other"));
    let decision = decide(&before, change, &other, Timestamp(5)).unwrap();
    let kinds: Vec<&str> = decision.events.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(kinds, [kind::PIPELINE_CHANGED, kind::STAGE_CHANGED, kind::FIELDS_CHANGED]);
    let after = decision.order.unwrap();
    assert_eq!((after.stage.0.as_str(), after.title.as_str(), after.revision), ("b", "Moved", 2));
    let first = several(vec![there("b"), to()]);
    assert_eq!(decide(&before, first, &other, Timestamp(5)).unwrap_err().code(), "invalid");
}

#[test]
fn a_deal_without_a_title_is_called_by_its_number_and_may_begin_with_a_total() {
    let deals = Pipeline { kind: OrderKind::Deal, ..pipeline() };
    let new = |total: Option<&str>, total_always| NewOrder {
        kind: OrderKind::Deal,
        total: total.map(gbp),
        total_always,
        ..new_order(&["3"])
    };
    let create = |new| create(OrderId(7), new, &deals, Timestamp(0)).unwrap().order.unwrap();
    let plain = create(new(None, false));
    assert_eq!((plain.title.as_str(), plain.total, plain.total_by), ("Deal #7", gbp("3"), TotalBy::Lines));
    let said = create(new(Some("5"), true));
    assert_eq!((said.total, said.total_by), (gbp("5"), TotalBy::HandAlways));
    // What it follows changes, and the total does not: that is a change all the same.
    let again = OrderChange::SetTotal { total: Some(gbp("5")), always: false };
    let decision = decide(&said, again, &deals, Timestamp(1)).unwrap();
    assert_eq!(decision.events.len(), 1);
    assert_eq!(decision.events[0].attrs["fields"], serde_json::json!(["total"]));
}

#[test]
fn e02_a_quantity_may_be_a_part_nothing_or_taken_back_and_the_total_follows() {
    let line = |quantity_milli| NewLine { quantity_milli, unit_price: gbp("3"), ..new_line() };
    let lines = vec![line(2_500), line(0), line(-1_000)];
    let after = change(&order(&[]).unwrap(), OrderChange::SetLines { lines }).unwrap();
    let totals: Vec<String> = after.lines.iter().map(|line| line.total.decimal()).collect();
    assert_eq!(totals, ["7.50", "0.00", "-3.00"]);
    assert_eq!(after.total.decimal(), "4.50");
}

#[test]
fn e05_an_order_has_so_many_lines_and_no_more() {
    let of = |count: usize| {
        let lines = (0..count).map(|_| new_line()).collect();
        change(&order(&[]).unwrap(), OrderChange::SetLines { lines })
    };
    assert_eq!(of(MAX_LINES).unwrap().lines.len(), MAX_LINES);
    let told = of(MAX_LINES + 1).unwrap_err().to_string();
    assert!(told.contains("5001 lines, at most 5000"), "{told}");
}
