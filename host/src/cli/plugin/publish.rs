//! `plugin publish`: a package, signed, into a registry.

use clap::Args;
use rulewright_domain::reference::{Pinned, Reference};
use rulewright_ports::{FetchRefusal, Registries, Upload};
use rulewright_registry::artifact;
use serde_json::json;

use super::parcel::{Files, Parcel};
use crate::compose;
use crate::config::Config;
use crate::error::{CliError, Result};
use crate::output::Output;

#[derive(Args, Debug)]
pub struct Publish {
    /// Where to, e.g. registry.example/acme/greet; the tag is the plugin's version
    reference: String,
    #[command(flatten)]
    files: Files,
    /// Say what would be sent, and send nothing
    #[arg(long)]
    dry_run: bool,
    /// Publish without a signature
    #[arg(long)]
    unsigned: bool,
    /// Replace what is published under this tag
    #[arg(long)]
    replace: bool,
    /// Leave out the second tag, VERSION-component, under which tools such as wkg find the component alone
    #[arg(long)]
    no_component_tag: bool,
}

impl Publish {
    pub async fn run(self, config: &Config) -> Result<()> {
        let output = config.output;
        let parcel = self.files.read()?;
        if parcel.signature.is_none() && !self.unsigned {
            return Err(CliError::refused("unsigned", "the package is not signed, and shops refuse those")
                .hint("add --key FILE (`rulewright plugin key new FILE` makes one), or say --unsigned"));
        }
        let reference = destination(&self.reference, config, &parcel)?;
        let upload = parcel.upload();
        let mut sent = vec![(reference.clone(), upload.clone())];
        if let (Pinned::Tag(tag), false) = (&reference.version, self.no_component_tag) {
            let alone = reference.tagged(&format!("{tag}-component")).map_err(bad_reference)?;
            sent.push((alone, artifact::component_only(&parcel.package, &parcel.component)));
        }
        output.note(&parcel.told());
        for (reference, upload) in &sent {
            output.note(&format!("{reference}  sha256:{}", upload.digest));
        }
        if !self.dry_run {
            let registries = compose::registries(config);
            for (reference, upload) in &sent {
                unless_taken(registries.as_ref(), reference, upload, self.replace).await?;
            }
            for (reference, upload) in &sent {
                push(registries.as_ref(), reference, upload, output).await?;
            }
        }
        if output.json {
            let mut told = parcel.json(&upload);
            told["reference"] = json!(reference.to_string());
            told["component_reference"] = json!(sent.get(1).map(|(reference, _)| reference.to_string()));
            told["published"] = json!(!self.dry_run);
            output.value(&told);
            return Ok(());
        }
        match self.dry_run {
            true => output.note("Nothing was sent: leave out --dry-run to publish it."),
            false => {
                output.say(&reference.at(&upload.digest).to_string());
                output.note(&format!(
                    "Published. A shop installs it with\n  rulewright plugin install {reference}\n\
                     who runs the registry adds it to the index with\n  rulewright registry index add {reference}"
                ));
            }
        }
        Ok(())
    }
}

/// A tag that is a version is this version.
fn destination(text: &str, config: &Config, parcel: &Parcel) -> Result<Reference> {
    let reference = Reference::parse(text, config.default_registry.as_deref()).map_err(bad_reference)?;
    let version = &parcel.package.manifest.version;
    let said = text.ends_with(":latest");
    match &reference.version {
        Pinned::Digest(_) => Err(CliError::usage("a digest is what publishing tells, not where it goes")
            .hint("name a repository: registry.example/acme/greet")),
        Pinned::Tag(tag) if tag == "latest" && !said => {
            // What comes after a plus is no part of a tag.
            reference.tagged(&version.replace('+', "_")).map_err(bad_reference)
        }
        Pinned::Tag(tag) if tag.split('.').count() == 3 && tag != version => {
            Err(CliError::usage(format!("the tag says {tag}, and the plugin says that it is {version}"))
                .hint("leave the tag out: it is the plugin's version then"))
        }
        Pinned::Tag(_) => Ok(reference),
    }
}

/// People have agreed to what stands under a version: it does not become something else by accident.
async fn unless_taken(
    registries: &dyn Registries,
    reference: &Reference,
    upload: &Upload,
    replace: bool,
) -> Result<()> {
    match registries.manifest(reference).await {
        Ok(found) if found.digest == upload.digest || replace => Ok(()),
        Ok(found) => {
            let message = format!("{reference} is published already, as sha256:{}", found.digest);
            Err(CliError::refused("already-published", message)
                .hint("raise the plugin's version; --replace puts this one in its place"))
        }
        Err(refusal) if refusal.code == "not-found" => Ok(()),
        Err(refusal) => Err(refused(refusal)),
    }
}

async fn push(
    registries: &dyn Registries,
    reference: &Reference,
    upload: &Upload,
    output: Output,
) -> Result<()> {
    let size = upload.blobs.iter().map(|blob| blob.bytes.len() as u64).sum();
    let bar = output.progress("Sending", size);
    let told = |sent: u64, _: Option<u64>| bar.set_position(sent);
    let pushed = registries.push(reference, upload, &told).await;
    bar.finish_and_clear();
    pushed.map_err(refused)
}

fn bad_reference(error: impl std::fmt::Display) -> CliError {
    CliError::usage(error.to_string()).hint("e.g. registry.example/acme/greet")
}

fn refused(refusal: FetchRefusal) -> CliError {
    CliError::refused(refusal.code, refusal.message)
        .hint("registries and how to log in stand in the settings: docs/publishing.md")
}
