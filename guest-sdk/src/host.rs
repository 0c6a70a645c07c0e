//! The host, one module for each line of the consent screen.
//!
//! A function that the code does not call is not in the component's imports, and so not asked for.

/// Where the functions come from: the host of a component, or the fake one of [`crate::testing`].
#[cfg(target_arch = "wasm32")]
pub(crate) use crate::bindings::rule::rulewright::host as raw;
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use crate::testing::functions as raw;

use crate::bindings::rule::rulewright::host as types;

/// Lines for the run's trace. Always granted.
pub mod log {
    pub use super::raw::log::write;
    pub use super::types::log::Level;

    pub fn debug(message: &str) {
        write(Level::Debug, message, &[]);
    }

    pub fn info(message: &str) {
        write(Level::Info, message, &[]);
    }

    pub fn warn(message: &str) {
        write(Level::Warn, message, &[]);
    }

    pub fn error(message: &str) {
        write(Level::Error, message, &[]);
    }
}

/// Permission: read orders other than the run's own, and change orders.
pub mod orders {
    /// Another order.
    pub use super::raw::orders_read::get;
    /// Ids, newest first, at most `limit` (1 to 100).
    pub use super::raw::orders_read::list_of_client;
    /// Tags that the order has already are left alone.
    pub use super::raw::orders_write::add_tags;
    /// Appends to fields that hold several values.
    pub use super::raw::orders_write::append_fields;
    /// Sets the canceled mark. Moves no money.
    pub use super::raw::orders_write::cancel;
    /// Deletes the order and what belongs to it; refused when any money has been paid.
    pub use super::raw::orders_write::delete;
    /// To a stage of the order's own pipeline; the stage's rules start.
    pub use super::raw::orders_write::move_stage;
    /// `title`, `comments`, and the shop's own fields. `Value::None` empties a field.
    pub use super::raw::orders_write::set_fields;
    /// Hands the order to another employee.
    pub use super::raw::orders_write::set_responsible;
}

/// Permission: mark orders as paid. Charges nobody.
pub mod payments {
    /// Marks every open payment as paid, and creates one for what no payment covers.
    pub use super::raw::payments_write::mark_paid;
}

/// Permission: change shipments.
pub mod shipments {
    /// Approves every shipment of the order; how many were not approved before.
    pub use super::raw::shipments_write::allow_delivery;
    /// `status`, `tracking-number`, `service`, `comment`. None means every shipment of the order.
    pub use super::raw::shipments_write::edit;
    /// Marks every shipment as shipped; how many were not before.
    pub use super::raw::shipments_write::mark_shipped;
}

/// Permission: read personal data of clients, and change clients.
pub mod clients {
    /// A person or a company with its phones and mail addresses.
    pub use super::raw::clients_read::get;
    /// Sets fields of a client's card.
    pub use super::raw::clients_write::set_fields;
}

/// Permission: read the staff list.
pub mod employees {
    /// Everybody who is not dismissed, by id.
    pub use super::raw::employees_read::all;
    /// One employee.
    pub use super::raw::employees_read::get;
}

/// Permission: write comments on an order's timeline.
pub mod timeline {
    /// An author is an employee's id; without one it is the rule's.
    pub use super::raw::timeline::add_comment;
}

/// Permission: write to an order's history (the log, not the timeline).
pub mod history {
    /// An author is an employee's id; without one it is the rule's.
    pub use super::raw::history::write;
}

/// Permission: post to the company feed.
pub mod feed {
    /// Puts a post into the feed.
    pub use super::raw::feed::publish;
    pub use super::types::feed::Post;

    impl Post {
        /// To everybody, by the system.
        pub fn new(text: impl Into<String>) -> Self {
            Post { title: None, text: text.into(), author: None, readers: Vec::new() }
        }
    }
}

/// Permission: notify employees.
pub mod notifications {
    /// Notifies the recipients.
    pub use super::raw::notifications::send;
    pub use super::types::notifications::Notification;

    impl Notification {
        /// From the system.
        pub fn new(text: impl Into<String>, recipients: impl IntoIterator<Item = impl Into<String>>) -> Self {
            Notification {
                text: text.into(),
                sender: None,
                recipients: recipients.into_iter().map(Into::into).collect(),
                about: None,
            }
        }
    }
}

/// Permission: plan activities on an order: to-dos, calls, meetings.
pub mod activities {
    /// Returns the label under which the run's output will hold the new id.
    pub use super::raw::activities::add;
    pub use super::types::activities::Activity;

    impl Activity {
        /// Open, for the order's responsible.
        pub fn new(order: impl Into<String>, kind: impl Into<String>, subject: impl Into<String>) -> Self {
            Activity {
                order: order.into(),
                kind: kind.into(),
                subject: subject.into(),
                description: String::new(),
                starts: None,
                deadline: None,
                responsible: None,
                completed: false,
                attrs: Vec::new(),
            }
        }
    }
}

/// Permission: give employees tasks.
pub mod tasks {
    /// Returns the label under which the run's output will hold the new id.
    pub use super::raw::tasks::create;
    pub use super::types::tasks::Task;

