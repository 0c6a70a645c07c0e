//! `rulewright:host/signatures`: what is keyed with a secret, without the secret.

use hmac::{Hmac, KeyInit, Mac};
use subtle::ConstantTimeEq;
use wasmtime::component::Resource;

use super::{Function, Secret, function, secrets::value, waiting};
use crate::bindings::host::signatures::Hash;

pub const FUNCTIONS: &[Function] = &[
    function("signatures.sign", |linker, name| {
        waiting(linker, name, |step, (secret, by, data): (Resource<Secret>, Hash, Vec<u8>)| {
            Box::pin(async move { Ok(sign(&value(step, &secret).await?, by, &data)) })
        })
    }),
    function("signatures.matches", |linker, name| {
        waiting(linker, name, |step, (secret, text): (Resource<Secret>, String)| {
            Box::pin(async move { Ok(bool::from(value(step, &secret).await?.ct_eq(text.as_bytes()))) })
        })
    }),
];

fn sign(key: &[u8], by: Hash, data: &[u8]) -> Vec<u8> {
    fn mac<M: Mac + KeyInit>(key: &[u8], data: &[u8]) -> Vec<u8> {
        // A key of any length will do.
        let mac = <M as KeyInit>::new_from_slice(key).map(|mac| mac.chain_update(data));
        mac.map(|mac| mac.finalize().into_bytes().to_vec()).unwrap_or_default()
    }
    match by {
        Hash::Sha1 => mac::<Hmac<sha1::Sha1>>(key, data),
        Hash::Sha256 => mac::<Hmac<sha2::Sha256>>(key, data),
        Hash::Sha512 => mac::<Hmac<sha2::Sha512>>(key, data),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 2202 and RFC 4231, case 2.
    #[test]
    fn signatures_are_those_of_the_standard() {
        let data = b"what do ya want for nothing?";
        for (by, begin) in [
            (Hash::Sha1, [0xef, 0xfc, 0xdf, 0x6a]),
            (Hash::Sha256, [0x5b, 0xdc, 0xc1, 0x46]),
            (Hash::Sha512, [0x16, 0x4b, 0x7a, 0x7b]),
        ] {
            assert_eq!(sign(b"Jefe", by, data)[..4], begin, "{by:?}");
        }
    }
}
