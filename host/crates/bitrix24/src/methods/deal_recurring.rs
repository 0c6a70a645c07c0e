//! Recurring deals. DEAL_ID of a setting is its template, which is no deal: BASED_ID is the deal it was copied from.

use rulewright_domain::{
    Order, OrderId, OrderKind, OrderTemplate, PipelineId, Recurrence, RecurrenceId, ShopConfig, Timestamp,
    find::{Direction, Kind},
    moment,
    recurrence::{Period, Repeats, Unit, Until},
};
use rulewright_engine::{NewRecurrence, Refusal};
use rulewright_ports::storage::{Find, Records};
use serde_json::{Map, Value, json};

use crate::{
    call::{Answer, Call, Outcome, PAGE},
    fault::Fault,
    method::{Method, method},
    scalar,
    table::{self, Columns},
    user_field::definition::yes_no,
    wire::envelope,
};

pub(crate) const METHODS: &[Method] = &[
    method!("crm.deal.recurring.add", "crm", add),
    method!("crm.deal.recurring.fields", "crm", fields),
    method!("crm.deal.recurring.get", "crm", get),
    method!("crm.deal.recurring.list", "crm", list),
    method!("crm.deal.recurring.update", "crm", update),
    method!("crm.deal.recurring.delete", "crm", delete),
    method!("crm.deal.recurring.expose", "crm", expose),
];

fn id(call: &Call) -> Result<RecurrenceId, Fault> {
    let id = call.params.value("id").as_ref().and_then(scalar::integer).filter(|id| *id > 0);
    id.map(RecurrenceId).ok_or_else(|| Fault::classic("id is not defined or invalid"))
}

fn not_found() -> Fault {
    Fault::classic("Recurring deal is not found")
}

async fn recurrence(call: &Call) -> Result<Recurrence, Fault> {
    let (shop, id) = (call.shop(), id(call)?);
    let found = call.read(move |reads| Ok(reads.record::<Recurrence>(shop, id.0)?)).await?;
    found.ok_or_else(not_found)
}

/// A refused value, by the name under which it was sent.
fn wrong(name: &str, expected: &str) -> Fault {
    Fault::classic(format!("Invalid value of '{name}': expected {expected}"))
}

/// What was sent; the rest stays as it is.
struct Sent<'a> {
    fields: Map<String, Value>,
    config: &'a ShopConfig,
}

