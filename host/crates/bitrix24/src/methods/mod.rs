//! The methods, one group a file. A new group adds its table here.

mod common;
mod rest3;
mod user;

use crate::method::Method;

pub(crate) const CLASSIC: &[&[Method]] = &[common::METHODS, user::METHODS];

/// REST 3.0 has no methods for orders.
pub(crate) const THREE: &[&[Method]] = &[rest3::METHODS];
