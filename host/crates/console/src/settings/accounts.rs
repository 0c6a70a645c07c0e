//! Who signs in, and with which role. Somebody who is invited comes in once by a link, and sets a password then.

use axum::{
    Form, Router,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use maud::{Markup, html};
use rulewright_domain::{
    Account, AccountId, ShopConfig,
    account::{Role, Theme, Ticket},
};
use rulewright_engine::{Refusal, SHORTEST_PASSWORD};

use super::{
    Pairs, Part, base, danger,
    field::{Field, choice, employees, filled, pair, said, tick},
    framed, leads, once, press, why, wrong,
};
use crate::{
    Console,
    door::{At, Look, Own, Visitor},
    forms::Posted,
    listing::named,
    names,
    show::{self, Tone},
    trouble::Trouble,
};

pub fn routes() -> Router<Console> {
    Router::new()
        .route("/settings/accounts", get(list).post(invite))
        .route("/settings/accounts/{id}", get(page).post(save))
        .route("/settings/accounts/{id}/entrance", post(entrance))
        .route("/settings/accounts/{id}/password", post(password))
        .route("/settings/accounts/{id}/sessions", post(end_sessions))
        .route("/settings/accounts/{id}/remove", post(remove))
}

async fn list(State(console): State<Console>, Own(visitor): Own) -> Result<Markup, Trouble> {
    listed(&console, &visitor, &vec![pair("role", Role::Operator.name())], None).await
}

async fn listed(
    console: &Console,
    visitor: &Visitor,
    sent: &Pairs,
    note: Option<Markup>,
) -> Result<Markup, Trouble> {
    let accounts = console.engine().accounts(visitor.shop).await?;
    let config = console.config(visitor.shop).await?;
    let look = &visitor.look;
    let body = html! {
        @if let Some(note) = note { (note) }
        (table(look, &config, &accounts))
        (invitation(look, &config, &Posted::of(sent)))
    };
    Ok(framed(visitor, Some(Part::Accounts), &look.text("settings-accounts"), body))
}

fn table(look: &Look, config: &ShopConfig, accounts: &[Account]) -> Markup {
    let heads = ["account-name", "sign-in-email", "account-role", "account-employee", "settings-state"];
    let rows = html! {
        @for account in accounts { tr data-row="" {
            td { a href=(format!("/settings/accounts/{}", account.id)) { (account.name) } }
            td { (account.email) }
            td { (names::role(look, account.role)) }
            td { @if let Some(employee) = account.employee { (names::employee(config, employee)) } }
            td { (state(look, account)) }
        } }
    };
    show::table(look, "settings-accounts", &heads, &rows)
}

fn invitation(look: &Look, config: &ShopConfig, posted: &Posted<'_>) -> Markup {
    html! {
        form.card method="post" action="/settings/accounts" {
            h2 { (look.text("account-invite")) }
            p.help { (look.text("account-invite-help")) }
            fieldset.plain {
                (Field::new(posted, "name", look.text("account-name")).required())
                (Field::new(posted, "email", look.text("sign-in-email")).kind("email").required())
                (choice(posted, "role", &look.text("account-role"), &roles(look)))
                (choice(posted, "employee", &look.text("account-employee"), &employees(look, config, None)))
                div.row { button type="submit" { (look.text("account-invite")) } }
            }
        }
        details.card {
            summary { (look.text("account-roles")) }
            dl.facts { @for one in Role::ALL { dt { (names::role(look, one)) } dd { (look.text(&format!("role-{}-what", one.name()))) } } }
        }
    }
}

fn roles(look: &Look) -> Vec<(String, String)> {
    Role::ALL.into_iter().map(|one| (one.name().to_owned(), names::role(look, one))).collect()
}

fn state(look: &Look, account: &Account) -> Markup {
    match account.disabled {
        true => Tone::Stop.pill(&look.text("account-disabled")),
        false => Tone::Good.pill(&look.text("account-open")),
    }
}

/// What of an account somebody else sets: how their pages look is their own.
#[derive(Clone)]
struct Given {
    name: String,
    email: String,
    role: Role,
    employee: Option<rulewright_domain::EmployeeId>,
    disabled: bool,
}

impl Given {
    fn read(posted: &Posted<'_>) -> Result<Given, Trouble> {
        let wanted = said(posted, "role");
        let role = Role::ALL.into_iter().find(|role| role.name() == wanted);
        Ok(Given {
            name: said(posted, "name").to_owned(),
            email: said(posted, "email").to_owned(),
            role: role.ok_or_else(|| Trouble::Unreadable(format!("`{wanted}` is no role")))?,
            employee: filled(posted, "employee").map(|id| named(&id)).transpose()?,
            disabled: posted.ticked("disabled"),
        })
    }

    fn put(&self, account: &mut Account) {
        let Given { name, email, role, employee, disabled } = self.clone();
        (account.name, account.email, account.role) = (name, email, role);
        (account.employee, account.disabled) = (employee, disabled);
    }
}

fn pairs(account: &Account) -> Pairs {
    vec![
        pair("name", &account.name),
        pair("email", &account.email),
        pair("role", account.role.name()),
        pair("employee", account.employee.map(|id| id.to_string()).unwrap_or_default()),
        pair("disabled", account.disabled),
    ]
}

async fn invite(
    State(console): State<Console>,
    Own(visitor): Own,
    headers: HeaderMap,
    Form(sent): Form<Pairs>,
) -> Result<Response, Trouble> {
    let Given { name, email, role, employee, .. } = Given::read(&Posted::of(&sent))?;
    let account = Account {
        id: AccountId(0),
        email,
        name,
        role,
        employee,
        language: None,
        zone: None,
        theme: Theme::System,
        created: visitor.look.now,
        disabled: false,
    };
    match visitor.engine(&console).put_account(visitor.shop, account).await {
        Ok(id) => {
            let link = link(&console, &visitor, id, &headers).await?;
            Ok(shown(&console, &visitor, id, None, Some(link)).await?.into_response())
        }
        Err(refusal) => {
            let (status, note) = why(&visitor, refusal);
            Ok((status, listed(&console, &visitor, &sent, Some(note)).await?).into_response())
        }
    }
}

/// A link that lets somebody in once, shown this once.
async fn link(
    console: &Console,
    visitor: &Visitor,
    id: AccountId,
    headers: &HeaderMap,
) -> Result<Markup, Refusal> {
    let key = visitor.engine(console).entrance(visitor.shop, id, visitor.look.now).await?;
    let look = &visitor.look;
    let link = format!("{}/enter?key={key}", base(console, headers));
    Ok(html! { (once(look, &look.text("account-link"), &link)) p.muted { (look.text("account-link-help")) } })
}

async fn page(
    State(console): State<Console>,
    Own(visitor): Own,
    At(id): At<AccountId>,
) -> Result<Markup, Trouble> {
    shown(&console, &visitor, id, None, None).await
}

/// The page, and above it why nothing was changed.
async fn refused(
    console: &Console,
    visitor: &Visitor,
    id: AccountId,
    sent: Option<&Pairs>,
    refusal: Refusal,
) -> Result<Response, Trouble> {
    let (status, note) = why(visitor, refusal);
    Ok((status, shown(console, visitor, id, sent, Some(note)).await?).into_response())
}

/// As it is stored, or as somebody has sent it.
async fn shown(
    console: &Console,
    visitor: &Visitor,
    id: AccountId,
    sent: Option<&Pairs>,
    note: Option<Markup>,
) -> Result<Markup, Trouble> {
    let account = console.engine().account(visitor.shop, id).await?;
    let stored = pairs(&account);
    let sent = sent.unwrap_or(&stored);
    let (look, config) = (&visitor.look, console.config(visitor.shop).await?);
    let sessions = console.engine().sessions_of(visitor.shop, account.id, look.now).await?;
    let address = format!("/settings/accounts/{}", account.id);
    let who = |key: &str| look.words.with(key, &[("name", account.name.as_str().into())]);
    let body = html! {
        @if let Some(note) = note { (note) }
        p.muted { code { (account.id) } " · " (look.text("account-since")) " " (look.at(account.created)) " · " (state(look, &account)) }
        @if account.id == visitor.account.id { div.note.info { p { (look.text("account-is-you")) } } }
        (form(look, &config, &address, &Posted::of(sent)))
        section.card aria-label=(look.text("account-sessions")) {
            h2 { (look.text("account-sessions")) }
            (open(look, &sessions))
            div.row {
                (press(&format!("{address}/entrance"), &look.text("account-entrance")))
                (danger(look, &format!("{address}/sessions"), &look.text("account-end"), &who("account-end-confirm")))
            }
        }
        // One's own is changed by whoever knows it.
        @if account.id == visitor.account.id {
            p { a href="/account" { (look.text("account-password-own")) } }
        } @else {
            (password_form(look, &address))
        }
        (danger(look, &format!("{address}/remove"), &look.text("account-remove"), &who("account-remove-confirm")))
    };
    Ok(framed(visitor, Some(Part::Accounts), &account.name, body))
}

fn form(look: &Look, config: &ShopConfig, address: &str, posted: &Posted<'_>) -> Markup {
    html! {
        form.card method="post" action=(address) {
            fieldset.plain {
                (Field::new(posted, "name", look.text("account-name")).required())
                (Field::new(posted, "email", look.text("sign-in-email")).kind("email").required())
                (choice(posted, "role", &look.text("account-role"), &roles(look)))
                (choice(posted, "employee", &look.text("account-employee"), &employees(look, config, None)))
                (tick(posted, "disabled", &look.text("account-disable"), Some(&look.text("account-disable-help"))))
                div.row { button type="submit" { (look.text("save")) } a href="/settings/accounts" { (look.text("cancel")) } }
            }
        }
    }
}

fn open(look: &Look, sessions: &[Ticket]) -> Markup {
    html! {
        @if sessions.is_empty() { p.muted { (look.text("account-no-sessions")) } }
        ul { @for session in sessions {
            li { (look.text("account-session-since")) " " (look.at(session.made)) " · " (look.text("account-session-seen")) " " (look.ago(session.seen)) }
        } }
    }
}

fn password_form(look: &Look, address: &str) -> Markup {
    let (none, help) = (Pairs::new(), look.with("account-set-help", &[("least", SHORTEST_PASSWORD.into())]));
    html! {
        form.card method="post" action=(format!("{address}/password")) {
            h2 { (look.text("account-password")) }
            fieldset.plain {
                (Field::new(&Posted::of(&none), "password", look.text("account-password-new")).kind("password").required().help(help))
                div.row { button type="submit" { (look.text("account-password-set")) } }
            }
        }
    }
}

async fn save(
    State(console): State<Console>,
    Own(visitor): Own,
    At(id): At<AccountId>,
    Form(sent): Form<Pairs>,
) -> Result<Response, Trouble> {
    let given = Given::read(&Posted::of(&sent))?;
    let patch = move |account: &mut Account| given.put(account);
    match visitor.engine(&console).change_account(visitor.shop, id, patch).await {
        Ok(_) => Ok(leads("/settings/accounts", "saved")),
        Err(refusal) => refused(&console, &visitor, id, Some(&sent), refusal).await,
    }
}

async fn entrance(
    State(console): State<Console>,
    Own(visitor): Own,
    headers: HeaderMap,
    At(id): At<AccountId>,
) -> Result<Response, Trouble> {
    match link(&console, &visitor, id, &headers).await {
        Ok(link) => Ok(shown(&console, &visitor, id, None, Some(link)).await?.into_response()),
        Err(refusal) => refused(&console, &visitor, id, None, refusal).await,
    }
}

async fn password(
    State(console): State<Console>,
    Own(visitor): Own,
    At(id): At<AccountId>,
    Form(sent): Form<Pairs>,
) -> Result<Response, Trouble> {
    let posted = Posted::of(&sent);
    let password = posted.last("password").unwrap_or_default();
    if id == visitor.account.id {
        let refusal = wrong("/password", visitor.text("account-password-own"));
        return refused(&console, &visitor, id, None, refusal).await;
    }
    match visitor.engine(&console).set_password(visitor.shop, id, password, None).await {
        Ok(()) => Ok(leads(&format!("/settings/accounts/{id}"), "saved")),
        Err(refusal) => refused(&console, &visitor, id, None, refusal).await,
    }
}

async fn end_sessions(
    State(console): State<Console>,
    Own(visitor): Own,
    At(id): At<AccountId>,
) -> Result<Response, Trouble> {
    visitor.engine(&console).end_sessions(visitor.shop, id).await?;
    Ok(leads(&format!("/settings/accounts/{id}"), "ended"))
}

async fn remove(
    State(console): State<Console>,
    Own(visitor): Own,
    At(id): At<AccountId>,
) -> Result<Response, Trouble> {
    match visitor.engine(&console).remove_account(visitor.shop, id).await {
        Ok(()) => Ok(leads("/settings/accounts", "removed")),
        Err(refusal) => refused(&console, &visitor, id, None, refusal).await,
    }
}

#[cfg(test)]
mod tests {
    use rulewright_domain::Timestamp;

    use super::*;
    use crate::{forms::submitted::submitted, listing::tests::look, runs::sample::config};

    fn ada() -> Account {
        Account {
            id: AccountId(3),
            email: "ada@shop.example".into(),
            name: "Ada".into(),
            role: Role::PluginAdmin,
            employee: None,
            language: Some("de".into()),
            zone: None,
            theme: Theme::Dark,
            created: Timestamp(0),
            disabled: true,
        }
    }

    #[test]
    fn a_form_that_is_sent_as_it_was_changes_nothing_and_leaves_alone_what_is_their_own() {
        let shown = form(&look("en"), &config(), "/x", &Posted::of(&pairs(&ada()))).into_string();
        let sent = submitted(&shown);
        let mut after = Account { name: "Grace".into(), role: Role::Viewer, disabled: false, ..ada() };
        Given::read(&Posted::of(&sent)).unwrap().put(&mut after);
        assert_eq!(after, ada());
    }

    #[test]
    fn every_role_says_what_it_may() {
        for language in ["en", "de"] {
            let html = invitation(&look(language), &config(), &Posted::of(&Pairs::new())).into_string();
            assert!(!html.contains("role-"), "{html}");
        }
    }
}
