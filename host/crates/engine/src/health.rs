//! Notes about the health of a shop: reads the signs, `domain::health` makes the notes, and remembers what is muted.

use std::collections::BTreeMap;

use rulewright_domain::{
    Message, ShopConfig, ShopId, Timestamp,
    health::{
        ChannelSigns, DEAD_WITHIN, DeadSigns, HealthNote, MailboxSigns, Mute, PausedSigns, PluginSigns,
        Signs, USUAL, Watched, is_note, notes,
    },
    plugin::PluginId,
    statistics::Counts,
};
use rulewright_ports::{
    Reads, StorageExt,
    storage::{MessageQuery, Page, PutRecords, Record, Records, Sequence, build},
};
use serde::{Deserialize, Serialize};

use crate::{Asked, Engine, PluginPause, Refusal, change::Change, statistics::builds};

/// A note, and whether somebody wants to hear no more of it for a time.
#[derive(Clone, Debug, PartialEq)]
pub struct Noted {
    pub note: HealthNote,
    pub muted: Option<Mute>,
}

#[derive(Serialize, Deserialize)]
struct MuteOf {
    id: i64,
    note: String,
    mute: Mute,
}

impl Record for MuteOf {
    const KIND: &'static str = "health-mute";

    fn id(&self) -> i64 {
        self.id
    }

    fn name(&self) -> Option<String> {
        Some(self.note.clone())
    }
}

impl Engine {
    /// Everything noticed now, what is muted included. Looks at every run of four weeks, but reads none of them whole.
    pub async fn health_notes(&self, shop: ShopId) -> Result<Vec<Noted>, Refusal> {
        let (engine, now) = (self.clone(), self.clock().now());
        self.storage()
            .read(move |reads| {
                let config = engine.inner.configs.of(reads, shop)?;
                let found = notes(&signs(reads, &config, now)?);
                let muted: Vec<MuteOf> = match found.is_empty() {
                    true => Vec::new(),
                    false => reads.all_records(shop, None)?,
                };
                let noted = |note: HealthNote| {
                    let mute = muted.iter().find(|one| one.note == note.id && one.mute.until > now);
                    Noted { muted: mute.map(|one| one.mute.clone()), note }
                };
                Ok(found.into_iter().map(noted).collect())
            })
            .await
    }

    /// Somebody has seen it. A time that has passed ends that. It may be muted before it is there: a shop that closes for
    /// a fortnight knows that nothing will run.
    pub async fn mute_health_note(
        &self,
        asked: impl Into<Asked>,
        note: String,
        until: Timestamp,
        by: String,
    ) -> Result<(), Refusal> {
        let Asked { shop, key } = asked.into();
        if !is_note(&note) {
            return Err(Refusal::not_found("health note", note));
        }
        let muted = self.change(shop, move |change| {
            let (note, by) = (note.clone(), by.clone());
            change.once(key.as_ref(), |change| change.mute(note, until, by))
        });
        muted.await.map(|once| once.answer)
    }
}

impl Change<'_> {
    fn mute(&mut self, note: String, until: Timestamp, by: String) -> Result<(), Refusal> {
        let before = self.tx.record_named::<MuteOf>(self.shop, &note)?;
        if until <= self.now {
            if let Some(before) = before {
                self.tx.remove_record::<MuteOf>(self.shop, before.id)?;
            }
            return Ok(());
        }
        if until > self.now.plus(Mute::LONGEST) {
            return Err(Refusal::invalid("/until", "too-far", "a note can be muted for a year at most"));
        }
        let id = match before {
            Some(before) => before.id,
            None => self.tx.next(Sequence::Record)?,
        };
        let mute = Mute { until, by, at: self.now };
        Ok(self.tx.put_record(self.shop, &MuteOf { id, note, mute })?)
    }
}

fn signs(reads: &mut dyn Reads, config: &ShopConfig, now: Timestamp) -> Result<Signs, Refusal> {
    let shop = config.shop.id;
    let mut runs = Watched::default();
    // Of a shop that has fallen silent, what was usual before that.
    if let Some(last) = reads.last_ended(shop)? {
        let from = last.min(now).plus(-USUAL);
        reads.each_ended_run(shop, from, last.plus(1), &mut |row| runs.add(&row.run, row.build, now))?;
    }
    let stages = config.automations.values().flat_map(|automation| automation.stages.values());
    let mut rules = stages.flat_map(|stage| &stage.rules);
    Ok(Signs {
        now,
        has_rules: rules.any(|rule| rule.active && config.in_plan(&rule.plugin)),
        plugins: plugins(reads, config, &runs)?,
        channels: channels(reads, shop, now)?,
        dead: dead(reads, shop, now)?,
        mailboxes: mailboxes(reads, config)?,
        paused: paused(reads, shop)?,
        runs,
    })
}

