//! What an order is, and the forms that change it. Pure.

use maud::{Markup, html};
use rulewright_domain::{Order, Pipeline, Stage, account::Ability};
use serde_json::Value;

use super::{
    act::PARAMETER,
    ask::{NOBODY, is_late, since},
    board::sets_in_motion,
    load::{called, pipelines},
    one::Seen,
};
use crate::{
    door::{Look, Visitor},
    names,
};

fn stage(seen: &Seen) -> Option<&Stage> {
    seen.config.pipelines.get(&seen.order.pipeline)?.stage(&seen.order.stage)
}

fn stage_name(seen: &Seen) -> String {
    names::stage(&seen.config, &seen.order.pipeline, &seen.order.stage)
}

pub fn head(visitor: &Visitor, seen: &Seen) -> Markup {
    let (look, order) = (&visitor.look, &seen.order);
    let late = stage(seen).is_some_and(|stage| is_late(order, stage.kind, look.now));
    html! {
        div.head #order-head data-live="order payment" data-live-order=(order.id) {
            h1 { (order.number) @if order.title != order.number { " " (order.title) } }
            span.pill { (stage_name(seen)) }
            strong { (look.money(order.total)) }
            @if late { i.late { (look.text("order-late")) } }
            @if order.canceled { i { (look.text("order-canceled")) } }
            button.quiet.end type="button" data-copy=(order.id) { (look.text("order-copy-id")) }
        }
    }
}

/// A form that does one thing to the order as it was looked at.
fn form(order: &Order, action: &str, body: Markup) -> Markup {
    html! {
        form.row method="post" action={ "/orders/" (order.id) "/" (action) } {
            input type="hidden" name="revision" value=(order.revision);
            (body)
        }
    }
}

pub fn actions(visitor: &Visitor, seen: &Seen) -> Markup {
    let (look, order, config) = (&visitor.look, &seen.order, &seen.config);
    let pipeline = config.pipelines.get(&order.pipeline);
    html! {
        section.card #actions aria-labelledby="actions-title" data-live="order payment shipment" data-live-order=(order.id) {
            h2 #actions-title { (look.text("order-actions")) }
            @if let Some(pipeline) = pipeline {
                div #move {
                    (form(order, "stage", html! {
                        label for="to-stage" { (look.text("order-stage")) }
                        select #to-stage name="stage" {
                            @for one in &pipeline.stages { option value=(one.id) selected[one.id == order.stage] { (one.name) } }
                        }
                        button type="submit" { (look.text("board-move")) }
                    }))
                    details {
                        summary { (look.text("move-preview")) }
                        dl.facts { @for one in &pipeline.stages { dt { (one.name) } dd { (sets_in_motion(visitor, config, pipeline, one, Some(order.id))) } } }
                    }
                }
            }
            (form(order, "responsible", html! {
                label for="to-employee" { (look.text("order-responsible")) }
                select #to-employee name="to" {
                    option value=(NOBODY) { (look.text("order-nobody")) }
                    @for one in config.employees.values() { option value=(one.id) selected[order.responsible == Some(one.id)] { (one.name) } }
                }
                button.quiet type="submit" { (look.text("order-assign")) }
            }))
            div.row {
                @if !order.is_paid() { (form(order, "pay", html! { button.quiet type="submit" { (look.text("order-pay")) } })) }
                @if order.shipments.iter().any(|one| !one.allowed) {
                    (form(order, "approve", html! { button.quiet type="submit" { (look.text("order-approve")) } }))
                }
                @if order.shipments.iter().any(|one| !one.shipped) {
                    (form(order, "ship", html! { button.quiet type="submit" { (look.text("order-ship")) } }))
                }
            }
            (others(look, seen))
            (workflows(look, seen))
            @if order.canceled { (form(order, "restore", html! { button.quiet type="submit" { (look.text("order-restore")) } })) }
            @else { (cancel(look, order)) }
        }
    }
}

/// Another pipeline for the same kind of orders.
fn others(look: &Look, seen: &Seen) -> Markup {
    let order = &seen.order;
    let same = |one: &&Pipeline| one.kind == order.kind && one.id != order.pipeline;
    let others: Vec<_> = pipelines(&seen.config).into_iter().filter(same).collect();
    html! {
        @if !others.is_empty() {
            (form(order, "pipeline", html! {
                label for="to-pipeline" { (look.text("order-pipeline")) }
                select #to-pipeline name="pipeline" { @for one in &others { option value=(one.id) { (one.name) } } }
                button.quiet type="submit" { (look.text("order-move-pipeline")) }
            }))
        }
    }
}

