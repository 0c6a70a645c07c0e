//! The one place where adapters meet ports.
//!
//! **Invariant:** nothing else in this binary names an adapter: above here there is an engine, below it traits.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use rulewright_api::DoorMetrics;
use rulewright_domain::{bucket::Bucket, plugin::Digest};
use rulewright_engine::{Deps, Engine, Options};
use rulewright_market::{MarketDeps, MarketRegistry, Marketplace};
use rulewright_outbound::{
    Credentials, EgressOptions, HttpEgress, MailClient, MailOptions, PackageFetcher, PackageOptions,
    RegistryOptions, SandboxTransport,
};
use rulewright_ports::{
    Clock, ComponentSource, Egress, Executor, Packages, Registries, Storage, StorageError, StorageExt,
    Transport,
};
use rulewright_runtime::{Guests, Limits, Runtime, this_program};
use rulewright_storage::Sqlite;
pub use rulewright_storage::{Durability, Rotated};

use crate::backups::Backups;
use crate::compile;
use crate::config::Config;
use crate::error::{CliError, Doing, Exit, Result};
use crate::fixture::NoMail;
use crate::guests::Place;
use crate::kept::KeptFiles;
use crate::registries::{Login, Registry};

const DATABASE: &str = "rulewright.db";
const KEY_HINT: &str = "put the file of that key there, or name it with --key-file FILE; without it the secrets are lost, \
                        and a backup needs the key of its time";
/// Compiled plugins. May be deleted at any time: it is filled again from the database.
const CACHE: &str = "cache";
/// The last good lists of registries. May be deleted too.
const LISTS: &str = "lists";

pub fn database(data: &Path) -> PathBuf {
    data.join(DATABASE)
}

/// Opens a data directory and creates it where it is missing. The key is in it.
pub fn storage(data: &Path, durability: Durability) -> Result<Arc<dyn Storage>> {
    storage_with(data, None, durability)
}

/// The same, with the file of the key where somebody has named one.
pub fn storage_with(data: &Path, key: Option<&Path>, durability: Durability) -> Result<Arc<dyn Storage>> {
    std::fs::create_dir_all(data).map_err(|error| {
        CliError::new(Exit::Unreachable, "data", format!("cannot create {}: {error}", data.display()))
            .hint("name a directory that this user may make: --data DIR")
    })?;
    let options = rulewright_storage::Options { durability, ..options(key) };
    let opened = Sqlite::open(database(data), options).map_err(|error| not_opened(data, &error))?;
    Ok(Arc::new(opened))
}

fn options(key: Option<&Path>) -> rulewright_storage::Options {
    rulewright_storage::Options { key_file: key.map(Path::to_owned), ..Default::default() }
}

fn not_opened(data: &Path, error: &StorageError) -> CliError {
    let data = data.display();
    let (code, hint) = match error {
        StorageError::NotWritable(_) => {
            (error.code(), format!("let the user that runs this write {data} and all that is in it"))
        }
        StorageError::Full(_) => (error.code(), "make room on the disk, and try again".to_owned()),
        StorageError::Key(_) => (error.code(), KEY_HINT.to_owned()),
        StorageError::Disk(_) | StorageError::Unsure(_) => (
            error.code(),
            "look at the disk and at the system's log; on a sound disk, restore a backup".to_owned(),
        ),
        _ => {
            let held = "talk to it: --server URL --token TOKEN; else see `rulewright doctor`";
            ("data", format!("if a server holds {data}, {held}"))
        }
    };
    CliError::new(Exit::Unreachable, code, error.to_string()).hint(hint)
}

/// Only where there is one already: a typo in --data must not create an empty shop.
pub fn existing_storage(config: &Config) -> Result<Arc<dyn Storage>> {
    existing(&config.data)?;
    own_storage(config)
}

/// Opens the data directory that the settings name, for work that nobody wants to lose.
pub fn own_storage(config: &Config) -> Result<Arc<dyn Storage>> {
    storage_with(&config.data, config.key_file.as_deref(), Durability::PowerCut)
}

