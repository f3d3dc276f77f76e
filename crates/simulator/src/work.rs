//! What one client wants done, which its gateway does one after the other, as it does with its bus.

use std::collections::VecDeque;

use tera_protocol::link::session::{Operation, Publication, SessionId};

use crate::{
    bus::{Answer, What},
    world::World,
};

/// One of them.
#[derive(Debug)]
pub(crate) enum Job {
    Publication(Publication),
    Operation(u64, Operation),
}

/// Those of one session.
#[derive(Debug, Default)]
pub(crate) struct Work {
    waiting: VecDeque<Job>,
    is_under_way: bool,
}

impl Work {
    /// Nobody waits any more for an operation: it isn't done, unless it has begun. Who is subscribed to what stays as the
    /// client asked for it.
    pub(crate) fn abandon(&mut self, id: u64) {
        self.waiting.retain(|job| match job {
            Job::Operation(known, Operation::Command(_) | Operation::Publish { .. }) => *known != id,
            _ => true,
        });
    }
}

impl World {
    /// Has this done after all that the client wanted before.
    pub(crate) fn work(&mut self, session: SessionId, job: Job) {
        if let Some(entry) = self.gateway.sessions.get_mut(session) {
            entry.work.waiting.push_back(job);
            self.begin_work(session);
        }
    }

    /// Begins with what comes next, unless something is under way.
    fn begin_work(&mut self, session: SessionId) {
        let Some(entry) = self.gateway.sessions.get_mut(session).filter(|entry| !entry.work.is_under_way)
        else {
            return;
        };
        let Some(job) = entry.work.waiting.pop_front() else { return };
        entry.work.is_under_way = true;
        let (what, at) = match job {
            Job::Publication(publication) => {
                let receivers = self.bus_takes(session, &publication);
                let takes = if self.random.percent(30) { self.random.below(300) } else { 0 };
                (What::Published(publication, receivers), self.now + takes)
            }
            Job::Operation(id, operation) => {
                let mut undo = None;
                let result = self.operate(session, id, operation, &mut undo);
                let longest = if self.chaos && self.random.percent(10) { 3_000 } else { 100 };
                (What::Operation(id, result, undo), self.now + self.random.below(longest))
            }
        };
        if at == self.now {
            self.tell(session, what);
        } else {
            self.gateway.answers.push(Answer { at, session, what });
        }
    }

    /// What was under way is done.
    pub(crate) fn worked(&mut self, session: SessionId) {
        if let Some(entry) = self.gateway.sessions.get_mut(session) {
            entry.work.is_under_way = false;
            self.begin_work(session);
        }
    }
}
