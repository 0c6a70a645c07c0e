//! The methods, one group a file. A new group adds its table here.

mod activity;
mod activity_binding;
mod activity_todo;
mod application;
mod automation;
mod card;
mod category;
mod client;
mod client_item;
mod client_table;
#[cfg(test)]
mod client_tests;
mod client_write;
mod common;
mod company;
mod contact;
mod contact_company;
pub(crate) mod deal;
pub(crate) mod deal_contact;
pub(crate) mod deal_item;
pub(crate) mod deal_recurring;
pub(crate) mod deal_rows;
pub(crate) mod deal_table;
pub(crate) mod deal_write;
mod duplicate;
mod entries;
mod event;
pub(crate) mod item;
pub(crate) mod item_rows;
mod offline;
mod owner;
mod parts;
mod payment;
pub(crate) mod product;
mod rest3;
mod robot;
mod robot_form;
mod sale;
mod stage_history;
mod status;
mod timeline;
mod user;
pub(crate) mod userfield;
mod workflow;
mod workflow_template;

use crate::method::Method;

pub(crate) const CLASSIC: &[&[Method]] = &[
    activity::METHODS,
    activity_binding::METHODS,
    activity_todo::METHODS,
    application::METHODS,
    automation::METHODS,
    card::METHODS,
    category::METHODS,
    common::METHODS,
    company::METHODS,
    contact::METHODS,
    contact_company::METHODS,
    deal::METHODS,
    deal_contact::METHODS,
    deal_recurring::METHODS,
    deal_rows::METHODS,
    duplicate::METHODS,
    event::METHODS,
    item::METHODS,
    item_rows::METHODS,
    offline::METHODS,
    payment::METHODS,
    robot::METHODS,
    sale::METHODS,
    stage_history::METHODS,
    status::METHODS,
    timeline::METHODS,
    user::METHODS,
    userfield::METHODS,
    workflow::METHODS,
    workflow_template::METHODS,
];

/// REST 3.0 has no methods for orders.
pub(crate) const THREE: &[&[Method]] = &[rest3::METHODS];
