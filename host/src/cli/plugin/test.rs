//! `plugin test`: a crate's own tests, then its fixtures in the sandbox that a shop would run it in.

use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args;
use rulewright_domain::Package;
use rulewright_domain::kind;
use rulewright_domain::plugin::PluginKind;
use serde_json::{Value, json};

use super::build;
use crate::config::Config;
use crate::error::{CliError, Doing, Exit, Result};
use crate::fixture::{self, Bench, Call, Fixture, Moment, Played, Used};
use crate::output::{Output, cell};

#[derive(Args, Debug)]
pub struct Test {
    /// Folder of a plugin, or a component file
    #[arg(default_value = ".")]
    path: PathBuf,
    /// Fixtures to play: a file, or a folder of them; may be repeated [default: tests/fixtures in the folder]
    #[arg(long, value_name = "PATH")]
    fixtures: Vec<PathBuf>,
    /// Write what came into the fixtures, as what they expect
    #[arg(long)]
    update: bool,
    /// Leave `cargo test` out
    #[arg(long)]
    no_cargo: bool,
    /// Tell the whole story of each fixture
    #[arg(long, short)]
    verbose: bool,
    /// Without a fixture: settings of the plugin as JSON [default: its example]
    #[arg(long, value_name = "JSON")]
    settings: Option<String>,
    /// Without a fixture: the event that a trigger examines [default: the first that it subscribes to]
    #[arg(long, value_name = "KIND")]
    event: Option<String>,
    /// Print the JSON Schema of fixtures, for editors
    #[arg(long)]
    schema: bool,
}

impl Test {
    pub async fn run(self, config: &Config) -> Result<()> {
        let output = config.output;
        if self.schema {
            match output.json {
                true => output.value(&fixture::schema()),
                false => output.say(&format!("{:#}", fixture::schema())),
            }
            return Ok(());
        }
        let is_file = self.path.is_file();
        if !is_file {
            std::fs::metadata(&self.path).map_err(|error| CliError::no_file(&self.path, &error))?;
            if !self.no_cargo && self.path.join("Cargo.toml").is_file() {
                cargo_test(&self.path, output)?;
            }
        }
        let components = match is_file {
            true => vec![super::read(&self.path)?],
            false => built(&self.path, output)?,
        };
        let files = self.files()?;
        if files.is_empty() {
            return self.sample(config, components).await;
        }
        let keep = (!is_file).then(|| compiled(&self.path));
        let mut report = Report::new(output, self.verbose || (files.len() == 1 && !output.json));
        let benches = Benches::of(config, components, keep.as_deref()).await?;
        for file in files {
            report.add(play(&benches, &file, self.update).await?);
        }
        report.end()
    }

    fn files(&self) -> Result<Vec<PathBuf>> {
        let usual = self.path.join(fixture::FOLDER);
        if self.fixtures.is_empty() {
            return if usual.is_dir() { fixture::files(&usual) } else { Ok(Vec::new()) };
        }
        let mut found = Vec::new();
        for path in &self.fixtures {
            let of_path = fixture::files(path)?;
            if of_path.is_empty() {
                return Err(CliError::refused("no-fixtures", format!("{} has no fixtures", path.display()))
                    .hint("a fixture is a file that ends in .json; docs/authors.md shows one"));
            }
            found.extend(of_path);
        }
        Ok(found)
    }

    /// A plugin without fixtures is tried on a made-up order.
    async fn sample(self, config: &Config, components: Vec<(Package, Vec<u8>)>) -> Result<()> {
        let output = config.output;
        let settings = self.settings.as_deref().map(serde_json::from_str::<Value>).transpose();
        let settings =
            settings.map_err(|error| CliError::usage(format!("--settings is not JSON: {error}")))?;
        for (package, component) in components {
            let fixture = fixture::sample(settings.clone(), story(&package, self.event.as_deref()));
            let bench = Bench::new(config, package, component, None).await?;
            let played = Played::of(&bench, &fixture).await?;
            match output.json {
                true => output.value(&json!({
                    "plugin": bench.package.manifest.id, "outcome": played.outcome, "usage": played.usage,
                    "notes": played.notes, "failure": played.failure,
                })),
                false => {
                    output.say(&played.told());
                    played.notes.iter().for_each(|note| output.note(&format!("note     {note}")));
                    output.say(&format!("used at most\n{}", fixture::table(&played.usage, output)));
                    output.say(&format!(
                        "Nothing was sent and nothing was kept. What should come of it can be kept: write {}/NAME.json \
                         and run this with --update.",
                        fixture::FOLDER
                    ));
                }
            }
            if let Some(failure) = played.failure {
                let (code, message) = failure.split_once(": ").unwrap_or(("failed", &failure));
                return Err(CliError::refused(code, message).hint("nothing of the step would have been kept"));
            }
        }
        Ok(())
    }
}

