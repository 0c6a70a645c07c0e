//! Typed ids. Numbers are written with a prefix outside (`ord_42`), so that one kind is never taken for another.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Text that is not an id of the wanted kind.
#[derive(Debug, thiserror::Error)]
#[error("`{text}` is not an id of this kind: expected `{prefix}_` and a number, e.g. `{prefix}_42`")]
pub struct NotAnId {
    text: String,
    prefix: &'static str,
}

macro_rules! numbered {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "_{}"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                text.strip_prefix(concat!($prefix, "_"))
                    .and_then(|number| number.parse().ok())
                    .map(Self)
                    .ok_or_else(|| NotAnId { text: text.chars().take(64).collect(), prefix: $prefix })
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                struct Text;
                impl de::Visitor<'_> for Text {
                    type Value = $name;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str(concat!("an id such as ", $prefix, "_42"))
                    }
                    fn visit_str<E: de::Error>(self, text: &str) -> Result<$name, E> {
                        text.parse().map_err(E::custom)
                    }
                }
                from.deserialize_str(Text)
            }
        }
    )*};
}

numbered! {
    /// A tenant.
    ShopId = "shop";
    OrderId = "ord";
    LineId = "line";
    PaymentId = "pay";
    ShipmentId = "shp";
    ClientId = "cli";
    EmployeeId = "emp";
    /// Place in the event log; grows with every event of the installation.
    EventId = "evt";
    RunId = "run";
    /// One event examined by the triggers of one order.
    MatchId = "mat";
    /// A row of the outbox.
    MessageId = "msg";
    DocumentId = "doc";
    /// A line of a timeline, a history, a task list, ...
    EntryId = "ent";
    TokenId = "tok";
    /// A row of a list of the shop's.
    ItemId = "item";
    ChatSessionId = "chs";
    ChatMessageId = "chm";
    /// A definition of a field.
    FieldId = "fld";
    RecurrenceId = "rec";
    /// Who is told of events by webhooks.
    SubscriptionId = "whk";
    /// A rule that an application carries out.
    ApplicationRuleId = "arl";
    /// A program of somebody else that acts for the shop.
    ApplicationId = "app";
    /// Of somebody who signs in to the console.
    AccountId = "acc";
}

macro_rules! named {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }
    )*};
}

named! {
    /// Chosen by the shop, unique in it.
    PipelineId;
    /// Chosen by the shop, unique in its pipeline.
    StageId;
    /// Stable over the revisions of an automation, unique in it.
    RuleId;
    /// Stable over the revisions of an automation, unique in it.
    TriggerId;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_text_and_refuses_another_kind() {
        assert_eq!("ord_42".parse::<OrderId>().unwrap(), OrderId(42));
        assert!("run_42".parse::<OrderId>().is_err());
        assert!("ord_x".parse::<OrderId>().is_err());
        assert_eq!(serde_json::to_string(&RunId(7)).unwrap(), "\"run_7\"");
    }
}
