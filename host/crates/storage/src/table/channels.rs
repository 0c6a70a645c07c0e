use rulewright_domain::{
    ChatMessage, ChatSession, ChatSessionId, Connection, Form, MessageId, OpenChannel, Peer, ShopId, Visitor,
};
use rulewright_ports::storage::{Page, ReadChannels, Result, Sequence, SessionQuery, WriteChannels};

use crate::{
    list::List,
    sealed::{CONNECTIONS, OF_CONNECTIONS},
    session::{Session, Writing, encode, unsigned},
};

impl<M> ReadChannels for Session<'_, M> {
    fn open_channels(&mut self, shop: ShopId) -> Result<Vec<OpenChannel>> {
        let sql = "SELECT body FROM open_channels WHERE shop = ?1 ORDER BY name";
        self.many("open channel", sql, [shop.0])
    }

    fn open_channel(&mut self, shop: ShopId, name: &str) -> Result<Option<OpenChannel>> {
        let sql = "SELECT body FROM open_channels WHERE shop = ?1 AND name = ?2";
        self.one("open channel", sql, (shop.0, name))
    }

    fn peer(&mut self, shop: ShopId, channel: &str, peer: &str) -> Result<Option<Peer>> {
        let sql = "SELECT body FROM peers WHERE shop = ?1 AND channel = ?2 AND peer = ?3";
        self.one("peer", sql, (shop.0, channel, peer))
    }

    fn chat_session(&mut self, shop: ShopId, id: ChatSessionId) -> Result<Option<ChatSession>> {
        let sql = "SELECT body FROM chat_sessions WHERE id = ?1 AND shop = ?2";
        self.one("chat session", sql, (id.0, shop.0))
    }

    fn chat_sessions(&mut self, shop: ShopId, query: &SessionQuery, page: Page) -> Result<Vec<ChatSession>> {
        List::of_shop("SELECT body FROM chat_sessions WHERE shop = ?", shop)
            .with("channel = ?", query.channel.clone())
            .with("peer = ?", query.peer.clone())
            .with("client = ?", query.client.map(|client| client.0))
            .page(self, "chat session", "id", page)
    }

    fn chat_messages(
        &mut self,
        shop: ShopId,
        session: ChatSessionId,
        hidden: bool,
        page: Page,
    ) -> Result<Vec<ChatMessage>> {
        let select = match hidden {
            true => "SELECT body FROM chat_messages WHERE shop = ?",
            false => "SELECT body FROM chat_messages WHERE hidden = 0 AND shop = ?",
        };
        let list = List::of_shop(select, shop).with("session = ?", Some(session.0));
        list.page(self, "chat message", "id", page)
    }

    fn forms(&mut self, shop: ShopId) -> Result<Vec<Form>> {
        self.many("form", "SELECT body FROM forms WHERE shop = ?1 ORDER BY name", [shop.0])
    }

    fn connection_secret(&mut self, shop: ShopId, id: &str, name: &str) -> Result<Option<Vec<u8>>> {
        let sql = "SELECT value FROM connection_secrets WHERE shop = ?1 AND connection = ?2 AND name = ?3";
        let place = OF_CONNECTIONS.at([&shop.0, &id, &name]);
        Ok(self.each(sql, (shop.0, id, name), |row| self.open("secret", row, 0, &place))?.pop())
    }

    fn visitor(&mut self, shop: ShopId, visitor: &str) -> Result<Option<Visitor>> {
        let sql = "SELECT body FROM visitors WHERE shop = ?1 AND visitor = ?2";
        self.one("visitor", sql, (shop.0, visitor))
    }

    fn sent_mail(&mut self, shop: ShopId, provider_id: &str) -> Result<Option<MessageId>> {
        let sql = "SELECT message FROM sent_mails WHERE shop = ?1 AND provider_id = ?2";
        Ok(self.value(sql, (shop.0, provider_id))?.map(MessageId))
    }
}

