use rulewright_domain::{Flow, Halt};
use rulewright_ports::storage::{ReadHalts, Result, WriteHalts};

use crate::session::{Session, Writing, encode};

impl<M> ReadHalts for Session<'_, M> {
    fn halt(&mut self, flow: Flow) -> Result<Option<Halt>> {
        self.one("halt", "SELECT body FROM halts WHERE flow = ?1", [flow.name()])
    }

    fn halts(&mut self) -> Result<Vec<Halt>> {
        self.many("halt", "SELECT body FROM halts ORDER BY flow", [])
    }
}

impl WriteHalts for Writing<'_> {
    fn put_halt(&mut self, halt: &Halt) -> Result<()> {
        self.execute(
            "INSERT INTO halts (flow, body) VALUES (?1, ?2)
             ON CONFLICT (flow) DO UPDATE SET body = excluded.body",
            (halt.flow.name(), encode("halt", halt)?),
        )
        .map(drop)
    }

    fn remove_halt(&mut self, flow: Flow) -> Result<bool> {
        Ok(self.execute("DELETE FROM halts WHERE flow = ?1", [flow.name()])? > 0)
    }
}
