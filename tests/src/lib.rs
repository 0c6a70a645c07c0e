//! What several kinds of tests share, and the simulator.

mod chance;
pub mod money;
pub mod simulator;

pub use chance::Chance;
