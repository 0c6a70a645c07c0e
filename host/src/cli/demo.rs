//! `demo`: a shop with real orders in seconds.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use clap::Args;
use rulewright_bitrix24::webhook;
use rulewright_domain::{Scope, ShopId};
use rulewright_engine::{Engine, LoadLimits, Refusal};
use rulewright_ports::Storage;
use serde_json::json;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::compose::{self, Durability};
use crate::config::Config;
use crate::demo::clock::DemoClock;
use crate::demo::fact::{self, Fact};
use crate::demo::invention::{self, Invention};
use crate::demo::replay::{Replay, Replayed};
use crate::demo::summary::{self, Extra, Orders, Summary};
use crate::demo::{dataset, resume, shop};
use crate::error::{CliError, Doing, Exit, Result};
use crate::order_file::{OrderFile, Refused};
use crate::output::Output;
use crate::serve::Door;
use crate::{serve, setup, shops, token};

#[derive(Args, Debug)]
pub struct Demo {
    /// Where to listen afterwards [default: 127.0.0.1:8080, or a free port if that is taken]
    #[arg(long, value_name = "ADDRESS", env = "RULEWRIGHT_LISTEN")]
    listen: Option<SocketAddr>,
    /// Listen also where other machines can reach it; nothing is encrypted on the way
    #[arg(long, env = "RULEWRIGHT_ALLOW_PLAIN_HTTP")]
    allow_plain_http: bool,
    /// Print the summary and end, instead of staying up
    #[arg(long)]
    exit_after_replay: bool,
    /// Sync every commit to the disk, as `serve` does. Without it a killed demo loses nothing, and a power cut may
    /// take its last seconds
    #[arg(long)]
    sync: bool,
    /// Replay only the first orders of the file
    #[arg(long, value_name = "N")]
    first: Option<usize>,
}

/// Real and invented, in order.
struct Story {
    file: OrderFile,
    invention: Invention,
    facts: Vec<Fact>,
}

impl Demo {
    pub async fn run(self, config: Config) -> Result<()> {
        // Years go by in minutes: what waits then would be a flood anywhere else, and has nobody to be told to come again.
        let config = Config { load: LoadLimits::NONE, ..config };
        let stop = serve::stop_on_signal();
        // Before the work, so that nobody waits for an error.
        let listener = match self.exit_after_replay {
            true => None,
            false => Some(self.listener(&config).await?),
        };
        let story = story(self.first)?;
        let place = Place::choose(config.data_named.clone())?;
        let durability = match place {
            _ if self.sync => Durability::PowerCut,
            Place::Named(_) => Durability::Process,
            Place::Temporary(_) => Durability::Temporary,
        };
        let key = config.key_file.as_deref().filter(|_| matches!(place, Place::Named(_)));
        let storage = compose::storage_with(place.path(), key, durability)?;
        let clock = Arc::new(DemoClock::starting_at(resume::at(&storage, &story.facts).await?));
        let engine = compose::engine(&config, place.path(), storage.clone(), clock.clone())?;
        let shop = open_shop(&engine, &storage, config.output).await?;
        engine.start().await?;
        let (replayed, seconds) = replay(&engine, &clock, shop, &story, config.output, &stop).await?;
        if replayed.stopped {
            engine.shutdown().await;
            return Err(place.stopped());
        }
        let report = Report::of(&storage, shop, &story, &replayed, seconds).await?;
        match listener {
            None => {
                report.tell(config.output);
                engine.shutdown().await;
            }
            Some(listener) => {
                clock.go_live();
                stay(&engine, shop, listener, place.path(), report, &config, stop).await?;
            }
        }
        Ok(())
    }

    async fn listener(&self, config: &Config) -> Result<TcpListener> {
        let chosen = self.listen.or(config.listen);
        serve::may_be_plain(config.listen(chosen), self.allow_plain_http || config.allow_plain_http)?;
        match serve::listen(config.listen(chosen)).await {
            Err(_) if chosen.is_none() => serve::listen(SocketAddr::from(([127, 0, 0, 1], 0))).await,
            listening => listening,
        }
    }
}

/// Where the demo's data lies: a folder that was named, or one that is gone with the demo.
enum Place {
    Named(PathBuf),
    Temporary(tempfile::TempDir),
}

impl Place {
    fn choose(named: Option<PathBuf>) -> Result<Place> {
        match named {
            Some(path) => Ok(Place::Named(path)),
            None => tempfile::Builder::new()
                .prefix("rulewright-demo-")
                .tempdir()
                .map(Place::Temporary)
                .doing(|| "no temporary folder".to_owned()),
        }
    }

    fn path(&self) -> &Path {
        match self {
            Place::Named(path) => path,
            Place::Temporary(folder) => folder.path(),
        }
    }

    fn stopped(&self) -> CliError {
        let error = CliError::new(Exit::Failed, "stopped", "the replay was stopped");
        match self {
            Place::Named(path) => error
                .hint(format!("the same command goes on where it was: its data is in {}", path.display())),
            Place::Temporary(_) => error.hint("with --data DIR it could go on where it was"),
        }
    }
}

fn story(first: Option<usize>) -> Result<Story> {
    let mut file = dataset::load().doing(|| "the orders that come with the demo".to_owned())?;
    file.invoices.truncate(first.unwrap_or(usize::MAX));
    let mut facts = dataset::facts(&file);
    let mut invention = invention::invent(&file, &facts, invention::SEED);
    facts.append(&mut invention.facts);
    fact::sort(&mut facts);
    Ok(Story { file, invention, facts })
}

