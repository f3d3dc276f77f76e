//! Queues of jobs: each job goes to one consumer, and to others if that one fails.
//!
//! Delivery is at least once. A job that was handed out stays with its consumer until that acknowledges it, gives it
//! back, leaves or is away for too long; then it is handed out again, before newer ones. A job that was handed out often
//! enough goes to the queue's dead letters, `<queue>.dead`, a queue like any other, except that its jobs are handed out
//! for ever. First deliveries are in the order of production.

use std::{fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::{
    sync::Notify,
    time::{Instant, sleep_until},
};

use super::{BusError, BusFuture, consumers::Consumers};

/// What a queue of dead letters has at the end of its name.
const DEAD: &str = ".dead";

/// How a queue deals with its jobs. All who use a queue should use it with the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueuePolicy {
    /// How long a consumer may be away, or its gateway gone, before its jobs go to others.
    pub ack_timeout: Duration,
    /// How often a job is handed out, at most; 1 at least. Dead letters know no such bound.
    pub max_attempts: u32,
    /// How many jobs the queue holds, those that are handed out included. More are not taken; of as many dead letters the
    /// oldest goes.
    pub max_jobs: usize,
}

/// A job for one consumer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// The queue that it comes from.
    pub queue: Arc<str>,
    /// Its name among those of its queue, the same at each attempt.
    pub id: String,
    /// How often it has been handed out, this time included.
    pub attempt: u32,
    /// What was produced.
    pub item: Bytes,
}

/// Producing and consuming.
pub trait Queues {
    /// Appends a job to a queue and returns its id; `None`, and nothing happens, if the queue holds `max_jobs`.
    ///
    /// # Errors
    ///
    /// The bus is lost. The job may have been appended all the same if the error is [uncertain](BusError::is_uncertain).
    fn produce<'a>(&'a self, queue: &'a str, item: Bytes, max_jobs: usize) -> BusFuture<'a, Option<String>>;

    /// Finds out whether there is or can be a queue of this name.
    ///
    /// # Errors
    ///
    /// There can't, or the bus is lost.
    fn check<'a>(&'a self, queue: &'a str) -> BusFuture<'a, ()>;

    /// A consumer, of nothing yet.
    fn consumer(&self) -> Consumer;
}

/// What a bus does for the [`Consumers`] of this process.
pub(super) trait Backend: fmt::Debug + Send + Sync {
    /// Consumers have room for jobs, or have given some back.
    fn changed(&self);

    /// Ends a job; false if it is not this consumer's any more.
    fn acknowledge<'a>(&'a self, consumer: u64, queue: &'a str, id: &'a str) -> BusFuture<'a, bool>;

    /// Puts all [returned](Consumers::take_returned) jobs into their queues. Those that it can't, it keeps for later.
    fn put_back(&self) -> BusFuture<'_, ()>;
}

/// Somebody who does jobs. Dropping it gives back what it has not acknowledged.
#[derive(Debug)]
pub struct Consumer {
    id: u64,
    wake: Arc<Notify>,
    consumers: Arc<Consumers>,
    backend: Arc<dyn Backend>,
}

impl Consumer {
    pub(super) fn new(consumers: Arc<Consumers>, backend: Arc<dyn Backend>) -> Self {
        let (id, wake) = consumers.join();
        Self { id, wake, consumers, backend }
    }

    /// Takes jobs of a queue from now on, of which at most `prefetch`, 1 at least, are unacknowledged at a time. Asking
    /// again changes the number.
    pub fn consume(&self, queue: &str, prefetch: usize, policy: QueuePolicy) {
        let max_attempts = if queue.ends_with(DEAD) { u32::MAX } else { policy.max_attempts.max(1) };
        self.consumers.consume(self.id, queue, prefetch.max(1), QueuePolicy { max_attempts, ..policy });
        self.backend.changed();
    }

    /// Takes no more of a queue, and gives back what is unacknowledged of it.
    ///
    /// # Errors
    ///
    /// The bus is lost; what was to be given back will be when it is found.
    pub async fn stop(&self, queue: &str) -> Result<(), BusError> {
        self.consumers.stop(self.id, queue);
        self.backend.put_back().await
    }