impl Sent<'_> {
    fn get(&self, name: &str) -> Option<&Value> {
        self.fields.get(name).filter(|value| !scalar::is_empty(value))
    }

    fn day(&self, name: &str) -> Result<Option<String>, Fault> {
        let zone = &self.config.shop.time_zone;
        let day = |value: &Value| moment(scalar::text(value)?.trim(), zone).ok()?.written(zone, "%Y-%m-%d");
        match self.get(name) {
            None => Ok(None),
            Some(value) => day(value).map(Some).ok_or_else(|| wrong(name, "a date such as 2026-01-31")),
        }
    }

    fn count(&self, name: &str, value: Option<&Value>) -> Result<Option<u32>, Fault> {
        match value.filter(|value| !scalar::is_empty(value)) {
            None => Ok(None),
            Some(value) => {
                let count = scalar::integer(value).and_then(|count| u32::try_from(count).ok());
                count.map(Some).ok_or_else(|| wrong(name, "a whole number that is not negative"))
            }
        }
    }

    fn active(&self) -> Result<Option<bool>, Fault> {
        match self.get("ACTIVE") {
            None => Ok(None),
            Some(value) => scalar::flag(value).map(Some).ok_or_else(|| wrong("ACTIVE", "Y or N")),
        }
    }

    fn pipeline(&self) -> Result<Option<PipelineId>, Fault> {
        let Some(value) = self.get("CATEGORY_ID") else { return Ok(None) };
        let number = scalar::integer(value);
        let known = self.config.pipelines.values().find(|pipeline| {
            pipeline.kind == OrderKind::Deal && pipeline.number == number && number.is_some()
        });
        let known = known.ok_or_else(|| wrong("CATEGORY_ID", "the number of a funnel for deals"))?;
        Ok(Some(known.id.clone()))
    }

    fn until(&self, before: &Until) -> Result<Until, Fault> {
        let (is_date, is_times) = (matches!(before, Until::Date(_)), matches!(before, Until::Times(_)));
        let limit = match self.get("IS_LIMIT").and_then(scalar::text) {
            Some(limit) => limit.trim().to_ascii_uppercase(),
            None if is_date => "D".to_owned(),
            None if is_times => "T".to_owned(),
            None => "N".to_owned(),
        };
        match limit.as_str() {
            "N" => Ok(Until::Forever),
            "D" => match (self.day("LIMIT_DATE")?, before) {
                (Some(day), _) => Ok(Until::Date(day)),
                (None, Until::Date(day)) => Ok(Until::Date(day.clone())),
                (None, _) => Err(wrong("LIMIT_DATE", "a date, as IS_LIMIT is D")),
            },
            "T" => match (self.count("LIMIT_REPEAT", self.get("LIMIT_REPEAT"))?, before) {
                (Some(times), _) if times > 0 => Ok(Until::Times(times)),
                (None, Until::Times(times)) => Ok(Until::Times(*times)),
                _ => Err(wrong("LIMIT_REPEAT", "a number above 0, as IS_LIMIT is T")),
            },
            _ => Err(wrong("IS_LIMIT", "N, D or T")),
        }
    }

    /// None: no PARAMS were sent.
    fn params(&self) -> Result<Option<Map<String, Value>>, Fault> {
        match self.fields.get("PARAMS") {
            None => Ok(None),
            Some(Value::Object(params)) => Ok(Some(params.clone())),
            Some(empty) if scalar::is_empty(empty) => Ok(None),
            Some(_) => Err(Fault::classic("Parameter 'params' must be array.")),
        }
    }

    fn repeats(&self, params: &Map<String, Value>, before: Repeats) -> Result<Repeats, Fault> {
        let text =
            |name: &str| params.get(name).and_then(scalar::text).filter(|text| !text.trim().is_empty());
        let mode = match (text("MODE"), before) {
            (Some(mode), _) => mode.trim().to_ascii_lowercase(),
            (None, Repeats::Once(_)) => "single".to_owned(),
            (None, Repeats::Every(_)) => "multiple".to_owned(),
        };
        match mode.as_str() {
            "multiple" => {
                let known = match before {
                    Repeats::Every(period) => period,
                    Repeats::Once(_) => Period { unit: Unit::Day, count: 1 },
                };
                let name = "MULTIPLE_INTERVAL";
                let unit = self.unit(params, "MULTIPLE_TYPE")?.unwrap_or(known.unit);
                let count = self.count(name, params.get(name))?.unwrap_or(known.count);
                if count == 0 {
                    return Err(wrong(name, "a number above 0"));
                }
                Ok(Repeats::Every(Period { unit, count }))
            }
            "single" => {
                let known = match before {
                    Repeats::Once(before) => before,
                    Repeats::Every(_) => None,
                };
                Ok(Repeats::Once(self.period(params, "SINGLE_BEFORE_START_DATE", known)?))
            }
            _ => Err(wrong("MODE", "single or multiple")),
        }
    }

    /// `NAME_TYPE` and `NAME_VALUE`
    fn period(
        &self,
        params: &Map<String, Value>,
        name: &str,
        known: Option<Period>,
    ) -> Result<Option<Period>, Fault> {
        let (unit_name, count_name) = (format!("{name}_TYPE"), format!("{name}_VALUE"));
        let unit = self.unit(params, &unit_name)?;
        let count = self.count(&count_name, params.get(&count_name))?;
        let unit = unit.or(known.map(|period| period.unit));
        let count = count.or(known.map(|period| period.count));
        Ok(match (unit, count) {
            (None, None) => None,
            (unit, count) => Some(Period { unit: unit.unwrap_or(Unit::Day), count: count.unwrap_or(0) }),
        })
    }

    fn unit(&self, params: &Map<String, Value>, name: &str) -> Result<Option<Unit>, Fault> {
        let sent = params.get(name).and_then(scalar::text).filter(|text| !text.trim().is_empty());
        match sent.map(|text| text.trim().to_ascii_lowercase()).as_deref() {
            None => Ok(None),
            Some("day") => Ok(Some(Unit::Day)),
            Some("week") => Ok(Some(Unit::Week)),
            Some("month") => Ok(Some(Unit::Month)),
            Some("year") => Ok(Some(Unit::Year)),
            Some(_) => Err(wrong(name, "day, week, month or year")),
        }
    }

    fn apply(&self, recurrence: &mut Recurrence) -> Result<(), Fault> {
        recurrence.active = self.active()?.unwrap_or(recurrence.active);
        recurrence.pipeline = self.pipeline()?.or(recurrence.pipeline.take());
        recurrence.start = self.day("START_DATE")?.unwrap_or(std::mem::take(&mut recurrence.start));
        recurrence.until = self.until(&recurrence.until)?;
        let Some(params) = self.params()? else { return Ok(()) };
        recurrence.repeats = self.repeats(&params, recurrence.repeats)?;
        recurrence.begins_after = self.period(&params, "OFFSET_BEGINDATE", recurrence.begins_after)?;
        recurrence.closes_after = self.period(&params, "OFFSET_CLOSEDATE", recurrence.closes_after)?;
        Ok(())
    }
}

