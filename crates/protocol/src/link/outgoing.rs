//! What the client sends, numbered and kept until it is acknowledged.

use std::mem;

use super::RequestId;

/// What an entry is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A message that asks for no answer.
    Send,
    /// A request; without anybody who waits for it, if it is the connection's own.
    Request(RequestId),
    /// The end of a request.
    Cancel,
}

#[derive(Debug)]
pub(super) struct Entry {
    /// The frame, not numbered.
    frame: Vec<u8>,
    pub(super) purpose: Purpose,
}

/// The queue. `sent <= tried <= entries.len()`; all three count from the front.
#[derive(Debug, Default)]
pub(super) struct Outgoing {
    entries: Vec<Entry>,
    bytes: usize,
    /// The number acknowledged last: the first entry's is the next one.
    acked: u64,
    /// Entries that were transmitted, on whatever socket: their numbers are fixed.
    tried: usize,
    /// Those of them that were transmitted on this socket.
    sent: usize,
}

impl Outgoing {
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Bytes not acknowledged so far.
    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether one more of this size is too many. An empty queue takes any size.
    pub(super) fn is_full(&self, bytes: usize, max_count: usize, max_bytes: usize) -> bool {
        let some = !self.entries.is_empty();
        self.entries.len() >= max_count || (some && self.bytes.saturating_add(bytes) > max_bytes)
    }

    pub(super) fn push(&mut self, purpose: Purpose, frame: Vec<u8>) {
        self.insert(self.entries.len(), purpose, frame);
    }

    /// Puts an entry before others that were never transmitted: behind `ahead` of them.
    pub(super) fn push_ahead(&mut self, ahead: usize, purpose: Purpose, frame: Vec<u8>) {
        self.insert(self.tried + ahead, purpose, frame);
    }

    fn insert(&mut self, index: usize, purpose: Purpose, frame: Vec<u8>) {
        self.bytes += frame.len();
        self.entries.insert(index, Entry { frame, purpose });
    }

    /// Whether something is left to transmit on this socket, with at most `window` entries under way.
    pub(super) fn has_next(&self, window: usize) -> bool {
        self.sent < self.entries.len().min(window)
    }

    /// The next entry to transmit: its number, its frame, and whether it was transmitted before.
    pub(super) fn next(&mut self) -> Option<(u64, &[u8], bool)> {
        let entry = self.entries.get(self.sent)?;
        self.sent += 1;
        let again = self.sent <= self.tried;
        self.tried = self.tried.max(self.sent);
        Some((self.acked + self.sent as u64, &entry.frame, again))
    }

    /// Forgets what the other side has received; false if it can't have received that.
    pub(super) fn acknowledge(&mut self, ack: u64) -> bool {
        if ack > self.acked + self.tried as u64 {
            return false;
        }
        let count = ack.saturating_sub(self.acked) as usize;
        let mut left = count;
        self.entries.retain(|entry| {
            let stays = left == 0;
            if !stays {
                left -= 1;
                self.bytes -= entry.frame.len();
            }
            stays
        });
        self.tried -= count;
        self.sent = self.sent.saturating_sub(count);
        self.acked += count as u64;
        true
    }

    /// The socket is gone.
    pub(super) fn rewind(&mut self) {
        self.sent = 0;
    }

    /// What the other side must have received at least, when it says what it has.
    pub(super) const fn acked(&self) -> u64 {
        self.acked
    }

    /// Takes out the first entry that was never transmitted and for which this holds.
    pub(super) fn take_untried(&mut self, mut which: impl FnMut(&Entry) -> bool) -> Option<Entry> {
        let offset = self.entries[self.tried..].iter().position(&mut which)?;
        let entry = self.entries.remove(self.tried + offset);
        self.bytes -= entry.frame.len();
        Some(entry)
    }

