//! Recipes: looked at, put into the shop with one command, and taken out again.

use std::collections::BTreeSet;

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use crate::access::{Access, escaped};
use crate::config::Config;
use crate::error::{CliError, Exit, Result};
use crate::output::{Column, Output, cell};

#[derive(Subcommand, Debug)]
pub enum RecipeCommand {
    /// List automations that are ready to be installed
    List,
    /// Show a recipe: its parameters, its stages, and what it does on them
    Show { recipe: String },
    /// Put a recipe into the shop after showing what it adds
    Install(Install),
    /// Take a recipe out of the shop
    Remove(Remove),
}

#[derive(Args, Debug)]
pub struct Install {
    /// e.g. abandoned-payment
    recipe: String,
    /// The pipeline, where the shop has several
    #[arg(long)]
    pipeline: Option<String>,
    /// The stage that takes a role, e.g. unpaid=new; may be repeated
    #[arg(long, value_name = "ROLE=STAGE", value_parser = pair)]
    stage: Vec<(String, String)>,
    /// A parameter, e.g. first-hours=4; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    set: Vec<(String, String)>,
    /// Only into the draft: it runs once somebody publishes that
    #[arg(long)]
    draft: bool,
    /// Show what it would add, and end
    #[arg(long)]
    preview: bool,
    /// Agree without being asked, also to the hosts that it sends to
    #[arg(long, short)]
    yes: bool,
}

#[derive(Args, Debug)]
pub struct Remove {
    /// e.g. abandoned-payment
    recipe: String,
    /// The pipeline, where it is installed in several
    #[arg(long)]
    pipeline: Option<String>,
    /// End its runs that have not ended, instead of letting them finish
    #[arg(long)]
    cancel_runs: bool,
    /// Show what it would take out, and end
    #[arg(long)]
    preview: bool,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

fn pair(text: &str) -> std::result::Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), value.to_owned())),
        _ => Err("expected a name, `=` and a value".to_owned()),
    }
}

impl RecipeCommand {
    pub async fn run(self, config: Config) -> Result<()> {
        let access = Access::open(&config).await?;
        let done = self.with(&access, config.output).await;
        access.close().await.and(done)
    }

    async fn with(self, access: &Access, output: Output) -> Result<()> {
        match self {
            RecipeCommand::List => {
                let mut page = access.get("/v1/recipes").await?;
                if !output.json {
                    for recipe in page["items"].as_array_mut().into_iter().flatten() {
                        recipe["where"] = installed_in(recipe).into();
                    }
                }
                let columns =
                    [Column("RECIPE", "/id"), Column("TITLE", "/title"), Column("INSTALLED", "/where")];
                output.list(&page, &columns, "No recipes.");
                Ok(())
            }
            RecipeCommand::Show { recipe } => {
                let recipe = access.get(&path(&recipe)).await?;
                match output.json {
                    true => output.value(&recipe),
                    false => output.say(&told(&recipe)),
                }
                Ok(())
            }
            RecipeCommand::Install(install) => install.with(access, output).await,
            RecipeCommand::Remove(remove) => remove.with(access, output).await,
        }
    }
}

impl Install {
    async fn with(self, access: &Access, output: Output) -> Result<()> {
        let path = path(&self.recipe);
        let parameters = self.parameters(access).await?;
        let stages: Map<String, Value> =
            self.stage.iter().map(|(role, stage)| (role.clone(), stage.clone().into())).collect();
        let mut wish = json!({
            "pipeline": self.pipeline, "stages": stages, "parameters": parameters,
            "publish": !self.draft, "preview": true,
        });
        let first = access.post(&format!("{path}/install"), &wish).await?;
        let hosts: BTreeSet<String> = items(&first, "hosts").map(|host| cell(&host["host"])).collect();
        wish["allow_hosts"] = json!(hosts);
        let preview = match hosts.is_empty() {
            true => first,
            false => access.post(&format!("{path}/install"), &wish).await?,
        };
        if self.preview {
            match output.json {
                true => output.value(&preview),
                false => output.say(&change(&preview)),
            }
            return Ok(());
        }
        output.note(&change(&preview));
        let issues: Vec<String> = items(&preview, "issues").map(|issue| cell(&issue["message"])).collect();
        if !issues.is_empty() {
            return Err(CliError::refused("invalid", issues.join("; ")).hint(
                "choose other parameters with --set NAME=VALUE, or install the plugins that are missing",
            ));
        }
        if !self.yes && output.ask("Install it?") != Some(true) {
            let message = format!("recipe `{}` was not installed", self.recipe);
            return Err(CliError::new(Exit::Consent, "not-agreed", message)
                .hint("say yes, or use --yes where nobody can answer"));
        }
        wish["preview"] = false.into();
        let done = access.post(&format!("{path}/install"), &wish).await?;
        match output.json {
            true => output.value(&done),
            false => output.say(&installed(&done, self.draft)),
        }
        Ok(())
    }

