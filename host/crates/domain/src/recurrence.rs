//! Orders that come again and again: when, made of what.
//!
//! What a recurring order is made of is a template: a whole order with an id of its own, which lies apart from the orders,
//! so that no rule, trigger or list ever sees it.

use jiff::{Span, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Money, NewLine, NewOrder, Order, OrderId, OrderLine, PipelineId, RecurrenceId, StageId, Timestamp,
    TotalBy, Touch,
};

/// When an order is to begin and to be done, among its fields.
pub const BEGIN_DATE: &str = "begin-date";
pub const CLOSE_DATE: &str = "close-date";
/// What tells a template from an order, among its fields.
const RECURRING: &str = "recurring";

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    Day,
    Week,
    Month,
    Year,
}

/// So many days, weeks, months or years of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    pub unit: Unit,
    pub count: u32,
}

impl Period {
    pub const MAX: u32 = 1_000;

    /// So many times after a day. A day that a month does not have is its last.
    fn after(self, day: Date, times: i64) -> Option<Date> {
        let count = i64::from(self.count).checked_mul(times)?;
        let span = match self.unit {
            Unit::Day => Span::new().try_days(count),
            Unit::Week => Span::new().try_weeks(count),
            Unit::Month => Span::new().try_months(count),
            Unit::Year => Span::new().try_years(count),
        };
        day.checked_add(span.ok()?).ok()
    }

    /// It is never longer.
    fn days(self) -> i64 {
        let unit = match self.unit {
            Unit::Day => 1,
            Unit::Week => 7,
            Unit::Month => 31,
            Unit::Year => 366,
        };
        unit * i64::from(self.count.max(1))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Repeats {
    /// So long before the start; None: at the start.
    Once(Option<Period>),
    /// From the start on.
    Every(Period),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Until {
    /// Until somebody stops it.
    Forever,
    /// The last day on which it may come.
    Date(String),
    /// How often it comes.
    Times(u32),
}

/// The order that copies are made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrderTemplate {
    /// Of its row; its own id is the order's.
    pub row: i64,
    pub order: Order,
    pub based_on: Option<OrderId>,
}

impl OrderTemplate {
    /// A copy of an order, without what has happened to it.
    pub fn of(order: &Order, row: i64, id: OrderId, first: StageId, touch: Touch) -> OrderTemplate {
        let mut fields = order.fields.clone();
        fields.insert(RECURRING.to_owned(), Value::Bool(true));
        let template = Order {
            id,
            revision: 1,
            number: id.0.to_string(),
            stage: first,
            visit: 1,
            created: touch.at,
            updated: touch.at,
            created_by: touch.by,
            updated_by: touch.by,
            moved: None,
            moved_by: touch.by,
            paid: Money::zero(order.total.currency),
            canceled: false,
            payments: Vec::new(),
            shipments: Vec::new(),
            fields,
            ..order.clone()
        };
        OrderTemplate { row, order: template, based_on: Some(order.id) }
    }
}

/// When orders are made of a template.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recurrence {
    pub id: RecurrenceId,
    pub template: OrderId,
    /// The order that the template was copied from.
    #[serde(default)]
    pub based_on: Option<OrderId>,
    pub active: bool,
    /// In which new orders begin. None: the template's.
    #[serde(default)]
    pub pipeline: Option<PipelineId>,
    /// A day: `2026-01-31`.
    pub start: String,
    pub repeats: Repeats,
    pub until: Until,
    /// How long after the day on which it is made an order begins. None: it says nothing of it.
    #[serde(default)]
    pub begins_after: Option<Period>,
    /// How long after that day it is to be done.
    #[serde(default)]
    pub closes_after: Option<Period>,
    #[serde(default)]
    pub times: u32,
    #[serde(default)]
    pub last: Option<Timestamp>,
    #[serde(default)]
    pub next: Option<Timestamp>,
    /// Why it was stopped, where nobody did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
}

/// Repetitions of a month that come before its estimate.
const LOOKED_AT: i64 = 1_000;

impl Recurrence {
    /// Of one shop; more is an import gone wrong.
    pub const MOST: usize = 10_000;

