use rulewright_domain::{Message, MessageId, OrderId, RunId, ShopId, SubscriptionId, Timestamp};

use super::{Page, Result};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct MessageQuery {
    pub order: Option<OrderId>,
    pub channel: Option<String>,
    pub state: Option<String>,
}

pub trait ReadOutbox {
    fn message(&mut self, shop: ShopId, id: MessageId) -> Result<Option<Message>>;
    fn messages(&mut self, shop: ShopId, query: &MessageQuery, page: Page) -> Result<Vec<Message>>;
    /// Pending and due, but no webhooks, and of none of these shops. Shops take turns: the oldest of each comes, then
    /// the next of each, and shops after `after` come first: whoever names the last one found leaves out none.
    fn due_messages(
        &mut self,
        now: Timestamp,
        after: ShopId,
        except: &[ShopId],
        limit: u32,
    ) -> Result<Vec<Message>>;
    /// Of every shop: handed over before a crash, answer unknown.
    fn sending_messages(&mut self) -> Result<Vec<Message>>;
    /// When the earliest pending message of any other shop is due that is no webhook.
    fn next_message(&mut self, except: &[ShopId]) -> Result<Option<Timestamp>>;
    /// Webhooks that are pending and due, but for those of these subscriptions and shops; shops take turns as in
    /// [`ReadOutbox::due_messages`].
    fn due_webhooks(
        &mut self,
        now: Timestamp,
        after: ShopId,
        except: &[SubscriptionId],
        shops: &[ShopId],
        limit: u32,
    ) -> Result<Vec<Message>>;
    /// When the earliest pending webhook of any other subscription and shop is due.
    fn next_webhook(&mut self, except: &[SubscriptionId], shops: &[ShopId]) -> Result<Option<Timestamp>>;
    fn unsent_of_run(&mut self, run: RunId) -> Result<Vec<Message>>;
    /// Messages of the channel that were noted as spent after a moment, to a number or to all; but for this one.
    fn spent_after(
        &mut self,
        shop: ShopId,
        channel: &str,
        number: Option<&str>,
        moment: Timestamp,
        except: MessageId,
    ) -> Result<u64>;
    /// Count by channel and state.
    fn message_counts(&mut self, shop: ShopId) -> Result<Vec<(String, String, u64)>>;
}

pub trait WriteOutbox {
    fn put_message(&mut self, message: &Message) -> Result<()>;
    /// The message counts from `at` on; what the shop has spent until `forget` is forgotten.
    fn put_spent(
        &mut self,
        shop: ShopId,
        channel: &str,
        number: &str,
        message: MessageId,
        at: Timestamp,
        forget: Timestamp,
    ) -> Result<()>;
}
