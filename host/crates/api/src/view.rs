//! JSON as it is on the wire, and how it becomes the domain's words and comes back.
//!
//! Keys are `snake_case`, names of a set `kebab-case`, what is not known is refused. Ids, times and money are the
//! same everywhere in Rulewright, so their domain types stand here as they are.

mod account;
mod application;
mod application_rule;
mod audit;
mod automation;
mod channel;
mod chat;
mod client;
mod client_patch;
mod dictionary;
mod document;
mod draft;
mod dry_run;
mod entry;
mod event;
mod field;
mod halt;
mod health;
mod install;
mod list;
mod mailbox;
mod market;
mod matching;
mod message;
mod order;
mod pipeline;
mod plugin;
mod plugin_life;
mod provider;
mod receipt;
mod recipe;
mod recurrence;
mod run;
mod run_now;
mod schedule;
mod search;
mod segment;
mod shop;
mod statistics;
mod token;
mod usage;
mod value;
mod webhook;
mod why;
mod workflow;

pub use account::{Account, AccountPatch, NewAccount, PasswordInput};
pub use application::{Application, ApplicationConsent, ApplicationMade, ApplicationPatch, NewApplication};
pub use application_rule::{
    ApplicationAnswer, ApplicationRule, ApplicationRulePatch, ApplicationTrigger, ApplicationTriggerFired,
    ApplicationTriggerInput, NewApplicationRule,
};
pub use audit::{AuditEntry, AuditVerified};
pub use automation::{
    PublishInput, Published, Publishing, Revision, RevisionSummary, StagesInput,
    into_domain as stages_into_domain, of_domain as stages_of_domain,
};
pub use channel::{Form, FormInput, NewMail, NewSubmission, NewVisit, VisitReceipt, Visitor};
pub use chat::{
    ChatMessage, ChatReceipt, ChatSession, NewChatMessage, OpenChannel, OpenChannelInput, Peer, PeerInput,
};
pub use client::{Binding, Client, ClientInput, ClientKind};
pub use client_patch::ClientPatch;
pub use dictionary::{Dictionary, DictionaryInput};
pub use document::{Document, NewDocument, Numerator, NumeratorInput, Template, TemplateInput};
pub use draft::{Draft, DraftChecked, DraftSaved};
pub use dry_run::{DryRun, DryRunInput};
pub use entry::{Entry, EntryMove, EntryPatch, EntryPlace, NewComment, NewEntry, NoteInput};
pub use event::{Event, NewEvent};
pub use field::{Field, FieldOf, FieldPatch, KeptFile, NewField};
pub use halt::{HaltInput, Halted};
pub use health::{HealthMuteInput, HealthNote};
pub use install::{Agreement, Install, NewInstall};
pub use list::{Item, ItemInput, List, ListInput};
pub use mailbox::{Mailbox, MailboxInput, MailboxTried};
pub use market::{MarketDetail, MarketFrom, MarketItem, MarketPage, MarketQuery, MarketRegistries};
pub use matching::Match;
pub use message::Delivery;
pub use order::{
    Cancellation, MoveStage, NewOrder, NewPayment, NewShipment, Order, OrderPatch, PaymentPatch,
    ShipmentPatch,
};
pub use pipeline::{Pipeline, PipelineInput};
pub use plugin::{Catalogue, CatalogueFilter, Consent, Grant, Plugin, PluginDetail, SecretInput};
pub use plugin_life::{Migration, PinnedKey, PluginVersion, QuarantineInput, Quarantined};
pub use provider::{Provider, ProviderInput, TrialInput, Tried};
pub use receipt::Receipt;
pub use recipe::{RecipeAsked, RecipeChange, RecipeDetail, RecipeRemoval, RecipeSummary};
pub use recurrence::{Exposed, NewRecurrence, Recurrence, RecurrencePatch};
pub use run::{Run, RunDetail, RunRecording, StartedAgain};
pub use run_now::{RunNowInput, RunNowPreview, StartedNow};
pub use schedule::{Schedule, ScheduleInput};
pub use search::{Found, Search, Searched};
pub use segment::{MailingInput, Segment, SegmentInput, SegmentSize};
pub use shop::{Employee, EmployeeInput, HookKey, Shop, ShopPatch};
pub use statistics::{Bucket, QueueStatistics, RunStatistics};
pub use token::{NewToken, Token, TokenMade};
pub use usage::{Place, Renaming, Rewrites, UpgradeCheck};
pub use value::{Nothing, Scope};
pub use webhook::{
    NewWebhook, Webhook, WebhookMade, WebhookPatch, WebhookReplay, WebhookReplaying, WebhookRotation,
    WebhookTried,
};
pub use why::OrderWhy;
pub use workflow::{
    Workflow, WorkflowInput, WorkflowPublished, WorkflowStart, WorkflowStop, WorkflowStopped,
};
