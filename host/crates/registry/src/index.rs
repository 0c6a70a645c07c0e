//! The index of a registry: which plugins it has, in which versions, by whom. A file that its operator signs, kept in
//! the registry itself.
//!
//! It is for finding and for telling apart. What a plugin may do is asked with sentences that come from its own
//! binary, whatever the index says about it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use rulewright_domain::Timestamp;
use rulewright_domain::plugin::{Digest, Group, Package, PluginId, PluginKind};
use rulewright_domain::provenance::{PublicKey, publisher_of};
use rulewright_domain::reference::{BadReference, Reference};
use semver::Version;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::compatible::track;
use crate::consent::{Sentence, consent};
use crate::contract::HOST_API;
use crate::envelope::{self, ListKind, ListRefusal, Seen, SignedList};
use crate::json;
use crate::keys::{self, SecretKey};
use crate::manifest::is_id;

/// More of one kind than a person will ever page through; each bounds what a hostile index costs a host.
const MAX_PLUGINS: usize = 20_000;
const MAX_VERSIONS: usize = 200;
const MAX_SENTENCES: usize = 200;
/// Characters.
const NAME: usize = 100;
const PROSE: usize = 4000;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Index {
    /// Grows by one with each publication, and never goes back.
    pub sequence: u64,
    pub issued_at: Timestamp,
    pub publishers: Vec<Publisher>,
    pub plugins: Vec<Entry>,
}

/// Who signs plugins of this registry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Publisher {
    /// The first part of its plugins' ids.
    pub id: String,
    pub name: String,
    pub key: PublicKey,
    /// Since when the operator answers for it that the key is theirs; none: nobody has looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified_since: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Entry {
    pub id: PluginId,
    pub kind: PluginKind,
    pub group: Group,
    /// As in the manifest of its newest version, like all texts here.
    pub title: String,
    #[serde(default)]
    pub titles: BTreeMap<String, String>,
    #[serde(default)]
    pub description: String,
    /// The newest first.
    pub versions: Vec<Release>,
    /// How often it was fetched, where the registry counts that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub downloads: Option<u64>,
}

/// One version of a plugin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Release {
    pub version: String,
    /// `registry/repository:tag`, for people; what is fetched is `registry/repository` at `artifact`.
    pub reference: String,
    /// SHA-256 of the registry's manifest.
    pub artifact: Digest,
    /// SHA-256 of the component.
    pub component: Digest,
    /// Bytes of the component.
    pub size: u64,
    /// Lowest `rulewright:host` version that it works with.
    pub host_api: String,
    pub signed_by: PublicKey,
    pub added_at: Timestamp,
    /// What it may do, as whoever added it computed it from the component.
    pub permissions: Vec<Sentence>,
}

impl Release {
    /// Where exactly these bytes are, whatever the tag says by now.
    pub fn pinned(&self) -> Result<Reference, BadReference> {
        Ok(Reference::parse(&self.reference, None)?.at(&self.artifact))
    }
}

/// Whether this host has what a plugin needs that says this of itself.
pub fn fits(host_api: &str) -> bool {
    let asked = version(host_api);
    asked.is_some_and(|asked| track(Some(&asked)) == track(Some(&HOST_API)) && asked <= HOST_API)
}

/// Whether it is a newer version than that; a pre-release only for those who have a pre-release.
pub fn is_newer(offered: &str, installed: &str) -> bool {
    match (version(offered), version(installed)) {
        (Some(offered), Some(installed)) => {
            offered > installed && (offered.pre.is_empty() || !installed.pre.is_empty())
        }
        _ => false,
    }
}

impl Entry {
    pub fn publisher(&self) -> &str {
        publisher_of(&self.id)
    }
}

/// Something to add to an index: a package that was fetched from the registry, checked and found to be signed.
pub struct Addition<'a> {
    pub package: &'a Package,
    pub reference: String,
    pub artifact: Digest,
    pub signed_by: PublicKey,
    pub at: Timestamp,
    /// The operator has made sure that the key is the publisher's.
    pub verified: bool,
    /// The key, or its fingerprint, that the publisher has now instead of the one before.
    pub accept_key: Option<&'a str>,
}

