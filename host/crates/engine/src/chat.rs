//! Open channels: what clients and staff write there, conversation by conversation.

use rulewright_domain::{
    Actor, Author, CHAT, Cause, ChatMessage, ChatMessageId, ChatSession, ChatSessionId, ClientId, EventId,
    Message, MessageId, NewEvent, OpenChannel, Peer, ShopId, kind, open_address,
};
use rulewright_ports::{Delivery, storage::Sequence};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    Asked, Engine, Refusal,
    change::Change,
    check::{line, name, title},
    execute::Key,
};

/// Characters of a messenger's id of a person: with the channel's name it is an address, which has 254 at most.
const PEER: usize = 180;
/// Characters of a messenger's id of a message.
const EXTERNAL: usize = 200;
/// Bytes of a message. The longest that a messenger takes is a tenth of it.
const TEXT: usize = 64 << 10;
/// Minutes of silence after which a session is over: a year at most.
const SILENCE: u32 = 366 * 24 * 60;

/// What somebody wrote.
#[derive(Clone)]
pub struct NewChatMessage {
    pub channel: String,
    pub peer: String,
    /// Who the peer is, where somebody knows.
    pub client: Option<ClientId>,
    pub author: Author,
    pub hidden: bool,
    pub text: String,
    /// The messenger's own id: the same message of the same peer is written down once.
    pub id: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChatReceipt {
    pub message: ChatMessageId,
    pub session: ChatSessionId,
    pub client: Option<ClientId>,
    /// Of the client's messages in the session.
    pub number: Option<u32>,
    pub events: Vec<EventId>,
    #[serde(default)]
    pub duplicate: bool,
}

/// A line that is about to be written into a transcript.
struct Line {
    author: Author,
    hidden: bool,
    text: String,
    external: Option<String>,
    message: Option<MessageId>,
    correlation: Option<String>,
}

impl Engine {
    pub async fn put_open_channel(&self, shop: ShopId, channel: OpenChannel) -> Result<(), Refusal> {
        name("/name", &channel.name)?;
        title(&channel.title)?;
        if !(1..=SILENCE).contains(&channel.silence) {
            let message = format!("a session is over after 1 to {SILENCE} minutes of silence");
            return Err(Refusal::invalid("/silence_minutes", "silence", message));
        }
        self.change(shop, move |change| Ok(change.tx.put_open_channel(shop, &channel)?)).await
    }

    pub async fn receive_chat(
        &self,
        asked: impl Into<Asked>,
        by: Actor,
        new: NewChatMessage,
    ) -> Result<ChatReceipt, Refusal> {
        let Asked { shop, key } = asked.into();
        check(&new)?;
        let received = self.change_from_outside(shop, move |change| {
            let once = change.once(key.as_ref(), |change| change.receive_chat(&new, &by))?;
            Ok(ChatReceipt { duplicate: once.again || once.answer.duplicate, ..once.answer })
        });
        received.await
    }

    /// What is closed already stays as it is.
    pub async fn close_chat(
        &self,
        shop: ShopId,
        channel: String,
        id: ChatSessionId,
    ) -> Result<ChatSession, Refusal> {
        self.change_from_outside(shop, move |change| {
            change.must_take_in()?;
            let found = change.tx.chat_session(shop, id)?.filter(|session| session.channel == channel);
            let mut session = found.ok_or_else(|| Refusal::not_found("chat session", id))?;
            let silence = change.open_channel(&channel)?.silence;
            if session.closed.is_none() {
                session.closed = session.ended(silence, change.now).or(Some(change.now));
                change.tx.put_chat_session(&session)?;
            }
            Ok(session)
        })
        .await
    }

