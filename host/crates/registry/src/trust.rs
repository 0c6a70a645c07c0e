//! What follows from who signed a package, beside what the shop has: whether somebody must be asked, and what they are
//! told. That the signature holds, and is of a key that may sign this, was found before: see [`crate::signature`].

use rulewright_domain::plugin::{Package, PluginId};
use rulewright_domain::provenance::publisher_of;
use rulewright_domain::{PackageSource, Provenance, PublicKey};
use semver::Version;
use thiserror::Error;

use crate::keys;

/// What whoever installs allows beyond the usual.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// From a registry or an address, where the publisher has no pinned key.
    pub allow_unsigned: bool,
    /// A fingerprint, or a key: the one that the package must be signed with, whatever is pinned.
    pub accept_key: Option<String>,
    pub allow_downgrade: bool,
    /// The plugin that it must be.
    pub plugin: Option<PluginId>,
}

/// What the shop knows of a package's publisher and of the plugin.
#[derive(Clone, Debug, Default)]
pub struct Known<'a> {
    /// The key that the shop agreed to for this publisher.
    pub pinned: Option<&'a PublicKey>,
    /// The version in use, and where it came from.
    pub installed: Option<(&'a Provenance, &'a Package)>,
    /// The highest version that the shop ever had.
    pub highest: Option<&'a str>,
}

/// Who vouches for a package.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trusted {
    /// To be pinned when somebody agrees.
    pub pins: Option<PublicKey>,
    /// Somebody must agree even where nothing more is asked for: what is trusted changes.
    pub asks: bool,
    /// Sentences for whoever agrees.
    pub warnings: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Distrust {
    #[error(
        "it is signed with the key {found}, and the version in use came with this program: whoever made the package, it \
         replaces a part of the program; if you mean that, say that you accept the key {found}"
    )]
    ReplacesOurs { found: String },
    #[error(
        "it is version {offered}, and the shop had {had}: an older version may have faults that were mended since; say \
         that you allow a downgrade if it must be"
    )]
    Downgrade { offered: String, had: String },
    #[error("it is `{found}`, and `{wanted}` was asked for: name the place where that one is")]
    OtherPlugin { wanted: PluginId, found: PluginId },
}

impl Distrust {
    /// Stable and machine-readable.
    pub fn code(&self) -> &'static str {
        match self {
            Distrust::ReplacesOurs { .. } => "other-key",
            Distrust::Downgrade { .. } => "downgrade",
            Distrust::OtherPlugin { .. } => "other-plugin",
        }
    }
}

/// `signed_by` has been verified over this very package, and is pinned, accepted or the first; or there is none, and
/// there need not be one.
pub fn trust(
    package: &Package,
    source: &PackageSource,
    signed_by: Option<&PublicKey>,
    known: &Known<'_>,
    wishes: &Wishes,
) -> Result<Trusted, Distrust> {
    let found = &package.manifest.id;
    if let Some(wanted) = wishes.plugin.as_ref().filter(|wanted| *wanted != found) {
        return Err(Distrust::OtherPlugin { wanted: wanted.clone(), found: found.clone() });
    }
    let mut trusted = match signed_by {
        Some(key) if known.pinned == Some(key) => Trusted::default(),
        Some(key) => new_key(package, key, known, wishes)?,
        None => unsigned(source),
    };
    older(package, known, wishes, &mut trusted)?;
    let Some((before, installed)) = known.installed else { return Ok(trusted) };
    if installed.manifest.version == package.manifest.version
        && installed.digest != package.digest
        && matches!(source, PackageSource::Url(_) | PackageSource::Registry(_))
    {
        trusted.warnings.push(format!(
            "It says that it is version {}, which you have, and is not the same: a published version should not change.",
            package.manifest.version
        ));
    }
    let ours = |source: &PackageSource| *source == PackageSource::Bundled;
    if before.signed_by.as_ref() != signed_by || ours(&before.source) != ours(source) {
        trusted.asks = true;
        if signed_by.is_none() && before.signed_by.is_some() {
            trusted.warnings.push("The version in use is signed, and this one is not.".to_owned());
        }
    }
    Ok(trusted)
}

