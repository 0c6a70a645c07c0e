//! Row R11, Create CRM Document: texts that the host fills, Word templates that the plugin fills in its sandbox, and
//! their numbers.

use std::path::Path;

use rulewright_domain::{
    Command, Document, DocumentDraft, FromTemplate, Numerator, OrderId, Requisites, Reset, Template,
};
use rulewright_engine::{NewTemplateFile, Refusal};
use rulewright_ports::StorageExt;
use serde_json::{Value, json};

use crate::{
    programs,
    rows_rules::{happened, run_of, shop_with, then_does, why},
    support::{ALL, TestShop, at, rule},
};

/// How it was made: see `documents/README.md`.
const INVOICE: &[u8] = include_bytes!("documents/invoice.docx");
const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

pub async fn documents(shop: &TestShop, order: Option<OrderId>) -> Vec<Document> {
    let id = shop.id;
    let read = shop.engine.storage().read(move |reads| {
        let found = reads.documents(id, order, ALL)?;
        found.iter().map(|one| Ok(reads.document(id, one.id)?.unwrap())).collect::<Result<Vec<_>, Refusal>>()
    });
    read.await.unwrap()
}

async fn numbers(shop: &TestShop) -> Vec<String> {
    let mut numbers: Vec<_> = documents(shop, None).await.into_iter().filter_map(|one| one.number).collect();
    numbers.sort();
    numbers
}

pub fn invoices() -> Numerator {
    Numerator { pad: 4, ..Numerator::new("invoices", "INV-{number}") }
}

async fn put_text(shop: &TestShop, name: &str, source: &str) {
    let template = Template {
        name: name.into(),
        title: "Invoice".into(),
        media_type: "text/plain".into(),
        source: source.into(),
        numerator: "invoices".into(),
    };
    shop.engine.put_template(shop.id, template).await.unwrap();
}

async fn try_put_docx(shop: &TestShop, bytes: &[u8]) -> Result<Template, Refusal> {
    let new = NewTemplateFile {
        name: "invoice".into(),
        title: "Invoice".into(),
        numerator: "invoices".into(),
        media_type: DOCX.into(),
        bytes: bytes.into(),
    };
    shop.engine.put_template_file(shop.id, new).await
}

/// With requisites, a numerator and the Word template `invoice`.
pub async fn office(plugins: &[&str], numerator: Numerator) -> TestShop {
    let shop = shop_with(plugins).await;
    let requisites = |name: &str, iban: &str| {
        let of = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect()
        };
        Requisites {
            fields: of(&[("name", name), ("vat-number", "GB 123 456")]),
            bank: of(&[("iban", iban)]),
        }
    };
    let all = [("acme", requisites("Acme & Sons", "GB29 NWBK")), ("zen", requisites("Zen Ltd", "DE02 1203"))];
    let all: std::collections::BTreeMap<_, _> =
        all.into_iter().map(|(name, one)| (name.to_owned(), one)).collect();
    shop.engine.change_shop(shop.id, move |shop| shop.requisites.clone_from(&all)).await.unwrap();
    shop.engine.put_numerator(shop.id, numerator).await.unwrap();
    try_put_docx(&shop, INVOICE).await.unwrap();
    shop
}

fn make(id: &str, settings: Value) -> Value {
    rule(id, "rulewright.create-crm-document", settings)
}

