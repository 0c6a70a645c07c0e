//! A new order: what cannot be left out, the rest is added on its page.

use axum::{
    Form,
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use rulewright_domain::{
    Client, ClientId, ClientKind, Command, Currency, Money, NewOrder, PipelineId, ShopConfig,
    find::{Field, Test},
};
use rulewright_engine::Request;
use rulewright_ports::storage::Find;
use serde::Deserialize;

use super::load::{called, pipelines};
use crate::{
    Console,
    door::{Visitor, Work},
    refusals,
    shell::{self, Place},
    trouble::Trouble,
};

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Sent {
    pipeline: String,
    title: String,
    /// A name or an id.
    client: String,
    total: String,
    currency: String,
}

/// Clients that a name may mean, as somebody is told who has to choose.
const CANDIDATES: u32 = 8;

pub async fn form(
    State(console): State<Console>,
    Work(visitor): Work,
    Query(sent): Query<Sent>,
) -> Result<Markup, Trouble> {
    let config = console.config(visitor.shop).await?;
    Ok(page(&visitor, &config, &sent, None))
}

pub async fn create(
    State(console): State<Console>,
    Work(visitor): Work,
    Form(sent): Form<Sent>,
) -> Result<Response, Trouble> {
    let config = console.config(visitor.shop).await?;
    match made(&console, &visitor, &config, &sent).await {
        Ok(address) => Ok(Redirect::to(&address).into_response()),
        Err(trouble @ (Trouble::Denied(_) | Trouble::SignIn { .. })) => Err(trouble),
        Err(trouble) => {
            let status = trouble.status();
            Ok((status, page(&visitor, &config, &sent, Some(trouble))).into_response())
        }
    }
}

async fn made(
    console: &Console,
    visitor: &Visitor,
    config: &ShopConfig,
    sent: &Sent,
) -> Result<String, Trouble> {
    let pipeline = config.pipelines.get(&PipelineId(sent.pipeline.clone()));
    let pipeline = pipeline.ok_or_else(|| wrong(visitor, "pipeline", visitor.text("order-new-pipeline")))?;
    let currency = match sent.currency.trim() {
        "" => config.shop.currency,
        code => Currency::parse(&code.to_uppercase())
            .map_err(|error| wrong(visitor, "currency", refusals::money(&visitor.look, &error)))?,
    };
    let total = match sent.total.trim() {
        "" => None,
        text => Some(
            Money::parse(&amount(text), currency)
                .map_err(|error| wrong(visitor, "total", refusals::money(&visitor.look, &error)))?,
        ),
    };
    let (mut company, mut contacts) = (None, Vec::new());
    if let Some(client) = client(console, visitor, sent.client.trim()).await? {
        match client.kind {
            ClientKind::Company => company = Some(client.id),
            ClientKind::Contact => contacts.push(client.id),
        }
    }
    let new = NewOrder {
        kind: pipeline.kind,
        number: None,
        title: sent.title.trim().to_owned(),
        pipeline: pipeline.id.clone(),
        stage: None,
        currency,
        lines: Vec::new(),
        responsible: visitor.account.employee,
        company,
        contacts,
        source: None,
        comments: String::new(),
        tags: Default::default(),
        fields: Default::default(),
        historical: false,
        created: None,
        total,
        total_always: false,
    };
    let request =
        Request { shop: visitor.shop, command: Command::CreateOrder(new), by: visitor.actor(), key: None };
    let receipt = console.engine().execute(request).await?;
    Ok(receipt.order.map_or_else(|| "/orders".to_owned(), |id| format!("/orders/{id}")))
}

/// Written as people write it: `1,234.50` and `1.234,50` are the same.
fn amount(text: &str) -> String {
    let text: String = text.chars().filter(|letter| !letter.is_whitespace()).collect();
    let decimals = match (text.rfind(','), text.rfind('.')) {
        (Some(comma), Some(point)) => Some(comma.max(point)),
        // Three digits after the only one of them are thousands.
        (Some(one), None) | (None, Some(one)) if text.len() - one - 1 != 3 => Some(one),
        (None, Some(point)) => Some(point),
        _ => None,
    };
    let part = |text: &str| text.replace([',', '.'], "");
    match decimals {
        Some(at) => format!("{}.{}", part(&text[..at]), part(&text[at + 1..])),
        None => part(&text),
    }
}

/// By the id, or by a name that only one has.
async fn client(console: &Console, visitor: &Visitor, text: &str) -> Result<Option<Client>, Trouble> {
    if text.is_empty() {
        return Ok(None);
    }
    let (shop, asked, id) = (visitor.shop, text.to_owned(), text.parse::<ClientId>().ok());
    let found = console
        .read(move |reads| {
            if let Some(id) = id {
                return Ok(reads.client(shop, id)?.into_iter().collect());
            }
            let by = |test: Test| Find { limit: CANDIDATES, ..Find::first(Field::text(["name"]).is(test)) };
            let same = reads.find_clients(shop, None, &by(Test::Equal(asked.as_str().into())))?.rows;
            match same.is_empty() {
                false => Ok(same),
                true => Ok(reads.find_clients(shop, None, &by(Test::Contains(asked)))?.rows),
            }
        })
        .await?;
    match <[Client; 1]>::try_from(found) {
        Ok([client]) => Ok(Some(client)),
        Err(none) if none.is_empty() => {
            Err(wrong(visitor, "client", visitor.with("order-new-no-client", &[("name", text.into())])))
        }
        Err(several) => {
            let names: Vec<String> =
                several.iter().map(|one| format!("{} ({})", called(one), one.id)).collect();
            let names = names.join(", ");
            Err(wrong(visitor, "client", visitor.with("order-new-clients", &[("names", names.into())])))
        }
    }
}

fn wrong(visitor: &Visitor, field: &str, message: String) -> Trouble {
    let label = visitor.text(match field {
        "client" => "order-client",
        "pipeline" => "order-pipeline",
        "currency" => "order-currency",
        _ => "order-total",
    });
    refusals::own(label, field, message).into()
}

fn page(visitor: &Visitor, config: &ShopConfig, sent: &Sent, trouble: Option<Trouble>) -> Markup {
    let look = &visitor.look;
    let title = look.text("order-new");
    let wrong = trouble
        .as_ref()
        .and_then(|trouble| refusals::own_field(trouble.issues().first()?).map(str::to_owned));
    let invalid = |field: &str| (wrong.as_deref() == Some(field)).then_some("true");
    let body = html! {
        h1 { (title) }
        @if let Some(trouble) = &trouble { (trouble.note(look)) }
        form.stack.card method="post" action="/orders" {
            label for="pipeline" { (look.text("order-pipeline")) }
            select #pipeline name="pipeline" aria-invalid=[invalid("pipeline")] {
                @for one in pipelines(config) { option value=(one.id) selected[one.id.0 == sent.pipeline] { (one.name) } }
            }
            label for="title" { (look.text("order-title")) }
            input #title name="title" value=(sent.title) maxlength="500";
            label for="client" { (look.text("order-client")) }
            input #client name="client" value=(sent.client) aria-invalid=[invalid("client")] aria-describedby="client-help";
            p.help #client-help { (look.text("order-new-client-help")) }
            label for="total" { (look.text("order-total")) }
            input #total name="total" value=(sent.total) inputmode="decimal" aria-invalid=[invalid("total")] aria-describedby="total-help";
            p.help #total-help { (look.text("order-new-total-help")) }
            label for="currency" { (look.text("order-currency")) }
            @let currency = if sent.currency.is_empty() { config.shop.currency.as_str() } else { sent.currency.as_str() };
            input #currency name="currency" value=(currency) maxlength="3" size="4" aria-invalid=[invalid("currency")];
            button type="submit" { (look.text("order-new-create")) }
        }
    };
    shell::page(visitor, shell::Page { title: &title, place: Some(Place::Orders), body })
}

#[cfg(test)]
mod tests {
    use rulewright_domain::account::Role;

    use super::*;
    use crate::orders::sample;

    #[test]
    fn an_amount_is_read_as_people_write_it() {
        for (written, read) in [
            ("12", "12"),
            ("12.5", "12.5"),
            ("12,50", "12.50"),
            ("1,234.50", "1234.50"),
            ("1.234,50", "1234.50"),
            ("1 234", "1234"),
            ("1,234", "1234"),
            ("1.234", "1.234"),
            ("-3,5", "-3.5"),
            ("ten", "ten"),
        ] {
            assert_eq!(amount(written), read, "{written}");
        }
    }

    #[test]
    fn what_is_wrong_is_marked_and_what_was_typed_is_kept() {
        let visitor = sample::visitor(Role::Operator);
        let sent = Sent { title: "Tea & more".into(), total: "ten".into(), ..Sent::default() };
        let trouble = wrong(&visitor, "total", "`ten` is not an amount".into());
        let html = page(&visitor, &sample::config(), &sent, Some(trouble)).into_string();
        assert!(html.contains("value=\"Tea &amp; more\"") && html.contains("role=\"alert\""), "{html}");
        assert_eq!(html.matches("aria-invalid=\"true\"").count(), 1);
    }
}
