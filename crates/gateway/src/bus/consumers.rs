//! The consumers of this process: who takes jobs of which queue, how many more, and who has which.

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    mem,
    ops::Bound,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::Notify, time::Instant};

use super::queues::{Job, QueuePolicy};

/// A job that a consumer has, or had and gives back.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub(super) job: Job,
    pub(super) policy: QueuePolicy,
    /// The consumer has seen it: an attempt was made.
    is_tried: bool,
}

impl Held {
    /// How often it was tried.
    pub(super) fn attempts(&self) -> u32 {
        self.job.attempt - u32::from(!self.is_tried)
    }

    /// It was tried often enough.
    pub(super) fn is_dead(&self) -> bool {
        self.attempts() >= self.policy.max_attempts
    }
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Consumers(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    queues: HashMap<Arc<str>, Queue>,
    members: HashMap<u64, Member>,
    /// Those that are away and have jobs, by the moment at which they have been for too long.
    away: BTreeSet<(Instant, u64)>,
    returned: Vec<Held>,
    last_id: u64,
}

/// A queue that somebody consumes.
#[derive(Debug)]
struct Queue {
    policy: QueuePolicy,
    /// Who consumes it; whose turn it is comes first.
    members: VecDeque<u64>,
}

#[derive(Debug, Default)]
struct Member {
    shares: HashMap<Arc<str>, Share>,
    /// Queue and id of the jobs that it has not seen.
    mailbox: VecDeque<(Arc<str>, String)>,
    wake: Arc<Notify>,
    away_since: Option<Instant>,
    /// Its place in [`State::away`].
    patience: Option<Instant>,
}

/// What one member has of one queue.
#[derive(Debug, Default)]
struct Share {
    prefetch: usize,
    held: HashMap<String, Held>,
}

impl Member {
    fn room(&self, queue: &str) -> usize {
        let share = self.shares.get(queue).filter(|_| self.away_since.is_none());
        share.map_or(0, |share| share.prefetch.saturating_sub(share.held.len()))
    }

    /// When it has been away for too long to keep all that it has.
    fn patience(&self) -> Option<Instant> {
        let since = self.away_since?;
        let held = self.shares.values().filter_map(|share| share.held.values().next());
        // One that can't be told is for ever.
        held.filter_map(|held| since.checked_add(held.policy.ack_timeout)).min()
    }
}

impl State {
    fn stop(&mut self, id: u64, queue: &str) {
        if let Some(member) = self.members.get_mut(&id) {
            let share = member.shares.remove(queue);
            self.returned.extend(share.into_iter().flat_map(|share| share.held.into_values()));
            member.mailbox.retain(|(known, _)| **known != *queue);
        }
        if let Some(known) = self.queues.get_mut(queue) {
            known.members.retain(|&member| member != id);
            if known.members.is_empty() {
                self.queues.remove(queue);
            }
        }
    }

    fn take(&mut self, id: u64, queue: &str, job: &str) -> Option<Held> {
        self.members.get_mut(&id)?.shares.get_mut(queue)?.held.remove(job)
    }

    fn offer(&mut self, job: &Job) -> bool {
        let Self { queues, members, .. } = self;
        let Some(queue) = queues.get_mut(&job.queue) else { return false };
        for _ in 0..queue.members.len() {
            let Some(id) = queue.members.pop_front() else { return false };
            queue.members.push_back(id);
            let Some(member) = members.get_mut(&id).filter(|member| member.room(&job.queue) > 0) else {
                continue;
            };
            let Some(share) = member.shares.get_mut(&job.queue) else { continue };
            let held = Held { job: job.clone(), policy: queue.policy, is_tried: false };
            share.held.insert(job.id.clone(), held);
            member.mailbox.push_back((Arc::clone(&job.queue), job.id.clone()));
            member.wake.notify_one();
            return true;
        }
        false
    }

    /// Puts a member where it belongs among those that are away.
    fn settle(&mut self, id: u64) {
        let Some(member) = self.members.get_mut(&id) else { return };
        let patience = member.patience();
        if let Some(old) = mem::replace(&mut member.patience, patience) {
            self.away.remove(&(old, id));
        }
        self.away.extend(patience.map(|patience| (patience, id)));
    }

    /// Takes the jobs of those that have been away for too long.
    fn expire(&mut self, now: Instant) {
        while let Some(&(patience, id)) = self.away.first()
            && patience <= now
        {
            let Some(member) = self.members.get_mut(&id) else { return };
            let since = member.away_since.unwrap_or(now);
            for share in member.shares.values_mut() {
                let is_late = |held: &Held| now.duration_since(since) >= held.policy.ack_timeout;
                self.returned.extend(share.held.extract_if(|_, held| is_late(held)).map(|(_, held)| held));
            }
            let Member { shares, mailbox, .. } = member;
            mailbox
                .retain(|(queue, job)| shares.get(queue).is_some_and(|share| share.held.contains_key(job)));
            self.settle(id);
        }
    }
}

impl Consumers {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new consumer: its number, and what is told when there is something for it.
    pub(super) fn join(&self) -> (u64, Arc<Notify>) {
        let mut state = self.state();
        state.last_id += 1;
        let id = state.last_id;
        let member = Member::default();
        let wake = Arc::clone(&member.wake);
        state.members.insert(id, member);
        (id, wake)
    }

    pub(super) fn leave(&self, id: u64) {
        let mut state = self.state();
        let queues: Vec<_> =
            state.members.get(&id).into_iter().flat_map(|member| member.shares.keys().cloned()).collect();
        for queue in queues {
            state.stop(id, &queue);
        }
        state.settle(id);
        state.members.remove(&id);
    }

