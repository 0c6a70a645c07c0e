//! Settings that name something of the shop's: what is not there is told when a rule is saved, with the name that
//! comes nearest.

use std::collections::BTreeSet;

use rulewright_domain::{Connection, Grant, SMS, ShopConfig, secret::without_secrets, template};
use serde_json::Value;

use crate::view::nearest;

/// A code and a message for each name that nothing has. Templates and employees are not asked for: they come and go while rules
/// stay, and a rule says at run time what it misses.
pub(crate) fn unknown(config: &ShopConfig, schema: &Value, settings: &Value) -> Vec<(&'static str, String)> {
    // What is wrong with the schema itself has been told already.
    let named = template::named(schema, settings).unwrap_or_default();
    named.into_iter().filter_map(|(widget, name)| problem(config, &widget, name.trim())).collect()
}

fn problem(config: &ShopConfig, widget: &str, name: &str) -> Option<(&'static str, String)> {
    if widget == "calling-line" {
        return no_such_line(config, name);
    }
    let (what, known): (&str, BTreeSet<&str>) = match widget {
        "list" => ("list", config.lists.keys().map(String::as_str).collect()),
        "segment" => ("segment", config.segments.keys().map(String::as_str).collect()),
        "workflow" => ("workflow", config.workflows.keys().map(String::as_str).collect()),
        "requisites" => ("requisites", config.shop.requisites.keys().map(String::as_str).collect()),
        "sms-provider" => {
            let sandbox = config.shop.sandbox.then_some(Connection::SANDBOX);
            ("provider of SMS", config.carriers(SMS).map(|(one, _)| one.id.as_str()).chain(sandbox).collect())
        }
        "application-trigger" => {
            let triggers = config.application_triggers.iter();
            ("trigger of an application", triggers.map(|trigger| trigger.code.as_str()).collect())
        }
        "shipment-status" => {
            let statuses = config.shop.shipment_statuses.iter();
            ("shipment status", statuses.map(|status| status.id.as_str()).collect())
        }
        _ => return None,
    };
    if known.contains(name) {
        return None;
    }
    let near = near(name, &known);
    let known = if known.is_empty() { "none".to_owned() } else { Vec::from_iter(known).join(", ") };
    Some(("no-such-name", format!("there is no {what} `{name}`{near}; there are {known}")))
}

fn no_such_line(config: &ShopConfig, number: &str) -> Option<(&'static str, String)> {
    if config.can_call_from(number) {
        return None;
    }
    if !config.has_telephony() {
        let message = "connect a provider that makes calls first".to_owned();
        return Some(("telephony-not-connected", message));
    }
    let known = config.calling_lines();
    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    Some(("no-such-line", format!("`{number}` is none of the connected numbers; there are {known}")))
}

fn near(name: &str, known: &BTreeSet<&str>) -> String {
    nearest(name, known).map(|near| format!(", did you mean `{near}`?")).unwrap_or_default()
}

/// What a table of a list's fields lacks, of what is known before anything is inserted: path, code and message. The schema
/// marks it with `x-list-fields`: `all` makes an item, `some` changes one.
pub(crate) fn list_fields(
    config: &ShopConfig,
    schema: &Value,
    settings: &Value,
) -> Vec<(String, &'static str, String)> {
    let named = template::named(schema, settings).unwrap_or_default();
    let mut lists = named.iter().filter(|(widget, _)| widget == "list");
    let Some(list) = lists.find_map(|(_, name)| config.lists.get(name.trim())) else {
        return Vec::new();
    };
    let known: BTreeSet<&str> = list.fields.iter().map(|field| field.name.as_str()).collect();
    let mut found = Vec::new();
    for (property, of) in schema["properties"].as_object().into_iter().flatten() {
        let Some(mark) = of["x-list-fields"].as_str() else { continue };
        let lines = settings[property].as_array().map(Vec::as_slice).unwrap_or_default();
        let named = |line: &Value| line["field"].as_str().unwrap_or_default().trim().to_owned();
        for (index, line) in lines.iter().enumerate() {
            let name = named(line);
            if !name.is_empty() && !known.contains(name.as_str()) {
                let near = near(&name, &known);
                let all = Vec::from_iter(known.iter().copied()).join(", ");
                let message = format!("list `{}` has no field `{name}`{near}; it has {all}", list.name);
                found.push((format!("/{property}/{index}/field"), "no-such-field", message));
            }
        }
        for field in list.fields.iter().filter(|field| field.required) {
            let line = lines.iter().enumerate().find(|(_, line)| named(line) == field.name);
            let empties = |line: &Value| {
                line["mode"] == "clear"
                    || (mark == "all" && line["value"].as_str().is_none_or(|value| value.trim().is_empty()))
            };
            let path = match line {
                None if mark == "all" => format!("/{property}"),
                Some((index, line)) if empties(line) => format!("/{property}/{index}/value"),
                _ => continue,
            };
            let message =
                format!("list `{}` requires `{}`: write or insert its value", list.name, field.name);
            found.push((path, "required", message));
        }
    }
    found
}

