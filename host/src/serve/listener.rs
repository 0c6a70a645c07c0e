//! Connections with TLS, for `axum::serve`. Handshakes go on beside each other: a slow client keeps nobody waiting.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::serve::Listener;
use rustls::ServerConfig;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// From the first byte to the last of a handshake: more than a bad mobile network needs.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Handshakes at once; who comes then waits in the system's queue. Each holds some 20 KiB.
const MOST: usize = 1024;
/// The first byte of every TLS connection: a record of the kind "handshake".
const TLS: u8 = 0x16;

type Ready = (TlsStream<TcpStream>, SocketAddr);

pub struct TlsListener {
    address: SocketAddr,
    ready: mpsc::Receiver<Ready>,
}

impl TlsListener {
    pub fn new(listener: TcpListener, config: Arc<ServerConfig>) -> io::Result<TlsListener> {
        let address = listener.local_addr()?;
        let (sender, ready) = mpsc::channel(64);
        tokio::spawn(accept(listener, TlsAcceptor::from(config), sender));
        Ok(TlsListener { address, ready })
    }
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> Ready {
        match self.ready.recv().await {
            Some(ready) => ready,
            // The other end lives as long as this one.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

/// Until nobody wants connections any more.
async fn accept(mut listener: TcpListener, acceptor: TlsAcceptor, ready: mpsc::Sender<Ready>) {
    let places = Arc::new(Semaphore::new(MOST));
    loop {
        let Ok(place) = places.clone().acquire_owned().await else { return };
        let (stream, peer) = tokio::select! {
            accepted = Listener::accept(&mut listener) => accepted,
            () = ready.closed() => return,
        };
        let (acceptor, ready) = (acceptor.clone(), ready.clone());
        tokio::spawn(async move {
            match tokio::time::timeout(HANDSHAKE, shake(stream, acceptor)).await {
                Ok(Ok(Some(stream))) => drop(ready.send((stream, peer)).await),
                Ok(Ok(None)) => tracing::debug!(%peer, "spoke plain text to the TLS port"),
                Ok(Err(error)) => tracing::debug!(%peer, %error, "the TLS handshake failed"),
                Err(_) => tracing::debug!(%peer, "the TLS handshake took too long"),
            }
            drop(place);
        });
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
