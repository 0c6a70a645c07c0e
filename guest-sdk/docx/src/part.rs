//! One text of the document: read once, then written with values. What no placeholder touches stays byte for byte.

use std::ops::Range;

use quick_xml::{Reader, escape, events::Event};

use crate::{
    Inserted, Problem, Values,
    placeholder::{self, OTHER, Placeholder},
};

/// Bytes of one text with its values.
const FILLED: usize = 16 << 20;
/// Tables in tables, text boxes in paragraphs.
const DEPTH: usize = 64;

#[derive(Debug)]
enum Item {
    /// As it is.
    Raw(Range<usize>),
    /// A `w:t` that placeholders touch.
    Text(Vec<Piece>),
    /// A table row, up to the item before `end`.
    Row { end: usize, repeated: Option<&'static str> },
}

#[derive(Debug)]
enum Piece {
    Text(String),
    Value(Placeholder),
}

#[derive(Debug)]
pub(crate) struct Part<'a> {
    name: &'a str,
    xml: &'a str,
    items: Vec<Item>,
    /// What a reader sees, paragraph by paragraph.
    pub lines: Vec<String>,
}

/// A paragraph being read: its text, and which part of that is which item.
#[derive(Default)]
struct Paragraph {
    text: String,
    runs: Vec<(Range<usize>, usize)>,
}

impl<'a> Part<'a> {
    pub fn read(name: &'a str, xml: &'a str) -> Result<Part<'a>, Problem> {
        let mut part = Part { name, xml, items: Vec::new(), lines: Vec::new() };
        let mut reader = Reader::from_str(xml);
        let mut rows: Vec<usize> = Vec::new();
        let mut paragraphs: Vec<Paragraph> = Vec::new();
        // Begin of what is not an item yet, and of the text being read.
        let (mut raw, mut text) = (0, None);
        loop {
            let from = position(reader.buffer_position());
            let event = reader.read_event().map_err(|error| part.unreadable(&error.to_string()))?;
            let to = position(reader.buffer_position());
            match event {
                Event::Eof => break,
                Event::DocType(_) => return Err(part.unreadable("it declares a document type")),
                Event::Start(tag) => match tag.name().as_ref() {
                    "w:p" => paragraphs.push(Paragraph::default()),
                    "w:tr" => {
                        part.raw(raw..from);
                        raw = from;
                        rows.push(part.items.len());
                        part.items.push(Item::Row { end: 0, repeated: None });
                    }
                    "w:t" => text = Some((from, to)),
                    _ => {}
                },
                Event::End(tag) => match tag.name().as_ref() {
                    "w:p" => {
                        if let Some(paragraph) = paragraphs.pop() {
                            part.paragraph(paragraph, rows.last().copied())?;
                        }
                    }
                    "w:tr" => {
                        part.raw(raw..to);
                        raw = to;
                        let count = part.items.len();
                        if let Some(Item::Row { end, .. }) = rows.pop().map(|row| &mut part.items[row]) {
                            *end = count;
                        }
                    }
                    "w:t" => {
                        if let (Some((begin, inside)), Some(paragraph)) = (text.take(), paragraphs.last_mut())
                        {
                            let written = escape::unescape(&xml[inside..from])
                                .map_err(|error| part.unreadable(&error.to_string()))?;
                            part.raw(raw..begin);
                            raw = to;
                            let start = paragraph.text.len();
                            paragraph.text.push_str(&written);
                            paragraph.runs.push((start..paragraph.text.len(), part.items.len()));
                            part.items.push(Item::Raw(begin..to));
                        }
                    }
                    _ => {}
                },
                Event::Empty(tag) if separates(tag.name().as_ref()) => {
                    if let Some(paragraph) = paragraphs.last_mut() {
                        paragraph.text.push(OTHER);
                    }
                }
                _ => {}
            }
            if rows.len() > DEPTH || paragraphs.len() > DEPTH {
                return Err(part.unreadable(&format!("tables or text boxes lie over {DEPTH} deep")));
            }
        }
        if !rows.is_empty() || !paragraphs.is_empty() {
            return Err(part.unreadable("it ends in the middle of a table or a paragraph"));
        }
        part.raw(raw..xml.len());
        Ok(part)
    }

    fn raw(&mut self, range: Range<usize>) {
        if !range.is_empty() {
            self.items.push(Item::Raw(range));
        }
    }

    fn unreadable(&self, message: &str) -> Problem {
        Problem::Xml { part: self.name.to_owned(), message: message.to_owned() }
    }

    fn wrong(&self, message: String, text: &str, at: usize) -> Problem {
        let near = text[at..].chars().take(40).collect();
        Problem::Placeholder { part: self.name.to_owned(), message, near }
    }

    /// Cuts the texts of a paragraph where its placeholders begin and end. The value of one goes where it begins.
    fn paragraph(&mut self, paragraph: Paragraph, row: Option<usize>) -> Result<(), Problem> {
        let Paragraph { text, runs } = paragraph;
        let found =
            placeholder::find(&text).map_err(|(message, at)| self.wrong(message.to_owned(), &text, at))?;
        for one in &found {
            if let Some(name) = one.placeholder.repeated {
                self.repeat(row, name).map_err(|message| self.wrong(message, &text, one.start))?;
            }
        }
        for (range, item) in runs {
            let touching = found.iter().filter(|one| one.start < range.end && range.start < one.end);
            let (mut pieces, mut at, mut touched) = (Vec::new(), range.start, false);
            for one in touching {
                touched = true;
                if one.start > at {
                    pieces.push(Piece::Text(text[at..one.start].to_owned()));
                }
                if range.contains(&one.start) {
                    pieces.push(Piece::Value(one.placeholder.clone()));
                }
                at = one.end.min(range.end);
            }
            if touched {
                if at < range.end {
                    pieces.push(Piece::Text(text[at..range.end].to_owned()));
                }
                self.items[item] = Item::Text(pieces);
            }
        }
        self.lines.push(text.replace(OTHER, " "));
        Ok(())
    }

    fn repeat(&mut self, row: Option<usize>, name: &'static str) -> Result<(), String> {
        match row.map(|row| &mut self.items[row]) {
            Some(Item::Row { repeated, .. }) => match repeated.get_or_insert(name) {
                known if *known == name => Ok(()),
                known => Err(format!("a row is repeated for each {known}, so `{name}` cannot stand in it")),
            },
            _ => Err(format!("there is one for each {name}, so it has to stand in a row of a table")),
        }
    }

    pub fn placeholders(&self) -> impl Iterator<Item = &Placeholder> {
        let pieces = self.items.iter().filter_map(|item| match item {
            Item::Text(pieces) => Some(pieces),
            _ => None,
        });
        pieces.flatten().filter_map(|piece| match piece {
            Piece::Value(placeholder) => Some(placeholder),
            Piece::Text(_) => None,
        })
    }

    pub fn filled(&self, values: &Values) -> Result<String, Problem> {
        let mut filled = String::with_capacity(self.xml.len() * 2);
        self.write(0..self.items.len(), values, None, &mut filled)?;
        Ok(filled)
    }

    fn write(
        &self,
        items: Range<usize>,
        values: &Values,
        row: Option<&Inserted>,
        into: &mut String,
    ) -> Result<(), Problem> {
        let mut at = items.start;
        while at < items.end {
            match &self.items[at] {
                Item::Raw(range) => into.push_str(&self.xml[range.clone()]),
                Item::Text(pieces) => write_text(pieces, values, row, into),
                Item::Row { end, repeated: None } => {
                    self.write(at + 1..*end, values, row, into)?;
                    at = *end;
                    continue;
                }
                Item::Row { end, repeated: Some(name) } => {
                    for of_one in values.rows.get(*name).into_iter().flatten() {
                        self.write(at + 1..*end, values, Some(of_one), into)?;
                    }
                    at = *end;
                    continue;
                }
            }
            if into.len() > FILLED {
                let message = format!("{} has over {} MiB with its values", self.name, FILLED >> 20);
                return Err(Problem::TooLarge(message));
            }
            at += 1;
        }
        Ok(())
    }
}

