//! Tera Client: a realtime client for OpenTera servers and the Tera gateway, for browsers and Electron.
//!
//! A `Client` for Rust applications that are compiled to WebAssembly. What arrives comes in streams, and what is dropped ends:
//! requests, subscriptions, the client. The npm package `tera-client` has a module of its own, `crates/module`. All decisions
//! are made in [`tera_protocol`]; what is here does I/O and converts.
//!
//! ```no_run
//! # #[cfg(target_arch = "wasm32")]
//! # async fn example() -> Result<(), tera_client::TeraError> {
//! # fn show(_: &str, _: tera_client::opentera::device_event::EventType) {}
//! use futures_util::StreamExt;
//! use tera_client::{Client, Event, Message, Options, Received};
//!
//! let client = Client::connect("wss://example.org/wss/user?id=KEY", Options::default()).await?;
//! let mut events = client.events();
//! while let Some(event) = events.next().await {
//!     if let Event::Message(Received { message: Message::DeviceEvent(device), .. }) = event {
//!         show(&device.device_name, device.r#type());
//!     }
//! }
//! # Ok(())
//! # }
//! ```
#![cfg(target_arch = "wasm32")]

mod client;
mod driver;
mod events;
mod host;
mod json;
mod page;
mod patterns;
mod pending;
mod queue;
mod transport;
mod url;

#[cfg(test)]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

pub use client::Client;
pub use events::{Event, Events, Received, States};
pub use patterns::{Consumer, Job, Served, Subscription, Watch, signals};
/// What [`State::Disconnected`] says of the next attempt, by the page's clock, `performance.now()`.
pub use tera_protocol::time::Timestamp;
pub use tera_protocol::{
    Message,
    error::{DecodeError, ErrorCode, TeraError},
    json::UNKNOWN_PREFIX,
    link::{Gap, Mode, Options, Overflow, State, Stats},
    opentera, validation,
};
pub use url::Url;
