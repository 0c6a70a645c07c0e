use std::collections::{BTreeMap, BTreeSet};

use rulewright_domain::{self as domain, Currency, EmployeeId, ShopId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::value::{must_be_locale, object, object_or_null, yes};
use crate::problem::Problem;

const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// The shop that the token belongs to.
#[derive(Debug, Serialize, ToSchema)]
pub struct Shop {
    #[schema(value_type = String, example = "shop_1")]
    id: ShopId,
    name: String,
    #[schema(value_type = String, example = "GBP")]
    currency: Currency,
    /// BCP 47.
    locale: String,
    /// IANA zone.
    time_zone: String,
    hours: WorkingHours,
    /// Whether orders of kind `order` have automation.
    automate_orders: bool,
    /// Plugins outside the shop's plan.
    not_in_plan: BTreeSet<String>,
    /// Whether the provider for development carries what no provider of the shop does: it sends nothing.
    sandbox: bool,
    /// As whom it writes documents, by name. The first is meant where none is named.
    requisites: BTreeMap<String, Requisites>,
    /// What a shipment can be, in the order of its way.
    shipment_statuses: Vec<ShipmentStatus>,
    /// What its calls and text messages may cost.
    spending: Spending,
}

/// Bounds of calls and text messages. What is left out has none. Numbers for emergencies and those that earn money for
/// whoever owns them are refused in any case.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Spending {
    /// How numbers begin that are called and written to; all where it is empty. Numbers without a country code begin
    /// with none of them.
    #[serde(default)]
    #[schema(example = json!(["+44", "+1212"]))]
    countries: BTreeSet<String>,
    /// Calls to one number in a day, and as many text messages.
    #[schema(maximum = 1_000_000, example = 10)]
    number: Option<u32>,
    #[serde(default, deserialize_with = "object")]
    sms: Pace,
    #[serde(default, deserialize_with = "object")]
    calls: Pace,
}

/// At most so many.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Pace {
    /// In the last hour.
    #[schema(maximum = 1_000_000, example = 100)]
    hour: Option<u32>,
    /// In the last 24 hours.
    #[schema(maximum = 1_000_000, example = 500)]
    day: Option<u32>,
}

impl From<domain::spending::Pace> for Pace {
    fn from(domain::spending::Pace { hour, day }: domain::spending::Pace) -> Pace {
        Pace { hour, day }
    }
}

impl From<Pace> for domain::spending::Pace {
    fn from(Pace { hour, day }: Pace) -> domain::spending::Pace {
        domain::spending::Pace { hour, day }
    }
}

impl From<domain::Spending> for Spending {
    fn from(domain::Spending { countries, number, sms, calls }: domain::Spending) -> Spending {
        let countries = countries.into_iter().map(|code| format!("+{code}")).collect();
        Spending { countries, number, sms: sms.into(), calls: calls.into() }
    }
}

impl From<Spending> for domain::Spending {
    fn from(Spending { countries, number, sms, calls }: Spending) -> domain::Spending {
        let plain = |code: String| code.trim_start_matches('+').to_owned();
        let countries = countries.into_iter().map(plain).collect();
        domain::Spending { countries, number, sms: sms.into(), calls: calls.into() }
    }
}

/// What a document says about whoever issues it; templates insert it: `{{ requisites.vat-number }}`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Requisites {
    #[serde(default)]
    #[schema(example = json!({"name": "Gift shop Ltd", "address": "1 High Street", "vat-number": "GB123456789"}))]
    fields: BTreeMap<String, String>,
    /// On documents with bank details: `{{ requisites.bank.iban }}`.
    #[serde(default)]
    #[schema(example = json!({"iban": "GB29NWBK60161331926819"}))]
    bank: BTreeMap<String, String>,
}

impl From<domain::Requisites> for Requisites {
    fn from(domain::Requisites { fields, bank }: domain::Requisites) -> Requisites {
        Requisites { fields, bank }
    }
}

impl From<Requisites> for domain::Requisites {
    fn from(Requisites { fields, bank }: Requisites) -> domain::Requisites {
        domain::Requisites { fields, bank }
    }
}

/// Where a shipment can be.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ShipmentStatus {
    /// What rules name.
    #[schema(example = "handed-over")]
    id: String,
    /// What staff see.
    #[schema(example = "Handed over to the courier")]
    name: String,
}

impl From<domain::ShipmentStatus> for ShipmentStatus {
    fn from(status: domain::ShipmentStatus) -> ShipmentStatus {
        ShipmentStatus { id: status.id, name: status.name }
    }
}