    /// Waits for the next job. Cancel-safe.
    pub async fn next(&self) -> Job {
        // Who has been away for too long stays so while the bus is lost: each moment is told once.
        let mut told = None;
        loop {
            let (job, silence) = self.consumers.next(self.id, told);
            if let Some(job) = job {
                return job;
            }
            let moment = silence.unwrap_or_else(|| Instant::now() + Duration::from_secs(3600));
            tokio::select! {
                () = self.wake.notified() => {}
                () = sleep_until(moment) => {
                    told = silence.or(told);
                    self.backend.changed();
                }
            }
        }
    }

    /// A job is done; false if this consumer does not have it, or not any more.
    ///
    /// # Errors
    ///
    /// The bus is lost. The job may be ended or not; asking again tells.
    pub async fn ack(&self, queue: &str, id: &str) -> Result<bool, BusError> {
        if !self.holds(queue, id) {
            return Ok(false);
        }
        let acknowledged = self.backend.acknowledge(self.id, queue, id).await?;
        self.consumers.take(self.id, queue, id);
        self.backend.changed();
        Ok(acknowledged)
    }

    /// Gives a job back, to be handed out again at once; false if this consumer does not have it.
    ///
    /// # Errors
    ///
    /// The bus is lost; the job will be given back when it is found.
    pub async fn nack(&self, queue: &str, id: &str) -> Result<bool, BusError> {
        let is_held = self.consumers.give_back(self.id, queue, id);
        self.backend.put_back().await.map(|()| is_held)
    }

    /// Whether this consumer has a job.
    #[must_use]
    pub fn holds(&self, queue: &str, id: &str) -> bool {
        self.consumers.holds(self.id, queue, id)
    }

    /// Gives a job back as [`nack`](Self::nack) does, without waiting for it to be done.
    pub fn give_back(&self, queue: &str, id: &str) {
        self.consumers.give_back(self.id, queue, id);
        self.backend.changed();
    }

    /// Says whether the consumer is there. While it is away it gets no jobs, and keeps those it has for as long as
    /// [`QueuePolicy::ack_timeout`].
    pub fn set_away(&self, is_away: bool) {
        self.consumers.set_away(self.id, is_away);
        self.backend.changed();
    }

    /// Leaves: gives everything back, and waits until that is done.
    ///
    /// # Errors
    ///
    /// The bus is lost; what was to be given back will be when it is found.
    pub async fn close(&self) -> Result<(), BusError> {
        self.consumers.leave(self.id);
        self.backend.put_back().await
    }
}

impl Drop for Consumer {
    fn drop(&mut self) {
        self.consumers.leave(self.id);
        self.backend.changed();
    }
}

/// The queue for the dead letters of a queue; none for dead letters.
pub(super) fn dead_letters(queue: &str) -> String {
    format!("{queue}{DEAD}")
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::time::timeout;

    use super::*;

    /// A bus that is lost: it is told of changes and does nothing.
    #[derive(Debug, Default)]
    struct Lost(AtomicUsize);

    impl Backend for Lost {
        fn changed(&self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }

        fn acknowledge<'a>(&'a self, _: u64, _: &'a str, _: &'a str) -> BusFuture<'a, bool> {
            Box::pin(async { Err(BusError::new("lost")) })
        }

        fn put_back(&self) -> BusFuture<'_, ()> {
            Box::pin(async { Err(BusError::new("lost")) })
        }
    }

    #[tokio::test]
    async fn each_moment_at_which_somebody_was_away_for_too_long_is_told_once() {
        let (consumers, backend) = (Arc::new(Consumers::default()), Arc::new(Lost::default()));
        let consumer = || Consumer::new(Arc::clone(&consumers), Arc::clone(&backend) as Arc<dyn Backend>);
        let [waiting, first, second] = [consumer(), consumer(), consumer()];
        for (away, milliseconds) in [(&first, 10), (&second, 60)] {
            let queue = format!("queue.{milliseconds}");
            let ack_timeout = Duration::from_millis(milliseconds);
            away.consume(&queue, 1, QueuePolicy { ack_timeout, max_attempts: 3, max_jobs: 9 });
            let job = Job { queue: queue.into(), id: "1".into(), attempt: 1, item: Bytes::new() };
            assert!(consumers.offer(&job));
            away.set_away(true);
        }
        let before = backend.0.load(Ordering::Relaxed);
        assert!(timeout(Duration::from_millis(200), waiting.next()).await.is_err());
        assert_eq!(backend.0.load(Ordering::Relaxed) - before, 2);
    }
}
