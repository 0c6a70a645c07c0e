//! The methods, one group a file. A new group adds its table here.

mod activity;
mod activity_binding;
mod activity_todo;
mod common;
pub(crate) mod deal;
pub(crate) mod deal_contact;
pub(crate) mod deal_item;
pub(crate) mod deal_rows;
pub(crate) mod deal_table;
pub(crate) mod deal_write;
mod entries;
pub(crate) mod item;
pub(crate) mod item_rows;
mod owner;
pub(crate) mod product;
mod rest3;
mod timeline;
mod user;

use crate::method::Method;

pub(crate) const CLASSIC: &[&[Method]] = &[
    activity::METHODS,
    activity_binding::METHODS,
    activity_todo::METHODS,
    common::METHODS,
    deal::METHODS,
    deal_contact::METHODS,
    deal_rows::METHODS,
    item::METHODS,
    item_rows::METHODS,
    timeline::METHODS,
    user::METHODS,
];

/// REST 3.0 has no methods for orders.
pub(crate) const THREE: &[&[Method]] = &[rest3::METHODS];
