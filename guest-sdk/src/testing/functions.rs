//! The fake host's functions: the same modules and signatures as the bindings of `wit/host`, and the same answers.
//! What a real host finds wrong only when it commits, this one does too.

mod orders;
mod sending;

use super::Effect;
use super::world::{World, granted, refusal, with};
use crate::{Attr, Client, Employee, HostError, Instant, Issue, Order, Value, attr};

pub use orders::{orders_read, orders_write, payments_write, shipments_write};
pub use sending::messages;

type Done<T = ()> = Result<T, HostError>;

/// Bytes, where the host wants one line.
const KEY: usize = 200;
const TITLE: usize = 250;

fn invalid(path: &str, message: &str) -> HostError {
    HostError::Invalid(vec![Issue::new(path, "invalid", message)])
}

fn line(path: &str, text: Option<&str>, longest: usize) -> Done {
    match text {
        Some(text) if text.is_empty() || text.len() > longest || text.contains(char::is_control) => {
            Err(invalid(path, &format!("expected one line of 1 to {longest} bytes")))
        }
        _ => Ok(()),
    }
}

fn limit(limit: u32) -> Done {
    if (1..=100).contains(&limit) { Ok(()) } else { Err(invalid("/limit", "expected 1 to 100")) }
}

fn owned(texts: &[impl AsRef<str>]) -> Vec<String> {
    texts.iter().map(|text| text.as_ref().to_owned()).collect()
}

fn order_of<'a>(world: &'a mut World, id: &str) -> Done<&'a mut Order> {
    world.orders.get_mut(id).ok_or(HostError::NotFound)
}

/// Stages a change. Whether there is such an order only the commit finds out.
fn change(world: &mut World, id: &str, effect: Effect, act: impl FnOnce(&mut Order)) {
    match world.orders.get_mut(id) {
        Some(order) => act(order),
        None => world.refuse(format!("there is no order `{id}`")),
    }
    world.effects.push(effect);
}

/// An author is an employee.
fn author(world: &World, author: Option<&str>) -> Done<Option<String>> {
    match author {
        Some(id) if !world.employees.contains_key(id) => Err(invalid("/author", "there is no such employee")),
        author => Ok(author.map(Into::into)),
    }
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

    pub fn midnight(day: &str) -> Option<Instant> {
        let utc = crate::moment::days_since_1970(day)?.checked_mul(crate::DAY as i64)?;
        Some(utc - with(|world| world.utc_offset))
    }

    /// The fake shop works around the clock, every day.
    pub fn working_time(after: Instant, days: u32, time: u64) -> Option<Instant> {
        let days = crate::DAY.checked_mul(days.into())?;
        after.checked_add_unsigned(days.checked_add(time)?)
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
            let author = super::author(world, author)?;
            let comment = Effect::AddComment { order: order.into(), text: text.into(), author };
            change(world, order, comment, |_| ());
            Ok(())
        })
    }

    pub fn add_comment_with_documents(
        order: &str,
        text: &str,
        author: Option<&str>,
        documents: &[String],
    ) -> Done {
        granted("timeline.add-comment-with-documents", |world| {
            let author = super::author(world, author)?;
            let comment = Effect::AddCommentWithDocuments {
                order: order.into(),
                text: text.into(),
                author,
                documents: documents.to_vec(),
            };
            change(world, order, comment, |_| ());
            Ok(())
        })
    }
}

pub mod history {
    use super::*;

    pub fn write(order: &str, text: &str, author: Option<&str>) -> Done {
        granted("history.write", |world| {
            let author = super::author(world, author)?;
            let line = Effect::WriteHistory { order: order.into(), text: text.into(), author };
            change(world, order, line, |_| ());
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
            if notification.recipients.is_empty() {
                return Err(invalid("/recipients", "it has no recipient"));
            }
            world.effects.push(Effect::Notify(notification.clone()));
            Ok(())
        })
    }
}

pub mod activities {
    use super::*;

