//! The client's machine against frames written by hand, on a clock of its own.

mod closing;
mod handshake;
mod liveness;
mod plain;
mod queue;
mod received;
mod requests;
mod resume;
mod subscriptions;

use std::time::Duration;

use prost::{Message as _, Name};

use super::*;
use crate::{
    any::type_name,
    error::ErrorCode,
    link::{
        Answer, Gap, Mode, Overflow,
        frame::{ClientFrame, Envelope, encode, number},
        messages::{self, Reply, Request, Session, Welcome, reply},
    },
    opentera::{RpcMessage, StopSessionEvent, TeraEvent},
};

const ADDRESS: &str = "websocket.user.u";

fn at(milliseconds: u64) -> Timestamp {
    Timestamp::from_millis(milliseconds)
}

/// A frame that the client sent.
#[derive(Clone, Debug, PartialEq)]
struct Sent {
    seq: u64,
    ack: u64,
    what: String,
}

fn sent(seq: u64, what: &str) -> Sent {
    Sent { seq, ack: 0, what: what.into() }
}

/// A connection and a gateway that only counts.
struct Bench {
    connection: Connection,
    now: u64,
    /// The gateway's last number.
    seq: u64,
    outputs: Vec<Output>,
}

impl Bench {
    /// A connection whose socket is open and whose server has said nothing.
    fn dialing(options: Options) -> Self {
        let mut bench =
            Self { connection: Connection::new(at(0), options), now: 0, seq: 0, outputs: Vec::new() };
        bench.input(Input::Opened);
        assert_eq!(bench.take(), [Output::Dial]);
        bench
    }

    fn with(options: Options) -> Self {
        let mut bench = Self::dialing(options);
        bench.handshake(false, 0);
        bench.take();
        bench
    }

    /// Connected to a gateway since 0, with nothing left to do.
    fn new() -> Self {
        Self::with(Options::default())
    }

    fn pump(&mut self) {
        self.outputs.extend(std::iter::from_fn(|| self.connection.poll_output()));
    }

    fn input(&mut self, input: Input) {
        self.connection.handle(at(self.now), input);
        self.pump();
    }

    fn frame(&mut self, frame: &[u8]) -> Option<String> {
        let payload = self.connection.handle_frame(at(self.now), frame);
        let payload = payload.map(|payload| [type_name(payload.message.type_url), payload.topic].join(" "));
        self.pump();
        payload
    }

    fn control<M: Name>(&mut self, message: &M, ack: u64) {
        assert_eq!(self.frame(&number(&encode(message), 0, ack)), None);
    }

    fn numbered<M: Name>(&mut self, message: &M) -> Option<String> {
        self.seq += 1;
        self.frame(&number(&encode(message), self.seq, 0))
    }

    fn event(&mut self) -> Option<String> {
        self.numbered(&StopSessionEvent::default())
    }

    fn handshake(&mut self, resumed: bool, received: u64) {
        self.welcome();
        self.session(resumed, received);
    }

    fn welcome(&mut self) {
        self.control(&Welcome { version: 2, address: ADDRESS.into(), ..Default::default() }, 0);
    }

    fn session(&mut self, resumed: bool, received: u64) {
        if !resumed {
            self.seq = 0;
        }
        self.control(&Session { token: vec![7; 16], resumed, received, retention_ms: 120_000 }, 0);
    }

    fn ack(&mut self, ack: u64) {
        self.control(&messages::Ack {}, ack);
    }

    fn lose(&mut self) {
        self.input(Input::Closed(1006, String::new()));
    }

    /// Lets the retry's moment come and opens the socket.
    fn dial(&mut self) {
        self.now = self.connection.poll_timeout().unwrap().as_millis();
        self.input(Input::TimedOut);
        self.input(Input::Opened);
        assert!(self.outputs.contains(&Output::Dial));
    }

    fn reconnect(&mut self, resumed: bool, received: u64) {
        self.lose();
        self.dial();
        self.handshake(resumed, received);
    }

