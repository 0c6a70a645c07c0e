//! A publisher's signature on a package, and whether a shop may believe it.

use rulewright_domain::plugin::Package;
use rulewright_domain::{PackageSource, PublicKey};
use rulewright_ports::FetchRefusal;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::json;
use crate::keys::{self, SecretKey};
use crate::statement::Statement;

/// Of the document.
const SCHEMA: u32 = 1;
/// What a publisher's key signs, told apart from everything else that keys sign.
const KIND: &str = "rulewright-package-v1";
/// Bytes. Room for a statement of a few hundred permissions.
pub const MAX_SIGNATURE: usize = 64 << 10;

/// The document beside a component, as JSON. The statement travels as text: what was signed is what is read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    pub schema: u32,
    pub statement: String,
    pub key: PublicKey,
    /// Base64.
    pub signature: String,
}

/// Why a package's signature, or its lack, keeps it out.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SignatureRefusal {
    #[error("its signature cannot be read: {0}; sign it again with `rulewright plugin sign`")]
    Unreadable(String),
    #[error(
        "its signature was not made by the key that it names ({key}), or the signed text was changed afterwards: get \
         the package again from its publisher, and do not use this copy"
    )]
    Bad { key: String },
    #[error(
        "its signature is for something else: signed is {field} {signed}, but this package has {found}; get the package \
         and its signature again, both of one release"
    )]
    StatementMismatch { field: &'static str, signed: String, found: String },
    #[error("{0}")]
    Unsigned(String),
    #[error(
        "it is signed with the key {found}, and packages of `{publisher}` are signed with {expected}: ask the publisher \
         whether the key was changed, by another way than where the package came from; if so, say that you accept the \
         key {found}"
    )]
    OtherKey { publisher: String, expected: String, found: String },
}

impl SignatureRefusal {
    /// Stable and machine-readable.
    pub fn code(&self) -> &'static str {
        match self {
            SignatureRefusal::Unreadable(_) => "unreadable-signature",
            SignatureRefusal::Bad { .. } => "bad-signature",
            SignatureRefusal::StatementMismatch { .. } => "statement-mismatch",
            SignatureRefusal::Unsigned(_) => "unsigned",
            SignatureRefusal::OtherKey { .. } => "other-key",
        }
    }
}

impl From<SignatureRefusal> for FetchRefusal {
    fn from(refusal: SignatureRefusal) -> FetchRefusal {
        FetchRefusal::new(refusal.code(), refusal.to_string())
    }
}

impl Signature {
    pub fn parse(bytes: &[u8]) -> Result<Signature, SignatureRefusal> {
        if bytes.len() > MAX_SIGNATURE {
            return Err(unreadable(format!("it has {} bytes, and may have {MAX_SIGNATURE}", bytes.len())));
        }
        let signature: Signature = json::parse(bytes).map_err(unreadable)?;
        if signature.schema != SCHEMA {
            let found = signature.schema;
            return Err(unreadable(format!("format {found} is not known; this host reads {SCHEMA}")));
        }
        if keys::public(&signature.key).ok().as_ref() != Some(&signature.key) {
            return Err(unreadable(format!("it names no key: {}", keys::BadKey::NotPublic)));
        }
        Ok(signature)
    }

    /// The document as published.
    pub fn document(&self) -> Vec<u8> {
        // Every field is text or a number, so writing it cannot fail.
        let mut text = serde_json::to_vec(self).unwrap_or_default();
        text.push(b'\n');
        text
    }
}

pub fn sign(package: &Package, key: &SecretKey) -> Signature {
    let statement = Statement::of(package).text();
    let signature = key.sign(KIND, &statement);
    Signature { schema: SCHEMA, statement, key: key.public(), signature }
}

/// The key that signed exactly this package. What the statement says is computed again from the component: nothing that
/// came with the signature is believed.
pub fn verify(signature: &Signature, package: &Package) -> Result<PublicKey, SignatureRefusal> {
    let genuine = keys::verify(&signature.key, KIND, &signature.statement, &signature.signature);
    if genuine != Ok(true) {
        let key = keys::fingerprint(&signature.key).unwrap_or_default();
        return Err(SignatureRefusal::Bad { key });
    }
    let held = Statement::of(package);
    if signature.statement == held.text() {
        return Ok(signature.key.clone());
    }
    let said: Statement = json::parse(signature.statement.as_bytes()).map_err(unreadable)?;
    let field = said.differs(&held).unwrap_or("text");
    let (signed, found) = match field {
        "component" => (said.component, held.component),
        "plugin" => (said.plugin, held.plugin),
        "version" => (said.version, held.version),
        "publisher" => (said.publisher, held.publisher),
        "schema" => (said.schema.to_string(), held.schema.to_string()),
        "permissions" => ("others".to_owned(), "its own".to_owned()),
        _ => ("in another spelling".to_owned(), "the one that is prescribed".to_owned()),
    };
    Err(SignatureRefusal::StatementMismatch { field, signed, found })
}

/// What the shop knows and what its staff said.
#[derive(Clone, Copy, Debug, Default)]
pub struct Trust<'a> {
    /// Of this package's publisher.
    pub pinned: Option<&'a str>,
    /// From a registry or an address, too.
    pub allow_unsigned: bool,
    /// A fingerprint or a key: the one that the package must be signed with.
    pub accept_key: Option<&'a str>,
}

/// Whether a package may go on to consent, and whose key vouches for it: none for what is unsigned and may be.
pub fn judge(
    source: &PackageSource,
    signature: Option<&[u8]>,
    package: &Package,
    trust: Trust,
) -> Result<Option<PublicKey>, SignatureRefusal> {
    if *source == PackageSource::Bundled {
        return Ok(None);
    }
    let publisher = rulewright_domain::provenance::publisher_of(&package.manifest.id);
    let print = |key: &str| keys::fingerprint(key).unwrap_or_else(|_| key.to_owned());
    let Some(document) = signature else {
        let unsigned = |why: String| Err(SignatureRefusal::Unsigned(why));
        if let Some(pinned) = trust.pinned {
            return unsigned(format!(
                "it is not signed, and packages of `{publisher}` are signed with {}: get a signed copy, or remove the \
                 publisher's key first if you build its plugins yourself",
                print(pinned)
            ));
        }
        let file = matches!(source, PackageSource::File(_));
        return match (file || trust.allow_unsigned, trust.accept_key) {
            (_, Some(expected)) => unsigned(format!(
                "it is not signed, and you asked for one that is signed with {expected}: get a signed copy"
            )),
            (true, None) => Ok(None),
            (false, None) => unsigned(
                "it is not signed, so nobody can say who made it: ask its publisher for a signed one, or say that you \
                 allow an unsigned package"
                    .to_owned(),
            ),
        };
    };
    let key = verify(&Signature::parse(document)?, package)?;
    let expected = match (trust.accept_key, trust.pinned) {
        (Some(said), _) if keys::is_meant(said, &key) => return Ok(Some(key)),
        (_, Some(pinned)) if pinned == key => return Ok(Some(key)),
        (None, None) => return Ok(Some(key)),
        (_, Some(pinned)) => print(pinned),
        (Some(said), None) => said.to_owned(),
    };
    Err(SignatureRefusal::OtherKey { publisher: publisher.to_owned(), expected, found: print(&key) })
}

fn unreadable(problem: String) -> SignatureRefusal {
    SignatureRefusal::Unreadable(problem)
}

#[cfg(test)]
mod tests;
