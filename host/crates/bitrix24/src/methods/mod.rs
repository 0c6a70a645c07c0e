//! The methods, one group a file. A new group adds its table here.

mod category;
mod common;
mod parts;
mod payment;
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
    user::METHODS,
];

/// REST 3.0 has no methods for orders.
pub(crate) const THREE: &[&[Method]] = &[rest3::METHODS];
