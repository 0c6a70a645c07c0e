//! To a mail server that may be reached.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rulewright_domain::{MailServer, MailTls};
use rulewright_ports::MailError;
use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::{MailOptions, temporary};
use crate::address::is_public;

/// For one address to answer at all.
const CONNECT: Duration = Duration::from_secs(15);

pub fn authority(server: &MailServer) -> String {
    format!("{}:{}", server.host.to_ascii_lowercase(), server.port)
}

/// The addresses that a server has now and that may be reached.
#[allow(clippy::disallowed_methods, reason = "what is found is looked at before anything connects")]
pub async fn addresses(options: &MailOptions, server: &MailServer) -> Result<Vec<SocketAddr>, MailError> {
    let authority = authority(server);
    let allowed = options.allow_private.iter().any(|one| one.eq_ignore_ascii_case(&authority));
    if server.tls == MailTls::None && !allowed {
        return Err(temporary(format!(
            "without TLS, {authority} would be told the password in the open: use `implicit` or `starttls`, or let the \
             operator allow this host and port"
        )));
    }
    let host = server.host.trim_start_matches('[').trim_end_matches(']');
    let found = tokio::time::timeout(CONNECT, tokio::net::lookup_host((host, server.port))).await;
    let found = found
        .map_err(|_| temporary(format!("the name {host} could not be resolved in time")))?
        .map_err(|error| temporary(format!("the name {host} cannot be resolved: {error}")))?;
    let found: Vec<SocketAddr> = found.filter(|address| allowed || is_public(address.ip())).collect();
    match found.is_empty() {
        false => Ok(found),
        true => Err(temporary(format!(
            "{authority} is no public address of the internet; the operator can allow it by host and port"
        ))),
    }
}

/// To one of the addresses that were looked at, and not to the name, which may have others by now.
#[allow(clippy::disallowed_methods, reason = "the addresses have been looked at")]
pub async fn tcp(options: &MailOptions, server: &MailServer) -> Result<TcpStream, MailError> {
    let addresses = addresses(options, server).await?;
    let connected = tokio::time::timeout(CONNECT, TcpStream::connect(&addresses[..])).await;
    connected
        .map_err(|_| temporary(format!("{} does not answer", authority(server))))?
        .map_err(|error| temporary(format!("cannot connect to {}: {error}", authority(server))))
}

pub async fn tls(
    options: &MailOptions,
    server: &MailServer,
    tcp: TcpStream,
) -> Result<TlsStream<TcpStream>, MailError> {
    let failed =
        |error: &dyn std::fmt::Display| temporary(format!("TLS with {}: {error}", authority(server)));
    let host = server.host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let name = ServerName::try_from(host).map_err(|error| failed(&error))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier =
        rustls_platform_verifier::Verifier::new_with_extra_roots(roots(options)?, provider.clone())
            .map_err(|error| failed(&error))?;
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(&error))?
        .dangerous() // The name of the method: what is put in is the system's own verifier.
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    let connector = TlsConnector::from(Arc::new(config));
    connector.connect(name, tcp).await.map_err(|error| failed(&error))
}

pub fn roots(options: &MailOptions) -> Result<Vec<CertificateDer<'static>>, MailError> {
    CertificateDer::pem_slice_iter(&options.authorities)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| temporary(format!("the operator's certificates cannot be read: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(host: &str, tls: MailTls) -> MailServer {
        MailServer { host: host.into(), port: 2525, tls, user: None }
    }

    #[tokio::test]
    async fn private_servers_and_servers_without_tls_are_reached_only_where_the_operator_allows_them() {
        let open = MailOptions::default();
        let named = MailOptions { allow_private: vec!["127.0.0.1:2525".into()], ..MailOptions::default() };
        for host in [
            "127.0.0.1",
            "127.1",
            "2130706433",
            "0x7f000001",
            "localhost",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "[64:ff9b::7f00:1]",
            "10.0.0.1",
            "169.254.169.254",
        ] {
            let refused = addresses(&open, &server(host, MailTls::Implicit)).await.unwrap_err();
            assert!(refused.message.contains("no public address"), "{host}: {refused}");
        }
        assert!(addresses(&named, &server("127.0.0.1", MailTls::None)).await.is_ok());
        let other = addresses(&named, &server("localhost", MailTls::Implicit)).await;
        assert!(other.is_err(), "allowed by the name that was written down, and by no other");
        let plain = addresses(&open, &server("8.8.8.8", MailTls::None)).await.unwrap_err();
        assert!(plain.message.contains("without TLS") && !plain.permanent, "{plain}");
        assert!(addresses(&open, &server("8.8.8.8", MailTls::Starttls)).await.is_ok());
    }
}
