//! The fake host's functions: the same modules and signatures as the bindings of `wit/host`.

mod orders;

use super::Effect;
use super::world::{World, granted, refusal, with};
use crate::{Attr, Client, Employee, HostError, Order, Value, attr};

pub use orders::{orders_read, orders_write, payments_write, shipments_write};

type Done<T = ()> = Result<T, HostError>;

fn owned(texts: &[impl AsRef<str>]) -> Vec<String> {
    texts.iter().map(|text| text.as_ref().to_owned()).collect()
}

fn order_of<'a>(world: &'a mut World, id: &str) -> Done<&'a mut Order> {
    world.orders.get_mut(id).ok_or(HostError::NotFound)
}

fn put(fields: &mut Vec<Attr>, new: &[Attr]) {
    for field in new {
        fields.retain(|old| old.key != field.key);
        if field.value != Value::None {
            fields.push(field.clone());
        }
    }
}

pub mod log {
    use super::*;
    use crate::log::Level;
    use crate::testing::Line;

    pub fn write(level: Level, message: &str, fields: &[Attr]) {
        with(|world| world.log.push(Line { level, message: message.into(), fields: fields.to_vec() }));
    }
}

pub mod step {
    use super::*;

    pub fn now() -> i64 {
        with(|world| world.now)
    }

    /// SplitMix64, seeded by the scenario and the step: a repeated step draws the same numbers.
    pub fn random() -> u64 {
        with(|world| {
            world.drawn += 1;
            let start = world.seed.rotate_left(32) ^ u64::from(world.step);
            let mut z = start.wrapping_add(world.drawn.wrapping_mul(0x9E37_79B9_7F4A_7C15));
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            z ^ (z >> 31)
        })
    }

    pub fn idempotency_key(label: &str) -> String {
        with(|world| crate::testing::idempotency_key(world.step, label))
    }
}

pub mod clients_read {
    use super::*;

    pub fn get(id: &str) -> Done<Client> {
        granted("clients-read.get", |world| world.clients.get(id).cloned().ok_or(HostError::NotFound))
    }
}

pub mod clients_write {
    use super::*;

    pub fn set_fields(id: &str, fields: &[Attr]) -> Done {
        granted("clients-write.set-fields", |world| {
            let client = world.clients.get_mut(id).ok_or(HostError::NotFound)?;
            put(&mut client.attrs, fields);
            world.effects.push(Effect::SetClientFields { client: id.into(), fields: fields.to_vec() });
            Ok(())
        })
    }
}

pub mod employees_read {
    use super::*;

    pub fn get(id: &str) -> Done<Employee> {
        granted("employees-read.get", |world| world.employees.get(id).cloned().ok_or(HostError::NotFound))
    }

    pub fn all() -> Done<Vec<Employee>> {
        granted("employees-read.all", |world| Ok(world.employees.values().cloned().collect()))
    }
}

pub mod timeline {
    use super::*;

    pub fn add_comment(order: &str, text: &str, author: Option<&str>) -> Done {
        granted("timeline.add-comment", |world| {
            order_of(world, order)?;
            world.effects.push(Effect::AddComment {
                order: order.into(),
                text: text.into(),
                author: author.map(Into::into),
            });
            Ok(())
        })
    }
}

pub mod history {
    use super::*;

    pub fn write(order: &str, text: &str, author: Option<&str>) -> Done {
        granted("history.write", |world| {
            order_of(world, order)?;
            world.effects.push(Effect::WriteHistory {
                order: order.into(),
                text: text.into(),
                author: author.map(Into::into),
            });
            Ok(())
        })
    }
}

pub mod feed {
    use super::*;

    pub fn publish(post: &crate::feed::Post) -> Done {
        granted("feed.publish", |world| {
            world.effects.push(Effect::Publish(post.clone()));
            Ok(())
        })
    }
}

pub mod notifications {
    use super::*;

    pub fn send(notification: &crate::notifications::Notification) -> Done {
        granted("notifications.send", |world| {
            world.effects.push(Effect::Notify(notification.clone()));
            Ok(())
        })
    }
}

pub mod activities {
    use super::*;

    pub fn add(activity: &crate::activities::Activity) -> Done<String> {
        granted("activities.add", |world| {
            order_of(world, &activity.order)?;
            world.effects.push(Effect::AddActivity(activity.clone()));
            Ok(world.label("activity"))
        })
    }
}

pub mod tasks {
    use super::*;

    pub fn create(task: &crate::tasks::Task) -> Done<String> {
        granted("tasks.create", |world| {
            world.effects.push(Effect::CreateTask(task.clone()));
            Ok(world.label("task"))
        })
    }
}