/// Why an index stays as it is.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EditRefusal {
    #[error(
        "`{publisher}` has signed with {known} so far, and this is signed by {found}: ask the publisher by another way, and \
         say --accept-key {found} if the key is theirs; it is verified anew with --verified"
    )]
    OtherKey { publisher: String, known: String, found: String },
    #[error(
        "the index has {id} {version} already, with other bytes: a version is never changed, so the publisher gives this \
         one another number"
    )]
    VersionTaken { id: PluginId, version: String },
    #[error("the index has no {0}: `rulewright registry index list` tells what it has")]
    Missing(String),
    #[error("it would not be accepted: {0}")]
    Unfit(#[from] ListRefusal),
}

impl EditRefusal {
    /// Stable and machine-readable.
    pub fn code(&self) -> &'static str {
        match self {
            EditRefusal::OtherKey { .. } => "other-key",
            EditRefusal::VersionTaken { .. } => "version-taken",
            EditRefusal::Missing(_) => "not-found",
            EditRefusal::Unfit(refusal) => refusal.code(),
        }
    }
}

impl SignedList for Index {
    const KIND: ListKind = ListKind::Index;

    fn open(bytes: &[u8], pinned: &str) -> Result<Index, ListRefusal> {
        let text = envelope::open(bytes, ListKind::Index, pinned)?;
        let index: Index = json::parse(text.as_bytes()).map_err(ListRefusal::Unreadable)?;
        index.check()?;
        Ok(index)
    }

    fn seal(&self, key: &SecretKey) -> Result<Vec<u8>, ListRefusal> {
        self.check()?;
        envelope::seal(ListKind::Index, self, key)
    }

    fn seen(&self) -> Seen {
        Seen { sequence: self.sequence, issued_at: self.issued_at }
    }

    fn renewed(mut self, at: Timestamp) -> Index {
        self.sequence = self.sequence.saturating_add(1);
        self.issued_at = at;
        self
    }
}

impl Index {
    pub fn publisher(&self, id: &str) -> Option<&Publisher> {
        self.publishers.iter().find(|one| one.id == id)
    }

    /// Since when the registry's operator answers for it that this key is this publisher's.
    pub fn vouches(&self, publisher: &str, key: &str) -> Option<Timestamp> {
        self.publisher(publisher).filter(|one| one.key == key)?.verified_since
    }

    pub fn entry(&self, id: &str) -> Option<&Entry> {
        self.plugins.iter().find(|one| one.id == id)
    }

    /// The next one, with this version in it.
    pub fn with(mut self, addition: Addition) -> Result<Index, EditRefusal> {
        let manifest = &addition.package.manifest;
        self.note_publisher(&addition)?;
        let release = Release {
            version: manifest.version.clone(),
            reference: addition.reference,
            artifact: addition.artifact,
            component: addition.package.digest.clone(),
            size: addition.package.size,
            host_api: manifest.host_api.clone(),
            signed_by: addition.signed_by,
            added_at: addition.at,
            permissions: consent(addition.package),
        };
        let place = match self.plugins.iter().position(|one| one.id == manifest.id) {
            Some(place) => place,
            None => {
                self.plugins.push(Entry {
                    id: manifest.id.clone(),
                    kind: manifest.kind,
                    group: manifest.group,
                    title: String::new(),
                    titles: BTreeMap::new(),
                    description: String::new(),
                    versions: Vec::new(),
                    downloads: None,
                });
                self.plugins.len() - 1
            }
        };
        if let Some(entry) = self.plugins.get_mut(place) {
            let twin = entry.versions.iter().find(|one| one.version == release.version);
            if twin.is_some_and(|one| one.component != release.component) {
                let (id, version) = (entry.id.clone(), release.version);
                return Err(EditRefusal::VersionTaken { id, version });
            }
            entry.versions.retain(|one| one.version != release.version);
            entry.versions.push(release);
            entry.versions.sort_by_key(|one| Reverse(version(&one.version)));
            if entry.versions.first().is_some_and(|one| one.version == manifest.version) {
                (entry.kind, entry.group) = (manifest.kind, manifest.group);
                entry.title.clone_from(&manifest.title);
                entry.titles.clone_from(&manifest.titles);
                entry.description.clone_from(&manifest.description);
            }
        }
        self.plugins.sort_by(|a, b| a.id.cmp(&b.id));
        let next = self.renewed(addition.at);
        next.check()?;
        Ok(next)
    }

