use rulewright_domain::{
    Application,
    application::{Pass, QueuedEvent},
};

use crate::storage::Record;

impl Record for Application {
    const KIND: &'static str = "application";

    fn id(&self) -> i64 {
        self.id.0
    }

    fn name(&self) -> Option<String> {
        Some(self.client_id.clone())
    }
}

impl Record for Pass {
    const KIND: &'static str = "application-pass";

    fn id(&self) -> i64 {
        self.id
    }

    fn owner(&self) -> Option<String> {
        Some(self.application.to_string())
    }

    fn name(&self) -> Option<String> {
        Some(self.hash.clone())
    }
}

impl Record for QueuedEvent {
    const KIND: &'static str = "queued-event";

    fn id(&self) -> i64 {
        self.id
    }

    fn owner(&self) -> Option<String> {
        Some(self.application.to_string())
    }

    /// What happens again while somebody works on it waits anew.
    fn name(&self) -> Option<String> {
        let waits = self.process.is_none() && !self.failed;
        waits.then(|| format!("{}/{}", self.subscription, self.key))
    }
}
