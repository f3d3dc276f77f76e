//! Which answer belongs to which session of this process.
//!
//! Numbers are random: a sender can't guess one that it was not given. A message's number stays known for a while after
//! its request has ended, so that a late or second answer is recognised and dropped instead of being passed on as news.

mod rpc;

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tera_protocol::{
    link::session::{Correlation, Numbers},
    topic::Identity,
};
use tokio::sync::mpsc;

pub(crate) use rpc::{Return, dispatch, reply_channel};

/// How many ended messages are remembered, over all sessions.
const REMEMBERED: usize = 16_384;

/// Largest number for a call: one that JavaScript's and JSON's numbers hold exactly.
const MAX_CALL: u64 = (1 << 53) - 1;

/// Tells sessions of this process apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SessionId(u64);

/// Every request of this process that waits for its answer.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// `None` when the request has ended.
    messages: HashMap<(Identity, u32), Option<SessionId>>,
    /// The ended ones among `messages`, oldest first.
    ended: VecDeque<(Identity, u32)>,
    calls: HashMap<u64, mpsc::Sender<Return>>,
    last_session: u64,
}

/// Whose a module message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// It answers a request of this session.
    Own,
    /// It answers a request of another session, or one that has ended.
    Other,
    /// It answers nothing.
    Nobody,
}

impl Pending {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens a session's account of numbers. What its calls return is sent to `returns`.
    pub(crate) fn session(
        self: &Arc<Self>,
        identity: Identity,
        returns: mpsc::Sender<Return>,
    ) -> SessionNumbers {
        let mut state = self.state();
        state.last_session += 1;
        let id = SessionId(state.last_session);
        SessionNumbers { pending: Arc::clone(self), identity, id, returns, open: HashSet::new() }
    }

    /// Hands what a call returned to the session that waits for it, if one does.
    fn deliver(&self, returned: Return) {
        let Some(session) = self.state().calls.remove(&returned.id) else { return };
        // The queue has room for as many as the session may have waiting. If it is full, the session is stuck, and
        // its call ends by its timeout.
        if session.try_send(returned).is_err() {
            tracing::warn!("dropped what a call returned: its session does not take it");
        }
    }

    fn knows_call(&self, id: u64) -> bool {
        self.state().calls.contains_key(&id)
    }
}

/// One session's numbers. Dropping it ends all that are open.
#[derive(Debug)]
pub(crate) struct SessionNumbers {
    pending: Arc<Pending>,
    identity: Identity,
    id: SessionId,
    returns: mpsc::Sender<Return>,
    open: HashSet<Correlation>,
}

impl SessionNumbers {
    /// Whose a module message with this number is.
    pub(crate) fn claim(&self, seq: u32) -> Claim {
        match self.pending.state().messages.get(&(self.identity, seq)) {
            Some(&Some(session)) if session == self.id => Claim::Own,
            Some(_) => Claim::Other,
            None => Claim::Nobody,
        }
    }

    /// No answer with this number is expected any more.
    pub(crate) fn retire(&mut self, correlation: Correlation) {
        if self.open.remove(&correlation) {
            self.end(correlation);
        }
    }

    fn end(&self, correlation: Correlation) {
        let mut state = self.pending.state();
        match correlation {
            Correlation::Call(id) => _ = state.calls.remove(&id),
            // No number of ours.
            Correlation::Operation(_) => {}
            Correlation::Message(seq) => {
                let key = (self.identity, seq);
                state.messages.insert(key, None);
                state.ended.push_back(key);
                if state.ended.len() > REMEMBERED
                    && let Some(oldest) = state.ended.pop_front()
                {
                    state.messages.remove(&oldest);
                }
            }
        }
    }
}

impl Numbers for SessionNumbers {
    fn message(&mut self) -> u32 {
        let mut state = self.pending.state();
        let seq = loop {
            let seq = rand::random_range(1..=u32::MAX);
            if !state.messages.contains_key(&(self.identity, seq)) {
                break seq;
            }
        };
        state.messages.insert((self.identity, seq), Some(self.id));
        self.open.insert(Correlation::Message(seq));
        seq
    }

    fn call(&mut self) -> u64 {
        let mut state = self.pending.state();
        let id = loop {
            let id = rand::random_range(1..=MAX_CALL);
            if !state.calls.contains_key(&id) {
                break id;
            }
        };
        state.calls.insert(id, self.returns.clone());
        self.open.insert(Correlation::Call(id));
        id
    }
}

impl Drop for SessionNumbers {
    fn drop(&mut self) {
        for &correlation in &self.open {
            self.end(correlation);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(digit: u8) -> Identity {
        format!("websocket.user.00000000-0000-0000-0000-00000000000{digit}").parse().unwrap()
    }

    fn session(pending: &Arc<Pending>, digit: u8) -> (SessionNumbers, mpsc::Receiver<Return>) {
        let (returns, queue) = mpsc::channel(1);
        (pending.session(identity(digit), returns), queue)
    }

    #[test]
    fn an_answer_belongs_to_the_session_that_asked_and_to_no_other_identity() {
        let pending = Arc::new(Pending::default());
        let (mut one, _returns) = session(&pending, 1);
        let (two, _returns) = session(&pending, 1);
        let (stranger, _returns) = session(&pending, 2);
        let seq = one.message();
        assert_eq!(
            [one.claim(seq), two.claim(seq), stranger.claim(seq)],
            [Claim::Own, Claim::Other, Claim::Nobody]
        );
        assert_eq!(one.claim(0), Claim::Nobody);
    }

    #[test]
    fn an_ended_request_is_remembered_so_that_its_late_answer_is_no_news() {
        let pending = Arc::new(Pending::default());
        let (mut one, _returns) = session(&pending, 1);
        let (two, _returns) = session(&pending, 1);
        let (retired, dropped) = (one.message(), one.message());
        one.retire(Correlation::Message(retired));
        assert_eq!([one.claim(retired), two.claim(retired)], [Claim::Other; 2]);
        drop(one);
        assert_eq!(two.claim(dropped), Claim::Other);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let pending = Arc::new(Pending::default());
        let (mut numbers, _returns) = session(&pending, 1);
        let first = numbers.message();
        numbers.retire(Correlation::Message(first));
        for _ in 0..REMEMBERED {
            let seq = numbers.message();
            numbers.retire(Correlation::Message(seq));
        }
        assert_eq!(pending.state().messages.len(), REMEMBERED);
        assert_eq!(numbers.claim(first), Claim::Nobody);
    }

    #[test]
    fn a_return_is_delivered_once_and_not_after_its_call_has_ended() {
        let pending = Arc::new(Pending::default());
        let (mut numbers, mut returns) = session(&pending, 1);
        let (first, second) = (numbers.call(), numbers.call());
        for id in [first, first] {
            pending.deliver(Return { id, result: Ok("1".into()) });
        }
        assert_eq!(returns.try_recv().unwrap().id, first);
        assert!(returns.try_recv().is_err());
        numbers.retire(Correlation::Call(second));
        pending.deliver(Return { id: second, result: Ok("1".into()) });
        assert!(returns.try_recv().is_err());
        assert!(pending.state().calls.is_empty());
    }
}
