//! `crm.contact.*`

use super::client::CONTACT;
use crate::method::{Method, method};

pub(crate) const METHODS: &[Method] = &[
    method!("crm.contact.add", "crm", |call| CONTACT.add(call)),
    method!("crm.contact.get", "crm", |call| CONTACT.get(call)),
    method!("crm.contact.list", "crm", |call| CONTACT.list(call)),
    method!("crm.contact.update", "crm", |call| CONTACT.update(call)),
    method!("crm.contact.delete", "crm", |call| CONTACT.delete(call)),
    method!("crm.contact.fields", "crm", |call| CONTACT.fields(call)),
];
