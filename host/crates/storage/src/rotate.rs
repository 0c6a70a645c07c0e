//! Another key for what is sealed.

use std::path::{Path, PathBuf};

use rulewright_ports::{fault, storage::Result};

use crate::{
    Options, connect, key_file,
    lock::Lock,
    migrate, sealed,
    sqlite::{real_path, settle},
    vault::Key,
};

/// What became of a rotation.
pub struct Rotated {
    /// Of the keys, as they are told of.
    pub before: String,
    pub now: String,
    pub values: u64,
    /// The file of the key.
    pub file: PathBuf,
    /// Where the key from before stays: backups that were made until then need it.
    pub kept: PathBuf,
}

/// Makes a new key, and seals everything with it. Nobody may have the database open. Whenever it is cut off, the file
/// holds the key that opens the database.
pub fn rotate(database: &Path, options: &Options) -> Result<Rotated> {
    let path = real_path(database)?;
    let _lock = Lock::take(&path)?;
    let mut conn = connect::writing(&path, options)?;
    migrate::migrate(&mut conn)?;
    let file = options.key_of(&path);
    let before = sealed::unlock(&mut conn, &file)?;
    let now = Key::random()?;
    let kept = key_file::retired(&file, &before);
    key_file::write(&kept, &[&before])?;
    key_file::write(&file, &[&before, &now])?;
    fault::point("key.before");
    let values = sealed::reseal(&mut conn, &before, &now)?;
    fault::point("key.after");
    key_file::write(&file, &[&now])?;
    // What was sealed with the key from before does not stay in the file either.
    sealed::sweep(&conn)?;
    settle(&conn)?;
    Ok(Rotated { before: before.id().to_owned(), now: now.id().to_owned(), values, file, kept })
}
