//! Why a file is not accepted as a plugin. Each says what is wrong, where, and what its author can do.

use thiserror::Error;

#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    #[error(
        "the file has {size} bytes, and a plugin may have {most}: build it optimised for size, and load large \
         data from storage instead of carrying it"
    )]
    TooLarge { size: usize, most: usize },
    #[error(
        "it needs {found} {what}, and a plugin may have {most}: link its modules into one, or split it into several \
         plugins"
    )]
    TooManyParts { what: &'static str, found: u64, most: u32 },
    #[error("its manifest has {size} bytes, and may have {most}: shorten its texts and its schema")]
    LongManifest { size: usize, most: usize },
    #[error("this is not a WebAssembly component: {0}; build it with `rulewright plugin build`")]
    NotAComponent(String),
    #[error(
        "the binary is not valid for this host at byte {offset}: {problem}; compile it without extra \
         WebAssembly features such as threads, 64-bit memory, garbage collection or exceptions"
    )]
    Invalid { offset: usize, problem: String },
    /// `code` is of the feature, e.g. `uses-threads`.
    #[error(
        "it uses {feature} at byte {offset}, and this host runs plugins without: switch that off in the compiler of \
         your language"
    )]
    Feature { code: &'static str, feature: &'static str, offset: usize },
    #[error(
        "its texts are in {found} at byte {offset}, and the contract's are in UTF-8: choose UTF-8 where your toolchain \
         makes the component"
    )]
    TextEncoding { found: &'static str, offset: usize },
    #[error(
        "components lie more than {most} deep in one another at byte {offset}: compose fewer of them into one plugin"
    )]
    Nested { most: usize, offset: usize },
    #[error(
        "the name `{name}` at byte {offset} cannot be used, because {problem}: rename what it stands for"
    )]
    BadName { name: String, problem: String, offset: usize },
    #[error(
        "it imports `{0}`, which this host does not have: use what the SDK offers instead, or remove the \
         dependency that needs it"
    )]
    UnknownImport(String),
    #[error(
        "it was built for `{interface}`, and this host speaks version {host}: build it with an SDK of the same \
         track, or use a newer host"
    )]
    OtherVersion { interface: String, host: String },
    /// `missing` are functions, e.g. `messages.cancel`.
    #[error("it needs API {needs}, and this host has {host}{}: use a newer host, or a version of the plugin that was \
             made for {host}", missing_functions(.missing))]
    NewerHost { needs: String, host: String, missing: Vec<String> },
    #[error(
        "it needs data of schema {needs}, and this host has {host}: use a host that has it, or a version of the plugin \
         that was made for {host}"
    )]
    OtherSchema { needs: String, host: String },
    #[error(
        "it calls `{place}` as `{found}`, but the contract says `{expected}`: it was not built with the \
         published WIT"
    )]
    Mismatch { place: String, found: String, expected: String },
    #[error("a {kind} may not use `{function}`: leave it out, or make the plugin a rule")]
    BeyondKind { kind: &'static str, function: String },
    #[error(
        "it exports none of `rulewright:plugin/rule`, `trigger` and `provider`: declare one with the SDK's macro"
    )]
    NoExport,
    #[error("it exports {0:?}, and a plugin is exactly one of them: split it")]
    SeveralExports(Vec<String>),
    #[error("its manifest says `{manifest}`, but it exports a {export}: make the two agree")]
    WrongKind { manifest: &'static str, export: &'static str },
    #[error(
        "it has {0} sections `rulewright:manifest`, and needs exactly one: build it with `rulewright plugin build`"
    )]
    Manifests(usize),
    #[error("its manifest cannot be read: {0}")]
    UnreadableManifest(String),
    /// `at` is a JSON pointer.
    #[error("its manifest is wrong at `{at}`: {problem}")]
    BadManifest { at: String, problem: String },
    #[error(
        "its manifest declares `{declared}`, but the binary never calls `{function}`: remove the line, so that \
         nobody is asked for what is not used"
    )]
    Unused { declared: String, function: String },
    #[error("it calls `{function}`, so its manifest must say `{missing}`")]
    Undeclared { function: String, missing: String },
}

impl Refusal {
    /// Stable and machine-readable.
    pub fn code(&self) -> &'static str {
        match self {
            Refusal::TooLarge { .. } => "too-large",
            Refusal::TooManyParts { .. } => "too-many-parts",
            Refusal::LongManifest { .. } => "long-manifest",
            Refusal::NotAComponent(_) => "not-a-component",
            Refusal::Invalid { .. } => "invalid-binary",
            Refusal::Feature { code, .. } => code,
            Refusal::TextEncoding { .. } => "text-encoding",
            Refusal::Nested { .. } => "nested-components",
            Refusal::BadName { .. } => "bad-name",
            Refusal::UnknownImport(_) => "unknown-import",
            Refusal::NewerHost { .. } => "newer-host",
            Refusal::OtherVersion { .. } => "other-version",
            Refusal::OtherSchema { .. } => "other-schema",
            Refusal::Mismatch { .. } => "mismatch",
            Refusal::BeyondKind { .. } => "beyond-kind",
            Refusal::NoExport => "no-export",
            Refusal::SeveralExports(_) => "several-exports",
            Refusal::WrongKind { .. } => "wrong-kind",
            Refusal::Manifests(_) => "manifest-count",
            Refusal::UnreadableManifest(_) => "unreadable-manifest",
            Refusal::BadManifest { .. } => "bad-manifest",
            Refusal::Unused { .. } => "unused-permission",
            Refusal::Undeclared { .. } => "undeclared-permission",
        }
    }
}

fn missing_functions(names: &[String]) -> String {
    if names.is_empty() { String::new() } else { format!("; missing: `{}`", names.join("`, `")) }
}
