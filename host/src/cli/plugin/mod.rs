//! Plugins: for their authors, and for who installs them.

mod build;
mod check;
mod consent;
mod dev;
mod follow;
mod history;
mod install;
pub mod key;
mod list;
mod migrate;
mod new;
mod offers;
mod pack;
mod parcel;
mod permissions;
mod publish;
mod publishers;
mod quarantine;
mod remove;
mod replay;
mod resume;
mod rollback;
mod search;
mod show;
mod sign;
mod test;
mod upgrade;
mod verify;

use std::path::Path;

use clap::Subcommand;
use rulewright_domain::Package;
use rulewright_registry::{Verb, consent, inspect};

use crate::config::Config;
use crate::error::{CliError, Result};

#[derive(Subcommand, Debug)]
pub enum Plugin {
    /// Write a crate that is ready to build
    New(new::New),
    /// Compile a crate into a component
    Build(build::Build),
    /// Say what a plugin asks for, whether it would be accepted, and what to do where not
    Check(check::Check),
    /// Run a plugin's own tests, and its fixtures in the real sandbox
    Test(test::Test),
    /// Build on every save, and show at once what the plugin does now
    Dev(dev::Dev),
    /// Do a real run again here, with this component or a changed one
    Replay(replay::Replay),
    /// Make the key that a publisher signs with
    #[command(subcommand)]
    Key(key::KeyCommand),
    /// Sign a component: the signature goes into a file beside it
    Sign(sign::Sign),
    /// Check a component's signature
    Verify(verify::Verify),
    /// Write the package into a folder (OCI image layout)
    Pack(pack::Pack),
    /// Sign the package and put it into a registry
    Publish(publish::Publish),
    /// Search plugins that can be had: those of this program and of the registries in the settings
    Search(search::Search),
    /// Install a plugin from anywhere, after showing what it may do
    Install(install::Install),
    /// Put another version in place of the one in use, after showing what it asks for besides
    Upgrade(upgrade::Upgrade),
    /// Go back to the version before, with what it was granted then
    Rollback(rollback::Rollback),
    /// Let a plugin go on that is paused because it broke at every run
    Resume(resume::Resume),
    /// List the versions that there were, and how many runs are open with each
    History(history::History),
    /// Move runs that wait to the version in use
    Migrate(migrate::Migrate),
    /// Say what an installed plugin may do, and what you left out
    Permissions(permissions::Permissions),
    /// List what waits for somebody to agree
    Offers(offers::Offers),
    /// Agree to what waits, whole or in part
    Accept(offers::Accept),
    /// Decline what waits
    Decline(offers::Decline),
    /// List the publishers whose keys are trusted, or forget one
    Publishers(publishers::Publishers),
    /// Stop a component at once, in every shop
    Quarantine(quarantine::Quarantine),
    /// List installed plugins
    List(list::List),
    /// Show an installed plugin and what it was granted, or one that can be had
    Show(show::Show),
    /// Remove an installed plugin
    Remove(remove::Remove),
}

impl Plugin {
    pub async fn run(self, config: Config) -> Result<()> {
        match self {
            Plugin::New(new) => new.run(&config),
            Plugin::Build(build) => build.run(&config),
            Plugin::Check(check) => check.run(&config).await,
            Plugin::Test(test) => test.run(&config).await,
            Plugin::Dev(dev) => dev.run(&config).await,
            Plugin::Replay(replay) => replay.run(&config).await,
            Plugin::Key(key) => key.run(&config),
            Plugin::Sign(sign) => sign.run(&config),
            Plugin::Verify(verify) => verify.run(&config),
            Plugin::Pack(pack) => pack.run(&config),
            Plugin::Publish(publish) => publish.run(&config).await,
            Plugin::Install(install) => install.run(&config).await,
            Plugin::Search(search) => search.run(&config).await,
            Plugin::Upgrade(upgrade) => upgrade.run(&config).await,
            Plugin::Rollback(rollback) => rollback.run(&config).await,
            Plugin::Resume(resume) => resume.run(&config).await,
            Plugin::History(history) => history.run(&config).await,
            Plugin::Migrate(migrate) => migrate.run(&config).await,
            Plugin::Permissions(permissions) => permissions.run(&config).await,
            Plugin::Offers(offers) => offers.run(&config).await,
            Plugin::Accept(accept) => accept.run(&config).await,
            Plugin::Decline(decline) => decline.run(&config).await,
            Plugin::Publishers(publishers) => publishers.run(&config).await,
            Plugin::Quarantine(quarantine) => quarantine.run(&config).await,
            Plugin::List(list) => list.run(&config).await,
            Plugin::Show(show) => show.run(&config).await,
            Plugin::Remove(remove) => remove.run(&config).await,
        }
    }
}

/// A component file, read and judged.
fn read(file: &Path) -> Result<(Package, Vec<u8>)> {
    let bytes = std::fs::read(file).map_err(|error| CliError::no_file(file, &error))?;
    let package = inspect(&bytes).map_err(|refusal| {
        CliError::refused(refusal.code(), format!("{} is not accepted: {refusal}", file.display()))
            .hint("name a component that `rulewright plugin build` made")
    })?;
    Ok((package, bytes))
}

/// What a person reads before agreeing.
pub fn told(package: &Package) -> String {
    let manifest = &package.manifest;
    let mut text =
        format!("{} {} by {}: {}\n", manifest.id, manifest.version, manifest.publisher, manifest.title);
    if !manifest.description.is_empty() {
        text.push_str(&format!("  {}\n", manifest.description));
    }
    let sentences = consent(package);
    for verb in [Verb::Read, Verb::Change, Verb::Send, Verb::Reach, Verb::Keep] {
        let mut of_verb = sentences.iter().filter(|sentence| sentence.verb == verb).peekable();
        if of_verb.peek().is_some() {
            let heading = match verb {
                Verb::Read => "It reads",
                Verb::Change => "It changes",
                Verb::Send => "It sends",
                Verb::Reach => "It reaches",
                Verb::Keep | Verb::Always => "It keeps and uses",
            };
            text.push_str(&format!("{heading}\n"));
        }
        for sentence in of_verb {
            let mark = if sentence.sensitive { '!' } else { '-' };
            let function = sentence.function.as_deref().map(|name| format!("  ({name})")).unwrap_or_default();
            text.push_str(&format!("  {mark} {}{function}\n", sentence.text));
        }
    }
    if !manifest.limits.is_empty() {
        let wished: Vec<String> =
            manifest.limits.iter().map(|(name, most)| format!("{name} {most}")).collect();
        text.push_str(&format!("It wishes for more of: {}\n", wished.join(", ")));
    }
    text.push_str(&format!("{} bytes, sha256 {}", package.size, package.digest));
    text
}