/// Texts as the classic methods write them, at the top in any case of their letters.
fn upper(fields: Map<String, Value>) -> Map<String, Value> {
    fields.into_iter().map(|(name, value)| (name.to_ascii_uppercase(), value)).collect()
}

async fn add(call: Call) -> Outcome {
    let fields = upper(call.params.map("fields")?);
    let config = call.config().await?;
    let sent = Sent { fields, config: &config };
    let deal = sent.get("DEAL_ID").and_then(scalar::integer).filter(|id| *id > 0);
    let order = OrderId(deal.ok_or_else(|| Fault::classic("Deal id is empty"))?);
    let today = call.now().written(&config.shop.time_zone, "%Y-%m-%d").unwrap_or_default();
    let mut wanted = Recurrence {
        id: RecurrenceId(0),
        template: order,
        based_on: None,
        active: true,
        pipeline: None,
        start: today,
        repeats: Repeats::Every(Period { unit: Unit::Day, count: 1 }),
        until: Until::Forever,
        begins_after: None,
        closes_after: None,
        times: 0,
        last: None,
        next: None,
        stopped: None,
    };
    sent.apply(&mut wanted)?;
    let Recurrence { active, pipeline, start, repeats, until, begins_after, closes_after, .. } = wanted;
    let new = NewRecurrence { order, active, pipeline, start, repeats, until, begins_after, closes_after };
    let added = call.facade.engine().add_recurrence(call.asked(), call.caller.actor(), new).await;
    let id = added.map_err(|refusal| match refusal {
        Refusal::NotFound { what: "order", .. } => Fault::classic("Deal id is empty"),
        Refusal::Conflict { .. } => Fault::classic("Deal already has recurring settings"),
        other => refused(other),
    })?;
    Ok(Answer::of(id.0))
}

fn refused(refusal: Refusal) -> Fault {
    match refusal {
        Refusal::NotFound { what: "recurrence", .. } => not_found(),
        Refusal::Invalid(_) | Refusal::Conflict { .. } => Fault::classic(refusal.to_string()),
        other => other.into(),
    }
}

async fn get(call: Call) -> Outcome {
    let (found, config) = (recurrence(&call).await?, call.config().await?);
    Ok(Answer::of(row(&found, &config)))
}

const COLUMNS: &Columns = &[
    ("ID", Kind::Number),
    ("DEAL_ID", Kind::Number),
    ("BASED_ID", Kind::Number),
    ("ACTIVE", Kind::Text),
    ("CATEGORY_ID", Kind::Number),
    ("IS_LIMIT", Kind::Text),
    ("COUNTER_REPEAT", Kind::Number),
    ("LIMIT_REPEAT", Kind::Number),
    ("LIMIT_DATE", Kind::Moment),
    ("START_DATE", Kind::Moment),
    ("NEXT_EXECUTION", Kind::Moment),
    ("LAST_EXECUTION", Kind::Moment),
];

async fn list(call: Call) -> Outcome {
    let (shop, config) = (call.shop(), call.config().await?);
    let all = call.read(move |reads| Ok(reads.all_records::<Recurrence>(shop, None)?)).await?;
    let rows = all.iter().map(|recurrence| row(recurrence, &config)).collect();
    let rows = table::listed(&call.params, COLUMNS, rows)?;
    let (start, total) = (call.params.start(), rows.len() as u64);
    let skipped = usize::try_from(start.max(0)).unwrap_or(usize::MAX);
    let page: Vec<Value> = rows.into_iter().skip(skipped).take(PAGE as usize).collect();
    Ok(Answer::page(page, start, total))
}

