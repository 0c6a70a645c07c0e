use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// JSON that most of those who have it only pass on: kept as its text, shared, and parsed where somebody looks into
/// it. Inside other JSON it is a string, so that it comes back to the byte. Null is no payload.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Payload(Option<Arc<str>>);

impl Payload {
    /// Null where the value has no JSON, such as a map with keys that are no text.
    pub fn of(value: &impl Serialize) -> Payload {
        let text = serde_json::to_string(value).ok().filter(|text| text != "null");
        Payload(text.map(Arc::from))
    }

    /// The JSON as it was written down; checked by nobody since.
    pub fn from_text(text: &str) -> Payload {
        Payload(Some(text.into()))
    }

    pub fn text(&self) -> Option<&str> {
        self.0.as_deref()
    }

    pub fn value(&self) -> Value {
        let Some(text) = self.text() else { return Value::Null };
        let mut json = serde_json::Deserializer::from_str(text);
        // Bounded when it came in.
        json.disable_recursion_limit();
        Value::deserialize(&mut json).unwrap_or_default()
    }
}

impl From<Value> for Payload {
    fn from(value: Value) -> Payload {
        Payload::of(&value)
    }
}

impl Serialize for Payload {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.text().serialize(to)
    }
}

impl<'de> Deserialize<'de> for Payload {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Payload, D::Error> {
        Ok(Payload(Option::<String>::deserialize(from)?.map(Arc::from)))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_payload_inside_other_json_comes_back_to_the_byte() {
        let payload = Payload::from_text(r#"{"z":1.50,"a":["\u00e4",null]}"#);
        let wrapped = serde_json::to_string(&json!({ "data": payload })).unwrap();
        let back: Value = serde_json::from_str(&wrapped).unwrap();
        assert_eq!(Payload::deserialize(&back["data"]).unwrap(), payload);
        assert_eq!(payload.value(), json!({ "z": 1.5, "a": ["ä", null] }));
        assert_eq!(Payload::from(Value::Null), Payload::default());
    }
}