fn workflows(look: &Look, seen: &Seen) -> Markup {
    let order = &seen.order;
    let fitting: Vec<_> = seen.config.workflows.values().filter(|one| one.kind == order.kind).collect();
    html! {
        @for (index, one) in fitting.iter().enumerate() {
            details {
                summary { (look.with("workflow-start-one", &[("name", one.title.as_str().into())])) }
                form.stack method="post" action={ "/orders/" (order.id) "/workflows" } {
                    input type="hidden" name="workflow" value=(one.name);
                    @for parameter in &one.parameters {
                        @let id = format!("workflow-{index}-{}", parameter.name);
                        label for=(id) { @if parameter.title.is_empty() { (parameter.name) } @else { (parameter.title) } }
                        input id=(id) name={ (PARAMETER) (parameter.name) } required[parameter.required];
                    }
                    button.quiet type="submit" { (look.text("workflow-start")) }
                }
            }
        }
    }
}

fn cancel(look: &Look, order: &Order) -> Markup {
    let asked = look.with("order-cancel-sure", &[("number", order.number.as_str().into())]);
    html! {
        form.row method="post" action={ "/orders/" (order.id) "/cancel" }
            data-confirm=(asked) data-confirm-yes=(look.text("order-cancel")) data-confirm-no=(look.text("order-keep")) {
            input type="hidden" name="revision" value=(order.revision);
            label for="reason" { (look.text("order-cancel-reason")) }
            input #reason name="reason" maxlength="500";
            button.danger type="submit" { (look.text("order-cancel")) }
        }
    }
}

pub fn facts(visitor: &Visitor, seen: &Seen) -> Markup {
    let (look, order) = (&visitor.look, &seen.order);
    let responsible =
        order.responsible.map_or_else(|| look.text("order-nobody"), |id| names::employee(&seen.config, id));
    html! {
        div #facts data-live="order payment shipment client" data-live-order=(order.id) {
            section.card aria-labelledby="facts-title" {
                h2 #facts-title { (look.text("order-facts")) }
                dl.facts {
                    dt { (look.text("order-pipeline")) } dd { (names::pipeline(&seen.config, &order.pipeline)) }
                    dt { (look.text("order-stage")) } dd { (stage_name(seen)) " · " (look.since(since(order))) }
                    dt { (look.text("order-responsible")) } dd { (responsible) }
                    dt { (look.text("order-total")) } dd { (look.money(order.total)) }
                    dt { (look.text("order-paid")) } dd { (look.money(order.paid)) }
                    dt { (look.text("order-created")) } dd { (look.at(order.created)) }
                    dt { (look.text("order-updated")) } dd { (look.at(order.updated)) }
                    @if let Some(source) = &order.source { dt { (look.text("order-source")) } dd { (source) } }
                    @if !order.tags.is_empty() { dt { (look.text("order-tags")) } dd { @for tag in &order.tags { span.pill { (tag) } " " } } }
                    @if !order.comments.is_empty() { dt { (look.text("order-comments")) } dd.written { (order.comments) } }
                    @for (name, value) in &order.fields { dt { (name) } dd { (plain(value)) } }
                }
            }
            (clients(look, seen))
            (lines(look, order))
            (payments(visitor, order))
            (shipments(look, order))
        }
    }
}

fn clients(look: &Look, seen: &Seen) -> Markup {
    html! {
        @if !seen.clients.is_empty() {
            section.card aria-labelledby="clients-title" {
                h2 #clients-title { (look.text("nav-clients")) }
                ul.list {
                    @for client in &seen.clients {
                        li {
                            a href={ "/clients/" (client.id) } { (called(client)) }
                            @for point in client.phones.iter().chain(&client.emails) { " · " (point.value) }
                        }
                    }
                }
            }
        }
    }
}

/// What stands in a table of its own, with a heading and something for those who cannot see where it scrolls.
fn table(title: &str, id: &str, heads: &[String], rows: Markup) -> Markup {
    html! {
        div.card {
            h2 id=(id) { (title) }
            div.scroll tabindex="0" role="region" aria-labelledby=(id) {
                table { thead { tr { @for head in heads { th scope="col" { (head) } } } } tbody { (rows) } }
            }
        }
    }
}

fn lines(look: &Look, order: &Order) -> Markup {
    let heads = [
        look.text("line-title"),
        look.text("line-sku"),
        look.text("line-quantity"),
        look.text("line-price"),
        look.text("order-total"),
    ];
    let rows = html! {
        @for line in order.lines.iter() {
            tr {
                td { (line.title) }
                td { @if let Some(sku) = &line.sku { (sku) } }
                td.end-text { (quantity(look, line.quantity_milli)) }
                td.end-text.nowrap { (look.money(line.unit_price)) }
                td.end-text.nowrap { (look.money(line.total)) }
            }
        }
    };
    html! { @if !order.lines.is_empty() { (table(&look.text("order-lines"), "lines-title", &heads, rows)) } }
}

