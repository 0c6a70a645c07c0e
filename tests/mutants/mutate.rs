//! From sound components to others: the n-th mutant of a seed is always the same.

/// Of the sections of a component, each of which may hold a whole module or component again.
const NESTING: [u8; 2] = [1, 4];
const MANIFEST: &[u8] = b"rulewright:manifest";

pub fn mutant(corpus: &[Vec<u8>], seed: u64, index: u64) -> Vec<u8> {
    let mut dice = Dice(seed ^ index.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let mut bytes: Vec<u8> = dice.pick::<Vec<u8>>(corpus).clone();
    for _ in 0..[1, 1, 1, 1, 3][dice.below(5)] {
        match dice.below(16) {
            0..3 => flip(&mut bytes, &mut dice),
            3 => overwrite(&mut bytes, &mut dice),
            4 => {
                let end = dice.below(bytes.len() + 1);
                bytes.truncate(end);
            }
            5 => splice(&mut bytes, dice.pick::<Vec<u8>>(corpus), &mut dice),
            6 | 7 => sections(&mut bytes, corpus, &mut dice),
            8 | 9 => number(&mut bytes, &mut dice),
            10 => insert(&mut bytes, &mut dice),
            11 | 12 => manifest(&mut bytes, &mut dice),
            _ => within(&mut bytes, &mut dice),
        }
    }
    bytes
}

/// SplitMix64.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Zero where there is nothing below.
    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// A part of so many bytes, short ones more often.
    fn range(&mut self, length: usize) -> std::ops::Range<usize> {
        let start = self.below(length);
        let most = [4, 64, 4096][self.below(3)];
        start..(start + self.below(most)).min(length)
    }
}

fn flip(bytes: &mut [u8], dice: &mut Dice) {
    for _ in 0..[1, 1, 1, 2, 8][dice.below(5)] {
        let at = dice.below(bytes.len());
        if let Some(byte) = bytes.get_mut(at) {
            *byte ^= 1 << dice.below(8);
        }
    }
}

fn overwrite(bytes: &mut [u8], dice: &mut Dice) {
    let range = dice.range(bytes.len());
    let value = *dice.pick(&[Some(0), Some(0xff), Some(0x80), Some(0x7f), None]);
    for byte in &mut bytes[range] {
        *byte = value.unwrap_or_else(|| dice.next() as u8);
    }
}

/// The beginning of one and the end of another.
fn splice(bytes: &mut Vec<u8>, other: &[u8], dice: &mut Dice) {
    let (from, to) = match dice.below(2) {
        0 => (dice.below(bytes.len()), dice.below(other.len())),
        _ => (boundary(bytes, dice), boundary(other, dice)),
    };
    bytes.truncate(from);
    bytes.extend_from_slice(&other[to..]);
}

fn boundary(bytes: &[u8], dice: &mut Dice) -> usize {
    let sections = sections_of(bytes);
    if sections.is_empty() { dice.below(bytes.len()) } else { dice.pick(&sections).start }
}

/// Sections in another order, left out, twice, or out of another component.
fn sections(bytes: &mut Vec<u8>, corpus: &[Vec<u8>], dice: &mut Dice) {
    let mut parts: Vec<Vec<u8>> = sections_of(bytes).into_iter().map(|at| bytes[at].to_vec()).collect();
    if parts.is_empty() {
        return;
    }
    let (one, two) = (dice.below(parts.len()), dice.below(parts.len()));
    match dice.below(4) {
        0 => parts.swap(one, two),
        1 => drop(parts.remove(one)),
        2 => parts.insert(one, parts[two].clone()),
        _ => {
            let other = dice.pick::<Vec<u8>>(corpus);
            let theirs = sections_of(other);
            if !theirs.is_empty() {
                parts[one] = other[dice.pick(&theirs).clone()].to_vec();
            }
        }
    }
    bytes.truncate(8);
    bytes.extend(parts.concat());
}

/// A number of its encoding, usually an index or a length, becomes one at the edge.
fn number(bytes: &mut Vec<u8>, dice: &mut Dice) {
    let at = dice.below(bytes.len());
    let end =
        bytes[at.min(bytes.len())..].iter().take(5).position(|byte| *byte < 0x80).map_or(at, |n| at + n + 1);
    let edges = [0, 1, 0x7f, 0x80, 0xffff, 1_000_000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];
    bytes.splice(at..end.min(bytes.len()), leb(*dice.pick(&edges)));
}

