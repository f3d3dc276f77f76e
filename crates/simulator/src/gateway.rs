//! The gateway's driver: sockets on one side, sessions on the other.

use std::time::Duration;

use bytes::Bytes;
use tera_protocol::{
    link::{
        messages::CloseCode,
        session::{
            Access, Hello, Kept, Numbers, Output, Session, SessionId, Sessions, Setup, Token, close_code,
        },
    },
    time::Timestamp,
    topic::Identity,
};

use crate::{
    bus::Answer,
    ledger::{ALWAYS, PATTERNS, SessionLog},
    network::Item,
    work::{Job, Work},
    world::World,
};

/// What the gateway's clock says when a run begins.
const EPOCH: u64 = 1_700_000_000_000;
const REPLACED: u16 = close_code(CloseCode::CloseReplaced);
const VIOLATION: u16 = close_code(CloseCode::CloseProtocolViolation);

/// A session and what the gateway reaches it by.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) session: Session,
    /// Its place among the logs.
    pub(crate) log: usize,
    pub(crate) link: Option<u32>,
    /// Whose it is.
    pub(crate) client: Option<usize>,
    /// Patterns subscribed to, as a set of bits.
    pub(crate) subscriptions: u8,
    pub(crate) work: Work,
    /// Numbers taken and not retired.
    pub(crate) outstanding: i64,
    /// The number of the token given last.
    token: u64,
    /// The number of the token by which the client came last.
    used: u64,
    /// The client has shown that it has this one: those before it are spent.
    shown: u64,
}

impl Entry {
    /// The topics that it is handed.
    pub(crate) fn topics(&self) -> u8 {
        let mut topics = ALWAYS;
        for (index, (_, covered)) in PATTERNS.iter().enumerate() {
            if self.subscriptions & (1 << index) != 0 {
                topics |= covered;
            }
        }
        topics
    }
}

#[derive(Debug)]
pub(crate) struct Gateway {
    pub(crate) identity: Identity,
    pub(crate) sessions: Sessions<Entry>,
    pub(crate) ids: Vec<SessionId>,
    pub(crate) bus_is_up: bool,
    pub(crate) answers: Vec<Answer>,
    /// How far its clock is ahead of the world's, in milliseconds.
    pub(crate) ahead: u64,
    pub(crate) asleep_until: u64,
    numbers: Counter,
    last_token: u64,
}

/// Numbers that are never used twice.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counter(u64);

impl Numbers for Counter {
    fn message(&mut self) -> u32 {
        self.0 += 1;
        self.0 as u32
    }

    fn call(&mut self) -> u64 {
        self.0 += 1;
        self.0
    }
}

impl Gateway {
    pub(crate) fn new(kept: Kept) -> Self {
        Self {
            identity: "websocket.user.00000000-0000-0000-0000-000000000001"
                .parse()
                .expect("it is an address"),
            sessions: Sessions::new(kept),
            ids: Vec::new(),
            bus_is_up: true,
            answers: Vec::new(),
            ahead: EPOCH,
            asleep_until: 0,
            numbers: Counter::default(),
            last_token: 0,
        }
    }

    pub(crate) const fn time(&self, now: u64) -> Timestamp {
        Timestamp::from_millis(now + self.ahead)
    }

    fn due(&self, at: Timestamp) -> u64 {
        at.as_millis().saturating_sub(self.ahead).max(self.asleep_until)
    }

    pub(crate) fn session_due(&self, id: SessionId) -> Option<u64> {
        self.sessions.get(id)?.session.poll_timeout().map(|at| self.due(at))
    }

    pub(crate) fn expiry_due(&self) -> Option<u64> {
        self.sessions.poll_timeout().map(|at| self.due(at))
    }

    /// The number of a new token.
    fn fresh_token(&mut self) -> u64 {
        self.last_token += 1;
        self.last_token
    }

    /// Forgets which sessions are gone.
    fn tidy(&mut self) {
        self.ids.retain(|&id| self.sessions.get(id).is_some());
    }
}

fn token(number: u64) -> Token {
    let mut token = [0; 16];
    token[..8].copy_from_slice(&number.to_le_bytes());
    Token(token)
}

