//! The sessions of this gateway, by their tokens. Each is run by a task of its own, which is reached by its mailbox here.
//!
//! A session lives as long as its mailbox is here: taking it out ends the task.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use rand::{
    TryRng as _,
    rngs::{SysError, SysRng},
};
use tera_protocol::{
    link::session::{Kept, SessionId, Sessions, Token},
    time::Timestamp,
    topic::Identity,
};
use tokio::sync::mpsc;

use crate::{presence::Attached, socket::Socket};

/// Sockets of one session that wait to be taken. Each but the last is closed as soon as it is.
const MAILBOX: usize = 4;

/// A socket that its client has said Hello on.
#[derive(Debug)]
pub(crate) struct Arrival {
    pub(crate) socket: Socket,
    pub(crate) token: Token,
    /// What the client has received of the session; `None` if it is a new one.
    pub(crate) received: Option<u64>,
    /// Whether the client takes batches.
    pub(crate) batches: bool,
    /// Counts the session's sockets.
    pub(crate) number: u64,
    pub(crate) presence: Attached,
}

pub(crate) type Mailbox = mpsc::Sender<Arrival>;

#[derive(Debug)]
struct Entry {
    mailbox: Mailbox,
    /// The number of the newest socket. What is heard of older ones changes nothing here.
    newest: u64,
}

#[derive(Debug)]
pub(crate) struct Registry(Mutex<Sessions<Entry>>);

impl Registry {
    pub(crate) fn new(kept: Kept) -> Self {
        Self(Mutex::new(Sessions::new(kept)))
    }

    fn sessions(&self) -> MutexGuard<'_, Sessions<Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for a new session, its mailbox and the number of its first socket.
    pub(crate) fn open(
        &self,
        identity: Identity,
        token: Token,
    ) -> (SessionId, Mailbox, mpsc::Receiver<Arrival>, u64) {
        let (mailbox, arrivals) = mpsc::channel(MAILBOX);
        let newest = 1;
        let entry = Entry { mailbox: mailbox.clone(), newest };
        (self.sessions().insert(identity, token, entry), mailbox, arrivals, newest)
    }

    /// The mailbox of the session that a token opens for this identity, and the number of the socket that comes.
    pub(crate) fn resume(
        &self,
        now: Timestamp,
        identity: Identity,
        token: Token,
        fresh: Token,
    ) -> Option<(Mailbox, u64)> {
        let mut sessions = self.sessions();
        sessions.expire(now);
        let id = sessions.resume(identity, token, fresh)?;
        let entry = sessions.get_mut(id)?;
        entry.newest += 1;
        Some((entry.mailbox.clone(), entry.newest))
    }

    /// The client has proved, on this socket, that it has the newest token.
    pub(crate) fn confirm(&self, id: SessionId, number: u64) {
        let mut sessions = self.sessions();
        if sessions.get(id).is_some_and(|entry| entry.newest == number) {
            sessions.confirm(id);
        }
    }

    /// This socket is gone. Sessions that are too many without one end.
    pub(crate) fn detach(&self, now: Timestamp, id: SessionId, number: u64) {
        let mut sessions = self.sessions();
        if sessions.get(id).is_some_and(|entry| entry.newest == number) {
            sessions.detach(now, id);
        }
    }

    /// Sessions that were kept for long enough end.
    pub(crate) fn expire(&self, now: Timestamp) {
        self.sessions().expire(now);
    }

    pub(crate) fn remove(&self, id: SessionId) {
        self.sessions().remove(id);
    }

    /// How far clients shall spread that lose the gateway: a millisecond for each that is connected.
    pub(crate) fn reconnect_window(&self) -> Duration {
        let (connected, _) = self.counts();
        Duration::from_millis(connected as u64)
    }

    /// How many sessions there are: with their client, and without.
    pub(crate) fn counts(&self) -> (usize, usize) {
        self.sessions().counts()
    }
}

/// A token that nobody can guess: from the operating system.
pub(crate) fn fresh_token() -> Result<Token, SysError> {
    let mut token = [0; 16];
    SysRng.try_fill_bytes(&mut token)?;
    Ok(Token(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity() -> Identity {
        "websocket.user.00000000-0000-0000-0000-000000000001".parse().unwrap()
    }

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    #[test]
    fn what_is_heard_late_of_an_older_socket_changes_nothing() {
        let registry = Registry::new(Kept::default());
        let [first, second, third] = [1, 2, 3].map(|byte| Token([byte; 16]));
        let (id, _, _arrivals, number) = registry.open(identity(), first);
        let (_, newer) = registry.resume(at(0), identity(), first, second).unwrap();
        registry.detach(at(0), id, number);
        assert_eq!(registry.counts(), (1, 0));
        registry.confirm(id, number);
        assert!(registry.resume(at(0), identity(), first, third).is_some(), "the second may be lost");
        registry.detach(at(0), id, newer);
        assert_eq!(registry.counts(), (1, 0));
        registry.detach(at(0), id, newer + 1);
        assert_eq!(registry.counts(), (0, 1));
    }

    #[test]
    fn a_session_that_is_taken_out_hears_so_and_is_resumed_no_more() {
        let registry = Registry::new(Kept::default());
        let token = Token([1; 16]);
        let (id, mailbox, mut arrivals, number) = registry.open(identity(), token);
        drop(mailbox);
        registry.detach(at(0), id, number);
        assert!(arrivals.try_recv().is_err_and(|error| error == mpsc::error::TryRecvError::Empty));
        assert!(registry.resume(at(120), identity(), token, Token([2; 16])).is_none());
        assert!(arrivals.try_recv().is_err_and(|error| error == mpsc::error::TryRecvError::Disconnected));
    }

    #[test]
    fn tokens_differ() {
        assert!(fresh_token().unwrap() != fresh_token().unwrap());
    }
}
