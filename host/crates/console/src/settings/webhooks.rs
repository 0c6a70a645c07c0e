//! Webhooks outward: who is told of events as they happen.

use axum::{
    Form, Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use maud::{Markup, html};
use rulewright_domain::{PipelineId, ShopConfig, Subscription, SubscriptionId};
use rulewright_engine::{NewWebhook, Webhook, WebhookChange, WebhookTried};

use super::{
    Pairs, Part, danger,
    field::{Field, choice, filled, pair, said},
    framed, leads, once, press, why,
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
        .route("/settings/webhooks", get(list).post(add))
        .route("/settings/webhooks/{id}", get(page).post(save))
        .route("/settings/webhooks/{id}/turn", post(turn))
        .route("/settings/webhooks/{id}/rotate", post(rotate))
        .route("/settings/webhooks/{id}/test", post(test))
        .route("/settings/webhooks/{id}/remove", post(remove))
}

async fn list(State(console): State<Console>, Own(visitor): Own) -> Result<Markup, Trouble> {
    listed(&console, &visitor, &vec![pair("kinds", "order.*")], None).await
}

async fn listed(
    console: &Console,
    visitor: &Visitor,
    sent: &Pairs,
    note: Option<Markup>,
) -> Result<Markup, Trouble> {
    let webhooks = console.engine().webhooks(visitor.shop).await?;
    let config = console.config(visitor.shop).await?;
    let look = &visitor.look;
    let body = html! {
        @if let Some(note) = note { (note) }
        @if webhooks.is_empty() { (show::empty(&look.text("webhooks-none"), None)) } @else { (table(look, &webhooks)) }
        (form(look, &config, "/settings/webhooks", &look.text("webhook-add"), &Posted::of(sent)))
    };
    Ok(framed(visitor, Some(Part::Webhooks), &look.text("settings-webhooks"), body))
}

fn table(look: &Look, webhooks: &[Webhook]) -> Markup {
    let heads = ["webhook-url", "webhook-kinds", "settings-state"];
    let rows = html! {
        @for webhook in webhooks { @let one = &webhook.subscription; tr data-row="" {
            td {
                a href=(format!("/settings/webhooks/{}", one.id)) { (called(look, one)) }
                @if !one.description.is_empty() { br; (one.description) }
                @if let Some(application) = one.application { br; span.muted { (look.with("webhook-of-application", &[("id", application.to_string().into())])) } }
            }
            td { @for kind in &one.kinds { code { (kind) } " " } }
            td { (state(look, webhook)) }
        } }
    };
    show::table(look, "settings-webhooks", &heads, &rows)
}

fn called(look: &Look, one: &Subscription) -> String {
    if one.pull { look.text("webhook-pull") } else { one.url.clone() }
}

fn state(look: &Look, webhook: &Webhook) -> Markup {
    let one = &webhook.subscription;
    html! {
        @if let Some(disabled) = &one.disabled {
            (Tone::Bad.pill(&look.text("webhook-given-up"))) " " (reasons::foreign(&disabled.reason)) " " span.muted { (look.ago(disabled.at)) }
        } @else if !one.active {
            (Tone::Stop.pill(&look.text("webhook-paused")))
        } @else if let Some(trouble) = &webhook.trouble {
            (Tone::Warn.pill(&look.text("webhook-failing"))) " "
            (look.with("webhook-attempts", &[("count", trouble.attempts.into())])) " " (reasons::foreign(&trouble.reason))
        } @else {
            (Tone::Good.pill(&look.text("webhook-on")))
        }
    }
}

fn pairs(one: &Subscription) -> Pairs {
    vec![
        pair("url", &one.url),
        pair("kinds", one.kinds.join(" ")),
        pair("pipeline", one.pipeline.as_ref().map(|id| id.0.as_str()).unwrap_or_default()),
        pair("description", &one.description),
    ]
}

fn kinds(posted: &Posted<'_>) -> Vec<String> {
    let separated = |c: char| c.is_whitespace() || c == ',';
    said(posted, "kinds").split(separated).filter(|kind| !kind.is_empty()).map(str::to_owned).collect()
}

fn pipeline(posted: &Posted<'_>) -> Option<PipelineId> {
    filled(posted, "pipeline").map(PipelineId)
}

fn form(look: &Look, config: &ShopConfig, address: &str, save: &str, posted: &Posted<'_>) -> Markup {
    let every = std::iter::once((String::new(), look.text("webhook-every-pipeline")));
    let pipelines = config.pipelines.values().map(|one| (one.id.0.clone(), one.name.clone()));
    let pipelines: Vec<_> = every.chain(pipelines).collect();
    html! {
        form.card method="post" action=(address) {
            h2 { (save) }
            fieldset.plain {
                (Field::new(posted, "url", look.text("webhook-url")).kind("url").required().hint("https://erp.example/hook"))
                (Field::new(posted, "kinds", look.text("webhook-kinds")).required().hint("order.created order.*").help(look.text("webhook-kinds-help")))
                (choice(posted, "pipeline", &look.text("webhook-pipeline"), &pipelines))
                (Field::new(posted, "description", look.text("webhook-description")))
                div.row { button type="submit" { (save) } }
            }
        }
    }
}

async fn add(
    State(console): State<Console>,
    Own(visitor): Own,
    Form(sent): Form<Pairs>,
) -> Result<Response, Trouble> {
    let posted = Posted::of(&sent);
    let new = NewWebhook {
        pipeline: pipeline(&posted),
        description: said(&posted, "description").to_owned(),
        ..NewWebhook::standard(said(&posted, "url").to_owned(), kinds(&posted))
    };
    match visitor.engine(&console).create_webhook(visitor.shop, new).await {
        Ok(made) => {
            let key = key(&visitor.look, &made);
            Ok(shown(&console, &visitor, made.id, None, Some(key)).await?.into_response())
        }
        Err(refusal) => {
            let (status, note) = why(&visitor, refusal);
            Ok((status, listed(&console, &visitor, &sent, Some(note)).await?).into_response())
        }
    }
}

/// What its requests are signed with from now on.
fn key(look: &Look, one: &Subscription) -> Markup {
    let secret = one.keys.first().map(|key| key.secret()).unwrap_or_default();
    once(look, &look.text("webhook-key"), secret)
}

async fn page(
    State(console): State<Console>,
    Own(visitor): Own,
    At(id): At<SubscriptionId>,
) -> Result<Markup, Trouble> {
    shown(&console, &visitor, id, None, None).await
}

/// As it is stored, or as somebody has sent it.
async fn shown(
    console: &Console,
    visitor: &Visitor,
    id: SubscriptionId,
    sent: Option<&Pairs>,
    note: Option<Markup>,
) -> Result<Markup, Trouble> {
    let webhook = console.engine().webhook(visitor.shop, id).await?;
    let stored = pairs(&webhook.subscription);
    let sent = sent.unwrap_or(&stored);
    let config = console.config(visitor.shop).await?;
    let (look, one) = (&visitor.look, &webhook.subscription);
    let address = format!("/settings/webhooks/{}", one.id);
    let title = called(look, one);
    let body = html! {
        @if let Some(note) = note { (note) }
        p { code { (one.id) } " " (state(look, &webhook)) }
        p.muted {
            (look.text("clients-order-created")) " " (look.at(one.created)) " · "
            a href="/deliveries?channel=webhook" { (look.text("nav-deliveries")) }
        }
        @if one.pull {
            p { (look.text("webhook-pull-what")) }
        } @else {
            (form(look, &config, &address, &look.text("webhook-change"), &Posted::of(sent)))
            div.row {
                (press(&format!("{address}/test"), &look.text("settings-test")))
                (press(&format!("{address}/turn"), &if one.is_on() { look.text("webhook-pause") } else { look.text("webhook-resume") }))
                (danger(look, &format!("{address}/rotate"), &look.text("webhook-rotate"), &look.with("webhook-rotate-confirm", &[("hours", Subscription::KEEP_KEY.into())])))
            }
        }
        (danger(look, &format!("{address}/remove"), &look.text("webhook-remove"), &look.with("webhook-remove-confirm", &[("url", title.as_str().into())])))
    };
    Ok(framed(visitor, Some(Part::Webhooks), &title, body))
}

async fn changed(
    console: &Console,
    visitor: &Visitor,
    id: SubscriptionId,
    sent: Option<&Pairs>,
    change: WebhookChange,
) -> Result<Response, Trouble> {
    match visitor.engine(console).change_webhook(visitor.shop, id, change).await {
        Ok(()) => Ok(leads(&format!("/settings/webhooks/{id}"), "saved")),
        Err(refusal) => {
            let (status, note) = why(visitor, refusal);
            Ok((status, shown(console, visitor, id, sent, Some(note)).await?).into_response())
        }
    }
}

async fn save(
    State(console): State<Console>,
    Own(visitor): Own,
    At(id): At<SubscriptionId>,
    Form(sent): Form<Pairs>,
) -> Result<Response, Trouble> {
    let posted = Posted::of(&sent);
    let change = WebhookChange {
        url: Some(said(&posted, "url").to_owned()),
        kinds: Some(kinds(&posted)),
        pipeline: Some(pipeline(&posted)),
        description: Some(said(&posted, "description").to_owned()),
        active: None,
    };
    changed(&console, &visitor, id, Some(&sent), change).await
}

/// Off, or on again, also where the host had given it up.
async fn turn(
    State(console): State<Console>,
    Own(visitor): Own,
    At(id): At<SubscriptionId>,
) -> Result<Response, Trouble> {
    let on = console.engine().webhook(visitor.shop, id).await?.subscription.is_on();
    let change = WebhookChange { active: Some(!on), ..WebhookChange::default() };
    changed(&console, &visitor, id, None, change).await
}

async fn rotate(
    State(console): State<Console>,
    Own(visitor): Own,
    At(id): At<SubscriptionId>,
) -> Result<Markup, Trouble> {
    let rotated = visitor.engine(&console).rotate_webhook(visitor.shop, id, None).await?;
    shown(&console, &visitor, id, None, Some(key(&visitor.look, &rotated))).await
}

async fn test(
    State(console): State<Console>,
    Own(visitor): Own,
    At(id): At<SubscriptionId>,
) -> Result<Markup, Trouble> {
    let tried = visitor.engine(&console).try_webhook(visitor.shop, id).await?;
    shown(&console, &visitor, id, None, Some(came_of_it(&visitor.look, &tried))).await
}

fn came_of_it(look: &Look, tried: &WebhookTried) -> Markup {
    let span = look.span(i64::try_from(tried.milliseconds).unwrap_or(i64::MAX));
    html! {
        div #tried class={ "note " (if tried.error.is_none() { "ok" } else { "bad" }) } role="status" {
            p {
                @match tried.status {
                    Some(status) => (look.with("webhook-answered", &[("status", status.to_string().into()), ("span", span.into())])),
                    None => (look.text("webhook-no-answer")),
                }
            }
            @if let Some(error) = &tried.error { p { (reasons::foreign(error)) } }
            p.muted { (look.text("webhook-test-what")) }
        }
    }
}

