//! Fetching packages from outside, within limits, and bringing them there: nothing that is fetched is trusted, run or
//! kept here.

use std::sync::Arc;

use async_trait::async_trait;
use rulewright_domain::PackageSource;
use rulewright_domain::plugin::Digest;
use rulewright_domain::reference::Reference;
use thiserror::Error;

/// What a source holds under one reference. Each part was checked against the digest and the size that the source
/// itself declared for it, and against nothing else.
#[derive(Clone, Debug, PartialEq)]
pub struct FetchedPackage {
    pub component: Arc<[u8]>,
    /// The signature's document, as published.
    pub signature: Option<Vec<u8>>,
    /// PNG.
    pub icon: Option<Vec<u8>>,
    /// Markdown; for people, never run or rendered unescaped.
    pub readme: Option<String>,
    /// The same of what is new in each version.
    pub changelog: Option<String>,
    /// Of the registry's manifest.
    pub artifact: Option<Digest>,
}

/// Why nothing came. `code` is stable; the message says what, where and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct FetchRefusal {
    pub code: &'static str,
    pub message: String,
}

impl FetchRefusal {
    pub fn new(code: &'static str, message: impl Into<String>) -> FetchRefusal {
        FetchRefusal { code, message: message.into() }
    }
}

/// Bytes that have come, of those that are expected.
pub type FetchProgress<'a> = &'a (dyn Fn(u64, Option<u64>) + Send + Sync);

#[async_trait]
pub trait Packages: Send + Sync {
    /// Not for [`PackageSource::Bundled`] and [`PackageSource::File`], which are not elsewhere.
    async fn fetch(
        &self,
        source: &PackageSource,
        told: FetchProgress<'_>,
    ) -> Result<FetchedPackage, FetchRefusal>;
}

/// A part of an artifact, and what its bytes must turn out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blob {
    pub digest: Digest,
    /// Bytes, exactly.
    pub size: u64,
    /// By these first bytes it is known for what it is said to be; empty where its kind has none.
    pub begins: &'static [u8],
}

/// A package as its manifest in a registry describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    pub component: Blob,
    pub signature: Option<Blob>,
    pub icon: Option<Blob>,
    pub readme: Option<Blob>,
    pub changelog: Option<Blob>,
}

/// Reads a manifest from anybody. It is logic, and so is handed to the adapter that asks for it.
pub type ReadArtifact = fn(&[u8]) -> Result<Artifact, FetchRefusal>;

/// The manifest that stands under a reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundManifest {
    pub bytes: Vec<u8>,
    pub digest: Digest,
}

/// An OCI image manifest and everything that it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    pub manifest: Vec<u8>,
    /// Of the manifest.
    pub digest: Digest,
    pub blobs: Vec<UploadBlob>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadBlob {
    pub digest: Digest,
    pub media_type: String,
    pub bytes: Vec<u8>,
}

/// Registries of OCI artifacts, by single requests, for who publishes and for what is no package.
#[async_trait]
pub trait Registries: Send + Sync {
    /// Checked against the reference's digest, where it has one. Never larger than 64 KiB.
    async fn manifest(&self, reference: &Reference) -> Result<FoundManifest, FetchRefusal>;

    /// Checked against digest, size and first bytes. The caller says no to sizes that are too large.
    async fn blob(
        &self,
        reference: &Reference,
        blob: &Blob,
        told: FetchProgress<'_>,
    ) -> Result<Vec<u8>, FetchRefusal>;

    /// What is there already is not sent again. The manifest comes last, so a reference never names what is missing.
    async fn push(
        &self,
        reference: &Reference,
        upload: &Upload,
        told: FetchProgress<'_>,
    ) -> Result<(), FetchRefusal>;
}
