//! The other side: a process that reads a component, answers with code, and can do nothing else.
//!
//! **Invariant:** before the first byte is read, its time, its memory and its files are bounded by the system:
//! from then on it can open no file and no socket.

use std::{
    fs::File,
    io::{self, Read, Seek, Write},
    process::ExitCode,
};

use super::order::{Order, Said};
use crate::engine;

/// What `main` of the program does, before anything else, when its first argument is [`COMPILE_CHILD`](super::COMPILE_CHILD).
pub fn compile_child(order: Option<String>) -> ExitCode {
    match compile(order) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            match error.kind() {
                // As the allocator says it where nobody can go on.
                io::ErrorKind::OutOfMemory => eprintln!("memory allocation of more bytes failed"),
                _ => eprintln!("{error}"),
            }
            ExitCode::FAILURE
        }
    }
}

fn compile(order: Option<String>) -> io::Result<()> {
    let order = order.ok_or_else(|| io::Error::other("this is for the program itself, not for people"))?;
    let order: Order = serde_json::from_str(&order)?;
    let mut spent = Spent::open();
    bound(&order, spent.files())?;

    let mut component = Vec::new();
    io::stdin().lock().take(order.size).read_to_end(&mut component)?;
    if component.len() as u64 != order.size {
        return Err(io::Error::other("the component ends too early"));
    }
    let engine = engine::on_demand(&order.limits()).map_err(io::Error::other)?;
    let compiled = engine.precompile_component(&component);
    let (said, code) = match compiled {
        Ok(code) => {
            let (cpu, peak) = spent.so_far();
            (Said::Code { size: code.len() as u64, cpu, peak }, code)
        }
        Err(error) => (Said::Failed(format!("{error:#}")), Vec::new()),
    };
    let mut out = io::stdout().lock();
    serde_json::to_writer(&mut out, &said)?;
    out.write_all(b"\n")?;
    out.write_all(&code)?;
    out.flush()
}

/// What this process has used so far, as Linux tells it; nothing elsewhere.
struct Spent {
    stat: Option<File>,
    status: Option<File>,
}

impl Spent {
    /// Now, because nothing can be opened later.
    fn open() -> Spent {
        let open = |name: &str| File::open(format!("/proc/self/{name}")).ok();
        Spent { stat: open("stat"), status: open("status") }
    }

    fn files(&self) -> [Option<&File>; 2] {
        [self.stat.as_ref(), self.status.as_ref()]
    }

    /// Milliseconds and bytes.
    fn so_far(&mut self) -> (u64, u64) {
        let stat = text(&mut self.stat);
        // After the name, which may have spaces and ends with the last parenthesis: the 12th and 13th, in ticks of 10 ms.
        let ticks = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
        let ticks: u64 = ticks.filter_map(|word| word.parse::<u64>().ok()).sum();
        (ticks * 10, kibibytes(&text(&mut self.status), "VmHWM:") << 10)
    }
}

fn text(file: &mut Option<File>) -> String {
    let mut text = String::new();
    if let Some(file) = file {
        // Only for the log: what cannot be read is not told.
        let _ = file.rewind();
        let _ = file.read_to_string(&mut text);
    }
    text
}

fn kibibytes(status: &str, name: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}

#[cfg(unix)]
fn bound(order: &Order, keep: [Option<&File>; 2]) -> io::Result<()> {
    use std::os::fd::AsRawFd;

    use rlimit::Resource;

    close_all_but(keep.into_iter().flatten().map(AsRawFd::as_raw_fd).collect());
    // What the empty program has mapped is not the component's: the parent's binary and its allocator's reserve.
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mapped = kibibytes(&status, "VmSize:") << 10;
    Resource::CORE.set(0, 0)?;
    Resource::FSIZE.set(0, 0)?;
    // The first is a signal that says why; who ignores it is killed at the second.
    Resource::CPU.set(order.cpu, order.cpu.saturating_add(1))?;
    let memory = mapped.saturating_add(order.memory);
    // macOS knows no such limit, and says so.
    if let Err(error) = Resource::AS.set(memory, memory)
        && cfg!(target_os = "linux")
    {
        return Err(error);
    }
    // Last. What is open stays open; nothing more can be opened, be it a file or a socket.
    Resource::NOFILE.set(0, 0)
}

#[cfg(not(unix))]
fn bound(_: &Order, _: [Option<&File>; 2]) -> io::Result<()> {
    // The parent's limit of time is all there is.
    Ok(())
}

/// Whatever the parent's own parent has left open for it: everything of ours is closed when a program starts.
#[cfg(unix)]
pub(crate) fn close_all_but(keep: Vec<std::os::fd::RawFd>) {
    use std::os::fd::{FromRawFd, OwnedFd, RawFd};

    let Ok(open) = std::fs::read_dir("/dev/fd") else { return };
    let open: Vec<RawFd> = open.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).collect();
    for fd in open {
        // The listing itself was one of them, and is gone by now.
        if fd > 2 && !keep.contains(&fd) && std::fs::read_link(format!("/dev/fd/{fd}")).is_ok() {
            // SAFETY: this process has just begun and has opened nothing but what is kept, so nobody in it
            // owns this descriptor: it came from outside.
            #[allow(unsafe_code, reason = "there is no safe way to close what somebody else has left open")]
            drop(unsafe { OwnedFd::from_raw_fd(fd) });
        }
    }
}
