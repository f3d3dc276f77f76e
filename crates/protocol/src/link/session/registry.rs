//! Which session a token opens, and which sessions are kept without their client.

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use super::Token;
use crate::{time::Timestamp, topic::Identity};

/// Names a session within its registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(u64);

/// Bounds of [`Sessions`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// How long a session is kept without its client. Default 2 min.
    pub retention: Duration,
    /// Sessions of one identity that are kept without their client; the oldest goes. Default 8.
    pub per_identity: usize,
    /// Sessions kept without their client; the oldest goes. Default 10 000.
    pub total: usize,
}

impl Default for Kept {
    fn default() -> Self {
        Self { retention: Duration::from_secs(120), per_identity: 8, total: 10_000 }
    }
}

/// Every session of a gateway, with what the gateway reaches it by.
///
/// A session has one token that a client was given last. The token before it stays valid until the client proves that it
/// got the new one; otherwise a connection lost in between would lose the session.
#[derive(Debug)]
pub struct Sessions<T> {
    kept: Kept,
    sessions: HashMap<SessionId, Record<T>>,
    tokens: HashMap<Token, SessionId>,
    /// Sessions without their client, oldest first.
    detached: BTreeSet<(Timestamp, SessionId)>,
    /// The same by identity.
    detached_by_identity: BTreeSet<(Identity, Timestamp, SessionId)>,
    last_id: u64,
}

#[derive(Debug)]
struct Record<T> {
    identity: Identity,
    current: Token,
    previous: Option<Token>,
    detached_at: Option<Timestamp>,
    value: T,
}

impl<T> Sessions<T> {
    /// No sessions.
    #[must_use]
    pub fn new(kept: Kept) -> Self {
        Self {
            kept,
            sessions: HashMap::new(),
            tokens: HashMap::new(),
            detached: BTreeSet::new(),
            detached_by_identity: BTreeSet::new(),
            last_id: 0,
        }
    }

    /// A new session with its client.
    pub fn insert(&mut self, identity: Identity, token: Token, value: T) -> SessionId {
        self.last_id += 1;
        let id = SessionId(self.last_id);
        self.tokens.insert(token, id);
        let record = Record { identity, current: token, previous: None, detached_at: None, value };
        self.sessions.insert(id, record);
        id
    }

    /// The session that a token opens for this identity. Its client gets `fresh` as the new token, and the session counts
    /// as being with its client. A token that is unknown, used up or another identity's opens nothing and changes nothing.
    ///
    /// The session may still have a socket, which then is to be closed with `CLOSE_REPLACED`.
    pub fn resume(&mut self, identity: Identity, token: Token, fresh: Token) -> Option<SessionId> {
        let id = *self.tokens.get(&token)?;
        let record = self.sessions.get_mut(&id).filter(|record| record.identity == identity)?;
        for known in [Some(record.current), record.previous].into_iter().flatten() {
            if known != token {
                self.tokens.remove(&known);
            }
        }
        record.previous = Some(token);
        record.current = fresh;
        self.tokens.insert(fresh, id);
        self.forget_detached(id);
        Some(id)
    }

    /// The client has proved that it has the newest token ([`Output::Confirmed`](super::Output::Confirmed)): no other
    /// opens the session from now on.
    pub fn confirm(&mut self, id: SessionId) {
        if let Some(previous) = self.sessions.get_mut(&id).and_then(|record| record.previous.take()) {
            self.tokens.remove(&previous);
        }
    }

    /// The client is gone. Returns the sessions that have to go to keep the bounds.
    pub fn detach(&mut self, now: Timestamp, id: SessionId) -> Vec<T> {
        let Some(record) = self.sessions.get_mut(&id) else { return Vec::new() };
        if record.detached_at.is_some() {
            return Vec::new();
        }
        record.detached_at = Some(now);
        let identity = record.identity;
        self.detached.insert((now, id));
        self.detached_by_identity.insert((identity, now, id));
        let mut gone = Vec::new();
        let of_identity = || {
            (identity, Timestamp::default(), SessionId(0))
                ..=(identity, Timestamp::from_millis(u64::MAX), SessionId(u64::MAX))
        };
        if self.detached_by_identity.range(of_identity()).count() > self.kept.per_identity {
            let oldest = self.detached_by_identity.range(of_identity()).next().map(|each| each.2);
            gone.extend(oldest.and_then(|oldest| self.remove(oldest)));
        }
        if self.detached.len() > self.kept.total {
            let oldest = self.detached.first().map(|each| each.1);
            gone.extend(oldest.and_then(|oldest| self.remove(oldest)));
        }
        gone
    }

