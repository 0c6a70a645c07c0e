//! The schema of a plugin's settings: strangers write it, and forms, checks and texts are made from it.
//!
//! **Invariant:** whoever follows an accepted schema, wherever it leads, comes to an end soon.

use std::collections::HashMap;

use rulewright_domain::template::Writing;
use serde_json::Value;

/// Schemas within schemas: a form of forms of forms is deep, and the rendering of texts follows no deeper.
const DEPTH: usize = 32;
/// Schemas, counted wherever they are referred to: what a check of settings may have to look at.
const SCHEMAS: u64 = 10_000;
/// Regular expressions, and bytes of each and of what each is compiled to: they are compiled whenever a rule is saved.
const PATTERNS: usize = 50;
const PATTERN: usize = 1_000;
const COMPILED_PATTERN: usize = 2 << 20;

/// Keywords that hold data, schemas by name, and what is followed in no other way than by `$ref`.
const DATA: &[&str] = &["const", "enum", "default", "examples"];
const NAMED: &[&str] = &["properties", "patternProperties", "dependentSchemas"];
const SHELVES: &[&str] = &["$defs", "definitions"];
const OTHER_WAYS: &[&str] =
    &["$dynamicRef", "$recursiveRef", "$anchor", "$dynamicAnchor", "$recursiveAnchor"];

pub fn check(schema: &Value) -> Result<(), String> {
    if schema["type"] != "object" {
        return Err("it must be a JSON Schema of `\"type\": \"object\"`, empty if there are none".into());
    }
    // Before anybody else follows it: a validator would go round with it.
    Look { root: schema, sizes: HashMap::new(), patterns: 0 }.size(schema, 0)?;
    // Nothing is fetched: a schema that refers to another document does not compile. Nor does a pattern that looks
    // around or back: this engine takes time in proportion to the text, whatever the pattern.
    let patterns = jsonschema::PatternOptions::regex().size_limit(COMPILED_PATTERN);
    jsonschema::options().with_pattern_options(patterns).build(schema).map(drop).map_err(|error| {
        format!("it is no JSON Schema that stands alone: {error} at `{}`", error.instance_path())
    })
}

struct Look<'s> {
    root: &'s Value,
    /// Of the schemas that have been looked at; None for those on the way to this one.
    sizes: HashMap<*const Value, Option<Size>>,
    patterns: usize,
}

#[derive(Clone, Copy)]
struct Size {
    schemas: u64,
    deep: usize,
}

impl<'s> Look<'s> {
    /// Schemas in this one, itself and those that it refers to included.
    fn size(&mut self, schema: &'s Value, depth: usize) -> Result<Size, String> {
        match self.sizes.get(&std::ptr::from_ref(schema)) {
            Some(Some(size)) => return Ok(*size),
            Some(None) => {
                return Err(
                    "it refers to itself, and a form cannot be drawn without end: take the `$ref` out of \
                            the circle"
                        .into(),
                );
            }
            None => {}
        }
        self.sizes.insert(schema, None);
        let mut size = Size { schemas: 1, deep: 1 };
        let within = if depth < DEPTH { self.within(schema, depth)? } else { Vec::new() };
        for within in within {
            let below = self.size(within, depth + 1)?;
            size.schemas = size.schemas.saturating_add(below.schemas);
            size.deep = size.deep.max(below.deep + 1);
        }
        if depth + size.deep > DEPTH {
            return Err(format!("its schemas lie more than {DEPTH} deep in one another: flatten it"));
        }
        if size.schemas > SCHEMAS {
            return Err(format!("it unfolds to more than {SCHEMAS} schemas: refer to fewer, less often"));
        }
        self.sizes.insert(schema, Some(size));
        Ok(size)
    }

