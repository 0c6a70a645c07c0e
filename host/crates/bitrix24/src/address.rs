//! Under which address others reach this server.

use axum::http::{HeaderMap, header};

use crate::Options;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Without a slash at its end.
    origin: String,
}

impl Address {
    /// As the operator says it, or else as the caller came here.
    pub fn of(options: &Options, tls: bool, headers: &HeaderMap) -> Address {
        Address::public(options.public_url.as_deref()).unwrap_or_else(|| {
            let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
            let scheme = if tls { "https" } else { "http" };
            Address { origin: format!("{scheme}://{}", host.unwrap_or("localhost")) }
        })
    }

    pub fn public(url: Option<&str>) -> Option<Address> {
        url.map(|url| Address { origin: url.trim_end_matches('/').to_owned() })
    }

    /// Where nobody has said anything.
    pub fn unknown() -> Address {
        Address { origin: "http://localhost".to_owned() }
    }

    /// Where methods are called.
    pub fn endpoint(&self) -> String {
        format!("{}/rest/", self.origin)
    }

    /// Host, with the port where there is one.
    pub fn domain(&self) -> &str {
        let host = self.origin.split_once("://").map_or(self.origin.as_str(), |(_, rest)| rest);
        host.split('/').next().unwrap_or(host)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_operators_word_counts_before_the_callers() {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, "127.0.0.1:8080".parse().unwrap());
        let mut options = Options::default();
        let seen = Address::of(&options, true, &headers);
        assert_eq!(
            (seen.domain(), seen.endpoint().as_str()),
            ("127.0.0.1:8080", "https://127.0.0.1:8080/rest/")
        );
        options.public_url = Some("https://shop.example.com/".into());
        let said = Address::of(&options, false, &headers);
        assert_eq!(
            (said.domain(), said.endpoint().as_str()),
            ("shop.example.com", "https://shop.example.com/rest/")
        );
    }
}
