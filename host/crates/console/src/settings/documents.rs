//! What documents are made of, and how they are numbered.

mod files;
mod numerators;
mod templates;
mod upload;

use axum::{Router, extract::State, routing::get};
use maud::{Markup, html};
use rulewright_domain::account::Ability;

use super::{Part, framed};
use crate::{Console, door::See, show, trouble::Trouble};

pub fn routes() -> Router<Console> {
    Router::new()
        .route("/settings/documents", get(list))
        .merge(files::routes())
        .merge(numerators::routes())
        .merge(templates::routes())
}

const LIST: &str = "/settings/documents";
const TEMPLATES: &str = "/settings/documents/templates";

async fn list(State(console): State<Console>, See(visitor): See) -> Result<Markup, Trouble> {
    let config = console.config(visitor.shop).await?;
    let (look, may) = (&visitor.look, visitor.may(Ability::Own));
    let body = html! {
        h2 { (look.text("documents-templates")) }
        @if config.templates.is_empty() { (show::empty(&look.text("templates-none"), None)) } @else { (templates::table(look, &config)) }
        @if may {
            p {
                a.button href=(format!("{TEMPLATES}/new")) { (look.text("template-add")) } " "
                a.button.quiet href="/settings/documents/files" { (look.text("template-upload")) }
            }
        }
        h2 { (look.text("documents-numerators")) }
        @if config.numerators.is_empty() { (show::empty(&look.text("numerators-none"), None)) } @else { (numerators::table(look, &config)) }
        @if may { p { a.button href="/settings/documents/numerators/new" { (look.text("numerator-add")) } } }
    };
    Ok(framed(&visitor, Some(Part::Documents), &look.text("settings-documents"), body))
}
