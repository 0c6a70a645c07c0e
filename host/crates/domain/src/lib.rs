//! The words of Rulewright.
//!
//! Five nouns and one direction: an order changes only by a [`Command`]. A command becomes [`Event`]s. Events
//! become [`Run`]s. A run yields [`Effect`]s. An effect is again a command (inward) or a [`Message`] (outward).
//!
//! **Invariant:** nothing here waits, reads a clock, draws a random number or knows of storage, HTTP or wasm.
//! Whoever needs the time or an id gets it handed in.

mod access;
pub mod account;
pub mod address;
mod alarm;
pub mod application;
pub mod application_rule;
pub mod asks;
pub mod audit;
pub mod automation;
pub mod backtrace;
pub mod bucket;
pub mod bytes;
mod chat;
mod client;
pub mod code;
mod command;
pub mod condition;
mod config;
mod connection;
mod cron;
mod date;
mod decide;
mod dictionary;
mod document;
mod draft;
mod effect;
mod employee;
mod entry;
mod event;
pub mod field;
pub mod find;
mod form;
mod halt;
pub mod health;
pub mod hook;
mod id;
pub mod in_force;
mod list;
pub mod mailbox;
mod matching;
mod message;
mod money;
mod numerator;
mod order;
mod payload;
pub mod phone;
mod pipeline;
pub mod plugin;
pub mod provenance;
mod reason;
mod recipe;
pub mod recurrence;
pub mod reference;
mod run;
pub mod schedule;
pub mod secret;
mod segment;
pub mod shared;
mod shop;
pub mod spending;
pub mod statistics;
pub mod subscription;
pub mod template;
mod time;
pub mod tracking;
pub mod usage;
mod visit;
pub mod why;
mod workflow;

pub use access::{Scope, Token};
pub use account::Account;
pub use alarm::{Alarm, Rings};
pub use application::Application;
pub use application_rule::{ApplicationRule, ApplicationTrigger};
pub use automation::{Automation, RuleSpec, StageAutomation, TriggerSpec};
pub use backtrace::Frame;
pub use chat::{Author, CHAT, Chat, ChatMessage, ChatSession, OpenChannel, Peer, open_address};
pub use client::{Affiliation, Client, ClientChange, ClientKind, ContactPoint, PersonName, PointList};
pub use command::{Command, NewLine, NewOrder, OrderChange};
pub use condition::Condition;
pub use config::{ActivePlugin, RESPONSIBLE_AWAY, ShopConfig, away};
pub use connection::{CALL, Connection, Incoming, SMS};
pub use cron::Schedule;
pub use date::{date_of, moment};
pub use decide::{Decision, Rejection, create, decide};
pub use dictionary::{Dictionary, DictionaryEntry};
pub use document::{
    Document, DocumentDraft, FromTemplate, Prepared, Source, Template, TemplateFile, Unprepared,
};
pub use draft::{DraftLog, DraftSave, Edit, Edited};
pub use effect::{Effect, Outcome, SavedState};
pub use employee::Employee;
pub use entry::{
    Activity, Direction, Entry, EntryChange, EntryKind, Note, Priority, Subject, SubjectKind, check_entry,
};
pub use event::{Actor, Cause, Event, EventFilter, NewEvent, kind};
pub use field::{Definitions, FieldDefinition, FieldKind, FieldOf, FieldOption};
pub use form::Form;
pub use halt::{Flow, Halt};
pub use id::{
    AccountId, ApplicationId, ApplicationRuleId, ChatMessageId, ChatSessionId, ClientId, DocumentId,
    EmployeeId, EntryId, EventId, FieldId, ItemId, LineId, MatchId, MessageId, OrderId, PaymentId,
    PipelineId, RecurrenceId, RuleId, RunId, ShipmentId, ShopId, StageId, SubscriptionId, TokenId, TriggerId,
};
pub use list::{Item, List, ListField};
pub use mailbox::{
    EMAIL, MailCursor, MailFolder, MailServer, MailTls, MailTrouble, Mailbox, MailboxState, Passwords,
};
pub use matching::{Candidate, Match, Verdict};
pub use message::{Channel, Draft, Message, MessageState, Recipient, Report};
pub use money::{Currency, Money, MoneyError};
pub use numerator::{Numerator, Reset};
pub use order::{
    Fields, Lines, Numbered, Order, OrderKind, OrderLine, Payment, Shipment, Tax, TotalBy, Touch,
};
pub use payload::Payload;
pub use pipeline::{Pipeline, Stage, StageKind};
pub use plugin::{Grant, Installation, Manifest, Package};
pub use provenance::{Offer, PackageSource, Provenance, PublicKey, Replaced, Revocation, publisher_of};
pub use reason::Reason;
pub use recipe::{Brings, InstalledRecipe, OwnOrder, Recipe, Role, Words};
pub use recurrence::{OrderTemplate, Recurrence};
pub use run::{
    Comparison, ConditionTrace, LogLine, Migration, Read, Reply, Request, Run, RunState, StepTrace, Unsent,
    Usage, Wake, Woken,
};
pub use schedule::When;
pub use segment::{Mailing, Segment};
pub use shop::{Requisites, ShipmentStatus, Shop, WorkingHours, is_locale};
pub use spending::Spending;
pub use subscription::{Subscription, WEBHOOK};
pub use time::Timestamp;
pub use visit::{Place, Visitor};
pub use workflow::{Parameter, Started, Workflow};
