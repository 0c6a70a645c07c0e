//! What a rule asked for, as a sentence: of a run's trace, and of whatever else shows effects. Pure.

use rulewright_domain::{
    ClientChange, Command, DocumentDraft, Draft, Effect, EntryChange, Fields, NewLine, OrderChange, OrderId,
    Recipient, ShopConfig,
};
use serde_json::Value;

use crate::{door::Look, names};

/// One effect, told.
pub struct Told {
    pub sentence: String,
    /// All of what is sent or written, where the sentence only says that it is.
    pub text: Option<String>,
    /// The order, where it is another one than that of the run.
    pub order: Option<OrderId>,
    pub is_message: bool,
}

impl Told {
    fn new(sentence: String) -> Told {
        Told { sentence, text: None, order: None, is_message: false }
    }

    fn with_text(sentence: String, text: String) -> Told {
        Told { text: Some(text).filter(|text| !text.trim().is_empty()), ..Told::new(sentence) }
    }
}

/// `home` is the order that the run is of. An effect that cannot be read is told by its kind.
pub fn told(look: &Look, config: &ShopConfig, home: OrderId, effect: &Value) -> Told {
    let teller = Teller { look, config, home };
    match serde_json::from_value::<Effect>(effect.clone()) {
        Ok(Effect::Message(draft)) => Told { is_message: true, ..teller.message(&draft) },
        Ok(Effect::Command { command, .. }) => teller.command(&command),
        Ok(Effect::Storage { key, value: Some(_) }) => {
            Told::new(look.with("effect-stores", &[("key", key.into())]))
        }
        Ok(Effect::Storage { key, value: None }) => {
            Told::new(look.with("effect-forgets", &[("key", key.into())]))
        }
        Err(_) => teller.shortened(effect),
    }
}

/// The way that a message takes, in the words of staff.
pub fn channel(look: &Look, name: &str) -> String {
    match name {
        "sms" => look.text("channel-sms"),
        "email" => look.text("channel-email"),
        "call" => look.text("channel-call"),
        "chat" => look.text("channel-chat"),
        "webhook" => look.text("channel-webhook"),
        other => other.to_owned(),
    }
}

/// Whom a message is for: who it is, and the address that was found.
pub fn recipient(look: &Look, config: &ShopConfig, draft: &Draft) -> String {
    let who = match &draft.to {
        Recipient::ClientOf(_) | Recipient::Client(_) => Some(look.text("recipient-client")),
        Recipient::Employee(id) => Some(names::employee(config, *id)),
        Recipient::Subscription(_) => Some(look.text("recipient-subscription")),
        Recipient::Address(_) => None,
    };
    match who {
        Some(who) if draft.address.is_empty() => who,
        Some(who) => format!("{who} ({})", draft.address),
        None => draft.address.clone(),
    }
}

/// A value as people write it.
pub fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "–".to_owned(),
        Value::Array(values) if values.iter().all(|value| !value.is_object() && !value.is_array()) => {
            values.iter().map(plain).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}

fn fields(fields: &Fields) -> String {
    let pairs = fields.iter().map(|(name, value)| format!("{name} = {}", plain(value)));
    pairs.collect::<Vec<_>>().join(", ")
}

struct Teller<'a> {
    look: &'a Look,
    config: &'a ShopConfig,
    home: OrderId,
}

