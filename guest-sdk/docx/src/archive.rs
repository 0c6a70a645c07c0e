//! The file around the texts: a zip archive. Only texts are unpacked; pictures and all else are handed on as they are.

use std::collections::BTreeSet;
use std::io::Write;

use rawzip::{
    CompressionMethod, DataDescriptorOutput, ZipArchive, ZipArchiveWriter, ZipSliceArchive, time::UtcDateTime,
};

use crate::Problem;

/// Files in the archive. Word writes some fifteen, and one for each picture.
const ENTRIES: usize = 1_000;
/// Bytes of one text, unpacked: a hundred pages take one MiB.
const TEXT: usize = 4 << 20;
/// Bytes of everything, unpacked, as the archive says: whoever opens the document unpacks it all.
const UNPACKED: u64 = 64 << 20;
/// How small texts are packed; from here on, more effort gains little.
const EFFORT: u8 = 6;
/// The first day that a zip archive can name, whenever it is written: the same values give the same bytes.
const WRITTEN: i64 = 315_532_800;

pub(crate) struct Entry {
    pub name: String,
    method: CompressionMethod,
    crc: u32,
    size: u64,
    at: rawzip::ZipArchiveEntryWayfinder,
}

pub(crate) struct Archive<'a> {
    zip: ZipSliceArchive<&'a [u8]>,
    entries: Vec<Entry>,
}

fn broken(error: rawzip::Error) -> Problem {
    Problem::NoDocument(error.to_string())
}

impl<'a> Archive<'a> {
    pub fn open(docx: &'a [u8]) -> Result<Archive<'a>, Problem> {
        let zip = ZipArchive::from_slice(docx).map_err(broken)?;
        let mut entries = Vec::new();
        let (mut names, mut unpacked) = (BTreeSet::new(), 0_u64);
        let mut records = zip.entries();
        while let Some(record) = records.next_entry().map_err(broken)? {
            let name = record.file_path().try_normalize().map_err(broken)?.as_str().to_owned();
            let refused = |what: &str| Err(Problem::NoDocument(format!("`{name}` {what}")));
            if record.flags().is_encrypted() {
                return refused("is encrypted: save it without a password");
            }
            if !names.insert(name.clone()) {
                return refused("is there twice");
            }
            if !matches!(record.compression_method(), CompressionMethod::STORE | CompressionMethod::DEFLATE) {
                return refused("is packed in a way that Word does not use");
            }
            if name.ends_with("vbaProject.bin") {
                return Err(Problem::Macros);
            }
            unpacked = unpacked.saturating_add(record.uncompressed_size_hint());
            if unpacked > UNPACKED {
                return Err(Problem::TooLarge(format!("unpacked it has over {} MiB", UNPACKED >> 20)));
            }
            if entries.len() >= ENTRIES {
                return Err(Problem::TooLarge(format!("it consists of over {ENTRIES} files")));
            }
            entries.push(Entry {
                method: record.compression_method(),
                crc: record.crc32(),
                size: record.uncompressed_size_hint(),
                at: record.wayfinder(),
                name,
            });
        }
        let archive = Archive { zip, entries };
        let packed = archive.entries.iter().map(|entry| Ok(archive.packed(entry)?.len()));
        if packed.sum::<Result<usize, Problem>>()? > docx.len() {
            return Err(Problem::NoDocument("the files in it lie over one another".to_owned()));
        }
        if !archive.texts().any(|entry| stem(&entry.name) == Some("document")) {
            return Err(Problem::NoDocument("there is no word/document.xml in it".to_owned()));
        }
        Ok(archive)
    }

    /// What people write in: the document, its headers and footers, its notes.
    pub fn texts(&self) -> impl Iterator<Item = &Entry> {
        let is_text = |entry: &&Entry| {
            let stem = stem(&entry.name);
            stem.is_some_and(|stem| ["document", "header", "footer", "footnotes", "endnotes"].contains(&stem))
        };
        self.entries.iter().filter(is_text)
    }

    fn packed(&self, entry: &Entry) -> Result<&[u8], Problem> {
        Ok(self.zip.get_entry(entry.at).map_err(broken)?.data())
    }

    pub fn text(&self, entry: &Entry) -> Result<String, Problem> {
        let unreadable =
            |message: &str| Problem::Xml { part: entry.name.clone(), message: message.to_owned() };
        let size = usize::try_from(entry.size).ok().filter(|size| *size <= TEXT);
        let size =
            size.ok_or_else(|| Problem::TooLarge(format!("{} has over {} MiB", entry.name, TEXT >> 20)))?;
        let packed = self.packed(entry)?;
        let bytes = match entry.method {
            CompressionMethod::STORE => packed.to_vec(),
            // Not more than it says, or its checksum would be wrong as well.
            _ => miniz_oxide::inflate::decompress_to_vec_with_limit(packed, size)
                .map_err(|_| unreadable("what is packed in it is damaged"))?,
        };
        if rawzip::crc32(&bytes) != entry.crc {
            return Err(unreadable("its checksum is wrong"));
        }
        let text = String::from_utf8(bytes).map_err(|_| unreadable("it is not in UTF-8"))?;
        Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
    }

    /// A copy with every text replaced.
    pub fn rewritten(
        &self,
        rewrite: impl Fn(&Entry, &str) -> Result<String, Problem>,
    ) -> Result<Vec<u8>, Problem> {
        let texts: BTreeSet<&str> = self.texts().map(|entry| entry.name.as_str()).collect();
        let mut writer = ZipArchiveWriter::new(Vec::new());
        for entry in &self.entries {
            let packed;
            let (method, bytes, descriptor) = if texts.contains(entry.name.as_str()) {
                let text = rewrite(entry, &self.text(entry)?)?.into_bytes();
                let descriptor = DataDescriptorOutput::new(rawzip::crc32(&text), text.len() as u64);
                packed = miniz_oxide::deflate::compress_to_vec(&text, EFFORT);
                (CompressionMethod::DEFLATE, packed.as_slice(), descriptor)
            } else {
                let descriptor = DataDescriptorOutput::new(entry.crc, entry.size);
                (entry.method, self.packed(entry)?, descriptor)
            };
            let written = UtcDateTime::from_unix(WRITTEN);
            let file = writer.new_file(&entry.name).compression_method(method).last_modified(written);
            let (mut file, _) = file.start().map_err(broken)?;
            // Into memory: it cannot fail.
            file.write_all(bytes).map_err(|error| Problem::NoDocument(error.to_string()))?;
            file.finish(descriptor).map_err(broken)?;
        }
        writer.finish().map_err(broken)
    }
}

/// `header` of `word/header2.xml`; None for what is not directly in that folder.
fn stem(name: &str) -> Option<&str> {
    let file = name.strip_prefix("word/")?.strip_suffix(".xml")?;
    (!file.contains('/')).then(|| file.trim_end_matches(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::stem;

    #[test]
    fn texts_are_known_by_their_names() {
        assert_eq!(stem("word/document.xml"), Some("document"));
        assert_eq!(stem("word/header12.xml"), Some("header"));
        for other in ["word/theme/document.xml", "document.xml", "word/media/image1.png"] {
            assert_eq!(stem(other), None, "{other}");
        }
    }
}
