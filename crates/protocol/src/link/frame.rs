//! Frames: the bytes of one binary websocket message, as a [`Frame`].

use prost::{Message as _, Name};
use prost_types::Any;

use super::messages::{Cancel, Error, Notice, Request, Welcome};
use crate::{
    any::{pack, type_name},
    error::{DecodeError, ErrorCode, TeraError},
    opentera::TeraMessage,
    reader::{AnyRef, Reader, Value, text},
    writer::{put_bytes, put_nested},
};

/// What a frame holds.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Frame<'a> {
    /// The gateway's first message.
    Welcome(Welcome),
    /// The client asks for something.
    Request(Request),
    /// The gateway answers the request with this id.
    Reply(u64, Outcome<'a>),
    /// The client no longer waits.
    Cancel(Cancel),
    /// The gateway refuses something sent one way.
    Notice(TeraError),
    /// No message of the link: an event, a module message or a type unknown here.
    Payload(AnyRef<'a>),
}

/// How a request ended, borrowed from the frame.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome<'a> {
    /// The bytes of a `TeraModuleMessage`.
    Message(&'a [u8]),
    /// A call's return value as JSON text.
    Json(&'a str),
    /// Why there is no answer.
    Error(TeraError),
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
            "tera.link.v1.Reply" => {
                let (id, outcome) = reply(any.value)?;
                Self::Reply(id, outcome)
            }
            "tera.link.v1.Cancel" => Self::Cancel(Cancel::decode(any.value)?),
            "tera.link.v1.Notice" => {
                Self::Notice(Notice::decode(any.value)?.error.unwrap_or_default().into())
            }
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

/// Reads a `Reply` without copying: its answer goes on as it is.
fn reply(bytes: &[u8]) -> Result<(u64, Outcome<'_>), DecodeError> {
    let mut id = 0;
    let mut outcome = None;
    let mut reader = Reader::new(bytes);
    while let Some(field) = reader.field()? {
        match field {
            (1, Value::Varint(number)) => id = number,
            (2, Value::Bytes(message)) => outcome = Some(Outcome::Message(message)),
            (3, Value::Bytes(json)) => outcome = Some(Outcome::Json(text(json)?)),
            (4, Value::Bytes(error)) => outcome = Some(Outcome::Error(Error::decode(error)?.into())),
            (1..=4, _) => return Err(DecodeError::BAD_WIRE_TYPE),
            _ => {}
        }
    }
    let unknown = || TeraError::new(ErrorCode::Unknown, "The gateway's reply has neither answer nor error.");
    Ok((id, outcome.unwrap_or_else(|| Outcome::Error(unknown()))))
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

/// The frame whose message of this type `write` writes.
pub(crate) fn encode_with(type_url: &str, write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    let written: Result<(), std::convert::Infallible> = put_nested(&mut out, 1, |out| {
        put_bytes(out, 1, type_url.as_bytes());
        put_nested(out, 2, |out| {
            write(out);
            Ok(())
        })
    });
    match written {
        Ok(()) => out,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        link::messages::{Reply, reply},
        opentera::StopSessionEvent,
    };

    #[test]
    fn a_link_message_survives_the_round_trip() {
        let welcome = Welcome { version: 1, address: "websocket.user.x".into(), max_frame_bytes: 9 };
        assert_eq!(Frame::decode(&encode(&welcome)), Ok(Frame::Welcome(welcome)));
    }

    #[test]
    fn each_outcome_of_a_reply_is_read() {
        let decode = |outcome| {
            let bytes = encode(&Reply { id: 7, outcome });
            format!("{:?}", Frame::decode(&bytes))
        };
        assert_eq!(decode(Some(reply::Outcome::Json("[1]".into()))), r#"Ok(Reply(7, Json("[1]")))"#);
        let error = Error { code: ErrorCode::Timeout.into(), description: "d".into(), help: "h".into() };
        assert!(decode(Some(reply::Outcome::Error(error))).contains("code: Timeout"));
        assert!(decode(Some(reply::Outcome::Message(Default::default()))).contains("Message([])"));
        assert!(decode(None).contains("code: Unknown"));
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
