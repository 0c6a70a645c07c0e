//! Compiled code on disk: mapped at start instead of compiled again.
//!
//! **Invariant:** a file is mapped only if we have written it, for this very component and engine: its directory
//! belongs to us alone, and its bytes have the seal that our key gives them under that name. Anything else is
//! compiled again. Mapping foreign bytes would be running them as native code.

mod key;

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    io::{self, Write},
    path::{Path, PathBuf},
};

use wasmtime::{Engine, component::Component};

use crate::RuntimeError;
use key::Key;

pub struct ArtifactCache {
    engine: Engine,
    /// Of the engine's settings and the compiler.
    made_by: String,
    dir: PathBuf,
    key: Key,
}

impl ArtifactCache {
    pub fn open(engine: Engine, dir: &Path) -> Result<ArtifactCache, RuntimeError> {
        // What another compiler or other settings have made lies in another folder.
        let mut hasher = DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut hasher);
        env!("CARGO_PKG_VERSION").hash(&mut hasher);
        let made_by = format!("{:016x}", hasher.finish());
        let below = dir.join(&made_by);
        let open = || {
            private(dir)?;
            private(&below)?;
            Key::open(dir)
        };
        let key = open().map_err(|error| {
            RuntimeError::Cache(format!("cannot keep compiled code in {}: {error}", dir.display()))
        })?;
        Ok(ArtifactCache { engine, made_by, dir: below, key })
    }

    /// The component as it was kept, or None when it was not, or no longer as it was.
    pub fn load(&self, digest: &str) -> Option<Component> {
        let path = self.path(digest)?;
        let seal = fs::read(path.with_extension("seal")).ok()?;
        let code = fs::read(&path).ok()?;
        if !self.key.has_sealed(&self.made_by, digest, &code, &seal) {
            tracing::warn!(path = %path.display(), "compiled code is not as we left it: compiling it again");
            return None;
        }
        // SAFETY: wasmtime wants bytes that it has made itself and that stay as they are while mapped. They
        // are sealed with our key, in a directory that nobody else may write to, and are replaced by renaming
        // only, which leaves what is mapped alone.
        #[allow(unsafe_code)]
        let loaded = unsafe { Component::deserialize_file(&self.engine, &path) };
        loaded
            .inspect_err(|error| {
                tracing::warn!(path = %path.display(), %error, "compiled code is not usable");
            })
            .ok()
    }

    /// Keeps what our compiler has just made, and maps it. Where keeping fails, the code stays in memory.
    pub fn adopt(&self, digest: &str, code: &[u8]) -> wasmtime::Result<Component> {
        match self.keep(digest, code) {
            Ok(()) => {
                if let Some(component) = self.load(digest) {
                    return Ok(component);
                }
            }
            Err(error) => tracing::warn!(%error, "compiled code is not kept, only used"),
        }
        // SAFETY: whoever calls has it from our compiler, which has made it with the settings of this engine.
        #[allow(unsafe_code)]
        let component = unsafe { Component::deserialize(&self.engine, code) };
        component
    }

    fn keep(&self, digest: &str, code: &[u8]) -> io::Result<()> {
        let path = self.path(digest).ok_or(io::ErrorKind::InvalidInput)?;
        // The seal comes last: code without its seal, or with an older one, counts as damaged.
        self.replace(&path, code)?;
        self.replace(&path.with_extension("seal"), &self.key.seal(&self.made_by, digest, code))
    }

    /// No reader ever sees half of it.
    fn replace(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(&self.dir)?;
        file.write_all(bytes)?;
        file.persist(path).map(drop).map_err(|error| error.error)
    }

    /// None for what is no digest: it becomes a file name.
    fn path(&self, digest: &str) -> Option<PathBuf> {
        let plain = digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
        plain.then(|| self.dir.join(format!("{digest}.cwasm")))
    }
}

pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Makes the directory, ours alone; an error where somebody else could write to it.
#[cfg(unix)]
fn private(dir: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};

    fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    fs::set_permissions(dir, fs::Permissions::from_mode(0o700))?;
    // Who we are: whoever owns what we create.
    let ours = tempfile::NamedTempFile::new_in(dir)?.as_file().metadata()?.uid();
    let found = fs::symlink_metadata(dir)?;
    if !found.is_dir() || found.uid() != ours || found.mode() & 0o077 != 0 {
        return Err(io::Error::other("it must be a directory of our own that nobody else can enter"));
    }
    Ok(())
}

