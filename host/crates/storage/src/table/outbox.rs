use rulewright_domain::{Message, MessageId, MessageState, RunId, ShopId, SubscriptionId, Timestamp};
use rulewright_ports::storage::{MessageQuery, Page, ReadOutbox, Result, Sequence, WriteOutbox};

use crate::{
    list::List,
    session::{Session, Writing, encode, unsigned},
};

impl<M> ReadOutbox for Session<'_, M> {
    fn message(&mut self, shop: ShopId, id: MessageId) -> Result<Option<Message>> {
        self.one("message", "SELECT body FROM outbox WHERE id = ?1 AND shop = ?2", (id.0, shop.0))
    }

    fn messages(&mut self, shop: ShopId, query: &MessageQuery, page: Page) -> Result<Vec<Message>> {
        // Few messages are not sent, so where only they are asked for, sorting them is better than passing by
        // all others; of an order there are few anyway.
        let (select, state) = match query.state.as_deref() {
            _ if query.order.is_some() => ("", "+state = ?"),
            Some("pending") => ("INDEXED BY outbox_due", "state = 'pending' AND state = ?"),
            Some("sending") => ("INDEXED BY outbox_sending", "state = 'sending' AND state = ?"),
            Some("sent") => ("", "state NOT IN ('pending', 'sending') AND state = ?"),
            _ => ("INDEXED BY outbox_in_state", "state NOT IN ('pending', 'sending') AND state = ?"),
        };
        let select = match query.state {
            Some(_) => format!("SELECT body FROM outbox {select} WHERE shop = ?"),
            None => "SELECT body FROM outbox WHERE shop = ?".to_owned(),
        };
        List::of_shop(&select, shop)
            .with("order_id = ?", query.order.map(|order| order.0))
            .with("channel = ?", query.channel.clone())
            .with(state, query.state.clone())
            .page(self, "message", "id", page)
    }

    fn due_messages(&mut self, now: Timestamp, limit: u32) -> Result<Vec<Message>> {
        self.many(
            "message",
            "SELECT body FROM outbox WHERE state = 'pending' AND subscription IS NULL AND next_at <= ?1
             ORDER BY next_at, id LIMIT ?2",
            (now.0, limit),
        )
    }

    fn due_webhooks(
        &mut self,
        now: Timestamp,
        except: &[SubscriptionId],
        limit: u32,
    ) -> Result<Vec<Message>> {
        self.many(
            "message",
            "SELECT body FROM outbox
             WHERE state = 'pending' AND subscription IS NOT NULL AND next_at <= ?1
                 AND subscription NOT IN (SELECT value FROM json_each(?2))
             ORDER BY next_at, id LIMIT ?3",
            (now.0, numbers(except), limit),
        )
    }

    fn next_webhook(&mut self, except: &[SubscriptionId]) -> Result<Option<Timestamp>> {
        let sql = "SELECT next_at FROM outbox
                   WHERE state = 'pending' AND subscription IS NOT NULL
                       AND subscription NOT IN (SELECT value FROM json_each(?1))
                   ORDER BY next_at, id LIMIT 1";
        Ok(self.value(sql, [numbers(except)])?.map(Timestamp))
    }

    fn sending_messages(&mut self) -> Result<Vec<Message>> {
        self.many("message", "SELECT body FROM outbox WHERE state = 'sending' ORDER BY id", [])
    }

    fn next_message(&mut self) -> Result<Option<Timestamp>> {
        let sql = "SELECT next_at FROM outbox WHERE state = 'pending' AND subscription IS NULL
                   ORDER BY next_at, id LIMIT 1";
        Ok(self.value(sql, [])?.map(Timestamp))
    }

    fn unsent_of_run(&mut self, run: RunId) -> Result<Vec<Message>> {
        self.many(
            "message",
            "SELECT body FROM outbox WHERE run = ?1 AND state = 'pending' ORDER BY id",
            [run.0],
        )
    }

    fn spent_after(
        &mut self,
        shop: ShopId,
        channel: &str,
        number: Option<&str>,
        moment: Timestamp,
        except: MessageId,
    ) -> Result<u64> {
        let (moment, except) = (moment.0, except.0);
        let count: Option<i64> = match number {
            Some(number) => self.value(
                "SELECT count(*) FROM spent
                 WHERE shop = ?1 AND channel = ?2 AND number = ?3 AND at > ?4 AND message <> ?5",
                (shop.0, channel, number, moment, except),
            )?,
            None => self.value(
                "SELECT count(*) FROM spent WHERE shop = ?1 AND channel = ?2 AND at > ?3 AND message <> ?4",
                (shop.0, channel, moment, except),
            )?,
        };
        Ok(unsigned(count.unwrap_or_default()))
    }

    fn message_counts(&mut self, shop: ShopId) -> Result<Vec<(String, String, u64)>> {
        self.rows(
            "SELECT channel, state, count(*) FROM outbox
             WHERE shop = ?1 AND state NOT IN ('pending', 'sending') GROUP BY state, channel
             UNION ALL SELECT channel, state, count(*) FROM outbox INDEXED BY outbox_due
             WHERE shop = ?1 AND state = 'pending' GROUP BY channel
             UNION ALL SELECT channel, state, count(*) FROM outbox INDEXED BY outbox_sending
             WHERE shop = ?1 AND state = 'sending' GROUP BY channel
             ORDER BY channel, state",
            [shop.0],
            |row| Ok((row.get(0)?, row.get(1)?, unsigned(row.get(2)?))),
        )
    }
}

impl WriteOutbox for Writing<'_> {
    fn put_message(&mut self, message: &Message) -> Result<()> {
        self.taken(Sequence::Message, message.id.0);
        self.store(
            "message",
            "INSERT INTO outbox (id, shop, order_id, run, channel, state, next_at, body, subscription)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
             ON CONFLICT (id) DO UPDATE SET state = excluded.state, next_at = excluded.next_at,
                 body = excluded.body
             WHERE shop = excluded.shop AND order_id IS excluded.order_id",
            (
                message.id.0,
                message.shop.0,
                message.order.map(|order| order.0),
                message.run.map(|run| run.0),
                &message.draft.channel,
                state(message.state),
                message.next_at.0,
                encode("message", message)?,
                message.subscription().map(|id| id.0),
            ),
        )
    }

    fn put_spent(
        &mut self,
        shop: ShopId,
        channel: &str,
        number: &str,
        message: MessageId,
        at: Timestamp,
        forget: Timestamp,
    ) -> Result<()> {
        self.execute(
            "DELETE FROM spent WHERE shop = ?1 AND channel = ?2 AND at <= ?3",
            (shop.0, channel, forget.0),
        )?;
        self.store(
            "message",
            "INSERT INTO spent (message, shop, channel, number, at) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (message) DO UPDATE SET at = excluded.at WHERE shop = excluded.shop",
            (message.0, shop.0, channel, number, at.0),
        )
    }
}

/// A list as one parameter.
fn numbers(ids: &[SubscriptionId]) -> String {
    let ids: Vec<String> = ids.iter().map(|id| id.0.to_string()).collect();
    format!("[{}]", ids.join(","))
}

/// As in the API.
fn state(state: MessageState) -> &'static str {
    match state {
        MessageState::Pending => "pending",
        MessageState::Sending => "sending",
        MessageState::Sent => "sent",
        MessageState::Dead => "dead",
        MessageState::Cancelled => "cancelled",
    }
}
