//! Orders, runs and events that were written or read lately, decoded: an order with many lines takes longer to read
//! from JSON than everything else that a step does.
//!
//! **Invariant:** nothing is taken from here that the database does not have at that moment: each look-up first asks
//! the connection, inside its transaction, for the row's stamp, and takes what was kept under that stamp. No two
//! values ever share an id and a stamp, not even where one of them was rolled back.

use std::{
    hash::{BuildHasher, Hasher, RandomState},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use quick_cache::{Weighter, sync::Cache};
use rulewright_domain::{Event, Order, Run};

/// Bytes of JSON that each kind may stand for; decoded, they take two or three times as much memory.
const WEIGHT: u64 = 16 << 20;
/// Values, at this average size.
const ITEMS: usize = (WEIGHT >> 12) as usize;

/// Filters whose number of rows is remembered; each takes as much memory as its text.
const TOTALS: usize = 1_000;

type Kept<T> = Cache<(i64, i64), (Arc<T>, u32), Bytes>;

pub(crate) struct Recent {
    pub orders: Shelf<Order>,
    pub runs: Shelf<Run>,
    pub events: Shelf<Event>,
    /// How many rows of a shop's list match, under the list's name and the number after its last change.
    pub totals: Cache<(i64, &'static str, i64, String), u64>,
    stamp: AtomicI64,
}

pub(crate) struct Shelf<T>(Kept<T>);

#[derive(Clone)]
struct Bytes;

impl<T> Weighter<(i64, i64), (Arc<T>, u32)> for Bytes {
    fn weight(&self, _: &(i64, i64), (_, size): &(Arc<T>, u32)) -> u64 {
        u64::from(*size).max(64)
    }
}

impl<T> Shelf<T> {
    fn new() -> Shelf<T> {
        Shelf(Cache::with_weighter(ITEMS, WEIGHT, Bytes))
    }

    pub fn get(&self, id: i64, stamp: i64) -> Option<Arc<T>> {
        self.0.get(&(id, stamp)).map(|(value, _)| value)
    }

    /// `size` is that of its JSON.
    pub fn keep(&self, id: i64, stamp: i64, value: Arc<T>, size: usize) {
        self.0.insert((id, stamp), (value, u32::try_from(size).unwrap_or(u32::MAX)));
    }

    pub fn forget(&self, id: i64, stamp: i64) {
        self.0.remove(&(id, stamp));
    }
}

impl Recent {
    pub fn new() -> Recent {
        // Where another process stopped counting is not known; that it was just here is as good as impossible.
        let somewhere = RandomState::new().build_hasher().finish() >> 2;
        let stamp = AtomicI64::new(i64::try_from(somewhere).unwrap_or(1));
        Recent {
            orders: Shelf::new(),
            runs: Shelf::new(),
            events: Shelf::new(),
            totals: Cache::new(TOTALS),
            stamp,
        }
    }

    /// For a row that is about to be written.
    pub fn stamp(&self) -> i64 {
        self.stamp.fetch_add(1, Ordering::Relaxed)
    }
}
