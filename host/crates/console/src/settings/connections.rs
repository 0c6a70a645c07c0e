//! Providers: accounts with gateways, bots and mail services, each carried by a plugin whose schema draws its form.

mod form;
mod offer;

use std::collections::BTreeSet;

use axum::{
    Form, Router,
    extract::{Query, State},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use maud::{Markup, html};
use rulewright_domain::{Connection, OpenChannel, ShopConfig, plugin::PluginKind};
use rulewright_engine::{Refusal, Trial, inbound_path};
use serde::Deserialize;
use serde_json::Map;

use self::form::Filled;
use super::{
    Pairs, Part, danger,
    field::{Field, choice, filled, said},
    framed, leads, wrong,
};
use crate::{
    Console,
    door::{At, Look, Plugins, Visitor},
    forms::{self, Posted},
    names,
    show::{self, Tone},
    trouble::Trouble,
};

pub fn routes() -> Router<Console> {
    Router::new()
        .route("/settings/providers", get(list))
        .route("/settings/providers/new", get(new).post(add))
        .route("/settings/providers/{id}", get(page).post(save))
        .route("/settings/providers/{id}/secrets", post(secrets))
        .route("/settings/providers/{id}/trial", post(trial))
        .route("/settings/providers/{id}/remove", post(remove))
}

async fn list(State(console): State<Console>, Plugins(visitor): Plugins) -> Result<Markup, Trouble> {
    let config = console.config(visitor.shop).await?;
    let look = &visitor.look;
    let body = html! {
        @if config.connections.is_empty() {
            (show::empty(&look.text("providers-none"), None))
        } @else {
            (table(look, &config))
        }
        h2 { (look.text("provider-add")) }
        ul.list { @for plugin in config.plugins.values().filter(|plugin| plugin.manifest.kind == PluginKind::Provider) {
            li.card {
                a href=(format!("/settings/providers/new?plugin={}", plugin.manifest.id)) { (names::plugin(look, &plugin.manifest)) }
                p.muted lang="en" { (plugin.manifest.description) }
            }
        } }
        p.muted { a href="/marketplace" { (look.text("provider-more")) } }
    };
    Ok(framed(&visitor, Some(Part::Connections), &look.text("settings-providers"), body))
}

fn table(look: &Look, config: &ShopConfig) -> Markup {
    let heads = ["account-name", "provider-plugin", "provider-carries", "settings-state"];
    let rows = html! {
        @for one in config.connections.values() { tr data-row="" {
            td { a href=(format!("/settings/providers/{}", one.id)) { (one.title) } }
            @match config.plugins.get(&one.plugin) {
                Some(plugin) => {
                    td { a href=(format!("/plugins/{}", one.plugin)) { (names::plugin(look, &plugin.manifest)) } }
                    td { @for channel in &plugin.grant.channels {
                        (crate::effect::channel(look, channel))
                        @if one.default_for.contains(channel) { " (" (look.text("provider-chosen")) ")" } " "
                    } }
                }
                None => { td { code { (one.plugin) } } td { "–" } }
            }
            td { (state(look, config, one)) }
        } }
    };
    show::table(look, "settings-providers", &heads, &rows)
}

fn state(look: &Look, config: &ShopConfig, one: &Connection) -> Markup {
    match (config.plugins.contains_key(&one.plugin), one.enabled) {
        (false, _) => Tone::Bad.pill(&look.text("provider-no-plugin")),
        (true, false) => Tone::Stop.pill(&look.text("provider-off")),
        (true, true) => Tone::Good.pill(&look.text("provider-on")),
    }
}

#[derive(Deserialize)]
struct Wanted {
    plugin: String,
}

async fn channels(console: &Console, visitor: &Visitor) -> Result<Vec<OpenChannel>, Trouble> {
    let shop = visitor.shop;
    console.read(move |reads| reads.open_channels(shop)).await
}

async fn new(
    State(console): State<Console>,
    Plugins(visitor): Plugins,
    Query(wanted): Query<Wanted>,
) -> Result<Markup, Trouble> {
    let config = console.config(visitor.shop).await?;
    let filled = Filled::new(&config, &wanted.plugin)?;
    begun(&console, &visitor, &config, &filled, None).await
}

async fn begun(
    console: &Console,
    visitor: &Visitor,
    config: &ShopConfig,
    filled: &Filled,
    note: Option<Markup>,
) -> Result<Markup, Trouble> {
    let open = channels(console, visitor).await?;
    let title = visitor.text("provider-add");
    let body = html! {
        @if let Some(note) = note { (note) }
        (form::draw(&visitor.look, config, &open, filled, "/settings/providers/new"))
    };
    Ok(framed(visitor, Some(Part::Connections), &title, body))
}

async fn add(
    State(console): State<Console>,
    Plugins(visitor): Plugins,
    Form(mut sent): Form<Pairs>,
) -> Result<Response, Trouble> {
    let config = console.config(visitor.shop).await?;
    let redraw = forms::act(&mut sent);
    let mut filled = Filled::read(&config, None, &sent)?;
    if redraw {
        return Ok(begun(&console, &visitor, &config, &filled, None).await?.into_response());
    }
    let id = filled.connection.id.clone();
    // Saving replaces what is there by this name: whoever adds one does not mean that.
    let put = match config.connections.contains_key(&id) {
        true => Err(wrong("/id", visitor.with("settings-taken", &[("id", id.as_str().into())]))),
        false => visitor.engine(&console).put_connection(visitor.shop, filled.connection.clone()).await,
    };
    match put {
        Ok(_) => Ok(leads(&format!("/settings/providers/{id}"), "saved")),
        Err(refusal) => {
            let trouble = filled.refused(&visitor.look, refusal);
            let note = trouble.note(&visitor.look);
            let page = begun(&console, &visitor, &config, &filled, Some(note)).await?;
            Ok((trouble.status(), page).into_response())
        }
    }
}

fn known<'c>(config: &'c ShopConfig, id: &str) -> Result<&'c Connection, Trouble> {
    config.connections.get(id).ok_or(Trouble::NotFound)
}

