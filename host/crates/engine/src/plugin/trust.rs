//! Whether a package may come into a shop at all, before anybody is asked what it may do.

use rulewright_domain::{
    Manifest, Package, PackageSource, Provenance, PublicKey, ShopId, plugin::Digest, provenance::publisher_of,
};
use rulewright_ports::StorageExt;
use semver::Version;

use crate::{Engine, Refusal, change::Change};

/// What somebody said besides, knowing what it means.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Allowed {
    /// A version below one that the shop has had.
    pub downgrade: bool,
    /// From a registry or an address without a signature. Not where a key of the publisher is pinned.
    pub unsigned: bool,
    /// This key may take the place of the one that is pinned.
    pub key: Option<PublicKey>,
}

impl Engine {
    /// Looks before anything is compiled or asked; [`Engine::offer`] decides the same again.
    pub async fn may_offer(
        &self,
        shop: ShopId,
        package: &Package,
        provenance: &Provenance,
        allowed: &Allowed,
    ) -> Result<(), Refusal> {
        let (package, provenance, allowed) = (package.clone(), provenance.clone(), allowed.clone());
        self.storage()
            .read(move |reads| {
                let (id, digest) = (&package.manifest.id, &package.digest);
                let pinned = reads.pinned_key(shop, publisher_of(id))?;
                let highest = reads.highest_version(shop, id)?;
                if let Some(revocation) = reads.revocation(digest)? {
                    return Err(revoked(digest, &revocation.reason));
                }
                trusted(id, pinned.as_ref(), &provenance, &allowed)?;
                not_lower(&package.manifest, highest.as_deref(), allowed.downgrade)
            })
            .await
    }

    /// The key that the shop trusts for all plugins of a publisher.
    pub async fn pinned_key(&self, shop: ShopId, publisher: &str) -> Result<Option<PublicKey>, Refusal> {
        let publisher = publisher.to_owned();
        self.storage().read(move |reads| Ok(reads.pinned_key(shop, &publisher)?)).await
    }
}

impl Change<'_> {
    /// Returns the pinned key that another one is to take the place of.
    pub(super) fn trust(
        &mut self,
        package: &Package,
        provenance: &Provenance,
        allowed: &Allowed,
    ) -> Result<Option<PublicKey>, Refusal> {
        let id = &package.manifest.id;
        self.not_revoked(&package.digest)?;
        let pinned = self.tx.pinned_key(self.shop, publisher_of(id))?;
        let replaces = trusted(id, pinned.as_ref(), provenance, allowed)?;
        let highest = self.tx.highest_version(self.shop, id)?;
        not_lower(&package.manifest, highest.as_deref(), allowed.downgrade)?;
        Ok(replaces)
    }

    pub(super) fn not_revoked(&mut self, digest: &Digest) -> Result<(), Refusal> {
        match self.tx.revocation(digest)? {
            Some(revocation) => Err(revoked(digest, &revocation.reason)),
            None => Ok(()),
        }
    }

    pub(super) fn note_version(&mut self, manifest: &Manifest) -> Result<(), Refusal> {
        let highest = self.tx.highest_version(self.shop, &manifest.id)?;
        if highest.is_none_or(|highest| is_lower(&highest, &manifest.version)) {
            self.tx.put_highest_version(self.shop, &manifest.id, &manifest.version)?;
        }
        Ok(())
    }
}

pub(super) fn trusted(
    id: &str,
    pinned: Option<&PublicKey>,
    provenance: &Provenance,
    allowed: &Allowed,
) -> Result<Option<PublicKey>, Refusal> {
    let publisher = publisher_of(id);
    match (pinned, &provenance.signed_by, &provenance.source) {
        (_, _, PackageSource::Bundled) => Ok(None),
        (Some(pinned), Some(key), _) if pinned == key => Ok(None),
        (Some(pinned), Some(key), _) if allowed.key.as_ref() == Some(key) => Ok(Some(pinned.clone())),
        (Some(pinned), Some(key), _) => {
            let message = format!(
                "`{id}` is signed with `{key}`, and this shop trusts `{pinned}` for `{publisher}`: ask the publisher \
                 whether the key has changed, and accept the new one only if so"
            );
            Err(Refusal::Untrusted { code: "other-key", message })
        }
        (Some(_), None, _) => {
            let message = format!(
                "`{id}` is not signed, and this shop trusts a key of `{publisher}`: take what is signed with it"
            );
            Err(Refusal::Untrusted { code: "unsigned", message })
        }
        (None, None, PackageSource::Registry(_) | PackageSource::Url(_)) if !allowed.unsigned => {
            let message = format!(
                "`{id}` from {} is not signed: nobody can tell who made it, or whether it was changed on the way",
                provenance.source
            );
            Err(Refusal::Untrusted { code: "unsigned", message })
        }
        (None, ..) => Ok(None),
    }
}

