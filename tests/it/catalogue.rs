//! What the catalogue promises of every bundled plugin, and the pages of `docs/plugins`, which are written from the
//! manifests: `RULEWRIGHT_BLESS=1 cargo test --workspace --test it -- catalogue` writes them again.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    path::{Path, PathBuf},
};

use rulewright_domain::{
    Package,
    plugin::{Group, Origin, PluginKind},
};
use rulewright_registry::{consent, inspect};
use serde_json::Value;

const TRIGGERS: &[&str] = &[
    "Responsible person change",
    "Incoming e-mail",
    "Message has been sent",
    "Email viewed",
    "Email link clicked",
    "Incoming call",
    "Missed call",
    "CRM form submission",
    "Callback",
    "Payment",
    "Shipment approved",
    "Tracking number added",
    "Shipment",
    "Shipment updated",
    "Order canceled",
    "Webhook",
    "Application trigger",
    "Visit",
    "Visitor return",
    "Initial message posted by client to live chat",
    "Each message posted by client to live chat",
    "Document created",
    "Document opened",
    "Order created",
    "Order field changed",
    "Delivery status changed",
    "Delivery type changed",
    "Customer changed",
    "Schedule",
    "Date reached",
];

const FOR_EMPLOYEES: &[&str] = &[
    "Activity",
    "Write to log",
    "Add comment",
    "Add message to Feed",
    "Allow delivery",
    "Pay order",
    "Ship order",
    "Cancel order",
    "Change responsible person",
    "Change status",
    "Control",
    "Notification",
    "Create CRM Document",
    "Create list item",
    "Delete CRM record",
    "Details information",
    "Employee information",
    "Edit element",
    "Edit details",
    "Edit list item",
    "Edit shipments",
    "Send SMS to an employee",
    "Send email to an employee",
    "Generate code",
    "Read list item",
    "Run workflow",
    "Schedule a call",
    "Schedule a meeting",
    "Set shipment status",
    "Task",
    "Wait",
    "HTTP request",
    "Change order data",
    "Change customer data",
    "Application rule",
];

const FOR_CLIENTS: &[&str] = &[
    "Robocall",
    "Send SMS",
    "Send email",
    "Send via Open Channel",
    "HTTP request to a delivery service",
    "Marketing SMS",
    "Marketing email",
];

const PROVIDERS: &[&str] = &["SMS by Twilio", "Telephony by Twilio", "Chat by webhook", "Telegram bot"];

/// Bytes of a component.
const SIZE: u64 = 200_000;

/// Plugins that are built and installed by themselves, by folder: the index names them apart.
const APART: &[&str] = &["create-pdf-document"];

/// By folder.
fn packages() -> BTreeMap<&'static str, Package> {
    let read = |(folder, bytes): &(&'static str, &[u8])| {
        let package = inspect(bytes).unwrap_or_else(|refusal| panic!("{folder}: {refusal}"));
        (*folder, package)
    };
    rulewright_bundled::PLUGINS.iter().map(read).collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The file holds this text, or is written anew where that is asked for.
#[allow(clippy::disallowed_methods, reason = "asked by whoever runs the tests")]
pub fn golden(path: &str, text: &str) {
    let file = root().join(path);
    if std::env::var_os("RULEWRIGHT_BLESS").is_some() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, text).unwrap();
    }
    let stored = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        stored == text,
        "{path} is stale: run this test with RULEWRIGHT_BLESS=1, and look at the difference"
    );
}

#[test]
fn e03_every_name_of_the_catalogue_is_there_once_and_in_its_group() {
    let packages = packages();
    for (group, names) in [
        (Group::Trigger, TRIGGERS),
        (Group::Employees, FOR_EMPLOYEES),
        (Group::ClientCommunications, FOR_CLIENTS),
        (Group::Provider, PROVIDERS),
    ] {
        let mut found: Vec<&str> = packages
            .values()
            .filter(|package| package.manifest.group == group)
            .map(|package| package.manifest.title.as_str())
            .collect();
        found.sort_unstable();
        let mut wanted = names.to_vec();
        wanted.sort_unstable();
        assert_eq!(found, wanted, "{group:?}");
    }
}

