//! Tokens: what lets programs in through `/v1` and `/rest`.

use axum::{
    Form, Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use maud::{Markup, html};
use rulewright_domain::{Scope, ShopConfig, Token, TokenId};
use rulewright_engine::{Refusal, token};
use rulewright_ports::{Failure, Issue};

use super::{
    Pairs, Part, danger,
    field::{Field, choice, employees, filled, said},
    framed, leads, once, wrong,
};
use crate::{
    Console,
    door::{At, Look, Own, Visitor},
    forms::Posted,
    listing::{self, named},
    names,
    show::{self, Tone},
    trouble::Trouble,
};

pub fn routes() -> Router<Console> {
    Router::new()
        .route("/settings/tokens", get(list).post(create))
        .route("/settings/tokens/{id}/revoke", post(revoke))
}

async fn list(State(console): State<Console>, Own(visitor): Own) -> Result<Markup, Trouble> {
    listed(&console, &visitor, &Pairs::new(), None).await
}

async fn listed(
    console: &Console,
    visitor: &Visitor,
    sent: &Pairs,
    note: Option<Markup>,
) -> Result<Markup, Trouble> {
    let shop = visitor.shop;
    let tokens = console.read(move |reads| reads.tokens(shop)).await?;
    let config = console.config(shop).await?;
    let look = &visitor.look;
    let body = html! {
        @if let Some(note) = note { (note) }
        @if tokens.is_empty() { (show::empty(&look.text("tokens-none"), None)) } @else { (table(look, &config, &tokens)) }
        (form(look, &config, &Posted::of(sent)))
    };
    Ok(framed(visitor, Some(Part::Tokens), &look.text("settings-tokens"), body))
}

fn table(look: &Look, config: &ShopConfig, tokens: &[Token]) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label=(look.text("settings-tokens")) {
            table {
                thead { tr {
                    th scope="col" { (look.text("account-name")) }
                    th scope="col" { (look.text("token-scopes")) }
                    th scope="col" { (look.text("account-employee")) }
                    th scope="col" { (look.text("clients-order-created")) }
                    th scope="col" { (look.text("token-expires")) }
                    th scope="col" { span.sr { (look.text("token-revoke")) } }
                } }
                tbody { @for token in tokens { tr id=(format!("token-{}", token.id)) {
                    td { (token.name) br; code { (token.id) } }
                    td { @for scope in &token.scopes { code { (scope.name()) } " " } @for area in &token.areas { code { (area) } " " } }
                    td { @if let Some(employee) = token.employee { (names::employee(config, employee)) } }
                    td { (look.at(token.created)) }
                    td { (ends(look, token)) }
                    td { (danger(look, &format!("/settings/tokens/{}/revoke", token.id), &look.text("token-revoke"), &look.with("token-revoke-confirm", &[("name", token.name.as_str().into())]))) }
                } } }
            }
        }
    }
}

fn ends(look: &Look, token: &Token) -> Markup {
    match token.expires {
        None => html! { (look.text("token-never")) },
        Some(at) if at <= look.now => Tone::Stop.pill(&look.text("token-over")),
        Some(at) => look.at(at),
    }
}

fn form(look: &Look, config: &ShopConfig, posted: &Posted<'_>) -> Markup {
    let ticked = posted.all("scope");
    html! {
        form.card method="post" action="/settings/tokens" {
            h2 { (look.text("token-create")) }
            p.help { (look.text("token-create-help")) }
            fieldset.plain {
                (Field::new(posted, "name", look.text("account-name")).required().help(look.text("token-name-help")))
                fieldset {
                    legend { (look.text("token-scopes")) }
                    @for scope in Scope::ALL {
                        div { label {
                            input type="checkbox" name="scope" value=(scope.name()) checked[ticked.contains(&scope.name())];
                            " " code { (scope.name()) } " " span.muted { (look.text(&format!("scope-{}", scope.name()))) }
                        } }
                    }
                }
                (choice(posted, "employee", &look.text("account-employee"), &employees(look, config, None)))
                (Field::new(posted, "areas", look.text("token-areas")).hint("crm sale").help(look.text("token-areas-help")))
                (Field::new(posted, "expires", look.text("token-expires")).kind("date").help(look.text("token-expires-help")))
                div.row { button type="submit" { (look.text("token-create")) } }
            }
        }
    }
}