    /// As the recipe's schema wants them: a number stays one, and text that looks like a number stays text.
    async fn parameters(&self, access: &Access) -> Result<Map<String, Value>> {
        if self.set.is_empty() {
            return Ok(Map::new());
        }
        let recipe = access.get(&path(&self.recipe)).await?;
        let read = |(name, text): &(String, String)| {
            let kind = recipe["parameters"]["properties"][name]["type"].as_str().unwrap_or("string");
            let value = match kind {
                "string" => None,
                _ => serde_json::from_str(text).ok(),
            };
            (name.clone(), value.unwrap_or_else(|| text.clone().into()))
        };
        Ok(self.set.iter().map(read).collect())
    }
}

impl Remove {
    async fn with(self, access: &Access, output: Output) -> Result<()> {
        let path = format!("{}/remove", path(&self.recipe));
        let pending = if self.cancel_runs { "cancel" } else { "finish" };
        let mut wish = json!({ "pipeline": self.pipeline, "pending": pending, "preview": true });
        let preview = access.post(&path, &wish).await?;
        if self.preview {
            match output.json {
                true => output.value(&preview),
                false => output.say(&change(&preview)),
            }
            return Ok(());
        }
        output.note(&change(&preview));
        if !self.yes && output.ask("Remove it?") != Some(true) {
            return Err(CliError::new(Exit::Consent, "not-agreed", "nothing was removed")
                .hint("say yes, or use --yes where nobody can answer"));
        }
        wish["preview"] = false.into();
        let done = access.post(&path, &wish).await?;
        match output.json {
            true => output.value(&done),
            false => output.say(&format!("{} is removed", self.recipe)),
        }
        Ok(())
    }
}

fn path(recipe: &str) -> String {
    format!("/v1/recipes/{}", escaped(recipe))
}

fn items<'a>(of: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    of[key].as_array().into_iter().flatten()
}

fn installed_in(recipe: &Value) -> String {
    let place = |one: &Value| {
        let draft = if one["published"] == true { "" } else { " (draft)" };
        format!("{}{draft}", cell(&one["pipeline"]))
    };
    let places: Vec<String> = items(recipe, "installed").map(place).collect();
    if places.is_empty() { "-".to_owned() } else { places.join(", ") }
}

/// A recipe as somebody reads it who thinks about installing it.
fn told(recipe: &Value) -> String {
    let mut lines = vec![
        format!("{}: {}", cell(&recipe["id"]), cell(&recipe["title"])),
        format!("  {}", cell(&recipe["description"])),
        format!("installed  {}", installed_in(recipe)),
        "stages, by role".to_owned(),
    ];
    for role in items(recipe, "stages") {
        let suggested: Vec<String> = items(role, "suggested").map(cell).collect();
        lines.push(format!("  {:10} {}", cell(&role["role"]), suggested.join(", ")));
        for (list, mark) in [("triggers", "moved here by"), ("rules", "then")] {
            for part in items(recipe, list).filter(|part| part["role"] == role["role"]) {
                lines.push(format!("    {mark} {} ({})", cell(&part["name"]), cell(&part["plugin"])));
            }
        }
    }
    let properties = recipe["parameters"]["properties"].as_object();
    if properties.is_some_and(|all| !all.is_empty()) {
        lines.push("parameters".to_owned());
    }
    let required: Vec<&str> = items(&recipe["parameters"], "required").filter_map(Value::as_str).collect();
    for (name, schema) in properties.into_iter().flatten() {
        let default = match required.contains(&name.as_str()) {
            true => "has to be set".to_owned(),
            false => cell(&schema["default"]),
        };
        lines.push(format!("  {name}: {} [{default}]", cell(&schema["title"])));
    }
    lines.extend(may(recipe));
    lines.join("\n")
}

