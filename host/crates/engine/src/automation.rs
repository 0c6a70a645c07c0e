//! Drafts and published revisions: half-finished editing never runs, and a published revision never changes.

use std::{collections::BTreeMap, sync::Arc};

use rulewright_domain::{
    OrderKind, PipelineId, RuleSpec, ShopConfig, ShopId, StageAutomation, StageId,
    automation::{MOST_RULES, MOST_TRIGGERS, issues},
    plugin::{PluginId, PluginKind},
    secret::{HIDDEN, secrets_of},
    template,
};
use rulewright_ports::{Answer, Invocation, Issue, StorageExt, Task};
use serde_json::Value;

use crate::{
    Engine, Refusal, application_rule, blank::blank, examine::Nowhere, publish::not_in_plan, references,
    secret::keep_secrets, view,
};

pub(crate) type Stages = BTreeMap<StageId, StageAutomation>;

impl Engine {
    /// Everything that keeps the stages from being published, for the person who drew them.
    pub async fn check_automation(
        &self,
        shop: ShopId,
        pipeline: &PipelineId,
        stages: &Stages,
    ) -> Result<Vec<Issue>, Refusal> {
        let (engine, wanted) = (self.clone(), pipeline.clone());
        let (config, draft) = self
            .storage()
            .read(move |reads| {
                let config = engine.inner.configs.of(reads, shop)?;
                Ok::<_, Refusal>((config, reads.draft(shop, &wanted)?.1))
            })
            .await?;
        let published = config.automations.get(pipeline).map(|automation| &automation.stages);
        let before: Vec<&Stages> = [&draft].into_iter().chain(published).collect();
        let mut stages = stages.clone();
        keep_secrets(&config, &mut stages, &before);
        self.check_stages(&config, pipeline, &stages).await
    }

    /// The same for stages of somebody who may not read secrets: what the marks stand for is neither put back, where it could
    /// be asked out, nor looked at.
    pub async fn check_shown_automation(
        &self,
        shop: ShopId,
        pipeline: &PipelineId,
        stages: &Stages,
    ) -> Result<Vec<Issue>, Refusal> {
        let config = self.config(shop).await?;
        let mut found = self.check_stages(&config, pipeline, stages).await?;
        let shown = serde_json::to_value(stages).unwrap_or_default();
        let is_mark = |path: &str| shown.pointer(path).is_some_and(|value| *value == HIDDEN);
        found.retain(|issue| issue.code != "secret" && !is_mark(&issue.path));
        Ok(found)
    }

    /// The same with a configuration that need not be the shop's yet.
    pub(crate) async fn check_stages(
        &self,
        config: &Arc<ShopConfig>,
        pipeline: &PipelineId,
        stages: &Stages,
    ) -> Result<Vec<Issue>, Refusal> {
        let known = config.pipelines.get(pipeline).ok_or_else(|| Refusal::not_found("pipeline", pipeline))?;
        let mut found: Vec<Issue> = issues(stages, known)
            .into_iter()
            .map(|(path, message)| issue(path, "automation", message))
            .collect();
        if !config.automates(known.kind) {
            let message = "the shop works with deals only, so orders of this kind have no automation: switch \
                           `automate_orders` on to publish it";
            found.push(issue(String::new(), "orders-not-automated", message.to_owned()));
        }
        let many = too_many(stages);
        if !many.is_empty() {
            // Each is shown to its plugin below: not as many as there are.
            found.extend(many);
            return Ok(found);
        }
        let published = config.automations.get(pipeline).map(|automation| &automation.stages);
        found.extend(not_in_plan(config, stages, &published.into_iter().collect::<Vec<_>>()));
        for (id, stage) in stages {
            for (index, trigger) in stage.triggers.iter().enumerate() {
                let at = format!("/{id}/triggers/{index}");
                let part =
                    Part { plugin: &trigger.plugin, settings: &trigger.settings, kind: PluginKind::Trigger };
                self.check_part(config, &at, part, &mut found).await;
                check_fields(trigger.condition.as_ref(), &at, &mut found);
            }
            self.check_rules(config, known.kind, &format!("/{id}/rules"), &stage.rules, &mut found).await;
        }
        Ok(found)
    }

    pub(crate) async fn check_rules(
        &self,
        config: &Arc<ShopConfig>,
        kind: OrderKind,
        at: &str,
        rules: &[RuleSpec],
        found: &mut Vec<Issue>,
    ) {
        for (index, rule) in rules.iter().enumerate() {
            let at = format!("{at}/{index}");
            let part = Part { plugin: &rule.plugin, settings: &rule.settings, kind: PluginKind::Rule };
            self.check_part(config, &at, part, found).await;
            if let Some(plugin) = config.plugins.get(&rule.plugin) {
                let schema = &plugin.manifest.settings;
                found.extend(application_rule::issues(config, kind, schema, &rule.settings, &at));
            }
            check_fields(rule.condition.as_ref(), &at, found);
        }
    }

    /// What is found names no secret: more people read it than may read the settings.
    pub(crate) async fn check_part(
        &self,
        config: &Arc<ShopConfig>,
        at: &str,
        part: Part<'_>,
        found: &mut Vec<Issue>,
    ) {
        let before = found.len();
        self.look_at_part(config, at, &part, found).await;
        if let Some(plugin) = config.plugins.get(part.plugin) {
            let mut secrets = secrets_of(part.settings, &plugin.manifest.settings);
            secrets.retain(|secret| secret != HIDDEN);
            for issue in found.iter_mut().skip(before) {
                issue.message = blank(&issue.message, &secrets);
            }
        }
    }

