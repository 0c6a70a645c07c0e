//! Which index drives a list.

use std::cmp::Reverse;

use rulewright_domain::find::{Field, Filter, Scalar, Test};
use rulewright_ports::storage::Result;
use rusqlite::params_from_iter;

use super::{Column, Index, Listing, Sql};
use crate::session::Session;

/// An index that leads to fewer rows than this is followed and its rows sorted: as many steps cost about 0.1 ms.
const FEW: i64 = 1_000;

/// An index, and how far a filter leads into it.
#[derive(Clone, Copy)]
pub(super) struct Lead<'t> {
    pub index: &'t Index,
    /// How many of its columns, from the first on, the filter leaves one value.
    single: usize,
    /// How many it leaves a few values, or one range in the last of them.
    narrow: usize,
    /// Whether all that the filter asks for is in the index.
    covers: bool,
}

/// What a test leaves of a column.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Left {
    Range,
    Values,
    Single,
}

impl<M> Session<'_, M> {
    /// The one that leads to the fewest rows, where they are few.
    pub(super) fn few<'t>(&self, list: &Listing<'t, '_>) -> Result<Option<Lead<'t>>> {
        let mut fewest = (FEW, None);
        for lead in list.narrowest() {
            let Sql { text, values } = list.reach(&lead)?;
            let rows = self.value(&text, params_from_iter(values))?.unwrap_or_default();
            if rows < fewest.0 {
                fewest = (rows, Some(lead));
            }
        }
        Ok(fewest.1)
    }
}

impl<'t> Lead<'t> {
    /// Columns in which the filter says where to look.
    pub fn narrowed(&self) -> &'t [&'t str] {
        &self.index.by[..self.narrow]
    }

    /// Whether its rows come by their ids.
    fn by_id(&self) -> bool {
        self.single > 0 && self.single == self.index.by.len()
    }

    /// Whether its rows come by this column.
    fn by(&self, column: &Column) -> bool {
        let every = self.index.whole || self.narrow > 0;
        every && self.index.by.iter().take(self.single + 1).any(|by| *by == column.sql)
    }
}

impl<'t> Listing<'t, '_> {
    /// For a page, which ends when it is full.
    pub(super) fn driver(&self) -> Option<Lead<'t>> {
        let sorted = |(field, _): &(Field, _)| self.table.column(field).filter(|by| by.sorts(field.kind));
        self.few.or_else(|| match self.find.order.first().map(sorted) {
            None => self.best(Lead::by_id),
            Some(Some(id)) if id.sql == "t.id" => self.best(Lead::by_id),
            Some(column) => {
                column.and_then(|column| self.best(|lead| lead.by(column))).or_else(|| self.driver_of_all())
            }
        })
    }

    /// For all rows that match, in any order.
    pub(super) fn driver_of_all(&self) -> Option<Lead<'t>> {
        self.few.or_else(|| self.best(|lead| lead.single > 0 || lead.narrow > 0 && lead.covers))
    }

    /// Of those that fit, one that needs no look at rows, and there the one with most values known.
    fn best(&self, fits: impl Fn(&Lead<'t>) -> bool) -> Option<Lead<'t>> {
        self.leads().filter(fits).min_by_key(|lead| Reverse((lead.covers, lead.single)))
    }

    /// Into as many columns as possible: none where another one leads into the same columns, and perhaps more.
    fn narrowest(&self) -> Vec<Lead<'t>> {
        let mut leads: Vec<Lead<'t>> = self.leads().filter(|lead| lead.narrow > 0).collect();
        leads.sort_by_key(|lead| Reverse(lead.narrow));
        let mut narrowest: Vec<Lead<'t>> = Vec::new();
        for lead in leads {
            let within =
                |other: &Lead<'_>| lead.narrowed().iter().all(|column| other.narrowed().contains(column));
            if !narrowest.iter().any(within) {
                narrowest.push(lead);
            }
        }
        narrowest
    }

    /// How many rows it leads to, counted as far as they are few.
    fn reach(&self, lead: &Lead<'_>) -> Result<Sql> {
        let mut sql = Sql::default();
        sql.push("SELECT /* find */ count(*) FROM (SELECT 1 FROM ", []);
        sql.push(
            &format!("{} INDEXED BY {} WHERE t.shop = ?", self.table.name, lead.index.name),
            [self.shop.0.into()],
        );
        for (column, field, test) in self.tests() {
            if lead.narrowed().contains(&column.sql) && left(column, field, test).is_some() {
                sql.push(" AND ", []);
                self.table.is(&mut sql, field, test, "")?;
            }
        }
        sql.push(" LIMIT ?)", [FEW.into()]);
        Ok(sql)
    }

    fn leads(&self) -> impl Iterator<Item = Lead<'t>> {
        self.table.indices.iter().map(|index| {
            let left: Vec<Option<Left>> = index.by.iter().map(|column| self.left(column)).collect();
            let known = |least| left.iter().take_while(|left| **left >= Some(least)).count();
            let (single, values) = (known(Left::Single), known(Left::Values));
            let narrow = values + usize::from(left.get(values) == Some(&Some(Left::Range)));
            Lead { index, single, narrow, covers: self.covered(index, &self.find.filter) }
        })
    }

    fn covered(&self, index: &Index, filter: &Filter) -> bool {
        match filter {
            Filter::All(parts) | Filter::Any(parts) => parts.iter().all(|part| self.covered(index, part)),
            Filter::Not(part) => self.covered(index, part),
            Filter::Is { field, test } => self.table.column(field).is_some_and(|column| {
                let there = index.by.iter().chain(index.also).any(|sql| *sql == column.sql);
                (there || column.sql == "t.id") && column.holds.answers(field.kind, test)
            }),
        }
    }

    /// What is left of the column by all that rows must be.
    fn left(&self, sql: &str) -> Option<Left> {
        let tests = self.tests().into_iter().filter(|(column, ..)| column.sql == sql);
        tests.filter_map(|(column, field, test)| left(column, field, test)).max()
    }

    /// What rows must be in columns.
    fn tests(&self) -> Vec<(&'t Column, &Field, &Test)> {
        let tests = self.conjuncts().into_iter().filter_map(|filter| match filter {
            Filter::Is { field, test } => Some((self.table.column(field)?, field, test)),
            _ => None,
        });
        tests.collect()
    }
}