    fn time(&mut self, now: u64) {
        self.now = now;
        self.input(Input::TimedOut);
    }

    fn request(&mut self) -> RequestId {
        let id = self.connection.request(at(self.now), "module.Echo", &[], None).unwrap();
        self.pump();
        id
    }

    fn send(&mut self) -> Result<(), TeraError> {
        let sent = self.connection.send(at(self.now), "module.Echo", &[]);
        self.pump();
        sent
    }

    fn reply(&mut self, id: RequestId, outcome: reply::Outcome) {
        self.numbered(&Reply { id: id.0, outcome: Some(outcome) });
    }

    fn take(&mut self) -> Vec<Output> {
        std::mem::take(&mut self.outputs)
    }

    /// The frames sent since the last look, Pings left out; events are forgotten.
    fn sent(&mut self) -> Vec<Sent> {
        let frames = self.take().into_iter().filter_map(|output| match output {
            Output::Transmit(frame) => Some(frame),
            _ => None,
        });
        let described = frames.map(|frame| {
            let envelope = Envelope::decode(&frame).unwrap();
            Sent { seq: envelope.seq, ack: envelope.ack, what: describe(&envelope) }
        });
        described.filter(|sent| !sent.what.starts_with("ping")).collect()
    }

    /// The events since the last look; frames are forgotten.
    fn events(&mut self) -> Vec<Event> {
        let event = |output| if let Output::Event(event) = output { Some(event) } else { None };
        self.take().into_iter().filter_map(event).collect()
    }

    /// What settled since the last look: ids and error codes, `None` for an answer.
    fn settled(&mut self) -> Vec<(RequestId, Option<ErrorCode>)> {
        let settled = self.events().into_iter().filter_map(|event| match event {
            Event::Settled(id, outcome) => Some((id, outcome.err().map(|error| error.code))),
            _ => None,
        });
        settled.collect()
    }

    fn warnings(&mut self) -> Vec<ErrorCode> {
        let warning = |event| if let Event::Warning(error) = event { Some(error.code) } else { None };
        self.events().into_iter().filter_map(warning).collect()
    }

    /// Why it is disconnected or closed.
    fn failure(&self) -> ErrorCode {
        match self.connection.state() {
            State::Disconnected { error, .. } | State::Closed(error) => error.code,
            other => panic!("no error: {other:?}"),
        }
    }

    fn is_connected(&self) -> bool {
        matches!(self.connection.state(), State::Connected { .. })
    }
}

fn describe(envelope: &Envelope<'_>) -> String {
    match ClientFrame::decode(envelope.message).unwrap() {
        ClientFrame::Hello(hello) => format!("hello {} {}", hello.token.len(), hello.received),
        ClientFrame::Request(request) => {
            let operation = match request.operation.unwrap() {
                messages::request::Operation::Message(_) => "message".to_owned(),
                messages::request::Operation::Call(_) => "call".to_owned(),
                messages::request::Operation::Subscribe(subscribe) => format!("sub {}", subscribe.pattern),
                messages::request::Operation::Unsubscribe(it) => format!("unsub {}", it.pattern),
                messages::request::Operation::Publish(publish) => format!("publish {}", publish.topic),
            };
            format!("request {} {operation}", request.id)
        }
        ClientFrame::Cancel(cancel) => format!("cancel {}", cancel.id),
        ClientFrame::Ping(id) => format!("ping {id}"),
        ClientFrame::Pong(id) => format!("pong {id}"),
        ClientFrame::Ack => "ack".to_owned(),
        ClientFrame::Payload(_) => "send".to_owned(),
    }
}

fn json() -> reply::Outcome {
    reply::Outcome::Json("1".into())
}

fn done() -> reply::Outcome {
    reply::Outcome::Done(messages::Done {})
}

fn refusal() -> reply::Outcome {
    reply::Outcome::Error(messages::Error { code: ErrorCode::Forbidden.into(), ..Default::default() })
}
