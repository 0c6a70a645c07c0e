//! [`Packages`] and [`Registries`] over HTTPS: a client of OCI registries that trusts no registry.
//!
//! What is asked for by digest is checked against it while it comes. Whoever answers cannot make this host connect to
//! where it would not go by itself, give a password away, unpack anything, or wait for long.

mod body;
mod challenge;
mod push;
mod refused;
mod session;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::{StatusCode, Url};
use rulewright_domain::PackageSource;
use rulewright_domain::reference::{Pinned, Reference};
use rulewright_ports::{
    Artifact, Blob, FetchProgress, FetchRefusal, FetchedPackage, FoundManifest, Packages, ReadArtifact,
    Registries, Upload,
};

use crate::egress::EgressOptions;
use crate::guard::Guard;
use crate::packages::body::Expected;
use crate::packages::session::{Home, Session, origin};

/// Media type of every manifest that is written.
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// Others are taken too, so that what lies there can be told apart from what does not.
const ANY_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, \
                            application/vnd.docker.distribution.manifest.v2+json";
/// Bytes. As large as a package's manifest may be.
const MAX_MANIFEST: u64 = 64 << 10;
/// Bytes. As large as a signature may be.
const MAX_SIGNATURE: u64 = 64 << 10;
const BEGINS_COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";

#[derive(Clone, Debug, Default)]
pub struct PackageOptions {
    /// Addresses of files: also those that the operator lets plugins reach.
    pub egress: EgressOptions,
    /// By host, with its port where it has one of its own. Others are reached too, if they are public.
    pub registries: BTreeMap<String, RegistryOptions>,
    /// For references that name no registry.
    pub default_registry: Option<String>,
    pub limits: FetchLimits,
}

/// What an operator says about one registry.
#[derive(Clone, Debug, Default)]
pub struct RegistryOptions {
    /// It speaks `http://`. For a registry of this machine, which then needs no public address.
    pub plain_http: bool,
    /// It has no public address.
    pub private: bool,
    pub credentials: Option<Credentials>,
    /// The variable of the environment in which credentials should be, and are not.
    pub absent: Option<String>,
    /// Where passwords may be exchanged for a token, if that is not the registry itself.
    pub realm: Option<String>,
}

#[derive(Clone)]
pub enum Credentials {
    Password {
        user: String,
        password: String,
    },
    /// Sent as it is.
    Token(String),
}

impl fmt::Debug for Credentials {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Credentials")
    }
}

#[derive(Clone, Debug)]
pub struct FetchLimits {
    /// For a whole package. Somebody waits for it.
    pub total: Duration,
    /// For pushing one.
    pub push: Duration,
    /// Until the head of an answer is there.
    pub answer: Duration,
    /// In which at least `floor` bytes must come: a connection that drips is one that holds us up.
    pub window: Duration,
    /// Bytes.
    pub floor: u64,
    /// Bytes of a component from an address; in a registry, reading the manifest tells.
    pub component: u64,
}

impl Default for FetchLimits {
    fn default() -> FetchLimits {
        FetchLimits {
            total: Duration::from_secs(120),
            push: Duration::from_secs(600),
            answer: Duration::from_secs(30),
            window: Duration::from_secs(10),
            floor: 10 << 10,
            component: 32 << 20,
        }
    }
}

pub struct PackageFetcher {
    guard: Guard,
    options: PackageOptions,
    read: ReadArtifact,
}

impl PackageFetcher {
    pub fn new(options: PackageOptions, read: ReadArtifact) -> PackageFetcher {
        PackageFetcher { guard: Guard::new(), options, read }
    }

