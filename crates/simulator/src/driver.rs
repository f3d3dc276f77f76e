//! The client's driver: performs what the machine puts out, and checks it.

use std::time::Duration;

use bytes::Bytes;
use tera_protocol::{
    error::{ErrorCode, TeraError},
    link::{
        Answer, Event, Input, Output, RequestId, State,
        frame::{Envelope, frames},
        messages::CloseCode,
        session::{close_code, welcome},
    },
    reader::{Reader, Value},
};

use crate::{
    breach::{Kind, breach},
    client::Client,
    content,
    ledger::{PATTERNS, TOPICS},
    network::{Item, Link},
    operations::{Reads, Wish},
    plan::Fault,
    world::World,
};

const VIOLATION: u16 = close_code(CloseCode::CloseProtocolViolation);
const RATE_LIMITED: u16 = close_code(CloseCode::CloseRateLimited);
/// More timers than this at one moment are a loop without end.
const MAX_IDLE_TIMERS: u32 = 50;

impl World {
    /// Performs what a client's machine puts out.
    pub(crate) fn drain_client(&mut self, client: usize) {
        while let Some(output) = self.clients[client].machine.poll_output() {
            match output {
                Output::Dial => self.dial(client),
                Output::Transmit(frame) => self.transmit(client, frame.into()),
                Output::Hangup(code) => self.hang_up(client, code),
                Output::Event(event) => self.hear(client, event),
            }
        }
    }

    pub(crate) fn check_client_bounds(&mut self, client: usize) {
        let options = &self.plan.options;
        let stats = self.clients[client].machine.stats();
        // Cancels, and the subscriptions and unsubscriptions that the connection makes by itself.
        let own = options.max_in_flight + 2 * PATTERNS.len();
        let count = options.max_queued + own;
        let bytes = options.max_queued_bytes.max(1_500) + own * 100;
        let fits = stats.queued <= count && stats.buffered_bytes <= bytes;
        self.demand(fits, || format!("the client's queue exceeds its bounds: {stats:?}"));
    }

    fn dial(&mut self, client: usize) {
        self.note(|_| format!("client {client} dials"));
        let is_free = self.link_of(client).is_none();
        self.demand(is_free, || format!("client {client} dials while it has a socket"));
        let at = self.now + self.latency();
        if self.chaos && self.plan.has(Fault::Dial) && self.random.percent(40) {
            return self.dial_in_vain(client, at);
        }
        self.last_link += 1;
        let mut link = Link::new(self.last_link, Some(client));
        link.down.push(at, Item::Opened);
        let window = Duration::from_millis(self.plan.limits.burst.into());
        let welcome = welcome(self.gateway.identity, &self.plan.limits, window);
        link.down.push(at, Item::Message(welcome));
        self.links.push(link);
    }

    fn dial_in_vain(&mut self, client: usize, at: u64) {
        match self.random.below(3) {
            0 => {
                let error = TeraError::new(ErrorCode::ConnectFailed, "there is no URL");
                let time = self.clients[client].time(self.now);
                self.clients[client].machine.handle(time, Input::DialFailed(error));
            }
            1 => {
                self.last_link += 1;
                let mut link = Link::new(self.last_link, Some(client));
                link.gateway_end = false;
                link.down.push(at, Item::Closed(1006));
                self.links.push(link);
            }
            _ => {}
        }
    }

    fn transmit(&mut self, client: usize, frame: Bytes) {
        self.note_transmitted(client, &frame);
        let latency = self.latency();
        let now = self.now;
        let Some(link) = self.link_of(client) else {
            return self.demand(false, || format!("client {client} transmits without a socket"));
        };
        link.up.push(now + latency, Item::Message(frame));
    }

    fn note_transmitted(&mut self, client: usize, frame: &Bytes) {
        let Ok(envelope) = Envelope::decode(frame) else {
            return self.demand(false, || "the client transmits nonsense".into());
        };
        if envelope.message.type_url == "/tera.link.v1.Hello" {
            self.clients[client].hello = Some(frame.clone());
        } else if envelope.seq > 0
            && let Some(number) = self.number_of(client, &envelope)
            && let Some(operation) = self.operations.get_mut(number)
        {
            operation.tried = true;
        }
        if self.transcript.is_some() {
            let line = describe(&envelope);
            self.note(|_| format!("client {client} sends {line}"));
        }
    }

