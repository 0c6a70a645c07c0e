//! Installations under way, and what somebody is asked before they end.

use std::collections::BTreeSet;

use rulewright_domain::{self as domain, Timestamp};
use rulewright_market::{
    self as market, JobState as DomainState, Question, StageName as DomainName, StageState as DomainStage,
    fingerprint,
};
use rulewright_registry as registry;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    plugin::{Consent, Sentence, sentences},
    value::mirror,
};

mirror! {
    /// What a package walks through, in this order.
    StageName = DomainName {
        Fetch = "fetch",
        Verify = "verify",
        Check = "check",
        Compile = "compile",
        Consent = "consent",
        SelfTest = "self-test",
        Active = "active",
    }
}

mirror! {
    /// `waiting` is for somebody to agree; `ended` is where a refusal, a no or a cancellation came.
    StageState = DomainStage {
        Pending = "pending",
        Running = "running",
        Waiting = "waiting",
        Done = "done",
        Skipped = "skipped",
        Ended = "ended",
    }
}

mirror! {
    /// `waiting` is for somebody to agree; `active`, `refused`, `declined` and `canceled` are ends.
    InstallState = DomainState {
        Working = "working",
        Waiting = "waiting",
        Active = "active",
        Refused = "refused",
        Declined = "declined",
        Canceled = "canceled",
    }
}

/// An installation, from its source to a version that runs, or to the reason why not.
#[derive(Debug, Serialize, ToSchema)]
pub struct Install {
    #[schema(example = "ins_9f86d081884c7d65")]
    id: String,
    state: InstallState,
    /// As it was asked for.
    #[schema(example = "registry.example/acme/greet:1.2.0")]
    source: String,
    /// Name of the token that began it.
    #[serde(skip_serializing_if = "String::is_empty")]
    by: String,
    #[schema(value_type = String, format = DateTime)]
    started_at: Timestamp,
    /// Counts changes; the id of the stream's events.
    revision: u64,
    stages: Vec<Stage>,
    /// Once the component has been read.
    #[schema(example = "acme.greet")]
    plugin: Option<String>,
    #[schema(example = "1.2.0")]
    version: Option<String>,
    /// SHA-256 of the component.
    digest: Option<String>,
    /// SHA-256 of the registry's manifest: what was fetched, whatever its tag says later.
    artifact: Option<String>,
    publisher: Option<Publisher>,
    /// What somebody must agree to, while it waits for that.
    consent: Option<Consent>,
    /// Beside the version in use.
    diff: Option<PermissionDiff>,
    refusal: Option<InstallRefusal>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InstallStage)]
struct Stage {
    name: StageName,
    state: StageState,
    /// What was found, in words.
    detail: Option<String>,
    /// That have come.
    bytes: Option<u64>,
    /// That are expected.
    of: Option<u64>,
    #[schema(value_type = Option<String>, format = DateTime)]
    started_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<Timestamp>,
}

/// Who signed it, and what is known of them.
#[derive(Debug, Serialize, ToSchema)]
pub struct Publisher {
    /// First part of the plugin's id.
    #[schema(example = "acme")]
    id: String,
    /// As the plugin says; nobody has checked it.
    #[schema(example = "Acme Ltd")]
    name: String,
    /// Of the key that signed it; none for what is unsigned.
    #[schema(example = "9f86-d081-884c-7d65")]
    key: Option<String>,
    /// The shop has agreed to this key before.
    pinned: bool,
    /// The registry's index vouches for the key; null where there is no index to ask.
    verified: Option<bool>,
}

/// Permissions beside those of the version in use.
#[derive(Debug, Serialize, ToSchema)]
pub struct PermissionDiff {
    /// Of the version in use.
    from: String,
    /// Somebody must agree to these.
    added: Vec<Sentence>,
    /// It no longer asks for these.
    removed: Vec<Sentence>,
    /// Agreed to before.
    same: Vec<Sentence>,
}

/// Why it was not installed. Nothing has changed.
#[derive(Debug, Serialize, ToSchema)]
struct InstallRefusal {
    stage: StageName,
    /// Stable; docs/installing.md lists all.
    #[schema(example = "unsigned")]
    code: String,
    message: String,
    hint: String,
}

