//! Orders: the board of a pipeline, the same as a list, one order with its story, and what is done to them.

mod act;
mod ask;
mod board;
mod bulk;
mod facts;
mod job;
mod list;
mod load;
mod new;
mod one;
mod outlook;
#[cfg(test)]
pub mod sample;
mod timeline;
mod why;

use std::sync::Arc;

use axum::{
    Extension, Router,
    extract::{Query, State},
    routing::{get, post},
};
use maud::{Markup, html};
use rulewright_domain::account::Ability;

use self::{
    ask::Ask,
    board::Frame,
    load::{Card, Column},
};
use crate::{
    Console,
    door::{See, Visitor},
    shell::{self, Place},
    trouble::Trouble,
};

pub fn routes() -> Router<Console> {
    Router::new()
        .route("/orders", get(overview).post(new::create))
        .route("/orders/new", get(new::form))
        .route("/orders/bulk", post(bulk::start))
        .route("/orders/jobs/{job}", get(bulk::page))
        .route("/orders/jobs/{job}/stop", post(bulk::stop))
        .route("/orders/jobs/{job}/failures.csv", get(bulk::failures))
        .route("/orders/{id}", get(one::page))
        .route("/orders/{id}/stage", post(act::stage))
        .route("/orders/{id}/comments", post(act::comment))
        .route("/orders/{id}/workflows", post(act::workflow))
        .route("/orders/{id}/{action}", post(act::act))
        .layer(Extension(Arc::new(job::Jobs::default())))
}

/// One of the two ways to look at a pipeline.
enum Shown {
    Board(Vec<Column>),
    List(Vec<Card>, bool),
}

async fn overview(
    State(console): State<Console>,
    See(visitor): See,
    Query(ask): Query<Ask>,
) -> Result<Markup, Trouble> {
    let config = console.config(visitor.shop).await?;
    let (shop, now) = (visitor.shop, visitor.look.now);
    let (known, asked) = (config.clone(), ask.clone());
    let found = console
        .read(move |reads| {
            let Some(pipeline) = load::pipeline(reads, shop, &known, &asked)? else { return Ok(None) };
            let shown = match asked.is_list() {
                true => {
                    let (cards, more) = load::list(reads, shop, &known, pipeline, &asked, now)?;
                    Shown::List(cards, more)
                }
                false => Shown::Board(load::board(reads, shop, &known, pipeline, &asked, now)?),
            };
            Ok(Some((pipeline.id.clone(), shown)))
        })
        .await?;
    let shown = found.and_then(|(id, shown)| Some((config.pipelines.get(&id)?, shown)));
    let Some((pipeline, shown)) = shown else {
        return Ok(around(
            &visitor,
            html! { h1 { (visitor.text("nav-orders")) } (board::no_pipelines(&visitor.look)) },
        ));
    };
    // Links to the rest say which pipeline it is, also where the address did not.
    let ask = Ask { pipeline: pipeline.id.0.clone(), ..ask };
    let frame = Frame { visitor: &visitor, config: &config, pipeline, ask: &ask };
    let body = html! {
        (head(&frame))
        (board::filters(&frame))
        @match &shown {
            Shown::Board(columns) => (board::board(&frame, columns)),
            Shown::List(cards, more) => (list::list(&frame, cards, *more)),
        }
    };
    Ok(around(&visitor, body))
}

fn around(visitor: &Visitor, body: Markup) -> Markup {
    let title = visitor.text("nav-orders");
    shell::page(visitor, shell::Page { title: &title, place: Some(Place::Orders), body })
}

fn head(frame: &Frame<'_>) -> Markup {
    let Frame { visitor, ask, pipeline, .. } = frame;
    let bare = Ask { before: String::new(), stage: String::new(), ..(*ask).clone() };
    let other = match ask.is_list() {
        true => (visitor.text("orders-as-board"), Ask { view: String::new(), ..bare }),
        false => (visitor.text("orders-as-list"), Ask { view: "list".to_owned(), ..bare }),
    };
    html! {
        div.head {
            h1 { (visitor.text("nav-orders")) ": " (pipeline.name) }
            div.end {
                a.button.quiet href=(other.1.address()) { (other.0) }
                @if visitor.may(Ability::Work) {
                    @let new = Ask { pipeline: pipeline.id.0.clone(), ..Ask::default() }.address().replacen("/orders", "/orders/new", 1);
                    a.button href=(new) { (visitor.text("order-new")) }
                }
            }
        }
    }
}