async fn page(
    State(console): State<Console>,
    Plugins(visitor): Plugins,
    At(id): At<String>,
) -> Result<Markup, Trouble> {
    let config = console.config(visitor.shop).await?;
    let filled = Filled::stored(known(&config, &id)?);
    shown(&console, &visitor, &config, &filled, &Pairs::new(), None).await
}

async fn save(
    State(console): State<Console>,
    Plugins(visitor): Plugins,
    At(id): At<String>,
    Form(mut sent): Form<Pairs>,
) -> Result<Response, Trouble> {
    let config = console.config(visitor.shop).await?;
    let before = known(&config, &id)?;
    let redraw = forms::act(&mut sent);
    let mut filled = Filled::read(&config, Some(before), &sent)?;
    let none = Pairs::new();
    if redraw {
        return Ok(shown(&console, &visitor, &config, &filled, &none, None).await?.into_response());
    }
    match visitor.engine(&console).put_connection(visitor.shop, filled.connection.clone()).await {
        Ok(_) => Ok(leads(&format!("/settings/providers/{id}"), "saved")),
        Err(refusal) => {
            let trouble = filled.refused(&visitor.look, refusal);
            let note = trouble.note(&visitor.look);
            let page = shown(&console, &visitor, &config, &filled, &none, Some(note)).await?;
            Ok((trouble.status(), page).into_response())
        }
    }
}

/// The names of its secrets, and those that are filled in.
async fn kept(
    console: &Console,
    visitor: &Visitor,
    config: &ShopConfig,
    one: &Connection,
) -> Result<(BTreeSet<String>, BTreeSet<String>), Trouble> {
    let plugin = config.plugins.get(&one.plugin);
    let names = plugin.map(|plugin| plugin.grant.secrets.clone()).unwrap_or_default();
    let (shop, id, wanted) = (visitor.shop, one.id.clone(), names.clone());
    let filled = console.read(move |reads| {
        let mut filled = BTreeSet::new();
        for name in wanted {
            if reads.connection_secret(shop, &id, &name)?.is_some() {
                filled.insert(name);
            }
        }
        Ok(filled)
    });
    Ok((names, filled.await?))
}

async fn shown(
    console: &Console,
    visitor: &Visitor,
    config: &ShopConfig,
    filled: &Filled,
    tried: &Pairs,
    note: Option<Markup>,
) -> Result<Markup, Trouble> {
    let one = &filled.connection;
    let (look, open) = (&visitor.look, channels(console, visitor).await?);
    let (secrets, held) = kept(console, visitor, config, one).await?;
    let address = format!("/settings/providers/{}", one.id);
    let told = known(config, &one.id)?;
    let inbound = format!(
        "{}{}",
        console.engine().public_url().unwrap_or_default(),
        inbound_path(config.shop.id, told)
    );
    let body = html! {
        @if let Some(note) = note { (note) }
        dl.facts {
            dt { (look.text("clients-id")) } dd { code { (one.id) } }
            dt { (look.text("settings-state")) } dd { (state(look, config, told)) }
            dt { (look.text("provider-plugin")) } dd { a href=(format!("/plugins/{}", one.plugin)) { (one.plugin) } }
            dt { (look.text("provider-inbound")) } dd { (crate::listing::copied(look, &inbound)) }
        }
        @if !secrets.is_empty() { (secrets_form(look, &address, &secrets, &held)) }
        (form::draw(look, config, &open, filled, &address))
        @if told.enabled { (trial_form(look, config, told, &address, &Posted::of(tried))) }
        (danger(look, &format!("{address}/remove"), &look.text("provider-remove"), &look.with("provider-remove-confirm", &[("title", told.title.as_str().into())])))
    };
    Ok(framed(visitor, Some(Part::Connections), &told.title, body))
}

