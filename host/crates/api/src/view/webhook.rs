//! Webhooks outward. A key goes out once, to whoever asked for it.

use rulewright_domain::{
    ApplicationId, EventId, PipelineId, Subscription, SubscriptionId, Timestamp,
    subscription::{Disabled, STANDARD, Trouble},
};
use rulewright_engine as engine;
use serde::{Deserialize, Serialize};
use serde_json::Map;
use utoipa::ToSchema;

use super::value::{present, yes};
use crate::problem::Problem;

/// Somebody who is told of events as they happen.
#[derive(Debug, Serialize, ToSchema)]
pub struct Webhook {
    #[schema(value_type = String, example = "whk_3")]
    pub id: SubscriptionId,
    #[schema(example = "https://erp.example/hooks/orders")]
    url: String,
    #[schema(example = json!(["order.*", "payment.received"]))]
    kinds: Vec<String>,
    /// Only events about orders of this pipeline.
    #[schema(value_type = Option<String>, example = "sales")]
    pipeline: Option<PipelineId>,
    description: String,
    /// Whether it is told of anything.
    active: bool,
    /// Why the host has turned it off.
    disabled: Option<WebhookDisabled>,
    /// While none of the latest attempts has succeeded.
    trouble: Option<WebhookTrouble>,
    /// `standard`; others are of other interfaces.
    form: String,
    /// Whose it is, and goes with.
    #[schema(value_type = Option<String>, example = "app_7")]
    application: Option<ApplicationId>,
    /// Until when the key before the last rotation is valid beside the new one.
    #[schema(value_type = Option<String>, format = DateTime)]
    old_secret_until: Option<Timestamp>,
    #[schema(value_type = String, format = DateTime)]
    created: Timestamp,
}

#[derive(Debug, Serialize, ToSchema)]
struct WebhookDisabled {
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    reason: String,
}

#[derive(Debug, Serialize, ToSchema)]
struct WebhookTrouble {
    /// Since when every attempt has failed.
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
    attempts: u64,
    /// Of the last one.
    reason: String,
}

impl Webhook {
    pub fn of(found: engine::Webhook, now: Timestamp) -> Webhook {
        let engine::Webhook { subscription, trouble } = found;
        let active = subscription.is_on();
        let old = subscription.valid_keys(now).filter_map(|key| key.until).max();
        let Subscription {
            id, url, kinds, pipeline, description, disabled, form, application, created, ..
        } = subscription;
        Webhook {
            id,
            url,
            kinds,
            pipeline,
            description,
            active,
            disabled: disabled.map(|Disabled { at, reason }| WebhookDisabled { at, reason }),
            trouble: trouble.map(|Trouble { since, attempts, reason }| WebhookTrouble {
                since,
                attempts,
                reason,
            }),
            form,
            application,
            old_secret_until: old,
            created,
        }
    }
}

/// Who is to be told.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWebhook {
    /// `https`, at a public address of the internet, unless the operator allows another.
    #[schema(example = "https://erp.example/hooks/orders")]
    url: String,
    /// Kinds of events: `order.created`, all that begin alike by `order.*`, or all of them by `*`.
    #[schema(example = json!(["order.*", "payment.received"]))]
    kinds: Vec<String>,
    /// Only events about orders of this pipeline.
    #[schema(value_type = Option<String>, example = "sales")]
    pipeline: Option<PipelineId>,
    #[serde(default)]
    #[schema(example = "Orders to the ERP")]
    description: String,
    #[serde(default = "yes")]
    active: bool,
    /// How its requests are built: `standard`, or `bitrix24`, as receivers of that system's events read them.
    #[serde(default = "standard")]
    #[schema(example = "standard")]
    form: String,
}

fn standard() -> String {
    STANDARD.to_owned()
}

impl From<NewWebhook> for engine::NewWebhook {
    fn from(new: NewWebhook) -> engine::NewWebhook {
        let NewWebhook { url, kinds, pipeline, description, active, form } = new;
        let (params, application) = (Map::new(), None);
        engine::NewWebhook {
            url,
            kinds,
            pipeline,
            description,
            active,
            form,
            params,
            application,
            pull: false,
        }
    }
}

/// What is left out stays as it is.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookPatch {
    url: Option<String>,
    /// Replaces all of them.
    kinds: Option<Vec<String>>,
    /// Null: orders of every pipeline, and events about none.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pipeline: Option<Option<PipelineId>>,
    /// Null empties it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    description: Option<Option<String>>,
    /// True also turns on again what the host has turned off.
    active: Option<bool>,
}

impl From<WebhookPatch> for engine::WebhookChange {
    fn from(patch: WebhookPatch) -> engine::WebhookChange {
        let WebhookPatch { url, kinds, pipeline, description, active } = patch;
        let description = description.map(Option::unwrap_or_default);
        engine::WebhookChange { url, kinds, pipeline, description, active }
    }
}

#[derive(Serialize, ToSchema)]
pub struct WebhookMade {
    #[serde(flatten)]
    pub webhook: Webhook,
    /// With which its requests are signed; of the form `bitrix24` it is the `application_token` in them. Shown in this answer, and in no other.
    #[schema(example = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")]
    pub secret: String,
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookRotation {
    /// For so many hours the key before stays valid beside the new one: 0 to 168, 24 if left out.
    #[schema(minimum = 0, maximum = 168, example = 24)]
    pub keep_hours: Option<u32>,
}

/// Where a replay begins: `since` or `after`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookReplay {
    /// With the first event that happened then or later.
    #[schema(value_type = Option<String>, format = DateTime)]
    since: Option<Timestamp>,
    /// With the one after this event.
    #[schema(value_type = Option<String>, example = "evt_1000")]
    after: Option<EventId>,
    /// Only what was given up; else whatever the webhook wants, whether it was sent or not.
    #[serde(default)]
    failed_only: bool,
}

impl WebhookReplay {
    pub fn into_engine(self) -> Result<engine::Replay, Problem> {
        let from = match (self.since, self.after) {
            (Some(since), None) => engine::ReplayFrom::Since(since),
            (None, Some(after)) => engine::ReplayFrom::After(after),
            _ => {
                let detail = "say where to begin: either `since`, a time, or `after`, an event";
                return Err(Problem::mistake("/since", "required", detail));
            }
        };
        Ok(engine::Replay { from, failed_only: self.failed_only })
    }
}

/// What is sent again.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookReplaying {
    queued: u64,
    /// The last event that was looked at.
    #[schema(value_type = Option<String>, example = "evt_1234")]
    last: Option<EventId>,
    /// There are events behind it: repeat the request with `after`.
    more: bool,
}

impl From<engine::Replaying> for WebhookReplaying {
    fn from(engine::Replaying { queued, last, more }: engine::Replaying) -> WebhookReplaying {
        WebhookReplaying { queued, last, more }
    }
}

/// What came of posting to the address.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookTried {
    ok: bool,
    /// Of the answer, where there was one.
    #[schema(example = 204)]
    status: Option<u16>,
    /// What is wrong.
    error: Option<String>,
    milliseconds: u64,
}

impl From<engine::WebhookTried> for WebhookTried {
    fn from(engine::WebhookTried { status, error, milliseconds }: engine::WebhookTried) -> WebhookTried {
        WebhookTried { ok: error.is_none(), status, error, milliseconds }
    }
}
