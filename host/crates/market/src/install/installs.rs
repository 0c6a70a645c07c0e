//! Installations of all shops: begun, followed, agreed to, declined, canceled, and found again.

use std::{collections::BTreeSet, sync::Arc};

use futures::Stream;
use rulewright_domain::{PublicKey, ShopId, Timestamp, audit::Who, plugin::HttpTarget};
use rulewright_engine::{Asked, Engine};
use rulewright_ports::Packages;
use rulewright_registry::{self as registry, keys};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{
    job::{Job, JobState, Refused, Told},
    jobs::{Jobs, Live},
    question::{Question, fingerprint},
    refused::Denied,
    supply::Begin,
    work::{self, Reserved},
};
use crate::Marketplace;

/// What installing is wired to.
#[derive(Clone)]
pub struct InstallsDeps {
    pub engine: Engine,
    /// Where a plugin is that is named by its id alone, and who vouches for its publisher.
    pub market: Marketplace,
    /// Where packages from elsewhere are fetched.
    pub packages: Arc<dyn Packages>,
    /// Plugins that come with the program: folder and component.
    pub bundled: &'static [(&'static str, &'static [u8])],
    /// Host functions that the runtime has: a plugin that imports another one is not installed.
    pub runtime_offered: &'static [&'static str],
    /// Ends what nobody has agreed to yet, and every [`Installs::subscribe`].
    pub stop: CancellationToken,
}

/// Installations under way, those that wait for somebody to agree, and those that ended within the last hour. Cheap to
/// clone: every clone is the same.
///
/// All that changes something takes an [`Asked`]: with a key it is done once, however often it is asked for;
/// `shop.into()` is one without a key.
#[derive(Clone)]
pub struct Installs {
    deps: Arc<InstallsDeps>,
    jobs: Arc<Jobs>,
}

/// What somebody agrees to.
#[derive(Clone, Debug, Default)]
pub struct Yes {
    /// Of the package in the question: exactly these bytes are agreed to.
    pub digest: String,
    /// The functions behind those sentences that are agreed to; all if left out.
    pub functions: Option<BTreeSet<String>>,
    /// Hosts that it may reach, where the shop chooses them. None: those that were chosen before.
    pub hosts: Vec<HttpTarget>,
    /// [`Question::pin`], where there is one.
    pub pin: Option<String>,
}

impl Installs {
    pub fn new(deps: InstallsDeps) -> Installs {
        Installs { deps: Arc::new(deps), jobs: Arc::default() }
    }

    /// The same, and what is installed through it is written down as theirs.
    pub fn acting(&self, who: impl Into<Who>) -> Installs {
        let deps = InstallsDeps { engine: self.deps.engine.acting(who), ..(*self.deps).clone() };
        Installs { deps: Arc::new(deps), jobs: self.jobs.clone() }
    }

    pub(super) fn deps(&self) -> &InstallsDeps {
        &self.deps
    }

    pub(super) fn jobs(&self) -> &Jobs {
        &self.jobs
    }

    pub(super) fn now(&self) -> Timestamp {
        self.deps.engine.clock().now()
    }

    /// Begins to install or to upgrade. It fetches, verifies, checks and compiles, and then waits for consent, unless the
    /// plugin asks for no more than the version in use was granted. `by` is who is told to have asked for it.
    pub async fn begin(&self, asked: Asked, by: &str, begin: Begin) -> Result<Job, Denied> {
        let (id, shop) = (new_id()?, asked.shop);
        let engine = &self.deps().engine;
        if let Some(first) = engine.answered::<String>(&asked).await? {
            return self.get(shop, &first).await;
        }
        let reserved = Reserved::new(self, id.clone(), shop, by, begin.source.clone())?;
        // Of requests with one key, the one whose id is kept goes on.
        let first = engine.keep(asked, id.clone()).await?;
        if first != id {
            return self.get(shop, &first).await;
        }
        Ok(reserved.start(begin).seen())
    }

    /// How it stands.
    pub async fn get(&self, shop: ShopId, id: &str) -> Result<Job, Denied> {
        Ok(self.find(shop, id).await?.seen())
    }

    /// With what waits in storage, also from before a restart. Newest first.
    pub async fn list(&self, shop: ShopId) -> Result<Vec<Job>, Denied> {
        Ok(self.all(shop).await?.iter().map(Live::seen).collect())
    }

