//! The gateway's machine against frames written by hand, on a clock of its own.

mod batches;
mod handshake;
mod hostile;
mod link;
mod requests;

use std::sync::Arc;

use prost::Message as _;

use super::*;
use crate::{
    any::pack,
    link::{
        frame::{Envelope, payload},
        messages::{Notice, Reply, Request, reply::Outcome, request},
    },
    opentera::{StopSessionEvent, TeraModuleMessage, UserEvent, tera_module_message::Header},
};

const USER: &str = "websocket.user.00000000-0000-0000-0000-000000000001";
const DEVICE: &str = "websocket.device.00000000-0000-0000-0000-000000000002";
const START: u64 = 1_700_000_000_000;

fn at(milliseconds: u64) -> Timestamp {
    Timestamp::from_millis(START + milliseconds)
}

#[derive(Default)]
struct Counter(u32);

impl Numbers for Counter {
    fn message(&mut self) -> u32 {
        self.0 += 1;
        self.0
    }

    fn call(&mut self) -> u64 {
        self.0 += 1;
        self.0.into()
    }
}

/// A session and a client that only counts.
struct Bench {
    session: Session,
    numbers: Counter,
    now: u64,
    /// The client's last number.
    seq: u64,
}

fn limits() -> Limits {
    Limits {
        pending_requests: 2,
        burst: 20,
        messages_per_second: 10,
        replay_messages: 4,
        ..Limits::default()
    }
}

fn setup(limits: Limits) -> Setup {
    Setup {
        identity: USER.parse().unwrap(),
        access: Access {
            targets: vec!["service.*".parse().unwrap()],
            send_to: vec![crate::topic::Kind::Device],
        },
        limits,
        reply_channel: "private".into(),
    }
}

fn token(number: u8) -> Token {
    Token([number; 16])
}

/// What came out of a session.
#[derive(Debug, Default, PartialEq)]
struct Done {
    outputs: Vec<Output>,
    frames: Vec<Bytes>,
}

/// A frame for the client, as far as these tests tell them apart.
#[derive(Clone, Debug, PartialEq)]
enum Sent {
    Session { resumed: bool, received: u64 },
    Reply(Reply),
    Notice(Notice),
    Gap(messages::Gap),
    Control(&'static str, u64),
    Event,
}

impl Done {
    fn sent(&self) -> Vec<Sent> {
        let sent = self.frames.iter().map(|frame| {
            let any = payload(frame).unwrap();
            match type_name(any.type_url) {
                "tera.link.v1.Session" => {
                    let session = messages::Session::decode(any.value).unwrap();
                    Sent::Session { resumed: session.resumed, received: session.received }
                }
                "tera.link.v1.Reply" => Sent::Reply(Reply::decode(any.value).unwrap()),
                "tera.link.v1.Notice" => Sent::Notice(Notice::decode(any.value).unwrap()),
                "tera.link.v1.Gap" => Sent::Gap(messages::Gap::decode(any.value).unwrap()),
                "tera.link.v1.Ack" => Sent::Control("ack", Envelope::decode(frame).unwrap().ack),
                "tera.link.v1.Goodbye" => Sent::Control("goodbye", 0),
                "tera.link.v1.Ping" => Sent::Control("ping", messages::Ping::decode(any.value).unwrap().id),
                "tera.link.v1.Pong" => Sent::Control("pong", messages::Pong::decode(any.value).unwrap().id),
                _ => Sent::Event,
            }
        });
        sent.collect()
    }

    /// The numbers of the frames.
    fn numbers(&self) -> Vec<u64> {
        self.frames.iter().map(|frame| Envelope::decode(frame).unwrap().seq).collect()
    }

    fn replies(&self) -> Vec<Reply> {
        let reply = |sent| if let Sent::Reply(reply) = sent { Some(reply) } else { None };
        self.sent().into_iter().filter_map(reply).collect()
    }

    fn publications(&self) -> Vec<&Publication> {
        let publications = self.outputs.iter().filter_map(|output| match output {
            Output::Publish(publication) => Some(publication),
            _ => None,
        });
        publications.collect()
    }

