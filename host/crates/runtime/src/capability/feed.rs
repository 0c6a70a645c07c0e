//! `rulewright:host/feed`.

use rulewright_domain::{Command, EmployeeId, EntryKind};
use serde_json::json;

use super::{Function, at_once, function};
use crate::{bindings::host::feed::Post, convert, refusal::Refusal, step::Step};

pub const FUNCTIONS: &[Function] = &[function("feed.publish", |linker, name| at_once(linker, name, publish))];

fn publish(step: &mut Step, (post,): (Post,)) -> Result<(), Refusal> {
    let author: Option<EmployeeId> = convert::optional_id("/author", post.author.as_ref())?;
    let readers: Vec<EmployeeId> = convert::ids("/readers", &post.readers)?;
    step.command(Command::AddEntry {
        order: step.order.as_ref().map(|order| order.id),
        client: None,
        kind: EntryKind::Feed,
        text: post.text,
        details: json!({ "title": post.title, "author": author, "readers": readers }),
    })
}
