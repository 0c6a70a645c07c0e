use std::path::{Path, PathBuf};

use crate::key_file;

/// What an answered commit survives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// A power cut: every commit is synced.
    PowerCut,
    /// The death of the process. A power cut may take the last commits, though they were answered; the file itself stays
    /// sound. Only tests and demonstrations ask for no more.
    Process,
    /// The same, and a power cut may take the file: for one that goes with the program anyway.
    Temporary,
}

/// How the file is used. The defaults are right for one machine with an SSD.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Threads that answer queries. Reads are microseconds from memory and rarely wait for the disk, so a few
    /// keep every core busy; each costs its own page cache.
    pub readers: usize,
    pub durability: Durability,
    /// Jobs in one group at most. One sync costs as much as a few jobs, so a larger group gains little and
    /// makes the first of it wait longer: 256 jobs of 30 us are 8 ms.
    pub group_max: usize,
    /// Jobs that may wait for the writer; further callers wait for a place. Bounds the memory of a flood at
    /// about the size of these jobs.
    pub queue_max: usize,
    /// Pages of the write-ahead log after which the writer copies them back into the file. A page that was
    /// changed often is copied once, so rarer is cheaper, but each time takes longer, and so does opening
    /// after a crash: 16,000 pages of 4 KiB are 64 MiB.
    pub checkpoint_pages: u32,
    /// Page cache of each connection in KiB. The upper levels of every index fit into far less; the rest is
    /// the kernel's cache. Not larger than it helps: a commit that has split pages looks through all of it.
    pub cache_kib: u32,
    /// How long another program that holds the file (a backup tool, a shell) is waited for, in milliseconds,
    /// before the caller gets an error.
    pub busy_ms: u32,
    /// The file of the key that secrets are sealed with. None: `secret.key` beside the database.
    pub key_file: Option<PathBuf>,
}

impl Options {
    /// Where the key of a database is, by whatever name that is called.
    pub fn key_of(&self, database: &Path) -> PathBuf {
        let real = || database.canonicalize().unwrap_or_else(|_| database.to_owned());
        self.key_file.clone().unwrap_or_else(|| key_file::beside(&real()))
    }
}

impl Default for Options {
    fn default() -> Self {
        Options {
            readers: 4,
            durability: Durability::PowerCut,
            group_max: 256,
            queue_max: 4_096,
            checkpoint_pages: 16_000,
            cache_kib: 8 * 1024,
            busy_ms: 5_000,
            key_file: None,
        }
    }
}
