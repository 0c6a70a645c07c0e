//! Waiting until somebody saves a file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc;

use crate::error::{CliError, Doing, Result};

/// Folders that tools write, and no author.
const WRITTEN: [&str; 8] = [
    "target",
    "node_modules",
    "dist",
    "build",
    "__pycache__",
    "componentize-py-bindings",
    "generated",
    "venv",
];
/// Editors save in several strokes: so long nothing more must come.
const QUIET: Duration = Duration::from_millis(150);
/// Files that are looked at: a folder with more is no plugin's.
const FILES: usize = 20_000;

/// And files.
const WRITTEN_FILES: [&str; 3] = ["Cargo.lock", "package-lock.json", "uv.lock"];

/// What has changed during so many rounds in a row is written by the rounds themselves, not by the author.
const BY_ITSELF: u32 = 3;

/// Length and time of change of every file that an author writes.
type Files = BTreeMap<PathBuf, (u64, Option<std::time::SystemTime>)>;

pub struct Changes {
    folder: PathBuf,
    known: Files,
    /// In how many rounds without a break a file has changed while they were under way.
    during: BTreeMap<PathBuf, u32>,
    told: mpsc::UnboundedReceiver<()>,
    _watcher: RecommendedWatcher,
}

impl Changes {
    pub fn of(folder: &Path) -> Result<Changes> {
        let (tell, told) = mpsc::unbounded_channel();
        let watcher = notify::recommended_watcher(move |_: notify::Result<notify::Event>| {
            // What has changed is found by looking; whoever listens no longer has ended.
            let _ = tell.send(());
        });
        let mut watcher = watcher.doing(|| "folders cannot be watched here".to_owned())?;
        watcher
            .watch(folder, RecursiveMode::Recursive)
            .doing(|| format!("cannot watch {}", folder.display()))?;
        let (folder, during) = (folder.to_owned(), BTreeMap::new());
        Ok(Changes { folder, known: Files::new(), during, told, _watcher: watcher })
    }

    /// A round begins, with the files as they are now.
    pub fn begin(&mut self) {
        self.known = files(&self.folder);
    }

    /// Returns when an author's file is another one than when the round began.
    pub async fn next(&mut self) -> Result<()> {
        let changed = self.changed();
        self.during.retain(|path, _| changed.contains(path));
        let mut saved_meanwhile = false;
        for path in changed {
            let times = self.during.entry(path).or_default();
            *times += 1;
            saved_meanwhile |= *times < BY_ITSELF;
        }
        if saved_meanwhile {
            return Ok(());
        }
        loop {
            self.known = files(&self.folder);
            if self.told.recv().await.is_none() {
                return Err(CliError::failed("the folder is no longer watched"));
            }
            while let Ok(Some(())) = tokio::time::timeout(QUIET, self.told.recv()).await {}
            if !self.changed().is_empty() {
                return Ok(());
            }
        }
    }

    fn changed(&self) -> Vec<PathBuf> {
        let now = files(&self.folder);
        let differs = |path: &&PathBuf| self.known.get(*path) != now.get(*path);
        let all: std::collections::BTreeSet<&PathBuf> = self.known.keys().chain(now.keys()).collect();
        all.into_iter().filter(differs).cloned().collect()
    }
}

fn files(folder: &Path) -> Files {
    let mut found = Files::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let Ok(metadata) = entry.metadata() else { continue };
            let is_tools = WRITTEN_FILES.contains(&name.as_str()) || name.ends_with(".wasm");
            if name.starts_with('.') || name.ends_with('~') || is_tools || found.len() > FILES {
                continue;
            }
            if metadata.is_dir() {
                if !WRITTEN.contains(&name.as_str()) {
                    open.push(entry.path());
                }
            } else {
                found.insert(entry.path(), (metadata.len(), metadata.modified().ok()));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_saved_file_is_a_change_and_what_tools_write_is_none() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["src", "target"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        let source = folder.path().join("src/lib.rs");
        std::fs::write(&source, "one").unwrap();
        let mut changes = Changes::of(folder.path()).unwrap();
        changes.begin();
        std::fs::write(folder.path().join("target/a.wasm"), "built").unwrap();
        std::fs::write(folder.path().join("src/.lib.rs.swp"), "editor").unwrap();
        assert!(tokio::time::timeout(Duration::from_millis(600), changes.next()).await.is_err());
        std::fs::write(&source, "two, and longer").unwrap();
        next(&mut changes).await;
    }

    async fn next(changes: &mut Changes) {
        tokio::time::timeout(Duration::from_secs(20), changes.next()).await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn what_is_saved_during_a_round_is_not_lost_and_what_every_round_writes_is_no_change() {
        let folder = tempfile::tempdir().unwrap();
        let mut changes = Changes::of(folder.path()).unwrap();
        for round in 0..4 {
            changes.begin();
            std::fs::write(folder.path().join("made.js"), format!("{round}{}", "x".repeat(round))).unwrap();
            match round {
                0 | 1 => next(&mut changes).await,
                _ => assert!(tokio::time::timeout(Duration::from_millis(600), changes.next()).await.is_err()),
            }
        }
    }
}
