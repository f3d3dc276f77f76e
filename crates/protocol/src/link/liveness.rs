//! Whether the other side is still there, judged by what it sends and never by a timer alone. The same on both sides.

use std::time::Duration;

use crate::time::{Timestamp, millis};

/// After a wake, silence for so many milliseconds means that the link is lost.
const WAKE_LIMIT: u64 = 2_500;
/// Beyond a heartbeat, the answer to a Ping may take so many milliseconds.
const ANSWER: u64 = 1_000;
/// A timer so many milliseconds late has slept, as in a hidden tab: what came in meanwhile may still wait to be read.
const LATE: u64 = 2_000;
/// Wakes come in bunches (`pageshow`, `resume`, `visibilitychange`, `online`): of those within so many milliseconds, one counts.
const BUNCH: u64 = 1_000;

/// What to do about the link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing.
    Fine,
    /// Send a Ping with this number.
    Ping(u64),
    /// Give the link up.
    Lost,
}

/// Watches one socket.
///
/// ```text
///             silent for `heartbeat`, woken, late: Ping
///  listening ─────────────────────────▶ probing ──silent up to `due`──▶ lost
///      ▲                                   │ ▲ │
///      └─────────── anything came ─────────┘ └─┘ woken, late: Ping
/// ```
#[derive(Debug)]
pub(super) struct Liveness {
    heartbeat: u64,
    heard: Timestamp,
    probing: bool,
    /// When to look again. While listening it moves only when it has come, so that no message moves a timer.
    due: Timestamp,
    /// The last Ping, until it is answered.
    ping: Option<(u64, Timestamp)>,
    last_ping: u64,
    woken: Option<Timestamp>,
}

impl Liveness {
    /// Watches a socket on which something came just now.
    pub(super) fn start(now: Timestamp, heartbeat: Duration) -> Self {
        Self::every(now, millis(heartbeat))
    }

    /// The same with the heartbeat in milliseconds.
    pub(super) fn every(now: Timestamp, heartbeat: u64) -> Self {
        let due = now.plus(heartbeat);
        Self { heartbeat, heard: now, probing: false, due, ping: None, last_ping: 0, woken: None }
    }

    /// Watches the next socket. Wakes come in bunches all the same.
    pub(super) fn go_on(&mut self, now: Timestamp, heartbeat: u64) {
        *self = Self { woken: self.woken, ..Self::every(now, heartbeat) };
    }

    /// Something came.
    pub(super) fn heard(&mut self, now: Timestamp) {
        self.heard = now;
        if self.probing {
            self.probing = false;
            self.due = now.plus(self.heartbeat);
        }
    }

    /// The number of a Ping that goes out now.
    pub(super) fn ping(&mut self, now: Timestamp) -> u64 {
        self.last_ping += 1;
        self.ping = Some((self.last_ping, now));
        self.last_ping
    }

    /// A Pong came: how many milliseconds it took, if it answers the last Ping.
    pub(super) fn pong(&mut self, now: Timestamp, id: u64) -> Option<u64> {
        let (_, sent) = self.ping.take_if(|ping| ping.0 == id)?;
        Some(now.millis_since(sent))
    }

    /// When to call [`check`](Self::check).
    pub(super) const fn next(&self) -> Timestamp {
        self.due
    }

    /// Looks whether it was silent for too long.
    pub(super) fn check(&mut self, now: Timestamp) -> Verdict {
        if now < self.due {
            return Verdict::Fine;
        }
        if !self.probing {
            self.due = self.heard.plus(self.heartbeat);
            if now < self.due {
                return Verdict::Fine;
            }
        }
        if now.millis_since(self.due) > LATE {
            return Verdict::Ping(self.probe(now, now.plus(WAKE_LIMIT)));
        }
        if self.probing {
            return Verdict::Lost;
        }
        // From now on and not from when it should have been: a timer that was a little late leaves the answer its time.
        Verdict::Ping(self.probe(now, now.plus(self.heartbeat.saturating_add(ANSWER))))
    }

    /// Looks at once, because the machine may have slept.
    pub(super) fn wake(&mut self, now: Timestamp) -> Verdict {
        // While nothing was heard since the last one, another must not put off the end.
        if self.woken.is_some_and(|woken| woken >= self.heard || now.millis_since(woken) < BUNCH) {
            if self.ping.is_some() && !self.probing {
                (self.probing, self.due) = (true, now.plus(WAKE_LIMIT));
            }
            return Verdict::Fine;
        }
        self.woken = Some(now);
        Verdict::Ping(self.probe(now, now.plus(WAKE_LIMIT)))
    }

