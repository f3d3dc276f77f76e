//! What several fuzz targets share: the fixture's messages, registered, and what must hold of every tape.

mod tape;

use tera_protocol::registry::Registry;
use tera_registrar::{Added, Registrar};

pub use tape::check;

/// The descriptor set of the fixture `acme.proto` and of all that it imports.
pub const ACME: &[u8] = include_bytes!("../acme.binpb");

/// The registry with the messages that a descriptor set added.
pub fn registry(added: &Added) -> Registry {
    let mut registry = Registry::default();
    registry.add(&added.rows, &added.description);
    registry
}

/// The registry with the fixture's messages.
pub fn acme() -> Registry {
    registry(&Registrar::new().register(ACME).expect("the fixture can be registered"))
}
