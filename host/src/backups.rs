//! Backups that the server makes by itself while it works, and what came of them.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::{counter::Counter, family::Family, gauge::Gauge};
use prometheus_client::registry::Registry;
use rulewright_api::Troubles;
use rulewright_domain::Timestamp;
use rulewright_engine::Engine;
use rulewright_ports::Storage;
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use crate::error::{CliError, Result};

const EVERY: Duration = Duration::from_secs(3600);
const KEEP: usize = 24;
/// After one that failed: sooner than usual, and not so soon that a full disk is all that the log tells of.
const RETRY: Duration = Duration::from_secs(300);

const BEGINS: &str = "rulewright-";
const ENDS: &str = "Z.db";
/// A copy under way, and what SQLite keeps beside it.
const UNFINISHED: [&str; 2] = [".unfinished", ".unfinished-journal"];

/// As `/healthz` tells of it.
const FAILED: &str = "backup-failed";

/// Of `serve`.
#[derive(Args, Debug, Default)]
pub struct BackupFlags {
    /// Directory for backups that the server makes by itself [default: it makes none]
    #[arg(long, value_name = "DIR", env = "RULEWRIGHT_BACKUP_TO")]
    backup_to: Option<PathBuf>,
    /// Time from one backup to the next, e.g. 30m, 1h or 1d [default: 1h]
    #[arg(long, value_name = "TIME")]
    backup_every: Option<String>,
    /// How many backups are kept [default: 24]
    #[arg(long, value_name = "NUMBER")]
    backup_keep: Option<NonZeroUsize>,
}

/// `[backup]` of `rulewright.toml`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct BackupSettings {
    pub to: Option<PathBuf>,
    pub every: Option<String>,
    pub keep: Option<NonZeroUsize>,
}

impl BackupFlags {
    /// Flags win over the file.
    pub fn backups(self, file: &BackupSettings) -> Result<Option<Arc<Backups>>> {
        let every = self.backup_every.as_ref().or(file.every.as_ref());
        let keep = self.backup_keep.or(file.keep);
        let Some(to) = self.backup_to.or(file.to.clone()) else {
            return match (every, keep) {
                (None, None) => Ok(None),
                _ => Err(CliError::usage("backups have no directory").hint("name it: --backup-to DIR")),
            };
        };
        let every = every.map_or(Ok(EVERY), |text| duration(text))?;
        Ok(Some(Arc::new(Backups::new(to, every, keep.map_or(KEEP, NonZeroUsize::get)))))
    }
}

