use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, mpsc};
use std::task::Poll;

use rulewright_domain::{OrderId, kind};
use rulewright_ports::{
    StorageError,
    storage::{EventQuery, OrderQuery, Result, Sequence, WriteJob},
};

use super::{ALL, New, read, sample, sample::ONE, try_write, write};

async fn orders(storage: &New) -> Vec<i64> {
    let found = read(storage, |reads| reads.orders(ONE, &OrderQuery::default(), ALL)).await;
    found.into_iter().map(|order| order.id.0).collect()
}

/// Submits the jobs one after the other without waiting, and returns the answers.
async fn submit_together(storage: &New, jobs: Vec<WriteJob>) -> Vec<Result<()>> {
    type Submitted<'s> = Pin<Box<dyn Future<Output = Result<()>> + Send + 's>>;
    let mut submitted: Vec<Submitted<'_>> = jobs.into_iter().map(|job| storage.submit(job)).collect();
    let mut answers: Vec<Option<Result<()>>> = submitted.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        let waiting = submitted.iter_mut().zip(&mut answers).filter(|(_, answer)| answer.is_none());
        for (job, answer) in waiting {
            if let Poll::Ready(result) = job.as_mut().poll(context) {
                *answer = Some(result);
            }
        }
        match answers.iter().all(Option::is_some) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    })
    .await;
    answers.into_iter().flatten().collect()
}

pub async fn a_job_that_returns_false_leaves_nothing(storage: New) {
    let job: WriteJob = Box::new(|tx| {
        tx.put_order(ONE, &sample::order(1)).unwrap();
        false
    });
    storage.submit(job).await.expect("returning false is no error");
    assert_eq!(orders(&storage).await, [0; 0]);
}

pub async fn an_error_drops_the_writes(storage: New) {
    let result: Result<()> = try_write(&storage, |tx| {
        tx.put_order(ONE, &sample::order(1))?;
        Err(StorageError::Closed)
    })
    .await;
    assert!(matches!(result, Err(StorageError::Closed)));
    assert_eq!(orders(&storage).await, [0; 0]);
}

pub async fn a_job_that_panics_leaves_nothing_and_says_so(storage: New) {
    let job: WriteJob = Box::new(|tx| {
        tx.put_order(ONE, &sample::order(1)).unwrap();
        panic!("on purpose");
    });
    let error = storage.submit(job).await.unwrap_err().to_string();
    assert!(error.contains("on purpose"), "{error}");
    assert_eq!(orders(&storage).await, [0; 0]);
    write(&storage, |tx| tx.put_order(ONE, &sample::order(2))).await;
    let query = storage.query(Box::new(|_| panic!("on purpose too"))).await;
    assert!(query.unwrap_err().to_string().contains("on purpose too"));
    assert_eq!(orders(&storage).await, [2]);
}

pub async fn one_of_a_group_fails_alone(storage: New) {
    let (open, gate) = mpsc::channel::<()>();
    let hold: WriteJob = Box::new(move |_| gate.recv().is_err());
    let keep: WriteJob = Box::new(|tx| tx.put_order(ONE, &sample::order(1)).is_ok());
    let drop_it: WriteJob = Box::new(|tx| tx.put_order(ONE, &sample::order(2)).is_err());
    let panic: WriteJob = Box::new(|tx| {
        tx.put_order(ONE, &sample::order(3)).unwrap();
        panic!("on purpose");
    });
    let refused: WriteJob = Box::new(|tx| {
        tx.put_order(sample::TWO, &sample::order(1)).expect_err("it belongs to another shop");
        tx.put_order(ONE, &sample::order(4)).is_ok()
    });
    // All are waiting before the first ends, so that they can become one group.
    let open = std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(50));
        drop(open);
    });
    let answers = submit_together(&storage, vec![hold, keep, drop_it, panic, refused]).await;
    open.join().unwrap();
    let fine: Vec<bool> = answers.iter().map(Result::is_ok).collect();
    assert_eq!(fine, [true, true, true, false, true]);
    assert_eq!(orders(&storage).await, [1, 4]);
}

