//! For who runs a registry: its index, and the list of what must run nowhere. Both are signed files in the registry itself,
//! so these commands need no server and no data.

mod desk;
mod index;
mod revoke;

use clap::Subcommand;

use crate::config::Config;
use crate::error::Result;

#[derive(Subcommand, Debug)]
pub enum Registry {
    /// Say which plugins the registry has, and whose they are
    #[command(subcommand)]
    Index(index::IndexCommand),
    /// Let a component run nowhere, wherever this registry's list is followed
    Revoke(revoke::Revoke),
    /// List what the registry revokes
    Revocations(revoke::List),
}

impl Registry {
    pub async fn run(self, config: Config) -> Result<()> {
        match self {
            Registry::Index(index) => index.run(&config).await,
            Registry::Revoke(revoke) => revoke.run(&config).await,
            Registry::Revocations(list) => list.run(&config).await,
        }
    }
}
