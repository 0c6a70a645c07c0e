//! `plugin pack`: the package as a folder that can be carried about (OCI image layout).

use std::path::{Path, PathBuf};

use clap::Args;
use rulewright_ports::Upload;
use serde_json::json;

use super::parcel::{self, Files};
use crate::config::Config;
use crate::error::{CliError, Doing, Result};

#[derive(Args, Debug)]
pub struct Pack {
    #[command(flatten)]
    files: Files,
    /// Folder to write, which must not be there yet [default: ID-VERSION.oci]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

impl Pack {
    pub fn run(self, config: &Config) -> Result<()> {
        let parcel = self.files.read()?;
        let upload = parcel.upload();
        let manifest = &parcel.package.manifest;
        let out = self.out.unwrap_or_else(|| format!("{}-{}.oci", manifest.id, manifest.version).into());
        layout(&out, &upload, &manifest.version)?;
        if config.output.json {
            let mut told = parcel.json(&upload);
            told["folder"] = json!(out);
            config.output.value(&told);
            return Ok(());
        }
        config.output.note(&parcel.told());
        config.output.say(&format!("{}  sha256:{}", out.display(), upload.digest));
        config.output.note(&format!(
            "Tools that know the OCI image layout copy it to any registry, e.g. oras cp --from-oci-layout {}:{} \
             registry.example/REPOSITORY:{}",
            out.display(),
            manifest.version,
            manifest.version
        ));
        Ok(())
    }
}

fn layout(out: &Path, upload: &Upload, tag: &str) -> Result<()> {
    if out.exists() {
        return Err(CliError::refused("is-there", format!("{} is there already", out.display()))
            .hint("remove it, or name another folder with --out DIR"));
    }
    let blobs = out.join("blobs").join("sha256");
    std::fs::create_dir_all(&blobs).doing(|| format!("cannot create {}", blobs.display()))?;
    for blob in &upload.blobs {
        parcel::write(&blobs.join(&blob.digest), &blob.bytes)?;
    }
    parcel::write(&blobs.join(&upload.digest), &upload.manifest)?;
    let index = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [{
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "digest": format!("sha256:{}", upload.digest),
            "size": upload.manifest.len(),
            "annotations": { "org.opencontainers.image.ref.name": tag },
        }],
    });
    parcel::write(&out.join("index.json"), index.to_string().as_bytes())?;
    parcel::write(&out.join("oci-layout"), br#"{"imageLayoutVersion":"1.0.0"}"#)
}