pub fn text_of(document: &Document) -> String {
    rulewright_docx::lines(&document.content).unwrap().join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn r11_documents_of_fifty_orders_are_numbered_without_gaps_though_five_fail() {
    let shop = shop_with(&["create-crm-document", "add-comment"]).await;
    shop.engine.put_numerator(shop.id, invoices()).await.unwrap();
    let good = "{{ document.number }} {{ client.name }} {{ order.total }} {{ order.lines[0].title }}";
    put_text(&shop, "invoice", good).await;
    put_text(&shop, "broken", "{{ order.lines[0].nothing.at.all }}").await;
    let tell = json!({ "text": "{{ previous.document.title }} {{ previous.document.link }}" });
    shop.publish(json!({
        "paid": { "rules": [
            make("good", json!({ "template": "invoice", "public-link": true })), then_does("add-comment", tell),
        ] },
        "packing": { "rules": [make("bad", json!({ "template": "broken" }))] },
        "shipped": { "rules": [make("gone", json!({ "template": "no-such-template" }))] },
    }))
    .await;
    let orders = fifty(&shop, "packing").await;
    assert_eq!(numbers(&shop).await, (1..=45).map(|number| format!("INV-{number:04}")).collect::<Vec<_>>());
    assert_eq!(happened(&shop, "document.created").await.len(), 45);
    assert_eq!(run_of(&shop, orders[3], "bad").await.state.name(), "failed");

    let (order, made) = (orders[0], documents(&shop, Some(orders[0])).await.remove(0));
    let link = format!("/d/{}", made.public_code.unwrap());
    let number = made.number.unwrap();
    let output = json!({ "id": made.id, "title": made.title, "number": number, "link": link, "pdf": null });
    assert_eq!(run_of(&shop, order, "good").await.output["document"], output);
    assert_eq!(shop.comments(order).await, [format!("{} {link}", made.title)]);
    let text = String::from_utf8(made.content).unwrap();
    assert_eq!(text, format!("{number} Ada Lovelace 15.30 White hanging heart"));

    shop.enter(order, "shipped").await;
    assert!(why(&shop, order, "gone").await.contains("there is no template `no-such-template`"));
    shop.enter(order, "paid").await;
    assert_eq!(documents(&shop, Some(order)).await[1].number.as_deref(), Some("INV-0046"));
}

/// Orders of one client, moved at once: every tenth to another stage, the others to `paid`.
async fn fifty(shop: &TestShop, other: &str) -> Vec<OrderId> {
    let client = shop.client(&[], &[]).await;
    let mut orders = Vec::new();
    for _ in 0..50 {
        orders.push(shop.order_of(&[client]).await);
    }
    let stage = |index: usize| if index % 10 == 3 { other } else { "paid" };
    let moves = orders.iter().enumerate().map(|(index, order)| shop.move_to(*order, stage(index)));
    futures::future::join_all(moves).await;
    shop.engine.idle().await;
    orders
}

#[tokio::test(flavor = "multi_thread")]
async fn r11_fifty_documents_filled_in_the_sandbox_are_numbered_without_gaps_though_five_trap() {
    let shop = office(&["create-crm-document"], invoices()).await;
    shop.install(programs::TRAPS_ONCE_NUMBERED).await;
    shop.publish(json!({
        "paid": { "rules": [make("good", json!({ "template": "invoice" }))] },
        "packing": { "rules": [rule("traps", "test.traps-once-numbered", json!({}))] },
    }))
    .await;
    let orders = fifty(&shop, "packing").await;
    assert_eq!(numbers(&shop).await, (1..=45).map(|number| format!("INV-{number:04}")).collect::<Vec<_>>());
    assert_eq!(run_of(&shop, orders[3], "traps").await.state.name(), "failed");
    for order in [orders[0], orders[49]] {
        let made = documents(&shop, Some(order)).await.remove(0);
        let text = text_of(&made);
        assert!(text.contains(&format!("Invoice {}", made.number.unwrap())), "{text}");
        assert_eq!(shop.differences(order).await, [], "it can be done again");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r11_whoever_takes_the_number_first_the_step_goes_again_on_the_next() {
    let shop = office(&["create-crm-document"], invoices()).await;
    put_text(&shop, "note", "{{ document.number }}").await;
    shop.publish(json!({ "paid": { "rules": [make("good", json!({ "template": "invoice" }))] } })).await;
    let mut orders = Vec::new();
    for _ in 0..20 {
        orders.push(shop.order().await);
    }
    // From outside, in the same series, while the plugin is at work.
    let notes = orders.iter().map(|order| shop.execute(Command::CreateDocument(note(*order))));
    let moves = orders.iter().map(|order| shop.move_to(*order, "paid"));
    let (notes, _) = futures::join!(futures::future::join_all(notes), futures::future::join_all(moves));
    assert!(notes.iter().all(Result::is_ok), "{notes:?}");
    shop.engine.idle().await;
    assert_eq!(numbers(&shop).await, (1..=40).map(|number| format!("INV-{number:04}")).collect::<Vec<_>>());
}

fn note(order: OrderId) -> DocumentDraft {
    DocumentDraft::FromTemplate(FromTemplate {
        order,
        template: "note".into(),
        numerator: None,
        title: None,
        requisites: None,
        bank_details: true,
        public_link: false,
        values: json!({}),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn r11_a_word_template_is_filled_with_requisites_and_a_row_for_each_line() {
    let shop = office(&["create-crm-document"], invoices()).await;
    let zen = json!({
        "template": "invoice", "requisites": "zen", "bank-details": false, "title": "For {{ client.name }}",
        "public-link": true,
    });
    shop.publish(json!({
        "paid": { "rules": [make("first", json!({ "template": "invoice" }))] },
        "packing": { "rules": [make("other", zen)] },
    }))
    .await;
    let client = shop.client(&[], &[]).await;
    let order = shop
        .order_with(|new| {
            new.contacts = vec![client];
            new.comments = "Ring <twice> & wait\nat the door".into();
            let line = |sku: &str, title: &str, quantity: i64| {
                let price = json!({ "amount": "2.55", "currency": "GBP" });
                let line =
                    json!({ "sku": sku, "title": title, "quantity_milli": quantity, "unit_price": price });
                serde_json::from_value(line).unwrap()
            };
            new.lines =
                vec![line("A1", "Heart {{ order.id }}", 6000), line("B2", "\u{427}\u{430}\u{439}", 1500)];
        })
        .await;
    shop.enter(order, "paid").await;
    shop.enter(order, "packing").await;
    let made = documents(&shop, Some(order)).await;
    assert_eq!((made[0].media_type.as_str(), made[0].title.as_str()), (DOCX, "Invoice INV-0001"));
    let text = text_of(&made[0]);
    for expected in [
        "Invoice INV-0001",
        "Date: 2026-11-20",
        "To: Ada Lovelace, about order",
        "Heart {{ order.id }} (A1)",
        "6 x 2.55",
        "15.30 GBP",
        "\u{427}\u{430}\u{439} (B2)",
        "1.5 x 2.55",
        "3.83 GBP",
        "To pay: 19.13 GBP. Ring <twice> & wait",
        "Acme & Sons, VAT GB 123 456",
        "IBAN GB29 NWBK",
    ] {
        assert!(text.contains(expected), "`{expected}` is not in: {text}");
    }
    assert_eq!(made[1].title, "For Ada Lovelace");
    let text = text_of(&made[1]);
    assert!(text.contains("Zen Ltd, VAT") && !text.contains("DE02"), "without bank details: {text}");
    let run = run_of(&shop, order, "other").await;
    assert!(json!(run.trace).to_string().contains("nothing to insert for requisites.bank.iban"));
    assert!(run.trace[0].usage.fuel < 50_000_000, "it takes {} instructions", run.trace[0].usage.fuel);
}

#[tokio::test(flavor = "multi_thread")]
async fn r11_what_is_wrong_with_a_word_template_is_told_when_it_is_saved() {
    let shop = office(&["create-crm-document"], invoices()).await;
    shop.engine
        .change_shop(shop.id, |shop| {
            shop.requisites.values_mut().for_each(|one| drop(one.fields.remove("vat-number")))
        })
        .await
        .unwrap();
    for (bytes, told) in [
        (INVOICE, "{{ requisites.vat-number }}: `requisites` has no `vat-number`; it has bank, name"),
        (b"PK\x03\x04", "it is no .docx file"),
        (&[0; (2 << 20) + 1], "at most 2097152 fit"),
    ] {
        let refusal = try_put_docx(&shop, bytes).await.unwrap_err().to_string();
        assert!(refusal.contains(told), "{refusal}");
    }
    let order = shop.order().await;
    let from_outside = note(order);
    let DocumentDraft::FromTemplate(mut from) = from_outside else { unreachable!() };
    from.template = "invoice".into();
    let refusal = shop.execute(Command::CreateDocument(DocumentDraft::FromTemplate(from))).await.unwrap_err();
    assert!(refusal.to_string().contains("a rule fills it"), "{refusal}");
    let unknown = make("it", json!({ "template": "invoice", "requisites": "acma" }));
    let refusal = shop.try_publish(json!({ "paid": { "rules": [unknown] } })).await.unwrap_err().to_string();
    assert!(refusal.contains("there is no requisites `acma`, did you mean `acme`?"), "{refusal}");
}

#[tokio::test(flavor = "multi_thread")]
async fn r11_numbers_begin_anew_with_the_year_where_the_shop_is_and_go_in_steps() {
    let numerator = Numerator {
        start: 10,
        step: 5,
        pad: 3,
        reset: Reset::Year,
        ..Numerator::new("invoices", "{year}/{number}")
    };
    let shop = office(&["create-crm-document"], numerator.clone()).await;
    // Two hours ahead: it is next year there when it is not here.
    shop.engine.change_shop(shop.id, |shop| shop.time_zone = "Europe/Kyiv".into()).await.unwrap();
    shop.publish(json!({ "paid": { "rules": [make("it", json!({ "template": "invoice" }))] } })).await;
    let enter = async |time: &str| {
        shop.engine.run_until(&shop.clock, at(time)).await.unwrap();
        let order = shop.order().await;
        shop.enter(order, "paid").await;
        documents(&shop, Some(order)).await.remove(0).number.unwrap()
    };
    let mut given = Vec::new();
    for time in
        ["2026-12-31T21:00:00Z", "2026-12-31T21:59:00Z", "2026-12-31T22:01:00Z", "2027-01-01T09:00:00Z"]
    {
        given.push(enter(time).await);
    }
    assert_eq!(given, ["2026/010", "2026/015", "2027/010", "2027/015"]);
    // What has begun goes on where another period begins.
    let monthly = Numerator { reset: Reset::Month, pattern: "{year}-{month}/{number}".into(), ..numerator };
    shop.engine.put_numerator(shop.id, monthly).await.unwrap();
    assert_eq!(enter("2027-01-02T09:00:00Z").await, "2027-01/020");
    assert_eq!(enter("2027-02-01T09:00:00Z").await, "2027-02/010");
    let twice = Numerator { reset: Reset::Day, ..Numerator::new("invoices", "{number}") };
    let refusal = shop.engine.put_numerator(shop.id, twice).await.unwrap_err().to_string();
    assert!(refusal.contains("need `{year}` in it"), "{refusal}");
}

/// What LibreOffice makes of a file: in a folder of its own, so that it shares its settings with nobody.
fn converted(dir: &Path, file: &Path, into: &str) -> std::path::PathBuf {
    let profile = format!("-env:UserInstallation=file://{}", dir.join("profile").display());
    let output = std::process::Command::new("soffice")
        .args([&profile, "--headless", "--convert-to", into, "--outdir"])
        .arg(dir)
        .arg(file)
        .output()
        .unwrap();
    let made = dir.join(file.with_extension(into).file_name().unwrap());
    assert!(made.is_file(), "{}", String::from_utf8_lossy(&output.stderr));
    made
}

#[tokio::test(flavor = "multi_thread")]
async fn r11_libreoffice_makes_the_template_and_reads_the_document() {
    let there = |program: &str| std::process::Command::new(program).arg("-v").output().is_ok();
    if !there("soffice") || !there("pdftotext") {
        println!("SKIPPED: soffice (libreoffice-writer-nogui) or pdftotext (poppler-utils) is not installed");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let drawn_up = Path::new(env!("CARGO_MANIFEST_DIR")).join("it/documents/invoice.fodt");
    let template = std::fs::read(converted(dir.path(), &drawn_up, "docx")).unwrap();

    let shop = office(&["create-crm-document"], invoices()).await;
    try_put_docx(&shop, &template).await.unwrap();
    shop.publish(json!({ "paid": { "rules": [make("it", json!({ "template": "invoice" }))] } })).await;
    let client = shop.client(&[], &[]).await;
    let order = shop
        .order_with(|new| {
            new.contacts = vec![client];
            new.comments = "Ring <twice> & wait".into();
            let line = |number: i64| {
                let price = json!({ "amount": format!("{number}.50"), "currency": "GBP" });
                serde_json::from_value(json!({
                    "sku": format!("SKU{number}"), "title": format!("Tea no. {number}"),
                    "quantity_milli": 1000 * number, "unit_price": price,
                }))
                .unwrap()
            };
            new.lines = (1..=25).map(line).collect();
        })
        .await;
    shop.enter(order, "paid").await;
    let made = documents(&shop, Some(order)).await.remove(0);

    let file = dir.path().join("made.docx");
    std::fs::write(&file, &made.content).unwrap();
    let pdf = converted(dir.path(), &file, "pdf");
    let output =
        std::process::Command::new("pdftotext").args(["-layout"]).arg(pdf).arg("-").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    for expected in [
        "Invoice INV-0001",
        "Date: 2026-11-20",
        "To: Ada Lovelace, about order",
        "Ring <twice> & wait",
        "Acme & Sons, VAT GB 123 456",
        "IBAN GB29 NWBK",
    ] {
        assert!(text.contains(expected), "`{expected}` is not in: {text}");
    }
    let order = shop.read(order).await;
    assert!(text.contains(&format!("To pay: {} GBP", order.total.decimal())), "{text}");
    for (number, line) in (1..=25).zip(order.lines.iter()) {
        let row = text.lines().find(|row| row.contains(&format!("Tea no. {number} (SKU{number})")));
        let row = row.unwrap_or_else(|| panic!("there is no row {number}: {text}"));
        let cells: Vec<&str> = row.split_whitespace().collect();
        assert_eq!(cells[0], number.to_string(), "{row}");
        assert!(row.contains(&format!("{number} x {number}.50")), "{row}");
        assert!(row.ends_with(&format!("{} GBP", line.total.decimal())), "{row}");
    }
    assert_eq!(text.matches("Tea no.").count(), 25);
    assert!(!text.contains("{{"), "{text}");
}
