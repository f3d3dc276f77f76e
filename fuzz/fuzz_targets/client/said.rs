//! What a server says.

use arbitrary::Arbitrary;
use prost_types::Any;
use tera_protocol::link::{
    frame::{encode, encode_any, put_topic},
    messages::{self, reply::Outcome},
};

/// The numbers of a frame.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Numbers {
    /// As they have to be, acknowledging all that came or nothing.
    Right {
        ack: bool,
    },
    Near(i8, i8),
    Wild(u64, u64),
}

/// A server's message.
#[derive(Arbitrary, Debug)]
pub enum Said<'a> {
    Welcome { version: u8, address: &'a str, numbers: [u32; 5] },
    Session { token: &'a [u8], resumed: bool, received: u8 },
    Ping(u64),
    Pong(u8),
    Ack,
    Goodbye { least: u32, most: u32, is_final: bool, code: i32 },
    Reply { id: u8, ended: Ended },
    Notice(i32),
    Gap { missing: Vec<(u64, u64, u64, bool)>, lost_replies: Vec<(u8, u8)>, lost_notices: bool },
    Event(u8),
    Any { type_url: &'a str, value: &'a [u8] },
}

/// How a request ended.
#[derive(Arbitrary, Debug)]
pub enum Ended {
    Message,
    Json,
    Done,
    Error(i32),
    Nothing,
}

impl Numbers {
    /// Number and acknowledgement of a frame, where `next` and `received` would be right.
    pub fn of(self, said: &Said<'_>, next: u64, received: u64) -> (u64, u64) {
        match self {
            Self::Right { ack } => {
                let seq = if said.is_numbered() { next } else { 0 };
                (seq, if ack { received } else { 0 })
            }
            Self::Near(seq, ack) => {
                (next.wrapping_add_signed(seq.into()), received.wrapping_add_signed(ack.into()))
            }
            Self::Wild(seq, ack) => (seq, ack),
        }
    }
}

impl Said<'_> {
    fn is_numbered(&self) -> bool {
        matches!(
            self,
            Self::Reply { .. } | Self::Notice(_) | Self::Gap { .. } | Self::Event(_) | Self::Any { .. }
        )
    }

    /// The frame, not numbered.
    pub fn encode(self) -> Vec<u8> {
        match self {
            Self::Welcome { version, address, numbers } => encode(&welcome(version, address, numbers)),
            Self::Session { token, resumed, received } => encode(&messages::Session {
                token: token.into(),
                resumed,
                received: received.into(),
                ..Default::default()
            }),
            Self::Ping(id) => encode(&messages::Ping { id }),
            Self::Pong(id) => encode(&messages::Pong { id: id.into(), reconnect_window_ms: id.into() }),
            Self::Ack => encode(&messages::Ack {}),
            Self::Goodbye { least, most, is_final, code } => encode(&messages::Goodbye {
                retry_after_min_ms: least,
                retry_after_max_ms: most,
                r#final: is_final,
                error: Some(error(code)),
            }),
            Self::Reply { id, ended } => encode(&messages::Reply { id: id.into(), outcome: ended.outcome() }),
            Self::Notice(code) => encode(&messages::Notice { error: Some(error(code)) }),
            Self::Gap { missing, lost_replies, lost_notices } => {
                // Each as often as its second number says.
                let ids =
                    lost_replies.into_iter().flat_map(|(id, times)| [u64::from(id)].repeat(times.into()));
                let lost_replies = ids.collect();
                let missing = missing.into_iter().map(gap).collect();
                encode(&messages::Gap { missing, lost_replies, lost_notices })
            }
            Self::Event(topic) => {
                let any = Any { type_url: "/opentera.protobuf.UserEvent".into(), value: vec![10, 1, b'u'] };
                let mut frame = encode_any(any);
                put_topic(&mut frame, &format!("room.{topic}"));
                frame
            }
            Self::Any { type_url, value } => {
                encode_any(Any { type_url: type_url.into(), value: value.into() })
            }
        }
    }
}

impl Ended {
    fn outcome(self) -> Option<Outcome> {
        match self {
            Self::Message => Some(Outcome::Message(Default::default())),
            Self::Json => Some(Outcome::Json("1".into())),
            Self::Done => Some(Outcome::Done(messages::Done {})),
            Self::Error(code) => Some(Outcome::Error(error(code))),
            Self::Nothing => None,
        }
    }
}

pub fn welcome(version: u8, address: &str, numbers: [u32; 5]) -> messages::Welcome {
    let [max_frame_bytes, heartbeat_ms, reconnect_window_ms, messages_per_second, burst] = numbers;
    messages::Welcome {
        version: version.into(),
        address: address.into(),
        max_frame_bytes,
        heartbeat_ms,
        reconnect_window_ms,
        messages_per_second,
        burst,
    }
}

fn error(code: i32) -> messages::Error {
    messages::Error { code, description: "what went wrong".into(), ..Default::default() }
}

fn gap((first, last, count, unknown): (u64, u64, u64, bool)) -> messages::Missing {
    messages::Missing { topic: "room.1".into(), first, last, count, unknown }
}