    /// Forgets a session and its tokens.
    pub fn remove(&mut self, id: SessionId) -> Option<T> {
        self.forget_detached(id);
        let record = self.sessions.remove(&id)?;
        self.tokens.remove(&record.current);
        if let Some(previous) = record.previous {
            self.tokens.remove(&previous);
        }
        Some(record.value)
    }

    /// The sessions that were kept for long enough; they are forgotten.
    pub fn expire(&mut self, now: Timestamp) -> Vec<T> {
        let mut gone = Vec::new();
        while let Some(&(detached_at, id)) = self.detached.first()
            && detached_at.after(self.kept.retention) <= now
        {
            gone.extend(self.remove(id));
        }
        gone
    }

    /// When to call [`expire`](Self::expire); `None` while every session has its client.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Timestamp> {
        self.detached.first().map(|each| each.0.after(self.kept.retention))
    }

    /// What the gateway reaches a session by.
    #[must_use]
    pub fn get(&self, id: SessionId) -> Option<&T> {
        self.sessions.get(&id).map(|record| &record.value)
    }

    /// The same, to change it.
    pub fn get_mut(&mut self, id: SessionId) -> Option<&mut T> {
        self.sessions.get_mut(&id).map(|record| &mut record.value)
    }

    /// How many sessions there are: with their client, and without.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        (self.sessions.len() - self.detached.len(), self.detached.len())
    }

    fn forget_detached(&mut self, id: SessionId) {
        if let Some(record) = self.sessions.get_mut(&id)
            && let Some(at) = record.detached_at.take()
        {
            self.detached.remove(&(at, id));
            self.detached_by_identity.remove(&(record.identity, at, id));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    fn identity(number: u8) -> Identity {
        format!("websocket.user.00000000-0000-0000-0000-{number:012}").parse().unwrap()
    }

    fn token(number: u8) -> Token {
        Token([number; 16])
    }

    fn sessions() -> Sessions<u8> {
        Sessions::new(Kept { per_identity: 2, total: 3, ..Kept::default() })
    }

    #[test]
    fn a_token_works_until_the_client_has_shown_that_it_has_the_next() {
        let mut sessions = sessions();
        let id = sessions.insert(identity(1), token(1), 1);
        let mut resume = |old, fresh| sessions.resume(identity(1), token(old), token(fresh));
        assert_eq!(resume(1, 2), Some(id));
        assert_eq!(resume(1, 3), Some(id), "the answer with token 2 was lost");
        assert_eq!(resume(2, 9), None, "which therefore opens nothing");
        assert_eq!(resume(3, 4), Some(id), "token 3 arrived, but nothing came after it");
        assert_eq!(resume(1, 9), None);
        sessions.confirm(id);
        assert_eq!(sessions.resume(identity(1), token(3), token(9)), None, "a replayed token");
        assert_eq!(sessions.resume(identity(1), token(4), token(5)), Some(id));
        assert_eq!(sessions.resume(identity(1), token(9), token(8)), None, "never given out");
    }

    #[test]
    fn a_token_of_another_identity_opens_nothing_and_stays_valid() {
        let mut sessions = sessions();
        let id = sessions.insert(identity(1), token(1), 1);
        assert_eq!(sessions.resume(identity(2), token(1), token(2)), None);
        assert_eq!(sessions.resume(identity(1), token(1), token(2)), Some(id));
    }

    #[test]
    fn a_session_is_kept_for_two_minutes_without_its_client() {
        let mut sessions = sessions();
        let id = sessions.insert(identity(1), token(1), 1);
        assert_eq!(sessions.poll_timeout(), None);
        sessions.detach(at(0), id);
        sessions.resume(identity(1), token(1), token(2));
        assert_eq!(sessions.poll_timeout(), None);
        sessions.detach(at(10), id);
        assert_eq!(sessions.poll_timeout(), Some(at(130)));
        assert_eq!(sessions.expire(at(129)), []);
        assert_eq!(sessions.expire(at(130)), [1]);
        assert_eq!(sessions.resume(identity(1), token(2), token(3)), None);
        assert_eq!(sessions.counts(), (0, 0));
        assert!(sessions.tokens.is_empty());
    }

    #[test]
    fn of_too_many_sessions_without_their_client_the_oldest_goes() {
        let mut sessions = sessions();
        let mut add = |seconds: u8, number: u8| {
            let id = sessions.insert(identity(number), token(seconds), seconds);
            sessions.detach(at(seconds.into()), id)
        };
        assert_eq!([add(1, 1), add(2, 1)], [[], []]);
        assert_eq!(add(3, 1), [1]);
        assert_eq!(add(4, 2), []);
        assert_eq!(add(5, 2), [2]);
        assert_eq!(sessions.counts(), (0, 3));
    }
}
