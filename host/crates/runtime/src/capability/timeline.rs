//! `rulewright:host/timeline`: comments that people read on the order. Which documents there are, the commit says.

use rulewright_domain::EntryKind;

use super::{Function, function, history::entry, waiting};

pub const FUNCTIONS: &[Function] = &[
    function("timeline.add-comment", |linker, name| {
        waiting(linker, name, |step, arguments| {
            Box::pin(entry(step, EntryKind::Comment, arguments, Vec::new()))
        })
    }),
    function("timeline.add-comment-with-documents", |linker, name| {
        waiting(linker, name, |step, (order, text, author, documents): Attached| {
            Box::pin(entry(step, EntryKind::Comment, (order, text, author), documents))
        })
    }),
];

type Attached = (String, String, Option<String>, Vec<String>);
