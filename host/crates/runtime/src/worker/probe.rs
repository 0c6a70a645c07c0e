//! What somebody would try who has broken out of the sandbox, tried by the worker itself. In no release build.
//!
//! **Invariant:** each try says what it did or what refused it, and none changes anything that is not named to it.

use std::{collections::BTreeMap, fs, io, net::SocketAddr, path::PathBuf, process::Command};

use serde::{Deserialize, Serialize};

use super::walls;
use crate::background;

#[derive(Serialize, Deserialize)]
pub(super) struct Probe {
    /// A file to read, e.g. a database.
    read: PathBuf,
    /// A file to make.
    write: PathBuf,
    /// A program to run: it takes no arguments, and ends.
    program: PathBuf,
    /// Where somebody listens.
    address: SocketAddr,
    /// A process whose environment is looked at, and which is asked whether it could be sent a signal.
    parent: u32,
}

/// Says on stdout, as JSON, what came of each try: `done`, or why it was refused. `walls` are up before.
pub(super) fn run(probe: &Probe, walled: bool) -> io::Result<()> {
    let walls = if walled { walls::put_up() } else { walls::Walls::default() };
    let parent = |name: &str| format!("/proc/{}/{name}", probe.parent);
    let own = i32::try_from(std::process::id()).map_err(io::Error::other)?;
    let tried: BTreeMap<&str, io::Result<()>> = BTreeMap::from([
        ("read", fs::read(&probe.read).map(drop)),
        ("write", fs::write(&probe.write, b"out")),
        ("list", fs::read_dir("/").map(drop)),
        ("environ", fs::read(parent("environ")).map(drop)),
        ("memory", fs::File::open(parent("mem")).map(drop)),
        ("connect", connect(probe.address)),
        ("bind", std::net::TcpListener::bind("127.0.0.1:0").map(drop)),
        ("pair", std::os::unix::net::UnixStream::pair().map(drop)),
        ("run", Command::new(&probe.program).status().map(drop)),
        ("hurry", background::set_policy(0, background::OTHER)),
        // By its number, as it would name any other.
        ("hold up", background::set_policy(own, background::IDLE)),
        ("give precedence", background::set_policy(0, background::IDLE)),
        ("thread", std::thread::Builder::new().spawn(|| ()).map(drop)),
    ]);
    let told: BTreeMap<&str, String> = tried
        .into_iter()
        .map(|(name, result)| (name, result.map_or_else(|error| error.to_string(), |()| "done".to_owned())))
        .collect();
    println!("{}", serde_json::to_string(&(walls, told))?);
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "tries whether it can")]
fn connect(address: SocketAddr) -> io::Result<()> {
    std::net::TcpStream::connect(address).map(drop)
}
