use super::*;
use crate::{
    any::pack,
    link::messages::request,
    opentera::{RpcMessage, TeraModuleMessage, UserEvent, Value, value::ArgValue},
};

fn first_request(bench: &mut Bench) -> Request {
    let Some(Output::Transmit(frame)) = bench.take().into_iter().next() else { panic!("no frame") };
    let envelope = Envelope::decode(&frame).unwrap();
    let Ok(ClientFrame::Request(request)) = ClientFrame::decode(envelope.message) else {
        panic!("no request")
    };
    request
}

#[test]
fn a_request_goes_out_whole_and_settles_with_its_first_reply() {
    let mut bench = Bench::new();
    let body = TeraModuleMessage { head: None, data: vec![pack(&UserEvent::default())] };
    let timeout = Some(Duration::from_millis(1_500));
    let id = bench.connection.request(at(5), "module.A.B.messages", &body.encode_to_vec(), timeout).unwrap();
    bench.pump();
    let Request { id: sent, timeout_ms, operation } = first_request(&mut bench);
    let Some(request::Operation::Message(message)) = operation else { panic!("not a message") };
    assert_eq!((sent, timeout_ms, message.data), (id.0, 1_500, body.data));
    assert_eq!(message.head.unwrap().dest, "module.A.B.messages");

    bench.reply(id, json());
    bench.reply(id, refusal());
    assert_eq!(bench.events(), [Event::Settled(id, Ok(Answer::Json("1".into())))]);
}

#[test]
fn a_call_and_a_publication_carry_what_they_were_given() {
    let mut bench = Bench::new();
    let rpc = RpcMessage {
        method: "add".into(),
        args: vec![Value { arg_value: Some(ArgValue::IntValue(-1)) }],
        ..Default::default()
    };
    bench.connection.call(at(0), "service.Demo", &rpc.encode_to_vec(), None).unwrap();
    bench.pump();
    let call = messages::Call { target: "service.Demo".into(), rpc: Some(rpc) };
    assert_eq!(first_request(&mut bench).operation, Some(request::Operation::Call(call)));

    let message = pack(&UserEvent::default());
    let id = bench.connection.publish(at(0), "service.A.events", &message.encode_to_vec(), None).unwrap();
    bench.pump();
    let publish = messages::Publish { topic: "service.A.events".into(), message: Some(message) };
    assert_eq!(first_request(&mut bench).operation, Some(request::Operation::Publish(publish)));
    bench.reply(id, done());
    assert_eq!(bench.events(), [Event::Settled(id, Ok(Answer::Done))]);
}

#[test]
fn an_unanswered_request_times_out_at_its_deadline_and_its_late_reply_is_dropped() {
    let mut bench = Bench::new();
    let id = bench.request();
    bench.ack(1);
    bench.now = 9_000;
    bench.event();
    bench.take();
    bench.time(9_999);
    assert_eq!(bench.settled(), []);
    bench.time(10_000);
    let outputs = bench.take();
    assert!(matches!(&outputs[0], Output::Event(Event::Settled(settled, Err(error)))
        if *settled == id && error.code == ErrorCode::Timeout));
    assert!(outputs.iter().any(|output| matches!(output, Output::Transmit(frame)
        if describe(&Envelope::decode(frame).unwrap()) == "cancel 1")));
    bench.reply(id, json());
    assert_eq!(bench.settled(), []);
}

#[test]
fn an_abort_settles_at_once_and_tells_the_gateway() {
    let mut bench = Bench::new();
    let id = bench.request();
    bench.take();
    bench.connection.cancel(at(0), id);
    bench.connection.cancel(at(0), id);
    bench.pump();
    let outputs = bench.take();
    assert!(matches!(&outputs[0], Output::Event(Event::Settled(_, Err(error)))
        if error.code == ErrorCode::Aborted));
    assert_eq!(outputs.len(), 2);
    assert_eq!(outputs[1], Output::Transmit(number(&encode(&messages::Cancel { id: id.0 }), 2, 0)));
}

#[test]
fn deadlines_and_aborts_count_while_disconnected() {
    let mut bench = Bench::new();
    let transmitted = bench.request();
    bench.input(Input::Offline);
    bench.lose();
    let waiting = bench.request();
    let aborted = bench.request();
    bench.take();
    bench.connection.cancel(at(0), aborted);
    bench.pump();
    assert_eq!(bench.settled(), [(aborted, Some(ErrorCode::Aborted))]);
    bench.time(10_000);
    let timeout = Some(ErrorCode::Timeout);
    assert_eq!(bench.settled(), [(transmitted, timeout), (waiting, timeout)]);
    bench.input(Input::Online);
    bench.dial();
    bench.take();
    bench.handshake(true, 0);
    let expected = [sent(0, "hello 16 0"), sent(1, "request 1 message"), sent(2, "cancel 1")];
    assert_eq!(bench.sent(), expected, "what was never transmitted is not sent at all");
}

#[test]
fn a_request_survives_a_reconnect_and_is_answered_once() {
    let mut bench = Bench::new();
    let lost = bench.request();
    let answered = bench.request();
    bench.take();
    bench.lose();
    bench.dial();
    bench.handshake(true, 1);
    assert_eq!(bench.settled(), []);
    bench.reply(answered, json());
    bench.reply(lost, json());
    assert_eq!(bench.settled(), [(answered, None), (lost, None)]);
}

#[test]
fn one_request_too_many_is_refused() {
    let mut bench = Bench::with(Options { max_in_flight: 2, ..Options::default() });
    let first = bench.request();
    bench.request();
    let error = bench.connection.request(at(0), "module.Echo", &[], None).unwrap_err();
    assert_eq!(error.code, ErrorCode::QueueFull);
    bench.connection.cancel(at(0), first);
    bench.request();
}

#[test]
fn bad_addresses_are_refused() {
    let mut bench = Bench::new();
    let connection = &mut bench.connection;
    for dest in ["", "Echo", "module.", "module.a b", "service.*", "module.é", "module.A,", "user.x"] {
        let error = connection.send(at(0), dest, &[]).unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidArgument, "{dest}");
    }
    assert_eq!(connection.subscribe(at(0), "", None).unwrap_err().code, ErrorCode::InvalidArgument);
    let user = "websocket.user.350c94b7-f9e1-4835-a817-28f139b1fc91";
    connection.send(at(0), &format!("{user},module.A"), &[]).unwrap();
}
