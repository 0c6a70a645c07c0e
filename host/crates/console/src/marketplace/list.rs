//! Everything that can be had, by words and by group, with how far the lists can be relied on.

use std::sync::Arc;

use axum::extract::{Query, State};
use maud::{Markup, html};
use rulewright_domain::account::Ability;
use rulewright_market::{BUNDLED, Freshness, Listed, Looker, RegistryState, Wanted};
use serde::Deserialize;

use super::{GROUPS, address, group, looker, marks, title, trust};
use crate::{
    Console,
    door::{Look, See},
    help, installs,
    listing::{self, filled},
    plugins::permissions,
    shell::{self, Place},
    show::{self, Tone},
    trouble::Trouble,
};

/// Cards of one page.
const CARDS: usize = 60;

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    group: String,
    /// Empty, or one of the registries, or what comes with the program.
    source: String,
    /// Cards that the pages before have shown.
    from: usize,
}

impl Asked {
    fn is_filtered(&self) -> bool {
        [&self.q, &self.group, &self.source].into_iter().any(|text| filled(text).is_some())
    }

    fn next(&self, shown: usize) -> String {
        let from = (self.from + shown).to_string();
        listing::address(
            "/marketplace",
            &[("q", &self.q), ("group", &self.group), ("source", &self.source), ("from", &from)],
        )
    }
}

/// What a page shows.
struct Shelf {
    found: Vec<Arc<Listed>>,
    looker: Looker,
    states: Vec<RegistryState>,
    /// May install.
    may: bool,
}

pub async fn page(
    State(console): State<Console>,
    See(visitor): See,
    Query(asked): Query<Asked>,
) -> Result<Markup, Trouble> {
    let market = &console.0.market;
    let wanted = Wanted { words: asked.q.trim(), kind: None, source: filled(&asked.source) };
    let mut found = market.search(&wanted).await;
    if let Some((one, ..)) = GROUPS.iter().find(|(_, name, _)| *name == asked.group) {
        found.retain(|plugin| plugin.group == *one);
    }
    let looker = looker(&console, visitor.shop).await?;
    let shelf = Shelf { found, looker, states: market.states(), may: visitor.may(Ability::Plugins) };
    let jobs = installs::open(&console, visitor.shop).await?;
    let title = visitor.text("nav-marketplace");
    let body = html! {
        div.head {
            h1 { (title) }
            div.end {
                a.button.quiet href="/recipes" { (visitor.text("recipes-title")) }
                a.button.quiet href="/plugins" { (visitor.text("market-to-installed")) }
            }
        }
        (installs::under_way(&visitor.look, &jobs))
        (shown(&visitor.look, &asked, &shelf))
        @if shelf.may { (installs::from_elsewhere(&visitor.look)) }
    };
    Ok(shell::page(&visitor, shell::Page { title: &title, place: Some(Place::Marketplace), body }))
}

fn shown(look: &Look, asked: &Asked, shelf: &Shelf) -> Markup {
    let cards: Vec<&Arc<Listed>> = shelf.found.iter().skip(asked.from).take(CARDS).collect();
    let more = (shelf.found.len() > asked.from + cards.len()).then(|| asked.next(cards.len()));
    html! {
        (filters(look, asked, &shelf.states))
        (registries(look, shelf))
        p.muted role="status" { (look.with("market-count", &[("count", shelf.found.len().into())])) }
        @if cards.is_empty() {
            @if asked.is_filtered() || asked.from > 0 {
                (show::empty(&look.text("market-none-match"), Some((&look.text("list-clear"), "/marketplace"))))
            } @else {
                (show::empty(&look.text("market-none"), None))
            }
        }
        ul.cards { @for plugin in cards { (card(look, &shelf.looker, plugin)) } }
        (show::more(look, more))
    }
}

fn filters(look: &Look, asked: &Asked, states: &[RegistryState]) -> Markup {
    let any = look.text("list-any");
    let groups: Vec<_> = GROUPS.iter().map(|(_, name, key)| ((*name).to_owned(), look.text(key))).collect();
    let mut sources = vec![(BUNDLED.to_owned(), look.text("market-source-bundled"))];
    sources.extend(states.iter().map(|state| (state.host.clone(), state.host.clone())));
    html! {
        form.filters method="get" action="/marketplace" role="search" aria-label=(look.text("market-search")) {
            label { (look.text("market-search")) input type="search" name="q" value=(asked.q) size="24"; }
            (listing::choice("group", &look.text("market-group"), &any, &asked.group, &groups))
            @if sources.len() > 1 {
                (listing::choice("source", &look.text("market-source"), &any, &asked.source, &sources))
            }
            (listing::filter_buttons(look, "/marketplace", asked.is_filtered()))
        }
    }
}

