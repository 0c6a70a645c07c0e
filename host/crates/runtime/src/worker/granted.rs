//! Which host functions lead to what a worker says: to a question, and to an effect.
//!
//! **Invariant:** what none of them leads to has none here, and so is never granted. A question tells a worker no
//! more of other orders and of people than its function tells the guest.

use rulewright_domain::{Command, DocumentDraft, Effect, EntryKind, Grant, OrderChange};

use super::words::Question;
use crate::{convert, keeper::HeaderText};

/// Whether the grant allows the question, or why not.
pub(super) fn may_ask(question: &Question, grant: &Grant) -> Result<(), String> {
    let granted = |functions: &[&str]| functions.iter().any(|name| grant.functions.contains(*name));
    if !granted(answering(question)) {
        return Err(format!("it asked for {}, which is not granted", named(question)));
    }
    let sound = match question {
        Question::Stored(_) => grant.storage > 0,
        Question::Recipient(wanted) => grant.channels.contains(&wanted.channel),
        Question::Change(asked) => asked.since.iter().all(|change| granted(of_change(change))),
        _ => true,
    };
    if !sound {
        return Err(format!("it asked for {}, beyond what is granted", named(question)));
    }
    match secrets(question).into_iter().find(|secret| !grant.secrets.contains(*secret)) {
        Some(secret) => Err(format!("it asked for secret `{secret}`, which is not granted")),
        None => Ok(()),
    }
}

/// Host functions that ask this; one of them must have been granted. Whole orders and people are for those that show
/// them to a guest.
fn answering(question: &Question) -> &'static [&'static str] {
    match question {
        Question::Order(_) => &["orders-read.get"],
        Question::OrdersOfClient { .. } => &["orders-read.list-of-client"],
        Question::Client(_) => &["clients-read.get"],
        Question::Employees => &["employees-read.get", "employees-read.all"],
        Question::HasEmployee(_) => {
            &["history.write", "timeline.add-comment", "timeline.add-comment-with-documents"]
        }
        Question::Recipient(_) => &["messages.queue"],
        Question::Change(asked) => match &asked.change {
            OrderChange::Delete
            | OrderChange::AllowDelivery
            | OrderChange::MarkShipped
            | OrderChange::EditShipments { .. } => of_change(&asked.change),
            _ => &[],
        },
        Question::Item { .. } => &["lists-read.get"],
        Question::Items { .. } => &["lists-read.find"],
        Question::Stored(_) => &["storage.get"],
        Question::HasSecret(_) => &["secrets.open"],
        Question::Reveal(_) => &["secrets-reveal.reveal"],
        Question::Sign { .. } => &["signatures.sign"],
        Question::Matches { .. } => &["signatures.matches"],
        Question::Prepare(_) => &["documents.prepare"],
        Question::Send { .. } => &["http.send"],
    }
}

/// Names of the secrets that it is about.
fn secrets(question: &Question) -> Vec<&str> {
    match question {
        Question::HasSecret(secret)
        | Question::Reveal(secret)
        | Question::Sign { secret, .. }
        | Question::Matches { secret, .. } => vec![secret.as_str()],
        Question::Send { request, .. } => {
            let in_headers = request.headers.iter().filter_map(|(_, text)| match text {
                HeaderText::Plain(_) => None,
                HeaderText::Secret { secret, .. } | HeaderText::Basic { password: secret, .. } => {
                    Some(secret.as_str())
                }
            });
            in_headers.chain(request.url_secret.as_deref()).collect()
        }
        _ => Vec::new(),
    }
}

fn named(question: &Question) -> &'static str {
    match question {
        Question::Order(_) => "an order",
        Question::OrdersOfClient { .. } => "a client's orders",
        Question::Client(_) => "a client",
        Question::Employees | Question::HasEmployee(_) => "employees",
        Question::Recipient(_) => "a recipient",
        Question::Change(_) => "a change of an order",
        Question::Item { .. } | Question::Items { .. } => "items of a list",
        Question::Stored(_) => "storage",
        Question::HasSecret(_) | Question::Reveal(_) => "a secret",
        Question::Sign { .. } | Question::Matches { .. } => "a signature",
        Question::Prepare(_) => "a template",
        Question::Send { .. } => "a request",
    }
}

/// Those that stage such an effect, one of which must have been granted.
pub(super) fn functions(effect: &Effect) -> &'static [&'static str] {
    let command = match effect {
        Effect::Message(_) => return &["messages.queue"],
        Effect::Storage { value: Some(_), .. } => return &["storage.set"],
        Effect::Storage { value: None, .. } => return &["storage.delete"],
        Effect::Command { command, .. } => command,
    };
    match command {
        Command::ChangeOrder { change, expected: None, .. } => of_change(change),
        Command::ChangeClient { .. } => &["clients-write.set-fields"],
        Command::Ingest(event) if event.kind.strip_prefix("plugin.").is_some_and(convert::is_kind) => {
            &["events-emit.emit"]
        }
        Command::AddEntry { client: None, kind, details, .. } => match kind {
            EntryKind::Comment if details.get("attachments").is_some() => {
                &["timeline.add-comment-with-documents"]
            }
            EntryKind::Comment => &["timeline.add-comment", "timeline.add-comment-with-documents"],
            EntryKind::History => &["history.write"],
            EntryKind::Activity => &["activities.add"],
            EntryKind::Task => &["tasks.create"],
            EntryKind::Notification => &["notifications.send"],
            EntryKind::Feed => &["feed.publish"],
            _ => &[],
        },
        Command::CreateDocument(DocumentDraft::FromTemplate(_)) => &["documents.create"],
        Command::CreateDocument(DocumentDraft::Filled { .. }) => &["documents.create-filled"],
        Command::CreateDocument(DocumentDraft::Made { .. }) => &["documents.put"],
        Command::AddItem { .. } => &["lists-write.create"],
        Command::ChangeItem { .. } => &["lists-write.update"],
        Command::SendMailing(_) => &["segments.queue"],
        Command::StartWorkflow { .. } => &["workflows.start"],
        _ => &[],
    }
}

