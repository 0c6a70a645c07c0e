//! The demo: a gift shop's real December, replayed through the production engine in seconds.

pub mod clock;
pub mod command;
pub mod dataset;
pub mod fact;
pub mod invention;
pub mod replay;
pub mod resume;
pub mod shop;
pub mod summary;
