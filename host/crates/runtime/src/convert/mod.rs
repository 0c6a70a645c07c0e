//! Between the contract's types and the domain's.
//!
//! **Invariant:** towards the guest nothing fails; from the guest everything is checked again, whatever the
//! type already promises.

mod answer;
mod event;
mod json;
mod order;
mod people;
mod provider;
mod value;

use std::{
    fmt::{Display, Write},
    str::FromStr,
};

#[cfg(unix)]
pub(crate) use answer::{LONGEST_RETRY, SHORTEST_WAIT};
pub(crate) use answer::{issues, outcome, plugin_failure, saved, state, verdict};
pub(crate) use event::{event, is_kind};
pub(crate) use order::snapshot;
pub(crate) use people::{client, employee};
pub(crate) use provider::{call, connection, delivery, outgoing, reception};
pub(crate) use value::{attr, fields, to_value};

use rulewright_domain::Timestamp;

use crate::{bindings::errors::HostError, refusal::invalid};

/// The last millisecond of the year 9999: what RFC 3339 and every calendar can show.
const LATEST: i64 = 253_402_300_799_999;

pub(crate) fn time(path: &str, milliseconds: i64) -> Result<Timestamp, HostError> {
    if (0..=LATEST).contains(&milliseconds) {
        return Ok(Timestamp(milliseconds));
    }
    let message = format!("{milliseconds} ms is not between the years 1970 and 9999");
    Err(invalid(path, "not-a-time", message))
}

pub(crate) fn id<T>(path: &str, text: &str) -> Result<T, HostError>
where
    T: FromStr,
    T::Err: Display,
{
    text.parse().map_err(|error: T::Err| invalid(path, "not-an-id", error.to_string()))
}

/// As `to_string`, in one piece of memory: an order has dozens.
pub(super) fn id_text(id: impl Display) -> String {
    let mut text = String::with_capacity(24);
    // Writing to a String cannot fail.
    let _ = write!(text, "{id}");
    text
}

pub(crate) fn ids<T>(path: &str, texts: &[String]) -> Result<Vec<T>, HostError>
where
    T: FromStr,
    T::Err: Display,
{
    let one = |(index, text): (usize, &String)| id(&format!("{path}/{index}"), text);
    texts.iter().enumerate().map(one).collect()
}

/// A text that may end up in a header or a row of a table.
pub(crate) fn line(path: &str, text: &str, longest: usize) -> Result<(), HostError> {
    if !text.is_empty() && text.len() <= longest && !text.contains(char::is_control) {
        return Ok(());
    }
    let message = format!("expected one line of 1 to {longest} bytes");
    Err(invalid(path, "not-a-line", message))
}

pub(crate) fn optional_line(path: &str, text: Option<&String>, longest: usize) -> Result<(), HostError> {
    text.map_or(Ok(()), |text| line(path, text, longest))
}

pub(crate) fn optional_id<T>(path: &str, text: Option<&String>) -> Result<Option<T>, HostError>
where
    T: FromStr,
    T::Err: Display,
{
    text.map(|text| id(path, text)).transpose()
}
