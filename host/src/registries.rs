//! What the settings say about registries of packages.

use std::collections::BTreeMap;
use std::fmt;

use rulewright_domain::PublicKey;
use rulewright_domain::reference::Reference;
use rulewright_registry::keys;
use serde::Deserialize;

use crate::error::{CliError, Result};

/// `[registries."registry.example"]` in `rulewright.toml`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Settings {
    pub plain_http: bool,
    pub private: bool,
    pub key: Option<String>,
    pub user: Option<String>,
    pub password_env: Option<String>,
    pub token_env: Option<String>,
    pub realm: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Registry {
    /// It speaks `http://`: a registry of this machine.
    pub plain_http: bool,
    /// It has no public address.
    pub private: bool,
    /// Signs the registry's index and its list of revoked plugins.
    pub key: Option<PublicKey>,
    /// Where the password may be sent, if that is not the registry itself.
    pub realm: Option<String>,
    pub login: Login,
}

#[derive(Clone, Default, PartialEq)]
pub enum Login {
    #[default]
    None,
    Password {
        user: String,
        password: String,
    },
    Token(String),
    /// It is to be in this variable of the environment, and is not. Told to whoever needs the registry, and to nobody else.
    Missing(String),
}

impl fmt::Debug for Login {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Login::None => "None",
            Login::Missing(_) => "Missing",
            Login::Password { .. } | Login::Token(_) => "Login",
        })
    }
}

/// `environment`: the value of a variable.
pub fn read(
    file: BTreeMap<String, Settings>,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<BTreeMap<String, Registry>> {
    let one = |(host, settings): (String, Settings)| {
        let wrong = |problem: String, hint: &str| {
            CliError::usage(format!("registries.\"{host}\": {problem}")).hint(hint.to_owned())
        };
        named(&host)?;
        let key = settings.key.as_deref().map(keys::public).transpose().map_err(|error| {
            wrong(format!("key: {error}"), "ask who runs the registry for the key of its index")
        })?;
        let login = match (settings.user, settings.password_env, settings.token_env) {
            (None, None, None) => Login::None,
            (None, None, Some(variable)) => match environment(&variable) {
                Some(token) => Login::Token(token),
                None => Login::Missing(variable),
            },
            (Some(user), Some(variable), None) => match environment(&variable) {
                Some(password) => Login::Password { user, password },
                None => Login::Missing(variable),
            },
            _ => {
                return Err(wrong(
                    "it needs either `user` and `password-env`, or `token-env`".to_owned(),
                    "passwords are not written here: name the variable of the environment that holds it",
                ));
            }
        };
        let Settings { plain_http, private, realm, .. } = settings;
        Ok((host, Registry { plain_http, private, key, realm, login }))
    };
    file.into_iter().map(one).collect()
}

/// A registry alone, as references begin with it.
pub fn named(host: &str) -> Result<()> {
    let probe = Reference::parse(&format!("{host}/x"), None);
    match probe {
        Ok(reference) if reference.registry == host => Ok(()),
        _ => Err(CliError::usage(format!("`{host}` is no registry"))
            .hint("write its host, and its port if it has one of its own: registry.example:5000")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_toml(text: &str) -> Result<BTreeMap<String, Registry>> {
        let file: BTreeMap<String, Settings> = toml::from_str(text).unwrap();
        read(file, &|name| (name == "SET").then(|| "canary".to_owned()))
    }

    #[test]
    fn passwords_come_from_the_environment_and_are_not_shown() {
        let all = read_toml(
            "[\"a.b\"]\nuser = 'ada'\npassword-env = 'SET'\n[\"c.d:5000\"]\nplain-http = true\ntoken-env = 'SET'\n\
             [\"e.f\"]\ntoken-env = 'UNSET'",
        )
        .unwrap();
        let password = Login::Password { user: "ada".into(), password: "canary".into() };
        assert_eq!(all["a.b"].login, password);
        assert_eq!(all["c.d:5000"].login, Login::Token("canary".into()));
        assert!(all["c.d:5000"].plain_http);
        assert_eq!(all["e.f"].login, Login::Missing("UNSET".into()));
        assert!(!format!("{all:?}").contains("canary"));
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_what_to_write() {
        for wrong in [
            "[\"a.b\"]\nuser = 'ada'",
            "[\"a.b\"]\nuser = 'ada'\npassword-env = 'SET'\ntoken-env = 'SET'",
            "[\"a.b\"]\nkey = 'x'",
            "[\"https://a.b\"]",
            "[\"a.b/c\"]",
            "[\"\"]",
        ] {
            let error = read_toml(wrong).unwrap_err();
            assert_eq!(error.exit, crate::error::Exit::Usage, "{wrong}");
        }
        assert!(toml::from_str::<BTreeMap<String, Settings>>("[\"a.b\"]\npassword = 'x'").is_err());
    }
}
