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
async fn a_step_whose_process_ends_twice_fails_and_those_that_were_told_with_it_go_on_elsewhere() {
    let cache = tempfile::tempdir().unwrap();
    let apart = runtime(cache.path(), &patient(9_009)).with_workers(PROGRAM).unwrap();
    apart.guests().unwrap().all_there(PATIENCE).await.unwrap();
    let before = with_ticks("\"loaded\":9009");
    let steps = steps(&apart, &[Guest::DONE, endless(), Guest::DONE, Guest::DONE]).await;
    // Once more, where it is told of again by itself.
    let killing = async {
        let first = busy(&before).await;
        kill(first, "-KILL");
        let others: Vec<(u32, u64)> = before.iter().copied().filter(|(pid, _)| *pid != first).collect();
        kill(busy(&others).await, "-KILL");
    };
    let (together, ()) = tokio::join!(apart.run_each(steps).collect::<Vec<_>>(), killing);
    let came: Vec<String> = together.into_iter().map(came_to).collect();
    assert_eq!(came, ["done", "worker-died", "done", "done"]);
    assert_eq!(apart.guests().unwrap().all_there(PATIENCE).await.unwrap().restarts, 2);
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

/// A command that reads a frame: a length and nine more bytes, and a body of that length.
#[cfg(unix)]
const READ: &str = "head -c $(($(head -c 13 | od -An -tu4 -N4))) >/dev/null";

/// What two steps come to in processes of a program with these commands.
#[cfg(unix)]
async fn two_steps(dir: &Path, commands: &str) -> Vec<String> {
    let one = Limits { workers: 1, ..limits(9_011) };
    let apart = runtime(&dir.join("cache"), &one).with_workers(lies::program(dir, commands)).unwrap();
    apart.guests().unwrap().all_there(PATIENCE).await.unwrap();
    let steps = steps(&apart, &[Guest::DONE, Guest::DONE]).await;
    let together: Vec<Completion> = apart.run_each(steps).collect().await;
    together.into_iter().map(came_to).collect()
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_process_is_told_of_the_next_step_before_it_has_answered_for_the_first() {
    let dir = tempfile::tempdir().unwrap();
    let answers = [lies::is_done(1, json!([])), lies::is_done(2, json!([]))].concat();
    let answers = lies::say(dir.path(), "answers", &answers);
    // The component and the steps.
    let came = two_steps(dir.path(), &format!("{READ}\n{READ}\n{READ}\n{answers}")).await;
    assert_eq!(came, ["done", "done"]);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn steps_whose_answers_are_lost_with_their_process_are_done_once_more_each_by_itself() {
    let dir = tempfile::tempdir().unwrap();
    let [third, fourth] =
        [3, 4].map(|id| lies::say(dir.path(), &id.to_string(), &lies::is_done(id, json!([]))));
    let been = dir.path().join("been");
    let been = been.display();
    // Told of both, the first process ends without a word.
    let dies = format!("[ -e {been} ] || {{ touch {been}; {READ}; {READ}; {READ}; exit 1; }}");
    let came = two_steps(dir.path(), &format!("{dies}\n{READ}\n{READ}\n{third}\n{READ}\n{fourth}")).await;
    assert_eq!(came, ["done", "done"]);
}
