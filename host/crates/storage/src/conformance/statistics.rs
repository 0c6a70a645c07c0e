use rulewright_domain::{
    Message, MessageState, Run, RunState, ShopId, Started, StepTrace, Timestamp, Usage, Woken,
    statistics::{Chain, Counts, Outcome},
};
use rulewright_ports::storage::chain;

use super::{
    New, read,
    sample::{self, NOW, ONE, TWO},
    write,
};

async fn put(storage: &New, runs: Vec<Run>) {
    write(storage, move |tx| runs.iter().try_for_each(|run| tx.put_run(run))).await;
}

fn failed() -> RunState {
    RunState::Failed { code: "trap".into(), message: "unreachable".into() }
}

/// So many milliseconds after now.
fn ended(run: Run, plus: i64) -> Run {
    Run { ended: Some(NOW.plus(plus)), ..run }
}

type Counted = (i64, Outcome, Chain, String, String, u64, u64);

async fn counted(storage: &New, from: i64, to: i64) -> Vec<Counted> {
    read(storage, move |reads| {
        let mut rows = Vec::new();
        reads.each_ended_run(ONE, NOW.plus(from), NOW.plus(to), &mut |row| {
            let run = &row.run;
            let (rule, build) = (row.rule.to_owned(), row.build.to_owned());
            rows.push((run.ended.0 - NOW.0, run.outcome, chain(row.chain), rule, build, run.took, run.busy));
        })?;
        Ok(rows)
    })
    .await
}

fn step(usage: Usage) -> StepTrace {
    StepTrace {
        step: 0,
        attempt: 0,
        at: NOW,
        now: NOW,
        wake: Woken::Started,
        order_revision: 1,
        settings: None,
        reads: Vec::new(),
        condition: None,
        result: "done".into(),
        backtrace: Vec::new(),
        effects: Vec::new(),
        unsent: Vec::new(),
        requests: None,
        logs: Vec::new(),
        usage,
    }
}

pub async fn ended_runs_are_counted_by_when_they_ended(storage: New) {
    let step = |microseconds| step(Usage { microseconds, ..Usage::default() });
    let done = Run {
        digest: "0123456789abcdef0123".into(),
        trace: vec![step(300), step(40)],
        ready_at: NOW.plus(5),
        ..sample::run(1, ONE, 1, RunState::Done)
    };
    let workflow = Some(Started { workflow: "approval".into(), parameters: Default::default() });
    put(
        &storage,
        vec![
            ended(done, 30),
            ended(Run { workflow, ..sample::run(2, ONE, 1, failed()) }, 20),
            ended(sample::run(3, ONE, 1, RunState::Skipped { reason: "nobody".into() }), 40),
            sample::run(4, ONE, 1, RunState::Ready),
            ended(sample::run(5, TWO, 1, RunState::Done), 20),
        ],
    )
    .await;
    let (sales, approval) = (Chain::Pipeline("sales".into()), Chain::Workflow("approval".into()));
    let (rule, abc) = ("r1".to_owned(), "abc".to_owned());
    let first = (20, Outcome::Failed, approval, rule.clone(), abc.clone(), 20, 0);
    let second = (30, Outcome::Done, sales.clone(), rule.clone(), "0123456789abcdef".to_owned(), 25, 340);
    let third = (40, Outcome::Skipped, sales, rule, abc, 40, 0);
    assert_eq!(counted(&storage, 0, 100).await, [first.clone(), second.clone(), third]);
    assert_eq!(counted(&storage, 20, 40).await, [first, second], "from is included, to is not");
    assert_eq!(read(&storage, |reads| reads.last_ended(ONE)).await, Some(NOW.plus(40)));
    assert_eq!(read(&storage, |reads| reads.last_ended(ShopId(9))).await, None);
}

pub async fn ended_runs_of_a_chain_are_counted_by_rule(storage: New) {
    let workflow = Some(Started { workflow: "sales".into(), parameters: Default::default() });
    put(
        &storage,
        vec![
            ended(sample::run(1, ONE, 1, RunState::Done), 10),
            ended(sample::run(2, ONE, 2, RunState::Done), 20),
            ended(sample::run(3, ONE, 3, failed()), 30),
            ended(Run { rule: "r2".into(), ..sample::run(4, ONE, 1, failed()) }, 20),
            ended(sample::run(5, ONE, 4, failed()), 40),
            ended(Run { workflow, ..sample::run(6, ONE, 1, failed()) }, 20),
            ended(sample::run(7, TWO, 1, failed()), 20),
            sample::run(8, ONE, 5, RunState::Ready),
        ],
    )
    .await;
    let chain = Chain::Pipeline("sales".into());
    let counts =
        read(&storage, move |reads| reads.ended_counts(ONE, &chain, NOW.plus(10), NOW.plus(40))).await;
    let of = |done, failed| Counts { done, failed, ..Counts::default() };
    let counts: Vec<_> = counts.into_iter().collect();
    assert_eq!(counts, [("r1".to_owned(), of(2, 1)), ("r2".to_owned(), of(0, 1))]);
}

