//! Frames: the bytes of one binary websocket message, or of a part of a batch, read as an [`Envelope`] whose message is a
//! [`ClientFrame`] or a [`ServerFrame`].

mod batch;
mod client;
mod server;

use prost::Name;
use prost_types::Any;

pub(super) use batch::BATCHED_BYTES;
pub use batch::{Frames, frames, put_frame};
pub use client::ClientFrame;
pub use server::{Missing, Outcome, ServerFrame};

use crate::{
    any::pack,
    error::DecodeError,
    opentera::TeraMessage,
    reader::{AnyRef, Reader, Value, text},
    writer::{bytes_len, put_bytes, put_length, put_number},
};

const SEQ: u32 = 1001;
const ACK: u32 = 1002;
const TOPIC: u32 = 1003;
/// Most bytes that [`number`] appends.
pub(super) const NUMBER_BYTES: usize = 24;

/// A frame, borrowed. Its message is not looked into.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Envelope<'a> {
    /// The message.
    pub message: AnyRef<'a>,
    /// Its number; 0 if it has none.
    pub seq: u64,
    /// The highest number that the sender has received.
    pub ack: u64,
    /// The topic it was published on; empty if none is given.
    pub topic: &'a str,
    /// What is wrong with message or topic, which are empty then. The frame's number counts all the same: it would only
    /// come again as it is.
    pub damage: Option<DecodeError>,
}

impl<'a> Envelope<'a> {
    /// Reads a frame.
    ///
    /// # Errors
    ///
    /// Bytes that are no TeraMessage, or one without a message.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let mut envelope = Self::default();
        let (mut any, mut topic) = (None, &[][..]);
        let mut reader = Reader::new(bytes);
        while let Some(field) = reader.field()? {
            match field {
                (1, Value::Bytes(bytes)) => any = Some(bytes),
                (SEQ, Value::Varint(number)) => envelope.seq = number,
                (ACK, Value::Varint(number)) => envelope.ack = number,
                (TOPIC, Value::Bytes(bytes)) => topic = bytes,
                (1 | SEQ | ACK | TOPIC, _) => return Err(DecodeError::BAD_WIRE_TYPE),
                _ => {}
            }
        }
        let any = any.ok_or(DecodeError::fixed(&"the frame is a TeraMessage without a message"))?;
        match AnyRef::decode(any).and_then(|message| Ok((message, text(topic)?))) {
            Ok((message, topic)) => (envelope.message, envelope.topic) = (message, topic),
            Err(error) => envelope.damage = Some(error),
        }
        Ok(envelope)
    }
}

/// The Any of a TeraMessage, borrowed.
///
/// # Errors
///
/// Bytes that are no TeraMessage, or one without a message.
pub fn payload(bytes: &[u8]) -> Result<AnyRef<'_>, DecodeError> {
    let envelope = Envelope::decode(bytes)?;
    envelope.damage.map_or(Ok(envelope.message), Err)
}

/// The frame that holds this message, not numbered.
#[must_use]
pub fn encode<M: Name>(message: &M) -> Vec<u8> {
    encode_any(pack(message))
}

/// The frame that holds this Any, not numbered.
#[must_use]
pub fn encode_any(any: Any) -> Vec<u8> {
    prost::Message::encode_to_vec(&TeraMessage { message: Some(any) })
}

/// The frame that holds a message that is already encoded, in two parts, not numbered.
pub(super) fn encode_parts(type_url: &str, head: &[u8], body: &[u8]) -> Vec<u8> {
    let length = head.len() + body.len();
    let any = bytes_len(type_url.len()) + bytes_len(length);
    let mut frame = Vec::with_capacity(bytes_len(any));
    put_length(&mut frame, 1, any);
    put_bytes(&mut frame, 1, type_url.as_bytes());
    put_length(&mut frame, 2, length);
    frame.extend_from_slice(head);
    frame.extend_from_slice(body);
    frame
}

/// Appends the topic that the frame's message was published on.
pub fn put_topic(frame: &mut Vec<u8>, topic: &str) {
    put_bytes(frame, TOPIC, topic.as_bytes());
}

/// The frame with its number and an acknowledgement; a number of 0 is none.
#[must_use]
pub fn number(frame: &[u8], seq: u64, ack: u64) -> Vec<u8> {
    let mut numbered = Vec::with_capacity(frame.len() + NUMBER_BYTES);
    numbered.extend_from_slice(frame);
    if seq > 0 {
        put_number(&mut numbered, SEQ, seq);
    }
    if ack > 0 {
        put_number(&mut numbered, ACK, ack);
    }
    numbered
}

#[cfg(test)]
mod tests {
    use prost::Message as _;

    use super::*;
    use crate::{link::messages::Frame, opentera::StopSessionEvent};

    #[test]
    fn what_is_written_piece_by_piece_is_a_frame() {
        let stop = StopSessionEvent { session_uuid: "s".into(), ..Default::default() };
        let mut bytes = encode(&stop);
        put_topic(&mut bytes, "service.A.events");
        for (seq, ack) in [(0, 0), (1, 0), (0, 7), (u64::MAX, u64::MAX)] {
            let numbered = number(&bytes, seq, ack);
            let topic = "service.A.events".into();
            let frame = Frame { data: Some(pack(&stop)), seq, ack, topic, batch: vec![] };
            assert_eq!(Frame::decode(&*numbered), Ok(frame));
            assert!(numbered.len() <= bytes.len() + NUMBER_BYTES);
            let envelope = Envelope::decode(&numbered).unwrap();
            assert_eq!((envelope.seq, envelope.ack, envelope.topic), (seq, ack, "service.A.events"));
            assert_eq!(envelope.message.value, stop.encode_to_vec());
        }
    }

    #[test]
    fn a_reader_of_tera_messages_skips_the_numbers() {
        let frame = number(&encode(&StopSessionEvent::default()), 5, 6);
        assert_eq!(TeraMessage::decode(&*frame).unwrap().message, Some(pack(&StopSessionEvent::default())));
    }

    #[test]
    fn parts_make_the_same_frame_as_a_message() {
        for length in [1, 200, 20_000] {
            let stop = StopSessionEvent { session_uuid: "s".repeat(length), ..Default::default() };
            let message = stop.encode_to_vec();
            for (head, body) in [message.split_at(0), message.split_at(1), message.split_at(message.len())] {
                assert_eq!(encode_parts(&StopSessionEvent::type_url(), head, body), encode(&stop));
            }
        }
    }

    #[test]
    fn an_empty_frame_and_numbers_of_a_wrong_type_are_errors() {
        assert!(Envelope::decode(&[]).is_err());
        for number in [SEQ, ACK, TOPIC] {
            let mut frame = encode(&StopSessionEvent::default());
            crate::writer::put_key(&mut frame, number, 5);
            frame.extend([0; 4]);
            assert_eq!(Envelope::decode(&frame), Err(DecodeError::BAD_WIRE_TYPE));
        }
    }
}
