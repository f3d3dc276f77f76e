//! The bus and the services behind it: hands messages to sessions, executes what clients ask for, and answers.

use std::sync::{Arc, LazyLock};

use tera_protocol::{
    error::{ErrorCode, TeraError},
    link::{
        RequestId,
        session::{Correlation, Operation, Publication, SessionId},
    },
};

use crate::{
    content,
    ledger::{PATTERNS, TOPICS},
    plan::Fault,
    world::World,
};

static NAMES: LazyLock<[Arc<str>; TOPICS.len()]> = LazyLock::new(|| TOPICS.map(Arc::from));

/// Something that a session will hear of.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) at: u64,
    pub(crate) session: SessionId,
    pub(crate) what: What,
}

#[derive(Clone, Debug)]
pub(crate) enum What {
    Message(u32, Vec<u8>),
    Return(u64, Result<String, TeraError>),
    /// A pattern that is to be forgotten because its subscription failed.
    Operation(u64, Result<Option<String>, TeraError>, Option<usize>),
    Published(Publication, Result<u64, TeraError>),
}

impl World {
    /// Hands a message to every session that gets its topic.
    pub(crate) fn hand_out(&mut self, topic: usize, number: u32) {
        let padding = if self.random.percent(10) { self.random.below(400) as usize } else { 0 };
        let frame = content::event(TOPICS[topic], number, padding);
        let time = self.gateway.time(self.now);
        let overflows = self.chaos && self.plan.has(Fault::Overflow);
        let mut handed = Vec::new();
        for index in 0..self.gateway.ids.len() {
            let id = self.gateway.ids[index];
            if !self.gateway.bus_is_up {
                break;
            }
            if let Some(entry) = self.gateway.sessions.get_mut(id)
                && entry.topics() & (1 << topic) != 0
            {
                self.logs[entry.log].handed[topic].push(number);
                handed.push((id, entry.log));
                if overflows && self.random.percent(20) {
                    entry.session.handle_missed(time, &NAMES[topic], 1);
                } else {
                    entry.session.handle_delivery(time, &NAMES[topic], frame.clone());
                }
            }
        }
        for client in &mut self.clients {
            let session = client.ledger.session;
            client.ledger.publish(topic, handed.iter().any(|each| Some(each.1) == session));
        }
        for (id, _) in handed {
            self.drain_session(id);
        }
    }

    /// The bus is lost, or is there again and says so.
    pub(crate) fn set_bus(&mut self, is_up: bool) {
        let was_up = std::mem::replace(&mut self.gateway.bus_is_up, is_up);
        if was_up == is_up {
            return;
        }
        self.note(|_| format!("the bus is {}", if is_up { "there again" } else { "lost" }));
        if !is_up {
            self.clients.iter_mut().for_each(|client| client.ledger.lose_bus());
            return;
        }
        let time = self.gateway.time(self.now);
        for id in self.gateway.ids.clone() {
            if let Some(entry) = self.gateway.sessions.get_mut(id) {
                let subscriptions = entry.subscriptions;
                let subscribed =
                    PATTERNS.iter().enumerate().filter(|each| subscriptions & (1 << each.0) != 0);
                let lost = subscribed.map(|each| each.1.0).chain([TOPICS[3]]);
                entry.session.handle_bus_lost(time, lost);
                self.drain_session(id);
            }
        }
    }

    /// Carries out what a session publishes, and says how that goes.
    pub(crate) fn bus_takes(
        &mut self,
        session: SessionId,
        publication: &Publication,
    ) -> Result<u64, TeraError> {
        let lost = |code| Err(TeraError::new(code, "the gateway has lost its message bus"));
        let (receivers, is_taken) = match self.gateway.bus_is_up {
            false => (lost(ErrorCode::Unavailable), false),
            true if self.random.percent(3) => (Ok(0), false),
            // The connection to the bus is lost while it has this.
            true if self.random.percent(2) => (lost(ErrorCode::Uncertain), self.random.percent(50)),
            true => (Ok(1), true),
        };
        if is_taken {
            self.execute(session, publication);
        }
        if publication.request.is_none()
            && let Some(number) = content::of_message(&publication.payload)
            && let Some(operation) = self.operations.get_mut(number)
        {
            operation.refused = match &receivers {
                Ok(0) => Some(ErrorCode::Unreachable),
                Ok(_) => None,
                Err(error) => Some(error.code),
            };
        }
        receivers
    }

    fn execute(&mut self, session: SessionId, publication: &Publication) {
        let (number, answer) = match publication.request {
            Some(Correlation::Call(_)) => {
                let Some((number, call)) = content::of_call(&publication.payload) else {
                    return self.demand(false, || "a call was published that nobody made".into());
                };
                let result = if self.random.percent(10) {
                    self.operations.get_mut(number).into_iter().for_each(|operation| operation.failed = true);
                    Err(TeraError::new(ErrorCode::RemoteError, "the service refuses"))
                } else {
                    Ok(number.to_string())
                };
                (number, Some(What::Return(call, result)))
            }
            request => {
                let Some(number) = content::of_message(&publication.payload) else {
                    return self.demand(false, || "a message was published that nobody sent".into());
                };
                let answer = match request {
                    Some(Correlation::Message(seq)) => Some(What::Message(seq, content::message(number, 0))),
                    _ => None,
                };
                (number, answer)
            }
        };
        self.note(|_| format!("the bus takes operation {number}"));
        let verdict = self.operations.execute(number);
        self.check(verdict);
        if let Some(what) = answer {
            self.answer_later(session, what);
        }
    }