    pub(super) fn consume(&self, id: u64, queue: &str, prefetch: usize, policy: QueuePolicy) {
        let mut state = self.state();
        let State { queues, members, .. } = &mut *state;
        let Some(member) = members.get_mut(&id) else { return };
        let queue = queues.get_key_value(queue).map_or_else(|| queue.into(), |(known, _)| Arc::clone(known));
        let known =
            queues.entry(Arc::clone(&queue)).or_insert_with(|| Queue { policy, members: VecDeque::new() });
        known.policy = policy;
        if !known.members.contains(&id) {
            known.members.push_back(id);
        }
        member.shares.entry(queue).or_default().prefetch = prefetch;
    }

    pub(super) fn stop(&self, id: u64, queue: &str) {
        let mut state = self.state();
        state.stop(id, queue);
        state.settle(id);
    }

    pub(super) fn set_away(&self, id: u64, is_away: bool) {
        let mut state = self.state();
        if let Some(member) = state.members.get_mut(&id)
            && member.away_since.is_some() != is_away
        {
            member.away_since = is_away.then(Instant::now);
            state.settle(id);
        }
    }

    /// The next job of a consumer, and the first moment after `told`, if there was one, at which somebody has been away for
    /// too long.
    pub(super) fn next(&self, id: u64, told: Option<Instant>) -> (Option<Job>, Option<Instant>) {
        let mut state = self.state();
        let after = told.map_or(Bound::Unbounded, |told| Bound::Excluded((told, u64::MAX)));
        let silence = state.away.range((after, Bound::Unbounded)).next().map(|(patience, _)| *patience);
        let Some(member) = state.members.get_mut(&id) else { return (None, silence) };
        while let Some((queue, job)) = member.mailbox.pop_front() {
            let share = member.shares.get_mut(&queue);
            // It may have been taken back meanwhile.
            let held = share.and_then(|share| share.held.get_mut(&job)).filter(|held| !held.is_tried);
            let Some(held) = held else { continue };
            held.is_tried = true;
            return (Some(held.job.clone()), silence);
        }
        (None, silence)
    }

    pub(super) fn holds(&self, id: u64, queue: &str, job: &str) -> bool {
        let state = self.state();
        let share = state.members.get(&id).and_then(|member| member.shares.get(queue));
        share.is_some_and(|share| share.held.contains_key(job))
    }

    /// A consumer has this job no more.
    pub(super) fn take(&self, id: u64, queue: &str, job: &str) -> Option<Held> {
        let mut state = self.state();
        let held = state.take(id, queue, job);
        state.settle(id);
        held
    }

    /// A consumer returns a job; false if it does not have it.
    pub(super) fn give_back(&self, id: u64, queue: &str, job: &str) -> bool {
        let mut state = self.state();
        let held = state.take(id, queue, job);
        let is_held = held.is_some();
        state.returned.extend(held);
        state.settle(id);
        is_held
    }

    /// Somebody else has these jobs now.
    pub(super) fn lose(&self, queue: &str, jobs: &[String]) {
        let mut state = self.state();
        for member in state.members.values_mut() {
            if let Some(share) = member.shares.get_mut(queue) {
                share.held.retain(|id, _| !jobs.contains(id));
            }
        }
    }

    /// How many more jobs can be handed out, of each queue of which any can, and how the queue deals with them.
    pub(super) fn rooms(&self) -> HashMap<Arc<str>, (usize, QueuePolicy)> {
        let state = self.state();
        let rooms = state.queues.iter().map(|(name, queue)| {
            let room =
                queue.members.iter().map(|id| state.members.get(id).map_or(0, |member| member.room(name)));
            (Arc::clone(name), (room.sum(), queue.policy))
        });
        rooms.filter(|(_, (room, _))| *room > 0).collect()
    }

    /// Gives a job to a consumer of its queue, in turn; false if none takes it.
    pub(super) fn offer(&self, job: &Job) -> bool {
        self.state().offer(job)
    }

    /// The same; if none takes it, it counts as given back.
    pub(super) fn offer_or_return(&self, job: Job, policy: QueuePolicy) {
        let mut state = self.state();
        if !state.offer(&job) {
            state.returned.push(Held { job, policy, is_tried: false });
        }
    }

    /// The ids of the jobs that consumers have, by queue.
    pub(super) fn held(&self) -> HashMap<Arc<str>, Vec<String>> {
        let mut held: HashMap<_, Vec<_>> = HashMap::new();
        for (queue, share) in self.state().members.values().flat_map(|member| &member.shares) {
            if !share.held.is_empty() {
                held.entry(Arc::clone(queue)).or_default().extend(share.held.keys().cloned());
            }
        }
        held
    }

    /// The shortest of the times after which a consumer of some queue counts as gone.
    pub(super) fn shortest_timeout(&self) -> Option<Duration> {
        self.state().queues.values().map(|queue| queue.policy.ack_timeout).min()
    }

    /// Whether this queue is consumed.
    pub(super) fn is_consumed(&self, queue: &str) -> bool {
        self.state().queues.contains_key(queue)
    }

    /// Whether anything is consumed, or given back.
    pub(super) fn are_busy(&self) -> bool {
        let state = self.state();
        !state.queues.is_empty() || !state.returned.is_empty()
    }

    /// Whether anything is given back.
    pub(super) fn have_returned(&self) -> bool {
        let mut state = self.state();
        state.expire(Instant::now());
        !state.returned.is_empty()
    }

    /// The jobs that consumers have given back, or were away from for too long.
    pub(super) fn take_returned(&self) -> Vec<Held> {
        let mut state = self.state();
        state.expire(Instant::now());
        mem::take(&mut state.returned)
    }

    /// Jobs that could not be put back.
    pub(super) fn keep_returned(&self, jobs: impl IntoIterator<Item = Held>) {
        self.state().returned.extend(jobs);
    }
}
