//! A process that holds more memory than it may.

use super::*;

const MIB: u64 = 1 << 20;

/// Takes 300 MiB, writes to all of them, and keeps them.
const TAKES: Guest = Guest {
    id: "test.takes",
    step: "(drop (memory.grow (i32.const 4800)))
        (memory.fill (i32.const 131072) (i32.const 7) (i32.const 314000000))
        (loop (br 0)) (i32.const 1024)",
    fuel: Some(1_000_000_000_000),
    ..Guest::DONE
};

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_holds_more_memory_than_it_may_is_ended_and_the_one_beside_it_is_not() {
    // A step may take more than its process, so that no sandbox has to be broken for this.
    let memory = 320 * MIB;
    let limits = Limits { memory, memory_max: memory, worker_memory: 256 * MIB, ..patient(9_008) };
    let cache = tempfile::tempdir().unwrap();
    let apart = Arc::new(runtime(cache.path(), &limits).with_workers(PROGRAM).unwrap());
    let guests = apart.guests().unwrap();
    guests.all_there(PATIENCE).await.unwrap();
    let before = with_ticks("\"loaded\":9008");
    let beside = run(&apart, endless());
    let busy = busy(&before).await;

    // It goes where least is done: to the other one.
    let failure = run(&apart, TAKES).await.unwrap().result.unwrap_err();
    assert_eq!((failure.code.as_str(), failure.retryable), ("worker-died", true), "{failure}");
    assert!(failure.message.contains("limit `worker-memory` is 256 MiB"), "{failure}");
    let now = guests.all_there(PATIENCE).await.unwrap();
    assert_eq!((now.alive, now.restarts), (2, 1));
    assert!(processes("\"loaded\":9008").contains(&busy) && !beside.is_finished());
    assert!(run(&apart, Guest::DONE).await.unwrap().result.is_ok(), "the next step finds room");
    beside.abort();
}
