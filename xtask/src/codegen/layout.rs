//! The tape's layout: which slots of a message's record hold which field.
//!
//! The same rule is in three more places: `crates/tape/src/lib.rs` says what the slots mean, `crates/registrar/src/definition.rs`
//! lays out messages of an application's own, and `pkg/src/rows.ts` reads them. The tests of each would fail if they differed.

use super::model::{Field, Kind, Presence};

/// Gives each field its first slot and returns the slot after the last, where the oneofs begin.
pub(super) fn assign(fields: &mut [Field]) -> usize {
    let mut next = 1;
    for field in fields {
        field.slot = next;
        next += width(field.kind, field.presence);
    }
    next
}

fn width(kind: Kind, presence: Presence) -> usize {
    match (presence, kind) {
        // Count, first element, last element.
        (Presence::Repeated, _) => 3,
        // A message's slot is 0 when it is absent, so it needs no flag.
        (_, Kind::Message(_) | Kind::Any) => 1,
        (Presence::Explicit(_), kind) => 1 + value_width(kind),
        (Presence::Implicit, kind) => value_width(kind),
    }
}

fn value_width(kind: Kind) -> usize {
    match kind {
        Kind::Float | Kind::Uint32 | Kind::Bool | Kind::Enum(_) | Kind::Message(_) | Kind::Any => 1,
        Kind::Double | Kind::Int64 | Kind::Uint64 | Kind::String | Kind::Bytes => 2,
    }
}