    fn session<'a>(&'a self, reference: &Reference, actions: &str) -> Result<Session<'a>, FetchRefusal> {
        let said = self.options.registries.get(&reference.registry);
        if let Some(variable) = said.and_then(|said| said.absent.as_deref()) {
            return Err(FetchRefusal::new(
                "no-credentials",
                format!(
                    "the settings say that {variable} in the environment holds the credentials of {}, and it is not \
                     there: set it where rulewright is started",
                    reference.registry
                ),
            ));
        }
        let plain = said.is_some_and(|said| said.plain_http);
        let scheme = if plain { "http" } else { "https" };
        let url = address(&format!("{scheme}://{}/", reference.registry))?;
        let home = Home {
            origin: origin(&url),
            plain,
            private: plain || said.is_some_and(|said| said.private),
            credentials: said.and_then(|said| said.credentials.as_ref()),
            realm: said.and_then(|said| said.realm.as_deref()),
            scope: format!("repository:{}:{actions}", reference.repository),
        };
        Ok(Session::new(&self.guard, &self.options.limits, home, url))
    }

    async fn at_registry(&self, text: &str, told: FetchProgress<'_>) -> Result<FetchedPackage, FetchRefusal> {
        let reference = Reference::parse(text, self.options.default_registry.as_deref())
            .map_err(|error| FetchRefusal::new("bad-reference", error.to_string()))?;
        let mut session = self.session(&reference, "pull")?;
        let found = manifest(&mut session, &reference).await?;
        let Artifact { component, signature, icon, readme, changelog } = (self.read)(&found.bytes)
            .map_err(|refusal| FetchRefusal { message: format!("{text}: {}", refusal.message), ..refusal })?;
        let parts = [Some(component), signature, icon, readme, changelog];
        let total: u64 = parts.iter().flatten().map(|part| part.size).sum();
        let mut bytes = [None, None, None, None, None];
        let mut before = 0;
        // By the digests of the manifest that was read: a tag that moves meanwhile changes nothing.
        for (part, bytes) in parts.iter().zip(&mut bytes) {
            if let Some(part) = part {
                let told = |came: u64, _| told(before + came, Some(total));
                *bytes = Some(blob(&mut session, &reference, part, &told).await?);
                before += part.size;
            }
        }
        let [component, signature, icon, readme, changelog] = bytes;
        let written = |part: &str, bytes: Option<Vec<u8>>| {
            bytes.map(String::from_utf8).transpose().map_err(|_| {
                refused::media_type(&format!(
                    "the {part} of {text} is no UTF-8 text: its publisher has to publish it again"
                ))
            })
        };
        Ok(FetchedPackage {
            component: component.unwrap_or_default().into(),
            signature,
            icon,
            readme: written("readme", readme)?,
            changelog: written("changelog", changelog)?,
            artifact: Some(found.digest),
        })
    }

    /// A component as a file of a web server; its signature is beside it.
    async fn at_url(&self, text: &str, told: FetchProgress<'_>) -> Result<FetchedPackage, FetchRefusal> {
        let url = address(text)?;
        let plain = url.scheme() == "http" && self.options.egress.allow_http;
        if url.scheme() != "https" && !plain {
            return Err(FetchRefusal::new(
                "bad-url",
                format!("{text} is not fetched: use an address that begins with https://"),
            ));
        }
        let origin = origin(&url);
        let private = self.options.egress.allow_private.contains(&origin.authority());
        let home = Home { origin, plain, private, credentials: None, realm: None, scope: String::new() };
        let limits = &self.options.limits;
        let mut session = Session::new(&self.guard, limits, home, url.clone());
        let response = session.get(url.clone(), "application/wasm, application/octet-stream").await?;
        let response = refused::unless_ok(response, url.as_str())?;
        let expected = Expected { begins: BEGINS_COMPONENT, ..Expected::at_most(limits.component) };
        let component = body::read(response, limits, expected, url.as_str(), told).await?;
        let mut beside = url.clone();
        beside.set_path(&format!("{}.sig", url.path()));
        let response = session.get(beside.clone(), "application/json, application/octet-stream").await?;
        let signature = match response.status() {
            // Some say so of what is not there. Whoever hides a signature makes the package an unsigned one.
            StatusCode::NOT_FOUND | StatusCode::GONE | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                None
            }
            _ => {
                let response = refused::unless_ok(response, beside.as_str())?;
                let expected = Expected::at_most(MAX_SIGNATURE);
                Some(body::read(response, limits, expected, beside.as_str(), &|_, _| {}).await?)
            }
        };
        Ok(FetchedPackage {
            component: component.into(),
            signature,
            icon: None,
            readme: None,
            changelog: None,
            artifact: None,
        })
    }

    async fn within<T>(
        &self,
        limit: Duration,
        work: impl Future<Output = Result<T, FetchRefusal>>,
    ) -> Result<T, FetchRefusal> {
        match tokio::time::timeout(limit, work).await {
            Ok(done) => done,
            Err(_) => Err(refused::timeout(&format!("it was not done within {} s", limit.as_secs_f32()))),
        }
    }
}

