//! What a manifest must say to be understood, and to agree with the binary.

use std::collections::BTreeSet;

use rulewright_domain::plugin::{DATA_SCHEMA, Group, HostFunction, HttpTarget, Manifest, PluginKind};
use semver::{Version, VersionReq};

use crate::compatible::track;
use crate::contract::HOST_API;
use crate::refusal::Refusal;
use crate::schema;

/// Format of the manifest that this host reads.
const SCHEMA: u32 = 1;

/// Characters. What fits on one line of a list, and on one screen of a description.
const TITLE: usize = 100;
const DESCRIPTION: usize = 4000;

/// Characters of each half of an id: it stands in lists, addresses and names of files.
const ID: usize = 64;

/// By itself, whatever the binary does. Returns the version of the host's API that it was made for.
pub fn check(manifest: &Manifest) -> Result<Version, Refusal> {
    let wrong = |at: &str, problem: String| Err(Refusal::BadManifest { at: at.to_owned(), problem });
    if manifest.schema != SCHEMA {
        let found = manifest.schema;
        return wrong("/schema", format!("format {found} is not known; this host reads {SCHEMA}"));
    }
    if !is_id(&manifest.id) {
        // As it is written, not as it looks: letters of other alphabets and marks that turn a text around are meant
        // to be taken for others.
        let id: String = manifest.id.chars().take(80).flat_map(char::escape_default).collect();
        let problem = format!(
            "`{id}` should be `publisher.plugin`, each of at most {ID} of a-z, 0-9 and dashes between them"
        );
        return wrong("/id", problem);
    }
    if Version::parse(&manifest.version).is_err() {
        let version = &manifest.version;
        return wrong("/version", format!("`{version}` is not a semantic version such as `1.4.0`"));
    }
    let Some(host_api) = host_api(&manifest.host_api) else {
        let found = &manifest.host_api;
        return wrong("/host-api", format!("`{found}` is not a version such as `{HOST_API}`"));
    };
    if track(Some(&host_api)) != track(Some(&HOST_API)) {
        let interface = format!("rulewright:host@{host_api}");
        return Err(Refusal::OtherVersion { interface, host: HOST_API.to_string() });
    }
    needs_schema(manifest)?;
    let fits = match manifest.kind {
        PluginKind::Rule => {
            matches!(manifest.group, Group::Employees | Group::ClientCommunications)
        }
        PluginKind::Trigger => manifest.group == Group::Trigger,
        PluginKind::Provider => manifest.group == Group::Provider,
    };
    if !fits {
        return wrong(
            "/group",
            "a rule is in `employees` or `client-communications`, a trigger in `trigger`, a provider in \
             `provider`"
                .into(),
        );
    }
    if manifest.publisher.trim().is_empty() {
        return wrong("/publisher", "it must name who answers for the plugin".into());
    }
    for (at, title) in std::iter::once(("/title".to_owned(), &manifest.title))
        .chain(manifest.titles.iter().map(|(tag, title)| (format!("/titles/{tag}"), title)))
    {
        if title.trim().is_empty() || title.chars().count() > TITLE {
            return wrong(&at, format!("a title has 1 to {TITLE} characters"));
        }
    }
    if manifest.description.chars().count() > DESCRIPTION {
        return wrong("/description", format!("at most {DESCRIPTION} characters"));
    }
    if manifest.kind != PluginKind::Provider && manifest.max_text.is_some() {
        return wrong("/max-text", "only a provider has a longest text".into());
    }
    if manifest.max_text == Some(0) {
        return wrong("/max-text", "a provider takes at least 1 character".into());
    }
    schema::check(&manifest.settings)
        .map_err(|problem| Refusal::BadManifest { at: "/settings".into(), problem })?;
    permissions(manifest)?;
    Ok(host_api)
}

