//! Queues within this process.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;

use crate::bus::{
    BusError, BusFuture,
    consumers::{Consumers, Held},
    queues::{Backend, Job, dead_letters},
};

/// Most queues with jobs in them.
const MAX_QUEUES: usize = 10_000;

#[derive(Debug, Default)]
pub(super) struct Queues {
    pub(super) consumers: Arc<Consumers>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Those with jobs in them.
    queues: HashMap<Arc<str>, Queue>,
    last_id: u64,
}

impl Default for State {
    fn default() -> Self {
        // A client may have jobs in hand that the gateway before had numbered.
        Self { queues: HashMap::new(), last_id: u64::from(rand::random::<u32>()) << 31 }
    }
}

#[derive(Debug, Default)]
struct Queue {
    /// What waits to be handed out, by id: the oldest comes first.
    waiting: BTreeMap<String, Waiting>,
    /// How many jobs consumers have.
    held: usize,
}

#[derive(Debug)]
struct Waiting {
    attempts: u32,
    item: Bytes,
}

impl Queue {
    fn len(&self) -> usize {
        self.waiting.len() + self.held
    }
}

impl State {
    /// The id of the new job.
    fn append(&mut self, queue: &str, item: Bytes) -> String {
        self.last_id += 1;
        // All of one length, so that they are in order.
        let id = format!("{:020}", self.last_id);
        let queue = match self.queues.get_mut(queue) {
            Some(queue) => queue,
            None => self.queues.entry(queue.into()).or_default(),
        };
        queue.waiting.insert(id.clone(), Waiting { attempts: 0, item });
        id
    }

    fn put_back(&mut self, held: Held) {
        let Some(queue) = self.queues.get_mut(&held.job.queue) else { return };
        queue.held -= 1;
        if !held.is_dead() {
            let waiting = Waiting { attempts: held.attempts(), item: held.job.item };
            queue.waiting.insert(held.job.id, waiting);
            return;
        }
        let dead = dead_letters(&held.job.queue);
        tracing::warn!(queue = &*held.job.queue, job = held.job.id, "gave up on a job");
        self.append(&dead, held.job.item);
        if let Some(dead) = self.queues.get_mut(&*dead)
            && dead.len() > held.policy.max_jobs
        {
            dead.waiting.pop_first();
        }
    }

    fn hand_out(&mut self, consumers: &Consumers) {
        for (name, queue) in &mut self.queues {
            while let Some((id, waiting)) = queue.waiting.pop_first() {
                let job = Job {
                    queue: Arc::clone(name),
                    id,
                    attempt: waiting.attempts + 1,
                    item: waiting.item.clone(),
                };
                if !consumers.offer(&job) {
                    queue.waiting.insert(job.id, waiting);
                    break;
                }
                queue.held += 1;
            }
        }
        self.queues.retain(|_, queue| queue.len() > 0);
    }
}

impl Queues {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn produce(
        &self,
        queue: &str,
        item: Bytes,
        max_jobs: usize,
    ) -> Result<Option<String>, BusError> {
        let mut state = self.state();
        match state.queues.get(queue) {
            Some(queue) if queue.len() >= max_jobs => return Ok(None),
            None if state.queues.len() >= MAX_QUEUES => {
                return Err(BusError::new("too many queues hold jobs"));
            }
            _ => {}
        }
        let id = state.append(queue, item);
        state.hand_out(&self.consumers);
        Ok(Some(id))
    }
}

impl Backend for Queues {
    fn changed(&self) {
        let mut state = self.state();
        for held in self.consumers.take_returned() {
            state.put_back(held);
        }
        state.hand_out(&self.consumers);
    }

    fn acknowledge<'a>(&'a self, consumer: u64, queue: &'a str, id: &'a str) -> BusFuture<'a, bool> {
        Box::pin(async move {
            let mut state = self.state();
            let is_held = self.consumers.take(consumer, queue, id).is_some();
            if let Some(queue) = state.queues.get_mut(queue).filter(|_| is_held) {
                queue.held -= 1;
            }
            Ok(is_held)
        })
    }

    fn put_back(&self) -> BusFuture<'_, ()> {
        self.changed();
        Box::pin(std::future::ready(Ok(())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_has_another_id_than_those_of_the_gateway_before() {
        let [before, now] = [Queues::default(), Queues::default()].map(|queues| {
            let [first, second] =
                ["a", "b"].map(|item| queues.produce("jobs", item.into(), 9).unwrap().unwrap());
            assert!(first < second);
            first
        });
        assert_ne!(before, now);
    }
}
