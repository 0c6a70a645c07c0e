//! Which applications there are.

use std::collections::BTreeSet;

use rulewright_domain::{
    Application, ApplicationId, ShopId, Subscription, SubscriptionId,
    application::{Area, check_code, check_redirect, client_id},
    audit::Deed,
    kind,
    subscription::SigningKey,
};
use rulewright_ports::{
    Failure, StorageExt,
    storage::{PutRecords, Records, Sequence},
};

use super::SUBJECT;
use crate::{
    Asked, Engine, Refusal, audit,
    change::Change,
    check::line,
    hash::{hash_of, secret, secret_bytes, unguessable},
};

/// Of one shop.
const MOST: usize = 200;

/// What is registered.
#[derive(Clone, Debug)]
pub struct NewApplication {
    pub code: String,
    pub name: String,
    pub redirects: Vec<String>,
    pub handler: Option<String>,
    pub areas: BTreeSet<String>,
}

/// What is left out stays as it is. An area more is open only once the shop has agreed again.
#[derive(Clone, Debug, Default)]
pub struct ApplicationChange {
    pub name: Option<String>,
    pub redirects: Option<Vec<String>>,
    pub handler: Option<Option<String>>,
    pub areas: Option<BTreeSet<String>>,
}

#[derive(Debug)]
pub struct Registered {
    pub application: Application,
    /// None: the same request has registered it before, and nobody knows its secret any more.
    pub secret: Option<String>,
}

impl Engine {
    /// What applications may be let into on this host.
    pub fn areas(&self) -> &[Area] {
        &self.inner.offer.areas
    }

    pub async fn applications(&self, shop: ShopId) -> Result<Vec<Application>, Refusal> {
        self.storage().read(move |reads| Ok(reads.all_records(shop, None)?)).await
    }

    pub async fn application(&self, shop: ShopId, id: ApplicationId) -> Result<Application, Refusal> {
        let found = self.storage().read(move |reads| Ok::<_, Refusal>(reads.record(shop, id.0)?)).await?;
        found.ok_or_else(|| Refusal::not_found(SUBJECT, id))
    }

    /// Nothing is open to it before it is installed.
    pub async fn register_application(
        &self,
        asked: impl Into<Asked>,
        new: NewApplication,
    ) -> Result<Registered, Refusal> {
        let Asked { shop, key } = asked.into();
        let NewApplication { code, name, redirects, handler, areas } = new;
        check_code(&code).map_err(|message| Refusal::invalid("/code", "code", message))?;
        let random = unguessable().map_err(|error| Failure::new("unavailable", error.to_string(), true))?;
        let (shown, token) = (secret()?, secret()?);
        let application = Application {
            id: ApplicationId(0),
            client_id: client_id(shop, &random),
            secret: hash_of(shown.as_bytes()),
            code,
            name,
            redirects,
            handler,
            areas,
            token,
            installed: None,
            welcome: None,
            lifecycle: None,
            created: self.clock().now(),
        };
        self.check_application(&application)?;
        let registered = self.change(shop, move |change| {
            change.once(key.as_ref(), |change| {
                let others = change.tx.all_records::<Application>(shop, None)?;
                if others.len() >= MOST {
                    let message = format!("a shop has at most {MOST} applications: remove one first");
                    return Err(Refusal::Conflict { message });
                }
                if let Some(other) = others.iter().find(|other| other.code == application.code) {
                    let message = format!("`{}` has this code: choose another, or change that one", other.id);
                    return Err(Refusal::Conflict { message });
                }
                let id = ApplicationId(change.tx.next(Sequence::Record)?);
                let mut application = Application { id, ..application.clone() };
                change.tell_of_lifecycle(&mut application)?;
                change.tx.put_record(shop, &application)?;
                change.audit(Deed::new("application.registered", id).with("code", application.code))?;
                Ok(id)
            })
        });
        let once = registered.await?;
        let application = self.application(shop, once.answer).await?;
        Ok(Registered { application, secret: (!once.again).then_some(shown) })
    }

    pub async fn change_application(
        &self,
        shop: ShopId,
        id: ApplicationId,
        wanted: ApplicationChange,
    ) -> Result<Application, Refusal> {
        let mut tried = self.application(shop, id).await?;
        apply(&mut tried, &wanted);
        self.check_application(&tried)?;
        self.change(shop, move |change| {
            let before = change.application(id)?;
            let mut application = before.clone();
            apply(&mut application, &wanted);
            change.tell_of_lifecycle(&mut application)?;
            change.tx.put_record(shop, &application)?;
            let fields = audit::changed(&before, &application);
            change.audit(Deed::new("application.changed", id).with("fields", fields))?;
            Ok(application)
        })
        .await
    }

