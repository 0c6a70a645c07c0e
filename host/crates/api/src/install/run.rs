//! Jobs at work: begun, agreed to, declined, canceled, and found again.

use std::{collections::BTreeSet, sync::Arc};

use axum::http::StatusCode;
use rulewright_domain::{PublicKey, ShopId, plugin::HttpTarget, provenance::publisher_of};
use rulewright_engine::{Asked, Offered};
use rulewright_ports::{StorageError, StorageExt};
use rulewright_registry::{self as registry, Known, Wishes, keys};

use super::{
    Job, JobState, Live, Question, Refused,
    job::{StageName, Told},
    walk::{self, Examined, Supply, Tell},
};
use crate::{problem::Problem, state::Api, token::hex};

/// A place among those that work, held by a job that does nothing yet: whoever hears of its id finds it. Given back
/// unless it is started, also where whoever asked for it has gone.
pub struct Place {
    api: Api,
    live: Live,
    started: bool,
}

impl Place {
    pub fn reserve(api: &Api, id: String, shop: ShopId, by: &str, source: String) -> Result<Place, Problem> {
        let job = Job::new(id, by.to_owned(), source, api.engine.clock().now());
        let live = api.installs.begin(shop, job).ok_or_else(|| {
            let detail = format!("{} installations are under way", super::jobs::MOST_WORKING);
            Problem::new(StatusCode::TOO_MANY_REQUESTS, "too-many-installs", detail)
                .hint("wait until one has ended: GET /v1/installs")
        })?;
        Ok(Place { api: api.clone(), live, started: false })
    }

    /// Begins to work; what comes of it is told by the job.
    pub fn start(mut self, from: Supply, wishes: Wishes) -> Live {
        self.started = true;
        let (api, live) = (self.api.clone(), self.live.clone());
        tokio::spawn(async move { work(&api, &live, from, &wishes).await });
        self.live.clone()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if !self.started {
            self.api.installs.give_back(&self.live);
        }
    }
}

/// Unguessable, so that nobody takes one job for another after a restart.
pub fn new_id() -> Result<String, Problem> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(|error| {
        tracing::error!(%error, "no random numbers");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "bug", "the machine gives no random numbers")
    })?;
    Ok(format!("ins_{}", hex(&bytes)))
}

async fn work(api: &Api, live: &Live, from: Supply, wishes: &Wishes) {
    let tell = teller(api, live);
    let prepared = tokio::select! {
        () = live.cancel.cancelled() => return tell(Told::Canceled),
        () = api.stop.cancelled() => {
            let why = "the server is shutting down";
            return tell(Told::Refused(Refused { ours: true, ..Refused::new("shutting-down", why, "try it again") }));
        }
        prepared = prepare(api, live.shop, from, wishes, &tell) => prepared,
    };
    // From here on, what is asked for is done to its end: a half is not canceled.
    let offered = match prepared {
        Ok(examined) => offer(api, live.shop, examined, wishes, &tell).await,
        Err(refused) => Err(refused),
    };
    match offered {
        Ok(Some(question)) if live.cancel.is_cancelled() => {
            let _ = withdraw(api, live.shop, &question).await;
            tell(Told::Canceled);
        }
        Ok(Some(_)) => tell(Told::Asks),
        Ok(None) => {}
        Err(refused) => tell(Told::Refused(refused)),
    }
}

fn teller(api: &Api, live: &Live) -> impl Fn(Told) + Send + Sync + use<> {
    let (clock, live) = (api.engine.clock().clone(), live.clone());
    move |told| {
        live.tell(told, clock.now());
    }
}

/// Everything before somebody is asked. Changes nothing.
pub async fn prepare(
    api: &Api,
    shop: ShopId,
    from: Supply,
    wishes: &Wishes,
    tell: Tell<'_>,
) -> Result<Examined, Refused> {
    tell(Told::Began(StageName::Fetch));
    let from = walk::found(api, from).await?;
    let source = from.source();
    let fetched = walk::fetch(api, from, tell).await?;
    let examined = walk::examine(api, shop, source, fetched, wishes, tell).await?;
    walk::compile(api, &examined, tell).await?;
    Ok(examined)
}

