//! A past run once more, from what is stored of it.

use std::{collections::BTreeMap, sync::Arc};

use rulewright_domain::{
    ActivePlugin, Client, Event, Order, RuleSpec, Run, RunId, RunState, ShopConfig, ShopId, StepTrace, Wake,
    Woken,
    secret::{put_back, secrets_of},
};
use rulewright_ports::{
    Reads, StorageExt,
    storage::{EventQuery, Page},
};
use serde_json::{Value, json};

use crate::{
    Engine, Refusal,
    config::pinned_rule,
    invocation::Snapshot,
    mask::Mask,
    plugin::REVOKED,
    recording::{File, RecordedStep, Recording, Replayed, Shown, file_of},
    step::pinned_plugin,
};

struct Past {
    config: Arc<ShopConfig>,
    run: Run,
    rule: RuleSpec,
    plugin: Arc<ActivePlugin>,
    started_by: Arc<Event>,
    /// Of the run's order, from the first.
    events: Vec<Event>,
    journal: Vec<(u32, String, String)>,
    clients: Vec<Client>,
    /// Templates that its steps have read, by digest.
    files: BTreeMap<String, File>,
}

impl Past {
    /// What a step was told as its settings. The trace has no secrets: they are the rule's, with values inserted anew where
    /// one asks for that.
    fn told(&self, trace: &StepTrace, snapshot: &Snapshot) -> Value {
        let inserted = trace.settings.as_deref().and_then(|text| serde_json::from_str(text).ok());
        let Some(mut settings) = inserted else { return self.rule.settings.clone() };
        let anew = snapshot.settings(None).ok().and_then(|(anew, _)| anew);
        let secrets = anew.as_ref().unwrap_or(&self.rule.settings);
        put_back(&mut settings, &self.plugin.manifest.settings, secrets);
        settings
    }

    /// What the run's last step has put into its output: the rest are things that effects have created.
    fn handed_on(&self) -> Value {
        let effects = self.run.trace.iter().flat_map(|step| &step.effects);
        let created: Vec<&str> =
            effects.filter_map(|effect| effect.pointer("/command/label")?.as_str()).collect();
        let output = self.run.output.iter().filter(|(name, _)| !created.contains(&name.as_str()));
        json!({ "Output": output.collect::<BTreeMap<_, _>>() })
    }
}

impl Engine {
    /// Does every step of a run again that its trace still holds and that reached its plugin, with the same order,
    /// clock, random numbers and answers, in the bytes of the plugin that it had. What the plugin may do is what it
    /// may do today: a step that was allowed more then ends differently.
    pub async fn replay(&self, shop: ShopId, id: RunId) -> Result<Vec<Replayed>, Refusal> {
        let recording = self.recording(shop, id, false).await?;
        let config = self.storage().read(move |reads| Ok::<_, Refusal>(reads.config(shop)?)).await?;
        let revoked = config.and_then(|config| config.revoked.get(&recording.digest).cloned());
        if let Some(reason) = revoked {
            let message = format!("{REVOKED}: the component of the run must not run: {reason}");
            return Err(Refusal::Conflict { message });
        }
        Ok(recording.again(&*self.inner.deps.executor, None).await)
    }

    /// What a run was given, to do it again elsewhere. Masked, nobody in it can be recognised.
    pub async fn recording(&self, shop: ShopId, id: RunId, masked: bool) -> Result<Recording, Refusal> {
        let shown = if masked { Shown::NoPeople } else { Shown::All };
        self.recording_as(shop, id, shown).await
    }

