//! Completions for shells, e.g. `source <(rulewright completions bash)`.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::error::{Doing, Result};

#[derive(Args, Debug)]
pub struct Completions {
    shell: Shell,
}

impl Completions {
    pub fn run(self) -> Result<()> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut super::Cli::command(), "rulewright", &mut script);
        match std::io::Write::write_all(&mut std::io::stdout(), &script) {
            // Whoever read it (`| head`) has what they wanted.
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            written => written.doing(|| "cannot print".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn completions_know_the_commands() {
        let mut script = Vec::new();
        clap_complete::generate(Shell::Bash, &mut super::super::Cli::command(), "rulewright", &mut script);
        let script = String::from_utf8(script).unwrap();
        assert!(script.contains("deliveries") && script.contains("--no-input"));
    }
}