/// Where the compiled code of a folder's plugin is kept: what a component is compiled to depends on nothing else.
pub fn compiled(folder: &Path) -> PathBuf {
    folder.join("target").join("sandbox")
}

pub fn built(folder: &Path, output: Output) -> Result<Vec<(Package, Vec<u8>)>> {
    output.note(&format!("Building {}; the first time may take minutes", folder.display()));
    let built = build::build(folder, None)?;
    Ok(built.into_iter().map(|one| (one.package, one.component)).collect())
}

/// What a trigger is shown, where nobody has written a story.
fn story(package: &Package, named: Option<&str>) -> Vec<Moment> {
    if package.manifest.kind != PluginKind::Trigger {
        return Vec::new();
    }
    let first = package.manifest.subscriptions.first().map(String::as_str);
    let Some(wanted) = named.or(first) else { return Vec::new() };
    let call = |path: &str, body: Value| Moment {
        call: Some(Call { method: "POST".to_owned(), path: format!("/v1/orders/ord_1/{path}"), body }),
        ..Moment::default()
    };
    let moment = match wanted {
        // It is created before the story begins.
        kind::ORDER_CREATED => return Vec::new(),
        kind::PAYMENT_ADDED | kind::PAYMENT_RECEIVED => call("pay", json!({})),
        kind::ORDER_CANCELED => call("cancel", json!({})),
        kind::STAGE_CHANGED => Moment { to_stage: Some("paid".to_owned()), ..Moment::default() },
        kind::FIELDS_CHANGED => {
            Moment { change: Some(json!({ "fields": { "colour": "red" } })), ..Moment::default() }
        }
        kind::SHIPMENT_ADDED => call("shipments", json!({})),
        other => {
            let event = json!({ "kind": other });
            Moment { event: event.as_object().cloned(), ..Moment::default() }
        }
    };
    vec![moment]
}

/// The components of a folder, compiled.
pub struct Benches(Vec<Bench>);

impl Benches {
    pub async fn of(
        config: &Config,
        components: Vec<(Package, Vec<u8>)>,
        keep: Option<&Path>,
    ) -> Result<Benches> {
        let mut benches = Vec::new();
        for (package, component) in components {
            benches.push(Bench::new(config, package, component, keep).await?);
        }
        Ok(Benches(benches))
    }

    fn find(&self, fixture: &Fixture, name: &str) -> Result<&Bench> {
        let ids =
            || self.0.iter().map(|bench| bench.package.manifest.id.as_str()).collect::<Vec<_>>().join(", ");
        let found = match (&fixture.plugin, self.0.as_slice()) {
            (Some(id), all) => all.iter().find(|bench| bench.package.manifest.id == *id),
            (None, [only]) => Some(only),
            (None, _) => None,
        };
        found.ok_or_else(|| {
            CliError::refused("fixture", format!("{name} does not say which plugin it is for"))
                .hint(format!("add \"plugin\": one of {}", ids()))
        })
    }
}

/// One fixture and what came of it.
pub struct Ended {
    pub name: String,
    pub about: String,
    pub played: Played,
    pub end: End,
}

pub enum End {
    Same,
    Differs {
        expected: Value,
    },
    /// There is nothing to compare with.
    New,
    Written,
}

