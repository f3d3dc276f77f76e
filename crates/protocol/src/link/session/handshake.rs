//! What comes before a session is known: the greeting of a socket, and the client's answer to it.

use std::{fmt, time::Duration};

use bytes::Bytes;

use super::Limits;
use crate::{
    error::{ErrorCode, TeraError},
    link::{
        LINK_VERSION,
        frame::{ClientFrame, Envelope, encode},
        messages::{self, Welcome},
    },
    topic::Identity,
};

/// What a client proves with that a session is its own: 16 bytes that nobody can guess, drawn by whoever has randomness.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Token(pub [u8; 16]);

impl fmt::Debug for Token {
    /// Without the bytes: whoever reads them in a log could take the session over.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

/// The first frame on every socket.
///
/// `reconnect_window` is how far clients that lose the gateway without a goodbye shall spread: a millisecond for each
/// client connected keeps the busiest tenth of a second below 2 % of them.
#[must_use]
pub fn welcome(identity: Identity, limits: &Limits, reconnect_window: Duration) -> Bytes {
    encode(&Welcome {
        version: LINK_VERSION,
        address: identity.address(),
        max_frame_bytes: limits.max_frame_bytes,
        heartbeat_ms: milliseconds(limits.heartbeat),
        reconnect_window_ms: milliseconds(reconnect_window),
        messages_per_second: limits.messages_per_second,
        burst: limits.burst,
    })
    .into()
}

/// A client's answer to the Welcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hello {
    /// The session that it wants to go on with; `None`: it has none, or names none that can be.
    pub token: Option<Token>,
    /// The highest number that it has received in that session.
    pub received: u64,
    /// Whether it takes batches: pass that on to [`Session::set_batches`](super::Session::set_batches).
    pub batches: bool,
}

impl Hello {
    /// Reads the client's first frame.
    ///
    /// # Errors
    ///
    /// Anything but a Hello. The socket is to be closed with `CLOSE_PROTOCOL_VIOLATION`.
    pub fn decode(frame: &[u8]) -> Result<Self, TeraError> {
        let envelope = Envelope::decode(frame)?;
        match ClientFrame::decode(envelope.message)? {
            ClientFrame::Hello(hello) if envelope.seq == 0 => {
                let messages::Hello { token, received, batches } = hello;
                Ok(Self { token: token.try_into().ok().map(Token), received, batches })
            }
            _ => Err(TeraError::new(ErrorCode::ProtocolViolation, "a client says Hello first")),
        }
    }
}

pub(super) fn milliseconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::{frame::number, messages::Ping};

    fn hello(token: &[u8]) -> Vec<u8> {
        encode(&messages::Hello { token: token.into(), received: 5, batches: true })
    }

    #[test]
    fn a_hello_names_a_session_or_none() {
        let decode = |token: &[u8]| Hello::decode(&hello(token)).unwrap();
        assert_eq!(decode(&[7; 16]), Hello { token: Some(Token([7; 16])), received: 5, batches: true });
        for wrong in [&[][..], &[7; 15], &[7; 17], &[7; 10_000]] {
            assert_eq!(decode(wrong).token, None);
        }
    }

    #[test]
    fn anything_but_a_hello_is_an_error() {
        for frame in [vec![], vec![0xff; 9], encode(&Ping { id: 1 }), number(&hello(&[]), 1, 0)] {
            assert!(Hello::decode(&frame).is_err());
        }
    }

    #[test]
    fn a_token_does_not_get_into_logs() {
        assert_eq!(format!("{:?}", Token([7; 16])), "Token");
    }
}