    /// Where it is wrong, and how.
    pub fn issue(&self) -> Option<(&'static str, String)> {
        let day = |text: &str| {
            text.parse::<Date>().ok().filter(|day| (1970..=9000).contains(&day.year())).is_some()
        };
        let period = |period: Option<Period>, least: u32| {
            period.is_none_or(|period| (least..=Period::MAX).contains(&period.count))
        };
        let expected = |least: u32| format!("a count is {least} to {}", Period::MAX);
        if !day(&self.start) {
            return Some(("/start", format!("`{}` is no day such as 2026-01-31", self.start)));
        }
        match (&self.until, self.repeats) {
            (Until::Date(last), _) if !day(last) => {
                return Some(("/until", format!("`{last}` is no day such as 2026-12-31")));
            }
            (Until::Times(0), _) => return Some(("/until", "it comes at least once".to_owned())),
            (_, Repeats::Every(every)) if !period(Some(every), 1) => {
                return Some(("/every", expected(1)));
            }
            (_, Repeats::Once(before)) if !period(before, 0) => return Some(("/before_start", expected(0))),
            _ => {}
        }
        if !period(self.begins_after, 0) {
            return Some(("/begins_after", expected(0)));
        }
        if !period(self.closes_after, 0) {
            return Some(("/closes_after", expected(0)));
        }
        None
    }

    /// The first time after `now`, at the beginning of a day in the shop's zone. None: it does not come any more.
    fn upcoming(&self, now: Timestamp, zone: &str) -> Option<Timestamp> {
        let zone = TimeZone::get(zone).ok()?;
        let start: Date = self.start.parse().ok()?;
        let at = |day: Date| Some(Timestamp(day.to_zoned(zone.clone()).ok()?.timestamp().as_millisecond()));
        let day = match self.repeats {
            Repeats::Once(None) => start,
            Repeats::Once(Some(before)) => before.after(start, -1)?,
            Repeats::Every(every) => {
                let today = now.civil()?.to_zoned(zone.clone()).date();
                let passed = i64::from(start.until(today).ok()?.get_days());
                let first = passed.max(0) / every.days();
                let days =
                    (first..first.saturating_add(LOOKED_AT)).map_while(|times| every.after(start, times));
                days.map_while(|day| Some((day, at(day)?))).find(|(_, at)| *at > now)?.0
            }
        };
        let at = at(day).filter(|at| *at > now)?;
        match &self.until {
            Until::Forever => Some(at),
            Until::Times(most) => (self.times < *most).then_some(at),
            Until::Date(last) => (day <= last.parse().ok()?).then_some(at),
        }
    }

    /// Says when it comes next. What has passed already does not count.
    pub fn plan(&mut self, now: Timestamp, zone: &str) {
        self.next = if self.active { self.upcoming(now, zone) } else { None };
    }

    /// An order was made of it.
    pub fn came(&mut self, now: Timestamp) {
        self.times = self.times.saturating_add(1);
        self.last = Some(now);
        self.stopped = None;
    }

