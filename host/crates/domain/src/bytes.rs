//! Bytes as Base64 text: a JSON list of numbers is three times as long.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer, Serializer, de};

pub fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&STANDARD.encode(bytes))
}

pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
    let text = std::borrow::Cow::<str>::deserialize(from)?;
    STANDARD.decode(text.as_bytes()).map_err(de::Error::custom)
}

pub mod optional {
    use super::{Engine, STANDARD, de};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer>(bytes: &Option<Vec<u8>>, to: S) -> Result<S::Ok, S::Error> {
        bytes.as_ref().map(|bytes| STANDARD.encode(bytes)).serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Vec<u8>>, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        text.map(|text| STANDARD.decode(text).map_err(de::Error::custom)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use crate::{Effect, SavedState};

    #[test]
    fn bytes_are_text_outside_and_come_back() {
        let state = SavedState { version: 1, bytes: vec![0, 255, 7] };
        let text = serde_json::to_string(&state).unwrap();
        assert_eq!(text, r#"{"version":1,"bytes":"AP8H"}"#);
        assert_eq!(serde_json::from_str::<SavedState>(&text).unwrap(), state);
        for value in [None, Some(vec![1, 2])] {
            let effect = Effect::Storage { key: "k".into(), value };
            let text = serde_json::to_string(&effect).unwrap();
            assert_eq!(serde_json::from_str::<Effect>(&text).unwrap(), effect);
        }
    }
}
