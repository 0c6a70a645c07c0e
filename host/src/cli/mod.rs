//! The commands: one noun, one file; here are only their names.

mod account;
mod backup;
mod completions;
mod deliveries;
mod demo;
mod doctor;
mod explain;
mod halt;
mod import;
mod key;
mod plugin;
mod recipe;
mod registry;
mod rule;
mod run;
mod serve;
mod token;

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Parser, Subcommand};

use crate::config::{Config, Flags};
use crate::error::{CliError, Exit, Result};

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
  rulewright plugin search sms             plugins that can be had
  rulewright recipe install order-confirmation
                                           an automation that is ready made
  rulewright run list --state failed       what went wrong
  rulewright explain out-of-fuel           what a code means
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
    /// Install automations that are ready made
    #[command(subcommand)]
    Recipe(recipe::RecipeCommand),
    /// Run a registry: its index, and what must run nowhere
    #[command(subcommand)]
    Registry(registry::Registry),
    /// Try rules without letting them loose
    #[command(subcommand)]
    Rule(rule::RuleCommand),
    /// Look at runs of rules
    #[command(subcommand)]
    Run(run::RunCommand),
    /// List messages that left, or did not
    Deliveries(deliveries::Deliveries),
    /// Manage who signs in to the console
    #[command(subcommand)]
    Account(account::AccountCommand),
    /// Manage bearer tokens
    #[command(subcommand)]
    Token(token::TokenCommand),
    /// Halt what comes in or goes out of the whole server, and let it go on
    Halt(halt::Halt),
    /// Manage the key that opens the secrets in the data directory
    #[command(subcommand)]
    Key(key::KeyCommand),
    /// Copy all data into a file, while work goes on
    Backup(backup::Backup),
    /// Put a backup into an empty data directory
    Restore(backup::Restore),
    /// Check that everything is well, and say what to do where it is not
    Doctor(doctor::Doctor),
    /// Say what the code of an error means, and what to do
    Explain(explain::Explain),
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

    /// Who is sent traces.
    pub fn collector<'c>(&'c self, config: &'c Config) -> Option<&'c str> {
        match self {
            Command::Serve(serve) => serve.collector(config),
            _ => None,
        }
    }

    pub async fn run(self, config: Config) -> Result<()> {
        match self {
            Command::Demo(demo) => demo.run(config).await,
            Command::Serve(serve) => serve.run(config).await,
            Command::Import(import) => import.run(config).await,
            Command::Plugin(plugin) => plugin.run(config).await,
            Command::Recipe(recipe) => recipe.run(config).await,
            Command::Registry(registry) => registry.run(config).await,
            Command::Rule(rule) => rule.run(config).await,
            Command::Run(run) => run.run(config).await,
            Command::Deliveries(deliveries) => deliveries.run(config).await,
            Command::Account(account) => account.run(config).await,
            Command::Token(token) => token.run(config).await,
            Command::Halt(halt) => halt.run(config).await,
            Command::Key(key) => key.run(&config),
            Command::Backup(backup) => backup.run(config).await,
            Command::Restore(restore) => restore.run(config).await,
            Command::Doctor(doctor) => doctor.run(config).await,
            Command::Explain(explain) => explain.run(config.output),
            Command::Completions(completions) => completions.run(),
        }
    }
}

/// Help and version go to stdout whoever asks; a mistake is told as every other error is.
pub fn not_parsed(error: clap::Error, as_json: bool) -> ExitCode {
    if as_json && error.use_stderr() {
        misused(&error).print(true);
    } else {
        let _ = error.print();
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(Exit::Usage as u8))
}

