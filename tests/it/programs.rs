//! The components of `tests/programs/examples`, one constant each.

include!(concat!(env!("OUT_DIR"), "/programs.rs"));
