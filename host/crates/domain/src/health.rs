//! What somebody should look at, before a customer tells them: read off numbers, without asking anybody.
//!
//! A note has an id that stays as long as it is about the same thing, so that it can be muted.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use crate::{
    MailTrouble, Timestamp,
    statistics::{Counts, EndedRun, with},
};

#[cfg(test)]
mod tests;

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;

/// Milliseconds. What is usual is what the last four weeks were: each day of the week counts the same, and a season does not
/// count.
pub const USUAL: i64 = 28 * DAY;
/// Milliseconds. What is going on now: long enough for ten runs of a rule that runs a few times a day.
pub const RECENT: i64 = 2 * DAY;
/// Milliseconds. A weekend with a holiday before or after it is no silence.
pub const SILENT: i64 = 3 * DAY;
/// Runs that should have come meanwhile: a shop that runs a few a week is silent for longer than three days every month.
pub const MISSED: f64 = 10.0;
/// Runs that a share is made of: fewer are chance.
pub const TRIED: u64 = 10;
/// Two can be the same order twice.
pub const FAILED: u64 = 3;
/// A twentieth of the customers notices something.
pub const RATE: f64 = 0.05;
/// A plugin that has always failed a little and fails a little more is no news.
pub const TIMES_USUAL: f64 = 3.0;
/// Where nothing is known to be usual, a fifth is too much for any plugin.
pub const RATE_OF_NEW: f64 = 0.2;
/// Milliseconds. By then a message has been tried four times, so that it is no hiccup.
pub const STUCK: i64 = 30 * MINUTE;
/// Messages given up in a day. One or two are wrong numbers.
pub const DEAD: u64 = 5;
/// Milliseconds over which those are counted.
pub const DEAD_WITHIN: i64 = DAY;
/// Milliseconds. A mailbox is looked into every few minutes, and servers are restarted at night.
pub const MAILBOX: i64 = 30 * MINUTE;

/// What the notes are read off.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Signs {
    pub now: Timestamp,
    /// Whether any rule is switched on: else silence is what was wanted.
    pub has_rules: bool,
    pub runs: Watched,
    /// Of rules, each with the version in force.
    pub plugins: Vec<PluginSigns>,
    pub channels: Vec<ChannelSigns>,
    pub dead: Vec<DeadSigns>,
    pub mailboxes: Vec<MailboxSigns>,
    pub paused: Vec<PausedSigns>,
}

/// A plugin whose runs do not begin, because it broke at each of them.
#[derive(Clone, Debug, PartialEq)]
pub struct PausedSigns {
    pub plugin: String,
    pub since: Timestamp,
    /// What the last of them came to.
    pub error: String,
}

/// Runs of the last [`USUAL`] before the latest one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Watched {
    pub count: u64,
    pub first: Option<Timestamp>,
    pub last: Option<Timestamp>,
    /// By component: those of the last [`RECENT`], and those before.
    pub builds: BTreeMap<String, (Counts, Counts)>,
}

