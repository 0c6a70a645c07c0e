use std::collections::BTreeMap;

use rulewright_domain::{Timestamp, audit};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// Something that was changed about the shop.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditEntry {
    /// From 1, without gaps.
    number: u64,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    who: AuditWho,
    /// A thing and what became of it.
    #[schema(example = "automation.published")]
    action: String,
    /// Of the thing: its id or its name.
    #[schema(example = "sales")]
    subject: String,
    #[schema(example = json!({"revision": 3}))]
    details: BTreeMap<String, Value>,
    /// SHA-256 over the hash of the entry before and all that stands above.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    hash: String,
}

/// Who changed it.
#[derive(Debug, Serialize, ToSchema)]
struct AuditWho {
    /// `account`, `token`, `employee` or `host`.
    #[serde(rename = "type")]
    kind: &'static str,
    name: String,
    /// Of the account, the token or the employee.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "acc_1")]
    id: Option<String>,
}

impl From<audit::Who> for AuditWho {
    fn from(who: audit::Who) -> AuditWho {
        let name = who.name().to_owned();
        let (kind, id) = match who {
            audit::Who::Host => ("host", None),
            audit::Who::Account { account, .. } => ("account", Some(account.to_string())),
            audit::Who::Token { token, .. } => ("token", Some(token.to_string())),
            audit::Who::Employee { employee, .. } => ("employee", Some(employee.to_string())),
        };
        AuditWho { kind, name, id }
    }
}

impl From<audit::Entry> for AuditEntry {
    fn from(entry: audit::Entry) -> AuditEntry {
        let audit::Entry { number, at, who, deed, hash } = entry;
        let audit::Deed { action, subject, details } = deed;
        AuditEntry { number, at, who: who.into(), action, subject, details, hash }
    }
}

/// What came of going through the whole log.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditVerified {
    /// That follow each other as they were written.
    #[schema(example = 42)]
    entries: u64,
    /// The first that does not; nothing after it is sure.
    #[schema(example = json!(null))]
    broken: Option<u64>,
    /// Of the last that does. Kept elsewhere, it proves later that nothing up to it was altered or cut off.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    hash: String,
}

impl From<rulewright_engine::AuditVerified> for AuditVerified {
    fn from(verified: rulewright_engine::AuditVerified) -> AuditVerified {
        let rulewright_engine::AuditVerified { entries, broken, hash } = verified;
        AuditVerified { entries, broken, hash }
    }
}
