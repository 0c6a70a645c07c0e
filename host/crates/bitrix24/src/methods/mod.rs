//! The methods, one group a file. A new group adds its table here.

mod activity;
mod activity_binding;
mod activity_todo;
mod common;
mod entries;
mod owner;
mod rest3;
mod timeline;
mod user;

use crate::method::Method;

pub(crate) const CLASSIC: &[&[Method]] = &[
    activity::METHODS,
    activity_binding::METHODS,
    activity_todo::METHODS,
    common::METHODS,
    timeline::METHODS,
    user::METHODS,
];

/// REST 3.0 has no methods for orders.
pub(crate) const THREE: &[&[Method]] = &[rest3::METHODS];
