//! Between a connection and its websocket: a look at the frames that come in.
//!
//! A message may come in many frames, and who waits for messages hears nothing of them. The websocket bounds their bytes, but
//! not how many have hardly any.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Most small frames after the first one of a message. Who has reason to take messages apart sends larger ones.
const MAX_SMALL: usize = 256;
/// A frame with fewer bytes than this is small.
const SMALL: u64 = 512;

/// A connection that fails with [`io::ErrorKind::QuotaExceeded`] when a message comes in too many small frames.
#[derive(Debug)]
pub(crate) struct Framed<S> {
    pub(crate) connection: S,
    frames: Frames,
}

impl<S> Framed<S> {
    pub(crate) fn new(connection: S) -> Self {
        Self { connection, frames: Frames::default() }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Framed<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.connection).poll_read(cx, buffer))?;
        self.frames.take(&buffer.filled()[before..]);
        Poll::Ready(match self.frames.small {
            0..=MAX_SMALL => Ok(()),
            _ => Err(io::ErrorKind::QuotaExceeded.into()),
        })
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Framed<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.connection).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.connection).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.connection).poll_shutdown(cx)
    }
}

/// Where the bytes of a websocket are, as of RFC 6455, 5.2.
#[derive(Debug, Default)]
struct Frames {
    /// What has come of a header, without the mask, and how much that is.
    header: [u8; 10],
    length: usize,
    /// What is still to come of a frame, mask and payload.
    rest: u64,
    /// How many small frames the message has.
    small: usize,
}

impl Frames {
    fn take(&mut self, mut bytes: &[u8]) {
        while let Some((&first, others)) = bytes.split_first() {
            if self.rest > 0 {
                let passed = bytes.len().min(usize::try_from(self.rest).unwrap_or(usize::MAX));
                self.rest -= passed as u64;
                bytes = &bytes[passed..];
                continue;
            }
            self.header[self.length] = first;
            self.length += 1;
            bytes = others;
            if let Some((opcode, mask, payload)) = header(&self.header[..self.length]) {
                self.length = 0;
                self.rest = payload.saturating_add(mask);
                match opcode {
                    // It goes on with a message.
                    0 => self.small += usize::from(payload < SMALL),
                    // A message begins.
                    1..8 if self.small <= MAX_SMALL => self.small = 0,
                    // Too many stay too many. Pings and pongs are messages of their own, which the session counts.
                    _ => {}
                }
            }
        }
    }
}

/// A frame's opcode, and how many bytes of mask and payload follow; `None` if its header has not come whole.
fn header(bytes: &[u8]) -> Option<(u8, u64, u64)> {
    let [first, second, more @ ..] = bytes else { return None };
    let payload = match second & 0x7f {
        126 => u16::from_be_bytes(*more.first_chunk()?).into(),
        127 => u64::from_be_bytes(*more.first_chunk()?),
        short => short.into(),
    };
    Some((first & 0x0f, u64::from(second >> 7) * 4, payload))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A frame as clients send it.
    fn frame(first: u8, payload: usize) -> Vec<u8> {
        let mut frame = match payload {
            0..126 => vec![first, 0x80 | payload as u8],
            126..65536 => [&[first, 0xfe][..], &(payload as u16).to_be_bytes()].concat(),
            _ => [&[first, 0xff][..], &(payload as u64).to_be_bytes()].concat(),
        };
        frame.resize(frame.len() + 4 + payload, 0);
        frame
    }

    #[test]
    fn too_many_small_frames_are_noticed_though_another_message_follows() {
        let mut frames = Frames::default();
        frames.take(&[frame(0x02, 1), frame(0x00, 1).repeat(MAX_SMALL), frame(0x80, 512)].concat());
        assert_eq!(frames.small, MAX_SMALL);
        frames.take(&[frame(0x02, 1), frame(0x00, 1).repeat(MAX_SMALL + 1), frame(0x80, 512)].concat());
        frames.take(&frame(0x82, 1));
        assert_eq!(frames.small, MAX_SMALL + 1);
    }

    #[test]
    fn small_frames_of_one_message_are_counted_however_they_are_cut() {
        let parts = [(0x02, 3), (0x00, 0), (0x89, 5), (0x00, 125), (0x00, 126), (0x00, 511), (0x00, 512)];
        let message: Vec<u8> = parts.into_iter().flat_map(|(first, payload)| frame(first, payload)).collect();
        let last = [frame(0x00, 65_536), frame(0x80, 1)].concat();
        for size in [1, 2, 3, 7, 1000, 100_000] {
            let mut frames = Frames::default();
            for _ in 0..2 {
                message.chunks(size).for_each(|bytes| frames.take(bytes));
                assert_eq!(frames.small, 4);
                last.chunks(size).for_each(|bytes| frames.take(bytes));
                assert_eq!((frames.small, frames.rest, frames.length), (5, 0, 0));
            }
            frames.take(&frame(0x81, 1));
            assert_eq!(frames.small, 0);
        }
    }
}