    fn answer_later(&mut self, session: SessionId, what: What) {
        if self.random.percent(self.plan.unanswered) {
            return;
        }
        let longest = if self.random.percent(10) { 5_000 } else { 100 };
        let at = self.now + self.random.below(longest);
        if self.random.percent(5) {
            let again = at + self.random.below(1_000);
            self.gateway.answers.push(Answer { at: again, session, what: what.clone() });
        }
        self.gateway.answers.push(Answer { at, session, what });
    }

    /// Does what a session asks of the gateway itself, and says how that goes. `undo` is set to a pattern that is to be
    /// forgotten when that is told.
    pub(crate) fn operate(
        &mut self,
        session: SessionId,
        id: u64,
        operation: Operation,
        undo: &mut Option<usize>,
    ) -> Result<Option<String>, TeraError> {
        let find = |pattern: &str| PATTERNS.iter().position(|each| each.0 == pattern);
        match operation {
            Operation::Subscribe(pattern) => self.subscribe(session, id, find(&pattern), undo).map(|()| None),
            Operation::Unsubscribe(pattern) => self.unsubscribe(session, find(&pattern)).map(|()| None),
            Operation::Publish { message, .. } => {
                let number = content::of_publication(&message).unwrap_or_default();
                self.execute_on_bus(number).map(|()| None)
            }
            Operation::Command(call) => {
                let number = call.method.parse().unwrap_or_default();
                self.execute_on_bus(number).map(|()| Some(call.method))
            }
        }
    }

    fn execute_on_bus(&mut self, number: u32) -> Result<(), TeraError> {
        self.note(|_| format!("the bus takes operation {number}"));
        if !self.gateway.bus_is_up {
            return Err(TeraError::new(ErrorCode::Unavailable, "the bus is lost"));
        }
        let verdict = self.operations.execute(number);
        self.check(verdict);
        Ok(())
    }

    /// From here on the session gets what the pattern covers, whenever its client hears so, or hears that it failed.
    fn subscribe(
        &mut self,
        session: SessionId,
        id: u64,
        pattern: Option<usize>,
        undo: &mut Option<usize>,
    ) -> Result<(), TeraError> {
        let Some(pattern) = pattern else {
            self.demand(false, || "a pattern was subscribed to that nobody asked for".into());
            return Ok(());
        };
        let client = self.gateway.sessions.get(session).and_then(|entry| entry.client);
        let number = client.and_then(|client| self.operations.find(client, RequestId(id)));
        let is_asked = number.is_some();
        let is_troubled = self.chaos && self.random.percent(10);
        let bus_is_up = self.gateway.bus_is_up;
        let Some(entry) = self.gateway.sessions.get_mut(session) else { return Ok(()) };
        let is_new = entry.subscriptions & (1 << pattern) == 0;
        // A subscription that is only renewed was allowed before.
        if is_asked && is_new && self.random.percent(5) {
            return Err(TeraError::new(ErrorCode::Forbidden, "the pattern is refused"));
        }
        if self.chaos && is_new && self.random.percent(5) {
            return Err(TeraError::new(ErrorCode::QueueFull, "too many subscriptions"));
        }
        entry.subscriptions |= 1 << pattern;
        if !bus_is_up || is_troubled {
            *undo = is_new.then_some(pattern);
            return Err(TeraError::new(ErrorCode::Unavailable, "the gateway has lost its message bus"));
        }
        Ok(())
    }

    fn unsubscribe(&mut self, session: SessionId, pattern: Option<usize>) -> Result<(), TeraError> {
        if self.chaos && self.random.percent(3) {
            return Err(TeraError::new(ErrorCode::QueueFull, "too many requests wait to be carried out"));
        }
        if let (Some(entry), Some(pattern)) = (self.gateway.sessions.get_mut(session), pattern) {
            entry.subscriptions &= !(1 << pattern);
        }
        Ok(())
    }

    /// A session hears of something.
    pub(crate) fn answer(&mut self, index: usize) {
        let Answer { session, what, .. } = self.gateway.answers.swap_remove(index);
        self.tell(session, what);
        self.drain_session(session);
    }

    pub(crate) fn tell(&mut self, session: SessionId, what: What) {
        let time = self.gateway.time(self.now);
        let Some(entry) = self.gateway.sessions.get_mut(session) else { return };
        match what {
            What::Message(seq, answer) => entry.session.handle_answer(time, seq, &answer),
            What::Return(id, result) => entry.session.handle_return(time, id, result),
            What::Operation(id, result, undo) => {
                if let Some(pattern) = undo {
                    entry.subscriptions &= !(1 << pattern);
                }
                entry.session.handle_operation(time, id, result);
                self.worked(session);
            }
            What::Published(publication, receivers) => {
                entry.session.handle_published(time, &publication, receivers);
                self.worked(session);
            }
        }
    }
}
