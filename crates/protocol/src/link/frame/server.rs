//! What a server says, as the client reads it. All of it is borrowed and read by one small function, because it is
//! compiled into the SDK.

use std::ptr;

use crate::{
    any::type_name,
    error::{DecodeError, ErrorCode, TeraError},
    reader::{AnyRef, Reader, TERA_EVENT_URL, Value, string, text},
};

/// A message from a server.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ServerFrame<'a> {
    /// The gateway's first message.
    Welcome {
        /// Version of the link.
        version: u64,
        /// The client's own address.
        address: &'a str,
        /// Largest frame that the gateway takes; 0: any.
        max_frame_bytes: u64,
        /// Silence after which a side sends a Ping, in milliseconds; 0: not said.
        heartbeat_ms: u64,
        /// Window of the first attempt to connect again, in milliseconds.
        reconnect_window_ms: u64,
        /// Frames per second that the gateway takes; 0: any number.
        messages_per_second: u64,
        /// Frames that it takes at once.
        burst: u64,
    },
    /// The answer to Hello.
    Session {
        /// What the next Hello carries.
        token: &'a [u8],
        /// True if the session goes on.
        resumed: bool,
        /// The highest number that the gateway has received.
        received: u64,
    },
    /// The gateway wants a Pong.
    Ping(u64),
    /// The gateway answers the Ping of this number, unless that is 0, and has a new `reconnect_window_ms`, unless that is.
    Pong(u64, u64),
    /// Nothing but an acknowledgement.
    Ack,
    /// The gateway is about to close.
    Goodbye {
        /// When to come back: between so many milliseconds from now ...
        retry_after_min_ms: u64,
        /// ... and so many.
        retry_after_max_ms: u64,
        /// True: not at all.
        is_final: bool,
        /// Why.
        error: TeraError,
    },
    /// The gateway answers the request with this id.
    Reply(u64, Outcome<'a>),
    /// The gateway refuses something sent one way.
    Notice(TeraError),
    /// Something will never come: the Gap's bytes, for [`ServerFrame::gap`].
    Gap(&'a [u8]),
    /// No message of the link: an event, a module message or a type unknown here.
    Payload,
}

/// How a request ended, borrowed from the frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome<'a> {
    /// The bytes of a `TeraModuleMessage`.
    Message(&'a [u8]),
    /// A call's return value as JSON text.
    Json(&'a str),
    /// It is done.
    Done,
    /// Why there is no answer.
    Error(TeraError),
}

/// One part of a Gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing<'a> {
    /// Messages of a topic.
    Topic {
        /// The topic or the pattern.
        topic: &'a str,
        /// Position of the first one.
        first: u64,
        /// Position of the last one.
        last: u64,
        /// How many; `None` if unknown.
        count: Option<u64>,
    },
    /// The reply to the request with this id.
    Reply(u64),
    /// A Notice.
    Notice,
}

impl<'a> ServerFrame<'a> {
    /// Reads a frame's message.
    ///
    /// # Errors
    ///
    /// A message of the link that is malformed, or one that only clients send.
    pub fn decode(any: AnyRef<'a>) -> Result<Self, DecodeError> {
        if ptr::eq(any.type_url, TERA_EVENT_URL) {
            return Ok(Self::Payload);
        }
        let Some(name) = type_name(any.type_url).strip_prefix("tera.link.v1.") else {
            return Ok(Self::Payload);
        };
        if name == "Gap" {
            return Ok(Self::Gap(any.value));
        }
        let Fields { numbers, bytes } = Fields::read(any.value)?;
        Ok(match name {
            "Welcome" => Self::Welcome {
                version: numbers[1],
                address: text(bytes[2].unwrap_or_default())?,
                max_frame_bytes: numbers[3],
                heartbeat_ms: numbers[4],
                reconnect_window_ms: numbers[5],
                messages_per_second: numbers[6],
                burst: numbers[7],
            },
            "Session" => Self::Session {
                token: bytes[1].unwrap_or_default(),
                resumed: numbers[2] != 0,
                received: numbers[3],
            },
            "Ping" => Self::Ping(numbers[1]),
            "Pong" => Self::Pong(numbers[1], numbers[2]),
            "Ack" => Self::Ack,
            "Goodbye" => Self::Goodbye {
                retry_after_min_ms: numbers[1],
                retry_after_max_ms: numbers[2],
                is_final: numbers[3] != 0,
                error: error(bytes[4])?,
            },
            "Reply" => Self::Reply(numbers[1], outcome(&bytes)?),
            "Notice" => Self::Notice(error(bytes[1])?),
            _ => return Err(DecodeError::fixed(&"the server sent what only clients send")),
        })
    }

    /// Reads the parts of a Gap, in their order.
    ///
    /// # Errors
    ///
    /// Bytes that are no Gap.
    pub fn gap(bytes: &'a [u8], mut each: impl FnMut(Missing<'a>)) -> Result<(), DecodeError> {
        let mut reader = Reader::new(bytes);
        while let Some(field) = reader.field()? {
            match field {
                (1, Value::Bytes(bytes)) => each(missing(bytes)?),
                (2, Value::Varint(id)) => each(Missing::Reply(id)),
                (2, Value::Bytes(packed)) => {
                    let mut ids = Reader::new(packed);
                    while !ids.is_empty() {
                        each(Missing::Reply(ids.varint()?));
                    }
                }
                (3, Value::Varint(1)) => each(Missing::Notice),
                _ => {}
            }
        }
        Ok(())
    }
}

