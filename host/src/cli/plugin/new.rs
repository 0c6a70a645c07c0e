//! `plugin new`: a plugin that builds before anything was written by hand.

mod template;

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use template::Template;

use crate::config::Config;
use crate::error::{CliError, Doing, Result};

#[derive(Args, Debug)]
pub struct New {
    /// publisher.plugin, e.g. acme.greet
    name: String,
    #[arg(long, value_enum, default_value_t = Template::RustRule)]
    template: Template,
    /// Folder to make [default: the plugin's part of the name]
    #[arg(long, value_name = "DIR")]
    path: Option<PathBuf>,
    /// Folder of the SDK [default: the one that this program was built with, else the published one]
    #[arg(long, value_name = "DIR")]
    sdk: Option<PathBuf>,
}

impl New {
    pub fn run(self, config: &Config) -> Result<()> {
        let name = Name::parse(&self.name)?;
        let folder = self.path.unwrap_or_else(|| PathBuf::from(name.plugin));
        let empty = std::fs::read_dir(&folder).map_or(true, |mut entries| entries.next().is_none());
        if !empty {
            return Err(CliError::refused("exists", format!("{} is not empty", folder.display()))
                .hint("name another folder with --path DIR"));
        }
        let sdk = match self.sdk {
            Some(sdk) => Some(std::path::absolute(&sdk).doing(|| format!("{} is no folder", sdk.display()))?),
            None => Some(PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../guest-sdk")))
                .and_then(|sdk| sdk.canonicalize().ok())
                .filter(|sdk| sdk.join("Cargo.toml").is_file()),
        };
        for (file, text) in template::files(&name, self.template, sdk.as_deref()) {
            let file = folder.join(file);
            let parent = file.parent().unwrap_or(&folder);
            std::fs::create_dir_all(parent).doing(|| format!("cannot create {}", parent.display()))?;
            std::fs::write(&file, text).doing(|| format!("cannot write {}", file.display()))?;
        }
        match config.output.json {
            true => config.output.value(&json!({ "path": folder, "id": self.name })),
            false => {
                let first = self.template.first().map(|command| format!("  {command}\n")).unwrap_or_default();
                config.output.say(&format!(
                    "{folder} is ready. Next:\n  cd {folder}\n{first}  rulewright plugin test      # its tests, and its fixtures in the sandbox\n  \
                     rulewright plugin build     # a component\n  rulewright plugin install {file} --data DIR",
                    folder = folder.display(),
                    file = format_args!("target/plugins/{}.wasm", name.plugin),
                ));
            }
        }
        Ok(())
    }
}

struct Name<'a> {
    publisher: &'a str,
    plugin: &'a str,
}

impl Name<'_> {
    fn parse(text: &str) -> Result<Name<'_>> {
        let wrong = |what: &str| {
            CliError::usage(format!("`{text}` is no name for a plugin: {what}"))
                .hint("write publisher.plugin, of a-z, 0-9 and dashes, e.g. acme.greet")
        };
        let Some((publisher, plugin)) = text.split_once('.') else {
            return Err(wrong("it has no publisher"));
        };
        for part in [publisher, plugin] {
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            let begins = part.starts_with(|c: char| c.is_ascii_lowercase());
            if !begins
                || !part.chars().all(plain)
                || part.ends_with('-')
                || part.contains("--")
                || part.len() > 40
            {
                return Err(wrong(&format!("`{part}` does not fit")));
            }
        }
        // Names that cargo or Rust keep for themselves.
        const TAKEN: [&str; 14] = [
            "test",
            "core",
            "std",
            "alloc",
            "build",
            "deps",
            "examples",
            "incremental",
            "crate",
            "self",
            "super",
            "fn",
            "mod",
            "use",
        ];
        if TAKEN.contains(&plugin) {
            return Err(wrong(&format!("cargo keeps `{plugin}` for itself")));
        }
        Ok(Name { publisher, plugin })
    }

    /// `say-hello` as `SayHello`.
    fn type_name(&self) -> String {
        let words = self.plugin.split('-');
        let capital = |word: &str| {
            let mut chars = word.chars();
            chars
                .next()
                .map(|first| format!("{}{}", first.to_ascii_uppercase(), chars.as_str()))
                .unwrap_or_default()
        };
        words.map(capital).collect()
    }

    fn title(&self) -> String {
        let text = self.plugin.replace('-', " ");
        let (first, rest) = text.split_at(1);
        format!("{}{rest}", first.to_ascii_uppercase())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_could_not_be_built_or_published_are_refused() {
        assert_eq!(Name::parse("acme.say-hello").unwrap().type_name(), "SayHello");
        assert_eq!(Name::parse("acme.say-hello").unwrap().title(), "Say hello");
        for bad in [
            "greet",
            "acme.",
            ".greet",
            "Acme.greet",
            "acme.../x",
            "acme.a.b",
            "acme.1",
            "acme.a--b",
            "acme.test",
            "a b.c",
        ] {
            assert!(Name::parse(bad).is_err(), "{bad}");
        }
    }
}