/// Of those that the shop has now; with others, nothing is to be done.
fn plugins(reads: &mut dyn Reads, config: &ShopConfig, runs: &Watched) -> Result<Vec<PluginSigns>, Refusal> {
    let builds = builds(reads)?;
    let mut all: BTreeMap<PluginId, PluginSigns> = BTreeMap::new();
    for (digest, (recent, before)) in &runs.builds {
        let Some((plugin, version)) = builds.get(digest) else { continue };
        let Some(active) = config.plugins.get(plugin) else { continue };
        let signs = all.entry(plugin.clone()).or_insert_with(|| PluginSigns {
            plugin: plugin.clone(),
            version: active.manifest.version.clone(),
            ..PluginSigns::default()
        });
        // The same version built anew is no other one to whoever reads of it.
        if *version == active.manifest.version || build(&active.digest) == digest {
            signs.recent += *recent;
            signs.before += *before;
        } else {
            signs.earlier_versions += *recent;
            signs.earlier_versions += *before;
        }
    }
    for installed in reads.installations(config.shop.id)? {
        if let Some(signs) = all.get_mut(&installed.plugin) {
            signs.since = Timestamp(installed.installed_at);
        }
    }
    all.retain(|_, signs| signs.recent != Counts::default() || signs.before != Counts::default());
    Ok(all.into_values().collect())
}

/// Those of webhooks are told of where the subscription is, and turn it off in the end.
fn channels(reads: &mut dyn Reads, shop: ShopId, now: Timestamp) -> Result<Vec<ChannelSigns>, Refusal> {
    let mut all: BTreeMap<String, ChannelSigns> = BTreeMap::new();
    for state in ["pending", "sending"] {
        for message in messages(reads, shop, state, false)? {
            // One that is meant for later waits for nothing but its time.
            let due = message.next_at <= now || message.attempt > 0;
            if !due || message.subscription().is_some() {
                continue;
            }
            let channel = message.draft.channel.clone();
            let signs = all.entry(channel.clone()).or_insert_with(|| ChannelSigns {
                channel,
                waiting: 0,
                oldest: message.created,
                error: None,
            });
            signs.waiting += 1;
            signs.oldest = signs.oldest.min(message.created);
            signs.error = message.error.or(signs.error.take());
        }
    }
    Ok(all.into_values().collect())
}

fn dead(reads: &mut dyn Reads, shop: ShopId, now: Timestamp) -> Result<Vec<DeadSigns>, Refusal> {
    let mut all: BTreeMap<(String, Option<String>), DeadSigns> = BTreeMap::new();
    for message in messages(reads, shop, "dead", true)? {
        let Some(settled) = message.settled.filter(|at| *at > now.plus(-DEAD_WITHIN)) else { continue };
        if message.subscription().is_some() {
            continue;
        }
        let (channel, provider) = (message.draft.channel, message.provider);
        let signs = all.entry((channel.clone(), provider.clone())).or_insert_with(|| DeadSigns {
            channel,
            provider,
            count: 0,
            first: settled,
            // The newest comes first.
            error: message.error,
        });
        signs.count += 1;
        signs.first = signs.first.min(settled);
    }
    Ok(all.into_values().collect())
}

/// One page: more say nothing else.
fn messages(
    reads: &mut dyn Reads,
    shop: ShopId,
    state: &str,
    newest_first: bool,
) -> Result<Vec<Message>, Refusal> {
    let query = MessageQuery { state: Some(state.to_owned()), ..MessageQuery::default() };
    Ok(reads.messages(shop, &query, Page { after: None, limit: Page::MAX, newest_first })?)
}

fn mailboxes(reads: &mut dyn Reads, config: &ShopConfig) -> Result<Vec<MailboxSigns>, Refusal> {
    let mut all = Vec::new();
    // What cannot be looked into any more because nobody wants to is no trouble.
    for mailbox in config.mailboxes.values().filter(|mailbox| mailbox.imap.is_some()) {
        if let Some(trouble) = reads.mailbox_state(config.shop.id, &mailbox.id)?.trouble {
            all.push(MailboxSigns { id: mailbox.id.clone(), address: mailbox.address.clone(), trouble });
        }
    }
    Ok(all)
}

fn paused(reads: &mut dyn Reads, shop: ShopId) -> Result<Vec<PausedSigns>, Refusal> {
    let all = reads.all_records::<PluginPause>(shop, None)?.into_iter();
    Ok(all.map(|one| PausedSigns { plugin: one.plugin, since: one.at, error: one.error }).collect())
}
