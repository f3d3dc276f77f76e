//! The client's side of the link between an application and a server that both do anything at any time.
//!
//! A server's numbers are right unless a step makes them wild, so that sessions come about and go on. Time never goes back.
#![no_main]

mod client;

use arbitrary::Arbitrary;
use client::{Numbers, Said, World};
use libfuzzer_sys::fuzz_target;
use tera_protocol::link::Overflow;

/// Something that happens to the connection.
#[derive(Arbitrary, Debug)]
enum Step<'a> {
    Wait(u16),
    WaitUntilDue,
    Leap(u64),
    Opened,
    Closed(u16),
    DialFailed(u8),
    NotAllowed,
    Wake,
    Offline,
    Online,
    /// Everything up to a session, with the limits of the gateway.
    Connect {
        resumed: bool,
        limits: [u16; 5],
    },
    Frame(Said<'a>, Numbers),
    /// Some of them in one message.
    Batch(Vec<(Said<'a>, Numbers)>),
    Bytes(&'a [u8]),
    Text(bool),
    Request(u16),
    Call(u16),
    Publish(&'a [u8]),
    Subscribe(u8),
    Unsubscribe(u8),
    Send(u8),
    Cancel(u8),
    Close,
    Drain(u16),
    Suspend,
}

#[derive(Arbitrary, Debug)]
enum Policy {
    Reject,
    Oldest,
    Newest,
}

fuzz_target!(|input: (Policy, Vec<Step<'_>>)| {
    let (policy, steps) = input;
    let mut world = World::new(match policy {
        Policy::Reject => Overflow::Reject,
        Policy::Oldest => Overflow::DropOldest,
        Policy::Newest => Overflow::DropNewest,
    });
    for step in steps {
        world.take(step);
        world.check();
    }
    world.end();
});
