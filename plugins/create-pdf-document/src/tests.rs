use rulewright_sdk::Json;
use rulewright_sdk::testing::{self, Effect, End};

use super::*;
use crate::typeset::{Job, Made};

const INVOICE: &str = include_str!("../examples/invoice.typ");

fn data(name: &str) -> Json {
    let line = json!({ "sku": "85123A", "title": "Подсвечник «Сердце»", "quantity": "6", "unit_price": "2.55", "total": "15.30" });
    json!({
        "document": { "number": "INV-0007", "title": "Invoice INV-0007" },
        "order": { "total": "382.50", "lines": vec![line; 25] },
        "client": { "name": name },
        "shop": { "name": "Gift shop", "currency": "GBP" },
    })
}

fn job(template: &str, data: Json) -> Job<'static> {
    let now = utc(1_767_603_600_000).unwrap();
    Job { template: template.into(), data: data.to_string(), ident: "INV-0007", now, today: now.date() }
}

fn made(template: &str, data: Json) -> Made {
    typeset::pdf(job(template, data)).unwrap_or_else(|problems| panic!("{problems:?}"))
}

fn problem(template: &str) -> String {
    typeset::pdf(job(template, json!({}))).unwrap_err().join("; ")
}

fn prepared(kind: &str, source: &str) -> Prepared {
    Prepared {
        kind: kind.into(),
        source: source.into(),
        number: "INV-0007".into(),
        title: "Invoice INV-0007".into(),
        values: data("Анна Иванова").to_string(),
    }
}

fn run(prepared: Prepared) -> End {
    testing::run::<CreatePdfDocument>()
        .settings(json!({
            "template": "Invoice", "title": "Invoice\n1001", "public-link": true, "requisites": "main",
            "bank-details": false,
        }))
        .prepared("Invoice", prepared)
        .go()
}

#[test]
fn the_invoice_becomes_a_numbered_pdf() {
    let end = run(prepared(KIND, INVOICE));
    assert_eq!(end.summary(), "PDF INV-0007 made from Invoice, 1 page");
    let [Effect::CreateFilled { document, number, media_type, bytes }] = &end.effects[..] else {
        panic!("{:?}", end.effects)
    };
    let asked = FromTemplate {
        title: Some("Invoice 1001".into()),
        requisites: Some("main".into()),
        bank_details: false,
        public_link: true,
        ..FromTemplate::new("order-1", "Invoice")
    };
    assert_eq!((document, number.as_str(), media_type.as_str()), (&asked, "INV-0007", "application/pdf"));
    assert!(bytes.starts_with(b"%PDF-1.7") && bytes.len() < 100_000, "{} bytes", bytes.len());
}

#[test]
fn what_looks_like_source_in_a_value_is_text() {
    let odd = "#panic(\"x\") *b* $x$ </a> \\ \"]";
    assert_eq!(made(INVOICE, data(odd)).pages, 1);
    // And it is the text that the template gets, to the letter.
    let template =
        format!("#let data = json(\"data.json\")\n#assert.eq(data.client.name, {odd:?})\n#data.client.name");
    assert_eq!(made(&template, data(odd)).warnings, Vec::<String>::new());
}

#[test]
fn the_same_values_give_the_same_bytes() {
    assert_eq!(made(INVOICE, data("Ada")).pdf, made(INVOICE, data("Ada")).pdf);
}

#[test]
fn a_mistake_is_told_with_line_and_column_and_no_document_is_made() {
    let end = run(prepared(KIND, "#let data = json(\"data.json\")\n\n  #data.ordr.total"));
    let told = format!("{:?}", end.failure());
    assert!(
        told.starts_with("Failure::Config(\"template: `Invoice`: line 3, column 9: ")
            && told.contains("ordr"),
        "{told}"
    );
    assert_eq!(end.effects, []);
    assert!(problem("#let").starts_with("line 1, column 5: expected"), "{}", problem("#let"));
}

#[test]
fn a_template_reaches_no_file_no_package_and_runs_no_code_but_its_own() {
    let sources =
        ["#read(\"/etc/passwd\")", "#include \"other.typ\"", "#image(\"logo.png\")", "#json(\"data2.json\")"];
    for source in sources {
        let told = problem(source);
        assert!(told.contains("`data.json` and no other file"), "{told}");
        assert!(told.starts_with("line 1, column "), "{told}");
    }
    let told = problem("#import \"@preview/tablex:0.0.8\": tablex");
    assert!(told.contains("cannot load packages"), "{told}");
    let told = problem("#plugin(bytes((0, 97, 115, 109)))");
    assert!(told.contains("a template cannot run WebAssembly"), "{told}");
}

#[test]
fn a_picture_can_be_part_of_the_template() {
    let logo = "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><path d='M0 0H9V9Z'/></svg>";
    assert_eq!(made(&format!("#image(bytes({logo:?}), format: \"svg\")"), json!({})).pages, 1);
}

#[test]
fn a_template_of_another_kind_is_for_another_rule() {
    let end = run(prepared("docx", "PK"));
    let told = format!("{:?}", end.failure());
    assert!(told.contains("it is of the kind docx"), "{told}");
    let end = testing::run::<CreatePdfDocument>()
        .settings(json!({ "template": "Invoice" }))
        .templates(["Waybill"])
        .go();
    assert!(end.gave_up().contains("there is no template `Invoice`"), "{}", end.gave_up());
}

#[test]
fn a_font_that_is_not_there_is_replaced_and_told() {
    let made = made("#set text(font: \"Comic Sans MS\")\nHello", json!({}));
    assert!(
        made.warnings[0].starts_with("line 1, column 17: unknown font family: comic sans ms"),
        "{:?}",
        made.warnings
    );
}

#[test]
fn endless_recursion_is_a_mistake_like_any_other() {
    let problem = problem("#let f(x) = f(x + 1)\n#f(1)");
    assert!(problem.contains("maximum function call depth exceeded"), "{problem}");
}

#[test]
fn only_a_few_of_many_mistakes_are_told() {
    let all: Vec<String> = (1..=5).map(|number| format!("line {number}")).collect();
    assert_eq!(few(&all), "line 1; line 2; line 3; and 2 more");
    assert_eq!(few(&all[..2]), "line 1; line 2");
}

#[test]
fn the_example_can_be_saved() {
    assert_eq!(testing::check::<CreatePdfDocument>(CreatePdfDocument::manifest()["example"].clone()), []);
}
