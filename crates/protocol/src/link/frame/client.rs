//! What a client says, as the gateway reads it.

use prost::Message as _;

use crate::{
    any::type_name,
    error::DecodeError,
    link::messages::{Cancel, Hello, Ping, Pong, Request},
    reader::AnyRef,
};

/// A message from a client.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ClientFrame<'a> {
    /// The client opens or resumes a session.
    Hello(Hello),
    /// The client asks for something.
    Request(Request),
    /// The client no longer waits.
    Cancel(Cancel),
    /// The client wants a Pong.
    Ping(u64),
    /// The client answers a Ping.
    Pong(u64),
    /// Nothing but an acknowledgement.
    Ack,
    /// No message of the link: a module message, or a type that has no place here.
    Payload(AnyRef<'a>),
}

impl<'a> ClientFrame<'a> {
    /// Reads a frame's message. A payload is borrowed and not looked into.
    ///
    /// # Errors
    ///
    /// A message of the link that is malformed, or one that only the gateway sends.
    pub fn decode(any: AnyRef<'a>) -> Result<Self, DecodeError> {
        let Some(name) = type_name(any.type_url).strip_prefix("tera.link.v1.") else {
            return Ok(Self::Payload(any));
        };
        Ok(match name {
            "Hello" => Self::Hello(Hello::decode(any.value)?),
            "Request" => Self::Request(Request::decode(any.value)?),
            "Cancel" => Self::Cancel(Cancel::decode(any.value)?),
            "Ping" => Self::Ping(Ping::decode(any.value)?.id),
            "Pong" => Self::Pong(Pong::decode(any.value)?.id),
            "Ack" => Self::Ack,
            _ => return Err(DecodeError::fixed(&"a client can't send this message of the link")),
        })
    }

    /// Whether the frame of such a message has a number.
    #[must_use]
    pub const fn is_numbered(&self) -> bool {
        matches!(self, Self::Request(_) | Self::Cancel(_) | Self::Payload(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        link::{
            frame::{encode, payload},
            messages::{Ack, Welcome},
        },
        opentera::StopSessionEvent,
    };

    fn decode(frame: &[u8]) -> Result<ClientFrame<'_>, DecodeError> {
        ClientFrame::decode(payload(frame).unwrap())
    }

    #[test]
    fn each_message_of_a_client_is_told_apart_and_some_are_numbered() {
        let hello = Hello { token: vec![1], received: 2, batches: true };
        for (frame, expected, numbered) in [
            (encode(&hello), ClientFrame::Hello(hello), false),
            (encode(&Cancel { id: 5 }), ClientFrame::Cancel(Cancel { id: 5 }), true),
            (encode(&Request::default()), ClientFrame::Request(Request::default()), true),
            (encode(&Ping { id: 6 }), ClientFrame::Ping(6), false),
            (encode(&Pong { id: 7, ..Pong::default() }), ClientFrame::Pong(7), false),
            (encode(&Ack {}), ClientFrame::Ack, false),
        ] {
            let decoded = decode(&frame).unwrap();
            assert_eq!((decoded.is_numbered(), decoded), (numbered, expected));
        }
        assert!(decode(&encode(&StopSessionEvent::default())).unwrap().is_numbered());
    }

    #[test]
    fn what_only_the_gateway_sends_is_an_error() {
        assert!(decode(&encode(&Welcome::default())).is_err());
    }
}
