use std::{collections::BTreeSet, sync::Arc};

use axum::extract::{Query, State};
use maud::{Markup, html};
use rulewright_domain::{Message, MessageId, Order, ShopConfig, ShopId};
use rulewright_ports::{Reads, StorageExt, storage::MessageQuery};
use serde::Deserialize;

use super::{STATES, recipient, state};
use crate::{
    Console,
    door::{Look, See},
    effect,
    listing::{self, filled},
    names,
    shell::{self, Place},
    show,
    trouble::Trouble,
};

/// Characters of a text that a list shows.
const SHOWN: usize = 90;

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    channel: String,
    state: String,
    order: String,
    before: String,
}

impl Asked {
    fn filters(&self) -> [(&'static str, &str); 3] {
        [("channel", &self.channel), ("state", &self.state), ("order", &self.order)]
    }

    fn is_filtered(&self) -> bool {
        self.filters().iter().any(|(_, value)| filled(value).is_some())
    }
}

struct Listing {
    rows: Vec<(Message, Option<Arc<Order>>)>,
    next: Option<MessageId>,
}

fn found(reads: &mut dyn Reads, shop: ShopId, asked: &Asked) -> Result<Listing, Trouble> {
    let Some(order) = listing::order_asked(reads, shop, &asked.order)? else {
        return Ok(Listing { rows: Vec::new(), next: None });
    };
    let query = MessageQuery {
        order,
        channel: filled(&asked.channel).map(ToOwned::to_owned),
        state: filled(&asked.state).map(ToOwned::to_owned),
    };
    let before = asked.before.parse::<MessageId>().ok().map(|message| message.0);
    let mut messages = reads.messages(shop, &query, listing::window(before))?;
    let next = listing::cut(&mut messages, |message| message.id.0).map(MessageId);
    let mut rows = Vec::new();
    for message in messages {
        let order = match message.order {
            Some(order) => reads.order(shop, order)?,
            None => None,
        };
        rows.push((message, order));
    }
    Ok(Listing { rows, next })
}

pub async fn page(
    State(console): State<Console>,
    See(visitor): See,
    Query(asked): Query<Asked>,
) -> Result<Markup, Trouble> {
    let shop = visitor.shop;
    let config = console.config(shop).await?;
    let wanted = asked.clone();
    let listing = console.engine().storage().read(move |reads| found(reads, shop, &wanted)).await?;
    let title = visitor.text("nav-deliveries");
    let body = html! {
        div.head { h1 { (title) } }
        @if config.shop.sandbox { p.muted { (visitor.text("deliveries-sandbox")) } }
        (filters(&visitor.look, &config, &asked))
        (table(&visitor.look, &config, &asked, &listing))
    };
    Ok(shell::page(&visitor, shell::Page { title: &title, place: Some(Place::Deliveries), body }))
}

/// Those that every shop has, and those that its plugins may write by.
fn channels(config: &ShopConfig) -> BTreeSet<&str> {
    let granted = config.plugins.values().flat_map(|plugin| &plugin.grant.channels);
    ["sms", "email", "call", "chat", "webhook"].into_iter().chain(granted.map(String::as_str)).collect()
}

fn filters(look: &Look, config: &ShopConfig, asked: &Asked) -> Markup {
    let channels = channels(config).into_iter();
    let channels: Vec<_> = channels.map(|name| (name.to_owned(), effect::channel(look, name))).collect();
    let states: Vec<_> = STATES.iter().map(|(name, key)| ((*name).to_owned(), look.text(key))).collect();
    let any = look.text("list-any");
    html! {
        form.filters method="get" action="/deliveries" role="search" aria-label=(look.text("list-filters")) {
            (listing::choice("channel", &look.text("deliveries-channel"), &any, &asked.channel, &channels))
            (listing::choice("state", &look.text("deliveries-state"), &any, &asked.state, &states))
            label { (look.text("order")) input name="order" value=(asked.order) size="10" placeholder="#1042"; }
            (listing::filter_buttons(look, "/deliveries", asked.is_filtered()))
        }
    }
}

fn table(look: &Look, config: &ShopConfig, asked: &Asked, listing: &Listing) -> Markup {
    let next = listing.next.map(|message| {
        let message = message.to_string();
        let mut query: Vec<(&str, &str)> = asked.filters().to_vec();
        query.push(("before", &message));
        listing::address("/deliveries", &query)
    });
    html! {
        div #deliveries-list data-live="message" {
            @if listing.rows.is_empty() {
                @if asked.is_filtered() || !asked.before.is_empty() {
                    (show::empty(&look.text("deliveries-none-match"), Some((&look.text("list-clear"), "/deliveries"))))
                } @else {
                    (show::empty(&look.text("deliveries-none"), Some((&look.text("to-automation"), "/automation"))))
                }
            } @else {
                @let heads = ["deliveries-state", "deliveries-channel", "deliveries-to", "deliveries-text", "order", "deliveries-when"];
                (show::table(look, "nav-deliveries", &heads, &html! { @for (message, order) in &listing.rows { (row(look, config, message, order.as_deref())) } }))
                (show::more(look, next))
            }
        }
    }
}

fn row(look: &Look, config: &ShopConfig, message: &Message, order: Option<&Order>) -> Markup {
    let draft = &message.draft;
    let subject = draft.subject.as_deref().filter(|subject| !subject.trim().is_empty());
    let words = subject.unwrap_or(&draft.text);
    let mut short: String = words.chars().take(SHOWN).collect();
    if words.chars().count() > SHOWN {
        short.push('…');
    }
    if short.trim().is_empty() {
        short = message.id.to_string();
    }
    html! {
        tr id=(format!("row-{}", message.id)) data-row="" {
            td { (state(look, message)) }
            td { (effect::channel(look, &draft.channel)) }
            td { (recipient(look, config, draft)) }
            td { a href=(format!("/deliveries/{}", message.id)) { (short) } }
            td { @if let Some(id) = message.order {
                a href=(format!("/orders/{id}")) { (names::order(id, order)) }
            } }
            td { (look.at(message.created)) }
        }
    }
}

#[cfg(test)]
mod tests {
    use rulewright_domain::MessageState;

    use super::*;
    use crate::{deliveries::sample, listing::tests::look, runs::sample::config};

    fn shown(asked: &Asked, rows: Vec<Message>) -> String {
        let rows = rows.into_iter().map(|message| (message, None)).collect();
        let listing = Listing { rows, next: None };
        table(&look("en"), &config(), asked, &listing).into_string()
    }

    #[test]
    fn a_message_says_how_it_stands_to_whom_and_what() {
        let html = shown(
            &Asked::default(),
            vec![sample::message("sms", MessageState::Dead, "Hello Mira", Default::default())],
        );
        for part in ["Given up", "SMS", "+441632960000", "Hello Mira", "/deliveries/msg_4", "/orders/ord_1"] {
            assert!(html.contains(part), "{part}: {html}");
        }
    }

    #[test]
    fn nothing_yet_and_nothing_that_matches_are_two_things() {
        let filtered = shown(&Asked { state: "dead".into(), ..Asked::default() }, Vec::new());
        assert!(filtered.contains("No messages match"), "{filtered}");
        assert!(!shown(&Asked::default(), Vec::new()).contains("No messages match"));
    }
}