fn new_key(
    package: &Package,
    key: &PublicKey,
    known: &Known<'_>,
    wishes: &Wishes,
) -> Result<Trusted, Distrust> {
    let publisher = publisher_of(&package.manifest.id);
    let ours = known.installed.is_some_and(|(from, _)| from.source == PackageSource::Bundled);
    let accepted = wishes.accept_key.as_deref().is_some_and(|said| keys::is_meant(said, key));
    let found = shown(key);
    if ours && known.pinned.is_none() && !accepted {
        return Err(Distrust::ReplacesOurs { found });
    }
    let told = match known.pinned {
        Some(pinned) => {
            format!("Its publisher's key is another one: {found} takes the place of {}.", shown(pinned))
        }
        None if ours => "The version in use came with this program, and this one does not.".to_owned(),
        None => format!("You have nothing signed by `{publisher}` yet."),
    };
    let after = format!(
        "From now on, only packages signed with the key {found} are taken for those of `{publisher}`."
    );
    Ok(Trusted { pins: Some(key.clone()), asks: true, warnings: vec![format!("{told} {after}")] })
}

fn shown(key: &PublicKey) -> String {
    keys::fingerprint(key).unwrap_or_else(|_| key.clone())
}

fn unsigned(source: &PackageSource) -> Trusted {
    match source {
        PackageSource::Bundled => Trusted::default(),
        PackageSource::File(_) => {
            warned("It is not signed: nobody can tell whether it is what its publisher made.")
        }
        PackageSource::Url(_) | PackageSource::Registry(_) => {
            warned("It is not signed: whoever holds the place that it comes from can change it.")
        }
    }
}

fn warned(text: &str) -> Trusted {
    Trusted { warnings: vec![text.to_owned()], ..Trusted::default() }
}

