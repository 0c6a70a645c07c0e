//! Clients: who called or wrote, where only a number or an address is known, and what is changed about them.

mod delete;
mod write;

use rulewright_domain::{ClientId, ShopId, phone};
use rulewright_ports::{Reads, storage};

/// Whoever has this mail address, or this phone number in whatever way it is written. Those who have it written
/// the same way come first.
pub fn clients_at(reads: &mut dyn Reads, shop: ShopId, address: &str) -> storage::Result<Vec<ClientId>> {
    let mut found = reads.clients_by_address(shop, address)?;
    let Some(end) = phone::end(address) else { return Ok(found) };
    for id in reads.clients_by_phone_end(shop, &end)? {
        if found.contains(&id) {
            continue;
        }
        let client = reads.client(shop, id)?;
        let phones = client.iter().flat_map(|client| &client.phones);
        if phones.into_iter().any(|point| phone::same(&point.value, address)) {
            found.push(id);
        }
    }
    Ok(found)
}
