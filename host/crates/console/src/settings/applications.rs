//! Programs of others that act for the shop.

use axum::{Router, extract::State, routing::get};
use maud::{Markup, html};
use rulewright_domain::Application;

use super::{Part, framed};
use crate::{
    Console,
    door::{Look, Own},
    show::{self, Tone},
    trouble::Trouble,
};

pub fn routes() -> Router<Console> {
    Router::new().route("/settings/applications", get(page))
}

async fn page(State(console): State<Console>, Own(visitor): Own) -> Result<Markup, Trouble> {
    let applications = console.engine().applications(visitor.shop).await?;
    let look = &visitor.look;
    let body = html! {
        @if applications.is_empty() { (show::empty(&look.text("applications-none"), None)) } @else { (table(look, &applications)) }
    };
    Ok(framed(&visitor, Some(Part::Applications), &look.text("settings-applications"), body))
}

fn table(look: &Look, applications: &[Application]) -> Markup {
    let heads = ["account-name", "application-areas", "settings-state"];
    let rows = html! {
        @for one in applications { tr id=(format!("row-{}", one.id)) {
            td { (one.name) " " code { (one.code) } br; code { (one.id) } }
            td { @for area in one.installed.as_ref().map_or(&one.areas, |installed| &installed.areas) { code { (area) } " " } }
            td { @match &one.installed {
                Some(installed) => {
                    (Tone::Good.pill(&look.text("application-installed"))) " "
                    (look.with("application-agreed", &[("who", installed.by.as_str().into())])) " " (look.at(installed.at))
                }
                None => (Tone::Nothing.pill(&look.text("application-registered"))),
            } }
        } }
    };
    show::table(look, "settings-applications", &heads, &rows)
}

#[cfg(test)]
mod tests {
    use rulewright_domain::{ApplicationId, Timestamp};

    use super::*;
    use crate::listing::tests::look;

    #[test]
    fn nothing_that_a_program_proves_itself_with_is_shown() {
        let one = Application {
            id: ApplicationId(3),
            client_id: "local.3".into(),
            secret: "hash-of-a-secret".into(),
            code: "crm-sync".into(),
            name: "CRM".into(),
            redirects: Vec::new(),
            handler: None,
            areas: ["crm".to_owned()].into(),
            token: "token-of-the-application".into(),
            installed: None,
            welcome: Some("welcome-key".into()),
            lifecycle: None,
            created: Timestamp(0),
        };
        let html = table(&look("en"), &[one]).into_string();
        assert!(html.contains("crm-sync") && html.contains("Registered"), "{html}");
        for secret in ["hash-of-a-secret", "token-of-the-application", "welcome-key"] {
            assert!(!html.contains(secret), "{secret}");
        }
    }
}