async fn update(call: Call) -> Outcome {
    let known = recurrence(&call).await?;
    let sent = upper(call.params.map("fields")?);
    let config = call.config().await?;
    // Told in the words of the contract, before the engine decides on what is there then.
    Sent { fields: sent.clone(), config: &config }.apply(&mut known.clone())?;
    let patch = move |recurrence: &mut Recurrence| {
        let applied = Sent { fields: sent.clone(), config: &config }.apply(recurrence);
        applied.map_err(|fault| Refusal::Conflict { message: fault.description })
    };
    let engine = call.facade.engine();
    engine.change_recurrence(call.asked(), call.caller.actor(), known.id, patch).await.map_err(refused)?;
    Ok(Answer::of(true))
}

async fn delete(call: Call) -> Outcome {
    let known = recurrence(&call).await?;
    let (shop, template) = (call.shop(), known.template.to_string());
    let there =
        call.read(move |reads| Ok(reads.record_named::<OrderTemplate>(shop, &template)?.is_some())).await?;
    if there {
        return Err(Fault::classic("Deleting is impossible. Connected recurring deal exists"));
    }
    let removed = call.facade.engine().remove_recurrence(shop, call.caller.actor(), known.id).await;
    removed.map_err(refused)?;
    Ok(Answer::of(true))
}

async fn expose(call: Call) -> Outcome {
    let known = recurrence(&call).await?;
    let engine = call.facade.engine();
    let made =
        engine.expose_recurrence(call.asked(), call.caller.actor(), known.id).await.map_err(|refusal| {
            match refusal {
                // Its template is gone.
                Refusal::Rejected(rulewright_domain::Rejection::Invalid { what, .. })
                    if what == "recurrence" =>
                {
                    not_found()
                }
                other => refused(other),
            }
        })?;
    Ok(Answer::of(json!({ "DEAL_ID": made.0 })))
}

/// Whether a list of deals means those that others are copied from: they lie apart.
pub(crate) fn asks_for_templates(call: &Call) -> Result<bool, Fault> {
    let filter = call.params.maybe_map("filter")?.unwrap_or_default();
    let asked = |(name, value): (&String, &Value)| {
        name.trim_start_matches('=').eq_ignore_ascii_case("IS_RECURRING") && scalar::flag(value) == Some(true)
    };
    Ok(filter.iter().any(asked))
}

/// The templates that a list of deals means, by their ids.
pub(crate) async fn templates(
    call: &Call,
    find: &Find,
    start: i64,
    row: impl Fn(&Order) -> Value,
) -> Outcome {
    let shop = call.shop();
    let all = call.read(move |reads| Ok(reads.all_records::<OrderTemplate>(shop, None)?)).await?;
    let is_meant = |template: &&OrderTemplate| {
        let json = serde_json::to_string(&template.order).unwrap_or_default();
        template.order.kind == OrderKind::Deal && find.filter.matches(&json)
    };
    let mut found: Vec<&Order> = all.iter().filter(is_meant).map(|template| &template.order).collect();
    if find.order.iter().any(|(_, direction)| *direction == Direction::Down) {
        found.reverse();
    }
    let total = found.len() as u64;
    let skipped = usize::try_from(start.max(0)).unwrap_or(usize::MAX);
    let rows: Vec<Value> = found.into_iter().skip(skipped).take(PAGE as usize).map(row).collect();
    Ok(Answer::page(rows, start, total))
}

fn row(recurrence: &Recurrence, config: &ShopConfig) -> Value {
    let zone = &config.shop.time_zone;
    let at = |at: Option<Timestamp>| at.map_or_else(String::new, |at| envelope::date(at, zone));
    let day = |day: &str| at(moment(day, zone).ok());
    let number = recurrence.pipeline.as_ref().and_then(|id| config.pipelines.get(id)?.number);
    let (limit, repeat, date) = match &recurrence.until {
        Until::Forever => ("N", None, String::new()),
        Until::Date(last) => ("D", None, day(last)),
        Until::Times(times) => ("T", Some(times.to_string()), String::new()),
    };
    json!({
        "ID": recurrence.id.0.to_string(),
        "DEAL_ID": recurrence.template.0.to_string(),
        "BASED_ID": recurrence.based_on.map(|order| order.0.to_string()),
        "ACTIVE": yes_no(recurrence.active),
        "CATEGORY_ID": number.map(|number| number.to_string()),
        "IS_LIMIT": limit,
        "COUNTER_REPEAT": Some(recurrence.times).filter(|times| *times > 0).map(|times| times.to_string()),
        "LIMIT_REPEAT": repeat,
        "LIMIT_DATE": date,
        "START_DATE": day(&recurrence.start),
        "NEXT_EXECUTION": at(recurrence.next),
        "LAST_EXECUTION": at(recurrence.last),
        "PARAMS": params(recurrence),
    })
}