impl WriteChannels for Writing<'_> {
    fn put_open_channel(&mut self, shop: ShopId, channel: &OpenChannel) -> Result<()> {
        self.execute(
            "INSERT INTO open_channels (shop, name, body) VALUES (?1, ?2, ?3)
             ON CONFLICT (shop, name) DO UPDATE SET body = excluded.body",
            (shop.0, &channel.name, encode("open channel", channel)?),
        )
        .map(drop)
    }

    fn put_peer(&mut self, shop: ShopId, peer: &Peer) -> Result<()> {
        self.execute(
            "INSERT INTO peers (shop, channel, peer, body) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (shop, channel, peer) DO UPDATE SET body = excluded.body",
            (shop.0, &peer.channel, &peer.peer, encode("peer", peer)?),
        )
        .map(drop)
    }

    fn put_chat_session(&mut self, session: &ChatSession) -> Result<()> {
        self.taken(Sequence::ChatSession, session.id.0);
        self.store(
            "chat session",
            "INSERT INTO chat_sessions (id, shop, channel, peer, client, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (id) DO UPDATE SET client = excluded.client, body = excluded.body
             WHERE shop = excluded.shop AND channel = excluded.channel AND peer = excluded.peer",
            (
                session.id.0,
                session.shop.0,
                &session.channel,
                &session.peer,
                session.client.map(|client| client.0),
                encode("chat session", session)?,
            ),
        )
    }

    fn add_chat_message(&mut self, message: &ChatMessage) -> Result<()> {
        self.taken(Sequence::ChatMessage, message.id.0);
        self.execute(
            "INSERT INTO chat_messages (id, shop, session, hidden, body) VALUES (?1, ?2, ?3, ?4, ?5)",
            (
                message.id.0,
                message.shop.0,
                message.session.0,
                message.hidden,
                encode("chat message", message)?,
            ),
        )
        .map(drop)
    }

    fn put_form(&mut self, shop: ShopId, form: &Form) -> Result<()> {
        self.execute(
            "INSERT INTO forms (shop, name, body) VALUES (?1, ?2, ?3)
             ON CONFLICT (shop, name) DO UPDATE SET body = excluded.body",
            (shop.0, &form.name, encode("form", form)?),
        )
        .map(drop)
    }

    fn remove_form(&mut self, shop: ShopId, name: &str) -> Result<bool> {
        Ok(self.execute("DELETE FROM forms WHERE shop = ?1 AND name = ?2", (shop.0, name))? > 0)
    }

    fn put_connection(&mut self, shop: ShopId, connection: &Connection) -> Result<()> {
        let body = self.sealed("connection", &CONNECTIONS.at([&shop.0, &connection.id]), connection)?;
        self.execute(
            "INSERT INTO connections (shop, id, body) VALUES (?1, ?2, ?3)
             ON CONFLICT (shop, id) DO UPDATE SET body = excluded.body",
            (shop.0, &connection.id, body),
        )?;
        self.config_changed(shop)
    }

    fn remove_connection(&mut self, shop: ShopId, id: &str) -> Result<bool> {
        let removed = self.execute("DELETE FROM connections WHERE shop = ?1 AND id = ?2", (shop.0, id))?;
        if removed > 0 {
            self.config_changed(shop)?;
        }
        Ok(removed > 0)
    }

    fn put_connection_secret(
        &mut self,
        shop: ShopId,
        id: &str,
        name: &str,
        value: Option<&[u8]>,
    ) -> Result<()> {
        match value {
            Some(value) => self.execute(
                "INSERT INTO connection_secrets (shop, connection, name, value) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (shop, connection, name) DO UPDATE SET value = excluded.value",
                (shop.0, id, name, self.seal(&OF_CONNECTIONS.at([&shop.0, &id, &name]), value)?.into_bytes()),
            ),
            None => self.execute(
                "DELETE FROM connection_secrets WHERE shop = ?1 AND connection = ?2 AND name = ?3",
                (shop.0, id, name),
            ),
        }
        .map(drop)
    }

    fn put_visitor(&mut self, shop: ShopId, visitor: &Visitor) -> Result<()> {
        self.execute(
            "INSERT INTO visitors (shop, visitor, body) VALUES (?1, ?2, ?3)
             ON CONFLICT (shop, visitor) DO UPDATE SET body = excluded.body",
            (shop.0, &visitor.visitor, encode("visitor", visitor)?),
        )
        .map(drop)
    }

    fn put_sent_mail(&mut self, shop: ShopId, provider_id: &str, message: MessageId) -> Result<()> {
        self.execute(
            "INSERT INTO sent_mails (shop, provider_id, message) VALUES (?1, ?2, ?3)
             ON CONFLICT (shop, provider_id) DO UPDATE SET message = excluded.message",
            (shop.0, provider_id, message.0),
        )
        .map(drop)
    }

    fn count(&mut self, shop: ShopId, what: &str, subject: &str) -> Result<u64> {
        self.execute_returning(
            "INSERT INTO counts (shop, what, subject, times) VALUES (?1, ?2, ?3, 1)
             ON CONFLICT (shop, what, subject) DO UPDATE SET times = times + 1
             RETURNING times",
            (shop.0, what, subject),
        )
        .map(unsigned)
    }
}
