//! `serve`: the server.

use std::net::SocketAddr;
use std::sync::Arc;

use clap::Args;
use rulewright_bitrix24::webhook;
use rulewright_engine::SystemClock;
use serde_json::json;

use crate::backups::BackupFlags;
use crate::compose::{self, Durability};
use crate::config::Config;
use crate::error::{Doing, Result};
use crate::guests::Place;
use crate::serve::DoorFlags;
use crate::{serve, setup, shops};

#[derive(Args, Debug)]
pub struct Serve {
    /// Where to listen [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS", env = "RULEWRIGHT_LISTEN")]
    listen: Option<SocketAddr>,
    /// Name of the shop that is made in an empty data directory
    #[arg(long, value_name = "NAME", default_value = "My shop")]
    shop_name: String,
    /// Where plugins run [default: processes]
    #[arg(long, value_enum, value_name = "WHERE", env = "RULEWRIGHT_GUESTS")]
    guests: Option<Place>,
    #[command(flatten)]
    door: DoorFlags,
    #[command(flatten)]
    backups: BackupFlags,
}

impl Serve {
    pub async fn run(self, config: Config) -> Result<()> {
        let stop = serve::stop_on_signal();
        let address = config.listen(self.listen);
        let door = self.door.open(&config, address)?;
        let backups = self.backups.backups(&config.backup)?;
        let listener = serve::listen(address).await?;
        let address = listener.local_addr().doing(|| "the address is gone".to_owned())?;
        let storage = compose::storage(&config.data, Durability::PowerCut)?;
        let place = self.guests.or(config.guests).unwrap_or_default();
        let (executor, guests) = compose::executor_at(place, &config, &config.data, &storage)?;
        let engine = compose::engine_on(&config, executor, storage.clone(), Arc::new(SystemClock));
        engine.start().await?;
        if shops::all(&storage).await?.is_empty() {
            setup::first_shop(&engine, &self.shop_name).await?;
        }
        let mut made = Vec::new();
        for shop in shops::all(&storage).await? {
            made.extend(setup::complete(&engine, shop.id).await?.map(|opened| (shop.name, opened)));
        }
        let url = door.url(address);
        // Until somebody has an account, whoever reads this is the first who makes one.
        let setup = setup::first_page(&engine).await?.map(|page| format!("{url}{page}"));
        match config.output.json {
            true => {
                let opened = made.first().map(|(_, opened)| opened);
                let webhook = opened.map(|opened| webhook(&url, opened.administrator, &opened.token));
                let token = opened.map(|opened| &opened.token);
                config.output.value(&json!({
                    "url": url, "token": token, "bitrix24": webhook, "console": setup,
                }));
            }
            false => {
                config.output.say(&format!("Serving {} at {url}", config.data.display()));
                for (name, opened) in made {
                    let setup::Opened { token, administrator } = opened;
                    config.output.say(&format!(
                        "The shop \"{name}\" had no token. This one is shown only now: {token}\n\
                         For clients of Bitrix24: {}",
                        webhook(&url, administrator, &token)
                    ));
                }
                config.output.say(&match setup {
                    Some(setup) => format!("The console is set up here, by whoever has this link: {setup}"),
                    None => format!("The console: {url}/"),
                });
            }
        }
        let usual = compose::sources(&config, &config.data, engine.clock().clone());
        let sources = compose::Sources { backups, guests, ..usual };
        serve::run(&engine, sources, listener, door, stop).await
    }
}
