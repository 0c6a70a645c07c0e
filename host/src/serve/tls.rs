//! The server's certificate: read at the start, and again when its files change. Connections go on with the one that
//! they began with.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio_util::sync::CancellationToken;

use crate::error::{CliError, Doing, Result};

/// Looked at this often. Reading two small files costs nothing, and it also sees what a watcher would miss: a link that
/// points elsewhere, or a volume that was mounted anew.
const LOOK: Duration = Duration::from_secs(2);

/// The pair in use.
pub struct Keys {
    files: Files,
    current: Arc<Current>,
    /// What was read last, good or bad: the same bytes are not tried again.
    seen: Bytes,
}

#[derive(Debug)]
struct Files {
    certificate: PathBuf,
    key: PathBuf,
}

#[derive(PartialEq)]
struct Bytes {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

#[derive(Debug)]
struct Current(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.read().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

impl Keys {
    pub fn read(certificate: PathBuf, key: PathBuf) -> Result<Keys> {
        let files = Files { certificate, key };
        let seen = files.read()?;
        let pair = files.pair(&seen)?;
        Ok(Keys { files, current: Arc::new(Current(RwLock::new(Arc::new(pair)))), seen })
    }

    pub fn config(&self) -> Result<Arc<ServerConfig>> {
        let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let builder = builder.with_safe_default_protocol_versions().doing(|| "TLS".to_owned())?;
        let mut config = builder.with_no_client_auth().with_cert_resolver(self.current.clone());
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }

    /// Takes over new files until `stop`.
    pub async fn follow(mut self, stop: CancellationToken) {
        let mut hangups = Hangups::new();
        loop {
            let asked = tokio::select! {
                () = stop.cancelled() => return,
                () = hangups.next() => true,
                () = tokio::time::sleep(LOOK) => false,
            };
            self.look(asked);
        }
    }

    fn look(&mut self, asked: bool) {
        let found = match self.files.read() {
            Ok(found) => found,
            // While a file is being replaced it may be missing; who asked wants to know.
            Err(error) if asked => return tracing::error!(%error, "the certificate stays as it is"),
            Err(_) => return,
        };
        if found == self.seen && !asked {
            return;
        }
        match self.files.pair(&found) {
            Ok(pair) => {
                *self.current.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(pair);
                tracing::info!(certificate = %self.files.certificate.display(), "the certificate was read again");
            }
            Err(error) => tracing::error!(%error, "the certificate stays as it is"),
        }
        self.seen = found;
    }
}

impl Files {
    fn read(&self) -> Result<Bytes> {
        let read = |path: &Path| fs::read(path).map_err(|error| CliError::no_file(path, &error));
        Ok(Bytes { certificate: read(&self.certificate)?, key: read(&self.key)? })
    }

    /// The two belong together, or it is refused: half of a replacement is never used.
    fn pair(&self, bytes: &Bytes) -> Result<CertifiedKey> {
        let wrong = |path: &Path, what: String| {
            CliError::refused("certificate", format!("{}: {what}", path.display()))
                .hint("the certificate chain and its key are files in PEM (docs/tls.md)")
        };
        let chain: std::result::Result<Vec<_>, _> =
            CertificateDer::pem_slice_iter(&bytes.certificate).collect();
        let chain = chain.map_err(|error| wrong(&self.certificate, error.to_string()))?;
        if chain.is_empty() {
            return Err(wrong(&self.certificate, "there is no certificate in it".to_owned()));
        }
        let key = PrivateKeyDer::from_pem_slice(&bytes.key);
        let key = key.map_err(|error| wrong(&self.key, format!("no private key: {error}")))?;
        CertifiedKey::from_der(chain, key, &ring::default_provider()).map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => {
                wrong(&self.key, format!("it is not the key of {}", self.certificate.display()))
            }
            error => wrong(&self.certificate, error.to_string()),
        })
    }
}

/// SIGHUP, where there is such a thing.
struct Hangups {
    #[cfg(unix)]
    signal: Option<tokio::signal::unix::Signal>,
}

impl Hangups {
    #[cfg(unix)]
    fn new() -> Hangups {
        use tokio::signal::unix::{SignalKind, signal};
        Hangups { signal: signal(SignalKind::hangup()).ok() }
    }

    #[cfg(not(unix))]
    fn new() -> Hangups {
        Hangups {}
    }

    async fn next(&mut self) {
        #[cfg(unix)]
        if let Some(signal) = &mut self.signal
            && signal.recv().await.is_some()
        {
            return;
        }
        std::future::pending().await
    }
}