fn not_lower(manifest: &Manifest, highest: Option<&str>, allowed: bool) -> Result<(), Refusal> {
    match highest.filter(|highest| !allowed && is_lower(&manifest.version, highest)) {
        None => Ok(()),
        Some(highest) => {
            let message = format!(
                "`{}` {} is older than {highest}, which this shop has had: what was mended since would be open again",
                manifest.id, manifest.version
            );
            Err(Refusal::Untrusted { code: "downgrade", message })
        }
    }
}

/// By precedence; what is no semantic version was refused when it was inspected, and is no downgrade.
fn is_lower(version: &str, than: &str) -> bool {
    let parsed = |text: &str| Version::parse(text).ok();
    let compared = parsed(version).zip(parsed(than));
    compared.is_some_and(|(version, than)| version.cmp_precedence(&than).is_lt())
}

pub(super) fn revoked(digest: &Digest, reason: &str) -> Refusal {
    Refusal::Untrusted { code: "revoked", message: format!("`{digest}` must not run: {reason}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn came(source: PackageSource, signed_by: Option<&str>) -> Provenance {
        Provenance { source, artifact: None, signed_by: signed_by.map(str::to_owned) }
    }

    fn code(
        pinned: Option<&str>,
        provenance: &Provenance,
        allowed: &Allowed,
    ) -> Result<Option<PublicKey>, String> {
        let pinned = pinned.map(str::to_owned);
        trusted("acme.greet", pinned.as_ref(), provenance, allowed)
            .map_err(|refusal| refusal.code().to_owned())
    }

    #[test]
    fn a_pinned_key_is_the_only_one_unless_somebody_says_which_other() {
        let none = Allowed::default();
        let registry = || PackageSource::Registry("r/acme/greet:1".into());
        assert_eq!(code(Some("a"), &came(registry(), Some("a")), &none), Ok(None));
        assert_eq!(code(Some("a"), &came(registry(), Some("b")), &none), Err("other-key".into()));
        let wrong = Allowed { key: Some("c".into()), ..Allowed::default() };
        assert_eq!(code(Some("a"), &came(registry(), Some("b")), &wrong), Err("other-key".into()));
        let right = Allowed { key: Some("b".into()), ..Allowed::default() };
        assert_eq!(code(Some("a"), &came(registry(), Some("b")), &right), Ok(Some("a".into())));
    }

    #[test]
    fn what_is_unsigned_comes_from_a_file_or_on_somebodys_word_and_never_past_a_pinned_key() {
        let (none, unsigned) = (Allowed::default(), Allowed { unsigned: true, ..Allowed::default() });
        let file = came(PackageSource::File("greet.wasm".into()), None);
        let url = came(PackageSource::Url("https://acme.example/greet.wasm".into()), None);
        assert_eq!(code(None, &file, &none), Ok(None));
        assert_eq!(code(None, &url, &none), Err("unsigned".into()));
        assert_eq!(code(None, &url, &unsigned), Ok(None));
        for came in [&file, &url] {
            assert_eq!(code(Some("a"), came, &unsigned), Err("unsigned".into()));
        }
        assert_eq!(code(Some("a"), &came(PackageSource::Bundled, None), &none), Ok(None));
    }

    #[test]
    fn versions_are_compared_by_precedence() {
        assert!(is_lower("1.9.0", "1.10.0") && is_lower("1.0.0-rc.1", "1.0.0"));
        assert!(!is_lower("1.0.0+b", "1.0.0+c") && !is_lower("2.0.0", "1.0.0") && !is_lower("x", "1.0.0"));
    }
}
