//! How handlers of applications and outgoing webhooks are told: a form with the event, ids, and who says so.

use std::{any::Any, sync::Arc};

use form_urlencoded::Serializer;
use rulewright_domain::{
    Application, ApplicationId, EmployeeId, Event, ShopId, Subscription, Timestamp, hook, kind,
    subscription::TEST,
};
use rulewright_engine::Engine;
use rulewright_ports::{
    Queueing, Reads, Telling, WebhookCall, WebhookForm, WebhookRequest,
    storage::{Records, Result as Stored},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{address::Address, caller::hex, event, rule_call};

/// What a subscription names.
pub const FORM: &str = "bitrix24";

/// Milliseconds that the token in an event is good for.
const LASTS: i64 = 3_600_000;

/// Give it to the engine that the facade is in front of.
#[derive(Debug)]
pub struct Handlers {
    address: Address,
    tokens: EventTokens,
}

impl Handlers {
    /// `public_url` is where others reach this server.
    pub fn new(public_url: Option<&str>) -> Handlers {
        let address = Address::public(public_url).unwrap_or_else(Address::unknown);
        Handlers { address, tokens: EventTokens::new() }
    }
}

/// Tokens that stand in events. They are not stored: one would be written for every request that leaves. A restart ends
/// them; the application has a refresh token.
#[derive(Clone, Debug, Default)]
pub struct EventTokens(Option<Arc<Key>>);

struct Key(String);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// What such a token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claims {
    pub shop: ShopId,
    pub application: ApplicationId,
    pub employee: EmployeeId,
    pub admin: bool,
    pub expires: Timestamp,
}

impl EventTokens {
    fn new() -> EventTokens {
        let mut bytes = [0; 32];
        match getrandom::fill(&mut bytes) {
            Ok(()) => EventTokens(Some(Arc::new(Key(hook::shown(&bytes))))),
            Err(error) => {
                tracing::error!(%error, "no random numbers: events have no tokens");
                EventTokens(None)
            }
        }
    }

    /// Those of the engine's own form.
    pub fn of(engine: &Engine) -> EventTokens {
        let form = engine.webhook_form(FORM);
        let handlers = form.as_deref().and_then(|form| (form as &dyn Any).downcast_ref::<Handlers>());
        handlers.map(|handlers| handlers.tokens.clone()).unwrap_or_default()
    }

    fn mint(&self, claims: Claims) -> Option<String> {
        let Claims { shop, application, employee, admin, expires } = claims;
        let admin = i64::from(admin);
        let said = format!("{}_{}_{}_{admin}_{}", shop.0, application.0, employee.0, expires.0);
        Some(format!("rwe_{said}_{}", self.proof(&said)?))
    }

    /// None: it is none, or not one of ours.
    pub fn read(&self, text: &str) -> Option<Claims> {
        let (said, proof) = text.strip_prefix("rwe_")?.rsplit_once('_')?;
        // Of hashes, so that the time it takes tells nothing.
        let right = Sha256::digest(self.proof(said)?) == Sha256::digest(proof);
        let numbers: Vec<i64> = said.split('_').map(str::parse).collect::<Result<_, _>>().ok()?;
        let [shop, application, employee, admin, expires] = numbers.try_into().ok()?;
        right.then_some(Claims {
            shop: ShopId(shop),
            application: ApplicationId(application),
            employee: EmployeeId(employee),
            admin: admin == 1,
            expires: Timestamp(expires),
        })
    }

    fn proof(&self, said: &str) -> Option<String> {
        let key = self.0.as_ref()?;
        Some(hex(&Sha256::digest(hook::sign(&key.0, "event", "", said.as_bytes())?)))
    }
}

/// The same for a shop for ever, and for no other.
pub fn member_id(shop: &rulewright_domain::Shop) -> String {
    let hash = hex(&Sha256::digest(format!("member {} {}", shop.id, shop.seed)));
    hash.chars().take(32).collect()
}

