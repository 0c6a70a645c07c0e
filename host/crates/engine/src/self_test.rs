//! A component is tried in the sandbox before anything depends on it.

use std::sync::Arc;

use rulewright_domain::{Grant, Package, ShopId, Usage};
use rulewright_ports::{Answer, Failure, Invocation, Issue, StorageExt, Task};
use serde_json::{Value, json};

use crate::{Engine, Refusal, automation::check_schema, examine::Nowhere};

/// How a component took its first call.
#[derive(Clone, Debug, PartialEq)]
pub enum SelfTested {
    /// It looked at its settings. What it says about them is told and no failure: they name things that this shop
    /// may not have.
    Passed { usage: Usage, issues: Vec<Issue> },
    /// It has no example, and its settings cannot be empty, so there is nothing that it could be shown.
    NothingToShow,
}

impl Engine {
    /// Compiles and links, and keeps the code. Nothing in storage changes.
    pub async fn compile(&self, package: &Package, component: Arc<[u8]>) -> Result<(), Refusal> {
        Ok(self.inner.deps.executor.prepare(&package.digest, component).await?)
    }

    /// Starts the component with exactly this grant and lets it look at its example settings: a trap, a limit or a
    /// function that cannot be linked shows here, and not in the first order.
    pub async fn self_test(
        &self,
        shop: ShopId,
        package: &Package,
        grant: &Grant,
    ) -> Result<SelfTested, Refusal> {
        let manifest = &package.manifest;
        let Some(settings) = example(manifest.example.as_ref(), &manifest.settings) else {
            return Ok(SelfTested::NothingToShow);
        };
        let engine = self.clone();
        let config = self.storage().read(move |reads| engine.inner.configs.of(reads, shop)).await?;
        let invocation = Invocation {
            shop,
            plugin: manifest.id.clone(),
            digest: package.digest.clone(),
            grant: grant.clone(),
            limits: manifest.limits.clone(),
            seed: String::new(),
            now: self.clock().now(),
            locale: config.shop.locale.clone(),
            time_zone: config.shop.time_zone.clone(),
            hours: config.shop.hours.clone(),
            task: Task::Validate { settings: settings.to_string(), kind: manifest.kind },
        };
        let completion = self.inner.deps.executor.run(invocation, Arc::new(Nowhere)).await;
        match completion.result {
            Ok(Answer::Issues(issues)) => Ok(SelfTested::Passed { usage: completion.usage, issues }),
            Ok(_) => Ok(SelfTested::Passed { usage: completion.usage, issues: Vec::new() }),
            // Ours, and no fault of the component.
            Err(failure) if failure.code == "unavailable" => Err(failure.into()),
            Err(failure) => {
                let message = format!(
                    "it does not work: shown its example settings, it ended with `{}`: {}",
                    failure.code, failure.message
                );
                Err(Failure::new("self-test", message, false).into())
            }
        }
    }
}

/// What it is shown: its own example, or nothing at all where its schema takes that.
fn example(given: Option<&Value>, schema: &Value) -> Option<Value> {
    if let Some(example) = given {
        return Some(example.clone());
    }
    let mut found = Vec::new();
    check_schema(schema, &json!({}), "", &mut found);
    found.is_empty().then(|| json!({}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_component_is_shown_its_example_or_nothing_where_that_is_allowed() {
        let needs = json!({ "type": "object", "required": ["text"] });
        let shown = json!({ "text": "hi" });
        assert_eq!(example(Some(&shown), &needs), Some(shown));
        assert_eq!(example(None, &json!({ "type": "object" })), Some(json!({})));
        assert_eq!(example(None, &needs), None);
    }
}