    /// Of these, the ones that wait for somebody to agree.
    pub async fn waiting(&self, shop: ShopId) -> Result<Vec<Job>, Denied> {
        let mut all = self.list(shop).await?;
        all.retain(|job| job.state == JobState::Waiting);
        Ok(all)
    }

    /// For whoever looks again by themselves, e.g. because they may lose the right to.
    pub async fn watch(&self, shop: ShopId, id: &str) -> Result<watch::Receiver<Job>, Denied> {
        Ok(self.find(shop, id).await?.watch())
    }

    /// How it stands, and then each time that it has changed. Ends when the installation does, or the program. Whoever is
    /// slow is not told of what lies between.
    pub async fn subscribe(
        &self,
        shop: ShopId,
        id: &str,
    ) -> Result<impl Stream<Item = Job> + Send + use<>, Denied> {
        let news = self.watch(shop, id).await?;
        Ok(states(news, self.deps().stop.clone()))
    }

    /// A yes: it is tried with what it was granted, and then runs. The same yes once more changes nothing.
    pub async fn consent(&self, asked: Asked, by: &str, id: &str, yes: Yes) -> Result<Job, Denied> {
        let live = self.find(asked.shop, id).await?;
        let job = live.seen();
        let question = match (&job.question, job.state) {
            (Some(question), JobState::Waiting) => question.clone(),
            (Some(question), JobState::Active) if question.package.digest == yes.digest => return Ok(job),
            _ => return Err(not_waiting(&job).into()),
        };
        let package = &question.package;
        if yes.digest != package.digest {
            let message = format!("`{}` was agreed to, and what waits is `{}`", yes.digest, package.digest);
            return Err(other_digest(message).into());
        }
        let pin = pinned(&question, yes.pin.as_deref())?;
        let hosts = if yes.hosts.is_empty() { question.chosen_hosts() } else { yes.hosts };
        let grant = registry::choose(package, yes.functions.as_ref(), &hosts).map_err(Refused::from)?;
        let detail = match yes.functions {
            Some(_) => format!("{by} agreed to a part"),
            None => format!("{by} agreed"),
        };
        if !live.take_up(Told::Agreed(detail), self.now()) {
            return Err(not_waiting(&live.seen()).into());
        }
        work::go_on(self, &live, asked, question, grant, pin);
        Ok(live.seen())
    }

    /// A no: what was offered is forgotten, and a version in use goes on.
    pub async fn decline(&self, shop: ShopId, id: &str) -> Result<Job, Denied> {
        let live = self.find(shop, id).await?;
        let job = live.seen();
        let question = match (job.question.as_ref(), job.state) {
            (Some(question), JobState::Waiting) => question.clone(),
            (_, JobState::Declined) => return Ok(job),
            _ => return Err(not_waiting(&job).into()),
        };
        self.forget(&live, &question, Told::Declined).await?;
        Ok(live.seen())
    }

    /// Ends what is not installed yet, as soon as it can be ended, which the job tells. What is over stays as it ended.
    pub async fn cancel(&self, shop: ShopId, id: &str) -> Result<Job, Denied> {
        let live = self.find(shop, id).await?;
        live.cancel.cancel();
        let job = live.seen();
        if let (Some(question), JobState::Waiting) = (&job.question, job.state) {
            self.forget(&live, question, Told::Canceled).await?;
        }
        Ok(live.seen())
    }

    async fn forget(&self, live: &Live, question: &Question, told: Told) -> Result<(), Denied> {
        work::withdraw(self, live.shop, question).await?;
        live.tell(told, self.now());
        Ok(())
    }

    async fn find(&self, shop: ShopId, id: &str) -> Result<Live, Denied> {
        if let Some(live) = self.jobs().get(shop, id) {
            return Ok(live);
        }
        self.all(shop).await?;
        let found = self.jobs().get(shop, id);
        found.ok_or_else(|| {
            let hint =
                "an installation is remembered for an hour, and until the server stops: GET /v1/installs";
            Refused::new("not-found", format!("there is no installation `{id}`"), hint).into()
        })
    }

