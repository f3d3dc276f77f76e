//! Services on the message bus, and their callers: what the code stands on that `tera-contracts` generates.
//!
//! A contract is a `service` of a `.proto` file. Its server, [`serve`], answers calls that come over the bus, from browsers
//! by way of the gateway or from other services; its [`Client`] makes such calls. Applications meet both through the
//! generated trait and the generated client. How a call travels is said in `proto/tera/contract/v1/contract.proto`.
//!
//! Delivery is that of the bus, at most once: a call is carried out once or not at all, and a caller that hears nothing
//! gets `timeout`. One server answers for a key; two of the same key would both carry out each call.

mod client;
mod failure;
mod incoming;
mod message;
mod methods;
mod server;
mod slots;
mod streams;

#[expect(
    missing_docs,
    reason = "generated; a field whose name says it all has no comment in its .proto file"
)]
mod generated {
    pub(crate) mod tera {
        pub(crate) mod contract {
            #[rustfmt::skip]
            pub mod v1;
        }
    }
}

pub use client::{CallError, Client};
/// How a call travels: package `tera.contract.v1`.
pub use generated::tera::contract::v1 as wire;
pub use incoming::Incoming;
pub use methods::{Caller, Methods};
pub use server::{MAX_CALLS, MAX_CALLS_PER_CALLER, Server, serve};
pub use streams::{Items, Stopped};
pub use tera_gateway::bus::{Bus, BusError, Embedded, Redis};
pub use tera_protocol::error::{ErrorCode, TeraError};
pub use wire::Failure;
// What generated code names, so that it needs this crate alone.
pub use prost;
pub use prost_types;
pub use tera_protocol::opentera;