fn may(of: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    for plugin in items(of, "may") {
        for sentence in items(plugin, "sentences") {
            lines.push(format!("  - {} ({})", cell(sentence), cell(&plugin["plugin"])));
        }
    }
    if !lines.is_empty() {
        lines.insert(0, "its plugins may".to_owned());
    }
    lines
}

/// What an installation or a removal does, as somebody reads it who is asked.
fn change(of: &Value) -> String {
    let created = |one: &Value| if *one == true { " (new)" } else { "" };
    let mut lines = vec![format!(
        "{} in pipeline {}{}",
        cell(&of["recipe"]),
        cell(&of["pipeline"]),
        created(&of["pipeline_created"])
    )];
    for stage in items(of, "stages") {
        let (role, id) = (cell(&stage["role"]), cell(&stage["stage"]));
        lines.push(format!("  {role:10} on stage {id}{}", created(&stage["created"])));
    }
    for (list, noun) in [("triggers", "trigger"), ("rules", "rule")] {
        for part in items(of, list) {
            let (name, stage) = (cell(&part["name"]), cell(&part["stage"]));
            lines.push(format!("  {:10} {noun} \"{name}\" on {stage}", fate(part)));
        }
    }
    for thing in items(of, "things") {
        lines.push(format!("  {:10} {} {}", fate(thing), cell(&thing["kind"]), cell(&thing["name"])));
    }
    if of["order_created"] == true {
        lines.push("  added      an order of its own".to_owned());
    }
    for host in items(of, "hosts") {
        let (plugin, host) = (cell(&host["plugin"]), cell(&host["host"]));
        lines.push(format!("  ! You let {plugin} send to `{host}`."));
    }
    if of["pending"].as_u64().is_some_and(|pending| pending > 0) {
        lines.push(format!("  {} runs of its rules have not ended", cell(&of["pending"])));
    }
    lines.extend(may(of));
    lines.join("\n")
}

fn fate(of: &Value) -> String {
    match of["fate"].as_str() {
        Some("kept") => "kept as is".to_owned(),
        _ => cell(&of["fate"]),
    }
}

fn installed(done: &Value, draft: bool) -> String {
    let (recipe, pipeline) = (cell(&done["recipe"]), cell(&done["pipeline"]));
    let kept = ["rules", "triggers", "things"].into_iter().flat_map(|list| items(done, list));
    let kept = kept.filter(|one| one["fate"] == "kept").count();
    let kept = match kept {
        0 => String::new(),
        count => format!("; {count} parts that were changed here stay as they are"),
    };
    match draft {
        true => format!("{recipe} is in the draft of {pipeline}; publish it there{kept}"),
        false => format!("{recipe} runs in {pipeline} as of revision {}{kept}", cell(&done["revision"])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_names_what_is_added_kept_and_allowed() {
        let text = change(&json!({
            "recipe": "courier", "pipeline": "orders", "pipeline_created": false, "pending": 2,
            "stages": [{ "role": "handover", "stage": "to-courier", "created": true }],
            "rules": [{ "name": "Book", "stage": "to-courier", "fate": "kept" }],
            "triggers": [], "things": [{ "kind": "list", "name": "sales", "fate": "added" }],
            "hosts": [{ "plugin": "a.b", "host": "api.example", "allowed": true }],
            "may": [{ "plugin": "a.b", "sentences": ["Send messages."] }],
        }));
        for part in [
            "handover   on stage to-courier (new)",
            "kept as is rule \"Book\"",
            "added      list sales",
            "send to `api.example`",
            "2 runs",
            "Send messages. (a.b)",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }

    #[test]
    fn a_pair_is_a_name_and_a_value_that_may_hold_anything() {
        assert_eq!(pair("text=a=b "), Ok(("text".to_owned(), "a=b ".to_owned())));
        assert!(pair("text").is_err() && pair("=x").is_err());
    }
}
