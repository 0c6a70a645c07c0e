//! Installing in one request: no job, and whoever asks has read the question before, or is told it now.

use std::sync::Arc;

use rulewright_domain::{Grant, Installation, PublicKey, plugin::HttpTarget};
use rulewright_engine::{Asked, Offered};
use rulewright_registry as registry;

use super::{
    Begin, Denied, Installs, Question, Refused,
    installs::{other_digest, pinned},
    walk,
};

/// What was said to a question that was asked before.
#[derive(Clone, Debug, Default)]
pub struct Said {
    /// Digest of the package that was agreed to.
    pub accept: Option<String>,
    /// [`Question::pin`], where there was one.
    pub pin: Option<String>,
    /// That it may reach, where the shop chooses them. None: those that were chosen before.
    pub hosts: Vec<HttpTarget>,
}

/// What comes of it.
#[derive(Debug)]
pub enum AtOnce {
    Installed(Box<Installation>),
    /// Somebody must agree first. Nothing has changed.
    Asks(Arc<Question>),
}

/// What it may do, and the key that is trusted from then on.
struct Agreed {
    grant: Grant,
    pin: Option<PublicKey>,
}

impl Installs {
    /// Walks through all stages at once. An update that asks for no more than the version in use is installed without a
    /// question.
    pub async fn at_once(&self, asked: Asked, begin: Begin, said: Said) -> Result<AtOnce, Denied> {
        let (deps, shop) = (self.deps(), asked.shop);
        if let Some(installation) = deps.engine.answered(&asked).await? {
            return Ok(AtOnce::Installed(Box::new(installation)));
        }
        let Begin { from, wishes, .. } = begin;
        let from = walk::found(deps, from).await?;
        let source = from.source();
        let fetched = walk::fetch(deps, from, &walk::silently).await?;
        let examined = walk::examine(deps, shop, source, fetched, &wishes, &walk::silently).await?;
        let question = examined.question.clone();
        let Some(Agreed { grant, pin }) = agreed(&question, &said)? else {
            return Ok(AtOnce::Asks(question));
        };
        walk::compile(deps, &examined, &walk::silently).await?;
        walk::self_test(deps, shop, &question.package, &grant, &walk::silently).await?;
        let installation = match walk::offer(deps, shop.into(), examined, &wishes).await? {
            Offered::Waiting(_) => walk::accept(deps, asked, &question.package, grant, pin).await?,
            // Agreed to again, e.g. with other hosts.
            Offered::Active(installation) if said.accept.is_some() && installation.grant != grant => {
                let (plugin, digest) = (installation.plugin, installation.digest);
                let installation = deps.engine.put_grant(shop, &plugin, &digest, grant).await?;
                deps.engine.keep(asked, installation).await?
            }
            Offered::Active(installation) => deps.engine.keep(asked, installation).await?,
        };
        Ok(AtOnce::Installed(Box::new(installation)))
    }
}

