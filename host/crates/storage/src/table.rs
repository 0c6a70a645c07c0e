//! One file for each file of `ports::storage`: what its traits ask, said in SQL.

pub(crate) mod accounts;
mod alarms;
mod automation;
mod channels;
mod clients;
mod content;
pub(crate) mod deals;
mod events;
mod halts;
mod lists;
mod mailboxes;
mod orders;
mod outbox;
mod plugins;
mod records;
mod runs;
mod shops;
mod statistics;
