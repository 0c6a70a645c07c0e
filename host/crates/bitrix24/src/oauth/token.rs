//! An application proves itself, and exchanges what it has.

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, Request, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use rulewright_domain::application::PassKind;
use rulewright_engine::{Authorized, Redeem, Refusal};
use serde_json::{Value, json};

use super::{Asked, authorize::comma, kept_by_nobody};
use crate::{
    address::Address,
    facade::Facade,
    fault::Fault,
    handler::member_id,
    serve::{is_over_tls, peer, told},
    wire::envelope,
};

pub async fn token(State(facade): State<Facade>, request: Request<Body>) -> Response {
    match answered(&facade, request).await {
        Ok(answer) => written(StatusCode::OK, &answer),
        Err(fault) => told(written(fault.status, &envelope::error(&fault)), &fault),
    }
}

fn written(status: StatusCode, answer: &Value) -> Response {
    let media = [(header::CONTENT_TYPE, "application/json; charset=utf-8")];
    kept_by_nobody((status, media, answer.to_string()).into_response())
}

async fn answered(facade: &Facade, request: Request<Body>) -> Result<Value, Fault> {
    let asked = Asked::read(facade, request).await?;
    let missing = |name: &str| Fault::coded("invalid_request", format!("{name} is missing"));
    let wanted = |name: &'static str| asked.text(name).map(str::to_owned).ok_or_else(|| missing(name));
    let what = match wanted("grant_type")?.as_str() {
        "authorization_code" => {
            Redeem::Code { code: wanted("code")?, redirect: asked.text("redirect_uri").map(str::to_owned) }
        }
        "refresh_token" => Redeem::Refresh(wanted("refresh_token")?),
        other => {
            let description = format!("grant_type is authorization_code or refresh_token, not `{other}`");
            return Err(Fault::coded("unsupported_grant_type", description));
        }
    };
    let (client, secret) = match basic(&asked.parts.headers) {
        Some(both) => both,
        None => (wanted("client_id")?, wanted("client_secret")?),
    };
    let done = facade.engine().redeem(&client, &secret, what).await.map_err(|refusal| {
        let fault = refused(refusal);
        match fault.status == StatusCode::UNAUTHORIZED {
            true => facade.stranger(peer(&asked.parts)).unwrap_or(fault),
            false => fault,
        }
    })?;
    let config = facade.config(done.shop).await?;
    let address = Address::of(&facade.options, is_over_tls(&asked.parts), &asked.parts.headers);
    let Authorized { application, employee, access, refresh, expires, .. } = done;
    Ok(json!({
        "access_token": access,
        "refresh_token": refresh,
        "expires": expires.0.div_euclid(1000),
        "expires_in": PassKind::Access.lasts() / 1000,
        "scope": comma(&application.opened()),
        "domain": address.domain(),
        "server_endpoint": address.endpoint(),
        "client_endpoint": address.endpoint(),
        "member_id": member_id(&config.shop),
        "user_id": employee.0,
        "status": "L",
    }))
}

fn refused(refusal: Refusal) -> Fault {
    match refusal {
        Refusal::Denied { code, message } => {
            let status = match code {
                "invalid-client" => StatusCode::UNAUTHORIZED,
                _ => StatusCode::BAD_REQUEST,
            };
            Fault::new(status, code.replace('-', "_"), message)
        }
        other => other.into(),
    }
}

/// As clients of other servers prove themselves.
fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let (scheme, rest) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let both = String::from_utf8(BASE64.decode(rest.trim()).ok()?).ok()?;
    let (client, secret) = both.split_once(':')?;
    Some((client.to_owned(), secret.to_owned()))
}
