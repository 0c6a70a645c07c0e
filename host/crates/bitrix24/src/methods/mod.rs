//! The methods, one group a file. A new group adds its table here.

mod application;
mod common;
pub(crate) mod deal;
pub(crate) mod deal_contact;
pub(crate) mod deal_item;
pub(crate) mod deal_rows;
pub(crate) mod deal_table;
pub(crate) mod deal_write;
mod event;
pub(crate) mod item;
pub(crate) mod item_rows;
mod offline;
pub(crate) mod product;
mod rest3;
mod user;

use crate::method::Method;

pub(crate) const CLASSIC: &[&[Method]] = &[
    application::METHODS,
    common::METHODS,
    deal::METHODS,
    deal_contact::METHODS,
    deal_rows::METHODS,
    event::METHODS,
    item::METHODS,
    item_rows::METHODS,
    offline::METHODS,
    user::METHODS,
];

/// REST 3.0 has no methods for orders.
pub(crate) const THREE: &[&[Method]] = &[rest3::METHODS];
