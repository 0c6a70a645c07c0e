//! `rulewright`: the server, the operator's and the plugin author's tool, in one program.
//!
//! **Invariant:** it wires, starts and stops. What is decided about orders is decided in the crates below.

mod access;
mod backups;
mod cli;
mod compile;
mod compose;
mod config;
mod demo;
mod error;
mod fixture;
mod guests;
mod http_api;
mod kept;
mod order_file;
mod output;
mod registries;
mod revocations;
mod sample;
mod serve;
mod setup;
mod shops;
mod telemetry;
mod token;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::Cli;
use crate::config::Config;

/// A step is thousands of small allocations on threads that hand them to each other.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    if let Some(ended) = compile::as_child().or_else(guests::as_child) {
        return ended;
    }
    let Cli { flags, command } = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            return cli::not_parsed(error, std::env::args_os().any(|argument| argument == "--json"));
        }
    };
    let as_json = flags.json;
    let run = || {
        let config = Config::read(flags)?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let runtime = error::Doing::doing(runtime, || "the program cannot start its threads".to_owned())?;
        let collector = command.collector(&config);
        let told = telemetry::start(&config, command.default_log(), collector, runtime.handle())?;
        let ended = runtime.block_on(command.run(config));
        told.finish();
        ended
    };
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let exit = ExitCode::from(error.exit as u8);
            output::at_last(move || error.print(as_json));
            exit
        }
    }
}
