//! `docs/operating.md` lists every metric with its labels, and alerts and dashboard name no other.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use axum::{
    body::Body,
    http::{Method, Request},
};
use rulewright_domain::{Flow, MessageState};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::{
    programs,
    support::{TestShop, bundled, rule},
};

const ALERTS: &str = include_str!("../../docs/operating/alerts.yml");
const DASHBOARD: &str = include_str!("../../docs/operating/grafana.json");

/// Kind and labels of each metric, by name, as the table has them.
fn table() -> BTreeMap<String, (String, String)> {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/operating.md");
    let docs = std::fs::read_to_string(docs).unwrap();
    let rows = docs.lines().filter_map(|line| line.strip_prefix("| `rulewright_"));
    rows.map(|row| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let name = format!("rulewright_{}", cells[0].trim_end_matches('`'));
        (name, (cells[1].to_owned(), cells[2].to_owned()))
    })
    .collect()
}

/// What the sources register.
fn registered() -> BTreeSet<String> {
    let host = Path::new(env!("CARGO_MANIFEST_DIR")).join("../host");
    let (mut folders, mut found) = (vec![host.join("src"), host.join("crates")], BTreeSet::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(path).unwrap();
                let names = text.split("registry.register(").skip(1).filter_map(|rest| {
                    rest.trim_start().strip_prefix('"')?.split_once('"').map(|(name, _)| name.to_owned())
                });
                found.extend(names);
            }
        }
    }
    found
}

/// Names of metrics in a text.
fn named(text: &str) -> BTreeSet<String> {
    let word = |rest: &str| {
        let end = rest.find(|c: char| !c.is_ascii_lowercase() && c != '_');
        format!("rulewright_{}", &rest[..end.unwrap_or(rest.len())])
    };
    text.split("rulewright_").skip(1).map(word).collect()
}

/// As the samples of a metric are called.
fn samples(name: &str, kind: &str) -> Vec<String> {
    match kind {
        "histogram" => ["_bucket", "_sum", "_count"].map(|end| format!("{name}{end}")).into(),
        _ => vec![name.to_owned()],
    }
}

#[test]
fn the_table_of_metrics_is_all_that_the_program_has() {
    let counted = |(name, (kind, _)): (String, (String, String))| match kind.as_str() {
        "counter" => name.strip_suffix("_total").unwrap_or_else(|| panic!("{name} is counted")).to_owned(),
        _ => name,
    };
    let table: BTreeSet<String> = table().into_iter().map(counted).collect();
    assert_eq!(table, registered());
    assert!(table.len() >= 10, "{table:?}");
}

#[test]
fn alerts_and_dashboard_name_metrics_that_there_are() {
    let known: BTreeSet<String> = table().iter().flat_map(|(name, (kind, _))| samples(name, kind)).collect();
    for (file, text) in [("alerts.yml", ALERTS), ("grafana.json", DASHBOARD)] {
        let named = named(text);
        let unknown: Vec<&String> = named.difference(&known).collect();
        assert!(unknown.is_empty(), "{file} names what nobody measures: {unknown:?}");
        assert!(named.len() > 5, "{file}: {named:?}");
    }
    let dashboard: Value = serde_json::from_str(DASHBOARD).unwrap();
    assert!(
        dashboard["panels"].as_array().unwrap().iter().all(|panel| panel["targets"][0]["expr"].is_string())
    );
    let alerts = ALERTS.matches("- alert: ").count();
    assert_eq!(alerts, ALERTS.matches("action: ").count(), "each alert says what to do");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_server_shows_has_the_kinds_and_the_labels_of_the_table() {
    let shop = TestShop::with(&[bundled("send-sms"), programs::COUNTS]).await;
    let sms = rule("sms", "rulewright.send-sms", json!({ "text": "Thank you" }));
    shop.publish(json!({ "paid": { "rules": [sms, rule("counts", "test.counts", json!({}))] } })).await;
    let client = shop.client(&[("mobile", "+447700900123")], &[]).await;
    let order = shop.order_of(&[client]).await;
    shop.enter(order, "paid").await;
    assert!(shop.messages().await.iter().all(|one| one.state == MessageState::Sent));
    shop.engine.halt(Flow::Egress, "a look").await.unwrap();
    let server = Server(shop.router());
    server.answer("GET", "/v1/orders/ord_1").await;
    server.answer("GET", "/metrics").await;
    let text = server.answer("GET", "/metrics").await;

    let table = table();
    let mut seen = BTreeSet::new();
    for line in text.lines() {
        if let Some(described) = line.strip_prefix("# TYPE ") {
            let (name, kind) = described.split_once(' ').unwrap();
            let name = if kind == "counter" { format!("{name}_total") } else { name.to_owned() };
            assert_eq!(table.get(&name).map(|(kind, _)| kind.as_str()), Some(kind), "{line}");
            seen.insert(name);
        }
        let Some((name, labels)) = line.split_once('{').filter(|_| !line.starts_with('#')) else { continue };
        let row = table.iter().find(|(row, (kind, _))| samples(row, kind).iter().any(|one| one == name));
        let (_, (_, closed)) = row.unwrap_or_else(|| panic!("{line}"));
        for label in labels.rsplit_once('}').unwrap().0.split("\",") {
            let (label, value) = label.split_once("=\"").unwrap();
            let value = value.trim_end_matches('"');
            let listed = || closed.contains(&format!("`{label}`")) && closed.contains(&format!("`{value}`"));
            let is = match label {
                "le" => name.ends_with("_bucket"),
                "status" => value.len() == 3,
                "route" => value == "none" || (value.starts_with('/') && !value.contains("ord_")),
                _ => listed(),
            };
            assert!(is, "`{label}` has a value that the table does not: {line}");
        }
    }
    for name in ["rulewright_runs", "rulewright_messages", "rulewright_halted", "rulewright_overdue_seconds"]
    {
        assert!(seen.contains(name), "{name}: {text}");
    }
    assert!(text.contains("rulewright_halted{flow=\"egress\"} 1"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_who_calls_makes_the_list_of_metrics_grow() {
    let shop = TestShop::with(&[]).await;
    let server = Server(shop.router());
    let ask = async |number: u32| {
        for method in ["GET", "BREW", "TEAPOT"] {
            for path in ["/v1/orders/ord_", "/nothing/", "/v1/orders?stage="] {
                server
                    .answer(&format!("{method}{}", "X".repeat(number as usize)), &format!("{path}{number}"))
                    .await;
                server.answer(method, &format!("{path}{number}")).await;
            }
        }
        server.answer("GET", "/metrics").await.lines().count()
    };
    ask(1).await;
    let before = ask(2).await;
    for number in 3..20 {
        assert_eq!(ask(number).await, before);
    }
}

/// One router, as one server has.
struct Server(axum::Router);

impl Server {
    async fn answer(&self, method: &str, path: &str) -> String {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        let response = self.0.clone().oneshot(request).await.unwrap();
        let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        String::from_utf8_lossy(&body).into_owned()
    }
}
