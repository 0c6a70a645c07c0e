//! Somebody agrees to an offer, whole or in part, and it becomes active.

use rulewright_domain::{
    Grant, Installation, Offer, PublicKey,
    plugin::{Digest, PluginId},
    provenance::publisher_of,
};
use rulewright_ports::{StorageExt, fault};

use super::trust;
use crate::{Asked, Engine, Refusal, change::Change};

/// What somebody agrees to.
#[derive(Clone)]
struct Consent {
    plugin: PluginId,
    digest: Digest,
    grant: Grant,
    pin: Option<PublicKey>,
}

impl Engine {
    /// `digest` is of the component whose consent was read, and `pin` the key that was shown with it: another one that was
    /// offered meanwhile is not accepted. The same once more changes nothing.
    pub async fn accept(
        &self,
        asked: impl Into<Asked>,
        plugin: &PluginId,
        digest: &Digest,
        grant: Grant,
        pin: Option<PublicKey>,
    ) -> Result<Installation, Refusal> {
        let asked = asked.into();
        if let Some(installation) = self.answered(&asked).await? {
            return Ok(installation);
        }
        self.compiled(digest).await?;
        let Asked { shop, key } = asked;
        let consent = Consent { plugin: plugin.clone(), digest: digest.clone(), grant, pin };
        let accepted =
            self.change(shop, move |change| change.once(key.as_ref(), |change| change.accept(&consent)));
        let accepted = accepted.await?.answer;
        fault::point("install.accepted");
        Ok(accepted)
    }

    /// Compiled when it came; its code may have been thrown away since.
    pub(super) async fn compiled(&self, digest: &Digest) -> Result<(), Refusal> {
        let wanted = digest.clone();
        let component = self.storage().read(move |reads| Ok::<_, Refusal>(reads.component(&wanted)?)).await?;
        let component = component.ok_or_else(|| Refusal::not_found("package", digest))?;
        Ok(self.inner.deps.executor.prepare(digest, component.into()).await?)
    }
}

impl Change<'_> {
    fn accept(&mut self, consent: &Consent) -> Result<Installation, Refusal> {
        let Consent { plugin, digest, grant, .. } = consent;
        let offer = match self.offered(plugin)? {
            Some(offer) if offer.digest == *digest => offer,
            offered => return self.accepted_before(consent, offered.as_ref()),
        };
        self.not_revoked(digest)?;
        let package = self.tx.package(digest)?.ok_or_else(|| Refusal::not_found("package", digest))?;
        if let Some(more) = grant.beyond(&package) {
            let message = format!("the plugin does not ask for {more}");
            return Err(Refusal::invalid("/grant", "more-than-asked", message));
        }
        self.pin(consent, &offer)?;
        self.tx.remove_offer(self.shop, plugin)?;
        let installation = self.activate(&package, grant.clone(), offer.provenance, "plugin.accepted")?;
        self.sweep_packages()?;
        Ok(installation)
    }

    fn accepted_before(
        &mut self,
        consent: &Consent,
        offered: Option<&Offer>,
    ) -> Result<Installation, Refusal> {
        let installed = self.installation(&consent.plugin)?;
        match installed.filter(|one| one.digest == consent.digest && one.grant == consent.grant) {
            Some(installed) => Ok(installed),
            None if offered.is_some() => {
                let message =
                    format!("another version of `{}` is offered now: read its consent", consent.plugin);
                Err(Refusal::Conflict { message })
            }
            None => Err(Refusal::not_found("offer", &consent.plugin)),
        }
    }

    /// Somebody may have agreed to another key of the publisher since the offer was made.
    fn pin(&mut self, consent: &Consent, offer: &Offer) -> Result<(), Refusal> {
        let signed_by = offer.provenance.signed_by.as_ref();
        if consent.pin.is_some() && consent.pin.as_ref() != signed_by {
            let message =
                format!("`{}` is not signed with the key that was agreed to: read its consent", offer.plugin);
            return Err(Refusal::Conflict { message });
        }
        let publisher = publisher_of(&offer.plugin);
        let pinned = self.tx.pinned_key(self.shop, publisher)?;
        if pinned.as_ref() != offer.replaces_key.as_ref() {
            let allowed = trust::Allowed { unsigned: true, ..trust::Allowed::default() };
            trust::trusted(&offer.plugin, pinned.as_ref(), &offer.provenance, &allowed)?;
        }
        match signed_by {
            Some(key) if pinned.as_ref() != Some(key) => {
                Ok(self.tx.pin_key(self.shop, publisher, key, self.now)?)
            }
            _ => Ok(()),
        }
    }
}