impl Teller<'_> {
    fn with(&self, key: &str, name: &str, value: String) -> String {
        self.look.with(key, &[(name, value.into())])
    }

    fn message(&self, draft: &Draft) -> Told {
        let channel = channel(self.look, &draft.channel);
        let to = recipient(self.look, self.config, draft);
        let sentence = self.look.with("effect-message", &[("channel", channel.into()), ("to", to.into())]);
        let subject = draft.subject.as_deref().filter(|subject| !subject.is_empty());
        let text = match subject {
            Some(subject) => format!("{subject}\n\n{}", draft.text),
            None => draft.text.clone(),
        };
        Told::with_text(sentence, text)
    }

    fn command(&self, command: &Command) -> Told {
        let look = self.look;
        match command {
            Command::CreateOrder(new) => {
                let name = if new.title.is_empty() {
                    new.number.clone().unwrap_or_default()
                } else {
                    new.title.clone()
                };
                let pipeline = names::pipeline(self.config, &new.pipeline);
                Told::new(
                    look.with("effect-create-order", &[("name", name.into()), ("pipeline", pipeline.into())]),
                )
            }
            Command::ChangeOrder { id, change, .. } => {
                Told { order: Some(*id).filter(|id| *id != self.home), ..Told::new(self.change(change)) }
            }
            Command::CreateClient(client) => {
                Told::new(self.with("effect-create-client", "name", client.name.clone()))
            }
            Command::UpdateClient(client) => {
                Told::new(self.with("effect-change-client", "name", client.name.clone()))
            }
            Command::ChangeClient { id, fields: set } => Told::with_text(
                look.with("effect-change-client", &[("name", id.to_string().into())]),
                fields(set),
            ),
            Command::EditClient { id, changes } => {
                let set = changes.iter().filter_map(|change| match change {
                    ClientChange::SetFields { fields: set } => Some(fields(set)),
                    _ => None,
                });
                let set: Vec<String> = set.collect();
                let sentence = look.with("effect-change-client", &[("name", id.to_string().into())]);
                Told::with_text(sentence, set.join(", "))
            }
            Command::DeleteClient { id } => {
                Told::new(self.with("effect-delete-client", "name", id.to_string()))
            }
            Command::Ingest(event) => Told::new(self.with("effect-event", "kind", event.kind.clone())),
            Command::AddEntry { order, kind, text, .. } => {
                let kind = look.text(&format!("entry-kind-{}", kind.name()));
                let sentence = look.with("effect-entry", &[("kind", kind.into())]);
                Told { order: order.filter(|id| *id != self.home), ..Told::with_text(sentence, text.clone()) }
            }
            Command::Complete { entry } => {
                Told::new(self.with("effect-complete", "entry", entry.to_string()))
            }
            Command::ChangeEntry { entry, change } => {
                let key = match change {
                    EntryChange::Delete => "effect-delete-entry",
                    _ => "effect-change-entry",
                };
                Told::new(self.with(key, "entry", entry.to_string()))
            }
            Command::CreateDocument(draft) => {
                let title = match draft {
                    DocumentDraft::FromTemplate(from) => {
                        from.title.clone().unwrap_or_else(|| from.template.clone())
                    }
                    DocumentDraft::Filled { from, number, .. } => {
                        let title = from.title.clone().unwrap_or_else(|| from.template.clone());
                        format!("{title} {number}")
                    }
                    DocumentDraft::Made { title, .. } => title.clone(),
                };
                let order = Some(draft.order()).filter(|id| *id != self.home);
                Told { order, ..Told::new(self.with("effect-document", "title", title)) }
            }
            Command::AddItem { list, fields: set } => Told::with_text(
                look.with("effect-add-item", &[("list", self.list(list).into())]),
                fields(set),
            ),
            Command::ChangeItem { list, id, fields: set } => {
                let (list, item) = (self.list(list), id.to_string());
                let sentence =
                    look.with("effect-change-item", &[("list", list.into()), ("item", item.into())]);
                Told::with_text(sentence, fields(set))
            }
            Command::SendMailing(mailing) => {
                let segment = self.config.segments.get(&mailing.segment);
                let segment =
                    segment.map_or_else(|| mailing.segment.clone(), |segment| segment.title.clone());
                let by = channel(look, &mailing.channel);
                let sentence =
                    look.with("effect-mailing", &[("channel", by.into()), ("segment", segment.into())]);
                Told::with_text(sentence, mailing.text.clone())
            }
            Command::StartWorkflow { workflow, order, .. } => {
                let order = Some(*order).filter(|id| *id != self.home);
                Told { order, ..Told::new(self.with("effect-workflow", "workflow", workflow.clone())) }
            }
        }
    }

    fn list(&self, name: &str) -> String {
        self.config.lists.get(name).map_or_else(|| name.to_owned(), |list| list.title.clone())
    }

    fn change(&self, change: &OrderChange) -> String {
        let look = self.look;
        let or_nothing = |text: &Option<String>| text.clone().unwrap_or_else(|| "–".to_owned());
        match change {
            OrderChange::MoveStage { stage } => {
                self.with("effect-move", "stage", names::stage_of_any(self.config, stage))
            }
            OrderChange::MovePipeline { pipeline, .. } => {
                self.with("effect-move-pipeline", "pipeline", names::pipeline(self.config, pipeline))
            }
            OrderChange::Several { changes } => {
                changes.iter().map(|change| self.change(change)).collect::<Vec<_>>().join(" ")
            }
            OrderChange::SetTotal { total: Some(total), .. } => {
                self.with("effect-total", "total", look.money(*total))
            }
            OrderChange::SetTotal { total: None, .. } => look.text("effect-total-of-lines"),
            OrderChange::SetCurrency { currency } => {
                self.with("effect-currency", "currency", currency.as_str().to_owned())
            }
            OrderChange::SetFields { fields: set } => self.with("effect-fields", "fields", fields(set)),
            OrderChange::AppendFields { fields: set } => self.with("effect-append", "fields", fields(set)),
            OrderChange::AddTags { tags } => {
                self.with("effect-tags", "tags", tags.iter().cloned().collect::<Vec<_>>().join(", "))
            }
            OrderChange::SetResponsible { to: Some(to) } => {
                self.with("effect-responsible", "name", names::employee(self.config, *to))
            }
            OrderChange::SetResponsible { to: None } => look.text("effect-responsible-nobody"),
            OrderChange::SetSource { source } => self.with("effect-source", "source", or_nothing(source)),
            OrderChange::SetClients { .. } => look.text("effect-clients"),
            OrderChange::SetLines { lines } => self.with("effect-lines", "lines", named_lines(lines)),
            OrderChange::AddPayment { amount, .. } => {
                self.with("effect-add-payment", "amount", look.money(*amount))
            }
            OrderChange::Pay { .. } => look.text("effect-pay"),
            OrderChange::Unpay { .. } => look.text("effect-unpay"),
            OrderChange::EditPayment { .. } => look.text("effect-edit-payment"),
            OrderChange::RemovePayment { .. } => look.text("effect-remove-payment"),
            OrderChange::AddShipment { .. } => look.text("effect-add-shipment"),
            OrderChange::AllowDelivery => look.text("effect-allow-delivery"),
            OrderChange::MarkShipped => look.text("effect-shipped"),
            OrderChange::EditShipments { fields: set, .. } => {
                self.with("effect-edit-shipments", "fields", fields(set))
            }
            OrderChange::NoteShipment { attrs, .. } => {
                self.with("effect-edit-shipments", "fields", fields(attrs))
            }
            OrderChange::RemoveShipment { .. } => look.text("effect-remove-shipment"),
            OrderChange::Cancel { reason } => self.with("effect-cancel", "reason", or_nothing(reason)),
            OrderChange::Restore => look.text("effect-restore"),
            OrderChange::Delete => look.text("effect-delete"),
        }
    }

    /// Traces say of large contents only how large they are.
    fn shortened(&self, effect: &Value) -> Told {
        let look = self.look;
        let text = |pointer: &str| effect.pointer(pointer).and_then(Value::as_str).map(ToOwned::to_owned);
        if let Some(key) = text("/storage/key") {
            return Told::new(look.with("effect-stores", &[("key", key.into())]));
        }
        let kind = text("/command/command/type").unwrap_or_default();
        if kind == "create-document" {
            let title = text("/command/command/title").or_else(|| text("/command/command/from/title"));
            let title = title.or_else(|| text("/command/command/from/template")).unwrap_or_default();
            return Told::new(look.with("effect-document", &[("title", title.into())]));
        }
        Told::new(look.with("effect-other", &[("kind", kind.into())]))
    }
}

