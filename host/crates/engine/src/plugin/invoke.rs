//! The one door to the sandbox: what is revoked does not pass it.

use std::sync::Arc;

use futures::{StreamExt, stream::BoxStream};
use rulewright_domain::ShopConfig;
use rulewright_ports::{Completion, Failure, Invocation, World, fault};

use crate::{Engine, attempt::failed};

/// Code of the failure, and how the reason of each run begins that ended because of it.
pub(crate) const REVOKED: &str = "revoked";

/// What may pass.
pub(crate) struct Admitted(Invocation);

/// The error is why the step fails instead.
pub(crate) fn admit(config: &ShopConfig, invocation: Invocation) -> Result<Admitted, Failure> {
    match config.revoked.get(&invocation.digest) {
        Some(reason) => {
            let plugin = &invocation.plugin;
            let message = format!("this version of `{plugin}` must not run: {reason}; install another one");
            Err(Failure::new(REVOKED, message, false))
        }
        None => Ok(Admitted(invocation)),
    }
}

impl Engine {
    pub(crate) async fn invoke(
        &self,
        config: &ShopConfig,
        invocation: Invocation,
        world: Arc<dyn World>,
    ) -> Completion {
        match admit(config, invocation) {
            Ok(admitted) => self.run(admitted, world).await,
            Err(failure) => failed(failure),
        }
    }

    pub(crate) async fn run(&self, Admitted(invocation): Admitted, world: Arc<dyn World>) -> Completion {
        fault::point("guest.before");
        let completion = self.inner.deps.executor.run(invocation, world).await;
        fault::point("guest.after");
        completion
    }

    /// One after the other, in their order.
    pub(crate) fn run_each(&self, admitted: Vec<(Admitted, Arc<dyn World>)>) -> BoxStream<'_, Completion> {
        let steps = admitted.into_iter().map(|(Admitted(invocation), world)| (invocation, world)).collect();
        fault::point("guest.before");
        let ended = |completion| {
            fault::point("guest.after");
            completion
        };
        self.inner.deps.executor.run_each(steps).map(ended).boxed()
    }
}
