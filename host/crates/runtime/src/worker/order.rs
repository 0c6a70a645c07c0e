//! What a worker is told before it has a socket to be told anything.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::options::{LimitInfo, Limits};

/// An argument of the program. Nothing in it is secret: everybody on the machine can read it.
#[derive(Serialize, Deserialize)]
pub(super) struct Order {
    /// What its engines are set up with, by name.
    pub limits: BTreeMap<String, u64>,
    /// For tests: whether there are walls.
    #[cfg(debug_assertions)]
    #[serde(default = "yes")]
    pub walls: bool,
    /// For tests: tries what walls forbid, instead of working.
    #[cfg(debug_assertions)]
    #[serde(default)]
    pub probe: Option<super::probe::Probe>,
}

#[cfg(debug_assertions)]
fn yes() -> bool {
    true
}

impl Order {
    pub fn new(limits: &Limits) -> Order {
        let named = |info: &LimitInfo| Some((info.name.to_owned(), limits.get(info.name)?));
        Order {
            limits: Limits::TABLE.iter().filter_map(named).collect(),
            #[cfg(debug_assertions)]
            walls: true,
            #[cfg(debug_assertions)]
            probe: None,
        }
    }

    pub fn limits(&self) -> Limits {
        let mut limits = Limits::default();
        for (name, value) in &self.limits {
            limits.set(name, *value);
        }
        limits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_has_the_limits_of_whoever_starts_it() {
        let limits = Limits { fuel: 7, concurrency: 3, ..Limits::default() };
        let told = serde_json::to_string(&Order::new(&limits)).unwrap();
        assert_eq!(serde_json::from_str::<Order>(&told).unwrap().limits(), limits);
    }
}
