//! Frames: the bytes of one binary websocket message, as a [`ClientFrame`] or a
//! [`ServerFrame`].

use prost::{Message as _, Name};
use prost_types::Any;

use super::messages::{Cancel, Request};
use crate::{
    any::{pack, type_name},
    error::{DecodeError, ErrorCode, TeraError},
    opentera::TeraMessage,
    reader::{AnyRef, Reader, Value, text},
    writer::{put_bytes, put_nested},
};

/// What a frame from a client holds.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ClientFrame<'a> {
    /// The client asks for something.
    Request(Request),
    /// The client no longer waits.
    Cancel(Cancel),
    /// No message of the link: a module message, or a type that has no place here.
    Payload(AnyRef<'a>),
}

impl<'a> ClientFrame<'a> {
    /// Reads a frame. The payload is borrowed and not looked into.
    ///
    /// # Errors
    ///
    /// Bytes that are no TeraMessage, or a message of the link that is malformed.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let any = payload(bytes)?;
        Ok(match type_name(any.type_url) {
            "tera.link.v1.Request" => Self::Request(Request::decode(any.value)?),
            "tera.link.v1.Cancel" => Self::Cancel(Cancel::decode(any.value)?),
            _ => Self::Payload(any),
        })
    }
}

/// What a frame from a server holds. All of it is borrowed: what is read here is compiled into the SDK.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ServerFrame<'a> {
    /// The gateway's first message: the link's version and the client's own address.
    Welcome(u32, &'a str),
    /// The gateway answers the request with this id.
    Reply(u64, Outcome<'a>),
    /// The gateway refuses something sent one way.
    Notice(TeraError),
    /// No message of the link: an event, a module message or a type unknown here.
    Payload(AnyRef<'a>),
}

/// How a request ended, borrowed from the frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome<'a> {
    /// The bytes of a `TeraModuleMessage`.
    Message(&'a [u8]),
    /// A call's return value as JSON text.
    Json(&'a str),
    /// Why there is no answer.
    Error(TeraError),
}

impl<'a> ServerFrame<'a> {
    /// Reads a frame. The payload is borrowed and not looked into.
    ///
    /// # Errors
    ///
    /// Bytes that are no TeraMessage, or a message of the link that is malformed.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let any = payload(bytes)?;
        match type_name(any.type_url) {
            "tera.link.v1.Welcome" => welcome(any.value),
            "tera.link.v1.Reply" => reply(any.value),
            "tera.link.v1.Notice" => notice(any.value),
            name if name.starts_with("tera.link.v1.") => {
                Err(DecodeError::fixed("the server sent what only clients send"))
            }
            _ => Ok(Self::Payload(any)),
        }
    }
}

fn welcome(bytes: &[u8]) -> Result<ServerFrame<'_>, DecodeError> {
    let (mut version, mut address) = (0, "");
    let mut reader = Reader::new(bytes);
    while let Some(field) = reader.field()? {
        match field {
            (1, Value::Varint(number)) => version = number as u32,
            (2, Value::Bytes(bytes)) => address = text(bytes)?,
            (1 | 2, _) => return Err(DecodeError::BAD_WIRE_TYPE),
            _ => {}
        }
    }
    Ok(ServerFrame::Welcome(version, address))
}

fn notice(bytes: &[u8]) -> Result<ServerFrame<'_>, DecodeError> {
    let mut notice = TeraError::new(ErrorCode::Unknown, "");
    let mut reader = Reader::new(bytes);
    while let Some(field) = reader.field()? {
        match field {
            (1, Value::Bytes(bytes)) => notice = error(bytes)?,
            (1, _) => return Err(DecodeError::BAD_WIRE_TYPE),
            _ => {}
        }
    }
    Ok(ServerFrame::Notice(notice))
}