    /// The same, as far as somebody may see it.
    pub async fn recording_as(&self, shop: ShopId, id: RunId, shown: Shown) -> Result<Recording, Refusal> {
        let engine = self.clone();
        let past = self.storage().read(move |reads| engine.read_past(reads, shop, id)).await?;
        if past.run.migrations.iter().any(|migration| migration.refused.is_none()) {
            let message = "the run went over to another version of its plugin, so it began with other bytes";
            return Err(Refusal::Conflict { message: message.to_owned() });
        }
        let (mut steps, mut told) = (Vec::new(), vec![past.rule.settings.clone()]);
        for trace in &past.run.trace {
            if trace.condition.as_ref().is_some_and(|condition| !condition.met) {
                continue;
            }
            if trace.step > 0 && steps.is_empty() {
                let message = "the beginning of the run is no longer in its trace".to_owned();
                return Err(Refusal::Conflict { message });
            }
            let snapshot = self.snapshot_of(&past, trace).await?;
            let settings = past.told(trace, &snapshot);
            let of_step = past.journal.iter().filter(|(step, ..)| *step == trace.step);
            let answer = |text: &String| serde_json::from_str(text).unwrap_or_default();
            steps.push(RecordedStep {
                invocation: snapshot.invocation(settings.to_string()),
                reads: trace.reads.clone(),
                answers: of_step.map(|(_, key, text)| (key.clone(), answer(text))).collect(),
                then: trace.effects.clone(),
                ended: trace.result.clone(),
                fuel: trace.usage.fuel,
            });
            told.push(settings);
        }
        let done = past.run.state == RunState::Done;
        let recording = Recording {
            format: Recording::FORMAT,
            masked: false,
            run: past.run.id,
            rule_name: past.run.rule_name.clone(),
            plugin: past.plugin.manifest.id.clone(),
            digest: past.run.digest.clone(),
            settings: past.rule.settings.clone(),
            clients: past.clients.clone(),
            steps,
            output: done.then(|| past.handed_on()),
            files: past.files,
        };
        let schema = &past.plugin.manifest.settings;
        let unwritten =
            || Refusal::Conflict { message: "what the run was given cannot be masked".to_owned() };
        match shown {
            Shown::All => return Ok(recording),
            Shown::NoSecrets => {
                let secrets = told.iter().flat_map(|settings| secrets_of(settings, schema)).collect();
                return recording.without(secrets, schema).ok_or_else(unwritten);
            }
            Shown::NoPeople => {}
        }
        let accounts = self.accounts(shop).await?;
        let mut mask = Mask::new(&past.config.shop.seed);
        told.iter().for_each(|settings| mask.knows_secrets(settings, schema));
        accounts.iter().for_each(|account| mask.knows_account(account));
        past.config.employees.values().for_each(|employee| mask.knows_employee(employee));
        recording.masked(&mut mask).ok_or_else(unwritten)
    }

    fn read_past(&self, reads: &mut dyn Reads, shop: ShopId, id: RunId) -> Result<Past, Refusal> {
        let run = reads.run(shop, id)?.ok_or_else(|| Refusal::not_found("run", id))?;
        let config = self.inner.configs.of(reads, shop)?;
        let rule = pinned_rule(&config, reads, &run)?.ok_or_else(|| Refusal::not_found("rule", &run.rule))?;
        let plugin = pinned_plugin(&config, reads, &rule.plugin, &run)?.ok_or_else(|| {
            match config.plugins.contains_key(&rule.plugin) {
                true => Refusal::not_found("package", &run.digest),
                false => Refusal::not_found("plugin", &rule.plugin),
            }
        })?;
        let started_by =
            reads.event(shop, run.event)?.ok_or_else(|| Refusal::not_found("event", run.event))?;
        let query = EventQuery { order: Some(run.order), kind: None };
        let mut events: Vec<Event> = Vec::new();
        loop {
            let after = events.last().map(|event| event.id.0);
            let page = reads.events(shop, &query, Page { after, limit: Page::MAX, newest_first: false })?;
            if page.is_empty() {
                break;
            }
            events.extend(page);
        }
        let journal = reads.journal(id)?;
        let mut files = BTreeMap::new();
        for digest in run.trace.iter().flat_map(|step| &step.reads).filter_map(file_of) {
            if let Some(bytes) = reads.template_file(shop, digest)? {
                files.insert(digest.to_owned(), File(bytes));
            }
        }
        let mut clients = Vec::new();
        if let Some(order) = reads.order(shop, run.order)? {
            for id in order.clients() {
                clients.extend(reads.client(shop, id)?);
            }
        }
        Ok(Past { config, run, rule, plugin, started_by, events, journal, clients, files })
    }

    async fn snapshot_of(&self, past: &Past, trace: &StepTrace) -> Result<Snapshot, Refusal> {
        let order = Order::at(trace.order_revision, &past.events)
            .ok_or_else(|| Refusal::not_found("revision of the order", trace.order_revision))?;
        let wake = match &trace.wake {
            Woken::Started => Wake::Started,
            Woken::Timer => Wake::Timer,
            Woken::TimedOut => Wake::TimedOut,
            Woken::Event { id, .. } => {
                let (shop, id) = (past.run.shop, *id);
                let event =
                    self.storage().read(move |reads| Ok::<_, Refusal>(reads.event(shop, id)?)).await?;
                Wake::Event { event: event.ok_or_else(|| Refusal::not_found("event", id))? }
            }
        };
        let run = Run {
            step: trace.step,
            attempt: trace.attempt,
            ready_at: trace.now,
            wake,
            // The step before leaves it again.
            saved: None,
            ..past.run.clone()
        };
        Ok(Snapshot {
            config: past.config.clone(),
            run,
            rule: past.rule.clone(),
            plugin: past.plugin.clone(),
            order: Arc::new(order),
            clients: past.clients.clone(),
            started_by: past.started_by.clone(),
            // Only settings look at it, and those come from the trace.
            last_run: None,
        })
    }
}
