use super::*;
use crate::{
    link::messages::{Call, Cancel, Welcome},
    opentera::{RpcMessage, ServerCommand, server_command},
};

impl Bench {
    fn call(&mut self, id: u64, target: &str) -> Done {
        let rpc = Some(RpcMessage { method: "add".into(), ..Default::default() });
        let call = Call { target: target.into(), rpc };
        self.frame(&Request { id, timeout_ms: 0, operation: Some(request::Operation::Call(call)) })
    }
}

#[test]
fn a_request_is_stamped_published_and_answered_with_the_clients_own_number() {
    let mut bench = Bench::new();
    let done = bench.request(5, "service.X");
    let [publication] = done.publications()[..] else { panic!("{done:?}") };
    assert_eq!(publication.topic, "service.X.messages");
    let published = TeraModuleMessage::decode(publication.payload.clone()).unwrap();
    let time = START as f64 / 1000.0;
    let dest = "service.X.messages".into();
    assert_eq!(published.head, Some(Header { version: 1, time, seq: 1, source: USER.into(), dest }));
    assert_eq!(published.data, message("").data);

    bench.session.handle_published(at(0), publication, Ok(1));
    let done = bench.answer(1);
    assert_eq!(done.outputs, [Output::Retire(Correlation::Message(1))]);
    let [Reply { id: 5, outcome: Some(Outcome::Message(answer)) }] = &done.replies()[..] else {
        panic!("{done:?}")
    };
    assert_eq!(answer.head.as_ref().unwrap().seq, 77);
    assert!(bench.answer(1).is_nothing(), "a second answer is dropped");
    bench.lose();
    assert_eq!(bench.session.poll_timeout(), None);
}

#[test]
fn an_answer_may_overtake_the_report_that_the_request_was_published() {
    let mut bench = Bench::new();
    let done = bench.request(5, "service.X.messages");
    assert_eq!(bench.answer(1).replies().len(), 1);
    bench.session.handle_published(at(0), done.publications()[0], Ok(0));
    assert!(bench.done().is_nothing());
}

#[test]
fn a_client_can_renew_more_subscriptions_at_once_than_requests_may_wait() {
    let subscribe = |id| {
        let subscribe = messages::Subscribe { pattern: format!("service.{id}.*") };
        Request { id, operation: Some(request::Operation::Subscribe(subscribe)), ..Default::default() }
    };
    let limits = Limits { pending_requests: 1, burst: 5_000, ..limits() };
    let mut bench = Bench::with(limits);
    bench.request(1, "service.X");
    for id in 2..2_050 {
        let done = bench.frame(&subscribe(id));
        assert!(matches!(done.outputs[..], [Output::Operate(..)]), "{id}: {done:?}");
    }
    assert_eq!(bench.frame(&subscribe(2_050)).error(), ErrorCode::QueueFull);
    bench.session.handle_operation(at(0), 2, Ok(None));
    bench.done();
    assert_eq!(bench.frame(&subscribe(2_051)).outputs.len(), 1);
}

#[test]
fn a_call_gets_its_number_and_the_reply_channel_and_returns_json_or_an_error() {
    let mut bench = Bench::new();
    let done = bench.call(1, "module.X");
    assert_eq!(done.error(), ErrorCode::Forbidden);
    let done = bench.call(2, "service.X");
    bench.call(3, "service.X");
    let [first] = done.publications()[..] else { panic!("{done:?}") };
    assert_eq!(first.topic, "service.X.rpc");
    let rpc = RpcMessage::decode(first.payload.clone()).unwrap();
    assert_eq!((rpc.method.as_str(), rpc.reply_to.as_str(), rpc.id), ("add", "private", 1));
    assert!(rpc.timestamp > 1.0);

    bench.session.handle_return(at(0), 2, Err(TeraError::new(ErrorCode::RemoteError, "no")));
    assert_eq!(bench.done().error(), ErrorCode::RemoteError);
    bench.session.handle_return(at(0), 1, Ok("[1]".into()));
    bench.session.handle_return(at(0), 1, Ok("[2]".into()));
    assert_eq!(bench.done().replies(), [Reply { id: 2, outcome: Some(Outcome::Json("[1]".into())) }]);
}

#[test]
fn a_request_without_receiver_or_bus_fails_at_once() {
    let mut bench = Bench::new();
    let lost = |code| Err(TeraError::new(code, "the bus was lost"));
    for (receivers, code) in [
        (Ok(0), ErrorCode::Unreachable),
        (lost(ErrorCode::Unavailable), ErrorCode::Unavailable),
        (lost(ErrorCode::Uncertain), ErrorCode::Uncertain),
    ] {
        for wanted in [bench.request(5, "service.X"), bench.frame(&message("service.X"))] {
            bench.session.handle_published(at(0), wanted.publications()[0], receivers.clone());
            assert_eq!(bench.done().error(), code);
        }
    }
}

