//! Patience with a connection: so long for the head of a request, and so long until something of an answer is taken.
//!
//! What HTTP speaks through this knows neither limit: it measures from when it began to wait, also between two
//! requests, and so could not tell who is silent, which is fine, from who sends a byte now and then.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use hyper::body::{Body as HttpBody, Bytes, Frame, SizeHint};
use rulewright_api::DoorMetrics;
use rulewright_ports::TurnedAway;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// What one connection is at: shared by those who read and those who answer.
#[derive(Default)]
pub struct Pulse {
    /// Requests whose head has come.
    begun: AtomicU64,
    /// Those of them whose answer is not written yet.
    open: AtomicUsize,
}

/// A request whose answer is not written yet.
pub struct Busy(Arc<Pulse>);

impl Pulse {
    pub fn begin(self: &Arc<Pulse>) -> Busy {
        self.begun.fetch_add(1, Ordering::SeqCst);
        self.open.fetch_add(1, Ordering::SeqCst);
        Busy(self.clone())
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The body of an answer; when it is written, the request is over.
pub struct Answer {
    body: Body,
    _busy: Busy,
}

impl Answer {
    pub fn new(body: Body, busy: Busy) -> Answer {
        Answer { body, _busy: busy }
    }
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// How long is waited.
#[derive(Clone, Copy)]
pub struct Patience {
    /// For the head of a request.
    pub head: Duration,
    /// Until something of an answer is taken.
    pub unread: Duration,
}

type Timer = Option<Pin<Box<Sleep>>>;

/// A connection that is not waited for endlessly.
pub struct Patient<S> {
    stream: S,
    pulse: Arc<Pulse>,
    metrics: DoorMetrics,
    patience: Patience,
    /// Runs while a head is on its way, or has to be: at the beginning of the connection.
    head: Timer,
    /// Requests that had begun when `head` was looked at last.
    seen: u64,
    /// Runs while nobody takes what is written.
    unread: Timer,
}

impl<S> Patient<S> {
    pub fn new(stream: S, patience: Patience, pulse: Arc<Pulse>, metrics: DoorMetrics) -> Patient<S> {
        let head = Some(Box::pin(sleep(patience.head)));
        Patient { stream, pulse, metrics, patience, head, seen: 0, unread: None }
    }

    fn is_over(timer: &mut Timer, cx: &mut Context<'_>) -> bool {
        timer.as_mut().is_some_and(|timer| timer.as_mut().poll(cx).is_ready())
    }

    fn give_up<T>(&self, why: TurnedAway) -> Poll<io::Result<T>> {
        self.metrics.refused(why);
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    /// What was tried to be written, or the end of the patience with who does not take it.
    fn taken<T>(&mut self, cx: &mut Context<'_>, tried: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if tried.is_ready() {
            self.unread = None;
            return tried;
        }
        let within = self.patience.unread;
        self.unread.get_or_insert_with(|| Box::pin(sleep(within)));
        if Self::is_over(&mut self.unread, cx) { self.give_up(TurnedAway::Unread) } else { Poll::Pending }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let begun = this.pulse.begun.load(Ordering::SeqCst);
        let busy = this.pulse.open.load(Ordering::SeqCst) > 0;
        // The head has come; what comes while there is no answer is body, which has a limit of its own where it is
        // read.
        if busy || begun != this.seen {
            this.seen = begun;
            this.head = None;
        }
        if Self::is_over(&mut this.head, cx) {
            return this.give_up(TurnedAway::HeadTimeout);
        }
        let before = buffer.filled().len();
        let read = Pin::new(&mut this.stream).poll_read(cx, buffer);
        if !busy && this.head.is_none() && buffer.filled().len() > before {
            // Whoever reads on for the rest of it polls this.
            this.head = Some(Box::pin(sleep(this.patience.head)));
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let tried = Pin::new(&mut this.stream).poll_write(cx, bytes);
        this.taken(cx, tried)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let tried = Pin::new(&mut this.stream).poll_write_vectored(cx, parts);
        this.taken(cx, tried)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let tried = Pin::new(&mut this.stream).poll_flush(cx);
        this.taken(cx, tried)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let tried = Pin::new(&mut this.stream).poll_shutdown(cx);
        this.taken(cx, tried)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
    use tokio::time::{Instant, timeout};

    use super::*;

    const LIMIT: Duration = Duration::from_millis(200);
    /// For what must come to its end on however slow a machine.
    const LONG: Duration = Duration::from_secs(60);
    /// Bytes that are on their way at once.
    const ROOM: usize = 8;

    fn pair() -> (DuplexStream, Patient<DuplexStream>, Arc<Pulse>) {
        let (client, server) = duplex(ROOM);
        let pulse = Arc::new(Pulse::default());
        let patience = Patience { head: LIMIT, unread: LIMIT };
        let patient = Patient::new(server, patience, pulse.clone(), DoorMetrics::default());
        (client, patient, pulse)
    }

    /// False: a byte came.
    async fn is_given_up(patient: &mut Patient<DuplexStream>) -> bool {
        let read = patient.read_exact(&mut [0]).await;
        read.is_err_and(|error| error.kind() == io::ErrorKind::TimedOut)
    }

    #[tokio::test]
    async fn a_head_that_comes_byte_by_byte_ends_when_its_time_is_over() {
        let began = Instant::now();
        let (mut client, mut patient, _) = pair();
        let dripping = tokio::spawn(async move {
            while client.write_all(b"x").await.is_ok() {
                tokio::task::yield_now().await;
            }
        });
        let until_it_ends = async { while !is_given_up(&mut patient).await {} };
        timeout(LONG, until_it_ends).await.unwrap();
        assert!(began.elapsed() >= LIMIT, "{:?}", began.elapsed());
        drop(patient);
        dripping.await.unwrap();
    }

    #[tokio::test]
    async fn who_says_nothing_at_all_is_let_go() {
        let (_client, mut patient, _) = pair();
        assert!(timeout(LONG, is_given_up(&mut patient)).await.unwrap());
    }

    #[tokio::test]
    async fn between_two_requests_and_while_one_is_answered_nobody_is_hurried() {
        let (mut client, mut patient, pulse) = pair();
        client.write_all(b"head").await.unwrap();
        let busy = pulse.begin();
        patient.read_exact(&mut [0; 4]).await.unwrap();
        assert!(timeout(LIMIT * 3, is_given_up(&mut patient)).await.is_err(), "a body may come");
        drop(busy);
        assert!(timeout(LIMIT * 3, is_given_up(&mut patient)).await.is_err(), "or nothing more");
        client.write_all(b"h").await.unwrap();
        assert!(!is_given_up(&mut patient).await);
        assert!(timeout(LONG, is_given_up(&mut patient)).await.unwrap(), "the next head has its time too");
    }

    /// Nobody reads from its head to its answer, as where all of it was there at once.
    #[tokio::test]
    async fn a_request_that_was_answered_at_once_leaves_no_hurry_behind() {
        let (mut client, mut patient, pulse) = pair();
        drop(pulse.begin());
        client.write_all(b"head").await.unwrap();
        patient.read_exact(&mut [0; 4]).await.unwrap();
        assert!(patient.head.is_some(), "a head is on its way");
        drop(pulse.begin());
        assert!(timeout(LIMIT * 3, is_given_up(&mut patient)).await.is_err());
    }

    #[tokio::test]
    async fn who_takes_nothing_of_an_answer_is_let_go() {
        let (_client, mut patient, _) = pair();
        let stalled = timeout(LONG, patient.write_all(&[0; 2 * ROOM])).await.unwrap().unwrap_err();
        assert_eq!(stalled.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn whatever_is_taken_of_an_answer_begins_the_patience_anew() {
        let (mut client, mut patient, _) = pair();
        patient.write_all(&[0; ROOM]).await.unwrap();
        let more = poll_fn(|cx| Poll::Ready(Pin::new(&mut patient).poll_write(cx, &[0]))).await;
        assert!(more.is_pending());
        assert!(patient.unread.is_some());
        client.read_exact(&mut [0; 2]).await.unwrap();
        patient.write_all(&[0]).await.unwrap();
        assert!(patient.unread.is_none());
    }
}
