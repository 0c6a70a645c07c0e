//! Who works in the shop: whom orders belong to and rules write to.

use axum::{Form, Router, extract::State, response::Response, routing::get};
use maud::{Markup, html};
use rulewright_domain::{Employee, EmployeeId, ShopConfig, account::Ability};

use super::{
    Pairs, Part, again,
    field::{Field, choice, employees, filled, pair, said, tick},
    framed, leads,
};
use crate::{
    Console,
    door::{At, Look, Own, See, Visitor},
    forms::Posted,
    listing::named,
    names,
    show::{self, Tone},
    trouble::Trouble,
};

pub fn routes() -> Router<Console> {
    Router::new()
        .route("/settings/employees", get(list))
        .route("/settings/employees/new", get(new).post(add))
        .route("/settings/employees/{id}", get(page).post(save))
}

async fn list(State(console): State<Console>, See(visitor): See) -> Result<Markup, Trouble> {
    let config = console.config(visitor.shop).await?;
    let look = &visitor.look;
    let may = visitor.may(Ability::Own);
    let (add, new) = (look.text("employee-add"), "/settings/employees/new");
    let body = html! {
        @if config.employees.is_empty() {
            (show::empty(&look.text("employees-none"), may.then_some((add.as_str(), new))))
        } @else {
            @if may { p { a.button href=(new) { (add) } } }
            (table(look, &config))
        }
    };
    Ok(framed(&visitor, Some(Part::Employees), &look.text("settings-employees"), body))
}

fn table(look: &Look, config: &ShopConfig) -> Markup {
    let heads = [
        "account-name",
        "employee-position",
        "sign-in-email",
        "clients-phone",
        "employee-head",
        "settings-state",
    ];
    let rows = html! {
        @for employee in config.employees.values() { tr data-row="" {
            td { a href=(format!("/settings/employees/{}", employee.id)) { (employee.name) } }
            td { (employee.position.as_deref().unwrap_or_default()) }
            td { (employee.email.as_deref().unwrap_or_default()) }
            td { (employee.phone.as_deref().or(employee.work_phone.as_deref()).unwrap_or_default()) }
            td { @if let Some(head) = employee.head { (names::employee(config, head)) } }
            td { (state(look, employee)) }
        } }
    };
    show::table(look, "settings-employees", &heads, &rows)
}

fn state(look: &Look, employee: &Employee) -> Markup {
    match (employee.working, employee.absent) {
        (true, false) => Tone::Good.pill(&look.text("employee-here")),
        (true, true) => Tone::Wait.pill(&look.text("employee-absent")),
        (false, _) => Tone::Stop.pill(&look.text("employee-gone")),
    }
}

fn pairs(employee: &Employee) -> Pairs {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    vec![
        pair("name", &employee.name),
        pair("position", text(&employee.position)),
        pair("email", text(&employee.email)),
        pair("phone", text(&employee.phone)),
        pair("work-phone", text(&employee.work_phone)),
        pair("head", employee.head.map(|head| head.to_string()).unwrap_or_default()),
        pair("absent", employee.absent),
        pair("working", employee.working),
    ]
}

fn read(id: EmployeeId, posted: &Posted<'_>) -> Result<Employee, Trouble> {
    let head = filled(posted, "head").map(|head| named(&head)).transpose()?;
    Ok(Employee {
        id,
        name: said(posted, "name").to_owned(),
        phone: filled(posted, "phone"),
        work_phone: filled(posted, "work-phone"),
        email: filled(posted, "email"),
        position: filled(posted, "position"),
        head,
        absent: posted.ticked("absent"),
        working: posted.ticked("working"),
    })
}

async fn new(State(console): State<Console>, Own(visitor): Own) -> Result<Markup, Trouble> {
    let config = console.config(visitor.shop).await?;
    Ok(shown(&visitor, &config, None, &vec![pair("working", true)], None))
}

async fn add(
    State(console): State<Console>,
    Own(visitor): Own,
    Form(sent): Form<Pairs>,
) -> Result<Response, Trouble> {
    put(&console, &visitor, None, &sent).await
}

async fn page(
    State(console): State<Console>,
    See(visitor): See,
    At(id): At<EmployeeId>,
) -> Result<Markup, Trouble> {
    let config = console.config(visitor.shop).await?;
    let employee = config.employees.get(&id).ok_or(Trouble::NotFound)?;
    Ok(shown(&visitor, &config, Some(employee), &pairs(employee), None))
}

