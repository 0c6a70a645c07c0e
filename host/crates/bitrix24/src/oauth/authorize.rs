//! A person is asked, says who they are, and is sent back with a code.

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    body::Body,
    extract::State,
    http::{Method, Request, StatusCode},
    response::Response,
};
use rulewright_domain::{Application, ShopId};
use rulewright_engine::{Consent, Person, Refusal};

use super::{Asked, page, redirect};
use crate::{
    address::Address,
    caller::{Caller, Credential, identify},
    facade::Facade,
    fault::Fault,
    handler::member_id,
    serve::{is_over_tls, peer, told},
};

/// Characters of what the application gets back as it sent it.
const MAX_STATE: usize = 2_000;

pub async fn authorize(State(facade): State<Facade>, request: Request<Body>) -> Response {
    let asked = match Asked::read(&facade, request).await {
        Ok(asked) => asked,
        Err(fault) => return page::wrong(fault.status, &fault.description),
    };
    match answered(&facade, &asked).await {
        Ok(response) => response,
        Err(fault) => page::wrong(fault.status, &fault.description),
    }
}

/// A question that makes sense.
struct Ask<'a> {
    shop: ShopId,
    application: Application,
    back: Option<String>,
    state: Option<&'a str>,
}

impl Ask<'_> {
    /// What whoever agrees opens.
    fn areas(&self) -> &BTreeSet<String> {
        &self.application.areas
    }

    /// Somebody has to agree for the shop.
    fn installs(&self) -> bool {
        self.application.installed.as_ref().is_none_or(|installed| installed.areas != self.application.areas)
    }

    fn denied(&self, back: &str, error: &str, description: &str) -> Response {
        let mut more = vec![("error", error), ("error_description", description)];
        more.extend(self.state.map(|state| ("state", state)));
        redirect(back, &more)
    }
}

/// Whatever is wrong before the address is known to be the application's is told here, and not there.
async fn answered(facade: &Facade, asked: &Asked) -> Result<Response, Fault> {
    let bad = |description: &str| Fault::coded("invalid_request", description);
    let client = asked.text("client_id").ok_or_else(|| bad("client_id is missing"))?;
    let found = facade.engine().application_named(client).await?;
    let (shop, application) =
        found.ok_or_else(|| bad("No application with this client_id is registered here"))?;
    let wanted = asked.text("redirect_uri");
    let back = application.redirect(wanted).map(str::to_owned);
    if wanted.is_some() && back.is_none() {
        return Err(bad("redirect_uri is not one of the addresses that the application has registered"));
    }
    let state = asked.text("state");
    if state.is_some_and(|state| state.chars().count() > MAX_STATE) {
        return Err(bad("state is too long"));
    }
    let ask = Ask { shop, application, back, state };
    if let (Some(kind), Some(back)) = (asked.text("response_type").filter(|kind| *kind != "code"), &ask.back)
    {
        let description = format!("response_type is `code`, not `{kind}`");
        return Ok(ask.denied(back, "unsupported_response_type", &description));
    }
    let config = facade.config(shop).await?;
    if asked.parts.method != Method::POST {
        return Ok(question(facade, asked, &ask, &config.shop.name, StatusCode::OK, None));
    }
    if asked.text("decision") != Some("allow") {
        return Ok(match &ask.back {
            Some(back) => ask.denied(back, "access_denied", "The person did not agree"),
            None => page::wrong(StatusCode::OK, "You did not agree: nothing is open to the application."),
        });
    }
    match agreed(facade, asked, &ask).await {
        Ok((code, caller)) => {
            let Some(back) = &ask.back else { return Ok(page::code(&ask.application.name, &code)) };
            let address = Address::of(&facade.options, is_over_tls(&asked.parts), &asked.parts.headers);
            let now = facade.engine().application(ask.shop, ask.application.id).await?;
            let (member, scope) = (member_id(&config.shop), comma(&now.opened()));
            let mut more = vec![("code", code.as_str())];
            more.extend(ask.state.map(|state| ("state", state)));
            more.extend([
                ("domain", address.domain()),
                ("member_id", &member),
                ("scope", &scope),
                ("server_domain", address.domain()),
            ]);
            tracing::info!(shop = %ask.shop, application = %ask.application.id, employee = %caller.employee, "authorized");
            Ok(redirect(back, &more))
        }
        Err(wrong) if wrong.status.is_server_error() => Err(wrong),
        Err(wrong) => {
            let why = Some(wrong.description.clone());
            let asks = question(facade, asked, &ask, &config.shop.name, wrong.status, why);
            Ok(told(asks, &wrong))
        }
    }
}

