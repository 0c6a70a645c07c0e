//! OAuth 2.0: `/oauth/authorize` asks a person, `/oauth/token` gives an application what they agreed to.
//!
//! **Invariant:** nobody is sent to an address that the application has not registered, and no page holds a secret.

mod authorize;
mod page;
mod token;

use std::collections::BTreeMap;

use axum::{
    Router,
    body::Body,
    http::{Method, Request, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
    routing::any,
};

use crate::{
    facade::Facade,
    fault::{Fault, System},
    serve::{is_over_tls, peer, whole},
};

pub fn routes() -> Router<Facade> {
    Router::new()
        .route("/oauth/authorize", any(authorize::authorize))
        .route("/oauth/authorize/", any(authorize::authorize))
        .route("/oauth/token", any(token::token))
        .route("/oauth/token/", any(token::token))
}

/// What was asked: of the query, and of a form.
struct Asked {
    parts: Parts,
    fields: BTreeMap<String, String>,
}

impl Asked {
    async fn read(facade: &Facade, request: Request<Body>) -> Result<Asked, Fault> {
        let (parts, body) = request.into_parts();
        if !matches!(parts.method, Method::GET | Method::POST) {
            let description = format!("{} is not taken here: use GET or POST", parts.method);
            return Err(Fault::new(StatusCode::METHOD_NOT_ALLOWED, "invalid_request", description));
        }
        if facade.options.require_tls && !is_over_tls(&parts) {
            return Err(Fault::system(System::HttpsRequired));
        }
        // Forms are small. What is not takes a place until it has been read.
        let (body, _place) = whole(facade, body, peer(&parts), false).await?;
        let query = parts.uri.query().unwrap_or_default().as_bytes();
        let fields = form_urlencoded::parse(query).chain(form_urlencoded::parse(&body));
        let fields = fields.map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
        Ok(Asked { parts, fields })
    }

    /// None where it is absent or empty.
    fn text(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(String::as_str).filter(|text| !text.is_empty())
    }
}

fn kept_by_nobody(mut response: Response) -> Response {
    let headers = response.headers_mut();
    let all = [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ];
    for (name, value) in all {
        headers.insert(name, header::HeaderValue::from_static(value));
    }
    response
}

/// Sends a browser on, with `more` added to the address.
fn redirect(to: &str, more: &[(&str, &str)]) -> Response {
    let (bare, glue) = (to.trim_end_matches(['?', '&']), if to.contains('?') { '&' } else { '?' });
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(more);
    let place = format!("{bare}{glue}{}", query.finish());
    kept_by_nobody((StatusCode::SEE_OTHER, [(header::LOCATION, place)]).into_response())
}

#[cfg(test)]
mod tests;
