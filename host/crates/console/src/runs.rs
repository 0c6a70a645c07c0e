//! Runs: which there are, what happened in each, and going on with one.

mod act;
mod again;
mod list;
mod page;
mod request;
#[cfg(test)]
pub mod sample;
mod step;
mod timeline;
mod trace;

use axum::{
    Router,
    routing::{get, post},
};

pub use step::log_line;

use crate::Console;

pub fn routes() -> Router<Console> {
    Router::new()
        .route("/runs", get(list::page))
        .route("/runs/{id}", get(page::page))
        .route("/runs/{id}/recording", get(act::recording))
        .route("/runs/{id}/retry", post(act::retry))
        .route("/runs/{id}/again", post(act::again))
        .route("/runs/{id}/cancel", post(act::cancel))
}
