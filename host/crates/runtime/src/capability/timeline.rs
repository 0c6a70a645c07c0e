//! `rulewright:host/timeline`: comments that people read on the order.

use rulewright_domain::EntryKind;

use super::{Function, function, history::entry, waiting};

pub const FUNCTIONS: &[Function] = &[function("timeline.add-comment", |linker, name| {
    waiting(linker, name, |step, arguments| Box::pin(entry(step, EntryKind::Comment, arguments)))
})];