fn position(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

/// What stands in a paragraph between two texts, and not only says how they look.
fn separates(tag: &str) -> bool {
    matches!(tag, "w:tab" | "w:br" | "w:cr" | "w:noBreakHyphen" | "w:softHyphen" | "w:sym" | "w:ptab")
}

const OPEN: &str = r#"<w:t xml:space="preserve">"#;
const CLOSE: &str = "</w:t>";

fn write_text(pieces: &[Piece], values: &Values, row: Option<&Inserted>, into: &mut String) {
    into.push_str(OPEN);
    for piece in pieces {
        match piece {
            Piece::Text(text) => write_value(text, into),
            Piece::Value(Placeholder { text, repeated }) => {
                let inserted = if repeated.is_some() { row } else { Some(&values.inserted) };
                write_value(inserted.and_then(|all| all.get(text)).map_or("", String::as_str), into);
            }
        }
    }
    into.push_str(CLOSE);
}

/// Line breaks and tabs are elements in Word; what XML cannot hold is left out.
fn write_value(value: &str, into: &mut String) {
    for c in value.chars() {
        match c {
            '\n' => into.extend([CLOSE, "<w:br/>", OPEN]),
            '\t' => into.extend([CLOSE, "<w:tab/>", OPEN]),
            '&' => into.push_str("&amp;"),
            '<' => into.push_str("&lt;"),
            '>' => into.push_str("&gt;"),
            '\0'..'\u{20}' | '\u{fffe}' | '\u{ffff}' => {}
            c => into.push(c),
        }
    }
}
