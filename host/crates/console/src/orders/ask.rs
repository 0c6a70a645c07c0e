//! What somebody wants to see of a pipeline: the part of the address after the question mark.

use rulewright_domain::{
    ClientId, Order, OrderId, Pipeline, StageId, StageKind, Timestamp,
    find::{Field, Filter, Scalar, Test},
};
use serde::Deserialize;

use crate::listing::{self, filled};

/// Every part is text: an address that somebody has typed is answered, too.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Ask {
    pub pipeline: String,
    pub q: String,
    /// Of an employee, or [`NOBODY`].
    pub responsible: String,
    pub late: String,
    pub failed: String,
    /// `list`: a table in place of the board.
    pub view: String,
    /// Of the table: one stage only.
    pub stage: String,
    /// Of the table: what comes after this order.
    pub before: String,
}

/// In place of an employee: orders that nobody is responsible for.
pub const NOBODY: &str = "none";

/// Milliseconds in one open stage after which an order is late.
pub const LATE: i64 = 7 * 24 * 3_600_000;

impl Ask {
    pub fn is_list(&self) -> bool {
        self.view == "list" || !self.stage.is_empty()
    }

    /// Whether anything but the pipeline is asked for.
    pub fn is_narrowed(&self) -> bool {
        [&self.q, &self.responsible, &self.late, &self.failed, &self.stage]
            .iter()
            .any(|part| !part.is_empty())
    }

    pub fn text(&self) -> Option<&str> {
        filled(self.q.trim().trim_start_matches('#'))
    }

    pub fn before(&self) -> Option<OrderId> {
        self.before.parse().ok()
    }

    /// The parts that are filled, as a form and an address have them.
    pub fn parts(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let all = [
            ("pipeline", &self.pipeline),
            ("q", &self.q),
            ("responsible", &self.responsible),
            ("late", &self.late),
            ("failed", &self.failed),
            ("view", &self.view),
            ("stage", &self.stage),
            ("before", &self.before),
        ];
        all.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name, value.as_str()))
    }

    pub fn address(&self) -> String {
        listing::address("/orders", &self.parts().collect::<Vec<_>>())
    }

    /// `clients` are those whose name has the text, `failed` the orders with a failed run.
    pub fn filter(
        &self,
        pipeline: &Pipeline,
        now: Timestamp,
        clients: &[ClientId],
        failed: &[OrderId],
    ) -> Filter {
        let mut all = Vec::new();
        if let Some(text) = self.text() {
            let contains = |path: &str| Field::text([path]).is(Test::Contains(text.to_owned()));
            let theirs = |path: &str| Field::text([path]).is(Test::In(scalars(clients)));
            let mut any = vec![contains("number"), contains("title")];
            if !clients.is_empty() {
                any.extend([theirs("contacts"), theirs("company")]);
            }
            all.push(Filter::Any(any));
        }
        match self.responsible.as_str() {
            "" => {}
            NOBODY => all.push(Field::text(["responsible"]).is(Test::Missing)),
            one => all.push(Field::text(["responsible"]).is(Test::Equal(one.into()))),
        }
        if !self.late.is_empty() {
            let before = || Test::AtMost(now.plus(-LATE).into());
            let moved = || Field::moment(["moved"]);
            let never_moved = vec![moved().is(Test::Missing), Field::moment(["created"]).is(before())];
            all.extend([
                Field::text(["stage"]).is(Test::In(scalars(&open_stages(pipeline)))),
                Filter::Not(Box::new(Field::flag(["canceled"]).is(Test::Equal(true.into())))),
                Filter::Any(vec![moved().is(before()), Filter::All(never_moved)]),
            ]);
        }
        if !self.failed.is_empty() {
            all.push(Field::text(["id"]).is(Test::In(scalars(failed))));
        }
        Filter::All(all)
    }
}

fn scalars(values: &[impl ToString]) -> Vec<Scalar> {
    values.iter().map(|value| Scalar::Text(value.to_string())).collect()
}

fn open_stages(pipeline: &Pipeline) -> Vec<StageId> {
    let open = pipeline.stages.iter().filter(|stage| stage.kind == StageKind::Open);
    open.map(|stage| stage.id.clone()).collect()
}

/// When it came to its stage.
pub fn since(order: &Order) -> Timestamp {
    order.moved.unwrap_or(order.created)
}

/// What the filter of that name finds.
pub fn is_late(order: &Order, stage: StageKind, now: Timestamp) -> bool {
    stage == StageKind::Open && !order.canceled && now.0.saturating_sub(since(order).0) >= LATE
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::orders::sample;

    fn found(ask: &Ask, order: &Order) -> bool {
        let json = serde_json::to_string(order).unwrap();
        ask.filter(&sample::pipeline(), sample::NOW, &[ClientId(7)], &[OrderId(5)]).matches(&json)
    }

    #[test]
    fn an_order_is_found_by_number_title_and_client() {
        let order = Order { contacts: vec![ClientId(7)], ..sample::order(1) };
        for (text, by_client) in [("1001", false), ("#1001", false), ("TEA", false), ("mira", true)] {
            let ask = Ask { q: text.into(), ..Ask::default() };
            assert!(found(&ask, &order), "{text}");
            assert_eq!(found(&ask, &sample::order(1)), !by_client, "{text}");
        }
    }

    #[test]
    fn late_is_what_stands_in_an_open_stage_for_a_week() {
        let ask = Ask { late: "1".into(), ..Ask::default() };
        let then = |days: i64| Some(sample::NOW.plus(-days * 24 * 3_600_000));
        for (order, late) in [
            (Order { moved: then(6), ..sample::order(1) }, false),
            (Order { moved: then(7), ..sample::order(1) }, true),
            (Order { moved: None, created: then(8).unwrap(), ..sample::order(1) }, true),
            (Order { moved: then(9), canceled: true, ..sample::order(1) }, false),
            (Order { moved: then(9), stage: "done".into(), ..sample::order(1) }, false),
        ] {
            let kind = sample::pipeline().stage(&order.stage).unwrap().kind;
            assert_eq!(is_late(&order, kind, sample::NOW), late, "{order:?}");
            assert_eq!(found(&ask, &order), late, "{order:?}");
        }
    }

    #[test]
    fn orders_are_found_by_who_is_responsible_and_by_failures() {
        let nobody = Order { responsible: None, ..sample::order(5) };
        let ask = |responsible: &str| Ask { responsible: responsible.into(), ..Ask::default() };
        assert!(found(&ask(NOBODY), &nobody) && !found(&ask("emp_1"), &nobody));
        assert!(!found(&ask(NOBODY), &sample::order(1)) && found(&ask("emp_1"), &sample::order(1)));
        let failed = Ask { failed: "1".into(), ..Ask::default() };
        assert!(found(&failed, &nobody) && !found(&failed, &sample::order(1)));
    }

    #[test]
    fn an_address_says_what_is_asked_and_nothing_else() {
        assert_eq!(Ask::default().address(), "/orders");
        let ask = Ask { pipeline: "a b".into(), q: "t&a".into(), ..Ask::default() };
        assert_eq!(ask.address(), "/orders?pipeline=a+b&q=t%26a");
    }
}