async fn remove(
    State(console): State<Console>,
    Own(visitor): Own,
    At(id): At<SubscriptionId>,
) -> Result<Response, Trouble> {
    visitor.engine(&console).remove_webhook(visitor.shop, id).await?;
    Ok(leads("/settings/webhooks", "removed"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{forms::submitted::submitted, listing::tests::look, runs::sample::config};

    #[test]
    fn a_form_that_is_sent_as_it_was_asks_for_the_same() {
        let pairs = vec![
            pair("url", "https://erp.example/hook?a=1&b=2"),
            pair("kinds", "order.created, call.*"),
            pair("pipeline", "sales"),
            pair("description", "ERP"),
        ];
        let sent = submitted(&form(&look("en"), &config(), "/x", "Save", &Posted::of(&pairs)).into_string());
        assert_eq!(sent, pairs);
        let posted = Posted::of(&sent);
        assert_eq!(kinds(&posted), ["order.created", "call.*"]);
        assert_eq!(pipeline(&posted), Some("sales".into()));
    }

    #[test]
    fn what_an_address_answered_is_told() {
        let tried = WebhookTried { status: Some(500), error: Some("answered 500".into()), milliseconds: 12 };
        let html = came_of_it(&look("en"), &tried).into_string();
        assert!(html.contains("note bad") && html.contains("500") && html.contains("12\u{a0}ms"), "{html}");
    }
}
