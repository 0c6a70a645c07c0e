//! `registry index`: which plugins a registry has, and whose they are.

use clap::{Args, Subcommand};
use rulewright_domain::PackageSource;
use rulewright_domain::reference::Reference;
use rulewright_registry::index::{Addition, EditRefusal, Index};
use rulewright_registry::signature::{self, Signature};
use rulewright_registry::{SignedList, inspect, keys};
use serde_json::{Value, json};

use super::desk::{self, Desk, Reading, Signing, refused};
use crate::config::Config;
use crate::error::{CliError, Exit, Result};
use crate::output::{Column, Output};

#[derive(Subcommand, Debug)]
pub enum IndexCommand {
    /// Put a published package into the index
    Add(Add),
    /// Take a plugin or one of its versions out of the index
    Remove(Remove),
    /// Sign the index anew, so that hosts know it is still the newest
    Sign(Sign),
    /// List what the index has
    List(List),
}

impl IndexCommand {
    pub async fn run(self, config: &Config) -> Result<()> {
        match self {
            IndexCommand::Add(add) => add.run(config).await,
            IndexCommand::Remove(remove) => remove.run(config).await,
            IndexCommand::Sign(sign) => sign.run(config).await,
            IndexCommand::List(list) => list.run(config).await,
        }
    }
}

/// The package is fetched from the registry, checked as at an installation, and its signature verified.
#[derive(Args, Debug)]
pub struct Add {
    /// e.g. registry.example.com/acme/greet:1.2.0
    reference: String,
    #[command(flatten)]
    signing: Signing,
    /// You have made sure, by another way, that the key is the publisher's
    #[arg(long)]
    verified: bool,
    /// The publisher has this key now, or the key of this fingerprint, instead of the one before
    #[arg(long, value_name = "KEY")]
    accept_key: Option<String>,
    /// Publish nothing, only say what would be
    #[arg(long)]
    dry_run: bool,
}

impl Add {
    async fn run(self, config: &Config) -> Result<()> {
        let output = config.output;
        let (desk, secret) = self.signing.desk(config)?;
        let reference = Reference::parse(&self.reference, Some(&desk.host))
            .map_err(|error| CliError::usage(error.to_string()))?;
        let index = desk.read::<Index>().await?.unwrap_or_default();
        let working = output.working(&format!("Fetching {reference}"));
        let source = PackageSource::Registry(reference.to_string());
        let fetched = desk.packages.fetch(&source, &|_, _| ()).await;
        working.finish_and_clear();
        let fetched = fetched.map_err(refused)?;
        let package = inspect(&fetched.component).map_err(|refusal| {
            CliError::refused(refusal.code(), format!("{reference} is not accepted: {refusal}"))
                .hint("ask its publisher for a version that `rulewright plugin check` accepts")
        })?;
        let signed_by = match fetched.signature.as_deref() {
            Some(bytes) => {
                Signature::parse(bytes).and_then(|signature| signature::verify(&signature, &package))
            }
            None => {
                return Err(CliError::refused("unsigned", format!("{reference} is not signed"))
                    .hint("its publisher publishes it with a key: rulewright plugin publish --key FILE"));
            }
        };
        let signed_by = signed_by.map_err(|refusal| {
            CliError::refused(refusal.code(), format!("{reference}: {refusal}"))
                .hint("ask its publisher to publish it again")
        })?;
        let artifact = fetched.artifact.ok_or_else(|| {
            CliError::refused("bad-reference", format!("{reference} came without a digest"))
        })?;
        let fingerprint = keys::fingerprint(&signed_by).unwrap_or_default();
        let addition = Addition {
            package: &package,
            reference: reference.to_string(),
            artifact,
            signed_by,
            at: desk::now(),
            verified: self.verified,
            accept_key: self.accept_key.as_deref(),
        };
        let next = index.with(addition).map_err(unchanged)?;
        let (id, version) = (&package.manifest.id, &package.manifest.version);
        output.note(&crate::cli::plugin::told(&package));
        output.note(&format!("Signed by {fingerprint}"));
        if !self.dry_run {
            desk.publish(&next, &secret).await?;
        }
        let done = match self.dry_run {
            true => {
                format!("{id} {version} would be in the index of {} (number {})", desk.host, next.sequence)
            }
            false => format!("{id} {version} is in the index of {} (number {})", desk.host, next.sequence),
        };
        let value = json!({
            "registry": desk.host, "sequence": next.sequence, "plugin": id, "version": version,
            "fingerprint": fingerprint, "published": !self.dry_run,
        });
        say(output, &value, &done);
        Ok(())
    }
}

