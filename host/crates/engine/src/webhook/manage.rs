//! Who is told, and who is told no more.

use rulewright_domain::{
    Application, ApplicationId, PipelineId, ShopConfig, ShopId, Subscription, SubscriptionId,
    audit::Deed,
    subscription::{STANDARD, SigningKey, Trouble, check_kind},
};
use rulewright_ports::{
    Failure, StorageExt,
    storage::{PutRecords, Records, Sequence},
};
use serde_json::{Map, Value};

use crate::{
    Asked, Engine, Refusal, audit, change::Change, check::line, hash::secret_bytes,
    webhook::trouble::trouble_of,
};

/// Of one shop: each is looked at for every event.
const MOST: usize = 100;
/// Of one application, which has one for each kind of event and address.
const MOST_OF_APPLICATION: usize = 200;
const KINDS: usize = 50;
/// Characters.
const URL: usize = 2_000;
const DESCRIPTION: usize = 200;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct NewWebhook {
    pub url: String,
    pub kinds: Vec<String>,
    pub pipeline: Option<PipelineId>,
    pub description: String,
    pub active: bool,
    /// The name of a [`rulewright_ports::WebhookForm`].
    pub form: String,
    pub params: Map<String, Value>,
    /// Whose it is.
    pub application: Option<ApplicationId>,
    /// Kept until the application asks, and not posted: without an address.
    pub pull: bool,
}

impl NewWebhook {
    /// By the Standard Webhooks convention.
    pub fn standard(url: String, kinds: Vec<String>) -> NewWebhook {
        let (pipeline, description, params) = (None, String::new(), Map::new());
        let (form, application) = (STANDARD.to_owned(), None);
        NewWebhook { url, kinds, pipeline, description, active: true, form, params, application, pull: false }
    }
}

/// What is left out stays as it is.
#[derive(Clone, Debug, Default)]
pub struct WebhookChange {
    pub url: Option<String>,
    pub kinds: Option<Vec<String>>,
    pub pipeline: Option<Option<PipelineId>>,
    pub description: Option<String>,
    /// True also turns on again what the host has turned off.
    pub active: Option<bool>,
}

/// A subscription, and how its address has answered lately.
#[derive(Clone, Debug)]
pub struct Webhook {
    pub subscription: Subscription,
    pub trouble: Option<Trouble>,
}

impl Engine {
    pub async fn webhooks(&self, shop: ShopId) -> Result<Vec<Webhook>, Refusal> {
        let read = self.storage().read(move |reads| {
            let mut found = Vec::new();
            for subscription in reads.all_records::<Subscription>(shop, None)? {
                let trouble = trouble_of(reads, shop, subscription.id)?;
                found.push(Webhook { subscription, trouble });
            }
            Ok::<_, Refusal>(found)
        });
        read.await
    }

    pub async fn webhook(&self, shop: ShopId, id: SubscriptionId) -> Result<Webhook, Refusal> {
        let read = self.storage().read(move |reads| {
            let found = reads.record::<Subscription>(shop, id.0)?;
            let subscription = found.ok_or_else(|| Refusal::not_found("webhook", id))?;
            let trouble = trouble_of(reads, shop, id)?;
            Ok(Webhook { subscription, trouble })
        });
        read.await
    }

