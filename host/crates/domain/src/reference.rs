//! Names of what lies in a registry: `registry.example/acme/greet:1.2.0`.

use std::fmt;

use thiserror::Error;

use crate::plugin::Digest;

/// Characters. What every registry takes.
const REPOSITORY: usize = 255;
const TAG: usize = 128;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Host, with its port where it has one of its own.
    pub registry: String,
    pub repository: String,
    pub version: Pinned,
}

/// Which of a repository's artifacts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pinned {
    /// May mean something else tomorrow.
    Tag(String),
    /// Means the same for ever.
    Digest(Digest),
}

#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{text}` names nothing in a registry: {problem}; write it as registry.example/acme/greet:1.2.0")]
pub struct BadReference {
    text: String,
    problem: String,
}

impl Reference {
    /// Without a registry in front, `default` is meant; without a tag, `latest`.
    pub fn parse(text: &str, default: Option<&str>) -> Result<Reference, BadReference> {
        let wrong = |problem: String| BadReference { text: text.chars().take(200).collect(), problem };
        let plain = text.strip_prefix("oci://").unwrap_or(text);
        let (name, version) = match plain.split_once('@') {
            Some((name, digest)) => (name, Some(Pinned::Digest(sha256(digest).map_err(wrong)?))),
            None => (plain, None),
        };
        // What follows the last colon is a tag, unless it is the port of a registry.
        let (name, tag) = match name.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
            _ => (name, None),
        };
        let version = match (version, tag) {
            // A tag beside a digest is a comment: the digest says which.
            (Some(digest), _) => digest,
            (None, tag) => Pinned::Tag(checked_tag(tag.unwrap_or("latest")).map_err(wrong)?),
        };
        let first = name.split('/').next().unwrap_or_default();
        let (registry, repository) = match name.split_once('/') {
            Some((host, rest)) if host.contains(['.', ':']) || host == "localhost" => (host, rest),
            _ => match default {
                Some(default) => (default, name),
                None => {
                    return Err(wrong(format!(
                        "`{first}` is no host, and the settings name no `default-registry`"
                    )));
                }
            },
        };
        is_host(registry).map_err(wrong)?;
        is_repository(repository).map_err(wrong)?;
        Ok(Reference { registry: registry.to_owned(), repository: repository.to_owned(), version })
    }

    /// The same repository, at exactly this artifact.
    pub fn at(&self, digest: &Digest) -> Reference {
        Reference { version: Pinned::Digest(digest.clone()), ..self.clone() }
    }

    /// The same repository, under another tag.
    pub fn tagged(&self, tag: &str) -> Result<Reference, BadReference> {
        let text = format!("{}/{}:{tag}", self.registry, self.repository);
        Reference::parse(&text, None)
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Reference { registry, repository, version } = self;
        match version {
            Pinned::Tag(tag) => write!(out, "{registry}/{repository}:{tag}"),
            Pinned::Digest(digest) => write!(out, "{registry}/{repository}@sha256:{digest}"),
        }
    }
}

/// The hex part of `sha256:...`.
pub fn sha256(text: &str) -> Result<Digest, String> {
    let hex = text.strip_prefix("sha256:").unwrap_or_default();
    let plain = hex.len() == 64 && hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if plain {
        Ok(hex.to_owned())
    } else {
        Err("a digest is `sha256:` and 64 hex digits in lower case".to_owned())
    }
}

fn checked_tag(tag: &str) -> Result<String, String> {
    let first = tag.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let rest = tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte));
    if first && rest && tag.len() <= TAG {
        return Ok(tag.to_owned());
    }
    Err(format!("a tag has at most {TAG} letters, digits, dots, dashes and underscores"))
}

fn is_host(text: &str) -> Result<(), String> {
    let (host, port) = match text.split_once(':') {
        Some((host, port)) => (host, port.parse::<u16>().is_ok()),
        None => (text, true),
    };
    let label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    let good = port && host.len() <= 253 && host.split('.').all(label);
    if good { Ok(()) } else { Err("a registry is a host in lower case, and perhaps a port".to_owned()) }
}

fn is_repository(text: &str) -> Result<(), String> {
    let part = |part: &str| {
        let edge = |byte: Option<u8>| byte.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        edge(part.bytes().next())
            && edge(part.bytes().next_back())
            && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b))
            && !part.contains("..")
    };
    let good = text.len() <= REPOSITORY && text.split('/').all(part);
    if good {
        return Ok(());
    }
    Err("a repository has parts of a-z, 0-9, dots, dashes and underscores, with slashes between".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<String, BadReference> {
        Reference::parse(text, Some("registry.example")).map(|reference| reference.to_string())
    }

    #[test]
    fn a_reference_is_read_as_people_write_it() {
        let hex = "0123456789abcdef".repeat(4);
        let table = [
            ("registry.example/acme/greet:1.2.0", "registry.example/acme/greet:1.2.0".to_owned()),
            ("oci://registry.example/acme/greet:1.2.0", "registry.example/acme/greet:1.2.0".to_owned()),
            ("acme/greet", "registry.example/acme/greet:latest".to_owned()),
            ("greet:1", "registry.example/greet:1".to_owned()),
            ("127.0.0.1:5000/greet", "127.0.0.1:5000/greet:latest".to_owned()),
            ("localhost/greet:a", "localhost/greet:a".to_owned()),
            ("localhost:5000/a/b/c:x-1", "localhost:5000/a/b/c:x-1".to_owned()),
            (&format!("a.b/c@sha256:{hex}"), format!("a.b/c@sha256:{hex}")),
            (&format!("a.b/c:1@sha256:{hex}"), format!("a.b/c@sha256:{hex}")),
        ];
        for (text, expected) in table {
            assert_eq!(parsed(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_could_be_read_as_another_address_is_refused() {
        for text in [
            "",
            ":1",
            "a.b/",
            "a.b/../c:1",
            "a.b/c/./d",
            "a.b//c",
            "a.b/C",
            "a.b/c:",
            "a.b/c:-x",
            "a.b/c:x?y",
            "a.b/c@sha256:12",
            "a.b/c@md5:0123456789abcdef0123456789abcdef",
            "A.b/c",
            "user@a.b/c",
            "a.b:99999/c",
            "a.b:x/c",
            "a.b/c%2f",
            "a.b/c#d",
            "a.b/é",
            "https://a.b/c",
        ] {
            let error = parsed(text);
            assert!(error.is_err(), "{text}: {error:?}");
        }
        let error = Reference::parse("acme/greet", None).unwrap_err();
        assert!(error.to_string().contains("default-registry"), "{error}");
    }
}
