use rulewright_domain::DraftLog;

use crate::storage::Record;

impl Record for DraftLog {
    const KIND: &'static str = "draft-log";

    fn id(&self) -> i64 {
        self.id
    }

    fn name(&self) -> Option<String> {
        Some(self.pipeline.0.clone())
    }
}
