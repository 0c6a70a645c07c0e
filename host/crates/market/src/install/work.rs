//! Jobs at work: what is done between beginning and end, and told meanwhile.

use std::sync::Arc;

use rulewright_domain::{Grant, PublicKey, ShopId, provenance::publisher_of};
use rulewright_engine::{Asked, Offered};
use rulewright_ports::{StorageError, StorageExt};
use rulewright_registry::{self as registry, Known, Wishes};

use super::{
    installs::Installs,
    job::{Job, Refused, StageName, Told},
    jobs::{Live, MOST_WORKING},
    question::Question,
    refused::Denied,
    supply::{Begin, Supply},
    walk::{self, Examined, Tell},
};

/// A place among those that work, held by a job that does nothing yet: whoever hears of its id finds it. Given back
/// unless it is started, also where whoever asked for it has gone.
pub struct Reserved {
    installs: Installs,
    live: Live,
    started: bool,
}

impl Reserved {
    pub fn new(
        installs: &Installs,
        id: String,
        shop: ShopId,
        by: &str,
        source: String,
    ) -> Result<Reserved, Refused> {
        let job = Job::new(id, by.to_owned(), source, installs.now());
        let live = installs.jobs().begin(shop, job).ok_or_else(|| {
            let message = format!("{MOST_WORKING} installations are under way");
            let hint = "wait until one has ended: GET /v1/installs";
            Refused::new("too-many-installs", message, hint)
        })?;
        Ok(Reserved { installs: installs.clone(), live, started: false })
    }

    /// Begins to work; what comes of it is told by the job.
    pub fn start(mut self, begin: Begin) -> Live {
        self.started = true;
        let (installs, live) = (self.installs.clone(), self.live.clone());
        tokio::spawn(async move { work(&installs, &live, begin.from, &begin.wishes).await });
        self.live.clone()
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        if !self.started {
            self.installs.jobs().give_back(&self.live);
        }
    }
}

async fn work(installs: &Installs, live: &Live, from: Supply, wishes: &Wishes) {
    let tell = teller(installs, live);
    let prepared = tokio::select! {
        () = live.cancel.cancelled() => return tell(Told::Canceled),
        () = installs.deps().stop.cancelled() => {
            let why = "the server is shutting down";
            return tell(Told::Refused(Refused { ours: true, ..Refused::new("shutting-down", why, "try it again") }));
        }
        prepared = prepare(installs, live.shop, from, wishes, &tell) => prepared,
    };
    // From here on, what is asked for is done to its end: a half is not canceled.
    let offered = match prepared {
        Ok(examined) => offer(installs, live.shop, examined, wishes, &tell).await,
        Err(refused) => Err(refused),
    };
    match offered {
        Ok(Some(question)) if live.cancel.is_cancelled() => {
            let _ = withdraw(installs, live.shop, &question).await;
            tell(Told::Canceled);
        }
        Ok(Some(_)) => tell(Told::Asks),
        Ok(None) => {}
        Err(refused) => tell(Told::Refused(refused)),
    }
}

fn teller(installs: &Installs, live: &Live) -> impl Fn(Told) + Send + Sync + use<> {
    let (installs, live) = (installs.clone(), live.clone());
    move |told| {
        live.tell(told, installs.now());
    }
}

/// Everything before somebody is asked. Changes nothing.
async fn prepare(
    installs: &Installs,
    shop: ShopId,
    from: Supply,
    wishes: &Wishes,
    tell: Tell<'_>,
) -> Result<Examined, Refused> {
    let deps = installs.deps();
    tell(Told::Began(StageName::Fetch));
    let from = walk::found(deps, from).await?;
    let source = from.source();
    let fetched = walk::fetch(deps, from, tell).await?;
    let examined = walk::examine(deps, shop, source, fetched, wishes, tell).await?;
    walk::compile(deps, &examined, tell).await?;
    Ok(examined)
}