/// Where the key of the data directory is.
pub fn key_file(config: &Config) -> PathBuf {
    options(config.key_file.as_deref()).key_of(&database(&config.data))
}

/// Seals everything with a new key. Nobody may have the data directory open.
pub fn rotate_key(config: &Config) -> Result<Rotated> {
    let rotated = rulewright_storage::rotate(&existing(&config.data)?, &options(config.key_file.as_deref()));
    rotated.map_err(|error| not_opened(&config.data, &error))
}

fn existing(data: &Path) -> Result<PathBuf> {
    let database = database(data);
    if !database.is_file() {
        return Err(CliError::new(Exit::Unreachable, "no-data", format!("{} holds no data", data.display())).hint(
            "name the data directory with --data DIR, make one with `rulewright serve` or `rulewright demo --data DIR`, \
             or talk to a server with --server URL --token TOKEN",
        ));
    }
    Ok(database)
}

/// Who has the data directory open, e.g. `process 123`.
pub fn holder(data: &Path) -> Option<String> {
    rulewright_storage::holder(&database(data))
}

/// A consistent copy, whether somebody has the directory open or not.
pub fn backup(data: &Path, to: &Path) -> Result<()> {
    Ok(rulewright_storage::backup(&existing(data)?, to)?)
}

/// For a backup that is put in place: what was given out since it was made is not given to others.
pub fn set_ahead(file: &Path) -> Result<()> {
    Ok(rulewright_storage::set_ahead(file)?)
}

/// Name and finding of each check of the database, whether somebody has it open or not.
pub fn check(config: &Config) -> Result<Vec<(String, std::result::Result<String, String>)>> {
    Ok(rulewright_storage::check(&existing(&config.data)?, &options(config.key_file.as_deref()))?)
}

/// A database file that stands alone, such as a backup. Its key is beside it, where nobody names another file.
pub fn open_file(file: &Path, key: Option<&Path>) -> Result<Arc<dyn Storage>> {
    match Sqlite::open(file, options(key)) {
        Ok(storage) => Ok(Arc::new(storage)),
        Err(error @ StorageError::Key(_)) => {
            Err(CliError::refused(error.code(), error.to_string()).hint(KEY_HINT))
        }
        Err(error) => {
            let message = format!("{} cannot be opened: {error}", file.display());
            Err(CliError::refused("damaged", message).hint("use a file that `rulewright backup` wrote"))
        }
    }
}

/// With guests in this process.
pub fn executor(config: &Config, data: &Path, storage: &Arc<dyn Storage>) -> Result<Arc<dyn Executor>> {
    Ok(Arc::new(runtime(config, data, storage)?))
}

/// With guests where they should be; and of their processes, if that is where, how they are.
pub fn executor_at(
    place: Place,
    config: &Config,
    data: &Path,
    storage: &Arc<dyn Storage>,
) -> Result<(Arc<dyn Executor>, Option<Guests>)> {
    let runtime = runtime(config, data, storage)?;
    let runtime = match place {
        Place::InProcess => runtime,
        Place::Processes => {
            let program = this_program().doing(|| "the program does not find itself".to_owned())?;
            runtime.with_workers(program).doing(|| "plugins cannot run".to_owned())?
        }
    };
    let guests = runtime.guests();
    Ok((Arc::new(runtime), guests))
}

fn runtime(config: &Config, data: &Path, storage: &Arc<dyn Storage>) -> Result<Runtime> {
    let source = Arc::new(Components(storage.clone()));
    let compiler = compile::compiler(config.compile_apart)?;
    Runtime::with_compiler(limits(&config.limits)?, &data.join(CACHE), source, compiler)
        .doing(|| "the sandbox cannot start".to_owned())
}

