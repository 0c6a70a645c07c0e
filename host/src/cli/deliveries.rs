//! Messages that left the house, or did not. In development they go to the sandbox and are read here.

use clap::Args;

use crate::access::{Access, query};
use crate::config::Config;
use crate::error::Result;
use crate::output::Column;

#[derive(Args, Debug)]
pub struct Deliveries {
    /// Only of this order, e.g. ord_42
    #[arg(long)]
    order: Option<String>,
    /// Only of this channel: sms, email, call, chat
    #[arg(long)]
    channel: Option<String>,
    /// Only in this state: pending, sending, sent, dead, cancelled
    #[arg(long)]
    state: Option<String>,
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=200))]
    limit: u32,
}

impl Deliveries {
    pub async fn run(self, config: Config) -> Result<()> {
        let limit = Some(self.limit.to_string());
        let parts =
            [("order", self.order), ("channel", self.channel), ("state", self.state), ("limit", limit)];
        let access = Access::open(&config).await?;
        let page = access.get(&format!("/v1/deliveries{}", query(&parts))).await;
        access.close().await?;
        let columns = [
            Column("MESSAGE", "/id"),
            Column("CHANNEL", "/channel"),
            Column("STATE", "/state"),
            Column("TO", "/address"),
            Column("ORDER", "/order"),
            Column("CREATED", "/created"),
            Column("TEXT", "/text"),
        ];
        config.output.list(&page?, &columns, "No messages. Rules such as Send SMS make them.");
        Ok(())
    }
}
