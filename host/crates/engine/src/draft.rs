//! Drafts are saved on what their editor has read, and everybody is told who saved what meanwhile.

use rulewright_domain::{Actor, DraftLog, DraftSave, Edit, PipelineId, ShopId};
use rulewright_ports::{
    Reads,
    storage::{PutRecords, Records, Sequence},
};

use crate::{
    Asked, Engine, Refusal, automation::Stages, change::Change, publish::not_in_plan, secret::keep_secrets,
};

/// Who writes into a draft, and which version they have read.
#[derive(Clone, Debug, Default)]
pub struct Editor {
    /// None: the host itself.
    pub by: Option<Actor>,
    /// None: whatever is there is overwritten.
    pub expected: Option<u64>,
}

/// The draft, as long as it is the version that its editor has read.
pub(crate) fn draft_of(
    reads: &mut dyn Reads,
    shop: ShopId,
    pipeline: &PipelineId,
    editor: &Editor,
) -> Result<(u64, Stages), Refusal> {
    let (version, stages) = reads.draft(shop, pipeline)?;
    match editor.expected.filter(|expected| *expected != version) {
        None => Ok((version, stages)),
        Some(expected) => {
            let log = reads.record_named::<DraftLog>(shop, &pipeline.0)?;
            Err(Refusal::Conflict { message: saved_since(log.as_ref(), expected, version) })
        }
    }
}

/// What somebody did not see.
fn saved_since(log: Option<&DraftLog>, expected: u64, version: u64) -> String {
    let at = format!("the draft is at version {version}, not at {expected}");
    let since: Vec<&DraftSave> = log.into_iter().flat_map(|log| log.since(expected)).collect();
    match since.as_slice() {
        [] => at,
        [one] => format!("{at}: {one}"),
        [.., last] => format!("{at}: {} saves since, the last {last}", since.len()),
    }
}

impl Change<'_> {
    /// The only way in which a draft is written.
    pub fn put_draft(
        &mut self,
        pipeline: &PipelineId,
        stages: &Stages,
        by: Option<Actor>,
    ) -> Result<u64, Refusal> {
        let (_, before) = self.tx.draft(self.shop, pipeline)?;
        let version = self.tx.put_draft(self.shop, pipeline, stages)?;
        let mut log = match self.tx.record_named::<DraftLog>(self.shop, &pipeline.0)? {
            Some(log) => log,
            None => {
                let id = self.tx.next(Sequence::Record)?;
                DraftLog { id, pipeline: pipeline.clone(), saves: Vec::new() }
            }
        };
        log.note(DraftSave { version, at: self.now, by, edits: Edit::between(&before, stages) });
        self.tx.put_record(self.shop, &log)?;
        Ok(version)
    }

    /// It goes with its pipeline: another one of this name counts its versions anew.
    pub fn forget_draft(&mut self, pipeline: &PipelineId) -> Result<(), Refusal> {
        if let Some(log) = self.tx.record_named::<DraftLog>(self.shop, &pipeline.0)? {
            self.tx.remove_record::<DraftLog>(self.shop, log.id)?;
        }
        Ok(())
    }

    fn edit_draft(
        &mut self,
        pipeline: &PipelineId,
        stages: &Stages,
        editor: &Editor,
    ) -> Result<u64, Refusal> {
        if !self.config.pipelines.contains_key(pipeline) {
            return Err(Refusal::not_found("pipeline", pipeline));
        }
        let (_, before) = draft_of(self.tx, self.shop, pipeline, editor)?;
        let published = self.config.automations.get(pipeline).map(|automation| &automation.stages);
        let kept: Vec<&Stages> = published.into_iter().chain([&before]).collect();
        let added = not_in_plan(&self.config, stages, &kept);
        if !added.is_empty() {
            return Err(Refusal::OutOfPlan(added));
        }
        // What is in the draft is newer than what is published.
        let newest: Vec<&Stages> = kept.iter().rev().copied().collect();
        let mut stages = stages.clone();
        keep_secrets(&self.config, &mut stages, &newest);
        self.put_draft(pipeline, &stages, editor.by.clone())
    }
}

impl Engine {
    /// Returns the new version of the draft. With `expected`, refuses when somebody else saved meanwhile. What is not
    /// part of the shop's plan cannot be added, and what is there of it may stay.
    pub async fn save_draft(
        &self,
        shop: ShopId,
        pipeline: &PipelineId,
        expected: Option<u64>,
        stages: Stages,
    ) -> Result<u64, Refusal> {
        self.save_draft_as(shop, pipeline, Editor { by: None, expected }, stages).await
    }

    /// The same, and tells the others who it was.
    pub async fn save_draft_as(
        &self,
        shop: ShopId,
        pipeline: &PipelineId,
        editor: Editor,
        stages: Stages,
    ) -> Result<u64, Refusal> {
        let pipeline = pipeline.clone();
        self.change(shop, move |change| change.edit_draft(&pipeline, &stages, &editor)).await
    }

    /// Copies a published revision into the draft, and returns the draft's version. Nothing runs because of it: with
    /// `expected`, refuses when somebody else saved meanwhile.
    pub async fn restore_revision(
        &self,
        asked: impl Into<Asked>,
        pipeline: &PipelineId,
        revision: u64,
        editor: Editor,
    ) -> Result<u64, Refusal> {
        let (Asked { shop, key }, pipeline) = (asked.into(), pipeline.clone());
        let restored = self.change(shop, move |change| {
            change.once(key.as_ref(), |change| {
                let past = change.tx.revision(shop, &pipeline, revision)?;
                let past = past.ok_or_else(|| Refusal::not_found("revision", revision))?;
                change.edit_draft(&pipeline, &past.stages, &editor)
            })
        });
        Ok(restored.await?.answer)
    }
}

#[cfg(test)]
mod tests {
    use rulewright_domain::Timestamp;

    use super::*;

    #[test]
    fn a_conflict_says_who_saved_what() {
        let save = |version, name: &str| DraftSave {
            version,
            at: Timestamp(0),
            by: Some(Actor::Token { name: name.to_owned() }),
            edits: Vec::new(),
        };
        let log = DraftLog {
            id: 1,
            pipeline: "sales".into(),
            saves: vec![save(3, "Ada"), save(4, "Grace"), save(5, "Ada")],
        };
        let told = |expected| saved_since(Some(&log), expected, 5);
        assert!(told(4).contains("at version 5, not at 4: version 5 by Ada at 1970"), "{}", told(4));
        assert!(told(3).contains("2 saves since, the last version 5 by Ada"), "{}", told(3));
        assert_eq!(told(9), "the draft is at version 5, not at 9");
        assert_eq!(saved_since(None, 1, 5), "the draft is at version 5, not at 1");
    }
}
