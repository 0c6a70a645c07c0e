//! Open channels: what clients and staff write in messengers.

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use rulewright_domain::{self as domain, Actor, ChatSessionId, ClientId, ShopId};
use rulewright_ports::storage::SessionQuery;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    auth::{AutomationRead, AutomationWrite, EventsWrite, OrdersRead, OrdersWrite},
    extract::{Ask, At, MaybeSent, Sent},
    key::asked,
    page::{Page, list_query},
    problem::{Problem, Problems},
    state::Api,
    view::{
        ChatMessage, ChatReceipt, ChatSession, NewChatMessage, Nothing, OpenChannel, OpenChannelInput, Peer,
        PeerInput,
    },
};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list_open_channels))
        .routes(routes!(get_open_channel, put_open_channel))
        .routes(routes!(receive_chat_message))
        .routes(routes!(list_chat_sessions))
        .routes(routes!(get_chat_session))
        .routes(routes!(list_chat_messages))
        .routes(routes!(close_chat_session))
        .routes(routes!(get_peer, link_peer))
}

/// List open channels
///
/// On one page.
#[utoipa::path(
    get, path = "/v1/open-channels", tag = "channels",
    responses((status = 200, body = Page<OpenChannel>), Problems),
    security(("bearer" = ["automation-read"]))
)]
async fn list_open_channels(
    State(api): State<Api>,
    caller: AutomationRead,
) -> Result<Json<Page<OpenChannel>>, Problem> {
    let shop = caller.shop();
    let found = api.read(move |reads| reads.open_channels(shop)).await?;
    Ok(Json(Page { items: found.into_iter().map(OpenChannel::from).collect(), next: None }))
}

/// Read an open channel
#[utoipa::path(
    get, path = "/v1/open-channels/{name}", tag = "channels",
    params(("name" = String, Path, example = "telegram")),
    responses((status = 200, body = OpenChannel), Problems), security(("bearer" = ["automation-read"]))
)]
async fn get_open_channel(
    State(api): State<Api>,
    caller: AutomationRead,
    At(name): At<String>,
) -> Result<Json<OpenChannel>, Problem> {
    Ok(Json(channel(&api, caller.shop(), &name).await?.into()))
}

/// Create or replace an open channel
#[utoipa::path(
    put, path = "/v1/open-channels/{name}", tag = "channels", request_body = OpenChannelInput,
    params(("name" = String, Path, example = "telegram")),
    responses((status = 204, description = "Saved"), Problems), security(("bearer" = ["automation-write"]))
)]
async fn put_open_channel(
    State(api): State<Api>,
    caller: AutomationWrite,
    At(name): At<String>,
    sent: Sent<OpenChannelInput>,
) -> Result<StatusCode, Problem> {
    api.engine.put_open_channel(caller.shop(), sent.body.into_domain(name)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Report what somebody wrote
///
/// Of the client, or of staff who answered in the messenger itself.
#[utoipa::path(
    post, path = "/v1/open-channels/{name}/messages", tag = "channels", request_body = NewChatMessage,
    params(("name" = String, Path, example = "telegram")),
    responses((status = 202, body = ChatReceipt), Problems), security(("bearer" = ["events-write"]))
)]
async fn receive_chat_message(
    State(api): State<Api>,
    caller: EventsWrite,
    At(name): At<String>,
    sent: Sent<NewChatMessage>,
) -> Result<Response, Problem> {
    let by = Actor::Outside { source: caller.name().to_owned() };
    let new = sent.body.into_engine(name.clone());
    let received = api.engine.receive_chat(asked(&caller, sent.key), by, new).await;
    let receipt = received.map_err(|refusal| Problem::refused(refusal, &[&name]))?;
    Ok((StatusCode::ACCEPTED, Json(ChatReceipt::from(receipt))).into_response())
}

list_query! {
    ChatSessionsQuery {
        peer: String,
        #[param(value_type = Option<String>)]
        client: ClientId,
    }
}

/// List the sessions of an open channel
#[utoipa::path(
    get, path = "/v1/open-channels/{name}/sessions", tag = "channels",
    params(("name" = String, Path, example = "telegram"), ChatSessionsQuery),
    responses((status = 200, body = Page<ChatSession>), Problems), security(("bearer" = ["orders-read"]))
)]
async fn list_chat_sessions(
    State(api): State<Api>,
    caller: OrdersRead,
    At(name): At<String>,
    Ask(query): Ask<ChatSessionsQuery>,
) -> Result<Json<Page<ChatSession>>, Problem> {
    let (shop, window) = (caller.shop(), query.window()?);
    let silence = channel(&api, shop, &name).await?.silence;
    let page = window.page;
    let wanted = SessionQuery { channel: Some(name), peer: query.peer, client: query.client };
    let found = api.read(move |reads| reads.chat_sessions(shop, &wanted, page)).await?;
    let now = api.engine.clock().now();
    Ok(Json(window.page(found, |session| session.id.0, |session| ChatSession::of(session, silence, now))))
}

/// Read about a session
#[utoipa::path(
    get, path = "/v1/open-channels/{name}/sessions/{id}", tag = "channels",
    params(("name" = String, Path, example = "telegram"), ("id" = String, Path, example = "chs_4")),
    responses((status = 200, body = ChatSession), Problems), security(("bearer" = ["orders-read"]))
)]
async fn get_chat_session(
    State(api): State<Api>,
    caller: OrdersRead,
    At((name, id)): At<(String, ChatSessionId)>,
) -> Result<Json<ChatSession>, Problem> {
    let (session, silence) = session(&api, caller.shop(), &name, id).await?;
    Ok(Json(ChatSession::of(session, silence, api.engine.clock().now())))
}

