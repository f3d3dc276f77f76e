//! Frames: the bytes of one binary websocket message, as a [`Frame`].

use prost::{Message as _, Name};
use prost_types::Any;

use super::messages::{Cancel, Notice, Reply, Request, Welcome};
use crate::{
    any::{pack, type_name},
    error::DecodeError,
    opentera::TeraMessage,
    reader::{AnyRef, Reader, Value},
};

/// What a frame holds.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Frame<'a> {
    /// The gateway's first message.
    Welcome(Welcome),
    /// The client asks for something.
    Request(Request),
    /// The gateway answers.
    Reply(Reply),
    /// The client no longer waits.
    Cancel(Cancel),
    /// The gateway refuses something sent one way.
    Notice(Notice),
    /// No message of the link: an event, a module message or a type unknown here.
    Payload(AnyRef<'a>),
}

impl<'a> Frame<'a> {
    /// Reads a frame. The payload is borrowed and not looked into.
    ///
    /// # Errors
    ///
    /// Bytes that are no TeraMessage, or a message of the link that is malformed.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let any = payload(bytes)?;
        Ok(match type_name(any.type_url) {
            "tera.link.v1.Welcome" => Self::Welcome(Welcome::decode(any.value)?),
            "tera.link.v1.Request" => Self::Request(Request::decode(any.value)?),
            "tera.link.v1.Reply" => Self::Reply(Reply::decode(any.value)?),
            "tera.link.v1.Cancel" => Self::Cancel(Cancel::decode(any.value)?),
            "tera.link.v1.Notice" => Self::Notice(Notice::decode(any.value)?),
            _ => Self::Payload(any),
        })
    }
}

/// The Any of a TeraMessage, borrowed.
///
/// # Errors
///
/// Bytes that are no TeraMessage, or one without a message.
pub fn payload(bytes: &[u8]) -> Result<AnyRef<'_>, DecodeError> {
    let mut any = None;
    let mut reader = Reader::new(bytes);
    while let Some(field) = reader.field()? {
        match field {
            (1, Value::Bytes(bytes)) => any = Some(AnyRef::decode(bytes)?),
            (1, _) => return Err(DecodeError::BAD_WIRE_TYPE),
            _ => {}
        }
    }
    any.ok_or_else(|| DecodeError::new("the frame is a TeraMessage without a message"))
}

/// The frame that holds this message.
#[must_use]
pub fn encode<M: Name>(message: &M) -> Vec<u8> {
    encode_any(pack(message))
}

/// The frame that holds this Any.
#[must_use]
pub fn encode_any(any: Any) -> Vec<u8> {
    TeraMessage { message: Some(any) }.encode_to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::opentera::StopSessionEvent;

    #[test]
    fn a_link_message_survives_the_round_trip() {
        let welcome = Welcome { version: 1, address: "websocket.user.x".into(), max_frame_bytes: 9 };
        assert_eq!(Frame::decode(&encode(&welcome)), Ok(Frame::Welcome(welcome)));
    }

    #[test]
    fn any_other_message_is_a_payload_left_as_it_is() {
        let frame = encode(&StopSessionEvent { session_uuid: "s".into(), ..Default::default() });
        let Ok(Frame::Payload(any)) = Frame::decode(&frame) else { panic!("not a payload") };
        assert_eq!(any.type_url, "type.googleapis.com/opentera.protobuf.StopSessionEvent");
        assert_eq!(any.value, [10, 1, b's']);
    }

    #[test]
    fn an_empty_frame_is_an_error() {
        assert!(Frame::decode(&[]).is_err());
    }
}
