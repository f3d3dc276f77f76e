//! Both sides of the link, joined by a network that fails, under a fake clock.
//!
//! [`simulate`] runs one seed: clients with an application that asks for things at random, a gateway with a bus and
//! services, and faults of every kind. What the link promises is checked at every step; at the end the network becomes
//! quiet, and everything has to arrive. Equal seeds give equal runs, and [`replay`] tells what happens in one.
//!
//! It drives the state machines of `tera_protocol::link` alone: no sockets, no bytes of the websocket protocol, and no
//! browser.

mod application;
mod breach;
mod bus;
mod client;
mod content;
mod driver;
mod faults;
mod figures;
mod gateway;
mod herd;
mod hostile;
mod ledger;
mod network;
mod operations;
mod plan;
mod random;
mod run;
mod work;
mod world;

pub use figures::Figures;
pub use herd::{attempts_while_cut, herd};

use world::World;

/// What became of one seed.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What was counted.
    pub figures: Figures,
    /// The first promise that was found broken.
    pub breach: Option<String>,
    /// What happened, line by line, each with the milliseconds since the run began; `None` unless it is a replay.
    pub transcript: Option<Vec<String>>,
}

/// One seed in so many is of a peer that breaks every rule.
const HOSTILE: u64 = 16;

/// Runs one seed.
#[must_use]
pub fn simulate(seed: u64) -> Outcome {
    run(seed, false)
}

/// Runs one seed and writes down what happens.
#[must_use]
pub fn replay(seed: u64) -> Outcome {
    run(seed, true)
}

fn run(seed: u64, is_replay: bool) -> Outcome {
    if seed % HOSTILE != HOSTILE - 1 {
        return World::new(seed, is_replay).run();
    }
    let mut transcript = is_replay.then(Vec::new);
    let breach = hostile::run(seed, &mut transcript).err().map(|breach| breach.text);
    let figures = Figures { seeds: 1, failed: u64::from(breach.is_some()), ..Figures::default() };
    Outcome { figures, breach, transcript }
}