    fn note_publisher(&mut self, addition: &Addition) -> Result<(), EditRefusal> {
        let manifest = &addition.package.manifest;
        let id = publisher_of(&manifest.id);
        let since = addition.verified.then_some(addition.at);
        match self.publishers.iter_mut().find(|one| one.id == id) {
            Some(known) if known.key == addition.signed_by => {
                known.name.clone_from(&manifest.publisher);
                known.verified_since = known.verified_since.or(since);
            }
            Some(known)
                if addition.accept_key.is_some_and(|said| keys::is_meant(said, &addition.signed_by)) =>
            {
                // Whoever looked at the old key has not looked at this one.
                (known.key, known.verified_since) = (addition.signed_by.clone(), since);
                known.name.clone_from(&manifest.publisher);
            }
            Some(known) => {
                let shown = |key: &str| keys::fingerprint(key).unwrap_or_else(|_| key.to_owned());
                return Err(EditRefusal::OtherKey {
                    publisher: id.to_owned(),
                    known: shown(&known.key),
                    found: shown(&addition.signed_by),
                });
            }
            None => {
                let (name, key) = (manifest.publisher.clone(), addition.signed_by.clone());
                self.publishers.push(Publisher { id: id.to_owned(), name, key, verified_since: since });
                self.publishers.sort_by(|a, b| a.id.cmp(&b.id));
            }
        }
        Ok(())
    }

    /// The next one, without a version of a plugin, or without the plugin. Its publisher stays: the key is known.
    pub fn without(mut self, id: &str, version: Option<&str>, at: Timestamp) -> Result<Index, EditRefusal> {
        let named = match version {
            Some(version) => format!("{id} {version}"),
            None => id.to_owned(),
        };
        let before: usize = self.plugins.iter().map(|one| one.versions.len()).sum();
        for entry in self.plugins.iter_mut().filter(|one| one.id == id) {
            entry.versions.retain(|one| version.is_some_and(|version| one.version != version));
        }
        self.plugins.retain(|one| !one.versions.is_empty());
        if self.plugins.iter().map(|one| one.versions.len()).sum::<usize>() == before {
            return Err(EditRefusal::Missing(named));
        }
        Ok(self.renewed(at))
    }

    fn check(&self) -> Result<(), ListRefusal> {
        many("/publishers", self.publishers.len(), MAX_PLUGINS)?;
        many("/plugins", self.plugins.len(), MAX_PLUGINS)?;
        let mut publishers = BTreeSet::new();
        for (place, one) in self.publishers.iter().enumerate() {
            let at = |name: &str| format!("/publishers/{place}/{name}");
            if !is_id(&format!("{}.x", one.id)) || !publishers.insert(&one.id) {
                let problem = "it should be the first part of plugins' ids, and stand there once";
                return Err(ListRefusal::bad(at("id"), problem));
            }
            line(&at("name"), &one.name, NAME)?;
            key(&at("key"), &one.key)?;
        }
        let mut ids = BTreeSet::new();
        for (place, entry) in self.plugins.iter().enumerate() {
            let at = format!("/plugins/{place}");
            if !is_id(&entry.id) || !ids.insert(&entry.id) {
                let problem = "it should be `publisher.plugin`, of a-z, 0-9 and dashes, and stand there once";
                return Err(ListRefusal::bad(format!("{at}/id"), problem));
            }
            if !publishers.contains(&entry.publisher().to_owned()) {
                return Err(ListRefusal::bad(format!("{at}/id"), "its publisher is not among `publishers`"));
            }
            entry.check(&at)?;
        }
        Ok(())
    }
}

