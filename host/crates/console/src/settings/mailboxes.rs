//! Where the shop's mails go out from and come in. Passwords are typed in and never shown.

use axum::{
    Form, Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use maud::{Markup, html};
use rulewright_domain::{MailFolder, MailServer, MailTls, Mailbox, MailboxState, Passwords};
use rulewright_engine::{MailboxTried, Refusal};

use super::{
    Pairs, Part, again, danger,
    field::{Field, choice, filled, pair, said, tick},
    framed, leads, press, wrong,
};
use crate::{
    Console,
    door::{At, Look, Own, Visitor},
    forms::Posted,
    reasons,
    show::{self, Tone},
    trouble::Trouble,
};

pub fn routes() -> Router<Console> {
    Router::new()
        .route("/settings/mailboxes", get(list))
        .route("/settings/mailboxes/new", get(new).post(add))
        .route("/settings/mailboxes/{id}", get(page).post(save))
        .route("/settings/mailboxes/{id}/test", post(test))
        .route("/settings/mailboxes/{id}/remove", post(remove))
}

const TLS: [(MailTls, &str); 3] =
    [(MailTls::Implicit, "implicit"), (MailTls::Starttls, "starttls"), (MailTls::None, "none")];

async fn list(State(console): State<Console>, Own(visitor): Own) -> Result<Markup, Trouble> {
    let shop = visitor.shop;
    let config = console.config(shop).await?;
    let mailboxes: Vec<Mailbox> = config.mailboxes.values().cloned().collect();
    let rows = console.read(move |reads| {
        let with_state = |mailbox: Mailbox| Ok((reads.mailbox_state(shop, &mailbox.id)?, mailbox));
        mailboxes.into_iter().map(with_state).collect::<Result<Vec<_>, _>>()
    });
    let rows = rows.await?;
    let look = &visitor.look;
    let (add, new) = (look.text("mailbox-add"), "/settings/mailboxes/new");
    let body = html! {
        @if rows.is_empty() {
            (show::empty(&look.text("mailboxes-none"), Some((&add, new))))
        } @else {
            p { a.button href=(new) { (add) } }
            (table(look, &rows))
        }
    };
    Ok(framed(&visitor, Some(Part::Mailboxes), &look.text("settings-mailboxes"), body))
}

fn table(look: &Look, rows: &[(MailboxState, Mailbox)]) -> Markup {
    let heads = [
        "mailbox-address",
        "mailbox-smtp",
        "mailbox-imap",
        "mailbox-sent",
        "mailbox-received",
        "settings-state",
    ];
    let rows = html! {
        @for (state, mailbox) in rows { tr data-row="" {
            td {
                a href=(format!("/settings/mailboxes/{}", mailbox.id)) { (mailbox.address) } " " (mailbox.name)
                @if mailbox.default { " " span.pill { (look.text("mailbox-default")) } }
            }
            td { (mailbox.smtp.host) }
            td { @match &mailbox.imap { Some(imap) => (imap.server.host), None => { "–" } } }
            td { @if let Some(at) = state.sent { (look.ago(at)) } }
            td { @if let Some(at) = state.received { (look.ago(at)) } }
            td { (condition(look, state)) }
        } }
    };
    show::table(look, "settings-mailboxes", &heads, &rows)
}

fn condition(look: &Look, state: &MailboxState) -> Markup {
    html! {
        @match &state.trouble {
            Some(trouble) => {
                (Tone::Bad.pill(&look.text("mailbox-trouble"))) " " (reasons::foreign(&trouble.message)) " " span.muted { (look.ago(trouble.since)) }
            }
            None => (Tone::Good.pill(&look.text("mailbox-well"))),
        }
    }
}

fn pairs(mailbox: &Mailbox) -> Pairs {
    let mut pairs = vec![
        pair("id", &mailbox.id),
        pair("address", &mailbox.address),
        pair("name", &mailbox.name),
        pair("default", mailbox.default),
        pair("fetch", mailbox.imap.is_some()),
    ];
    pairs.extend(of_server("smtp", &mailbox.smtp));
    if let Some(imap) = &mailbox.imap {
        pairs.extend(of_server("imap", &imap.server));
        pairs.push(pair("imap-folder", &imap.folder));
    }
    pairs
}

/// What most servers want.
fn beginning() -> Pairs {
    vec![
        pair("smtp-port", 465),
        pair("smtp-tls", "implicit"),
        pair("imap-port", 993),
        pair("imap-tls", "implicit"),
        pair("imap-folder", "INBOX"),
    ]
}

fn of_server(kind: &str, server: &MailServer) -> [(String, String); 4] {
    let tls = TLS.iter().find(|(tls, _)| *tls == server.tls).map_or("implicit", |(_, name)| name);
    [
        pair(&format!("{kind}-host"), &server.host),
        pair(&format!("{kind}-port"), server.port),
        pair(&format!("{kind}-tls"), tls),
        pair(&format!("{kind}-user"), server.user.as_deref().unwrap_or_default()),
    ]
}

fn server(look: &Look, posted: &Posted<'_>, kind: &str) -> Result<MailServer, Refusal> {
    let text = |part: &str| said(posted, &format!("{kind}-{part}"));
    let port = text("port").parse::<u16>();
    let tls = TLS.iter().find(|(_, name)| *name == text("tls")).map_or(MailTls::Implicit, |(tls, _)| *tls);
    Ok(MailServer {
        host: text("host").to_owned(),
        port: port.map_err(|_| wrong(&format!("/{kind}/port"), look.text("mailbox-no-port")))?,
        tls,
        user: filled(posted, &format!("{kind}-user")),
    })
}

/// The mailbox, and the passwords that were typed.
fn read(look: &Look, id: String, posted: &Posted<'_>) -> Result<(Mailbox, Passwords), Refusal> {
    let fetch = posted.ticked("fetch");
    // As it was typed: blanks may belong to it.
    let password = |name: &str| posted.last(name).filter(|text| !text.is_empty()).map(str::to_owned);
    let imap = match fetch {
        true => Some(MailFolder {
            server: server(look, posted, "imap")?,
            folder: filled(posted, "imap-folder").unwrap_or_else(|| "INBOX".to_owned()),
        }),
        false => None,
    };
    let passwords =
        Passwords { smtp: password("smtp-password"), imap: password("imap-password").filter(|_| fetch) };
    let mailbox = Mailbox {
        id,
        address: said(posted, "address").to_owned(),
        name: said(posted, "name").to_owned(),
        smtp: server(look, posted, "smtp")?,
        imap,
        default: posted.ticked("default"),
    };
    Ok((mailbox, passwords))
}

async fn new(Own(visitor): Own) -> Markup {
    framed_form(&visitor, None, &beginning(), None)
}

async fn add(
    State(console): State<Console>,
    Own(visitor): Own,
    Form(sent): Form<Pairs>,
) -> Result<Response, Trouble> {
    let id = said(&Posted::of(&sent), "id").to_owned();
    let config = console.config(visitor.shop).await?;
    // Saving replaces what is there by this name: whoever adds one does not mean that.
    let put = match config.mailboxes.contains_key(&id) {
        true => Err(wrong("/id", visitor.with("settings-taken", &[("id", id.as_str().into())]))),
        false => put(&console, &visitor, id.clone(), &sent).await,
    };
    match put {
        Ok(()) => Ok(leads(&format!("/settings/mailboxes/{id}"), "saved")),
        Err(refusal) => Ok(again(&visitor, refusal, |note| framed_form(&visitor, None, &sent, Some(note)))),
    }
}

async fn put(console: &Console, visitor: &Visitor, id: String, sent: &Pairs) -> Result<(), Refusal> {
    let (mailbox, passwords) = read(&visitor.look, id, &Posted::of(sent))?;
    visitor.engine(console).put_mailbox(visitor.shop, mailbox, passwords).await
}

async fn known(console: &Console, visitor: &Visitor, id: &str) -> Result<Mailbox, Trouble> {
    let config = console.config(visitor.shop).await?;
    config.mailboxes.get(id).cloned().ok_or(Trouble::NotFound)
}

async fn page(
    State(console): State<Console>,
    Own(visitor): Own,
    At(id): At<String>,
) -> Result<Markup, Trouble> {
    let mailbox = known(&console, &visitor, &id).await?;
    Ok(framed_form(&visitor, Some(&mailbox), &pairs(&mailbox), None))
}

async fn save(
    State(console): State<Console>,
    Own(visitor): Own,
    At(id): At<String>,
    Form(sent): Form<Pairs>,
) -> Result<Response, Trouble> {
    let mailbox = known(&console, &visitor, &id).await?;
    match put(&console, &visitor, id.clone(), &sent).await {
        Ok(()) => Ok(leads(&format!("/settings/mailboxes/{id}"), "saved")),
        Err(refusal) => {
            Ok(again(&visitor, refusal, |note| framed_form(&visitor, Some(&mailbox), &sent, Some(note))))
        }
    }
}

async fn test(
    State(console): State<Console>,
    Own(visitor): Own,
    At(id): At<String>,
) -> Result<Response, Trouble> {
    let mailbox = known(&console, &visitor, &id).await?;
    let tried = visitor.engine(&console).try_mailbox(visitor.shop, &id).await?;
    let note = came_of_it(&visitor.look, &tried);
    Ok(framed_form(&visitor, Some(&mailbox), &pairs(&mailbox), Some(note)).into_response())
}

fn came_of_it(look: &Look, tried: &MailboxTried) -> Markup {
    let server = |title: String, came: &Result<(), String>| {
        html! {
            p {
                strong { (title) } ": "
                @match came {
                    Ok(()) => (Tone::Good.pill(&look.text("mailbox-in"))),
                    Err(why) => { (Tone::Bad.pill(&look.text("mailbox-not-in"))) " " (reasons::foreign(why)) }
                }
            }
        }
    };
    let well = tried.smtp.is_ok() && tried.imap.as_ref().is_none_or(Result::is_ok);
    html! {
        div #tried class={ "note " (if well { "ok" } else { "bad" }) } role="status" {
            (server(look.text("mailbox-smtp"), &tried.smtp))
            @if let Some(imap) = &tried.imap { (server(look.text("mailbox-imap"), imap)) }
            p.muted { (look.text("mailbox-test-what")) }
        }
    }
}

