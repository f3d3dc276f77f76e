//! Signals: JSON messages by which services and clients talk to each other without knowing where the other one is.
//!
//! There are five: a [`Message`] is for one recipient, a [`Reply`] and an [`ErrorReply`] answer one, an [`Event`] is for
//! whoever listens, and a [`DataChangeEvent`] is the event that an object was created, updated or deleted. Each has an `id`,
//! a `timestamp`, a `signalType` and says who it is `from`; whatever fields it has beyond those here are its own, and are
//! passed on as they are.
//!
//! | topic | what travels on it |
//! | --- | --- |
//! | `signal.service.<name>` | what is for a service: its input |
//! | `signal.agents` | what is for clients; `to` says for which |
//! | `signal.event.<eventType>` | events |
//! | `signal.event.DataChangeEvent.<objectType>` | changes of objects of a type |
//!
//! [`Signal`] and its parts are for those who make and read signals; [`Draft`] is for those who check them and pass them
//! on. There is no bus, no clock and no randomness here.

mod address;
mod draft;
mod error;
mod reply;
mod signal;

pub use address::{AGENTS_TOPIC, Address, changes_topic, event_topic, is_input_topic, is_signal_topic};
pub use draft::{Draft, Route};
pub use error::SignalError;
pub use reply::{ErrorReply, Reply, ReplyTo};
pub use signal::{ChangeType, DataChangeEvent, Event, Fields, Head, Message, Signal, SignalType, timestamp};

/// Longest identifier, address and name of a type, in bytes.
pub const MAX_NAME_BYTES: usize = 256;
