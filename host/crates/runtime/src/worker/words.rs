//! What the engine and a worker say to each other: JSON in the bodies of frames, as the values are stored anyway.
//!
//! **Invariant:** what a worker says is read within bounds: of its length (`frame.rs`), of how deep it nests, and of
//! how many values are in it.

use rulewright_domain::{ClientId, EmployeeId, Fields, FromTemplate, ItemId, OrderId, Prepared};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::keeper::{Change, Hash, Wanted, Written};

/// A guest's own values nest 128 levels at most; effects and answers around them add a few.
const DEEPEST: usize = 160;

/// What a step asks for that is not in its invocation. The answer is a `Result` of what the world gives, with the text
/// of the error.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Question {
    Order(OrderId),
    OrdersOfClient {
        id: ClientId,
        limit: u32,
    },
    Client(ClientId),
    Employees,
    HasEmployee(EmployeeId),
    Recipient(Wanted),
    Change(Change),
    Item {
        list: String,
        id: ItemId,
    },
    Items {
        list: String,
        fields: Fields,
        limit: u32,
    },
    Stored(String),
    HasSecret(String),
    Reveal(String),
    Sign {
        secret: String,
        by: Hash,
        #[serde(with = "rulewright_domain::bytes")]
        data: Vec<u8>,
    },
    Matches {
        secret: String,
        text: String,
    },
    Prepare(FromTemplate),
    Send {
        key: String,
        request: Written,
    },
}

/// Bytes as text: a JSON list of numbers is three times as long.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Blob(#[serde(with = "rulewright_domain::bytes")] pub Vec<u8>);

/// A template to fill, with its bytes.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Source {
    pub prepared: Prepared,
    pub bytes: Blob,
}

pub(super) fn write(value: &impl Serialize) -> Result<Vec<u8>, String> {
    serde_json::to_vec(value).map_err(|error| error.to_string())
}

/// What the engine says: it has been bounded where it came in.
pub(super) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    json.disable_recursion_limit();
    let value = T::deserialize(&mut json).map_err(|error| error.to_string())?;
    json.end().map_err(|error| error.to_string())?;
    Ok(value)
}

/// What a worker says, of `most` values and names. Looked at before: read, a value of two bytes takes some hundred.
pub(super) fn read_from_worker<T: DeserializeOwned>(bytes: &[u8], most: u64) -> Result<T, String> {
    must_be_bounded(bytes, most)?;
    read(bytes)
}

fn must_be_bounded(json: &[u8], most: u64) -> Result<(), String> {
    let (mut deep, mut found, mut quoted, mut escaped) = (0_usize, 1_u64, false, false);
    for byte in json {
        if !quoted && matches!(byte, b',' | b':' | b'[' | b'{') {
            found += 1;
            if found > most {
                return Err(format!("it has more than {most} values"));
            }
        }
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = quoted,
            b'"' => quoted = !quoted,
            b'[' | b'{' if !quoted => {
                deep += 1;
                if deep > DEEPEST {
                    return Err(format!("it nests deeper than {DEEPEST} levels"));
                }
            }
            b']' | b'}' if !quoted => deep = deep.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use rulewright_domain::{OrderChange, Recipient};
    use serde_json::{Value, json};

    use super::*;
    use crate::keeper::HeaderText;

    const MANY: u64 = 1 << 20;

    fn of_worker(said: &str, most: u64) -> Result<Value, String> {
        read_from_worker(said.as_bytes(), most)
    }

    #[test]
    fn questions_come_as_they_were_asked() {
        let request = Written {
            method: "POST".into(),
            url: "https://a.b/".into(),
            url_secret: None,
            headers: vec![
                ("a".into(), HeaderText::Plain("b".into())),
                ("c".into(), HeaderText::Basic { user: "u".into(), password: "token".into() }),
            ],
            body: Some(vec![0, 255]),
            timeout: 7,
        };
        let wanted = Wanted {
            channel: "sms".into(),
            to: Recipient::ClientOf(OrderId(2)),
            kind: Some("mobile".into()),
            reads: 7,
        };
        let pay = OrderChange::Pay { payment: None };
        let change = Change { id: OrderId(2), since: vec![pay], change: OrderChange::Delete };
        for question in [
            Question::Employees,
            Question::Recipient(wanted),
            Question::Change(change),
            Question::Stored("k".into()),
            Question::Items {
                list: "l".into(),
                fields: [("a".to_owned(), json!([1.1, null]))].into(),
                limit: 3,
            },
            Question::Sign { secret: "s".into(), by: Hash::Sha512, data: vec![0; 5] },
            Question::Send { key: "k".into(), request },
        ] {
            let bytes = write(&question).unwrap();
            assert_eq!(read_from_worker::<Question>(&bytes, 100).unwrap(), question);
        }
    }

    #[test]
    fn a_number_with_a_point_comes_back_to_the_bit() {
        for number in [0.1f64 + 0.2, 2.2250738585072014e-308, 123_456_789.123_456_79, 3.0e-7 / 7.0] {
            let back: f64 = read(&write(&number).unwrap()).unwrap();
            assert_eq!(back.to_bits(), number.to_bits());
        }
    }

    #[test]
    fn a_worker_that_nests_without_end_is_not_read() {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(of_worker(&nested(DEEPEST), MANY).is_ok());
        let why = of_worker(&nested(DEEPEST + 1), MANY).unwrap_err();
        assert!(why.contains("deeper"), "{why}");
        assert!(of_worker(&"[".repeat(5_000_000), MANY).is_err());
        // What stands in a text is text.
        let quoted = format!("\"{}\\\"{}\"", "[".repeat(500), "{".repeat(500));
        assert!(of_worker(&quoted, 1).is_ok());
        assert!(of_worker("1 2", MANY).is_err());
    }

    #[test]
    fn a_worker_that_says_more_values_than_it_may_is_not_read() {
        let many = |values: usize| format!("[{}0]", "0,".repeat(values - 2));
        assert!(of_worker(&many(1_000), 1_000).is_ok());
        for more in [many(1_001), "[[]".to_owned() + &",[]".repeat(500) + "]", r#"{"a":"#.repeat(600)] {
            let why = of_worker(&more, 1_000).unwrap_err();
            assert!(why.contains("1000 values") || why.contains("deeper"), "{why}");
        }
        let texts = format!("[\"{}\"]", ",:[{".repeat(1_000));
        assert!(of_worker(&texts, 10).is_ok());
    }
}
