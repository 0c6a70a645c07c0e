//! Where processes have no sockets to each other that can be handed over: guests run in the engine's process.

use std::{ffi::OsString, process::ExitCode, sync::Arc};

use rulewright_ports::{Completion, Invocation, World};

use super::Guests;
use crate::{RuntimeError, components::Loaded, options::Limits, room::Admission, turn::Turns};

pub fn worker_child(_: Option<String>) -> ExitCode {
    eprintln!("guests have no processes on this system");
    ExitCode::FAILURE
}

/// There are none.
pub(crate) enum Workers {}

impl Workers {
    pub fn start(_: &Limits, _: OsString) -> Result<Workers, RuntimeError> {
        Err(RuntimeError::Workers("only Unix has them; set `guests = \"in-process\"`".to_owned()))
    }

    pub fn guests(&self) -> &Guests {
        match *self {}
    }
}

pub(crate) struct Chain<'a>(&'a Workers);

impl<'a> Chain<'a> {
    pub fn new(workers: &'a Workers) -> Chain<'a> {
        Chain(workers)
    }

    pub fn push(&mut self, _: Arc<Loaded>, _: Invocation, _: Arc<dyn World>) {}

    pub fn next(&mut self, _: &Turns) -> Option<std::future::Ready<Completion>> {
        match *self.0 {}
    }

    pub async fn only(self, _: Admission, _: Arc<Loaded>, _: Invocation, _: Arc<dyn World>) -> Completion {
        match *self.0 {}
    }
}
