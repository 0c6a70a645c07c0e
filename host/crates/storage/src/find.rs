//! Answers a [`Find`] in SQL: where a table has a column for a field, by the column, else by a look into the JSON.
//!
//! Only constant text and `?` get into the SQL; paths and values are parameters. What a column says is what
//! `Filter::matches` says of the JSON: a promise of the conformance tests.
//!
//! Which index drives a list is decided here (`lead.rs`), because SQLite knows nothing about how often values occur: the
//! narrowest, if it leads to few rows, else the one that has them in the wanted order, so that a full page ends it.

use rulewright_domain::{
    ShopId,
    find::{Direction, Field, Filter, Key, Kind, Scalar, Test, fold},
};
use rulewright_ports::{
    StorageError,
    storage::{Find, Found, Page, Result},
};
use rusqlite::{Row, params_from_iter, types::Value};

use crate::session::{Session, encode, unsigned};

mod lead;

use lead::Lead;

/// What a list reads. The table is called `t`, and has `shop` and `id`.
pub(crate) struct Table {
    /// With its alias.
    pub name: &'static str,
    /// Selects one by id and shop.
    pub row: &'static str,
    /// Where the JSON is.
    pub body: &'static str,
    /// Where the part of it is that is called `data`.
    pub data: Option<&'static str>,
    pub columns: &'static [Column],
    pub indices: &'static [Index],
    /// Whether its rows are orders, whose contacts have an index.
    pub has_contacts: bool,
}

pub(crate) struct Column {
    pub path: &'static [&'static str],
    pub sql: &'static str,
    pub holds: Holds,
}

pub(crate) struct Index {
    pub name: &'static str,
    /// After the shop and before the id: the columns that it is sorted by.
    pub by: &'static [&'static str],
    /// Columns that it has besides, so that a test of them needs no row.
    pub also: &'static [&'static str],
    /// Whether it has every row of the table.
    pub whole: bool,
}

