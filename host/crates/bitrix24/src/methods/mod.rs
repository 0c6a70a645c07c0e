//! The methods, one group a file. A new group adds its table here.

mod application;
mod common;
mod event;
mod offline;
mod rest3;
mod user;

use crate::method::Method;

pub(crate) const CLASSIC: &[&[Method]] =
    &[application::METHODS, common::METHODS, event::METHODS, offline::METHODS, user::METHODS];

/// REST 3.0 has no methods for orders.
pub(crate) const THREE: &[&[Method]] = &[rest3::METHODS];
