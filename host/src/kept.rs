//! [`Kept`] in files of the data directory. They may be deleted at any time; what was last seen of a registry's lists is
//! forgotten with them, but for the revocations, which the database follows.

use std::io::Write;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use rulewright_ports::Kept;

pub struct KeptFiles {
    folder: PathBuf,
}

impl KeptFiles {
    pub fn new(folder: PathBuf) -> KeptFiles {
        KeptFiles { folder }
    }

    /// None: nobody named a file like that. What names files is ours, and stays below the folder whatever it is.
    fn file(&self, name: &str) -> Option<PathBuf> {
        let plain =
            name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        (plain && !name.is_empty()).then(|| self.folder.join(format!("{name}.json")))
    }
}

#[async_trait]
impl Kept for KeptFiles {
    async fn read(&self, name: &str) -> Option<Vec<u8>> {
        let file = self.file(name)?;
        match tokio::fs::read(&file).await {
            Ok(bytes) => Some(bytes),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => {
                tracing::warn!(file = %file.display(), %error, "a kept document cannot be read");
                None
            }
        }
    }

    async fn write(&self, name: &str, bytes: Vec<u8>) {
        let Some(file) = self.file(name) else { return };
        let folder = self.folder.clone();
        let shown = file.display().to_string();
        let written = tokio::task::spawn_blocking(move || replace(&folder, &file, &bytes)).await;
        let problem = match written {
            Ok(Ok(())) => return,
            Ok(Err(error)) => error.to_string(),
            Err(error) => error.to_string(),
        };
        tracing::warn!(file = shown, problem, "a document cannot be kept");
    }
}

fn replace(folder: &Path, file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let mut new = tempfile::NamedTempFile::new_in(folder)?;
    new.write_all(bytes)?;
    new.persist(file)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_kept_is_read_again_and_nothing_is_written_elsewhere() {
        let dir = tempfile::tempdir().unwrap();
        let kept = KeptFiles::new(dir.path().join("lists"));
        assert_eq!(kept.read("a-index").await, None);
        kept.write("a-index", b"one".to_vec()).await;
        kept.write("a-index", b"two".to_vec()).await;
        assert_eq!(kept.read("a-index").await.as_deref(), Some(&b"two"[..]));
        for name in ["", "../a", "a/b", "A", ".."] {
            kept.write(name, b"x".to_vec()).await;
            assert_eq!(kept.read(name).await, None, "{name}");
        }
        let files = |folder: &Path| std::fs::read_dir(folder).unwrap().count();
        assert_eq!((files(dir.path()), files(&dir.path().join("lists"))), (1, 1));
    }
}
