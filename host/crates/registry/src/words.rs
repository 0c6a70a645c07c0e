//! One sentence for every function of `rulewright:host`. A test compares this table with `wit/host`, so that no
//! function can be added without saying what it means for the shop.

use crate::consent::Verb;

/// What the sentence needs from the manifest.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    None,
    /// `{}` becomes the channels.
    Channels,
    /// `{}` becomes the names of the secrets.
    Secrets,
    /// `{}` becomes an amount of bytes.
    Quota,
    /// `{}` becomes an address; one sentence for each.
    Address,
}

pub struct Line {
    pub function: &'static str,
    pub verb: Verb,
    /// Personal data, money, deletion, or a secret in the open: shown first and marked.
    pub sensitive: bool,
    pub detail: Detail,
    pub text: &'static str,
}

const fn line(function: &'static str, verb: Verb, text: &'static str) -> Line {
    Line { function, verb, sensitive: false, detail: Detail::None, text }
}

const fn sensitive(function: &'static str, verb: Verb, text: &'static str) -> Line {
    Line { function, verb, sensitive: true, detail: Detail::None, text }
}

const fn with(detail: Detail, line: Line) -> Line {
    Line { detail, ..line }
}

use Verb::{Always, Change, Keep, Reach, Read, Send};

#[rustfmt::skip]
pub const LINES: &[Line] = &[
    line("log.write", Always, "Write lines to the trace of its own runs."),
    line("step.now", Always, "Know what time it is."),
    line("step.midnight", Always, "Know when a day begins where the shop is."),
    line("step.working-time", Always, "Count in the shop's working time."),
    line("step.random", Always, "Draw random numbers."),
    line("step.idempotency-key", Always, "Name its own steps, so that repeating one does nothing twice."),

    line("orders-read.get", Read, "Read any order of this shop, with its lines, payments and shipments."),
    line("orders-read.list-of-client", Read, "List the orders of any client."),
    sensitive("clients-read.get", Read, "Read personal data of any client: name, phone numbers and e-mail addresses."),
    line("employees-read.get", Read, "Read the name, contacts and presence of any employee."),
    line("employees-read.all", Read, "Read the whole staff list, with contacts and presence."),
    line("lists-read.get", Read, "Read items of the shop's lists."),
    line("lists-read.find", Read, "Search the shop's lists."),

    line("orders-write.move-stage", Change, "Move any order to another stage of its pipeline, which starts that stage's rules."),
    line("orders-write.set-fields", Change, "Change fields of any order."),
    line("orders-write.append-fields", Change, "Add values to fields of any order."),
    line("orders-write.add-tags", Change, "Add tags to any order."),
    line("orders-write.set-responsible", Change, "Hand any order to another employee."),
    sensitive("orders-write.cancel", Change, "Mark any order as canceled. No money is moved."),
    sensitive("orders-write.delete", Change, "Delete any order on which nothing has been paid."),
    sensitive("payments-write.mark-paid", Change, "Mark any order as paid. Nobody is charged."),
    line("shipments-write.allow-delivery", Change, "Approve shipments of any order for delivery."),
    line("shipments-write.mark-shipped", Change, "Mark shipments of any order as shipped."),
    line("shipments-write.edit", Change, "Change the status, tracking number, service, comment, date and responsible of shipments."),
    sensitive("clients-write.set-fields", Change, "Change the data of any client."),
    line("timeline.add-comment", Change, "Write comments on the timeline of any order, in any employee's name."),
    line("timeline.add-comment-with-documents", Change, "Write comments with documents attached on the timeline of any order, in any employee's name."),
    line("history.write", Change, "Write entries to the history of any order, in any employee's name."),
    line("activities.add", Change, "Plan to-dos, calls and meetings on any order."),
    line("tasks.create", Change, "Give any employee tasks."),
    line("lists-write.create", Change, "Add items to the shop's lists."),
    line("lists-write.update", Change, "Change items of the shop's lists."),
    line("documents.create", Change, "Create documents on any order from the shop's templates."),
    sensitive("documents.prepare", Read, "Read the shop's document templates and what they insert for any order, such as the client's name and phone number."),
    line("documents.create-filled", Change, "Create numbered documents on any order from templates that it fills itself."),
    line("documents.put", Change, "Attach documents that it has made itself to any order."),
    line("workflows.start", Change, "Start the shop's workflows on any order."),
    line("events-emit.emit", Change, "Emit events of its own, which can set off triggers and wake waiting rules."),

    line("feed.publish", Send, "Post to the company feed, also in an employee's name."),
    line("notifications.send", Send, "Notify any employee, also in another employee's name."),
    with(Detail::Channels, line("messages.queue", Send, "Send messages to clients, employees or any address by {}.")),
    with(Detail::Channels, sensitive("segments.queue", Send, "Send mailings to every client of a segment by {}; those who unsubscribed are left out.")),

    with(Detail::Address, line("http.send", Reach, "Exchange data with {}.")),

    with(Detail::Secrets, line("secrets.open", Keep, "Use secrets that you enter, without ever seeing them: {}.")),
    with(Detail::Secrets, line("signatures.sign", Keep, "Sign with secrets that you enter, without ever seeing them: {}.")),
    with(Detail::Secrets, line("signatures.matches", Keep, "Compare what others send with secrets that you enter, without ever seeing them: {}.")),
    with(Detail::Secrets, sensitive("secrets-reveal.reveal", Keep, "See secrets that you enter in the clear: {}.")),
    with(Detail::Quota, line("storage.set", Keep, "Keep up to {} of its own data in this shop.")),
    line("storage.get", Keep, "Read the data that it keeps in this shop."),
    line("storage.delete", Keep, "Delete the data that it keeps in this shop."),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::contract::Contract;

    #[test]
    fn every_function_of_the_host_has_one_sentence_and_no_other_has() {
        let told: Vec<String> = LINES.iter().map(|line| line.function.to_owned()).collect();
        let set: BTreeSet<String> = told.iter().cloned().collect();
        assert_eq!(set.len(), told.len(), "a function is told twice");
        let known: BTreeSet<String> = Contract::current().host_functions().into_iter().collect();
        let missing: Vec<_> = known.difference(&set).collect();
        let extra: Vec<_> = set.difference(&known).collect();
        assert!(missing.is_empty() && extra.is_empty(), "missing {missing:?}, extra {extra:?}");
    }

    #[test]
    fn what_everybody_has_is_what_no_upgrade_asks_for() {
        for line in LINES {
            let everybodys = rulewright_domain::asks::is_everybodys(line.function);
            assert_eq!(line.verb == Always, everybodys, "{}", line.function);
        }
    }

    #[test]
    fn a_sentence_has_a_place_for_its_detail_and_ends() {
        for line in LINES {
            assert_eq!(line.text.contains("{}"), line.detail != Detail::None, "{}", line.function);
            assert!(line.text.ends_with('.'), "{}", line.function);
        }
    }
}
