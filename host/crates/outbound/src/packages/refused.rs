//! Why nothing came, with stable codes: `docs/publishing.md` lists them.

use reqwest::{Response, StatusCode};
use rulewright_ports::FetchRefusal;

use crate::guard::{NotPublic, Shut, told, was_not_public};

/// What a request was for: it decides what a private address behind it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Asked,
    Redirected,
    Realm,
}

impl Way {
    fn not_public(self) -> &'static str {
        match self {
            Way::Asked => "not-public",
            Way::Redirected => "redirect-refused",
            Way::Realm => "realm-refused",
        }
    }

    fn told(self, host: &str) -> String {
        match self {
            Way::Asked => format!("{host} is not reached"),
            Way::Redirected => format!("the answer led on to {host}, which is not followed"),
            Way::Realm => format!("the registry wants a token to be fetched from {host}, which is not done"),
        }
    }
}

pub fn shut(shut: Shut, way: Way, host: &str) -> FetchRefusal {
    match shut {
        Shut::NotPublic(why) => FetchRefusal::new(way.not_public(), format!("{}: {why}", way.told(host))),
        Shut::NoClient(why) => FetchRefusal::new("unreachable", why),
    }
}

pub fn failed(error: reqwest::Error, way: Way, host: &str) -> FetchRefusal {
    if was_not_public(&error) {
        return shut(Shut::NotPublic(NotPublic), way, host);
    }
    let text = told(&error.without_url());
    FetchRefusal::new(
        "unreachable",
        format!("{host} cannot be reached or broke off: {text}; check the name, and try again later"),
    )
}

pub fn redirect(why: &str) -> FetchRefusal {
    FetchRefusal::new("redirect-refused", why.to_owned())
}

pub fn realm(why: &str) -> FetchRefusal {
    FetchRefusal::new("realm-refused", why.to_owned())
}

pub fn timeout(what: &str) -> FetchRefusal {
    FetchRefusal::new("timeout", format!("{what}: try again later, or from another place"))
}

pub fn media_type(what: &str) -> FetchRefusal {
    FetchRefusal::new("media-type", what.to_owned())
}

/// The registry, or whoever answers for it, did what no registry does.
pub fn odd(what: &str) -> FetchRefusal {
    FetchRefusal::new("registry-failed", format!("{what}: ask who runs the registry"))
}

pub fn unless_ok(response: Response, what: &str) -> Result<Response, FetchRefusal> {
    if response.status() == StatusCode::OK { Ok(response) } else { Err(status(response.status(), what, "")) }
}

/// `said`: what the answer says itself.
pub fn status(status: StatusCode, what: &str, said: &str) -> FetchRefusal {
    let said = if said.is_empty() { String::new() } else { format!(" ({said})") };
    match status {
        StatusCode::NOT_FOUND | StatusCode::GONE => FetchRefusal::new(
            "not-found",
            format!("{what} is not there{said}: check name and version; a private one may need credentials"),
        ),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => FetchRefusal::new(
            "not-allowed",
            format!(
                "{what} is not given to us{said}: check its name, and `user` and `password-env` or `token-env` of the registry in the settings"
            ),
        ),
        StatusCode::TOO_MANY_REQUESTS => {
            FetchRefusal::new("busy", format!("{what}: too many requests{said}; wait some minutes"))
        }
        other => FetchRefusal::new(
            "registry-failed",
            format!("{what}: the server answered {}{said}; try again later", other.as_u16()),
        ),
    }
}
