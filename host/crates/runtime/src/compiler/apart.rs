//! In a process of its own, with bounds that the system keeps.
//!
//! **Invariant:** whatever a component does to the compiler, this process loses nothing but the wait: the other one
//! is killed at its bounds, and what it says is read up to a length.

use std::{
    ffi::OsString,
    io,
    process::{ExitStatus, Stdio},
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use rulewright_ports::Failure;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    process::{Child, Command},
};

use super::{
    Bounds, COMPILE_CHILD, Compiler, Job, failed,
    order::{Order, Said},
};
use crate::{
    options::{bytes, grouped},
    trap,
};

/// Of what it says on stderr, for the log.
const LAST_WORDS: u64 = 16 << 10;
/// Native code is some three times its component, and never this much more.
const CODE: u64 = 64;
const LEAST_CODE: u64 = 64 << 20;
/// Compiling gets faster with each, and takes each from the steps.
const THREADS: &str = "2";
/// In KiB. By default it is a GiB.
const ARENA_KIB: &str = "32768";

/// This very program, to be started once more. Where the file is replaced while we run, it is still ours that is
/// started: another one could write code for another engine.
pub fn this_program() -> io::Result<OsString> {
    let ours = "/proc/self/exe";
    Ok(match cfg!(target_os = "linux") && std::fs::metadata(ours).is_ok() {
        true => OsString::from(ours),
        false => std::env::current_exe()?.into_os_string(),
    })
}

/// Starts a program that calls [`compile_child`](super::compile_child) first thing.
pub struct Apart {
    program: OsString,
}

impl Apart {
    pub fn new(program: impl Into<OsString>) -> Apart {
        Apart { program: program.into() }
    }

    pub fn this_program() -> io::Result<Apart> {
        Ok(Apart::new(this_program()?))
    }

    fn start(&self, order: &str) -> io::Result<Child> {
        Command::new(&self.program)
            .arg(COMPILE_CHILD)
            .arg(order)
            // Secrets live in environments.
            .env_clear()
            .env("RAYON_NUM_THREADS", THREADS)
            // What the allocator would reserve before anybody has bounded it would be beyond the bound.
            .env("MIMALLOC_ARENA_RESERVE", ARENA_KIB)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // Also where the request that wanted it is given up.
            .kill_on_drop(true)
            .spawn()
    }
}

#[async_trait]
impl Compiler for Apart {
    async fn compile(&self, job: Arc<Job>) -> Result<Vec<u8>, Failure> {
        let bounds = Bounds::of(&job.limits, job.component.len() as u64);
        let order = serde_json::to_string(&Order::new(&job, &bounds))
            .map_err(|error| trap::ours(format!("no compiler could be told what to do: {error}")))?;
        let child = self.start(&order).map_err(|error| {
            trap::ours(format!(
                "the process that compiles does not start: {error}; the operator can set `compile-apart = false`"
            ))
        })?;
        let ended = tokio::time::timeout(bounds.wall, talk(child, &job)).await;
        let Ok(ended) = ended else {
            let wall = grouped(milliseconds(bounds.wall));
            return Err(beyond("compile-wall", &format!("it was not compiled after {wall} ms")));
        };
        let ended =
            ended.map_err(|error| trap::ours(format!("the process that compiles was lost: {error}")))?;
        judge(ended, &bounds, &job)
    }
}

/// How it ended, and what it had said by then.
struct Ended {
    status: ExitStatus,
    out: Vec<u8>,
    err: Vec<u8>,
}

async fn talk(mut child: Child, job: &Job) -> io::Result<Ended> {
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let most = (job.component.len() as u64).saturating_mul(CODE).max(LEAST_CODE);
    let tell = async {
        if let Some(mut stdin) = stdin {
            // Who dies early does not listen to the end: how it died says more than this error.
            let _ = stdin.write_all(&job.component).await;
        }
    };
    let ((), out, err) = tokio::join!(tell, all(stdout, most), all(stderr, LAST_WORDS));
    let (out, err) = (out?, err?);
    Ok(Ended { status: child.wait().await?, out, err })
}

/// Up to a length; closing the pipe on what is longer ends whoever writes it.
async fn all(pipe: Option<impl AsyncRead + Unpin>, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        pipe.take(most).read_to_end(&mut bytes).await?;
    }
    Ok(bytes)
}

fn judge(ended: Ended, bounds: &Bounds, job: &Job) -> Result<Vec<u8>, Failure> {
    let Ended { status, mut out, err } = ended;
    if status.success() {
        let line = out.iter().position(|byte| *byte == b'\n').unwrap_or(out.len());
        return match serde_json::from_slice(out.get(..line).unwrap_or_default()) {
            Ok(Said::Code { size, cpu, peak }) if (out.len() - line) as u64 == size.saturating_add(1) => {
                let digest = &job.digest;
                tracing::info!(digest, cpu, peak, code = size, "compiled apart: ms, bytes, bytes");
                out.drain(..=line);
                Ok(out)
            }
            Ok(Said::Failed(problem)) => Err(failed(&problem)),
            _ => Err(failed("the compiler gave no whole answer")),
        };
    }
    let said = String::from_utf8_lossy(&err);
    tracing::warn!(digest = %job.digest, %status, %said, "compiling apart ended early");
    Err(match signal(&status) {
        // The signals of a spent processor limit; nobody but the system sends the first.
        Some(SIGXCPU) => {
            let (cpu, size) = (grouped(milliseconds(bounds.cpu)), bytes(job.component.len() as u64));
            let used = format!("compiling its {size} took {cpu} ms of processor time, all that it may");
            beyond("compile-cpu", &used)
        }
        // The second where not even its threads find room.
        _ if said.contains("memory allocation of") || said.contains("ThreadPoolBuildError") => {
            let asked = said.split("memory allocation of ").nth(1).and_then(|rest| rest.split(' ').next());
            let asked = asked.and_then(|asked| asked.parse().ok()).map(bytes);
            let asked = asked.map(|asked| format!(", and asked for another {asked}")).unwrap_or_default();
            let most = bytes(bounds.memory);
            beyond("compile-memory", &format!("compiling it needs more than {most}{asked}"))
        }
        Some(SIGKILL) => {
            beyond("compile-memory", "the system killed the compiler, most likely for its memory")
        }
        _ => failed("the compiler broke off; the host's log tells more"),
    })
}

fn beyond(limit: &str, usage: &str) -> Failure {
    let advice = "make its functions smaller, or ask the operator for more";
    Failure::new("compile-limit", format!("limit `{limit}`: {usage}; {advice}"), false)
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

const SIGKILL: i32 = 9;
/// Of Linux, macOS and the BSDs alike.
const SIGXCPU: i32 = 24;

#[cfg(unix)]
fn signal(status: &ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(status)
}

#[cfg(not(unix))]
fn signal(_: &ExitStatus) -> Option<i32> {
    None
}