    async fn all(&self, shop: ShopId) -> Result<Vec<Live>, Denied> {
        let now = self.now();
        let known = self.jobs().of(shop, now);
        let waits = |digest: &str| {
            known.iter().map(Live::seen).any(|job| {
                !job.state.is_over() && job.question.is_some_and(|question| question.package.digest == digest)
            })
        };
        let mut found = false;
        for question in work::offered(self, shop).await? {
            if !waits(&question.package.digest) {
                let id = format!("ins_{}", question.package.digest.get(..16).unwrap_or_default());
                let (source, since) = (question.provenance.source.to_string(), question.since);
                self.jobs().found(shop, Job::waiting(id, source, since, Arc::new(question)));
                found = true;
            }
        }
        Ok(if found { self.jobs().of(shop, now) } else { known })
    }
}

/// Unguessable, so that nobody takes one job for another after a restart.
fn new_id() -> Result<String, Refused> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(|error| {
        tracing::error!(%error, "no random numbers");
        Refused { ours: false, ..Refused::bug("the machine gives no random numbers") }
    })?;
    Ok(format!("ins_{:016x}", u64::from_be_bytes(bytes)))
}

fn states(news: watch::Receiver<Job>, stop: CancellationToken) -> impl Stream<Item = Job> + Send {
    let begin = (news, stop, None);
    futures::stream::unfold(begin, |(mut news, stop, over)| async move {
        match over {
            Some(true) => return None,
            Some(false) => tokio::select! {
                () = stop.cancelled() => return None,
                news = news.changed() => news.ok()?,
            },
            None => {}
        }
        let job = news.borrow_and_update().clone();
        let over = job.state.is_over();
        Some((job, (news, stop, Some(over))))
    })
}

pub fn other_digest(message: String) -> Refused {
    Refused::new("other-digest", message, "read the consent for this very file, and accept that")
}

fn not_waiting(job: &Job) -> Refused {
    let state = match job.state {
        JobState::Working => "is not yet, or no longer, waiting for consent",
        JobState::Waiting => "is being decided by somebody else",
        JobState::Active => "is installed already",
        JobState::Refused => "was refused",
        JobState::Declined => "was declined",
        JobState::Canceled => "was canceled",
    };
    let hint = "GET /v1/installs lists what waits; begin again with POST /v1/installs";
    Refused::new("not-waiting", format!("`{}` {state}", job.id), hint)
}

/// The key that whoever agrees has seen and named.
pub fn pinned(question: &Question, said: Option<&str>) -> Result<Option<PublicKey>, Refused> {
    match (&question.trusted.pins, said) {
        (None, _) => Ok(None),
        (Some(key), Some(said)) if keys::is_meant(said, key) => Ok(Some(key.clone())),
        (Some(key), said) => {
            let shown = fingerprint(key);
            let message = match said {
                Some(said) => format!("it is signed with the key {shown}, and {said} was agreed to"),
                None => format!("from then on the key {shown} is trusted for `{}`", question.publisher()),
            };
            let hint =
                format!("compare it with what the publisher says elsewhere, and send `\"pin\": \"{shown}\"`");
            Err(Refused::new("other-key", message, hint))
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::StreamExt;

    use super::*;

    fn live() -> Live {
        let job = Job::new("ins_1".into(), "test".into(), "this program".into(), Timestamp(1));
        Jobs::default().begin(ShopId(1), job).unwrap()
    }

    #[tokio::test]
    async fn whoever_follows_is_told_how_it_stands_and_how_it_ends() {
        let live = live();
        let mut all = std::pin::pin!(states(live.watch(), CancellationToken::new()));
        assert_eq!(all.next().await.unwrap().state, JobState::Working);
        live.tell(Told::Asks, Timestamp(2));
        assert_eq!(all.next().await.unwrap().state, JobState::Waiting);
        live.tell(Told::Declined, Timestamp(3));
        assert_eq!(all.next().await.unwrap().state, JobState::Declined);
        assert!(all.next().await.is_none());
        let late: Vec<Job> = states(live.watch(), CancellationToken::new()).collect().await;
        assert_eq!(late.len(), 1, "of one that is over, its end");
    }

    #[tokio::test]
    async fn nobody_who_follows_holds_up_the_end_of_the_program() {
        let (live, stop) = (live(), CancellationToken::new());
        let mut all = std::pin::pin!(states(live.watch(), stop.clone()));
        assert!(all.next().await.is_some());
        stop.cancel();
        assert!(all.next().await.is_none());
    }
}
