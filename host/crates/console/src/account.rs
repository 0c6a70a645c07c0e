//! Signing in and out, and what somebody sets for themselves.

use axum::{
    Form, Router,
    extract::{Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use maud::{Markup, html};
use rulewright_domain::account::{Account, Theme};
use serde::Deserialize;

use crate::{
    Console,
    door::{self, Look, Visitor},
    listing::filled,
    names, refusals, shell,
    trouble::Trouble,
};

pub fn routes() -> Router<Console> {
    Router::new()
        .route("/sign-in", get(sign_in_page).post(sign_in))
        .route("/sign-out", post(sign_out))
        .route("/enter", get(enter_page).post(enter))
        .route("/account", get(own_page).post(set_own))
        .route("/account/password", post(set_password))
}

#[derive(Deserialize)]
struct Back {
    back: Option<String>,
}

/// Only a page of the console: an address from elsewhere would send people there after they have signed in here.
fn safe(back: Option<&str>) -> &str {
    // Browsers take a backslash for a slash, and leave out what is between two that cannot be seen.
    let strange = |c: char| c == '\\' || c.is_control();
    let inside = |back: &&str| back.starts_with('/') && !back.starts_with("//") && !back.contains(strange);
    back.filter(inside).unwrap_or("/orders")
}

async fn sign_in_page(State(console): State<Console>, look: Look, Query(query): Query<Back>) -> Response {
    match console.engine().setup_is_open() {
        true => Redirect::to("/setup").into_response(),
        false => sign_in_form(&look, "", query.back.as_deref(), None).into_response(),
    }
}

fn sign_in_form(look: &Look, email: &str, back: Option<&str>, problem: Option<Markup>) -> Markup {
    let title = look.text("sign-in");
    shell::bare(
        look,
        &title,
        html! {
            h1 { (title) }
            form.stack method="post" action="/sign-in" {
                @if let Some(problem) = problem { div.note.bad role="alert" { p { (problem) } } }
                @if let Some(back) = back { input type="hidden" name="back" value=(back); }
                label for="email" { (look.text("sign-in-email")) }
                input #email name="email" type="email" autocomplete="username" required value=(email) autofocus;
                label for="password" { (look.text("sign-in-password")) }
                input #password name="password" type="password" autocomplete="current-password" required;
                button type="submit" { (look.text("sign-in")) }
            }
            p.muted { (look.text("sign-in-lost")) }
        },
    )
}

#[derive(Deserialize)]
struct Credentials {
    email: String,
    password: String,
    back: Option<String>,
}

async fn sign_in(
    State(console): State<Console>,
    look: Look,
    headers: HeaderMap,
    Form(sent): Form<Credentials>,
) -> Result<Response, Trouble> {
    match console.engine().sign_in(None, &sent.email, &sent.password, look.now).await {
        Ok(session) => {
            leave(&console, &headers).await?;
            Ok(opened(&console, &session.secret, safe(sent.back.as_deref())))
        }
        Err(refusal @ rulewright_engine::Refusal::Denied { .. }) => {
            let problem = refusals::what(&look, &refusal);
            let form = sign_in_form(&look, &sent.email, sent.back.as_deref(), Some(problem));
            Ok((StatusCode::UNPROCESSABLE_ENTITY, form).into_response())
        }
        Err(other) => Err(other.into()),
    }
}

/// Goes on there, with this session from now on; with an empty secret, with none.
pub fn opened(console: &Console, secret: &str, to: &str) -> Response {
    let cookie = door::session_cookie(secret, console.0.encrypted);
    (cookie.map(|cookie| [cookie]), Redirect::to(to)).into_response()
}

async fn sign_out(State(console): State<Console>, headers: HeaderMap) -> Result<Response, Trouble> {
    leave(&console, &headers).await?;
    Ok(opened(&console, "", "/sign-in"))
}

/// The session that the browser has, and will not show again: nobody else shall either.
pub async fn leave(console: &Console, headers: &HeaderMap) -> Result<(), Trouble> {
    if let Some(secret) = door::session_secret(headers, console.0.encrypted) {
        console.engine().sign_out(secret).await?;
    }
    Ok(())
}

#[derive(Deserialize)]
struct Key {
    key: String,
}

/// A link from the program to the person who started it. Opening it only asks: a program that looks at links in advance
/// would use it up.
async fn enter_page(
    State(console): State<Console>,
    look: Look,
    headers: HeaderMap,
    Query(query): Query<Key>,
) -> Markup {
    let secret = door::session_secret(&headers, console.0.encrypted);
    let inside = secret.is_some_and(|secret| console.engine().is_signed_in(secret, look.now).unwrap_or(true));
    entrance(&look, &query.key, inside)
}

/// Whoever is inside already is asked: a stranger's link would else have them work, unnoticed, in the stranger's shop.
fn entrance(look: &Look, key: &str, inside: bool) -> Markup {
    let title = look.text("enter-title");
    let body = html! {
        h1 { (title) }
        p { (look.text("enter-text")) }
        @if inside { div.note.warn { p { (look.text("enter-instead")) } } }
        form method="post" action="/enter" data-send-at-once=[(!inside).then_some("")] {
            input type="hidden" name="key" value=(key);
            button type="submit" { (look.text("enter-open")) }
        }
    };
    shell::bare(look, &title, body)
}

async fn enter(
    State(console): State<Console>,
    headers: HeaderMap,
    Form(sent): Form<Key>,
) -> Result<Response, Trouble> {
    let session = match console.engine().enter(&sent.key, console.now()).await {
        Ok(session) => session,
        Err(refusal @ rulewright_engine::Refusal::Denied { .. }) => {
            return Ok(door::to_a_stranger(Trouble::from(refusal).into_response()));
        }
        Err(other) => return Err(other.into()),
    };
    leave(&console, &headers).await?;
    Ok(opened(&console, &session.secret, "/orders"))
}

/// Where the address of an owner ends who has not said theirs.
const NOWHERE: &str = ".invalid";

async fn own_page(State(console): State<Console>, visitor: Visitor) -> Result<Markup, Trouble> {
    own(&console, &visitor, None).await
}

async fn own(console: &Console, visitor: &Visitor, note: Option<Markup>) -> Result<Markup, Trouble> {
    let has_password = console.engine().has_password(visitor.shop, visitor.account.id).await?;
    Ok(drawn(visitor, has_password, note))
}

fn drawn(visitor: &Visitor, has_password: bool, note: Option<Markup>) -> Markup {
    let look = &visitor.look;
    let account = &visitor.account;
    let title = look.text("account-own");
    let body = html! {
        h1 { (title) }
        @if let Some(note) = note { (note) }
        @if account.email.ends_with(NOWHERE) { div.note.warn { p { (look.text("account-unsaid")) } } }
        p.muted { (account.email) " · " (names::role(look, account.role)) " · " (visitor.shop_name) }
        form.stack.card method="post" action="/account" {
            h2 { (look.text("account-look")) }
            label for="name" { (look.text("account-name")) }
            input #name name="name" required value=(account.name) autocomplete="name";
            label for="email" { (look.text("sign-in-email")) }
            input #email name="email" type="email" required value=(account.email) autocomplete="username";
            label for="language" { (look.text("account-language")) }
            (shell::languages(look, account.language.as_deref()))
            label for="zone" { (look.text("account-zone")) }
            input #zone name="zone" value=(account.zone.as_deref().unwrap_or_default()) placeholder="Europe/Berlin" aria-describedby="zone-help";
            p.help #zone-help { (look.text("account-zone-help")) }
            fieldset.row {
                legend { (look.text("account-theme")) }
                @for (theme, value) in [(Theme::System, "system"), (Theme::Light, "light"), (Theme::Dark, "dark")] {
                    label { input type="radio" name="theme" value=(value) checked[account.theme == theme]; " " (look.text(&format!("theme-{value}"))) }
                }
            }
            button type="submit" { (look.text("save")) }
        }
        form.stack.card method="post" action="/account/password" {
            h2 { (look.text("account-password")) }
            @if has_password {
                label for="old-password" { (look.text("account-password-old")) }
                input #old-password name="old" type="password" autocomplete="current-password" required;
            }
            label for="new-password" { (look.text("account-password-new")) }
            input #new-password name="password" type="password" autocomplete="new-password" minlength="12" required aria-describedby="password-help";
            p.help #password-help { (look.text("account-password-help")) }
            button type="submit" { (look.text("account-password-set")) }
        }
    };
    shell::page(visitor, shell::Page { title: &title, place: None, body })
}

#[derive(Deserialize)]
struct Own {
    name: String,
    email: String,
    language: String,
    zone: String,
    theme: Theme,
}

async fn set_own(
    State(console): State<Console>,
    visitor: Visitor,
    Form(sent): Form<Own>,
) -> Result<Response, Trouble> {
    let Own { name, email, theme, .. } = sent;
    let owned = |text: &str| filled(text).map(str::to_owned);
    let (language, zone) = (owned(&sent.language), owned(&sent.zone));
    if let Some(zone) = &zone
        && jiff::tz::TimeZone::get(zone).is_err()
    {
        let note = html! { div.note.bad role="alert" { p { (visitor.with("account-zone-unknown", &[("zone", zone.as_str().into())])) } } };
        return Ok(
            (StatusCode::UNPROCESSABLE_ENTITY, own(&console, &visitor, Some(note)).await?).into_response()
        );
    }
    // Of the account as it is by then: whoever is losing a role or is being disabled does not save the old one back.
    let patch = move |account: &mut Account| {
        account.name.clone_from(&name);
        account.email.clone_from(&email);
        account.language.clone_from(&language);
        account.zone.clone_from(&zone);
        account.theme = theme;
    };
    let changed = visitor.engine(&console).change_account(visitor.shop, visitor.account.id, patch).await;
    if let Err(refusal) = changed {
        let trouble = Trouble::from(refusal);
        let page = own(&console, &visitor, Some(trouble.note(&visitor.look))).await?;
        return Ok((trouble.status(), page).into_response());
    }
    // Kept by the browser too, which shows a page before it knows who looks.
    let theme = match theme {
        Theme::System => "rulewright-theme=; Path=/; SameSite=Lax; Max-Age=0",
        Theme::Light => "rulewright-theme=light; Path=/; SameSite=Lax; Max-Age=31536000",
        Theme::Dark => "rulewright-theme=dark; Path=/; SameSite=Lax; Max-Age=31536000",
    };
    Ok(([(header::SET_COOKIE, theme)], Redirect::to("/account")).into_response())
}

#[derive(Deserialize)]
struct NewPassword {
    /// Of an account that has none yet, nothing.
    #[serde(default)]
    old: String,
    password: String,
}

async fn set_password(
    State(console): State<Console>,
    visitor: Visitor,
    headers: HeaderMap,
    Form(sent): Form<NewPassword>,
) -> Result<Response, Trouble> {
    let engine = visitor.engine(&console);
    let keeping = door::session_secret(&headers, console.0.encrypted);
    let (passwords, now) = ((sent.old.as_str(), sent.password.as_str()), visitor.look.now);
    match engine.change_password(visitor.shop, visitor.account.id, passwords, keeping, now).await {
        Ok(()) => {
            let note = html! { div.note.ok role="status" { p { (visitor.text("account-password-done")) } } };
            Ok(own(&console, &visitor, Some(note)).await?.into_response())
        }
        Err(refusal) => {
            let trouble = Trouble::from(refusal);
            let page = own(&console, &visitor, Some(trouble.note(&visitor.look))).await?;
            Ok((trouble.status(), page).into_response())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{entrance, safe};
    use crate::listing::tests::look;

    #[test]
    fn whoever_is_inside_is_asked_before_a_link_makes_them_somebody_else() {
        let page = |inside| entrance(&look("en"), "<key>", inside).into_string();
        assert!(page(false).contains("data-send-at-once") && page(false).contains("value=\"&lt;key&gt;\""));
        assert!(!page(true).contains("data-send-at-once") && page(true).contains("signed in already"));
    }

    #[test]
    fn nobody_is_sent_to_another_site_after_signing_in() {
        assert_eq!(safe(Some("/runs?state=failed")), "/runs?state=failed");
        for elsewhere in [
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "javascript:alert(1)",
            "",
        ] {
            assert_eq!(safe(Some(elsewhere)), "/orders", "{elsewhere:?}");
        }
        assert_eq!(safe(None), "/orders");
    }
}