async fn save(
    State(console): State<Console>,
    Own(visitor): Own,
    At(id): At<EmployeeId>,
    Form(sent): Form<Pairs>,
) -> Result<Response, Trouble> {
    put(&console, &visitor, Some(id), &sent).await
}

/// One that is there, or another one.
async fn put(
    console: &Console,
    visitor: &Visitor,
    id: Option<EmployeeId>,
    sent: &Pairs,
) -> Result<Response, Trouble> {
    let config = console.config(visitor.shop).await?;
    let before = match id {
        Some(id) => Some(config.employees.get(&id).ok_or(Trouble::NotFound)?),
        None => None,
    };
    let employee = read(id.unwrap_or(EmployeeId(0)), &Posted::of(sent))?;
    match visitor.engine(console).put_employee(visitor.shop, employee).await {
        Ok(_) => Ok(leads("/settings/employees", "saved")),
        Err(refusal) => Ok(again(visitor, refusal, |note| shown(visitor, &config, before, sent, Some(note)))),
    }
}

fn shown(
    visitor: &Visitor,
    config: &ShopConfig,
    employee: Option<&Employee>,
    pairs: &Pairs,
    note: Option<Markup>,
) -> Markup {
    let look = &visitor.look;
    let title = employee.map_or_else(|| look.text("employee-add"), |employee| employee.name.clone());
    let body = html! {
        @if let Some(note) = note { (note) }
        @if let Some(employee) = employee { p.muted { code { (employee.id) } " " (state(look, employee)) } }
        (form(look, config, employee.map(|employee| employee.id), &Posted::of(pairs), visitor.may(Ability::Own)))
    };
    framed(visitor, Some(Part::Employees), &title, body)
}

fn form(look: &Look, config: &ShopConfig, id: Option<EmployeeId>, posted: &Posted<'_>, may: bool) -> Markup {
    let address = match id {
        Some(id) => format!("/settings/employees/{id}"),
        None => "/settings/employees/new".to_owned(),
    };
    html! {
        form.card method="post" action=(address) {
            fieldset.plain disabled[!may] {
                (Field::new(posted, "name", look.text("account-name")).required())
                (Field::new(posted, "position", look.text("employee-position")))
                (Field::new(posted, "email", look.text("sign-in-email")).kind("email"))
                (Field::new(posted, "phone", look.text("employee-phone")).kind("tel"))
                (Field::new(posted, "work-phone", look.text("employee-work-phone")).kind("tel").help(look.text("employee-work-phone-help")))
                (choice(posted, "head", &look.text("employee-head"), &employees(look, config, id)))
                (tick(posted, "absent", &look.text("employee-is-absent"), Some(&look.text("employee-absent-help"))))
                (tick(posted, "working", &look.text("employee-working"), Some(&look.text("employee-working-help"))))
                @if may { div.row {
                    button type="submit" { (look.text("save")) }
                    a href="/settings/employees" { (look.text("cancel")) }
                } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{forms::submitted::submitted, listing::tests::look, runs::sample::config};

    fn ada() -> Employee {
        Employee {
            id: EmployeeId(2),
            name: "Ada".into(),
            phone: Some("+441632960000".into()),
            work_phone: None,
            email: Some("ada@shop.example".into()),
            position: None,
            head: Some(EmployeeId(1)),
            absent: true,
            working: true,
        }
    }

    #[test]
    fn a_form_that_is_sent_as_it_was_changes_nothing() {
        let mut config = config();
        let grace = Employee { id: EmployeeId(1), name: "Grace".into(), head: None, ..ada() };
        config.employees = [grace, ada()].into_iter().map(|one| (one.id, one)).collect();
        let shown = form(&look("en"), &config, Some(EmployeeId(2)), &Posted::of(&pairs(&ada())), true);
        let sent = submitted(&shown.into_string());
        assert_eq!(read(EmployeeId(2), &Posted::of(&sent)).unwrap(), ada());
    }

    #[test]
    fn nobody_is_offered_as_their_own_head() {
        let mut config = config();
        config.employees = [(EmployeeId(2), ada())].into();
        let offered = employees(&look("en"), &config, Some(EmployeeId(2)));
        assert_eq!(offered.len(), 1, "{offered:?}");
    }
}
