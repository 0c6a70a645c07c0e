//! Where a component comes from, as somebody names it. Pure.

use std::{fmt, sync::Arc};

use rulewright_domain::{PackageSource, plugin::HttpTarget};
use rulewright_registry::Wishes;

/// Where the component comes from.
#[derive(Clone, Debug)]
pub enum Supply {
    /// Is fetched.
    Elsewhere(PackageSource),
    /// Came with this program: its id.
    Bundled(String),
    /// Stands in the marketplace; without a version, the one that one would install today.
    Listed { id: String, version: Option<String> },
    /// Came with the request.
    Sent { name: String, component: Arc<[u8]>, signature: Option<Vec<u8>> },
}

/// What to install.
#[derive(Clone, Debug)]
pub struct Begin {
    /// As it was asked for: what the job tells.
    pub source: String,
    pub from: Supply,
    pub wishes: Wishes,
}

impl Begin {
    /// By how a source is written: a registry's reference (`registry.example/acme/greet:1.2.0`, or with `@sha256:...`), an
    /// `https` address of a component, `bundled:` and the id of a plugin that comes with this program, or an id from the
    /// marketplace, with `@` and a version where it is not the one that one would install today.
    pub fn named(source: &str, mut wishes: Wishes) -> Result<Begin, BadSource> {
        let from = Supply::named(source)?;
        // Whoever names a plugin does not want another one, whatever its registry says.
        if let Supply::Listed { id, .. } = &from {
            wishes.plugin.get_or_insert_with(|| id.clone());
        }
        Ok(Begin { source: source.to_owned(), from, wishes })
    }

    /// The component itself, with the document of its signature where there is one. A file's name is only to tell it by.
    pub fn sent(
        name: Option<String>,
        component: Arc<[u8]>,
        signature: Option<Vec<u8>>,
        wishes: Wishes,
    ) -> Begin {
        let plain = |name: &String| name.chars().count() <= 100 && !name.contains(char::is_control);
        let name = name.filter(plain).unwrap_or_else(|| "a file".to_owned());
        Begin { source: name.clone(), from: Supply::Sent { name, component, signature }, wishes }
    }
}

impl Supply {
    /// What kind of place it is shows in how it is written.
    pub fn named(source: &str) -> Result<Supply, BadSource> {
        let plain =
            !source.is_empty() && source.len() <= 2048 && source.bytes().all(|b| b.is_ascii_graphic());
        if !plain {
            return Err(BadSource("the source is text of 1 to 2048 visible ASCII characters".to_owned()));
        }
        if let Some(id) = source.strip_prefix("bundled:") {
            return Ok(Supply::Bundled(id.to_owned()));
        }
        match source.split_once("://") {
            Some(("https" | "http", _)) => {
                return Ok(Supply::Elsewhere(PackageSource::Url(source.to_owned())));
            }
            Some(("oci", reference)) => {
                return Ok(Supply::Elsewhere(PackageSource::Registry(reference.to_owned())));
            }
            Some((scheme, _)) => return Err(BadSource(format!("packages are not fetched by `{scheme}`"))),
            None => {}
        }
        if source.contains('/') {
            return Ok(Supply::Elsewhere(PackageSource::Registry(source.to_owned())));
        }
        let (id, version) =
            source.split_once('@').map_or((source, None), |(id, version)| (id, Some(version)));
        if id.contains('.') && !id.contains(':') {
            return Ok(Supply::Listed { id: id.to_owned(), version: version.map(str::to_owned) });
        }
        Err(BadSource(format!("`{source}` is no registry's reference, no address, and no plugin's id")))
    }

    pub(super) fn source(&self) -> PackageSource {
        match self {
            Supply::Elsewhere(source) => source.clone(),
            Supply::Bundled(_) | Supply::Listed { .. } => PackageSource::Bundled,
            Supply::Sent { name, .. } => PackageSource::File(name.clone()),
        }
    }
}

