//! Settings that name something of the shop's: what is not there is told when a rule is saved, with the name that
//! comes nearest.

use std::collections::BTreeSet;

use rulewright_domain::{Grant, ShopConfig, template};
use serde_json::Value;

use crate::view::nearest;

/// A message for each name that nothing has. Templates and employees are not asked for: they come and go while rules
/// stay, and a rule says at run time what it misses.
pub(crate) fn unknown(config: &ShopConfig, schema: &Value, settings: &Value) -> Vec<String> {
    // What is wrong with the schema itself has been told already.
    let named = template::named(schema, settings).unwrap_or_default();
    named.into_iter().filter_map(|(widget, name)| problem(config, &widget, name.trim())).collect()
}

fn problem(config: &ShopConfig, widget: &str, name: &str) -> Option<String> {
    let (what, known): (&str, BTreeSet<&str>) = match widget {
        "list" => ("list", config.lists.keys().map(String::as_str).collect()),
        "segment" => ("segment", config.segments.keys().map(String::as_str).collect()),
        "workflow" => ("workflow", config.workflows.keys().map(String::as_str).collect()),
        "requisites" => ("requisites", config.shop.requisites.keys().map(String::as_str).collect()),
        _ => return None,
    };
    if known.contains(name) {
        return None;
    }
    let near = nearest(name, &known).map(|near| format!(", did you mean `{near}`?")).unwrap_or_default();
    let known = if known.is_empty() { "none".to_owned() } else { Vec::from_iter(known).join(", ") };
    Some(format!("there is no {what} `{name}`{near}; there are {known}"))
}

/// Hosts that a rule would send to, and may not.
pub(crate) fn ungranted(grant: &Grant, schema: &Value, settings: &Value) -> Vec<String> {
    let addresses = template::addresses(schema, settings).unwrap_or_default();
    let hosts = addresses.iter().filter_map(|address| host(address));
    let granted = |host: &&str| grant.http.iter().any(|target| target.host.eq_ignore_ascii_case(host));
    let known: Vec<&str> = grant.http.iter().map(|target| target.host.as_str()).collect();
    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    let told = |host: &str| {
        format!("nothing may be sent to `{host}`: grant the plugin this host first; granted are {known}")
    };
    hosts.filter(|host| !granted(host)).map(told).collect()
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
