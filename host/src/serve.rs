//! Serving the API until somebody says stop.

mod connections;
mod crowd;
mod door;
mod forwarded;
mod limits;
mod patient;
mod tls;

use std::net::SocketAddr;
use std::time::Duration;

use rulewright_engine::Engine;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use crate::compose::Sources;
use crate::error::{CliError, Doing, Exit, Result};
use crate::{http_api, revocations};

use connections::Service;
pub use door::{Door, DoorFlags, may_be_plain};
pub use limits::DoorLimits;
use tls::Keys;

/// Beside connections: the database, what goes out, and processes of guests.
const OTHER_FILES: u64 = 1024;
/// Requests in flight get this long.
const GRACE: Duration = Duration::from_secs(5);

pub async fn listen(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        CliError::new(Exit::Unreachable, "listen", format!("cannot listen on {address}: {error}"))
            .hint("choose another address: --listen 127.0.0.1:0 takes a free port")
    })
}

/// Each connection is a file to the system, which often gives a process 1,024 until it asks for more: strangers who
/// hold them all would leave none to the work.
pub fn ask_for_files(limits: &DoorLimits) {
    let connections = u64::try_from(limits.connections()).unwrap_or(u64::MAX);
    let wanted = connections.saturating_add(OTHER_FILES);
    match rlimit::increase_nofile_limit(wanted) {
        Ok(given) if given < wanted => tracing::warn!(
            given,
            wanted,
            "the system gives fewer files than connections may take: raise its limit, or lower `connections`"
        ),
        Ok(_) => {}
        Err(error) => tracing::warn!(%error, wanted, "the system could not be asked for more files"),
    }
}

/// Takes requests until `stop`, then no more; then the engine takes no more work and finishes what it has in hand.
pub async fn run(
    engine: &Engine,
    mut sources: Sources,
    listener: TcpListener,
    door: Door,
    stop: CancellationToken,
) -> Result<()> {
    let market = sources.market.clone();
    let backups = sources.backups.clone();
    let tls = door.keys.as_ref().map(Keys::config).transpose()?;
    sources.encrypted |= tls.is_some();
    let metrics = sources.door_metrics.clone();
    let routes = http_api::router(engine, sources, stop.clone());
    let scheme = if tls.is_some() { "https" } else { "http" };
    let routes = forwarded::around(routes, door.trust_forwarded, scheme);
    let following = tokio::spawn(revocations::follow(engine.clone(), market, stop.clone()));
    let backing_up = backups.map(|backups| tokio::spawn(backups.follow(engine.clone(), stop.clone())));
    if let Some(keys) = door.keys {
        tokio::spawn(keys.follow(stop.clone()));
    }
    let of_one = door.limits.connections_of_one(door.trust_forwarded);
    let tls = tls.map(TlsAcceptor::from);
    let service = Service { routes, tls, limits: door.limits, metrics, stop: stop.clone() };
    let watching = tokio::spawn(stop_on_failure(engine.clone(), stop.clone()));
    let left = connections::accept(listener, service, of_one).await;
    // Who takes longer is not waited for: streams of events never end by themselves.
    let _ = tokio::time::timeout(grace(), left.shutdown()).await;
    tracing::info!("no more requests are taken; finishing what is in hand");
    following.await.doing(|| "following revocations failed".to_owned())?;
    if let Some(backing_up) = backing_up {
        backing_up.await.doing(|| "backing up failed".to_owned())?;
    }
    engine.shutdown().await;
    let failed = watching.await.doing(|| "watching the disk failed".to_owned())?;
    failed.map_or(Ok(()), Err)
}

/// Where nobody knows any more what is on the disk, the next start finds out: from the log that is there, with
/// everything that was answered. None: it was told to stop.
async fn stop_on_failure(engine: Engine, stop: CancellationToken) -> Option<CliError> {
    let error = tokio::select! {
        () = stop.cancelled() => return None,
        error = engine.storage().failed() => error,
    };
    tracing::error!(%error, "stopping: what is on the disk has to be looked at by a new start");
    stop.cancel();
    let what = format!("the server has stopped: {error}");
    let hint =
        "start it again, as its service does by itself; if it comes again, the disk or its cable is broken";
    Some(CliError::new(Exit::Unreachable, "disk-failed", what).hint(hint))
}

fn grace() -> Duration {
    #[cfg(debug_assertions)]
    if let Some(seconds) = crate::config::grace() {
        return Duration::from_secs(seconds);
    }
    GRACE
}

/// Cancelled by the first SIGTERM or Ctrl-C; the second ends the program where it stands, and what was accepted is
/// on disk.
pub fn stop_on_signal() -> CancellationToken {
    let stop = CancellationToken::new();
    let told = stop.clone();
    tokio::spawn(async move {
        signal().await;
        tracing::info!("stopping; once more to stop at once");
        told.cancel();
        signal().await;
        std::process::exit(130);
    });
    stop
}

#[cfg(unix)]
async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
        }
        // No handler is possible: SIGTERM then ends the program by itself.
        Err(_) => drop(tokio::signal::ctrl_c().await),
    }
}

#[cfg(not(unix))]
async fn signal() {
    let _ = tokio::signal::ctrl_c().await;
}
