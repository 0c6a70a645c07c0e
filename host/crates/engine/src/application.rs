//! Applications: programs of others that are registered, installed by consent, and act for the shop's people until they
//! are uninstalled.
//!
//! **Invariants:** nothing is open to an application that nobody has agreed to, and what belongs to it goes with it.

mod authorize;
mod install;
mod manage;
mod queue;

use rulewright_domain::{Application, ApplicationId, application::Area, subscription::STANDARD};
use rulewright_ports::storage::Records;

use crate::{Refusal, change::Change};

pub use authorize::{Authorized, Person, Redeem};
pub use install::Consent;
pub use manage::{ApplicationChange, NewApplication, Registered};
pub use queue::{LONGEST_QUEUE, Take, Taken};

/// What this host has for applications.
#[derive(Clone, Debug)]
pub struct ApplicationOffer {
    pub areas: Vec<Area>,
    /// How they are told of events: the name of a [`rulewright_ports::WebhookForm`].
    pub form: String,
}

impl Default for ApplicationOffer {
    fn default() -> Self {
        ApplicationOffer { areas: Vec::new(), form: STANDARD.to_owned() }
    }
}

/// As people call it.
const SUBJECT: &str = "application";

impl Change<'_> {
    fn application(&mut self, id: ApplicationId) -> Result<Application, Refusal> {
        let found = self.tx.record::<Application>(self.shop, id.0)?;
        found.ok_or_else(|| Refusal::not_found(SUBJECT, id))
    }
}