/// Whether settings of this schema lead to the same servers, in the same way: what was told to one is not told to another.
/// Whatever looks like one is taken for one, however its author has marked it: mistaken, somebody types a secret once more.
/// Of secrets only whole addresses are: the others are keys, and many of them have dots.
pub fn same_servers(schema: &Value, before: &Value, after: &Value) -> bool {
    let servers = |settings: &Value| {
        let mut found = BTreeSet::new();
        servers(settings, Some(&without_secrets(settings, schema)), "", &mut found);
        found
    };
    servers(before) == servers(after)
}

/// Each with its place: two that change places lead elsewhere. What is not as it is shown is secret.
fn servers(value: &Value, shown: Option<&Value>, at: &str, found: &mut BTreeSet<(String, String)>) {
    match value {
        Value::String(text) if shown == Some(value) || text.contains("://") => {
            found.extend(server(text).map(|server| (at.to_owned(), server)));
        }
        Value::Array(all) => {
            for (place, one) in all.iter().enumerate() {
                servers(one, shown.and_then(|shown| shown.get(place)), &format!("{at}/{place}"), found);
            }
        }
        Value::Object(all) => {
            for (name, one) in all {
                servers(one, shown.and_then(|shown| shown.get(name)), &format!("{at}/{name}"), found);
            }
        }
        _ => {}
    }
}

fn server(text: &str) -> Option<String> {
    let text = text.trim();
    let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let host = &rest[..end];
    let whole =
        !host.is_empty() && !scheme.contains(char::is_whitespace) && !host.contains(char::is_whitespace);
    let named = !scheme.is_empty() || host.contains('.') && !host.contains('@');
    (whole && named).then(|| format!("{scheme}://{host}").to_lowercase())
}

/// Hosts that a rule would send to, and may not.
pub(crate) fn hosts_missing(grant: &Grant, schema: &Value, settings: &Value) -> Vec<String> {
    let mut addresses = template::addresses(schema, settings).unwrap_or_default();
    // Of a provider's server, into which no values are inserted.
    let servers = template::named(schema, settings).unwrap_or_default().into_iter();
    addresses.extend(servers.filter(|(widget, _)| widget == "server").map(|(_, url)| format!("{url}/")));
    let hosts = addresses.iter().filter_map(|address| host(address));
    let granted = |host: &&str| grant.http.iter().any(|target| target.host.eq_ignore_ascii_case(host));
    hosts.filter(|host| !granted(host)).map(str::to_owned).collect()
}

/// A message for each of them.
pub(crate) fn ungranted(grant: &Grant, schema: &Value, settings: &Value) -> Vec<String> {
    let known: Vec<&str> = grant.http.iter().map(|target| target.host.as_str()).collect();
    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    let told = |host: String| {
        format!("nothing may be sent to `{host}`: grant the plugin this host first; granted are {known}")
    };
    hosts_missing(grant, schema, settings).into_iter().map(told).collect()
}

/// With its port. None where the host is not written out whole.
fn host(address: &str) -> Option<&str> {
    let (_, rest) = address.split_once("://")?;
    rest.find(['/', '?', '#']).map(|end| &rest[..end])
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{host, same_servers};

    #[test]
    fn a_server_is_the_same_whatever_is_asked_of_it() {
        let of =
            |server: &str, url: &str| json!({ "title": "Main line.", "at": [{ "server": server }, url] });
        let before = of("api.a.example", "https://b.example/v1");
        let same = |server: &str, url: &str| same_servers(&json!({}), &before, &of(server, url));
        assert!(same("API.a.example", "https://b.example/v2?x={{ order.id }}"));
        assert!(!same("api.a.example.evil.example", "https://b.example/v1"));
        for url in
            ["http://b.example/v1", "https://b.example:8443", "https://b.example@evil.example/v1", "no"]
        {
            assert!(!same("api.a.example", url), "{url}");
        }
        let texts = |text: &str| json!({ "text": text, "from": "+442079460000", "mail": "ada@shop.example" });
        let (before, after) = (texts("See you. Bye."), texts("Read https://shop.example, please"));
        assert!(same_servers(&json!({}), &before, &after));
    }

    #[test]
    fn servers_that_change_places_are_others() {
        let of = |login: &str, send: &str| json!({ "login": login, "send": send });
        let (a, b) = ("https://a.example", "https://b.example");
        assert!(!same_servers(&json!({}), &of(a, b), &of(b, a)));
    }

    #[test]
    fn a_secret_with_dots_is_no_server_and_a_secret_address_is_one() {
        let schema = json!({ "properties": { "key": { "writeOnly": true }, "all": { "writeOnly": true } } });
        let same = |before: Value, after: Value| same_servers(&schema, &before, &after);
        assert!(same(json!({ "key": "SG.4n8.b7q" }), json!({ "key": "eyJh.eyJz.c2ln" })));
        assert!(same(json!({ "all": { "key": "SG.4n8.b7q" } }), json!({})));
        let hook = |url: &str| json!({ "key": "SG.4n8.b7q", "all": [url] });
        assert!(same(hook("https://hooks.example/x?sig=1"), hook("https://hooks.example/x?sig=2")));
        assert!(!same(hook("https://hooks.example/x"), hook("https://evil.example/x")));
    }

    #[test]
    fn a_host_is_known_where_it_is_written_out() {
        assert_eq!(host("https://api.example.com/v1/"), Some("api.example.com"));
        assert_eq!(host("http://127.0.0.1:8080?a"), Some("127.0.0.1:8080"));
        assert_eq!(host("https://api."), None);
    }
}
