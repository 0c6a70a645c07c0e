//! Frames on the socket between the engine and a worker: a length, a kind, the number of a step, and a body.
//!
//! **Invariant:** a reader takes no frame that is longer than it has said, whoever writes.

use std::io;

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader},
    sync::{mpsc, oneshot},
};

/// To a worker.
pub(super) const CODE: u8 = 1;
pub(super) const RUN: u8 = 2;
pub(super) const ANSWER: u8 = 3;
pub(super) const STOP: u8 = 4;
pub(super) const FORGET: u8 = 5;
/// As [`RUN`], for a step that begins when the one told of before it is over.
pub(super) const THEN: u8 = 6;
/// From a worker.
pub(super) const READY: u8 = 11;
pub(super) const ASK: u8 = 12;
pub(super) const DONE: u8 = 13;

const HEAD: usize = 4 + 1 + 8;
/// Read at once, and reserved before anything has come.
const BUFFER: usize = 64 << 10;
/// Frames that are written in one go.
const TOGETHER: usize = 64;
/// What the buffer of a writer may keep between two goes.
const KEPT: usize = 1 << 20;

#[derive(Debug)]
pub(super) struct Frame {
    pub kind: u8,
    /// Of the step; never used twice by one engine.
    pub id: u64,
    pub body: Vec<u8>,
    /// Dropped once it is written, or will never be.
    pub written: Option<oneshot::Sender<()>>,
}

impl Frame {
    pub fn new(kind: u8, id: u64, body: Vec<u8>) -> Frame {
        Frame { kind, id, body, written: None }
    }

    fn put(&self, bytes: &mut Vec<u8>) -> io::Result<()> {
        let length = u32::try_from(self.body.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.push(self.kind);
        bytes.extend_from_slice(&self.id.to_le_bytes());
        bytes.extend_from_slice(&self.body);
        Ok(())
    }
}

pub(super) struct Frames<R> {
    from: BufReader<R>,
    most: usize,
}

impl<R: AsyncRead + Unpin> Frames<R> {
    /// Of bodies up to `most` bytes.
    pub fn new(from: R, most: usize) -> Frames<R> {
        Frames { from: BufReader::with_capacity(BUFFER, from), most }
    }

    /// None where the other side has ended between two frames. Not to be given up halfway.
    pub async fn next(&mut self) -> io::Result<Option<Frame>> {
        let mut head = [0; HEAD];
        let [first, rest @ ..] = &mut head;
        if self.from.read(std::slice::from_mut(first)).await? == 0 {
            return Ok(None);
        }
        self.from.read_exact(rest).await?;
        let [a, b, c, d, kind, id @ ..] = head;
        let length = u32::from_le_bytes([a, b, c, d]);
        if usize::try_from(length).is_ok_and(|length| length > self.most) {
            let message = format!("a frame of {length} bytes, at most {}", self.most);
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        let mut body = Vec::new();
        // As it comes: whoever only says that much has no memory of ours.
        (&mut self.from).take(u64::from(length)).read_to_end(&mut body).await?;
        if body.len() as u64 != u64::from(length) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(Some(Frame::new(kind, u64::from_le_bytes(id), body)))
    }
}

/// Until nobody sends any more. What waits goes out together: a call of the system costs more than a frame.
pub(super) async fn write_all(
    mut frames: mpsc::UnboundedReceiver<Frame>,
    mut to: impl AsyncWrite + Unpin,
) -> io::Result<()> {
    let (mut waiting, mut bytes, mut told) = (Vec::with_capacity(TOGETHER), Vec::new(), Vec::new());
    while frames.recv_many(&mut waiting, TOGETHER).await > 0 {
        for frame in waiting.drain(..) {
            frame.put(&mut bytes)?;
            told.extend(frame.written);
        }
        to.write_all(&bytes).await?;
        told.clear();
        bytes.clear();
        bytes.shrink_to(KEPT);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn written(frames: Vec<Frame>) -> Vec<u8> {
        let (sender, receiver) = mpsc::unbounded_channel();
        for frame in frames {
            sender.send(frame).unwrap();
        }
        drop(sender);
        let mut bytes = Vec::new();
        write_all(receiver, &mut bytes).await.unwrap();
        bytes
    }

    #[tokio::test]
    async fn frames_come_as_they_were_sent() {
        let sent = || {
            vec![
                Frame::new(RUN, 7, b"{}".to_vec()),
                Frame::new(STOP, u64::MAX, Vec::new()),
                Frame::new(CODE, 0, vec![9; 200_000]),
            ]
        };
        let bytes = written(sent()).await;
        let mut frames = Frames::new(bytes.as_slice(), 200_000);
        let parts = |frame: Frame| (frame.kind, frame.id, frame.body);
        for frame in sent() {
            assert_eq!(frames.next().await.unwrap().map(parts), Some(parts(frame)));
        }
        assert!(frames.next().await.unwrap().is_none());
    }

    #[tokio::test]
    async fn whoever_waits_for_a_frame_is_told_when_all_of_it_is_taken() {
        let (sender, receiver) = mpsc::unbounded_channel();
        let (written, mut told) = oneshot::channel();
        sender.send(Frame { written: Some(written), ..Frame::new(ANSWER, 1, vec![0; 100]) }).unwrap();
        drop(sender);
        let (mut reader, to) = tokio::io::duplex(8);
        let writing = tokio::spawn(write_all(receiver, to));
        reader.read_exact(&mut [0; 50]).await.unwrap();
        assert_eq!(told.try_recv(), Err(oneshot::error::TryRecvError::Empty));
        reader.read_exact(&mut [0; HEAD + 50]).await.unwrap();
        writing.await.unwrap().unwrap();
        assert_eq!(told.try_recv(), Err(oneshot::error::TryRecvError::Closed));
    }

    #[tokio::test]
    async fn what_is_longer_than_was_said_or_cut_off_is_no_frame() {
        let bytes = written(vec![Frame::new(DONE, 1, vec![0; 101])]).await;
        let error = Frames::new(bytes.as_slice(), 100).next().await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        for length in 1..bytes.len() {
            let error = Frames::new(&bytes[..length], 101).next().await.unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof, "{length}");
        }
    }
}
