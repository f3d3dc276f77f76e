//! Both machines joined by a network that loses what is on its way when it is cut.
//!
//! Every message carries its position in its topic, so that what arrives and what gaps name can be held against what was
//! published. It is a test of the machines alone, in one process; it knows nothing of real sockets.

mod tests;

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use prost::Message as _;

use super::{
    Answer, Connection, Event, Input, Options, Output, RequestId, State,
    frame::{encode, put_topic},
    session::{self, Hello, Kept, Limits, Numbers, Session, SessionId, Sessions, Setup, Token, welcome},
};
use crate::{
    error::ErrorCode,
    opentera::{RpcMessage, StopSessionEvent},
    time::Timestamp,
    topic::Identity,
};

const TOPICS: [&str; 2] = ["service.A.events", "service.B.events"];

/// What the client has of a topic: positions one by one, and whether a gap of unknown size or a new session hides others.
#[derive(Debug, Default)]
struct Log {
    published: u64,
    /// Accounted for without a hole up to here, in what the publisher counts.
    seen: u64,
    delivered: u64,
    missing: u64,
    /// What the publisher had counted when the session began: positions count from there.
    offset: u64,
}

struct World {
    now: u64,
    client: Connection,
    sessions: Sessions<Session>,
    identity: Identity,
    limits: Limits,
    /// The session on this socket, once its Hello has come.
    socket: Socket,
    newest: Option<SessionId>,
    to_client: VecDeque<Vec<u8>>,
    to_gateway: VecDeque<Vec<u8>>,
    numbers: Counter,
    tokens: u8,
    logs: BTreeMap<Arc<str>, Log>,
    /// How often the gateway executed each call, and how often the client heard of its end, by its argument.
    executed: BTreeMap<String, u32>,
    settled: BTreeMap<RequestId, Vec<Result<(), ErrorCode>>>,
    names: BTreeMap<RequestId, String>,
    resyncs: u32,
    random: u64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Socket {
    None,
    Greeted,
    Session(SessionId),
}

#[derive(Default)]
struct Counter(u64);

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

impl World {
    fn new(seed: u64, limits: Limits) -> Self {
        let options = Options { seed, request_timeout: Duration::from_secs(3_600), ..Options::default() };
        let mut world = Self {
            now: 0,
            client: Connection::new(Timestamp::default(), options),
            sessions: Sessions::new(Kept::default()),
            identity: "websocket.user.00000000-0000-0000-0000-000000000001".parse().unwrap(),
            limits,
            socket: Socket::None,
            newest: None,
            to_client: VecDeque::new(),
            to_gateway: VecDeque::new(),
            numbers: Counter::default(),
            tokens: 0,
            logs: TOPICS.into_iter().map(|topic| (topic.into(), Log::default())).collect(),
            executed: BTreeMap::new(),
            settled: BTreeMap::new(),
            names: BTreeMap::new(),
            resyncs: 0,
            random: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
        };
        world.pump();
        world.settle_down();
        world
    }

    fn at(&self) -> Timestamp {
        Timestamp::from_millis(self.now)
    }

    fn random(&mut self, below: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random >> 16) % below
    }

    fn publish(&mut self, topic: usize) {
        let topic: Arc<str> = TOPICS[topic].into();
        let log = self.logs.get_mut(&topic).unwrap();
        log.published += 1;
        let mut frame =
            encode(&StopSessionEvent { session_uuid: log.published.to_string(), ..Default::default() });
        put_topic(&mut frame, &topic);
        let at = self.at();
        if let Some(session) = self.session() {
            session.handle_delivery(at, &topic, frame.into());
        }
        self.pump();
    }

    fn call(&mut self) {
        let name = self.names.len().to_string();
        let rpc = RpcMessage { method: name.clone(), ..Default::default() }.encode_to_vec();
        if let Ok(id) = self.client.call(self.at(), "service.A", &rpc, None) {
            self.names.insert(id, name);
        }
        self.pump();
    }

    /// The client's newest session, with its client or without.
    fn session(&mut self) -> Option<&mut Session> {
        self.sessions.get_mut(self.newest?)
    }

    fn pump(&mut self) {
        loop {
            let before = (self.to_client.len(), self.to_gateway.len(), self.socket);
            while let Some(output) = self.client.poll_output() {
                self.perform(output);
            }
            self.pump_session();
            if before == (self.to_client.len(), self.to_gateway.len(), self.socket) {
                return;
            }
        }
    }

    fn perform(&mut self, output: Output) {
        match output {
            Output::Dial => {
                self.to_client.clear();
                self.to_gateway.clear();
                self.socket = Socket::Greeted;
                let frame = welcome(self.identity, &self.limits, Duration::ZERO);
                self.to_client.push_back(frame.to_vec());
                self.client.handle(self.at(), Input::Opened);
            }
            Output::Transmit(frame) => self.to_gateway.push_back(frame),
            Output::Hangup(code) => {
                assert!(code == 4006, "the client found something wrong: {:?}", self.client.state());
                self.gateway_loses(Some(code));
            }
            Output::Event(event) => self.hear(event),
        }
    }

    fn hear(&mut self, event: Event) {
        match event {
            Event::Settled(id, outcome) => {
                let outcome = outcome.map(|answer| assert_eq!(answer, Answer::Json("1".into())));
                self.settled.entry(id).or_default().push(outcome.map_err(|error| error.code));
            }
            Event::Gap(gap) => {
                let log = self.logs.get_mut(&*gap.topic).unwrap();
                assert_eq!(gap.first + log.offset, log.seen + 1, "{gap:?}");
                assert_eq!(gap.count, Some(gap.last - gap.first + 1));
                log.seen = gap.last + log.offset;
                log.missing += gap.count.unwrap();
            }
            Event::Resync => self.resyncs += 1,
            Event::Warning(error) => panic!("{error:?}"),
            Event::State(State::Closed(error)) => panic!("{error:?}"),
            Event::State(_) => {}
        }
    }

