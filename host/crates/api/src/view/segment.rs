use std::collections::BTreeMap;

use rulewright_domain as domain;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::automation::Condition;

/// Clients that something is true of. The name is in the path.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SegmentInput {
    #[schema(example = "Customers abroad")]
    title: String,
    /// On `client.` fields; every client where there is none.
    condition: Option<Condition>,
}

impl SegmentInput {
    pub fn into_domain(self, name: String) -> domain::Segment {
        domain::Segment { name, title: self.title, condition: self.condition.map(Into::into) }
    }
}

/// Clients that something is true of.
#[derive(Debug, Serialize, ToSchema)]
pub struct Segment {
    #[schema(example = "abroad")]
    name: String,
    #[serde(flatten)]
    rest: SegmentInput,
}

impl From<domain::Segment> for Segment {
    fn from(segment: domain::Segment) -> Segment {
        let domain::Segment { name, title, condition } = segment;
        Segment { name, rest: SegmentInput { title, condition: condition.map(Into::into) } }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SegmentSize {
    pub clients: u64,
}

/// A message to everybody in a segment who has not unsubscribed from its channel.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MailingInput {
    #[schema(example = "email")]
    channel: String,
    /// Mailbox or number; the shop's own choice if left out.
    sender: Option<String>,
    subject: Option<String>,
    pub text: String,
    #[serde(default)]
    params: BTreeMap<String, Value>,
}

impl MailingInput {
    pub fn into_domain(self, segment: String) -> domain::Mailing {
        let MailingInput { channel, sender, subject, text, params } = self;
        domain::Mailing { segment, channel, sender, subject, text, params: params.into_iter().collect() }
    }
}
