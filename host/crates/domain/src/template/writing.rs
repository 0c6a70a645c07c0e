//! How values are written where they are inserted: whatever they hold, each stays one value there.

use serde_json::Value;

/// How a value is written where it is inserted, so that it stays one value there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writing {
    /// `x-template: true`
    Plain,
    /// `x-template: "json"`: within the quotes of a JSON text.
    Json,
    /// `x-template: "url"`: a part of an address or a form. A whole address at the beginning stays one.
    Url,
    /// `x-template: "line"`: on the line where it is inserted, as in the header of a mail or a request.
    Line,
    /// `x-template: "markup"`: text between the tags, or in a quoted attribute, of HTML, XML or speech markup.
    Markup,
    /// `x-template: "csv"`: a whole cell with its quotes, which no spreadsheet takes for a formula.
    Csv,
}

impl Writing {
    /// None: no values are inserted into texts of this schema.
    pub fn of(schema: &Value) -> Option<Writing> {
        match schema.get("x-template")? {
            Value::Bool(true) => Some(Writing::Plain),
            Value::String(name) if name == "json" => Some(Writing::Json),
            Value::String(name) if name == "url" => Some(Writing::Url),
            Value::String(name) if name == "line" => Some(Writing::Line),
            Value::String(name) if name == "markup" => Some(Writing::Markup),
            Value::String(name) if name == "csv" => Some(Writing::Csv),
            _ => None,
        }
    }

    pub(super) fn write(self, value: &str, into: &mut String) {
        match self {
            Writing::Json => {
                let quoted = Value::from(value).to_string();
                into.push_str(&quoted[1..quoted.len() - 1]);
            }
            Writing::Url if !(into.is_empty() && is_address(value)) => {
                value.bytes().for_each(|byte| match byte {
                    b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                        into.push(char::from(byte));
                    }
                    _ => into.push_str(&format!("%{byte:02X}")),
                })
            }
            Writing::Line => {
                let words = value.split(|c: char| c.is_control() || c.is_whitespace());
                let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
                into.push_str(&words.join(" "));
            }
            // Control characters cannot stand in XML, however they are written.
            Writing::Markup => value.chars().for_each(|c| match c {
                '&' => into.push_str("&amp;"),
                '<' => into.push_str("&lt;"),
                '>' => into.push_str("&gt;"),
                '"' => into.push_str("&quot;"),
                '\'' => into.push_str("&#39;"),
                '\n' | '\t' => into.push(c),
                c if c.is_control() => into.push(' '),
                c => into.push(c),
            }),
            Writing::Csv => {
                let formula = value.trim_start().starts_with(['=', '+', '-', '@']);
                let number = value.parse::<f64>().is_ok();
                let guard = if formula && !number { "'" } else { "" };
                into.push_str(&format!("\"{guard}{}\"", value.replace('"', "\"\"")));
            }
            Writing::Plain | Writing::Url => into.push_str(value),
        }
    }
}

pub(super) fn is_address(value: &str) -> bool {
    ["https://", "http://"].iter().any(|scheme| value.starts_with(scheme))
}