    /// Whether this request waits to be transmitted for the first time.
    pub(super) fn holds_untried(&self, id: RequestId) -> bool {
        self.entries[self.tried..].iter().any(|entry| entry.purpose == Purpose::Request(id))
    }

    /// The session is gone: forgets what was transmitted in it and what refers to it. Numbers start over. True if there
    /// were messages whose fate is unknown.
    pub(super) fn start_over(&mut self) -> bool {
        let mut uncertain = false;
        let before = mem::take(self);
        for (index, entry) in before.entries.into_iter().enumerate() {
            if index < before.tried {
                uncertain |= entry.purpose == Purpose::Send;
            } else if entry.purpose != Purpose::Cancel {
                self.push(entry.purpose, entry.frame);
            }
        }
        uncertain
    }
}

impl Entry {
    pub(super) fn len(&self) -> usize {
        self.frame.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A queue of requests 1 to `count`, the first `sent` of them transmitted.
    fn queue(count: u64, sent: usize) -> Outgoing {
        let mut outgoing = Outgoing::default();
        for id in 1..=count {
            outgoing.push(Purpose::Request(RequestId(id)), vec![id as u8]);
        }
        for _ in 0..sent {
            outgoing.next();
        }
        outgoing
    }

    /// Number, content and whether it goes out again, of all that is left to transmit.
    fn rest(outgoing: &mut Outgoing) -> Vec<(u64, u8, bool)> {
        std::iter::from_fn(|| outgoing.next().map(|(seq, frame, again)| (seq, frame[0], again))).collect()
    }

    #[test]
    fn after_a_new_socket_what_is_not_acknowledged_keeps_its_number_and_new_entries_follow() {
        let mut outgoing = queue(4, 3);
        assert!(outgoing.acknowledge(1));
        outgoing.rewind();
        assert_eq!(rest(&mut outgoing), [(2, 2, true), (3, 3, true), (4, 4, false)]);
        assert_eq!((outgoing.len(), outgoing.bytes()), (3, 3));
        assert!(outgoing.acknowledge(4));
        assert_eq!((outgoing.len(), outgoing.bytes()), (0, 0));
    }

    #[test]
    fn an_acknowledgement_from_the_past_is_nothing_and_one_from_the_future_is_refused() {
        let mut outgoing = queue(3, 2);
        assert!(outgoing.acknowledge(2));
        assert!(outgoing.acknowledge(1));
        assert!(!outgoing.acknowledge(3));
        assert!(!outgoing.acknowledge(u64::MAX));
        assert_eq!(rest(&mut outgoing), [(3, 3, false)]);
    }

    #[test]
    fn only_what_was_never_transmitted_can_be_taken_out() {
        let mut outgoing = queue(3, 1);
        let is = |id| move |entry: &Entry| entry.purpose == Purpose::Request(RequestId(id));
        assert!(outgoing.take_untried(is(1)).is_none());
        assert!(outgoing.take_untried(is(2)).is_some());
        assert_eq!(rest(&mut outgoing), [(2, 3, false)]);
    }

    #[test]
    fn a_lost_session_takes_with_it_what_was_transmitted_and_cancels() {
        let mut outgoing = queue(3, 2);
        outgoing.push(Purpose::Cancel, vec![9]);
        assert!(!outgoing.start_over());
        outgoing.push_ahead(0, Purpose::Send, vec![8]);
        assert_eq!(outgoing.bytes(), 2);
        assert_eq!(rest(&mut outgoing), [(1, 8, false), (2, 3, false)]);
        assert!(outgoing.start_over());
    }

    #[test]
    fn the_queue_is_bounded_by_count_and_bytes_and_an_empty_one_takes_any_size() {
        let outgoing = queue(2, 0);
        assert!(outgoing.is_full(1, 2, 100));
        assert!(!outgoing.is_full(1, 3, 3));
        assert!(outgoing.is_full(2, 3, 3));
        assert!(!Outgoing::default().is_full(1_000, 1, 10));
    }
}