#[test]
fn a_request_times_out_at_its_deadline_and_not_before() {
    let mut bench = Bench::new();
    bench.request(5, "service.X");
    bench.call(6, "service.X");
    assert_eq!(bench.session.poll_timeout(), Some(at(500)), "an acknowledgement");
    bench.time(500);
    assert_eq!(bench.session.poll_timeout(), Some(at(1_000)));
    assert!(bench.time(999).is_nothing());
    let done = bench.time(1_000);
    assert_eq!((done.replies()[0].id, done.error()), (5, ErrorCode::Timeout));
    bench.lose();
    assert_eq!(bench.session.poll_timeout(), Some(at(10_000)), "a call without timeout gets the default");
    assert!(bench.answer(1).is_nothing(), "a late answer is dropped");
}

#[test]
fn a_timeout_is_shortened_to_the_maximum() {
    let mut bench = Bench::new();
    let operation = Some(request::Operation::Message(message("service.X")));
    bench.frame(&Request { id: 1, timeout_ms: u32::MAX, operation });
    bench.lose();
    assert_eq!(bench.session.poll_timeout(), Some(at(60_000)));
}

#[test]
fn a_cancelled_request_gets_no_reply_and_its_id_is_free_again() {
    let mut bench = Bench::new();
    bench.request(5, "service.X");
    assert_eq!(bench.frame(&Cancel { id: 5 }).outputs, [Output::Retire(Correlation::Message(1))]);
    assert!(bench.answer(1).is_nothing());
    assert!(bench.frame(&Cancel { id: 5 }).is_nothing());
    assert_eq!(bench.request(5, "service.X").publications().len(), 1);
}

#[test]
fn an_id_that_still_waits_is_refused_without_ending_the_first_request() {
    let mut bench = Bench::new();
    bench.request(5, "service.X");
    assert_eq!(bench.request(5, "service.X").error(), ErrorCode::ProtocolViolation);
    assert_eq!(bench.answer(1).replies()[0].id, 5);
}

#[test]
fn waiting_requests_are_bounded() {
    let mut bench = Bench::new();
    bench.request(1, "service.X");
    bench.request(2, "service.X");
    let done = bench.request(3, "service.X");
    assert_eq!((done.replies()[0].id, done.error()), (3, ErrorCode::QueueFull));
    bench.answer(1);
    assert_eq!(bench.request(3, "service.X").publications().len(), 1);
}

#[test]
fn messages_that_wait_to_be_published_are_bounded() {
    let mut bench = Bench::with(Limits { burst: 1_000, ..limits() });
    let first = bench.frame(&message("service.X"));
    for _ in 1..MAX_RECIPIENTS {
        assert_eq!(bench.frame(&message("service.X")).publications().len(), 1);
    }
    assert_eq!(bench.frame(&message("service.X")).error(), ErrorCode::QueueFull);
    bench.session.handle_published(at(0), first.publications()[0], Ok(1));
    assert_eq!(bench.frame(&message("service.X")).publications().len(), 1);
}

#[test]
fn a_message_to_several_identities_goes_to_each_and_can_not_pass_for_an_answer() {
    let mut bench = Bench::new();
    let other = DEVICE.replace('2', "3");
    let done = bench.frame(&message(&format!("{DEVICE},{other}, {DEVICE}")));
    let published: Vec<_> = done
        .publications()
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
    assert_eq!(bench.frame(&message(&format!("{DEVICE},{USER}"))).error(), ErrorCode::Forbidden);
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
    assert_eq!(bench.frame(&message).error(), ErrorCode::Forbidden);
}

#[test]
fn what_can_not_be_used_is_answered_by_an_error_each() {
    use ErrorCode::{Forbidden, InvalidArgument, InvalidMessage, ProtocolViolation};
    let mut bench = Bench::with(Limits { replay_messages: 100, ..limits() });
    for (done, code) in [
        (bench.request(1, "module.X"), Forbidden),
        (bench.request(1, "service.X.rpc"), InvalidArgument),
        (bench.request(1, DEVICE), InvalidArgument),
        (bench.request(1, ""), InvalidArgument),
        (bench.call(1, "service.X.rpc"), InvalidArgument),
        (bench.frame(&Request { id: 1, timeout_ms: 0, operation: None }), InvalidMessage),
        (bench.frame(&message("module.X")), Forbidden),
        (bench.frame(&message("websocket.user.nobody")), InvalidArgument),
        (bench.frame(&StopSessionEvent::default()), ProtocolViolation),
        (bench.frame(&Welcome::default()), InvalidMessage),
    ] {
        assert_eq!(done.error(), code, "{done:?}");
        assert_eq!(done.publications(), Vec::<&Publication>::new());
    }
    bench.session.handle_frame(at(0), &[0xff; 7], &mut bench.numbers);
    assert_eq!(bench.done().error(), InvalidMessage);
    assert_eq!(bench.numbers.0, 0, "no number was taken");
}
