//! Numbers that the open transaction has looked up. Nobody else writes, so they stay what they are until one of its own jobs
//! changes them: each step of a group asks again for what the one before it has just asked for, or written.

use std::{cell::RefCell, collections::HashMap};

/// What is looked up by a row's id and its shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Number {
    /// The stamp of an order.
    Order,
    /// Of an event its own id: it is there.
    Event,
    /// The version of a shop's configuration.
    Config,
}

impl Number {
    pub fn sql(self) -> &'static str {
        match self {
            Number::Order => "SELECT stamp FROM orders WHERE id = ?1 AND shop = ?2",
            Number::Event => "SELECT id FROM events WHERE id = ?1 AND shop = ?2",
            // A shop is its own.
            Number::Config => "SELECT config_version FROM shops WHERE id = ?1 AND id = ?2",
        }
    }
}

/// More would only take memory.
const MOST: usize = 1_000;

type Found = HashMap<(Number, i64, i64), Option<i64>>;

#[derive(Default)]
pub(crate) struct Known(RefCell<Found>);

impl Known {
    pub fn get(&self, number: Number, id: i64, shop: i64) -> Option<Option<i64>> {
        self.0.borrow().get(&(number, id, shop)).copied()
    }

    pub fn set(&self, number: Number, id: i64, shop: i64, value: Option<i64>) {
        let mut all = self.0.borrow_mut();
        if all.len() >= MOST {
            all.clear();
        }
        all.insert((number, id, shop), value);
    }

    /// Of a transaction that begins anew, or where many rows change.
    pub fn forget(&self) {
        self.0.borrow_mut().clear();
    }
}
