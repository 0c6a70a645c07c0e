//! `plugin list`.

use clap::Args;

use crate::access::Access;
use crate::config::Config;
use crate::error::Result;
use crate::output::Column;

#[derive(Args, Debug)]
pub struct List {}

impl List {
    pub async fn run(self, config: &Config) -> Result<()> {
        let access = Access::open(config).await?;
        let page = access.get("/v1/plugins").await;
        access.close().await?;
        let columns = [
            Column("PLUGIN", "/id"),
            Column("VERSION", "/version"),
            Column("KIND", "/kind"),
            Column("TITLE", "/title"),
            Column("PUBLISHER", "/publisher"),
        ];
        config.output.list(&page?, &columns, "No plugins. Install one: rulewright plugin install FILE");
        Ok(())
    }
}
