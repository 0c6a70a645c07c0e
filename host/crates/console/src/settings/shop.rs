//! What the shop is called, where it is, and when it works.

use axum::{Form, Router, extract::State, response::Response, routing::get};
use maud::{Markup, html};
use rulewright_domain::{Shop, Spending, WorkingHours, account::Ability, spending::Pace};
use rulewright_engine::Refusal;

use super::{
    Pairs, Part, again,
    field::{Field, filled, lines, pair, said, tick},
    framed, leads, wrong,
};
use crate::{
    Console,
    door::{Look, Own, See, Visitor},
    forms::Posted,
    show,
    trouble::Trouble,
};

pub fn routes() -> Router<Console> {
    Router::new().route("/settings/shop", get(page).post(save))
}

const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
/// Minutes of a day. A clock shows it as midnight, which as the end of a day's work is the one that follows.
const MIDNIGHT: u16 = 24 * 60;

async fn page(State(console): State<Console>, See(visitor): See) -> Result<Markup, Trouble> {
    let config = console.config(visitor.shop).await?;
    Ok(shown(&visitor, &config.shop, &pairs(&config.shop), None))
}

async fn save(
    State(console): State<Console>,
    Own(visitor): Own,
    Form(sent): Form<Pairs>,
) -> Result<Response, Trouble> {
    let changed = match read(&visitor.look, &Posted::of(&sent)) {
        Ok(patch) => visitor.engine(&console).change_shop(visitor.shop, patch).await.map(drop),
        Err(refusal) => Err(refusal),
    };
    match changed {
        Ok(()) => Ok(leads("/settings/shop", "saved")),
        Err(refusal) => {
            let config = console.config(visitor.shop).await?;
            Ok(again(&visitor, refusal, |note| shown(&visitor, &config.shop, &sent, Some(note))))
        }
    }
}

fn pairs(shop: &Shop) -> Pairs {
    let mut pairs = vec![
        pair("name", &shop.name),
        pair("zone", &shop.time_zone),
        pair("locale", &shop.locale),
        pair("automate", shop.automate_orders),
        pair("sandbox", shop.sandbox),
        pair("holidays", shop.hours.holidays.iter().cloned().collect::<Vec<_>>().join("\n")),
        pair("countries", plus(&shop.spending).join("\n")),
    ];
    for (name, most) in bounds(&shop.spending) {
        pairs.extend(most.map(|most| pair(name, most)));
    }
    for (day, hours) in DAYS.iter().zip(shop.hours.days) {
        let clock = |minutes: u16| format!("{:02}:{:02}", minutes / 60 % 24, minutes % 60);
        if let Some((from, to)) = hours {
            pairs.extend([pair(&format!("{day}-from"), clock(from)), pair(&format!("{day}-to"), clock(to))]);
        }
    }
    pairs
}

/// As people write them.
fn plus(spending: &Spending) -> Vec<String> {
    spending.countries.iter().map(|code| format!("+{code}")).collect()
}

