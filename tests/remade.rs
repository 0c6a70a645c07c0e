//! A component with another manifest: versions of a plugin that nobody has to build. Shared by tests of several crates.

use serde_json::Value;

const SECTION: &str = "rulewright:manifest";

/// The component with its manifest changed. The program in it stays as it is.
pub fn remade(component: &[u8], change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let (header, mut rest) = component.split_at(8);
    let mut made = header.to_vec();
    let mut change = Some(change);
    while let [id, after @ ..] = rest {
        let (size, content) = number(after);
        let (content, after) = content.split_at(size);
        let manifest = (*id == 0).then(|| named(content)).flatten();
        match manifest {
            Some(json) => {
                let mut manifest: Value = serde_json::from_slice(json).unwrap();
                change.take().expect("one manifest")(&mut manifest);
                let mut content = vec![u8::try_from(SECTION.len()).unwrap()];
                content.extend_from_slice(SECTION.as_bytes());
                content.extend_from_slice(manifest.to_string().as_bytes());
                section(&mut made, *id, &content);
            }
            None => section(&mut made, *id, content),
        }
        rest = after;
    }
    assert!(change.is_none(), "it has no manifest");
    made
}

/// What follows the name of the section, if it is the manifest's.
fn named(content: &[u8]) -> Option<&[u8]> {
    let (length, content) = number(content);
    content.strip_prefix(SECTION.as_bytes()).filter(|_| length == SECTION.len())
}

fn section(made: &mut Vec<u8>, id: u8, content: &[u8]) {
    made.push(id);
    let mut size = content.len();
    loop {
        let low = u8::try_from(size & 0x7f).unwrap();
        size >>= 7;
        made.push(if size == 0 { low } else { low | 0x80 });
        if size == 0 {
            break;
        }
    }
    made.extend_from_slice(content);
}

/// LEB128.
fn number(bytes: &[u8]) -> (usize, &[u8]) {
    let (mut value, mut shift) = (0, 0);
    for (index, byte) in bytes.iter().enumerate() {
        value |= usize::from(byte & 0x7f) << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            return (value, &bytes[index + 1..]);
        }
    }
    panic!("a number does not end");
}