/// With which calls of a webhook are signed.
#[derive(Debug, Serialize, ToSchema)]
pub struct HookKey {
    /// Shown this once.
    #[schema(example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    pub key: String,
}

/// When the shop works, in its own zone.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WorkingHours {
    /// `monday` to `sunday`; a day that is left out is a day off.
    days: BTreeMap<String, Hours>,
    /// Civil dates.
    #[serde(default)]
    #[schema(example = json!(["2026-12-25"]))]
    holidays: BTreeSet<String>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DayHours)]
struct Hours {
    #[schema(example = "09:00")]
    from: String,
    #[schema(example = "18:00")]
    to: String,
}

impl From<domain::WorkingHours> for WorkingHours {
    fn from(hours: domain::WorkingHours) -> WorkingHours {
        let clock = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
        let day = |(name, hours): (&str, Option<(u16, u16)>)| {
            hours.map(|(from, to)| (name.to_owned(), Hours { from: clock(from), to: clock(to) }))
        };
        WorkingHours {
            days: DAYS.into_iter().zip(hours.days).filter_map(day).collect(),
            holidays: hours.holidays,
        }
    }
}

impl WorkingHours {
    fn into_domain(self) -> Result<domain::WorkingHours, Problem> {
        let mut days = [None; 7];
        for (name, hours) in self.days {
            let at = format!("/hours/days/{name}");
            let wrong = |message: String| Problem::mistake(at.as_str(), "invalid", message);
            let index = DAYS.iter().position(|day| *day == name);
            let index = index.ok_or_else(|| wrong(format!("`{name}` is not a day: monday to sunday")))?;
            let minutes = |text: &str| {
                minutes(text)
                    .ok_or_else(|| wrong(format!("`{text}` is not a time such as 09:00, at most 24:00")))
            };
            let (from, to) = (minutes(&hours.from)?, minutes(&hours.to)?);
            if from >= to {
                return Err(wrong(format!("{} is not before {}", hours.from, hours.to)));
            }
            days[index] = Some((from, to));
        }
        if let Some(date) = self.holidays.iter().find(|date| !is_date(date)) {
            let message = format!("`{date}` is not a date such as 2026-12-25");
            return Err(Problem::mistake("/hours/holidays", "invalid", message));
        }
        Ok(domain::WorkingHours { days, holidays: self.holidays })
    }
}

fn minutes(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let two = |part: &str| (part.len() == 2).then(|| part.parse::<u16>().ok()).flatten();
    let (hours, minutes) = (two(hours)?, two(minutes)?);
    let all = hours * 60 + minutes;
    (minutes < 60 && all <= 24 * 60).then_some(all)
}

fn is_date(text: &str) -> bool {
    domain::Timestamp::parse(&format!("{text}T00:00:00Z")).is_ok()
}

impl From<domain::Shop> for Shop {
    fn from(shop: domain::Shop) -> Shop {
        Shop {
            id: shop.id,
            name: shop.name,
            currency: shop.currency,
            locale: shop.locale,
            time_zone: shop.time_zone,
            hours: shop.hours.into(),
            automate_orders: shop.automate_orders,
            not_in_plan: shop.not_in_plan,
            requisites: shop.requisites.into_iter().map(|(name, one)| (name, one.into())).collect(),
            sandbox: shop.sandbox,
            shipment_statuses: shop.shipment_statuses.into_iter().map(Into::into).collect(),
            spending: shop.spending.into(),
        }
    }
}

/// What is left out stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShopPatch {
    name: Option<String>,
    #[schema(value_type = Option<String>, example = "GBP")]
    currency: Option<Currency>,
    locale: Option<String>,
    time_zone: Option<String>,
    hours: Option<WorkingHours>,
    automate_orders: Option<bool>,
    /// Replaces all of them.
    requisites: Option<BTreeMap<String, Requisites>>,
    sandbox: Option<bool>,
    /// Replaces all of them.
    shipment_statuses: Option<Vec<ShipmentStatus>>,
    /// Replaces all of it.
    #[serde(default, deserialize_with = "object_or_null")]
    spending: Option<Spending>,
}

