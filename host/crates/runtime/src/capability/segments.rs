//! `rulewright:host/segments`: whom a message goes to, the commit finds out.

use rulewright_domain::{Command, Mailing};

use super::{
    Function, at_once, function,
    messages::{granted, headers},
};
use crate::{bindings::host::messages::Message, convert, refusal::Refusal, step::Step};

pub const FUNCTIONS: &[Function] = &[function("segments.queue", |linker, name| at_once(linker, name, queue))];

fn queue(step: &mut Step, (segment, message): (String, Message)) -> Result<String, Refusal> {
    granted(step, &message.channel)?;
    headers(&message)?;
    let mailing = Mailing {
        segment,
        channel: message.channel,
        sender: message.sender,
        subject: message.subject,
        text: message.text,
        params: convert::fields("/params", message.params, &step.limits)?,
    };
    step.create("mailing", Command::SendMailing(mailing))
}