pub async fn a_run_that_is_tried_again_has_not_ended(storage: New) {
    put(&storage, vec![ended(sample::run(1, ONE, 1, failed()), 10)]).await;
    assert_eq!(counted(&storage, 0, 100).await.len(), 1);
    put(&storage, vec![sample::run(1, ONE, 1, RunState::Ready)]).await;
    assert_eq!(counted(&storage, 0, 100).await, []);
    assert_eq!(read(&storage, |reads| reads.last_ended(ONE)).await, None);
    put(&storage, vec![ended(sample::run(1, ONE, 1, RunState::Done), 20)]).await;
    let again: Vec<_> = counted(&storage, 0, 100).await.into_iter().map(|row| (row.0, row.1)).collect();
    assert_eq!(again, [(20, Outcome::Done)]);
}

pub async fn what_steps_used_is_told_of_the_latest_runs(storage: New) {
    let used = |fuel| step(Usage { fuel, fuel_limit: 1_000, memory: 7, ..Usage::default() });
    let of = |id, shop, digest: &str, trace| Run {
        digest: digest.into(),
        trace,
        ..sample::run(id, shop, 1, RunState::Done)
    };
    let (one, other) = ("0123456789abcdef-one", "fedcba9876543210-other");
    put(
        &storage,
        vec![
            ended(of(1, ONE, one, vec![used(1), used(2)]), 10),
            // Its condition was not met: no guest ran.
            ended(of(2, ONE, one, vec![step(Usage::default()), used(3)]), 30),
            ended(of(3, ONE, other, vec![used(4)]), 20),
            ended(of(4, TWO, one, vec![used(5)]), 20),
            of(5, ONE, one, vec![used(6)]),
            ended(of(6, ONE, "another", vec![used(7)]), 40),
        ],
    )
    .await;
    let told = async |digests: &[&str], runs: u32| -> Vec<u64> {
        let digests: Vec<String> = digests.iter().map(|digest| (*digest).to_owned()).collect();
        let found = read(&storage, move |reads| reads.step_usage(ONE, &digests, runs)).await;
        assert!(found.iter().all(|usage| (usage.fuel_limit, usage.memory) == (1_000, 7)), "{found:?}");
        found.into_iter().map(|usage| usage.fuel).collect()
    };
    assert_eq!(
        told(&[one, other], 9).await,
        [3, 4, 1, 2],
        "the latest run first, and what runs on is not told"
    );
    assert_eq!(told(&[one, other], 2).await, [3, 4]);
    assert_eq!(told(&[other], 9).await, [4]);
    assert!(told(&[], 9).await.is_empty());
}

pub async fn what_is_open_is_counted_and_the_oldest_found(storage: New) {
    let oldest =
        async || read(&storage, |reads| Ok((reads.oldest_ready(ONE)?, reads.oldest_unsent(ONE)?))).await;
    assert_eq!(oldest().await, (None, None));
    put(
        &storage,
        vec![
            Run { ready_at: NOW.plus(7), ..sample::run(1, ONE, 1, RunState::Ready) },
            Run { ready_at: NOW.plus(5), ..sample::run(2, ONE, 2, RunState::Ready) },
            Run { ready_at: NOW, ..sample::run(3, ONE, 1, RunState::Scheduled { until: NOW }) },
            ended(sample::run(4, ONE, 1, RunState::Done), 1),
            Run { ready_at: NOW, ..sample::run(5, TWO, 1, RunState::Ready) },
        ],
    )
    .await;
    let message = |id, shop, state, created: Timestamp| Message {
        created,
        ..sample::message(id, shop, state, NOW.plus(500))
    };
    let messages = [
        message(1, ONE, MessageState::Pending, NOW.plus(9)),
        message(2, ONE, MessageState::Sending, NOW.plus(8)),
        message(3, ONE, MessageState::Sent, NOW),
        message(4, TWO, MessageState::Pending, NOW),
    ];
    write(&storage, move |tx| messages.iter().try_for_each(|message| tx.put_message(message))).await;
    assert_eq!(oldest().await, (Some(NOW.plus(5)), Some(NOW.plus(8))));
    let mut open = read(&storage, |reads| reads.open_counts(ONE)).await;
    open.sort();
    assert_eq!(open, [("ready".to_owned(), 2), ("scheduled".to_owned(), 1)]);
}
