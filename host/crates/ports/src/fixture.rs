//! Trying a plugin on what its author has written down, in a shop that is made up.

use std::sync::Arc;

use async_trait::async_trait;
use rulewright_domain::{LogLine, Package};
use serde_json::Value;

/// What came of a fixture.
#[derive(Clone, Debug, PartialEq)]
pub struct FixturePlayed {
    /// What it shows, in its author's words.
    pub about: String,
    /// None: it expects nothing yet.
    pub expected: Option<Value>,
    pub came: Value,
    /// Lines around what differs; empty where what came was expected, or nothing was.
    pub difference: Vec<DiffLine>,
    pub usage: Vec<FixtureUse>,
    pub logs: Vec<LogLine>,
    /// What is odd about it, though nothing failed.
    pub notes: Vec<String>,
    /// Why it is not well, where the plugin broke.
    pub failure: Option<String>,
}

impl FixturePlayed {
    /// None: there is nothing to compare with.
    pub fn as_expected(&self) -> Option<bool> {
        self.expected.as_ref().map(|expected| *expected == self.came)
    }
}

/// One line of what was expected beside what came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffLine {
    pub side: Side,
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Both,
    Expected,
    Came,
}

/// The most of one thing in any call, beside its limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FixtureUse {
    pub limit: String,
    pub unit: String,
    pub used: u64,
    pub most: u64,
}

/// Why a fixture was not played to its end. The message says where in the fixture.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FixtureRefusal {
    pub code: String,
    pub message: String,
    /// What to do about it.
    pub hint: String,
}

#[async_trait]
pub trait Fixtures: Send + Sync {
    /// In the sandbox of production, under its limits. Nothing is sent, and nothing is kept.
    async fn play(
        &self,
        package: Package,
        component: Arc<[u8]>,
        fixture: String,
    ) -> Result<FixturePlayed, FixtureRefusal>;
}