    fn within(&mut self, schema: &'s Value, depth: usize) -> Result<Vec<&'s Value>, String> {
        let Some(keywords) = schema.as_object() else { return Ok(Vec::new()) };
        if keywords.contains_key("x-template") && Writing::of(schema).is_none() {
            let known = "true, \"line\", \"json\", \"url\", \"markup\" or \"csv\"";
            return Err(format!("`x-template` is {known}, not {}", schema["x-template"]));
        }
        let mut found = Vec::new();
        for (keyword, value) in keywords {
            match (keyword.as_str(), value) {
                ("$ref", Value::String(target)) => found.push(self.referred(target)?),
                ("pattern", Value::String(pattern)) => self.pattern(pattern)?,
                ("$id", Value::String(_)) if depth > 0 => {
                    return Err("only the whole schema may have an `$id`".into());
                }
                (way, _) if OTHER_WAYS.contains(&way) => {
                    return Err(format!(
                        "`{way}` is not followed here: refer with `$ref` and a JSON pointer"
                    ));
                }
                (skipped, _) if DATA.contains(&skipped) || SHELVES.contains(&skipped) => {}
                (named, Value::Object(all)) if NAMED.contains(&named) => {
                    if named == "patternProperties" {
                        all.keys().try_for_each(|pattern| self.pattern(pattern))?;
                    }
                    found.extend(all.values());
                }
                (_, Value::Array(all)) => found.extend(all.iter().filter(|one| one.is_object())),
                (_, Value::Object(_)) => found.push(value),
                _ => {}
            }
        }
        Ok(found)
    }

    fn pattern(&mut self, pattern: &str) -> Result<(), String> {
        self.patterns += 1;
        if self.patterns > PATTERNS {
            return Err(format!("it has more than {PATTERNS} regular expressions"));
        }
        match pattern.len() {
            0..=PATTERN => Ok(()),
            long => Err(format!("a regular expression has {long} bytes, and may have {PATTERN}")),
        }
    }

    fn referred(&self, target: &str) -> Result<&'s Value, String> {
        let found = target.strip_prefix('#').and_then(|pointer| self.root.pointer(pointer));
        found.ok_or_else(|| {
            let target: String = target.chars().take(80).collect();
            format!("it refers to `{target}`, which is no JSON pointer into itself such as `#/$defs/text`")
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(change: Value) -> Value {
        let mut schema = json!({ "type": "object" });
        schema.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        schema
    }

    fn problem(change: Value) -> String {
        check(&object(change.clone())).expect_err(&change.to_string())
    }

    #[test]
    fn a_schema_with_parts_that_are_used_twice_is_fine() {
        let text = json!({ "$ref": "#/$defs/text" });
        let schema = object(json!({
            "$id": "https://example.com/settings", "$schema": "https://json-schema.org/draft/2020-12/schema",
            "properties": { "a": text, "b": { "anyOf": [text, { "type": "null" }] }, "const": text },
            "$defs": { "text": { "type": "string", "x-template": "json", "default": { "$ref": "#nowhere" } } },
        }));
        assert_eq!(check(&schema), Ok(()));
    }

    #[test]
    fn a_circle_is_refused_wherever_it_closes() {
        for circle in [
            json!({ "$ref": "#" }),
            json!({ "allOf": [{ "$ref": "#" }] }),
            json!({ "properties": { "next": { "$ref": "#" } } }),
            json!({ "additionalProperties": { "not": { "$ref": "#" } } }),
            json!({ "$ref": "#/$defs/a", "$defs": { "a": { "$ref": "#/$defs/b" }, "b": { "items": { "$ref": "#/$defs/a" } } } }),
        ] {
            assert!(problem(circle).contains("itself"));
        }
    }

    #[test]
    fn what_unfolds_without_measure_is_refused_before_it_is_compiled() {
        let twice = |n: usize| json!({ "allOf": [{ "$ref": format!("#/$defs/{n}") }, { "$ref": format!("#/$defs/{n}") }] });
        let chain = |length: usize| {
            let mut defs: serde_json::Map<_, _> =
                (0..length).map(|n| (n.to_string(), twice(n + 1))).collect();
            defs.insert(length.to_string(), json!({}));
            json!({ "$ref": "#/$defs/0", "$defs": defs })
        };
        assert!(problem(chain(14)).contains("unfolds"));
        assert!(problem(chain(60)).contains("deep"));
        let mut deep = json!({});
        for _ in 0..40 {
            deep = json!({ "items": deep });
        }
        assert!(problem(json!({ "properties": { "a": deep } })).contains("deep"));
    }

    #[test]
    fn other_ways_to_refer_are_named() {
        for way in ["$dynamicRef", "$anchor"] {
            assert!(problem(json!({ "items": { way: "x" } })).contains(way));
        }
        for target in ["https://example.com/s", "#text", "#/$defs/none", "other.json"] {
            assert!(problem(json!({ "items": { "$ref": target } })).contains(target));
        }
        assert!(problem(json!({ "properties": { "a": { "$id": "b" } } })).contains("$id"));
        assert!(problem(json!({ "properties": { "a": { "x-template": "css" } } })).contains("x-template"));
    }

    #[test]
    fn b30_a_pattern_takes_time_in_proportion_to_the_text_or_is_refused() {
        let named = |pattern: &str| {
            object(json!({ "properties": { "a": { "type": "string", "pattern": pattern } } }))
        };
        for fine in ["^(a+)+$", "^\\p{L}{1,40}$", "^(([a-z])+.)+[A-Z]([a-z])+$"] {
            assert_eq!(check(&named(fine)), Ok(()), "{fine}");
        }
        for bad in ["(a", "^(?=.*x).*$", "(a)\\1", "((a{1000}){1000}){1000}", &"a".repeat(PATTERN + 1)] {
            assert!(check(&named(bad)).is_err(), "{bad}");
        }
        let many: Value =
            (0..=PATTERNS).map(|n| (format!("^x{n}$"), json!({}))).collect::<serde_json::Map<_, _>>().into();
        assert!(problem(json!({ "patternProperties": many })).contains("regular expressions"));
    }

    #[test]
    fn b30_nothing_is_fetched() {
        for target in
            ["http://169.254.169.254/s", "https://example.com/s", "file:///etc/passwd", "//example.com/s"]
        {
            assert!(
                problem(json!({ "properties": { "a": { "$ref": target } } })).contains("JSON pointer"),
                "{target}"
            );
            let meta = object(json!({ "$schema": target }));
            assert!(check(&meta).is_err(), "{target}");
        }
    }
}
