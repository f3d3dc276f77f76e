//! What the gateway sends, numbered, and kept until it is acknowledged or there is no room for it.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use bytes::Bytes;
use prost::Name;

use super::{
    Limits,
    gaps::{Content, Gaps, Positions},
};
use crate::{
    link::{frame::encode, messages::Missing},
    time::Timestamp,
};

#[derive(Debug)]
struct Entry {
    content: Content,
    /// The frame, not numbered; receivers of one message share it.
    frame: Bytes,
    at: Timestamp,
}

/// The buffer.
///
/// Numbers `acked + 1 ..` belong, in this order, to `evicted` and `entries`. They are fixed as long as a socket lasts: on
/// the next one the client says what it has received, and what it has not received is numbered anew, behind a Gap if
/// something of it is gone.
#[derive(Debug)]
pub(super) struct Replay {
    limits: (usize, usize, Duration),
    /// The highest number acknowledged.
    acked: u64,
    /// What was transmitted and made room for others; whether the client has it will turn out.
    evicted: VecDeque<Content>,
    entries: VecDeque<Entry>,
    /// Entries transmitted since the client came last.
    sent: usize,
    bytes: usize,
    /// What was never transmitted, or not received, and made room for others.
    gaps: Gaps,
    positions: Positions,
}

impl Replay {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            limits: (limits.replay_messages.max(1), limits.replay_bytes, limits.retention),
            acked: 0,
            evicted: VecDeque::new(),
            entries: VecDeque::new(),
            sent: 0,
            bytes: 0,
            gaps: Gaps::default(),
            positions: Positions::default(),
        }
    }

    /// Takes a message of a topic, and says its position there; `None` if there are more topics than can be counted.
    pub(super) fn push_topic(&mut self, now: Timestamp, topic: &Arc<str>, frame: Bytes) -> Option<u64> {
        let Self { evicted, entries, gaps, positions, .. } = self;
        let in_use = || {
            let waiting = evicted.iter().chain(entries.iter().map(|entry| &entry.content));
            waiting.filter_map(Content::topic).chain(gaps.topics())
        };
        let position = positions.next(topic, in_use)?;
        self.push(now, Content::Topic(Arc::clone(topic), position), frame);
        Some(position)
    }

    /// Leaves out positions of a topic, as [`Positions::skip`] does.
    pub(super) fn skip(&mut self, topic: &Arc<str>, count: u64) -> Option<u64> {
        self.positions.skip(topic, count)
    }

    pub(super) fn push_message<M: Name>(&mut self, now: Timestamp, content: Content, message: &M) {
        self.push(now, content, encode(message).into());
    }

    fn push(&mut self, at: Timestamp, content: Content, frame: Bytes) {
        self.bytes += frame.len();
        self.entries.push_back(Entry { content, frame, at });
    }

    /// The next frame to transmit, not numbered, and what it is.
    pub(super) fn peek(&self) -> Option<(&Bytes, &Content)> {
        self.entries.get(self.sent).map(|entry| (&entry.frame, &entry.content))
    }

    /// The next frame to transmit and its number.
    pub(super) fn next(&mut self) -> Option<(u64, Bytes)> {
        let entry = self.entries.get(self.sent)?;
        self.sent += 1;
        Some((self.acked + self.sent as u64, entry.frame.clone()))
    }

    /// Forgets what a connected client has received: how much that is, or `None` if it can't have received that.
    pub(super) fn acknowledge(&mut self, ack: u64) -> Option<usize> {
        if ack > self.acked + self.sent as u64 {
            return None;
        }
        let count = ack.saturating_sub(self.acked) as usize;
        for _ in 0..count {
            self.pop();
        }
        self.sent -= count;
        self.acked += count as u64;
        Some(count)
    }

    /// Whether a connected client leaves too much unacknowledged. It may be twice of what is kept for one that is away, so
    /// that one that comes back to a full buffer has time to read it.
    pub(super) fn is_overfull(&self) -> bool {
        let (count, bytes, _) = self.limits;
        self.entries.len() > count.saturating_mul(2)
            || (self.entries.len() > 1 && self.bytes > bytes.saturating_mul(2))
    }

    /// Messages not acknowledged, and the bytes of those that can be transmitted again.
    pub(super) fn held(&self) -> (usize, usize) {
        (self.evicted.len() + self.entries.len(), self.bytes)
    }

    /// Makes room while the client is away: the oldest goes.
    pub(super) fn trim(&mut self, now: Timestamp) {
        let (count, bytes, retention) = self.limits;
        while let Some(oldest) = self.entries.front()
            && (self.entries.len() > count
                || (self.entries.len() > 1 && self.bytes > bytes)
                || now > oldest.at.after(retention))
        {
            let Some(content) = self.pop() else { return };
            if self.sent > 0 {
                self.sent -= 1;
                self.evicted.push_back(content);
            } else {
                self.gaps.add(content);
            }
        }
    }

    /// The client is back and has received so much; `None` if it can't have. What it has not received will be transmitted
    /// again, from the next number on; returns what can't be.
    pub(super) fn attach(&mut self, now: Timestamp, received: u64) -> Option<Vec<Missing>> {
        let transmitted = self.evicted.len() + self.sent;
        if received < self.acked || received > self.acked + transmitted as u64 {
            return None;
        }
        let count = (received - self.acked) as usize;
        let evicted = count.min(self.evicted.len());
        self.evicted.drain(..evicted);
        for content in self.evicted.drain(..) {
            self.gaps.add(content);
        }
        for _ in evicted..count {
            self.pop();
        }
        self.acked = received;
        self.sent = 0;
        self.trim(now);
        let Some(gap) = self.gaps.take() else { return Some(Vec::new()) };
        let missing = gap.missing.clone();
        let frame = Bytes::from(encode(&gap));
        self.bytes += frame.len();
        self.entries.push_front(Entry { content: Content::Gap(Box::new(gap)), frame, at: now });
        Some(missing)
    }

    fn pop(&mut self) -> Option<Content> {
        let entry = self.entries.pop_front()?;
        self.bytes -= entry.frame.len();
        Some(entry.content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::{frame::payload, messages};
    use prost::Message as _;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    struct Bench {
        replay: Replay,
        topic: Arc<str>,
    }

    /// Keeps three messages of one byte each.
    fn bench() -> Bench {
        let limits = Limits { replay_messages: 3, replay_bytes: 100, ..Limits::default() };
        Bench { replay: Replay::new(&limits), topic: "t".into() }
    }

    impl Bench {
        fn push(&mut self, contents: impl IntoIterator<Item = u8>) {
            for content in contents {
                assert!(self.replay.push_topic(at(0), &self.topic, Bytes::from(vec![content])).is_some());
            }
        }

        /// Numbers and contents of all that is left to transmit; a gap as its first and last position.
        fn rest(&mut self) -> Vec<(u64, Vec<u64>)> {
            let content = |frame: &[u8]| match frame {
                [one] => vec![u64::from(*one)],
                _ => {
                    let gap = messages::Gap::decode(payload(frame).unwrap().value).unwrap();
                    let [Missing { first, last, count, .. }] = gap.missing[..] else { panic!("{gap:?}") };
                    assert_eq!(count, last - first + 1);
                    vec![first, last]
                }
            };
            std::iter::from_fn(|| self.replay.next()).map(|(seq, frame)| (seq, content(&frame))).collect()
        }
    }

    fn one_by_one(numbers: std::ops::RangeInclusive<u64>) -> Vec<(u64, Vec<u64>)> {
        numbers.map(|number| (number, vec![number])).collect()
    }

    #[test]
    fn what_the_client_has_not_received_is_transmitted_again_from_there() {
        let mut bench = bench();
        bench.push(1..=3);
        assert_eq!(bench.rest(), one_by_one(1..=3));
        assert_eq!(bench.replay.acknowledge(1), Some(1));
        assert!(bench.replay.attach(at(0), 2).is_some());
        assert_eq!(bench.rest(), one_by_one(3..=3));
        assert!(bench.replay.attach(at(0), 2).is_some(), "the socket was lost before anything came");
        assert_eq!(bench.rest(), one_by_one(3..=3));
    }

    #[test]
    fn what_had_to_go_is_a_gap_before_what_is_left() {
        let mut bench = bench();
        bench.push(1..=5);
        bench.replay.trim(at(0));
        assert!(bench.replay.attach(at(0), 0).is_some());
        assert_eq!(bench.rest(), [(1, vec![1, 2]), (2, vec![3]), (3, vec![4]), (4, vec![5])]);
    }

    #[test]
    fn what_had_to_go_but_was_received_is_no_gap() {
        for received in 0..=4 {
            let mut bench = bench();
            bench.push(1..=4);
            bench.rest();
            bench.push(5..=7);
            bench.replay.trim(at(0));
            assert!(bench.replay.attach(at(0), received).is_some());
            let mut expected = vec![5, 6, 7];
            let rest = bench.rest();
            let contents: Vec<_> = rest.iter().map(|(_, content)| content.clone()).collect();
            let mut all: Vec<Vec<u64>> = expected.drain(..).map(|each| vec![each]).collect();
            if received < 4 {
                all.insert(0, vec![received + 1, 4]);
            }
            assert_eq!(contents, all, "received {received}");
            let numbers: Vec<_> = rest.iter().map(|(seq, _)| *seq).collect();
            assert_eq!(numbers, (received + 1..).take(all.len()).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_gap_that_is_lost_with_what_follows_it_is_one_gap_the_next_time() {
        let mut bench = bench();
        bench.push(1..=5);
        bench.replay.trim(at(0));
        assert!(bench.replay.attach(at(0), 0).is_some());
        bench.rest();
        bench.push(6..=8);
        bench.replay.trim(at(0));
        assert!(bench.replay.attach(at(0), 0).is_some());
        assert_eq!(bench.rest(), [(1, vec![1, 5]), (2, vec![6]), (3, vec![7]), (4, vec![8])]);
        assert!(bench.replay.attach(at(0), 1).is_some(), "the gap was received");
        bench.push(9..=9);
        assert_eq!(bench.rest(), [(2, vec![6]), (3, vec![7]), (4, vec![8]), (5, vec![9])]);
    }

    #[test]
    fn what_is_too_old_or_takes_too_many_bytes_has_to_go() {
        let mut bench = bench();
        bench.push([1]);
        bench.replay.trim(at(120));
        bench.push([2]);
        bench.replay.trim(at(121));
        assert!(bench.replay.attach(at(121), 0).is_some());
        assert_eq!(bench.rest(), [(1, vec![1, 2])]);

        let mut bench = self::bench();
        let topic = Arc::clone(&bench.topic);
        bench.replay.push_topic(at(0), &topic, Bytes::from(vec![0; 1_000]));
        bench.replay.trim(at(0));
        assert!(!bench.replay.is_overfull(), "one may have any size");
        bench.push([2]);
        assert!(bench.replay.is_overfull());
        bench.replay.trim(at(0));
        assert!(bench.replay.attach(at(0), 0).is_some());
        assert_eq!(bench.rest(), [(1, vec![1, 1]), (2, vec![2])]);
    }

    #[test]
    fn what_can_not_have_been_received_is_refused() {
        let mut bench = bench();
        bench.push(1..=3);
        bench.replay.next();
        assert_eq!(bench.replay.acknowledge(2), None);
        assert_eq!(bench.replay.acknowledge(u64::MAX), None);
        assert!(bench.replay.attach(at(0), 2).is_none());
        assert_eq!(bench.replay.acknowledge(1), Some(1));
        assert_eq!(bench.replay.acknowledge(0), Some(0));
        assert!(bench.replay.attach(at(0), 0).is_none());
    }

    #[test]
    fn a_connected_client_may_leave_twice_as_much_unacknowledged() {
        let mut bench = bench();
        bench.push(1..=6);
        assert!(!bench.replay.is_overfull());
        bench.push([7]);
        assert!(bench.replay.is_overfull());
    }
}
