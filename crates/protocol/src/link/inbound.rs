//! The numbers of what comes in, and when to acknowledge them. The same on both sides.

use crate::time::Timestamp;

/// Largest number of a message: what JavaScript's numbers hold exactly.
const MAX_NUMBER: u64 = 1 << 53;
/// So many bytes are acknowledged at once: a sixteenth of what the other side buffers by default.
const ACK_BYTES: usize = 64 << 10;
/// An acknowledgement waits at most so many milliseconds for a message to travel with.
const ACK_DELAY: u64 = 500;

/// What a message's number says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// The one that comes next.
    Next,
    /// It was received before.
    Duplicate,
    /// Others are missing before it, or it is no number at all.
    Jump,
}

/// What was received in this session.
#[derive(Debug, Default)]
pub(super) struct Inbound {
    received: u64,
    /// Messages and bytes not acknowledged so far.
    unacked: u32,
    unacked_bytes: usize,
    /// When to look whether something is left to acknowledge. Acknowledging does not stop it, so that it moves at most
    /// once per [`ACK_DELAY`].
    ack_at: Option<Timestamp>,
}

impl Inbound {
    /// The highest number received.
    pub(super) const fn received(&self) -> u64 {
        self.received
    }

    /// Takes a message's number in. A duplicate is acknowledged again, since the other side has not heard of it.
    pub(super) fn take(&mut self, now: Timestamp, seq: u64, bytes: usize) -> Order {
        if seq > MAX_NUMBER || seq > self.received + 1 || seq == 0 {
            return Order::Jump;
        }
        self.unacked_bytes += bytes;
        self.owe(now);
        if seq <= self.received {
            return Order::Duplicate;
        }
        self.received = seq;
        Order::Next
    }

    /// The number to acknowledge, with a message that goes out now.
    pub(super) fn acknowledge(&mut self) -> u64 {
        self.unacked = 0;
        self.unacked_bytes = 0;
        self.received
    }

    /// There is one more to acknowledge, which perhaps was received before.
    pub(super) fn owe(&mut self, now: Timestamp) {
        self.unacked += 1;
        if self.ack_at.is_none() {
            self.ack_at = Some(now.plus(ACK_DELAY));
        }
    }

    /// Whether a message of its own has to acknowledge now: so many messages are acknowledged at once, however fast they
    /// come.
    pub(super) fn take_ack_due(&mut self, now: Timestamp, messages: u32) -> bool {
        let passed = self.ack_at.is_some_and(|at| at <= now);
        if passed {
            self.ack_at = None;
        }
        self.unacked >= messages || self.unacked_bytes >= ACK_BYTES || (passed && self.unacked > 0)
    }

    /// When to ask [`take_ack_due`](Self::take_ack_due) again.
    pub(super) const fn next_ack(&self) -> Option<Timestamp> {
        self.ack_at
    }

    /// The socket is gone; what was received is told with the next handshake.
    pub(super) fn detach(&mut self) {
        self.acknowledge();
        self.ack_at = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: u64) -> Timestamp {
        Timestamp::from_millis(milliseconds)
    }

    #[test]
    fn numbers_come_one_by_one_and_those_known_are_duplicates() {
        let mut inbound = Inbound::default();
        let mut take = |seq| inbound.take(at(0), seq, 1);
        assert_eq!(
            [take(1), take(2), take(2), take(1)],
            [Order::Next, Order::Next, Order::Duplicate, Order::Duplicate]
        );
        assert_eq!([take(0), take(4), take(u64::MAX)], [Order::Jump; 3]);
        assert_eq!(take(3), Order::Next);
        assert_eq!(inbound.acknowledge(), 3);
    }

    #[test]
    fn a_number_that_javascript_can_not_hold_is_none() {
        let mut inbound = Inbound { received: MAX_NUMBER, ..Inbound::default() };
        assert_eq!(inbound.take(at(0), MAX_NUMBER + 1, 1), Order::Jump);
        assert_eq!(inbound.take(at(0), MAX_NUMBER, 1), Order::Duplicate);
    }

    #[test]
    fn an_acknowledgement_is_due_after_so_many_messages_64_kibibytes_or_half_a_second() {
        let mut inbound = Inbound::default();
        for seq in 1..64 {
            inbound.take(at(0), seq, 1);
            assert!(!inbound.take_ack_due(at(499), 64), "{seq}");
        }
        inbound.take(at(0), 64, 1);
        assert!(inbound.take_ack_due(at(0), 64));
        inbound.acknowledge();
        assert!(!inbound.take_ack_due(at(0), 64));

        inbound.take(at(0), 65, 64 << 10);
        assert!(inbound.take_ack_due(at(0), 64));
        inbound.acknowledge();

        assert_eq!(inbound.next_ack(), Some(at(500)));
        assert!(!inbound.take_ack_due(at(500), 64), "all of it is acknowledged");
        assert_eq!(inbound.next_ack(), None);
        inbound.take(at(600), 66, 1);
        assert!(!inbound.take_ack_due(at(1_099), 64));
        assert!(inbound.take_ack_due(at(1_100), 64));
    }
}