async fn remove(
    State(console): State<Console>,
    Own(visitor): Own,
    At(id): At<String>,
) -> Result<Response, Trouble> {
    visitor.engine(&console).remove_mailbox(visitor.shop, &id).await?;
    Ok(leads("/settings/mailboxes", "removed"))
}

fn framed_form(visitor: &Visitor, mailbox: Option<&Mailbox>, sent: &Pairs, note: Option<Markup>) -> Markup {
    let look = &visitor.look;
    let title = mailbox.map_or_else(|| look.text("mailbox-add"), |mailbox| mailbox.address.clone());
    let body = html! {
        @if let Some(note) = note { (note) }
        (form(look, mailbox.map(|mailbox| mailbox.id.as_str()), &Posted::of(sent)))
        @if let Some(mailbox) = mailbox {
            @let address = format!("/settings/mailboxes/{}", mailbox.id);
            div.row {
                (press(&format!("{address}/test"), &look.text("settings-test")))
                (danger(look, &format!("{address}/remove"), &look.text("mailbox-remove"), &look.with("mailbox-remove-confirm", &[("address", mailbox.address.as_str().into())])))
            }
        }
    };
    framed(visitor, Some(Part::Mailboxes), &title, body)
}

fn form(look: &Look, id: Option<&str>, posted: &Posted<'_>) -> Markup {
    let address = format!("/settings/mailboxes/{}", id.unwrap_or("new"));
    html! {
        form.card method="post" action=(address) {
            fieldset.plain {
                @if id.is_none() { (Field::new(posted, "id", look.text("settings-id")).required().hint("sales").help(look.text("settings-id-help"))) }
                (Field::new(posted, "address", look.text("mailbox-address")).kind("email").required())
                (Field::new(posted, "name", look.text("mailbox-name")).help(look.text("mailbox-name-help")))
                (tick(posted, "default", &look.text("mailbox-is-default"), Some(&look.text("mailbox-default-help"))))
                fieldset {
                    legend { (look.text("mailbox-smtp")) }
                    (Field::new(posted, "smtp-host", look.text("mailbox-host")).required().hint("smtp.shop.example"))
                    (Field::new(posted, "smtp-port", look.text("mailbox-port")).kind("number").required())
                    (choice(posted, "smtp-tls", &look.text("mailbox-tls"), &tls(look)))
                    (Field::new(posted, "smtp-user", look.text("mailbox-user")))
                    (Field::new(posted, "smtp-password", look.text("sign-in-password")).kind("password").help(look.text("mailbox-password-help")))
                }
                fieldset {
                    legend { (look.text("mailbox-imap")) }
                    (tick(posted, "fetch", &look.text("mailbox-fetch"), None))
                    (Field::new(posted, "imap-host", look.text("mailbox-host")).hint("imap.shop.example"))
                    (Field::new(posted, "imap-port", look.text("mailbox-port")).kind("number"))
                    (choice(posted, "imap-tls", &look.text("mailbox-tls"), &tls(look)))
                    (Field::new(posted, "imap-user", look.text("mailbox-user")))
                    (Field::new(posted, "imap-password", look.text("sign-in-password")).kind("password").help(look.text("mailbox-password-help")))
                    (Field::new(posted, "imap-folder", look.text("mailbox-folder")).hint("INBOX"))
                }
                div.row { button type="submit" { (look.text("save")) } a href="/settings/mailboxes" { (look.text("cancel")) } }
            }
        }
    }
}

