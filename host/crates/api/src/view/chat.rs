use rulewright_domain::{
    self as domain, ChatMessageId, ChatSessionId, ClientId, EventId, MessageId, Timestamp,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::value::mirror;

mirror! {
    /// Who wrote it.
    Author = domain::Author { Client = "client", Staff = "staff", }
}

/// Where clients write, e.g. the shop's Telegram bot.
#[derive(Debug, Serialize, ToSchema)]
pub struct OpenChannel {
    #[schema(example = "telegram")]
    name: String,
    title: String,
    /// What is switched off takes no messages and sends none.
    active: bool,
    /// Minutes without a message after which a session is over.
    silence_minutes: u32,
}

impl From<domain::OpenChannel> for OpenChannel {
    fn from(channel: domain::OpenChannel) -> OpenChannel {
        let domain::OpenChannel { name, title, active, silence } = channel;
        OpenChannel { name, title, active, silence_minutes: silence }
    }
}

/// Everything about an open channel but its name.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"title": "Telegram", "silence_minutes": 60}))]
pub struct OpenChannelInput {
    title: String,
    #[serde(default = "yes")]
    #[schema(default = true)]
    active: bool,
    /// A day if left out.
    #[serde(default = "a_day")]
    #[schema(default = 1440)]
    silence_minutes: u32,
}

fn yes() -> bool {
    true
}

fn a_day() -> u32 {
    domain::OpenChannel::SILENCE
}

impl OpenChannelInput {
    pub fn into_domain(self, name: String) -> domain::OpenChannel {
        let OpenChannelInput { title, active, silence_minutes } = self;
        domain::OpenChannel { name, title, active, silence: silence_minutes }
    }
}

/// A message that was written in a messenger.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewChatMessage {
    /// The messenger's id of the person.
    #[schema(example = "5510293")]
    peer: String,
    /// Who that is; known from then on.
    #[schema(value_type = Option<String>, example = "cli_7")]
    client: Option<ClientId>,
    author: Author,
    text: String,
    /// Whispered by staff: the client does not see it.
    #[serde(default)]
    hidden: bool,
    /// The messenger's id of the message: repeated, it is the same message.
    id: Option<String>,
}

impl NewChatMessage {
    pub fn into_engine(self, channel: String) -> rulewright_engine::NewChatMessage {
        let NewChatMessage { peer, client, author, text, hidden, id } = self;
        let author = author.into();
        rulewright_engine::NewChatMessage { channel, peer, client, author, hidden, text, id }
    }
}

/// What became of a message.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChatReceipt {
    #[schema(value_type = String, example = "chm_12")]
    message: ChatMessageId,
    #[schema(value_type = String, example = "chs_4")]
    session: ChatSessionId,
    #[schema(value_type = Option<String>, example = "cli_7")]
    client: Option<ClientId>,
    /// Of the client's messages in the session, from 1.
    number: Option<u32>,
    #[schema(value_type = Vec<String>, example = json!(["evt_1001"]))]
    events: Vec<EventId>,
    /// It was written down before; nothing was done again.
    duplicate: bool,
}

impl From<rulewright_engine::ChatReceipt> for ChatReceipt {
    fn from(from: rulewright_engine::ChatReceipt) -> ChatReceipt {
        let rulewright_engine::ChatReceipt { message, session, client, number, events, duplicate } = from;
        ChatReceipt { message, session, client, number, events, duplicate }
    }
}

/// One conversation in an open channel.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChatSession {
    #[schema(value_type = String, example = "chs_4")]
    pub id: ChatSessionId,
    channel: String,
    peer: String,
    #[schema(value_type = Option<String>, example = "cli_7")]
    client: Option<ClientId>,
    #[schema(value_type = String, format = DateTime)]
    opened: Timestamp,
    /// Of the last message that the client can see.
    #[schema(value_type = String, format = DateTime)]
    last: Timestamp,
    /// By somebody, or by silence; null while it goes on.
    #[schema(value_type = Option<String>, format = DateTime)]
    closed: Option<Timestamp>,
    /// Messages of the client.
    received: u32,
}

impl ChatSession {
    pub fn of(session: domain::ChatSession, silence: u32, now: Timestamp) -> ChatSession {
        let closed = session.ended(silence, now);
        let domain::ChatSession { id, channel, peer, client, opened, last, received, .. } = session;
        ChatSession { id, channel, peer, client, opened, last, closed, received }
    }
}

/// A line of a transcript.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChatMessage {
    #[schema(value_type = String, example = "chm_12")]
    id: ChatMessageId,
    author: Author,
    text: String,
    /// Only staff sees it.
    hidden: bool,
    /// Of the client's messages in the session, from 1.
    number: Option<u32>,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// The messenger's own id.
    external: Option<String>,
    /// The delivery, where a rule sent it.
    #[schema(value_type = Option<String>, example = "msg_4")]
    message: Option<MessageId>,
}

impl From<domain::ChatMessage> for ChatMessage {
    fn from(line: domain::ChatMessage) -> ChatMessage {
        let domain::ChatMessage { id, author, text, hidden, number, at, external, message, .. } = line;
        ChatMessage { id, author: author.into(), text, hidden, number, at, external, message }
    }
}

/// Who somebody in an open channel is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PeerInput {
    /// Null: nobody that is known.
    #[schema(value_type = Option<String>, example = "cli_7")]
    client: Option<ClientId>,
}

impl PeerInput {
    pub fn client(self) -> Option<ClientId> {
        self.client
    }
}

/// Somebody in an open channel.
#[derive(Debug, Serialize, ToSchema)]
pub struct Peer {
    channel: String,
    /// The messenger's id of the person.
    peer: String,
    #[schema(value_type = Option<String>, example = "cli_7")]
    client: Option<ClientId>,
    /// The last time that the peer wrote.
    #[schema(value_type = Option<String>, format = DateTime)]
    used: Option<Timestamp>,
    /// The latest one.
    #[schema(value_type = Option<String>, example = "chs_4")]
    session: Option<ChatSessionId>,
}

impl From<domain::Peer> for Peer {
    fn from(from: domain::Peer) -> Peer {
        let domain::Peer { channel, peer, client, used, session } = from;
        Peer { channel, peer, client, used, session }
    }
}