/// What nobody has to be asked about runs; the rest waits for an answer to the question.
async fn offer(
    installs: &Installs,
    shop: ShopId,
    examined: Examined,
    wishes: &Wishes,
    tell: Tell<'_>,
) -> Result<Option<Arc<Question>>, Refused> {
    let deps = installs.deps();
    let question = examined.question.clone();
    if question.is_answered() {
        tell(Told::Skipped(StageName::Consent, "it asks for nothing that it may not do already".to_owned()));
        walk::self_test(deps, shop, &question.package, &question.usual_grant(), tell).await?;
    }
    match walk::offer(deps, shop.into(), examined, wishes).await? {
        Offered::Active(_) => {
            tell(Told::Began(StageName::Active));
            tell(Told::Active(runs(&question)));
            Ok(None)
        }
        Offered::Waiting(_) => Ok(Some(question)),
    }
}

fn runs(question: &Question) -> String {
    let manifest = &question.package.manifest;
    format!("{} {} runs", manifest.id, manifest.version)
}

/// Goes on after a yes: tries it with what it was granted, and lets it run.
pub fn go_on(
    installs: &Installs,
    live: &Live,
    asked: Asked,
    question: Arc<Question>,
    grant: Grant,
    pin: Option<PublicKey>,
) {
    let (installs, live) = (installs.clone(), live.clone());
    tokio::spawn(async move {
        let (deps, tell) = (installs.deps(), teller(&installs, &live));
        let package = &question.package;
        let made = async {
            walk::self_test(deps, live.shop, package, &grant, &tell).await?;
            tell(Told::Began(StageName::Active));
            walk::accept(deps, asked, package, grant.clone(), pin).await
        };
        match made.await {
            Ok(_) => tell(Told::Active(runs(&question))),
            Err(refused) => {
                // What is the package's fault leaves nothing behind; what is ours can be agreed to again.
                if !refused.ours {
                    let _ = withdraw(&installs, live.shop, &question).await;
                }
                tell(Told::Refused(refused));
            }
        }
    });
}

/// Another package of the same plugin may be on offer by now: that one has its own job.
pub async fn withdraw(installs: &Installs, shop: ShopId, question: &Question) -> Result<(), Denied> {
    let digest = &question.package.digest;
    match offered(installs, shop).await?.iter().any(|one| one.package.digest == *digest) {
        true => Ok(installs.deps().engine.decline(shop, &question.package.manifest.id).await?),
        false => Ok(()),
    }
}

/// What waits for consent, with what it would be compared with.
pub async fn offered(installs: &Installs, shop: ShopId) -> Result<Vec<Question>, Denied> {
    let deps = installs.deps();
    let read = deps.engine.storage().read(move |reads| {
        let installed = reads.installations(shop)?;
        let mut all = Vec::new();
        for offer in reads.offers(shop)? {
            let Some(package) = reads.package(&offer.digest)? else { continue };
            let before = installed.iter().find(|one| one.plugin == offer.plugin).cloned();
            let before = match before {
                Some(one) => reads.package(&one.digest)?.map(|package| (one, package)),
                None => None,
            };
            let pinned = reads.pinned_key(shop, publisher_of(&offer.plugin))?;
            let highest = reads.highest_version(shop, &offer.plugin)?;
            all.push((offer, package, before, pinned, highest));
        }
        Ok::<_, StorageError>(all)
    });
    let questions = read.await?.into_iter().map(|(offer, package, installed, pinned, highest)| {
        let key = offer.provenance.signed_by.as_ref();
        // Whoever offered it has allowed what there was to allow.
        let wishes =
            Wishes { allow_unsigned: true, accept_key: key.cloned(), allow_downgrade: true, plugin: None };
        let known = Known {
            pinned: pinned.as_ref(),
            installed: installed.as_ref().map(|(one, package)| (&one.provenance, package)),
            highest: highest.as_deref(),
        };
        let trusted = registry::trust(&package, &offer.provenance.source, key, &known, &wishes);
        let verified = key.and_then(|key| walk::verified(deps, &offer.plugin, key));
        Question {
            trusted: trusted.unwrap_or_default(),
            package,
            provenance: offer.provenance,
            pinned,
            verified,
            installed,
            since: offer.offered_at,
        }
    });
    Ok(questions.collect())
}
