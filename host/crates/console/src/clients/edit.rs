//! Names and addresses of a client, as a form.

use axum::{
    Form,
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use rulewright_domain::{
    Client, ClientChange, ClientId, ClientKind, Command, ContactPoint, PersonName, PointList,
};
use rulewright_engine::Request;
use rulewright_ports::StorageExt;
use serde_json::Value;

use super::point_kind;
use crate::{
    Console,
    door::{At, Look, Visitor, Work},
    shell::{self, Place},
    trouble::Trouble,
};

/// What a phone number or an address can be; whatever else one is, it stays.
const KINDS: [&str; 4] = ["mobile", "work", "home", "main"];
const LISTS: [PointList; 2] = [PointList::Phones, PointList::Emails];

/// The form as it was filled in.
#[derive(Clone, Debug, Default, PartialEq)]
struct Filled {
    name: String,
    given: String,
    middle: String,
    family: String,
    points: [Vec<ContactPoint>; 2],
}

impl Filled {
    fn of(client: &Client) -> Filled {
        // Cards from before there were parts of a name have none.
        let names = match client.names.is_empty() {
            true => PersonName::of(&client.name),
            false => client.names.clone(),
        };
        Filled {
            name: client.name.clone(),
            given: names.given,
            middle: names.middle,
            family: names.family,
            points: LISTS.map(|list| client.points(list).clone()),
        }
    }

    /// Of each point come its id, its kind and its value, in this order.
    fn sent(pairs: Vec<(String, String)>) -> Filled {
        let mut filled = Filled::default();
        for (name, value) in pairs {
            let value = value.trim().to_owned();
            match name.as_str() {
                "name" => filled.name = value,
                "given" => filled.given = value,
                "middle" => filled.middle = value,
                "family" => filled.family = value,
                _ => {
                    let part = LISTS.iter().zip(&mut filled.points).find_map(|(list, points)| {
                        Some((points, name.strip_prefix(list.name())?.strip_prefix('-')?))
                    });
                    let Some((points, part)) = part else { continue };
                    if part == "id" {
                        points
                            .push(ContactPoint { id: value.parse().unwrap_or(0), ..ContactPoint::default() });
                    } else if let Some(last) = points.last_mut() {
                        match part {
                            "kind" => last.kind = value,
                            "value" => last.value = value,
                            _ => {}
                        }
                    }
                }
            }
        }
        // The row for one more, and those that were emptied to be removed.
        filled.points.iter_mut().for_each(|points| points.retain(|point| !point.value.is_empty()));
        filled
    }

    /// Only what is not as it was: what somebody else has changed meanwhile stays.
    fn changes(self, before: &Client) -> Vec<ClientChange> {
        let mut changes = Vec::new();
        let was = Filled::of(before);
        match before.kind {
            ClientKind::Company if self.name != was.name => {
                let name = ("name".to_owned(), Value::String(self.name));
                changes.push(ClientChange::SetFields { fields: [name].into() });
            }
            ClientKind::Contact
                if (&self.given, &self.middle, &self.family) != (&was.given, &was.middle, &was.family) =>
            {
                let [given, middle, family] = [self.given, self.middle, self.family].map(Some);
                changes.push(ClientChange::SetNames { given, middle, family });
            }
            _ => {}
        }
        let lists = LISTS.into_iter().zip(self.points).zip(was.points);
        changes.extend(
            lists
                .filter(|((_, points), was)| points != was)
                .map(|((list, points), _)| ClientChange::SetPoints { list, points }),
        );
        changes
    }
}

async fn client(console: &Console, visitor: &Visitor, id: ClientId) -> Result<Client, Trouble> {
    let shop = visitor.shop;
    let read = console.engine().storage().read(move |reads| Ok::<_, Trouble>(reads.client(shop, id)?));
    let mut client = read.await?.ok_or(Trouble::NotFound)?;
    // Cards from before points had ids get the same ones every time.
    client.number_points();
    Ok(client)
}

pub async fn page(
    State(console): State<Console>,
    Work(visitor): Work,
    At(id): At<ClientId>,
) -> Result<Markup, Trouble> {
    let client = client(&console, &visitor, id).await?;
    Ok(framed(&visitor, &client, &Filled::of(&client), None))
}

pub async fn send(
    State(console): State<Console>,
    Work(visitor): Work,
    At(id): At<ClientId>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Trouble> {
    let before = client(&console, &visitor, id).await?;
    let filled = Filled::sent(pairs);
    let changes = filled.clone().changes(&before);
    if !changes.is_empty() {
        let command = Command::EditClient { id, changes };
        let request = Request { shop: visitor.shop, command, by: visitor.actor(), key: None };
        if let Err(refusal) = visitor.engine(&console).execute(request).await {
            let trouble = Trouble::from(refusal);
            let note = trouble.note(&visitor.look);
            return Ok((trouble.status(), framed(&visitor, &before, &filled, Some(note))).into_response());
        }
    }
    Ok(Redirect::to(&format!("/clients/{id}")).into_response())
}

fn framed(visitor: &Visitor, client: &Client, filled: &Filled, note: Option<Markup>) -> Markup {
    let title = visitor.with("clients-edit-title", &[("name", client.name.as_str().into())]);
    let body = html! {
        h1 { (title) }
        @if let Some(note) = note { (note) }
        (form(&visitor.look, client, filled))
    };
    shell::page(visitor, shell::Page { title: &title, place: Some(Place::Clients), body })
}

fn form(look: &Look, client: &Client, filled: &Filled) -> Markup {
    let address = format!("/clients/{}", client.id);
    html! {
        form.stack.card method="post" action=(format!("{address}/edit")) {
            @match client.kind {
                ClientKind::Company => {
                    label for="name" { (look.text("clients-name")) }
                    input #name name="name" value=(filled.name) required;
                }
                ClientKind::Contact => {
                    label for="given" { (look.text("clients-given")) }
                    input #given name="given" value=(filled.given);
                    label for="middle" { (look.text("clients-middle")) }
                    input #middle name="middle" value=(filled.middle);
                    label for="family" { (look.text("clients-family")) }
                    input #family name="family" value=(filled.family);
                }
            }
            @for (list, points) in LISTS.iter().zip(&filled.points) { (points_of(look, *list, points)) }
            div.row {
                button type="submit" { (look.text("save")) }
                a href=(address) { (look.text("cancel")) }
            }
        }
    }
}

fn points_of(look: &Look, list: PointList, points: &[ContactPoint]) -> Markup {
    let name = list.name();
    let title = look.text(&format!("clients-{name}"));
    let more = ContactPoint { kind: KINDS[0].to_owned(), ..ContactPoint::default() };
    let input = if list == PointList::Emails { "email" } else { "tel" };
    html! {
        fieldset {
            legend { (title) }
            p.help { (look.text("clients-points-help")) }
            @for (index, point) in points.iter().chain([&more]).enumerate() {
                div.row {
                    input type="hidden" name=(format!("{name}-id")) value=(point.id);
                    select name=(format!("{name}-kind")) aria-label=(look.with("clients-point-kind", &[("list", title.as_str().into()), ("number", (index + 1).into())])) {
                        @if !KINDS.contains(&point.kind.as_str()) { option value=(point.kind) selected { (point.kind) } }
                        @for kind in KINDS { option value=(kind) selected[point.kind == kind] { (point_kind(look, kind)) } }
                    }
                    input type=(input) name=(format!("{name}-value")) value=(point.value) aria-label=(look.with("clients-point-value", &[("list", title.as_str().into()), ("number", (index + 1).into())]));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listing::tests::look;

    fn mira() -> Client {
        let mut client = Client::new(ClientId(7), ClientKind::Contact, "Mira Holm");
        client.phones =
            vec![ContactPoint::new("work", "+441632960000"), ContactPoint::new("fax", "+441632960001")];
        client.settle(None).unwrap();
        client
    }

    fn pairs(text: &str) -> Vec<(String, String)> {
        form_urlencoded::parse(text.as_bytes()).into_owned().collect()
    }

    #[test]
    fn a_form_that_is_sent_as_it_was_changes_nothing() {
        let sent = "given=Mira&middle=&family=Holm&phones-id=1&phones-kind=work&phones-value=%2B441632960000\
                    &phones-id=2&phones-kind=fax&phones-value=%2B441632960001&phones-id=0&phones-kind=mobile&phones-value=";
        assert!(Filled::sent(pairs(sent)).changes(&mira()).is_empty());
    }

    #[test]
    fn what_was_emptied_goes_and_what_was_added_comes() {
        let sent = "given=Mira&family=Holm-Bell&phones-id=1&phones-kind=work&phones-value=\
                    &phones-id=2&phones-kind=fax&phones-value=%2B441632960001\
                    &phones-id=0&phones-kind=mobile&phones-value=+%2B441632960009";
        let mut client = mira();
        for change in Filled::sent(pairs(sent)).changes(&mira()) {
            client.change(change).unwrap();
        }
        client.settle(Some(&mira())).unwrap();
        assert_eq!(client.name, "Mira Holm-Bell");
        let phones: Vec<_> =
            client.phones.iter().map(|phone| (phone.kind.as_str(), phone.value.as_str())).collect();
        assert_eq!(phones, [("fax", "+441632960001"), ("mobile", "+441632960009")]);
    }

    #[test]
    fn every_field_has_a_label_and_no_kind_is_lost() {
        let html = form(&look("en"), &mira(), &Filled::of(&mira())).into_string();
        assert!(html.contains("<option value=\"fax\" selected>"), "{html}");
        let fields = html.matches("<select ").count() + html.matches("-value\"").count();
        assert_eq!(html.matches("aria-label=").count(), fields, "{html}");
    }
}
