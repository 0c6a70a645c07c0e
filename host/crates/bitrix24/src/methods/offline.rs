//! The queue of an application: what happened waits here, and each event is given out once.

use rulewright_domain::{
    Event,
    application::QueuedEvent,
    find::{Direction, Field, Filter as Find, Scalar, Test},
};
use rulewright_engine::{Take, Taken};
use rulewright_ports::{StorageError, StorageExt, storage};
use serde_json::{Value, json};

use crate::{
    call::{Answer, Call, Outcome, PAGE},
    event,
    fault::Fault,
    filter::{Filter, Nesting, Op, parse},
    method::{BASIC, Method, method},
    order::lenient,
    scalar,
    wire::envelope,
};

pub(crate) const METHODS: &[Method] = &[
    method!("event.offline.get", BASIC, get),
    method!("event.offline.list", BASIC, list),
    method!("event.offline.clear", BASIC, clear),
    method!("event.offline.error", BASIC, error),
];

/// At once; more are asked for again.
const MOST: i64 = 500;

/// Gone with the answer, or with `clear=0` kept for the process that it names.
async fn get(call: Call) -> Outcome {
    let application = call.caller.application()?.key;
    let limit = call.params.integer("limit")?.filter(|limit| *limit > 0).unwrap_or(PAGE as i64).min(MOST);
    let process = call.params.text("process_id").filter(|id| !id.is_empty());
    let queue = call.params.text("auth_connector").unwrap_or_default();
    let mut order = sorted(&call);
    if order.is_empty() {
        order.push((Field::moment(["at"]), Direction::Up));
    }
    let take = Take {
        filter: Find::All(vec![filter(&call)?, Field::text(["queue"]).is(of_queue(&queue))]),
        order,
        limit: u32::try_from(limit).unwrap_or(PAGE as u32),
        keep: !call.params.flag("clear")?.unwrap_or(true),
        process,
        failed: call.params.flag("error")?.unwrap_or(false),
    };
    let Taken { process, events } = call.facade.engine().take_events(call.shop(), application, take).await?;
    let rows = rows(&call, events, false).await?;
    Ok(Answer::of(json!({ "process_id": process, "events": rows })))
}

fn of_queue(queue: &str) -> Test {
    match queue.is_empty() {
        true => Test::Missing,
        false => Test::Equal(Scalar::from(queue)),
    }
}

/// What waits, and what somebody works on. Nothing changes.
async fn list(call: Call) -> Outcome {
    let application = call.caller.application()?.key;
    let start = call.params.start();
    let find = storage::Find {
        filter: filter(&call)?,
        order: sorted(&call),
        offset: u64::try_from(start).unwrap_or(0),
        limit: PAGE as u32,
        count: start >= 0,
    };
    find.check().map_err(|wrong| Fault::coded("INVALID_ARG_VALUE", wrong))?;
    let (Taken { events, .. }, total) =
        call.facade.engine().queued_events(call.shop(), application, find).await?;
    let rows = rows(&call, events, true).await?;
    Ok(Answer::page(rows, start, total.unwrap_or(0)))
}

async fn clear(call: Call) -> Outcome {
    let application = call.caller.application()?.key;
    let process = call.params.required_text("process_id")?;
    let ids = call.params.list("id");
    let which = match ids.is_empty() {
        true => messages(&call),
        false => {
            let ids = ids.iter().filter_map(scalar::integer).map(|id| Scalar::Number(id as f64));
            Field::number(["id"]).is(Test::In(ids.collect()))
        }
    };
    checked(&which)?;
    call.facade.engine().clear_events(call.shop(), application, process, which).await?;
    Ok(Answer::of(true))
}

async fn error(call: Call) -> Outcome {
    let application = call.caller.application()?.key;
    let process = call.params.required_text("process_id")?;
    let which = messages(&call);
    checked(&which)?;
    call.facade.engine().fail_events(call.shop(), application, process, which).await?;
    Ok(Answer::of(true))
}

fn checked(which: &Find) -> Result<(), Fault> {
    which.check().map_err(|wrong| Fault::coded("INVALID_ARG_VALUE", wrong))
}

