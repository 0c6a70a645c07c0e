//! What somebody is asked before a version runs, computed from the component and what the shop has.

use rulewright_domain::{
    Grant, Installation, Package, Provenance, PublicKey, Timestamp, plugin::HttpTarget,
    provenance::publisher_of,
};
use rulewright_registry::{self as registry, Diff, Sentence, Trusted};

/// By what people compare keys.
pub fn fingerprint(key: &str) -> String {
    registry::keys::fingerprint(key).unwrap_or_else(|_| key.to_owned())
}

/// A package, and all that somebody should know who decides about it.
#[derive(Clone, Debug)]
pub struct Question {
    pub package: Package,
    pub provenance: Provenance,
    pub trusted: Trusted,
    /// The key that the shop has for the publisher.
    pub pinned: Option<PublicKey>,
    /// Whether the registry's index vouches for the publisher's key; None where there is no index to ask.
    pub verified: Option<bool>,
    pub installed: Option<(Installation, Package)>,
    /// When it was read, or offered.
    pub since: Timestamp,
}

impl Question {
    pub fn publisher(&self) -> &str {
        publisher_of(&self.package.manifest.id)
    }

    /// Everything that it asks for, by verb, the sensitive first.
    pub fn sentences(&self) -> Vec<Sentence> {
        registry::consent(&self.package)
    }

    /// What whoever agrees must name, because it is trusted for this publisher from then on.
    pub fn pin(&self) -> Option<String> {
        self.trusted.pins.as_deref().map(fingerprint)
    }

    /// Beside the version in use and what it was granted.
    pub fn diff(&self) -> Option<Diff> {
        let (installation, old) = self.installed.as_ref()?;
        Some(registry::diff(old, &installation.grant, &self.package))
    }

    /// Nobody has to be asked: it may do nothing that the shop has not agreed to, and comes from where the version in
    /// use came from.
    pub fn is_answered(&self) -> bool {
        !self.trusted.asks && self.diff().is_some_and(|diff| !diff.wider())
    }

    /// What a version that nobody has to be asked about may do.
    pub fn usual_grant(&self) -> Grant {
        let hosts = self.chosen_hosts();
        Grant::whole(&self.package.manifest, &self.package.imports, &hosts)
    }

    /// Hosts that the shop chose for the version in use: an update that names none does not forget them.
    pub fn chosen_hosts(&self) -> Vec<HttpTarget> {
        let chosen = self.installed.iter().flat_map(|(installation, old)| {
            let asked = &old.manifest.permissions.http;
            installation.grant.http.iter().filter(|target| !asked.contains(target)).cloned()
        });
        match self.package.manifest.permissions.http_chosen_by_shop {
            true => chosen.collect(),
            false => Vec::new(),
        }
    }
}