    /// The order that comes at a time.
    pub fn order(&self, template: &Order, at: Timestamp, zone: &str) -> NewOrder {
        let line = |line: &OrderLine| NewLine {
            id: None,
            sku: line.sku.clone(),
            title: line.title.clone(),
            quantity_milli: line.quantity_milli,
            unit_price: line.unit_price,
            tax: line.tax,
            attrs: line.attrs.clone(),
        };
        let today = at.civil().zip(TimeZone::get(zone).ok()).map(|(at, zone)| at.to_zoned(zone).date());
        let mut fields = template.fields.clone();
        fields.remove(RECURRING);
        for (name, after) in [(BEGIN_DATE, self.begins_after), (CLOSE_DATE, self.closes_after)] {
            let day = after.zip(today).and_then(|(after, today)| after.after(today, 1));
            match day {
                Some(day) => fields.insert(name.to_owned(), Value::String(day.to_string())),
                // The template's day has nothing to do with this one.
                None => fields.remove(name),
            };
        }
        NewOrder {
            kind: template.kind,
            number: None,
            title: template.title.clone(),
            pipeline: self.pipeline.clone().unwrap_or_else(|| template.pipeline.clone()),
            stage: None,
            currency: template.total.currency,
            lines: template.lines.iter().map(line).collect(),
            responsible: template.responsible,
            company: template.company,
            contacts: template.contacts.clone(),
            source: template.source.clone(),
            comments: template.comments.clone(),
            tags: template.tags.clone(),
            fields,
            historical: false,
            created: None,
            total: (template.total_by != TotalBy::Lines).then_some(template.total),
            total_always: template.total_by == TotalBy::HandAlways,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Currency, OrderKind, Pipeline, Stage, StageKind, create};

    const BERLIN: &str = "Europe/Berlin";

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    fn recurrence(start: &str, repeats: Repeats) -> Recurrence {
        Recurrence {
            id: RecurrenceId(1),
            template: OrderId(2),
            based_on: None,
            active: true,
            pipeline: None,
            start: start.into(),
            repeats,
            until: Until::Forever,
            begins_after: None,
            closes_after: None,
            times: 0,
            last: None,
            next: None,
            stopped: None,
        }
    }

    fn every(unit: Unit, count: u32) -> Repeats {
        Repeats::Every(Period { unit, count })
    }

    /// The days on which it comes when it is left alone.
    fn days(mut recurrence: Recurrence, from: &str, most: usize) -> Vec<String> {
        recurrence.plan(at(from), BERLIN);
        let mut days = Vec::new();
        while let Some(next) = recurrence.next.filter(|_| days.len() < most) {
            days.push(next.written(BERLIN, "%Y-%m-%d %H:%M").unwrap().replace(" 00:00", ""));
            recurrence.came(next);
            recurrence.plan(next, BERLIN);
        }
        days
    }

    #[test]
    fn the_end_of_a_month_stays_its_end() {
        let monthly = || recurrence("2026-01-31", every(Unit::Month, 1));
        assert_eq!(
            days(monthly(), "2026-01-10T12:00:00Z", 4),
            ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]
        );
        assert_eq!(days(monthly(), "2028-01-31T12:00:00Z", 2), ["2028-02-29", "2028-03-31"]);
        let yearly = recurrence("2024-02-29", every(Unit::Year, 1));
        assert_eq!(days(yearly, "2026-03-01T00:00:00Z", 2), ["2027-02-28", "2028-02-29"]);
    }

    #[test]
    fn what_has_passed_does_not_count_and_a_day_begins_where_the_shop_is() {
        let daily = recurrence("2020-06-15", every(Unit::Day, 3));
        assert_eq!(days(daily, "2026-03-02T10:00:00Z", 2), ["2026-03-04", "2026-03-07"]);
        let weekly = || recurrence("2026-03-02", every(Unit::Week, 2));
        assert_eq!(days(weekly(), "2026-03-01T22:59:59Z", 2), ["2026-03-02", "2026-03-16"]);
        assert_eq!(days(weekly(), "2026-03-01T23:00:00Z", 1), ["2026-03-16"], "it is that day already");
        let over_summer_time = recurrence("2026-03-28", every(Unit::Day, 1));
        assert_eq!(
            days(over_summer_time, "2026-03-27T00:00:00Z", 3),
            ["2026-03-28", "2026-03-29", "2026-03-30"]
        );
        let long_ago = recurrence("1970-01-31", every(Unit::Month, 1));
        assert_eq!(days(long_ago, "2026-02-01T00:00:00Z", 1), ["2026-02-28"]);
    }