/// In which form.
pub(crate) enum Holds {
    /// The number of an id that begins so; the empty one where the JSON may write it otherwise.
    Id(&'static str),
    Folded,
    Number,
    /// Milliseconds since the Unix epoch.
    Instant,
}

/// What holds for all rows of the list, before any filter: one parameter each.
pub(crate) struct Given {
    /// For a page of it.
    pub page: &'static str,
    /// For its count, which needs no order.
    pub count: &'static str,
    pub value: Value,
}

impl Given {
    pub(crate) fn of(sql: &'static str, value: impl Into<Value>) -> Given {
        Given { page: sql, count: sql, value: value.into() }
    }
}

/// Where the number of rows is remembered: the name of the list, and the number after its last change.
pub(crate) type Clock = (&'static str, i64);

#[derive(Default)]
struct Sql {
    text: String,
    values: Vec<Value>,
}

impl Sql {
    fn push(&mut self, text: &str, values: impl IntoIterator<Item = Value>) {
        self.text.push_str(text);
        self.values.extend(values);
    }
}

impl<M> Session<'_, M> {
    pub(crate) fn find<T>(
        &self,
        table: &Table,
        shop: ShopId,
        given: &[Given],
        clock: Option<Clock>,
        find: &Find,
        read: impl Fn(&Row<'_>) -> Result<T>,
    ) -> Result<Found<T>> {
        find.check().map_err(StorageError::Database)?;
        let list = Listing { table, shop, given, find, few: None };
        let list = Listing { few: self.few(&list)?, ..list };
        let total = if find.count { Some(self.total(&list, clock)?) } else { None };
        let mut rows = Vec::new();
        if find.limit > 0 {
            let Sql { text, values } = list.page()?;
            let ids: Vec<i64> = self.rows(&text, params_from_iter(values), |row| row.get(0))?;
            for id in ids {
                rows.extend(self.each(table.row, (id, shop.0), &read)?);
            }
        }
        Ok(Found { rows, total })
    }

    fn total(&self, list: &Listing<'_, '_>, clock: Option<Clock>) -> Result<u64> {
        let key = match clock {
            None => None,
            Some((name, clock)) => {
                let given: Vec<&Value> = list.given.iter().map(|given| &given.value).collect();
                Some((
                    list.shop.0,
                    name,
                    clock,
                    format!("{given:?} {}", encode("filter", &list.find.filter)?),
                ))
            }
        };
        if let Some(total) = key.as_ref().and_then(|key| self.recent.totals.get(key)) {
            return Ok(total);
        }
        let Sql { text, values } = list.count()?;
        let total = unsigned(self.value(&text, params_from_iter(values))?.unwrap_or_default());
        if let Some(key) = key {
            self.recent.totals.insert(key, total);
        }
        Ok(total)
    }
}

/// A query that has narrowed the rows by itself, and takes of them what the filter says.
pub(crate) fn narrowed(
    table: &Table,
    select: &str,
    values: impl IntoIterator<Item = Value>,
    filter: &Filter,
) -> Result<(String, Vec<Value>)> {
    filter.check().map_err(StorageError::Database)?;
    let mut sql = Sql::default();
    sql.push(select, values);
    sql.push(" AND ", []);
    table.condition(&mut sql, filter)?;
    Ok((sql.text, sql.values))
}

struct Listing<'t, 'f> {
    table: &'t Table,
    shop: ShopId,
    given: &'f [Given],
    find: &'f Find,
    /// Leads to few rows.
    few: Option<Lead<'t>>,
}

impl<'t> Listing<'t, '_> {
    fn page(&self) -> Result<Sql> {
        let mut sql = Sql::default();
        sql.push("SELECT /* find */ t.id FROM ", []);
        let driver = self.driver();
        self.from(&mut sql, driver.as_ref(), |given| given.page)?;
        sql.push(" ORDER BY ", []);
        let mut by_id = false;
        let mut last = " ASC";
        for (field, direction) in &self.find.order {
            last = if *direction == Direction::Up { " ASC" } else { " DESC" };
            match self.table.column(field).filter(|column| column.sorts(field.kind)) {
                Some(column) => sql.push(column.sql, []),
                None => {
                    let (body, field) = self.table.place(field);
                    sql.push(&format!("sorted({body}, ?)"), [encode("field", &field)?.into()]);
                }
            }
            by_id = self.table.column(field).is_some_and(|column| column.sql == "t.id");
            sql.push(last, []);
            if by_id {
                // Nothing comes after what no two rows share.
                break;
            }
            sql.push(", ", []);
        }
        if !by_id {
            sql.push(&format!("t.id{last}"), []);
        }
        let offset = i64::try_from(self.find.offset).unwrap_or(i64::MAX);
        let limit = i64::from(self.find.limit.min(Page::MAX));
        sql.push(" LIMIT ? OFFSET ?", [limit.into(), offset.into()]);
        Ok(sql)
    }

    fn count(&self) -> Result<Sql> {
        let mut sql = Sql::default();
        sql.push("SELECT /* find */ count(*) FROM ", []);
        self.from(&mut sql, self.driver_of_all().as_ref(), |given| given.count)?;
        Ok(sql)
    }

    fn from(
        &self,
        sql: &mut Sql,
        driver: Option<&Lead<'_>>,
        given: impl Fn(&Given) -> &'static str,
    ) -> Result<()> {
        sql.push(self.table.name, []);
        if let Some(lead) = driver {
            sql.push(&format!(" INDEXED BY {}", lead.index.name), []);
        }
        sql.push(" WHERE t.shop = ?", [self.shop.0.into()]);
        for one in self.given {
            sql.push(&format!(" AND {}", given(one)), [one.value.clone()]);
        }
        for filter in self.conjuncts() {
            sql.push(" AND ", []);
            match filter {
                Filter::Is { field, test } => {
                    // `+` keeps every other index out.
                    let column = self.table.column(field).map(|column| column.sql);
                    let bare = column.is_some_and(|sql| {
                        sql == "t.id" || driver.is_some_and(|lead| lead.narrowed().contains(&sql))
                    });
                    self.table.is(sql, field, test, if bare { "" } else { "+" })?;
                }
                other => self.table.condition(sql, other)?,
            }
        }
        Ok(())
    }

    /// What all rows must be, one by one.
    fn conjuncts(&self) -> Vec<&Filter> {
        let mut all = Vec::new();
        let mut rest = vec![&self.find.filter];
        while let Some(filter) = rest.pop() {
            match filter {
                Filter::All(parts) => rest.extend(parts.iter().rev()),
                other => all.push(other),
            }
        }
        all
    }
}

impl Table {
    fn column(&self, field: &Field) -> Option<&Column> {
        self.columns.iter().find(|column| column.path.iter().eq(field.path.iter()))
    }

    /// Which JSON has the field, and where in it.
    fn place(&self, field: &Field) -> (&'static str, Field) {
        match (self.data, field.path.split_first()) {
            (Some(data), Some((first, rest))) if first == "data" => {
                (data, Field { path: rest.to_vec(), kind: field.kind })
            }
            _ => (self.body, field.clone()),
        }
    }

    fn condition(&self, sql: &mut Sql, filter: &Filter) -> Result<()> {
        let (parts, between, none) = match filter {
            Filter::All(parts) => (parts, " AND ", "1"),
            Filter::Any(parts) => (parts, " OR ", "0"),
            Filter::Not(part) => {
                sql.push("((", []);
                self.condition(sql, part)?;
                sql.push(") IS NOT TRUE)", []);
                return Ok(());
            }
            Filter::Is { field, test } => return self.is(sql, field, test, "+"),
        };
        if parts.is_empty() {
            sql.push(none, []);
            return Ok(());
        }
        for (at, part) in parts.iter().enumerate() {
            sql.push(if at == 0 { "(" } else { between }, []);
            self.condition(sql, part)?;
        }
        sql.push(")", []);
        Ok(())
    }

