//! A plugin that can be had, whichever way it comes. Pure.

use std::collections::BTreeMap;
use std::sync::Arc;

use rulewright_domain::plugin::{Digest, Group, PluginId, PluginKind};
use rulewright_domain::provenance::publisher_of;
use rulewright_domain::reference::Reference;
use rulewright_domain::{PublicKey, Revocation, Timestamp};
use rulewright_registry::index::{Entry, Index, Release, fits, is_newer};
use rulewright_registry::search::Searched;
use rulewright_registry::{Sentence, consent, inspect};

/// Where plugins come from that are part of the program.
pub const BUNDLED: &str = "bundled";

#[derive(Clone, Debug)]
pub struct Listed {
    pub id: PluginId,
    pub kind: PluginKind,
    pub group: Group,
    pub title: String,
    pub titles: BTreeMap<String, String>,
    pub description: String,
    /// As the publisher calls itself, or as the registry's operator calls it.
    pub publisher: String,
    /// The publisher's key, as the index has it.
    pub key: Option<PublicKey>,
    pub verified_since: Option<Timestamp>,
    /// [`BUNDLED`], or the registry's host.
    pub source: String,
    pub downloads: Option<u64>,
    /// The newest first.
    pub releases: Vec<ListedRelease>,
}

#[derive(Clone, Debug)]
pub struct ListedRelease {
    pub version: String,
    /// What to install: `bundled:ID`, or the registry's artifact by its digest.
    pub reference: String,
    /// With the tag, for people.
    pub named: String,
    /// What is asked for readme and icon; none for what comes with the program.
    pub artifact: Option<Reference>,
    pub component: Digest,
    /// Bytes of the component.
    pub size: u64,
    pub host_api: String,
    /// This host has what it needs.
    pub fits: bool,
    pub signed_by: Option<PublicKey>,
    pub trust: Trust,
    pub added_at: Option<Timestamp>,
    pub permissions: Vec<Sentence>,
}

/// Who answers for it that a version is its publisher's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Whoever made this program.
    Bundled,
    /// The registry's operator.
    Verified,
    /// Nobody: it is signed, by a key that nobody has looked at.
    Unverified,
}

impl Listed {
    pub fn publisher_id(&self) -> &str {
        publisher_of(&self.id)
    }

    /// The version that one would install today.
    pub fn offered(&self, revoked: &[Revocation]) -> Option<&ListedRelease> {
        let sound = |one: &&ListedRelease| one.fits && !revoked.iter().any(|it| it.digest == one.component);
        let mut sound = self.releases.iter().filter(sound).peekable();
        let first = sound.peek().copied();
        // A pre-release has a dash; what may follow a plus says nothing about that.
        let finished =
            |one: &&ListedRelease| !one.version.split('+').next().unwrap_or_default().contains('-');
        sound.find(finished).or(first)
    }

    /// A version that takes the place of the one that is installed, if somebody wants that.
    pub fn update(&self, installed: &str, revoked: &[Revocation]) -> Option<&ListedRelease> {
        self.offered(revoked).filter(|one| is_newer(&one.version, installed))
    }

    pub fn searched(&self) -> Searched<'_> {
        Searched {
            id: &self.id,
            titles: self.titles.values().map(String::as_str).chain([self.title.as_str()]).collect(),
            description: &self.description,
            publisher: &self.publisher,
            downloads: self.downloads.unwrap_or_default(),
        }
    }
}

/// Nobody has to be asked for these: who ships a plugin with the program answers for it.
pub fn of_program(components: &[(&str, &[u8])]) -> Vec<Arc<Listed>> {
    let mut all = Vec::new();
    for (folder, bytes) in components {
        match inspect(bytes) {
            Ok(package) => {
                let permissions = consent(&package);
                let manifest = package.manifest;
                let reference = format!("{BUNDLED}:{}", manifest.id);
                all.push(Arc::new(Listed {
                    kind: manifest.kind,
                    group: manifest.group,
                    title: manifest.title,
                    titles: manifest.titles,
                    description: manifest.description,
                    publisher: manifest.publisher,
                    key: None,
                    verified_since: None,
                    source: BUNDLED.to_owned(),
                    downloads: None,
                    releases: vec![ListedRelease {
                        version: manifest.version,
                        named: reference.clone(),
                        reference,
                        artifact: None,
                        component: package.digest,
                        size: package.size,
                        fits: fits(&manifest.host_api),
                        host_api: manifest.host_api,
                        signed_by: None,
                        trust: Trust::Bundled,
                        added_at: None,
                        permissions,
                    }],
                    id: manifest.id,
                }));
            }
            Err(refusal) => tracing::error!(folder, %refusal, "a plugin of this program is not accepted"),
        }
    }
    all
}