    #[test]
    fn it_ends_by_count_by_date_and_after_once() {
        let limited = |until, repeats| Recurrence { until, ..recurrence("2026-03-10", repeats) };
        let now = "2026-03-02T10:00:00Z";
        assert_eq!(days(limited(Until::Times(2), every(Unit::Day, 1)), now, 9), ["2026-03-10", "2026-03-11"]);
        let last = Until::Date("2026-03-12".into());
        assert_eq!(
            days(limited(last, every(Unit::Day, 1)), now, 9),
            ["2026-03-10", "2026-03-11", "2026-03-12"]
        );
        assert_eq!(days(limited(Until::Forever, Repeats::Once(None)), now, 9), ["2026-03-10"]);
        let before = Repeats::Once(Some(Period { unit: Unit::Week, count: 1 }));
        assert_eq!(days(limited(Until::Forever, before), now, 9), ["2026-03-03"]);
        assert!(days(limited(Until::Forever, before), "2026-03-03T10:00:00Z", 9).is_empty(), "it is over");
        let off = Recurrence { active: false, ..recurrence("2026-03-10", every(Unit::Day, 1)) };
        assert!(days(off, now, 9).is_empty());
    }

    #[test]
    fn it_says_what_is_wrong_with_it() {
        let good = recurrence("2026-03-10", every(Unit::Day, 1));
        assert_eq!(good.issue(), None);
        let none = Some(Period { unit: Unit::Day, count: Period::MAX + 1 });
        for (wrong, path) in [
            (Recurrence { start: "31.01.2026".into(), ..good.clone() }, "/start"),
            (Recurrence { start: "0001-01-01".into(), ..good.clone() }, "/start"),
            (Recurrence { repeats: every(Unit::Day, 0), ..good.clone() }, "/every"),
            (Recurrence { repeats: Repeats::Once(none), ..good.clone() }, "/before_start"),
            (Recurrence { until: Until::Times(0), ..good.clone() }, "/until"),
            (Recurrence { until: Until::Date("soon".into()), ..good.clone() }, "/until"),
            (Recurrence { begins_after: none, ..good.clone() }, "/begins_after"),
            (Recurrence { closes_after: none, ..good.clone() }, "/closes_after"),
        ] {
            assert_eq!(wrong.issue().map(|(path, _)| path), Some(path), "{wrong:?}");
        }
    }

    #[test]
    fn an_order_is_a_copy_of_its_template_with_days_of_its_own() {
        let pipeline =
            Pipeline::new("p", "P", OrderKind::Deal, vec![Stage::new("new", "New", StageKind::Open)]);
        let euro = Currency::new(b"EUR");
        let new: NewOrder = serde_json::from_value(json!({
            "kind": "deal", "number": null, "title": "Tea", "pipeline": "p", "stage": null, "currency": "EUR",
            "lines": [{
                "sku": "T", "title": "Tea", "quantity_milli": 2000,
                "unit_price": { "amount": "3.00", "currency": "EUR" }, "attrs": { "measure": "kg" },
            }],
            "responsible": "emp_1", "company": "cli_8", "contacts": ["cli_7"], "source": "web", "comments": "c",
            "tags": ["t"], "historical": false, "created": null,
            "fields": { "close-date": "2020-01-01", "colour": "red" },
        }))
        .unwrap();
        let order = create(OrderId(1), new, &pipeline, Timestamp(0)).unwrap().order.unwrap();
        let touch = Touch::from(at("2026-01-10T00:00:00Z"));
        let template = OrderTemplate::of(&order, 9, OrderId(2), "new".into(), touch);
        assert_eq!((template.order.id, template.based_on), (OrderId(2), Some(OrderId(1))));
        let recurrence = Recurrence {
            begins_after: Some(Period { unit: Unit::Day, count: 1 }),
            pipeline: Some("q".into()),
            ..recurrence("2026-01-31", every(Unit::Month, 1))
        };
        let made = recurrence.order(&template.order, at("2026-02-27T23:00:00Z"), BERLIN);
        assert_eq!(made.pipeline, "q".into());
        assert_eq!(
            made.fields,
            serde_json::from_value(json!({ "begin-date": "2026-03-01", "colour": "red" })).unwrap()
        );
        assert_eq!((made.lines.len(), made.lines[0].attrs.len()), (1, 1));
        assert_eq!((made.company, made.contacts.len(), made.currency), (order.company, 1, euro));
    }
}
