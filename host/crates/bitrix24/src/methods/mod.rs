//! The methods, one group a file. A new group adds its table here.

mod card;
mod common;
mod deal_recurring;
mod rest3;
mod user;
mod userfield;

use crate::method::Method;

pub(crate) const CLASSIC: &[&[Method]] =
    &[card::METHODS, common::METHODS, deal_recurring::METHODS, user::METHODS, userfield::METHODS];

/// REST 3.0 has no methods for orders.
pub(crate) const THREE: &[&[Method]] = &[rest3::METHODS];
