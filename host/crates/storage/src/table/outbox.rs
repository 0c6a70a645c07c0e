use rulewright_domain::{Message, MessageId, MessageState, RunId, ShopId, SubscriptionId, Timestamp};
use rulewright_ports::storage::{MessageQuery, Page, ReadOutbox, Result, Sequence, WriteOutbox};

use crate::{
    list::List,
    session::{Session, Writing, encode, numbers, unsigned},
};

/// What is pending of one kind, and the index that has it by shop.
struct Waiting {
    index: &'static str,
    which: &'static str,
    /// Leaves out those of the subscriptions in `?3`.
    except: &'static str,
}

const MESSAGES: Waiting = Waiting {
    index: "outbox_due_messages_of_shop",
    which: "state = 'pending' AND subscription IS NULL",
    except: "",
};
const WEBHOOKS: Waiting = Waiting {
    index: "outbox_due_webhooks_of_shop",
    which: "state = 'pending' AND subscription IS NOT NULL",
    except: "AND subscription NOT IN (SELECT value FROM json_each(?3))",
};

impl<M> Session<'_, M> {
    /// The first shop after this one with something that waits, and when its earliest is due.
    fn shop_after(&self, Waiting { index, which, .. }: &Waiting, shop: i64) -> Result<Option<(i64, i64)>> {
        let sql = format!(
            "SELECT shop, next_at FROM outbox INDEXED BY {index}
             WHERE {which} AND shop > ?1 ORDER BY shop, next_at, id LIMIT 1"
        );
        Ok(self.rows(&sql, [shop], |row| Ok((row.get(0)?, row.get(1)?)))?.pop())
    }

    /// What is due, by turns of the shops, those after `after` first.
    fn due(
        &self,
        waiting: &Waiting,
        now: Timestamp,
        after: ShopId,
        shops: &[ShopId],
        full: &[SubscriptionId],
        limit: u32,
    ) -> Result<Vec<Message>> {
        let Waiting { index, which, except } = waiting;
        let sql = format!(
            "SELECT id FROM outbox INDEXED BY {index}
             WHERE {which} AND shop = ?1 AND next_at <= ?2 {except} ORDER BY next_at, id LIMIT ?4"
        );
        let (most, full) = (limit as usize, numbers(full.iter().map(|id| id.0)));
        let mut queues = Vec::new();
        for (from, to) in [(after.0, i64::MAX), (i64::MIN, after.0)] {
            let mut at = from;
            while queues.len() < most
                && let Some((shop, next)) = self.shop_after(waiting, at)?.filter(|(shop, _)| *shop <= to)
            {
                at = shop;
                if next <= now.0 && !shops.contains(&ShopId(shop)) {
                    let ids = self.rows(&sql, (shop, now.0, &full, limit), |row| row.get::<_, i64>(0))?;
                    // All that is due there may be of subscriptions that are left out.
                    if !ids.is_empty() {
                        queues.push(ids.into_iter());
                    }
                }
            }
        }
        let mut due = Vec::new();
        while due.len() < most {
            let turn: Vec<i64> = queues.iter_mut().filter_map(Iterator::next).collect();
            if turn.is_empty() {
                break;
            }
            for id in turn.into_iter().take(most - due.len()) {
                due.extend(self.one::<Message>("message", "SELECT body FROM outbox WHERE id = ?1", [id])?);
            }
        }
        Ok(due)
    }
}

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

    fn due_messages(
        &mut self,
        now: Timestamp,
        after: ShopId,
        except: &[ShopId],
        limit: u32,
    ) -> Result<Vec<Message>> {
        self.due(&MESSAGES, now, after, except, &[], limit)
    }

    fn due_webhooks(
        &mut self,
        now: Timestamp,
        after: ShopId,
        except: &[SubscriptionId],
        shops: &[ShopId],
        limit: u32,
    ) -> Result<Vec<Message>> {
        self.due(&WEBHOOKS, now, after, shops, except, limit)
    }

    fn next_webhook(&mut self, except: &[SubscriptionId], shops: &[ShopId]) -> Result<Option<Timestamp>> {
        let sql = "SELECT next_at FROM outbox INDEXED BY outbox_due_webhooks
                   WHERE state = 'pending' AND subscription IS NOT NULL
                       AND subscription NOT IN (SELECT value FROM json_each(?1))
                       AND shop NOT IN (SELECT value FROM json_each(?2))
                   ORDER BY next_at, id LIMIT 1";
        let except = numbers(except.iter().map(|id| id.0));
        Ok(self.value(sql, (except, numbers(shops.iter().map(|shop| shop.0))))?.map(Timestamp))
    }

    fn sending_messages(&mut self) -> Result<Vec<Message>> {
        self.many("message", "SELECT body FROM outbox WHERE state = 'sending' ORDER BY id", [])
    }

    fn next_message(&mut self, except: &[ShopId]) -> Result<Option<Timestamp>> {
        if except.is_empty() {
            let sql = "SELECT next_at FROM outbox WHERE state = 'pending' AND subscription IS NULL
                       ORDER BY next_at, id LIMIT 1";
            return Ok(self.value(sql, [])?.map(Timestamp));
        }
        // One of those may have thousands, which would have to be passed by.
        let (mut at, mut earliest) = (i64::MIN, None);
        while let Some((shop, next)) = self.shop_after(&MESSAGES, at)? {
            at = shop;
            if !except.contains(&ShopId(shop)) {
                earliest = Some(earliest.map_or(next, |before: i64| before.min(next)));
            }
        }
        Ok(earliest.map(Timestamp))
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