    /// Says who somebody in an open channel is; None: nobody that is known.
    pub async fn link_peer(
        &self,
        shop: ShopId,
        channel: String,
        peer: String,
        client: Option<ClientId>,
    ) -> Result<Peer, Refusal> {
        line("/peer", &peer, PEER)?;
        self.change_from_outside(shop, move |change| {
            change.must_take_in()?;
            change.open_channel(&channel)?;
            let known = change.tx.peer(shop, &channel, &peer)?;
            let mut peer = known.unwrap_or_else(|| Peer::new(&channel, &peer));
            change.link(&mut peer, client)?;
            change.tx.put_peer(shop, &peer)?;
            if let Some(session) = peer.session {
                let session = change.tx.chat_session(shop, session)?;
                if let Some(session) = session.filter(|session| session.client != client) {
                    change.tx.put_chat_session(&ChatSession { client, ..session })?;
                }
            }
            Ok(peer)
        })
        .await
    }
}

pub(crate) fn check(new: &NewChatMessage) -> Result<(), Refusal> {
    line("/peer", &new.peer, PEER)?;
    if let Some(id) = &new.id {
        line("/id", id, EXTERNAL)?;
    }
    if new.text.trim().is_empty() || new.text.len() > TEXT {
        let message = format!("a message has 1 to {TEXT} bytes of text");
        return Err(Refusal::invalid("/text", "text", message));
    }
    if new.hidden && new.author == Author::Client {
        let message = "only staff whispers: what a client writes is never hidden";
        return Err(Refusal::invalid("/hidden", "hidden", message));
    }
    Ok(())
}

impl Change<'_> {
    fn open_channel(&mut self, name: &str) -> Result<OpenChannel, Refusal> {
        let found = self.tx.open_channel(self.shop, name)?;
        found.ok_or_else(|| Refusal::not_found("open channel", name))
    }

    pub fn receive_chat(&mut self, new: &NewChatMessage, by: &Actor) -> Result<ChatReceipt, Refusal> {
        self.must_take_in()?;
        let channel = self.open_channel(&new.channel)?;
        if !channel.active {
            let message = format!("the open channel `{}` is switched off", channel.name);
            return Err(Refusal::Conflict { message });
        }
        // A messenger repeats what it is not sure of, whatever else its request says.
        let key = new.id.as_ref().map(|id| Key {
            source: format!("chat:{}/{}", channel.name, new.peer),
            key: id.clone(),
            fingerprint: String::new(),
        });
        let once = self.once(key.as_ref(), |change| {
            let mut peer = change.known_peer(&channel, &new.peer)?;
            if new.client.is_some() {
                change.link(&mut peer, new.client)?;
            }
            let line = Line {
                author: new.author,
                hidden: new.hidden,
                text: new.text.clone(),
                external: new.id.clone(),
                message: None,
                correlation: None,
            };
            change.say(&channel, peer, line, &Cause::from_outside(by.clone()))
        })?;
        Ok(ChatReceipt { duplicate: once.again, ..once.answer })
    }

    fn known_peer(&mut self, channel: &OpenChannel, peer: &str) -> Result<Peer, Refusal> {
        let known = self.tx.peer(self.shop, &channel.name, peer)?;
        let mut peer = known.unwrap_or_else(|| Peer::new(&channel.name, peer));
        peer.client = self.still_there(peer.client)?;
        Ok(peer)
    }

    /// The caller stores the peer.
    fn link(&mut self, peer: &mut Peer, client: Option<ClientId>) -> Result<(), Refusal> {
        if peer.client == client {
            return Ok(());
        }
        if let Some(client) = client {
            self.must_know(&[client])?;
        }
        if let Some(before) = peer.client
            && let Some(mut before) = self.tx.client(self.shop, before)?
        {
            before.left(&peer.channel, &peer.peer);
            self.tx.put_client(self.shop, &before)?;
        }
        peer.client = client;
        self.remember_use(peer)
    }

    /// On the client's card, so that a message finds the way back. No event: nobody has changed the card.
    fn remember_use(&mut self, peer: &Peer) -> Result<(), Refusal> {
        let (Some(client), Some(used)) = (peer.client, peer.used) else { return Ok(()) };
        if let Some(mut client) = self.tx.client(self.shop, client)? {
            client.used(&peer.channel, &peer.peer, used);
            self.tx.put_client(self.shop, &client)?;
        }
        Ok(())
    }

    /// The session that a line belongs to: the latest if it goes on, else a new one. What is whispered opens none where
    /// there has been one, and keeps none open.
    fn session_of(
        &mut self,
        channel: &OpenChannel,
        peer: &Peer,
        hidden: bool,
    ) -> Result<ChatSession, Refusal> {
        let latest = match peer.session {
            Some(id) => self.tx.chat_session(self.shop, id)?,
            None => None,
        };
        if let Some(mut session) = latest {
            let ended = session.ended(channel.silence, self.now);
            if ended.is_none() || hidden {
                return Ok(session);
            }
            if session.closed.is_none() {
                session.closed = ended;
                self.tx.put_chat_session(&session)?;
            }
        }
        Ok(ChatSession {
            id: ChatSessionId(self.tx.next(Sequence::ChatSession)?),
            shop: self.shop,
            channel: channel.name.clone(),
            peer: peer.peer.clone(),
            client: peer.client,
            opened: self.now,
            last: self.now,
            closed: None,
            received: 0,
            correlation: None,
        })
    }

