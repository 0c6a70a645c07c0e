//! The same answer in XML, for `method.xml`.

use quick_xml::escape::escape;
use serde_json::Value;

pub fn document(answer: &Value) -> String {
    let mut text = String::from(r#"<?xml version="1.0" encoding="UTF-8"?>"#);
    element("response", answer, &mut text);
    text
}

fn element(name: &str, value: &Value, to: &mut String) {
    // A key such as `0` or `PHONE NUMBER` is no name of XML.
    let (open, close) = if is_name(name) {
        (name.to_owned(), name)
    } else {
        (format!("item key=\"{}\"", escape(plain(name))), "item")
    };
    to.push('<');
    to.push_str(&open);
    to.push('>');
    match value {
        Value::Null => {}
        Value::Array(items) => items.iter().for_each(|item| element("item", item, to)),
        Value::Object(members) => members.iter().for_each(|(key, value)| element(key, value, to)),
        Value::String(text) => to.push_str(&escape(plain(text))),
        other => to.push_str(&other.to_string()),
    }
    to.push_str("</");
    to.push_str(close);
    to.push('>');
}

fn is_name(name: &str) -> bool {
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    begins && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
}

/// Without the characters that XML cannot hold even escaped.
fn plain(text: &str) -> String {
    let fits =
        |c: &char| matches!(c, '\t' | '\n' | '\r') || (*c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}'));
    text.chars().filter(fits).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_value_has_a_form_in_xml() {
        let answer =
            json!({"result": {"ID": "1", "0": "a<b&\u{1}\"c\"", "list": [1, true, null]}, "total": 2});
        assert_eq!(
            document(&answer),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><response><result><item key=\"0\">a&lt;b&amp;&quot;c&quot;\
             </item><ID>1</ID><list><item>1</item><item>true</item><item></item></list></result>\
             <total>2</total></response>"
        );
    }
}