pub mod lists_read {
    use super::*;
    use crate::lists::Item;

    pub fn get(list: &str, id: &str) -> Done<Item> {
        granted("lists-read.get", |world| {
            let mut items = world.items.iter();
            let found = items.find(|item| item.list_name == list && item.id == id);
            found.cloned().ok_or(HostError::NotFound)
        })
    }

    pub fn find(list: &str, fields: &[Attr], limit: u32) -> Done<Vec<Item>> {
        granted("lists-read.find", |world| {
            let mut items: Vec<Item> = world
                .items
                .iter()
                .filter(|item| item.list_name == list)
                .filter(|item| fields.iter().all(|field| item.fields.contains(field)))
                .cloned()
                .collect();
            items.sort_by(|a, b| a.id.cmp(&b.id));
            items.truncate(limit as usize);
            Ok(items)
        })
    }
}

pub mod lists_write {
    use super::*;

    pub fn create(list: &str, fields: &[Attr]) -> Done<String> {
        granted("lists-write.create", |world| {
            world.effects.push(Effect::CreateItem { list: list.into(), fields: fields.to_vec() });
            Ok(world.label("item"))
        })
    }

    pub fn update(list: &str, id: &str, fields: &[Attr]) -> Done {
        granted("lists-write.update", |world| {
            let mut items = world.items.iter_mut();
            let found = items.find(|item| item.list_name == list && item.id == id);
            put(&mut found.ok_or(HostError::NotFound)?.fields, fields);
            world.effects.push(Effect::UpdateItem {
                list: list.into(),
                id: id.into(),
                fields: fields.to_vec(),
            });
            Ok(())
        })
    }
}

pub mod messages {
    use super::*;
    use crate::messages::{Message, Recipient};

    pub fn queue(message: &Message) -> Done<String> {
        granted("messages.queue", |world| {
            let address = address(world, message)?;
            world.effects.push(Effect::Queue { message: message.clone(), address });
            Ok(world.label("message"))
        })
    }

    /// The first card that has any address of the channel decides; a given kind has no fallback.
    fn address(world: &mut World, message: &Message) -> Done<String> {
        let mail = message.channel == "email";
        let cards: Vec<String> = match &message.to {
            Recipient::Address(address) => return valid(address, mail),
            Recipient::Employee(id) => {
                let employee = world.employees.get(id).ok_or(HostError::NotFound)?;
                let own = if mail { &employee.email } else { &employee.phone };
                return valid(own.as_deref().unwrap_or_default(), mail);
            }
            Recipient::Client(id) => vec![id.clone()],
            Recipient::ClientOf(id) => order_of(world, id)?.clients().map(Into::into).collect(),
        };
        let points = cards
            .iter()
            .filter_map(|id| world.clients.get(id))
            .map(|card| if mail { &card.emails } else { &card.phones })
            .find(|points| !points.is_empty());
        let found = points.into_iter().flatten().find(|point| {
            let kind = message.address_kind.as_ref();
            kind.is_none_or(|kind| *kind == point.kind)
        });
        valid(found.map(|point| point.value.as_str()).unwrap_or_default(), mail)
    }

    fn valid(address: &str, mail: bool) -> Done<String> {
        if address.is_empty() {
            return Err(refusal("no-address", "the client has no such address"));
        }
        let good = match address.split_once('@') {
            Some((name, host)) => mail && !name.is_empty() && host.contains('.'),
            None => !mail && address.chars().filter(char::is_ascii_digit).count() >= 7,
        };
        match good {
            true => Ok(address.into()),
            false => Err(refusal("invalid-address", "the address cannot be right")),
        }
    }
}

pub mod segments {
    use super::*;

    pub fn queue(segment: &str, message: &crate::messages::Message) -> Done<String> {
        granted("segments.queue", |world| {
            world.effects.push(Effect::QueueToSegment { segment: segment.into(), message: message.clone() });
            Ok(world.label("mailing"))
        })
    }
}

pub mod documents {
    use super::*;

    pub fn create(document: &crate::documents::FromTemplate) -> Done<String> {
        granted("documents.create", |world| {
            order_of(world, &document.order)?;
            if let Some(known) = &world.templates
                && !known.contains(&document.template)
            {
                return Err(HostError::NotFound);
            }
            world.effects.push(Effect::CreateDocument(document.clone()));
            Ok(world.label("document"))
        })
    }

