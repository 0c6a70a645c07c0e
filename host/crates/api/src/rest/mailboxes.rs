//! Where the shop's mails go out from and come in.

use axum::{
    Json,
    extract::{DefaultBodyLimit, State},
    http::StatusCode,
    response::Response,
};
use rulewright_domain::Actor;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{done, shop::config};
use crate::{
    auth::{AutomationRead, AutomationWrite, EventsWrite},
    extract::{At, Raw, Sent},
    key::asked,
    page::Page,
    problem::{Problem, Problems},
    state::Api,
    view::{Mailbox, MailboxInput, MailboxTried, Receipt},
};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list_mailboxes))
        .routes(routes!(get_mailbox, put_mailbox, remove_mailbox))
        .routes(routes!(try_mailbox))
        .merge(OpenApiRouter::new().routes(routes!(receive_raw_mail)).layer(DefaultBodyLimit::max(MAX_MAIL)))
}

/// Bytes. Larger ones are for IMAP, which reads no further than it has to.
const MAX_MAIL: usize = 8 << 20;

/// List mailboxes
///
/// On one page, with what has become of them.
#[utoipa::path(
    get, path = "/v1/mailboxes", tag = "shop",
    responses((status = 200, body = Page<Mailbox>), Problems), security(("bearer" = ["automation-read"]))
)]
async fn list_mailboxes(
    State(api): State<Api>,
    caller: AutomationRead,
) -> Result<Json<Page<Mailbox>>, Problem> {
    let shop = caller.shop();
    let mailboxes = config(&api, shop).await?.mailboxes.into_values();
    let items = api.read(move |reads| {
        let shown = |mailbox: rulewright_domain::Mailbox| {
            let passwords = reads.mailbox_passwords(shop, &mailbox.id)?;
            let state = reads.mailbox_state(shop, &mailbox.id)?;
            Ok(Mailbox::of(mailbox, &passwords, state))
        };
        mailboxes.map(shown).collect()
    });
    Ok(Json(Page { items: items.await?, next: None }))
}

/// Read a mailbox
#[utoipa::path(
    get, path = "/v1/mailboxes/{id}", tag = "shop", params(("id" = String, Path, example = "sales")),
    responses((status = 200, body = Mailbox), Problems), security(("bearer" = ["automation-read"]))
)]
async fn get_mailbox(
    State(api): State<Api>,
    caller: AutomationRead,
    At(id): At<String>,
) -> Result<Json<Mailbox>, Problem> {
    let shop = caller.shop();
    let mailbox = config(&api, shop).await?.mailboxes.remove(&id);
    let mailbox = mailbox.ok_or_else(|| Problem::not_found("mailbox", &id))?;
    let kept =
        api.read(move |reads| Ok((reads.mailbox_passwords(shop, &id)?, reads.mailbox_state(shop, &id)?)));
    let (passwords, state) = kept.await?;
    Ok(Json(Mailbox::of(mailbox, &passwords, state)))
}

/// Create or replace a mailbox
///
/// As soon as a shop has one, its mails go out from there.
#[utoipa::path(
    put, path = "/v1/mailboxes/{id}", tag = "shop", request_body = MailboxInput,
    params(("id" = String, Path, example = "sales")),
    responses((status = 204, description = "Saved"), Problems), security(("bearer" = ["automation-write"]))
)]
async fn put_mailbox(
    State(api): State<Api>,
    caller: AutomationWrite,
    At(id): At<String>,
    sent: Sent<MailboxInput>,
) -> Result<StatusCode, Problem> {
    let (mailbox, passwords) = sent.body.into_domain(id);
    api.by(&caller).engine.put_mailbox(caller.shop(), mailbox, passwords).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Remove a mailbox
///
/// Mails that are still on their way from it fail.
#[utoipa::path(
    delete, path = "/v1/mailboxes/{id}", tag = "shop", params(("id" = String, Path, example = "sales")),
    responses((status = 204, description = "Removed"), Problems), security(("bearer" = ["automation-write"]))
)]
async fn remove_mailbox(
    State(api): State<Api>,
    caller: AutomationWrite,
    At(id): At<String>,
) -> Result<StatusCode, Problem> {
    let removed = api.by(&caller).engine.remove_mailbox(caller.shop(), &id).await;
    removed.map_err(|refusal| Problem::refused(refusal, &[&id]))?;
    Ok(StatusCode::NO_CONTENT)
}

/// Try a mailbox
///
/// Connects to its servers and gets in, sends nothing and fetches nothing.
#[utoipa::path(
    post, path = "/v1/mailboxes/{id}/test", tag = "shop", params(("id" = String, Path, example = "sales")),
    responses((status = 200, body = MailboxTried), Problems), security(("bearer" = ["automation-write"]))
)]
async fn try_mailbox(
    State(api): State<Api>,
    caller: AutomationWrite,
    At(id): At<String>,
) -> Result<Json<MailboxTried>, Problem> {
    let tried = api.engine.try_mailbox(caller.shop(), &id).await;
    Ok(Json(tried.map_err(|refusal| Problem::refused(refusal, &[&id]))?.into()))
}

/// Hand over a mail that came in
///
/// As it is on the wire (`message/rfc822`), e.g. from a mail server's delivery agent. The same mail is taken once.
#[utoipa::path(
    post, path = "/v1/mailboxes/{id}/mails", tag = "channels",
    request_body(content = String, content_type = "message/rfc822"),
    params(("id" = String, Path, example = "sales")),
    responses((status = 202, body = Receipt), Problems), security(("bearer" = ["events-write"]))
)]
async fn receive_raw_mail(
    State(api): State<Api>,
    caller: EventsWrite,
    At(id): At<String>,
    raw: Raw,
) -> Result<Response, Problem> {
    let by = Actor::Outside { source: caller.name().to_owned() };
    let receipt = api.engine.receive_raw_mail(asked(&caller, raw.key), by, &id, &raw.body).await;
    Ok(done(StatusCode::ACCEPTED, receipt.map_err(|refusal| Problem::refused(refusal, &[&id]))?))
}
