//! Lists come in pages, by key: nothing is skipped or shown twice while rows are added.

use rulewright_ports::storage;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::problem::Problem;

const DEFAULT: u32 = 50;
const MAX: u32 = 200;

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Pass it as `after` to get the next page; null on the last one.
    pub next: Option<String>,
}

/// A query of a list: its filters, and which part of it. One struct, because `deny_unknown_fields` and
/// `flatten` do not go together, and a filter with a typing error must not list everything.
macro_rules! list_query {
    ($(#[$doc:meta])* $name:ident { $($(#[$attribute:meta])* $field:ident: $kind:ty,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Default, serde::Deserialize, utoipa::IntoParams)]
        #[into_params(parameter_in = Query)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $($(#[$attribute])* #[serde(default)] pub $field: Option<$kind>,)*
            /// 1 to 200; 50 if left out.
            #[param(minimum = 1, maximum = 200)]
            pub limit: Option<u32>,
            /// `next` of the page before.
            pub after: Option<String>,
            /// By time of creation; newest first if left out.
            #[param(inline)]
            pub sort: Option<crate::page::Sort>,
        }

        impl $name {
            pub fn window(&self) -> Result<crate::page::Window, crate::problem::Problem> {
                crate::page::Window::new(self.limit, self.after.as_deref(), self.sort)
            }
        }
    };
}

pub(crate) use list_query;

list_query! { PageQuery {} }

#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Sort {
    #[default]
    Newest,
    Oldest,
}

/// What a page query means to the storage.
pub struct Window {
    limit: usize,
    pub page: storage::Page,
}

impl Window {
    pub fn new(limit: Option<u32>, after: Option<&str>, sort: Option<Sort>) -> Result<Window, Problem> {
        let limit = size(limit)?;
        let after = after.map(decode).transpose()?;
        let newest_first = sort.unwrap_or_default() == Sort::Newest;
        // One more than asked for tells whether there is a next page.
        let page = storage::Page { after, limit: limit + 1, newest_first };
        Ok(Window { limit: limit as usize, page })
    }

    pub fn page<D, T>(&self, mut found: Vec<D>, id: impl Fn(&D) -> i64, view: impl Fn(D) -> T) -> Page<T> {
        let more = found.len() > self.limit;
        found.truncate(self.limit);
        let next = found.last().filter(|_| more).map(|last| encode(id(last)));
        Page { items: found.into_iter().map(view).collect(), next }
    }
}

/// Of one page.
pub fn size(limit: Option<u32>) -> Result<u32, Problem> {
    match limit.unwrap_or(DEFAULT) {
        limit @ 1..=MAX => Ok(limit),
        limit => Err(Problem::bad_request("limit", format!("`limit` is 1 to {MAX}, not {limit}"))),
    }
}

/// `after` is none that we gave, or what it stood for is gone.
pub fn no_cursor() -> Problem {
    Problem::bad_request("cursor", "`after` is not the `next` of an earlier page")
        .hint("leave it out to begin at the first page")
}

// Opaque: clients that look into it would keep us from changing it.
pub fn encode(id: i64) -> String {
    format!("k{id:x}")
}

pub fn decode(text: &str) -> Result<i64, Problem> {
    text.strip_prefix('k').and_then(|id| i64::from_str_radix(id, 16).ok()).ok_or_else(no_cursor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_knows_whether_there_is_another_one() {
        let query = PageQuery { limit: Some(2), ..PageQuery::default() };
        let window = query.window().ok().unwrap();
        let page = |rows: Vec<i64>| window.page(rows, |row| *row, |row| row);
        assert_eq!(page(vec![9, 8]).next, None);
        let first = page(vec![9, 8, 7]);
        assert_eq!(first.items, [9, 8]);
        let next = PageQuery { after: first.next, ..PageQuery::default() };
        assert_eq!(next.window().ok().unwrap().page.after, Some(8));
    }

    #[test]
    fn a_cursor_or_limit_that_we_did_not_give_is_refused() {
        for after in ["", "8", "kzz", "k", "k-"] {
            let query = PageQuery { after: Some(after.into()), ..PageQuery::default() };
            assert!(query.window().is_err(), "{after}");
        }
        for limit in [0, 201] {
            assert!(PageQuery { limit: Some(limit), ..PageQuery::default() }.window().is_err());
        }
    }
}