fn reply(bytes: &[u8]) -> Result<ServerFrame<'_>, DecodeError> {
    let mut id = 0;
    let mut outcome = None;
    let mut reader = Reader::new(bytes);
    while let Some(field) = reader.field()? {
        match field {
            (1, Value::Varint(number)) => id = number,
            (2, Value::Bytes(message)) => outcome = Some(Outcome::Message(message)),
            (3, Value::Bytes(json)) => outcome = Some(Outcome::Json(text(json)?)),
            (4, Value::Bytes(bytes)) => outcome = Some(Outcome::Error(error(bytes)?)),
            (1..=4, _) => return Err(DecodeError::BAD_WIRE_TYPE),
            _ => {}
        }
    }
    let empty = || TeraError::new(ErrorCode::Unknown, "The gateway's reply has neither answer nor error.");
    Ok(ServerFrame::Reply(id, outcome.unwrap_or_else(|| Outcome::Error(empty()))))
}

fn error(bytes: &[u8]) -> Result<TeraError, DecodeError> {
    let mut error = TeraError::new(ErrorCode::Unknown, "");
    let mut reader = Reader::new(bytes);
    while let Some(field) = reader.field()? {
        match field {
            (1, Value::Varint(code)) => {
                error.code = ErrorCode::try_from(code as i32).unwrap_or(ErrorCode::Unknown);
            }
            (2, Value::Bytes(bytes)) => error.description = text(bytes)?.to_owned().into(),
            (3, Value::Bytes(bytes)) => error.help = text(bytes)?.to_owned().into(),
            (1..=3, _) => return Err(DecodeError::BAD_WIRE_TYPE),
            _ => {}
        }
    }
    Ok(error)
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
        link::messages::{Error, Notice, Reply, Welcome, reply},
        opentera::StopSessionEvent,
    };

    #[test]
    fn a_link_message_survives_the_round_trip() {
        let welcome = Welcome { version: 1, address: "websocket.user.x".into(), max_frame_bytes: 9 };
        assert_eq!(ServerFrame::decode(&encode(&welcome)), Ok(ServerFrame::Welcome(1, "websocket.user.x")));
        let cancel = Cancel { id: 5 };
        assert_eq!(ClientFrame::decode(&encode(&cancel)), Ok(ClientFrame::Cancel(cancel)));
        assert!(ServerFrame::decode(&encode(&cancel)).is_err());
    }

    #[test]
    fn each_outcome_of_a_reply_is_read() {
        let decode = |outcome| {
            let bytes = encode(&Reply { id: 7, outcome });
            format!("{:?}", ServerFrame::decode(&bytes))
        };
        assert_eq!(decode(Some(reply::Outcome::Json("[1]".into()))), r#"Ok(Reply(7, Json("[1]")))"#);
        let error = Error { code: ErrorCode::Timeout.into(), description: "d".into(), help: "h".into() };
        assert!(decode(Some(reply::Outcome::Error(error))).contains("code: Timeout"));
        assert!(decode(Some(reply::Outcome::Message(Default::default()))).contains("Message([])"));
        assert!(decode(None).contains("code: Unknown"));
    }

    #[test]
    fn an_error_keeps_its_words_and_an_unknown_code_is_unknown() {
        let sent = Error { code: 9_999, description: "d".into(), help: "h".into() };
        let expected = TeraError::new(ErrorCode::Unknown, "d").with_help("h");
        let frame = encode(&Notice { error: Some(sent) });
        assert_eq!(ServerFrame::decode(&frame), Ok(ServerFrame::Notice(expected)));
    }

    #[test]
    fn any_other_message_is_a_payload_left_as_it_is() {
        let frame = encode(&StopSessionEvent { session_uuid: "s".into(), ..Default::default() });
        let Ok(ServerFrame::Payload(any)) = ServerFrame::decode(&frame) else { panic!("not a payload") };
        assert_eq!(any.type_url, "type.googleapis.com/opentera.protobuf.StopSessionEvent");
        assert_eq!(any.value, [10, 1, b's']);
    }

    #[test]
    fn an_empty_frame_is_an_error() {
        assert!(ServerFrame::decode(&[]).is_err());
        assert!(ClientFrame::decode(&[]).is_err());
    }
}
