//! `a[b][]=1&c=2` as PHP reads it. Bounded in depth and size, and without an input that it cannot read: names that
//! make no sense are renamed or dropped, as PHP does.

use std::borrow::Cow;

use indexmap::IndexMap;

use super::node::{Members, Node};

/// Levels of brackets. What lies deeper is dropped, as PHP does with its own limit of the same height.
pub const MAX_DEPTH: usize = 64;
/// Parameters of one request: 50 product rows of 20 fields are 1,000.
pub const MAX_PARAMETERS: usize = 10_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMany;

/// Of a query string, a form or a command of a batch.
pub fn decode(encoded: &[u8]) -> Result<Members, TooMany> {
    let mut decoder = Decoder::default();
    for (name, value) in form_urlencoded::parse(encoded) {
        decoder.insert(&name, Node::text(value))?;
    }
    Ok(decoder.finish())
}

/// Takes one parameter after the other.
#[derive(Default)]
pub struct Decoder {
    root: Branch,
    count: usize,
}

#[derive(Default)]
struct Branch {
    members: IndexMap<String, Twig>,
    /// Where `[]` puts the next one.
    next: u64,
}

enum Twig {
    Leaf(Node),
    Branch(Branch),
}

enum Key<'a> {
    Named(Cow<'a, str>),
    Next,
}

impl Decoder {
    pub fn insert(&mut self, name: &str, value: Node) -> Result<(), TooMany> {
        self.count += 1;
        if self.count > MAX_PARAMETERS {
            return Err(TooMany);
        }
        if let Some(keys) = keys(name) {
            self.root.put(&keys, value);
        }
        Ok(())
    }

    pub fn finish(self) -> Members {
        self.root.members.into_iter().map(|(key, twig)| (key, twig.node())).collect()
    }
}

impl Branch {
    fn put(&mut self, keys: &[Key<'_>], value: Node) {
        let Some((first, rest)) = keys.split_first() else { return };
        let key = match first {
            Key::Named(name) => name.clone().into_owned(),
            Key::Next => self.next.to_string(),
        };
        if let Some(index) = index(&key) {
            self.next = self.next.max(index.saturating_add(1));
        }
        if rest.is_empty() {
            self.members.insert(key, Twig::Leaf(value));
            return;
        }
        let twig = self.members.entry(key).or_insert_with(|| Twig::Branch(Branch::default()));
        // The later parameter wins: a text gives way to a list.
        if let Twig::Leaf(_) = twig {
            *twig = Twig::Branch(Branch::default());
        }
        if let Twig::Branch(branch) = twig {
            branch.put(rest, value);
        }
    }

    /// 0 to n-1, in whatever order: a list.
    fn is_dense(&self) -> bool {
        let all = self.members.len();
        // Canonical and below n, and no two keys are the same: then none is missing.
        self.members.keys().all(|key| index(key).is_some_and(|index| index < all as u64))
    }
}

impl Twig {
    fn node(self) -> Node {
        match self {
            Twig::Leaf(node) => node,
            Twig::Branch(mut branch) if branch.is_dense() => {
                branch.members.sort_by_cached_key(|key, _| index(key));
                Node::List(branch.members.into_values().map(Twig::node).collect())
            }
            Twig::Branch(branch) => {
                Node::Map(branch.members.into_iter().map(|(key, twig)| (key, twig.node())).collect())
            }
        }
    }
}

/// An integer as PHP writes it; `01` and `+1` are names.
pub fn index(key: &str) -> Option<u64> {
    let plain = key == "0" || (!key.starts_with('0') && key.bytes().all(|byte| byte.is_ascii_digit()));
    if plain { key.parse().ok() } else { None }
}

/// None: PHP drops it.
fn keys(name: &str) -> Option<Vec<Key<'_>>> {
    let name = name.trim_start_matches(' ');
    let Some(open) = name.find('[') else {
        return (!name.is_empty()).then(|| vec![Key::Named(mangled(name))]);
    };
    let (base, mut rest) = name.split_at(open);
    if base.is_empty() {
        return None;
    }
    let mut keys = vec![Key::Named(mangled(base))];
    while let Some(inner) = rest.strip_prefix('[') {
        let Some((key, after)) = inner.split_once(']') else {
            if keys.len() == 1 {
                return Some(vec![Key::Named(Cow::Owned(format!("{}_{inner}", mangled(base))))]);
            }
            break;
        };
        keys.push(if key.is_empty() { Key::Next } else { Key::Named(Cow::Borrowed(key)) });
        if keys.len() > MAX_DEPTH {
            return None;
        }
        rest = after;
    }
    Some(keys)
}

