//! The walk of a package: what each stage does, and in which order.

use std::sync::Arc;

use rulewright_domain::{
    Grant, Installation, Package, PackageSource, Provenance, PublicKey, ShopId, provenance::publisher_of,
};
use rulewright_engine::{Allowed, Asked, Extras, Offered, Refusal as EngineRefusal, SelfTested};
use rulewright_ports::{FetchedPackage, StorageError, StorageExt};
use rulewright_registry::{
    self as registry, Known, Trusted, Wishes,
    signature::{Trust, judge},
};

use super::{
    installs::InstallsDeps,
    job::{Refused, StageName, Told},
    question::{Question, fingerprint},
    supply::Supply,
};

/// A package that has been read, and may be offered to the shop.
pub struct Examined {
    pub question: Arc<Question>,
    pub component: Arc<[u8]>,
    pub readme: Option<String>,
    pub changelog: Option<String>,
    pub icon: Option<Vec<u8>>,
}

/// Tells nobody, e.g. of a request that is answered at its end.
pub fn silently(_: Told) {}

pub type Tell<'a> = &'a (dyn Fn(Told) + Send + Sync);

/// Where it is, of what was named by what it is.
pub async fn found(deps: &InstallsDeps, from: Supply) -> Result<Supply, Refused> {
    let Supply::Listed { id, version } = from else { return Ok(from) };
    let none = |what: String| {
        let hint = "look for it: GET /v1/marketplace?q=, or name a registry's reference or an address";
        Err(Refused::new("not-found", what, hint))
    };
    let Some(listed) = deps.market.find(&id, None).await else {
        return none(format!("the marketplace has no plugin `{id}`"));
    };
    let release = match &version {
        Some(version) => listed.releases.iter().find(|release| release.version == *version),
        None => listed.offered(&deps.market.revoked()),
    };
    let Some(release) = release else {
        let version =
            version.map_or_else(|| "version that this host can run".into(), |it| format!("version {it}"));
        return none(format!("the marketplace has no {version} of `{id}`"));
    };
    Ok(match release.reference.strip_prefix("bundled:") {
        Some(id) => Supply::Bundled(id.to_owned()),
        None => Supply::Elsewhere(PackageSource::Registry(release.reference.clone())),
    })
}

pub async fn fetch(deps: &InstallsDeps, from: Supply, tell: Tell<'_>) -> Result<FetchedPackage, Refused> {
    tell(Told::Began(StageName::Fetch));
    let alone = |component: Arc<[u8]>, signature| FetchedPackage {
        component,
        signature,
        icon: None,
        readme: None,
        changelog: None,
        artifact: None,
    };
    let fetched = match from {
        Supply::Elsewhere(source) => {
            let came = |bytes, of| tell(Told::Bytes(bytes, of));
            deps.packages.fetch(&source, &came).await?
        }
        Supply::Bundled(id) => {
            // Named after their folders; what is in it is read like anybody else's.
            let folder = id.strip_prefix("rulewright.");
            let found = deps.bundled.iter().find(|(name, _)| Some(*name) == folder);
            let (_, bytes) = found.ok_or_else(|| {
                Refused::new(
                    "not-found",
                    format!("no plugin `{id}` comes with this program"),
                    "GET /v1/catalogue lists what is installed; name a registry's reference or a URL for others",
                )
            })?;
            alone(Arc::from(*bytes), None)
        }
        Supply::Listed { .. } => return Err(Refused::bug("the marketplace was not asked where it is")),
        Supply::Sent { component, signature, .. } => alone(component, signature),
    };
    let size = fetched.component.len() as u64;
    tell(Told::Bytes(size, Some(size)));
    tell(Told::Done(match &fetched.artifact {
        Some(artifact) => format!("{size} bytes, artifact sha256:{artifact}"),
        None => format!("{size} bytes"),
    }));
    Ok(fetched)
}

/// What it is, who vouches for it, and whether this host can run it. What is found first in the bytes is what the
/// signature is compared with.
pub async fn examine(
    deps: &InstallsDeps,
    shop: ShopId,
    source: PackageSource,
    fetched: FetchedPackage,
    wishes: &Wishes,
    tell: Tell<'_>,
) -> Result<Examined, Refused> {
    let FetchedPackage { component, signature, icon, readme, changelog, artifact } = fetched;
    tell(Told::Began(StageName::Verify));
    let package = match inspect(component.clone()).await? {
        Ok(package) => package,
        Err(refusal) => {
            tell(Told::Skipped(
                StageName::Verify,
                "it cannot be read, so there is nothing to compare".into(),
            ));
            tell(Told::Began(StageName::Check));
            return Err(refusal.into());
        }
    };
    let had = had(deps, shop, &package).await?;
    let trust = Trust {
        pinned: had.pinned.as_deref(),
        allow_unsigned: wishes.allow_unsigned,
        accept_key: wishes.accept_key.as_deref(),
    };
    let signed_by = judge(&source, signature.as_deref(), &package, trust)?;
    let known = Known {
        pinned: had.pinned.as_ref(),
        installed: had.installed.as_ref().map(|(installation, old)| (&installation.provenance, old)),
        highest: had.highest.as_deref(),
    };
    let trusted = registry::trust(&package, &source, signed_by.as_ref(), &known, wishes)?;
    let provenance = Provenance { source, artifact, signed_by };
    // What must not run is not compiled either.
    deps.engine.may_offer(shop, &package, &provenance, &allowed(&trusted, wishes)).await?;
    tell(Told::Done(match &provenance.signed_by {
        Some(key) => format!("signed with the key {}", fingerprint(key)),
        None => "not signed".to_owned(),
    }));

    tell(Told::Began(StageName::Check));
    if let Some(function) = package.imports.iter().find(|name| !deps.runtime_offered.contains(&name.as_str()))
    {
        let message = format!("it uses `{function}`, which this server does not offer");
        return Err(Refused::new("not-offered", message, "use a newer server"));
    }
    tell(Told::Done(format!(
        "{} {}, {} functions, {} bytes",
        package.manifest.id,
        package.manifest.version,
        package.imports.len(),
        package.size
    )));
    let verified = match provenance.signed_by.as_deref() {
        Some(key) => deps.market.verified(publisher_of(&package.manifest.id), key).await,
        None => None,
    };
    let question = Question {
        provenance,
        package,
        trusted,
        pinned: had.pinned,
        verified,
        installed: had.installed,
        since: deps.engine.clock().now(),
    };
    let question = Arc::new(question);
    tell(Told::Read(question.clone()));
    Ok(Examined { question, component, readme, changelog, icon })
}