/// The code.
async fn agreed(facade: &Facade, asked: &Asked, ask: &Ask<'_>) -> Result<(String, Arc<Caller>), Fault> {
    let denied = |description: String| Fault::new(StatusCode::FORBIDDEN, "access_denied", description);
    let token = asked.text("token").map(str::trim);
    let token = token.ok_or_else(|| {
        Fault::new(StatusCode::UNAUTHORIZED, "access_denied", "Say who you are: paste a token of yours")
    })?;
    let caller = identify(facade, Credential::Token(token), peer(&asked.parts)).await?;
    if caller.shop != ask.shop {
        return Err(denied("This token belongs to another shop".to_owned()));
    }
    if caller.application.is_some() {
        return Err(denied("This is an application's token: a person agrees with their own".to_owned()));
    }
    // Nobody gives away what they do not have.
    let opened = ask.application.opened();
    let missing: Vec<&str> = opened.iter().map(String::as_str).filter(|area| !caller.may(area)).collect();
    if !caller.admin && !missing.is_empty() {
        return Err(denied(format!("Your token does not open {}", missing.join(", "))));
    }
    let consent = match &ask.application.installed {
        None if !caller.admin => {
            return Err(denied("It is not installed yet: an administrator has to agree".to_owned()));
        }
        // What was agreed to is what stood on the page, not what is asked for in the meantime.
        installed if ask.installs() && caller.admin => Some(Consent {
            areas: asked.text("consent").unwrap_or_default().split(',').map(str::to_owned).collect(),
            employee: installed.as_ref().map_or(Some(caller.employee), |installed| installed.employee),
            admin: true,
            by: caller.actor(),
        }),
        // What it asks for beyond that stays closed until an administrator agrees.
        _ => None,
    };
    let person = Person { employee: caller.employee, admin: caller.admin };
    let engine = facade.engine();
    let code = engine.authorize_application(ask.shop, ask.application.id, person, ask.back.clone(), consent);
    match code.await {
        Ok(code) => Ok((code, caller)),
        Err(Refusal::Invalid(_)) => {
            Err(denied("What it asks for has changed in the meantime: look at it again".to_owned()))
        }
        Err(refusal) => Err(refusal.into()),
    }
}

fn question(
    facade: &Facade,
    asked: &Asked,
    ask: &Ask<'_>,
    shop: &str,
    status: StatusCode,
    wrong: Option<String>,
) -> Response {
    let offered = facade.engine().areas();
    let opens = |area: &String| {
        let known = offered.iter().find(|known| known.name == *area);
        (area.clone(), known.map(|known| known.opens.clone()).unwrap_or_default())
    };
    let kept = ["client_id", "state", "redirect_uri", "response_type"];
    let kept = kept.into_iter().filter_map(|name| Some((name, asked.text(name)?.to_owned())));
    page::question(
        status,
        &page::Question {
            application: &ask.application.name,
            shop,
            asks: ask.areas().iter().map(opens).collect(),
            back: ask.back.as_deref(),
            installs: ask.installs(),
            fields: kept.chain([("consent", comma(ask.areas()))]).collect(),
            wrong,
        },
    )
}

pub fn comma(areas: &BTreeSet<String>) -> String {
    areas.iter().map(String::as_str).collect::<Vec<_>>().join(",")
}
