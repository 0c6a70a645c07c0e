//! Where a package came from, and who vouches for it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::plugin::{Digest, PluginId};
use crate::{Installation, Timestamp};

/// From where a package is fetched.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "from", content = "at")]
pub enum PackageSource {
    /// Came with this program.
    #[default]
    Bundled,
    /// A file that somebody sent, by its name, if it told one.
    File(String),
    /// An `https` address.
    Url(String),
    /// `registry/repository:tag` or `registry/repository@sha256:...`.
    Registry(String),
}

impl fmt::Display for PackageSource {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PackageSource::Bundled => out.write_str("this program"),
            PackageSource::File(at) | PackageSource::Url(at) | PackageSource::Registry(at) => {
                out.write_str(at)
            }
        }
    }
}

/// An ed25519 public key as text: `ed25519:` and its 32 bytes in base64 without padding.
pub type PublicKey = String;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Provenance {
    pub source: PackageSource,
    /// Of the registry's manifest: what was consented to, whatever the tag says later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub artifact: Option<Digest>,
    /// The key whose signature was verified; none for what is unsigned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed_by: Option<PublicKey>,
}

/// The publisher's part of a plugin's id: what a key is pinned for.
pub fn publisher_of(plugin: &str) -> &str {
    plugin.split_once('.').map_or(plugin, |(publisher, _)| publisher)
}

/// A version that waits for somebody to agree to what it asks for. What is installed goes on meanwhile, with the grant
/// that it has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Offer {
    pub plugin: PluginId,
    pub digest: Digest,
    pub provenance: Provenance,
    pub offered_at: Timestamp,
    /// The publisher's key that is pinned, where somebody said that another one is to take its place: accepting pins
    /// the new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces_key: Option<PublicKey>,
}

/// A version that was installed before, with what was agreed to then: where a rollback goes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Replaced {
    /// Counts up, for each plugin of a shop.
    pub number: u64,
    pub installation: Installation,
    pub replaced_at: Timestamp,
    /// Left by a rollback, so no rollback goes there again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rolled_back: bool,
}

/// A component that must run nowhere, by its publisher's or the operator's word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Revocation {
    pub digest: Digest,
    /// What staff read.
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_pinned_for_the_first_part_of_an_id() {
        assert_eq!(publisher_of("acme.greet"), "acme");
        assert_eq!(publisher_of("acme.shop.greet"), "acme");
    }

    #[test]
    fn a_source_names_itself_as_it_was_asked_for() {
        let source = PackageSource::Registry("registry.example/acme/greet:1.2.0".into());
        assert_eq!(source.to_string(), "registry.example/acme/greet:1.2.0");
        let text = serde_json::to_string(&source).unwrap();
        assert_eq!(text, r#"{"from":"registry","at":"registry.example/acme/greet:1.2.0"}"#);
    }
}
