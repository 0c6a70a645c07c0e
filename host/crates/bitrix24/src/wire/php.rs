//! Arrays as PHP writes them: it has one kind for lists and maps.

use serde_json::{Map, Value};

/// Empty: `[]`. Keys 0 to n-1: a list. Else an object.
pub fn array(members: Vec<(String, Value)>) -> Value {
    let dense = members.iter().enumerate().all(|(index, (key, _))| *key == index.to_string());
    if dense {
        return members.into_iter().map(|(_, value)| value).collect();
    }
    Value::Object(members.into_iter().collect::<Map<_, _>>())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn empty_and_dense_arrays_are_lists_and_others_are_objects() {
        let of = |keys: &[&str]| array(keys.iter().map(|key| ((*key).to_owned(), json!(key))).collect());
        assert_eq!(of(&[]), json!([]));
        assert_eq!(of(&["0", "1"]), json!(["0", "1"]));
        assert_eq!(of(&["1", "2"]), json!({"1": "1", "2": "2"}));
        assert_eq!(of(&["0", "2"]), json!({"0": "0", "2": "2"}));
        assert_eq!(of(&["1", "0"]), json!({"0": "0", "1": "1"}));
        assert_eq!(of(&["a"]), json!({"a": "a"}));
    }
}