    /// The number of what is asked for.
    fn number_of(&self, client: usize, envelope: &Envelope<'_>) -> Option<u32> {
        match request_id(envelope) {
            Some(id) => self.operations.find(client, id),
            None => content::of_message(envelope.message.value),
        }
    }

    fn hang_up(&mut self, client: usize, code: u16) {
        self.note(|_| format!("client {client} hangs up: {code}"));
        self.demand(code != VIOLATION, || "the client takes what the gateway sends for a violation".into());
        let at = self.now + self.latency();
        if let Some(link) = self.link_of(client) {
            link.client_end = false;
            link.down.silence();
            link.up.push(at, Item::Closed(code));
        }
    }

    /// Something comes out of a client's socket.
    pub(crate) fn client_reads(&mut self, client: usize, id: u32, item: Item) {
        let time = self.clients[client].time(self.now);
        match item {
            Item::Opened => self.clients[client].machine.handle(time, Input::Opened),
            Item::Message(message) => return self.client_reads_message(client, id, &message),
            Item::Closed(code) => {
                self.note(|_| format!("client {client} hears that its socket is closed: {code}"));
                self.demand(code != VIOLATION, || {
                    "the gateway takes what the client sends for a violation".into()
                });
                // Garbage and echoes count, too; and a gateway that stood still finds all pings and acknowledgements at once.
                let kinds = [Fault::Garbage, Fault::Echo, Fault::Sleep];
                let may_flood = kinds.iter().any(|&kind| self.plan.has(kind));
                let is_honest = self.clocks_agree && !may_flood;
                self.demand(code != RATE_LIMITED || !is_honest, || {
                    "an honest client was cut for flooding".into()
                });
                if let Some(link) = self.link(id) {
                    link.client_end = false;
                }
                self.clients[client].machine.handle(time, Input::Closed(code, String::new()));
            }
        }
        self.drain_client(client);
    }

    /// What a batch holds behind a hang-up is dropped, as messages are that come after it.
    fn client_reads_message(&mut self, client: usize, id: u32, message: &[u8]) {
        for frame in frames(message) {
            if self.link(id).is_some_and(|link| link.client_end) {
                self.client_reads_frame(client, frame);
            }
        }
    }

    fn client_reads_frame(&mut self, client: usize, frame: &[u8]) {
        if self.transcript.is_some() {
            let line =
                Envelope::decode(frame).map_or_else(|_| "garbage".into(), |envelope| describe(&envelope));
            self.note(|_| format!("client {client} reads {line}"));
        }
        let time = self.clients[client].time(self.now);
        let payload = self.clients[client].machine.handle_frame(time, frame);
        self.clients[client].reads =
            match Envelope::decode(frame).map_or("", |envelope| envelope.message.type_url) {
                "/tera.link.v1.Gap" => Reads::Gap,
                "/tera.link.v1.Notice" => Reads::Notice,
                "/tera.link.v1.Reply" => Reads::Reply,
                _ => Reads::Else,
            };
        let event = payload.map(|payload| {
            let topic = TOPICS.iter().position(|&topic| topic == payload.topic);
            topic.zip(content::of_event(payload.message))
        });
        self.drain_client(client);
        self.clients[client].reads = Reads::Else;
        let verdict = self.clients[client].ledger.check_named();
        self.check(verdict);
        match event {
            Some(Some((topic, number))) => {
                let verdict = self.clients[client].ledger.deliver(&self.logs, topic, number);
                self.check(verdict);
                if self.chaos && self.random.percent(10) {
                    self.ask(client);
                }
            }
            Some(None) => self.demand(false, || "what was delivered is no event".into()),
            None => {}
        }
    }

    pub(crate) fn client_timer(&mut self, client: usize) {
        let now = self.now;
        let this = &mut self.clients[client];
        let (at, count) = &mut this.idle_timers;
        *count = if *at == now { *count + 1 } else { 0 };
        *at = now;
        let is_loop = *count > MAX_IDLE_TIMERS;
        self.demand(!is_loop, || "the client's timer fires over and over at one moment".into());
        self.feed(client, Input::TimedOut);
        self.check_client_bounds(client);
        let time = self.clients[client].time(now).as_millis();
        let verdict = self.operations.check_deadlines(client, time);
        self.check(verdict);
    }