    impl Task {
        /// For the order's responsible, without a deadline.
        pub fn new(title: impl Into<String>) -> Self {
            Task {
                title: title.into(),
                description: String::new(),
                responsible: None,
                participants: Vec::new(),
                observers: Vec::new(),
                deadline: None,
                checklist: Vec::new(),
                order: None,
                attrs: Vec::new(),
            }
        }
    }
}

/// Permission: read the shop's lists, and change them.
pub mod lists {
    /// Every given field must be equal. In order of id, at most `limit` (1 to 100).
    pub use super::raw::lists_read::find;
    /// One item.
    pub use super::raw::lists_read::get;
    /// Returns the label under which the run's output will hold the new id.
    pub use super::raw::lists_write::create;
    /// Sets fields of an item.
    pub use super::raw::lists_write::update;
    pub use super::types::lists_read::Item;
}

/// Permission: send messages and place calls. They leave after the commit, at least once.
pub mod messages {
    /// `HostError::Other` with code `no-address` or `invalid-address`: there is nowhere to send it; skip.
    pub use super::raw::messages::queue;
    pub use super::types::messages::{Message, Recipient};
    use crate::{HostError, Outcome, Result};

    impl Message {
        /// `channel` is `sms`, `email`, `call`, `chat`, ...; the manifest must name it.
        pub fn new(channel: impl Into<String>, to: Recipient, text: impl Into<String>) -> Self {
            Message {
                channel: channel.into(),
                to,
                address_kind: None,
                about: None,
                sender: None,
                subject: None,
                text: text.into(),
                params: Vec::new(),
                correlation: None,
            }
        }

        /// Queues it, or comes back with the outcome that skips the rule because there is nowhere to send it:
        /// `let label = match message.queue_or_skip()? { Ok(label) => label, Err(skip) => return Ok(skip) };`
        pub fn queue_or_skip(&self) -> Result<Result<String, Outcome>> {
            let refused = match queue(self) {
                Ok(label) => return Ok(Ok(label)),
                Err(refused) => refused,
            };
            let who = match (&self.to, &refused) {
                (Recipient::Employee(id), HostError::NotFound) => {
                    return Ok(Err(crate::skipped(format!("no-such-employee: {id} has left"))));
                }
                (Recipient::Employee(_), _) => "the employee",
                _ => "the client",
            };
            let mail = self.channel == "email";
            let reason = match (refused.code(), &self.address_kind) {
                ("no-address", _) if self.channel == "chat" => {
                    "no-channel: the client has never written in an open channel".into()
                }
                ("no-address", Some(kind)) if mail => {
                    format!("no-such-address-type: {who} has no mail address of type {kind}")
                }
                ("no-address", Some(kind)) => {
                    format!("no-such-phone-type: {who} has no phone number of type {kind}")
                }
                ("no-address", None) if mail => format!("no-mail: {who} has no mail address"),
                ("no-address", None) => format!("no-phone: {who} has no phone number"),
                ("invalid-address", _) => format!("invalid-address: {who}'s address is wrong"),
                _ => return Err(refused.into()),
            };
            Ok(Err(crate::skipped(reason)))
        }
    }
}

/// Permission: send a message to every client of a segment.
pub mod segments {
    /// The message's recipient is ignored. Returns the label of the mailing.
    pub use super::raw::segments::queue;
}

/// Permission: create documents.
pub mod documents {
    /// Filled by the host, numbered and stored at commit. Returns the label under which the run's output will hold
    /// `id`, `title`, `number` and `link`.
    pub use super::raw::documents::create;
    /// Stores what the plugin has made of a prepared template, under the prepared number. Returns a label like `create`.
    pub use super::raw::documents::create_filled;
    /// A template with all that is needed to fill it, and the number that the document will have.
    pub use super::raw::documents::prepare;
    /// Stores a document that the plugin has made itself.
    pub use super::raw::documents::put;
    pub use super::types::documents::{FromTemplate, Prepared};

    impl FromTemplate {
        /// With the template's own numerator and title, and the shop's first requisites with their bank details.
        pub fn new(order: impl Into<String>, template: impl Into<String>) -> Self {
            FromTemplate {
                order: order.into(),
                template: template.into(),
                numerator: None,
                title: None,
                requisites: None,
                bank_details: true,
                public_link: false,
                values: Vec::new(),
            }
        }
    }
}

/// Permission: start the shop's workflows.
pub mod workflows {
    /// Returns the label under which the run's output will hold the workflow's run.
    pub use super::raw::workflows::start;
}

/// Permission: emit events that triggers and waiting rules can see.
pub mod events {
    /// The kind gets the prefix `plugin.`.
    pub use super::raw::events_emit::emit;
}

/// Permission: private storage of this plugin in this shop. Transactional with the step.
pub mod storage {
    pub use super::raw::storage::delete;
    pub use super::raw::storage::get;
    pub use super::raw::storage::set;
}

/// Permission: use the secrets that the shop filled in. The value stays outside of the plugin.
pub mod secrets {
    pub use super::raw::secrets::Secret;
    /// A handle to a secret that the manifest names.
    pub use super::raw::secrets::open;
    /// A separate, louder permission: the value itself, for signing schemes of one's own.
    pub use super::raw::secrets_reveal::reveal;
}
