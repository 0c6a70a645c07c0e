//! The key that compiled code is sealed with: made once, kept beside it, read by its owner only.

use std::{fs, io, io::Write, path::Path};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

pub(super) const FILE: &str = "key";
/// As long as a block of the hash.
const BYTES: usize = 64;

pub(super) struct Key([u8; BYTES]);

impl Key {
    /// Makes one where there is none. One that others could have read is not used any more: what it has sealed is
    /// compiled again.
    pub fn open(dir: &Path) -> io::Result<Key> {
        let path = dir.join(FILE);
        if let Some(key) = read(&path)? {
            return Ok(key);
        }
        let mut bytes = [0; BYTES];
        getrandom::fill(&mut bytes)
            .map_err(|error| io::Error::other(format!("no random numbers: {error}")))?;
        let mut file = tempfile::NamedTempFile::new_in(dir)?;
        file.write_all(&bytes)?;
        file.as_file().sync_all()?;
        match file.persist_noclobber(&path) {
            Ok(_) => Ok(Key(bytes)),
            // Another process of ours was faster: one key for both.
            Err(_) => {
                read(&path)?.ok_or_else(|| io::Error::other(format!("{} keeps changing", path.display())))
            }
        }
    }

    pub fn seal(&self, made_by: &str, digest: &str, code: &[u8]) -> Vec<u8> {
        self.mac(made_by, digest, code).finalize().into_bytes().to_vec()
    }

    pub fn has_sealed(&self, made_by: &str, digest: &str, code: &[u8], seal: &[u8]) -> bool {
        self.mac(made_by, digest, code).verify_slice(seal).is_ok()
    }

    fn mac(&self, made_by: &str, digest: &str, code: &[u8]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new(&self.0.into());
        for part in [made_by.as_bytes(), b"/", digest.as_bytes(), b"\n", code] {
            mac.update(part);
        }
        mac
    }
}

/// None where there is none that can be trusted, which is then gone.
fn read(path: &Path) -> io::Result<Option<Key>> {
    let found = match fs::symlink_metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    if found.is_file()
        && ours_alone(&found)
        && let Ok(bytes) = fs::read(path)?.try_into()
    {
        return Ok(Some(Key(bytes)));
    }
    tracing::warn!(path = %path.display(), "this key was not ours alone, or no key: making another");
    fs::remove_file(path)?;
    Ok(None)
}

#[cfg(unix)]
fn ours_alone(found: &fs::Metadata) -> bool {
    std::os::unix::fs::MetadataExt::mode(found) & 0o077 == 0
}

#[cfg(not(unix))]
fn ours_alone(_: &fs::Metadata) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once() {
        let dir = tempfile::tempdir().unwrap();
        let seal = Key::open(dir.path()).unwrap().seal("e", "d", b"code");
        assert!(Key::open(dir.path()).unwrap().has_sealed("e", "d", b"code", &seal));
        assert!(!Key::open(dir.path()).unwrap().has_sealed("e/", "d", b"code", &seal));
    }

    #[cfg(unix)]
    #[test]
    fn a_key_that_others_may_read_or_that_is_cut_off_is_replaced() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(FILE);
        let first = Key::open(dir.path()).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let second = Key::open(dir.path()).unwrap();
        assert_ne!(first.0, second.0);
        fs::write(&path, b"short").unwrap();
        assert_ne!(second.0, Key::open(dir.path()).unwrap().0);
    }
}
