//! Batches: several frames in one binary websocket message, each exactly as it would be alone.
//!
//! It takes messages apart and puts them together. It does not look into the frames: whether one is any good turns out
//! when it is decoded.

use crate::{
    reader::Reader,
    writer::{put_key, put_varint},
};

const BATCH: u32 = 1004;
/// Key of the field `batch` of a Frame, as a message that is a batch begins.
const KEY: &[u8] = &[0xe2, 0x3e];
/// Most bytes that [`put_frame`] adds to a frame shorter than 4 GiB.
pub(in crate::link) const BATCHED_BYTES: usize = 7;

/// The frames of one binary websocket message, in their order; made by [`frames`].
#[derive(Clone, Debug)]
pub struct Frames<'a> {
    rest: Option<&'a [u8]>,
}

/// The frames of one binary websocket message: those of a batch, or the message itself.
///
/// What is left where a batch is malformed is one last frame, whose decoding says what is wrong.
#[must_use]
pub const fn frames(message: &[u8]) -> Frames<'_> {
    Frames { rest: Some(message) }
}

impl<'a> Iterator for Frames<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = self.rest.take()?;
        let Some((frame, behind)) = split(rest) else { return Some(rest) };
        self.rest = Some(behind).filter(|behind| !behind.is_empty());
        Some(frame)
    }
}

/// The first frame of a batch, and what is behind it; `None` if this is no batch.
fn split(batch: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut reader = Reader::new(batch.strip_prefix(KEY)?);
    let length = usize::try_from(reader.varint().ok()?).ok()?;
    batch[batch.len() - reader.len()..].split_at_checked(length)
}

/// Appends a frame to a batch, which is empty at first.
pub fn put_frame(batch: &mut Vec<u8>, frame: &[u8]) {
    batch.reserve(BATCHED_BYTES + frame.len());
    put_key(batch, BATCH, 2);
    put_varint(batch, frame.len() as u64);
    batch.extend_from_slice(frame);
}

#[cfg(test)]
mod tests {
    use prost::Message as _;

    use super::*;
    use crate::{
        link::{
            frame::{Envelope, encode},
            messages::{Frame, Ping},
        },
        opentera::StopSessionEvent,
    };

    fn batch(frames: &[&[u8]]) -> Vec<u8> {
        let mut batch = Vec::new();
        frames.iter().for_each(|frame| put_frame(&mut batch, frame));
        batch
    }

    fn split(message: &[u8]) -> Vec<&[u8]> {
        frames(message).collect()
    }

    #[test]
    fn what_is_put_into_a_batch_comes_out_of_it() {
        let long = [7; 20_000];
        for each in [&[&[1][..], &[2, 3]][..], &[&[9; 127], &[9; 128]], &[&long, &[1]], &[&[], &[1], &[]]] {
            let batch = batch(each);
            assert_eq!(split(&batch), each);
            let bytes: usize = each.iter().map(|frame| frame.len() + BATCHED_BYTES).sum();
            assert!(batch.len() <= bytes);
            let frame =
                Frame { batch: each.iter().map(|frame| frame.to_vec()).collect(), ..Frame::default() };
            assert_eq!(frame.encode_to_vec(), batch, "it is what the contract says");
        }
    }

    #[test]
    fn a_message_that_is_no_batch_is_its_own_frame() {
        for message in [encode(&Ping { id: 1 }), vec![], vec![0xe2], vec![0xff; 9]] {
            assert_eq!(split(&message), [&message[..]]);
        }
    }

    #[test]
    fn what_is_left_of_a_malformed_batch_is_one_last_frame_that_can_not_be_decoded() {
        let ping = encode(&Ping { id: 1 });
        let whole = batch(&[&ping, &ping]);
        let first = whole.len() / 2;
        for length in first + 1..whole.len() {
            assert_eq!(split(&whole[..length]), [&ping[..], &whole[first..length]]);
            assert!(Envelope::decode(&whole[first..length]).is_err());
        }
        for length in [&[0xff; 10][..], &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1], &[2, 0]] {
            let broken = [&batch(&[&ping])[..], KEY, length].concat();
            let frames = split(&broken);
            assert_eq!(frames, [&ping[..], &broken[first..]]);
            assert!(Envelope::decode(frames[1]).is_err());
        }
    }

    #[test]
    fn a_batch_in_a_batch_is_a_frame_that_can_not_be_decoded() {
        let inner = batch(&[&encode(&StopSessionEvent::default())]);
        let outer = batch(&[&inner]);
        assert_eq!(split(&outer), [&inner[..]]);
        assert!(Envelope::decode(&inner).is_err());
    }
}
