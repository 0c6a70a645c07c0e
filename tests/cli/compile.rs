//! Strangers' components are compiled by a process of its own, which cannot take more than it was given.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use rulewright_domain::plugin::Digest;
use rulewright_ports::{ComponentSource, Executor, Failure};
use rulewright_registry::digest;
use rulewright_runtime::{Apart, COMPILE_CHILD, Limits, Runtime};

use crate::{rulewright, server::Server};

struct Nothing;

#[async_trait]
impl ComponentSource for Nothing {
    async fn component(&self, _: &Digest) -> Option<Arc<[u8]>> {
        None
    }
}

fn runtime(cache: &Path, limits: Limits) -> Runtime {
    let apart = Arc::new(Apart::new(env!("CARGO_BIN_EXE_rulewright")));
    Runtime::with_compiler(limits, cache, Arc::new(Nothing), apart).unwrap()
}

fn limits() -> Limits {
    Limits { concurrency: 2, outside: 2, ..Limits::default() }
}

async fn compiled(component: &[u8], limits: Limits) -> Result<(), Failure> {
    let cache = tempfile::tempdir().unwrap();
    runtime(cache.path(), limits).prepare(&digest(component), component.into()).await
}

/// A small plugin of ours, as any stranger's.
fn plugin() -> &'static [u8] {
    rulewright_bundled::PLUGINS.iter().map(|(_, bytes)| *bytes).min_by_key(|bytes| bytes.len()).unwrap()
}

#[tokio::test]
async fn what_was_compiled_apart_runs_here_and_is_kept() {
    let cache = tempfile::tempdir().unwrap();
    let (plugin, digest) = (plugin(), digest(plugin()));
    runtime(cache.path(), limits()).prepare(&digest, plugin.into()).await.unwrap();
    // Another start finds it compiled: nobody has to be asked for the component.
    let unusable = Arc::new(Apart::new("/nowhere/rulewright"));
    let again = Runtime::with_compiler(limits(), cache.path(), Arc::new(Nothing), unusable).unwrap();
    again.prepare(&digest, plugin.into()).await.unwrap();
}

#[tokio::test]
async fn a_large_component_is_compiled_for_the_room_of_large_ones() {
    let small_is_large = Limits { component: 1, ..limits() };
    compiled(plugin(), small_is_large).await.unwrap();
}

