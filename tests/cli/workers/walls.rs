//! The walls around a process that runs guests, tried from inside, and looked at from outside.

use rulewright_runtime::WORKER_CHILD;

use crate::rulewright;

/// What a process that runs guests has of this machine, as the system tells it.
#[cfg(target_os = "linux")]
pub fn stand_around(pid: u32) {
    let read = |name: &str| std::fs::read_to_string(format!("/proc/{pid}/{name}")).unwrap();
    assert_eq!(read("environ"), "", "it has an environment");
    let status = read("status");
    // 2: a filter.
    for line in ["Seccomp:\t2", "NoNewPrivs:\t1"] {
        assert!(status.lines().any(|found| found == line), "no {line} in {status}");
    }
    let cores = read("limits").lines().find(|line| line.starts_with("Max core file size")).map(str::to_owned);
    assert!(cores.is_some_and(|line| line.split_whitespace().nth(4) == Some("0")));
    let adjusted = |pid: u32| -> i32 {
        let text = std::fs::read_to_string(format!("/proc/{pid}/oom_score_adj")).unwrap();
        text.trim().parse().unwrap()
    };
    // The server is started by this process, and has what this one has.
    assert_eq!(adjusted(pid), (adjusted(std::process::id()) + 500).min(1000), "the server goes first");
    let open = std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap();
    let open = open.filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok());
    let files: Vec<String> = open
        .map(|target| target.display().to_string())
        // Its socket and its stderr, what its threads wake each other with, images of guests' memories, and which of
        // its own pages were written.
        .filter(|target| {
            let harmless = ["socket:", "pipe:", "anon_inode:", "/memfd:", "/dev/null", "/proc/self/pagemap"];
            !harmless.iter().any(|begins| target.starts_with(begins)) && !target.ends_with("/pagemap")
        })
        .collect();
    assert_eq!(files, Vec::<String>::new());
}

#[test]
fn nobody_is_let_in_with_what_is_no_order() {
    let done = rulewright().args([WORKER_CHILD, "{}"]).output().unwrap();
    assert!(!done.status.success(), "{done:?}");
}

/// Only a program that is built for tests tries such things.
#[cfg(all(target_os = "linux", debug_assertions))]
mod inside {
    use std::{collections::BTreeMap, net::SocketAddr, path::Path};

    use serde_json::{Value, json};

    use super::*;

    /// What came of each try, by name: `done`, or why not. And whether there is a filter of system calls.
    fn tried(dir: &Path, walls: bool, address: SocketAddr) -> (BTreeMap<String, String>, bool) {
        let database = dir.join("rulewright.db");
        std::fs::write(&database, b"customers").unwrap();
        let order = json!({ "limits": {}, "walls": walls, "probe": {
            "read": database, "write": dir.join(format!("written-{walls}")), "program": "/bin/true", "address": address,
            "parent": std::process::id(),
        } });
        let done = rulewright().arg(WORKER_CHILD).arg(order.to_string()).output().unwrap();
        let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        assert!(done.status.success(), "{}: {out} {err}", done.status);
        let (found, tried): (Value, BTreeMap<String, String>) = serde_json::from_str(&out).unwrap();
        (tried, found["seccomp"] == true)
    }

    #[test]
    fn whoever_breaks_out_of_the_sandbox_finds_no_file_no_network_and_no_other_process() {
        let dir = tempfile::tempdir().unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        const REFUSED: [&str; 10] =
            ["read", "write", "list", "environ", "connect", "bind", "pair", "run", "hurry", "hold up"];
        // Without walls all of it goes well, so it is the walls that refuse it.
        let (tried_open, _) = tried(dir.path(), false, address);
        for name in REFUSED {
            assert_eq!(tried_open[name], "done", "{name}");
        }
        let (tried_walled, seccomp) = tried(dir.path(), true, address);
        assert!(seccomp);
        for name in REFUSED.into_iter().chain(["memory"]) {
            let result = &tried_walled[name];
            assert!(
                result.contains("not permitted") || result.contains("ermission denied"),
                "{name}: {result}"
            );
        }
        assert_eq!(tried_walled["thread"], "done", "a process for guests needs its threads");
        assert_eq!(tried_walled["give precedence"], "done", "its long steps leave the processor to others");
        assert!(dir.path().join("written-false").exists() && !dir.path().join("written-true").exists());
    }
}
