//! Protobuf bytes, and the tables that say what they mean: what every part of the client is built on.
//!
//! It knows fields and tables, not what messages mean, nor connections; applications see it through `tera_protocol`.

pub mod buffer;
pub mod error;
pub mod reader;
pub mod registry;
pub mod schema;
pub mod writer;

mod generated {
    #[rustfmt::skip]
    pub(crate) mod schema;
}
