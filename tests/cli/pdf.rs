//! Create CRM Document (PDF): from one command to a PDF that another program reads.
//!
//! Ignored by default, because the plugin takes minutes to compile; `.ci/run` runs it. `RULEWRIGHT_PDF_PLUGIN` names a
//! component that was built from these sources before.

use std::{path::Path, process::Command, time::Duration};

use reqwest::Method;
use serde_json::{Value, json};

use crate::{output, rulewright, server::Server};

const PLUGIN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../plugins/create-pdf-document");
const TITLE: &str = "Подсвечник «Белое сердце»";

/// The text of a PDF as poppler finds it.
fn pdftotext(pdf: &[u8]) -> String {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), pdf).unwrap();
    output(Command::new("pdftotext").args(["-layout", "-enc", "UTF-8"]).arg(file.path()).arg("-"))
}

#[tokio::test]
#[ignore = "compiles a typesetter, which takes minutes; .ci/run runs it"]
async fn r11_an_invoice_of_25_lines_is_typeset_in_the_sandbox_and_pdftotext_reads_it() {
    if Command::new("pdftotext").arg("-v").output().is_err() {
        println!("SKIPPED: there is no pdftotext (Debian: apt-get install poppler-utils)");
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let server = Server::start(&home.path().join("data"));
    let folder = || Path::new(PLUGIN).canonicalize().unwrap().into_os_string();
    let plugin = std::env::var_os("RULEWRIGHT_PDF_PLUGIN").unwrap_or_else(folder);
    let mut install = rulewright();
    install.args(["plugin", "install", "--yes"]).arg(plugin);
    install.env("RULEWRIGHT_SERVER", &server.url).env("RULEWRIGHT_TOKEN", &server.token);
    let said = output(&mut install);
    assert!(said.contains("rulewright.create-pdf-document 0.1.0 is installed"), "{said}");

    let numbers = json!({ "pattern": "INV-{number}", "pad": 4 });
    server.call(Method::PUT, "/v1/numerators/invoices", numbers).await;
    let invoice = std::fs::read_to_string(Path::new(PLUGIN).join("examples/invoice.typ")).unwrap();
    template(&server, "invoice", &invoice).await;
    template(&server, "broken", "Hello\n#data.order").await;
    let make = |template: &str| {
        let settings = json!({ "template": template, "public-link": true });
        let rule = json!({ "id": template, "name": template, "plugin": "rulewright.create-pdf-document",
            "settings": settings });
        json!({ "rules": [rule] })
    };
    let draft = json!({ "stages": { "paid": make("invoice"), "shipped": make("broken") } });
    server.call(Method::PUT, "/v1/pipelines/orders/automation", draft).await;
    server.call(Method::POST, "/v1/pipelines/orders/automation/publish", Value::Null).await;

    let client = json!({ "kind": "contact", "name": "Анна #panic(\"x\") Иванова" });
    let client = server.call(Method::POST, "/v1/clients", client).await;
    let line = |number: i32| {
        json!({ "sku": format!("A{number:03}"), "title": TITLE, "quantity": "2",
            "unit_price": { "amount": "2.50", "currency": "EUR" } })
    };
    let order = json!({ "pipeline": "orders", "number": "1001", "currency": "EUR", "contacts": [client["client"]],
        "lines": (1..=25).map(line).collect::<Vec<_>>() });
    let order = server.call(Method::POST, "/v1/orders", order).await["order"].as_str().unwrap().to_owned();
    let enter = async |stage: &str| {
        server.call(Method::POST, &format!("/v1/orders/{order}/stage"), json!({ "stage": stage })).await;
        let ended = |runs: &Value| {
            let runs = runs["items"].as_array().unwrap();
            runs.iter().any(|run| {
                run["stage"] == stage && ["done", "failed"].contains(&run["state"].as_str().unwrap())
            })
        };
        let runs = server.until(&format!("/v1/orders/{order}/runs"), ended, Duration::from_secs(60)).await;
        let mut runs = runs["items"].as_array().unwrap().iter();
        runs.find(|run| run["stage"] == stage).unwrap().clone()
    };

    let run = enter("paid").await;
    assert_eq!(run["state"], "done", "{run}");
    let documents = server.call(Method::GET, &format!("/v1/orders/{order}/documents"), Value::Null).await;
    let document = &documents["items"][0];
    assert_eq!(
        (&document["number"], &document["media_type"]),
        (&json!("INV-0001"), &json!("application/pdf"))
    );
    let id = document["id"].as_str().unwrap();
    let pdf = server.send(Method::GET, &format!("/v1/documents/{id}/content"), None).await;
    let text = pdftotext(&pdf);
    assert_eq!(text.matches(TITLE).count(), 25, "{text}");
    for found in ["INV-0001", "Анна #panic(\"x\") Иванова", "A001", "A025", "125.00"] {
        assert!(text.contains(found), "{found} is not in: {text}");
    }

    let run = enter("shipped").await;
    assert_eq!(run["state"], "failed", "{run}");
    assert!(run.to_string().contains("line 2, column 2: unknown variable: data"), "{run}");
    let documents = server.call(Method::GET, &format!("/v1/orders/{order}/documents"), Value::Null).await;
    assert_eq!(documents["items"].as_array().unwrap().len(), 1);
}

async fn template(server: &Server, name: &str, source: &str) {
    let path = format!("/v1/templates/{name}/file?title=Invoice&numerator=invoices");
    server.send(Method::PUT, &path, Some(("text/x-typst", source.as_bytes().to_vec()))).await;
}
