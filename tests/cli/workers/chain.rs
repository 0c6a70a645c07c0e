//! Steps that a process is told of together.

use futures::StreamExt;

use super::*;

/// A step of each, with what it sees.
async fn steps(runtime: &Runtime, guests: &[Guest]) -> Vec<(Invocation, Arc<dyn World>)> {
    let mut steps = Vec::new();
    for guest in guests {
        let component = guest.component();
        let invocation = invocation(&component, step(&json!({})));
        runtime.prepare(&invocation.digest, component.as_slice().into()).await.unwrap();
        steps.push((invocation, Arc::new(Outside::default()) as Arc<dyn World>));
    }
    steps
}

fn came_to(completion: Completion) -> String {
    match completion.result {
        Ok(_) => "done".to_owned(),
        Err(failure) => failure.code,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn steps_that_go_together_come_each_to_what_it_would_alone_in_their_order() {
    // With one loaded, a process forgets each component for the next.
    let both = Both::new(&Limits { workers: 1, ..limits(1) }).await;
    let also = Guest { id: "test.also", ..Guest::DONE };
    let guests = [Guest::DONE, loops(), also, Guest::DONE, loops(), loops()];
    let steps = steps(&both.apart, &guests).await;
    let together: Vec<Completion> = both.apart.run_each(steps).collect().await;
    let expected = ["done", "out-of-fuel", "done", "done", "out-of-fuel", "out-of-fuel"];
    assert_eq!(together.into_iter().map(came_to).collect::<Vec<_>>(), expected);
    assert_eq!(both.apart.guests().unwrap().now().restarts, 0);
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_ends_amid_steps_that_go_together_fails_one_and_those_behind_it_go_on_elsewhere() {
    let cache = tempfile::tempdir().unwrap();
    let apart = runtime(cache.path(), &patient(9_009)).with_workers(PROGRAM).unwrap();
    apart.guests().unwrap().all_there(PATIENCE).await.unwrap();
    let before = with_ticks("\"loaded\":9009");
    let steps = steps(&apart, &[Guest::DONE, endless(), Guest::DONE, Guest::DONE]).await;
    let killing = async { kill(busy(&before).await, "-KILL") };
    let (together, ()) = tokio::join!(apart.run_each(steps).collect::<Vec<_>>(), killing);
    let came: Vec<String> = together.into_iter().map(came_to).collect();
    assert_eq!(came, ["done", "worker-died", "done", "done"]);
    assert_eq!(apart.guests().unwrap().all_there(PATIENCE).await.unwrap().restarts, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn steps_that_nobody_waits_for_any_more_are_given_up_and_the_next_ones_are_done() {
    let one = Limits { workers: 1, ..patient(9_010) };
    let cache = tempfile::tempdir().unwrap();
    let apart = runtime(cache.path(), &one).with_workers(PROGRAM).unwrap();
    apart.guests().unwrap().all_there(PATIENCE).await.unwrap();
    let long = steps(&apart, &[Guest::DONE, endless(), endless()]).await;
    let mut given_up = apart.run_each(long);
    assert_eq!(came_to(given_up.next().await.unwrap()), "done");
    drop(given_up);
    let next = steps(&apart, &[Guest::DONE, Guest::DONE]).await;
    let next: Vec<Completion> = apart.run_each(next).collect().await;
    assert_eq!(next.into_iter().map(came_to).collect::<Vec<_>>(), ["done", "done"]);
    assert_eq!(apart.guests().unwrap().now().restarts, 0);
}
