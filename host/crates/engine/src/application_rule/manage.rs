//! What applications register, and take back.

use rulewright_domain::{
    ApplicationId, ApplicationRule, ApplicationRuleId, EmployeeId, OrderKind, ShopId, Subscription,
    SubscriptionId, application_rule::Property, audit::Deed, subscription::SigningKey,
};
use rulewright_ports::{
    Failure, StorageExt,
    storage::{PutRecords, Records, Sequence},
};
use serde_json::{Map, Value, json};

use crate::{Asked, Engine, Refusal, audit, change::Change, check::line, hash::secret_bytes};

/// Of one shop: all are part of its configuration.
const MOST: usize = 200;
const PROPERTIES: usize = 100;
/// Characters.
const CODE: usize = 128;
const NAME: usize = 200;
const TEXT: usize = 2_000;
const URL: usize = 2_000;

/// What an application registers.
#[derive(Clone, Debug)]
pub struct NewApplicationRule {
    /// By what the application calls itself; empty: the shop itself.
    pub owner: String,
    pub application: Option<ApplicationId>,
    /// In whose name the application answers, where it must be somebody.
    pub employee: Option<EmployeeId>,
    pub code: String,
    pub name: String,
    pub description: String,
    /// Address that is told.
    pub handler: String,
    /// The name of a [`rulewright_ports::WebhookForm`].
    pub form: String,
    pub properties: Vec<Property>,
    pub returns: Vec<Property>,
    pub waits: bool,
    pub kinds: Option<Vec<OrderKind>>,
    pub params: Map<String, Value>,
}

/// What is left out stays as it is.
#[derive(Clone, Debug, Default)]
pub struct ApplicationRuleChange {
    pub name: Option<String>,
    pub description: Option<String>,
    pub handler: Option<String>,
    pub properties: Option<Vec<Property>>,
    pub returns: Option<Vec<Property>>,
    pub waits: Option<bool>,
    pub kinds: Option<Option<Vec<OrderKind>>>,
    pub params: Option<Map<String, Value>>,
}

impl Engine {
    /// `Conflict` where the owner has one of that code already.
    pub async fn register_application_rule(
        &self,
        asked: impl Into<Asked>,
        new: NewApplicationRule,
    ) -> Result<ApplicationRule, Refusal> {
        let Asked { shop, key } = asked.into();
        if self.inner.forms.named(&new.form).is_none() {
            let message = format!("this host does not know handlers of the form `{}`", new.form);
            return Err(Refusal::invalid("/form", "form", message));
        }
        let NewApplicationRule {
            owner,
            application,
            employee,
            code,
            name,
            description,
            handler,
            form,
            properties,
            returns,
            waits,
            kinds,
            params,
        } = new;
        line("/code", &code, CODE)?;
        self.check_handler(&handler)?;
        let bytes = secret_bytes().map_err(|error| Failure::new("unavailable", error.to_string(), true))?;
        let rule = ApplicationRule {
            id: ApplicationRuleId(0),
            owner,
            code,
            name,
            description,
            properties,
            returns,
            waits,
            kinds,
            subscription: SubscriptionId(0),
            params,
            created: self.clock().now(),
        };
        check_rule(&rule)?;
        let subscription = Subscription {
            id: SubscriptionId(0),
            url: handler,
            kinds: Vec::new(),
            pipeline: None,
            description: format!("Rule `{}` of an application", rule.name),
            active: true,
            disabled: None,
            keys: vec![SigningKey::new(&bytes)],
            form,
            params: Map::new(),
            application,
            pull: false,
            created: rule.created,
        };
        let registered = self.change(shop, move |change| {
            change.once(key.as_ref(), |change| {
                let ApplicationRule { owner, code, .. } = &rule;
                let rules = &change.config.application_rules;
                if rules.values().any(|known| known.owner == *owner && known.code == *code) {
                    let message = format!("a rule with the code `{code}` is registered already: update it");
                    return Err(Refusal::Conflict { message });
                }
                if rules.len() >= MOST {
                    let message = format!("a shop has at most {MOST} rules of applications");
                    return Err(Refusal::Conflict { message });
                }
                let id = ApplicationRuleId(change.tx.next(Sequence::Record)?);
                let told = SubscriptionId(change.tx.next(Sequence::Record)?);
                let rule = ApplicationRule { id, subscription: told, ..rule.clone() };
                let mut params = Map::new();
                params.insert("rule".to_owned(), json!(id));
                if let Some(employee) = employee {
                    params.insert("user".to_owned(), json!(employee.0));
                }
                let kinds = vec![rule.event_kind()];
                let subscription = Subscription { id: told, kinds, params, ..subscription.clone() };
                change.tx.put_record(change.shop, &subscription)?;
                change.tx.put_record(change.shop, &rule)?;
                change.audit(deed("registered", &rule))?;
                Ok(rule)
            })
        });
        Ok(registered.await?.answer)
    }