fn older(
    package: &Package,
    known: &Known<'_>,
    wishes: &Wishes,
    trusted: &mut Trusted,
) -> Result<(), Distrust> {
    let installed = known.installed.map(|(_, package)| package.manifest.version.as_str());
    let had = [installed, known.highest].into_iter().flatten().filter_map(|text| Version::parse(text).ok());
    let (Some(had), Ok(offered)) = (had.max(), Version::parse(&package.manifest.version)) else {
        return Ok(());
    };
    // Build metadata says nothing about age.
    if offered.cmp_precedence(&had).is_ge() {
        return Ok(());
    }
    if !wishes.allow_downgrade {
        return Err(Distrust::Downgrade { offered: offered.to_string(), had: had.to_string() });
    }
    trusted.warnings.push(format!("It is older than {had}, which you had."));
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::keys::SecretKey;
    use crate::testing;

    fn key(byte: u8) -> PublicKey {
        SecretKey::from_seed(&[byte; 32]).public()
    }

    fn package(version: &str) -> Package {
        testing::package(json!({ "version": version }), &[])
    }

    fn registry() -> PackageSource {
        PackageSource::Registry("registry.example/acme/greet:1".into())
    }

    fn code(result: Result<Trusted, Distrust>) -> &'static str {
        result
            .map_or_else(|distrust| distrust.code(), |trusted| if trusted.asks { "asks" } else { "trusted" })
    }

    #[test]
    fn a_first_key_is_asked_for_and_pinned_and_then_trusted() {
        let (one, key) = (package("1.0.0"), key(1));
        let first = trust(&one, &registry(), Some(&key), &Known::default(), &Wishes::default()).unwrap();
        assert_eq!((first.pins.as_ref(), first.asks), (Some(&key), true));
        let known = Known { pinned: Some(&key), ..Known::default() };
        let again = trust(&one, &registry(), Some(&key), &known, &Wishes::default());
        assert_eq!(again, Ok(Trusted::default()));
    }

    #[test]
    fn another_key_is_consent_again_and_takes_the_place_of_the_first() {
        let (one, pinned, other) = (package("1.0.0"), key(1), key(2));
        let known = Known { pinned: Some(&pinned), ..Known::default() };
        let wishes = Wishes { accept_key: Some(shown(&other)), ..Wishes::default() };
        let told = trust(&one, &registry(), Some(&other), &known, &wishes).unwrap();
        assert!(told.asks && told.pins.as_ref() == Some(&other), "{told:?}");
        assert!(told.warnings[0].contains(&shown(&pinned)) && told.warnings[0].contains(&shown(&other)));
    }

    #[test]
    fn who_does_not_sign_is_told_of() {
        let one = package("1.0.0");
        let table = [
            (PackageSource::Bundled, 0),
            (PackageSource::File("greet.wasm".into()), 1),
            (PackageSource::Url("https://example.com/greet.wasm".into()), 1),
            (registry(), 1),
        ];
        for (source, warnings) in table {
            let told = trust(&one, &source, None, &Known::default(), &Wishes::default()).unwrap();
            assert_eq!(told.warnings.len(), warnings, "{source}");
        }
    }

    #[test]
    fn another_maker_is_a_question_even_where_nothing_more_is_asked_for() {
        let (one, mine) = (package("1.0.0"), key(1));
        let (file, signed) = (PackageSource::File("greet.wasm".into()), Some(mine.clone()));
        let from = |source: &PackageSource, signed_by: &Option<PublicKey>| Provenance {
            source: source.clone(),
            artifact: None,
            signed_by: signed_by.clone(),
        };
        let table = [
            (from(&PackageSource::Bundled, &None), &file, &None, "asks"),
            (from(&file, &None), &file, &None, "trusted"),
            (from(&registry(), &signed), &file, &None, "asks"),
            (from(&registry(), &signed), &registry(), &signed, "trusted"),
            (from(&file, &None), &registry(), &signed, "asks"),
        ];
        for (before, source, signed_by, expected) in table {
            let known = Known { pinned: Some(&mine), installed: Some((&before, &one)), ..Known::default() };
            let told = trust(&one, source, signed_by.as_ref(), &known, &Wishes::default());
            assert_eq!(code(told), expected, "{before:?} {source}");
        }
    }

    #[test]
    fn what_came_with_the_program_is_not_replaced_by_whoever_signs_first() {
        let (one, key) = (package("1.0.0"), key(1));
        let bundled = Provenance::default();
        let known = Known { installed: Some((&bundled, &one)), ..Known::default() };
        let with = |accept_key| {
            let wishes = Wishes { accept_key, ..Wishes::default() };
            code(trust(&one, &registry(), Some(&key), &known, &wishes))
        };
        assert_eq!((with(None), with(Some(shown(&key)))), ("other-key", "asks"));
    }

    #[test]
    fn an_older_version_needs_to_be_allowed_even_after_a_removal() {
        let (old, new, key) = (package("1.2.0"), package("1.10.0"), key(1));
        let from = Provenance { source: registry(), artifact: None, signed_by: Some(key.clone()) };
        let here = Known { pinned: Some(&key), installed: Some((&from, &new)), highest: None };
        let gone = Known { pinned: Some(&key), installed: None, highest: Some("1.10.0") };
        for known in [&here, &gone] {
            let with = |allow_downgrade| {
                let wishes = Wishes { allow_downgrade, ..Wishes::default() };
                trust(&old, &registry(), Some(&key), known, &wishes)
            };
            assert_eq!(code(with(false)), "downgrade");
            assert!(with(true).unwrap().warnings[0].contains("older than 1.10.0"));
        }
        let back =
            Known { pinned: Some(&key), installed: Some((&from, &old)), highest: Some("1.2.0+rebuilt") };
        assert_eq!(code(trust(&old, &registry(), Some(&key), &back, &Wishes::default())), "trusted");
    }

    #[test]
    fn who_asks_for_one_plugin_does_not_get_another() {
        let wishes = Wishes { plugin: Some("acme.other".into()), ..Wishes::default() };
        let file = PackageSource::File("greet.wasm".into());
        assert_eq!(code(trust(&package("1.0.0"), &file, None, &Known::default(), &wishes)), "other-plugin");
        let wishes = Wishes { plugin: Some("acme.greet".into()), ..Wishes::default() };
        assert_eq!(code(trust(&package("1.0.0"), &file, None, &Known::default(), &wishes)), "trusted");
    }

    #[test]
    fn a_published_version_that_changes_is_noticed() {
        let (one, key) = (package("1.0.0"), key(1));
        let other = Package { digest: "1".repeat(64), ..one.clone() };
        let from = Provenance { source: registry(), artifact: None, signed_by: Some(key.clone()) };
        let known = Known { pinned: Some(&key), installed: Some((&from, &other)), highest: None };
        let told = trust(&one, &registry(), Some(&key), &known, &Wishes::default()).unwrap();
        assert!(told.warnings[0].contains("should not change"), "{told:?}");
    }
}
