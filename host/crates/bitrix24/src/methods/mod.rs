//! The methods, one group a file. A new group adds its table here.

mod category;
mod common;
pub(crate) mod deal;
pub(crate) mod deal_contact;
pub(crate) mod deal_item;
pub(crate) mod deal_rows;
pub(crate) mod deal_table;
pub(crate) mod deal_write;
pub(crate) mod item;
pub(crate) mod item_rows;
mod parts;
mod payment;
pub(crate) mod product;
mod rest3;
mod sale;
mod stage_history;
mod status;
mod user;

use crate::method::Method;

pub(crate) const CLASSIC: &[&[Method]] = &[
    common::METHODS,
    category::METHODS,
    payment::METHODS,
    sale::METHODS,
    stage_history::METHODS,
    status::METHODS,
    deal::METHODS,
    deal_contact::METHODS,
    deal_rows::METHODS,
    item::METHODS,
    item_rows::METHODS,
    user::METHODS,
];

/// REST 3.0 has no methods for orders.
pub(crate) const THREE: &[&[Method]] = &[rest3::METHODS];
