//! What a field's definition leaves to its file: `proto2`, `proto3`, or an edition and the features set in it.

use super::descriptor::{Outcome, next};
use tera_protocol::reader::{Reader, Value};

/// The newest edition known here: 2024.
const NEWEST_EDITION: u64 = 1001;
const EDITION_2023: u64 = 1000;

/// Field of `FileOptions` that holds features.
pub(super) const OF_FILE: u32 = 50;
/// Field of `MessageOptions` that holds features.
pub(super) const OF_MESSAGE: u32 = 12;
/// Field of `FieldOptions` that holds features.
pub(super) const OF_FIELD: u32 = 21;

/// The features that change how a message is read and written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Features {
    /// Whether a field that is no list can be told apart from its default.
    pub(super) explicit: bool,
    /// Whether a list of numbers is written as one run.
    pub(super) packed: bool,
    /// Whether messages are written as groups.
    pub(super) delimited: bool,
}

impl Features {
    /// The defaults of a syntax or an edition; `None` if this version doesn't know it.
    pub(super) fn defaults(syntax: &str, edition: u64) -> Option<Self> {
        let (explicit, packed) = match (syntax, edition) {
            ("" | "proto2", _) => (true, false),
            ("proto3", _) => (false, true),
            ("editions", EDITION_2023..=NEWEST_EDITION) => (true, true),
            _ => return None,
        };
        Some(Self { explicit, packed, delimited: false })
    }

    /// With the features that options set; `number` is the field that holds them.
    pub(super) fn with(mut self, options: &[u8], number: u32, place: &str) -> Outcome<Self> {
        let mut reader = Reader::new(options);
        while let Some(option) = next(&mut reader, place)? {
            let (field, Value::Bytes(features)) = option else { continue };
            if field == number {
                self.set(features, place)?;
            }
        }
        Ok(self)
    }

    fn set(&mut self, features: &[u8], place: &str) -> Outcome<()> {
        let mut reader = Reader::new(features);
        while let Some(feature) = next(&mut reader, place)? {
            match feature {
                // IMPLICIT; the others are EXPLICIT and LEGACY_REQUIRED.
                (1, Value::Varint(presence)) => self.explicit = presence != 2,
                // PACKED; the other is EXPANDED.
                (3, Value::Varint(encoding)) => self.packed = encoding == 1,
                // DELIMITED; the other is LENGTH_PREFIXED.
                (5, Value::Varint(encoding)) => self.delimited = encoding == 2,
                _ => {}
            }
        }
        Ok(())
    }
}
