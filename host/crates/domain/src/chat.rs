//! Open channels: messengers and chats in which clients write to the shop.

use serde::{Deserialize, Serialize};

use crate::{ChatMessageId, ChatSessionId, ClientId, MessageId, ShopId, Timestamp};

/// The outbox's channel of messages into open channels; their address is `<open channel>/<peer>`.
pub const CHAT: &str = "chat";

/// Where clients write, e.g. the shop's Telegram bot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenChannel {
    pub name: String,
    pub title: String,
    pub active: bool,
    /// Minutes without a message after which a session is over.
    pub silence: u32,
}

impl OpenChannel {
    /// A day: what messengers themselves take for one conversation.
    pub const SILENCE: u32 = 24 * 60;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Author {
    Client,
    Staff,
}

/// Somebody in an open channel, by the messenger's own id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Peer {
    pub channel: String,
    pub peer: String,
    /// None: nobody has said who it is.
    pub client: Option<ClientId>,
    /// The last time that the peer wrote.
    pub used: Option<Timestamp>,
    /// The latest, open or closed.
    pub session: Option<ChatSessionId>,
}

impl Peer {
    pub fn new(channel: &str, peer: &str) -> Peer {
        Peer { channel: channel.to_owned(), peer: peer.to_owned(), client: None, used: None, session: None }
    }
}

/// One conversation. Nobody has to end it: whether it is over is seen when somebody looks, or writes again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatSession {
    pub id: ChatSessionId,
    pub shop: ShopId,
    pub channel: String,
    pub peer: String,
    pub client: Option<ClientId>,
    pub opened: Timestamp,
    /// Of the last message that the client can see.
    pub last: Timestamp,
    pub closed: Option<Timestamp>,
    /// Messages of the client.
    pub received: u32,
    /// Of the last message that a rule sent: what the client writes next is a reply to it.
    pub correlation: Option<String>,
}

impl ChatSession {
    /// When it ended, if it has.
    pub fn ended(&self, silence: u32, now: Timestamp) -> Option<Timestamp> {
        let silent = self.last.plus(i64::from(silence) * 60_000);
        self.closed.or((silent <= now).then_some(silent))
    }
}

/// A line of a transcript.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatMessage {
    pub id: ChatMessageId,
    pub shop: ShopId,
    pub session: ChatSessionId,
    pub author: Author,
    pub text: String,
    /// Whispered: for staff only.
    pub hidden: bool,
    /// Of the client's messages in this session, from 1.
    pub number: Option<u32>,
    pub at: Timestamp,
    /// The messenger's own id.
    pub external: Option<String>,
    /// What a rule sent.
    pub message: Option<MessageId>,
}

/// An open channel that a client has used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chat {
    pub channel: String,
    pub peer: String,
    pub used: Timestamp,
}

impl Chat {
    /// Kept of a client; nobody is asked for in more messengers.
    pub const MOST: usize = 20;

    pub fn address(&self) -> String {
        format!("{}/{}", self.channel, self.peer)
    }
}

/// The open channel and the peer that an address names. Names of open channels hold no slash, peers may.
pub fn open_address(address: &str) -> Option<(&str, &str)> {
    address.split_once('/').filter(|(channel, peer)| !channel.is_empty() && !peer.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_by_hand_or_by_silence() {
        let at = Timestamp;
        let session = ChatSession {
            id: ChatSessionId(1),
            shop: ShopId(1),
            channel: "telegram".into(),
            peer: "7".into(),
            client: None,
            opened: at(0),
            last: at(60_000),
            closed: None,
            received: 1,
            correlation: None,
        };
        assert_eq!(session.ended(2, at(179_999)), None);
        assert_eq!(session.ended(2, at(180_000)), Some(at(180_000)));
        let closed = ChatSession { closed: Some(at(90_000)), ..session };
        assert_eq!(closed.ended(2, at(180_000)), Some(at(90_000)), "what was closed stays so");
    }

    #[test]
    fn an_address_is_an_open_channel_and_a_peer() {
        let chat = Chat { channel: "telegram".into(), peer: "a/b".into(), used: Timestamp(0) };
        assert_eq!(open_address(&chat.address()), Some(("telegram", "a/b")));
        for text in ["room-7", "/7", "telegram/", ""] {
            assert_eq!(open_address(text), None, "{text}");
        }
    }
}
