//! What clients send in, and visits.

use std::collections::BTreeMap;

use rulewright_domain::{self as domain, ClientId, EventId, OrderId, Timestamp, kind};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::value::mirror;

/// A form that clients fill in.
#[derive(Debug, Serialize, ToSchema)]
pub struct Form {
    #[schema(example = "call-me")]
    name: String,
    title: String,
    /// Who sends it asks to be called back: `callback.requested` instead of `form.submitted`.
    callback: bool,
}

impl From<domain::Form> for Form {
    fn from(form: domain::Form) -> Form {
        let domain::Form { name, title, callback } = form;
        Form { name, title, callback }
    }
}

/// Everything about a form but its name.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"title": "Call me back", "callback": true}))]
pub struct FormInput {
    title: String,
    /// Who sends it asks to be called back.
    #[serde(default)]
    callback: bool,
}

impl FormInput {
    pub fn into_domain(self, name: String) -> domain::Form {
        domain::Form { name, title: self.title, callback: self.callback }
    }
}

/// A form that somebody sent.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"email": "ada@example.com", "fields": {"question": "Is the teapot blue?"}}))]
pub struct NewSubmission {
    /// Found by `phone` or `email` if left out.
    #[schema(value_type = Option<String>, example = "cli_7")]
    client: Option<ClientId>,
    #[schema(value_type = Option<String>, example = "ord_42")]
    order: Option<OrderId>,
    phone: Option<String>,
    email: Option<String>,
    /// The browser, as in visits: known as the client's from then on.
    visitor: Option<String>,
    /// What was filled in.
    #[serde(default)]
    fields: BTreeMap<String, Value>,
}

impl NewSubmission {
    pub fn into_domain(self, form: String) -> domain::NewEvent {
        let NewSubmission { client, order, phone, email, visitor, fields } = self;
        let event = domain::NewEvent {
            client,
            order,
            data: json!({ "fields": fields }).into(),
            ..domain::NewEvent::new(kind::FORM_SUBMITTED)
        };
        let attrs = [("form", Some(form)), ("phone", phone), ("email", email), ("visitor", visitor)];
        let given = attrs.into_iter().filter_map(|(name, value)| Some((name, value?)));
        given.fold(event, |event, (name, value)| event.attr(name, value))
    }
}

mirror! {
    /// Where somebody came to.
    Place = domain::Place { Shop = "shop", Site = "site", }
}

/// Somebody came.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewVisit {
    /// Of the visit: repeated, it is the same visit.
    id: String,
    /// The browser, or whatever a visit recorder takes for one person.
    visitor: String,
    place: Place,
    /// Who that is; known from then on.
    #[schema(value_type = Option<String>, example = "cli_7")]
    client: Option<ClientId>,
}

impl From<NewVisit> for rulewright_engine::NewVisit {
    fn from(new: NewVisit) -> rulewright_engine::NewVisit {
        let NewVisit { id, visitor, place, client } = new;
        rulewright_engine::NewVisit { id, visitor, place: place.into(), client }
    }
}

/// What became of a visit.
#[derive(Debug, Serialize, ToSchema)]
pub struct VisitReceipt {
    #[schema(value_type = Option<String>, example = "cli_7")]
    client: Option<ClientId>,
    /// Empty where nobody knows the visitor, or a visitor of the site has not been away.
    #[schema(value_type = Vec<String>, example = json!(["evt_1001"]))]
    events: Vec<EventId>,
    /// It was reported before; nothing was done again.
    duplicate: bool,
}

impl From<rulewright_engine::VisitReceipt> for VisitReceipt {
    fn from(from: rulewright_engine::VisitReceipt) -> VisitReceipt {
        let rulewright_engine::VisitReceipt { client, events, duplicate } = from;
        VisitReceipt { client, events, duplicate }
    }
}

/// A browser, or whatever a visit recorder takes for one person.
#[derive(Debug, Serialize, ToSchema)]
pub struct Visitor {
    visitor: String,
    #[schema(value_type = Option<String>, example = "cli_7")]
    client: Option<ClientId>,
    /// The last time on the site.
    #[schema(value_type = Option<String>, format = DateTime)]
    seen: Option<Timestamp>,
    /// Of the site and of the shop.
    visits: u64,
}

impl From<domain::Visitor> for Visitor {
    fn from(from: domain::Visitor) -> Visitor {
        let domain::Visitor { visitor, client, seen, visits } = from;
        Visitor { visitor, client, seen, visits }
    }
}

/// A mail that came in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMail {
    /// Its header `Message-ID`: repeated, it is the same mail.
    #[schema(example = "<CAF-1@mail.example>")]
    message_id: String,
    /// Of the shop: where it came in.
    #[schema(example = "sales@shop.example")]
    mailbox: String,
    /// An address, with or without a name.
    #[schema(example = "Ada Lovelace <ada@example.com>")]
    from: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    subject: String,
    #[serde(default)]
    text: String,
    /// Its header of that name: where it names a mail of ours, whoever waits for the reply gets it.
    in_reply_to: Option<String>,
    /// A machine wrote it, e.g. that somebody is on holiday.
    #[serde(default)]
    automatic: bool,
    #[serde(default)]
    attachments: Vec<Attached>,
}

/// A file that came with a mail: noted, not kept.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Attached {
    #[schema(example = "photo.jpg")]
    name: String,
    /// Bytes.
    size: u64,
}

impl From<NewMail> for rulewright_engine::NewMail {
    fn from(new: NewMail) -> rulewright_engine::NewMail {
        let NewMail { message_id, mailbox, from, to, subject, text, in_reply_to, automatic, attachments } =
            new;
        let attached = |Attached { name, size }| rulewright_engine::Attached { name, size };
        let attachments = attachments.into_iter().map(attached).collect();
        rulewright_engine::NewMail {
            message_id,
            mailbox,
            from,
            to,
            subject,
            text,
            in_reply_to,
            automatic,
            attachments,
        }
    }
}
