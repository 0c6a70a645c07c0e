//! `rulewright.json`: what a plugin that is not a Rust crate says about itself.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::Problem;

/// Beside the sources of a plugin in JavaScript, Python or C.
pub const FILE: &str = "rulewright.json";

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Language {
    /// Also TypeScript.
    #[serde(rename = "js")]
    JavaScript,
    #[serde(rename = "python")]
    Python,
    #[serde(rename = "c")]
    C,
}

/// Which of the three exports the plugin has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    #[default]
    Rule,
    Trigger,
    Provider,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Kind::Rule => "rule",
            Kind::Trigger => "trigger",
            Kind::Provider => "provider",
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Project {
    pub dir: PathBuf,
    pub language: Language,
    /// The file that the toolchain begins with, below `dir`.
    pub main: PathBuf,
    /// Functions of the host that it calls, e.g. `messages.queue`: the permissions that it will ask for.
    pub uses: BTreeSet<String>,
    pub kind: Kind,
    /// The plugin's part of its id: the name of the component's file.
    pub name: String,
    /// Complete: what the component will carry.
    pub manifest: Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    language: Language,
    main: PathBuf,
    #[serde(default)]
    uses: BTreeSet<String>,
    manifest: Map<String, Value>,
}

impl Project {
    /// Whether the folder holds one.
    pub fn is_in(dir: &Path) -> bool {
        dir.join(FILE).is_file()
    }

    pub fn read(dir: &Path) -> Result<Project, Problem> {
        let path = dir.join(FILE);
        let text = std::fs::read_to_string(&path).map_err(|error| Problem::file("read", &path, &error))?;
        Project::parse(dir, &text).map_err(|problem| Problem {
            message: format!("{}: {}", path.display(), problem.message),
            ..problem
        })
    }

    fn parse(dir: &Path, text: &str) -> Result<Project, Problem> {
        let wrong = |problem: String| Problem::new("bad-project", problem);
        let file: File = serde_json::from_str(text).map_err(|error| {
            wrong(error.to_string()).hint(
                "it holds `language` (`js`, `python` or `c`), `main` (the first source file), `uses` (functions of the \
                 host) and `manifest`",
            )
        })?;
        let mut manifest = file.manifest;
        let Some(id) = manifest.get("id").and_then(Value::as_str).map(str::to_owned) else {
            return Err(wrong("its manifest has no `id`".into()).hint("write \"id\": \"publisher.plugin\""));
        };
        let kind = match manifest.get("kind") {
            None => Kind::default(),
            Some(kind) => {
                serde_json::from_value(kind.clone()).map_err(|error| wrong(format!("kind: {error}")))?
            }
        };
        let (publisher, name) = id.split_once('.').unwrap_or((&id, &id));
        let group = match kind {
            Kind::Rule => "employees",
            Kind::Trigger => "trigger",
            Kind::Provider => "provider",
        };
        for (key, value) in [
            ("schema", json!(1)),
            ("kind", json!(kind.name())),
            ("group", json!(group)),
            ("publisher", json!(publisher)),
            ("title", json!(id)),
            ("settings", json!({ "type": "object", "properties": {}, "additionalProperties": false })),
            ("host-api", json!("0.1.0")),
        ] {
            manifest.entry(key).or_insert(value);
        }
        let outside = file.main.is_absolute() || file.main.components().any(|part| part.as_os_str() == "..");
        if outside || !dir.join(&file.main).is_file() {
            return Err(wrong(format!("its `main`, {}, is no file of this folder", file.main.display())));
        }
        // It becomes the name of a file.
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if name.is_empty() || !name.chars().all(plain) {
            return Err(wrong(format!("`{id}` is no id: write publisher.plugin, of a-z, 0-9 and dashes")));
        }
        Ok(Project {
            dir: dir.to_owned(),
            language: file.language,
            main: file.main,
            uses: file.uses,
            kind,
            name: name.to_owned(),
            manifest: manifest.into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: Value) -> Result<Project, Problem> {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("rule.c"), "").unwrap();
        Project::parse(dir.path(), &text.to_string())
    }

    #[test]
    fn what_a_manifest_leaves_out_is_filled_in_as_the_rust_sdk_does() {
        let manifest = json!({ "id": "acme.greet", "version": "1.0.0", "kind": "trigger" });
        let project = parsed(json!({ "language": "c", "main": "rule.c", "manifest": manifest })).unwrap();
        assert_eq!((project.kind, project.name.as_str()), (Kind::Trigger, "greet"));
        let of = |key: &str| project.manifest[key].clone();
        assert_eq!(
            ["group", "publisher", "title", "host-api"].map(of),
            ["trigger", "acme", "acme.greet", "0.1.0"]
        );
    }

    #[test]
    fn what_is_wrong_is_named() {
        let manifest = json!({ "id": "acme.greet", "version": "1.0.0" });
        for (text, said) in [
            (json!({ "language": "cobol", "main": "rule.c", "manifest": manifest }), "cobol"),
            (
                json!({ "language": "c", "main": "rule.c", "manifest": manifest, "use": [] }),
                "unknown field `use`",
            ),
            (json!({ "language": "c", "main": "other.c", "manifest": manifest }), "other.c"),
            (json!({ "language": "c", "main": "../rule.c", "manifest": manifest }), "../rule.c"),
            (json!({ "language": "c", "main": "rule.c", "manifest": {} }), "no `id`"),
            (json!({ "language": "c", "main": "rule.c", "manifest": { "id": "a.b/c" } }), "no id"),
            (
                json!({ "language": "c", "main": "rule.c", "manifest": { "id": "a.b", "kind": "spell" } }),
                "spell",
            ),
        ] {
            let problem = parsed(text).unwrap_err();
            assert!(problem.message.contains(said), "{problem}");
        }
    }
}
