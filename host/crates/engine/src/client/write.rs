use rulewright_domain::{Cause, Client, ClientChange, ClientId, ClientKind, NewEvent, Rejection, kind};
use rulewright_ports::storage::Sequence;

use crate::{Receipt, Refusal, change::Change, command::check_depth};

impl Change<'_> {
    pub fn create_client(&mut self, mut client: Client, cause: &Cause) -> Result<Receipt, Refusal> {
        client.chats.clear();
        for named in [client.created_by, client.updated_by].into_iter().flatten() {
            self.must_employ(&named.to_string())?;
        }
        client.id = ClientId(self.tx.next(Sequence::Client)?);
        // Brought in from elsewhere, it may be older.
        client.created.get_or_insert(self.now);
        client.updated = client.updated.or(client.created);
        client.created_by = client.created_by.or(cause.by.employee());
        client.updated_by = client.updated_by.or(client.created_by);
        self.check_client(None, &mut client, cause)?;
        client.settle(None)?;
        self.must_lead_to_somebody(&client, None)?;
        self.put_client(&client, kind::CLIENT_CREATED, Vec::new(), cause)
    }

    pub fn edit_client(
        &mut self,
        id: ClientId,
        changes: Vec<ClientChange>,
        cause: &Cause,
    ) -> Result<Receipt, Refusal> {
        let client = self.tx.client(self.shop, id)?;
        let mut client = client.ok_or_else(|| Refusal::not_found("client", id))?;
        client.number_points();
        for change in changes {
            client.change(change)?;
        }
        self.update_client(client, cause)
    }

    pub fn update_client(&mut self, mut client: Client, cause: &Cause) -> Result<Receipt, Refusal> {
        let before = self.tx.client(self.shop, client.id)?;
        let mut before = before.ok_or_else(|| Refusal::not_found("client", client.id))?;
        before.number_points();
        // Where the client has written is nobody's to change, and neither is when and by whom the card was made.
        client.chats.clone_from(&before.chats);
        client.created = before.created;
        client.created_by = before.created_by;
        client.updated = before.updated;
        client.updated_by = before.updated_by;
        self.check_client(Some(&before), &mut client, cause)?;
        client.settle(Some(&before))?;
        self.must_lead_to_somebody(&client, Some(&before))?;
        let changes = Client::changes(&before, &client);
        if changes.is_empty() {
            return Ok(Receipt { client: Some(client.id), ..Receipt::default() });
        }
        check_depth(cause)?;
        client.updated = Some(self.now);
        client.updated_by = cause.by.employee();
        self.put_client(&client, kind::CLIENT_CHANGED, changes, cause)
    }

    // Personal data stays out of the event log: it would outlive a deletion.
    pub(super) fn put_client(
        &mut self,
        client: &Client,
        kind: &str,
        changes: Vec<String>,
        cause: &Cause,
    ) -> Result<Receipt, Refusal> {
        self.tx.put_client(self.shop, client)?;
        let event =
            NewEvent { client: Some(client.id), ..NewEvent::new(kind) }.attr("kind", client.kind.name());
        let event = if changes.is_empty() { event } else { event.attr("fields", changes) };
        let event = self.record(event, cause, None, None)?;
        Ok(Receipt { client: Some(client.id), events: vec![event], ..Receipt::default() })
    }

    /// What it names, and did not name before, is there.
    fn must_lead_to_somebody(&mut self, client: &Client, before: Option<&Client>) -> Result<(), Refusal> {
        if let Some(to) = client.responsible
            && before.is_none_or(|before| before.responsible != Some(to))
        {
            self.must_employ(&to.to_string())?;
        }
        let known = |id| before.is_some_and(|before| before.companies.iter().any(|one| one.company == id));
        for id in client.companies.iter().map(|one| one.company).filter(|id| !known(*id)) {
            let company = self.tx.client(self.shop, id)?;
            if company.is_none_or(|company| company.kind != ClientKind::Company) {
                return Err(Rejection::NotFound { what: "company", id: id.to_string() }.into());
            }
        }
        let was = before.map(|before| before.kind);
        if was == Some(ClientKind::Company)
            && client.kind == ClientKind::Contact
            && self.has_contacts(client.id)?
        {
            let message = "contacts belong to it, so it stays a company: unbind them first";
            return Err(Rejection::invalid("kind", message).into());
        }
        Ok(())
    }
}
