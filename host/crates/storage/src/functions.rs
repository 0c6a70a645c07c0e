//! What SQL cannot say by itself: the words of `domain::find` as functions.

use rulewright_domain::find::{self, Field, Key, Probe, Test};
use rusqlite::{
    Connection,
    functions::{Context, FunctionFlags},
    types::{ToSqlOutput, Value, ValueRef},
};

/// Only our own statements call them, never the schema of a file that comes from elsewhere.
pub(crate) fn register(conn: &Connection) -> rusqlite::Result<()> {
    let pure =
        FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_DIRECTONLY;
    conn.create_scalar_function("fold", 1, pure, |context| Ok(text(context, 0).map(find::fold)))?;
    conn.create_scalar_function("number", 1, pure, |context| Ok(text(context, 0).and_then(find::number)))?;
    conn.create_scalar_function("instant", 1, pure, |context| {
        Ok(text(context, 0).and_then(find::moment).map(|at| at.0))
    })?;
    conn.create_scalar_function("fits", 2, pure, |context| {
        Ok(text(context, 0).zip(text(context, 1)).is_some_and(|(text, pattern)| find::like(text, pattern)))
    })?;
    // The second argument is a parameter of the statement: read once, not for each row.
    conn.create_scalar_function("found", 2, pure, |context| {
        let probe = context.get_or_create_aux(
            1,
            |asked| -> Result<Probe, Box<dyn std::error::Error + Send + Sync>> {
                let (field, test): (Field, Test) = serde_json::from_str(asked.as_str()?)?;
                Ok(Probe::new(&field, &test))
            },
        )?;
        // What has no JSON, as an event without payload, is missing everything.
        Ok(probe.holds(text(context, 0).unwrap_or("null")))
    })?;
    conn.create_scalar_function("sorted", 2, pure, |context| {
        let field = context.get_or_create_aux(
            1,
            |asked| -> Result<Field, Box<dyn std::error::Error + Send + Sync>> {
                Ok(serde_json::from_str(asked.as_str()?)?)
            },
        )?;
        Ok(ToSqlOutput::Owned(match text(context, 0).and_then(|json| field.key(json)) {
            None => Value::Null,
            Some(Key::Number(number)) => Value::Real(number),
            Some(Key::Text(text)) => Value::Text(text),
        }))
    })
}

fn text<'c>(context: &'c Context<'_>, argument: usize) -> Option<&'c str> {
    match context.get_raw(argument) {
        ValueRef::Text(text) => std::str::from_utf8(text).ok(),
        _ => None,
    }
}
