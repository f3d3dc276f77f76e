//! The gateway's side of the link between a client that says anything, reads as it likes and comes and goes, and a bus that
//! answers late, twice or never.
//!
//! A client's numbers are right unless a step makes them wild, so that sessions go on. Time never goes back.
#![no_main]

mod gateway;

use arbitrary::Arbitrary;
use gateway::{Numbers, Said, World};
use libfuzzer_sys::fuzz_target;

/// Something that happens to the session.
#[derive(Arbitrary, Debug)]
enum Step<'a> {
    Wait(u16),
    WaitUntilDue,
    Leap(u64),
    /// A socket, of a client that goes on where it stands or says that it does somewhere else.
    Attach,
    AttachNear(i8),
    AttachWild(u64),
    Closed(Option<u16>),
    /// The client reads so many frames.
    Read(u8),
    Frame(Said<'a>, Numbers),
    /// The same message so many times, with its right numbers.
    Flood(Said<'a>, u8),
    Bytes(&'a [u8]),
    Text(&'a str),
    /// The oldest signal went out or was refused.
    Signalled(bool),
    Ping,
    Deliver(u8, u8),
    BusLost(u8),
    /// The oldest publication is reported to have so many receivers.
    Published(Option<u8>),
    Answer(u8, &'a [u8]),
    Return(u8, bool),
    Operated(u8, bool),
    Goodbye(u32, u32),
    End,
}

fuzz_target!(|steps: Vec<Step<'_>>| {
    let mut world = World::new();
    for step in steps {
        world.take(step);
        world.check();
    }
    world.end();
});
