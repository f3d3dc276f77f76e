//! How often clients try to connect: all that lose a gateway at once, and one that is cut again and again.

use tera_protocol::{
    link::{
        Connection, Input, Options, Output,
        frame::encode,
        messages::{Goodbye, Session},
        session::{Limits, welcome},
    },
    time::Timestamp,
};

use crate::random::Random;

/// How many attempts to connect again fall into each 100 ms after a gateway with so many clients is gone: of each client
/// the one after so many that failed. The gateway has asked for a window of a millisecond for each of its clients, as
/// [`welcome`] recommends.
///
/// # Panics
///
/// If a client does not connect, or does not try again.
#[must_use]
pub fn herd(clients: u32, failures: u32, seed: u64) -> Vec<u32> {
    let mut random = Random::new(seed);
    let mut bins = Vec::new();
    let lost_at = Timestamp::from_millis(1_000);
    for _ in 0..clients {
        let options = Options { seed: random.next(), ..Options::default() };
        let mut client = connected(options, clients);
        let mut at = lost_at;
        for _ in 0..=failures {
            client.handle(at, Input::Closed(1006, String::new()));
            while client.poll_output().is_some() {}
            at = client.poll_timeout().expect("a client that lost its gateway tries again");
            client.handle(at, Input::TimedOut);
            let dials = std::iter::from_fn(|| client.poll_output()).any(|output| output == Output::Dial);
            assert!(dials, "the first thing that is due is the attempt");
        }
        let bin = (at.since(lost_at).as_millis() / 100) as usize;
        if bins.len() <= bin {
            bins.resize(bin + 1, 0);
        }
        bins[bin] += 1;
    }
    bins
}

/// How often a client tries to connect within five minutes to a gateway that takes it and closes 50 ms later, with or
/// without a goodbye that asks it to come back at once.
///
/// # Panics
///
/// If the client gives up.
#[must_use]
pub fn attempts_while_cut(goodbye: bool, seed: u64) -> u32 {
    const MINUTES: u64 = 5 * 60_000;
    let mut client = connected(Options { seed, ..Options::default() }, 500);
    let (mut now, mut attempts) = (50, 1);
    while now < MINUTES {
        if goodbye {
            client.handle_frame(Timestamp::from_millis(now), &encode(&Goodbye::default()));
        }
        client.handle(Timestamp::from_millis(now), Input::Closed(1001, String::new()));
        now = client.poll_timeout().expect("a client that was cut tries again").as_millis();
        let at = Timestamp::from_millis(now);
        client.handle(at, Input::TimedOut);
        greet(&mut client, at, 500);
        attempts += 1;
        now += 50;
    }
    attempts
}

fn connected(options: Options, clients: u32) -> Connection {
    let at = Timestamp::from_millis(0);
    let mut client = Connection::new(at, options);
    greet(&mut client, at, clients);
    client
}

/// The handshake of a gateway with so many clients.
fn greet(client: &mut Connection, at: Timestamp, clients: u32) {
    let identity = "websocket.user.00000000-0000-0000-0000-000000000001".parse().expect("it is an address");
    let window = std::time::Duration::from_millis(clients.into());
    client.handle(at, Input::Opened);
    client.handle_frame(at, &welcome(identity, &Limits::default(), window));
    client.handle_frame(at, &encode(&Session { token: vec![1; 16], ..Default::default() }));
    while client.poll_output().is_some() {}
}