    fn is(&self, sql: &mut Sql, field: &Field, test: &Test, prefix: &str) -> Result<()> {
        if let Some(column) = self.column(field).filter(|column| column.holds.answers(field.kind, test)) {
            return column.is(sql, field.kind, test, prefix);
        }
        if let Some(clients) = self.contacts(field, test) {
            // More than are contacts, which the JSON knows.
            sql.push(
                "(t.id IN (SELECT order_id FROM order_clients WHERE order_clients.shop = t.shop
                 AND client IN (SELECT value FROM json_each(?))) AND ",
                [encode("filter", &clients)?.into()],
            );
        }
        let (body, place) = self.place(field);
        sql.push(&format!("found({body}, ?)"), [encode("filter", &(place, test))?.into()]);
        if self.contacts(field, test).is_some() {
            sql.push(")", []);
        }
        Ok(())
    }

    /// Ids of clients that the field names.
    fn contacts(&self, field: &Field, test: &Test) -> Option<Vec<i64>> {
        let values = match test {
            Test::Equal(value) => std::slice::from_ref(value),
            Test::In(values) => values,
            _ => return None,
        };
        let named = self.has_contacts && field.path == ["contacts"] && !values.contains(&Scalar::Null);
        named.then(|| values.iter().filter_map(|value| id("cli", field.kind, value)).collect())
    }
}

/// The number of an id. Text that only looks like one, as `ord_07`, is none.
fn id(prefix: &str, kind: Kind, value: &Scalar) -> Option<i64> {
    match Key::new(kind, value)? {
        Key::Number(number) => whole(number),
        Key::Text(text) => {
            let digits = text.strip_prefix(prefix)?.strip_prefix('_')?;
            digits.parse().ok().filter(|number: &i64| number.to_string() == digits)
        }
    }
}

fn whole(number: f64) -> Option<i64> {
    (number.fract() == 0.0 && number.abs() < 9e15).then_some(number as i64)
}

impl Holds {
    /// Whether the column says the same about the test as the JSON.
    fn answers(&self, kind: Kind, test: &Test) -> bool {
        let as_text = matches!(test, Test::Contains(_) | Test::Like(_));
        match (self, kind) {
            (Holds::Id(_), Kind::Number) | (Holds::Instant, Kind::Moment) => !as_text,
            (Holds::Id(prefix), Kind::Text) => {
                !prefix.is_empty() && matches!(test, Test::Equal(_) | Test::In(_) | Test::Missing)
            }
            (Holds::Number, Kind::Number) => !as_text && !matches!(test, Test::In(_)),
            (Holds::Folded, Kind::Text) => true,
            (Holds::Folded, _) => as_text,
            _ => matches!(test, Test::Missing),
        }
    }
}

impl Column {
    /// Whether its order is that of the kind.
    fn sorts(&self, kind: Kind) -> bool {
        matches!(
            (&self.holds, kind),
            (Holds::Id(_) | Holds::Number, Kind::Number)
                | (Holds::Folded, Kind::Text)
                | (Holds::Instant, Kind::Moment)
        )
    }

    fn value(&self, kind: Kind, value: &Scalar) -> Option<Value> {
        match &self.holds {
            Holds::Id(prefix) if kind == Kind::Text => id(prefix, kind, value).map(Value::from),
            _ => Some(match Key::new(kind, value)? {
                Key::Number(number) => Value::Real(number),
                Key::Text(text) => Value::Text(text),
            }),
        }
    }

    /// What [`Holds::answers`].
    fn is(&self, sql: &mut Sql, kind: Kind, test: &Test, prefix: &str) -> Result<()> {
        let column = format!("{prefix}{}", self.sql);
        let missing = match self.holds {
            Holds::Folded => format!("{column} = ''"),
            _ => format!("{column} IS NULL"),
        };
        let mut compare = |operator: &str, value: &Scalar| {
            match self.value(kind, value) {
                Some(value) => sql.push(&format!("{column} {operator} ?"), [value]),
                // Nothing compares with what is no value of the kind.
                None => sql.push("0", []),
            }
        };
        match test {
            Test::Missing | Test::Equal(Scalar::Null) => sql.push(&missing, []),
            Test::Equal(value) => compare("=", value),
            Test::Below(value) => compare("<", value),
            Test::AtMost(value) => compare("<=", value),
            Test::Above(value) => compare(">", value),
            Test::AtLeast(value) => compare(">=", value),
            Test::In(values) => {
                let listed = values.iter().filter_map(|value| match self.value(kind, value)? {
                    Value::Real(number) => whole(number).map(serde_json::Value::from),
                    Value::Integer(number) => Some(number.into()),
                    Value::Text(text) => Some(text.into()),
                    _ => None,
                });
                let listed = encode("filter", &listed.collect::<Vec<_>>())?;
                let or =
                    if values.contains(&Scalar::Null) { format!(" OR {missing}") } else { String::new() };
                let list = format!("({column} IN (SELECT value FROM json_each(?)){or})");
                sql.push(&list, [listed.into()]);
            }
            Test::Contains(text) => sql.push(&format!("instr({column}, ?) > 0"), [fold(text).into()]),
            Test::Like(pattern) => sql.push(&format!("fits({column}, ?)"), [fold(pattern).into()]),
        }
        Ok(())
    }
}
