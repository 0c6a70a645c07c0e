//! `plugin search`: what can be had.

use clap::{Args, ValueEnum};
use serde_json::Value;

use crate::access::{Access, query};
use crate::config::Config;
use crate::error::Result;
use crate::output::{Column, Output, cell};

#[derive(Args, Debug)]
pub struct Search {
    /// Words of its name, its description or its publisher; everything, if left out
    words: Vec<String>,
    #[arg(long)]
    kind: Option<Kind>,
    /// `bundled`, or the host of a registry
    #[arg(long, value_name = "SOURCE")]
    source: Option<String>,
    /// How many at most, 1 to 200
    #[arg(long, default_value_t = 50)]
    limit: u32,
    /// Ask the registries anew, and let nothing run that they revoke
    #[arg(long)]
    refresh: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    Rule,
    Trigger,
    Provider,
}

impl Search {
    pub async fn run(self, config: &Config) -> Result<()> {
        let access = Access::open(config).await?;
        let found = self.search(&access, config.output).await;
        access.close().await?;
        let found = found?;
        let output = config.output;
        if output.json {
            output.value(&found);
            return Ok(());
        }
        let rows = rows(&found);
        let columns = [
            Column("PLUGIN", "/id"),
            Column("VERSION", "/version"),
            Column("KIND", "/kind"),
            Column("TITLE", "/title"),
            Column("PUBLISHER", "/publisher"),
            Column("FROM", "/source"),
            Column("INSTALLED", "/installed"),
        ];
        output.list(&rows, &columns, "Nothing found.");
        notes(&found, output);
        Ok(())
    }

    async fn search(&self, access: &Access, output: Output) -> Result<Value> {
        let working = output.working("Asking the registries");
        let found = async {
            if self.refresh {
                access.post("/v1/marketplace/refresh", &Value::Object(Default::default())).await?;
            }
            let kind = self.kind.and_then(|kind| kind.to_possible_value());
            let words = (!self.words.is_empty()).then(|| self.words.join(" "));
            let query = query(&[
                ("q", words),
                ("kind", kind.map(|kind| kind.get_name().to_owned())),
                ("source", self.source.clone()),
                ("limit", Some(self.limit.to_string())),
            ]);
            access.get(&format!("/v1/marketplace{query}")).await
        };
        let found = found.await;
        working.finish_and_clear();
        found
    }
}

/// As a table shows them: one text for what has several parts.
fn rows(found: &Value) -> Value {
    let mut rows = found.clone();
    for item in rows["items"].as_array_mut().into_iter().flatten() {
        let verified = if item["trust"] == "unverified" { " (unverified)" } else { "" };
        item["publisher"] = format!("{}{verified}", cell(&item["publisher"]["name"])).into();
        let installed = cell(&item["installed"]["version"]);
        let update = item["update"].as_str().map(|version| format!(" -> {version}"));
        item["installed"] = format!("{installed}{}", update.unwrap_or_default()).into();
    }
    rows
}

/// What somebody should know who reads the list.
pub fn notes(found: &Value, output: Output) {
    for registry in found["registries"].as_array().into_iter().flatten() {
        let host = cell(&registry["host"]);
        for (list, what) in [("index", "index"), ("revocations", "list of revocations")] {
            let state = &registry[list];
            if !state["problem"].is_null() {
                let since = match state["issued_at"].as_str() {
                    Some(at) => format!("; shown is the one of {at}"),
                    None => String::new(),
                };
                let (code, message) = (cell(&state["problem"]["code"]), cell(&state["problem"]["message"]));
                output.note(&format!("The {what} of {host} is not good: {message} [{code}]{since}"));
            }
            if state["old"] == true {
                let at = cell(&state["issued_at"]);
                output.note(&format!(
                    "The {what} of {host} was last signed at {at}: ask its operator whether it is the newest."
                ));
            }
        }
    }
    if let Some(hint) = found["hint"].as_str() {
        output.note(&format!("Note: {hint}"));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_row_says_who_is_not_verified_and_what_could_be_updated() {
        let found = json!({ "items": [
            { "publisher": { "name": "Acme" }, "trust": "unverified", "installed": { "version": "1.0.0" }, "update": "1.1.0" },
            { "publisher": { "name": "Bolt" }, "trust": "verified", "installed": null, "update": null },
        ] });
        let rows = rows(&found);
        assert_eq!(rows["items"][0]["publisher"], "Acme (unverified)");
        assert_eq!(rows["items"][0]["installed"], "1.0.0 -> 1.1.0");
        assert_eq!(rows["items"][1]["publisher"], "Bolt");
        assert_eq!(rows["items"][1]["installed"], "-");
    }
}
