use rulewright_domain::{Flow, Halt};

use super::{New, read, sample, write};

pub async fn what_is_halted_stays_so_until_it_is_let_go_on(storage: New) {
    let halt =
        |flow, reason: &str| Halt { flow, reason: reason.into(), since: sample::NOW, by: "Ada".into() };
    let (first, better) = (halt(Flow::Outbox, "look"), halt(Flow::Outbox, "it sends twice"));
    let other = halt(Flow::Egress, "a strange address");
    assert!(read(&storage, |reads| reads.halts()).await.is_empty());
    let all = [first, better.clone(), other.clone()];
    write(&storage, move |tx| all.iter().try_for_each(|one| tx.put_halt(one))).await;
    assert_eq!(read(&storage, |reads| reads.halts()).await, [other.clone(), better.clone()]);
    assert_eq!(read(&storage, |reads| reads.halt(Flow::Outbox)).await, Some(better));
    assert_eq!(read(&storage, |reads| reads.halt(Flow::Intake)).await, None);
    let gone = write(&storage, |tx| Ok((tx.remove_halt(Flow::Outbox)?, tx.remove_halt(Flow::Outbox)?))).await;
    assert_eq!(gone, (true, false));
    assert_eq!(read(&storage, |reads| reads.halts()).await, [other]);
}
