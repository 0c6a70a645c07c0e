//! The one way out over HTTP: every connection of plugins and of packages is made by these clients.
//!
//! The address is checked where the connection is made, after names have been resolved: a name that was harmless
//! when it was allowed may point anywhere by now.

use std::{
    error::Error,
    fmt, io,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::Arc,
};

use reqwest::{
    Certificate, Client, Url,
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
        Guard::asking(Arc::new(|name: String| -> Found { Box::pin(looked_up(name)) }))
    }

    /// With another one to ask for addresses than the system.
    pub(crate) fn asking(lookup: Lookup) -> Guard {
        Guard::with(lookup, &[])
    }

    /// Which believes these too, as if the machine did.
    #[cfg(test)]
    pub(crate) fn believing(authorities: &[Certificate]) -> Guard {
        Guard::with(Arc::new(|name: String| -> Found { Box::pin(looked_up(name)) }), authorities)
    }

    fn with(lookup: Lookup, authorities: &[Certificate]) -> Guard {
        // Fails where somebody installed a provider before, and that one does as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let clients = client(Some(PublicResolver(lookup)), authorities)
            .and_then(|public| Ok(Clients { public, any: client(None, authorities)? }))
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
fn client(resolver: Option<PublicResolver>, authorities: &[Certificate]) -> Result<Client, reqwest::Error> {
    let builder = Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .tls_certs_merge(authorities.iter().cloned())
        .referer(false)
        .user_agent(concat!("rulewright/", env!("CARGO_PKG_VERSION")))
        .pool_max_idle_per_host(8);
    let builder = match resolver {
        Some(resolver) => builder.dns_resolver(resolver),
        None => builder,
    };
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

/// Addresses of a name, with any port.
pub(crate) type Lookup = Arc<dyn Fn(String) -> Found + Send + Sync>;
pub(crate) type Found = Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send>>;

#[allow(clippy::disallowed_methods, reason = "what is found is looked at before anything connects")]
async fn looked_up(name: String) -> io::Result<Vec<SocketAddr>> {
    Ok(tokio::net::lookup_host((name, 0)).await?.collect())
}

/// What it answers is what is connected to: nobody asks a second time, and could be told something else.
struct PublicResolver(Lookup);

impl Resolve for PublicResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let found = (self.0)(name.as_str().to_owned());
        Box::pin(async move {
            let public: Vec<SocketAddr> =
                found.await?.into_iter().filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err(NotPublic.into());
            }
            let addresses: Addrs = Box::new(public.into_iter());
            Ok(addresses)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    async fn asked(resolver: &PublicResolver) -> Option<Vec<String>> {
        match resolver.resolve("shop.example".parse().unwrap()).await {
            Ok(found) => Some(found.map(|address| address.ip().to_string()).collect()),
            Err(error) => {
                assert!(error.is::<NotPublic>(), "{error}");
                None
            }
        }
    }

    #[tokio::test]
    async fn a_name_that_changes_its_address_or_has_several_leads_to_public_ones_only() {
        let answers: [&[&str]; 5] = [
            &["93.184.215.14"],
            &["127.0.0.1"],
            &["10.0.0.1", "93.184.215.14", "::1", "2606:4700::1111", "169.254.169.254"],
            &["::ffff:93.184.215.14", "fe80::1"],
            &[],
        ];
        let turn = AtomicUsize::new(0);
        let resolver = PublicResolver(Arc::new(move |name: String| -> Found {
            assert_eq!(name, "shop.example");
            let answer = answers[turn.fetch_add(1, Ordering::Relaxed)];
            let found: Vec<SocketAddr> =
                answer.iter().map(|ip| SocketAddr::new(ip.parse().unwrap(), 0)).collect();
            Box::pin(async move { Ok(found) })
        }));
        let expected: [Option<&[&str]>; 5] =
            [Some(&["93.184.215.14"]), None, Some(&["93.184.215.14", "2606:4700::1111"]), None, None];
        for expected in expected {
            let found = asked(&resolver).await;
            let found = found.as_ref().map(|all| all.iter().map(String::as_str).collect::<Vec<_>>());
            assert_eq!(found, expected.map(|all| all.to_vec()));
        }
    }
}