fn permissions(manifest: &Manifest) -> Result<(), Refusal> {
    let asked = &manifest.permissions;
    for (index, target) in asked.http.iter().enumerate() {
        if let Some(problem) = target_problem(target) {
            return Err(Refusal::BadManifest { at: format!("/permissions/http/{index}"), problem });
        }
    }
    let names = [("secrets", &asked.secrets), ("channels", &asked.channels)];
    for (place, names) in names {
        if let Some(name) = names.iter().find(|name| !is_slug(name)) {
            return Err(Refusal::BadManifest {
                at: format!("/permissions/{place}"),
                problem: format!("`{name}` should be of a-z, 0-9 and dashes"),
            });
        }
    }
    if manifest.kind == PluginKind::Provider && asked.channels.is_empty() {
        let problem = "a provider must name the channels that it carries".into();
        return Err(Refusal::BadManifest { at: "/permissions/channels".into(), problem });
    }
    if manifest.kind != PluginKind::Trigger && !manifest.subscriptions.is_empty() {
        let problem = "only a trigger examines events; a rule waits for them instead".into();
        return Err(Refusal::BadManifest { at: "/subscriptions".into(), problem });
    }
    if manifest.kind == PluginKind::Trigger && manifest.subscriptions.is_empty() {
        let problem = "a trigger must name the kinds of event that it examines".into();
        return Err(Refusal::BadManifest { at: "/subscriptions".into(), problem });
    }
    if let Some(kind) = manifest.subscriptions.iter().find(|kind| !is_event_kind(kind)) {
        let problem = format!("`{kind}` should be a dotted kind such as `payment.received`");
        return Err(Refusal::BadManifest { at: "/subscriptions".into(), problem });
    }
    Ok(())
}

/// Declared and used must agree, so that the consent screen is neither too short nor too long.
pub fn check_against(manifest: &Manifest, imports: &BTreeSet<HostFunction>) -> Result<(), Refusal> {
    let asked = &manifest.permissions;
    // A provider is not called by `messages.queue` of its own: its channels are those that it carries.
    let carries = manifest.kind == PluginKind::Provider;
    let pairs: [(&str, bool, &[&str], &str, bool); 4] = [
        (
            "permissions.http",
            !asked.http.is_empty() || asked.http_chosen_by_shop,
            &["http.send"],
            "permissions.http` with the hosts, or `http-chosen-by-shop",
            true,
        ),
        (
            "permissions.channels",
            !asked.channels.is_empty(),
            &["messages.queue", "segments.queue"],
            "permissions.channels",
            !carries,
        ),
        (
            "permissions.secrets",
            !asked.secrets.is_empty(),
            &["secrets.open", "secrets-reveal.reveal"],
            "permissions.secrets",
            true,
        ),
        (
            "permissions.storage",
            asked.storage > 0,
            &["storage.get", "storage.set", "storage.delete"],
            "permissions.storage",
            true,
        ),
    ];
    for (declared, is_declared, functions, missing, must_be_used) in pairs {
        let used = functions.iter().find(|function| imports.contains(**function));
        match used {
            None if is_declared && must_be_used => {
                return Err(Refusal::Unused {
                    declared: declared.into(),
                    function: functions.join("` or `"),
                });
            }
            Some(function) if !is_declared => {
                return Err(Refusal::Undeclared { function: (*function).into(), missing: missing.into() });
            }
            _ => {}
        }
    }
    Ok(())
}

fn target_problem(target: &HttpTarget) -> Option<String> {
    let host = &target.host;
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) => (name, Some(port)),
        None => (host.as_str(), None),
    };
    let labels = name.split('.').all(|label| !label.starts_with('-') && is_slug(label));
    let port_ok = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
    if !labels || !port_ok {
        return Some(format!(
            "`{host}` should be one exact host in lower case with an optional port, e.g. \
             `api.example.com`; no scheme, path or pattern"
        ));
    }
    if let Some(method) = target
        .methods
        .iter()
        .find(|method| method.is_empty() || !method.bytes().all(|byte| byte.is_ascii_uppercase()))
    {
        return Some(format!("`{method}` should be a method in upper case, e.g. `POST`"));
    }
    // A dot segment would let the path mean something else than it says.
    let dotted = target.path.split('/').any(|segment| segment == "." || segment == "..");
    if !target.path.starts_with('/') || dotted || target.path.contains(['?', '#', '\\', '%', ' ']) {
        return Some(format!("`{}` should be a plain path that begins with `/`", target.path));
    }
    None
}