fn mangled(name: &str) -> Cow<'_, str> {
    if name.contains([' ', '.']) { Cow::Owned(name.replace([' ', '.'], "_")) } else { Cow::Borrowed(name) }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::wire::node::object;

    fn read(text: &str) -> Value {
        Value::Object(object(&decode(text.as_bytes()).unwrap()))
    }

    #[test]
    fn nested_names_become_maps_and_dense_integers_become_lists() {
        for (text, expected) in [
            ("a[b][c]=v", json!({"a": {"b": {"c": "v"}}})),
            ("a[]=1&a[]=2", json!({"a": ["1", "2"]})),
            ("a[1]=y&a[0]=x", json!({"a": ["x", "y"]})),
            ("a[1]=y&a[2]=x", json!({"a": {"1": "y", "2": "x"}})),
            ("a[5]=y&a[]=x", json!({"a": {"5": "y", "6": "x"}})),
            ("a[00]=y", json!({"a": {"00": "y"}})),
            ("a%5Bb%5D%5B0%5D=1", json!({"a": {"b": ["1"]}})),
            ("a=1&a=2", json!({"a": "2"})),
            ("a=1&a[b]=2", json!({"a": {"b": "2"}})),
            ("a[b]=2&a=1", json!({"a": "1"})),
            ("a+b=x+y&c=%2B&", json!({"a_b": "x y", "c": "+"})),
            ("a", json!({"a": ""})),
            ("", json!({})),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    /// What each client was seen to send.
    #[test]
    fn every_client_is_understood_byte_by_byte() {
        for (client, text, expected) in [
            (
                "fast_bitrix24",
                "filter[%3EID]=5&select[0]=%2A&select[1]=UF_%2A&order[ID]=ASC&__order=order0000000000&",
                json!({"filter": {">ID": "5"}, "select": ["*", "UF_*"], "order": {"ID": "ASC"},
                    "__order": "order0000000000"}),
            ),
            (
                "b24pysdk",
                "filter%5BID%5D%5B0%5D=1&filter%5BID%5D%5B1%5D=2&select%5B%5D=",
                json!({"filter": {"ID": ["1", "2"]}, "select": [""]}),
            ),
            (
                "b24jssdk",
                "bx24_request_id=0190-a&bx24_sdk_ver=2.2.0&bx24_sdk_type=b24-js-sdk",
                json!({"bx24_request_id": "0190-a", "bx24_sdk_ver": "2.2.0", "bx24_sdk_type": "b24-js-sdk"}),
            ),
            (
                "CRest",
                "cmd%5Bget%5D=crm.deal.get%3Fid%3D%2524result%255Badd%255D&halt=0",
                json!({"cmd": {"get": "crm.deal.get?id=%24result%5Badd%5D"}, "halt": "0"}),
            ),
            (
                "@2bad/bitrix",
                "cmd%5B0%5D=crm.deal.list%3Fstart%3D0&cmd%5B1%5D=crm.deal.list%3Fstart%3D50",
                json!({"cmd": ["crm.deal.list?start=0", "crm.deal.list?start=50"]}),
            ),
            (
                "bitrix24-rest",
                "filter[>=OPPORTUNITY]=2&start=0&",
                json!({"filter_>": "OPPORTUNITY]=2", "start": "0"}),
            ),
            (
                "pybitrix24",
                "select[]=ID&select[]=TITLE&filter[@STAGE_ID][]=NEW&filter[@STAGE_ID][]=WON",
                json!({"select": ["ID", "TITLE"], "filter": {"@STAGE_ID": ["NEW", "WON"]}}),
            ),
        ] {
            assert_eq!(read(text), expected, "{client}");
        }
    }

    #[test]
    fn malformed_names_are_renamed_or_dropped_and_the_rest_is_read() {
        for (text, expected) in [
            ("filter[ID=1&b=2", json!({"filter_ID": "1", "b": "2"})),
            ("[x]=1&b=2", json!({"b": "2"})),
            ("=1&b=2", json!({"b": "2"})),
            ("a[b]c=1", json!({"a": {"b": "1"}})),
            ("a[b][c=1", json!({"a": {"b": "1"}})),
            ("a]=1", json!({"a]": "1"})),
            ("a=%FF%zz", json!({"a": "\u{fffd}%zz"})),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn depth_and_size_are_bounded() {
        let deep = |levels: usize| format!("a{}=1&b=2", "[x]".repeat(levels));
        assert_eq!(read(&deep(MAX_DEPTH)), json!({"b": "2"}));
        assert!(read(&deep(MAX_DEPTH - 1)).get("a").is_some());
        assert!(read(&deep(1_000_000)).get("a").is_none());
        assert_eq!(decode("a[]=1&".repeat(MAX_PARAMETERS + 1).as_bytes()), Err(TooMany));
        assert_eq!(read(&"a[]=1&".repeat(MAX_PARAMETERS))["a"].as_array().unwrap().len(), MAX_PARAMETERS);
        assert_eq!(read("a[18446744073709551615]=1&a[]=2&a[]=3")["a"].as_object().unwrap().len(), 1);
    }
}
