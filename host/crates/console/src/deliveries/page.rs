//! One message, readable and where it was spoken audible, with what became of it.

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Redirect, Response},
};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use rulewright_domain::{DocumentId, Message, MessageId, MessageState, ShopConfig, account::Ability};
use rulewright_ports::StorageExt;
use serde_json::Value;

use super::{next_try, recipient, state};
use crate::{
    Console,
    door::{At, Look, See, Visitor, Work},
    download, effect, listing, reasons,
    shell::{self, Place},
    trouble::Trouble,
};

async fn message(console: &Console, visitor: &Visitor, id: MessageId) -> Result<Message, Trouble> {
    let shop = visitor.shop;
    let read = console.engine().storage().read(move |reads| Ok::<_, Trouble>(reads.message(shop, id)?));
    read.await?.ok_or(Trouble::NotFound)
}

pub async fn page(
    State(console): State<Console>,
    See(visitor): See,
    At(id): At<MessageId>,
) -> Result<Markup, Trouble> {
    let message = message(&console, &visitor, id).await?;
    let config = console.config(visitor.shop).await?;
    let title = effect::channel(&visitor.look, &message.draft.channel);
    let body = shown(&visitor.look, &config, &message, visitor.may(Ability::Work));
    Ok(shell::page(&visitor, shell::Page { title: &title, place: Some(Place::Deliveries), body }))
}

/// What a rule has written as a mail, in a frame of its own: it runs nothing and asks nobody.
pub async fn mail(
    State(console): State<Console>,
    See(visitor): See,
    At(id): At<MessageId>,
) -> Result<Response, Trouble> {
    let message = message(&console, &visitor, id).await?;
    let written = html_of(&message).ok_or(Trouble::NotFound)?;
    let page = html! { (DOCTYPE) (PreEscaped(written)) };
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, download::STRANGER),
        (header::X_FRAME_OPTIONS, "SAMEORIGIN"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    Ok((headers, page.into_string()).into_response())
}

pub async fn retry(
    State(console): State<Console>,
    Work(visitor): Work,
    At(id): At<MessageId>,
) -> Result<Redirect, Trouble> {
    visitor.engine(&console).retry_delivery(visitor.shop, id).await?;
    Ok(Redirect::to(&format!("/deliveries/{id}")))
}

fn param<'a>(message: &'a Message, name: &str) -> Option<&'a str> {
    message.draft.params.get(name)?.as_str().filter(|text| !text.trim().is_empty())
}

fn html_of(message: &Message) -> Option<&str> {
    param(message, "html")
}

/// Params that have a place of their own on the page.
const TOLD: [&str; 3] = ["html", "audio-url", "attachments"];