/// For whose eyes a transcript is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum View {
    /// What was whispered is not there. Taken where nobody is named, so that a mistake shows too little.
    #[default]
    Client,
    Staff,
}

list_query! {
    TranscriptQuery {
        /// `client` (the default) leaves out what staff whispered, `staff` shows everything.
        #[param(inline)]
        view: View,
    }
}

/// Read a transcript
#[utoipa::path(
    get, path = "/v1/open-channels/{name}/sessions/{id}/messages", tag = "channels",
    params(("name" = String, Path, example = "telegram"), ("id" = String, Path, example = "chs_4"), TranscriptQuery),
    responses((status = 200, body = Page<ChatMessage>), Problems), security(("bearer" = ["orders-read"]))
)]
async fn list_chat_messages(
    State(api): State<Api>,
    caller: OrdersRead,
    At((name, id)): At<(String, ChatSessionId)>,
    Ask(query): Ask<TranscriptQuery>,
) -> Result<Json<Page<ChatMessage>>, Problem> {
    let (shop, window) = (caller.shop(), query.window()?);
    session(&api, shop, &name, id).await?;
    let page = window.page;
    let hidden = query.view.unwrap_or_default() == View::Staff;
    let found = api.read(move |reads| reads.chat_messages(shop, id, hidden, page)).await?;
    Ok(Json(window.page(found, |line| line.id.0, ChatMessage::from)))
}

/// Close a session
///
/// The next message of the peer opens a new one.
#[utoipa::path(
    post, path = "/v1/open-channels/{name}/sessions/{id}/close", tag = "channels",
    request_body = Option<Nothing>,
    params(("name" = String, Path, example = "telegram"), ("id" = String, Path, example = "chs_4")),
    responses((status = 200, body = ChatSession), Problems), security(("bearer" = ["events-write"]))
)]
async fn close_chat_session(
    State(api): State<Api>,
    caller: EventsWrite,
    At((name, id)): At<(String, ChatSessionId)>,
    // Closed twice is closed once, with or without a key.
    _: MaybeSent<Nothing>,
) -> Result<Json<ChatSession>, Problem> {
    let closed = api.engine.close_chat(caller.shop(), name.clone(), id).await;
    let session = closed.map_err(|refusal| Problem::refused(refusal, &[&name, &id.to_string()]))?;
    Ok(Json(ChatSession::of(session, domain::OpenChannel::SILENCE, api.engine.clock().now())))
}

#[derive(Deserialize, IntoParams)]
struct PeerPath {
    #[param(example = "telegram")]
    name: String,
    /// The messenger's id of the person.
    #[param(example = "5510293")]
    peer: String,
}

/// Read who somebody in an open channel is
#[utoipa::path(
    get, path = "/v1/open-channels/{name}/peers/{peer}", tag = "channels", params(PeerPath),
    responses((status = 200, body = Peer), Problems), security(("bearer" = ["orders-read"]))
)]
async fn get_peer(
    State(api): State<Api>,
    caller: OrdersRead,
    At(path): At<PeerPath>,
) -> Result<Json<Peer>, Problem> {
    let (shop, PeerPath { name, peer }) = (caller.shop(), path);
    let wanted = peer.clone();
    let found = api.read(move |reads| reads.peer(shop, &name, &wanted)).await?;
    Ok(Json(found.ok_or_else(|| Problem::not_found("peer", peer))?.into()))
}

/// Say who somebody in an open channel is
///
/// From then on, what the peer writes concerns this client's orders. What was written before stays as it was.
#[utoipa::path(
    put, path = "/v1/open-channels/{name}/peers/{peer}", tag = "channels", request_body = PeerInput,
    params(PeerPath),
    responses((status = 200, body = Peer), Problems), security(("bearer" = ["orders-write"]))
)]
async fn link_peer(
    State(api): State<Api>,
    caller: OrdersWrite,
    At(path): At<PeerPath>,
    sent: Sent<PeerInput>,
) -> Result<Json<Peer>, Problem> {
    let PeerPath { name, peer } = path;
    let linked = api.engine.link_peer(caller.shop(), name.clone(), peer, sent.body.client()).await;
    Ok(Json(linked.map_err(|refusal| Problem::refused(refusal, &[&name]))?.into()))
}

async fn channel(api: &Api, shop: ShopId, name: &str) -> Result<domain::OpenChannel, Problem> {
    let wanted = name.to_owned();
    let found = api.read(move |reads| reads.open_channel(shop, &wanted)).await?;
    found.ok_or_else(|| Problem::not_found("open channel", name))
}

/// With the silence that ends it.
async fn session(
    api: &Api,
    shop: ShopId,
    name: &str,
    id: ChatSessionId,
) -> Result<(domain::ChatSession, u32), Problem> {
    let silence = channel(api, shop, name).await?.silence;
    let found = api.read(move |reads| reads.chat_session(shop, id)).await?;
    let found = found.filter(|session| session.channel == name);
    Ok((found.ok_or_else(|| Problem::not_found("chat session", id))?, silence))
}
