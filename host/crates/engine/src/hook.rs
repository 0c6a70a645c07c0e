//! Calls of a shop's webhook: with a code that nothing about their target waits for, they leave no trace but the
//! refusal.

use rulewright_domain::{
    EventId, NewEvent, Order, Run, RunId, RunState, ShopId, TriggerSpec, audit::Deed, hook, kind, template,
};
use rulewright_ports::Failure;
use serde_json::Value;

use crate::{Engine, Refusal, change::Change, check::line, hash::unguessable};

/// With which widget staff choose the code in a trigger's settings.
const WIDGET: &str = "webhook-code";
/// Characters of a code: it stands in an address.
const MAX_CODE: usize = 200;

impl Engine {
    /// From now on calls with this code must be signed. Returns the key, which nobody is shown again; one that there was
    /// before signs nothing any more.
    pub async fn make_hook_key(&self, shop: ShopId, code: String) -> Result<String, Refusal> {
        line("/code", &code, MAX_CODE)?;
        let random = unguessable().map_err(|error| Failure::new("unavailable", error.to_string(), true))?;
        let key = hook::shown(random.as_bytes());
        let kept = key.clone();
        self.change_shop(shop, move |shop| drop(shop.hook_keys.insert(code.clone(), kept.clone()))).await?;
        Ok(key)
    }

    /// From now on calls with this code need not be signed.
    pub async fn remove_hook_key(&self, shop: ShopId, code: &str) -> Result<(), Refusal> {
        let code = code.to_owned();
        self.change(shop, move |change| {
            let mut shop = change.config.shop.clone();
            match shop.hook_keys.remove(&code) {
                Some(_) => {
                    change.tx.put_shop(&shop)?;
                    change.audit(Deed::new("shop.changed", shop.id).with("fields", vec!["hook_keys"]))
                }
                None => Err(Refusal::not_found("key of the webhook", &code)),
            }
        })
        .await
    }
}

impl Change<'_> {
    /// Triggers of the order's pipeline may wait for the call, or of any where it is about a client; so may a run.
    pub fn must_be_expected(&mut self, call: &NewEvent, order: Option<&Order>) -> Result<(), Refusal> {
        if call.kind != kind::WEBHOOK_RECEIVED {
            return Ok(());
        }
        let code = call.attrs.get("code").and_then(Value::as_str).unwrap_or_default();
        let pipelines = self.config.automations.keys();
        let concerned = pipelines.filter(|pipeline| order.is_none_or(|order| order.pipeline == **pipeline));
        let mut triggers = concerned.flat_map(|pipeline| self.config.triggers(pipeline, &call.kind));
        if triggers.any(|(_, trigger)| self.answers_to(trigger, code)) {
            return Ok(());
        }
        let waiting = self.tx.runs_waiting_for(self.shop, call, EventId(i64::MAX), RunId(0), u32::MAX)?;
        let waits = |run: &Run| matches!(&run.state, RunState::Waiting { filter: Some(filter), .. } if filter.matches(call));
        if waiting.iter().any(waits) {
            return Ok(());
        }
        let about = order.map_or_else(String::new, |order| format!(" about order {}", order.number));
        let message = format!("wrong code: nothing waits for a call{about} with the code `{code}`");
        Err(Refusal::Denied { code: "wrong-code", message })
    }

    /// A trigger without a code answers to every call.
    fn answers_to(&self, trigger: &TriggerSpec, code: &str) -> bool {
        let Some(plugin) = self.config.plugins.get(&trigger.plugin) else { return false };
        let named = template::named(&plugin.manifest.settings, &trigger.settings).unwrap_or_default();
        let mut codes = named.iter().filter(|(widget, _)| widget == WIDGET).peekable();
        codes.peek().is_none() || codes.any(|(_, known)| known.trim() == code)
    }
}