fn shown(look: &Look, config: &ShopConfig, message: &Message, may_work: bool) -> Markup {
    let draft = &message.draft;
    html! {
        div id=(format!("delivery-{}", message.id)) data-live="message" {
            div.head { h1 { (effect::channel(look, &draft.channel)) } (state(look, message)) (next_try(look, message)) }
            dl.facts {
                dt { (look.text("deliveries-to")) } dd { (recipient(look, config, draft)) }
                @if let Some(sender) = &draft.sender { dt { (look.text("deliveries-from")) } dd { (sender) } }
                @if let Some(order) = message.order { dt { (look.text("order")) } dd { a href=(format!("/orders/{order}")) { (order) } } }
                @if let Some(run) = message.run { dt { (look.text("deliveries-run")) } dd { a href=(format!("/runs/{run}")) { (run) } } }
                dt { (look.text("deliveries-when")) } dd { (look.at(message.created)) }
                dt { (look.text("deliveries-id")) } dd { (listing::copied(look, &message.id.to_string())) }
            }
        }
        section.card aria-label=(look.text("deliveries-content")) {
            @if let Some(subject) = &draft.subject { h2 { (subject) } }
            @if !draft.text.trim().is_empty() { pre.text #said { (draft.text) } }
            @if draft.channel == "call" { (spoken(look, message)) }
            @if html_of(message).is_some() {
                h3 { (look.text("deliveries-as-mail")) }
                p.help { (look.text("deliveries-as-mail-help")) }
                iframe.mail sandbox="" src=(format!("/deliveries/{}/html", message.id)) title=(look.text("deliveries-as-mail")) loading="lazy" {}
            }
            (attached(look, message))
            (how(look, message))
        }
        (answers(look, message))
        (again(look, message, may_work))
    }
}

/// A call plays what it has: the browser reads the text aloud where it can, and a recording stays where it is.
fn spoken(look: &Look, message: &Message) -> Markup {
    let audio = param(message, "audio-url");
    let audio = audio.filter(|link| link.starts_with("https://") || link.starts_with("http://"));
    html! {
        @if let Some(link) = audio {
            p { a href=(link) rel="noreferrer noopener" target="_blank" { (look.text("deliveries-audio")) }
                " " span.muted { (link) } }
        } @else if !message.draft.text.trim().is_empty() {
            p {
                button.quiet type="button" hidden data-speak="said"
                    data-speak-language=[param(message, "language")] data-speak-speed=[param(message, "speed")]
                    data-speak-volume=[param(message, "volume")] data-speak-stop=(look.text("deliveries-speak-stop")) {
                    (look.text("deliveries-speak"))
                }
            }
        }
    }
}

fn attached(look: &Look, message: &Message) -> Markup {
    let names: Vec<&str> = match message.draft.params.get("attachments") {
        Some(Value::String(line)) => line.split(',').collect(),
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let names: Vec<&str> =
        names.into_iter().map(str::trim).filter(|name| name.parse::<DocumentId>().is_ok()).collect();
    html! {
        @if !names.is_empty() {
            h3 { (look.text("deliveries-attachments")) }
            ul { @for name in names { li { a href=(format!("/documents/{name}/content")) { (name) } } } }
        }
    }
}

fn how(look: &Look, message: &Message) -> Markup {
    let others: Vec<_> =
        message.draft.params.iter().filter(|(name, _)| !TOLD.contains(&name.as_str())).collect();
    html! {
        @if !others.is_empty() {
            details {
                summary { (look.text("deliveries-params")) }
                dl.facts { @for (name, value) in others { dt { code { (name) } } dd.value { (effect::plain(value)) } } }
            }
        }
    }
}

/// What the provider has said.
fn answers(look: &Look, message: &Message) -> Markup {
    html! {
        section aria-label=(look.text("deliveries-answers")) {
            h2 { (look.text("deliveries-answers")) }
            dl.facts {
                dt { (look.text("deliveries-attempts")) } dd { (next_try(look, message)) }
                @if let Some(provider) = &message.provider { dt { (look.text("deliveries-provider")) } dd { (provider) } }
                @if let Some(id) = &message.provider_id { dt { (look.text("deliveries-provider-id")) } dd { code { (id) } } }
                @if let Some(error) = &message.error { dt { (look.text("deliveries-error")) } dd { (reasons::error(look, error)) } }
                @if let Some(settled) = message.settled { dt { (look.text("deliveries-settled")) } dd { (look.at(settled)) } }
                @if let Some(report) = &message.report {
                    dt { (look.text("deliveries-report")) }
                    dd {
                        (look.text(if report.delivered { "delivery-delivered" } else { "delivery-undelivered" })) " " (look.at(report.at))
                        @if let Some(reason) = &report.reason { " · " (reasons::foreign(reason)) }
                    }
                }
            }
        }
    }
}

/// Why it is not sent again: the key of the sentence.
fn kept_from(message: &Message) -> Option<&'static str> {
    match message.state {
        MessageState::Dead | MessageState::Pending => None,
        MessageState::Sent if message.subscription().is_some() => None,
        MessageState::Sent => Some("deliveries-no-retry-sent"),
        MessageState::Sending => Some("deliveries-no-retry-sending"),
        MessageState::Cancelled => Some("deliveries-no-retry-cancelled"),
    }
}

fn again(look: &Look, message: &Message, may_work: bool) -> Markup {
    let why = (!may_work).then_some("trace-no-work").or_else(|| kept_from(message));
    let label = look.text("deliveries-retry");
    html! {
        div.row {
            @match why {
                Some(why) => {
                    button type="button" disabled aria-describedby="retry-why" { (label) }
                    span.muted #retry-why { (look.text(why)) }
                }
                None => {
                    form method="post" action=(format!("/deliveries/{}/retry", message.id))
                        data-confirm=(look.with("deliveries-retry-question", &[("to", message.draft.address.as_str().into())]))
                        data-confirm-yes=(label) data-confirm-no=(look.text("cancel")) {
                        button type="submit" { (label) }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{deliveries::sample, listing::tests::look, runs::sample::config};

    fn page(channel: &str, state: MessageState, params: Value) -> String {
        let params = params.as_object().cloned().unwrap_or_default();
        let message = sample::message(channel, state, "Hello <b>Mira</b>", params);
        shown(&look("en"), &config(), &message, true).into_string()
    }

    #[test]
    fn a_mail_stands_in_a_frame_that_may_do_nothing() {
        let html = page("email", MessageState::Sent, json!({ "html": "<script>steal()</script>" }));
        assert!(html.contains("sandbox=\"\"") && html.contains("/deliveries/msg_4/html"), "{html}");
        assert!(!html.contains("steal()"), "{html}");
    }

    #[test]
    fn a_text_is_shown_and_never_taken_for_a_page() {
        let html = page("sms", MessageState::Sent, json!({}));
        assert!(html.contains("Hello &lt;b&gt;Mira&lt;/b&gt;"), "{html}");
    }

    #[test]
    fn a_call_is_read_aloud_as_it_was_ordered_and_readable_without() {
        let html = page("call", MessageState::Sent, json!({ "language": "en-GB", "speed": "low" }));
        assert!(
            html.contains("data-speak-language=\"en-GB\"") && html.contains("hidden data-speak"),
            "{html}"
        );
        assert!(html.contains("Hello"));
        let html = page("call", MessageState::Sent, json!({ "audio-url": "javascript:alert(1)//.mp3" }));
        assert!(!html.contains("href=\"javascript:"), "{html}");
    }

    #[test]
    fn nobody_is_written_to_twice() {
        let sent = page("sms", MessageState::Sent, json!({}));
        assert!(sent.contains("disabled") && sent.contains("retry-why"), "{sent}");
        let dead = page("sms", MessageState::Dead, json!({}));
        assert!(dead.contains("action=\"/deliveries/msg_4/retry\""), "{dead}");
    }
}
