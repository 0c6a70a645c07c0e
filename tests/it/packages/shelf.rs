//! A registry of the test's own, which answers as the test says.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use rulewright_domain::PackageSource;
use rulewright_outbound::{FetchLimits, PackageFetcher, PackageOptions, RegistryOptions};
use rulewright_ports::{FetchRefusal, FetchedPackage, Packages, Upload};
use rulewright_registry::{
    artifact::{self, Contents},
    inspect,
    keys::SecretKey,
    signature::{Signature, sign},
};

use crate::programs;

/// The component that travels in these tests.
pub const COMPONENT: &[u8] = programs::COUNTS;

pub fn key(byte: u8) -> SecretKey {
    SecretKey::from_seed(&[byte; 32])
}

pub fn signature(component: &[u8], by: u8) -> Signature {
    sign(&inspect(component).unwrap(), &key(by))
}

/// The component and its signature, by the first key.
pub fn package() -> Upload {
    let document = signature(COMPONENT, 1).document();
    packed(COMPONENT, Some(&document))
}

pub fn packed(component: &[u8], signature: Option<&[u8]>) -> Upload {
    let contents = Contents { component, signature, icon: None, readme: Some("# Counts"), changelog: None };
    artifact::package(&inspect(COMPONENT).unwrap(), &contents)
}

/// What a registry holds.
#[derive(Clone, Default)]
pub struct Shelf {
    manifests: BTreeMap<String, Vec<u8>>,
    pub blobs: BTreeMap<String, Vec<u8>>,
}

impl Shelf {
    pub fn with(tag: &str, upload: &Upload) -> Shelf {
        Shelf::default().and(tag, upload)
    }

    pub fn and(mut self, tag: &str, upload: &Upload) -> Shelf {
        self.manifests.insert(tag.to_owned(), upload.manifest.clone());
        self.manifests.insert(format!("sha256:{}", upload.digest), upload.manifest.clone());
        self.blobs.extend(upload.blobs.iter().map(|blob| (blob.digest.clone(), blob.bytes.clone())));
        self
    }

    /// As an honest registry answers.
    pub fn answer(&self, path: &str) -> Response {
        let found = match path.rsplit_once('/') {
            Some((rest, name)) if rest.ends_with("/manifests") => self.manifests.get(name),
            Some((rest, name)) if rest.ends_with("/blobs") => {
                name.strip_prefix("sha256:").and_then(|digest| self.blobs.get(digest))
            }
            _ => None,
        };
        match found {
            Some(bytes) => bytes.clone().into_response(),
            None => StatusCode::NOT_FOUND.into_response(),
        }
    }
}

#[derive(Clone, Debug)]
pub struct Heard {
    pub path: String,
    pub authorization: Option<String>,
}

pub struct Stub {
    /// Host and port.
    pub host: String,
    heard: Arc<Mutex<Vec<Heard>>>,
}

impl Stub {
    /// `answer` is given path, query and headers.
    pub async fn start(answer: impl Fn(&str, &str, &HeaderMap) -> Response + Send + Sync + 'static) -> Stub {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (answer, list) = (Arc::new(answer), heard.clone());
        let router = Router::new().fallback(move |request: Request| {
            let (answer, list) = (answer.clone(), list.clone());
            async move {
                let uri = request.uri().clone();
                let authorization = request.headers().get("authorization");
                let authorization = authorization.map(|value| value.to_str().unwrap().to_owned());
                list.lock().unwrap().push(Heard { path: uri.path().to_owned(), authorization });
                answer(uri.path(), uri.query().unwrap_or_default(), request.headers())
            }
        });
        tokio::spawn(async move { axum::serve(listener, router).await });
        Stub { host, heard }
    }

    pub async fn honest(shelf: Shelf) -> Stub {
        Stub::start(move |path, _, _| shelf.answer(path)).await
    }

    pub fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }

    pub fn asked_for_blobs(&self) -> usize {
        self.heard().iter().filter(|heard| heard.path.contains("/blobs/")).count()
    }

    pub fn at(&self, rest: &str) -> PackageSource {
        PackageSource::Registry(format!("{}/acme/counts{rest}", self.host))
    }

    /// One that knows this registry as the operator of a test would say it.
    pub fn fetcher(&self) -> PackageFetcher {
        fetcher(&[&self.host], FetchLimits::default())
    }

    pub async fn fetch(&self, rest: &str) -> Result<FetchedPackage, FetchRefusal> {
        fetch(&self.fetcher(), &self.at(rest)).await
    }
}

pub fn options(hosts: &[&str]) -> PackageOptions {
    let plain = RegistryOptions { plain_http: true, ..RegistryOptions::default() };
    let registries = hosts.iter().map(|host| ((*host).to_owned(), plain.clone())).collect();
    PackageOptions { registries, ..PackageOptions::default() }
}

pub fn fetcher(hosts: &[&str], limits: FetchLimits) -> PackageFetcher {
    PackageFetcher::new(PackageOptions { limits, ..options(hosts) }, artifact::read)
}

/// Progress only grows, and never beyond what was said to come.
pub async fn fetch(fetcher: &PackageFetcher, source: &PackageSource) -> Result<FetchedPackage, FetchRefusal> {
    let last = AtomicU64::new(0);
    let told = |came: u64, total: Option<u64>| {
        assert!(last.swap(came, Ordering::SeqCst) <= came || total.is_none());
        assert!(total.is_none_or(|total| came <= total), "{came} of {total:?}");
    };
    // Longer than any limit that a test sets: one that hangs fails.
    tokio::time::timeout(Duration::from_secs(60), fetcher.fetch(source, &told)).await.expect("it hangs")
}

pub fn refused(fetched: Result<FetchedPackage, FetchRefusal>) -> &'static str {
    match fetched {
        Ok(_) => "fetched",
        Err(refusal) => {
            assert!(refusal.message.len() > 30, "it says nothing: {refusal}");
            refusal.code
        }
    }
}

pub fn with_header(response: Response, name: &'static str, value: &str) -> Response {
    let mut response = response;
    response.headers_mut().insert(name, value.parse().unwrap());
    response
}

pub fn redirect(to: &str) -> Response {
    with_header(StatusCode::TEMPORARY_REDIRECT.into_response(), "location", to)
}

/// Bytes that come one by one, for ever.
pub fn drip(every: Duration) -> Response {
    let stream = futures::stream::unfold((), move |()| async move {
        tokio::time::sleep(every).await;
        Some((Ok::<_, std::io::Error>(vec![0_u8]), ()))
    });
    Body::from_stream(stream).into_response()
}

/// Without end, as fast as they are read.
pub fn flood() -> Response {
    let stream = futures::stream::repeat_with(|| Ok::<_, std::io::Error>(vec![0_u8; 64 << 10]));
    // It begins as a component does.
    let begin = futures::stream::iter([Ok(b"\0asm\x0d\0\x01\0".to_vec())]);
    Body::from_stream(futures::StreamExt::chain(begin, stream)).into_response()
}
