//! What is published together, as it lies on an author's disk.

use std::path::{Path, PathBuf};

use rulewright_domain::Package;
use rulewright_ports::Upload;
use rulewright_registry::artifact::{self, Contents, MAX_CHANGELOG, MAX_ICON, MAX_README};
use rulewright_registry::signature::{self, Signature};
use serde_json::{Value, json};

use super::key;
use crate::error::{CliError, Doing, Result};

/// Which files; those that are not named are looked for beside the component.
#[derive(clap::Args, Debug)]
pub struct Files {
    /// A component, or the folder of a plugin that was built
    #[arg(default_value = ".")]
    path: PathBuf,
    /// Sign with this key; without it, the signature beside the component is taken
    #[arg(long, value_name = "FILE", env = "RULEWRIGHT_KEY")]
    key: Option<PathBuf>,
    /// A readme in Markdown [default: README.md beside it, if it is there]
    #[arg(long, value_name = "FILE")]
    readme: Option<PathBuf>,
    /// What is new in each version, in Markdown [default: CHANGELOG.md beside it, if it is there]
    #[arg(long, value_name = "FILE")]
    changelog: Option<PathBuf>,
    /// An icon, PNG [default: icon.png beside it, if it is there]
    #[arg(long, value_name = "FILE")]
    icon: Option<PathBuf>,
}

pub struct Parcel {
    pub package: Package,
    pub component: Vec<u8>,
    pub signature: Option<Signature>,
    readme: Option<String>,
    changelog: Option<String>,
    icon: Option<Vec<u8>>,
}

impl Files {
    pub fn read(&self) -> Result<Parcel> {
        let (file, beside) = self.component()?;
        let (package, component) = super::read(&file)?;
        let signature = match &self.key {
            Some(key) => Some(signature::sign(&package, &key::read(key)?)),
            None => lying_beside(&file, &package)?,
        };
        let found = |named: &Option<PathBuf>, name: &str, most: usize| -> Result<Option<Vec<u8>>> {
            let usual = beside.join(name);
            match named {
                Some(file) => bytes(file, most).map(Some),
                None if usual.is_file() => bytes(&usual, most).map(Some),
                None => Ok(None),
            }
        };
        let text = |bytes: Option<Vec<u8>>, code: &str, part: &str| {
            bytes.map(String::from_utf8).transpose().map_err(|_| {
                CliError::refused(code, format!("the {part} is no UTF-8 text")).hint("save it as UTF-8")
            })
        };
        let readme = text(found(&self.readme, "README.md", MAX_README)?, "bad-readme", "readme")?;
        let changelog = found(&self.changelog, "CHANGELOG.md", MAX_CHANGELOG)?;
        let changelog = text(changelog, "bad-changelog", "changelog")?;
        let icon = found(&self.icon, "icon.png", MAX_ICON)?;
        if icon.as_ref().is_some_and(|icon| !icon.starts_with(b"\x89PNG\r\n\x1a\n")) {
            return Err(CliError::refused("bad-icon", "the icon is no PNG").hint("save it as PNG"));
        }
        Ok(Parcel { package, component, signature, readme, changelog, icon })
    }

    /// The component, and the folder in which its readme and icon are.
    fn component(&self) -> Result<(PathBuf, PathBuf)> {
        if !self.path.is_dir() {
            let beside = self.path.parent().unwrap_or(Path::new("")).to_owned();
            return Ok((self.path.clone(), beside));
        }
        let built = self.path.join("target/plugins");
        let entries = std::fs::read_dir(&built).into_iter().flatten().flatten().map(|entry| entry.path());
        let mut found: Vec<PathBuf> =
            entries.filter(|path| path.extension().is_some_and(|extension| extension == "wasm")).collect();
        found.sort();
        match found.as_slice() {
            [one] => Ok((one.clone(), self.path.clone())),
            [] => Err(CliError::refused("not-built", format!("{} has no component", built.display()))
                .hint("build it first with `rulewright plugin build`, or name a component")),
            several => {
                let names: Vec<String> = several.iter().map(|path| path.display().to_string()).collect();
                Err(CliError::usage(format!("{} has several components", built.display()))
                    .hint(format!("name one: {}", names.join(", "))))
            }
        }
    }
}

impl Parcel {
    pub fn upload(&self) -> Upload {
        let document = self.signature.as_ref().map(Signature::document);
        let contents = Contents {
            component: &self.component,
            signature: document.as_deref(),
            icon: self.icon.as_deref(),
            readme: self.readme.as_deref(),
            changelog: self.changelog.as_deref(),
        };
        artifact::package(&self.package, &contents)
    }

    /// Who signed it, as people compare it.
    pub fn fingerprint(&self) -> Option<String> {
        let signature = self.signature.as_ref()?;
        rulewright_registry::keys::fingerprint(&signature.key).ok()
    }

    pub fn told(&self) -> String {
        let Package { manifest, digest, size, .. } = &self.package;
        let signed = match self.fingerprint() {
            Some(fingerprint) => format!("signed with {fingerprint}"),
            None => "not signed".to_owned(),
        };
        let with =
            |there: bool, name: &str| if there { format!(", with {name}") } else { format!(", no {name}") };
        format!(
            "{} {}: {size} bytes, sha256 {digest}, {signed}{}{}{}",
            manifest.id,
            manifest.version,
            with(self.readme.is_some(), "readme"),
            with(self.changelog.is_some(), "changelog"),
            with(self.icon.is_some(), "icon"),
        )
    }

    pub fn json(&self, upload: &Upload) -> Value {
        let part = |blob: &rulewright_ports::UploadBlob| json!({ "media_type": blob.media_type, "digest": format!("sha256:{}", blob.digest), "size": blob.bytes.len() });
        json!({
            "plugin": self.package.manifest.id,
            "version": self.package.manifest.version,
            "component": self.package.digest,
            "digest": format!("sha256:{}", upload.digest),
            "key": self.signature.as_ref().map(|signature| &signature.key),
            "fingerprint": self.fingerprint(),
            "parts": upload.blobs.iter().map(part).collect::<Vec<_>>(),
        })
    }
}

/// `greet.wasm` is signed by `greet.wasm.sig`.
pub fn signature_of(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".sig");
    PathBuf::from(name)
}

/// A signature that would be refused is not published: it is mostly that of the build before.
fn lying_beside(file: &Path, package: &Package) -> Result<Option<Signature>> {
    let beside = signature_of(file);
    if !beside.is_file() {
        return Ok(None);
    }
    let signature = bytes(&beside, signature::MAX_SIGNATURE)?;
    let checked = Signature::parse(&signature)
        .and_then(|signature| signature::verify(&signature, package).map(|_| signature));
    checked.map(Some).map_err(|refusal| {
        CliError::refused(refusal.code(), format!("{}: {refusal}", beside.display()))
            .hint("sign the component again: `rulewright plugin sign FILE --key FILE`")
    })
}

pub fn bytes(file: &Path, most: usize) -> Result<Vec<u8>> {
    let size = std::fs::metadata(file).map_err(|error| CliError::no_file(file, &error))?.len();
    if size > most as u64 {
        let message = format!("{} has {size} bytes, and may have {most}", file.display());
        return Err(CliError::refused("too-large", message).hint("make it smaller"));
    }
    std::fs::read(file).map_err(|error| CliError::no_file(file, &error))
}

pub fn write(file: &Path, bytes: &[u8]) -> Result<()> {
    std::fs::write(file, bytes).doing(|| format!("cannot write {}", file.display()))
}