#[cfg(not(unix))]
fn private(dir: &Path) -> io::Result<()> {
    fs::create_dir_all(dir)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{engine, options::Limits};

    const DIGEST: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    const OTHER: &str = "ff112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

    fn cache_with(dir: &Path, limits: &Limits) -> ArtifactCache {
        ArtifactCache::open(engine::engine(limits).unwrap().0, dir).unwrap()
    }

    fn limits() -> Limits {
        Limits { concurrency: 2, outside: 2, ..Limits::default() }
    }

    fn cache(dir: &Path) -> ArtifactCache {
        cache_with(dir, &limits())
    }

    fn code(cache: &ArtifactCache, wat: &str) -> Vec<u8> {
        cache.engine.precompile_component(&wat::parse_str(wat).unwrap()).unwrap()
    }

    fn kept(dir: &Path) -> ArtifactCache {
        let cache = cache(dir);
        cache.adopt(DIGEST, &code(&cache, "(component)")).unwrap();
        cache
    }

    #[test]
    fn what_was_compiled_once_is_only_mapped_later() {
        let dir = tempfile::tempdir().unwrap();
        assert!(cache(dir.path()).load(DIGEST).is_none());
        kept(dir.path());
        assert!(cache(dir.path()).load(DIGEST).is_some());
    }

    #[test]
    fn b26_a_torn_or_tampered_file_is_not_mapped() {
        let dir = tempfile::tempdir().unwrap();
        let cache = kept(dir.path());
        let path = cache.path(DIGEST).unwrap();
        for file in [path.clone(), path.with_extension("seal")] {
            let whole = fs::read(&file).unwrap();
            let mut changed = whole.clone();
            changed[whole.len() / 2] ^= 1;
            for bytes in [&whole[..whole.len() / 2], &[], &changed] {
                fs::write(&file, bytes).unwrap();
                assert!(cache.load(DIGEST).is_none());
            }
            fs::write(&file, &whole).unwrap();
            assert!(cache.load(DIGEST).is_some());
        }
    }

    #[test]
    fn b26_files_that_were_swapped_with_their_seals_are_not_mapped() {
        let dir = tempfile::tempdir().unwrap();
        let cache = kept(dir.path());
        let other = code(&cache, "(component (core module))");
        cache.adopt(OTHER, &other).unwrap();
        for extension in ["cwasm", "seal"] {
            let place = |digest| cache.path(digest).unwrap().with_extension(extension);
            fs::copy(place(OTHER), place(DIGEST)).unwrap();
        }
        assert!(cache.load(DIGEST).is_none(), "it is sealed under another name");
        assert!(cache.load(OTHER).is_some());
    }

    #[test]
    fn b26_code_of_another_engine_is_not_mapped_though_it_was_sealed() {
        let dir = tempfile::tempdir().unwrap();
        let before = kept(dir.path());
        let after = cache_with(dir.path(), &Limits { memory_max: 128 << 20, ..limits() });
        assert_ne!(before.dir, after.dir);
        assert!(after.load(DIGEST).is_none());
        for extension in ["cwasm", "seal"] {
            let place = |cache: &ArtifactCache| cache.path(DIGEST).unwrap().with_extension(extension);
            fs::copy(place(&before), place(&after)).unwrap();
        }
        assert!(after.load(DIGEST).is_none(), "it is sealed for another engine");
    }

    #[test]
    fn b26_a_plain_sum_which_anybody_can_compute_seals_nothing() {
        use sha2::{Digest as _, Sha256};
        let dir = tempfile::tempdir().unwrap();
        let cache = kept(dir.path());
        let path = cache.path(DIGEST).unwrap();
        let sum = Sha256::digest(fs::read(&path).unwrap());
        for forged in [sum.to_vec(), hex(&sum).into_bytes()] {
            fs::write(path.with_extension("seal"), forged).unwrap();
            assert!(cache.load(DIGEST).is_none());
        }
    }

    #[test]
    fn b26_with_another_key_everything_is_compiled_again() {
        let dir = tempfile::tempdir().unwrap();
        kept(dir.path());
        fs::remove_file(dir.path().join(key::FILE)).unwrap();
        let cache = cache(dir.path());
        assert!(cache.load(DIGEST).is_none());
        cache.adopt(DIGEST, &code(&cache, "(component)")).unwrap();
        assert!(cache.load(DIGEST).is_some());
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_enter_and_no_digest_leads_out() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let cache = cache(dir.path());
        assert_eq!(fs::metadata(&cache.dir).unwrap().permissions().mode() & 0o777, 0o700);
        assert!(cache.path("../../etc/passwd").is_none());
    }
}