pub async fn play(benches: &Benches, file: &Path, update: bool) -> Result<Ended> {
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let text = std::fs::read_to_string(file).map_err(|error| CliError::no_file(file, &error))?;
    let fixture = Fixture::parse(&text, &file.display().to_string())?;
    let bench = benches.find(&fixture, &name)?;
    let at =
        |error: CliError| CliError { message: format!("{}: {}", file.display(), error.message), ..error };
    let played = Played::of(bench, &fixture).await.map_err(at)?;
    let end = match fixture.expect {
        Some(expected) if expected == played.outcome => End::Same,
        expected if update => {
            let written = fixture::with_expectation(&text, &played.outcome);
            let written =
                written.ok_or_else(|| CliError::failed(format!("{} is no object", file.display())))?;
            std::fs::write(file, written).doing(|| format!("cannot write {}", file.display()))?;
            drop(expected);
            End::Written
        }
        Some(expected) => End::Differs { expected },
        None => End::New,
    };
    Ok(Ended { name, about: fixture.about, played, end })
}

/// For programs, and for who watches over it.
pub fn told_of(one: &Ended, output: Output) -> Value {
    let (word, difference) = match &one.end {
        End::Same => ("ok", None),
        End::Written => ("written", None),
        End::New => ("new", None),
        End::Differs { expected } => ("failed", fixture::difference(expected, &one.played.outcome, output)),
    };
    json!({
        "fixture": one.name, "about": one.about, "end": word, "outcome": one.played.outcome,
        "usage": one.played.usage, "notes": one.played.notes, "difference": difference,
    })
}

/// All fixtures of one test.
struct Report {
    output: Output,
    verbose: bool,
    told: Vec<Value>,
    usage: Vec<Used>,
    failed: usize,
    new: usize,
}

impl Report {
    fn new(output: Output, verbose: bool) -> Report {
        Report { output, verbose, told: Vec::new(), usage: Vec::new(), failed: 0, new: 0 }
    }

    fn add(&mut self, one: Ended) {
        let output = self.output;
        let told = told_of(&one, output);
        let Ended { name, about, played, end } = one;
        let differs = matches!(end, End::Differs { .. });
        self.failed += usize::from(differs);
        self.new += usize::from(matches!(end, End::New));
        if !output.json {
            let word = if differs { "FAILED" } else { told["end"].as_str().unwrap_or_default() };
            let line = format!("{word:8} {name}  {}", cell(&json!(about)));
            let line = line.trim_end();
            output.say(&if differs { output.red(line) } else { line.to_owned() });
            if self.verbose || matches!(end, End::New) {
                output.say(&indented(&played.told()));
            }
            if let Some(difference) = told["difference"].as_str() {
                output.say(&indented(difference));
            }
            played.notes.iter().for_each(|note| output.note(&format!("         note: {note}")));
        }
        self.told.push(told);
        self.usage.extend(played.usage);
    }

    fn end(self) -> Result<()> {
        let Report { output, told, failed, new, .. } = self;
        let usage = fixture::most(self.usage);
        match output.json {
            true => output.value(&json!({ "passed": failed + new == 0, "fixtures": told, "usage": usage })),
            false => output.say(&format!("used at most\n{}", fixture::table(&usage, output))),
        }
        if failed > 0 {
            let message = format!("{failed} fixtures came out otherwise than they expect");
            return Err(CliError::new(Exit::Failed, "fixtures", message)
                .hint("`-` was expected, `+` came; where what came is right, --update writes it down"));
        }
        if new > 0 {
            let message = format!("{new} fixtures expect nothing yet");
            return Err(CliError::new(Exit::Failed, "fixtures", message)
                .hint("look at what came, and write it down with --update"));
        }
        Ok(())
    }
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("         {line}")).collect::<Vec<_>>().join("\n")
}

fn cargo_test(path: &Path, output: Output) -> Result<()> {
    let manifest = path.join("Cargo.toml");
    let mut cargo = Command::new("cargo");
    cargo.arg("test").arg("--manifest-path").arg(manifest);
    if output.json {
        // Stdout is for JSON.
        cargo.stdout(std::process::Stdio::null());
    }
    let status = cargo.status().doing(|| "cannot start cargo: is Rust installed?".to_owned())?;
    match status.success() {
        true => Ok(()),
        false => Err(CliError::new(Exit::Failed, "tests", "the tests do not pass")
            .hint("what cargo printed above says which, and why")),
    }
}
