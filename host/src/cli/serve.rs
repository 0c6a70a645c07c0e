//! `serve`: the server.

use std::net::SocketAddr;
use std::sync::Arc;

use clap::Args;
use rulewright_bitrix24::webhook;
use rulewright_domain::Timestamp;
use rulewright_engine::{SteadyClock, SystemClock};
use rulewright_ports::{
    Storage, StorageError, StorageExt,
    storage::{EventQuery, Page},
};
use serde_json::json;

use crate::backups::BackupFlags;
use crate::compose;
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
    /// Collector of OpenTelemetry to send traces to, by OTLP over HTTP, e.g. http://127.0.0.1:4318
    #[arg(long, value_name = "URL", env = "OTEL_EXPORTER_OTLP_ENDPOINT")]
    otlp: Option<String>,
}

impl Serve {
    pub fn collector<'c>(&'c self, config: &'c Config) -> Option<&'c str> {
        let named = self.otlp.as_deref().or(config.telemetry.otlp.as_deref());
        // An empty variable says that there is none, also where the file names one.
        named.filter(|named| !named.is_empty())
    }

    pub async fn run(self, config: Config) -> Result<()> {
        let stop = serve::stop_on_signal();
        let address = config.listen(self.listen);
        let door = self.door.open(&config, address)?;
        let backups = self.backups.backups(&config.backup)?;
        serve::ask_for_files(&config.door);
        let listener = serve::listen(address).await?;
        let address = listener.local_addr().doing(|| "the address is gone".to_owned())?;
        let storage = compose::own_storage(&config)?;
        let clock = Arc::new(SteadyClock::new(SystemClock, last_written(&storage).await?));
        let place = self.guests.or(config.guests).unwrap_or_default();
        let (executor, guests) = compose::executor_at(place, &config, &config.data, &storage)?;
        let engine = compose::engine_on(&config, executor, storage.clone(), clock);
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
        let mut sources = compose::sources(&config, &config.data, engine.clock().clone());
        sources.backups = backups;
        sources.guests = guests;
        sources.rate = config.door.rate();
        sources.body_within = config.door.body();
        sources.bitrix24.body_within = config.door.body();
        let of_facade = &mut sources.bitrix24.limits.requests;
        *of_facade = of_facade.or(sources.rate);
        serve::run(&engine, sources, listener, door, stop).await
    }
}

/// When the newest event of all shops happened.
async fn last_written(storage: &Arc<dyn Storage>) -> Result<Option<Timestamp>> {
    let newest = storage.read(|reads| {
        let page = Page { after: None, limit: 1, newest_first: true };
        let mut newest: Option<Timestamp> = None;
        for shop in reads.shops()? {
            let events = reads.events(shop.id, &EventQuery::default(), page)?;
            newest = newest.max(events.first().map(|event| event.at));
        }
        Ok::<_, StorageError>(newest)
    });
    Ok(newest.await?)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::Cli;
    use crate::config::{Flags, Telemetry};

    #[test]
    fn a_collector_on_the_command_line_wins_over_the_file_and_none_there_over_both() {
        let telemetry = Telemetry { otlp: Some("http://file:4318".to_owned()) };
        let file = Config { telemetry, ..Config::read(Flags::default()).unwrap() };
        for (named, expected) in [("http://flag:4318", Some("http://flag:4318")), ("", None)] {
            let cli = Cli::try_parse_from(["rulewright", "serve", "--otlp", named]).unwrap();
            assert_eq!(cli.command.collector(&file), expected);
            let other = Cli::try_parse_from(["rulewright", "doctor"]).unwrap();
            assert_eq!(other.command.collector(&file), None, "only a server tells");
        }
    }
}