/// The fields 1 to 7 of a message none of whose fields repeat; a field of another type is as good as absent.
struct Fields<'a> {
    numbers: [u64; 8],
    bytes: [Option<&'a [u8]>; 8],
}

impl<'a> Fields<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let mut fields = Self { numbers: [0; 8], bytes: [None; 8] };
        let mut reader = Reader::new(bytes);
        while let Some((number, value)) = reader.field()? {
            if number < 8 {
                match value {
                    Value::Varint(value) => fields.numbers[number as usize] = value,
                    Value::Bytes(value) => fields.bytes[number as usize] = Some(value),
                    _ => {}
                }
            }
        }
        Ok(fields)
    }
}

fn outcome<'a>(bytes: &[Option<&'a [u8]>; 8]) -> Result<Outcome<'a>, DecodeError> {
    Ok(match *bytes {
        [_, _, Some(message), ..] => Outcome::Message(message),
        [_, _, _, Some(json), ..] => Outcome::Json(text(json)?),
        [_, _, _, _, _, Some(_), ..] => Outcome::Done,
        _ => Outcome::Error(error(bytes[4])?),
    })
}

fn error(bytes: Option<&[u8]>) -> Result<TeraError, DecodeError> {
    let Some(bytes) = bytes else {
        return Ok(TeraError::new(ErrorCode::Unknown, "The gateway gave no reason."));
    };
    let Fields { numbers, bytes } = Fields::read(bytes)?;
    let owned = |index: usize| string(bytes[index].unwrap_or_default());
    let code = ErrorCode::try_from(numbers[1] as i32).unwrap_or(ErrorCode::Unknown);
    Ok(TeraError::new(code, owned(2)?).with_help(owned(3)?))
}

fn missing(bytes: &[u8]) -> Result<Missing<'_>, DecodeError> {
    let Fields { numbers, bytes } = Fields::read(bytes)?;
    Ok(Missing::Topic {
        topic: text(bytes[1].unwrap_or_default())?,
        first: numbers[2],
        last: numbers[3],
        count: (numbers[5] == 0).then_some(numbers[4]),
    })
}

#[cfg(test)]
mod tests {
    use prost::Name;

    use super::*;
    use crate::{
        link::{
            frame::{encode, payload},
            messages::{self, Cancel, Done, Error, Goodbye, Notice, Reply, Session, Welcome, reply},
        },
        opentera::StopSessionEvent,
    };