pub async fn jobs_run_in_the_order_of_submission(storage: New) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let jobs = (0..1_000).map(|number| {
        let seen = seen.clone();
        Box::new(move |_: &mut dyn rulewright_ports::Transaction| {
            seen.lock().unwrap().push(number);
            number % 3 == 0
        }) as WriteJob
    });
    let answers = submit_together(&storage, jobs.collect()).await;
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(*seen.lock().unwrap(), (0..1_000).collect::<Vec<_>>());
}

pub async fn what_was_answered_can_be_read(storage: New) {
    for id in 1..=50 {
        write(&storage, move |tx| tx.put_order(ONE, &sample::order(id))).await;
        let found = read(&storage, move |reads| reads.order(ONE, OrderId(id))).await;
        assert_eq!(found.as_deref(), Some(&sample::order(id)));
    }
}

pub async fn nobody_reads_what_is_not_committed(storage: New) {
    let (written, mut wrote) = tokio::sync::mpsc::unbounded_channel();
    let (open, gate) = mpsc::channel::<()>();
    let mut job = pin!(storage.submit(Box::new(move |tx| {
        tx.put_order(ONE, &sample::order(1)).unwrap();
        assert!(tx.order(ONE, OrderId(1)).unwrap().is_some(), "a job reads its own writes");
        written.send(()).unwrap();
        gate.recv().is_err()
    })));
    tokio::select! {
        _ = &mut job => panic!("the job is not finished"),
        wrote = wrote.recv() => wrote.unwrap(),
    }
    assert_eq!(orders(&storage).await, [0; 0]);
    drop(open);
    job.await.unwrap();
    assert_eq!(orders(&storage).await, [1]);
}

pub async fn a_query_works_on_one_snapshot(storage: New) {
    let (looked, has_looked) = tokio::sync::oneshot::channel();
    let (go_on, gate) = mpsc::channel::<()>();
    let slow = storage.clone();
    let slow = tokio::spawn(async move {
        read(&slow, move |reads| {
            let count = |reads: &mut dyn rulewright_ports::Reads| {
                reads.orders(ONE, &OrderQuery::default(), ALL).map(|orders| orders.len())
            };
            let before = count(reads)?;
            looked.send(()).unwrap();
            gate.recv().unwrap_err();
            Ok((before, count(reads)?))
        })
        .await
    });
    has_looked.await.unwrap();
    write(&storage, |tx| tx.put_order(ONE, &sample::order(1))).await;
    drop(go_on);
    assert_eq!(slow.await.unwrap(), (0, 0));
    assert_eq!(orders(&storage).await, [1]);
}

pub async fn an_id_is_never_given_twice(storage: New) {
    let mut given = Vec::new();
    for round in 0..10 {
        let ids = write(&storage, |tx| Ok((tx.next(Sequence::Run)?, tx.next(Sequence::Order)?))).await;
        given.push(ids.0);
        assert!(ids.1 > round);
        let dropped: Result<()> = try_write(&storage, |tx| {
            tx.next(Sequence::Run)?;
            Err(StorageError::Closed)
        })
        .await;
        dropped.unwrap_err();
    }
    let mut distinct = given.clone();
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!(distinct.len(), given.len());
    // Also not one that somebody else chose.
    write(&storage, |tx| tx.put_order(ONE, &sample::order(1_000))).await;
    assert!(write(&storage, |tx| tx.next(Sequence::Order)).await > 1_000);
}

pub async fn many_writers_lose_nothing(storage: New) {
    const WRITERS: i64 = 32;
    const EACH: i64 = 20;
    let writers = (0..WRITERS).map(|writer| {
        let storage = storage.clone();
        tokio::spawn(async move {
            for _ in 0..EACH {
                let _: Result<()> = try_write(&storage, move |tx| {
                    let id = tx.next(Sequence::Event)?;
                    tx.append_event(&sample::event(id, ONE, sample::about(kind::ORDER_CREATED, writer)))?;
                    // Every other writer changes its mind.
                    if writer % 2 == 0 { Ok(()) } else { Err(StorageError::Closed) }
                })
                .await;
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    let page = rulewright_ports::storage::Page { limit: 500, ..ALL };
    let events = read(&storage, move |reads| reads.events(ONE, &EventQuery::default(), page)).await;
    assert_eq!(events.len() as i64, WRITERS / 2 * EACH);
}
