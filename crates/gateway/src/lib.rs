//! The gateway: bridges browsers' websockets to the message bus of an OpenTera deployment.
//!
//! A client logs in over HTTP and gets a one-time URL for its websocket. On it, it receives what is published for it, and
//! sends messages and calls, which the gateway checks, stamps with who sent them, and publishes. A session outlives its
//! websockets: what comes while its client is away is kept for a while. Everything a session decides is in
//! [`tera_protocol::link::session`]; this crate does the input and output around it.

mod attach;
pub mod bus;
mod clock;
pub mod config;
mod connections;
mod delivery;
mod events;
mod frames;
mod gateway;
mod handshake;
mod login;
mod origin;
mod patient;
mod pattern;
mod pending;
mod presence;
mod refusal;
mod registry;
mod server;
mod serving;
mod session;
pub mod simulation;
mod socket;

pub use delivery::Delivery;
pub use events::{USER_MANAGER_EVENTS, publish_to};
pub use server::serve;