fn quantity(look: &Look, milli: i64) -> String {
    let sign = if milli < 0 { "-" } else { "" };
    let (whole, rest) = (milli.unsigned_abs() / 1_000, milli.unsigned_abs() % 1_000);
    let number = format!("{sign}{whole}.{rest:03}");
    look.decimal(number.trim_end_matches('0').trim_end_matches('.'))
}

fn payments(visitor: &Visitor, order: &Order) -> Markup {
    let look = &visitor.look;
    let may_work = visitor.may(Ability::Work);
    let heads = [
        look.text("payment-amount"),
        look.text("payment-system"),
        look.text("payment-paid"),
        look.text("order-actions"),
    ];
    let rows = html! {
        @for payment in &order.payments {
            tr {
                td.nowrap { (look.money(payment.amount)) }
                td { @if let Some(system) = &payment.system { (system) } }
                td { @match (payment.paid, payment.paid_at) {
                    (true, Some(at)) => (look.at(at)),
                    (true, None) => (look.text("yes")),
                    (false, _) => (look.text("no")),
                } }
                td { @if !payment.paid && may_work { (form(order, "pay", html! {
                    input type="hidden" name="payment" value=(payment.id);
                    button.link type="submit" { (look.text("payment-receive")) }
                })) } }
            }
        }
    };
    html! { @if !order.payments.is_empty() { (table(&look.text("order-payments"), "payments-title", &heads, rows)) } }
}

fn shipments(look: &Look, order: &Order) -> Markup {
    let heads = [
        look.text("shipment-service"),
        look.text("shipment-tracking"),
        look.text("shipment-status"),
        look.text("shipment-allowed"),
        look.text("shipment-shipped"),
    ];
    let answer = |is: bool| look.text(if is { "yes" } else { "no" });
    let rows = html! {
        @for one in &order.shipments {
            tr {
                td { @if let Some(service) = &one.service { (service) } }
                td { @if let Some(number) = &one.tracking_number { (number) } }
                td { @if let Some(status) = &one.status { (status) } }
                td { (answer(one.allowed)) }
                td { (answer(one.shipped)) }
            }
        }
    };
    html! { @if !order.shipments.is_empty() { (table(&look.text("order-shipments"), "shipments-title", &heads, rows)) } }
}

/// A field's value for a reader: text as it is, a list by commas.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Array(all) => all.iter().map(plain).collect::<Vec<_>>().join(", "),
        Value::Object(parts) => parts
            .iter()
            .map(|(name, value)| format!("{name}: {}", plain(value)))
            .collect::<Vec<_>>()
            .join(", "),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use rulewright_domain::{Payment, PaymentId, account::Role};

    use super::*;
    use crate::orders::{sample, timeline::Past};

    fn seen(order: Order) -> Seen {
        let (config, past) = (sample::config().into(), Past::default());
        Seen { config, order: order.into(), clients: Vec::new(), runs: Vec::new(), past }
    }

    #[test]
    fn an_open_order_is_canceled_after_a_question_and_a_canceled_one_restored() {
        let visitor = sample::visitor(Role::Operator);
        let open = actions(&visitor, &seen(sample::order(1))).into_string();
        assert!(
            open.contains("/orders/ord_1/cancel")
                && open.contains("data-confirm=")
                && !open.contains("/restore")
        );
        let canceled = actions(&visitor, &seen(Order { canceled: true, ..sample::order(1) })).into_string();
        assert!(canceled.contains("/orders/ord_1/restore") && !canceled.contains("/cancel"));
    }

    #[test]
    fn every_form_says_which_revision_was_looked_at() {
        let html = actions(&sample::visitor(Role::Operator), &seen(sample::order(1))).into_string();
        assert_eq!(
            html.matches("<form").count(),
            html.matches("name=\"revision\" value=\"3\"").count(),
            "{html}"
        );
    }

    #[test]
    fn a_payment_is_received_by_whoever_may_work() {
        let payment = Payment {
            id: PaymentId(2),
            amount: sample::euro("84"),
            paid: false,
            paid_at: None,
            system: Some("card".into()),
            attrs: Default::default(),
        };
        let order = Order { payments: vec![payment], ..sample::order(1) };
        let html = |role| facts(&sample::visitor(role), &seen(order.clone())).into_string();
        assert!(html(Role::Operator).contains("name=\"payment\" value=\"pay_2\""));
        assert!(!html(Role::Viewer).contains("<form"));
    }

    #[test]
    fn quantities_are_written_as_short_as_they_are() {
        let look = sample::look("de");
        assert_eq!(
            [1_000, 1_500, -250, 1_234_000].map(|milli| quantity(&look, milli)),
            ["1", "1,5", "-0,25", "1.234"]
        );
    }
}
