//! The methods, one group a file. A new group adds its table here.

mod automation;
mod common;
pub(crate) mod deal;
pub(crate) mod deal_contact;
pub(crate) mod deal_item;
pub(crate) mod deal_rows;
pub(crate) mod deal_table;
pub(crate) mod deal_write;
pub(crate) mod item;
pub(crate) mod item_rows;
pub(crate) mod product;
mod rest3;
mod robot;
mod robot_form;
mod user;
mod workflow;
mod workflow_template;

use crate::method::Method;

pub(crate) const CLASSIC: &[&[Method]] = &[
    automation::METHODS,
    common::METHODS,
    deal::METHODS,
    deal_contact::METHODS,
    deal_rows::METHODS,
    item::METHODS,
    item_rows::METHODS,
    robot::METHODS,
    user::METHODS,
    workflow::METHODS,
    workflow_template::METHODS,
];

/// REST 3.0 has no methods for orders.
pub(crate) const THREE: &[&[Method]] = &[rest3::METHODS];
