use rulewright_domain::{
    ChatMessage, ChatSession, ChatSessionId, ClientId, Connection, Form, MessageId, OpenChannel, Peer,
    ShopId, Visitor,
};

use super::{Page, Result};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct SessionQuery {
    pub channel: Option<String>,
    /// Of the channel.
    pub peer: Option<String>,
    pub client: Option<ClientId>,
}

/// What clients do: write, send forms, visit, open what they were sent.
pub trait ReadChannels {
    /// By name.
    fn open_channels(&mut self, shop: ShopId) -> Result<Vec<OpenChannel>>;
    fn open_channel(&mut self, shop: ShopId, name: &str) -> Result<Option<OpenChannel>>;
    fn peer(&mut self, shop: ShopId, channel: &str, peer: &str) -> Result<Option<Peer>>;
    fn chat_session(&mut self, shop: ShopId, id: ChatSessionId) -> Result<Option<ChatSession>>;
    fn chat_sessions(&mut self, shop: ShopId, query: &SessionQuery, page: Page) -> Result<Vec<ChatSession>>;
    /// `hidden`: also what was whispered.
    fn chat_messages(
        &mut self,
        shop: ShopId,
        session: ChatSessionId,
        hidden: bool,
        page: Page,
    ) -> Result<Vec<ChatMessage>>;
    /// By name.
    fn forms(&mut self, shop: ShopId) -> Result<Vec<Form>>;
    fn connection_secret(&mut self, shop: ShopId, id: &str, name: &str) -> Result<Option<Vec<u8>>>;
    fn visitor(&mut self, shop: ShopId, visitor: &str) -> Result<Option<Visitor>>;
    /// The mail that its provider calls so.
    fn sent_mail(&mut self, shop: ShopId, provider_id: &str) -> Result<Option<MessageId>>;
}

pub trait WriteChannels {
    fn put_open_channel(&mut self, shop: ShopId, channel: &OpenChannel) -> Result<()>;
    fn put_peer(&mut self, shop: ShopId, peer: &Peer) -> Result<()>;
    fn put_chat_session(&mut self, session: &ChatSession) -> Result<()>;
    fn add_chat_message(&mut self, message: &ChatMessage) -> Result<()>;
    fn put_form(&mut self, shop: ShopId, form: &Form) -> Result<()>;
    /// Whether there was one.
    fn remove_form(&mut self, shop: ShopId, name: &str) -> Result<bool>;
    /// All of them are in the shop's configuration.
    fn put_connection(&mut self, shop: ShopId, connection: &Connection) -> Result<()>;
    /// With its secrets. Whether there was one.
    fn remove_connection(&mut self, shop: ShopId, id: &str) -> Result<bool>;
    /// None deletes.
    fn put_connection_secret(
        &mut self,
        shop: ShopId,
        id: &str,
        name: &str,
        value: Option<&[u8]>,
    ) -> Result<()>;
    fn put_visitor(&mut self, shop: ShopId, visitor: &Visitor) -> Result<()>;
    /// Of several with the same name the last counts.
    fn put_sent_mail(&mut self, shop: ShopId, provider_id: &str, message: MessageId) -> Result<()>;
    /// How often this has happened to the subject, this time included.
    fn count(&mut self, shop: ShopId, what: &str, subject: &str) -> Result<u64>;
}
