//! `plugin history`.

use clap::Args;

use crate::access::{Access, escaped};
use crate::config::Config;
use crate::error::Result;
use crate::output::Column;

#[derive(Args, Debug)]
pub struct History {
    /// e.g. acme.greet
    plugin: String,
}

impl History {
    pub async fn run(self, config: &Config) -> Result<()> {
        let access = Access::open(config).await?;
        let page = access.get(&format!("/v1/plugins/{}/versions", escaped(&self.plugin))).await;
        access.close().await?;
        let columns = [
            Column("VERSION", "/version"),
            Column("IN USE", "/in_use"),
            Column("INSTALLED", "/installed_at"),
            Column("REPLACED", "/replaced_at"),
            Column("RUNS", "/runs"),
            Column("KEY", "/signed_by"),
            Column("FROM", "/source"),
        ];
        config.output.list(&page?, &columns, "No versions.");
        Ok(())
    }
}