    async fn look_at_part(
        &self,
        config: &Arc<ShopConfig>,
        at: &str,
        part: &Part<'_>,
        found: &mut Vec<Issue>,
    ) {
        let at_plugin = format!("{at}/plugin");
        let Some(plugin) = config.plugins.get(part.plugin) else {
            found.push(issue(at_plugin, "no-such-plugin", format!("`{}` is not installed", part.plugin)));
            return;
        };
        if plugin.manifest.kind != part.kind {
            let message = format!("`{}` does not belong here: it is another kind of plugin", part.plugin);
            found.push(issue(at_plugin, "wrong-kind", message));
            return;
        }
        let before = found.len();
        check_schema(&plugin.manifest.settings, part.settings, &format!("{at}/settings"), found);
        if secrets_of(part.settings, &plugin.manifest.settings).iter().any(|secret| secret == HIDDEN) {
            let message = format!("`{HIDDEN}` stands for a secret that is not here: write it");
            found.push(issue(format!("{at}/settings"), "secret", message));
        }
        check_templates(&plugin.manifest.settings, part.settings, at, found);
        let names = references::unknown(config, &plugin.manifest.settings, part.settings);
        found.extend(names.into_iter().map(|(code, message)| issue(format!("{at}/settings"), code, message)));
        let fields = references::list_fields(config, &plugin.manifest.settings, part.settings);
        found.extend(
            fields
                .into_iter()
                .map(|(path, code, message)| issue(format!("{at}/settings{path}"), code, message)),
        );
        let hosts = references::ungranted(&plugin.grant, &plugin.manifest.settings, part.settings);
        found.extend(
            hosts.into_iter().map(|message| issue(format!("{at}/settings"), "host-not-granted", message)),
        );
        if found.len() > before {
            // What is not even of the right shape is not shown to the plugin.
            return;
        }
        let invocation = Invocation {
            shop: config.shop.id,
            plugin: part.plugin.clone(),
            digest: plugin.digest.clone(),
            grant: plugin.grant.clone(),
            limits: plugin.manifest.limits.clone(),
            seed: String::new(),
            now: self.clock().now(),
            locale: config.shop.locale.clone(),
            time_zone: config.shop.time_zone.clone(),
            hours: config.shop.hours.clone(),
            task: Task::Validate { settings: part.settings.to_string(), kind: part.kind },
        };
        match self.invoke(config, invocation, Arc::new(Nowhere)).await.result {
            Ok(Answer::Issues(issues)) => found.extend(
                issues
                    .into_iter()
                    .map(|found| Issue { path: format!("{at}/settings{}", found.path), ..found }),
            ),
            Ok(_) => {}
            Err(failure) => found.push(issue(format!("{at}/settings"), &failure.code, failure.message)),
        }
    }
}

/// Where more stand than one event may set in motion.
fn too_many(stages: &Stages) -> Vec<Issue> {
    let rules = stages.iter().filter_map(|(id, stage)| too_many_rules(format!("/{id}/rules"), &stage.rules));
    let mut found: Vec<Issue> = rules.collect();
    let triggers: usize = stages.values().map(|stage| stage.triggers.len()).sum();
    if triggers > MOST_TRIGGERS {
        let message = format!("a pipeline has at most {MOST_TRIGGERS} triggers, and these are {triggers}");
        found.push(issue(String::new(), "too-many", message));
    }
    found
}

pub(crate) fn too_many_rules(at: String, rules: &[RuleSpec]) -> Option<Issue> {
    let message = format!("at most {MOST_RULES} rules start together, and these are {}", rules.len());
    (rules.len() > MOST_RULES).then(|| issue(at, "too-many", message))
}

pub(crate) struct Part<'a> {
    pub plugin: &'a PluginId,
    pub settings: &'a Value,
    pub kind: PluginKind,
}

pub(crate) fn issue(path: String, code: &str, message: String) -> Issue {
    Issue { path, code: code.to_owned(), message }
}

/// Says what is wrong with a value, and not the value: it may be a secret.
pub(crate) fn check_schema(schema: &Value, settings: &Value, at: &str, found: &mut Vec<Issue>) {
    // As where the plugin was installed: no pattern of a stranger's takes longer than in proportion to the text.
    let patterns = jsonschema::PatternOptions::regex();
    match jsonschema::options().with_pattern_options(patterns).build(schema) {
        Ok(validator) => {
            for error in validator.iter_errors(settings) {
                let path = format!("{at}{}", error.instance_path());
                found.push(issue(path, "schema", error.masked_with("the value").to_string()));
            }
        }
        Err(error) => {
            let message = format!("the schema itself cannot be used: {error}");
            found.push(issue(at.to_owned(), "schema", message));
        }
    }
}

fn check_templates(schema: &Value, settings: &Value, at: &str, found: &mut Vec<Issue>) {
    let at = format!("{at}/settings");
    match template::inserted(schema, settings) {
        Ok(fields) => {
            let unknown =
                fields.iter().filter_map(|(place, field)| Some((place, view::unknown_field(field)?)));
            found.extend(
                unknown.map(|(place, message)| issue(format!("{at}{place}"), "no-such-field", message)),
            );
        }
        Err(error) => found.push(issue(at, "template", error.to_string())),
    }
}

fn check_fields(condition: Option<&rulewright_domain::Condition>, at: &str, found: &mut Vec<Issue>) {
    for field in condition.into_iter().flat_map(|condition| condition.fields()) {
        if let Some(message) = view::unknown_field(field) {
            found.push(issue(format!("{at}/condition"), "no-such-field", message));
        }
    }
}