/// A number and `s`, `m`, `h` or `d`.
fn duration(text: &str) -> Result<Duration> {
    let wrong = || {
        CliError::usage(format!("`{text}` is no time between backups"))
            .hint("write a number and s, m, h or d: --backup-every 1h")
    };
    let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or_else(wrong)?;
    let seconds: u64 = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return Err(wrong()),
    };
    let number: u32 = number.parse().map_err(|_| wrong())?;
    match number {
        0 => Err(wrong()),
        number => Ok(Duration::from_secs(u64::from(number) * seconds)),
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Ended {
    result: &'static str,
}

pub struct Backups {
    to: PathBuf,
    every: Duration,
    keep: usize,
    troubles: Troubles,
    made: Family<Ended, Counter>,
    last: Gauge,
    bytes: Gauge,
}

impl Backups {
    fn new(to: PathBuf, every: Duration, keep: usize) -> Backups {
        let made: Family<Ended, Counter> = Family::default();
        // Shown from the start, so that the first failure is a rise.
        for result in ["done", "failed"] {
            drop(made.get_or_create(&Ended { result }));
        }
        let (last, bytes) = (Gauge::default(), Gauge::default());
        Backups { to, every, keep, troubles: Troubles::default(), made, last, bytes }
    }

    pub fn troubles(&self) -> Troubles {
        self.troubles.clone()
    }

    pub fn register(&self, registry: &mut Registry) {
        registry.register("rulewright_backups", "Backups by what came of them", self.made.clone());
        let last = "When the newest backup was begun, in seconds since 1970; 0 where there is none";
        registry.register("rulewright_backup_last_seconds", last, self.last.clone());
        registry.register("rulewright_backup_bytes", "Size of the newest backup", self.bytes.clone());
    }

    /// Until `stop`. One that has begun comes to its end.
    pub async fn follow(self: Arc<Self>, engine: Engine, stop: CancellationToken) {
        let mut not_before = Timestamp(i64::MIN);
        loop {
            let due = self.due(engine.clock().now()).max(not_before);
            tokio::select! {
                () = stop.cancelled() => return,
                () = engine.clock().sleep_until(due) => {}
            }
            let now = engine.clock().now();
            if !self.once(engine.storage(), now).await {
                not_before = now.plus(millis(self.every.min(RETRY)));
            }
        }
    }

    /// A restart does not put off the next.
    fn due(&self, now: Timestamp) -> Timestamp {
        let there = self.there(now).unwrap_or_default();
        let Some((name, at)) = there.last().and_then(|name| Some((name, taken(name)?))) else {
            return now;
        };
        if let Ok(newest) = std::fs::metadata(self.to.join(name)) {
            self.show(at, newest.len());
        }
        at.plus(millis(self.every))
    }

    fn show(&self, at: Timestamp, bytes: u64) {
        self.last.set(at.0.div_euclid(1_000));
        self.bytes.set(i64::try_from(bytes).unwrap_or(i64::MAX));
    }

    /// Whether there is one more.
    async fn once(&self, storage: &Arc<dyn Storage>, now: Timestamp) -> bool {
        let made = self.make(storage, now).await;
        let done = made.is_ok();
        let result = if done { "done" } else { "failed" };
        // Before it is told: whoever has read of it finds it counted.
        self.made.get_or_create(&Ended { result }).inc();
        match made {
            Ok((file, bytes)) => {
                self.troubles.end(FAILED);
                self.show(now, bytes);
                tracing::info!(file = %file.display(), bytes, "backed up");
            }
            Err(error) => {
                self.troubles.begin(FAILED);
                tracing::error!(to = %self.to.display(), %error, "the backup failed; the earlier ones are kept");
            }
        }
        done
    }

    /// Under its name only once it is whole; only then an old one goes.
    async fn make(
        &self,
        storage: &Arc<dyn Storage>,
        now: Timestamp,
    ) -> std::result::Result<(PathBuf, u64), Box<dyn std::error::Error + Send + Sync>> {
        std::fs::create_dir_all(&self.to)?;
        // First, so that there is room.
        if let Err(error) = self.tidy() {
            tracing::error!(to = %self.to.display(), %error, "unfinished backups cannot be removed");
        }
        let file = self.to.join(name(now));
        storage.backup(&file).await?;
        let bytes = std::fs::metadata(&file)?.len();
        if let Err(error) = self.thin_out(now) {
            tracing::error!(to = %self.to.display(), %error, "old backups cannot be removed");
        }
        Ok((file, bytes))
    }

    /// Only what has the name of a backup is taken for one. The one of `now` is the newest, and stays.
    fn thin_out(&self, now: Timestamp) -> std::io::Result<()> {
        let there = self.there(now)?;
        for old in &there[..there.len().saturating_sub(self.keep)] {
            std::fs::remove_file(self.to.join(old))?;
        }
        Ok(())
    }

    /// A server that was killed meanwhile has left them behind.
    fn tidy(&self) -> std::io::Result<()> {
        for entry in std::fs::read_dir(&self.to)? {
            let entry = entry?;
            let left = entry.file_name().into_string().is_ok_and(|name| unfinished(&name));
            if left {
                std::fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }

    /// Names of backups, the oldest first. One from the future comes of a clock that was wrong: nobody knows how old it is.
    fn there(&self, now: Timestamp) -> std::io::Result<Vec<String>> {
        let mut names = names(&self.to)?;
        names.retain(|name| taken(name).is_some_and(|at| at <= now));
        Ok(names)
    }
}

fn names(folder: &Path) -> std::io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        names.extend(entry?.file_name().into_string().ok().filter(|name| taken(name).is_some()));
    }
    names.sort();
    Ok(names)
}

/// Sorted as the times are.
fn name(at: Timestamp) -> String {
    let text = at.to_string();
    let to_the_second = text.get(..19).unwrap_or(&text);
    format!("{BEGINS}{}{ENDS}", to_the_second.replace(':', ""))
}

/// When the backup of this name was taken; None of what is none.
fn taken(name: &str) -> Option<Timestamp> {
    let (day, time) = name.strip_prefix(BEGINS)?.strip_suffix(ENDS)?.split_once('T')?;
    let at = |from: usize| time.get(from..from + 2);
    let text = format!("{day}T{}:{}:{}Z", at(0)?, at(2)?, at(4)?);
    Timestamp::parse(&text).ok().filter(|at| self::name(*at) == name)
}

fn unfinished(name: &str) -> bool {
    UNFINISHED.iter().any(|end| name.strip_suffix(end).and_then(taken).is_some())
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compose::{self, Durability};

    const NOON: Timestamp = Timestamp(1_795_000_000_000);
    const HOUR: i64 = 3_600_000;

    fn backups(to: PathBuf, keep: usize) -> Backups {
        Backups::new(to, EVERY, keep)
    }

    fn leave_unfinished(to: &Path) {
        for end in UNFINISHED {
            std::fs::write(to.join(name(NOON.plus(1_000)) + end), "half").unwrap();
        }
    }

    fn count(backups: &Backups, result: &'static str) -> u64 {
        backups.made.get_or_create(&Ended { result }).get()
    }

    #[tokio::test]
    async fn the_newest_are_kept_and_nothing_of_anybody_elses_is_removed() {
        let dir = tempfile::tempdir().unwrap();
        let storage = compose::storage(&dir.path().join("data"), Durability::Process).unwrap();
        let to = dir.path().join("backups");
        let backups = backups(to.clone(), 2);
        assert!(backups.once(&storage, NOON).await);
        let others = ["notes.db", "rulewright-Z.db", "rulewright-2026-11-29T17Z.db"];
        others.iter().for_each(|name| std::fs::write(to.join(name), "mine").unwrap());
        leave_unfinished(&to);
        for hours in 1..4 {
            assert!(backups.once(&storage, NOON.plus(hours * HOUR)).await);
        }
        let kept = [name(NOON.plus(2 * HOUR)), name(NOON.plus(3 * HOUR))];
        assert_eq!(names(&to).unwrap(), kept);
        let all = std::fs::read_dir(&to).unwrap().count();
        assert_eq!(all, kept.len() + others.len(), "what was left half is gone, what is not ours is there");
        assert_eq!((count(&backups, "done"), count(&backups, "failed")), (4, 0));
        for name in kept {
            let restored =
                compose::open_file(&to.join(name), Some(&dir.path().join("data/secret.key"))).unwrap();
            assert!(restored.check().await.unwrap().iter().all(|(_, finding)| finding.is_ok()));
        }
    }

    #[tokio::test]
    async fn one_that_fails_is_told_until_one_is_done_and_takes_nothing_away() {
        let dir = tempfile::tempdir().unwrap();
        let storage = compose::storage(&dir.path().join("data"), Durability::Process).unwrap();
        let to = dir.path().join("backups");
        std::fs::write(&to, "a file where the folder should be").unwrap();
        let backups = backups(to.clone(), 1);
        assert!(!backups.once(&storage, NOON).await);
        assert_eq!((backups.troubles.all(), count(&backups, "failed")), (vec![FAILED], 1));
        std::fs::remove_file(&to).unwrap();
        assert!(backups.once(&storage, NOON).await);
        assert!(backups.troubles.all().is_empty());
        leave_unfinished(&to);
        // A file of this name is there: it is not replaced.
        assert!(!backups.once(&storage, NOON).await);
        assert_eq!(names(&to).unwrap(), [name(NOON)]);
        let all = std::fs::read_dir(&to).unwrap().count();
        assert_eq!(all, 1, "what was left half is gone, although there is no new one");
        let mut registry = Registry::default();
        backups.register(&mut registry);
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
        for line in
            ["rulewright_backups_total{result=\"failed\"} 2", "rulewright_backup_last_seconds 1795000000"]
        {
            assert!(text.contains(line), "{text}");
        }
    }

    #[test]
    fn the_next_is_due_when_the_newest_is_old_enough_whoever_has_made_it() {
        let dir = tempfile::tempdir().unwrap();
        let backups = backups(dir.path().to_owned(), 24);
        assert_eq!(backups.due(NOON), NOON, "there is none");
        std::fs::write(dir.path().join(name(NOON)), "backup").unwrap();
        assert_eq!(backups.due(NOON.plus(5_000)), NOON.plus(HOUR));
        assert_eq!(
            (backups.last.get(), backups.bytes.get()),
            (NOON.0 / 1_000, 6),
            "shown after a restart too"
        );
        assert!(backups.due(NOON.plus(9 * HOUR)) < NOON.plus(9 * HOUR), "it is overdue");
        let before = NOON.plus(-9 * HOUR);
        assert_eq!(backups.due(before), before, "the clock was wrong");
    }

    #[tokio::test]
    async fn one_from_the_future_neither_drives_out_a_new_one_nor_hides_that_there_is_none() {
        let dir = tempfile::tempdir().unwrap();
        let storage = compose::storage(&dir.path().join("data"), Durability::Process).unwrap();
        let to = dir.path().join("backups");
        let backups = backups(to.clone(), 1);
        std::fs::create_dir(&to).unwrap();
        let later = name(NOON.plus(24 * HOUR));
        std::fs::write(to.join(&later), "").unwrap();
        for now in [NOON, NOON.plus(HOUR)] {
            assert_eq!(backups.due(now), now);
            assert!(backups.once(&storage, now).await);
            assert_eq!(names(&to).unwrap(), [name(now), later.clone()]);
            assert_eq!(backups.due(now.plus(5_000)), now.plus(HOUR));
        }
        assert_eq!(backups.last.get(), NOON.plus(HOUR).0 / 1_000);
    }

    #[test]
    fn a_time_is_a_number_with_its_unit() {
        for (text, seconds) in [("30s", 30), ("90m", 5_400), ("1h", 3_600), ("7d", 604_800)] {
            assert_eq!(duration(text).unwrap().as_secs(), seconds);
        }
        for wrong in ["", "h", "0h", "1", "-1h", "1w", "1 h", "1ü"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
        let alone = BackupFlags { backup_every: Some("1h".into()), ..BackupFlags::default() };
        assert!(alone.backups(&BackupSettings::default()).is_err(), "nobody says where to");
        let file: BackupSettings = toml::from_str("to = 'b'\nevery = '1d'\nkeep = 3").unwrap();
        let found = BackupFlags::default().backups(&file).unwrap().unwrap();
        assert_eq!((found.every.as_secs(), found.keep, found.to.clone()), (86_400, 3, PathBuf::from("b")));
    }
}