#[test]
fn a_plugin_says_what_its_page_needs() {
    for (folder, package) in packages() {
        let manifest = &package.manifest;
        assert_eq!(manifest.id, format!("rulewright.{folder}"));
        assert!(manifest.description.ends_with('.'), "{folder}: description");
        assert!(manifest.missing.ends_with('.'), "{folder}: missing");
        assert_eq!(manifest.origin.is_some(), manifest.kind == PluginKind::Trigger, "{folder}: origin");
        let example = manifest.example.as_ref().unwrap_or_else(|| panic!("{folder}: example"));
        let schema = jsonschema::validator_for(&manifest.settings).unwrap();
        let wrong: Vec<String> = schema.iter_errors(example).map(|error| error.to_string()).collect();
        assert!(wrong.is_empty(), "{folder}: {wrong:?}");
    }
}

/// `inspect` refuses WASI and everything else that is no function of `rulewright:host`.
#[test]
fn a_plugin_imports_what_the_list_says_and_is_small() {
    let mut list = String::new();
    let packages = packages();
    for (folder, package) in &packages {
        let imports: Vec<&str> = package.imports.iter().map(String::as_str).collect();
        writeln!(list, "{folder}: {}", imports.join(" ")).unwrap();
    }
    golden("tests/it/imports.txt", &list);
    for (folder, package) in packages {
        // It brings along what unpacks, reads and packs Word documents.
        let most = if folder == "create-crm-document" { 1_000_000 } else { SIZE };
        assert!(package.size <= most, "{folder} has {} bytes", package.size);
    }
}

#[test]
fn every_plugin_has_a_page() {
    let packages = packages();
    let mut wanted: BTreeSet<String> = packages.keys().map(|folder| format!("{folder}.md")).collect();
    wanted.extend(APART.iter().map(|folder| format!("{folder}.md")));
    wanted.insert("README.md".to_owned());
    for (folder, package) in &packages {
        golden(&format!("docs/plugins/{folder}.md"), &page(package));
    }
    golden("docs/plugins/README.md", &index(&packages));
    let there = std::fs::read_dir(root().join("docs/plugins")).unwrap();
    let there: BTreeSet<String> =
        there.map(|file| file.unwrap().file_name().to_string_lossy().into_owned()).collect();
    assert_eq!(there, wanted, "a page of a plugin that is gone");
}

/// `RULEWRIGHT_PDF_PLUGIN` names the component, which takes minutes to build.
#[test]
#[ignore = "needs a component that takes minutes to build; .ci/run builds it and runs this"]
#[allow(clippy::disallowed_methods, reason = "told by whoever runs the tests")]
fn r11_the_pdf_plugin_imports_what_it_needs_and_has_its_page() {
    let file = std::env::var_os("RULEWRIGHT_PDF_PLUGIN")
        .expect("RULEWRIGHT_PDF_PLUGIN=FILE, made by `rulewright plugin build plugins/create-pdf-document`");
    let package = inspect(&std::fs::read(file).unwrap()).unwrap_or_else(|refusal| panic!("{refusal}"));
    let imports: Vec<&str> = package.imports.iter().map(String::as_str).collect();
    assert_eq!(
        imports,
        ["documents.create-filled", "documents.prepare", "log.write", "step.midnight", "step.now"]
    );
    golden(&format!("docs/plugins/{}.md", APART[0]), &page(&package));
}

fn index(packages: &BTreeMap<&str, Package>) -> String {
    let mut text =
        "# Bundled plugins\n\nWritten from their manifests; a test keeps them in step.\n".to_owned();
    for (group, heading) in [
        (Group::Trigger, "Triggers"),
        (Group::Employees, "Rules for employees"),
        (Group::ClientCommunications, "Rules for client communications"),
        (Group::Provider, "Providers"),
    ] {
        write!(text, "\n## {heading}\n\n| name | what it does |\n|---|---|\n").unwrap();
        let mut rows: Vec<_> =
            packages.iter().filter(|(_, package)| package.manifest.group == group).collect();
        rows.sort_by_key(|(_, package)| &package.manifest.title);
        for (folder, package) in rows {
            let manifest = &package.manifest;
            writeln!(text, "| [{}]({folder}.md) | {} |", manifest.title, manifest.description).unwrap();
        }
    }
    text.push_str("\n## Not bundled\n\nBuilt and installed with `rulewright plugin install plugins/NAME`:");
    let pages: Vec<String> = APART.iter().map(|folder| format!(" [{folder}]({folder}.md)")).collect();
    writeln!(text, "{}.", pages.join(",")).unwrap();
    text
}

