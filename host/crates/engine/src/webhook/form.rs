use std::sync::Arc;

use rulewright_domain::Subscription;
use rulewright_ports::WebhookForm;

/// Every way of telling subscribers that this host knows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Forms(Vec<Arc<dyn WebhookForm>>);

impl Forms {
    pub fn new(forms: Vec<Arc<dyn WebhookForm>>) -> Forms {
        Forms(forms)
    }

    pub fn of(&self, subscription: &Subscription) -> Option<&Arc<dyn WebhookForm>> {
        self.named(&subscription.form)
    }

    pub fn all(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|form| form.name())
    }

    pub fn named(&self, name: &str) -> Option<&Arc<dyn WebhookForm>> {
        self.0.iter().find(|form| form.name() == name)
    }
}
