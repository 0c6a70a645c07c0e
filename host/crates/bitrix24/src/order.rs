//! `order` of a list: fields in the order in which they were sent, each with a direction.

use serde_json::Value;

use crate::{fault::Fault, scalar};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sort {
    pub field: String,
    pub descending: bool,
}

/// Sorting by more fields than this sorts no better.
const MOST: usize = 32;

/// As the classic methods do: what is no direction is ascending.
pub fn lenient(pairs: &[(String, Value)]) -> Vec<Sort> {
    let sort = |(field, direction): &(String, Value)| Sort {
        field: field.trim().to_owned(),
        descending: is_descending(direction).unwrap_or(false),
    };
    pairs.iter().take(MOST).map(sort).collect()
}

/// As the universal methods do.
pub fn strict(pairs: &[(String, Value)]) -> Result<Vec<Sort>, Fault> {
    let sort = |(field, direction): &(String, Value)| {
        let descending = is_descending(direction).ok_or_else(|| {
            let got = scalar::text(direction).unwrap_or_default();
            let message = format!(
                "Invalid order: allowed sort directions are `ASC, DESC`. But got '{got}' for field '{field}'"
            );
            Fault::coded("INVALID_ARG_VALUE", message)
        })?;
        Ok(Sort { field: field.trim().to_owned(), descending })
    };
    pairs.iter().take(MOST).map(sort).collect()
}

fn is_descending(direction: &Value) -> Option<bool> {
    let direction = scalar::text(direction)?;
    let direction = direction.trim();
    if direction.eq_ignore_ascii_case("desc") {
        Some(true)
    } else if direction.eq_ignore_ascii_case("asc") || direction.is_empty() {
        Some(false)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_keep_their_order_and_directions_their_meaning() {
        let pairs =
            [("Z".to_owned(), json!("desc")), ("A".to_owned(), json!("ASC")), ("M".to_owned(), json!("x"))];
        let sort = |field: &str, descending| Sort { field: field.to_owned(), descending };
        assert_eq!(lenient(&pairs), [sort("Z", true), sort("A", false), sort("M", false)]);
        assert_eq!(strict(&pairs[..2]).unwrap(), [sort("Z", true), sort("A", false)]);
        assert_eq!(strict(&pairs).unwrap_err().code, "INVALID_ARG_VALUE");
    }
}
