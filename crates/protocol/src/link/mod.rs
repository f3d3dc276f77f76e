//! The link between a client and the gateway: its messages, its frames and the two state machines.
//!
//! A *frame* is what one binary websocket message holds: a `TeraMessage` whose Any says what it is.

pub mod frame;

/// The link's messages: package `tera.link.v1`.
pub use crate::generated::tera::link::v1 as messages;
