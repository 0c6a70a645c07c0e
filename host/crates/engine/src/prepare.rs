//! What a document is made from: looked up in the same way before a step that fills a template, and at the commit.

use std::collections::BTreeSet;

use rulewright_docx::{Inserted, Values};
use rulewright_domain::{
    FromTemplate, Numerator, Order, OrderLine, Payment, Prepared, Requisites, Shipment, ShopConfig, ShopId,
    Source, Template, TemplateFile, Timestamp, Unprepared, template,
};
use rulewright_ports::Reads;
use serde_json::{Map, Value, json};

use crate::{Refusal, view::nearest};

/// What the names of a wish stand for.
pub(crate) struct Wanted<'c> {
    pub template: &'c Template,
    pub numerator: &'c Numerator,
    requisites: Option<&'c Requisites>,
}

impl<'c> Wanted<'c> {
    pub fn of(config: &'c ShopConfig, from: &FromTemplate) -> Result<Wanted<'c>, Unprepared> {
        let template = config.templates.get(&from.template);
        let template =
            template.ok_or_else(|| no_such("template", &from.template, config.templates.keys()))?;
        let name = from.numerator.as_ref().unwrap_or(&template.numerator);
        let numerator = config.numerators.get(name);
        let numerator = numerator.ok_or_else(|| no_such("numerator", name, config.numerators.keys()))?;
        let all = &config.shop.requisites;
        let requisites = match &from.requisites {
            Some(name) => Some(all.get(name).ok_or_else(|| no_such("requisites", name, all.keys()))?),
            None => all.values().next(),
        };
        Ok(Wanted { template, numerator, requisites })
    }

    pub fn title(&self, from: &FromTemplate, number: &str) -> String {
        from.title.clone().unwrap_or_else(|| format!("{} {number}", self.template.title))
    }
}

fn no_such<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a String>) -> Unprepared {
    let known: BTreeSet<&str> = known.map(String::as_str).collect();
    let near = nearest(name, &known).map(|near| format!(", did you mean `{near}`?")).unwrap_or_default();
    let known = if known.is_empty() { "none".to_owned() } else { Vec::from_iter(known).join(", ") };
    let message = format!("there is no {what} `{name}`{near}; there are {known}");
    Unprepared { code: format!("no-such-{what}"), message }
}

/// The number that a document of this moment would have. Whoever stores one takes it in the same transaction.
pub(crate) fn next_number(
    reads: &mut dyn Reads,
    shop: ShopId,
    zone: &str,
    numerator: &Numerator,
    at: Timestamp,
) -> Result<(u64, String), Refusal> {
    number_after(reads, shop, zone, numerator, at, 0)
}

/// The same once so many more have been taken.
pub(crate) fn number_after(
    reads: &mut dyn Reads,
    shop: ShopId,
    zone: &str,
    numerator: &Numerator,
    at: Timestamp,
    taken: u64,
) -> Result<(u64, String), Refusal> {
    let mut last = reads.last_number(shop, &numerator.name, &numerator.period(at, zone))?;
    for _ in 0..taken {
        last = Some(numerator.after(last));
    }
    let number = numerator.after(last);
    Ok((number, numerator.format(number, at, zone)))
}

/// Everything that a plugin needs to fill a template for an order.
pub(crate) fn prepare(
    reads: &mut dyn Reads,
    config: &ShopConfig,
    from: &FromTemplate,
    at: Timestamp,
) -> Result<Result<Prepared, Unprepared>, Refusal> {
    let shop = &config.shop;
    let Some(order) = reads.order(shop.id, from.order)? else {
        let (code, message) = ("no-such-order".to_owned(), format!("there is no order `{}`", from.order));
        return Ok(Err(Unprepared { code, message }));
    };
    prepare_for(reads, config, &order, from, at, &|_| 0)
}

/// The same for an order as it is given, and with numbers that somebody else has taken.
pub(crate) fn prepare_for(
    reads: &mut dyn Reads,
    config: &ShopConfig,
    order: &Order,
    from: &FromTemplate,
    at: Timestamp,
    taken: &dyn Fn(&str) -> u64,
) -> Result<Result<Prepared, Unprepared>, Refusal> {
    let shop = &config.shop;
    let wanted = match Wanted::of(config, from) {
        Ok(wanted) => wanted,
        Err(why) => return Ok(Err(why)),
    };
    let mut prepared = Prepared {
        template: wanted.template.clone(),
        numerator: wanted.numerator.name.clone(),
        revision: order.revision,
        number: String::new(),
        title: String::new(),
        values: Value::Null,
    };
    if let Source::File(file) = &wanted.template.source {
        let taken = taken(&wanted.numerator.name);
        let (_, number) = number_after(reads, shop.id, &shop.time_zone, wanted.numerator, at, taken)?;
        prepared.title = wanted.title(from, &number);
        let told = Told { number: &number, title: &prepared.title };
        let view = view(reads, config, order, from, &wanted, told, at)?;
        prepared.values = match file.kind.as_str() {
            TemplateFile::DOCX => json!(inserted(file, &view)),
            _ => view,
        };
        prepared.number = number;
    }
    Ok(Ok(prepared))
}

/// What the document says about itself.
#[derive(Clone, Copy)]
pub(crate) struct Told<'a> {
    pub number: &'a str,
    pub title: &'a str,
}