fn limits(settings: &BTreeMap<String, u64>) -> Result<Limits> {
    let mut limits = Limits::default();
    for (name, value) in settings {
        if !limits.set(name, *value) {
            let known: Vec<&str> = Limits::TABLE.iter().map(|limit| limit.name).collect();
            return Err(CliError::usage(format!("limits: there is no limit `{name}`"))
                .hint(format!("the limits are {}", known.join(", "))));
        }
    }
    Ok(limits)
}

/// For a plugin that is in no database, under the limits that a shop would run it with.
pub fn executor_alone(config: &Config, cache: &Path) -> Result<Arc<dyn Executor>> {
    struct Nothing;
    #[async_trait]
    impl ComponentSource for Nothing {
        async fn component(&self, _digest: &Digest) -> Option<Arc<[u8]>> {
            None
        }
    }
    let runtime = Runtime::new(limits(&config.limits)?, cache, Arc::new(Nothing))
        .doing(|| "the sandbox cannot start".to_owned())?;
    Ok(Arc::new(runtime))
}

/// Value and unit of each limit of the sandbox.
pub type LimitTable = BTreeMap<&'static str, (u64, &'static str)>;

pub fn limit_table(config: &Config) -> Result<LimitTable> {
    let limits = limits(&config.limits)?;
    let table = Limits::TABLE.iter();
    Ok(table.filter_map(|info| Some((info.name, (limits.get(info.name)?, info.unit)))).collect())
}

/// The provider for development.
pub fn development_transport() -> Arc<dyn Transport> {
    Arc::new(SandboxTransport)
}

/// What lies outside of a shop that is made up.
pub struct World {
    pub transport: Arc<dyn Transport>,
    pub egress: Arc<dyn Egress>,
    pub clock: Arc<dyn Clock>,
}

/// The engine of a shop that is made up: the real one, and nothing leaves the machine.
pub fn trial_engine(storage: Arc<dyn Storage>, executor: Arc<dyn Executor>, world: World) -> Engine {
    let World { transport, egress, clock } = world;
    // It connects to nothing.
    let mail = MailClient::new(MailOptions { allow_private: Vec::new(), authorities: Vec::new() });
    let mail = Arc::new(NoMail(Arc::new(mail)));
    let deps = Deps { storage, executor, transport, egress, mail, clock };
    Engine::new(deps, Options { public_url: Some("https://shop.example".to_owned()), ..Options::default() })
}

/// Host functions that the sandbox has.
pub fn offered() -> &'static [&'static str] {
    rulewright_runtime::offered()
}

/// Everything wired, with guests in this process; nothing runs before `Engine::start`.
pub fn engine(
    config: &Config,
    data: &Path,
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
) -> Result<Engine> {
    Ok(engine_on(config, executor(config, data, &storage)?, storage, clock))
}

/// The same, and guests run where this has them run.
pub fn engine_on(
    config: &Config,
    executor: Arc<dyn Executor>,
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
) -> Engine {
    let mail = MailOptions {
        allow_private: config.allow_private.clone(),
        authorities: config.mail_authorities.clone(),
    };
    let deps = Deps {
        executor,
        storage,
        transport: Arc::new(SandboxTransport),
        egress: Arc::new(HttpEgress::new(egress(config))),
        mail: Arc::new(MailClient::new(mail)),
        clock,
    };
    let options = Options {
        public_url: config.public_url.clone(),
        webhook_forms: vec![
            Arc::new(rulewright_api::StandardWebhooks),
            Arc::new(rulewright_bitrix24::Handlers::new(config.public_url.as_deref())),
        ],
        applications: rulewright_bitrix24::applications(),
        load: config.load,
        wrong_secrets: config.door.wrong_secrets(),
        ..Options::default()
    };
    Engine::new(deps, options)
}

