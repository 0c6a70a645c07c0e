//! Clients: who they are, how they are reached, what they have ordered.

mod edit;
mod list;
mod page;

use axum::{Router, routing::get};
use rulewright_domain::{Client, ClientKind};

use crate::{Console, door::Look};

pub fn routes() -> Router<Console> {
    Router::new()
        .route("/clients", get(list::page))
        .route("/clients/{id}", get(page::page))
        .route("/clients/{id}/edit", get(edit::page).post(edit::send))
}

fn kind(look: &Look, client: &Client) -> String {
    match client.kind {
        ClientKind::Contact => look.text("clients-contact"),
        ClientKind::Company => look.text("clients-company"),
    }
}

/// What a phone number or an address is used for, in the words of staff where there are any.
fn point_kind(look: &Look, kind: &str) -> String {
    match kind {
        "mobile" => look.text("clients-point-mobile"),
        "work" => look.text("clients-point-work"),
        "home" => look.text("clients-point-home"),
        "main" => look.text("clients-point-main"),
        other => other.to_owned(),
    }
}