    fn debug<M: Name>(message: &M) -> String {
        format!("{:?}", ServerFrame::decode(payload(&encode(message)).unwrap()))
    }

    #[test]
    fn the_handshake_and_the_goodbye_are_read() {
        let welcome = Welcome {
            version: 1,
            address: "a".into(),
            max_frame_bytes: 3,
            heartbeat_ms: 4,
            reconnect_window_ms: 5,
            messages_per_second: 6,
            burst: 7,
        };
        assert_eq!(
            debug(&welcome),
            "Ok(Welcome { version: 1, address: \"a\", max_frame_bytes: 3, heartbeat_ms: 4, \
             reconnect_window_ms: 5, messages_per_second: 6, burst: 7 })"
        );
        let session = Session { token: vec![9], resumed: true, received: 3, retention_ms: 4 };
        assert_eq!(debug(&session), "Ok(Session { token: [9], resumed: true, received: 3 })");
        let goodbye = Goodbye { retry_after_min_ms: 1, retry_after_max_ms: 2, r#final: true, error: None };
        assert!(debug(&goodbye).starts_with(
            "Ok(Goodbye { retry_after_min_ms: 1, retry_after_max_ms: 2, is_final: true, error: TeraError"
        ));
    }

    #[test]
    fn each_outcome_of_a_reply_is_read() {
        let decode = |outcome| debug(&Reply { id: 7, outcome });
        assert_eq!(decode(Some(reply::Outcome::Json("[1]".into()))), r#"Ok(Reply(7, Json("[1]")))"#);
        let error = Error { code: ErrorCode::Timeout.into(), description: "d".into(), help: "h".into() };
        assert!(decode(Some(reply::Outcome::Error(error))).contains("code: Timeout"));
        assert!(decode(Some(reply::Outcome::Message(Default::default()))).contains("Message([])"));
        assert!(decode(Some(reply::Outcome::Done(Done {}))).contains("Done"));
        assert!(decode(None).contains("code: Unknown"));
    }

    #[test]
    fn an_error_keeps_its_words_and_an_unknown_code_is_unknown() {
        let sent = Error { code: 9_999, description: "d".into(), help: "h".into() };
        let expected = TeraError::new(ErrorCode::Unknown, "d").with_help("h");
        let frame = encode(&Notice { error: Some(sent) });
        assert_eq!(ServerFrame::decode(payload(&frame).unwrap()), Ok(ServerFrame::Notice(expected)));
    }

    #[test]
    fn each_part_of_a_gap_is_read() {
        let missing = |topic: &str, unknown| messages::Missing {
            topic: topic.into(),
            first: 3,
            last: 5,
            count: 3,
            unknown,
        };
        let gap = messages::Gap {
            missing: vec![missing("a", false), missing("b", true)],
            lost_replies: vec![8, 900],
            lost_notices: true,
        };
        let frame = encode(&gap);
        let Ok(ServerFrame::Gap(bytes)) = ServerFrame::decode(payload(&frame).unwrap()) else {
            panic!("no gap")
        };
        let mut parts = Vec::new();
        ServerFrame::gap(bytes, |part| parts.push(part)).unwrap();
        let topic = |topic, count| Missing::Topic { topic, first: 3, last: 5, count };
        let expected =
            [topic("a", Some(3)), topic("b", None), Missing::Reply(8), Missing::Reply(900), Missing::Notice];
        assert_eq!(parts, expected);
        assert!(ServerFrame::gap(&[0x12, 1, 0xff], |_| {}).is_err());
    }

    #[test]
    fn any_other_message_is_a_payload_and_what_only_clients_send_an_error() {
        assert_eq!(debug(&StopSessionEvent::default()), "Ok(Payload)");
        assert!(debug(&Cancel { id: 1 }).starts_with("Err"));
    }
}
