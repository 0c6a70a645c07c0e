//! Who signs in to the console. The first owner is made here, in the data directory, or by the console's first page.

use std::io::{IsTerminal, Read};

use clap::Subcommand;
use rulewright_domain::{AccountId, EmployeeId};
use serde_json::json;

use crate::access::Access;
use crate::config::Config;
use crate::error::{CliError, Doing, Result};
use crate::output::{Column, Output, cell};

/// Bytes: what is longer is refused anyway.
const LONGEST: u64 = 2_000;

#[derive(Subcommand, Debug)]
pub enum AccountCommand {
    /// Make an account; its password comes next
    Create {
        /// What they sign in with
        email: String,
        /// What they are called [default: the email]
        #[arg(long)]
        name: Option<String>,
        /// What they may do: each may what those before it may
        #[arg(long, default_value = "owner", value_parser = ["viewer", "operator", "editor", "plugin-admin", "owner"])]
        role: String,
        /// As whom they act, e.g. emp_1
        #[arg(long, value_name = "EMPLOYEE")]
        employee: Option<EmployeeId>,
    },
    /// List accounts
    List,
    /// Set a password, asked for or read from standard input: it is no flag, because other programs can read those
    Password {
        #[arg(value_name = "ACCOUNT")]
        id: AccountId,
    },
    /// Remove an account; where it is signed in, it is no more
    Remove {
        #[arg(value_name = "ACCOUNT")]
        id: AccountId,
    },
}

impl AccountCommand {
    pub async fn run(self, config: Config) -> Result<()> {
        let access = Access::open(&config).await?;
        let done = self.with(&access, config.output).await;
        access.close().await.and(done)
    }

    async fn with(self, access: &Access, output: Output) -> Result<()> {
        match self {
            AccountCommand::Create { email, name, role, employee } => {
                let name = name.unwrap_or_else(|| email.clone());
                let wanted = json!({ "email": email, "name": name, "role": role, "employee": employee });
                let made = access.post("/v1/accounts", &wanted).await?;
                let id = cell(&made["id"]);
                match output.json {
                    true => output.value(&made),
                    false => output.say(&id),
                }
                output.note(&format!("Give it a password: rulewright account password {id}"));
            }
            AccountCommand::List => {
                let accounts = access.get("/v1/accounts").await?;
                let columns = [
                    Column("ACCOUNT", "/id"),
                    Column("EMAIL", "/email"),
                    Column("NAME", "/name"),
                    Column("ROLE", "/role"),
                    Column("EMPLOYEE", "/employee"),
                    Column("DISABLED", "/disabled"),
                ];
                output.list(&accounts, &columns, "No accounts. Make one: rulewright account create EMAIL");
            }
            AccountCommand::Password { id } => {
                let password = read_password(&output)?;
                access.put(&format!("/v1/accounts/{id}/password"), &json!({ "password": password })).await?;
                match output.json {
                    true => output.value(&json!({ "id": id, "password": "set" })),
                    false => output.say(&format!("{id} signs in with it from now on")),
                }
            }
            AccountCommand::Remove { id } => {
                access.delete(&format!("/v1/accounts/{id}")).await?;
                match output.json {
                    true => output.value(&json!({ "id": id, "removed": true })),
                    false => output.say(&format!("{id} is gone")),
                }
            }
        }
        Ok(())
    }
}

/// One line. Nobody reads over a shoulder: what is typed is not shown.
fn read_password(output: &Output) -> Result<String> {
    let doing = || "the password cannot be read".to_owned();
    let given = if std::io::stdin().is_terminal() {
        output.note("Type the password, which is not shown while you type, and press Enter:");
        console::Term::stderr().read_secure_line().doing(doing)?
    } else {
        let mut given = String::new();
        std::io::stdin().take(LONGEST).read_to_string(&mut given).doing(doing)?;
        given
    };
    let line = given.strip_suffix('\n').unwrap_or(&given);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.is_empty() {
        let hint = "e.g. rulewright account password acc_1 < password.txt";
        return Err(CliError::usage("no password came on standard input").hint(hint));
    }
    Ok(line.to_owned())
}