/// What the plugin may do, if somebody agreed to it. None: somebody has to.
fn agreed(question: &Question, said: &Said) -> Result<Option<Agreed>, Refused> {
    let package = &question.package;
    let chosen = if said.hosts.is_empty() { question.chosen_hosts() } else { said.hosts.clone() };
    match &said.accept {
        Some(digest) if *digest == package.digest => Ok(Some(Agreed {
            grant: registry::choose(package, None, &chosen)?,
            pin: pinned(question, said.pin.as_deref())?,
        })),
        Some(digest) => {
            let message = format!("`{digest}` was agreed to, and the body is `{}`", package.digest);
            Err(other_digest(message))
        }
        None if question.is_answered() => Ok(Some(Agreed { grant: question.usual_grant(), pin: None })),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use rulewright_domain::{Manifest, Package};
    use serde_json::json;

    use super::*;
    use crate::{fingerprint, hosts};

    fn package(imports: &[&str], http_chosen_by_shop: bool) -> Package {
        let manifest: Manifest = serde_json::from_value(json!({
            "schema": 1, "id": "acme.test", "version": "1.0.0", "kind": "rule", "group": "employees",
            "publisher": "Acme", "title": "Test", "settings": {"type": "object"}, "host-api": "0.1",
            "permissions": {
                "http": [{"host": "api.example.com", "methods": ["POST"], "path": "/v1"}],
                "http-chosen-by-shop": http_chosen_by_shop,
                "channels": ["sms"],
            },
        }))
        .unwrap();
        let imports = imports.iter().map(|name| (*name).to_owned()).collect();
        Package { digest: "d2".into(), manifest, imports, size: 1 }
    }

    fn asking(package: Package, old: Option<(Installation, Package)>) -> Question {
        Question {
            package,
            provenance: Default::default(),
            trusted: Default::default(),
            pinned: None,
            verified: None,
            installed: old,
            since: rulewright_domain::Timestamp(0),
        }
    }

    fn installed(old: Package) -> (Installation, Package) {
        let grant = Grant::whole(&old.manifest, &old.imports, &hosts("hooks.example.com").unwrap());
        (
            Installation {
                plugin: "acme.test".into(),
                digest: "d1".into(),
                grant,
                installed_at: 0,
                provenance: Default::default(),
            },
            old,
        )
    }

    fn said(accept: &str, pin: Option<&str>) -> Said {
        Said { accept: Some(accept.to_owned()), pin: pin.map(str::to_owned), hosts: Vec::new() }
    }

    /// Installed, asked about, or the code of the refusal.
    fn outcome(question: &Question, said: &Said) -> String {
        match agreed(question, said) {
            Ok(Some(_)) => "installed".to_owned(),
            Ok(None) => "asks".to_owned(),
            Err(refused) => refused.code.into_owned(),
        }
    }

    #[test]
    fn nothing_is_installed_that_nobody_agreed_to() {
        let new = asking(package(&["orders-write.move-stage"], false), None);
        assert_eq!(outcome(&new, &Said::default()), "asks");
        assert_eq!(outcome(&new, &said("d1", None)), "other-digest");
        assert_eq!(outcome(&new, &said("d2", None)), "installed");
        let host = Said { hosts: hosts("hooks.example.com").unwrap(), ..said("d2", None) };
        assert_eq!(outcome(&new, &host), "more-than-asked", "it does not let the shop choose");
    }

    #[test]
    fn an_update_that_asks_for_more_is_asked_about_again() {
        let old = installed(package(&["orders-write.move-stage", "http.send"], true));
        let new = package(&["orders-write.move-stage", "http.send"], true);
        let same = agreed(&asking(new.clone(), Some(old.clone())), &Said::default());
        let grant = same.unwrap().unwrap().grant;
        assert!(
            grant.http.iter().any(|target| target.host == "hooks.example.com"),
            "chosen hosts stay: {grant:?}"
        );
        let wider = package(&["orders-write.move-stage", "http.send", "orders-write.delete"], true);
        assert_eq!(outcome(&asking(wider, Some(old.clone())), &Said::default()), "asks");
        let mut narrowed = old;
        narrowed.0.grant.functions.clear();
        assert_eq!(outcome(&asking(new, Some(narrowed)), &Said::default()), "asks");
    }

    #[test]
    fn another_key_is_agreed_to_by_its_name() {
        const KEY: &str = "ed25519:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo";
        let old = installed(package(&[], false));
        let mut new = asking(package(&[], false), Some(old));
        new.trusted.pins = Some(KEY.to_owned());
        new.trusted.asks = true;
        assert_eq!(outcome(&new, &Said::default()), "asks");
        assert_eq!(outcome(&new, &said("d2", None)), "other-key");
        assert_eq!(outcome(&new, &said("d2", Some("0000-0000-0000-0000"))), "other-key");
        let yes = agreed(&new, &said("d2", Some(&fingerprint(KEY)))).unwrap().unwrap();
        assert_eq!(yes.pin.as_deref(), Some(KEY));
    }
}