#[tokio::test]
async fn a_compilation_is_killed_at_its_processor_time() {
    let started = Instant::now();
    let greedy = Limits { compile_cpu: 1_000, compile_cpu_mib: 0, ..limits() };
    let failure = compiled(&bombs()[0].1, greedy).await.unwrap_err();
    assert_eq!((failure.code.as_str(), failure.retryable), ("compile-limit", false), "{failure}");
    assert!(
        failure.message.contains("limit `compile-cpu`") && failure.message.contains("1,000 ms"),
        "{failure}"
    );
    assert!(started.elapsed() < Duration::from_secs(60), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_compilation_is_killed_at_its_memory() {
    let greedy = Limits { compile_memory: 64 << 20, compile_memory_mib: 0, ..limits() };
    let failure = compiled(&bombs()[0].1, greedy).await.unwrap_err();
    assert_eq!(failure.code, "compile-limit", "{failure}");
    assert!(
        failure.message.contains("limit `compile-memory`") && failure.message.contains("64 MiB"),
        "{failure}"
    );
}

#[tokio::test]
async fn a_compilation_that_takes_too_long_for_whoever_waits_is_given_up() {
    let impatient = Limits { compile_wall: 300, ..limits() };
    let failure = compiled(&bombs()[0].1, impatient).await.unwrap_err();
    assert_eq!(failure.code, "compile-limit", "{failure}");
    assert!(failure.message.contains("limit `compile-wall`"), "{failure}");
}

#[tokio::test]
async fn what_no_compiler_understands_is_refused_and_not_cached() {
    let failure = compiled(b"\0asm\x0d\0\x01\0junk", limits()).await.unwrap_err();
    assert_eq!((failure.code.as_str(), failure.retryable), ("compile-failed", false), "{failure}");
}

#[tokio::test]
async fn a_program_that_is_no_compiler_is_our_fault_and_not_the_plugins() {
    let cache = tempfile::tempdir().unwrap();
    let prepare = async |program: &str| {
        let apart = Arc::new(Apart::new(program));
        let runtime = Runtime::with_compiler(limits(), cache.path(), Arc::new(Nothing), apart).unwrap();
        runtime.prepare(&digest(plugin()), plugin().into()).await.unwrap_err()
    };
    let missing = prepare("/nowhere/rulewright").await;
    assert_eq!((missing.code.as_str(), missing.retryable), ("unavailable", true), "{missing}");
    assert!(missing.message.contains("compile-apart"), "{missing}");
    assert_eq!(prepare("/bin/echo").await.code, "compile-failed");
}

#[cfg(unix)]
#[tokio::test]
async fn the_process_that_compiles_gets_no_environment() {
    use std::os::unix::fs::PermissionsExt;

    let dir = tempfile::tempdir().unwrap();
    let (program, told) = (dir.path().join("program"), dir.path().join("told"));
    std::fs::write(&program, format!("#!/bin/sh\nenv > {}\n", told.display())).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).unwrap();
    let apart = Arc::new(Apart::new(&program));
    let runtime =
        Runtime::with_compiler(limits(), &dir.path().join("cache"), Arc::new(Nothing), apart).unwrap();
    let failure = runtime.prepare(&digest(plugin()), plugin().into()).await.unwrap_err();
    assert_eq!(failure.code, "compile-failed", "{failure}");
    let told = std::fs::read_to_string(told).unwrap();
    let names: Vec<&str> = told.lines().filter_map(|line| line.split('=').next()).collect();
    let foreign: Vec<_> = names
        .iter()
        // The last ones are the shell's own.
        .filter(|name| {
            !["RAYON_NUM_THREADS", "MIMALLOC_ARENA_RESERVE", "PWD", "SHLVL", "_", "OLDPWD"].contains(name)
        })
        .collect();
    assert!(names.contains(&"RAYON_NUM_THREADS") && foreign.is_empty(), "{told}");
}

/// What it may do is nothing that a compiler needs not: it says so itself, from inside of its bounds.
#[cfg(target_os = "linux")]
#[test]
fn the_process_that_compiles_has_no_files_and_its_bounds() {
    use std::io::Read;
    use std::process::Stdio;

    let order = r#"{"cpu":7,"memory":1000000000,"size":1000,"limits":{}}"#;
    // Left open on purpose: a file that it inherits.
    let leak =
        format!("exec 9</etc/passwd; exec {} {COMPILE_CHILD} '{order}'", env!("CARGO_BIN_EXE_rulewright"));
    let mut child = std::process::Command::new("sh")
        .args(["-c", &leak])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let proc = format!("/proc/{}", child.id());
    // It waits for the component by now, or will soon.
    let bounded = || std::fs::read_to_string(format!("{proc}/limits")).unwrap_or_default();
    let end = Instant::now() + Duration::from_secs(30);
    let soft = |name: &str| {
        let all = bounded();
        let line = all.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
        line.split_whitespace().next().unwrap_or_default().to_owned()
    };
    while soft("Max open files") != "0" {
        assert!(Instant::now() < end, "it was never bounded: {}", bounded());
        std::thread::yield_now();
    }
    assert_eq!(soft("Max cpu time"), "7");
    assert_eq!(soft("Max core file size"), "0");
    assert_eq!(soft("Max file size"), "0");
    assert!(soft("Max address space").parse::<u64>().is_ok(), "{}", bounded());
    let open: Vec<_> = std::fs::read_dir(format!("{proc}/fd"))
        .unwrap()
        .map(|entry| std::fs::read_link(entry.unwrap().path()).unwrap())
        .map(|target| target.display().to_string())
        .filter(|target| !target.starts_with("pipe:") && !target.contains("/proc/"))
        .collect();
    assert_eq!(open, Vec::<String>::new());
    drop(child.stdin.take());
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(!child.wait().unwrap().success());
    assert!(said.contains("ends too early"), "{said}");
}

#[test]
fn the_program_compiles_strangers_plugins_apart_and_its_own_here() {
    let dir = tempfile::tempdir().unwrap();
    let (data, file, config) =
        (dir.path().join("data"), dir.path().join("x.wasm"), dir.path().join("small.toml"));
    let mut stranger = include_bytes!("../fixtures/components/0.1.0/send-sms.wasm").to_vec();
    rename(&mut stranger, b"\"rulewright.send-sms\"", b"\"somebodyss.send-sms\"");
    std::fs::write(&file, stranger).unwrap();
    // Too little for any compiler: all of the bundled plugins are compiled all the same.
    std::fs::write(&config, "[limits]\ncompile-memory = 1000000\ncompile-memory-mib = 0\n").unwrap();
    // Nothing is compiled before.
    std::fs::create_dir_all(data.join("cache")).unwrap();
    drop(Server::start_with(&data, &["--config", config.to_str().unwrap()]));
    let install = |config: &[&str]| {
        let mut command = rulewright();
        command.args(["plugin", "install", "--yes", "--json", "--data"]).args([&data, &file]).args(config);
        command.output().unwrap()
    };
    let refused = install(&["--config", config.to_str().unwrap()]);
    let told = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && told.contains("compile-limit"), "{told}");
    let installed = install(&[]);
    assert!(installed.status.success(), "{}", String::from_utf8_lossy(&installed.stderr));
}

