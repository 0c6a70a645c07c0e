//! Whether requests come in encrypted, whom to believe about where they come from, and how much of them there may be.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

use super::limits::DoorLimits;
use super::tls::Keys;
use crate::config::Config;
use crate::error::{CliError, Exit, Result};

/// Flags of `serve`; the same settings may stand in the file.
#[derive(Args, Debug, Default)]
pub struct DoorFlags {
    /// Certificate chain in PEM, the server's own first; read again when the file changes, and on SIGHUP
    #[arg(long, value_name = "FILE", env = "RULEWRIGHT_TLS_CERT")]
    tls_cert: Option<PathBuf>,
    /// Private key of the certificate, in PEM
    #[arg(long, value_name = "FILE", env = "RULEWRIGHT_TLS_KEY")]
    tls_key: Option<PathBuf>,
    /// Listen in plain text also where other machines can reach it: only behind a proxy that encrypts
    #[arg(long, env = "RULEWRIGHT_ALLOW_PLAIN_HTTP")]
    allow_plain_http: bool,
    /// Believe `Forwarded` and `X-Forwarded-*` headers: only behind a proxy that sets them
    #[arg(long, env = "RULEWRIGHT_TRUST_FORWARDED")]
    trust_forwarded: bool,
}

/// What requests come in through.
#[derive(Default)]
pub struct Door {
    pub keys: Option<Keys>,
    pub trust_forwarded: bool,
    pub limits: DoorLimits,
}

impl DoorFlags {
    /// Refused before anything is opened, so that nobody waits for an error.
    pub fn open(self, config: &Config, address: SocketAddr) -> Result<Door> {
        let certificate = self.tls_cert.or_else(|| config.tls_cert.clone());
        let key = self.tls_key.or_else(|| config.tls_key.clone());
        let keys = match (certificate, key) {
            (Some(certificate), Some(key)) => Some(Keys::read(certificate, key)?),
            (None, None) => None,
            (Some(_), None) => return Err(half("a certificate was given without its key", "--tls-key")),
            (None, Some(_)) => return Err(half("a key was given without its certificate", "--tls-cert")),
        };
        if keys.is_none() {
            may_be_plain(address, self.allow_plain_http || config.allow_plain_http)?;
        }
        let trust_forwarded = self.trust_forwarded || config.trust_forwarded;
        Ok(Door { keys, trust_forwarded, limits: config.door.clone() })
    }
}

impl Door {
    pub fn url(&self, address: SocketAddr) -> String {
        let scheme = if self.keys.is_some() { "https" } else { "http" };
        format!("{scheme}://{address}")
    }
}

/// Tokens stand in requests: in plain text they are read on the way.
pub fn may_be_plain(address: SocketAddr, allowed: bool) -> Result<()> {
    if allowed || address.ip().is_loopback() {
        return Ok(());
    }
    let what = format!("{address} is reached from other machines, and tokens would go there in plain text");
    Err(CliError::new(Exit::Usage, "plain-http", what).hint(
        "give --tls-cert FILE --tls-key FILE, or listen on 127.0.0.1 behind a proxy that encrypts; \
         --allow-plain-http where the proxy is on another machine (docs/tls.md)",
    ))
}

fn half(what: &str, missing: &str) -> CliError {
    CliError::usage(what).hint(format!("give both: add {missing} FILE"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Flags;

    #[test]
    fn plain_text_leaves_the_machine_only_if_asked() {
        let config = Config::read(Flags::default()).unwrap();
        let open = |address: &str, allow_plain_http| {
            let flags = DoorFlags { allow_plain_http, ..DoorFlags::default() };
            flags.open(&config, address.parse().unwrap()).map(|door| door.url(address.parse().unwrap()))
        };
        assert_eq!(open("127.0.0.1:80", false).unwrap(), "http://127.0.0.1:80");
        assert_eq!(open("[::1]:80", false).unwrap(), "http://[::1]:80");
        for address in ["0.0.0.0:80", "[::]:80", "192.0.2.1:80"] {
            let refused = open(address, false).unwrap_err();
            assert_eq!((refused.exit, refused.code.as_str()), (Exit::Usage, "plain-http"), "{address}");
            assert!(open(address, true).is_ok(), "{address}");
        }
    }

    #[test]
    fn half_of_a_pair_is_refused() {
        let config = Config::read(Flags::default()).unwrap();
        let flags = DoorFlags { tls_cert: Some("a.pem".into()), ..DoorFlags::default() };
        let refused = flags.open(&config, "127.0.0.1:80".parse().unwrap()).err().unwrap();
        assert!(refused.hint.contains("--tls-key"), "{refused}");
    }
}
