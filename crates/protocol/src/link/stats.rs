//! What a connection has counted, and how long its link takes.

use std::time::Duration;

/// Figures of one connection since it was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Messages transmitted, each counted once.
    pub sent: u64,
    /// Messages received, each counted once.
    pub received: u64,
    /// Transmissions of messages that had been transmitted before.
    pub resent: u64,
    /// Messages that came again and were dropped.
    pub duplicates: u64,
    /// Gaps reported.
    pub gaps: u64,
    /// Messages that those gaps are known to stand for.
    pub missed: u64,
    /// Messages dropped because the queue was full.
    pub dropped: u64,
    /// Messages that wait to be sent or acknowledged.
    pub queued: usize,
    /// Their bytes.
    pub buffered_bytes: usize,
    /// The last round trip.
    pub rtt: Option<Duration>,
    /// Median of the last 32 round trips.
    pub rtt_p50: Option<Duration>,
    /// What 95 % of them did not exceed.
    pub rtt_p95: Option<Duration>,
    /// Times connected again.
    pub reconnects: u64,
    /// Those of them that went on with the session of before.
    pub resumes: u64,
}

/// How many round trips are remembered.
const SAMPLES: usize = 32;

/// The last round trips.
#[derive(Debug, Default)]
pub(super) struct RoundTrips {
    /// Milliseconds; the first `count` are filled.
    samples: [u32; SAMPLES],
    count: usize,
    /// Where the next one goes.
    next: usize,
}

impl RoundTrips {
    /// Remembers one that took so many milliseconds.
    pub(super) fn add(&mut self, took: u64) {
        self.samples[self.next] = took as u32;
        self.next = (self.next + 1) % SAMPLES;
        self.count = (self.count + 1).min(SAMPLES);
    }

    pub(super) fn last(&self) -> Option<Duration> {
        let last = (self.next + SAMPLES - 1) % SAMPLES;
        (self.count > 0).then(|| milliseconds(self.samples[last]))
    }

    /// The smallest sample that `percent` of all don't exceed. Counting is less code than sorting.
    pub(super) fn percentile(&self, percent: usize) -> Option<Duration> {
        let samples = &self.samples[..self.count];
        let enough =
            |limit: u32| samples.iter().filter(|&&each| each <= limit).count() * 100 >= percent * self.count;
        samples.iter().copied().filter(|&each| enough(each)).min().map(milliseconds)
    }
}

fn milliseconds(number: u32) -> Duration {
    Duration::from_millis(number.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(samples: impl IntoIterator<Item = u64>) -> [Option<u64>; 3] {
        let mut trips = RoundTrips::default();
        for each in samples {
            trips.add(each);
        }
        [trips.last(), trips.percentile(50), trips.percentile(95)]
            .map(|each| each.map(|each| each.as_millis() as u64))
    }

    #[test]
    fn percentiles_are_taken_of_the_last_32_round_trips() {
        assert_eq!(after([]), [None; 3]);
        assert_eq!(after([7]), [Some(7); 3]);
        assert_eq!(after(1..=20), [Some(20), Some(10), Some(19)]);
        assert_eq!(after((1..=32).map(|_| 9_000).chain(1..=32)), [Some(32), Some(16), Some(31)]);
    }
}
