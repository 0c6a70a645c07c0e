//! `crm.company.*`

use super::client::COMPANY;
use crate::method::{Method, method};

pub(crate) const METHODS: &[Method] = &[
    method!("crm.company.add", "crm", |call| COMPANY.add(call)),
    method!("crm.company.get", "crm", |call| COMPANY.get(call)),
    method!("crm.company.list", "crm", |call| COMPANY.list(call)),
    method!("crm.company.update", "crm", |call| COMPANY.update(call)),
    method!("crm.company.delete", "crm", |call| COMPANY.delete(call)),
    method!("crm.company.fields", "crm", |call| COMPANY.fields(call)),
];