impl Publisher {
    pub fn of(question: &Question) -> Publisher {
        let key = question.provenance.signed_by.as_ref();
        Publisher {
            id: question.publisher().to_owned(),
            name: question.package.manifest.publisher.clone(),
            key: key.map(|key| fingerprint(key)),
            pinned: key.is_some() && key == question.pinned.as_ref(),
            verified: question.verified,
        }
    }
}

impl PermissionDiff {
    pub fn of(from: &domain::Package, diff: registry::Diff) -> PermissionDiff {
        PermissionDiff {
            from: from.manifest.version.clone(),
            added: sentences(diff.added),
            removed: sentences(diff.removed),
            same: sentences(diff.same),
        }
    }
}

impl From<market::Job> for Install {
    fn from(job: market::Job) -> Install {
        let stage = |stage: market::Stage| Stage {
            name: stage.name.into(),
            state: stage.state.into(),
            detail: stage.detail,
            bytes: stage.bytes.map(|(came, _)| came),
            of: stage.bytes.and_then(|(_, of)| of),
            started_at: stage.started_at,
            ended_at: stage.ended_at,
        };
        let refusal = job.refusal.map(|(stage, refused)| InstallRefusal {
            stage: stage.into(),
            code: refused.code.into_owned(),
            message: refused.message,
            hint: refused.hint.into_owned(),
        });
        let question = job.question.as_deref();
        let manifest = question.map(|question| &question.package.manifest);
        let diff = question.and_then(|question| {
            let (_, old) = question.installed.as_ref()?;
            Some(PermissionDiff::of(old, question.diff()?))
        });
        Install {
            state: job.state.into(),
            source: job.source,
            by: job.by,
            started_at: job.began,
            revision: job.revision,
            stages: job.stages.into_iter().map(stage).collect(),
            plugin: manifest.map(|manifest| manifest.id.clone()),
            version: manifest.map(|manifest| manifest.version.clone()),
            digest: question.map(|question| question.package.digest.clone()),
            artifact: question.and_then(|question| question.provenance.artifact.clone()),
            publisher: question.map(Publisher::of),
            consent: question.filter(|_| job.state == DomainState::Waiting).map(Consent::of),
            diff,
            refusal,
            id: job.id,
        }
    }
}

impl Install {
    pub fn id(&self) -> &str {
        &self.id
    }

    /// By its name on the wire.
    pub fn state(&self) -> &'static str {
        self.state.name()
    }
}

/// From where to install.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewInstall {
    /// A registry's reference (`registry.example/acme/greet:1.2.0`, or with `@sha256:...`), an `https` address of a
    /// component, `bundled:` and the id of a plugin that comes with this program, or an id from the marketplace.
    #[schema(example = "registry.example/acme/greet:1.2.0")]
    pub source: String,
    /// The plugin that it must be, e.g. of an upgrade.
    #[serde(default)]
    #[schema(example = "acme.greet")]
    pub plugin: Option<String>,
    /// Also if nobody has signed it; never where the publisher's key is known.
    #[serde(default)]
    pub allow_unsigned: bool,
    /// Fingerprint of the key that it must be signed with, also where another one is pinned.
    #[serde(default)]
    #[schema(example = "9f86-d081-884c-7d65")]
    pub accept_key: Option<String>,
    /// Also if the shop had a higher version.
    #[serde(default)]
    pub allow_downgrade: bool,
}

/// A yes, to all or to a part.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Agreement {
    /// `consent.digest`: exactly these bytes are agreed to.
    pub digest: String,
    /// The functions behind those sentences that are agreed to; all if left out. What is left out answers `denied`.
    #[serde(default)]
    pub functions: Option<BTreeSet<String>>,
    /// Hosts that it may send to, where the shop chooses them.
    #[serde(default)]
    #[schema(example = json!(["api.example.com"]))]
    pub hosts: Vec<String>,
    /// `consent.pin`, where there is one: the key that is trusted for this publisher from now on.
    #[serde(default)]
    #[schema(example = "9f86-d081-884c-7d65")]
    pub pin: Option<String>,
}
