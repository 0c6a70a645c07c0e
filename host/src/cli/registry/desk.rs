//! Where an operator works on signed lists: reads the one that is published, and publishes the next one.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use rulewright_domain::{PublicKey, Timestamp};
use rulewright_engine::SystemClock;
use rulewright_ports::{Clock, FetchRefusal, Packages, Registries};
use rulewright_registry::keys::{self, SecretKey};
use rulewright_registry::{ListRefusal, SignedList, list_artifact};

use crate::cli::plugin::key;
use crate::compose;
use crate::config::Config;
use crate::error::{CliError, Exit, Result};
use crate::output::Output;

/// Which registry, and who may write its lists.
#[derive(Args, Debug)]
pub struct Signing {
    /// Host of the registry, with its port where it has one of its own [default: default-registry of the settings]
    #[arg(long, value_name = "HOST")]
    registry: Option<String>,
    /// The file with the registry's secret key; `rulewright plugin key new FILE` makes one
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The public key that signed the list so far, where the registry has a new one now
    #[arg(long, value_name = "KEY")]
    signed_by: Option<String>,
}

/// Which registry, for those who only read.
#[derive(Args, Debug)]
pub struct Reading {
    /// Host of the registry, with its port where it has one of its own [default: default-registry of the settings]
    #[arg(long, value_name = "HOST")]
    registry: Option<String>,
    /// Its public key [default: `key` of the registry in the settings]
    #[arg(long, value_name = "KEY")]
    public_key: Option<String>,
}

pub struct Desk {
    pub packages: Arc<dyn Packages>,
    registries: Arc<dyn Registries>,
    pub host: String,
    /// Whose list is believed.
    pinned: PublicKey,
    output: Output,
}

impl Signing {
    pub fn desk(&self, config: &Config) -> Result<(Desk, SecretKey)> {
        let secret = key::read(&self.key)?;
        let pinned = match &self.signed_by {
            Some(text) => public(text)?,
            None => secret.public(),
        };
        Ok((desk(config, self.registry.as_deref(), pinned)?, secret))
    }
}

impl Reading {
    pub fn desk(&self, config: &Config) -> Result<Desk> {
        let host = host(config, self.registry.as_deref())?;
        let pinned = match &self.public_key {
            Some(text) => public(text)?,
            None => config.registries.get(&host).and_then(|registry| registry.key.clone()).ok_or_else(|| {
                CliError::usage(format!("nothing says with which key the lists of {host} are signed")).hint(format!(
                    "say it with --public-key ed25519:..., or in the settings: [registries.\"{host}\"] key = \"ed25519:...\""
                ))
            })?,
        };
        desk(config, Some(&host), pinned)
    }
}

fn public(text: &str) -> Result<PublicKey> {
    keys::public(text).map_err(|error| CliError::usage(error.to_string()))
}

fn host(config: &Config, named: Option<&str>) -> Result<String> {
    let host = named.map(str::to_owned).or_else(|| config.default_registry.clone());
    host.ok_or_else(|| {
        CliError::usage("no registry was named")
            .hint("name it with --registry HOST, or in the settings as default-registry = \"HOST\"")
    })
}

fn desk(config: &Config, named: Option<&str>, pinned: PublicKey) -> Result<Desk> {
    let host = host(config, named)?;
    let (packages, registries) = (compose::packages(config), compose::registries(config));
    Ok(Desk { packages, registries, host, pinned, output: config.output })
}

pub fn now() -> Timestamp {
    SystemClock.now()
}

impl Desk {
    /// The list that is published now, verified. None: there is none yet.
    pub async fn read<T: SignedList>(&self) -> Result<Option<T>> {
        let working = self.output.working(&format!("Reading {} of {}", T::KIND.title(), self.host));
        let found = self.fetch::<T>().await;
        working.finish_and_clear();
        found
    }

    async fn fetch<T: SignedList>(&self) -> Result<Option<T>> {
        let place = list_artifact::reference(&self.host, T::KIND)
            .map_err(|error| CliError::usage(error.to_string()))?;
        let manifest = match self.registries.manifest(&place).await {
            Ok(found) => found,
            Err(FetchRefusal { code: "not-found", .. }) => return Ok(None),
            Err(refusal) => return Err(refused(refusal)),
        };
        let blob = list_artifact::locate(T::KIND, &manifest.bytes).map_err(|error| self.bad::<T>(error))?;
        let bytes = self.registries.blob(&place, &blob, &|_, _| ()).await.map_err(refused)?;
        T::open(&bytes, &self.pinned).map(Some).map_err(|error| self.bad::<T>(error))
    }

    /// Signs and publishes the next list, and makes sure that it is the one that others read.
    pub async fn publish<T: SignedList>(&self, list: &T, secret: &SecretKey) -> Result<()> {
        let bytes = list.seal(secret).map_err(|error| self.bad::<T>(error))?;
        let place = list_artifact::reference(&self.host, T::KIND)
            .map_err(|error| CliError::usage(error.to_string()))?;
        let working = self.output.working(&format!("Publishing {place}"));
        let upload = list_artifact::upload(T::KIND, bytes);
        let pushed = self.registries.push(&place, &upload, &|_, _| ()).await;
        let there = match pushed {
            Ok(()) => self.registries.manifest(&place).await.map(|found| found.digest),
            Err(refusal) => Err(refusal),
        };
        working.finish_and_clear();
        if there.map_err(refused)? != upload.digest {
            return Err(CliError::refused("list-forked", format!("{place} is not what was published just now"))
                .hint("somebody else publishes at the same time: look at it with `rulewright registry index list`, and repeat"));
        }
        Ok(())
    }

    fn bad<T: SignedList>(&self, refusal: ListRefusal) -> CliError {
        let message = format!("{} of {}: {refusal}", T::KIND.title(), self.host);
        let error = CliError::refused(refusal.code(), message);
        match refusal {
            ListRefusal::OtherKey { .. } => error.hint(
                "use the key that signed it; where the registry has a new key, say --signed-by with the old public one",
            ),
            ListRefusal::Bad { .. } => error.hint("mend the plugin that it names, or take it out of the index"),
            _ => error.hint("docs/marketplace.md says what is checked, and why"),
        }
    }
}

pub fn refused(refusal: FetchRefusal) -> CliError {
    let exit = match refusal.code {
        "unreachable" | "timeout" => Exit::Unreachable,
        _ => Exit::Refused,
    };
    CliError::new(exit, refusal.code, refusal.message)
        .hint("the reference, the network, and [registries] in the settings: docs/publishing.md")
}
