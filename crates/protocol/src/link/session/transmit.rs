//! To the client's socket: one frame after the other, or those that wait as one message.

use bytes::Bytes;

use super::{Session, gaps::Content};
use crate::link::frame::{BATCHED_BYTES, NUMBER_BYTES, number, put_frame};

/// Longest batch. A message is heard once all of it is there, so a batch is no longer than a TLS record, which is read as a
/// whole anyway; by then what a message costs by itself is shared by a hundred of the usual frames.
const BATCH_BYTES: usize = 16 << 10;

/// The frame that goes out next.
struct Next {
    /// Its length, before it is numbered.
    bytes: usize,
    /// Whether nothing may follow it in the same message.
    ends: bool,
}

impl Session {
    /// Whether the client takes batches on the socket of the last [`attach`](Self::attach), as its
    /// [`Hello`](super::Hello) says. It doesn't unless this is called.
    pub const fn set_batches(&mut self, batches: bool) {
        self.batches = batches;
    }

    /// The next message for the socket; `None` until there is new input. What is not asked for waits here, within bounds.
    ///
    /// It is one frame, or a batch of those that wait, if the client takes that. Nothing follows the Session in its message,
    /// nor what settles requests, a Reply or a Gap: the client's application shall go on with what it waited for before it
    /// hears anything else.
    pub fn poll_message(&mut self) -> Option<Bytes> {
        let mut ends = self.peek()?.ends;
        let first = self.poll_frame()?;
        let (mut batch, mut bytes) = (Vec::new(), BATCHED_BYTES + first.len());
        while self.batches
            && !ends
            && let Some(next) = self.peek()
            && bytes + BATCHED_BYTES + next.bytes + NUMBER_BYTES <= BATCH_BYTES
            && let Some(frame) = self.poll_frame()
        {
            if batch.is_empty() {
                put_frame(&mut batch, &first);
            }
            put_frame(&mut batch, &frame);
            (bytes, ends) = (batch.len(), next.ends);
        }
        Some(if batch.is_empty() { first } else { batch.into() })
    }

    /// The next frame for the socket, as [`poll_message`](Self::poll_message) would give it if it were alone.
    pub fn poll_frame(&mut self) -> Option<Bytes> {
        if let Some(frame) = self.control.pop_front() {
            self.is_answered = true;
            return Some(frame.into());
        }
        if !self.is_attached() {
            return None;
        }
        let (seq, frame) = self.replay.next()?;
        Some(number(&frame, seq, self.acknowledge()).into())
    }

    fn peek(&self) -> Option<Next> {
        if let Some(frame) = self.control.front() {
            return Some(Next { bytes: frame.len(), ends: !self.is_answered });
        }
        if !self.is_attached() {
            return None;
        }
        let (frame, content) = self.replay.peek()?;
        Some(Next { bytes: frame.len(), ends: matches!(content, Content::Reply(_) | Content::Gap(_)) })
    }
}