    fn probe(&mut self, now: Timestamp, due: Timestamp) -> u64 {
        self.probing = true;
        self.due = due;
        self.ping(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: u64) -> Timestamp {
        Timestamp::from_millis(milliseconds)
    }

    fn liveness() -> Liveness {
        Liveness::start(at(0), Duration::from_secs(4))
    }

    #[test]
    fn silence_is_probed_after_4_seconds_and_given_up_9_seconds_after_the_last_message() {
        let mut liveness = liveness();
        assert_eq!(liveness.check(at(3_999)), Verdict::Fine);
        assert_eq!(liveness.check(at(4_000)), Verdict::Ping(1));
        assert_eq!(liveness.next(), at(9_000));
        assert_eq!(liveness.check(at(8_999)), Verdict::Fine);
        assert_eq!(liveness.check(at(9_000)), Verdict::Lost);
    }

    #[test]
    fn whatever_comes_proves_the_link_and_moves_no_timer() {
        let mut liveness = liveness();
        liveness.heard(at(3_000));
        assert_eq!(liveness.next(), at(4_000));
        assert_eq!(liveness.check(at(4_000)), Verdict::Fine);
        assert_eq!(liveness.next(), at(7_000));
        assert_eq!(liveness.check(at(7_000)), Verdict::Ping(1));
        liveness.heard(at(7_100));
        assert_eq!(liveness.next(), at(11_100));
        assert_eq!(liveness.check(at(11_100)), Verdict::Ping(2));
    }

    #[test]
    fn a_wake_probes_at_once_and_gives_up_within_two_and_a_half_seconds() {
        let mut liveness = liveness();
        assert_eq!(liveness.wake(at(100)), Verdict::Ping(1));
        assert_eq!(liveness.wake(at(900)), Verdict::Fine, "one of a bunch");
        assert_eq!(liveness.check(at(2_599)), Verdict::Fine);
        assert_eq!(liveness.check(at(2_600)), Verdict::Lost);
    }

    #[test]
    fn wakes_one_after_the_other_keep_no_dead_link() {
        let mut liveness = liveness();
        assert_eq!(liveness.wake(at(100)), Verdict::Ping(1));
        assert_eq!(liveness.wake(at(1_600)), Verdict::Fine);
        assert_eq!(liveness.check(at(2_600)), Verdict::Lost);
    }

    #[test]
    fn a_bunch_of_wakes_goes_on_with_the_next_socket_and_waits_for_the_ping_that_is_on_its_way_there() {
        let mut liveness = liveness();
        assert_eq!(liveness.wake(at(0)), Verdict::Ping(1));
        liveness.go_on(at(100), 4_000);
        let first = liveness.ping(at(100));
        assert_eq!(liveness.wake(at(200)), Verdict::Fine);
        assert_eq!(liveness.check(at(2_700)), Verdict::Lost);

        liveness.go_on(at(800), 4_000);
        liveness.ping(at(800));
        liveness.heard(at(810));
        assert!(liveness.pong(at(810), first).is_some());
        assert_eq!(liveness.wake(at(900)), Verdict::Fine);
        assert_eq!(liveness.check(at(4_799)), Verdict::Fine);
        assert_eq!(liveness.wake(at(4_800)), Verdict::Ping(2));
    }

    #[test]
    fn a_timer_that_slept_is_a_wake_and_never_a_death() {
        let mut liveness = liveness();
        assert_eq!(liveness.check(at(60_000)), Verdict::Ping(1));
        assert_eq!(liveness.next(), at(62_500));
        assert_eq!(liveness.check(at(120_000)), Verdict::Ping(2));
        liveness.heard(at(120_001));
        assert_eq!(liveness.check(at(122_500)), Verdict::Fine);
    }

    #[test]
    fn the_timers_of_a_hidden_tab_which_are_a_second_late_leave_an_answer_its_time() {
        let mut liveness = Liveness::start(at(0), Duration::from_millis(200));
        assert_eq!(liveness.check(at(1_200)), Verdict::Ping(1));
        assert_eq!(liveness.check(at(2_399)), Verdict::Fine);
        assert_eq!(liveness.check(at(2_400)), Verdict::Lost);
    }

    #[test]
    fn only_the_last_ping_is_a_round_trip_and_only_once() {
        let mut liveness = liveness();
        let first = liveness.ping(at(0));
        let second = liveness.ping(at(10));
        assert_eq!(liveness.pong(at(30), first), None);
        assert_eq!(liveness.pong(at(30), second), Some(20));
        assert_eq!(liveness.pong(at(40), second), None);
    }
}
