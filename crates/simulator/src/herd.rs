//! A gateway that many clients lose at once.

use tera_protocol::{
    link::{
        Connection, Input, Options, Output,
        frame::encode,
        messages::Session,
        session::{Limits, welcome},
    },
    time::Timestamp,
};

use crate::random::Random;

/// How many first attempts to connect again fall into each 100 ms after a gateway with so many clients is gone. It has
/// asked for a window of a millisecond for each of its clients, as [`welcome`] recommends.
///
/// # Panics
///
/// If a client does not connect, or does not try again.
#[must_use]
pub fn herd(clients: u32, seed: u64) -> Vec<u32> {
    let mut random = Random::new(seed);
    let mut bins = Vec::new();
    for _ in 0..clients {
        let at = Timestamp::from_millis(1_000);
        let options = Options { seed: random.next(), ..Options::default() };
        let mut client = connected(options, clients);
        client.handle(at, Input::Closed(1006, String::new()));
        while client.poll_output().is_some() {}
        let retry = client.poll_timeout().expect("a client that lost its gateway tries again");
        client.handle(retry, Input::TimedOut);
        let dials = std::iter::from_fn(|| client.poll_output()).any(|output| output == Output::Dial);
        assert!(dials, "the first thing that is due is the attempt");
        let bin = (retry.since(at).as_millis() / 100) as usize;
        if bins.len() <= bin {
            bins.resize(bin + 1, 0);
        }
        bins[bin] += 1;
    }
    bins
}

fn connected(options: Options, clients: u32) -> Connection {
    let at = Timestamp::from_millis(0);
    let identity = "websocket.user.00000000-0000-0000-0000-000000000001".parse().expect("it is an address");
    let window = std::time::Duration::from_millis(clients.into());
    let mut client = Connection::new(at, options);
    client.handle(at, Input::Opened);
    client.handle_frame(at, &welcome(identity, &Limits::default(), window));
    client.handle_frame(at, &encode(&Session { token: vec![1; 16], ..Default::default() }));
    while client.poll_output().is_some() {}
    client
}
