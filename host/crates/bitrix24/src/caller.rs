//! Who calls, in whose name, and what for.

use std::{collections::BTreeSet, net::IpAddr, sync::Arc};

use rulewright_domain::{Actor, ApplicationId, EmployeeId, Scope, ShopId, Token, TokenId};
use rulewright_ports::{StorageError, StorageExt};
use sha2::{Digest, Sha256};

use crate::{
    facade::Facade,
    fault::{Fault, System},
    handler::Claims,
    method,
};

#[derive(Clone, Debug)]
pub struct Caller {
    pub shop: ShopId,
    pub employee: EmployeeId,
    pub admin: bool,
    /// Areas that the token opens: `crm`, `sale`, ...
    pub scopes: BTreeSet<String>,
    /// None: a webhook, or a person's own token.
    pub application: Option<Application>,
    /// Of the employee.
    pub name: String,
    /// What counts and remembers for this token only: limits, idempotency keys.
    pub source: String,
}

/// On whose behalf a token was given out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    /// What belongs to it is stored under.
    pub key: ApplicationId,
    /// `client_id`
    pub id: String,
    pub code: String,
}

impl Caller {
    pub fn actor(&self) -> Actor {
        Actor::Employee { employee: self.employee, name: self.name.clone() }
    }

    /// `basic` is open to everybody; the narrower areas of people open what the wide one does.
    pub fn may(&self, scope: &str) -> bool {
        let narrower: &[&str] = if scope == "user" { &["user_brief", "user_basic"] } else { &[] };
        scope == method::BASIC
            || self.scopes.contains(scope)
            || narrower.iter().any(|narrow| self.scopes.contains(*narrow))
    }

    /// Some methods belong to applications only.
    pub fn application(&self) -> Result<&Application, Fault> {
        self.application.as_ref().ok_or_else(|| Fault::system(System::ApplicationRequired))
    }

    pub fn must_be_admin(&self) -> Result<(), Fault> {
        if self.admin { Ok(()) } else { Err(Fault::system(System::AccessDenied)) }
    }
}

/// What a request shows.
pub enum Credential<'a> {
    /// `/rest/{user}/{code}/`
    Webhook {
        user: &'a str,
        code: &'a str,
    },
    /// `auth=` or `Authorization: Bearer`
    Token(&'a str),
    None,
}

/// The only place where a secret becomes a caller.
pub async fn authenticate(facade: &Facade, shown: Credential<'_>) -> Result<Arc<Caller>, Fault> {
    let token = match shown {
        Credential::None => return Err(Fault::system(System::NoAuth)),
        Credential::Webhook { user, code } => {
            let token = stored(facade, None, code)?.ok_or_else(|| Fault::system(System::NoAuth))?;
            // Who guesses another's number learns no more than who guesses the code.
            let its = token.employee.is_some_and(|employee| employee.0.to_string() == user);
            if !its || expired(facade, &token) {
                return Err(Fault::system(System::NoAuth));
            }
            token
        }
        Credential::Token(text) => {
            if let Some(caller) = of_application(facade, text).await? {
                return Ok(Arc::new(caller));
            }
            let (id, secret) = parts(text);
            let token = stored(facade, id, secret)?.ok_or_else(|| Fault::system(System::InvalidToken))?;
            if expired(facade, &token) {
                return Err(Fault::system(System::ExpiredToken));
            }
            token
        }
    };
    of_token(facade, token).await.map(Arc::new)
}

/// The same, and a secret that is none of ours counts against the address that has shown it.
pub async fn identify(
    facade: &Facade,
    shown: Credential<'_>,
    from: Option<IpAddr>,
) -> Result<Arc<Caller>, Fault> {
    let secret = !matches!(shown, Credential::None);
    let found = authenticate(facade, shown).await;
    found.map_err(|fault| match secret && fault.is_wrong_secret() {
        true => facade.stranger(from).unwrap_or(fault),
        false => fault,
    })
}