/// Whether the operator of a registry answers for it that the key is this publisher's, by what was seen of its index.
/// None: there is none to ask.
pub fn verified(deps: &InstallsDeps, plugin: &str, key: &str) -> Option<bool> {
    deps.market.vouched(publisher_of(plugin), key)
}

/// Reading and checking megabytes is no work for the threads that answer requests.
async fn inspect(component: Arc<[u8]>) -> Result<Result<Package, registry::Refusal>, Refused> {
    let inspected = tokio::task::spawn_blocking(move || registry::inspect(&component)).await;
    inspected.map_err(|error| {
        tracing::error!(%error, "inspecting a plugin failed");
        Refused::bug("the plugin could not be inspected")
    })
}

/// What the shop has of this plugin and its publisher.
struct Had {
    installed: Option<(Installation, Package)>,
    pinned: Option<PublicKey>,
    highest: Option<String>,
}

async fn had(deps: &InstallsDeps, shop: ShopId, package: &Package) -> Result<Had, Refused> {
    let id = package.manifest.id.clone();
    let read = deps.engine.storage().read(move |reads| {
        let mut had = Had {
            installed: None,
            pinned: reads.pinned_key(shop, publisher_of(&id))?,
            highest: reads.highest_version(shop, &id)?,
        };
        let found = reads.installations(shop)?.into_iter().find(|one| one.plugin == id);
        if let Some(installation) = found {
            had.installed = reads.package(&installation.digest)?.map(|package| (installation, package));
        }
        Ok::<_, StorageError>(had)
    });
    Ok(read.await.map_err(EngineRefusal::from)?)
}

pub async fn compile(deps: &InstallsDeps, examined: &Examined, tell: Tell<'_>) -> Result<(), Refused> {
    tell(Told::Began(StageName::Compile));
    deps.engine.compile(&examined.question.package, examined.component.clone()).await?;
    Ok(())
}

/// Tried with what it would be granted.
pub async fn self_test(
    deps: &InstallsDeps,
    shop: ShopId,
    package: &Package,
    grant: &Grant,
    tell: Tell<'_>,
) -> Result<(), Refused> {
    tell(Told::Began(StageName::SelfTest));
    match deps.engine.self_test(shop, package, grant).await? {
        SelfTested::Passed { usage, issues } if issues.is_empty() => {
            tell(Told::Done(format!("it works; {} units of fuel", usage.fuel)));
        }
        SelfTested::Passed { issues, .. } => {
            let first = issues.first().map(|issue| issue.message.as_str()).unwrap_or_default();
            tell(Told::Done(format!("it works; of its example settings it says: {first}")));
        }
        SelfTested::NothingToShow => {
            let why = "it has no example settings, so it was only compiled and linked";
            tell(Told::Skipped(StageName::SelfTest, why.to_owned()));
        }
    }
    Ok(())
}

/// The engine's words for what was wished, where it may be.
fn allowed(trusted: &Trusted, wishes: &Wishes) -> Allowed {
    Allowed { downgrade: wishes.allow_downgrade, unsigned: wishes.allow_unsigned, key: trusted.pins.clone() }
}

/// A yes that was given before, or a question that somebody has to answer. Decided in the transaction that keeps it.
pub async fn offer(
    deps: &InstallsDeps,
    asked: Asked,
    examined: Examined,
    wishes: &Wishes,
) -> Result<Offered, Refused> {
    let Examined { question, component, readme, changelog, icon } = examined;
    let allowed = allowed(&question.trusted, wishes);
    let (package, provenance) = (question.package.clone(), question.provenance.clone());
    let extras = Extras { readme, changelog, icon };
    Ok(deps.engine.offer(asked, package, component, provenance, extras, allowed).await?)
}

pub async fn accept(
    deps: &InstallsDeps,
    asked: Asked,
    package: &Package,
    grant: Grant,
    pin: Option<PublicKey>,
) -> Result<Installation, Refused> {
    let accepted = deps.engine.accept(asked, &package.manifest.id, &package.digest, grant, pin).await;
    accepted.map_err(|refusal| match refusal {
        // It was on offer when the question was read.
        EngineRefusal::NotFound { .. } => Refused::new(
            "conflict",
            "it is no longer on offer: somebody has declined it, or offered another version",
            "GET /v1/offers lists what waits now",
        ),
        other => other.into(),
    })
}