impl WebhookForm for Handlers {
    fn name(&self) -> &'static str {
        FORM
    }

    fn tells(&self, telling: &Telling<'_>, reads: &mut dyn Reads) -> Stored<bool> {
        let Telling { subscription, event, .. } = telling;
        if rule_call::is_call(event) {
            return Ok(subscription.params.contains_key("rule"));
        }
        if !event::is_told(telling) {
            return Ok(false);
        }
        // Of the installation of others nobody is told.
        let of_application = event.what.kind.starts_with("application.");
        let its = subscription.application.map(|id| id.to_string());
        if of_application && event.what.attrs.get("application").and_then(Value::as_str) != its.as_deref() {
            return Ok(false);
        }
        let Some(known) = event::of(event, reads)? else { return Ok(false) };
        Ok(said(subscription, "event").is_none_or(|code| code == known.code))
    }

    fn queues(&self, subscription: &Subscription, event: &Event) -> Queueing {
        let label = said(subscription, "event").unwrap_or_default().to_owned();
        let queue = said(subscription, "connector").unwrap_or_default().to_owned();
        Queueing { same: event::same(&label, event), label, queue }
    }

    fn request(
        &self,
        call: &WebhookCall<'_>,
        reads: &mut dyn Reads,
    ) -> Stored<Result<WebhookRequest, String>> {
        let WebhookCall { event, subscription, .. } = call;
        let code = match said(subscription, "event") {
            Some(code) => code,
            None if rule_call::is_call(event) => "",
            None if event.what.kind == TEST => "ONAPPTEST",
            None => match event::of(event, reads)? {
                Some(known) => known.code,
                None => return Ok(Err("the event has no name in this form".to_owned())),
            },
        };
        let data = match event.what.kind == TEST || rule_call::is_call(event) {
            true => json!({}),
            false => event::data(code, event, reads)?,
        };
        let Some(shop) = reads.shop(event.shop)? else { return Ok(Err("there is no such shop".to_owned())) };
        let mut auth = vec![
            ("domain", self.address.domain().to_owned()),
            ("server_endpoint", self.address.endpoint()),
            ("client_endpoint", self.address.endpoint()),
            ("member_id", member_id(&shop)),
        ];
        match subscription.application {
            None => {
                let Some(key) = subscription.valid_keys(call.at).next() else {
                    return Ok(Err("the webhook has no valid key: rotate it".to_owned()));
                };
                auth.push(("application_token", key.secret().to_owned()));
            }
            Some(id) => {
                let Some(application) = reads.record::<Application>(event.shop, id.0)? else {
                    return Ok(Err(format!("there is no application `{id}` any more")));
                };
                let over = event.what.kind == kind::APPLICATION_UNINSTALLED;
                if application.installed.is_none() && !over {
                    return Ok(Err(format!("the application `{id}` is not installed any more")));
                }
                auth.push(("application_token", application.token.clone()));
                auth.push(("status", "L".to_owned()));
                if !over {
                    auth.extend(self.rights(call, &application));
                }
            }
        }
        if rule_call::is_call(event) {
            let body = rule_call::form(event, subscription, &auth, reads)?;
            return Ok(body.map(|body| WebhookRequest { headers: headers(call), body }));
        }
        Ok(Ok(written(call, code, &data, &auth)))
    }
}

impl Handlers {
    /// The token, for whoever caused the event, or the handler's own person. Whoever answers what a rule did would be
    /// answered by the rule.
    fn rights(&self, call: &WebhookCall<'_>, application: &Application) -> Vec<(&'static str, String)> {
        let WebhookCall { event, subscription, at, .. } = call;
        let installed = application.installed.as_ref();
        let areas: Vec<String> = application.opened().into_iter().collect();
        let scope = ("scope", areas.join(","));
        let begins = event.what.kind == kind::APPLICATION_INSTALLED;
        let own = subscription.params.get("user").and_then(Value::as_i64).filter(|user| *user > 0);
        let employee = match begins {
            true => installed.and_then(|installed| installed.employee),
            false => own.map(EmployeeId).or_else(|| event.cause.by.employee()),
        };
        // A rule that is carried out by the application is answered: that is what it is called for.
        let employee = employee.filter(|_| rule_call::is_call(event) || !event.cause.by.is_automation());
        let expires = at.plus(LASTS);
        let claims = employee.map(|employee| Claims {
            shop: event.shop,
            application: application.id,
            employee,
            admin: begins,
            expires,
        });
        let Some((claims, token)) = claims.and_then(|claims| Some((claims, self.tokens.mint(claims)?)))
        else {
            return vec![scope];
        };
        let mut rights = vec![
            ("access_token", token),
            ("expires", expires.0.div_euclid(1000).to_string()),
            ("expires_in", (LASTS / 1000).to_string()),
            scope,
            ("user_id", claims.employee.0.to_string()),
        ];
        if begins && let Some(welcome) = &application.welcome {
            rights.push(("refresh_token", welcome.clone()));
        }
        rights
    }
}

fn said<'s>(subscription: &'s Subscription, name: &str) -> Option<&'s str> {
    subscription.params.get(name).and_then(Value::as_str)
}

fn written(call: &WebhookCall<'_>, code: &str, data: &Value, auth: &[(&str, String)]) -> WebhookRequest {
    let WebhookCall { event, subscription, .. } = call;
    let mut form = Serializer::new(String::new());
    form.append_pair("event", code);
    form.append_pair("event_handler_id", &subscription.id.0.to_string());
    flat(&mut form, "data", data);
    form.append_pair("ts", &event.at.0.div_euclid(1000).to_string());
    for (name, value) in auth {
        form.append_pair(&format!("auth[{name}]"), value);
    }
    WebhookRequest { headers: headers(call), body: form.finish().into_bytes() }
}

fn headers(call: &WebhookCall<'_>) -> Vec<(String, String)> {
    let headers = [
        ("content-type", "application/x-www-form-urlencoded"),
        // Ours, beyond the contract: the same on every attempt.
        ("webhook-id", call.id),
    ];
    headers.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// `data[FIELDS][ID]=7`
pub fn flat(form: &mut Serializer<'_, String>, name: &str, value: &Value) {
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(key, value)| flat(form, &format!("{name}[{key}]"), value));
        }
        Value::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(index, value)| flat(form, &format!("{name}[{index}]"), value));
        }
        value => {
            form.append_pair(name, &crate::scalar::text(value).unwrap_or_default());
        }
    }
}

#[cfg(test)]
mod tests;
