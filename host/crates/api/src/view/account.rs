use rulewright_domain::{self as domain, AccountId, EmployeeId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::value::{mirror, present};

mirror! {
    /// From the one who may least to the one who may everything; each may what those before it may.
    AccountRole = rulewright_domain::account::Role {
        Viewer = "viewer",
        Operator = "operator",
        Editor = "editor",
        PluginAdmin = "plugin-admin",
        Owner = "owner",
    }
}

mirror! {
    /// `system` is as the browser has it.
    Theme = rulewright_domain::account::Theme { System = "system", Light = "light", Dark = "dark", }
}

/// Somebody who signs in to the console.
#[derive(Debug, Serialize, ToSchema)]
pub struct Account {
    #[schema(value_type = String, example = "acc_1")]
    id: AccountId,
    /// What they sign in with.
    #[schema(example = "ada@shop.example")]
    email: String,
    name: String,
    role: AccountRole,
    /// As whom they act.
    #[schema(value_type = Option<String>, example = "emp_1")]
    employee: Option<EmployeeId>,
    /// Null: what the browser asks for.
    #[schema(example = "de")]
    language: Option<String>,
    /// Null: the shop's.
    #[schema(example = "Europe/Berlin")]
    time_zone: Option<String>,
    theme: Theme,
    #[schema(value_type = String, format = DateTime)]
    created: Timestamp,
    /// Stays known, and does not come in.
    disabled: bool,
}

impl From<domain::Account> for Account {
    fn from(account: domain::Account) -> Account {
        Account {
            id: account.id,
            email: account.email,
            name: account.name,
            role: account.role.into(),
            employee: account.employee,
            language: account.language,
            time_zone: account.zone,
            theme: account.theme.into(),
            created: account.created,
            disabled: account.disabled,
        }
    }
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"email": "ada@shop.example", "name": "Ada", "role": "editor"}))]
pub struct NewAccount {
    /// Unique in the shop.
    email: String,
    name: String,
    role: AccountRole,
    /// As whom they act.
    #[schema(value_type = Option<String>, example = "emp_1")]
    employee: Option<EmployeeId>,
    #[schema(example = "de")]
    language: Option<String>,
    #[schema(example = "Europe/Berlin")]
    time_zone: Option<String>,
    theme: Option<Theme>,
}

impl NewAccount {
    pub fn into_domain(self, now: Timestamp) -> domain::Account {
        let NewAccount { email, name, role, employee, language, time_zone, theme } = self;
        domain::Account {
            id: AccountId(0),
            email,
            name,
            role: role.into(),
            employee,
            language,
            zone: time_zone,
            theme: theme.map(Into::into).unwrap_or_default(),
            created: now,
            disabled: false,
        }
    }
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"role": "operator"}))]
pub struct AccountPatch {
    email: Option<String>,
    name: Option<String>,
    role: Option<AccountRole>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, example = "emp_1")]
    employee: Option<Option<EmployeeId>>,
    #[serde(default, deserialize_with = "present")]
    language: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    time_zone: Option<Option<String>>,
    theme: Option<Theme>,
    /// Also ends where they are signed in.
    disabled: Option<bool>,
}

impl AccountPatch {
    pub fn into_patch(self) -> impl Fn(&mut domain::Account) + Send + 'static {
        move |account| {
            set(&mut account.email, &self.email);
            set(&mut account.name, &self.name);
            set(&mut account.role, &self.role.map(Into::into));
            set(&mut account.employee, &self.employee);
            set(&mut account.language, &self.language);
            set(&mut account.zone, &self.time_zone);
            set(&mut account.theme, &self.theme.map(Into::into));
            set(&mut account.disabled, &self.disabled);
        }
    }
}

fn set<T: Clone>(place: &mut T, value: &Option<T>) {
    if let Some(value) = value {
        place.clone_from(value);
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"password": "tea without any milk"}))]
pub struct PasswordInput {
    /// At least 12 characters.
    pub password: String,
}
