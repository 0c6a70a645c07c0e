use rulewright_domain::Dictionary;

use crate::storage::Record;

impl Record for Dictionary {
    const KIND: &'static str = "dictionary";

    fn id(&self) -> i64 {
        self.id
    }

    fn name(&self) -> Option<String> {
        Some(self.name.clone())
    }
}