/// How old the copies of the lists are. What is shown may be older than what there is.
fn registries(look: &Look, shelf: &Shelf) -> Markup {
    html! {
        @if shelf.states.is_empty() {
            p.muted { (look.text("market-no-registry")) }
        } @else {
            details.note open[shelf.states.iter().any(|state| tone(state) != Tone::Good)] {
                summary { (look.with("market-registries", &[("count", shelf.states.len().into())])) }
                ul {
                    @for state in &shelf.states {
                        li {
                            strong { (state.host) } " "
                            (tone(state).pill(&look.text(match tone(state) {
                                Tone::Good => "market-registry-good",
                                Tone::Warn => "market-registry-old",
                                _ => "market-registry-bad",
                            })))
                            " " (look.with("market-registry-plugins", &[("count", state.plugins.into())]))
                            br; (look.text("market-registry-index")) " " (age(look, &state.index))
                            br; (look.with("market-registry-revocations", &[("count", state.revoked.into())])) " "
                            (age(look, &state.revocations))
                        }
                    }
                }
                @if shelf.may {
                    form method="post" action="/marketplace/refresh" {
                        button.quiet type="submit" { (look.text("market-refresh")) }
                    }
                }
            }
        }
    }
}

/// The worse of both lists.
fn tone(state: &RegistryState) -> Tone {
    let lists = [&state.index, &state.revocations];
    if lists.iter().any(|list| list.trouble.is_some()) {
        Tone::Bad
    } else if lists.iter().any(|list| list.old) {
        Tone::Warn
    } else {
        Tone::Good
    }
}

fn age(look: &Look, list: &Freshness) -> Markup {
    html! {
        @if let Some(issued) = list.issued_at { (look.text("market-list-signed")) " " (look.ago(issued)) }
        @else { (look.text("market-list-none")) }
        @if let Some(fetched) = list.fetched_at { " · " (look.text("market-list-fetched")) " " (look.ago(fetched)) }
        @if list.old { " · " (look.text("market-list-old")) }
        @if let Some(trouble) = &list.trouble { " · " span lang="en" { (trouble.message) } " " (help::code(look, &trouble.code)) }
    }
}

fn card(look: &Look, looker: &Looker, plugin: &Listed) -> Markup {
    html! {
        li.card data-row="" {
            h2 { a href=(address(plugin)) { (title(look, plugin)) } }
            p.muted {
                (plugin.publisher) " · " (group(look, plugin.group))
                @if let Some(downloads) = plugin.downloads {
                    " · " (look.with("market-downloads", &[("count", look.number(downloads).into())]))
                }
            }
            p lang="en" { (plugin.description) }
            @if let Some(release) = looker.described(plugin) {
                p.row { (trust(look, release)) (marks(look, looker, plugin)) }
                p.help { (permissions::summary(look, &release.permissions)) }
                p.help {
                    (look.with("market-version", &[("version", release.version.as_str().into())]))
                    @if let Some(added) = release.added_at { " · " (look.ago(added)) }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rulewright_market::Trust;

    use super::*;
    use crate::{
        listing::tests::look,
        marketplace::sample::{listed, looker, release},
    };

    fn shelf(found: Vec<Listed>, installed: Option<&str>) -> Shelf {
        let found = found.into_iter().map(Arc::new).collect();
        Shelf { found, looker: looker(installed), states: Vec::new(), may: true }
    }

    #[test]
    fn a_card_says_whose_it_is_who_answers_for_it_and_what_it_may() {
        let shelf = shelf(vec![listed(vec![release("1.2.0", Trust::Unverified)])], None);
        let html = shown(&look("en"), &Asked::default(), &shelf).into_string();
        for part in [
            "href=\"/marketplace/acme.greet?source=registry.example\"",
            "Acme",
            "publisher not verified",
            "Contact",
            "sensitive",
            "1,200",
        ] {
            assert!(html.contains(part), "{part}: {html}");
        }
        assert!(!html.contains("Installed"), "{html}");
    }

    #[test]
    fn what_the_shop_has_is_marked_and_so_is_what_is_newer() {
        let releases = vec![release("1.3.0", Trust::Verified), release("1.2.0", Trust::Verified)];
        let html = shown(&look("de"), &Asked::default(), &shelf(vec![listed(releases)], Some("1.2.0")))
            .into_string();
        assert!(html.contains("Grüßen") && html.contains("Installiert: 1.2.0"), "{html}");
        assert!(html.contains("1.3.0"), "{html}");
    }

    #[test]
    fn nothing_that_matches_leads_back_to_everything() {
        let asked = Asked { q: "nothing".into(), ..Asked::default() };
        let html = shown(&look("en"), &asked, &shelf(Vec::new(), None)).into_string();
        assert!(html.contains("No plugins match") && html.contains("href=\"/marketplace\""), "{html}");
    }

    #[test]
    fn the_next_page_keeps_what_was_asked() {
        let many = (0..CARDS + 1).map(|_| listed(vec![release("1.0.0", Trust::Verified)])).collect();
        let asked = Asked { group: "provider".into(), ..Asked::default() };
        let html = shown(&look("en"), &asked, &shelf(many, None)).into_string();
        assert!(html.contains("/marketplace?group=provider&amp;from=60"), "{html}");
    }

    #[test]
    fn an_old_copy_is_said_to_be_old() {
        let fresh =
            Freshness { sequence: Some(1), issued_at: None, fetched_at: None, old: false, trouble: None };
        let old = Freshness { old: true, ..fresh.clone() };
        let state = RegistryState {
            host: "registry.example".into(),
            index: old,
            plugins: 3,
            revocations: fresh,
            revoked: 0,
        };
        let shelf = Shelf { states: vec![state], ..shelf(Vec::new(), None) };
        let html = registries(&look("en"), &shelf).into_string();
        assert!(html.starts_with("<details class=\"note\" open>") && html.contains("pill warn"), "{html}");
    }
}