pub fn of_index(host: &str, index: &Index) -> Vec<Arc<Listed>> {
    index.plugins.iter().map(|entry| Arc::new(of_entry(host, index, entry))).collect()
}

fn of_entry(host: &str, index: &Index, entry: &Entry) -> Listed {
    let publisher = index.publisher(entry.publisher());
    Listed {
        id: entry.id.clone(),
        kind: entry.kind,
        group: entry.group,
        title: entry.title.clone(),
        titles: entry.titles.clone(),
        description: entry.description.clone(),
        publisher: publisher.map_or_else(|| entry.publisher().to_owned(), |one| one.name.clone()),
        key: publisher.map(|one| one.key.clone()),
        verified_since: publisher.and_then(|one| one.verified_since),
        source: host.to_owned(),
        downloads: entry.downloads,
        releases: entry.versions.iter().filter_map(|one| of_release(index, entry, one)).collect(),
    }
}

/// None cannot be: the index was checked. What has no place would not be installed anyway.
fn of_release(index: &Index, entry: &Entry, release: &Release) -> Option<ListedRelease> {
    let artifact = release.pinned().ok()?;
    Some(ListedRelease {
        version: release.version.clone(),
        reference: artifact.to_string(),
        named: release.reference.clone(),
        artifact: Some(artifact),
        component: release.component.clone(),
        size: release.size,
        host_api: release.host_api.clone(),
        fits: fits(&release.host_api),
        trust: match index.vouches(entry.publisher(), &release.signed_by) {
            Some(_) => Trust::Verified,
            None => Trust::Unverified,
        },
        signed_by: Some(release.signed_by.clone()),
        added_at: Some(release.added_at),
        permissions: release.permissions.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(versions: &[(&str, bool)]) -> Listed {
        let release = |(version, fits): &(&str, bool)| ListedRelease {
            version: (*version).to_owned(),
            reference: String::new(),
            named: String::new(),
            artifact: None,
            component: (*version).to_owned(),
            size: 1,
            host_api: "0.1.0".to_owned(),
            fits: *fits,
            signed_by: None,
            trust: Trust::Unverified,
            added_at: None,
            permissions: Vec::new(),
        };
        Listed {
            id: "acme.greet".into(),
            kind: PluginKind::Rule,
            group: Group::Employees,
            title: "Greet".into(),
            titles: BTreeMap::new(),
            description: String::new(),
            publisher: "Acme".into(),
            key: None,
            verified_since: None,
            source: "registry.example".into(),
            downloads: None,
            releases: versions.iter().map(release).collect(),
        }
    }

    fn revoked(names: &[&str]) -> Vec<Revocation> {
        let one = |name: &&str| Revocation { digest: (*name).to_owned(), reason: "It lies".into() };
        names.iter().map(one).collect()
    }

    #[test]
    fn offered_is_the_newest_that_fits_and_is_not_revoked_and_no_pre_release_where_there_is_another() {
        let plugin = listed(&[("9.0.0", false), ("2.0.0-beta.1", true), ("1.10.0", true), ("1.2.0", true)]);
        let offered = |names: &[&str]| plugin.offered(&revoked(names)).map(|one| one.version.clone());
        assert_eq!(offered(&[]).as_deref(), Some("1.10.0"));
        assert_eq!(offered(&["1.10.0"]).as_deref(), Some("1.2.0"));
        assert_eq!(offered(&["1.10.0", "1.2.0"]).as_deref(), Some("2.0.0-beta.1"));
        assert_eq!(offered(&["1.10.0", "1.2.0", "2.0.0-beta.1"]), None);
        let built = listed(&[("1.0.0+build-7", true)]);
        assert_eq!(built.offered(&[]).map(|one| one.version.as_str()), Some("1.0.0+build-7"));
    }

    #[test]
    fn an_update_is_newer_than_what_is_installed_and_never_a_revoked_one() {
        let plugin = listed(&[("1.10.0", true), ("1.2.0", true)]);
        let update = |installed: &str, names: &[&str]| {
            plugin.update(installed, &revoked(names)).map(|one| one.version.clone())
        };
        assert_eq!(update("1.2.0", &[]).as_deref(), Some("1.10.0"));
        assert_eq!(update("1.10.0", &[]), None);
        assert_eq!(update("2.0.0", &[]), None, "an older one is no update");
        assert_eq!(update("1.2.0", &["1.10.0"]), None);
    }
}