/// As it is asked for, without its secret.
fn read(look: &Look, shop: rulewright_domain::ShopId, posted: &Posted<'_>) -> Result<Token, Trouble> {
    let expires = match filled(posted, "expires") {
        None => None,
        // The day is its last.
        Some(day) => {
            let end = listing::day(look, &day, true);
            Some(end.ok_or_else(|| Trouble::Refused(wrong("/expires", look.text("token-no-day"))))?)
        }
    };
    let wanted = posted.all("scope");
    Ok(Token {
        id: TokenId(0),
        shop,
        name: said(posted, "name").to_owned(),
        hash: String::new(),
        scopes: Scope::ALL.into_iter().filter(|scope| wanted.contains(&scope.name())).collect(),
        created: look.now,
        expires,
        employee: filled(posted, "employee").map(|id| named(&id)).transpose()?,
        areas: said(posted, "areas")
            .split([' ', ','])
            .filter(|area| !area.is_empty())
            .map(str::to_owned)
            .collect(),
    })
}

async fn create(
    State(console): State<Console>,
    Own(visitor): Own,
    Form(sent): Form<Pairs>,
) -> Result<Response, Trouble> {
    let look = &visitor.look;
    match made(&console, &visitor, &sent).await {
        Ok(secret) => {
            let note = once(look, &look.text("token-made"), &secret);
            Ok(listed(&console, &visitor, &Pairs::new(), Some(note)).await?.into_response())
        }
        Err(trouble) => {
            let note = trouble.note(look);
            Ok((trouble.status(), listed(&console, &visitor, &sent, Some(note)).await?).into_response())
        }
    }
}

async fn made(console: &Console, visitor: &Visitor, sent: &Pairs) -> Result<String, Trouble> {
    let wanted = read(&visitor.look, visitor.shop, &Posted::of(sent))?;
    if let Some((path, message)) = wanted.problem(visitor.look.now) {
        let (path, code) = (path.to_owned(), "invalid".to_owned());
        return Err(Refusal::Invalid(vec![Issue { path, code, message: message.to_owned() }]).into());
    }
    let (secret, hash) = token::mint()
        .map_err(|error| Refusal::Failed(Failure::new("unavailable", error.to_string(), true)))?;
    let (id, _) = visitor.engine(console).create_token(visitor.shop, Token { hash, ..wanted }).await?;
    Ok(token::bearer(id, &secret))
}

async fn revoke(
    State(console): State<Console>,
    Own(visitor): Own,
    At(id): At<TokenId>,
) -> Result<Response, Trouble> {
    visitor.engine(&console).remove_token(visitor.shop, id).await?;
    Ok(leads("/settings/tokens", "removed"))
}

#[cfg(test)]
mod tests {
    use rulewright_domain::ShopId;

    use super::*;
    use crate::{listing::tests::look, runs::sample::config, settings::field::pair};

    #[test]
    fn a_token_gets_what_was_ticked_until_the_end_of_its_last_day() {
        let sent = vec![
            pair("name", " web shop "),
            pair("scope", "orders-read"),
            pair("scope", "events-write"),
            pair("scope", "everything"),
            pair("areas", "crm, sale"),
            pair("expires", "2026-12-31"),
        ];
        let token = read(&look("en"), ShopId(1), &Posted::of(&sent)).unwrap();
        assert_eq!(token.scopes, [Scope::OrdersRead, Scope::EventsWrite].into());
        assert_eq!(token.areas, ["crm".to_owned(), "sale".to_owned()].into());
        assert_eq!(token.expires.map(|at| at.to_string()).as_deref(), Some("2026-12-31T23:00:00.000Z"));
        assert_eq!(token.name, "web shop");
    }

    #[test]
    fn every_scope_says_what_it_opens() {
        for language in ["en", "de"] {
            let html = form(&look(language), &config(), &Posted::of(&Pairs::new())).into_string();
            assert!(!html.contains(">scope-"), "{html}");
        }
    }
}