/// Everything that a template may insert.
pub(crate) fn view(
    reads: &mut dyn Reads,
    config: &ShopConfig,
    order: &Order,
    from: &FromTemplate,
    wanted: &Wanted<'_>,
    told: Told<'_>,
    at: Timestamp,
) -> Result<Value, Refusal> {
    let client = match order.client() {
        Some(id) => reads.client(config.shop.id, id)?,
        None => None,
    };
    let stage = config.pipelines.get(&order.pipeline).and_then(|pipeline| pipeline.stage(&order.stage));
    let mut shown = order.view();
    shown["stage-name"] = json!(stage.map(|stage| &stage.name));
    shown["lines"] = order.lines.iter().enumerate().map(line).collect();
    shown["payments"] = order.payments.iter().enumerate().map(payment).collect();
    shown["shipments"] = order.shipments.iter().enumerate().map(shipment).collect();
    let requisites = wanted.requisites.map(|requisites| {
        let mut shown: Map<String, Value> =
            requisites.fields.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        if from.bank_details {
            shown.insert("bank".to_owned(), json!(requisites.bank));
        }
        shown
    });
    let shop = &config.shop;
    Ok(json!({
        "document": { "number": told.number, "title": told.title, "date": at },
        "order": shown,
        "client": client.map(|client| client.view()),
        "responsible": order.responsible.and_then(|id| config.employees.get(&id)),
        "shop": { "name": shop.name, "currency": shop.currency, "time-zone": shop.time_zone },
        "requisites": requisites,
        "values": from.values,
    }))
}

fn line((index, line): (usize, &OrderLine)) -> Value {
    let price = line.unit_price.decimal();
    json!({
        "number": index + 1, "sku": line.sku, "title": line.title, "quantity": quantity(line.quantity_milli),
        "price": price, "unit_price": price, "total": line.total.decimal(),
        "currency": line.total.currency.as_str(),
    })
}

fn payment((index, payment): (usize, &Payment)) -> Value {
    json!({
        "number": index + 1, "amount": payment.amount.decimal(), "currency": payment.amount.currency.as_str(),
        "paid": payment.paid, "paid-at": payment.paid_at, "system": payment.system,
    })
}

fn shipment((index, shipment): (usize, &Shipment)) -> Value {
    json!({
        "number": index + 1, "service": shipment.service, "status": shipment.status,
        "tracking-number": shipment.tracking_number, "comment": shipment.comment,
        "allowed": shipment.allowed, "shipped": shipment.shipped,
    })
}

/// Thousandths without needless zeros: 1500 is `1.5`.
fn quantity(milli: i64) -> String {
    let (sign, milli) = if milli < 0 { ("-", milli.unsigned_abs()) } else { ("", milli.unsigned_abs()) };
    let decimals = format!("{:03}", milli % 1000);
    let decimals = decimals.trim_end_matches('0');
    let dot = if decimals.is_empty() { "" } else { "." };
    format!("{sign}{}{dot}{decimals}", milli / 1000)
}

/// What stands for each placeholder: a plugin gets no more of the order and its client than the template shows.
fn inserted(file: &TemplateFile, view: &Value) -> Values {
    let mut values = Values::default();
    let repeated = |text: &&String| rulewright_docx::repeated(text).is_some();
    let (of_rows, plain): (Vec<&String>, Vec<&String>) = file.placeholders.iter().partition(repeated);
    values.inserted = texts(&plain, view, &mut values.missing);
    for name in rulewright_docx::REPEATED {
        let of_row: Vec<&String> =
            of_rows.iter().copied().filter(|text| rulewright_docx::repeated(text) == Some(name)).collect();
        let items = view["order"][format!("{name}s")].as_array().filter(|_| !of_row.is_empty());
        let rows = items.into_iter().flatten().map(|item| {
            // A date is put as the shop's calendar has it.
            let view = json!({ name: item, "shop": view["shop"] });
            texts(&of_row, &view, &mut Vec::new())
        });
        let rows: Vec<Inserted> = rows.collect();
        if !of_row.is_empty() {
            values.rows.insert(name.to_owned(), rows);
        }
    }
    values
}

fn texts(placeholders: &[&String], view: &Value, missing: &mut Vec<String>) -> Inserted {
    let mut texts = Inserted::new();
    for text in placeholders {
        // They were looked over when the template was saved.
        let Ok((written, empty)) = template::render(&braced(text), view) else { continue };
        missing.extend(empty);
        texts.insert((*text).clone(), written);
    }
    texts
}

/// A placeholder as it stands in the template.
pub(crate) fn braced(text: &str) -> String {
    format!("{{{{ {text} }}}}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_shown_without_needless_zeros() {
        assert_eq!(quantity(6000), "6");
        assert_eq!(quantity(1500), "1.5");
        assert_eq!(quantity(-250), "-0.25");
    }

    #[test]
    fn a_plugin_gets_what_the_template_inserts_and_nothing_else() {
        let placeholders = ["client.name | customer", "order.total | money", "order.source", "line.title"];
        let file = TemplateFile {
            kind: TemplateFile::DOCX.to_owned(),
            digest: String::new(),
            size: 0,
            placeholders: placeholders.map(str::to_owned).into(),
        };
        let view = json!({
            "client": { "phone": "+44 20 7946 0000" },
            "order": { "total": "2.55", "currency": "GBP", "lines": [{ "title": "Heart" }, { "title": "Tea" }] },
            "shop": { "time-zone": "UTC" },
        });
        assert_eq!(
            json!(inserted(&file, &view)),
            json!({
                "inserted": {
                    "client.name | customer": "customer", "order.total | money": "2.55 GBP", "order.source": "",
                },
                "rows": { "line": [{ "line.title": "Heart" }, { "line.title": "Tea" }] },
                "missing": ["order.source"],
            })
        );
    }
}
