//! Documents that rules and people have made.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Query, State},
    response::{Redirect, Response},
    routing::get,
};
use maud::{Markup, html};
use rulewright_domain::{Document, DocumentId, Order, ShopConfig, ShopId};
use rulewright_ports::{Reads, StorageExt};
use serde::Deserialize;

use crate::{
    Console,
    door::{At, Look, See},
    download,
    listing::{self, filled},
    names,
    shell::{self, Place},
    show,
    trouble::Trouble,
};

pub fn routes() -> Router<Console> {
    Router::new()
        .route("/documents", get(page))
        .route("/documents/{id}", get(one))
        .route("/documents/{id}/content", get(content))
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Asked {
    order: String,
    before: String,
}

struct Listing {
    rows: Vec<(Document, Option<Arc<Order>>)>,
    next: Option<DocumentId>,
}

fn found(reads: &mut dyn Reads, shop: ShopId, asked: &Asked) -> Result<Listing, Trouble> {
    let Some(order) = listing::order_asked(reads, shop, &asked.order)? else {
        return Ok(Listing { rows: Vec::new(), next: None });
    };
    let before = asked.before.parse::<DocumentId>().ok().map(|document| document.0);
    let mut documents = reads.documents(shop, order, listing::window(before))?;
    let next = listing::cut(&mut documents, |document| document.id.0).map(DocumentId);
    let mut rows = Vec::new();
    for document in documents {
        let order = reads.order(shop, document.order)?;
        rows.push((document, order));
    }
    Ok(Listing { rows, next })
}

async fn page(
    State(console): State<Console>,
    See(visitor): See,
    Query(asked): Query<Asked>,
) -> Result<Markup, Trouble> {
    let shop = visitor.shop;
    let config = console.config(shop).await?;
    let wanted = asked.clone();
    let listing = console.engine().storage().read(move |reads| found(reads, shop, &wanted)).await?;
    let title = visitor.text("nav-documents");
    let look = &visitor.look;
    let body = html! {
        div.head { h1 { (title) } }
        form.filters method="get" action="/documents" role="search" aria-label=(look.text("list-filters")) {
            label { (look.text("order")) input name="order" value=(asked.order) size="10" placeholder="#1042"; }
            (listing::filter_buttons(look, "/documents", filled(&asked.order).is_some()))
        }
        (table(look, &config, &asked, &listing))
    };
    Ok(shell::page(&visitor, shell::Page { title: &title, place: Some(Place::Documents), body }))
}

fn table(look: &Look, config: &ShopConfig, asked: &Asked, listing: &Listing) -> Markup {
    let next = listing.next.map(|document| {
        listing::address("/documents", &[("order", &asked.order), ("before", &document.to_string())])
    });
    html! {
        div #documents-list data-live="document" {
            @if listing.rows.is_empty() {
                @if filled(&asked.order).is_some() || !asked.before.is_empty() {
                    (show::empty(&look.text("documents-none-match"), Some((&look.text("list-clear"), "/documents"))))
                } @else {
                    (show::empty(&look.text("documents-none"), Some((&look.text("to-automation"), "/automation"))))
                }
            } @else {
                @let heads = ["documents-title", "documents-number", "documents-template", "order", "documents-run", "documents-when", "documents-size"];
                (show::table(look, "nav-documents", &heads, &html! { @for (document, order) in &listing.rows { (row(look, config, document, order.as_deref())) } }))
                (show::more(look, next))
            }
        }
    }
}

fn row(look: &Look, config: &ShopConfig, document: &Document, order: Option<&Order>) -> Markup {
    let template = document.template.as_ref();
    let template =
        template.map(|name| config.templates.get(name).map_or(name.as_str(), |one| one.title.as_str()));
    html! {
        tr id=(format!("row-{}", document.id)) data-row="" {
            td { a href=(format!("/documents/{}/content", document.id)) download { (document.title) } }
            td { @if let Some(number) = &document.number { (number) } }
            td { @if let Some(template) = template { (template) } }
            td { a href=(format!("/orders/{}", document.order)) { (names::order(document.order, order)) } }
            td { @if let Some(run) = document.run { a href=(format!("/runs/{run}")) { (run) } } }
            td { (look.at(document.created)) }
            td.num { (look.bytes(document.size)) }
        }
    }
}

/// Where somebody opens a document by its id: its file.
async fn one(See(_): See, At(id): At<DocumentId>) -> Redirect {
    Redirect::to(&format!("/documents/{id}/content"))
}

async fn content(
    State(console): State<Console>,
    See(visitor): See,
    At(id): At<DocumentId>,
) -> Result<Response, Trouble> {
    let shop = visitor.shop;
    let read = console.engine().storage().read(move |reads| Ok::<_, Trouble>(reads.document(shop, id)?));
    let document = read.await?.ok_or(Trouble::NotFound)?;
    Ok(download::file(&document.file_name(), &document.media_type, document.content))
}

#[cfg(test)]
mod tests {
    use rulewright_domain::{OrderId, RunId, Timestamp};

    use super::*;
    use crate::{
        listing::tests::look,
        runs::sample::{BEGAN, config},
    };

    #[test]
    fn a_document_leads_to_its_file_its_order_and_its_run() {
        let document = Document {
            id: DocumentId(3),
            shop: ShopId(1),
            order: OrderId(1),
            run: Some(RunId(5)),
            template: Some("invoice".into()),
            numerator: None,
            number: Some("INV-1".into()),
            title: "Invoice".into(),
            media_type: "text/html".into(),
            public_code: None,
            created: Timestamp::parse(BEGAN).unwrap(),
            size: 2048,
            content: Vec::new(),
        };
        let html = row(&look("en"), &config(), &document, None).into_string();
        for part in ["/documents/doc_3/content", "/orders/ord_1", "/runs/run_5", "INV-1", "2\u{a0}KiB"] {
            assert!(html.contains(part), "{part}: {html}");
        }
    }

    #[test]
    fn nothing_yet_and_nothing_that_matches_are_two_things() {
        let shown = |order: &str| {
            let asked = Asked { order: order.into(), before: String::new() };
            table(&look("en"), &config(), &asked, &Listing { rows: Vec::new(), next: None }).into_string()
        };
        assert!(shown("7").contains("No documents match"));
        assert!(!shown("").contains("No documents match"));
    }
}