    pub fn put(order: &str, title: &str, media_type: &str, bytes: &[u8]) -> Done<String> {
        granted("documents.put", |world| {
            order_of(world, order)?;
            world.effects.push(Effect::PutDocument {
                order: order.into(),
                title: title.into(),
                media_type: media_type.into(),
                bytes: bytes.to_vec(),
            });
            Ok(world.label("document"))
        })
    }
}

pub mod workflows {
    use super::*;

    pub fn start(workflow: &str, order: &str, parameters: &[Attr]) -> Done<String> {
        granted("workflows.start", |world| {
            order_of(world, order)?;
            world.effects.push(Effect::StartWorkflow {
                workflow: workflow.into(),
                order: order.into(),
                parameters: parameters.to_vec(),
            });
            Ok(world.label("workflow"))
        })
    }
}

pub mod events_emit {
    use super::*;

    pub fn emit(kind: &str, order: Option<&str>, correlation: Option<&str>, attrs: &[Attr]) -> Done {
        granted("events-emit.emit", |world| {
            world.effects.push(Effect::Emit {
                kind: kind.into(),
                order: order.map(Into::into),
                correlation: correlation.map(Into::into),
                attrs: attrs.to_vec(),
            });
            Ok(())
        })
    }
}

pub mod storage {
    use super::*;

    pub fn get(key: &str) -> Done<Option<Vec<u8>>> {
        granted("storage.get", |world| Ok(world.storage.get(key).cloned()))
    }

    pub fn set(key: &str, value: &[u8]) -> Done {
        granted("storage.set", |world| {
            world.storage.insert(key.into(), value.to_vec());
            Ok(())
        })
    }

    pub fn delete(key: &str) -> Done {
        granted("storage.delete", |world| {
            world.storage.remove(key);
            Ok(())
        })
    }
}

pub mod secrets {
    use super::*;

    /// A handle to a secret; the value stays outside.
    #[derive(Debug)]
    pub struct Secret(pub(super) String);

    impl Secret {
        pub fn name(&self) -> String {
            self.0.clone()
        }
    }

    pub fn open(name: &str) -> Done<Secret> {
        granted("secrets.open", |world| {
            let known = world.secrets.contains_key(name);
            known.then(|| Secret(name.into())).ok_or(HostError::NotFound)
        })
    }
}

pub mod secrets_reveal {
    use super::*;

    pub fn reveal(secret: &secrets::Secret) -> Done<Vec<u8>> {
        granted("secrets-reveal.reveal", |world| {
            let value = world.secrets.get(&secret.0).ok_or(HostError::NotFound)?;
            Ok(value.clone().into_bytes())
        })
    }
}

pub mod http {
    use super::*;
    use crate::http::{HttpError, Response};
    use crate::testing::Sent;

    pub struct SecretValue<'a> {
        pub prefix: String,
        pub secret: &'a secrets::Secret,
        pub suffix: String,
    }

    pub enum HeaderValue<'a> {
        Text(String),
        Secret(SecretValue<'a>),
    }

    pub struct Header<'a> {
        pub name: String,
        pub value: HeaderValue<'a>,
    }

    pub struct Request<'a> {
        pub method: String,
        pub url: String,
        pub headers: Vec<Header<'a>>,
        pub body: Option<Vec<u8>>,
        pub timeout: Option<u64>,
        pub key: String,
    }

    /// Answers from the script, and the same answer to the same key of the same step.
    pub fn send(request: &Request<'_>) -> Result<Response, HttpError> {
        with(|world| {
            if world.denied.contains("http.send") {
                return Err(HttpError::Denied("http.send".into()));
            }
            let place = (world.step, request.key.clone());
            if let Some(recorded) = world.journal.get(&place) {
                return Ok(Response { replayed: true, ..recorded.clone() });
            }
            world.requests.push(Sent {
                method: request.method.clone(),
                url: request.url.clone(),
                headers: request.headers.iter().map(shown).collect(),
                body: request.body.clone(),
                timeout: request.timeout,
                key: request.key.clone(),
            });
            let answer = world.answers.pop_front();
            let answer = answer.expect("one more HTTP request than the scenario has answers");
            if let Ok(response) = &answer.0 {
                world.journal.insert(place, response.clone());
            }
            answer.0
        })
    }

    fn shown(header: &Header<'_>) -> (String, String) {
        let value = match &header.value {
            HeaderValue::Text(text) => text.clone(),
            HeaderValue::Secret(value) => {
                let SecretValue { prefix, secret, suffix } = value;
                format!("{prefix}{{{{secret:{}}}}}{suffix}", secret.0)
            }
        };
        (header.name.clone(), value)
    }
}
