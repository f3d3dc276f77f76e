//! Peers that break every rule: a client against the gateway's machine, and a gateway against the client's.
//!
//! Nothing is promised to them but what protects the other side: no panic, bounded memory, and a typed end.

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use prost_types::Any;
use tera_protocol::{
    error::{ErrorCode, TeraError},
    link::{
        Connection, Event, Input, LINK_VERSION, Output, RequestId,
        frame::{Envelope, encode, encode_any, frames, number, put_frame, put_topic},
        messages::{self, Missing, request},
        session::{self, Access, MAX_RECIPIENTS, Session, Setup, Token},
    },
    opentera::{TeraModuleMessage, tera_module_message::Header},
    time::Timestamp,
};

use crate::{
    breach::{Breach, Verdict, ensure},
    content,
    driver::describe,
    gateway::Counter,
    plan::Plan,
    random::Random,
};

const STEPS: u64 = 250;
/// Numbers that are next to a bound of something.
const EDGES: [u64; 8] = [0, 1, 2, 255, 1 << 32, 1 << 53, (1 << 53) + 1, u64::MAX];

/// Text messages, which the machine takes without a look at them.
const TEXTS: [&str; 4] = ["", "{}", r#"{"signalType":"EVENT","eventType":"Tick"}"#, "{\"from\":\"\0é😀"];

/// What is said, line by line, if anybody wants to know.
pub(crate) type Transcript = Option<Vec<String>>;

/// Runs one seed.
pub(crate) fn run(seed: u64, transcript: &mut Transcript) -> Verdict {
    let mut random = Random::new(seed);
    let plan = Plan::new(&mut random);
    if random.percent(50) {
        against_gateway(&mut random, &plan, transcript)
    } else {
        against_client(&mut random, &plan, transcript)
    }
}

fn tell(transcript: &mut Transcript, now: u64, who: &str, frame: &[u8]) {
    if let Some(lines) = transcript {
        let what = Envelope::decode(frame).map_or_else(|_| "garbage".into(), |frame| describe(&frame));
        lines.push(format!("{now:>8} {who} sends {what}: {frame:02x?}"));
    }
}

/// A client that says anything, against a session.
fn against_gateway(random: &mut Random, plan: &Plan, transcript: &mut Transcript) -> Verdict {
    let setup = Setup {
        identity: "websocket.user.00000000-0000-0000-0000-000000000001".parse().expect("it is an address"),
        access: Access { targets: vec!["*".parse().expect("it is a pattern")], send_to: vec![] },
        limits: plan.limits.clone(),
        reply_channel: "replies".into(),
    };
    let mut now = 0;
    let mut session = Session::open(Timestamp::default(), setup);
    let (mut numbers, mut seq, mut sent, mut signals) = (Counter::default(), 0, 0, 0);
    let reads = random.percent(50);
    let longest = random.pick(&[5, 100, 1_500]);
    for step in 0..STEPS {
        now += random.below(longest);
        let at = Timestamp::from_millis(now);
        if !session.is_attached() {
            let received = (step > 0).then(|| if random.percent(5) { edge(random) } else { sent });
            session.attach(at, Token([1; 16]), received);
            session.set_batches(random.percent(50));
        } else if random.percent(10) {
            session.handle_delivery(at, &Arc::from("topic"), content::event("topic", 1, 50));
        } else if random.percent(10) {
            let (text, times) = (random.pick(&TEXTS), random.pick(&[1, 1, 1, 100]));
            if let Some(lines) = transcript {
                lines.push(format!("{now:>8} client sends {times} times the text {text:?}"));
            }
            (0..times).for_each(|_| session.handle_text(at, text));
        } else {
            let frame = from_client(random, &mut seq, sent);
            tell(transcript, now, "client", &frame);
            let lies = Envelope::decode(&frame).is_ok_and(|envelope| envelope.ack > sent);
            session.handle_frame(at, &frame, &mut numbers);
            ensure(!lies || session.is_over(), || "an acknowledgement from the future is taken".into())?;
        }
        session.handle_timeout(at);
        signals += drain_session(&mut session, at)?;
        let most = plan.limits.pending_requests.max(MAX_RECIPIENTS);
        ensure(signals <= most, || format!("{signals} signals of a hostile client wait, of {most}"))?;
        // One after the other, and some not for a long time.
        if signals > 0 && random.percent(longest.min(50)) {
            signals -= 1;
            let refusal = TeraError::new(ErrorCode::InvalidArgument, "it is no signal");
            session.handle_signal(at, if random.percent(50) { Err(refusal) } else { Ok(()) });
        }
        if session.is_over() {
            return ensure(session.poll_timeout().is_none(), || "a session that is over has a timer".into());
        }
        while reads && let Some(message) = session.poll_message() {
            for frame in frames(&message) {
                sent = sent.max(Envelope::decode(frame).map_or(0, |envelope| envelope.seq));
            }
        }
        let (count, bytes) = session.buffered();
        let fits =
            count <= 3 * plan.limits.replay_messages + 130 && bytes <= 2 * plan.limits.replay_bytes + 20_000;
        ensure(fits, || format!("a hostile client makes the session keep {count} messages, {bytes} bytes"))?;
    }
    Ok(())
}

/// Performs what a session puts out; how many signals it wants sent.
fn drain_session(session: &mut Session, at: Timestamp) -> Result<usize, Breach> {
    let mut signals = 0;
    while let Some(output) = session.poll_output() {
        match output {
            session::Output::Publish(publication) => session.handle_published(at, &publication, Ok(0)),
            session::Output::Operate(id, _) => session.handle_operation(at, id, Ok(None)),
            session::Output::Signal(_) => signals += 1,
            session::Output::Close { code, is_over, .. } => {
                let is_known = matches!(code, 1000 | 1001 | 1012 | 4001..=4005);
                ensure(is_known, || format!("closed with {code}"))?;
                ensure(is_over == session.is_over(), || "the sides of a close disagree".into())?;
            }
            session::Output::Confirmed | session::Output::Retire(_) | session::Output::Abandon(_) => {}
        }
    }
    Ok(signals)
}

fn edge(random: &mut Random) -> u64 {
    if random.percent(30) { random.next() } else { random.pick(&EDGES) }
}

fn small_or_edge(random: &mut Random) -> u64 {
    if random.percent(80) { random.below(6) } else { edge(random) }
}

/// Anything that a client might send; mostly in order, so that it gets far.
fn from_client(random: &mut Random, seq: &mut u64, sent: u64) -> Bytes {
    let id = small_or_edge(random);
    let (frame, is_numbered) = match random.below(12) {
        0..=3 => (encode(&request(random, id)), true),
        4 => (encode(&messages::Cancel { id }), true),
        5 => (encode(&messages::Ping { id }), false),
        6 => (encode(&messages::Pong { id, reconnect_window_ms: 0 }), false),
        7 => (encode(&messages::Ack {}), false),
        8 => (encode(&module_message("service.A,websocket.user")), true),
        9 => (encode_any(Any { type_url: "/unknown".into(), value: vec![1; 30] }), true),
        // It ends the session at once.
        10 if random.percent(3) => (encode(&messages::Hello::default()), false),
        _ => (encode(&messages::Gap::default()), false),
    };
    if is_numbered {
        *seq += 1;
    }
    let number_of = if is_numbered { *seq } else { 0 };
    let seq = if random.percent(1) { edge(random) } else { number_of };
    let ack = if random.percent(1) { edge(random) } else { sent };
    spoil(random, number(&frame, seq, ack))
}

fn module_message(dest: &str) -> TeraModuleMessage {
    TeraModuleMessage { head: Some(Header { dest: dest.into(), ..Default::default() }), data: vec![] }
}

fn request(random: &mut Random, id: u64) -> messages::Request {
    let pattern = "x".repeat(small_or_edge(random).min(600) as usize);
    let operation = match random.below(5) {
        0 => Some(request::Operation::Message(module_message("service.A"))),
        1 => Some(request::Operation::Call(messages::Call { target: "service.A".into(), rpc: None })),
        2 => Some(request::Operation::Subscribe(messages::Subscribe { pattern })),
        3 => Some(request::Operation::Publish(messages::Publish { topic: pattern, message: None })),
        _ => None,
    };
    messages::Request { id, timeout_ms: edge(random) as u32, operation }
}

/// Sometimes changes or cuts off bytes.
fn spoil(random: &mut Random, mut frame: Vec<u8>) -> Bytes {
    if random.percent(4) {
        let index = random.below(frame.len() as u64) as usize;
        frame[index] ^= 1 << random.below(8);
    }
    if random.percent(2) {
        frame.truncate(random.below(frame.len() as u64) as usize);
    }
    frame.into()
}

/// A gateway that says anything, against a client.
fn against_client(random: &mut Random, plan: &Plan, transcript: &mut Transcript) -> Verdict {
    let mut now = 0;
    let mut client = Connection::new(Timestamp::default(), plan.options.clone());
    let mut settled = BTreeMap::new();
    let mut seq = 0;
    for _ in 0..STEPS {
        now += random.below(400);
        let at = Timestamp::from_millis(now);
        match random.below(20) {
            0 => client.handle(at, Input::Opened),
            1 if random.percent(20) => client.handle(at, Input::Closed(edge(random) as u16, String::new())),
            2 => note(client.subscribe(at, "a.*", None), &mut settled),
            3 => note(client.call(at, "service.A", &content::call(1), None), &mut settled),
            4 => client.handle(at, Input::TimedOut),
            5 => client.handle(at, Input::Wake),
            _ => {
                for frame in frames(&message_from_gateway(random, &mut seq)) {
                    tell(transcript, now, "gateway", frame);
                    client.handle_frame(at, frame);
                }
            }
        }
        drain_client(&mut client, &mut settled, &mut seq)?;
        let stats = client.stats();
        let count = plan.options.max_queued + plan.options.max_in_flight + 40;
        ensure(stats.queued <= count, || format!("a hostile gateway makes the client queue: {stats:?}"))?;
    }
    client.close(Timestamp::from_millis(now));
    drain_client(&mut client, &mut settled, &mut seq)?;
    let open = settled.iter().find(|each| *each.1 != 1);
    ensure(open.is_none(), || format!("after the end a request has settled so often: {open:?}"))
}

fn note<E>(asked: Result<RequestId, E>, settled: &mut BTreeMap<RequestId, u32>) {
    if let Ok(id) = asked {
        settled.insert(id, 0);
    }
}

fn drain_client(client: &mut Connection, settled: &mut BTreeMap<RequestId, u32>, seq: &mut u64) -> Verdict {
    while let Some(output) = client.poll_output() {
        match output {
            Output::Event(Event::Settled(id, _)) => {
                let Some(count) = settled.get_mut(&id) else {
                    return ensure(false, || format!("{id:?} settled, which nobody asked for"));
                };
                *count += 1;
            }
            Output::Dial => *seq = 0,
            _ => {}
        }
    }
    Ok(())
}

/// One frame, or a batch of some, perhaps a damaged one.
fn message_from_gateway(random: &mut Random, seq: &mut u64) -> Bytes {
    if random.percent(70) {
        return from_gateway(random, seq);
    }
    let mut batch = Vec::new();
    (0..random.between(1, 4)).for_each(|_| put_frame(&mut batch, &from_gateway(random, seq)));
    spoil(random, batch)
}

/// Anything that a gateway might send.
fn from_gateway(random: &mut Random, seq: &mut u64) -> Bytes {
    let id = small_or_edge(random);
    let (frame, is_numbered) = match random.below(14) {
        0 | 1 => (encode(&welcome(random)), false),
        2 | 3 => (encode(&session(random)), false),
        4 => (encode(&messages::Ping { id }), false),
        5 => (encode(&messages::Pong { id, reconnect_window_ms: edge(random) as u32 }), false),
        6 => (encode(&messages::Ack {}), false),
        7 => (encode(&messages::Reply { id, outcome: None }), true),
        8 | 9 => (encode(&gap(random)), true),
        10 => (encode(&messages::Notice::default()), true),
        11 if random.percent(10) => (encode(&goodbye(random)), false),
        _ => {
            let mut frame = encode_any(Any { type_url: "/unknown".into(), value: vec![1; 30] });
            put_topic(&mut frame, "topic");
            (frame, true)
        }
    };
    *seq += u64::from(is_numbered);
    let number_of = if is_numbered { *seq } else { 0 };
    let seq = if random.percent(2) { edge(random) } else { number_of };
    let ack = if random.percent(3) { edge(random) } else { 0 };
    spoil(random, number(&frame, seq, ack))
}

fn welcome(random: &mut Random) -> messages::Welcome {
    messages::Welcome {
        version: LINK_VERSION + u32::from(random.percent(5)),
        address: "x".into(),
        max_frame_bytes: edge(random) as u32,
        heartbeat_ms: edge(random) as u32,
        reconnect_window_ms: edge(random) as u32,
        messages_per_second: edge(random) as u32,
        burst: edge(random) as u32,
    }
}

fn session(random: &mut Random) -> messages::Session {
    messages::Session {
        token: vec![1; random.pick(&[0, 16, 16, 16, 64, 65])],
        resumed: random.percent(40),
        received: if random.percent(80) { 0 } else { edge(random) },
        retention_ms: edge(random) as u32,
    }
}

fn gap(random: &mut Random) -> messages::Gap {
    let missing = |random: &mut Random| Missing {
        topic: "t".into(),
        first: edge(random),
        last: edge(random),
        count: edge(random),
        unknown: random.percent(50),
    };
    messages::Gap {
        missing: (0..random.below(4)).map(|_| missing(random)).collect(),
        lost_replies: (0..random.pick(&[0, 1, 100])).map(|_| random.below(8)).collect(),
        lost_notices: random.percent(50),
    }
}

fn goodbye(random: &mut Random) -> messages::Goodbye {
    messages::Goodbye {
        retry_after_min_ms: edge(random) as u32,
        retry_after_max_ms: edge(random) as u32,
        r#final: random.percent(10),
        error: None,
    }
}
