//! What a template can reach: itself, the values and the fonts of this plugin.
//!
//! **Invariant:** nothing else. Values are a file that the template reads, never part of its source, so a client's
//! name is text whatever it looks like.

use std::sync::LazyLock;

use time::{OffsetDateTime, PrimitiveDateTime};
use typst_library::diag::{FileError, FileResult};
use typst_library::foundations::{Bytes, Content, Datetime, Duration, NativeRuleMap};
use typst_library::routines::Routines;
use typst_library::text::{Font, FontBook};
use typst_library::{Library, LibraryBuilder, World};
use typst_syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst_utils::LazyHash;

/// The name of the values, as a template writes it: `json("data.json")`.
pub const DATA: &str = "data.json";
const TEMPLATE: &str = "template.typ";

const FONTS: [&[u8]; 3] = [
    include_bytes!("../fonts/LibertinusSerif-Regular.otf"),
    include_bytes!("../fonts/LibertinusSerif-Bold.otf"),
    include_bytes!("../fonts/LibertinusSerif-Italic.otf"),
];

/// Those of pages. What makes HTML is not reachable, so that it is not in the component either.
static ROUTINES: LazyLock<Routines> = LazyLock::new(|| Routines {
    rules: || {
        let mut rules = NativeRuleMap::new();
        typst_layout::register(&mut rules);
        rules
    },
    eval_string: typst_eval::eval_string,
    eval_closure: typst_eval::eval_closure,
    realize: typst_realize::realize,
    layout_frame: typst_layout::layout_frame,
    html_module: || unreachable!("the feature `html` is off"),
    html_mathml_body: |_, _| None,
    html_span_filled: |content: Content, _| content,
});

pub struct Desk {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
    template: Source,
    data: (FileId, Bytes),
    now: OffsetDateTime,
    today: time::Date,
}

impl Desk {
    /// `today` is the day where the shop is.
    pub fn new(template: String, data: Vec<u8>, now: OffsetDateTime, today: time::Date) -> Desk {
        let fonts: Vec<Font> = FONTS.into_iter().flat_map(|file| Font::iter(Bytes::new(file))).collect();
        Desk {
            library: LazyHash::new(LibraryBuilder::from_routines(&ROUTINES).build()),
            book: LazyHash::new(FontBook::from_fonts(&fonts)),
            fonts,
            template: Source::new(file(TEMPLATE), template),
            data: (file(DATA), Bytes::new(data)),
            now,
            today,
        }
    }

    pub fn template(&self) -> &Source {
        &self.template
    }

    pub fn now(&self) -> Datetime {
        Datetime::Datetime(PrimitiveDateTime::new(self.now.date(), self.now.time()))
    }
}

fn file(name: &str) -> FileId {
    let path = VirtualPath::new(name).expect("a plain name is a path");
    FileId::new(RootedPath::new(VirtualRoot::Project, path))
}

impl World for Desk {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.book
    }

    fn main(&self) -> FileId {
        self.template.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.template.id() { Ok(self.template.clone()) } else { Err(out_of_reach(id)) }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        if id == self.data.0 { Ok(self.data.1.clone()) } else { Err(out_of_reach(id)) }
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.fonts.get(index).cloned()
    }

    fn today(&self, offset: Option<Duration>) -> Option<Datetime> {
        let day = match offset {
            None => self.today,
            Some(offset) => self.now.checked_add(offset.into())?.date(),
        };
        Some(Datetime::Date(day))
    }
}

fn out_of_reach(id: FileId) -> FileError {
    let problem = match id.get().root() {
        VirtualRoot::Package(_) => {
            "a template cannot load packages; copy what it needs into the template".to_owned()
        }
        VirtualRoot::Project => format!("a template can read `{DATA}` and no other file"),
    };
    FileError::Other(Some(problem.into()))
}
