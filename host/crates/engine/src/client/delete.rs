use rulewright_domain::{
    Cause, ClientId, ClientKind, EventId, NewEvent, OrderChange, Peer, Run, Subject, decide, kind,
};
use rulewright_ports::storage::{OrderQuery, Page, SessionQuery};

use crate::{Receipt, Refusal, change::Change, command::check_depth};

impl Change<'_> {
    /// The card is gone with what it says of the client. What happened stays in the log, which knows only the id.
    pub fn delete_client(
        &mut self,
        id: ClientId,
        cause: &Cause,
        run: Option<&Run>,
    ) -> Result<Receipt, Refusal> {
        let client = self.tx.client(self.shop, id)?.ok_or_else(|| Refusal::not_found("client", id))?;
        check_depth(cause)?;
        let mut events = self.leave_orders(id, cause, run)?;
        if client.kind == ClientKind::Company {
            events.extend(self.leave_contacts(id, cause)?);
        }
        self.leave_chats(id)?;
        self.forget_entries(Subject::Client(id))?;
        self.tx.delete_client(self.shop, id)?;
        let event = NewEvent { client: Some(id), ..NewEvent::new(kind::CLIENT_DELETED) };
        events.push(self.record(event.attr("kind", client.kind.name()), cause, None, run)?);
        Ok(Receipt { client: Some(id), events, ..Receipt::default() })
    }

    fn leave_orders(
        &mut self,
        id: ClientId,
        cause: &Cause,
        run: Option<&Run>,
    ) -> Result<Vec<EventId>, Refusal> {
        let query = OrderQuery { client: Some(id), ..OrderQuery::default() };
        let mut events = Vec::new();
        loop {
            // Those that were written are not among them any more.
            let page = Page { after: None, limit: Page::MAX, newest_first: false };
            let orders = self.tx.orders(self.shop, &query, page)?;
            if orders.is_empty() {
                return Ok(events);
            }
            for order in orders {
                let change = OrderChange::SetClients {
                    company: order.company.filter(|company| *company != id),
                    contacts: order.contacts.iter().copied().filter(|contact| *contact != id).collect(),
                };
                let decision = decide(&order, change, self.pipeline(&order.pipeline)?, self.touch(cause))?;
                if decision.events.is_empty() {
                    let message = format!("{} cannot be taken off {}", id, order.id);
                    return Err(Refusal::Conflict { message });
                }
                events.extend(self.commit_decision(order.id, decision, cause, run)?.events);
            }
        }
    }

    fn leave_contacts(&mut self, company: ClientId, cause: &Cause) -> Result<Vec<EventId>, Refusal> {
        let mut events = Vec::new();
        loop {
            let page = Page { after: None, limit: Page::MAX, newest_first: false };
            let contacts = self.tx.contacts_of_company(self.shop, company, page)?;
            if contacts.is_empty() {
                return Ok(events);
            }
            for id in contacts {
                let contact = self.tx.client(self.shop, id)?;
                let mut contact = contact.ok_or_else(|| Refusal::not_found("client", id))?;
                contact.companies.retain(|one| one.company != company);
                contact.updated = Some(self.now);
                contact.updated_by = cause.by.employee();
                let changes = vec!["companies".to_owned()];
                events.extend(self.put_client(&contact, kind::CLIENT_CHANGED, changes, cause)?.events);
            }
        }
    }

    pub(super) fn has_contacts(&mut self, company: ClientId) -> Result<bool, Refusal> {
        let page = Page { after: None, limit: 1, newest_first: false };
        Ok(!self.tx.contacts_of_company(self.shop, company, page)?.is_empty())
    }

    /// Who was known once, unless the card has been deleted.
    pub fn still_there(&mut self, client: Option<ClientId>) -> Result<Option<ClientId>, Refusal> {
        match client {
            Some(id) => Ok(self.tx.client(self.shop, id)?.map(|client| client.id)),
            None => Ok(None),
        }
    }

    /// Whoever wrote there is nobody that is known any more.
    fn leave_chats(&mut self, id: ClientId) -> Result<(), Refusal> {
        let query = SessionQuery { client: Some(id), ..SessionQuery::default() };
        loop {
            let page = Page { after: None, limit: Page::MAX, newest_first: false };
            let sessions = self.tx.chat_sessions(self.shop, &query, page)?;
            if sessions.is_empty() {
                return Ok(());
            }
            for mut session in sessions {
                let peer = self.tx.peer(self.shop, &session.channel, &session.peer)?;
                if let Some(peer) = peer.filter(|peer| peer.client == Some(id)) {
                    self.tx.put_peer(self.shop, &Peer { client: None, ..peer })?;
                }
                session.client = None;
                self.tx.put_chat_session(&session)?;
            }
        }
    }
}