#[derive(Args, Debug)]
pub struct Remove {
    /// e.g. acme.greet
    plugin: String,
    /// Only this version [default: all]
    version: Option<String>,
    #[command(flatten)]
    signing: Signing,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

impl Remove {
    async fn run(self, config: &Config) -> Result<()> {
        let (desk, secret) = self.signing.desk(config)?;
        let next = read(&desk)
            .await?
            .without(&self.plugin, self.version.as_deref(), desk::now())
            .map_err(unchanged)?;
        let named = match &self.version {
            Some(version) => format!("{} {version}", self.plugin),
            None => self.plugin.clone(),
        };
        let question = format!(
            "Take {named} out of the index of {}? Nobody finds it any more; where it is installed, it goes on.",
            desk.host
        );
        if !self.yes && config.output.ask(&question) != Some(true) {
            return Err(CliError::new(Exit::Consent, "not-agreed", "the index is as it was"));
        }
        desk.publish(&next, &secret).await?;
        let value = json!({ "registry": desk.host, "sequence": next.sequence, "removed": named });
        let done = format!("{named} is out of the index of {} (number {})", desk.host, next.sequence);
        say(config.output, &value, &done);
        Ok(())
    }
}

#[derive(Args, Debug)]
pub struct Sign {
    #[command(flatten)]
    signing: Signing,
}

impl Sign {
    async fn run(self, config: &Config) -> Result<()> {
        let (desk, secret) = self.signing.desk(config)?;
        let next = read(&desk).await?.renewed(desk::now());
        desk.publish(&next, &secret).await?;
        let value = json!({ "registry": desk.host, "sequence": next.sequence, "issued-at": next.issued_at });
        say(
            config.output,
            &value,
            &format!("The index of {} is signed anew (number {})", desk.host, next.sequence),
        );
        Ok(())
    }
}

#[derive(Args, Debug)]
pub struct List {
    #[command(flatten)]
    reading: Reading,
}

impl List {
    async fn run(self, config: &Config) -> Result<()> {
        let desk = self.reading.desk(config)?;
        let index = desk.read::<Index>().await?.unwrap_or_default();
        let output = config.output;
        if output.json {
            output.value(&index);
            return Ok(());
        }
        let columns = [
            Column("PLUGIN", "/id"),
            Column("VERSION", "/version"),
            Column("PUBLISHER", "/publisher"),
            Column("SIGNED BY", "/fingerprint"),
            Column("REFERENCE", "/reference"),
        ];
        let empty = "Nothing yet. Put a package into it: rulewright registry index add REFERENCE --key FILE";
        output.list(&rows(&index), &columns, empty);
        if index.sequence > 0 {
            output.note(&format!("Number {}, signed {}", index.sequence, index.issued_at));
        }
        Ok(())
    }
}

fn rows(index: &Index) -> Value {
    let mut items = Vec::new();
    for entry in &index.plugins {
        for release in &entry.versions {
            let verified = index.vouches(entry.publisher(), &release.signed_by).is_some();
            let verified = if verified { "verified" } else { "not verified" };
            items.push(json!({
                "id": entry.id, "version": release.version,
                "publisher": format!("{} ({verified})", entry.publisher()),
                "fingerprint": keys::fingerprint(&release.signed_by).unwrap_or_default(),
                "reference": release.reference,
            }));
        }
    }
    json!({ "items": items, "next": null })
}

async fn read(desk: &Desk) -> Result<Index> {
    desk.read::<Index>().await?.ok_or_else(|| {
        CliError::refused("not-found", format!("{} has no index yet", desk.host))
            .hint("put the first package into it: rulewright registry index add REFERENCE --key FILE")
    })
}

fn unchanged(refusal: EditRefusal) -> CliError {
    let hint = match refusal {
        EditRefusal::OtherKey { .. } => {
            "a key that changes is how a stolen name looks: ask before you accept it"
        }
        EditRefusal::VersionTaken { .. } => "what runs in shops under this version must stay what it was",
        EditRefusal::Missing(_) => "rulewright registry index list",
        EditRefusal::Unfit(_) => "docs/marketplace.md says what an entry may hold",
    };
    CliError::refused(refusal.code(), refusal.to_string()).hint(hint)
}

pub fn say(output: Output, value: &Value, text: &str) {
    match output.json {
        true => output.value(value),
        false => output.say(text),
    }
}
