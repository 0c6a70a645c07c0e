//! Connections: who may have one, what they are spoken to in, and how they end. They go on beside each other: a
//! slow client keeps nobody waiting.
//!
//! When there are as many as there may be, the next wait in the system's queue until one has ended: a crowd that
//! comes at once is served a moment later, and whoever holds places without asking for anything loses them within
//! seconds. Who has more than their share is let go at once, because in the queue they would stand before everybody
//! else.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::serve::Listener;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use rulewright_api::DoorMetrics;
use rulewright_ports::TurnedAway;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::crowd::Crowd;
use super::limits::DoorLimits;
use super::patient::{Answer, Patience, Patient, Pulse};

/// The first byte of every TLS connection: a record of the kind "handshake".
const TLS: u8 = 0x16;

/// What every connection is served with.
pub struct Service {
    pub routes: Router,
    /// None: plain text.
    pub tls: Option<TlsAcceptor>,
    pub limits: DoorLimits,
    pub metrics: DoorMetrics,
    pub stop: CancellationToken,
}

/// Until the service is told to stop. Those that are left are in what is returned: it closes each as soon as nothing is
/// asked in it.
pub async fn accept(mut listener: TcpListener, service: Service, of_one: usize) -> GracefulShutdown {
    let open = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(service.limits.connections()));
    let crowd = Crowd::new(of_one);
    let service = Arc::new(service);
    loop {
        let place = tokio::select! {
            place = places.clone().acquire_owned() => place,
            () = service.stop.cancelled() => break,
        };
        let Ok(place) = place else { break };
        let (stream, peer) = tokio::select! {
            accepted = Listener::accept(&mut listener) => accepted,
            () = service.stop.cancelled() => break,
        };
        let Some(seat) = crowd.sit(peer.ip()) else {
            service.metrics.refused(TurnedAway::Connections);
            tracing::debug!(%peer, "there are too many connections from this address");
            continue;
        };
        let (service, watcher) = (service.clone(), open.watcher());
        tokio::spawn(async move {
            let here = service.metrics.connected();
            service.serve(stream, peer, watcher).await;
            drop((here, seat, place));
        });
    }
    open
}

impl Service {
    async fn serve(&self, stream: TcpStream, peer: SocketAddr, watcher: Watcher) {
        let Some(acceptor) = self.tls.clone() else { return self.speak(stream, peer, watcher).await };
        let shaken = tokio::select! {
            shaken = tokio::time::timeout(self.limits.head(), shake(stream, acceptor)) => shaken,
            () = self.stop.cancelled() => return,
        };
        match shaken {
            Ok(Ok(Some(stream))) => self.speak(stream, peer, watcher).await,
            Ok(Ok(None)) => tracing::debug!(%peer, "spoke plain text to the TLS port"),
            Ok(Err(error)) => tracing::debug!(%peer, %error, "the TLS handshake failed"),
            Err(_) => {
                self.metrics.refused(TurnedAway::HeadTimeout);
                tracing::debug!(%peer, "the TLS handshake took too long");
            }
        }
    }

    async fn speak<S>(&self, stream: S, peer: SocketAddr, watcher: Watcher)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let pulse = Arc::new(Pulse::default());
        let patience = Patience { head: self.limits.head(), unread: self.limits.unread() };
        let stream = Patient::new(stream, patience, pulse.clone(), self.metrics.clone());
        let routes = self.routes.clone();
        let answer = service_fn(move |request: hyper::Request<Incoming>| {
            let busy = pulse.begin();
            let mut request = request.map(Body::new);
            // Those inside know peers by their address only, whatever they come through.
            request.extensions_mut().insert(ConnectInfo(peer));
            let answered = routes.clone().oneshot(request);
            async move {
                let response = answered.await?;
                Ok::<_, Infallible>(response.map(|body| Answer::new(body, busy)))
            }
        });
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(self.limits.idle());
        if let Err(error) = watcher.watch(http.serve_connection(TokioIo::new(stream), answer)).await {
            tracing::debug!(%peer, %error, "a connection broke off");
        }
    }
}

/// None for a client that speaks no TLS, which is told so.
async fn shake(mut stream: TcpStream, acceptor: TlsAcceptor) -> io::Result<Option<TlsStream<TcpStream>>> {
    let mut first = [0];
    if stream.peek(&mut first).await? == 1 && first != [TLS] {
        stream.write_all(PLAIN.as_bytes()).await?;
        stream.shutdown().await?;
        return Ok(None);
    }
    acceptor.accept(stream).await.map(Some)
}

const PLAIN: &str = "HTTP/1.1 400 Bad Request\r\ncontent-type: application/problem+json\r\nconnection: close\r\n\r\n\
{\"type\":\"urn:rulewright:problem:plain-http\",\"title\":\"Bad Request\",\"status\":400,\"code\":\"plain-http\",\
\"detail\":\"this port speaks https only\",\"hint\":\"write https:// instead of http://\"}\n";