    /// Feeds an input from outside.
    pub(crate) fn feed(&mut self, client: usize, input: Input) {
        let time = self.clients[client].time(self.now);
        self.clients[client].machine.handle(time, input);
        self.drain_client(client);
    }

    fn hear(&mut self, client: usize, event: Event) {
        self.note(|_| format!("client {client} hears {event:?}"));
        match event {
            Event::State(State::Connected { resumed, .. }) => self.hear_connected(client, resumed),
            Event::State(_) => {}
            Event::Settled(id, outcome) => self.hear_settled(client, id, &outcome),
            Event::Warning(error) => match error.description.strip_prefix("No longer subscribed to ") {
                Some(rest) => self.clients[client].ledger.lapse(rest),
                None => {
                    self.clients[client].too_large += u64::from(error.code == ErrorCode::TooLarge);
                    let verdict = self.operations.warn(client, error.code, self.clients[client].reads);
                    self.check(verdict);
                }
            },
            Event::Gap(gap) => {
                let Client { ledger, reads, .. } = &mut self.clients[client];
                let verdict = ledger.gap(&self.logs, &gap, *reads != Reads::Gap);
                self.check(verdict);
            }
            Event::Resync => {
                self.clients[client].ledger.resync();
                self.operations.forget_refusals(client);
            }
        }
    }

    fn hear_connected(&mut self, client: usize, resumed: bool) {
        let number = self.link_of(client).map_or(usize::MAX, |link| link.log);
        let known = self.clients[client].ledger.session;
        self.demand((known == Some(number)) == resumed, || {
            format!("resumed is {resumed}, but the session was {known:?} and is {number}")
        });
        let Some(log) = self.logs.get(number) else {
            return self.demand(false, || "connected without a session".into());
        };
        let this = &mut self.clients[client];
        if !resumed {
            this.ledger.enter(number, log);
        }
        this.was_connected = true;
        this.believe();
    }

    fn hear_settled(&mut self, client: usize, id: RequestId, outcome: &Result<Answer, TeraError>) {
        let Some(number) = self.operations.find(client, id) else {
            return self.check(breach(Kind::Unsettled, format!("{id:?} settled, which nobody asked for")));
        };
        let now = self.clients[client].time(self.now).as_millis();
        let verdict =
            self.operations.settle(number, outcome, now, self.clocks_agree, self.clients[client].reads);
        self.check(verdict);
        let wish = self.operations.get_mut(number).map(|operation| operation.wish);
        match wish {
            Some(Wish::Subscribe(pattern)) => {
                let known = &mut self.clients[client].subscriptions[pattern];
                match outcome {
                    // Once one request has succeeded, it is subscribed until that is ended.
                    Ok(_) if known.known.is_some() && number >= known.since => known.active = true,
                    Err(_) if known.known == Some(number) && !known.active => known.known = None,
                    _ => {}
                }
                self.clients[client].believe();
            }
            Some(Wish::Unsubscribe(pattern)) => {
                let known = &mut self.clients[client].subscriptions[pattern];
                known.ended = outcome.is_ok() && known.known.is_none() && known.since == number;
            }
            _ => {}
        }
    }
}

fn request_id(envelope: &Envelope<'_>) -> Option<RequestId> {
    if envelope.message.type_url != "/tera.link.v1.Request" {
        return None;
    }
    match Reader::new(envelope.message.value).field() {
        Ok(Some((1, Value::Varint(id)))) => Some(RequestId(id)),
        _ => None,
    }
}

/// A frame in a few words.
pub(crate) fn describe(envelope: &Envelope<'_>) -> String {
    let name = envelope.message.type_url.rsplit('.').next().unwrap_or_default();
    let number = if envelope.topic.is_empty() {
        request_id(envelope).map(|id| id.0)
    } else {
        content::of_event(envelope.message).map(u64::from)
    };
    let number = number.map(|number| format!(" {number}")).unwrap_or_default();
    format!("{name}{number} {} (seq {}, ack {})", envelope.topic, envelope.seq, envelope.ack)
}