fn secrets_form(look: &Look, address: &str, secrets: &BTreeSet<String>, held: &BTreeSet<String>) -> Markup {
    html! {
        section.card aria-label=(look.text("provider-secrets")) {
            h2 { (look.text("provider-secrets")) }
            p.help { (look.text("provider-secrets-help")) }
            @for (place, name) in secrets.iter().enumerate() {
                @let id = format!("secret-{place}");
                form.row method="post" action=(format!("{address}/secrets")) autocomplete="off" {
                    input type="hidden" name="name" value=(name);
                    label for=(id) { code { (name) } }
                    @if held.contains(name) { (Tone::Good.pill(&look.text("provider-secret-kept"))) } @else { (Tone::Warn.pill(&look.text("provider-secret-missing"))) }
                    input id=(id) type="password" name="value" autocomplete="new-password" required;
                    button.quiet type="submit" { (look.text("provider-secret-set")) }
                }
            }
        }
    }
}

async fn secrets(
    State(console): State<Console>,
    Plugins(visitor): Plugins,
    At(id): At<String>,
    Form(sent): Form<Pairs>,
) -> Result<Response, Trouble> {
    let posted = Posted::of(&sent);
    let value = posted.last("value").unwrap_or_default().as_bytes().to_vec();
    let value = Some(value).filter(|value| !value.is_empty());
    let name = said(&posted, "name");
    visitor.engine(&console).put_connection_secret(visitor.shop, &id, name, value).await?;
    Ok(leads(&format!("/settings/providers/{id}"), "saved"))
}

fn trial_form(
    look: &Look,
    config: &ShopConfig,
    one: &Connection,
    address: &str,
    posted: &Posted<'_>,
) -> Markup {
    let plugin = config.plugins.get(&one.plugin);
    let channels = plugin.into_iter().flat_map(|plugin| &plugin.grant.channels);
    let channels: Vec<_> = channels.map(|name| (name.clone(), crate::effect::channel(look, name))).collect();
    html! {
        form.card method="post" action=(format!("{address}/trial")) {
            h2 { (look.text("provider-trial")) }
            p.help { (look.text("provider-trial-help")) }
            fieldset.plain {
                (choice(posted, "channel", &look.text("provider-channel"), &channels))
                (Field::new(posted, "to", look.text("provider-to")).required().hint("+441632960000").help(look.text("provider-to-help")))
                (Field::new(posted, "text", look.text("provider-text")).kind("area"))
                div.row { button.quiet type="submit" { (look.text("provider-try")) } }
            }
        }
    }
}

async fn trial(
    State(console): State<Console>,
    Plugins(visitor): Plugins,
    At(id): At<String>,
    Form(sent): Form<Pairs>,
) -> Result<Response, Trouble> {
    let config = console.config(visitor.shop).await?;
    let filled_form = Filled::stored(known(&config, &id)?);
    let tried = tried(&console, &visitor, &id, &Posted::of(&sent)).await;
    let (status, note) = match tried {
        Ok(note) => (axum::http::StatusCode::OK, note),
        Err(refusal) => {
            let trouble = Trouble::Refused(refusal);
            (trouble.status(), trouble.note(&visitor.look))
        }
    };
    let page = shown(&console, &visitor, &config, &filled_form, &sent, Some(note)).await?;
    Ok((status, page).into_response())
}

async fn tried(
    console: &Console,
    visitor: &Visitor,
    id: &str,
    posted: &Posted<'_>,
) -> Result<Markup, Refusal> {
    let trial = Trial {
        channel: said(posted, "channel").to_owned(),
        to: said(posted, "to").to_owned(),
        line: None,
        text: filled(posted, "text").unwrap_or_default(),
        params: Map::new(),
    };
    let message = visitor.engine(console).try_connection(visitor.shop, id, trial).await?;
    Ok(html! {
        div.note.ok role="status" #tried {
            p { (visitor.text("provider-tried")) " " a href=(format!("/deliveries/{message}")) { (visitor.text("provider-tried-see")) } }
        }
    })
}

async fn remove(
    State(console): State<Console>,
    Plugins(visitor): Plugins,
    At(id): At<String>,
) -> Result<Response, Trouble> {
    visitor.engine(&console).remove_connection(visitor.shop, &id).await?;
    Ok(leads("/settings/providers", "removed"))
}
