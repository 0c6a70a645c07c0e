//! The console.

pub mod forms;