    /// The new secret; the one before is worth nothing from this moment.
    pub async fn renew_application_secret(
        &self,
        shop: ShopId,
        id: ApplicationId,
    ) -> Result<Registered, Refusal> {
        let shown = secret()?;
        let hash = hash_of(shown.as_bytes());
        let application = self.change(shop, move |change| {
            let application = Application { secret: hash.clone(), ..change.application(id)? };
            change.tx.put_record(shop, &application)?;
            change.audit(Deed::new("application.secret-renewed", id))?;
            Ok(application)
        });
        Ok(Registered { application: application.await?, secret: Some(shown) })
    }

    /// Of one that is not installed.
    pub async fn remove_application(&self, shop: ShopId, id: ApplicationId) -> Result<(), Refusal> {
        self.change(shop, move |change| {
            let application = change.application(id)?;
            if application.installed.is_some() {
                let message = format!("`{id}` is installed: uninstall it first, which tells it");
                return Err(Refusal::Conflict { message });
            }
            change.remove_belongings(&application)?;
            change.remove_handlers(id, |_| false)?;
            change.tx.remove_record::<Application>(shop, id.0)?;
            change.audit(Deed::new("application.removed", id))
        })
        .await
    }

    fn check_application(&self, application: &Application) -> Result<(), Refusal> {
        let Application { name, redirects, handler, areas, .. } = application;
        line("/name", name, Application::NAME)?;
        if redirects.len() > Application::REDIRECTS {
            let message = format!("at most {} redirects", Application::REDIRECTS);
            return Err(Refusal::invalid("/redirects", "range", message));
        }
        for (index, redirect) in redirects.iter().enumerate() {
            check_redirect(redirect)
                .map_err(|message| Refusal::invalid(&format!("/redirects/{index}"), "url", message))?;
        }
        if let Some(handler) = handler {
            self.check_url("/handler", handler)?;
        }
        let offered = self.areas();
        let known = || offered.iter().map(|area| area.name.as_str()).collect::<Vec<_>>().join(", ");
        if areas.is_empty() {
            let message = format!("an application asks for one area at least: {}", known());
            return Err(Refusal::invalid("/areas", "required", message));
        }
        match areas.iter().find(|area| offered.iter().all(|known| known.name != **area)) {
            Some(area) => {
                let message = format!("there is no area `{area}`: there are {}", known());
                Err(Refusal::invalid("/areas", "no-such-area", message))
            }
            None => Ok(()),
        }
    }
}

impl Change<'_> {
    /// The subscription by which its handler is told that it is installed and uninstalled: the only one that outlives
    /// what it has to tell.
    fn tell_of_lifecycle(&mut self, application: &mut Application) -> Result<(), Refusal> {
        let known = match application.lifecycle {
            Some(id) => self.tx.record::<Subscription>(self.shop, id.0)?,
            None => None,
        };
        let Some(url) = application.handler.clone() else {
            if let Some(known) = known {
                self.tx.remove_record::<Subscription>(self.shop, known.id.0)?;
            }
            application.lifecycle = None;
            return Ok(());
        };
        let subscription = match known {
            Some(known) if known.url == url => return Ok(()),
            Some(known) => Subscription { url, active: true, disabled: None, ..known },
            None => {
                let bytes =
                    secret_bytes().map_err(|error| Failure::new("unavailable", error.to_string(), true))?;
                Subscription {
                    id: SubscriptionId(self.tx.next(Sequence::Record)?),
                    url,
                    kinds: vec![kind::APPLICATION_INSTALLED.into(), kind::APPLICATION_UNINSTALLED.into()],
                    pipeline: None,
                    description: application.name.clone(),
                    active: true,
                    disabled: None,
                    keys: vec![SigningKey::new(&bytes)],
                    form: self.engine.inner.offer.form.clone(),
                    params: Default::default(),
                    application: Some(application.id),
                    pull: false,
                    created: self.now,
                }
            }
        };
        application.lifecycle = Some(subscription.id);
        self.put_subscription(&subscription)
    }
}

fn apply(application: &mut Application, wanted: &ApplicationChange) {
    let ApplicationChange { name, redirects, handler, areas } = wanted.clone();
    if let Some(name) = name {
        application.name = name;
    }
    if let Some(redirects) = redirects {
        application.redirects = redirects;
    }
    if let Some(handler) = handler {
        application.handler = handler;
    }
    if let Some(areas) = areas {
        application.areas = areas;
    }
}