    pub fn add(activity: &crate::activities::Activity) -> Done<String> {
        granted("activities.add", |world| {
            change(world, &activity.order, Effect::AddActivity(activity.clone()), |_| ());
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
            super::limit(limit)?;
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
    use crate::documents::{FromTemplate, Prepared};

    fn no_such(template: &str) -> String {
        format!("there is no template `{template}`")
    }

    fn known(world: &World, template: &str) -> bool {
        world.templates.as_ref().is_none_or(|known| known.contains(template))
    }

    pub fn create(document: &FromTemplate) -> Done<String> {
        granted("documents.create", |world| {
            line("/title", document.title.as_deref(), TITLE)?;
            if !known(world, &document.template) {
                world.refuse(no_such(&document.template));
            }
            change(world, &document.order, Effect::CreateDocument(document.clone()), |_| ());
            Ok(world.label("document"))
        })
    }

    pub fn prepare(document: &FromTemplate) -> Done<Prepared> {
        granted("documents.prepare", |world| {
            line("/title", document.title.as_deref(), TITLE)?;
            if let Some(prepared) = world.prepared.get(&document.template) {
                return Ok(prepared.clone());
            }
            if !known(world, &document.template) {
                return Err(refusal("no-such-template", &no_such(&document.template)));
            }
            let nothing = String::new;
            Ok(Prepared {
                kind: "text".into(),
                source: Vec::new(),
                number: nothing(),
                title: nothing(),
                values: nothing(),
            })
        })
    }

    pub fn create_filled(
        document: &FromTemplate,
        number: &str,
        media_type: &str,
        bytes: &[u8],
    ) -> Done<String> {
        granted("documents.create-filled", |world| {
            line("/title", document.title.as_deref(), TITLE)?;
            if world.prepared.get(&document.template).is_none_or(|prepared| prepared.number != number) {
                world.refuse(format!("`{number}` is not the number that was prepared"));
            }
            let filled = Effect::CreateFilled {
                document: document.clone(),
                number: number.into(),
                media_type: media_type.into(),
                bytes: bytes.to_vec(),
            };
            change(world, &document.order, filled, |_| ());
            Ok(world.label("document"))
        })
    }

    pub fn put(order: &str, title: &str, media_type: &str, bytes: &[u8]) -> Done<String> {
        granted("documents.put", |world| {
            line("/title", Some(title), TITLE)?;
            let document = Effect::PutDocument {
                order: order.into(),
                title: title.into(),
                media_type: media_type.into(),
                bytes: bytes.to_vec(),
            };
            change(world, order, document, |_| ());
            Ok(world.label("document"))
        })
    }
}

pub mod workflows {
    use super::*;

    pub fn start(workflow: &str, order: &str, parameters: &[Attr]) -> Done<String> {
        granted("workflows.start", |world| {
            let start = Effect::StartWorkflow {
                workflow: workflow.into(),
                order: order.into(),
                parameters: parameters.to_vec(),
            };
            change(world, order, start, |_| ());
            Ok(world.label("workflow"))
        })
    }
}

pub mod events_emit {
    use super::*;

    pub fn emit(kind: &str, order: Option<&str>, correlation: Option<&str>, attrs: &[Attr]) -> Done {
        granted("events-emit.emit", |world| {
            let word = |word: &str| {
                !word.is_empty() && word.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
            };
            if kind.len() > KEY || !kind.split('.').all(word) {
                return Err(invalid("/kind", "expected dotted words of a-z, 0-9 and dashes"));
            }
            line("/correlation", correlation, KEY)?;
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

    pub(super) fn missing(name: &str) -> HostError {
        refusal("no-secret", &format!("the shop has not filled in secret `{name}`"))
    }

    pub fn open(name: &str) -> Done<Secret> {
        granted("secrets.open", |world| {
            let known = world.secrets.contains_key(name);
            known.then(|| Secret(name.into())).ok_or_else(|| missing(name))
        })
    }
}

pub mod secrets_reveal {
    use super::*;

    pub fn reveal(secret: &secrets::Secret) -> Done<Vec<u8>> {
        granted("secrets-reveal.reveal", |world| {
            let value = world.secrets.get(&secret.0).ok_or_else(|| secrets::missing(&secret.0))?;
            Ok(value.clone().into_bytes())
        })
    }
}

pub mod signatures {
    use hmac::{Hmac, KeyInit, Mac};

    use super::*;
    use crate::signatures::Hash;

    fn mac<M: Mac + KeyInit>(key: &str, data: &[u8]) -> Vec<u8> {
        let mac = <M as KeyInit>::new_from_slice(key.as_bytes()).expect("a key of any length will do");
        mac.chain_update(data).finalize().into_bytes().to_vec()
    }

    pub fn sign(secret: &secrets::Secret, by: Hash, data: &[u8]) -> Done<Vec<u8>> {
        granted("signatures.sign", |world| {
            let key = world.secrets.get(&secret.0).ok_or_else(|| secrets::missing(&secret.0))?;
            Ok(match by {
                Hash::Sha1 => mac::<Hmac<sha1::Sha1>>(key, data),
                Hash::Sha256 => mac::<Hmac<sha2::Sha256>>(key, data),
                Hash::Sha512 => mac::<Hmac<sha2::Sha512>>(key, data),
            })
        })
    }

    pub fn matches(secret: &secrets::Secret, text: &str) -> Done<bool> {
        granted("signatures.matches", |world| {
            let value = world.secrets.get(&secret.0).ok_or_else(|| secrets::missing(&secret.0))?;
            Ok(value == text)
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

    pub struct BasicValue<'a> {
        pub user: String,
        pub password: &'a secrets::Secret,
    }

    pub enum HeaderValue<'a> {
        Text(String),
        Secret(SecretValue<'a>),
        Basic(BasicValue<'a>),
    }

    pub struct Header<'a> {
        pub name: String,
        pub value: HeaderValue<'a>,
    }

    pub struct Request<'a> {
        pub method: String,
        pub url: String,
        pub url_secret: Option<&'a secrets::Secret>,
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
                url: match request.url_secret {
                    Some(secret) => request.url.replace("{secret}", &placeholder(secret)),
                    None => request.url.clone(),
                },
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

    fn placeholder(secret: &secrets::Secret) -> String {
        format!("{{{{secret:{}}}}}", secret.0)
    }

    fn shown(header: &Header<'_>) -> (String, String) {
        let value = match &header.value {
            HeaderValue::Text(text) => text.clone(),
            HeaderValue::Secret(value) => {
                let SecretValue { prefix, secret, suffix } = value;
                format!("{prefix}{}{suffix}", placeholder(secret))
            }
            HeaderValue::Basic(BasicValue { user, password }) => {
                format!("Basic {user}:{}", placeholder(password))
            }
        };
        (header.name.clone(), value)
    }
}