#[async_trait]
impl Packages for PackageFetcher {
    async fn fetch(
        &self,
        source: &PackageSource,
        told: FetchProgress<'_>,
    ) -> Result<FetchedPackage, FetchRefusal> {
        let limit = self.options.limits.total;
        match source {
            PackageSource::Registry(text) => self.within(limit, self.at_registry(text, told)).await,
            PackageSource::Url(text) => self.within(limit, self.at_url(text, told)).await,
            PackageSource::Bundled | PackageSource::File(_) => {
                Err(FetchRefusal::new("not-elsewhere", format!("{source} is here already: nothing to fetch")))
            }
        }
    }
}

#[async_trait]
impl Registries for PackageFetcher {
    async fn manifest(&self, reference: &Reference) -> Result<FoundManifest, FetchRefusal> {
        let mut session = self.session(reference, "pull")?;
        self.within(self.options.limits.total, manifest(&mut session, reference)).await
    }

    async fn blob(
        &self,
        reference: &Reference,
        wanted: &Blob,
        told: FetchProgress<'_>,
    ) -> Result<Vec<u8>, FetchRefusal> {
        let mut session = self.session(reference, "pull")?;
        self.within(self.options.limits.total, blob(&mut session, reference, wanted, told)).await
    }

    async fn push(
        &self,
        reference: &Reference,
        upload: &Upload,
        told: FetchProgress<'_>,
    ) -> Result<(), FetchRefusal> {
        let mut session = self.session(reference, "pull,push")?;
        self.within(self.options.limits.push, push::push(&mut session, reference, upload, told)).await
    }
}

async fn manifest(session: &mut Session<'_>, reference: &Reference) -> Result<FoundManifest, FetchRefusal> {
    let name = match &reference.version {
        Pinned::Tag(tag) => tag.clone(),
        Pinned::Digest(digest) => format!("sha256:{digest}"),
    };
    let url = session.at(&format!("v2/{}/manifests/{name}", reference.repository))?;
    let response = refused::unless_ok(session.get(url, ANY_MANIFEST).await?, &reference.to_string())?;
    let said = response.headers().get("docker-content-digest").and_then(|value| value.to_str().ok());
    // What the registry itself says about what it sends is held to as well.
    let said = said.and_then(|said| rulewright_domain::reference::sha256(said).ok());
    let expected = match &reference.version {
        Pinned::Digest(digest) => Some(digest.clone()),
        Pinned::Tag(_) => said,
    };
    let expected = Expected { digest: expected, ..Expected::at_most(MAX_MANIFEST) };
    let shown = format!("the manifest of {reference}");
    let bytes = body::read(response, session.limits(), expected, &shown, &|_, _| {}).await?;
    let digest = body::digest(&bytes);
    Ok(FoundManifest { bytes, digest })
}

async fn blob(
    session: &mut Session<'_>,
    reference: &Reference,
    blob: &Blob,
    told: FetchProgress<'_>,
) -> Result<Vec<u8>, FetchRefusal> {
    let url = session.at(&format!("v2/{}/blobs/sha256:{}", reference.repository, blob.digest))?;
    let shown = format!("a part of {reference} (sha256:{})", blob.digest);
    let response = refused::unless_ok(session.get(url, "*/*").await?, &shown)?;
    let expected = Expected {
        digest: Some(blob.digest.clone()),
        size: Some(blob.size),
        most: blob.size,
        begins: blob.begins,
    };
    body::read(response, session.limits(), expected, &shown, told).await
}

fn address(text: &str) -> Result<Url, FetchRefusal> {
    let wrong = |why: String| {
        let text: String = text.chars().take(200).collect();
        FetchRefusal::new(
            "bad-url",
            format!("`{text}` is no address: {why}; write it as https://acme.example/greet.wasm"),
        )
    };
    let url = Url::parse(text).map_err(|error| wrong(error.to_string()))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("it carries a user name or password".to_owned()));
    }
    if url.host_str().is_none_or(str::is_empty) || url.cannot_be_a_base() {
        return Err(wrong("it names no host".to_owned()));
    }
    Ok(url)
}
