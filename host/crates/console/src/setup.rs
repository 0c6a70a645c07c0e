//! The first page of a new server: its owner says who they are and what the shop is called. Open until there is an
//! account, to whoever has the code that the program has printed.

use std::time::Duration;

use axum::{
    Form, Router,
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use maud::{Markup, Render, html};
use rulewright_domain::{Currency, ShopId};
use rulewright_engine::{Engine, Founder, Refusal, SHORTEST_PASSWORD};
use rulewright_ports::Failure;
use serde::Deserialize;
use tokio::task::JoinHandle;

use crate::{
    Console, account,
    door::{self, Look},
    forms::Posted,
    refusals,
    settings::field::{Field, pair, said, tick},
    shell,
    trouble::Trouble,
};

pub fn routes() -> Router<Console> {
    Router::new().route("/setup", get(page).post(found))
}

/// How long the sample is waited for: the answer brings the session, and what has none in time is given up.
const WAITED: Duration = Duration::from_secs(10);

type Pairs = Vec<(String, String)>;

/// As the program prints it.
#[derive(Deserialize)]
struct Printed {
    #[serde(default)]
    code: String,
}

fn closed() -> Response {
    Redirect::to("/sign-in").into_response()
}

async fn page(
    State(console): State<Console>,
    look: Look,
    Query(Printed { code }): Query<Printed>,
) -> Result<Response, Trouble> {
    if !console.engine().setup_is_open() {
        return Ok(closed());
    }
    let right = console.engine().is_setup_code(&code);
    // Whoever has only the address of the page has shown nothing yet.
    let guessed = !right && !code.is_empty();
    let mut pairs = match right {
        true => begun(&console).await?,
        false => vec![pair("currency", "EUR"), pair("zone", "UTC"), pair("sample", true)],
    };
    pairs.push(pair("code", code));
    let page = form(&look, &Posted::of(&pairs), None).into_response();
    Ok(if guessed { door::to_a_stranger(page) } else { page })
}

/// The shop as the program has made it, or as it has been for long: then it is no place for a sample.
async fn begun(console: &Console) -> Result<Pairs, Trouble> {
    let found = console.read(|reads| {
        let shop = reads.shops()?.into_iter().next();
        let sold = match &shop {
            Some(shop) => reads.order_counts(shop.id)?.iter().any(|(.., orders)| *orders > 0),
            None => false,
        };
        Ok((shop, sold))
    });
    let (shop, sold) = found.await?;
    let shop = shop.ok_or(Trouble::NotFound)?;
    let mut pairs =
        vec![pair("shop", shop.name), pair("currency", shop.currency.as_str()), pair("zone", shop.time_zone)];
    pairs.extend((!sold).then(|| pair("sample", true)));
    Ok(pairs)
}

fn form(look: &Look, posted: &Posted<'_>, problem: Option<Markup>) -> Markup {
    let title = look.text("setup-title");
    let password = look.with("setup-password-help", &[("count", SHORTEST_PASSWORD.into())]);
    let body = html! {
        h1 { (title) }
        p { (look.text("setup-text")) }
        @if let Some(problem) = problem { (problem) }
        form.stack method="post" action="/setup" {
            (Field::new(posted, "code", look.text("setup-code")).required().help(look.text("setup-code-help")))
            fieldset {
                legend { (look.text("setup-you")) }
                (Field::new(posted, "name", look.text("account-name")).required())
                (Field::new(posted, "email", look.text("sign-in-email")).kind("email").required())
                (Field::new(posted, "password", look.text("sign-in-password")).kind("password").required().help(password))
                (Field::new(posted, "again", look.text("setup-password-again")).kind("password").required())
            }
            fieldset {
                legend { (look.text("setup-shop")) }
                (Field::new(posted, "shop", look.text("setup-shop-name")).required())
                (Field::new(posted, "currency", look.text("setup-currency")).required().hint("EUR").help(look.text("setup-currency-help")))
                (Field::new(posted, "zone", look.text("account-zone")).required().hint("Europe/Berlin").help(look.text("shop-zone-help")))
                (tick(posted, "sample", &look.text("setup-sample"), Some(&look.text("setup-sample-help"))))
            }
            button type="submit" { (look.text("setup-go")) }
        }
    };
    shell::bare(look, &title, body)
}

fn note(problem: impl Render) -> Markup {
    html! { div.note.bad role="alert" { p { (problem) } } }
}

fn founder(look: &Look, posted: &Posted<'_>) -> Result<Founder, String> {
    let owned = |name: &str| said(posted, name).to_owned();
    let currency = Currency::parse(&owned("currency").to_uppercase());
    Ok(Founder {
        name: owned("name"),
        email: owned("email"),
        password: posted.last("password").unwrap_or_default().to_owned(),
        shop_name: owned("shop"),
        currency: currency.map_err(|error| refusals::money(look, &error))?,
        time_zone: owned("zone"),
    })
}

async fn found(
    State(console): State<Console>,
    look: Look,
    headers: HeaderMap,
    Form(sent): Form<Pairs>,
) -> Result<Response, Trouble> {
    if !console.engine().setup_is_open() {
        return Ok(closed());
    }
    let posted = Posted::of(&sent);
    let again = |status: StatusCode, problem: Markup| {
        Ok((status, form(&look, &posted, Some(problem))).into_response())
    };
    let unfit = StatusCode::UNPROCESSABLE_ENTITY;
    if posted.last("password") != posted.last("again") {
        return again(unfit, note(look.text("setup-password-differs")));
    }
    let founder = match founder(&look, &posted) {
        Ok(founder) => founder,
        Err(problem) => return again(unfit, note(problem)),
    };
    match console.engine().set_up(said(&posted, "code"), founder, look.now).await {
        Ok(session) => {
            account::leave(&console, &headers).await?;
            let filled = match posted.ticked("sample") {
                true => fill(&console, console.engine().acting(&session.account), session.shop).await,
                false => Ok(()),
            };
            match filled {
                Ok(()) => Ok(account::opened(&console, &session.secret, "/orders")),
                Err(refusal) => {
                    let cookie = door::session_cookie(&session.secret, console.0.encrypted);
                    Ok((cookie.map(|cookie| [cookie]), unfilled(&look, refusal)).into_response())
                }
            }
        }
        Err(refusal @ Refusal::Denied { code: "wrong-setup-code", .. }) => {
            Ok(door::to_a_stranger(again(unfit, note(refusals::what(&look, &refusal)))?))
        }
        Err(refusal @ Refusal::Denied { .. }) => again(unfit, note(refusals::what(&look, &refusal))),
        Err(refusal) => {
            let trouble = Trouble::from(refusal);
            again(trouble.status(), trouble.note(&look))
        }
    }
}

/// Goes on to its end also where nobody waits any more: half a sample is worse than none.
async fn fill(console: &Console, engine: Engine, shop: ShopId) -> Result<(), Refusal> {
    let filling = (console.0.samples)(engine, shop);
    let filling = tokio::spawn(async move {
        filling.await.inspect_err(|refusal| tracing::error!(%refusal, "the sample was not filled in"))
    });
    waited(WAITED, filling).await
}

/// What goes on longer is told in the log.
async fn waited(longest: Duration, filling: JoinHandle<Result<(), Refusal>>) -> Result<(), Refusal> {
    match tokio::time::timeout(longest, filling).await {
        Ok(Ok(filled)) => filled,
        Ok(Err(error)) => Err(Failure::new("sample", error.to_string(), true).into()),
        Err(_) => Ok(()),
    }
}

/// The account is there all the same.
fn unfilled(look: &Look, refusal: Refusal) -> Markup {
    let title = look.text("setup-unfilled");
    let body = html! {
        h1 { (title) }
        (Trouble::Refused(refusal).note(look))
        p { a href="/orders" { (look.text("setup-unfilled-next")) } }
    };
    shell::bare(look, &title, body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listing::tests::look;

    fn sent(currency: &str) -> Pairs {
        vec![pair("code", "<code>"), pair("password", " a long secret "), pair("currency", currency)]
    }

    #[test]
    fn the_code_of_the_link_stands_in_the_form_and_a_password_never_does() {
        for language in ["en", "de"] {
            let html = form(&look(language), &Posted::of(&sent("EUR")), None).into_string();
            assert!(html.contains("value=\"&lt;code&gt;\"") && !html.contains("long secret"), "{html}");
            assert!(!html.contains("checked"), "what was not ticked is not ticked: {html}");
        }
    }

    #[tokio::test]
    async fn a_sample_that_takes_long_does_not_keep_the_founder_out() {
        let slow = tokio::spawn(std::future::pending());
        assert!(waited(Duration::from_millis(5), slow).await.is_ok());
        let failed = tokio::spawn(async { Err(Refusal::Conflict { message: "no room".to_owned() }) });
        assert!(waited(Duration::from_secs(60), failed).await.is_err());
    }

    #[test]
    fn a_currency_may_be_written_small_and_a_password_keeps_its_blanks() {
        let pairs = sent("gbp");
        let founder = founder(&look("en"), &Posted::of(&pairs)).unwrap();
        assert_eq!((founder.currency.as_str(), &*founder.password), ("GBP", " a long secret "));
        let refused = super::founder(&look("de"), &Posted::of(&sent("pounds"))).err();
        assert_eq!(refused, Some(look("de").with("refusal-no-currency", &[("text", "POUNDS".into())])));
    }
}
