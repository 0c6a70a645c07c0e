//! The commands: one noun, one file; here are only their names.

mod backup;
mod completions;
mod deliveries;
mod demo;
mod doctor;
mod import;
mod plugin;
mod run;
mod serve;
mod token;

use clap::{Parser, Subcommand};

use crate::config::{Config, Flags};
use crate::error::Result;

/// Order automation with sandboxed rules.
#[derive(Parser, Debug)]
#[command(name = "rulewright", version, max_term_width = 110, after_help = EXAMPLES)]
pub struct Cli {
    #[command(flatten)]
    pub flags: Flags,
    #[command(subcommand)]
    pub command: Command,
}

const EXAMPLES: &str = "\
Examples:
  rulewright demo                          a shop with real orders, replayed in seconds
  rulewright plugin new acme.greet         a rule of your own
  rulewright run list --state failed       what went wrong
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 refused or not found, 4 not agreed to, 5 data or server not reachable";

#[derive(Subcommand, Debug)]
pub enum Command {
    /// Start a shop with 1,892 real orders and replay its December
    Demo(demo::Demo),
    /// Serve the API and run the automation
    Serve(serve::Serve),
    /// Bring data in
    #[command(subcommand)]
    Import(import::Import),
    /// Write, check, install and remove plugins
    #[command(subcommand)]
    Plugin(plugin::Plugin),
    /// Look at runs of rules
    #[command(subcommand)]
    Run(run::RunCommand),
    /// List messages that left, or did not
    Deliveries(deliveries::Deliveries),
    /// Manage bearer tokens
    #[command(subcommand)]
    Token(token::TokenCommand),
    /// Copy all data into a file, while work goes on
    Backup(backup::Backup),
    /// Put a backup into an empty data directory
    Restore(backup::Restore),
    /// Check that everything is well, and say what to do where it is not
    Doctor(doctor::Doctor),
    /// Print completions for a shell
    Completions(completions::Completions),
}

impl Command {
    /// What is logged when nobody said anything.
    pub fn default_log(&self) -> &'static str {
        match self {
            Command::Serve(_) => "info",
            _ => "warn",
        }
    }

    pub async fn run(self, config: Config) -> Result<()> {
        match self {
            Command::Demo(demo) => demo.run(config).await,
            Command::Serve(serve) => serve.run(config).await,
            Command::Import(import) => import.run(config).await,
            Command::Plugin(plugin) => plugin.run(config).await,
            Command::Run(run) => run.run(config).await,
            Command::Deliveries(deliveries) => deliveries.run(config).await,
            Command::Token(token) => token.run(config).await,
            Command::Backup(backup) => backup.run(config).await,
            Command::Restore(restore) => restore.run(config).await,
            Command::Doctor(doctor) => doctor.run(config).await,
            Command::Completions(completions) => completions.run(),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound_and_every_command_says_what_it_does() {
        let mut cli = Cli::command();
        cli.build();
        cli.clone().debug_assert();
        fn look(command: &clap::Command) {
            for inner in command.get_subcommands() {
                assert!(inner.get_about().is_some(), "{} has no help", inner.get_name());
                look(inner);
            }
        }
        look(&cli);
    }
}
