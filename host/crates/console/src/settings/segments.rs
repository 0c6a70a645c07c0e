//! Segments: clients that something is true of.

use axum::{
    Form, Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use maud::{Markup, html};
use rulewright_domain::{Condition, Segment, ShopConfig, Timestamp, account::Ability};
use rulewright_engine::{Named, Refusal};
use serde_json::Value;

use super::{
    Pairs, Part, danger,
    field::{Field, pair, said},
    framed, leads, new_name,
    uses::used,
    why,
};
use crate::{
    Console,
    door::{At, Look, Own, See, Visitor},
    forms::{
        self, Choice, Choices, Kind, Posted, Problem, brief,
        condition::{Conditions, read_condition},
    },
    show,
    trouble::Trouble,
    words::Words,
};

pub fn routes() -> Router<Console> {
    Router::new()
        .route("/settings/segments/new", get(new).post(add))
        .route("/settings/segments/check", post(check))
        .route("/settings/segments/{name}", get(page).post(save))
        .route("/settings/segments/{name}/remove", post(remove))
}

const LIST: &str = "/settings/lists";
const SEGMENTS: &str = "/settings/segments";
/// Before the names of what the condition sends.
const CONDITION: &str = "/condition";

pub fn table(look: &Look, config: &ShopConfig) -> Markup {
    let heads = ["account-name", "segment-condition"];
    let offer = OfClient::new(look.words, config);
    let rows = html! {
        @for segment in config.segments.values() { tr data-row="" {
            td { a href=(format!("{SEGMENTS}/{}", segment.name)) { (segment.title) } " " code { (segment.name) } }
            td { @match &segment.condition {
                Some(condition) => (brief::condition(look.words, condition, &offer)),
                None => (look.text("segment-everybody")),
            } }
        } }
    };
    show::table(look, "lists-segments", &heads, &rows)
}

/// What a segment may ask of a client.
struct OfClient {
    fields: Vec<forms::Field>,
    currency: String,
}

impl OfClient {
    fn new(words: Words, config: &ShopConfig) -> OfClient {
        let paths = rulewright_engine::insertable().into_iter();
        let paths = paths.filter(|path| path.starts_with("client.") && !path.ends_with(".fields"));
        let field = |path: String| forms::Field {
            label: words.text(&format!("field-{}", path.replace('.', "-"))),
            kind: if path == "client.unsubscribed" { Kind::YesNo } else { Kind::Text },
            path,
        };
        OfClient { fields: paths.map(field).collect(), currency: config.shop.currency.as_str().to_owned() }
    }
}

impl Choices for OfClient {
    fn of(&self, _: &str) -> Option<Vec<Choice>> {
        None
    }

    fn list_fields(&self, _: &str) -> Option<Vec<Choice>> {
        None
    }

    fn fields(&self) -> &[forms::Field] {
        &self.fields
    }

    fn sample(&self) -> Option<&Value> {
        None
    }

    fn clock(&self) -> Option<(Timestamp, &str)> {
        None
    }

    fn money(&self) -> (&str, u8) {
        (&self.currency, 2)
    }
}

/// A segment as a form, and what is wrong with what was written.
#[derive(Default)]
struct Filled {
    named: Pairs,
    condition: Option<Condition>,
    /// A condition that is written down as text.
    text: Option<String>,
    problems: Vec<Problem>,
}

impl Filled {
    fn stored(one: &Segment) -> Filled {
        Filled {
            named: vec![pair("title", &one.title)],
            condition: one.condition.clone(),
            ..Filled::default()
        }
    }

    fn read(offer: &OfClient, sent: &Pairs) -> Filled {
        let posted = Posted::of(sent);
        let read = read_condition(sent, CONDITION, &offer.fields);
        let named = ["name", "title"].map(|name| pair(name, said(&posted, name)));
        let (condition, problems) = match read.condition {
            Ok(condition) => (condition, Vec::new()),
            // As the condition knows it: at itself.
            Err(problem) => (None, vec![Problem { pointer: String::new(), ..problem }]),
        };
        Filled { named: named.into(), condition, text: read.text, problems }
    }

    fn segment(&self, name: String) -> Result<Segment, Refusal> {
        if let Some(problem) = self.problems.first() {
            return Err(super::wrong(CONDITION, problem.message.clone()));
        }
        let title = said(&Posted::of(&self.named), "title").to_owned();
        Ok(Segment { name, title, condition: self.condition.clone() })
    }
}

async fn new(State(console): State<Console>, Own(visitor): Own) -> Result<Markup, Trouble> {
    shown(&console, &visitor, None, &Filled::default(), None).await
}

async fn page(
    State(console): State<Console>,
    See(visitor): See,
    At(name): At<String>,
) -> Result<Markup, Trouble> {
    let config = console.config(visitor.shop).await?;
    let one = config.segments.get(&name).ok_or(Trouble::NotFound)?;
    shown(&console, &visitor, Some(one), &Filled::stored(one), None).await
}

/// While somebody chooses: the form again, as it is for what was chosen. Nothing is saved.
async fn check(
    State(console): State<Console>,
    Own(visitor): Own,
    Form(mut sent): Form<Pairs>,
) -> Result<Markup, Trouble> {
    forms::act(&mut sent);
    let config = console.config(visitor.shop).await?;
    let offer = OfClient::new(visitor.look.words, &config);
    let known = Posted::of(&sent).last("known").map(ToOwned::to_owned);
    let known = known.filter(|name| config.segments.contains_key(name));
    Ok(form(&visitor.look, &offer, known.as_deref(), &Filled::read(&offer, &sent), true))
}

async fn add(
    State(console): State<Console>,
    Own(visitor): Own,
    Form(sent): Form<Pairs>,
) -> Result<Response, Trouble> {
    let config = console.config(visitor.shop).await?;
    let name =
        new_name(&visitor, &Posted::of(&sent), |name| name == "check" || config.segments.contains_key(name));
    put(&console, &visitor, &config, None, name, sent).await
}

async fn save(
    State(console): State<Console>,
    Own(visitor): Own,
    At(name): At<String>,
    Form(sent): Form<Pairs>,
) -> Result<Response, Trouble> {
    let config = console.config(visitor.shop).await?;
    let one = config.segments.get(&name).ok_or(Trouble::NotFound)?;
    put(&console, &visitor, &config, Some(one), Ok(name), sent).await
}

async fn put(
    console: &Console,
    visitor: &Visitor,
    config: &ShopConfig,
    known: Option<&Segment>,
    name: Result<String, Refusal>,
    mut sent: Pairs,
) -> Result<Response, Trouble> {
    let again = forms::act(&mut sent);
    let filled = Filled::read(&OfClient::new(visitor.look.words, config), &sent);
    if again {
        return Ok(shown(console, visitor, known, &filled, None).await?.into_response());
    }
    let put = match name.and_then(|name| filled.segment(name)) {
        Ok(wanted) => {
            let address = format!("{SEGMENTS}/{}", wanted.name);
            visitor.engine(console).put_segment(visitor.shop, wanted).await.map(|()| address)
        }
        Err(refusal) => Err(refusal),
    };
    match put {
        Ok(address) => Ok(leads(&address, "saved")),
        Err(refusal) => {
            let (status, note) = why(visitor, refusal);
            Ok((status, shown(console, visitor, known, &filled, Some(note)).await?).into_response())
        }
    }
}

async fn remove(
    State(console): State<Console>,
    Own(visitor): Own,
    At(name): At<String>,
) -> Result<Response, Trouble> {
    let config = console.config(visitor.shop).await?;
    let one = config.segments.get(&name).ok_or(Trouble::NotFound)?;
    match visitor.engine(&console).remove_segment(visitor.shop, &name).await {
        Ok(()) => Ok(leads(LIST, "removed")),
        Err(refusal) => {
            let (status, note) = why(&visitor, refusal);
            let page = shown(&console, &visitor, Some(one), &Filled::stored(one), Some(note)).await?;
            Ok((status, page).into_response())
        }
    }
}

async fn shown(
    console: &Console,
    visitor: &Visitor,
    one: Option<&Segment>,
    filled: &Filled,
    note: Option<Markup>,
) -> Result<Markup, Trouble> {
    let (look, may) = (&visitor.look, visitor.may(Ability::Own));
    let config = console.config(visitor.shop).await?;
    let offer = OfClient::new(look.words, &config);
    let clients = match one {
        Some(one) => Some(console.engine().count_segment(visitor.shop, &one.name).await?),
        None => None,
    };
    let title = one.map_or_else(|| look.text("segment-add"), |one| one.title.clone());
    let body = html! {
        @if let Some(note) = note { (note) }
        p {
            a href=(LIST) { (look.text("settings-lists")) }
            @if let Some(one) = one { " / " code { (one.name) } }
            @if let Some(clients) = clients { " · " span #clients { (look.with("segment-clients", &[("count", clients.into())])) } }
        }
        (form(look, &offer, one.map(|one| one.name.as_str()), filled, may))
        @if let Some(one) = one {
            (used(look, &config, Named::Segment, &one.name))
            @if may {
                (danger(look, &format!("{SEGMENTS}/{}/remove", one.name), &look.text("segment-remove"), &look.with("segment-remove-confirm", &[("name", one.title.as_str().into())])))
            }
        }
    };
    Ok(framed(visitor, Some(Part::Lists), &title, body))
}

fn form(look: &Look, offer: &OfClient, name: Option<&str>, filled: &Filled, may: bool) -> Markup {
    let posted = Posted::of(&filled.named);
    let condition = Conditions {
        condition: filled.condition.as_ref(),
        text: filled.text.as_deref(),
        problems: &filled.problems,
        choices: offer,
        names: CONDITION,
    };
    let (label, help) = (look.text("segment-condition"), look.text("segment-condition-help"));
    html! {
        form.card #segment method="post" action=(format!("{SEGMENTS}/{}", name.unwrap_or("new")))
            hx-post=(format!("{SEGMENTS}/check")) hx-trigger="change" hx-target="#segment" hx-swap="outerMorph" hx-sync="this:replace" {
            fieldset.plain disabled[!may] {
                // Enter in a field presses the first button: it must be the one that saves.
                (super::rows::saves_first())
                @match name {
                    Some(name) => { input type="hidden" name="known" value=(name); }
                    None => (Field::new(&posted, "name", look.text("settings-id")).required().hint("abroad").help(look.text("settings-id-help"))),
                }
                (Field::new(&posted, "title", look.text("list-title")).required())
                (condition.draw_as(&look.words, &label, &help))
                @if may { div.row { button type="submit" { (look.text("save")) } a href=(LIST) { (look.text("cancel")) } } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{forms::submitted::submitted, listing::tests::look, runs::sample::config};

    fn offer() -> OfClient {
        OfClient::new(Words::default(), &config())
    }

    fn sent(one: &Segment) -> Pairs {
        let drawn = form(&look("en"), &offer(), Some(&one.name), &Filled::stored(one), true);
        submitted(&drawn.into_string())
    }

    fn segment(condition: Value) -> Segment {
        let condition = serde_json::from_value(condition).unwrap();
        Segment { name: "abroad".into(), title: "Abroad".into(), condition }
    }

    #[test]
    fn a_segment_that_is_sent_as_it_was_stays_the_same() {
        let is = |field: &str, value: &str| json!({"field": field, "operator": "equals", "value": value});
        for condition in [
            json!(null),
            is("client.name", "Ada & Grace"),
            json!({"any": [is("client.name", "Ada"), is("client.fields.level", "gold")]}),
        ] {
            let before = segment(condition);
            let read = Filled::read(&offer(), &sent(&before));
            assert_eq!(read.segment("abroad".into()).unwrap(), before);
        }
    }

    #[test]
    fn what_is_no_condition_is_told_and_stays_written() {
        let mut pairs = sent(&segment(json!(null)));
        pairs.extend([pair("/condition~as", "text"), pair("/condition~text", "{\"all\": 1}")]);
        let filled = Filled::read(&offer(), &pairs);
        assert!(filled.segment("abroad".into()).unwrap_err().to_string().contains("/condition"));
        let html = form(&look("en"), &offer(), None, &filled, true).into_string();
        assert!(html.contains("{&quot;all&quot;: 1}") || html.contains("{\"all\": 1}"), "{html}");
    }

    #[test]
    fn a_list_says_conditions_in_words() {
        let mut config = config();
        let adas = segment(json!({"field": "client.name", "operator": "equals", "value": "Ada"}));
        config.segments = [(adas.name.clone(), adas)].into();
        let html = table(&look("en"), &config).into_string();
        assert!(html.contains(" is Ada") && !html.contains("operator"), "{html}");
    }

    #[test]
    fn only_fields_of_clients_are_offered() {
        let offer = offer();
        assert!(offer.fields.len() > 3 && offer.fields.iter().all(|field| field.path.starts_with("client.")));
        assert!(offer.fields.iter().all(|field| !field.label.starts_with("field-")));
    }
}
