//! Settings: flags win over the environment, that over `rulewright.toml`, that over the defaults.
//!
//! **Invariant:** settings are read here, once, and passed down; nothing else reads the environment or the file.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use rulewright_bitrix24::RateLimits;
use rulewright_domain::{ShopId, bucket::Bucket};
use rulewright_engine::LoadLimits;
use serde::Deserialize;

use crate::backups::BackupSettings;
use crate::error::{CliError, Result};
use crate::guests::Place;
use crate::output::Output;
use crate::registries::{self, Registry};
use crate::serve::DoorLimits;

/// The file that is looked for in the current folder.
const FILE: &str = "rulewright.toml";
const DATA: &str = "rulewright-data";
/// Where tests let the program die: a point of `ports::fault`, and the how manieth time.
#[cfg(debug_assertions)]
const CRASH_AT: &str = "RULEWRIGHT_CRASH_AT";
#[cfg(debug_assertions)]
const GRACE: &str = "RULEWRIGHT_GRACE";
const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

/// Flags of every command. The environment is read by clap, so a flag wins over it.
#[derive(Args, Clone, Debug, Default)]
pub struct Flags {
    /// Settings file [default: ./rulewright.toml, if it is there]
    #[arg(long, global = true, value_name = "FILE", env = "RULEWRIGHT_CONFIG")]
    pub config: Option<PathBuf>,
    /// Data directory [default: ./rulewright-data]
    #[arg(long, global = true, value_name = "DIR", env = "RULEWRIGHT_DATA")]
    pub data: Option<PathBuf>,
    /// File of the key that opens the secrets in the data directory [default: secret.key in it]
    #[arg(long, global = true, value_name = "FILE", env = "RULEWRIGHT_KEY_FILE")]
    pub key_file: Option<PathBuf>,
    /// Talk to a running server instead of opening the data directory
    #[arg(long, global = true, value_name = "URL", env = "RULEWRIGHT_SERVER")]
    pub server: Option<String>,
    /// Bearer token for --server
    #[arg(long, global = true, value_name = "TOKEN", env = "RULEWRIGHT_TOKEN", hide_env_values = true)]
    pub token: Option<String>,
    /// Which shop of the data directory [default: the only one]
    #[arg(long, global = true, value_name = "SHOP", env = "RULEWRIGHT_SHOP")]
    pub shop: Option<ShopId>,
    /// Print JSON, for scripts
    #[arg(long, global = true)]
    pub json: bool,
    /// Ask nothing
    #[arg(long, global = true)]
    pub no_input: bool,
    /// No colours, where this is set to anything
    #[arg(long = "no-colour", global = true, hide = true, value_name = "ANY", env = "NO_COLOR")]
    pub no_colour: Option<String>,
    /// What to log to stderr, e.g. `info` or `rulewright_engine=debug`
    #[arg(long, global = true, value_name = "FILTER", env = "RULEWRIGHT_LOG")]
    pub log: Option<String>,
    /// Log as JSON lines
    #[arg(long, global = true)]
    pub log_json: bool,
}

/// `rulewright.toml`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct File {
    pub data: Option<PathBuf>,
    pub key_file: Option<PathBuf>,
    pub listen: Option<SocketAddr>,
    pub tls_cert: Option<PathBuf>,
    pub tls_key: Option<PathBuf>,
    pub allow_plain_http: bool,
    pub trust_forwarded: bool,
    pub server: Option<String>,
    pub token: Option<String>,
    pub shop: Option<String>,
    pub log: Option<String>,
    pub allow_http: bool,
    pub allow_private: Vec<String>,
    pub public_url: Option<String>,
    pub mail_authorities: Option<PathBuf>,
    pub limits: BTreeMap<String, u64>,
    pub compile_apart: Option<bool>,
    pub guests: Option<Place>,
    pub default_registry: Option<String>,
    pub registries: BTreeMap<String, registries::Settings>,
    pub bitrix24: Bitrix24,
    pub backup: BackupSettings,
    pub load: Load,
    pub door: DoorLimits,
    pub telemetry: Telemetry,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Telemetry {
    /// Collector of traces: its base address.
    pub otlp: Option<String>,
}

/// From when on changes from outside are told to come again; 0 is never.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Load {
    /// Changes that wait for their commit.
    pub changes: Option<usize>,
    /// Steps of rules that are ready and have not begun.
    pub steps: Option<usize>,
    /// Seconds that a shop's step has waited for its place.
    pub oldest_seconds: Option<u32>,
}

impl Load {
    fn limits(&self) -> LoadLimits {
        let usual = LoadLimits::default();
        LoadLimits {
            changes: self.changes.unwrap_or(usual.changes),
            steps: self.steps.unwrap_or(usual.steps),
            oldest: self.oldest_seconds.unwrap_or(usual.oldest),
            ..usual
        }
    }
}

/// Of `/rest`: where nothing is said, its requests are limited as `[door]` says, and nothing else is.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Bitrix24 {
    /// Requests that may come at once from one address.
    pub burst: Option<u32>,
    /// Of those that came at once, how many are forgotten in a second.
    pub per_second: Option<f64>,
    /// Seconds that one method may work for one token within ten minutes.
    pub operating_seconds: Option<u64>,
    pub https_only: bool,
}