    fn pump_session(&mut self) {
        let at = self.at();
        let Some(session) = self.newest.and_then(|id| self.sessions.get_mut(id)) else { return };
        let mut outputs = Vec::new();
        while let Some(output) = session.poll_output() {
            if let session::Output::Publish(publication) = &output {
                session.handle_published(at, publication, Ok(1));
                let rpc = RpcMessage::decode(publication.payload.clone()).unwrap();
                session.handle_return(at, rpc.id, Ok("1".into()));
                *self.executed.entry(rpc.method).or_default() += 1;
            }
            outputs.push(output);
        }
        while let Some(frame) = session.poll_frame() {
            self.to_client.push_back(frame.to_vec());
        }
        for output in outputs {
            match (output, self.socket) {
                (session::Output::Confirmed, Socket::Session(id)) => self.sessions.confirm(id),
                (session::Output::Close { is_over: true, reason, .. }, _) => panic!("{reason}"),
                (session::Output::Close { .. }, _) => self.cut(),
                _ => {}
            }
        }
    }

    fn deliver_to_client(&mut self) {
        let Some(frame) = self.to_client.pop_front() else { return };
        let delivered = self.client.handle_frame(self.at(), &frame).map(|payload| {
            let event = StopSessionEvent::decode(payload.message.value).unwrap();
            (payload.topic.to_owned(), event.session_uuid.parse::<u64>().unwrap())
        });
        self.pump();
        if let Some((topic, position)) = delivered {
            let log = self.logs.get_mut(&*topic).unwrap();
            assert_eq!(position, log.seen + 1, "{topic}: lost, doubled or out of order");
            log.seen = position;
            log.delivered += 1;
        }
    }

    fn deliver_to_gateway(&mut self) {
        let Some(frame) = self.to_gateway.pop_front() else { return };
        let at = self.at();
        match self.socket {
            Socket::None => {}
            Socket::Greeted => self.greet(&frame),
            Socket::Session(id) => {
                if let Some(session) = self.sessions.get_mut(id) {
                    session.handle_frame(at, &frame, &mut self.numbers);
                }
            }
        }
        self.pump();
    }

    fn greet(&mut self, frame: &[u8]) {
        let at = self.at();
        let hello = Hello::decode(frame).unwrap();
        self.tokens += 1;
        let fresh = Token([self.tokens; 16]);
        let known = hello.token.and_then(|token| self.sessions.resume(self.identity, token, fresh));
        let id = known.unwrap_or_else(|| {
            for log in self.logs.values_mut() {
                (log.offset, log.seen) = (log.published, log.published);
            }
            let setup = Setup {
                identity: self.identity,
                access: session::Access { targets: vec!["*".parse().unwrap()], send_to: vec![] },
                limits: self.limits.clone(),
                reply_channel: "replies".into(),
            };
            self.sessions.insert(self.identity, fresh, Session::open(at, setup))
        });
        self.socket = Socket::Session(id);
        self.newest = Some(id);
        let received = known.map(|_| hello.received);
        self.sessions.get_mut(id).unwrap().attach(at, fresh, received);
    }

    fn gateway_loses(&mut self, code: Option<u16>) {
        let at = self.at();
        self.to_client.clear();
        self.to_gateway.clear();
        if let Socket::Session(id) = std::mem::replace(&mut self.socket, Socket::None) {
            if let Some(session) = self.sessions.get_mut(id) {
                session.handle_closed(at, code);
            }
            self.sessions.detach(at, id);
        }
    }

    /// The connection is lost with all that is on its way.
    fn cut(&mut self) {
        self.gateway_loses(None);
        self.client.handle(self.at(), Input::Closed(1006, String::new()));
        self.pump();
    }

    /// The gateway forgets everything.
    fn restart(&mut self) {
        self.cut();
        self.sessions = Sessions::new(Kept::default());
    }

    fn time(&mut self, milliseconds: u64) {
        self.now += milliseconds;
        let at = self.at();
        self.client.handle(at, Input::TimedOut);
        if let Some(session) = self.session() {
            session.handle_timeout(at);
        }
        self.pump();
    }

    /// Lets everything arrive, reconnecting as often as it takes.
    fn settle_down(&mut self) {
        for _ in 0..100 {
            while !self.to_client.is_empty() || !self.to_gateway.is_empty() {
                self.deliver_to_gateway();
                self.deliver_to_client();
            }
            let connected = matches!(self.client.state(), State::Connected { .. });
            if connected && self.client.buffered_amount() == 0 && self.names.len() == self.settled.len() {
                return;
            }
            let wait = self.client.poll_timeout().map_or(0, Timestamp::as_millis).saturating_sub(self.now);
            self.time(wait.max(1));
        }
        panic!("nothing settles: {:?}", self.client.state());
    }

    /// What must hold once everything has arrived.
    fn check(&self) {
        for (topic, log) in &self.logs {
            assert_eq!(log.seen, log.published, "{topic}");
        }
        for (id, name) in &self.names {
            let executed = self.executed.get(name).copied().unwrap_or(0);
            let [outcome] = self.settled[id][..] else { panic!("{id:?}: {:?}", self.settled[id]) };
            match outcome {
                Ok(()) => assert_eq!(executed, 1, "{id:?}"),
                Err(code) => assert!(code == ErrorCode::Uncertain && executed <= 1, "{id:?} {code:?}"),
            }
        }
    }
}
