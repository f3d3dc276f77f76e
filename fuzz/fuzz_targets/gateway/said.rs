//! What a client says.

use arbitrary::Arbitrary;
use prost_types::Any;
use tera_protocol::{
    link::{
        frame::{encode, encode_any},
        messages::{self, request::Operation},
    },
    opentera::{RpcMessage, TeraModuleMessage, tera_module_message::Header},
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

/// A client's message.
#[derive(Arbitrary, Debug)]
pub enum Said<'a> {
    Request {
        id: u8,
        timeout: u16,
        asked: Asked<'a>,
    },
    Cancel(u8),
    Message {
        seq: u32,
        dest: &'a str,
    },
    ToDevices(u8),
    /// An unknown field makes it so large that it is acknowledged at once.
    Large,
    Ping(u64),
    Pong(u8),
    Ack,
    Hello(&'a [u8]),
    Any {
        type_url: &'a str,
        value: &'a [u8],
    },
}

#[derive(Arbitrary, Debug)]
pub enum Asked<'a> {
    Message { seq: u32 },
    Call { target: &'a str },
    CallService,
    Subscribe(&'a str),
    Unsubscribe(&'a str),
    Publish(&'a str),
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
    pub fn is_numbered(&self) -> bool {
        !matches!(self, Self::Ping(_) | Self::Pong(_) | Self::Ack | Self::Hello(_))
    }

    /// The frame, not numbered.
    pub fn encode(self) -> Vec<u8> {
        match self {
            Self::Request { id, timeout, asked } => encode(&messages::Request {
                id: id.into(),
                timeout_ms: timeout.into(),
                operation: asked.operation(),
            }),
            Self::Cancel(id) => encode(&messages::Cancel { id: id.into() }),
            Self::Message { seq, dest } => encode(&message(seq, dest)),
            Self::ToDevices(count) => {
                let one = |number| format!("websocket.device.00000000-0000-0000-0000-{number:012}");
                let dest: Vec<_> = (0..count).map(one).collect();
                encode(&message(0, &dest.join(",")))
            }
            Self::Large => {
                let value = [&[0xfa, 0x01, 0x80, 0x80, 0x04][..], &[0; 1 << 16]].concat();
                encode_any(Any { type_url: "/tera.link.v1.Cancel".into(), value })
            }
            Self::Ping(id) => encode(&messages::Ping { id }),
            Self::Pong(id) => encode(&messages::Pong { id: id.into(), reconnect_window_ms: id.into() }),
            Self::Ack => encode(&messages::Ack {}),
            Self::Hello(token) => {
                encode(&messages::Hello { token: token.into(), received: 0, batches: false })
            }
            Self::Any { type_url, value } => {
                encode_any(Any { type_url: type_url.into(), value: value.into() })
            }
        }
    }
}

impl Asked<'_> {
    fn operation(self) -> Option<Operation> {
        Some(match self {
            Self::Message { seq } => Operation::Message(message(seq, "service.A")),
            Self::Call { target } => Operation::Call(call(target)),
            Self::CallService => Operation::Call(call("service.A")),
            Self::Subscribe(pattern) => Operation::Subscribe(messages::Subscribe { pattern: pattern.into() }),
            Self::Unsubscribe(pattern) => {
                Operation::Unsubscribe(messages::Unsubscribe { pattern: pattern.into() })
            }
            Self::Publish(topic) => {
                let message = Some(Any::default());
                Operation::Publish(messages::Publish { topic: topic.into(), message })
            }
            Self::Nothing => return None,
        })
    }
}

fn call(target: &str) -> messages::Call {
    let rpc = RpcMessage { method: "m".into(), ..Default::default() };
    messages::Call { target: target.into(), rpc: Some(rpc) }
}

fn message(seq: u32, dest: &str) -> TeraModuleMessage {
    let head = Header { seq, dest: dest.into(), ..Default::default() };
    TeraModuleMessage { head: Some(head), ..Default::default() }
}