/// For another of the same length.
fn rename(bytes: &mut [u8], from: &[u8], to: &[u8]) {
    let at = bytes.windows(from.len()).position(|found| found == from).unwrap();
    bytes[at..at + from.len()].copy_from_slice(to);
}

#[test]
fn the_command_of_the_compiler_is_not_for_people() {
    let done = rulewright().arg(COMPILE_CHILD).output().unwrap();
    assert!(!done.status.success());
    assert!(String::from_utf8_lossy(&done.stderr).contains("not for people"));
    let help = rulewright().arg("--help").output().unwrap();
    assert!(!String::from_utf8_lossy(&help.stdout).contains(COMPILE_CHILD));
}

/// B03: valid components that are little to send and a lot to compile.
fn bombs() -> Vec<(&'static str, Vec<u8>)> {
    let module = |inside: &str| wat::parse_str(format!("(component (core module {inside}))")).unwrap();
    // Every value lives to the end, and has to be kept somewhere meanwhile.
    let pushed = |count: usize| "local.get 0 i32.load ".repeat(count) + &"i32.xor ".repeat(count - 1);
    let blocks = |count: usize| {
        let one = "(if (i32.and (local.get 0) (i32.const 7)) (then (local.set 0 (i32.mul (local.get 0) (i32.const 3)))
                   (local.set 49999 (i32.add (local.get 49999) (local.get 25000)))) (else (br_if 0 (local.get 49999))))";
        one.repeat(count)
    };
    let large = format!("(memory 1) (func (param i32) (result i32) {})", pushed(900_000));
    let locals = format!(
        "(func (param i32) (local {}) (loop {} (br_if 0 (local.get 0))))",
        "i32 ".repeat(49_999),
        blocks(20_000)
    );
    let table = format!(
        "(func (param i32) {} br_table {} {})",
        "block ".repeat(100) + "local.get 0",
        (0..1_000_000).map(|n| format!("{} ", n % 100)).collect::<String>(),
        "0 ".to_owned() + &"end ".repeat(100)
    );
    let many = "(func (param i32) (result i32) (i32.mul (local.get 0) (local.get 0)))".repeat(400_000);
    vec![
        ("a function of 5 MB", module(&large)),
        ("50,000 locals", module(&locals)),
        ("a jump table of a million", module(&table)),
        ("400,000 functions", module(&many)),
    ]
}

#[tokio::test]
async fn b03_a_compile_bomb_ends_at_a_bound_or_is_harmless_and_takes_nothing_with_it() {
    for (name, bomb) in bombs() {
        let started = Instant::now();
        let bounded =
            Limits { compile_cpu: 3_000, compile_cpu_mib: 1_000, compile_memory: 512 << 20, ..limits() };
        let ended = compiled(&bomb, bounded).await;
        let told = ended.as_ref().map_or_else(|failure| failure.to_string(), |()| "compiled".to_owned());
        println!("{name}: {} bytes, {told}, after {:?}", bomb.len(), started.elapsed());
        if let Err(failure) = ended {
            assert!(
                ["compile-limit", "compile-failed"].contains(&failure.code.as_str()),
                "{name}: {failure}"
            );
        }
        assert!(started.elapsed() < Duration::from_secs(120), "{name}: {:?}", started.elapsed());
    }
    compiled(plugin(), limits()).await.unwrap();
}