    /// The code of the one error among the frames, be it a Reply or a Notice.
    fn error(&self) -> ErrorCode {
        match self.sent().as_slice() {
            [Sent::Reply(Reply { outcome: Some(Outcome::Error(error)), .. })] => error.code(),
            [Sent::Notice(Notice { error: Some(error) })] => error.code(),
            other => panic!("not one error: {other:?}"),
        }
    }

    /// The close code, and whether the session is over.
    fn closed(&self) -> Option<(u16, bool)> {
        self.outputs.iter().find_map(|output| match output {
            Output::Close { code, is_over, .. } => Some((*code, *is_over)),
            _ => None,
        })
    }

    fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

impl Bench {
    fn detached(limits: Limits) -> Self {
        let session = Session::open(at(0), setup(limits));
        Self { session, numbers: Counter::default(), now: 0, seq: 0 }
    }

    /// A session whose client is there.
    fn with(limits: Limits) -> Self {
        let mut bench = Self::detached(limits);
        bench.session.attach(at(0), token(1), None);
        bench.ping(1);
        bench
    }

    fn new() -> Self {
        Self::with(limits())
    }

    fn done(&mut self) -> Done {
        Done {
            outputs: std::iter::from_fn(|| self.session.poll_output()).collect(),
            frames: std::iter::from_fn(|| self.session.poll_frame()).collect(),
        }
    }

    fn bytes(&mut self, frame: &[u8]) -> Done {
        self.session.handle_frame(at(self.now), frame, &mut self.numbers);
        self.done()
    }

    fn text(&mut self, text: &str) -> Done {
        self.session.handle_text(at(self.now), text);
        self.done()
    }

    /// A numbered message.
    fn frame<M: Name>(&mut self, message: &M) -> Done {
        self.seq += 1;
        self.bytes(&number(&encode(message), self.seq, 0))
    }

    fn control<M: Name>(&mut self, message: &M, ack: u64) -> Done {
        self.bytes(&number(&encode(message), 0, ack))
    }

    fn ping(&mut self, id: u64) -> Done {
        self.control(&messages::Ping { id }, 0)
    }

    fn ack(&mut self, ack: u64) -> Done {
        self.control(&messages::Ack {}, ack)
    }

    fn request(&mut self, id: u64, dest: &str) -> Done {
        let operation = Some(request::Operation::Message(message(dest)));
        self.frame(&Request { id, timeout_ms: 1_000, operation })
    }

    /// A message that is published at once.
    fn send(&mut self) {
        for publication in self.frame(&message(DEVICE)).publications() {
            self.session.handle_published(at(self.now), publication, Ok(1));
        }
        self.done();
    }

    fn answer(&mut self, seq: u32) -> Done {
        let head = Some(Header { seq, ..Default::default() });
        let answer = TeraModuleMessage { head, data: vec![] }.encode_to_vec();
        self.session.handle_answer(at(self.now), seq, &answer);
        self.done()
    }

    /// Messages of a topic.
    fn deliver(&mut self, topic: &str, count: usize) -> Done {
        let topic: Arc<str> = topic.into();
        for _ in 0..count {
            let frame = encode(&StopSessionEvent::default()).into();
            self.session.handle_delivery(at(self.now), &topic, frame);
        }
        self.done()
    }

    fn lose(&mut self) -> Done {
        self.session.handle_closed(at(self.now), None);
        self.done()
    }

    fn resume(&mut self, received: u64) -> Done {
        self.session.attach(at(self.now), token(2), Some(received));
        self.done()
    }

    fn time(&mut self, now: u64) -> Done {
        self.now = now;
        self.session.handle_timeout(at(now));
        self.done()
    }
}

fn message(dest: &str) -> TeraModuleMessage {
    let head =
        Header { version: 9, time: 9.0, seq: 77, source: "websocket.user.forged".into(), dest: dest.into() };
    TeraModuleMessage { head: Some(head), data: vec![pack(&UserEvent::default())] }
}