impl Bitrix24 {
    fn options(&self) -> rulewright_bitrix24::Options {
        let Bitrix24 { burst, per_second, operating_seconds, https_only } = *self;
        let usual = RateLimits::CUSTOMARY;
        let bucket = Bucket {
            burst: burst.unwrap_or(usual.burst),
            per_second: per_second.filter(|rate| *rate > 0.0).unwrap_or(usual.per_second),
        };
        rulewright_bitrix24::Options {
            require_tls: https_only,
            limits: RateLimits {
                requests: (burst.is_some() || per_second.is_some()).then_some(bucket),
                operating: operating_seconds.map(Duration::from_secs),
            },
            body_within: None,
            public_url: None,
        }
    }
}

#[derive(Clone, Debug)]
pub struct Server {
    pub url: String,
    pub token: String,
}

#[derive(Clone, Debug)]
pub struct Config {
    pub data: PathBuf,
    /// The data directory if it was named for this very command: the demo does not move into a shop's.
    pub data_named: Option<PathBuf>,
    /// Of the key that opens the secrets in it. None: the file in it.
    pub key_file: Option<PathBuf>,
    /// Only from the file; flags of a command win over it.
    pub listen: Option<SocketAddr>,
    pub tls_cert: Option<PathBuf>,
    pub tls_key: Option<PathBuf>,
    /// Requests may come in plain text from other machines.
    pub allow_plain_http: bool,
    /// A proxy says where requests come from.
    pub trust_forwarded: bool,
    pub server: Option<Server>,
    pub shop: Option<ShopId>,
    pub log: Option<String>,
    pub log_json: bool,
    /// For development: plugins and webhooks may send to `http://` addresses.
    pub allow_http: bool,
    /// `host:port` that plugins and webhooks may reach although they are not public, and mailboxes also without TLS.
    pub allow_private: Vec<String>,
    /// Under which address others reach this server: gateways report there, and it stands in mails, so that they can be
    /// followed.
    pub public_url: Option<String>,
    /// Certificates, in PEM, that mail servers are trusted by besides the system's.
    pub mail_authorities: Vec<u8>,
    /// Of the sandbox, by name, where they are not the usual ones.
    pub limits: BTreeMap<String, u64>,
    /// Strangers' components are compiled in a process of its own, which is killed at its limits.
    pub compile_apart: bool,
    /// Where guests run, of `serve`; its flag wins.
    pub guests: Option<Place>,
    /// The registry that is meant where a reference names none.
    pub default_registry: Option<String>,
    /// What is said about registries, by host.
    pub registries: BTreeMap<String, Registry>,
    pub bitrix24: rulewright_bitrix24::Options,
    /// How much strangers may take of the server.
    pub door: DoorLimits,
    /// Of `serve`; its flags win.
    pub backup: BackupSettings,
    /// From when on what comes from outside is told to come again.
    pub load: LoadLimits,
    /// Of `serve`; its flag wins.
    pub telemetry: Telemetry,
    pub output: Output,
}

impl Config {
    pub fn read(flags: Flags) -> Result<Config> {
        #[cfg(debug_assertions)]
        if let Some(at) = variable(CRASH_AT) {
            rulewright_ports::fault::arm(&at)
                .map_err(|error| CliError::usage(format!("{CRASH_AT}: {error}")))?;
        }
        let file = match &flags.config {
            Some(path) => load(path)?,
            None if Path::new(FILE).is_file() => load(Path::new(FILE))?,
            None => File::default(),
        };
        Config::resolve(flags, file)
    }

    fn resolve(flags: Flags, file: File) -> Result<Config> {
        let server = match (flags.server.or(file.server), flags.token.or(file.token)) {
            (None, _) => None,
            (Some(url), Some(token)) => Some(Server { url: url.trim_end_matches('/').to_owned(), token }),
            (Some(_), None) => {
                return Err(CliError::usage("a server was given without a token")
                    .hint("add --token TOKEN or set RULEWRIGHT_TOKEN; `rulewright token create` makes one"));
            }
        };
        let shop = match (flags.shop, file.shop) {
            (Some(shop), _) => Some(shop),
            (None, Some(text)) => {
                Some(text.parse().map_err(|error| CliError::usage(format!("shop: {error}")))?)
            }
            (None, None) => None,
        };
        let mail_authorities = match &file.mail_authorities {
            Some(path) => std::fs::read(path).map_err(|error| {
                CliError::usage(format!("cannot read the certificates in {}: {error}", path.display()))
                    .hint("name a file in PEM: mail-authorities = \"authorities.pem\"")
            })?,
            None => Vec::new(),
        };
        if let Some(host) = &file.default_registry {
            registries::named(host)?;
        }
        Ok(Config {
            data: flags.data.clone().or(file.data).unwrap_or_else(|| DATA.into()),
            data_named: flags.data,
            key_file: flags.key_file.or(file.key_file),
            listen: file.listen,
            tls_cert: file.tls_cert,
            tls_key: file.tls_key,
            allow_plain_http: file.allow_plain_http,
            trust_forwarded: file.trust_forwarded,
            server,
            shop,
            log: flags.log.or(file.log),
            log_json: flags.log_json,
            allow_http: file.allow_http,
            allow_private: file.allow_private,
            public_url: file.public_url.clone().map(public_url).transpose()?,
            mail_authorities,
            limits: file.limits,
            compile_apart: file.compile_apart.unwrap_or(true),
            guests: file.guests,
            backup: file.backup,
            load: file.load.limits(),
            door: file.door,
            telemetry: file.telemetry,
            output: Output::new(
                flags.json,
                flags.no_input,
                flags.no_colour.as_ref().is_some_and(|value| !value.is_empty()),
            ),
            default_registry: file.default_registry,
            registries: registries::read(file.registries, &variable)?,
            bitrix24: rulewright_bitrix24::Options {
                public_url: file.public_url.clone(),
                ..file.bitrix24.options()
            },
        })
    }