/// Where plugins come from, and how the facade is served.
pub struct Sources {
    pub market: Marketplace,
    pub packages: Arc<dyn Packages>,
    /// How `/rest` is served.
    pub bitrix24: rulewright_bitrix24::Options,
    /// Requests that one token may send: limited where others reach it, not within this process.
    pub rate: Option<Bucket>,
    /// Until a body has come whole, where that is less than what it is for gives it.
    pub body_within: Option<Duration>,
    /// Told by whoever takes the connections.
    pub door_metrics: DoorMetrics,
    /// Whether browsers come encrypted only.
    pub encrypted: bool,
    /// What the server backs up by itself.
    pub backups: Option<Arc<Backups>>,
    /// The processes that guests run in, if they do.
    pub guests: Option<Guests>,
    /// For shops that are made up to try plugins in.
    pub config: Config,
}

pub fn sources(config: &Config, data: &Path, clock: Arc<dyn Clock>) -> Sources {
    Sources {
        market: marketplace(config, data, clock),
        packages: packages(config),
        bitrix24: config.bitrix24.clone(),
        rate: None,
        body_within: None,
        door_metrics: DoorMetrics::default(),
        encrypted: config.public_url.as_deref().is_some_and(|url| url.starts_with("https://")),
        backups: None,
        guests: None,
        config: config.clone(),
    }
}

/// What can be had: the plugins of this program, and those of the registries whose key stands in the settings. The
/// default one comes first.
pub fn marketplace(config: &Config, data: &Path, clock: Arc<dyn Clock>) -> Marketplace {
    let keyed = config.registries.iter().filter_map(|(host, said)| Some((host, said.key.clone()?)));
    let mut sources: Vec<MarketRegistry> =
        keyed.map(|(host, key)| MarketRegistry { host: host.clone(), key }).collect();
    sources.sort_by_key(|source| config.default_registry.as_ref() != Some(&source.host));
    Marketplace::new(MarketDeps {
        registries: registries(config),
        sources,
        kept: Arc::new(KeptFiles::new(data.join(LISTS))),
        clock,
        bundled: rulewright_bundled::PLUGINS,
    })
}

fn egress(config: &Config) -> EgressOptions {
    EgressOptions { allow_http: config.allow_http, allow_private: config.allow_private.clone() }
}

/// Where packages are fetched from.
pub fn packages(config: &Config) -> Arc<dyn Packages> {
    Arc::new(fetcher(config))
}

/// Registries, for who publishes and for what is no package.
pub fn registries(config: &Config) -> Arc<dyn Registries> {
    Arc::new(fetcher(config))
}

fn fetcher(config: &Config) -> PackageFetcher {
    let options = PackageOptions {
        egress: egress(config),
        registries: config.registries.iter().map(|(host, said)| (host.clone(), registry(said))).collect(),
        default_registry: config.default_registry.clone(),
        ..PackageOptions::default()
    };
    PackageFetcher::new(options, rulewright_registry::artifact::read)
}

fn registry(said: &Registry) -> RegistryOptions {
    let Registry { plain_http, private, realm, login, .. } = said.clone();
    let (credentials, absent) = match login {
        Login::None => (None, None),
        Login::Token(token) => (Some(Credentials::Token(token)), None),
        Login::Password { user, password } => (Some(Credentials::Password { user, password }), None),
        Login::Missing(variable) => (None, Some(variable)),
    };
    RegistryOptions { plain_http, private, realm, credentials, absent }
}

/// Components that the runtime has not compiled yet come out of the database.
struct Components(Arc<dyn Storage>);

#[async_trait]
impl ComponentSource for Components {
    async fn component(&self, digest: &Digest) -> Option<Arc<[u8]>> {
        let wanted = digest.clone();
        let read = self.0.read(move |reads| reads.component(&wanted)).await;
        match read {
            Ok(bytes) => bytes.map(Arc::from),
            Err(error) => {
                tracing::error!(%digest, %error, "a component cannot be read");
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_set_by_name_and_a_misspelt_one_is_refused() {
        let named = |name: &str| limits(&[(name.to_owned(), 7)].into());
        assert_eq!(named("component-max").unwrap().component_max, 7);
        let error = named("component_max").unwrap_err();
        assert!(error.hint.contains("component-max"), "{}", error.hint);
    }
}