/// Why a text names no source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadSource(String);

impl BadSource {
    /// What does.
    pub const HINT: &'static str = "registry.example/acme/greet:1.2.0, https://example.com/greet.wasm, \
         bundled:rulewright.send-sms, or acme.greet from the marketplace; a file is sent as the body";
}

impl fmt::Display for BadSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Hosts that a shop chooses for a plugin, separated by commas: exact names, as the manifest has them.
pub fn hosts(text: &str) -> Result<Vec<HttpTarget>, BadHost> {
    let target = |host: &str| {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.:".contains(&b);
        if host.is_empty() || host.len() > 255 || !host.bytes().all(plain) {
            return Err(BadHost(host.to_owned()));
        }
        Ok(HttpTarget { host: host.to_owned(), methods: Default::default(), path: "/".to_owned() })
    };
    text.split(',').map(str::trim).filter(|host| !host.is_empty()).map(target).collect()
}

/// What is no name of a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadHost(String);

impl BadHost {
    /// What is.
    pub const HINT: &'static str = "name it as a URL would, without scheme and path; several with commas";
}

impl fmt::Display for BadHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let BadHost(host) = self;
        write!(f, "`{host}` is not an exact host in lower case with an optional port, e.g. api.example.com")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_known_by_how_it_is_written() {
        let kind = |source: &str| match Supply::named(source) {
            Ok(Supply::Bundled(id)) => format!("bundled {id}"),
            Ok(Supply::Listed { id, version }) => format!("listed {id} {version:?}"),
            Ok(Supply::Elsewhere(PackageSource::Url(_))) => "url".to_owned(),
            Ok(Supply::Elsewhere(PackageSource::Registry(at))) => format!("registry {at}"),
            Ok(other) => format!("{other:?}"),
            Err(_) => "bad".to_owned(),
        };
        assert_eq!(kind("bundled:rulewright.send-sms"), "bundled rulewright.send-sms");
        assert_eq!(kind("https://example.com/greet.wasm"), "url");
        assert_eq!(kind("registry.example/acme/greet:1.2.0"), "registry registry.example/acme/greet:1.2.0");
        assert_eq!(kind("oci://localhost:5000/greet"), "registry localhost:5000/greet");
        assert_eq!(kind("acme.greet"), "listed acme.greet None");
        assert_eq!(kind("acme.greet@1.2.0"), "listed acme.greet Some(\"1.2.0\")");
        for wrong in ["", "greet", "greet:1.2", "file:///etc/passwd", "a b/c", "ftp://x/y", "x/\u{430}"] {
            assert_eq!(kind(wrong), "bad", "{wrong}");
        }
    }

    #[test]
    fn whoever_names_a_plugin_does_not_want_another_one() {
        let must_be = |source: &str, plugin: Option<&str>| {
            let wishes = Wishes { plugin: plugin.map(str::to_owned), ..Wishes::default() };
            Begin::named(source, wishes).unwrap().wishes.plugin
        };
        assert_eq!(must_be("acme.greet@1.2.0", None).as_deref(), Some("acme.greet"));
        assert_eq!(must_be("acme.greet", Some("acme.other")).as_deref(), Some("acme.other"));
        assert_eq!(must_be("r.example/acme/greet:1", None), None);
    }

    #[test]
    fn hosts_are_exact_names() {
        let named =
            |text: &str| hosts(text).map(|all| all.into_iter().map(|one| one.host).collect::<Vec<_>>());
        assert_eq!(
            named("api.example.com, hooks.example.com:8443,").unwrap(),
            ["api.example.com", "hooks.example.com:8443"]
        );
        assert_eq!(named("").unwrap(), Vec::<String>::new());
        for host in ["EVIL.com", "a b", "http://x", "x/y", "*.example.com"] {
            assert!(hosts(host).is_err(), "{host}");
        }
    }
}
