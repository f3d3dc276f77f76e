//! A frame from the gateway, or a payload of any type, onto the tape and back.
#![no_main]

use std::cell::RefCell;

use libfuzzer_sys::fuzz_target;
use tera_fuzz::{acme, check};
use tera_protocol::{
    link::frame::{ClientFrame, Envelope, ServerFrame},
    registry::Registry,
    tape::Tape,
};

thread_local! {
    // One tape for all payloads, as in a client: none may find anything of the one before.
    static CLIENT: RefCell<(Registry, Tape)> = RefCell::new((acme(), Tape::default()));
}

fn take(bytes: &[u8], registry: &Registry, tape: &mut Tape) {
    if let Ok(envelope) = Envelope::decode(bytes) {
        _ = ServerFrame::decode(envelope.message);
        _ = ClientFrame::decode(envelope.message);
        check(tape, registry, envelope.message.type_url, envelope.message.value);
    } else if let Some((&index, payload)) = bytes.split_first()
        && let Some(message) = registry.get(usize::from(index))
    {
        check(tape, registry, &message.name, payload);
    }
}

fuzz_target!(|bytes: &[u8]| {
    CLIENT.with_borrow_mut(|(registry, tape)| take(bytes, registry, tape));
});