    /// With the key that its requests are signed with, which is for whoever asked, and for nobody afterwards.
    pub async fn create_webhook(
        &self,
        asked: impl Into<Asked>,
        new: NewWebhook,
    ) -> Result<Subscription, Refusal> {
        let Asked { shop, key } = asked.into();
        if self.inner.forms.named(&new.form).is_none() {
            let known: Vec<_> = self.inner.forms.all().collect();
            let message = format!(
                "this host does not know webhooks of the form `{}`: its forms are {}",
                new.form,
                known.join(", ")
            );
            return Err(Refusal::invalid("/form", "form", message));
        }
        let NewWebhook { url, kinds, pipeline, description, active, form, params, application, pull } = new;
        let subscription = Subscription {
            id: SubscriptionId(0),
            url,
            kinds,
            pipeline,
            description,
            active,
            disabled: None,
            keys: vec![new_key()?],
            form,
            params,
            application,
            pull,
            created: self.clock().now(),
        };
        self.check(&subscription)?;
        let created = self.change(shop, move |change| {
            change.once(key.as_ref(), |change| {
                known_pipeline(&change.config, &subscription)?;
                change.must_be_another(&subscription)?;
                let id = SubscriptionId(change.tx.next(Sequence::Record)?);
                change.put_subscription(&Subscription { id, ..subscription.clone() })?;
                change.audit(Deed::new("webhook.created", id))?;
                Ok(id)
            })
        });
        let id = created.await?.answer;
        Ok(self.webhook(shop, id).await?.subscription)
    }

    pub async fn change_webhook(
        &self,
        shop: ShopId,
        id: SubscriptionId,
        wanted: WebhookChange,
    ) -> Result<(), Refusal> {
        let mut tried = self.webhook(shop, id).await?.subscription;
        apply(&mut tried, &wanted);
        self.check(&tried)?;
        self.change(shop, move |change| {
            let mut subscription = change.subscription(id)?;
            let before = subscription.clone();
            apply(&mut subscription, &wanted);
            known_pipeline(&change.config, &subscription)?;
            // Another address, or one that is mended: what was is no reason to give it up.
            if before.url != subscription.url || wanted.active == Some(true) {
                change.forget_trouble(id)?;
                change.engine.inner.webhooks.places.went(id, true);
            }
            match before == subscription {
                true => Ok(()),
                false => {
                    change.put_subscription(&subscription)?;
                    let fields = audit::changed(&before, &subscription);
                    change.audit(Deed::new("webhook.changed", id).with("fields", fields))
                }
            }
        })
        .await
    }

    /// What is still on its way to it is not sent any more.
    pub async fn remove_webhook(&self, shop: ShopId, id: SubscriptionId) -> Result<(), Refusal> {
        self.change(shop, move |change| {
            change.subscription(id)?;
            change.forget_trouble(id)?;
            change.tx.remove_record::<Subscription>(shop, id.0)?;
            change.audit(Deed::new("webhook.removed", id))
        })
        .await
    }

    /// Those that are there; how many.
    pub async fn remove_webhooks(&self, shop: ShopId, ids: Vec<SubscriptionId>) -> Result<u64, Refusal> {
        self.change(shop, move |change| {
            let mut removed = 0;
            for id in &ids {
                change.forget_trouble(*id)?;
                if change.tx.remove_record::<Subscription>(shop, id.0)? {
                    removed += 1;
                    change.audit(Deed::new("webhook.removed", id))?;
                }
            }
            Ok(removed)
        })
        .await
    }

    /// The new key; the one before stays valid beside it for so many hours.
    pub async fn rotate_webhook(
        &self,
        asked: impl Into<Asked>,
        id: SubscriptionId,
        hours: Option<u32>,
    ) -> Result<Subscription, Refusal> {
        let Asked { shop, key } = asked.into();
        let hours = hours.unwrap_or(Subscription::KEEP_KEY);
        if hours > Subscription::KEEP_KEY_MOST {
            let message =
                format!("the key before stays valid for 0 to {} hours", Subscription::KEEP_KEY_MOST);
            return Err(Refusal::invalid("/keep_hours", "range", message));
        }
        let new = new_key()?;
        let rotated = self.change(shop, move |change| {
            change.once(key.as_ref(), |change| {
                let mut subscription = change.subscription(id)?;
                subscription.rotate(new.clone(), hours, change.now);
                change.put_subscription(&subscription)?;
                change.audit(Deed::new("webhook.key-rotated", id))
            })
        });
        rotated.await?;
        Ok(self.webhook(shop, id).await?.subscription)
    }

