//! Addresses in mails: a pixel that is fetched when the mail is opened, and links that lead on.

use axum::{
    extract::State,
    http::{HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use rulewright_domain::tracking::Tracked;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    extract::At,
    problem::{Problem, Problems},
    state::Api,
};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(get_pixel)).routes(routes!(follow_link))
}

/// One transparent pixel.
const PIXEL: &[u8] =
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\
    \x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;";

/// The pixel of a mail
///
/// Fetched when a mail of ours is opened, which becomes an event.
#[utoipa::path(
    get, path = "/t/o/{token}", tag = "channels",
    params(("token" = String, Path, description = "Signed by us")),
    responses((status = 200, body = Vec<u8>, content_type = "image/gif"), Problems)
)]
async fn get_pixel(
    State(api): State<Api>,
    At(token): At<String>,
    method: Method,
) -> Result<Response, Problem> {
    let pixel = believed(&api, Tracked::parse(&token, None)).await?;
    record(&api, pixel, &method).await;
    Ok(([(header::CONTENT_TYPE, "image/gif")], PIXEL).into_response())
}

/// Follow a link of a mail
///
/// Leads to the address that it was made for, and to no other. Becomes an event.
#[utoipa::path(
    get, path = "/t/l/{token}/{url}", tag = "channels",
    params(
        ("token" = String, Path, description = "Signed by us"),
        ("url" = String, Path, description = "Where it leads, in Base64"),
    ),
    responses((status = 302, description = "On to the address"), Problems)
)]
async fn follow_link(
    State(api): State<Api>,
    At((token, url)): At<(String, String)>,
    method: Method,
) -> Result<Response, Problem> {
    let link = believed(&api, Tracked::parse(&token, Some(&url))).await?;
    let target = link.url.as_deref().and_then(|url| HeaderValue::from_str(url).ok()).ok_or_else(unknown)?;
    record(&api, link, &method).await;
    // Where the reader comes from is nobody's business: the address of this page names the mail.
    let referrer = (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    Ok((StatusCode::FOUND, [(header::LOCATION, target), referrer]).into_response())
}

async fn believed(api: &Api, tracked: Option<Tracked>) -> Result<Tracked, Problem> {
    let tracked = tracked.ok_or_else(unknown)?;
    let id = tracked.shop;
    let shop = api.read(move |reads| reads.shop(id)).await?;
    shop.filter(|shop| tracked.is_of(shop)).map(|_| tracked).ok_or_else(unknown)
}

/// The same whatever is wrong: nobody learns which shops and mails there are.
fn unknown() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "not-found", "this address is in no mail of ours")
        .hint("copy the whole address out of the mail")
        .wrong_secret()
}

/// Whoever opens a mail gets on, whether it can be written down or not.
async fn record(api: &Api, tracked: Tracked, method: &Method) {
    if method != Method::GET {
        return;
    }
    let message = tracked.message;
    if let Err(error) = api.engine.mail_opened(tracked.shop, message, tracked.url).await {
        tracing::error!(%message, %error, "an opened mail could not be recorded");
    }
}
