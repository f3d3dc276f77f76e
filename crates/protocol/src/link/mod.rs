//! The link between a client and the gateway: its messages, its frames and the two state machines.
//!
//! A *frame* is what one binary websocket message holds: a `TeraMessage` whose Any says what it is.
//! [`Connection`] is the client's side of the link, [`session::Session`] the gateway's. Both sides are driven alike: bytes, commands and the time go in;
//! frames, events and the next deadline come out.

mod backoff;
mod connection;
pub mod frame;
mod requests;
pub mod session;
mod types;

pub use backoff::Backoff;
pub use connection::{Connection, NOT_ALLOWED};
pub use requests::{Answer, RequestId};
pub use types::{Event, Input, Mode, Options, Output, State};

/// The link's messages: package `tera.link.v1`.
pub use crate::generated::tera::link::v1 as messages;