async fn open_shop(engine: &Engine, storage: &Arc<dyn Storage>, output: Output) -> Result<ShopId> {
    let known = shops::all(storage).await?;
    if let Some(other) = known.iter().find(|one| one.name != shop::NAME) {
        return Err(CliError::refused(
            "other-shop",
            format!("the data directory belongs to the shop \"{}\"", other.name),
        )
        .hint("give the demo a directory of its own: --data DIR"));
    }
    let bar = output.progress("Plugins", rulewright_bundled::PLUGINS.len() as u64);
    let shop = shop::open(engine, known.first().map(|shop| shop.id), || bar.inc(1)).await;
    bar.finish_and_clear();
    shop
}

async fn replay(
    engine: &Engine,
    clock: &DemoClock,
    shop: ShopId,
    story: &Story,
    output: Output,
    stop: &CancellationToken,
) -> Result<(Replayed, f64)> {
    let sales = shop::sales(engine, shop).await?;
    let bar = output.progress("Replaying", story.facts.len() as u64);
    let replay = Replay {
        engine,
        clock: &clock.simulated,
        shop,
        file: &story.file,
        people: &story.invention.people,
        sales: &sales,
        facts: &story.facts,
        bar: &bar,
        stop,
    };
    let begun = Instant::now();
    let replayed = replay.run().await.map_err(not_replayed)?;
    let seconds = begun.elapsed().as_secs_f64();
    bar.finish_and_clear();
    Ok((replayed, seconds))
}

/// In the data of another version the same facts were other commands.
fn not_replayed(refusal: Refusal) -> CliError {
    let other = matches!(refusal, Refusal::KeyReused { .. });
    let error = CliError::from(refusal);
    match other {
        true => error.hint("the data is of another version's demo: name another directory with --data DIR"),
        false => error,
    }
}

/// What came of the replay.
struct Report {
    summary: Summary,
    extra: Extra,
    refused: Vec<Refused>,
    repeated: usize,
}

impl Report {
    async fn of(
        storage: &Arc<dyn Storage>,
        shop: ShopId,
        story: &Story,
        replayed: &Replayed,
        seconds: f64,
    ) -> Result<Report> {
        let refused: Vec<Refused> = story.file.refused.iter().chain(&replayed.refused).cloned().collect();
        let (mut summary, extra) = summary::count(storage, shop).await?;
        summary.orders =
            Orders { real: story.file.real(), imported: replayed.imported, refused: refused.len() };
        summary.seconds = (seconds * 1000.0).round() / 1000.0;
        Ok(Report { summary, extra, refused, repeated: replayed.repeated })
    }

    /// As JSON the refused orders, and the summary as the last line.
    fn tell(&self, output: Output) {
        if output.json {
            for one in &self.refused {
                output.value(
                    &json!({ "type": "refused", "order": one.order, "line": one.line, "reason": one.reason }),
                );
            }
            output.value(&self.summary);
        } else {
            if self.repeated > 0 {
                output.note(&format!("{} facts had been taken before", self.repeated));
            }
            output.say(&summary::tell(&self.summary, &self.extra, &self.refused));
        }
    }
}

async fn stay(
    engine: &Engine,
    shop: ShopId,
    listener: TcpListener,
    data: &Path,
    report: Report,
    config: &Config,
    stop: CancellationToken,
) -> Result<()> {
    let address = listener.local_addr().doing(|| "the address is gone".to_owned())?;
    let administrator = setup::administrator(engine, shop).await?;
    let (_, secret) =
        token::create(engine.storage(), shop, "demo", [Scope::Admin].into(), None, Some(administrator))
            .await?;
    let url = format!("http://{address}");
    let bitrix24 = webhook(&url, administrator, &secret);
    let console = format!("{url}{}", setup::entrance(engine, shop, administrator).await?);
    let output = config.output;
    match output.json {
        // One line for whoever started it: all that is to be known.
        true => output.value(&json!({
            "url": url, "token": secret, "bitrix24": bitrix24, "console": console, "summary": report.summary, "refused": report.refused,
        })),
        false => {
            report.tell(output);
            output.say(&format!(
            "\nThe shop is open: {console}\n(the link signs its owner in, once and within ten minutes)\nToken {secret}\nData  {}\n\nTry\n  export RULEWRIGHT_SERVER={url} RULEWRIGHT_TOKEN={secret}\n  \
             rulewright run list --state failed\n  rulewright deliveries --channel sms\n  \
             curl -H \"Authorization: Bearer $RULEWRIGHT_TOKEN\" {url}/v1/orders\n  curl {bitrix24}crm.deal.list\nCtrl-C closes it.",
            data.display()
            ));
        }
    }
    let sources = compose::sources(config, data, engine.clock().clone());
    serve::run(engine, sources, listener, Door::default(), stop).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_of_another_version_is_told_from_any_other_refusal() {
        let hint = |refusal| not_replayed(refusal).hint;
        assert!(hint(Refusal::KeyReused { key: "order/536365".to_owned() }).contains("--data DIR"));
        let other = || Refusal::from(rulewright_ports::StorageError::Closed);
        assert_eq!(hint(other()), CliError::from(other()).hint);
    }
}
