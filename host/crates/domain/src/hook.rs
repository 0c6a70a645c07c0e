//! Signed calls of a shop's webhook, as [Standard Webhooks](https://www.standardwebhooks.com) has them: nobody else can
//! have sent one, and an old one cannot be sent again.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::Timestamp;

/// How a key begins when it is shown, so that scanners of source code find one that was left there.
const PREFIX: &str = "whsec_";
/// Seconds between the sender's clock and ours: what is older was kept by somebody.
const WINDOW: i64 = 300;

/// What the headers of a call say.
#[derive(Clone, Copy, Debug)]
pub struct Signed<'a> {
    /// The same whenever this call is repeated.
    pub id: &'a str,
    /// Seconds since 1970, as text.
    pub at: &'a str,
    /// `v1,` and Base64, several with spaces between: keys are changed without a gap.
    pub signatures: &'a str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    #[error("the signature is not by this webhook's key")]
    Wrong,
    #[error("the call was signed more than {WINDOW} seconds from now")]
    Stale,
}

/// As people copy it into the other system.
pub fn shown(key: &[u8]) -> String {
    format!("{PREFIX}{}", BASE64.encode(key))
}

/// What a sender puts into `webhook-signature`. None: that is no key.
pub fn sign(key: &str, id: &str, at: &str, body: &[u8]) -> Option<String> {
    Some(format!("v1,{}", BASE64.encode(mac(key, id, at, body)?.finalize().into_bytes())))
}

impl Signed<'_> {
    /// `key` as it is shown.
    pub fn check(&self, key: &str, body: &[u8], now: Timestamp) -> Result<(), SignatureError> {
        let mac = mac(key, self.id, self.at, body).ok_or(SignatureError::Wrong)?;
        let right = |signature: &str| {
            let bytes = signature.strip_prefix("v1,").and_then(|text| BASE64.decode(text).ok());
            bytes.is_some_and(|bytes| mac.clone().verify_slice(&bytes).is_ok())
        };
        if !self.signatures.split(' ').any(right) {
            return Err(SignatureError::Wrong);
        }
        let at: i64 = self.at.parse().map_err(|_| SignatureError::Stale)?;
        match (now.0 / 1000).abs_diff(at) <= WINDOW.unsigned_abs() {
            true => Ok(()),
            false => Err(SignatureError::Stale),
        }
    }
}

fn mac(key: &str, id: &str, at: &str, body: &[u8]) -> Option<Hmac<Sha256>> {
    let key = BASE64.decode(key.strip_prefix(PREFIX).unwrap_or(key)).ok()?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    for part in [id.as_bytes(), b".", at.as_bytes(), b".", body] {
        mac.update(part);
    }
    Some(mac)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the standard's own libraries.
    const KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const CALL: Signed<'_> = Signed {
        id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
        at: "1614265330",
        signatures: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    };
    const NOW: Timestamp = Timestamp(1_614_265_330_000);

    #[test]
    fn the_example_of_the_standard_is_right() {
        assert_eq!(CALL.check(KEY, BODY, NOW), Ok(()));
        assert_eq!(sign(KEY, CALL.id, CALL.at, BODY).as_deref(), Some(CALL.signatures));
        let two = format!("v1a,bm8= {} v1,bm8=", CALL.signatures);
        assert_eq!(Signed { signatures: &two, ..CALL }.check(KEY, BODY, NOW), Ok(()));
    }

    #[test]
    fn whatever_was_changed_is_noticed() {
        let key = shown(&[7; 24]);
        let other = Signed { at: "1614265331", ..CALL };
        assert_eq!(CALL.check(&key, BODY, NOW), Err(SignatureError::Wrong));
        assert_eq!(CALL.check("whsec_?", BODY, NOW), Err(SignatureError::Wrong));
        assert_eq!(CALL.check(KEY, b"{}", NOW), Err(SignatureError::Wrong));
        assert_eq!(other.check(KEY, BODY, NOW), Err(SignatureError::Wrong));
        assert_eq!(Signed { id: "msg_2", ..CALL }.check(KEY, BODY, NOW), Err(SignatureError::Wrong));
        for signatures in ["", "v1,", "v1", "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", "v1,bm8="] {
            let call = Signed { signatures, ..CALL };
            assert_eq!(call.check(KEY, BODY, NOW), Err(SignatureError::Wrong), "{signatures}");
        }
    }

    #[test]
    fn a_call_that_somebody_kept_is_too_old() {
        for (seconds, right) in [(-301, false), (-300, true), (300, true), (301, false)] {
            let now = NOW.plus(seconds * 1000);
            assert_eq!(CALL.check(KEY, BODY, now).is_ok(), right, "{seconds}");
        }
        assert_eq!(CALL.check(KEY, BODY, Timestamp(i64::MIN)), Err(SignatureError::Stale));
    }
}
