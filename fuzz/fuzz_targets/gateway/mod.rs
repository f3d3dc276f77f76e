//! The world around a session, and what must hold in it.

mod said;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use prost::Message as _;
use tera_protocol::{
    error::{ErrorCode, TeraError},
    link::{
        frame::{Envelope, encode_any, frames, number},
        messages::Gap,
        session::{
            Access, Correlation, Limits, MAX_RECIPIENTS, Operation, Output, Publication, Session, Setup,
            Token,
        },
    },
    time::Timestamp,
    topic::Kind,
};

use super::Step;
pub use said::{Numbers, Said};

const PENDING: usize = 4;
const REPLAY: usize = 8;
const REPLAY_BYTES: usize = 1 << 10;
/// A gap may name 16,384 things.
const GAP_BYTES: usize = 1 << 18;
/// Most unnumbered frames that may wait for the socket, and one that was too many.
const CONTROL: usize = 65;

#[derive(Default)]
struct Counter(u32);

impl tera_protocol::link::session::Numbers for Counter {
    fn message(&mut self) -> u32 {
        self.0 += 1;
        self.0
    }

    fn call(&mut self) -> u64 {
        self.message().into()
    }
}

pub struct World {
    now: u64,
    session: Session,
    numbers: Counter,
    /// Number of the client's next message, and of the last one that it got.
    next: u64,
    received: u64,
    /// Publications that the bus has not reported on.
    publications: VecDeque<Publication>,
    /// Numbers given out and not retired, and operations asked for.
    waiting: BTreeSet<(u8, u64)>,
    operations: BTreeMap<u64, Operation>,
    /// Signals that were not reported on.
    signals: usize,
    over: bool,
    tokens: u8,
}

impl World {
    pub fn new() -> Self {
        let limits = Limits {
            pending_requests: PENDING,
            messages_per_second: 100,
            burst: 100,
            replay_messages: REPLAY,
            replay_bytes: REPLAY_BYTES,
            ..Limits::default()
        };
        let setup = Setup {
            identity: "websocket.user.00000000-0000-0000-0000-000000000001".parse().expect("an identity"),
            access: Access {
                targets: vec!["service.*".parse().expect("a pattern")],
                send_to: vec![Kind::Device],
            },
            limits,
            reply_channel: "replies".into(),
        };
        let mut world = Self {
            now: 1_700_000_000_000,
            session: Session::open(Timestamp::from_millis(1_700_000_000_000), setup),
            numbers: Counter::default(),
            next: 1,
            received: 0,
            publications: VecDeque::new(),
            waiting: BTreeSet::new(),
            operations: BTreeMap::new(),
            signals: 0,
            over: false,
            tokens: 0,
        };
        world.attach(None);
        world
    }

    pub fn take(&mut self, step: Step<'_>) {
        let at = self.at();
        let received = self.received;
        match step {
            Step::Wait(milliseconds) => self.wait(milliseconds.into()),
            Step::WaitUntilDue => self.wait_until_due(),
            Step::Leap(milliseconds) => self.wait(milliseconds),
            Step::Attach => self.attach(Some(received)),
            Step::AttachNear(offset) => self.attach(Some(received.wrapping_add_signed(offset.into()))),
            Step::AttachWild(received) => self.attach(Some(received)),
            Step::Closed(code) => self.session.handle_closed(at, code),
            Step::Read(count) => _ = self.read(count.into()),
            Step::Frame(said, numbers) => self.say(said, numbers),
            Step::Flood(said, times) => self.flood(said, times),
            Step::Bytes(bytes) => self.frame(bytes),
            Step::Text(text) => self.session.handle_text(at, text),
            Step::Signalled(good) => {
                if self.signals > 0 {
                    self.signals -= 1;
                    self.session.handle_signal(at, good.then_some(()).ok_or_else(error));
                }
            }
            Step::Ping => self.session.handle_ping(at),
            Step::Deliver(topic, length) => self.deliver(topic, length),
            Step::BusLost(count) => {
                let topics: Vec<_> = (0..count % 8).map(topic).collect();
                self.session.handle_bus_lost(at, topics.iter().map(|topic| &**topic));
            }
            Step::Published(receivers) => {
                if let Some(publication) = self.publications.pop_front() {
                    self.session.handle_published(
                        at,
                        &publication,
                        receivers.map(u64::from).ok_or_else(error),
                    );
                }
            }
            Step::Answer(seq, answer) => self.session.handle_answer(at, seq.into(), answer),
            Step::Return(id, good) => {
                let result = good.then(|| "1".to_owned()).ok_or_else(error);
                self.session.handle_return(at, id.into(), result);
            }
            Step::Operated(id, good) => {
                self.operations.remove(&id.into());
                self.session.handle_operation(at, id.into(), good.then_some(None).ok_or_else(error));
            }
            Step::Goodbye(least, most) => {
                let range = [least, most].map(|each| Duration::from_millis(each.into()));
                self.session.goodbye(at, range[0], range[1]);
            }
            Step::End => self.session.end(4000, "logged out"),
        }
    }

    /// Drains the outputs; what the machine holds and asks for is bounded.
    pub fn check(&mut self) {
        let mut outputs = 0;
        while let Some(output) = self.session.poll_output() {
            outputs += 1;
            self.perform(output);
        }
        let bound = 2 * MAX_RECIPIENTS + 2 * PENDING + 8;
        assert!(outputs <= bound, "{outputs} outputs at once; {bound} would be many");
        let wait = self.publications.len() + self.signals;
        assert!(wait <= MAX_RECIPIENTS.max(PENDING), "too many publications and signals wait");
        assert!(self.waiting.len() <= PENDING, "too many requests wait: {:?}", self.waiting);
        assert_eq!(self.over, self.session.is_over());
        assert!(!self.over || self.waiting.is_empty(), "{:?} are not retired", self.waiting);
    }