fn named_lines(lines: &[NewLine]) -> String {
    lines.iter().map(|line| line.title.as_str()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{listing::tests::look, runs::sample};

    fn sentence(effect: Value) -> String {
        told(&look("en"), &sample::config(), OrderId(1), &effect).sentence
    }

    #[test]
    fn a_message_says_to_whom_and_has_its_whole_text() {
        let effect = json!({ "message": {
            "channel": "sms", "to": { "client-of": "ord_1" }, "address": "+441632960000", "about": "ord_1",
            "sender": null, "subject": null, "text": "Hello Mira", "correlation": null,
        } });
        let told = told(&look("en"), &sample::config(), OrderId(1), &effect);
        assert!(told.is_message);
        assert!(told.sentence.contains("+441632960000"), "{}", told.sentence);
        assert_eq!(told.text.as_deref(), Some("Hello Mira"));
    }

    #[test]
    fn stages_are_called_by_their_names_and_other_orders_are_named() {
        let change = |id: &str| {
            json!({ "command": { "command": {
                "type": "change-order", "id": id, "change": { "change": "move-stage", "stage": "paid" },
            } } })
        };
        assert!(sentence(change("ord_1")).contains("Paid"));
        let other = told(&look("en"), &sample::config(), OrderId(1), &change("ord_7"));
        assert_eq!(other.order, Some(OrderId(7)));
    }

    #[test]
    fn what_a_trace_has_shortened_is_still_told() {
        let large = json!({ "bytes": 9000, "sha256": "ab" });
        let document = json!({ "command": { "label": null, "command": {
            "type": "create-document", "order": "ord_1", "title": "Invoice 7", "media_type": "text/html",
            "content": large,
        } } });
        assert!(sentence(document).contains("Invoice 7"));
        assert!(sentence(json!({ "storage": { "key": "token", "value": large } })).contains("token"));
        assert!(!sentence(json!({ "of": "another version" })).is_empty());
    }
}
