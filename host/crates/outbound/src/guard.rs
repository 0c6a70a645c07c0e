//! The one way out over HTTP: every connection of plugins and of packages is made by these clients.
//!
//! The address is checked where the connection is made, after names have been resolved: a name that was harmless
//! when it was allowed may point anywhere by now.

use std::{
    error::Error,
    fmt,
    net::{IpAddr, SocketAddr},
};

use reqwest::{
    Client, Url,
    dns::{Addrs, Name, Resolve, Resolving},
};

use crate::address::is_public;

pub struct Guard {
    /// An error where the machine has no root certificates: whoever never calls out does not need them.
    clients: Result<Clients, String>,
}

struct Clients {
    public: Client,
    /// Without the check; only for what the operator listed.
    any: Client,
}

/// Why no connection is even tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shut {
    NotPublic(NotPublic),
    /// There is no way out at all.
    NoClient(String),
}

impl Guard {
    pub fn new() -> Guard {
        // Fails where somebody installed a provider before, and that one does as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let clients = client(true)
            .and_then(|public| Ok(Clients { public, any: client(false)? }))
            .map_err(|error| format!("outward connections are not possible: {}", told(&error)));
        Guard { clients }
    }

    /// For a request to this URL. `private`: the operator lets it be no public address. It follows no redirect.
    pub fn client(&self, url: &Url, private: bool) -> Result<&Client, Shut> {
        let clients = self.clients.as_ref().map_err(|error| Shut::NoClient(error.clone()))?;
        if private {
            return Ok(&clients.any);
        }
        // A literal address is never resolved, so the resolver does not see it.
        let host = url.host_str().unwrap_or_default();
        let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        match literal {
            Ok(address) if !is_public(address) => Err(Shut::NotPublic(NotPublic)),
            _ => Ok(&clients.public),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is where everything leaves")]
fn client(public_only: bool) -> Result<Client, reqwest::Error> {
    let builder = Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .referer(false)
        .user_agent(concat!("rulewright/", env!("CARGO_PKG_VERSION")))
        .pool_max_idle_per_host(8);
    let builder = if public_only { builder.dns_resolver(PublicResolver) } else { builder };
    builder.build()
}

/// Whether a request failed because of where it would have gone.
pub fn was_not_public(error: &reqwest::Error) -> bool {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.is::<NotPublic>() {
            return true;
        }
        cause = error.source();
    }
    false
}

/// The innermost cause is the one that says something.
pub fn told(error: &dyn Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotPublic;

impl fmt::Display for NotPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the host is no public address of the internet; an operator can allow it by host and port",
        )
    }
}

impl Error for NotPublic {}

struct PublicResolver;

impl Resolve for PublicResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err(NotPublic.into());
            }
            let addresses: Addrs = Box::new(public.into_iter());
            Ok(addresses)
        })
    }
}
