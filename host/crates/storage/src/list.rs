//! Pages of lists: the same few filters in every combination.

use rulewright_domain::ShopId;
use rulewright_ports::storage::{Page, Result};
use rusqlite::{Row, params_from_iter, types::Value};
use serde::de::DeserializeOwned;

use crate::session::{Session, body};

/// A query that grows by conditions. Only constant text gets into the SQL, so that the number of statements
/// stays small and no value is ever taken for SQL.
pub(crate) struct List {
    sql: String,
    values: Vec<Value>,
}

impl List {
    /// `select` ends in a condition on the shop, which is the first parameter.
    pub(crate) fn of_shop(select: &str, shop: ShopId) -> List {
        List { sql: select.to_owned(), values: vec![Value::from(shop.0)] }
    }

    /// Nothing where there is no value: the filter is not set.
    pub(crate) fn with(mut self, condition: &str, value: Option<impl Into<Value>>) -> List {
        if let Some(value) = value {
            self.sql.push_str(" AND ");
            self.sql.push_str(condition);
            self.values.push(value.into());
        }
        self
    }

    /// Runs it; `id` is the column by which the page counts.
    pub(crate) fn page<M, T: DeserializeOwned>(
        self,
        session: &Session<'_, M>,
        what: &'static str,
        id: &str,
        page: Page,
    ) -> Result<Vec<T>> {
        self.page_of(session, id, page, |row| body(what, row, 0))
    }

    pub(crate) fn page_of<M, T>(
        self,
        session: &Session<'_, M>,
        id: &str,
        page: Page,
        read: impl Fn(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let (after, order) = match page.newest_first {
            true => ("<", "DESC"),
            false => (">", "ASC"),
        };
        let mut list = self.with(&format!("{id} {after} ?"), page.after);
        list.sql.push_str(&format!(" ORDER BY {id} {order} LIMIT ?"));
        list.values.push(Value::from(i64::from(page.limit.min(Page::MAX))));
        session.each(&list.sql, params_from_iter(list.values), read)
    }
}
