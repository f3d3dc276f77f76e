//! The hot path of Tera Client: protobuf bytes to and from the [`tape`], driven by the tables of the [`schema`] and of a
//! [`registry`](registry::Registry).
//!
//! A crate of its own, because it is compiled for speed where all else in the SDK is compiled for size. It knows fields
//! and tables, not connections; applications see it through `tera_protocol`.

pub mod error;
pub mod reader;
pub mod registry;
pub mod schema;
pub mod tape;
pub mod writer;

mod generated {
    #[rustfmt::skip]
    pub(crate) mod schema;
}