fn of_change(change: &OrderChange) -> &'static [&'static str] {
    match change {
        OrderChange::MoveStage { .. } => &["orders-write.move-stage"],
        OrderChange::SetFields { .. } => &["orders-write.set-fields"],
        OrderChange::AppendFields { .. } => &["orders-write.append-fields"],
        OrderChange::AddTags { .. } => &["orders-write.add-tags"],
        OrderChange::SetResponsible { .. } => &["orders-write.set-responsible"],
        OrderChange::Cancel { .. } => &["orders-write.cancel"],
        OrderChange::Delete => &["orders-write.delete"],
        OrderChange::Pay { payment: None } => &["payments-write.mark-paid"],
        OrderChange::AllowDelivery => &["shipments-write.allow-delivery"],
        OrderChange::MarkShipped => &["shipments-write.mark-shipped"],
        // These are permissions of their own.
        OrderChange::EditShipments { fields, .. }
            if fields.contains_key("allowed") || fields.contains_key("shipped") =>
        {
            &[]
        }
        OrderChange::EditShipments { .. } => &["shipments-write.edit"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use rulewright_domain::{ClientId, EmployeeId, OrderId, Recipient};

    use super::*;
    use crate::{
        capability,
        keeper::{Change, Wanted, Written},
        testing::grant,
    };

    fn request(secret: &str) -> Question {
        let password = HeaderText::Basic { user: "u".into(), password: secret.into() };
        let request = Written {
            method: "GET".into(),
            url: "https://a.b/".into(),
            url_secret: None,
            headers: vec![("authorization".into(), password)],
            body: None,
            timeout: 1,
        };
        Question::Send { key: "k".into(), request }
    }

    fn recipient(channel: &str) -> Question {
        let to = Recipient::Client(ClientId(2));
        Question::Recipient(Wanted { channel: channel.into(), to, kind: None, reads: 1 })
    }

    fn change(since: Vec<OrderChange>, change: OrderChange) -> Question {
        Question::Change(Change { id: OrderId(2), since, change })
    }

    #[test]
    fn a_question_is_answered_for_the_functions_that_ask_it_and_for_no_other() {
        for (question, functions) in [
            (Question::Order(OrderId(2)), &["orders-read.get"][..]),
            (Question::Client(ClientId(2)), &["clients-read.get"]),
            (Question::Employees, &["employees-read.get", "employees-read.all"]),
            (
                Question::HasEmployee(EmployeeId(2)),
                &["history.write", "timeline.add-comment", "timeline.add-comment-with-documents"],
            ),
            (recipient("sms"), &["messages.queue"]),
            (change(Vec::new(), OrderChange::Delete), &["orders-write.delete"]),
            (change(Vec::new(), OrderChange::MarkShipped), &["shipments-write.mark-shipped"]),
            (Question::Stored("k".into()), &["storage.get"]),
            (Question::Reveal("token".into()), &["secrets-reveal.reveal"]),
            (Question::HasSecret("token".into()), &["secrets.open"]),
            (request("token"), &["http.send"]),
        ] {
            for function in functions {
                assert_eq!(may_ask(&question, &grant(&[*function])), Ok(()), "{function}");
            }
            let others: Vec<&str> =
                capability::offered().iter().copied().filter(|name| !functions.contains(name)).collect();
            assert!(may_ask(&question, &grant(&others)).is_err(), "{question:?}");
        }
    }

    #[test]
    fn a_question_keeps_to_what_the_grant_says_of_its_function() {
        let all = grant(capability::offered());
        for question in [
            request("other"),
            Question::Reveal("other".into()),
            Question::HasSecret("other".into()),
            Question::Matches { secret: "other".into(), text: String::new() },
            recipient("email"),
            change(Vec::new(), OrderChange::Restore),
            change(Vec::new(), OrderChange::Cancel { reason: None }),
            change(vec![OrderChange::Restore], OrderChange::Delete),
        ] {
            assert!(may_ask(&question, &all).is_err(), "{question:?}");
        }
        let nothing_stored = Grant { storage: 0, ..grant(&["storage.get"]) };
        assert!(may_ask(&Question::Stored("k".into()), &nothing_stored).is_err());
        let paid = change(vec![OrderChange::Pay { payment: None }], OrderChange::Delete);
        assert_eq!(may_ask(&paid, &grant(&["orders-write.delete", "payments-write.mark-paid"])), Ok(()));
        assert!(may_ask(&paid, &grant(&["orders-write.delete"])).is_err());
    }
}
