//! Serving the API until somebody says stop.

mod door;
mod forwarded;
mod listener;
mod tls;

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request, connect_info::Connected};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::serve::{IncomingStream, Listener};
use rulewright_engine::Engine;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::compose::Sources;
use crate::error::{CliError, Doing, Exit, Result};
use crate::{http_api, revocations};

pub use door::{Door, DoorFlags, may_be_plain};
use listener::TlsListener;
use tls::Keys;

/// Requests in flight get this long; streams of events never end by themselves.
const GRACE: Duration = Duration::from_secs(5);

pub async fn listen(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        CliError::new(Exit::Unreachable, "listen", format!("cannot listen on {address}: {error}"))
            .hint("choose another address: --listen 127.0.0.1:0 takes a free port")
    })
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
    let service = http_api::router(engine, sources, stop.clone());
    let scheme = if tls.is_some() { "https" } else { "http" };
    let service = forwarded::around(service, door.trust_forwarded, scheme).layer(from_fn(tell_peer));
    let following = tokio::spawn(revocations::follow(engine.clone(), market, stop.clone()));
    let backing_up = backups.map(|backups| tokio::spawn(backups.follow(engine.clone(), stop.clone())));
    if let Some(keys) = door.keys {
        tokio::spawn(keys.follow(stop.clone()));
    }
    let watching = tokio::spawn(stop_on_failure(engine.clone(), stop.clone()));
    let served = match tls {
        None => until_stop(listener, service, &stop).await,
        Some(config) => match TlsListener::new(listener, config) {
            Ok(listener) => until_stop(listener, service, &stop).await,
            Err(error) => Err(error),
        },
    };
    tracing::info!("no more requests are taken; finishing what is in hand");
    following.await.doing(|| "following revocations failed".to_owned())?;
    if let Some(backing_up) = backing_up {
        backing_up.await.doing(|| "backing up failed".to_owned())?;
    }
    engine.shutdown().await;
    let failed = watching.await.doing(|| "watching the disk failed".to_owned())?;
    failed.map_or(Ok(()), Err)?;
    served.doing(|| "serving failed".to_owned())
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

/// Whose connection it is, whatever it comes through.
#[derive(Clone, Copy)]
struct Peer(SocketAddr);

impl Connected<IncomingStream<'_, TcpListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, TcpListener>) -> Peer {
        Peer(*stream.remote_addr())
    }
}

impl Connected<IncomingStream<'_, TlsListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, TlsListener>) -> Peer {
        Peer(*stream.remote_addr())
    }
}

/// Those inside know peers by their address only.
async fn tell_peer(ConnectInfo(peer): ConnectInfo<Peer>, mut request: Request, next: Next) -> Response {
    request.extensions_mut().insert(ConnectInfo(peer.0));
    next.run(request).await
}

fn grace() -> Duration {
    #[cfg(debug_assertions)]
    if let Some(seconds) = crate::config::grace() {
        return Duration::from_secs(seconds);
    }
    GRACE
}

async fn until_stop<L>(listener: L, service: Router, stop: &CancellationToken) -> std::io::Result<()>
where
    L: Listener<Addr = SocketAddr>,
    for<'s> Peer: Connected<IncomingStream<'s, L>>,
{
    let service = service.into_make_service_with_connect_info::<Peer>();
    let serving = axum::serve(listener, service).with_graceful_shutdown(stop.clone().cancelled_owned());
    let patience = async {
        stop.cancelled().await;
        tokio::time::sleep(grace()).await;
    };
    tokio::select! {
        served = async { serving.await } => served,
        () = patience => Ok(()),
    }
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
