//! Settings that name something of the shop's: what is not there is told when a rule is saved, with the name that
//! comes nearest.

use std::collections::BTreeSet;

use rulewright_domain::{Connection, Grant, SMS, ShopConfig, template};
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
        _ => return None,
    };
    if known.contains(name) {
        return None;
    }
    let near = nearest(name, &known).map(|near| format!(", did you mean `{near}`?")).unwrap_or_default();
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
    use super::host;

    #[test]
    fn a_host_is_known_where_it_is_written_out() {
        assert_eq!(host("https://api.example.com/v1/"), Some("api.example.com"));
        assert_eq!(host("http://127.0.0.1:8080?a"), Some("127.0.0.1:8080"));
        assert_eq!(host("https://api."), None);
    }
}
