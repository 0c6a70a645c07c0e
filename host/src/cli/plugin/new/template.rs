//! The files of a new plugin, language by language.

use std::path::Path;

use clap::ValueEnum;

use super::Name;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Template {
    /// Acts when an order enters its stage; in Rust
    RustRule,
    /// Sees an event and moves the order; in Rust
    RustTrigger,
    /// Carries the messages of a channel to a gateway; in Rust
    RustProvider,
    /// A rule in TypeScript or JavaScript
    Js,
    /// A rule in Python
    Python,
    /// A rule in C
    C,
}

impl Template {
    /// What to do once before the first build.
    pub fn first(self) -> Option<&'static str> {
        match self {
            Template::Js => Some("npm install                   # the toolchain"),
            Template::Python => {
                Some("python3 -m venv .venv && .venv/bin/pip install -r requirements.txt   # the toolchain")
            }
            Template::C => Some("clang --version && wasm-ld --version   # the toolchain: clang and lld"),
            Template::RustRule | Template::RustTrigger | Template::RustProvider => None,
        }
    }

    fn language(self) -> &'static str {
        match self {
            Template::Js => "TypeScript",
            Template::Python => "Python",
            Template::C => "C",
            Template::RustRule | Template::RustTrigger | Template::RustProvider => "Rust",
        }
    }
}

/// What it is tried on, and what must come of it.
const FIXTURE: &str = "tests/fixtures/first.json";
/// The rule is the same in every language.
const RULE_FIXTURE: &str = include_str!("../template/rule.json.txt");

type Files = &'static [(&'static str, &'static str)];

macro_rules! files {
    ($($name:literal: $file:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../template/", $file))),)*]
    };
}

const JS: Files = files! {
    "rulewright.json": "js/rulewright.json.txt",
    "package.json": "js/package.json.txt",
    "tsconfig.json": "js/tsconfig.json.txt",
    "src/rule.ts": "js/rule.ts.txt",
    "tests/fixtures/first.json": "rule.json.txt",
    "README.md": "README.languages.md.txt",
};
const PYTHON: Files = files! {
    "rulewright.json": "python/rulewright.json.txt",
    "requirements.txt": "python/requirements.txt",
    "pyrightconfig.json": "python/pyrightconfig.json.txt",
    "rule.py": "python/rule.py.txt",
    "tests/fixtures/first.json": "rule.json.txt",
    "README.md": "README.languages.md.txt",
};
const C: Files = files! {
    "rulewright.json": "c/rulewright.json.txt",
    "compile_flags.txt": "c/compile_flags.txt.txt",
    "rule.c": "c/rule.c.txt",
    "tests/fixtures/first.json": "rule.json.txt",
    "README.md": "README.languages.md.txt",
};

const RUST: Files = files! {
    "Cargo.toml": "Cargo.toml.txt",
    "README.md": "README.md.txt",
};

/// Path below the plugin's folder, and text.
pub fn files(name: &Name, template: Template, sdk: Option<&Path>) -> Vec<(&'static str, String)> {
    let version = env!("CARGO_PKG_VERSION");
    let sdk = match sdk {
        // TOML's basic strings escape as Rust's debug form does for paths.
        Some(path) => format!("{{ path = {:?} }}", path.display().to_string()),
        None => format!("{version:?}"),
    };
    let filled = |text: &str| {
        text.replace("{{id}}", &format!("{}.{}", name.publisher, name.plugin))
            .replace("{{plugin}}", name.plugin)
            .replace("{{Type}}", &name.type_name())
            .replace("{{title}}", &name.title())
            .replace("{{sdk}}", &sdk)
            .replace("{{language}}", template.language())
            .replace("{{install}}", template.first().unwrap_or_default())
    };
    let rust = |source: &'static str, fixture: &'static str| {
        [RUST, &[("src/lib.rs", source), (FIXTURE, fixture)]].concat()
    };
    let (files, ignored) = match template {
        Template::RustRule => (rust(include_str!("../template/rule.rs.txt"), RULE_FIXTURE), "/target\n"),
        Template::RustTrigger => {
            let fixture = include_str!("../template/trigger.json.txt");
            (rust(include_str!("../template/trigger.rs.txt"), fixture), "/target\n")
        }
        Template::RustProvider => {
            let fixture = include_str!("../template/provider.json.txt");
            (rust(include_str!("../template/provider.rs.txt"), fixture), "/target\n")
        }
        Template::Js => (JS.to_vec(), "/target\n/node_modules\n"),
        Template::Python => (PYTHON.to_vec(), "/target\n/.venv\n__pycache__\n"),
        Template::C => (C.to_vec(), "/target\n"),
    };
    let written = files.into_iter().map(|(file, text)| (file, filled(text)));
    written.chain([(".gitignore", ignored.to_owned())]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_placeholder_of_ours_is_filled() {
        let name = Name::parse("acme.say-hello").unwrap();
        for template in Template::value_variants() {
            for (file, text) in files(&name, *template, None) {
                let ours = [
                    "{{id}}",
                    "{{plugin}}",
                    "{{Type}}",
                    "{{title}}",
                    "{{sdk}}",
                    "{{language}}",
                    "{{install}}",
                ];
                for placeholder in ours {
                    assert!(!text.contains(placeholder), "{file} has {placeholder}");
                }
            }
        }
        let manifest = &files(&name, Template::RustRule, Some(Path::new("/a \"b\"/sdk")))[0].1;
        let manifest: toml::Table = manifest.parse().unwrap();
        assert_eq!(manifest["dependencies"]["rulewright-sdk"]["path"].as_str(), Some("/a \"b\"/sdk"));
    }

    #[test]
    fn the_toolchains_of_a_template_are_those_that_a_build_asks_for() {
        let name = Name::parse("acme.say-hello").unwrap();
        let of = |template, file: &str| {
            files(&name, template, None).into_iter().find(|(n, _)| *n == file).unwrap().1
        };
        let package: serde_json::Value = serde_json::from_str(&of(Template::Js, "package.json")).unwrap();
        for tool in rulewright_guest_languages::JAVASCRIPT_TOOLS {
            let (tool, version) = tool.split_once('@').unwrap();
            assert_eq!(package["devDependencies"][tool], version);
        }
        assert_eq!(of(Template::Python, "requirements.txt").trim(), rulewright_guest_languages::PYTHON_TOOL);
    }
}
