//! Compiled code on disk: mapped at start instead of compiled again.
//!
//! **Invariant:** a file is mapped only if this process could have written it: its directory belongs to us
//! alone, and its bytes have the sum that was written beside it. Anything else is compiled again. Mapping
//! foreign bytes would be running them as native code.

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    io::{self, Write},
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};
use wasmtime::{Engine, component::Component};

use crate::RuntimeError;

pub struct ArtifactCache {
    engine: Engine,
    dir: PathBuf,
}

impl ArtifactCache {
    pub fn open(engine: Engine, dir: &Path) -> Result<ArtifactCache, RuntimeError> {
        // What another compiler or other settings have made lies in another folder.
        let mut hasher = DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut hasher);
        env!("CARGO_PKG_VERSION").hash(&mut hasher);
        let dir = dir.join(format!("{:016x}", hasher.finish()));
        private(&dir).map_err(|error| {
            RuntimeError::Cache(format!("cannot keep compiled code in {}: {error}", dir.display()))
        })?;
        Ok(ArtifactCache { engine, dir })
    }

    /// The component as it was kept, or None when it was not, or no longer as it was.
    pub fn load(&self, digest: &str) -> Option<Component> {
        let path = self.path(digest)?;
        let sum = fs::read_to_string(path.with_extension("sum")).ok()?;
        let bytes = fs::read(&path).ok()?;
        if sum != hex(&Sha256::digest(&bytes)) {
            tracing::warn!(path = %path.display(), "compiled code is damaged: compiling it again");
            return None;
        }
        // SAFETY: wasmtime wants bytes that it has made itself and that stay as they are while mapped. They
        // have the sum that was written with them, in a directory that nobody else may write to, and are
        // replaced by renaming only, which leaves what is mapped alone.
        #[allow(unsafe_code)]
        let loaded = unsafe { Component::deserialize_file(&self.engine, &path) };
        loaded
            .inspect_err(|error| {
                tracing::warn!(path = %path.display(), %error, "compiled code is not usable");
            })
            .ok()
    }

    /// Compiles, keeps and maps. Where keeping fails, the code stays in memory.
    pub fn compile(&self, digest: &str, component: &[u8]) -> wasmtime::Result<Component> {
        let code = self.engine.precompile_component(component)?;
        match self.keep(digest, &code) {
            Ok(()) => {
                if let Some(component) = self.load(digest) {
                    return Ok(component);
                }
            }
            Err(error) => tracing::warn!(%error, "compiled code is not kept, only used"),
        }
        // SAFETY: wasmtime has made these bytes two statements ago.
        #[allow(unsafe_code)]
        let component = unsafe { Component::deserialize(&self.engine, &code) };
        component
    }

    fn keep(&self, digest: &str, code: &[u8]) -> io::Result<()> {
        let path = self.path(digest).ok_or(io::ErrorKind::InvalidInput)?;
        // The sum comes last: code without its sum, or with an older one, counts as damaged.
        self.replace(&path, code)?;
        self.replace(&path.with_extension("sum"), hex(&Sha256::digest(code)).as_bytes())
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

    const COMPONENT: &[u8] = b"(component)";
    const DIGEST: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

    fn cache(dir: &Path) -> ArtifactCache {
        let limits = Limits { concurrency: 2, ..Limits::default() };
        ArtifactCache::open(engine::engine(&limits).unwrap().0, dir).unwrap()
    }

    #[test]
    fn what_was_compiled_once_is_only_mapped_later() {
        let dir = tempfile::tempdir().unwrap();
        let component = wat::parse_bytes(COMPONENT).unwrap();
        assert!(cache(dir.path()).load(DIGEST).is_none());
        cache(dir.path()).compile(DIGEST, &component).unwrap();
        assert!(cache(dir.path()).load(DIGEST).is_some());
    }

    #[test]
    fn a_torn_or_tampered_file_is_not_mapped() {
        let dir = tempfile::tempdir().unwrap();
        let component = wat::parse_bytes(COMPONENT).unwrap();
        let cache = cache(dir.path());
        cache.compile(DIGEST, &component).unwrap();
        let path = cache.path(DIGEST).unwrap();
        let whole = fs::read(&path).unwrap();
        let mut changed = whole.clone();
        changed[whole.len() / 2] ^= 1;
        for bytes in [&whole[..whole.len() / 2], &[], &changed] {
            fs::remove_file(&path).unwrap();
            fs::write(&path, bytes).unwrap();
            assert!(cache.load(DIGEST).is_none());
        }
        cache.compile(DIGEST, &component).unwrap();
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