    /// Whether something can be posted there at all.
    pub(crate) fn check_url(&self, path: &str, url: &str) -> Result<(), Refusal> {
        line(path, url, URL)?;
        let target = self.inner.deps.egress.target(url);
        target.map(drop).map_err(|error| Refusal::invalid(path, "url", error.to_string()))
    }

    /// What can be said without looking at the shop.
    fn check(&self, subscription: &Subscription) -> Result<(), Refusal> {
        let Subscription { url, kinds, description, .. } = subscription;
        if !subscription.pull {
            self.check_url("/url", url)?;
        }
        if kinds.is_empty() || kinds.len() > KINDS {
            let message = format!("name 1 to {KINDS} kinds of events, or all of them by `*`");
            return Err(Refusal::invalid("/kinds", "required", message));
        }
        for (index, kind) in kinds.iter().enumerate() {
            check_kind(kind)
                .map_err(|message| Refusal::invalid(&format!("/kinds/{index}"), "kind", message))?;
        }
        match description.is_empty() {
            true => Ok(()),
            false => line("/description", description, DESCRIPTION),
        }
    }
}

impl Change<'_> {
    /// An application that says the same again is not told twice.
    fn must_be_another(&mut self, new: &Subscription) -> Result<(), Refusal> {
        if let Some(application) = new.application {
            let found = self.tx.record::<Application>(self.shop, application.0)?;
            if found.is_none_or(|found| found.installed.is_none()) {
                return Err(Refusal::not_found("application", application));
            }
        }
        let of_it = |known: &&Subscription| known.application == new.application;
        let its: Vec<&Subscription> = self.config.subscriptions.values().filter(of_it).collect();
        let (whose, most) = match new.application {
            None => ("a shop", MOST),
            Some(_) => ("an application", MOST_OF_APPLICATION),
        };
        if its.len() >= most {
            let message = format!("{whose} has at most {most} webhooks: remove one that nobody needs");
            return Err(Refusal::Conflict { message });
        }
        let same = |known: &&Subscription| {
            (&known.url, &known.params, known.pull) == (&new.url, &new.params, new.pull)
        };
        match its.into_iter().find(same).filter(|_| new.application.is_some()) {
            Some(known) => {
                Err(Refusal::Conflict { message: format!("`{}` is told of it already", known.id) })
            }
            None => Ok(()),
        }
    }

    pub(super) fn subscription(&mut self, id: SubscriptionId) -> Result<Subscription, Refusal> {
        let found = self.tx.record::<Subscription>(self.shop, id.0)?;
        found.ok_or_else(|| Refusal::not_found(SUBJECT, id))
    }
}

/// As people call it.
const SUBJECT: &str = "webhook";

fn apply(subscription: &mut Subscription, wanted: &WebhookChange) {
    let WebhookChange { url, kinds, pipeline, description, active } = wanted.clone();
    if let Some(url) = url {
        subscription.url = url;
    }
    if let Some(kinds) = kinds {
        subscription.kinds = kinds;
    }
    if let Some(pipeline) = pipeline {
        subscription.pipeline = pipeline;
    }
    if let Some(description) = description {
        subscription.description = description;
    }
    if let Some(active) = active {
        subscription.active = active;
        subscription.disabled = subscription.disabled.take().filter(|_| !active);
    }
}

fn known_pipeline(config: &ShopConfig, subscription: &Subscription) -> Result<(), Refusal> {
    match &subscription.pipeline {
        Some(id) if !config.pipelines.contains_key(id) => {
            Err(Refusal::invalid("/pipeline", "no-such-pipeline", format!("there is no pipeline `{id}`")))
        }
        _ => Ok(()),
    }
}

fn new_key() -> Result<SigningKey, Refusal> {
    let bytes = secret_bytes().map_err(|error| Failure::new("unavailable", error.to_string(), true))?;
    Ok(SigningKey::new(&bytes))
}