/// What clap says in several paragraphs, as a message and a hint.
fn misused(error: &clap::Error) -> CliError {
    let text = error.render().to_string();
    let mut parts = text.split("\n\n").map(|part| part.split_whitespace().collect::<Vec<_>>().join(" "));
    let said = parts.next().unwrap_or_default();
    let message = match error.kind() {
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => "a command is missing",
        _ => said.strip_prefix("error: ").unwrap_or(&said),
    };
    let error = CliError::usage(message);
    match parts.find_map(|part| part.strip_prefix("tip: ").map(str::to_owned)) {
        Some(tip) => error.hint(tip),
        None => error,
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

    /// Every value that a command line can have is looked up by type, which is where clap panics over a name that two
    /// arguments share.
    #[test]
    fn every_command_is_parsed_from_a_real_line() {
        let lines = "
            demo --first 5 --exit-after-replay --sync --listen 127.0.0.1:0
            serve --shop-name Tea --listen 127.0.0.1:0 --backup-to x --backup-every 1h --backup-keep 3 --otlp http://x:4318
            import orders a.csv --pipeline sales --stage new --zone Europe/London --currency GBP --run-rules
            plugin new acme.greet --template rust-trigger --path x --sdk y
            plugin build x --out y
            plugin check x.wasm
            plugin test x.wasm --settings {} --event call.incoming
            plugin test x --fixtures a.json --fixtures b --update --no-cargo --verbose
            plugin test --schema
            plugin dev x --once
            plugin replay run_1 x.wasm --unmasked --out a.json
            plugin key new author.key
            plugin key show author.key
            plugin sign x.wasm --key author.key
            plugin verify x.wasm --signature x.sig --key ed25519:x
            plugin pack x.wasm --out y --key author.key --readme r --icon i
            plugin publish a.b/c x.wasm --key author.key --readme r --icon i --dry-run --unsigned --replace --no-component-tag
            plugin search send sms --kind rule --source bundled --limit 5 --refresh
            plugin show acme.greet --source bundled
            registry index add a.b/c:1 --registry a.b --key x --signed-by y --verified --accept-key z --dry-run
            registry index remove acme.greet 1.0.0 --registry a.b --key x --yes
            registry index sign --registry a.b --key x
            registry index list --registry a.b --public-key y
            registry revoke abc --reason bad --registry a.b --key x --yes
            registry revocations --registry a.b --public-key y
            plugin install x.wasm --yes --allow-host example.com --accept-key 9f86 --allow-unsigned --allow-downgrade
            plugin upgrade acme.greet r.example/a/b:2 --migrate --yes --without orders-write.cancel
            plugin rollback acme.greet
            plugin history acme.greet
            plugin migrate acme.greet --dry-run
            plugin permissions acme.greet
            plugin offers
            plugin accept acme.greet --yes --grant messages.queue
            plugin decline acme.greet
            plugin publishers --forget acme --yes
            plugin quarantine acme.greet --reason x
            plugin list
            plugin remove acme.greet --force --yes
            plugin resume acme.greet
            recipe list
            recipe show abandoned-payment
            recipe install abandoned-payment --pipeline sales --stage unpaid=new --set first-hours=4 --draft --preview --yes
            recipe remove abandoned-payment --pipeline sales --cancel-runs --preview --yes
            run list --state failed --order ord_1 --limit 5
            run show run_1
            run retry run_1
            run again run_1
            run cancel run_1
            deliveries --order ord_1 --channel sms --state sent --limit 5
            rule dry-run --order ord_42 --stage new --pipeline orders --rule thanks --draft --now 2026-12-24T18:00:00Z
            account create ada@shop.example --name Ada --role editor --employee emp_1
            account list
            account password acc_1
            account remove acc_1
            token create --name x --scope orders-read,orders-write --expires 3
            token list
            token revoke tok_1
            halt intake --reason x
            key rotate
            backup x.bak
            restore x.bak
            doctor
            explain not-found
            completions bash";
        let global = "--config c --data d --server http://x --token t --shop shop_1 --json --no-input --log info --log-json";
        let lines: Vec<&str> = lines.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        for line in &lines {
            for words in [
                format!("rulewright {line}"),
                format!("rulewright {global} {line}"),
                format!("rulewright {line} {global}"),
            ] {
                let cli =
                    Cli::try_parse_from(words.split(' ')).unwrap_or_else(|error| panic!("{words}: {error}"));
                // Printing it reads every value.
                let shown = format!("{cli:?}");
                let values = line.split(' ').filter(|word| word.contains('_') || word.contains(".csv"));
                for value in values {
                    let number = value.split('_').next_back().unwrap_or(value);
                    assert!(shown.contains(number), "{words}: {shown}");
                }
                assert_eq!(cli.flags.token.is_some(), words.contains(global), "{words}");
            }
        }
        fn leaves(command: &clap::Command, path: String) -> Vec<String> {
            let inner: Vec<_> = command.get_subcommands().filter(|one| one.get_name() != "help").collect();
            match inner.is_empty() {
                true => vec![path],
                false => {
                    inner.iter().flat_map(|one| leaves(one, format!("{path} {}", one.get_name()))).collect()
                }
            }
        }
        for command in leaves(&Cli::command(), String::new()) {
            let named = |line: &&str| format!("{line} ").starts_with(&format!("{} ", command.trim()));
            assert!(lines.iter().any(named), "no line for `{command}`");
        }
    }

    #[test]
    fn a_mistake_on_the_command_line_is_one_error_with_a_hint() {
        let error = |line: &str| misused(&Cli::try_parse_from(line.split(' ')).unwrap_err());
        let unknown = error("rulewright run list --stat failed");
        assert_eq!((unknown.exit, unknown.code.as_str()), (Exit::Usage, "usage"));
        assert!(unknown.message.contains("--stat") && !unknown.message.contains('\n'), "{unknown}");
        assert!(unknown.hint.contains("--state"), "{unknown}");
        assert_eq!(error("rulewright").message, "a command is missing");
        assert!(error("rulewright token revoke nonsense").message.contains("nonsense"));
    }
}
