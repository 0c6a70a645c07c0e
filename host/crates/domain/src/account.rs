//! Who signs in to the console, and what they may do there.

use serde::{Deserialize, Serialize};

use crate::{AccountId, Actor, EMAIL, EmployeeId, ShopId, Timestamp, address};

/// Of one person in one shop. The password is no part of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    pub id: AccountId,
    /// What they sign in with; see [`login`]. Unique in the shop.
    pub email: String,
    pub name: String,
    pub role: Role,
    /// As whom they act, where they belong to the shop's staff.
    #[serde(default)]
    pub employee: Option<EmployeeId>,
    /// A tag such as `de`. None: what the browser asks for.
    #[serde(default)]
    pub language: Option<String>,
    /// IANA. None: the shop's.
    #[serde(default)]
    pub zone: Option<String>,
    #[serde(default)]
    pub theme: Theme,
    pub created: Timestamp,
    /// Stays known, and does not come in.
    #[serde(default)]
    pub disabled: bool,
}

impl Account {
    pub fn may(&self, ability: Ability) -> bool {
        !self.disabled && self.role.may(ability)
    }

    /// Whether it keeps the shop from being without anybody who may do everything.
    pub fn is_owner(&self) -> bool {
        self.may(Ability::Own)
    }

    /// As whom orders remember them.
    pub fn actor(&self) -> Actor {
        let name = self.name.clone();
        match self.employee {
            Some(employee) => Actor::Employee { employee, name },
            None => Actor::Account { account: self.id, name },
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Theme {
    /// As the browser has it.
    #[default]
    System,
    Light,
    Dark,
}

/// From the one who may least to the one who may everything: each may what those before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    Viewer,
    Operator,
    Editor,
    PluginAdmin,
    Owner,
}

impl Role {
    pub const ALL: [Role; 5] = [Role::Viewer, Role::Operator, Role::Editor, Role::PluginAdmin, Role::Owner];

    pub fn may(self, ability: Ability) -> bool {
        self >= ability.least()
    }

    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Role::Viewer => "viewer",
            Role::Operator => "operator",
            Role::Editor => "editor",
            Role::PluginAdmin => "plugin-admin",
            Role::Owner => "owner",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ability {
    See,
    /// Move orders, retry, run.
    Work,
    /// Drafts, and publishing them.
    Edit,
    /// Install, grants, providers, secrets.
    Plugins,
    /// Accounts, tokens, settings of the shop.
    Own,
}

impl Ability {
    /// The first role that has it.
    pub fn least(self) -> Role {
        match self {
            Ability::See => Role::Viewer,
            Ability::Work => Role::Operator,
            Ability::Edit => Role::Editor,
            Ability::Plugins => Role::PluginAdmin,
            Ability::Own => Role::Owner,
        }
    }
}

/// What somebody signs in with, however they have typed it.
pub fn login(email: &str) -> Result<String, String> {
    let email = email.trim().to_lowercase();
    match address::check(EMAIL, &email) {
        Ok(checked) if checked == email => Ok(email),
        _ => Err(format!("`{email}` is not a mail address such as ada@shop.example")),
    }
}

/// What lets somebody in. Storage knows it by the hash of its secret, which only they hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    pub shop: ShopId,
    pub account: AccountId,
    pub kind: TicketKind,
    pub made: Timestamp,
    /// When it was shown last, to a minute or so.
    pub seen: Timestamp,
    /// However often it is shown.
    pub ends: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TicketKind {
    /// Somebody is signed in.
    Session,
    /// Signs somebody in without a password, once.
    Entrance,
}

/// How long somebody stays signed in, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stay {
    /// Without doing anything: somebody who has gone home has left the browser open.
    pub idle: i64,
    /// Whatever they do.
    pub most: i64,
    /// From an entrance's making to its use.
    pub entrance: i64,
}

impl Default for Stay {
    fn default() -> Stay {
        const HOUR: i64 = 3_600_000;
        Stay { idle: 12 * HOUR, most: 14 * 24 * HOUR, entrance: HOUR / 6 }
    }
}

impl Ticket {
    pub fn is_over(&self, now: Timestamp, stay: Stay) -> bool {
        self.ends <= now || (self.kind == TicketKind::Session && self.seen.plus(stay.idle) <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(role: Role) -> Account {
        Account {
            id: AccountId(1),
            email: "ada@shop.example".into(),
            name: "Ada".into(),
            role,
            employee: None,
            language: None,
            zone: None,
            theme: Theme::System,
            created: Timestamp(0),
            disabled: false,
        }
    }

    #[test]
    fn each_role_may_what_those_before_it_may_and_one_thing_more() {
        use Ability::{Edit, Own, Plugins, See, Work};
        let abilities = [See, Work, Edit, Plugins, Own];
        for (count, role) in Role::ALL.into_iter().enumerate() {
            let may: Vec<Ability> = abilities.into_iter().filter(|one| role.may(*one)).collect();
            assert_eq!(may, abilities[..=count], "{role:?}");
        }
    }

    #[test]
    fn a_role_is_written_in_kebab_case() {
        for role in Role::ALL {
            assert_eq!(serde_json::to_value(role).unwrap(), role.name());
        }
        assert_eq!(serde_json::to_value(Ability::Plugins).unwrap(), "plugins");
        assert_eq!(serde_json::from_str::<Role>("\"plugin-admin\"").unwrap(), Role::PluginAdmin);
    }

    #[test]
    fn who_is_disabled_may_nothing() {
        let owner = account(Role::Owner);
        assert!(owner.is_owner() && owner.may(Ability::See));
        let disabled = Account { disabled: true, ..owner };
        assert!(!disabled.is_owner() && !disabled.may(Ability::See));
    }

    #[test]
    fn an_employee_acts_as_themselves_and_anybody_else_under_their_name() {
        let mut ada = account(Role::Operator);
        assert_eq!(ada.actor(), Actor::Account { account: AccountId(1), name: "Ada".into() });
        ada.employee = Some(EmployeeId(7));
        assert_eq!(ada.actor().employee(), Some(EmployeeId(7)));
        assert!(ada.actor().is_holder() && !ada.actor().is_automation());
    }

    #[test]
    fn a_login_is_a_mail_address_in_small_letters() {
        assert_eq!(login(" Ada@Shop.Example ").as_deref(), Ok("ada@shop.example"));
        for text in ["", "ada", "ada@", "a b@shop.example", "ada@shop.example\r\nx"] {
            assert!(login(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_session_ends_when_nothing_is_done_and_in_the_end_whatever_is_done() {
        let stay = Stay { idle: 10, most: 100, entrance: 5 };
        let mut ticket = Ticket {
            shop: ShopId(1),
            account: AccountId(1),
            kind: TicketKind::Session,
            made: Timestamp(0),
            seen: Timestamp(0),
            ends: Timestamp(100),
        };
        let over = |ticket: &Ticket, at| ticket.is_over(Timestamp(at), stay);
        assert!(!over(&ticket, 9) && over(&ticket, 10));
        ticket.seen = Timestamp(95);
        assert!(!over(&ticket, 99) && over(&ticket, 100));
        ticket.kind = TicketKind::Entrance;
        ticket.seen = Timestamp(0);
        assert!(!over(&ticket, 99) && over(&ticket, 100), "an entrance waits for its end alone");
    }
}
