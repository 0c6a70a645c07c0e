//! Plugins that the shop has: what each may do, where it is used, how it fares, and the ways on from there.

mod act;
mod failures;
mod fixture;
mod icon;
mod list;
mod load;
mod page;
mod pause;
pub mod permissions;
pub mod settings;
mod trust;
mod usage;
mod used;
mod versions;

use axum::{
    Router,
    routing::{get, post},
};

use crate::Console;

pub fn routes() -> Router<Console> {
    Router::new()
        .route("/plugins", get(list::page))
        .route("/plugins/{id}", get(page::page))
        .route("/plugins/{id}/icon", get(icon::icon))
        .route("/plugins/{id}/fixture", get(fixture::page).post(fixture::play))
        .route("/plugins/{id}/grant", post(act::grant))
        .route("/plugins/{id}/secrets/{name}", post(act::secret))
        .route("/plugins/{id}/secrets/{name}/remove", post(act::forget_secret))
        .route("/plugins/{id}/roll-back", post(act::roll_back))
        .route("/plugins/{id}/migrate", post(act::migrate))
        .route("/plugins/{id}/remove", post(act::remove))
        .route("/plugins/{id}/resume", post(pause::resume))
        .route("/plugins/{id}/quarantine", post(trust::stop))
        .route("/plugins/{id}/release", post(trust::release))
        .route("/plugins/{id}/forget-key", post(trust::forget_key))
}