fn number(token: Token) -> u64 {
    token.0.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

impl World {
    pub(crate) fn gateway_reads(&mut self, link: u32, frame: &Bytes) {
        match self.link(link).and_then(|link| link.session) {
            None => self.greet(link, frame),
            Some(id) => {
                let time = self.gateway.time(self.now);
                let gateway = &mut self.gateway;
                let Some(entry) = gateway.sessions.get_mut(id).filter(|entry| entry.link == Some(link))
                else {
                    return;
                };
                let before = gateway.numbers.0;
                entry.shown = entry.token;
                if frame.len().is_multiple_of(64) {
                    let window = Duration::from_millis(frame.len() as u64 * 8);
                    entry.session.set_reconnect_window(time, window);
                }
                entry.session.handle_frame(time, frame, &mut gateway.numbers);
                entry.outstanding += (gateway.numbers.0 - before) as i64;
                self.drain_session(id);
            }
        }
    }

    fn greet(&mut self, link: u32, frame: &[u8]) {
        let Ok(hello) = Hello::decode(frame) else { return self.close_link(link, VIOLATION) };
        let client = self.link(link).and_then(|link| link.client);
        let time = self.gateway.time(self.now);
        let (fresh, identity) = (self.gateway.fresh_token(), self.gateway.identity);
        let known =
            hello.token.and_then(|token| self.gateway.sessions.resume(identity, token, self::token(fresh)));
        if known.is_none() {
            self.check_forgotten(hello.token.map_or(0, number));
        }
        let id = known.unwrap_or_else(|| self.open_session(fresh));
        self.note(|_| {
            format!("gateway: link {link} says Hello {hello:?}, session {id:?}, known {}", known.is_some())
        });
        let Some(entry) = self.gateway.sessions.get_mut(id) else { return };
        let (before, log) = (entry.link.replace(link), entry.log);
        entry.client = client.or(entry.client);
        entry.token = fresh;
        entry.used = hello.token.filter(|_| known.is_some()).map_or(0, number);
        entry.session.attach(time, token(fresh), known.map(|_| hello.received));
        entry.session.set_batches(hello.batches);
        let is_spent = known.is_some() && hello.token.is_some_and(|token| number(token) < entry.shown);
        self.demand(!is_spent, || "a token opened a session after its client had shown the next".into());
        if let Some(before) = before {
            self.close_link(before, REPLACED);
        }
        if let Some(link) = self.link(link) {
            (link.session, link.log) = (Some(id), log);
        }
        self.drain_session(id);
    }

    /// A session that the gateway still has is resumed with the newest token, and with that by which it was resumed last
    /// as long as the client has not shown the newest.
    fn check_forgotten(&mut self, token: u64) {
        let mut kept = self.gateway.ids.iter().filter_map(|&id| self.gateway.sessions.get(id));
        let is_kept = kept.any(|entry| {
            token == entry.token || (token == entry.used && entry.shown < entry.token && token > 0)
        });
        self.demand(!is_kept, || "a session is kept, but was not resumed".into());
    }

    fn open_session(&mut self, fresh: u64) -> SessionId {
        let setup = Setup {
            identity: self.gateway.identity,
            access: Access { targets: vec!["*".parse().expect("it is a pattern")], send_to: vec![] },
            limits: self.plan.limits.clone(),
            reply_channel: "replies".into(),
        };
        let session = Session::open(self.gateway.time(self.now), setup);
        let log = self.logs.len();
        self.logs.push(SessionLog::default());
        let entry = Entry {
            session,
            log,
            link: None,
            client: None,
            subscriptions: 0,
            work: Work::default(),
            outstanding: 0,
            token: 0,
            used: 0,
            shown: 0,
        };
        let id = self.gateway.sessions.insert(self.gateway.identity, token(fresh), entry);
        self.gateway.ids.push(id);
        id
    }

    /// The gateway's end of a socket hears that the client's is closed.
    pub(crate) fn gateway_hears_close(&mut self, link: u32, code: Option<u16>) {
        let Some(closed) = self.link(link) else { return };
        closed.gateway_end = false;
        let session = closed.session;
        self.note(|_| format!("gateway: link {link} is closed: {code:?}"));
        let time = self.gateway.time(self.now);
        if let Some(id) = session
            && let Some(entry) = self.gateway.sessions.get_mut(id).filter(|entry| entry.link == Some(link))
        {
            entry.link = None;
            entry.session.handle_closed(time, code);
            self.drain_session(id);
            self.detach_session(id);
        }
    }

    /// The gateway closes a socket.
    fn close_link(&mut self, link: u32, code: u16) {
        let at = self.now + self.latency();
        if let Some(link) = self.link(link) {
            link.gateway_end = false;
            link.down.push(at, Item::Closed(code));
        }
        self.note(|_| format!("gateway: closes link {link} with {code}"));
    }

    fn detach_session(&mut self, id: SessionId) {
        let gone = self.gateway.sessions.detach(self.gateway.time(self.now), id);
        self.bury(gone);
    }

    pub(crate) fn expire_sessions(&mut self) {
        let gone = self.gateway.sessions.expire(self.gateway.time(self.now));
        self.bury(gone);
    }

    /// Ends sessions that the registry has given up.
    fn bury(&mut self, gone: Vec<Entry>) {
        for mut entry in gone {
            self.note(|_| format!("gateway: session of log {} is given up", entry.log));
            let has_link = entry.link.is_some();
            self.demand(!has_link, || "a session was given up while its client was there".into());
            entry.session.end(1000, "expired");
            while let Some(output) = entry.session.poll_output() {
                entry.outstanding -= i64::from(matches!(output, Output::Retire(_)));
            }
            let left = entry.outstanding;
            self.demand(left == 0, || format!("{left} numbers were not retired"));
        }
        self.gateway.tidy();
    }

    pub(crate) fn session_timer(&mut self, id: SessionId) {
        let time = self.gateway.time(self.now);
        if let Some(entry) = self.gateway.sessions.get_mut(id) {
            entry.session.handle_timeout(time);
            self.drain_session(id);
        }
        let due = self.gateway.session_due(id);
        let is_loop = due.is_some_and(|due| due <= self.now && self.gateway.asleep_until < self.now);
        self.demand(!is_loop, || "the session's timer fires again at the same moment".into());
    }

    /// Performs what a session puts out.
    pub(crate) fn drain_session(&mut self, id: SessionId) {
        while let Some(entry) = self.gateway.sessions.get_mut(id) {
            let Some(output) = entry.session.poll_output() else { break };
            match output {
                Output::Confirmed => self.gateway.sessions.confirm(id),
                Output::Publish(publication) => self.work(id, Job::Publication(publication)),
                Output::Operate(number, operation) => self.work(id, Job::Operation(number, operation)),
                Output::Signal(_) => self.demand(false, || "nobody has sent a text message".into()),
                Output::Retire(_) => entry.outstanding -= 1,
                Output::Abandon(number) => entry.work.abandon(number),
                Output::Close { code, reason, is_over } => {
                    self.note(|_| format!("gateway: session {id:?} closes: {reason}"));
                    self.close_session(id, code, is_over);
                }
            }
        }
        let capacity = self.random.between(1, self.plan.capacity as u64);
        self.write_messages(id, capacity as usize);
        self.check_session_bounds(id);
    }

    fn close_session(&mut self, id: SessionId, code: u16, is_over: bool) {
        self.write_messages(id, usize::MAX);
        let Some(entry) = self.gateway.sessions.get_mut(id) else { return };
        if let Some(link) = entry.link.take() {
            self.close_link(link, code);
        }
        if is_over {
            // What is left in it is Retire.
            let gone = self.gateway.sessions.remove(id);
            self.bury(gone.into_iter().collect());
        } else {
            self.detach_session(id);
        }
    }

    /// Writes what the socket takes: frames one by one, or those that wait as a batch. At times it takes less while something
    /// is on its way, so that several wait.
    fn write_messages(&mut self, id: SessionId, capacity: usize) {
        let Some(entry) = self.gateway.sessions.get_mut(id) else { return };
        let Some(link) = entry.link else { return };
        let Some(link) = self.links.iter_mut().find(|each| each.id == link) else { return };
        while link.down.len() < capacity {
            let session = &mut entry.session;
            let joins = self.random.percent(70);
            let message = if joins { session.poll_message() } else { session.poll_frame() };
            let Some(message) = message else { return };
            let (least, most) = self.plan.latency;
            link.down.push(self.now + self.random.between(least, most), Item::Message(message));
        }
    }

    fn check_session_bounds(&mut self, id: SessionId) {
        let Some(entry) = self.gateway.sessions.get(id) else { return };
        let limits = &self.plan.limits;
        let (count, bytes) = entry.session.buffered();
        // Transmitted messages that made room are remembered beside those that are kept.
        let fits = count <= 3 * limits.replay_messages + 130 && bytes <= 2 * limits.replay_bytes + 8_000;
        self.demand(fits, || format!("a session keeps {count} messages of {bytes} bytes"));
    }
}