impl ShopPatch {
    /// Everything that can be wrong by itself is found here; what the whole shop must be, the engine knows.
    pub fn into_patch(self) -> Result<impl Fn(&mut domain::Shop) + Send + 'static, Problem> {
        let ShopPatch {
            name,
            currency,
            locale,
            time_zone,
            hours,
            automate_orders,
            requisites,
            sandbox,
            shipment_statuses,
            spending,
        } = self;
        if let Some(locale) = &locale {
            must_be_locale(locale)?;
        }
        let hours = hours.map(WorkingHours::into_domain).transpose()?;
        let requisites =
            requisites.map(|all| all.into_iter().map(|(name, one)| (name, one.into())).collect());
        let spending = spending.map(domain::Spending::from);
        let of_domain = |ShipmentStatus { id, name }| domain::ShipmentStatus { id, name };
        let statuses = shipment_statuses.map(|all| all.into_iter().map(of_domain).collect());
        Ok(move |shop: &mut domain::Shop| {
            set(&mut shop.name, &name);
            set(&mut shop.currency, &currency);
            set(&mut shop.locale, &locale);
            set(&mut shop.time_zone, &time_zone);
            set(&mut shop.hours, &hours);
            set(&mut shop.automate_orders, &automate_orders);
            set(&mut shop.requisites, &requisites);
            set(&mut shop.sandbox, &sandbox);
            set(&mut shop.shipment_statuses, &statuses);
            set(&mut shop.spending, &spending);
        })
    }
}

fn set<T: Clone>(place: &mut T, value: &Option<T>) {
    if let Some(value) = value {
        place.clone_from(value);
    }
}

/// Somebody who works in the shop.
#[derive(Debug, Serialize, ToSchema)]
pub struct Employee {
    #[schema(value_type = String, example = "emp_1")]
    id: EmployeeId,
    #[serde(flatten)]
    rest: EmployeeInput,
}

/// Everything about an employee but the id.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Grace Hopper", "position": "Sales", "email": "grace@shop.example"}))]
pub struct EmployeeInput {
    name: String,
    phone: Option<String>,
    /// Used where there is no other number.
    work_phone: Option<String>,
    email: Option<String>,
    position: Option<String>,
    /// Whom they report to.
    #[schema(value_type = Option<String>, example = "emp_2")]
    head: Option<EmployeeId>,
    #[serde(default)]
    absent: bool,
    #[serde(default = "yes")]
    working: bool,
}

impl EmployeeInput {
    pub fn into_domain(self, id: EmployeeId) -> domain::Employee {
        let EmployeeInput { name, phone, work_phone, email, position, head, absent, working } = self;
        domain::Employee { id, name, phone, work_phone, email, position, head, absent, working }
    }
}

impl From<domain::Employee> for Employee {
    fn from(employee: domain::Employee) -> Employee {
        let domain::Employee { id, name, phone, work_phone, email, position, head, absent, working } =
            employee;
        Employee {
            id,
            rest: EmployeeInput { name, phone, work_phone, email, position, head, absent, working },
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn working_hours_come_back_as_they_went_in() {
        let written = json!({
            "days": {"monday": {"from": "09:00", "to": "17:30"}, "sunday": {"from": "00:00", "to": "24:00"}},
            "holidays": ["2026-12-25"]
        });
        let read: WorkingHours = serde_json::from_value(written.clone()).unwrap();
        let back = WorkingHours::from(read.into_domain().ok().unwrap());
        assert_eq!(serde_json::to_value(back).unwrap(), written);
    }

    #[test]
    fn bounds_come_back_as_they_went_in_and_what_is_left_out_is_none() {
        let read = |json| domain::Spending::from(serde_json::from_value::<Spending>(json).unwrap());
        let written = json!({
            "countries": ["+1212", "+44"], "number": 10,
            "sms": {"hour": 100, "day": null}, "calls": {"hour": null, "day": 0},
        });
        let back = Spending::from(read(written.clone()));
        assert_eq!(serde_json::to_value(back).unwrap(), written);
        assert_eq!(read(json!({"countries": ["44"]})), read(json!({"countries": ["+44"], "sms": {}})));
        assert_eq!(read(json!({})), domain::Spending::default());
    }

    #[test]
    fn hours_that_are_none_are_refused() {
        for (day, from, to) in [
            ("mon", "09:00", "17:00"),
            ("monday", "9:00", "17:00"),
            ("monday", "09:60", "17:00"),
            ("monday", "17:00", "09:00"),
            ("monday", "09:00", "24:01"),
        ] {
            let hours = json!({"days": {day: {"from": from, "to": to}}});
            let hours: WorkingHours = serde_json::from_value(hours).unwrap();
            assert!(hours.into_domain().is_err(), "{day} {from} {to}");
        }
    }
}
