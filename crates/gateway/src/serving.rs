//! Which sessions of this gateway serve which procedures of an identity.
//!
//! A call reaches every session of its identity that serves anything; of those exactly one takes it. Sessions without a
//! socket, whose page may be gone for good, take only what no other serves.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use tera_protocol::{link::session::SessionId, topic::Identity};

/// The session that has to do with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Taker {
    pub(crate) session: SessionId,
    /// Its client carries the call out. Otherwise no session serves it, and this one says so.
    pub(crate) serves: bool,
}

#[derive(Debug, Default)]
struct State {
    /// The procedures served, by identity; sessions in the order in which they began to serve.
    servers: HashMap<Identity, Vec<(SessionId, BTreeSet<String>)>>,
    /// The sessions that have no socket.
    away: HashSet<SessionId>,
}

/// Who serves what.
#[derive(Debug, Default)]
pub(crate) struct Serving(Mutex<State>);

impl Serving {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The session serves this procedure too, and whether it did not before; `None`, and it does not, if it has `limit` of
    /// them already.
    pub(crate) fn add(
        &self,
        identity: Identity,
        session: SessionId,
        function: &str,
        limit: usize,
    ) -> Option<bool> {
        let mut state = self.state();
        let sessions = state.servers.entry(identity).or_default();
        let position = sessions.iter().position(|(id, _)| *id == session).unwrap_or_else(|| {
            sessions.push((session, BTreeSet::new()));
            sessions.len() - 1
        });
        let functions = &mut sessions[position].1;
        let has_room = functions.contains(function) || functions.len() < limit;
        has_room.then(|| functions.insert(function.to_owned()))
    }

    /// The session doesn't serve this procedure any more.
    pub(crate) fn remove(&self, identity: Identity, session: SessionId, function: &str) {
        let mut state = self.state();
        let sessions = state.servers.get_mut(&identity).into_iter().flatten();
        for (_, functions) in sessions.filter(|(id, _)| *id == session) {
            functions.remove(function);
        }
    }

    /// The session is over.
    pub(crate) fn forget(&self, identity: Identity, session: SessionId) {
        let State { servers, away } = &mut *self.state();
        away.remove(&session);
        if let Some(sessions) = servers.get_mut(&identity) {
            sessions.retain(|(id, _)| *id != session);
            if sessions.is_empty() {
                servers.remove(&identity);
            }
        }
    }

    /// Says whether the session is without a socket.
    pub(crate) fn set_away(&self, session: SessionId, is_away: bool) {
        let away = &mut self.state().away;
        if is_away {
            away.insert(session);
        } else {
            away.remove(&session);
        }
    }

    /// Who takes a call of this procedure, as things are now; `None` if nothing is served.
    pub(crate) fn taker(&self, identity: Identity, function: &str) -> Option<Taker> {
        let state = self.state();
        let sessions = state.servers.get(&identity)?;
        let servers = sessions.iter().filter(|(_, functions)| functions.contains(function));
        let server = servers.min_by_key(|(session, _)| state.away.contains(session));
        let session = server.or_else(|| sessions.first())?.0;
        Some(Taker { session, serves: server.is_some() })
    }
}

#[cfg(test)]
mod tests {
    use tera_protocol::link::session::{Kept, Sessions, Token};

    use super::*;
    use crate::Delivery;

    #[test]
    fn one_session_takes_a_call_and_the_next_one_when_it_is_gone() {
        let identity: Identity = "websocket.user.00000000-0000-0000-0000-000000000001".parse().unwrap();
        let mut sessions = Sessions::new(Kept::default());
        let [a, b] = [1, 2].map(|seed| sessions.insert(identity, Token([seed; 16]), ()));
        let serving = Serving::default();
        let taker = |function| serving.taker(identity, function);
        let serves = |session| Some(Taker { session, serves: true });
        let refuses = |session| Some(Taker { session, serves: false });
        assert_eq!(taker("f"), None);
        assert_eq!([(); 2].map(|()| serving.add(identity, a, "f", 1)), [Some(true), Some(false)]);
        assert_eq!(serving.add(identity, a, "g", 1), None, "there is room for one");
        assert_eq!(["f", "g"].map(|function| serving.add(identity, b, function, 2)), [Some(true); 2]);
        assert_eq!(["f", "g", "h"].map(taker), [serves(a), serves(b), refuses(a)]);
        let call = Delivery::new("calls".into(), bytes::Bytes::new());
        assert_eq!(call.taker(|| taker("f")), serves(a));
        for (id, is_away, f) in [(a, true, b), (b, true, a), (a, false, a)] {
            serving.set_away(id, is_away);
            assert_eq!(["f", "g"].map(taker), [serves(f), serves(b)]);
            assert_eq!(call.taker(|| taker("f")), serves(a), "who has a call keeps it");
        }
        serving.remove(identity, a, "f");
        assert_eq!(taker("f"), serves(b), "it is away, but nobody else serves it");
        serving.forget(identity, a);
        assert_eq!(taker("h"), refuses(b));
        serving.forget(identity, b);
        let State { servers, away } = &*serving.state();
        assert!(servers.is_empty() && away.is_empty());
    }
}
