use rulewright_domain::{Client, ClientId, ClientKind, ContactPoint, ShopId, phone};
use rulewright_ports::storage::{Find, Found, Page, ReadClients, Result, Sequence, WriteClients};

use crate::{
    find::{Column, Given, Holds, Table},
    list::List,
    session::{Session, Writing, body, encode, refused},
};

const CLIENTS: Table = Table {
    name: "clients AS t",
    row: "SELECT body FROM clients WHERE id = ?1 AND shop = ?2",
    body: "t.body",
    data: None,
    columns: &[Column { path: &["id"], sql: "t.id", holds: Holds::Id("cli") }],
    indices: &[],
    has_contacts: false,
};

/// In `find_clocks`.
const LIST: &str = "clients";

impl<M> ReadClients for Session<'_, M> {
    fn client(&mut self, shop: ShopId, id: ClientId) -> Result<Option<Client>> {
        self.one("client", "SELECT body FROM clients WHERE id = ?1 AND shop = ?2", (id.0, shop.0))
    }

    fn clients(&mut self, shop: ShopId, page: Page) -> Result<Vec<Client>> {
        let list = List::of_shop("SELECT body FROM clients WHERE shop = ?", shop);
        list.page(self, "client", "id", page)
    }

    fn find_clients(&mut self, shop: ShopId, kind: Option<ClientKind>, find: &Find) -> Result<Found<Client>> {
        let clock = self.list_clock(shop, LIST)?;
        let kind = kind.map(|kind| Given::of("t.body ->> '$.kind' = ?", kind.name().to_owned()));
        self.find(&CLIENTS, shop, kind.as_slice(), Some(clock), find, |row| body("client", row, 0))
    }

    fn clients_by_address(&mut self, shop: ShopId, address: &str) -> Result<Vec<ClientId>> {
        self.rows(
            "SELECT client FROM client_addresses WHERE shop = ?1 AND kind = 'phone' AND address = ?2
             UNION
             SELECT client FROM client_addresses WHERE shop = ?1 AND kind = 'email' AND address = ?3
             ORDER BY client",
            (shop.0, address, address.to_lowercase()),
            |row| row.get(0).map(ClientId),
        )
    }

    fn clients_by_phone_end(&mut self, shop: ShopId, end: &str) -> Result<Vec<ClientId>> {
        self.rows(
            "SELECT client FROM client_addresses WHERE shop = ?1 AND kind = 'phone-end' AND address = ?2
             ORDER BY client",
            (shop.0, end),
            |row| row.get(0).map(ClientId),
        )
    }

    fn contacts_of_company(&mut self, shop: ShopId, company: ClientId, page: Page) -> Result<Vec<ClientId>> {
        List::of_shop("SELECT client FROM client_addresses WHERE shop = ?", shop)
            .with("kind = 'company' AND address = ?", Some(company.0.to_string()))
            .page_of(self, "client", page, |row| row.get(0).map(ClientId).map_err(refused))
    }
}

impl WriteClients for Writing<'_> {
    fn delete_client(&mut self, shop: ShopId, id: ClientId) -> Result<()> {
        match self.execute("DELETE FROM clients WHERE id = ?1 AND shop = ?2", (id.0, shop.0))? {
            0 => Ok(()),
            _ => {
                self.execute("DELETE FROM client_addresses WHERE client = ?1", [id.0])?;
                self.departs(Sequence::Client, id.0)?;
                self.list_changed(shop, LIST)
            }
        }
    }

    fn put_client(&mut self, shop: ShopId, client: &Client) -> Result<()> {
        self.taken(Sequence::Client, client.id.0);
        self.store(
            "client",
            "INSERT INTO clients (id, shop, body) VALUES (?1, ?2, ?3)
             ON CONFLICT (id) DO UPDATE SET body = excluded.body WHERE shop = excluded.shop",
            (client.id.0, shop.0, encode("client", client)?),
        )?;
        self.list_changed(shop, LIST)?;
        self.execute("DELETE FROM client_addresses WHERE client = ?1", [client.id.0])?;
        let phones = client.phones.iter().map(|ContactPoint { value, .. }| ("phone", value.clone()));
        let emails = client.emails.iter().map(|point| ("email", point.value.to_lowercase()));
        let ends = client.phones.iter().filter_map(|point| Some(("phone-end", phone::end(&point.value)?)));
        // Where a contact is to be found, too.
        let companies = client.companies.iter().map(|one| ("company", one.company.0.to_string()));
        for (kind, address) in phones.chain(emails).chain(ends).chain(companies) {
            // The same address may be there as `work` and as `home`.
            self.execute(
                "INSERT INTO client_addresses (shop, kind, address, client) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO NOTHING",
                (shop.0, kind, address, client.id.0),
            )?;
        }
        Ok(())
    }
}