impl Watched {
    pub fn add(&mut self, run: &EndedRun, build: &str, now: Timestamp) {
        self.count += 1;
        self.first = self.first.or(Some(run.ended));
        self.last = Some(run.ended);
        with(&mut self.builds, build, |(recent, before): &mut (Counts, Counts)| {
            let counts = if run.ended > now.plus(-RECENT) { recent } else { before };
            counts.add(run.outcome);
        });
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PluginSigns {
    pub plugin: String,
    pub version: String,
    /// When the version came into force.
    pub since: Timestamp,
    pub recent: Counts,
    pub before: Counts,
    pub earlier_versions: Counts,
}

/// Messages that are due and have not been sent.
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelSigns {
    pub channel: String,
    pub waiting: u64,
    /// When the one was queued that waits for longest.
    pub oldest: Timestamp,
    /// What its last try came to.
    pub error: Option<String>,
}

/// Messages given up within [`DEAD_WITHIN`].
#[derive(Clone, Debug, PartialEq)]
pub struct DeadSigns {
    pub channel: String,
    pub provider: Option<String>,
    pub count: u64,
    pub first: Timestamp,
    /// Of the latest.
    pub error: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct MailboxSigns {
    pub id: String,
    pub address: String,
    pub trouble: MailTrouble,
}

#[derive(Clone, Debug, PartialEq)]
pub struct HealthNote {
    /// What it is about, such as `plugin-fails.acme.sms`.
    pub id: String,
    pub since: Timestamp,
    pub finding: Finding,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Finding {
    Silent {
        days: u64,
        /// Runs a day.
        usual: f64,
    },
    PluginFails {
        plugin: String,
        /// None: it began under the same version.
        since_version: Option<String>,
        counts: Counts,
        /// From 0 to 1.
        rate: f64,
        usual: Option<f64>,
    },
    OutboxStuck {
        channel: String,
        waiting: u64,
        error: Option<String>,
    },
    DeadLetters {
        channel: String,
        provider: Option<String>,
        count: u64,
        error: Option<String>,
    },
    MailboxTrouble {
        mailbox: String,
        address: String,
        message: String,
    },
    /// Its runs wait until somebody lets it go on.
    PluginPaused {
        plugin: String,
        error: String,
    },
}

impl Finding {
    pub const KINDS: [&str; 6] =
        ["silent", "plugin-fails", "outbox-stuck", "dead-letters", "mailbox-trouble", "plugin-paused"];

    pub fn kind(&self) -> &'static str {
        match self {
            Finding::Silent { .. } => "silent",
            Finding::PluginFails { .. } => "plugin-fails",
            Finding::OutboxStuck { .. } => "outbox-stuck",
            Finding::DeadLetters { .. } => "dead-letters",
            Finding::MailboxTrouble { .. } => "mailbox-trouble",
            Finding::PluginPaused { .. } => "plugin-paused",
        }
    }

    fn id(&self) -> String {
        let kind = self.kind();
        match self {
            Finding::Silent { .. } => kind.to_owned(),
            Finding::PluginFails { plugin: about, .. }
            | Finding::PluginPaused { plugin: about, .. }
            | Finding::OutboxStuck { channel: about, .. }
            | Finding::DeadLetters { channel: about, provider: None, .. }
            | Finding::MailboxTrouble { mailbox: about, .. } => format!("{kind}.{about}"),
            Finding::DeadLetters { channel, provider: Some(provider), .. } => {
                format!("{kind}.{channel}.{provider}")
            }
        }
    }
}

/// Whether a note could have this id: one that is not there can be muted before it is.
pub fn is_note(id: &str) -> bool {
    /// Longer ones name nothing.
    const LONGEST: usize = 200;
    let (kind, about) = id.split_once('.').map_or((id, ""), |(kind, about)| (kind, about));
    let alone = kind == "silent";
    id.len() <= LONGEST && Finding::KINDS.contains(&kind) && about.is_empty() == alone
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let because =
            |error: &Option<String>| error.as_ref().map_or_else(String::new, |error| format!(": {error}"));
        match self {
            Finding::Silent { days, usual } => {
                write!(f, "nothing has run for {days} days (usual: {} a day)", few(*usual))
            }
            Finding::PluginFails { plugin, since_version, rate, usual, .. } => {
                write!(f, "plugin {plugin} fails {} ", percent(*rate))?;
                match since_version {
                    Some(version) => write!(f, "since {version}")?,
                    None => write!(f, "in the last {} days", RECENT / DAY)?,
                }
                usual.map_or(Ok(()), |usual| write!(f, " (usual: {})", percent(usual)))
            }
            Finding::OutboxStuck { channel, waiting, error } => {
                let messages =
                    if *waiting == 1 { "1 message waits" } else { &format!("{waiting} messages wait") };
                write!(f, "{messages} to be sent by {channel}{}", because(error))
            }
            Finding::DeadLetters { channel, provider, count, error } => {
                let by = provider.as_ref().map_or_else(String::new, |provider| format!(" with {provider}"));
                write!(f, "{count} messages by {channel}{by} were given up within a day{}", because(error))
            }
            Finding::MailboxTrouble { address, message, .. } => {
                write!(f, "mailbox {address} cannot be looked into: {message}")
            }
            Finding::PluginPaused { plugin, error } => {
                write!(f, "plugin {plugin} broke at every run and is paused: {error}")
            }
        }
    }
}

/// Without digits that mean nothing.
fn few(number: f64) -> String {
    match number {
        0.0..10.0 => format!("{}", (number * 10.0).round() / 10.0),
        _ => format!("{number:.0}"),
    }
}

fn percent(share: f64) -> String {
    format!("{} %", few(share * 100.0))
}

/// Somebody has seen it, and does not want to see it until then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mute {
    pub until: Timestamp,
    pub by: String,
    pub at: Timestamp,
}

impl Mute {
    /// Milliseconds. A year is longer than any season; what is muted for longer is forgotten.
    pub const LONGEST: i64 = 366 * DAY;
}

/// The longest known first.
pub fn notes(signs: &Signs) -> Vec<HealthNote> {
    let mut notes: Vec<HealthNote> = silence(signs).into_iter().collect();
    notes.extend(signs.plugins.iter().filter_map(|plugin| failing(plugin, signs.now)));
    let since = |at: Timestamp, patience: i64| signs.now.0.saturating_sub(at.0) >= patience;
    notes.extend(signs.channels.iter().filter(|one| since(one.oldest, STUCK)).map(|one| {
        let ChannelSigns { channel, waiting, oldest, error } = one.clone();
        note(oldest, Finding::OutboxStuck { channel, waiting, error })
    }));
    notes.extend(signs.dead.iter().filter(|one| one.count >= DEAD).map(|one| {
        let DeadSigns { channel, provider, count, first, error } = one.clone();
        note(first, Finding::DeadLetters { channel, provider, count, error })
    }));
    notes.extend(signs.mailboxes.iter().filter(|one| since(one.trouble.since, MAILBOX)).map(|one| {
        let MailboxSigns { id: mailbox, address, trouble } = one.clone();
        note(trouble.since, Finding::MailboxTrouble { mailbox, address, message: trouble.message })
    }));
    notes.extend(
        signs
            .paused
            .iter()
            .cloned()
            .map(|PausedSigns { plugin, since, error }| note(since, Finding::PluginPaused { plugin, error })),
    );
    notes.sort_by(|one, other| (one.since, &one.id).cmp(&(other.since, &other.id)));
    notes
}

fn note(since: Timestamp, finding: Finding) -> HealthNote {
    HealthNote { id: finding.id(), since, finding }
}

fn silence(signs: &Signs) -> Option<HealthNote> {
    let Watched { count, first: Some(first), last: Some(last), .. } = signs.runs else { return None };
    let silent = signs.now.0.saturating_sub(last.0);
    // Of a shop that is younger than four weeks, what it had.
    let watched = last.0.saturating_sub(first.0).clamp(DAY, USUAL);
    let usual = count as f64 / (watched as f64 / DAY as f64);
    let missed = usual * silent as f64 / DAY as f64;
    let days = u64::try_from(silent / DAY).unwrap_or_default();
    (signs.has_rules && silent >= SILENT && missed >= MISSED && count >= TRIED)
        .then(|| note(last, Finding::Silent { days, usual }))
}

/// Since its new version, or else lately.
fn failing(signs: &PluginSigns, now: Timestamp) -> Option<HealthNote> {
    let sum = |mut one: Counts, other: Counts| {
        one += other;
        one
    };
    let PluginSigns { plugin, version, since, recent, before, earlier_versions } = signs;
    let version_has = sum(*recent, *before);
    let finding = |counts: Counts, usual: Counts, since_version: Option<String>| {
        let rate = counts.failure_rate()?;
        let usual = usual.failure_rate().filter(|_| usual.tried() >= TRIED);
        let too_much = usual.map_or(RATE_OF_NEW, |usual| RATE.max(usual * TIMES_USUAL));
        let found = counts.tried() >= TRIED && counts.failed >= FAILED && rate >= too_much;
        found.then(|| Finding::PluginFails { plugin: plugin.clone(), since_version, counts, rate, usual })
    };
    if earlier_versions.tried() >= TRIED
        && let Some(finding) = finding(version_has, *earlier_versions, Some(version.clone()))
    {
        return Some(note(*since, finding));
    }
    let finding = finding(*recent, sum(*before, *earlier_versions), None)?;
    Some(note(now.plus(-RECENT).max(*since), finding))
}
