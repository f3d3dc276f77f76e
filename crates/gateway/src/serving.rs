//! Which sessions of this gateway serve which procedures of an identity.
//!
//! A call reaches every session of its identity that serves anything; of those exactly one takes it.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
};

use tera_protocol::{link::session::SessionId, topic::Identity};

/// What a session has to do with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Its client carries it out.
    Serve,
    /// No session serves it, and this one says so.
    Refuse,
    /// Another session takes it.
    Nothing,
}

type Servers = HashMap<Identity, Vec<(SessionId, BTreeSet<String>)>>;

/// The procedures served, by identity; sessions in the order in which they began to serve.
#[derive(Debug, Default)]
pub(crate) struct Serving(Mutex<Servers>);

impl Serving {
    fn servers(&self) -> MutexGuard<'_, Servers> {
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
        let mut servers = self.servers();
        let sessions = servers.entry(identity).or_default();
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
        let mut servers = self.servers();
        let sessions = servers.get_mut(&identity).into_iter().flatten();
        for (_, functions) in sessions.filter(|(id, _)| *id == session) {
            functions.remove(function);
        }
    }

    /// The session is over.
    pub(crate) fn forget(&self, identity: Identity, session: SessionId) {
        let mut servers = self.servers();
        if let Some(sessions) = servers.get_mut(&identity) {
            sessions.retain(|(id, _)| *id != session);
            if sessions.is_empty() {
                servers.remove(&identity);
            }
        }
    }

    /// What this session has to do with a call of this procedure.
    pub(crate) fn part(&self, identity: Identity, session: SessionId, function: &str) -> Part {
        let servers = self.servers();
        let sessions = servers.get(&identity).map_or(&[][..], Vec::as_slice);
        let server = sessions.iter().find(|(_, functions)| functions.contains(function));
        match (server, sessions.first()) {
            (Some((id, _)), _) if *id == session => Part::Serve,
            (None, Some((id, _))) if *id == session => Part::Refuse,
            _ => Part::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use tera_protocol::link::session::{Kept, Sessions, Token};

    use super::*;

    #[test]
    fn one_session_takes_a_call_and_the_next_one_when_it_is_gone() {
        let identity: Identity = "websocket.user.00000000-0000-0000-0000-000000000001".parse().unwrap();
        let mut sessions = Sessions::new(Kept::default());
        let [a, b] = [1, 2].map(|seed| sessions.insert(identity, Token([seed; 16]), ()));
        let serving = Serving::default();
        let parts = |function: &str| [a, b].map(|id| serving.part(identity, id, function));
        assert_eq!(parts("f"), [Part::Nothing; 2]);
        assert_eq!([(); 2].map(|()| serving.add(identity, a, "f", 1)), [Some(true), Some(false)]);
        assert_eq!(serving.add(identity, a, "g", 1), None, "there is room for one");
        assert_eq!(["f", "g"].map(|function| serving.add(identity, b, function, 2)), [Some(true); 2]);
        assert_eq!(parts("f"), [Part::Serve, Part::Nothing]);
        assert_eq!(parts("g"), [Part::Nothing, Part::Serve]);
        assert_eq!(parts("h"), [Part::Refuse, Part::Nothing]);
        serving.remove(identity, a, "f");
        assert_eq!(parts("f"), [Part::Nothing, Part::Serve]);
        serving.forget(identity, a);
        assert_eq!(parts("h"), [Part::Nothing, Part::Refuse]);
        serving.forget(identity, b);
        assert!(serving.servers().is_empty());
    }
}