fn params(recurrence: &Recurrence) -> Value {
    let (mode, before, every) = match recurrence.repeats {
        Repeats::Once(before) => ("single", before, None),
        Repeats::Every(every) => ("multiple", None, Some(every)),
    };
    let unit = |period: Option<Period>| period.map(|period| word(period.unit));
    let count = |period: Option<Period>| period.map_or(0, |period| period.count);
    json!({
        "MODE": mode,
        "SINGLE_BEFORE_START_DATE_TYPE": unit(before),
        "SINGLE_BEFORE_START_DATE_VALUE": count(before),
        "MULTIPLE_TYPE": unit(every),
        "MULTIPLE_INTERVAL": count(every),
        "OFFSET_BEGINDATE_TYPE": unit(recurrence.begins_after),
        "OFFSET_BEGINDATE_VALUE": count(recurrence.begins_after),
        "OFFSET_CLOSEDATE_TYPE": unit(recurrence.closes_after),
        "OFFSET_CLOSEDATE_VALUE": count(recurrence.closes_after),
    })
}

fn word(unit: Unit) -> &'static str {
    match unit {
        Unit::Day => "day",
        Unit::Week => "week",
        Unit::Month => "month",
        Unit::Year => "year",
    }
}

async fn fields(_: Call) -> Outcome {
    // Name, type, whether it must be sent, is only read, stays as it was added, and the title.
    let all = [
        ("ID", "integer", false, true, false, "ID"),
        ("DEAL_ID", "integer", true, false, true, "ID of the recurring deal"),
        ("BASED_ID", "integer", false, true, false, "Created based on"),
        ("ACTIVE", "char", false, false, false, "Active"),
        ("NEXT_EXECUTION", "datetime", false, true, false, "Next execution date"),
        ("LAST_EXECUTION", "datetime", false, true, false, "Last execution date"),
        ("COUNTER_REPEAT", "integer", false, true, false, "Number of executions"),
        ("START_DATE", "date", false, false, false, "Start date for calculation"),
        ("CATEGORY_ID", "char", false, false, false, "Category of the new deal"),
        ("IS_LIMIT", "char", false, false, false, "Limit"),
        ("LIMIT_REPEAT", "integer", false, false, false, "Maximum number of executions"),
        ("LIMIT_DATE", "date", false, false, false, "Last possible date"),
        ("PARAMS", "recurring_params", false, false, false, "Parameters of calculation"),
    ];
    let line = |(name, kind, required, read_only, immutable, title): (&str, &str, bool, bool, bool, &str)| {
        let mut line = json!({
            "type": kind,
            "isRequired": required,
            "isReadOnly": read_only,
            "isImmutable": immutable,
            "isMultiple": false,
            "isDynamic": false,
            "title": title,
        });
        if name == "PARAMS" {
            line["definition"] = definition();
        }
        (name.to_owned(), line)
    };
    Ok(Answer::of(Value::Object(all.into_iter().map(line).collect())))
}

/// What stands in PARAMS.
fn definition() -> Value {
    let all = [
        ("MODE", "string", "single or multiple"),
        ("MULTIPLE_TYPE", "string", "day, week, month or year"),
        ("MULTIPLE_INTERVAL", "integer", "Interval"),
        ("SINGLE_BEFORE_START_DATE_TYPE", "string", "day, week, month or year"),
        ("SINGLE_BEFORE_START_DATE_VALUE", "integer", "How long before the start date"),
        ("OFFSET_BEGINDATE_TYPE", "string", "day, week, month or year"),
        ("OFFSET_BEGINDATE_VALUE", "integer", "How long after it was made the deal begins"),
        ("OFFSET_CLOSEDATE_TYPE", "string", "day, week, month or year"),
        ("OFFSET_CLOSEDATE_VALUE", "integer", "How long after it was made the deal is to be done"),
    ];
    let line =
        |(name, kind, title): (&str, &str, &str)| (name.to_owned(), json!({ "type": kind, "title": title }));
    Value::Object(all.into_iter().map(line).collect())
}

#[cfg(test)]
mod tests;
