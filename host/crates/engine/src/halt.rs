//! What the operator has halted. Asked of the storage each time, so that it holds from the commit on and after a restart.

use rulewright_domain::{Flow, Halt, ShopId, audit::Deed, plugin::HttpTarget};
use rulewright_ports::{Failure, HttpError, HttpRequest, HttpResponse, Reads, StorageExt};

use crate::{
    Engine, Refusal, audit,
    change::{Aftermath, Change},
    check,
};

/// Code of the refusal of what comes in while intake is halted.
pub const INTAKE_HALTED: &str = "intake-halted";

/// Characters of a reason.
const REASON: usize = 500;

impl Engine {
    /// On the whole server, from the commit on; what is under way at this moment comes to its end. Once more replaces the
    /// reason.
    pub async fn halt(&self, flow: Flow, reason: &str) -> Result<(), Refusal> {
        let reason = reason.trim().to_owned();
        check::line("/reason", &reason, REASON)?;
        self.change_shops(move |engine, tx, now| {
            let since = tx.halt(flow)?.map_or(now, |before| before.since);
            let by = engine.who.name().to_owned();
            tx.put_halt(&Halt { flow, reason: reason.clone(), since, by })?;
            for shop in tx.shops()? {
                let deed = Deed::new("flow.halted", flow.name()).with("reason", reason.clone());
                audit::append(tx, shop.id, now, &engine.who, deed)?;
            }
            Ok(((), Aftermath::default()))
        })
        .await?;
        tracing::warn!(flow = flow.name(), by = self.who.name(), "halted");
        Ok(())
    }

    /// What waits goes on at once.
    pub async fn resume(&self, flow: Flow) -> Result<(), Refusal> {
        self.change_shops(move |engine, tx, now| {
            if !tx.remove_halt(flow)? {
                return Err(Refusal::not_found("halt", flow.name()));
            }
            for shop in tx.shops()? {
                let deed = Deed::new("flow.resumed", flow.name());
                audit::append(tx, shop.id, now, &engine.who, deed)?;
            }
            Ok(((), Aftermath { messages: true, ..Aftermath::default() }))
        })
        .await?;
        tracing::warn!(flow = flow.name(), by = self.who.name(), "resumed");
        Ok(())
    }

    /// All that is halted now.
    pub fn halts(&self) -> Result<Vec<Halt>, Refusal> {
        self.storage().glance(|reads| Ok(reads.halts()?))
    }

    /// The way out of guests. `by`: of the shop, whose brakes these are.
    pub(crate) async fn send_for_guest(
        &self,
        shop: ShopId,
        by: &str,
        request: HttpRequest,
        targets: &[HttpTarget],
    ) -> Result<HttpResponse, HttpError> {
        match self.storage().glance(|reads| Ok::<_, Refusal>(reads.halt(Flow::Egress)?)) {
            Ok(None) => {
                let (brakes, url) = (&self.inner.brakes, request.url.clone());
                brakes.may_ask(shop, by, &url, self.clock().now())?;
                let answer = self.inner.deps.egress.send(request, targets).await;
                brakes.told(shop, by, &url, &answer, self.clock().now());
                answer
            }
            // As where there is no network: whoever can tries again later.
            Ok(Some(halt)) => Err(HttpError::Connect(format!(
                "the operator has halted requests of plugins: {}",
                halt.reason
            ))),
            Err(error) => Err(HttpError::Other(error.to_string())),
        }
    }
}

/// Whether anything from outside is taken in now.
pub(crate) fn must_take_in(reads: &mut dyn Reads) -> Result<(), Refusal> {
    match reads.halt(Flow::Intake)? {
        None => Ok(()),
        Some(halt) => {
            let message = format!("the operator has halted events and changes: {}", halt.reason);
            Err(Failure::new(INTAKE_HALTED, message, true).into())
        }
    }
}

impl Change<'_> {
    /// What was answered before is answered again, so this is asked only where something new would be done.
    pub(crate) fn must_take_in(&mut self) -> Result<(), Refusal> {
        must_take_in(self.tx)
    }
}