fn insert(bytes: &mut Vec<u8>, dice: &mut Dice) {
    let range = dice.range(bytes.len());
    match dice.below(3) {
        0 => drop(bytes.drain(range)),
        1 => {
            let copied = bytes[range].to_vec();
            let at = dice.below(bytes.len());
            bytes.splice(at..at, copied);
        }
        _ => {
            let fresh: Vec<u8> = (0..dice.below(16)).map(|_| dice.next() as u8).collect();
            let at = dice.below(bytes.len());
            bytes.splice(at..at, fresh);
        }
    }
}

/// Within the manifest, whose length is put right: what lies behind a readable file is reached.
fn manifest(bytes: &mut Vec<u8>, dice: &mut Dice) {
    let found = sections_of(bytes).into_iter().find(|at| {
        let head = &bytes[at.start..at.end.min(at.start + 40)];
        head[0] == 0 && head.windows(MANIFEST.len()).any(|name| name == MANIFEST)
    });
    let Some(at) = found else { return };
    let section = &bytes[at.clone()];
    let Some(name) = section.windows(MANIFEST.len()).position(|name| name == MANIFEST) else { return };
    let text = String::from_utf8_lossy(&section[name + MANIFEST.len()..]).into_owned();
    let changed = json(text, dice);
    let mut body = vec![MANIFEST.len() as u8];
    body.extend_from_slice(MANIFEST);
    body.extend_from_slice(&changed);
    let mut section = vec![0];
    section.extend(leb(body.len() as u64));
    section.extend(body);
    bytes.splice(at, section);
}

fn json(text: String, dice: &mut Dice) -> Vec<u8> {
    let places: Vec<usize> = text.match_indices([',', ':', '{', '[', '"']).map(|(at, _)| at).collect();
    if places.is_empty() {
        return text.into_bytes();
    }
    let (one, two) = (*dice.pick(&places), *dice.pick(&places));
    let (from, to) = (one.min(two), one.max(two));
    let deep = ["[".repeat(200), "{\"a\":".repeat(60), "\\u0000".to_owned(), "\u{202e}".to_owned()];
    match dice.below(6) {
        // A member twice, or something else where it stood.
        0 => format!("{}{}{}", &text[..to], &text[from..to], &text[to..]),
        1 => format!("{}{}", &text[..from], &text[to..]),
        2 => format!("{}{}{}", &text[..from], dice.pick(&deep), &text[from..]),
        3 => format!("{}{}", dice.pick(&["\u{feff}", " ", "[", "null"]), text),
        4 => {
            let values = [
                "null",
                "-1",
                "1e999",
                "18446744073709551616",
                "\"\"",
                "[]",
                "{\"$ref\":\"#\"}",
                "\"((a+)+)+$\"",
            ];
            let start = text[from..].find(':').map_or(from, |at| from + at + 1);
            let end = text[start..].find([',', '}']).map_or(start, |at| start + at);
            format!("{}{}{}", &text[..start], dice.pick(&values), &text[end..])
        }
        _ => {
            let mut bytes = text.into_bytes();
            flip(&mut bytes, dice);
            return bytes;
        }
    }
    .into_bytes()
}

/// In the middle of one section, so that what surrounds it stays sound.
fn within(bytes: &mut [u8], dice: &mut Dice) {
    let mut all = sections_of(bytes);
    if all.is_empty() {
        return;
    }
    let mut at = all.swap_remove(dice.below(all.len()));
    // Into the module or component that it holds, where it holds one.
    if NESTING.contains(&bytes[at.start]) {
        let start = at.start + 1 + length(&bytes[at.start + 1..]).map_or(0, |(_, bytes)| bytes);
        let inner = sections_of(&bytes[start..at.end]);
        if !inner.is_empty() {
            let inner = dice.pick(&inner).clone();
            at = start + inner.start..start + inner.end;
        }
    }
    let end = at.end.min(at.start + 4096);
    flip(&mut bytes[at.start..end], dice);
}

/// Where the sections of a module or component lie, their heads included.
fn sections_of(bytes: &[u8]) -> Vec<std::ops::Range<usize>> {
    let mut found = Vec::new();
    let mut at = 8;
    while at < bytes.len() {
        let Some((size, taken)) = length(&bytes[at + 1..]) else { break };
        let end = (at + 1 + taken).saturating_add(size);
        if end > bytes.len() {
            break;
        }
        found.push(at..end);
        at = end;
    }
    found
}

/// A number in LEB128, and how many bytes it takes.
fn length(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut value = 0_u64;
    for (index, byte) in bytes.iter().take(5).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((usize::try_from(value).ok()?, index + 1));
        }
    }
    None
}

fn leb(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let byte = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            bytes.push(byte);
            return bytes;
        }
        bytes.push(byte | 0x80);
    }
}