    /// Where to listen: the command's flag, the file, the default.
    pub fn listen(&self, flag: Option<SocketAddr>) -> SocketAddr {
        flag.or(self.listen).unwrap_or(LISTEN)
    }
}

/// In seconds: how long a test gives to requests that are under way when the server is told to stop.
#[cfg(debug_assertions)]
pub fn grace() -> Option<u64> {
    variable(GRACE)?.parse().ok()
}

#[expect(
    clippy::disallowed_methods,
    reason = "settings name the variables that hold passwords; they are read here"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Without the slash at its end.
fn public_url(text: String) -> Result<String> {
    let rest = ["https://", "http://"].iter().find_map(|scheme| text.strip_prefix(scheme));
    let plain = |rest: &str| rest.bytes().all(|byte| byte.is_ascii_graphic() && !b"?#@<>\"".contains(&byte));
    match rest {
        Some(rest) if !rest.trim_matches('/').is_empty() && plain(rest) => {
            Ok(text.trim_end_matches('/').to_owned())
        }
        _ => Err(CliError::usage(format!("public-url: `{text}` is not where a browser could go"))
            .hint("write it as https://rules.shop.example")),
    }
}

fn load(path: &Path) -> Result<File> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        CliError::usage(format!("cannot read the settings in {}: {error}", path.display()))
            .hint("name a file that is there: --config FILE or RULEWRIGHT_CONFIG")
    })?;
    toml::from_str(&text).map_err(|error| {
        CliError::usage(format!("{} cannot be understood: {}", path.display(), error.to_string().trim_end()))
            .hint("the settings are listed in docs/cli.md")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_win_over_the_file_and_the_file_over_defaults() {
        let file: File =
            toml::from_str("data = 'from-file'\nlisten = '0.0.0.0:9000'\nshop = 'shop_2'").unwrap();
        let flags = Flags { data: Some("from-flag".into()), ..Flags::default() };
        let config = Config::resolve(flags, file.clone()).unwrap();
        assert_eq!(config.data, Path::new("from-flag"));
        assert_eq!(config.listen(None).port(), 9000);
        assert_eq!(config.shop, Some(ShopId(2)));
        assert_eq!(Config::resolve(Flags::default(), file).unwrap().data, Path::new("from-file"));
        let none = Config::resolve(Flags::default(), File::default()).unwrap();
        assert_eq!(
            (none.data.as_path(), none.data_named.clone(), none.listen(None)),
            (Path::new(DATA), None, LISTEN)
        );
    }

    #[test]
    fn what_may_wait_is_set_by_name_and_the_rest_is_as_usual() {
        let file: File = toml::from_str("[load]\nsteps = 0\noldest-seconds = 7").unwrap();
        let load = Config::resolve(Flags::default(), file).unwrap().load;
        assert_eq!((load.steps, load.oldest, load.changes), (0, 7, LoadLimits::default().changes));
        assert!(toml::from_str::<File>("[load]\nstep = 1").is_err());
    }

    #[test]
    fn where_the_world_reaches_us_is_an_address() {
        let read = |url: &str| {
            let file = File { public_url: Some(url.to_owned()), ..File::default() };
            Config::resolve(Flags::default(), file).map(|config| config.public_url.unwrap_or_default())
        };
        assert_eq!(read("https://rules.shop.example/").unwrap(), "https://rules.shop.example");
        for wrong in ["rules.shop.example", "https://", "https://a b", "ftp://a", "https://a?b"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_misspelt_setting_and_a_server_without_token_are_refused() {
        assert!(toml::from_str::<File>("dta = 'x'").is_err());
        let flags = Flags { server: Some("http://127.0.0.1:1".into()), ..Flags::default() };
        let error = Config::resolve(flags, File::default()).unwrap_err();
        assert!(error.hint.contains("--token"));
        let flags = Flags { config: Some("/nowhere/rulewright.toml".into()), ..Flags::default() };
        assert_eq!(Config::read(flags).unwrap_err().exit, crate::error::Exit::Usage);
    }
}
