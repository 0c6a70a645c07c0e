use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, Method, Uri, header},
    response::{IntoResponse, Response},
};
use rulewright_domain::{self as domain, Command, DocumentDraft, DocumentId, OrderId};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::created;
use crate::{
    auth::{OrdersRead, OrdersWrite, authenticate, bearer_in},
    extract::{Ask, At, Sent},
    page::{Page, list_query},
    problem::{Problem, Problems},
    state::Api,
    view::{Document, NewDocument, Receipt},
};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list_documents, create_document))
        .routes(routes!(get_document))
        .routes(routes!(get_document_content))
        .routes(routes!(get_public_document))
}

list_query! {
    DocumentsQuery {
        #[param(value_type = Option<String>)]
        order: OrderId,
    }
}

/// List documents
#[utoipa::path(
    get, path = "/v1/documents", tag = "documents", params(DocumentsQuery),
    responses((status = 200, body = Page<Document>), Problems), security(("bearer" = ["orders-read"]))
)]
async fn list_documents(
    State(api): State<Api>,
    caller: OrdersRead,
    Ask(query): Ask<DocumentsQuery>,
) -> Result<Json<Page<Document>>, Problem> {
    let (shop, window) = (caller.shop(), query.window()?);
    let page = window.page;
    let found = api.read(move |reads| reads.documents(shop, query.order, page)).await?;
    Ok(Json(window.page(found, |document| document.id.0, Document::from)))
}

/// Fill a template
#[utoipa::path(
    post, path = "/v1/documents", tag = "documents", request_body = NewDocument,
    responses((status = 201, body = Receipt), Problems), security(("bearer" = ["orders-write"]))
)]
async fn create_document(
    State(api): State<Api>,
    caller: OrdersWrite,
    sent: Sent<NewDocument>,
) -> Result<Response, Problem> {
    let command = Command::CreateDocument(DocumentDraft::from(sent.body));
    let receipt = api.execute(&caller, sent.key, command, &[]).await?;
    let path = receipt.document.map(|id| format!("/v1/documents/{id}")).unwrap_or_default();
    Ok(created(path, receipt))
}

/// Read about a document
#[utoipa::path(
    get, path = "/v1/documents/{id}", tag = "documents", params(("id" = String, Path, example = "doc_3")),
    responses((status = 200, body = Document), Problems), security(("bearer" = ["orders-read"]))
)]
async fn get_document(
    State(api): State<Api>,
    caller: OrdersRead,
    At(id): At<DocumentId>,
) -> Result<Json<Document>, Problem> {
    let shop = caller.shop();
    let document = api.read(move |reads| reads.document(shop, id)).await?;
    Ok(Json(document.ok_or_else(|| Problem::not_found("document", id))?.into()))
}

/// Read a document
#[utoipa::path(
    get, path = "/v1/documents/{id}/content", tag = "documents",
    params(("id" = String, Path, example = "doc_3")),
    responses((status = 200, description = "In its own media type", body = Vec<u8>, content_type = "*/*"), Problems),
    security(("bearer" = ["orders-read"]))
)]
async fn get_document_content(
    State(api): State<Api>,
    caller: OrdersRead,
    At(id): At<DocumentId>,
) -> Result<Response, Problem> {
    let shop = caller.shop();
    let document = api.read(move |reads| reads.document(shop, id)).await?;
    Ok(content(document.ok_or_else(|| Problem::not_found("document", id))?))
}

/// Read a document by its public link
///
/// Counts as opened by the client, unless the request carries a token of the shop or asks for a preview.
#[utoipa::path(
    get, path = "/d/{code}", tag = "documents",
    params(
        ("code" = String, Path, description = "Who knows it may read the document"),
        ("preview" = Option<String>, Query, description = "With any value or none: looking does not count"),
    ),
    responses((status = 200, description = "In its own media type", body = Vec<u8>, content_type = "*/*"), Problems)
)]
async fn get_public_document(
    State(api): State<Api>,
    At(code): At<String>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let document = api.read(move |reads| reads.document_by_code(&code)).await?;
    // The code is not repeated: answers end up in more logs than addresses do.
    let missing = || {
        Problem::new(axum::http::StatusCode::NOT_FOUND, "not-found", "there is no document behind this link")
            .wrong_secret()
    };
    let document = document.ok_or_else(missing)?;
    if method == Method::GET && !looks_ahead(&headers) && !asks_for_preview(&uri) {
        let token = bearer_in(&headers);
        let staff = match token {
            Some(_) => authenticate(&api, token).await.is_ok_and(|caller| caller.shop() == document.shop),
            None => false,
        };
        if !staff && let Err(error) = api.engine.document_opened(&document).await {
            // The client came to read, not to be counted.
            tracing::error!(document = %document.id, %error, "an opened document could not be recorded");
        }
    }
    Ok(content(document))
}

fn asks_for_preview(uri: &Uri) -> bool {
    let names = uri.query().unwrap_or_default().split('&').map(|pair| pair.split('=').next());
    names.into_iter().any(|name| name == Some("preview"))
}

/// A browser that fetches what somebody might click on.
fn looks_ahead(headers: &HeaderMap) -> bool {
    let fetched = |name| headers.get(name).is_some_and(|value| value.as_bytes().starts_with(b"prefetch"));
    fetched("sec-purpose") || fetched("purpose") || fetched("x-moz")
}

/// Templates and plugins write documents, so a browser must treat one as a stranger: no scripts, no requests.
fn content(document: domain::Document) -> Response {
    let mut headers = HeaderMap::new();
    let octets = HeaderValue::from_static("application/octet-stream");
    let kind = HeaderValue::from_str(&document.media_type).unwrap_or(octets);
    headers.insert(header::CONTENT_TYPE, kind);
    let policy = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:";
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert("x-robots-tag", HeaderValue::from_static("noindex"));
    if let Ok(disposition) = HeaderValue::from_str(&format!("inline; filename=\"{}\"", document.file_name()))
    {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    (headers, document.content).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_is_asked_for_by_name() {
        for (address, preview) in [
            ("/d/x", false),
            ("/d/x?preview", true),
            ("/d/x?utm=1&preview=1", true),
            ("/d/x?previews", false),
            ("/d/x?a=preview", false),
        ] {
            assert_eq!(asks_for_preview(&Uri::from_static(address)), preview, "{address}");
        }
    }
}
