use prost_types::Any;

use super::*;
use crate::{
    any::pack,
    link::{
        frame::payload,
        messages::{Call, Cancel},
    },
    opentera::{
        RpcMessage, ServerCommand, StopSessionEvent, UserEvent, server_command, tera_module_message::Header,
    },
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

struct Bench {
    session: Session,
    numbers: Counter,
    now: u64,
}

fn setup() -> Setup {
    Setup {
        identity: USER.parse().unwrap(),
        access: Access {
            targets: vec!["service.*".parse().unwrap()],
            send_to: vec![crate::topic::Kind::Device],
        },
        limits: Limits { pending_requests: 2, burst: 20, messages_per_second: 10, ..Limits::default() },
        reply_channel: "private".into(),
    }
}

impl Bench {
    /// A session whose greeting is over.
    fn new() -> Self {
        let mut session = Session::open(at(0), setup(), &TeraEvent::default());
        drain(&mut session);
        Self { session, numbers: Counter::default(), now: 0 }
    }

    fn frame<M: Name>(&mut self, message: &M) -> Vec<Output> {
        self.session.handle_frame(at(self.now), &encode(message), &mut self.numbers);
        drain(&mut self.session)
    }

    fn request(&mut self, id: u64, dest: &str) -> Vec<Output> {
        let operation = Some(Operation::Message(message(dest)));
        self.frame(&Request { id, timeout_ms: 1_000, operation })
    }

    fn call(&mut self, id: u64, target: &str) -> Vec<Output> {
        let rpc = Some(RpcMessage { method: "add".into(), ..Default::default() });
        self.frame(&Request {
            id,
            timeout_ms: 0,
            operation: Some(Operation::Call(Call { target: target.into(), rpc })),
        })
    }

    fn answer(&mut self, seq: u32) -> Vec<Output> {
        let head = Some(Header { seq, ..Default::default() });
        self.session.handle_answer(seq, &TeraModuleMessage { head, data: vec![] }.encode_to_vec());
        drain(&mut self.session)
    }
}

fn message(dest: &str) -> TeraModuleMessage {
    let head =
        Header { version: 9, time: 9.0, seq: 77, source: "websocket.user.forged".into(), dest: dest.into() };
    TeraModuleMessage { head: Some(head), data: vec![pack(&UserEvent::default())] }
}

fn drain(session: &mut Session) -> Vec<Output> {
    std::iter::from_fn(|| session.poll_output()).collect()
}

/// A frame that went to the client, as far as these tests tell them apart.
#[derive(Debug)]
enum Sent {
    Reply(Reply),
    Notice(Notice),
    Other,
}

fn frames(outputs: &[Output]) -> Vec<Sent> {
    let frames = outputs.iter().filter_map(|output| match output {
        Output::Transmit(frame) => Some(payload(frame).unwrap()),
        _ => None,
    });
    let sent = frames.map(|any| match type_name(any.type_url) {
        "tera.link.v1.Reply" => Sent::Reply(Reply::decode(any.value).unwrap()),
        "tera.link.v1.Notice" => Sent::Notice(Notice::decode(any.value).unwrap()),
        _ => Sent::Other,
    });
    sent.collect()
}

fn replies(outputs: &[Output]) -> Vec<Reply> {
    let reply = |sent| if let Sent::Reply(reply) = sent { Some(reply) } else { None };
    frames(outputs).into_iter().filter_map(reply).collect()
}

fn publications(outputs: &[Output]) -> Vec<&Publication> {
    outputs
        .iter()
        .filter_map(|output| if let Output::Publish(publication) = output { Some(publication) } else { None })
        .collect()
}

/// The code of the one error among these outputs, be it a Reply or a Notice.
fn error(outputs: &[Output]) -> ErrorCode {
    match frames(outputs).as_slice() {
        [Sent::Reply(Reply { outcome: Some(Outcome::Error(error)), .. })] => error.code(),
        [Sent::Notice(Notice { error: Some(error) })] => error.code(),
        other => panic!("not one error: {other:?}"),
    }
}

#[test]
fn a_session_opens_with_a_welcome_and_the_greeting() {
    let greeting = TeraEvent { events: vec![pack(&UserEvent::default())], ..Default::default() };
    let outputs = drain(&mut Session::open(at(0), setup(), &greeting));
    let welcome = Welcome { version: 1, address: USER.into(), max_frame_bytes: 1 << 20 };
    assert_eq!(
        outputs,
        [Output::Transmit(encode(&welcome).into()), Output::Transmit(encode(&greeting).into()),]
    );
}

#[test]
fn a_request_is_stamped_published_and_answered_with_the_clients_own_number() {
    let mut bench = Bench::new();
    let outputs = bench.request(5, "service.X");
    let [publication] = publications(&outputs)[..] else { panic!("{outputs:?}") };
    assert_eq!(publication.topic, "service.X.messages");
    let published = TeraModuleMessage::decode(publication.payload.clone()).unwrap();
    let time = START as f64 / 1000.0;
    let dest = "service.X.messages".into();
    assert_eq!(published.head, Some(Header { version: 1, time, seq: 1, source: USER.into(), dest }));
    assert_eq!(published.data, message("").data);

    bench.session.handle_published(publication, Some(1));
    let outputs = bench.answer(1);
    assert_eq!(outputs[0], Output::Retire(Correlation::Message(1)));
    let [Reply { id: 5, outcome: Some(Outcome::Message(answer)) }] = &replies(&outputs)[..] else {
        panic!("{outputs:?}")
    };
    assert_eq!(answer.head.as_ref().unwrap().seq, 77);
    assert_eq!(bench.answer(1), [], "a second answer is dropped");
    assert_eq!(bench.session.poll_timeout(), None);
}

#[test]
fn an_answer_may_overtake_the_report_that_the_request_was_published() {
    let mut bench = Bench::new();
    let outputs = bench.request(5, "service.X.messages");
    assert_eq!(replies(&bench.answer(1)).len(), 1);
    bench.session.handle_published(publications(&outputs)[0], Some(0));
    assert_eq!(drain(&mut bench.session), []);
}

#[test]
fn a_call_gets_its_number_and_the_reply_channel_and_returns_json_or_an_error() {
    let mut bench = Bench::new();
    let outputs = bench.call(1, "module.X");
    assert_eq!(error(&outputs), ErrorCode::Forbidden);
    let outputs = [bench.call(2, "service.X"), bench.call(3, "service.X")].concat();
    let [first, _] = publications(&outputs)[..] else { panic!("{outputs:?}") };
    assert_eq!(first.topic, "service.X.rpc");
    let rpc = RpcMessage::decode(first.payload.clone()).unwrap();
    assert_eq!((rpc.method.as_str(), rpc.reply_to.as_str(), rpc.id), ("add", "private", 1));
    assert!(rpc.timestamp > 1.0);

    bench.session.handle_return(2, Err(TeraError::new(ErrorCode::RemoteError, "no")));
    assert_eq!(error(&drain(&mut bench.session)), ErrorCode::RemoteError);
    bench.session.handle_return(1, Ok("[1]".into()));
    bench.session.handle_return(1, Ok("[2]".into()));
    let replies = replies(&drain(&mut bench.session));
    assert_eq!(replies, [Reply { id: 2, outcome: Some(Outcome::Json("[1]".into())) }]);
}

#[test]
fn a_request_without_receiver_or_bus_fails_at_once() {
    let mut bench = Bench::new();
    for (receivers, code) in [(Some(0), ErrorCode::Unreachable), (None, ErrorCode::Unavailable)] {
        let outputs = bench.request(5, "service.X");
        bench.session.handle_published(publications(&outputs)[0], receivers);
        assert_eq!(error(&drain(&mut bench.session)), code);
    }
    let outputs = bench.frame(&message("service.X"));
    bench.session.handle_published(publications(&outputs)[0], Some(0));
    assert_eq!(error(&drain(&mut bench.session)), ErrorCode::Unreachable);
}

#[test]
fn a_request_times_out_at_its_deadline_and_not_before() {
    let mut bench = Bench::new();
    bench.request(5, "service.X");
    bench.call(6, "service.X");
    assert_eq!(bench.session.poll_timeout(), Some(at(1_000)));
    bench.session.handle_timeout(at(999));
    assert_eq!(drain(&mut bench.session), []);
    bench.session.handle_timeout(at(1_000));
    let outputs = drain(&mut bench.session);
    assert_eq!((replies(&outputs)[0].id, error(&outputs)), (5, ErrorCode::Timeout));
    assert_eq!(bench.session.poll_timeout(), Some(at(10_000)), "a call without timeout gets the default");
    assert_eq!(bench.answer(1), [], "a late answer is dropped");
}

#[test]
fn a_timeout_is_shortened_to_the_maximum() {
    let mut bench = Bench::new();
    let operation = Some(Operation::Message(message("service.X")));
    bench.frame(&Request { id: 1, timeout_ms: u32::MAX, operation });
    assert_eq!(bench.session.poll_timeout(), Some(at(60_000)));
}

#[test]
fn a_cancelled_request_gets_no_reply_and_its_id_is_free_again() {
    let mut bench = Bench::new();
    bench.request(5, "service.X");
    assert_eq!(bench.frame(&Cancel { id: 5 }), [Output::Retire(Correlation::Message(1))]);
    assert_eq!(bench.answer(1), []);
    assert_eq!(bench.frame(&Cancel { id: 5 }), []);
    assert_eq!(publications(&bench.request(5, "service.X")).len(), 1);
}

#[test]
fn an_id_that_still_waits_is_refused_without_ending_the_first_request() {
    let mut bench = Bench::new();
    bench.request(5, "service.X");
    assert_eq!(error(&bench.request(5, "service.X")), ErrorCode::ProtocolViolation);
    assert_eq!(replies(&bench.answer(1))[0].id, 5);
}

#[test]
fn waiting_requests_are_bounded() {
    let mut bench = Bench::new();
    bench.request(1, "service.X");
    bench.request(2, "service.X");
    let outputs = bench.request(3, "service.X");
    assert_eq!((replies(&outputs)[0].id, error(&outputs)), (3, ErrorCode::QueueFull));
    bench.answer(1);
    assert_eq!(publications(&bench.request(3, "service.X")).len(), 1);
}

#[test]
fn messages_that_wait_to_be_published_are_bounded() {
    let mut session = setup();
    session.limits.burst = 1_000;
    let mut bench = Bench::new();
    bench.session = Session::open(at(0), session, &TeraEvent::default());
    drain(&mut bench.session);
    let outputs: Vec<Output> = (0..MAX_RECIPIENTS).flat_map(|_| bench.frame(&message("service.X"))).collect();
    let waiting = publications(&outputs);
    assert_eq!(waiting.len(), MAX_RECIPIENTS);
    assert_eq!(error(&bench.frame(&message("service.X"))), ErrorCode::QueueFull);
    bench.session.handle_published(waiting[0], Some(1));
    assert_eq!(publications(&bench.frame(&message("service.X"))).len(), 1);
}

#[test]
fn a_message_to_several_identities_goes_to_each_and_can_not_pass_for_an_answer() {
    let mut bench = Bench::new();
    let other = DEVICE.replace('2', "3");
    let outputs = bench.frame(&message(&format!("{DEVICE},{other}, {DEVICE}")));
    let published: Vec<_> = publications(&outputs)
        .iter()
        .map(|publication| {
            let head = TeraModuleMessage::decode(publication.payload.clone()).unwrap().head.unwrap();
            (publication.topic.clone(), head.dest, head.source, head.seq)
        })
        .collect();
    let expected = [DEVICE.to_owned(), other].map(|address| (address.clone(), address, USER.to_owned(), 0));
    assert_eq!(published, expected);
}

#[test]
fn a_recipient_of_a_kind_not_granted_stops_the_whole_message() {
    let mut bench = Bench::new();
    assert_eq!(error(&bench.frame(&message(&format!("{DEVICE},{USER}")))), ErrorCode::Forbidden);
}

#[test]
fn a_client_can_not_command_another() {
    let mut bench = Bench::new();
    let mut message = message(DEVICE);
    let command =
        ServerCommand { r#type: server_command::CommandType::CmdClientDisconnect.into(), data: None };
    message
        .data
        .push(Any { type_url: "x/opentera.protobuf.ServerCommand".into(), value: command.encode_to_vec() });
    assert_eq!(error(&bench.frame(&message)), ErrorCode::Forbidden);
}

#[test]
fn what_can_not_be_used_is_answered_by_an_error_each() {
    use ErrorCode::{Forbidden, InvalidArgument, InvalidMessage, ProtocolViolation};
    let mut bench = Bench::new();
    for (outputs, code) in [
        (bench.request(1, "module.X"), Forbidden),
        (bench.request(1, "service.X.rpc"), InvalidArgument),
        (bench.request(1, DEVICE), InvalidArgument),
        (bench.request(1, ""), InvalidArgument),
        (bench.call(1, "service.X.rpc"), InvalidArgument),
        (bench.frame(&Request { id: 1, timeout_ms: 0, operation: None }), InvalidMessage),
        (bench.frame(&message("module.X")), Forbidden),
        (bench.frame(&message("websocket.user.nobody")), InvalidArgument),
        (bench.frame(&StopSessionEvent::default()), ProtocolViolation),
        (bench.frame(&Welcome::default()), ProtocolViolation),
    ] {
        assert_eq!(error(&outputs), code, "{outputs:?}");
        assert_eq!(publications(&outputs), Vec::<&Publication>::new());
    }
    bench.session.handle_frame(at(0), &[0xff; 7], &mut bench.numbers);
    assert_eq!(error(&drain(&mut bench.session)), InvalidMessage);
    bench.session.handle_text(at(0));
    assert_eq!(error(&drain(&mut bench.session)), ErrorCode::Unsupported);
    assert_eq!(bench.numbers.0, 0, "no number was taken");
}

#[test]
fn too_many_messages_close_the_session_and_nothing_follows() {
    let mut bench = Bench::new();
    bench.request(1, "service.X");
    bench.session.handle_ping(at(0));
    for _ in 0..18 {
        bench.session.handle_text(at(0));
    }
    assert_eq!(frames(&drain(&mut bench.session)).len(), 18);
    bench.session.handle_text(at(0));
    let reason = "too many messages per second";
    assert_eq!(drain(&mut bench.session), [Output::Close { code: 4002, reason }]);
    bench.now = 9_000;
    assert_eq!(bench.request(2, "service.X"), []);
    assert_eq!(bench.answer(1), []);
    bench.session.close(1001, "again");
    assert_eq!(drain(&mut bench.session), []);
}
