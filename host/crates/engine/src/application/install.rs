//! What a shop lets an application into, and how it is rid of it.

use std::collections::BTreeSet;

use rulewright_domain::{
    Actor, Application, ApplicationId, Cause, EmployeeId, NewEvent, Rejection, ShopId, Subscription,
    application::{Installed, Pass, PassKind, QueuedEvent, agree},
    audit::Deed,
    kind,
};
use rulewright_ports::storage::{Page, PutRecords, Record, Records, Sequence};
use serde_json::Value;

use crate::{
    Asked, Engine, Refusal,
    change::Change,
    hash::{hash_of, secret},
};

/// Kinds of records that belong to an application by their owner, and go when it is uninstalled.
pub(super) const BELONGS: [&str; 4] =
    [Pass::KIND, QueuedEvent::KIND, "application-trigger", "application-rule"];

/// What somebody has agreed to.
#[derive(Clone, Debug)]
pub struct Consent {
    /// Exactly what the application asks for, or nothing is installed.
    pub areas: BTreeSet<String>,
    /// In whose name it acts where nobody else is meant. None: it is told of the installation without a token.
    pub employee: Option<EmployeeId>,
    pub admin: bool,
    pub by: Actor,
}

impl Engine {
    /// Of one that is installed: it agrees to what it asks for by now.
    pub async fn install_application(
        &self,
        asked: impl Into<Asked>,
        id: ApplicationId,
        consent: Consent,
    ) -> Result<Application, Refusal> {
        let Asked { shop, key } = asked.into();
        let welcome = secret()?;
        let installed = self.change(shop, move |change| {
            change.once(key.as_ref(), |change| change.install_application(id, &consent, &welcome))
        });
        installed.await?;
        self.application(shop, id).await
    }

    pub async fn uninstall_application(
        &self,
        shop: ShopId,
        id: ApplicationId,
        by: Actor,
    ) -> Result<Application, Refusal> {
        self.change(shop, move |change| change.uninstall_application(id, &by)).await
    }
}

impl Change<'_> {
    pub(super) fn install_application(
        &mut self,
        id: ApplicationId,
        consent: &Consent,
        welcome: &str,
    ) -> Result<(), Refusal> {
        let mut application = self.application(id)?;
        agree(&application.areas, &consent.areas)
            .map_err(|message| Refusal::invalid("/consent", "consent", message))?;
        if let Some(employee) = consent.employee.filter(|id| !self.config.employees.contains_key(id)) {
            return Err(Rejection::NotFound { what: "employee", id: employee.to_string() }.into());
        }
        let agreed = application.installed.as_ref();
        if agreed.is_some_and(|before| before.areas == consent.areas && before.employee == consent.employee) {
            return Ok(());
        }
        if agreed.is_none() {
            // Told of its end, and of nothing since.
            let lifecycle = application.lifecycle;
            self.remove_handlers(id, |handler| Some(handler.id) == lifecycle)?;
        }
        if let Some(employee) = consent.employee.filter(|_| application.handler.is_some()) {
            let pass = Pass {
                id: self.tx.next(Sequence::Record)?,
                kind: PassKind::Refresh,
                hash: hash_of(welcome.as_bytes()),
                application: id,
                employee,
                admin: consent.admin,
                grant: self.tx.next(Sequence::Record)?,
                redirect: None,
                expires: self.now.plus(PassKind::Refresh.lasts()),
                used: false,
            };
            self.tx.put_record(self.shop, &pass)?;
            application.welcome = Some(welcome.to_owned());
        }
        application.installed = Some(Installed {
            at: self.now,
            by: consent.by.name().to_owned(),
            employee: consent.employee,
            areas: consent.areas.clone(),
        });
        self.tx.put_record(self.shop, &application)?;
        self.audit(Deed::new("application.installed", id).with("code", application.code.clone()))?;
        self.tell_of_application(kind::APPLICATION_INSTALLED, &application, &consent.by)
    }

    fn uninstall_application(&mut self, id: ApplicationId, by: &Actor) -> Result<Application, Refusal> {
        let mut application = self.application(id)?;
        if application.installed.take().is_none() {
            let message = format!("`{id}` is not installed");
            return Err(Refusal::Conflict { message });
        }
        application.welcome = None;
        self.remove_belongings(&application)?;
        // Who wants to be told of the end is told of it, and goes with the next beginning.
        self.remove_handlers(id, |handler| {
            handler.kinds.iter().any(|kind| kind == kind::APPLICATION_UNINSTALLED)
        })?;
        self.tx.put_record(self.shop, &application)?;
        self.audit(Deed::new("application.uninstalled", id))?;
        self.tell_of_application(kind::APPLICATION_UNINSTALLED, &application, by)?;
        Ok(application)
    }

    /// What is stored under its id, or under the name that it calls itself by.
    pub(super) fn remove_belongings(&mut self, application: &Application) -> Result<(), Refusal> {
        for owner in [application.id.to_string(), application.client_id.clone()] {
            for kind in BELONGS {
                let mut page = Page { after: None, limit: Page::MAX, newest_first: false };
                loop {
                    let rows = self.tx.raw_records(self.shop, kind, Some(&owner), page)?;
                    let Some(last) = rows.last() else { break };
                    page.after = Some(last.id);
                    for row in &rows {
                        self.tx.delete_record(self.shop, kind, row.id)?;
                    }
                }
            }
        }
        Ok(())
    }

    pub(super) fn remove_handlers(
        &mut self,
        id: ApplicationId,
        stays: impl Fn(&Subscription) -> bool,
    ) -> Result<(), Refusal> {
        for handler in self.tx.all_records::<Subscription>(self.shop, Some(&id.to_string()))? {
            if !stays(&handler) {
                self.forget_trouble(handler.id)?;
                self.tx.remove_record::<Subscription>(self.shop, handler.id.0)?;
            }
        }
        // The rest of this transaction tells those nothing.
        self.config = self.engine.inner.configs.of(self.tx, self.shop)?;
        Ok(())
    }

    fn tell_of_application(
        &mut self,
        kind: &str,
        application: &Application,
        by: &Actor,
    ) -> Result<(), Refusal> {
        let areas: Vec<Value> = application.areas.iter().map(|area| area.as_str().into()).collect();
        let event = NewEvent::new(kind)
            .attr("application", application.id.to_string())
            .attr("code", application.code.as_str())
            .attr("areas", areas);
        self.record(event, &Cause::from_outside(by.clone()), None, None).map(drop)
    }
}
