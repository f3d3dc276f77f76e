//! What one seed is like: limits, delays, and which kinds of faults it has.

use std::time::Duration;

use tera_protocol::link::{
    Options, Overflow,
    session::{Kept, Limits},
};

use crate::random::Random;

/// Something that goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A connection is lost at some byte of what is on its way in each direction.
    Cut,
    /// A connection carries nothing any more and nobody is told.
    HalfOpen,
    /// What is on its way takes longer.
    Delay,
    /// Somebody says a client's last Hello again on another socket.
    Ghost,
    /// The gateway starts again and knows no session.
    Restart,
    /// Nothing happens until sessions run out.
    Absence,
    /// The gateway asks for a moment's absence.
    Goodbye,
    /// The bus is lost, or comes back.
    Bus,
    /// A client's machine or the gateway's stands still.
    Sleep,
    /// A clock jumps ahead.
    Jump,
    /// The system says that there is no network, or that there is again.
    Offline,
    /// The application puts the page aside.
    Suspend,
    /// `pageshow` and the like.
    Wake,
    /// A client's timers come late.
    Throttle,
    /// No URL can be had, or nobody answers the attempt to connect.
    Dial,
    /// A client reads slowly.
    Slow,
    /// One side says bytes that mean nothing.
    Garbage,
    /// A message arrives twice.
    Echo,
    /// The queue between the bus and a session has no room.
    Overflow,
}

/// All kinds.
const FAULTS: [Fault; 19] = [
    Fault::Cut,
    Fault::HalfOpen,
    Fault::Delay,
    Fault::Ghost,
    Fault::Restart,
    Fault::Absence,
    Fault::Goodbye,
    Fault::Bus,
    Fault::Sleep,
    Fault::Jump,
    Fault::Offline,
    Fault::Suspend,
    Fault::Wake,
    Fault::Throttle,
    Fault::Dial,
    Fault::Slow,
    Fault::Garbage,
    Fault::Echo,
    Fault::Overflow,
];

/// The plan of a seed.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) clients: usize,
    /// Traffic and faults, until the network becomes quiet.
    pub(crate) actions: u64,
    pub(crate) limits: Limits,
    pub(crate) kept: Kept,
    pub(crate) options: Options,
    /// The kinds of this seed: with few at a time, each gets far.
    pub(crate) faults: Vec<Fault>,
    /// How many of a hundred actions are faults.
    pub(crate) fault_percent: u64,
    /// How long a message takes, in milliseconds.
    pub(crate) latency: (u64, u64),
    /// How many frames the gateway writes before the socket says that it is full.
    pub(crate) capacity: usize,
    /// The longest pause between two actions, in milliseconds.
    pub(crate) pause: u64,
    /// How many of a hundred requests nobody answers.
    pub(crate) unanswered: u64,
}

impl Plan {
    pub(crate) fn new(random: &mut Random) -> Self {
        let kinds = random.between(1, 4);
        let retention = Duration::from_secs(random.pick(&[3, 10, 120]));
        Self {
            clients: if random.percent(20) { 2 } else { 1 },
            actions: random.between(20, 70),
            limits: limits(random, retention),
            kept: Kept { retention, per_identity: random.between(1, 4) as usize, total: 4 },
            options: options(random),
            faults: (0..kinds).map(|_| random.pick(&FAULTS)).collect(),
            fault_percent: random.pick(&[5, 15, 30]),
            latency: random.pick(&[(0, 0), (1, 20), (5, 80), (20, 400)]),
            capacity: random.pick(&[2, 4, 64]),
            pause: random.pick(&[20, 200, 1_500]),
            unanswered: random.pick(&[0, 10, 40]),
        }
    }

    pub(crate) fn has(&self, fault: Fault) -> bool {
        self.faults.contains(&fault)
    }
}

fn limits(random: &mut Random, retention: Duration) -> Limits {
    Limits {
        max_frame_bytes: random.pick(&[600, 1 << 20]),
        messages_per_second: random.pick(&[20, 200]),
        burst: random.pick(&[12, 400]),
        pending_requests: random.pick(&[2, 8, 256]),
        heartbeat: Duration::from_secs(random.pick(&[1, 4])),
        replay_messages: random.pick(&[2, 6, 20, 100, 4096, 4096]),
        replay_bytes: random.pick(&[300, 2_000, 1 << 20, 1 << 20]),
        retention,
        ..Limits::default()
    }
}

fn options(random: &mut Random) -> Options {
    Options {
        request_timeout: Duration::from_millis(random.pick(&[700, 3_000, 20_000])),
        connect_timeout: Duration::from_millis(random.pick(&[2_000, 10_000])),
        retry_base: Duration::from_millis(random.pick(&[100, 500])),
        retry_cap: Duration::from_millis(random.pick(&[1_000, 5_000])),
        max_in_flight: random.pick(&[2, 8, 256]),
        max_queued: random.pick(&[2, 8, 1024]),
        max_queued_bytes: random.pick(&[400, 4 << 20]),
        overflow: random.pick(&[Overflow::Reject, Overflow::DropOldest, Overflow::DropNewest]),
        seed: random.next(),
        ..Options::default()
    }
}