fn tls(look: &Look) -> Vec<(String, String)> {
    TLS.iter().map(|(_, name)| ((*name).to_owned(), look.text(&format!("mailbox-tls-{name}")))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{forms::submitted::submitted, listing::tests::look};

    fn sales() -> Mailbox {
        let server = |host: &str, port| MailServer {
            host: host.into(),
            port,
            tls: MailTls::Starttls,
            user: Some("sales".into()),
        };
        Mailbox {
            id: "sales".into(),
            address: "sales@shop.example".into(),
            name: "The tea shop".into(),
            smtp: server("smtp.shop.example", 587),
            imap: Some(MailFolder { server: server("imap.shop.example", 143), folder: "Shop".into() }),
            default: true,
        }
    }

    #[test]
    fn a_form_that_is_sent_as_it_was_changes_nothing_and_holds_no_password() {
        for mailbox in [sales(), Mailbox { imap: None, default: false, ..sales() }] {
            let shown = form(&look("en"), Some("sales"), &Posted::of(&pairs(&mailbox))).into_string();
            let sent = submitted(&shown);
            let (read, passwords) = read(&look("en"), "sales".into(), &Posted::of(&sent)).unwrap();
            assert_eq!((read, passwords), (mailbox, Passwords::default()));
        }
    }

    #[test]
    fn what_came_of_a_test_is_told_of_each_server() {
        let tried = MailboxTried { smtp: Ok(()), imap: Some(Err("wrong password".into())) };
        let html = came_of_it(&look("en"), &tried).into_string();
        assert!(html.contains("note bad") && html.contains("wrong password"), "{html}");
        let html = came_of_it(&look("en"), &MailboxTried { smtp: Ok(()), imap: None }).into_string();
        assert!(html.contains("note ok"), "{html}");
    }
}