fn page(package: &Package) -> String {
    let manifest = &package.manifest;
    let kind = match (manifest.group, manifest.origin) {
        (Group::Employees, _) => "Rule for employees",
        (Group::ClientCommunications, _) => "Rule for client communications",
        (Group::Provider, _) => "Provider",
        (_, Some(Origin::External)) => "Trigger on what customers and their systems do",
        _ => "Trigger on what the shop does",
    };
    let mut text =
        format!("# {}\n\n{kind} · `{}`\n\n{}\n", manifest.title, manifest.id, manifest.description);
    if !manifest.subscriptions.is_empty() {
        let kinds: Vec<String> = manifest.subscriptions.iter().map(|kind| format!("`{kind}`")).collect();
        write!(text, "\nExamines events of kind {}: see [events](../events.md).\n", kinds.join(", "))
            .unwrap();
    }
    if manifest.kind == PluginKind::Provider {
        let channels = &manifest.permissions.channels;
        let channels: Vec<String> = channels.iter().map(|channel| format!("`{channel}`")).collect();
        let most =
            manifest.max_text.map_or(String::new(), |most| format!(", texts of {most} characters at most"));
        write!(text, "\nCarries {}{most}: see [providers](../providers.md).\n", channels.join(", ")).unwrap();
        if !manifest.permissions.secrets.is_empty() {
            let secrets = &manifest.permissions.secrets;
            let secrets: Vec<String> = secrets.iter().map(|secret| format!("`{secret}`")).collect();
            write!(text, "\nSecrets to fill in: {}.\n", secrets.join(", ")).unwrap();
        }
    }
    text.push_str("\n## Settings\n\n");
    match rows("", &manifest.settings) {
        rows if rows.is_empty() => text.push_str("None.\n"),
        rows => {
            text.push_str("| key | name | kind | help |\n|---|---|---|---|\n");
            rows.iter().for_each(|row| writeln!(text, "{row}").unwrap());
        }
    }
    if !manifest.outputs.is_empty() {
        text.push_str(
            "\n## Outputs\n\nThe rules after this one can insert them: `{{ previous.<key> }}`.\n\n",
        );
        text.push_str("| key | what it is |\n|---|---|\n");
        for (key, help) in &manifest.outputs {
            writeln!(text, "| `{key}` | {help} |").unwrap();
        }
    }
    text.push_str("\n## What it may do\n\n");
    for sentence in consent(package) {
        writeln!(text, "- {}", sentence.text).unwrap();
    }
    write!(text, "\n## Where data is missing\n\n{}\n", manifest.missing).unwrap();
    if let Some(example) = &manifest.example {
        let example = serde_json::to_string_pretty(example).unwrap();
        write!(text, "\n## Example\n\n```json\n{example}\n```\n").unwrap();
    }
    text
}

/// A line for each property, those of objects and of items of lists below theirs.
fn rows(above: &str, schema: &Value) -> Vec<String> {
    let mut all = Vec::new();
    let required: Vec<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (key, property) in schema["properties"].as_object().into_iter().flatten() {
        if property.get("const").is_some() {
            continue;
        }
        let path = format!("{above}{key}");
        let text = |name: &str| property[name].as_str().unwrap_or_default().replace('|', "\\|");
        let needed = if required.contains(&key.as_str()) { ", required" } else { "" };
        all.push(format!(
            "| `{path}` | {} | {}{needed} | {} |",
            text("title"),
            kind(property),
            text("description")
        ));
        all.extend(rows(&format!("{path}."), property));
        all.extend(rows(&format!("{path}[]."), &property["items"]));
        for choice in choices(property) {
            all.extend(rows(&format!("{path}."), choice));
        }
    }
    all
}

fn choices(property: &Value) -> impl Iterator<Item = &Value> {
    ["oneOf", "anyOf"].into_iter().filter_map(|name| property[name].as_array()).flatten()
}

fn kind(property: &Value) -> String {
    let named: Vec<String> = choices(property)
        .filter_map(|choice| {
            let tag = choice["properties"].as_object().into_iter().flatten();
            let tag = tag.filter_map(|(_, value)| value["const"].as_str()).next();
            tag.or(choice["const"].as_str()).map(|name| format!("`{name}`"))
        })
        .collect();
    let kind = match property["type"].as_str() {
        _ if !named.is_empty() => named.join(", "),
        _ if property["enum"].is_array() => {
            let values = property["enum"].as_array().into_iter().flatten().filter_map(Value::as_str);
            values.map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", ")
        }
        Some("string") => "text".to_owned(),
        Some("integer" | "number") => "number".to_owned(),
        Some("boolean") => "yes or no".to_owned(),
        Some("array") => "list".to_owned(),
        Some(other) => other.to_owned(),
        None => "anything".to_owned(),
    };
    match property["x-template"] {
        Value::Null => kind,
        _ => format!("{kind} with values"),
    }
}
