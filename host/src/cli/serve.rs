//! `serve`: the server.

use std::net::SocketAddr;
use std::sync::Arc;

use clap::Args;
use rulewright_domain::Scope;
use rulewright_engine::SystemClock;
use serde_json::json;

use crate::compose::{self, Durability};
use crate::config::Config;
use crate::error::{Doing, Result};
use crate::{serve, setup, shops, token};

#[derive(Args, Debug)]
pub struct Serve {
    /// Where to listen [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS", env = "RULEWRIGHT_LISTEN")]
    listen: Option<SocketAddr>,
    /// Name of the shop that is made in an empty data directory
    #[arg(long, value_name = "NAME", default_value = "My shop")]
    shop_name: String,
}

impl Serve {
    pub async fn run(self, config: Config) -> Result<()> {
        let stop = serve::stop_on_signal();
        let listener = serve::listen(config.listen(self.listen)).await?;
        let address = listener.local_addr().doing(|| "the address is gone".to_owned())?;
        let storage = compose::storage(&config.data, Durability::PowerCut)?;
        let engine = compose::engine(&config, &config.data, storage.clone(), Arc::new(SystemClock))?;
        engine.start().await?;
        let mut secret = None;
        if shops::all(&storage).await?.is_empty() {
            let shop = setup::first_shop(&engine, &self.shop_name).await?;
            setup::install_bundled(&engine, shop, || ()).await?;
            secret = Some(token::create(&storage, shop, "first", [Scope::Admin].into(), None).await?.1);
        }
        let url = format!("http://{address}");
        match config.output.json {
            true => config.output.value(&json!({ "url": url, "token": secret })),
            false => {
                config.output.say(&format!("Serving {} at {url}", config.data.display()));
                if let Some(secret) = secret {
                    config.output.say(&format!("A shop was made. Its token, shown only now: {secret}"));
                }
            }
        }
        serve::run(&engine, listener, stop).await
    }
}
