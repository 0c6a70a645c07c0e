//! [`MailServers`] over SMTP and IMAP.
//!
//! A shop names its servers itself, so a connection is checked like those of plugins: after names have been resolved,
//! and TLS still verifies the name.

mod connect;
mod imap;
mod read;
mod smtp;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use rulewright_ports::{Arrived, Inbox, Letter, MailAccess, MailError, MailServers};
use tokio::sync::Semaphore;

/// Mails on the way to one server at once. Servers count a client's connections, and turn away those beyond a few.
const AT_ONCE: usize = 4;

#[derive(Clone, Debug, Default)]
pub struct MailOptions {
    /// `host:port` that may be reached although it is no public address, or without TLS.
    pub allow_private: Vec<String>,
    /// Certificates of authorities that are trusted besides those of the system, in PEM.
    pub authorities: Vec<u8>,
}

pub struct MailClient {
    options: MailOptions,
    /// Places by server.
    places: Mutex<HashMap<String, Arc<Semaphore>>>,
}

impl MailClient {
    pub fn new(options: MailOptions) -> MailClient {
        // Fails where somebody installed a provider before, and that one does as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        MailClient { options, places: Mutex::default() }
    }

    fn places(&self, access: &MailAccess) -> Arc<Semaphore> {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Arc::new(Semaphore::new(AT_ONCE));
        places.entry(connect::authority(&access.server)).or_insert_with(new).clone()
    }
}

#[async_trait]
impl MailServers for MailClient {
    async fn send(&self, access: &MailAccess, letter: &Letter) -> Result<(), MailError> {
        let mail = smtp::mail(letter)?;
        // Never closed.
        let _place = self.places(access).acquire_owned().await;
        smtp::send(&self.options, access, &mail).await
    }

    async fn try_sending(&self, access: &MailAccess) -> Result<(), MailError> {
        smtp::login(&self.options, access).await
    }

    async fn open(&self, access: &MailAccess, folder: &str) -> Result<Box<dyn Inbox>, MailError> {
        Ok(Box::new(imap::Folder::open(&self.options, access, folder).await?))
    }

    fn read(&self, raw: &[u8]) -> Option<Arrived> {
        read::mail(raw)
    }
}

fn temporary(message: impl Into<String>) -> MailError {
    MailError { message: message.into(), permanent: false }
}
