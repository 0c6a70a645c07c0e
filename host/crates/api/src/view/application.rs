//! Applications: what each asks for stands beside what it opens, so that nobody agrees to a word alone. Secrets go out
//! once, to whoever asked for them.

use std::collections::BTreeSet;

use rulewright_domain::{self as domain, ApplicationId, EmployeeId, Timestamp, application};
use rulewright_engine as engine;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::value::present;

/// A program of somebody else that acts for the shop.
#[derive(Debug, Serialize, ToSchema)]
pub struct Application {
    #[schema(value_type = String, example = "app_7")]
    pub id: ApplicationId,
    /// How the program names itself.
    #[schema(example = "app.1.2f1d5c0ab39e84d7c6f1a0b93e5d7c18f0a4b6d2")]
    client_id: String,
    #[schema(example = "erp-sync")]
    code: String,
    #[schema(example = "ERP synchronisation")]
    name: String,
    /// Where a person is sent back to after they agreed.
    #[schema(example = json!(["https://erp.example/oauth"]))]
    redirects: Vec<String>,
    /// The address that is told when the application is installed and uninstalled.
    #[schema(example = "https://erp.example/lifecycle")]
    handler: Option<String>,
    /// What it wants to be let into.
    asks: Vec<Asked>,
    /// None: nothing is open to it.
    installed: Option<Installed>,
    #[schema(value_type = String, format = DateTime)]
    created: Timestamp,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ApplicationAsked)]
struct Asked {
    #[schema(example = "crm")]
    area: String,
    /// What agreeing to it opens.
    #[schema(example = "Read and change deals, contacts, companies and what belongs to them.")]
    opens: String,
    /// It is open at present.
    agreed: bool,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ApplicationInstalled)]
struct Installed {
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Who agreed.
    by: String,
    /// In whose name it acts where nobody else is meant.
    #[schema(value_type = Option<String>, example = "emp_1")]
    employee: Option<EmployeeId>,
}

impl Application {
    pub fn of(application: domain::Application, offered: &[application::Area]) -> Application {
        let opened = application.opened();
        let domain::Application { id, client_id, code, name, redirects, handler, areas, installed, .. } =
            &application;
        // An area that this host has no more opens nothing.
        let opens = |area: &String| {
            let known = offered.iter().find(|known| known.name == *area);
            known.map_or_else(|| "Nothing on this host.".to_owned(), |known| known.opens.clone())
        };
        let asked =
            |area: &String| Asked { area: area.clone(), opens: opens(area), agreed: opened.contains(area) };
        Application {
            id: *id,
            client_id: client_id.clone(),
            code: code.clone(),
            name: name.clone(),
            redirects: redirects.clone(),
            handler: handler.clone(),
            asks: areas.iter().map(asked).collect(),
            installed: installed.as_ref().map(|installed| Installed {
                at: installed.at,
                by: installed.by.clone(),
                employee: installed.employee,
            }),
            created: application.created,
        }
    }
}

/// What is registered. Nothing is open to it before it is installed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewApplication {
    /// Unique in the shop: `a-z`, `0-9`, `.`, `-`, `_`.
    #[schema(example = "erp-sync", max_length = 64)]
    code: String,
    #[schema(example = "ERP synchronisation", max_length = 100)]
    name: String,
    /// Whole addresses; the first is meant where the application names none.
    #[serde(default)]
    #[schema(example = json!(["https://erp.example/oauth"]))]
    redirects: Vec<String>,
    /// `https`, at a public address of the internet, unless the operator allows another.
    #[schema(example = "https://erp.example/lifecycle")]
    handler: Option<String>,
    /// What it asks to be let into.
    #[schema(example = json!(["crm", "user"]))]
    areas: BTreeSet<String>,
}

impl From<NewApplication> for engine::NewApplication {
    fn from(new: NewApplication) -> engine::NewApplication {
        let NewApplication { code, name, redirects, handler, areas } = new;
        engine::NewApplication { code, name, redirects, handler, areas }
    }
}

/// What is left out stays as it is. An area more is open once the shop has agreed again.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApplicationPatch {
    name: Option<String>,
    /// Replaces all of them.
    redirects: Option<Vec<String>>,
    /// Null: nobody is told.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    handler: Option<Option<String>>,
    /// Replaces all of them.
    areas: Option<BTreeSet<String>>,
}

impl From<ApplicationPatch> for engine::ApplicationChange {
    fn from(patch: ApplicationPatch) -> engine::ApplicationChange {
        let ApplicationPatch { name, redirects, handler, areas } = patch;
        engine::ApplicationChange { name, redirects, handler, areas }
    }
}

#[derive(Serialize, ToSchema)]
pub struct ApplicationMade {
    #[serde(flatten)]
    pub application: Application,
    /// What the program proves itself with. Shown in this answer, and in no other.
    #[schema(example = "6b1f0c...")]
    pub client_secret: String,
    /// By which the program knows calls that come from this shop. Shown in this answer, and in no other.
    #[schema(example = "c41d9a...")]
    pub application_token: String,
}

/// What somebody agrees to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApplicationConsent {
    /// Exactly the areas that the application asks for.
    #[schema(example = json!(["crm", "user"]))]
    pub consent: BTreeSet<String>,
    /// In whose name it acts where nobody else is meant; whoever the token acts as, if left out.
    #[schema(value_type = Option<String>, example = "emp_1")]
    pub employee: Option<EmployeeId>,
}