/// By the names of their fields.
fn bounds(spending: &Spending) -> [(&'static str, Option<u32>); 5] {
    let Spending { number, sms, calls, .. } = spending;
    [
        ("spend-number", *number),
        ("spend-sms-hour", sms.hour),
        ("spend-sms-day", sms.day),
        ("spend-calls-hour", calls.hour),
        ("spend-calls-day", calls.day),
    ]
}

fn spending(look: &Look, posted: &Posted<'_>) -> Result<Spending, Refusal> {
    let most = |name: &str| match filled(posted, name) {
        None => Ok(None),
        Some(text) => {
            let no_number = || wrong(&format!("/{name}"), look.text("shop-spend-number-wrong"));
            text.parse::<u32>().map(Some).map_err(|_| no_number())
        }
    };
    let codes = lines(posted, "countries").into_iter();
    let countries = codes.map(|code| code.trim_start_matches('+').to_owned()).collect();
    Ok(Spending {
        countries,
        number: most("spend-number")?,
        sms: Pace { hour: most("spend-sms-hour")?, day: most("spend-sms-day")? },
        calls: Pace { hour: most("spend-calls-hour")?, day: most("spend-calls-day")? },
    })
}

/// What the form asks for. Whether it may be so, the engine says.
fn read(look: &Look, posted: &Posted<'_>) -> Result<impl Fn(&mut Shop) + Send + use<>, Refusal> {
    let [name, zone, locale] = ["name", "zone", "locale"].map(|name| said(posted, name).to_owned());
    let (automate, sandbox) = (posted.ticked("automate"), posted.ticked("sandbox"));
    let mut days = [None; 7];
    for (place, day) in DAYS.iter().enumerate() {
        days[place] = match [format!("{day}-from"), format!("{day}-to")].map(|name| said(posted, &name)) {
            ["", ""] => None,
            [from, to] => {
                let half = || wrong(&format!("/{day}"), look.text("shop-day-half"));
                let (from, to) = (minutes(from).ok_or_else(half)?, minutes(to).ok_or_else(half)?);
                Some((from, if to == 0 { MIDNIGHT } else { to }))
            }
        };
    }
    let holidays = lines(posted, "holidays").into_iter().collect();
    let hours = WorkingHours { days, holidays };
    let spending = spending(look, posted)?;
    Ok(move |shop: &mut Shop| {
        shop.name.clone_from(&name);
        shop.time_zone.clone_from(&zone);
        shop.locale.clone_from(&locale);
        shop.hours.clone_from(&hours);
        shop.automate_orders = automate;
        shop.sandbox = sandbox;
        shop.spending.clone_from(&spending);
    })
}

fn minutes(text: &str) -> Option<u16> {
    let time: jiff::civil::Time = text.parse().ok()?;
    u16::try_from(i32::from(time.hour()) * 60 + i32::from(time.minute())).ok()
}

fn shown(visitor: &Visitor, shop: &Shop, pairs: &Pairs, note: Option<Markup>) -> Markup {
    let body = html! {
        @if let Some(note) = note { (note) }
        dl.facts {
            dt { (visitor.text("clients-id")) } dd { code { (shop.id) } }
            dt { (visitor.text("shop-currency")) } dd { (shop.currency.as_str()) }
        }
        (form(&visitor.look, &Posted::of(pairs), visitor.may(Ability::Own)))
    };
    framed(visitor, Some(Part::Shop), &visitor.text("settings-shop"), body)
}

fn form(look: &Look, posted: &Posted<'_>, may: bool) -> Markup {
    html! {
        form.card method="post" action="/settings/shop" {
            fieldset.plain disabled[!may] {
                (Field::new(posted, "name", look.text("shop-name")).required())
                (Field::new(posted, "zone", look.text("account-zone")).required().hint("Europe/Berlin").help(look.text("shop-zone-help")))
                (Field::new(posted, "locale", look.text("shop-locale")).required().hint("en-GB").help(look.text("shop-locale-help")))
                (tick(posted, "automate", &look.text("shop-automate"), Some(&look.text("shop-automate-help"))))
                (tick(posted, "sandbox", &look.text("shop-sandbox"), Some(&look.text("shop-sandbox-help"))))
                fieldset {
                    legend { (look.text("shop-hours")) }
                    p.help { (look.text("shop-hours-help")) }
                    @let heads = ["shop-day", "shop-from", "shop-to"];
                    (show::table(look, "shop-hours", &heads, &html! { @for day in DAYS { (hours(look, posted, day)) } }))
                }
                (Field::new(posted, "holidays", look.text("shop-holidays")).kind("area").hint("2026-12-25").help(look.text("shop-holidays-help")))
                fieldset {
                    legend { (look.text("shop-spending")) }
                    p.help { (look.text("shop-spending-help")) }
                    (Field::new(posted, "countries", look.text("shop-countries")).kind("area").hint("+44").help(look.text("shop-countries-help")))
                    @for (name, _) in bounds(&Spending::default()) {
                        (Field::new(posted, name, look.text(&format!("shop-{name}"))).kind("number"))
                    }
                }
                @if may { div.row { button type="submit" { (look.text("save")) } } }
            }
        }
    }
}

fn hours(look: &Look, posted: &Posted<'_>, day: &str) -> Markup {
    let title = look.text(&format!("day-{day}"));
    let [from, to] = [format!("{day}-from"), format!("{day}-to")];
    html! {
        tr {
            th scope="row" { (title) }
            td { input type="time" name=(from) value=(said(posted, &from)) aria-label=(look.with("shop-day-from", &[("day", title.as_str().into())])); }
            td { input type="time" name=(to) value=(said(posted, &to)) aria-label=(look.with("shop-day-to", &[("day", title.as_str().into())])); }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{forms::submitted::submitted, listing::tests::look, runs::sample::config};

    fn sent(shop: &Shop) -> Pairs {
        submitted(&form(&look("en"), &Posted::of(&pairs(shop)), true).into_string())
    }

    #[test]
    fn a_form_that_is_sent_as_it_was_changes_nothing() {
        let mut shop = config().shop;
        shop.hours.days[5] = Some((0, MIDNIGHT));
        shop.hours.holidays = ["2026-12-25".to_owned(), "2027-01-01".to_owned()].into();
        shop.spending = Spending {
            countries: ["1212".to_owned(), "44".to_owned()].into(),
            number: Some(10),
            sms: Pace { hour: Some(100), day: None },
            calls: Pace { hour: None, day: Some(0) },
        };
        let mut after = Shop {
            name: String::new(),
            spending: Spending::default(),
            automate_orders: false,
            hours: WorkingHours::default(),
            ..shop.clone()
        };
        read(&look("en"), &Posted::of(&sent(&shop))).unwrap()(&mut after);
        assert_eq!(after, shop);
    }

    #[test]
    fn a_day_with_half_of_its_hours_is_not_guessed() {
        let mut pairs = pairs(&config().shop);
        pairs.retain(|(name, _)| name != "monday-to");
        let refusal = read(&look("en"), &Posted::of(&pairs)).err().unwrap();
        assert!(refusal.to_string().contains("/monday"), "{refusal}");
    }

    #[test]
    fn a_bound_that_is_no_number_is_not_taken_for_none() {
        let mut pairs = pairs(&config().shop);
        pairs.push(pair("spend-sms-day", "many"));
        let refusal = read(&look("en"), &Posted::of(&pairs)).err().unwrap();
        assert!(refusal.to_string().contains("/spend-sms-day"), "{refusal}");
    }

    #[test]
    fn who_may_only_look_has_nothing_to_press() {
        let html = form(&look("en"), &Posted::of(&pairs(&config().shop)), false).into_string();
        assert!(html.contains("disabled") && !html.contains("<button"), "{html}");
    }
}