    /// A client that comes back finds no more than what is kept for one that is away.
    pub fn end(&mut self) {
        let at = self.at();
        self.session.handle_closed(at, None);
        self.check();
        if !self.session.is_over() {
            self.attach(Some(self.received));
            let (frames, bytes) = self.read(usize::MAX);
            assert!(self.session.is_over() || frames <= REPLAY + 2, "{frames} frames were kept");
            assert!(bytes <= 2 * REPLAY_BYTES + GAP_BYTES, "{bytes} bytes were kept");
        }
        self.session.end(1001, "the gateway is gone");
        self.check();
        assert!(self.over);
    }

    fn at(&self) -> Timestamp {
        Timestamp::from_millis(self.now)
    }

    fn wait(&mut self, milliseconds: u64) {
        self.now = self.now.saturating_add(milliseconds);
        self.session.handle_timeout(self.at());
    }

    /// What is due is done in a few turns, or a driver would spin.
    fn wait_until_due(&mut self) {
        for _ in 0..8 {
            let Some(due) = self.session.poll_timeout() else { return };
            self.now = self.now.max(due.as_millis());
            self.session.handle_timeout(self.at());
            self.check();
            if self.session.poll_timeout().is_none_or(|due| due > self.at()) {
                return;
            }
        }
        assert!(self.now == u64::MAX, "what is due stays due: {:?}", self.session);
    }

    fn attach(&mut self, received: Option<u64>) {
        self.tokens = self.tokens.wrapping_add(1);
        self.session.attach(self.at(), Token([self.tokens; 16]), received);
        self.session.set_batches(self.tokens.is_multiple_of(2));
        if let Some(received) = received {
            self.received = received;
        }
    }

    /// Reads messages until there were so many frames: how many of them had a number, and the bytes of all.
    fn read(&mut self, most: usize) -> (usize, usize) {
        let (mut control, mut numbered, mut bytes) = (0, 0, 0);
        while control + numbered < most
            && let Some(message) = self.session.poll_message()
        {
            for frame in frames(&message) {
                bytes += frame.len();
                if self.read_frame(frame) {
                    numbered += 1;
                } else {
                    control += 1;
                }
            }
        }
        assert!(control <= CONTROL, "{control} unnumbered frames waited");
        (numbered, bytes)
    }

    /// Whether it has a number; they follow each other.
    fn read_frame(&mut self, frame: &[u8]) -> bool {
        let envelope = Envelope::decode(frame).expect("what is sent can be read");
        if envelope.seq > 0 {
            assert_eq!(envelope.seq, self.received + 1, "numbers follow each other");
            assert!(envelope.ack < self.next, "what was not sent is acknowledged");
            self.received = envelope.seq;
            if envelope.message.type_url.ends_with("Gap") {
                Gap::decode(envelope.message.value).expect("a gap can be read");
            }
        }
        envelope.seq > 0
    }

    fn say(&mut self, said: Said<'_>, numbers: Numbers) {
        let (seq, ack) = numbers.of(&said, self.next, self.received);
        self.frame(&number(&said.encode(), seq, ack));
    }

    fn flood(&mut self, said: Said<'_>, times: u8) {
        let is_numbered = said.is_numbered();
        let frame = said.encode();
        for _ in 0..times {
            self.frame(&number(&frame, if is_numbered { self.next } else { 0 }, 0));
            self.check();
        }
    }

    fn frame(&mut self, frame: &[u8]) {
        if Envelope::decode(frame).is_ok_and(|envelope| envelope.seq == self.next) {
            self.next += 1;
        }
        self.session.handle_frame(self.at(), frame, &mut self.numbers);
    }

    fn deliver(&mut self, number: u8, length: u8) {
        let topic: Arc<str> = topic(number).into();
        let value = vec![0; length.into()];
        let frame = encode_any(prost_types::Any { type_url: "/x".into(), value });
        self.session.handle_delivery(self.at(), &topic, frame.into());
    }

    fn perform(&mut self, output: Output) {
        assert!(!self.over, "{output:?} after the end");
        match output {
            Output::Confirmed => {}
            Output::Publish(publication) => {
                if let Some(correlation) = publication.request {
                    assert!(self.waiting.insert(key(correlation)), "{correlation:?} is taken");
                }
                self.publications.push_back(publication);
            }
            Output::Signal(_) => self.signals += 1,
            Output::Operate(id, operation) => {
                self.operations.insert(id, operation);
                assert!(self.operations.len() <= 256);
            }
            Output::Retire(correlation) => {
                assert!(self.waiting.remove(&key(correlation)), "{correlation:?} was retired before");
            }
            Output::Abandon(_) => {}
            Output::Close { is_over, .. } => self.over = is_over,
        }
    }
}

fn key(correlation: Correlation) -> (u8, u64) {
    match correlation {
        Correlation::Message(seq) => (0, seq.into()),
        Correlation::Call(id) => (1, id),
        Correlation::Operation(id) => (2, id),
    }
}

fn topic(number: u8) -> String {
    format!("room.{number}")
}

fn error() -> TeraError {
    TeraError::new(ErrorCode::RemoteError, "it failed")
}
