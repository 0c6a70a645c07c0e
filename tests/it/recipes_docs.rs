//! `docs/recipes.md` is written from the files of the pack:
//! `RULEWRIGHT_BLESS=1 cargo test --workspace --test it -- recipes_docs` writes it again.

use std::fmt::Write as _;

use rulewright_domain::Recipe;
use serde_json::Value;

use crate::{catalogue::golden, recipes::ids, recipes_case::recipe};

const HEAD: &str = "# Recipes

Automations that are ready made. Each is one file in `host/recipes`, and this page is written from them; a test keeps it in
step.

```sh
rulewright recipe list
rulewright recipe show abandoned-payment
rulewright recipe install abandoned-payment --set first-hours=4
rulewright recipe remove abandoned-payment
```

`install` shows what it adds and asks; `--preview` ends there, `--yes` agrees, `--draft` leaves publishing to you. Stages are
found by id or name; where none fits, one is made. `--stage role=stage` names another. The same through the API:
`POST /v1/recipes/{id}/install` and `/remove` in [the REST interface](rest-api.md#recipes).

- **All or nothing.** A recipe is checked as every automation is, and what is wrong is told before anything is there.
- **The same however often.** Installing again changes only what differs, and takes parameters that are not named from the
  last time.
- **What you change is yours.** A rule that somebody has edited or taken out since stays so, and is named as kept.
- **Only its own.** What runs gets the recipe and nothing else that is still in the draft.
- **Away again.** Its rules and triggers go, and what nobody else uses of its segments, schedules and empty lists. Lists with
  items, templates, numerators, stages and granted hosts stay.

## A file

`id`, `version`, `title` and `description` by language; `stages` by role, in the order in which an order passes them, each
with its `kind`, the ids or names that are `suggested`, and a `name` for a new one (`only-place`: it only tells where those
beside it belong); `parameters` as a JSON Schema with defaults; `brings` with `numerators`, `templates`, `lists`, `segments`
and `schedules`; `automation` by role, with the triggers and rules of a stage; and, for what is about no client's order, a
`pipeline` and an `order` of its own. `${name}` stands for a parameter, `${stage.role}` for a stage, `${hours * 3600}` for a
number in another unit; a text that is nothing else becomes the value itself. On a stage, an id has the recipe's in front:
`abandoned-payment_first`.
";

#[test]
fn recipes_docs_are_in_step_with_the_pack() {
    let mut text = HEAD.to_owned();
    for id in ids() {
        text.push_str(&section(&recipe(id)));
    }
    golden("docs/recipes.md", &text);
}

fn section(recipe: &Recipe) -> String {
    let mut text = format!("\n## {}\n\n`{}` · {}\n", recipe.title["en"], recipe.id, recipe.description["en"]);
    text.push_str("\n| role | stage | moved there by | rules |\n|---|---|---|---|\n");
    for role in &recipe.stages {
        let suggested: Vec<String> = role.suggested.iter().map(|name| format!("`{name}`")).collect();
        let names = |list: &str| {
            let parts = recipe.automation.get(&role.role).and_then(|on| on[list].as_array());
            let lines = parts.into_iter().flatten().map(line).collect::<Vec<_>>();
            if lines.is_empty() { "-".to_owned() } else { lines.join("<br>") }
        };
        let place = if role.only_place { " (only tells the place)" } else { "" };
        writeln!(
            text,
            "| `{}`{place} | {} | {} | {} |",
            role.role,
            suggested.join(", "),
            names("triggers"),
            names("rules"),
        )
        .unwrap();
    }
    if let Some(brings) = recipe.brings.as_object() {
        let named = |(kind, things): (&String, &Value)| {
            let names = things.as_array().into_iter().flatten().filter_map(|one| one["name"].as_str());
            format!("{kind} {}", names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "))
        };
        let all: Vec<String> = brings.iter().map(named).collect();
        write!(text, "\nBrings {}.\n", all.join("; ")).unwrap();
    }
    let required: Vec<&str> =
        recipe.parameters["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let parameters = recipe.parameters["properties"].as_object();
    if parameters.is_some_and(|all| !all.is_empty()) {
        text.push_str("\n| parameter | what it is | if it is left out |\n|---|---|---|\n");
    }
    for (name, schema) in parameters.into_iter().flatten() {
        let default = match required.contains(&name.as_str()) {
            true => "has to be set".to_owned(),
            false => match &schema["default"] {
                Value::String(text) => text.replace('\n', "<br>").replace('|', "\\|"),
                value => value.to_string(),
            },
        };
        let title = schema["title"].as_str().unwrap_or_default();
        writeln!(text, "| `{name}` | {title} | {default} |").unwrap();
    }
    text
}

/// A part's name, the page of its plugin, and when it acts.
fn line(part: &Value) -> String {
    let plugin = part["plugin"].as_str().unwrap_or_default().trim_start_matches("rulewright.");
    let when = match (part["when"]["run"].as_str(), part["after-previous"] == true) {
        (_, true) => ", after the one above",
        (Some("after"), _) if part["when"]["seconds"] == 1 => ", in working hours",
        (Some("after"), _) => ", later",
        (Some("immediately"), _) => ", when the responsible is at work",
        _ => "",
    };
    format!("[{}](plugins/{plugin}.md){when}", part["name"].as_str().unwrap_or_default())
}
