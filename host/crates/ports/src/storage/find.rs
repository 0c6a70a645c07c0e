use rulewright_domain::find::{Direction, Field, Filter};

use super::Page;

/// What a list is asked for. What one wants of it, and how many rows there are, are two questions: the second may
/// cost a look at every row, and is only answered where it is asked.
///
/// Paths lead into the JSON that the type is written as. Of an order its lines are not there, which are stored apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Find {
    pub filter: Filter,
    /// Then by id, in the direction of the last of these; without any, oldest first.
    pub order: Vec<(Field, Direction)>,
    /// Rows that are passed over. To go on after an id costs less: `id` above it, in the filter.
    pub offset: u64,
    /// At most [`Page::MAX`]; 0 only counts.
    pub limit: u32,
    /// Whether to say how many there are, whatever offset and limit.
    pub count: bool,
}

impl Find {
    /// Fields that a list is sorted by.
    pub const SORTED_BY: usize = 8;

    /// The first page of those that match, oldest first.
    pub fn first(filter: Filter) -> Find {
        Find { filter, order: Vec::new(), offset: 0, limit: Page::MAX, count: false }
    }

    /// What is wrong with it, for whoever sent it. A storage refuses what does not pass.
    pub fn check(&self) -> Result<(), String> {
        if self.order.len() > Self::SORTED_BY {
            return Err(format!("sorted by {} fields: {} are the most", self.order.len(), Self::SORTED_BY));
        }
        self.filter.check()
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Found<T> {
    pub rows: Vec<T>,
    /// Of all that match, where it was asked for.
    pub total: Option<u64>,
}
