use rulewright_domain::{Flow, Halt};

use super::Result;

/// What the operator has halted, of the whole server and not of a shop.
pub trait ReadHalts {
    fn halt(&mut self, flow: Flow) -> Result<Option<Halt>>;
    /// By name.
    fn halts(&mut self) -> Result<Vec<Halt>>;
}

pub trait WriteHalts {
    /// Replaces the one of the same flow.
    fn put_halt(&mut self, halt: &Halt) -> Result<()>;
    /// False: there was none.
    fn remove_halt(&mut self, flow: Flow) -> Result<bool>;
}
