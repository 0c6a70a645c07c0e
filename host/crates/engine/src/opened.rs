//! What clients open: documents, mails and the links in them. The count and its event are one transaction. While intake is
//! halted, or there is no room for more, nobody counts: whoever opens something gets it all the same, and does not come
//! again to be counted.

use rulewright_domain::{
    Actor, Cause, ClientId, Document, EventId, Flow, Message, MessageId, NewEvent, Recipient, ShopId, kind,
};

use crate::{Engine, Refusal, change::Change};

/// Openings of one thing that become events; further ones are only counted. The addresses need no token, and whoever
/// has one must not fill the log with it.
const RECORDED: u64 = 1_000;

impl Engine {
    /// By its public link.
    pub async fn document_opened(&self, document: &Document) -> Result<Option<EventId>, Refusal> {
        let (shop, id, order) = (document.shop, document.id, document.order);
        let template = document.template.clone();
        if self.full(shop).is_some() {
            return Ok(None);
        }
        self.change(shop, move |change| {
            if change.tx.halt(Flow::Intake)?.is_some() {
                return Ok(None);
            }
            let times = change.tx.count(shop, kind::DOCUMENT_OPENED, &id.to_string())?;
            let Some(order) = change.tx.order(shop, order)?.filter(|_| times <= RECORDED) else {
                return Ok(None);
            };
            let event = NewEvent {
                order: Some(order.id),
                client: order.client(),
                ..NewEvent::new(kind::DOCUMENT_OPENED)
            }
            .attr("document", id.to_string())
            .attr("template", template.clone())
            .attr("times", times);
            change.record(event, &by_client(), Some(&order), None).map(Some)
        })
        .await
    }

    /// A mail, or with `url` the link in it. The caller has made sure that the address was ours.
    pub async fn mail_opened(
        &self,
        shop: ShopId,
        id: MessageId,
        url: Option<String>,
    ) -> Result<Option<EventId>, Refusal> {
        if self.full(shop).is_some() {
            return Ok(None);
        }
        self.change(shop, move |change| {
            if change.tx.halt(Flow::Intake)?.is_some() {
                return Ok(None);
            }
            let Some(message) = change.tx.message(shop, id)? else { return Ok(None) };
            if matches!(message.draft.to, Recipient::Employee(_)) {
                return Ok(None);
            }
            let (kind, subject) = match &url {
                Some(url) => (kind::MAIL_LINK_CLICKED, format!("{id} {url}")),
                None => (kind::MAIL_VIEWED, id.to_string()),
            };
            let times = change.tx.count(shop, kind, &subject)?;
            if times > RECORDED {
                return Ok(None);
            }
            let client = change.reader_of(&message)?;
            let event =
                NewEvent { client, correlation: message.draft.correlation.clone(), ..NewEvent::new(kind) }
                    .attr("message", id.to_string())
                    .attr("times", times);
            let event = match &url {
                Some(url) => event.attr("url", url.clone()),
                None => event,
            };
            change.record(event, &by_client(), None, None).map(Some)
        })
        .await
    }
}

impl Change<'_> {
    /// Whom a message was written to. An order's message went to the one of its clients who has the address.
    fn reader_of(&mut self, message: &Message) -> Result<Option<ClientId>, Refusal> {
        let order = match message.draft.to {
            Recipient::Client(client) => return Ok(Some(client)),
            Recipient::ClientOf(order) => self.tx.order(self.shop, order)?,
            Recipient::Address(_) | Recipient::Employee(_) | Recipient::Subscription(_) => None,
        };
        let known = self.tx.clients_by_address(self.shop, &message.draft.address)?;
        Ok(match order {
            Some(order) => order.clients().find(|client| known.contains(client)).or_else(|| order.client()),
            None => known.first().copied(),
        })
    }
}

fn by_client() -> Cause {
    Cause::from_outside(Actor::Outside { source: "client".to_owned() })
}