/// Nothing said: all.
fn messages(call: &Call) -> Find {
    let keys: Vec<Scalar> =
        call.params.list("message_id").iter().filter_map(scalar::text).map(Scalar::from).collect();
    match keys.is_empty() {
        true => Find::All(Vec::new()),
        false => Field::text(["key"]).is(Test::In(keys)),
    }
}

/// Where it is stored. None: there is no such field.
fn field(name: &str) -> Option<Field> {
    Some(match name.to_ascii_uppercase().as_str() {
        "ID" => Field::number(["id"]),
        "TIMESTAMP_X" => Field::moment(["at"]),
        "EVENT_NAME" => Field::text(["label"]),
        "MESSAGE_ID" => Field::text(["key"]),
        "PROCESS_ID" => Field::text(["process"]),
        "ERROR" => Field::flag(["failed"]),
        _ => return None,
    })
}

fn sorted(call: &Call) -> Vec<(Field, Direction)> {
    let sorts = lenient(&call.params.pairs("order")).into_iter();
    let by = sorts.filter_map(|sort| {
        let direction = if sort.descending { Direction::Down } else { Direction::Up };
        Some((field(&sort.field)?, direction))
    });
    by.take(storage::Find::SORTED_BY).collect()
}

fn filter(call: &Call) -> Result<Find, Fault> {
    let find = found(&parse(call.params.node("filter"), Nesting::Flat)?);
    checked(&find)?;
    Ok(find)
}

/// What it does not know, it ignores.
fn found(filter: &Filter) -> Find {
    let everything = || Find::All(Vec::new());
    match filter {
        Filter::All(parts) => Find::All(parts.iter().map(found).collect()),
        Filter::Any(parts) => Find::Any(parts.iter().map(found).collect()),
        Filter::Not(part) => match part.as_ref() {
            Filter::Cond { field: name, .. } if field(name).is_none() => everything(),
            part => Find::Not(Box::new(found(part))),
        },
        Filter::Cond { field: name, op, value } => match field(name) {
            Some(field) => test(field, *op, value),
            None => everything(),
        },
    }
}

fn test(field: Field, op: Op, value: &Value) -> Find {
    use rulewright_domain::find::Kind;
    let of = |value: &Value| match field.kind {
        Kind::Flag => Scalar::Flag(scalar::flag(value).unwrap_or(false)),
        Kind::Number => scalar::number(value).map_or(Scalar::Null, Scalar::Number),
        _ => scalar::text(value).map_or(Scalar::Null, Scalar::Text),
    };
    let text = || scalar::text(value).unwrap_or_default();
    let test = match op {
        Op::Equal if scalar::is_empty(value) => Test::Missing,
        Op::Equal => Test::Equal(of(value)),
        Op::Greater => Test::Above(of(value)),
        Op::AtLeast => Test::AtLeast(of(value)),
        Op::Less => Test::Below(of(value)),
        Op::AtMost => Test::AtMost(of(value)),
        Op::In => Test::In(value.as_array().into_iter().flatten().map(of).collect()),
        Op::Contains => Test::Contains(text()),
        Op::Like => Test::Like(text()),
    };
    field.is(test)
}

async fn rows(
    call: &Call,
    events: Vec<(QueuedEvent, Option<Event>)>,
    listed: bool,
) -> Result<Vec<Value>, Fault> {
    let zone = call.config().await?.shop.time_zone.clone();
    let read = call.facade.engine().storage().read::<_, StorageError, _>(move |reads| {
        let mut rows = Vec::with_capacity(events.len());
        for (queued, event) in events {
            let data = match &event {
                Some(event) => event::data(&queued.label, event, reads)?,
                None => Value::Bool(false),
            };
            let by = event.as_ref().and_then(|event| event.cause.by.employee());
            let mut row = json!({
                "ID": queued.id.to_string(),
                "TIMESTAMP_X": envelope::date(queued.at, &zone),
                "EVENT_NAME": queued.label,
                "EVENT_DATA": data,
                "EVENT_ADDITIONAL": by.map_or(Value::Bool(false), |by| json!({ "user_id": by.0.to_string() })),
                "MESSAGE_ID": queued.key,
            });
            if listed {
                row["PROCESS_ID"] = queued.process.unwrap_or_default().into();
                row["ERROR"] = if queued.failed { "1" } else { "0" }.into();
            }
            rows.push(row);
        }
        Ok(rows)
    });
    Ok(read.await?)
}