    /// What stands on stages already is this rule, as it is from now on.
    pub async fn change_application_rule(
        &self,
        shop: ShopId,
        owner: &str,
        code: &str,
        wanted: ApplicationRuleChange,
    ) -> Result<ApplicationRule, Refusal> {
        if let Some(handler) = &wanted.handler {
            self.check_handler(handler)?;
        }
        let (owner, code) = (owner.to_owned(), code.to_owned());
        self.change(shop, move |change| {
            let before = change.application_rule(&owner, &code)?;
            let mut rule = before.clone();
            let ApplicationRuleChange {
                name,
                description,
                handler,
                properties,
                returns,
                waits,
                kinds,
                params,
            } = wanted.clone();
            rule.name = name.unwrap_or(rule.name);
            rule.description = description.unwrap_or(rule.description);
            rule.properties = properties.unwrap_or(rule.properties);
            rule.returns = returns.unwrap_or(rule.returns);
            rule.waits = waits.unwrap_or(rule.waits);
            rule.kinds = kinds.unwrap_or(rule.kinds);
            rule.params = params.unwrap_or(rule.params);
            check_rule(&rule)?;
            let mut moved = false;
            if let Some(url) = handler {
                let told = change.tx.record::<Subscription>(shop, rule.subscription.0)?;
                let told = told.ok_or_else(|| Refusal::not_found("handler", rule.subscription))?;
                // Another address is none that was given up.
                moved = told.url != url;
                change.tx.put_record(shop, &Subscription { url, disabled: None, ..told })?;
            }
            change.tx.put_record(shop, &rule)?;
            let mut fields = audit::changed(&before, &rule);
            if moved {
                fields.push("handler".to_owned());
            }
            if !fields.is_empty() {
                change.audit(deed("changed", &rule).with("fields", fields))?;
            }
            Ok(rule)
        })
        .await
    }

    /// Where it stands on a stage, it stays there and fails.
    pub async fn remove_application_rule(
        &self,
        shop: ShopId,
        owner: &str,
        code: &str,
    ) -> Result<(), Refusal> {
        let (owner, code) = (owner.to_owned(), code.to_owned());
        self.change(shop, move |change| {
            let rule = change.application_rule(&owner, &code)?;
            change.tx.remove_record::<Subscription>(shop, rule.subscription.0)?;
            change.tx.remove_record::<ApplicationRule>(shop, rule.id.0)?;
            change.audit(deed("removed", &rule))
        })
        .await
    }

    /// In the order in which they were registered. None: of every owner.
    pub async fn application_rules(
        &self,
        shop: ShopId,
        owner: Option<&str>,
    ) -> Result<Vec<ApplicationRule>, Refusal> {
        let owner = owner.map(str::to_owned);
        let all = self.storage().read(move |reads| {
            let mut all = reads.all_records::<ApplicationRule>(shop, None)?;
            all.retain(|rule| owner.as_ref().is_none_or(|owner| rule.owner == *owner));
            Ok::<_, Refusal>(all)
        });
        all.await
    }

    fn check_handler(&self, url: &str) -> Result<(), Refusal> {
        line("/handler", url, URL)?;
        let target = self.inner.deps.egress.target(url);
        target.map_err(|error| Refusal::invalid("/handler", "url", error.to_string())).map(drop)
    }
}

impl Change<'_> {
    fn application_rule(&mut self, owner: &str, code: &str) -> Result<ApplicationRule, Refusal> {
        let found = self.tx.record_named::<ApplicationRule>(self.shop, &format!("{owner}/{code}"))?;
        found.ok_or_else(|| Refusal::not_found("rule of the application", code))
    }
}

fn deed(what: &str, rule: &ApplicationRule) -> Deed {
    let deed = Deed::new(&format!("application-rule.{what}"), &rule.code);
    if rule.owner.is_empty() { deed } else { deed.with("owner", rule.owner.clone()) }
}

fn check_rule(rule: &ApplicationRule) -> Result<(), Refusal> {
    line("/name", &rule.name, NAME)?;
    if rule.description.chars().count() > TEXT {
        let message = format!("a description has at most {TEXT} characters");
        return Err(Refusal::invalid("/description", "too-long", message));
    }
    for (list, path) in [(&rule.properties, "/properties"), (&rule.returns, "/returns")] {
        if list.len() > PROPERTIES {
            let message = format!("a rule has at most {PROPERTIES} of them");
            return Err(Refusal::invalid(path, "too-many", message));
        }
        for (index, property) in list.iter().enumerate() {
            line(&format!("{path}/{index}/name"), &property.name, NAME)?;
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
            let begins = property.key.starts_with(|c: char| c.is_ascii_alphabetic());
            if !begins || property.key.len() > CODE || !property.key.chars().all(plain) {
                let message = "a key begins with a letter and has letters, digits, `_` and `-`";
                return Err(Refusal::invalid(&format!("{path}/{index}/key"), "name", message));
            }
            if list.iter().take(index).any(|other| other.key == property.key) {
                let message = format!("the key `{}` stands twice", property.key);
                return Err(Refusal::invalid(&format!("{path}/{index}/key"), "twice", message));
            }
        }
    }
    Ok(())
}
