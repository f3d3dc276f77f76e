//! The protocol of Tera Client: OpenTera's messages and how they travel.
//!
//! Everything here is a function of its inputs: there is no socket, no clock, no randomness and no callback, so the
//! same code runs in a browser, in the gateway and in a simulation.
//!
//! - [`opentera`] and [`link::messages`] hold the messages, generated from `proto/`;
//! - [`Message`] is the Any catalogue: type URL ⇄ type;
//! - [`validation`] checks what a message must hold;
//! - [`schema`] describes the messages as tables, which drive [`tape`] and [`json`]; a [`registry`] adds messages of an
//!   application's own to them.

pub mod any;
pub mod error;
pub mod json;
pub mod link;
pub mod time;
pub mod topic;
pub mod validation;

pub use tera_tape as tape;
use tera_wire::writer;
pub use tera_wire::{reader, registry, schema};

#[expect(
    missing_docs,
    reason = "generated; a field whose name says it all has no comment in its .proto file"
)]
#[expect(clippy::doc_markdown, reason = "generated")]
mod generated {
    #[rustfmt::skip]
    pub(crate) mod catalogue;
    pub(crate) mod opentera {
        #[rustfmt::skip]
        pub mod protobuf;
    }
    pub(crate) mod tera {
        pub(crate) mod link {
            #[rustfmt::skip]
            pub mod v1;
        }
    }
}

/// OpenTera's messages: package `opentera.protobuf`.
pub use generated::opentera::protobuf as opentera;

pub use generated::catalogue::Message;