async fn of_token(facade: &Facade, token: Token) -> Result<Caller, Fault> {
    let no_access = || Fault::system(System::UserAccess);
    let employee = token.employee.ok_or_else(no_access)?;
    let name = who_works(facade, token.shop, employee).await?;
    let admin = token.scopes.contains(&Scope::Admin);
    let mut scopes = token.areas;
    if admin && scopes.is_empty() {
        scopes.extend(method::scopes().into_iter().map(str::to_owned));
    }
    Ok(Caller {
        shop: token.shop,
        employee,
        admin,
        scopes,
        application: None,
        name,
        source: format!("token:{}", token.id.0),
    })
}

/// None: the token is no application's.
async fn of_application(facade: &Facade, text: &str) -> Result<Option<Caller>, Fault> {
    let (shop, employee, admin, expires, application) = match facade.tokens.read(text) {
        Some(Claims { shop, application, employee, admin, expires }) => {
            let found = facade.engine().application(shop, application).await;
            let application = found.map_err(|_| Fault::system(System::InvalidToken))?;
            (shop, employee, admin, expires, application)
        }
        None => match facade.engine().holder_of(text)? {
            Some((shop, application, pass)) => (shop, pass.employee, pass.admin, pass.expires, application),
            None => return Ok(None),
        },
    };
    if expires <= facade.now() {
        return Err(Fault::system(System::ExpiredToken));
    }
    let installed = application.installed.ok_or_else(|| Fault::system(System::InvalidToken))?;
    let name = who_works(facade, shop, employee).await?;
    Ok(Some(Caller {
        shop,
        employee,
        admin,
        scopes: installed.areas,
        source: format!("application:{}", application.id.0),
        application: Some(Application {
            key: application.id,
            id: application.client_id,
            code: application.code,
        }),
        name,
    }))
}

/// Their name.
async fn who_works(facade: &Facade, shop: ShopId, employee: EmployeeId) -> Result<String, Fault> {
    let config = facade.config(shop).await?;
    let found = config.employees.get(&employee).filter(|employee| employee.working);
    found.map(|employee| employee.name.clone()).ok_or_else(|| Fault::system(System::UserAccess))
}

fn stored(facade: &Facade, id: Option<TokenId>, secret: &str) -> Result<Option<Token>, Fault> {
    let hash = hex(&Sha256::digest(secret.as_bytes()));
    let found =
        facade.engine().storage().glance::<_, StorageError, _>(move |reads| reads.token_by_hash(&hash))?;
    Ok(found.filter(|token| id.is_none_or(|id| token.id == id)))
}

fn expired(facade: &Facade, token: &Token) -> bool {
    token.expires.is_some_and(|expires| expires <= facade.now())
}

/// `rw_ID_SECRET`, or the secret alone.
pub(crate) fn parts(text: &str) -> (Option<TokenId>, &str) {
    let named = text.strip_prefix("rw_").and_then(|rest| rest.split_once('_'));
    match named.and_then(|(id, secret)| Some((id.parse().ok()?, secret))) {
        Some((id, secret)) => (Some(TokenId(id)), secret),
        None => (None, text),
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a text does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_may_be_sent_whole_or_as_its_secret() {
        assert_eq!(parts("rw_7_abc"), (Some(TokenId(7)), "abc"));
        assert_eq!(parts("abc"), (None, "abc"));
        assert_eq!(parts("rw_x_abc"), (None, "rw_x_abc"));
        assert_eq!(hex(&[0, 255, 16]), "00ff10");
    }

    #[test]
    fn basic_is_open_to_all_and_narrow_areas_open_what_the_wide_one_does() {
        let caller = |scopes: &[&str]| Caller {
            shop: ShopId(1),
            employee: EmployeeId(1),
            admin: false,
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
            application: None,
            name: "Ada".into(),
            source: "token:1".into(),
        };
        assert!(caller(&[]).may("basic") && !caller(&[]).may("crm"));
        assert!(caller(&["crm"]).may("crm") && !caller(&["crm"]).may("user"));
        assert!(caller(&["user_basic"]).may("user"));
        assert_eq!(caller(&[]).must_be_admin().unwrap_err().code, "ACCESS_DENIED");
        assert_eq!(caller(&[]).application().unwrap_err().status.as_u16(), 403);
    }
}
