//! Fetching packages from outside, within limits: nothing that is fetched is trusted, parsed or kept here.

use std::sync::Arc;

use async_trait::async_trait;
use rulewright_domain::PackageSource;
use rulewright_domain::plugin::Digest;
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
