use serde_json::{Value, json};

use super::*;
use crate::testing::package;

fn key(byte: u8) -> SecretKey {
    SecretKey::from_seed(&[byte; 32])
}

fn signed(change: Value, by: u8) -> (Package, Signature) {
    let package = package(change, &["timeline.add-comment"]);
    let signature = sign(&package, &key(by));
    (package, signature)
}

fn registry() -> PackageSource {
    PackageSource::Registry("registry.example/acme/greet:1.0.0".into())
}

#[test]
fn a_signed_package_names_the_key_that_signed_it() {
    let (package, signature) = signed(json!({}), 1);
    let read = Signature::parse(&signature.document()).unwrap();
    assert_eq!(read, signature);
    assert_eq!(verify(&read, &package), Ok(key(1).public()));
}

#[test]
fn a_signature_for_anything_else_than_this_package_is_refused_with_the_field_that_differs() {
    let (_, signature) = signed(json!({}), 1);
    let mut other = package(json!({}), &["timeline.add-comment"]);
    other.digest = "1".repeat(64);
    let table = [
        (other, "component"),
        (package(json!({ "id": "acme.other" }), &["timeline.add-comment"]), "plugin"),
        (package(json!({ "version": "1.0.1" }), &["timeline.add-comment"]), "version"),
        (package(json!({}), &["timeline.add-comment", "orders-write.cancel"]), "permissions"),
        (package(json!({ "permissions": { "storage": 1 } }), &["timeline.add-comment"]), "permissions"),
    ];
    for (package, expected) in table {
        match verify(&signature, &package) {
            Err(SignatureRefusal::StatementMismatch { field, .. }) => assert_eq!(field, expected),
            other => panic!("{expected}: {other:?}"),
        }
    }
}

#[test]
fn a_changed_statement_key_or_signature_is_refused() {
    let (package, signature) = signed(json!({}), 1);
    let changed = [
        Signature { statement: signature.statement.replace("1.0.0", "1.0.1"), ..signature.clone() },
        Signature { key: key(2).public(), ..signature.clone() },
        Signature { signature: sign(&package, &key(2)).signature, ..signature.clone() },
        Signature { signature: String::new(), ..signature.clone() },
    ];
    for changed in changed {
        assert_eq!(verify(&changed, &package).unwrap_err().code(), "bad-signature");
    }
}

#[test]
fn the_statement_has_one_spelling() {
    let (package, signature) = signed(json!({}), 1);
    let statement = signature.statement.replacen(':', ": ", 1);
    let signature = Signature { signature: key(1).sign(KIND, &statement), statement, ..signature };
    let refusal = verify(&signature, &package).unwrap_err();
    assert_eq!(refusal.code(), "statement-mismatch", "{refusal}");
}

#[test]
fn what_a_key_signed_as_something_else_is_no_signature_of_a_package() {
    let (package, signature) = signed(json!({}), 1);
    let foreign = key(1).sign("rulewright-index-v1", &signature.statement);
    let refusal = verify(&Signature { signature: foreign, ..signature }, &package).unwrap_err();
    assert_eq!(refusal.code(), "bad-signature");
}

#[test]
fn a_document_that_can_be_read_in_two_ways_is_refused() {
    let (_, signature) = signed(json!({}), 1);
    let good = String::from_utf8(signature.document()).unwrap();
    let other = key(2).public();
    let long = " ".repeat(MAX_SIGNATURE) + &good;
    for wrong in [
        "".to_owned(),
        "{}".to_owned(),
        good.replace("\"schema\":1", "\"schema\":2"),
        good.replacen('{', &format!("{{\"key\":\"{other}\","), 1),
        good.replacen('{', "{\"comment\":\"\",", 1),
        good.replace("ed25519:", "rsa:"),
        format!("{good}{good}"),
        long,
    ] {
        let refusal = Signature::parse(wrong.as_bytes()).unwrap_err();
        assert_eq!(refusal.code(), "unreadable-signature", "{wrong}");
    }
}

fn code(judged: Result<Option<PublicKey>, SignatureRefusal>) -> &'static str {
    match judged {
        Ok(Some(_)) => "signed",
        Ok(None) => "accepted",
        Err(refusal) => refusal.code(),
    }
}

#[test]
fn who_is_believed_depends_on_the_pinned_key_the_source_and_what_staff_said() {
    let (package, signature) = signed(json!({}), 1);
    let document = signature.document();
    let (own, other) = (key(1).public(), key(2).public());
    let (own_print, other_print) = (keys::fingerprint(&own).unwrap(), keys::fingerprint(&other).unwrap());
    let file = PackageSource::File("greet.wasm".into());
    let url = PackageSource::Url("https://acme.example/greet.wasm".into());
    let (own, other) = (Some(own.as_str()), Some(other.as_str()));
    let (own_print, other_print) = (Some(own_print.as_str()), Some(other_print.as_str()));
    let signed = Some(document.as_slice());
    // Source, signature, pinned key, unsigned allowed, key accepted.
    let table = [
        (registry(), signed, None, false, None, "signed"),
        (registry(), signed, own, false, None, "signed"),
        (registry(), signed, other, false, None, "other-key"),
        (registry(), signed, other, true, None, "other-key"),
        (registry(), signed, other, false, own_print, "signed"),
        (registry(), signed, other, false, other_print, "other-key"),
        (registry(), signed, None, false, own_print, "signed"),
        (registry(), signed, None, false, other_print, "other-key"),
        (registry(), None, None, false, None, "unsigned"),
        (url.clone(), None, None, false, None, "unsigned"),
        (url.clone(), None, None, true, None, "accepted"),
        (registry(), None, own, true, None, "unsigned"),
        (file.clone(), None, None, false, None, "accepted"),
        (file.clone(), None, own, false, None, "unsigned"),
        (file.clone(), None, None, true, own_print, "unsigned"),
        (file, signed, other, false, None, "other-key"),
        (PackageSource::Bundled, None, other, false, None, "accepted"),
    ];
    for (source, signature, pinned, allow_unsigned, accept_key, expected) in table {
        let trust = Trust { pinned, allow_unsigned, accept_key };
        let judged = code(judge(&source, signature, &package, trust));
        assert_eq!(judged, expected, "{source:?} {} {trust:?}", signature.is_some());
    }
}

#[test]
fn a_broken_signature_is_never_taken_for_none() {
    let (package, _) = signed(json!({}), 1);
    let trust = Trust { allow_unsigned: true, ..Trust::default() };
    let file = PackageSource::File("greet.wasm".into());
    for broken in ["", "{}", "null"] {
        let judged = judge(&file, Some(broken.as_bytes()), &package, trust);
        assert_eq!(code(judged), "unreadable-signature");
    }
}
