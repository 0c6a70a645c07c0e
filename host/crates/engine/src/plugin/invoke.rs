//! The one door to the sandbox: what is revoked does not pass it.

use std::sync::Arc;

use rulewright_domain::ShopConfig;
use rulewright_ports::{Completion, Failure, Invocation, World, fault};

use crate::{Engine, step::failed};

/// Code of the failure, and how the reason of each run begins that ended because of it.
pub(crate) const REVOKED: &str = "revoked";

impl Engine {
    pub(crate) async fn invoke(
        &self,
        config: &ShopConfig,
        invocation: Invocation,
        world: Arc<dyn World>,
    ) -> Completion {
        match config.revoked.get(&invocation.digest) {
            Some(reason) => {
                let plugin = &invocation.plugin;
                let message =
                    format!("this version of `{plugin}` must not run: {reason}; install another one");
                failed(Failure::new(REVOKED, message, false))
            }
            None => {
                fault::point("guest.before");
                let completion = self.inner.deps.executor.run(invocation, world).await;
                fault::point("guest.after");
                completion
            }
        }
    }
}
