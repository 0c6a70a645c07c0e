//! `rulewright:host/timeline`: comments that people read on the order.

use rulewright_domain::EntryKind;

use super::{Function, at_once, function, history::entry};

pub const FUNCTIONS: &[Function] = &[function("timeline.add-comment", |linker, name| {
    at_once(linker, name, |step, arguments| entry(step, EntryKind::Comment, arguments))
})];
