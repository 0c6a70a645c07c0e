//! Bearer tokens. The first one is made in the data directory, because it opens the API.

use clap::Subcommand;
use rulewright_bitrix24::webhook;
use rulewright_domain::{EmployeeId, Scope, TokenId};
use rulewright_engine::SystemClock;
use rulewright_ports::Clock;
use serde_json::json;

use crate::access::Access;
use crate::config::Config;
use crate::error::Result;
use crate::output::{Column, Output, cell};

#[derive(Subcommand, Debug)]
pub enum TokenCommand {
    /// Make a token and print it, once
    Create {
        /// What it is for
        #[arg(long, default_value = "operator")]
        name: String,
        /// What it may do, e.g. orders-read; several with commas [default: admin, or nothing but its areas]
        #[arg(long = "scope", value_delimiter = ',', value_parser = scope)]
        scopes: Vec<Scope>,
        /// Days until it is worth nothing [default: never]
        #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=36_500))]
        expires: Option<u32>,
        /// As whom it acts, e.g. emp_1: makes a webhook for clients of Bitrix24, too
        #[arg(long, value_name = "EMPLOYEE")]
        employee: Option<EmployeeId>,
        /// What it opens to clients of Bitrix24, e.g. crm; several with commas
        #[arg(long = "area", value_delimiter = ',', requires = "employee")]
        areas: Vec<String>,
    },
    /// List tokens; their secrets are not kept
    List,
    /// Make a token worthless
    Revoke {
        // Not `token`: that is the name of the flag that every command has.
        #[arg(value_name = "TOKEN")]
        id: TokenId,
    },
}

fn scope(text: &str) -> std::result::Result<Scope, String> {
    serde_json::from_value(json!(text)).map_err(|_| {
        let known = "orders-read, orders-write, automation-read, automation-write, runs-read, runs-write, \
                     events-write, plugins-write, admin";
        format!("there are {known}")
    })
}

impl TokenCommand {
    pub async fn run(self, config: Config) -> Result<()> {
        let access = Access::open(&config).await?;
        let done = self.with(&access, config.output).await;
        access.close().await.and(done)
    }

    async fn with(self, access: &Access, output: Output) -> Result<()> {
        match self {
            TokenCommand::Create { name, scopes, expires, employee, areas } => {
                let expires = expires.map(|days| SystemClock.now().plus(i64::from(days) * 86_400_000));
                let scopes = match (scopes.is_empty(), areas.is_empty()) {
                    (true, true) => vec![Scope::Admin],
                    _ => scopes,
                };
                let wanted = json!({
                    "name": name, "scopes": scopes, "expires": expires, "employee": employee, "areas": areas,
                });
                let mut made = access.post("/v1/tokens", &wanted).await?;
                if let (Some(employee), Some(secret)) = (employee, made["secret"].as_str()) {
                    made["bitrix24"] = webhook("", employee, secret).into();
                }
                output.note(&format!("{}. It is shown only now:", cell(&made["id"])));
                match output.json {
                    true => output.value(&made),
                    false => {
                        output.say(&cell(&made["secret"]));
                        if let Some(path) = made["bitrix24"].as_str() {
                            output.note(&format!(
                                "For clients of Bitrix24, after the server's address: {path}"
                            ));
                        }
                    }
                }
            }
            TokenCommand::List => {
                let tokens = access.get("/v1/tokens").await?;
                let columns = [
                    Column("TOKEN", "/id"),
                    Column("NAME", "/name"),
                    Column("SCOPES", "/scopes"),
                    Column("CREATED", "/created"),
                    Column("EXPIRES", "/expires"),
                ];
                output.list(&tokens, &columns, "No tokens. Make one: rulewright token create");
            }
            TokenCommand::Revoke { id } => {
                access.delete(&format!("/v1/tokens/{id}")).await?;
                match output.json {
                    true => output.value(&json!({ "id": id, "revoked": true })),
                    false => output.say(&format!("{id} is worth nothing now")),
                }
            }
        }
        Ok(())
    }
}
