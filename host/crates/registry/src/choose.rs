//! A grant for a part of what a package asks for.

use std::collections::BTreeSet;

use rulewright_domain::plugin::{Grant, HostFunction, HttpTarget, Package, PluginKind};
use thiserror::Error;

use crate::consent::Verb;
use crate::words::{Detail, LINES};

/// A part is a part of what is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NotAsked {
    #[error("it does not ask for `{0}`: choose among the functions behind the sentences of its consent")]
    Function(HostFunction),
    #[error("it does not let the shop choose hosts: those that it reaches are part of what it asks for")]
    Hosts,
}

/// What the shop gives: of the functions those that are named, or all; and the hosts that it names where it may.
/// What belongs to a function, such as its channels, goes where the function goes.
pub fn choose(
    package: &Package,
    functions: Option<&BTreeSet<HostFunction>>,
    hosts: &[HttpTarget],
) -> Result<Grant, NotAsked> {
    if !hosts.is_empty() && !package.manifest.permissions.http_chosen_by_shop {
        return Err(NotAsked::Hosts);
    }
    let mut grant = Grant::whole(&package.manifest, &package.imports, hosts);
    let Some(functions) = functions else { return Ok(grant) };
    if let Some(name) = functions.difference(&package.imports).next() {
        return Err(NotAsked::Function(name.clone()));
    }
    let always = |name: &str| LINES.iter().any(|line| line.function == name && line.verb == Verb::Always);
    grant.functions.retain(|name| functions.contains(name) || always(name));
    let needs = |detail: Detail| {
        LINES.iter().any(|line| line.detail == detail && grant.functions.contains(line.function))
    };
    // A provider carries channels without calling anything for it.
    let channels = needs(Detail::Channels) || package.manifest.kind == PluginKind::Provider;
    let (http, secrets, storage) = (needs(Detail::Address), needs(Detail::Secrets), needs(Detail::Quota));
    if !http {
        grant.http.clear();
    }
    if !secrets {
        grant.secrets.clear();
    }
    if !channels {
        grant.channels.clear();
    }
    if !storage {
        grant.storage = 0;
    }
    Ok(grant)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::package;

    fn asking() -> Package {
        let permissions = json!({
            "http": [{ "host": "api.example.com" }], "secrets": ["token"], "channels": ["sms"], "storage": 64
        });
        let imports = ["http.send", "secrets.open", "messages.queue", "storage.set", "log.write"];
        package(json!({ "permissions": permissions }), &imports)
    }

    fn named(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn nothing_named_means_everything() {
        let package = asking();
        let whole = Grant::whole(&package.manifest, &package.imports, &[]);
        assert_eq!(choose(&package, None, &[]), Ok(whole));
    }

    #[test]
    fn what_belongs_to_a_function_goes_with_it() {
        let half = choose(&asking(), Some(&named(&["messages.queue", "secrets.open"])), &[]).unwrap();
        assert_eq!(half.functions, named(&["log.write", "messages.queue", "secrets.open"]));
        assert_eq!((half.channels, half.secrets), (named(&["sms"]), named(&["token"])));
        assert_eq!((half.http.len(), half.storage), (0, 0));
        let none = choose(&asking(), Some(&named(&[])), &[]).unwrap();
        assert_eq!(none, Grant { functions: named(&["log.write"]), ..Grant::default() });
    }

    #[test]
    fn a_part_has_nothing_that_was_not_asked_for() {
        let wrong = choose(&asking(), Some(&named(&["orders-write.delete"])), &[]);
        assert_eq!(wrong, Err(NotAsked::Function("orders-write.delete".into())));
        let target = HttpTarget { host: "b.example".into(), methods: named(&[]), path: "/".into() };
        assert_eq!(choose(&asking(), None, &[target]), Err(NotAsked::Hosts));
    }

    #[test]
    fn a_provider_keeps_the_channels_that_it_carries() {
        let change = json!({
            "kind": "provider", "group": "provider", "permissions": { "channels": ["sms"], "secrets": ["key"] }
        });
        let provider = package(change, &["secrets.open"]);
        let part = choose(&provider, Some(&named(&[])), &[]).unwrap();
        assert_eq!((part.channels, part.secrets), (named(&["sms"]), named(&[])));
    }
}