impl Entry {
    fn check(&self, at: &str) -> Result<(), ListRefusal> {
        line(&format!("{at}/title"), &self.title, NAME)?;
        many(&format!("{at}/titles"), self.titles.len(), MAX_VERSIONS)?;
        for (tag, title) in &self.titles {
            line(&format!("{at}/titles"), tag, NAME)?;
            line(&format!("{at}/titles/{tag}"), title, NAME)?;
        }
        prose(&self.description, PROSE)
            .map_err(|problem| ListRefusal::bad(format!("{at}/description"), problem))?;
        many(&format!("{at}/versions"), self.versions.len(), MAX_VERSIONS)?;
        if self.versions.is_empty() {
            return Err(ListRefusal::bad(format!("{at}/versions"), "a plugin has at least one"));
        }
        let mut newer = None;
        for (place, release) in self.versions.iter().enumerate() {
            let at = format!("{at}/versions/{place}");
            release.check(&at)?;
            let this = version(&release.version);
            if newer.is_some_and(|newer| newer <= this) {
                return Err(ListRefusal::bad(format!("{at}/version"), "the newest stands first, each once"));
            }
            newer = Some(this);
        }
        Ok(())
    }
}

impl Release {
    fn check(&self, at: &str) -> Result<(), ListRefusal> {
        let bad = |name: &str, problem: &str| Err(ListRefusal::bad(format!("{at}/{name}"), problem));
        if version(&self.version).is_none() {
            return bad("version", "it should be a semantic version such as 1.4.0");
        }
        if version(&self.host_api).is_none() {
            return bad("host-api", "it should be a semantic version such as 0.1.0");
        }
        for (name, digest) in [("artifact", &self.artifact), ("component", &self.component)] {
            if !is_digest(digest) {
                return bad(name, "it should be 64 lower-case hex digits");
            }
        }
        if let Err(problem) = self.pinned() {
            return bad("reference", &problem.to_string());
        }
        key(&format!("{at}/signed-by"), &self.signed_by)?;
        many(&format!("{at}/permissions"), self.permissions.len(), MAX_SENTENCES)?;
        for (place, sentence) in self.permissions.iter().enumerate() {
            line(&format!("{at}/permissions/{place}/text"), &sentence.text, PROSE)?;
        }
        Ok(())
    }
}

fn version(text: &str) -> Option<Version> {
    Version::parse(text).ok()
}

pub(crate) fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn many(at: &str, found: usize, most: usize) -> Result<(), ListRefusal> {
    match found {
        found if found > most => {
            Err(ListRefusal::bad(at, format!("there are {found}, and there may be {most}")))
        }
        _ => Ok(()),
    }
}

fn key(at: &str, text: &str) -> Result<(), ListRefusal> {
    match keys::public(text).is_ok_and(|spelled| spelled == text) {
        true => Ok(()),
        false => Err(ListRefusal::bad(at, keys::BadKey::NotPublic.to_string())),
    }
}

fn line(at: &str, text: &str, most: usize) -> Result<(), ListRefusal> {
    plain(text, 1, most).map_err(|problem| ListRefusal::bad(at, problem))
}

/// One line that looks on a screen like what it is.
pub(crate) fn plain(text: &str, least: usize, most: usize) -> Result<(), String> {
    if text.trim().chars().count() < least || text.contains('\n') {
        return Err("it should be a line of text".into());
    }
    prose(text, most)
}

fn prose(text: &str, most: usize) -> Result<(), String> {
    let found = text.chars().count();
    if found > most {
        return Err(format!("it has {found} characters, and may have {most}"));
    }
    // The second kind makes text read backwards.
    let odd = |c: &char| {
        (c.is_control() && !"\n\t".contains(*c))
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    match text.chars().find(odd) {
        Some(c) => Err(format!("it has the character U+{:04X}, which nobody sees", u32::from(c))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
