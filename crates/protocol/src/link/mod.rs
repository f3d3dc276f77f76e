//! The link between a client and the gateway: its messages, its frames and the two state machines.
//!
//! A *frame* is what one binary websocket message holds: a `TeraMessage` whose Any says what it is, with a number and
//! an acknowledgement beside it. [`Connection`] is the client's side of the link, [`session::Session`] the gateway's.
//! Both sides are driven alike: bytes, commands and the time go in; frames, events and the next deadline come out. Both
//! outlive their sockets: what is numbered is kept until it is acknowledged, and goes out again on the next socket.

mod backoff;
mod bucket;
mod connection;
pub mod frame;
mod inbound;
mod liveness;
mod outgoing;
mod requests;
pub mod session;
mod stats;
mod types;

pub use backoff::Backoff;
pub use connection::{Connection, NOT_ALLOWED};
pub use requests::{Answer, RequestId};
pub use stats::Stats;
pub use types::{Event, Gap, Input, Mode, Options, Output, Overflow, Payload, State};

/// The link's messages: package `tera.link.v1`.
pub use crate::generated::tera::link::v1 as messages;

/// Version of the link that both sides speak.
pub const LINK_VERSION: u32 = 2;