fn left(column: &Column, field: &Field, test: &Test) -> Option<Left> {
    let null = |value: &Scalar| *value == Scalar::Null;
    match test {
        Test::Equal(value) => {
            (!null(value) && column.holds.answers(field.kind, test)).then_some(Left::Single)
        }
        Test::In(values) => {
            (!values.iter().any(null) && column.holds.answers(field.kind, test)).then_some(Left::Values)
        }
        Test::Below(_) | Test::AtMost(_) | Test::Above(_) | Test::AtLeast(_) => {
            column.sorts(field.kind).then_some(Left::Range)
        }
        Test::Contains(_) | Test::Like(_) | Test::Missing => None,
    }
}

#[cfg(test)]
mod tests {
    use rulewright_domain::{
        ShopId,
        find::{Direction, Kind},
    };
    use rulewright_ports::storage::Find;

    use super::*;
    use crate::table::deals::DEALS;

    fn driver(filter: Vec<Filter>, order: &[(&str, Kind)]) -> Option<&'static str> {
        let order = order.iter().map(|(path, kind)| (Field::new([*path], *kind), Direction::Down)).collect();
        let find = Find { order, ..Find::first(Filter::All(filter)) };
        let list = Listing { table: &DEALS, shop: ShopId(1), given: &[], find: &find, few: None };
        list.driver().map(|lead| lead.index.name)
    }

    #[test]
    fn a_list_of_many_goes_by_what_comes_in_its_order_and_asks_no_rows() {
        use Kind::{Moment, Number, Text};
        let stage = || Field::text(["stage"]).is(Test::Equal("paid".into()));
        let pipeline = || Field::text(["pipeline"]).is(Test::Equal("sales".into()));
        let responsible = || Field::number(["responsible"]).is(Test::Equal(7.0.into()));
        let stages = || Field::text(["stage"]).is(Test::In(vec!["new".into(), "paid".into()]));
        let since = || Field::moment(["updated"]).is(Test::AtLeast("2026-11-20".into()));
        let own = || Field::text(["fields", "own"]).is(Test::Equal("1".into()));
        let title = || Field::text(["title"]).is(Test::Contains("lamp".into()));
        for (filter, order, index) in [
            (vec![stage(), responsible()], &[][..], Some("deals_by_stage_and_responsible")),
            (vec![responsible(), stage()], &[("id", Number)], Some("deals_by_stage_and_responsible")),
            (vec![stage(), responsible()], &[("updated", Moment)], Some("deals_by_updated")),
            (vec![stage(), responsible()], &[("created", Moment)], Some("deals_by_created")),
            (vec![stage(), responsible()], &[("title", Text)], Some("deals_by_stage_and_responsible")),
            (vec![pipeline(), stage()], &[], Some("deals_by_stage")),
            (vec![pipeline(), responsible()], &[], Some("deals_by_responsible")),
            (vec![stages(), responsible()], &[], Some("deals_by_responsible")),
            (vec![stages(), responsible()], &[("title", Text)], Some("deals_by_stage_and_responsible")),
            (vec![since(), pipeline()], &[], Some("deals_by_pipeline")),
            (vec![since(), pipeline()], &[("updated", Moment)], Some("deals_by_updated")),
            (vec![since(), pipeline()], &[("title", Text)], Some("deals_by_updated")),
            (vec![own(), stage()], &[], Some("deals_by_stage")),
            (vec![responsible()], &[("stage", Text)], Some("deals_by_stage_and_responsible")),
            (vec![], &[("stage", Text)], Some("deals_by_stage")),
            // By the ids, row after row.
            (vec![title()], &[], None),
            (vec![stages()], &[("id", Number)], None),
        ] {
            assert_eq!(driver(filter.clone(), order), index, "{filter:?} {order:?}");
        }
    }
}
