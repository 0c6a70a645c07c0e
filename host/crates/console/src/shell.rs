//! What stands around every page: head, navigation, the state of the live connection, and the foot.

use maud::{DOCTYPE, Markup, html};
use rulewright_domain::account::Ability;

use crate::{
    assets,
    door::{Look, Visitor},
    names, settings, words,
};

/// The parts of the console, as the navigation has them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Orders,
    Automation,
    Runs,
    Clients,
    Deliveries,
    Documents,
    Marketplace,
    Plugins,
    Health,
    Settings,
}

impl Place {
    const ALL: [(Place, &'static str, &'static str, Ability); 10] = [
        (Place::Orders, "nav-orders", "/orders", Ability::See),
        (Place::Automation, "nav-automation", "/automation", Ability::See),
        (Place::Runs, "nav-runs", "/runs", Ability::See),
        (Place::Clients, "nav-clients", "/clients", Ability::See),
        (Place::Deliveries, "nav-deliveries", "/deliveries", Ability::See),
        (Place::Documents, "nav-documents", "/documents", Ability::See),
        (Place::Marketplace, "nav-marketplace", "/marketplace", Ability::See),
        (Place::Plugins, "nav-plugins", "/plugins", Ability::See),
        (Place::Health, "nav-health", "/health", Ability::See),
        (Place::Settings, "nav-settings", "/settings", Ability::See),
    ];

    /// Name (a key of the words) and address of each part that somebody may look at.
    pub fn open_to(visitor: &Visitor) -> impl Iterator<Item = (&'static str, &'static str)> {
        Place::ALL
            .into_iter()
            .filter(|(.., ability)| visitor.may(*ability))
            .map(|(_, key, address, _)| (key, address))
    }
}

/// A page of the console.
pub struct Page<'a> {
    /// In the browser's title and nowhere else: the body has its own heading.
    pub title: &'a str,
    pub place: Option<Place>,
    pub body: Markup,
}

/// The whole page for somebody who has signed in.
pub fn page(visitor: &Visitor, page: Page<'_>) -> Markup {
    let look = &visitor.look;
    let body = html! {
        a.skip href="#main" { (look.text("skip-to-content")) }
        header.top {
            a.brand href="/orders" { img src=(assets::address("icon.svg")) alt="" width="22" height="22"; "Rulewright" }
            nav aria-label=(look.text("nav-label")) {
                @for (place, key, address, ability) in Place::ALL {
                    @if visitor.may(ability) {
                        a href=(address) aria-current=[(Some(place) == page.place).then_some("page")] { (look.text(key)) }
                    }
                }
            }
            div.me {
                button.quiet type="button" data-open-palette="" title=(look.text("palette-label")) {
                    (look.text("palette-short")) " " kbd { "Ctrl K" }
                }
                span.live role="status" data-live-state=""
                    data-on=(look.text("live-on")) data-off=(look.text("live-off")) { (look.text("live-on")) }
                details.menu {
                    summary { (visitor.account.name) }
                    div.menu-body {
                        p.muted { (visitor.shop_name) br; (names::role(look, visitor.account.role)) }
                        a href="/account" { (look.text("account-own")) }
                        form method="post" action="/sign-out" { button.link type="submit" { (look.text("sign-out")) } }
                    }
                }
            }
        }
        p.offline role="alert" hidden data-offline="" data-not-saved=(look.text("not-saved")) { (look.text("live-lost")) }
        main #main tabindex="-1" { (settings::banner(visitor)) (page.body) }
        dialog #palette aria-label=(look.text("palette-label")) data-src="/palette" {}
        div #toasts role="status" aria-live="polite" {}
    };
    document(look, page.title, Some(&format!("/live?since={}", look.now.0)), body)
}

/// A page for whoever has not signed in.
pub fn bare(look: &Look, title: &str, body: Markup) -> Markup {
    document(look, title, None, html! { main.narrow #main { (body) } })
}

fn document(look: &Look, title: &str, live: Option<&str>, body: Markup) -> Markup {
    let language = look.words.language();
    html! {
        (DOCTYPE)
        html lang=(language.code) dir=(if language.right_to_left { "rtl" } else { "ltr" }) data-theme=[look.theme] {
            head {
                meta charset="utf-8";
                title { (title) " · Rulewright" }
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                // Its indicator style would be inline, which the content policy forbids.
                meta name="htmx-config" content=r#"{"includeIndicatorCSS":false,"history":false}"#;
                link rel="icon" href=(assets::address("icon.svg"));
                @for name in assets::STYLES { link rel="stylesheet" href=(assets::address(name)); }
                @for name in assets::SCRIPTS { script src=(assets::address(name)) defer {} }
            }
            body data-live-from=[live] { (body) }
        }
    }
}

/// The languages, as a choice in a form.
pub fn languages(look: &Look, chosen: Option<&str>) -> Markup {
    html! {
        select #language name="language" {
            option value="" selected[chosen.is_none()] { (look.text("language-of-browser")) }
            @for language in words::offered() {
                option value=(language.code) lang=(language.code) selected[chosen == Some(language.code)] { (language.name) }
            }
        }
    }
}