    fn say(
        &mut self,
        channel: &OpenChannel,
        mut peer: Peer,
        line: Line,
        cause: &Cause,
    ) -> Result<ChatReceipt, Refusal> {
        let mut session = self.session_of(channel, &peer, line.hidden)?;
        session.client = peer.client;
        let from_client = line.author == Author::Client;
        if from_client {
            session.received = session.received.saturating_add(1);
            peer.used = Some(self.now);
        }
        if !line.hidden {
            session.last = self.now;
        }
        let reply_to = session.correlation.clone().filter(|_| from_client);
        if line.correlation.is_some() && !line.hidden {
            session.correlation = line.correlation.clone();
        }
        peer.session = Some(session.id);
        self.tx.put_chat_session(&session)?;
        self.tx.put_peer(self.shop, &peer)?;
        if from_client {
            self.remember_use(&peer)?;
        }
        let number = from_client.then_some(session.received);
        let message = ChatMessage {
            id: ChatMessageId(self.tx.next(Sequence::ChatMessage)?),
            shop: self.shop,
            session: session.id,
            author: line.author,
            text: line.text,
            hidden: line.hidden,
            number,
            at: self.now,
            external: line.external,
            message: line.message,
        };
        self.tx.add_chat_message(&message)?;
        let what = match number {
            Some(number) => NewEvent::new(kind::CHAT_RECEIVED).attr("number", number),
            None => NewEvent::new(kind::CHAT_SENT).attr("hidden", line.hidden),
        };
        let event = NewEvent {
            client: peer.client,
            correlation: reply_to.or(line.correlation),
            data: json!({ "peer": peer.peer, "message": message.id, "text": message.text }).into(),
            ..what
        }
        .attr("channel", channel.name.clone())
        .attr("session", session.id.to_string());
        let events = vec![self.record(event, cause, None, None)?];
        Ok(ChatReceipt {
            message: message.id,
            session: session.id,
            client: peer.client,
            number,
            events,
            duplicate: false,
        })
    }

    /// What becomes of a message without asking a provider: a whisper stays in the house, and what is switched off is
    /// not written to.
    pub fn delivered_here(&mut self, message: &Message) -> Result<Option<Delivery>, Refusal> {
        if message.draft.channel != CHAT {
            return Ok(None);
        }
        let provider = "rulewright".to_owned();
        let name = open_address(&message.draft.address).map_or("", |(channel, _)| channel);
        let whisper = is_whisper(message);
        Ok(match self.tx.open_channel(self.shop, name)? {
            Some(channel) if !channel.active => {
                let reason = format!("the open channel `{name}` is switched off");
                Some(Delivery::Rejected { provider, reason })
            }
            Some(_) if whisper => {
                Some(Delivery::Sent { provider, provider_id: message.id.to_string(), events: Vec::new() })
            }
            None if whisper => {
                let reason =
                    format!("there is no open channel `{name}`, so nowhere to write a hidden message");
                Some(Delivery::Rejected { provider, reason })
            }
            _ => None,
        })
    }

    /// What was delivered is part of the conversation.
    pub fn write_down(&mut self, message: &Message, cause: &Cause) -> Result<(), Refusal> {
        let Some((name, peer)) = open_address(&message.draft.address) else { return Ok(()) };
        let Some(channel) = self.tx.open_channel(self.shop, name)? else { return Ok(()) };
        let peer = self.known_peer(&channel, peer)?;
        let line = Line {
            author: Author::Staff,
            hidden: is_whisper(message),
            text: message.draft.text.clone(),
            external: message.provider_id.clone(),
            message: Some(message.id),
            correlation: message.draft.correlation.clone(),
        };
        self.say(&channel, peer, line, cause).map(drop)
    }
}

/// Only staff sees it, and no provider.
pub(crate) fn is_whisper(message: &Message) -> bool {
    message.draft.channel == CHAT && message.draft.params.get("hidden") == Some(&Value::Bool(true))
}