fn needs_schema(manifest: &Manifest) -> Result<(), Refusal> {
    let Some(needs) = &manifest.needs_schema else { return Ok(()) };
    let (Ok(wanted), Ok(host)) = (VersionReq::parse(needs), Version::parse(DATA_SCHEMA)) else {
        let problem = format!("`{needs}` is not a requirement such as `>={DATA_SCHEMA}`");
        return Err(Refusal::BadManifest { at: "/needs-schema".into(), problem });
    };
    match wanted.matches(&host) {
        true => Ok(()),
        false => Err(Refusal::OtherSchema { needs: needs.clone(), host: DATA_SCHEMA.to_owned() }),
    }
}

/// `0.1` and `0.1.0` are both written by people.
fn host_api(text: &str) -> Option<Version> {
    Version::parse(text).or_else(|_| Version::parse(&format!("{text}.0"))).ok()
}

/// `publisher.plugin`.
pub(crate) fn is_id(text: &str) -> bool {
    text.split_once('.').is_some_and(|(publisher, plugin)| is_name(publisher) && is_name(plugin))
}

fn is_slug(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// Half of an id.
fn is_name(text: &str) -> bool {
    is_slug(text) && text.len() <= ID && !text.starts_with('-') && !text.ends_with('-')
}

fn is_event_kind(text: &str) -> bool {
    text.contains('.') && text.split('.').all(is_slug)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::manifest;

    fn place(change: serde_json::Value) -> String {
        match check(&manifest(change.clone())) {
            Err(Refusal::BadManifest { at, .. }) => at,
            other => panic!("{change}: {other:?}"),
        }
    }

    #[test]
    fn a_plain_manifest_passes() {
        assert_eq!(check(&manifest(json!({}))), Ok(HOST_API));
        assert_eq!(check(&manifest(json!({ "host-api": "0.1" }))), Ok(HOST_API));
    }

    #[test]
    fn each_mistake_is_reported_where_it_is() {
        for (at, change) in [
            ("/schema", json!({ "schema": 2 })),
            ("/id", json!({ "id": "nodots" })),
            ("/id", json!({ "id": "a.b.c" })),
            ("/id", json!({ "id": "Acme.rule" })),
            ("/id", json!({ "id": "acme." })),
            ("/version", json!({ "version": "1" })),
            ("/host-api", json!({ "host-api": "new" })),
            ("/needs-schema", json!({ "needs-schema": "new" })),
            ("/group", json!({ "group": "trigger" })),
            ("/publisher", json!({ "publisher": " " })),
            ("/title", json!({ "title": "" })),
            ("/titles/de", json!({ "titles": { "de": "x".repeat(101) } })),
            ("/description", json!({ "description": "x".repeat(4001) })),
            ("/settings", json!({ "settings": true })),
            ("/settings", json!({ "settings": { "type": "object", "required": 7 } })),
            ("/settings", json!({ "settings": { "type": "object", "$ref": "https://example.com/s" } })),
            (
                "/settings",
                json!({ "settings": { "type": "object", "properties": { "a": { "$ref": "#" } } } }),
            ),
            ("/subscriptions", json!({ "subscriptions": ["payment.received"] })),
            ("/subscriptions", json!({ "kind": "trigger", "group": "trigger" })),
            (
                "/subscriptions",
                json!({ "kind": "trigger", "group": "trigger", "subscriptions": ["payment"] }),
            ),
            ("/max-text", json!({ "max-text": 160 })),
            (
                "/max-text",
                json!({
                    "kind": "provider", "group": "provider", "max-text": 0,
                    "permissions": { "channels": ["sms"] },
                }),
            ),
            ("/permissions/channels", json!({ "kind": "provider", "group": "provider" })),
            ("/permissions/secrets", json!({ "permissions": { "secrets": ["my key"] } })),
            ("/permissions/channels", json!({ "permissions": { "channels": ["SMS"] } })),
        ] {
            assert_eq!(place(change.clone()), at, "{change}");
        }
    }

    #[test]
    fn an_address_is_one_exact_host_and_a_plain_path() {
        for host in ["*.example.com", "https://example.com", "example.com/a", "", "a..b", "a:0", "A.b", "::1"]
        {
            let at = place(json!({ "permissions": { "http": [{ "host": host }] } }));
            assert_eq!(at, "/permissions/http/0", "{host}");
        }
        for path in ["v1", "/a/../b", "/a?b", "/%2e%2e/"] {
            place(json!({ "permissions": { "http": [{ "host": "example.com", "path": path }] } }));
        }
        place(json!({ "permissions": { "http": [{ "host": "a.b", "methods": ["get"] }] } }));
        let good = json!({ "host": "api.example.com:8443", "methods": ["GET"], "path": "/v1" });
        assert_eq!(check(&manifest(json!({ "permissions": { "http": [good] } }))), Ok(HOST_API));
    }

    #[test]
    fn b25_an_id_that_is_no_plain_name_is_refused_and_shown_as_it_is_written() {
        let (long, half) = ("x".repeat(300), "x".repeat(ID));
        for id in [
            "../x",
            "x/../../y",
            "acme.../x",
            ".",
            "..",
            "acme.",
            ".greet",
            "CON",
            "con",
            "acme.CON",
            "acme/greet",
            "acme\\greet",
            "acme.greet\0",
            "acme.gr\u{435}et",
            "acme.\u{202e}teerg",
            "acme.gr\u{e9}et",
            "acme.gre\u{301}et",
            "acme.greet ",
            "acme.-greet",
            "acme.greet-",
            "acme.gr eet",
            "",
            &long,
            &format!("acme.{long}"),
            &format!("{half}x.a"),
        ] {
            let told = check(&manifest(json!({ "id": id }))).expect_err(id);
            assert!(matches!(&told, Refusal::BadManifest { at, .. } if at == "/id"), "{id}: {told}");
            assert!(told.to_string().is_ascii() && told.to_string().len() < 700, "{told}");
        }
        for id in ["acme.greet".to_owned(), "1-a.b2".to_owned(), format!("{half}.{half}")] {
            assert_eq!(check(&manifest(json!({ "id": id }))), Ok(HOST_API));
        }
    }

    #[test]
    fn a_plugin_for_other_data_is_refused_with_both_versions() {
        for fits in [">=1", "^1.0", "1", ">=1.0.0, <3"] {
            assert_eq!(check(&manifest(json!({ "needs-schema": fits }))), Ok(HOST_API), "{fits}");
        }
        for needs in [">=1.1", "^2", "<1"] {
            let refusal = check(&manifest(json!({ "needs-schema": needs }))).unwrap_err();
            let told = refusal.to_string();
            assert_eq!(refusal.code(), "other-schema");
            assert!(told.contains(needs) && told.contains(DATA_SCHEMA), "{told}");
        }
    }

    fn against(permissions: serde_json::Value, imports: &[&str]) -> Result<(), Refusal> {
        let imports = imports.iter().map(|name| name.to_string()).collect();
        check_against(&manifest(json!({ "permissions": permissions })), &imports)
    }

    #[test]
    fn what_is_declared_is_used_and_what_is_used_is_declared() {
        let uses = [
            (json!({ "http": [{ "host": "a.b" }] }), "http.send"),
            (json!({ "http-chosen-by-shop": true }), "http.send"),
            (json!({ "channels": ["sms"] }), "messages.queue"),
            (json!({ "channels": ["sms"] }), "segments.queue"),
            (json!({ "secrets": ["token"] }), "secrets.open"),
            (json!({ "storage": 1024 }), "storage.set"),
        ];
        for (permissions, function) in uses {
            assert_eq!(against(permissions.clone(), &[function]), Ok(()));
            let unused = against(permissions, &[]).unwrap_err();
            assert_eq!(unused.code(), "unused-permission", "{function}");
            let undeclared = against(json!({}), &[function]).unwrap_err();
            assert_eq!(undeclared.code(), "undeclared-permission", "{function}");
        }
    }

    #[test]
    fn a_provider_names_the_channels_that_it_carries() {
        let provider = json!({
            "kind": "provider", "group": "provider", "permissions": { "channels": ["sms"] }
        });
        assert_eq!(check_against(&manifest(provider), &BTreeSet::new()), Ok(()));
    }
}
