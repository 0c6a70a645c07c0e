//! Everything that is kept, in one SQLite file: the adapter of `rulewright_ports::storage`.
//!
//! One thread writes, and makes a group of jobs durable with one sync; a few threads read, each job on one
//! snapshot. What a table holds and how it is asked is one file under `table/`, as in the ports.
//!
//! **Invariant:** the only crate that knows SQL. It decides nothing: it knows no rule of automation, reads no
//! clock, and no read or write of a shop's rows goes without the shop, except where the port says "of every shop".

mod backup;
mod check;
#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
mod connect;
mod counters;
#[cfg(test)]
mod damage;
mod find;
mod functions;
mod key_file;
mod known;
mod late;
mod list;
mod lock;
mod migrate;
mod open;
mod options;
#[cfg(test)]
mod power;
mod readers;
mod recent;
mod refold;
mod rotate;
mod sealed;
mod session;
mod sqlite;
mod table;
#[cfg(test)]
mod tests;
mod vault;
mod writer;

pub use lock::holder;
pub use options::{Durability, Options};
pub use rotate::{Rotated, rotate};
pub use sqlite::Sqlite;

/// Copies a database, whoever has it open: the copy is one snapshot, and work goes on.
pub fn backup(from: &std::path::Path, to: &std::path::Path) -> rulewright_ports::storage::Result<()> {
    backup::backup(from, to, &Options::default())
}

/// A copy that is put in the place of what it was made of goes on behind all ids that may have been given since.
/// Nobody may have it open.
pub fn set_ahead(path: &std::path::Path) -> rulewright_ports::storage::Result<()> {
    let mut conn = connect::writing(path, &Options::default())?;
    migrate::migrate(&mut conn)?;
    counters::set_ahead(&mut conn)?;
    conn.close().map_err(|(_, error)| session::refused(error))
}

/// What an operator should know about a database, whoever has it open.
pub fn check(
    path: &std::path::Path,
    options: &Options,
) -> rulewright_ports::storage::Result<Vec<check::Finding>> {
    check::check(path, options)
}
