//! Messages of an application's own: what may be registered, and that they then survive the tape.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod descriptors;
mod random;
mod refused;
mod round_trip;
mod rules;