/// What nobody has to be asked about runs; the rest waits for an answer to the question.
async fn offer(
    api: &Api,
    shop: ShopId,
    examined: Examined,
    wishes: &Wishes,
    tell: Tell<'_>,
) -> Result<Option<Arc<Question>>, Refused> {
    let question = examined.question.clone();
    if question.is_answered() {
        tell(Told::Skipped(StageName::Consent, "it asks for nothing that it may not do already".to_owned()));
        walk::self_test(api, shop, &question.package, &question.usual_grant(), tell).await?;
    }
    match walk::offer(api, shop.into(), examined, wishes).await? {
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

/// What somebody agrees to.
pub struct Yes {
    pub digest: String,
    pub functions: Option<BTreeSet<String>>,
    pub hosts: Vec<HttpTarget>,
    pub pin: Option<String>,
}

/// Goes on after a yes: tries it with what it was granted, and lets it run.
pub async fn agree(api: &Api, asked: Asked, by: &str, id: &str, yes: Yes) -> Result<Live, Problem> {
    let live = find(api, asked.shop, id).await?;
    let job = live.seen();
    let question = match (&job.question, job.state) {
        (Some(question), JobState::Waiting) => question.clone(),
        (Some(question), JobState::Active) if question.package.digest == yes.digest => return Ok(live),
        _ => return Err(not_waiting(&job)),
    };
    let package = &question.package;
    if yes.digest != package.digest {
        let detail = format!("`{}` was agreed to, and what waits is `{}`", yes.digest, package.digest);
        return Err(other_digest(detail));
    }
    let pin = pinned(&question, yes.pin.as_deref())?;
    let hosts = if yes.hosts.is_empty() { question.chosen_hosts() } else { yes.hosts };
    let grant = registry::choose(package, yes.functions.as_ref(), &hosts)
        .map_err(|wrong| Refused::from(wrong).problem())?;
    let detail = match yes.functions {
        Some(_) => format!("{by} agreed to a part"),
        None => format!("{by} agreed"),
    };
    if !live.take_up(Told::Agreed(detail), api.engine.clock().now()) {
        return Err(not_waiting(&live.seen()));
    }
    let (api, at_work) = (api.clone(), live.clone());
    tokio::spawn(async move {
        let tell = teller(&api, &at_work);
        let package = &question.package;
        let made = async {
            walk::self_test(&api, at_work.shop, package, &grant, &tell).await?;
            tell(Told::Began(StageName::Active));
            walk::accept(&api, asked, package, grant.clone(), pin).await
        };
        match made.await {
            Ok(_) => tell(Told::Active(runs(&question))),
            Err(refused) => {
                // What is the package's fault leaves nothing behind; what is ours can be agreed to again.
                if !refused.ours {
                    let _ = withdraw(&api, at_work.shop, &question).await;
                }
                tell(Told::Refused(refused));
            }
        }
    });
    Ok(live)
}

pub fn other_digest(detail: String) -> Problem {
    Problem::new(StatusCode::CONFLICT, "other-digest", detail)
        .hint("read the consent for this very file, and accept that")
}

fn not_waiting(job: &Job) -> Problem {
    let state = match job.state {
        JobState::Working => "is not yet, or no longer, waiting for consent",
        JobState::Waiting => "is being decided by somebody else",
        JobState::Active => "is installed already",
        JobState::Refused => "was refused",
        JobState::Declined => "was declined",
        JobState::Canceled => "was canceled",
    };
    Problem::new(StatusCode::CONFLICT, "not-waiting", format!("`{}` {state}", job.id))
        .hint("GET /v1/installs lists what waits; begin again with POST /v1/installs")
}

/// The key that whoever agrees has seen and named.
pub fn pinned(question: &Question, said: Option<&str>) -> Result<Option<PublicKey>, Problem> {
    match (&question.trusted.pins, said) {
        (None, _) => Ok(None),
        (Some(key), Some(said)) if keys::is_meant(said, key) => Ok(Some(key.clone())),
        (Some(key), said) => {
            let shown = walk::fingerprint(key);
            let detail = match said {
                Some(said) => format!("it is signed with the key {shown}, and {said} was agreed to"),
                None => format!("from then on the key {shown} is trusted for `{}`", question.publisher()),
            };
            let hint =
                format!("compare it with what the publisher says elsewhere, and send `\"pin\": \"{shown}\"`");
            Err(Problem::new(StatusCode::CONFLICT, "other-key", detail).hint(hint))
        }
    }
}

/// A no: what was offered is forgotten.
pub async fn decline(api: &Api, shop: ShopId, id: &str) -> Result<Live, Problem> {
    let live = find(api, shop, id).await?;
    let job = live.seen();
    let question = match (job.question.as_ref(), job.state) {
        (Some(question), JobState::Waiting) => question.clone(),
        (_, JobState::Declined) => return Ok(live),
        _ => return Err(not_waiting(&job)),
    };
    forget(api, &live, &question, Told::Declined).await?;
    Ok(live)
}

async fn forget(api: &Api, live: &Live, question: &Question, told: Told) -> Result<(), Problem> {
    withdraw(api, live.shop, question).await?;
    live.tell(told, api.engine.clock().now());
    Ok(())
}

/// Another package of the same plugin may be on offer by now: that one has its own job.
async fn withdraw(api: &Api, shop: ShopId, question: &Question) -> Result<(), Problem> {
    let digest = &question.package.digest;
    match offered(api, shop).await?.iter().any(|one| one.package.digest == *digest) {
        true => Ok(api.engine.decline(shop, &question.package.manifest.id).await?),
        false => Ok(()),
    }
}

/// Ends what is not installed yet. What is over stays as it ended.
pub async fn cancel(api: &Api, shop: ShopId, id: &str) -> Result<Live, Problem> {
    let live = find(api, shop, id).await?;
    live.cancel.cancel();
    let job = live.seen();
    if let (Some(question), JobState::Waiting) = (&job.question, job.state) {
        forget(api, &live, question, Told::Canceled).await?;
    }
    Ok(live)
}

pub async fn find(api: &Api, shop: ShopId, id: &str) -> Result<Live, Problem> {
    if let Some(live) = api.installs.get(shop, id) {
        return Ok(live);
    }
    all(api, shop).await?;
    let found = api.installs.get(shop, id);
    found.ok_or_else(|| {
        Problem::not_found("installation", id)
            .hint("an installation is remembered for an hour, and until the server stops: GET /v1/installs")
    })
}

/// With what waits in storage, also from before a restart. Newest first.
pub async fn all(api: &Api, shop: ShopId) -> Result<Vec<Live>, Problem> {
    let now = api.engine.clock().now();
    let known = api.installs.of(shop, now);
    let waits = |digest: &str| {
        known.iter().map(Live::seen).any(|job| {
            !job.state.is_over() && job.question.is_some_and(|question| question.package.digest == digest)
        })
    };
    let mut found = false;
    for question in offered(api, shop).await? {
        if !waits(&question.package.digest) {
            let id = format!("ins_{}", question.package.digest.get(..16).unwrap_or_default());
            let (source, since) = (question.provenance.source.to_string(), question.since);
            api.installs.found(shop, Job::waiting(id, source, since, Arc::new(question)));
            found = true;
        }
    }
    Ok(if found { api.installs.of(shop, now) } else { known })
}

/// What waits for consent, with what it would be compared with.
pub async fn offered(api: &Api, shop: ShopId) -> Result<Vec<Question>, Problem> {
    let read = api.engine.storage().read(move |reads| {
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
        let verified = key.and_then(|key| walk::verified(api, &offer.plugin, key));
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
