use rulewright_domain::{
    Timestamp,
    health::{Finding, Mute},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Something that somebody should look at.
#[derive(Debug, Serialize, ToSchema)]
pub struct HealthNote {
    /// The same as long as it is about the same thing.
    #[schema(example = "plugin-fails.acme.sms")]
    id: String,
    /// `silent`, `plugin-fails`, `outbox-stuck`, `dead-letters`, `mailbox-trouble` or `plugin-paused`.
    #[schema(example = "plugin-fails")]
    kind: &'static str,
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
    /// In a sentence.
    #[schema(example = "plugin acme.sms fails 12 % since 1.4.0 (usual: 1 %)")]
    reason: String,
    /// Null: nobody has muted it.
    muted: Option<HealthMute>,
    #[serde(flatten)]
    about: About,
}

/// What it is about.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = HealthNoteAbout)]
struct About {
    /// Of `plugin-fails` and `plugin-paused`.
    #[serde(skip_serializing_if = "Option::is_none")]
    plugin: Option<String>,
    /// The version under which it began.
    #[serde(skip_serializing_if = "Option::is_none")]
    since_version: Option<String>,
    /// Share of runs that fail, from 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    rate: Option<f64>,
    /// Of `plugin-fails` the share that is usual, of `silent` the runs a day.
    #[serde(skip_serializing_if = "Option::is_none")]
    usual: Option<f64>,
    /// Days without a run, of `silent`.
    #[serde(skip_serializing_if = "Option::is_none")]
    days: Option<u64>,
    /// Of `outbox-stuck` and `dead-letters`.
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<String>,
    /// Messages, or failed runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
    /// Of `mailbox-trouble`.
    #[serde(skip_serializing_if = "Option::is_none")]
    mailbox: Option<String>,
    /// What the latest try said.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct HealthMute {
    #[schema(value_type = String, format = DateTime)]
    until: Timestamp,
    /// Who has muted it.
    by: String,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

/// Until when nobody wants to see it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HealthMuteInput {
    /// Within a year. A time that has passed ends it.
    #[schema(value_type = String, format = DateTime, example = "2026-12-24T18:00:00Z")]
    pub until: Timestamp,
}

impl From<rulewright_engine::Noted> for HealthNote {
    fn from(noted: rulewright_engine::Noted) -> HealthNote {
        let rulewright_engine::Noted { note, muted } = noted;
        let muted = muted.map(|Mute { until, by, at }| HealthMute { until, by, at });
        HealthNote {
            kind: note.finding.kind(),
            since: note.since,
            reason: note.finding.to_string(),
            muted,
            about: note.finding.into(),
            id: note.id,
        }
    }
}

impl From<Finding> for About {
    fn from(finding: Finding) -> About {
        let none = About::default();
        match finding {
            Finding::Silent { days, usual } => About { days: Some(days), usual: Some(usual), ..none },
            Finding::PluginFails { plugin, since_version, counts, rate, usual } => About {
                plugin: Some(plugin),
                since_version,
                rate: Some(rate),
                usual,
                count: Some(counts.failed),
                ..none
            },
            Finding::OutboxStuck { channel, waiting, error } => {
                About { channel: Some(channel), count: Some(waiting), error, ..none }
            }
            Finding::DeadLetters { channel, provider, count, error } => {
                About { channel: Some(channel), provider, count: Some(count), error, ..none }
            }
            Finding::MailboxTrouble { mailbox, message, .. } => {
                About { mailbox: Some(mailbox), error: Some(message), ..none }
            }
            Finding::PluginPaused { plugin, error } => {
                About { plugin: Some(plugin), error: Some(error), ..none }
            }
        }
    }
}
