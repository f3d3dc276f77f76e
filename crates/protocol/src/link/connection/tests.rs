//! The client's machine against frames written by hand, on a clock of its own.

use prost::Message as _;

use super::*;
use crate::{
    link::{
        frame::{ClientFrame, encode},
        messages::{self, Error, Notice, Reply, Request, Welcome, reply, request},
    },
    opentera::{RpcMessage, TeraEvent, TeraModuleMessage, UserEvent, Value, value::ArgValue},
};

fn at(milliseconds: u64) -> Timestamp {
    Timestamp::from_millis(milliseconds)
}

fn drain(connection: &mut Connection) -> Vec<Output> {
    std::iter::from_fn(|| connection.poll_output()).collect()
}

fn events(connection: &mut Connection) -> Vec<Event> {
    let event = |output| if let Output::Event(event) = output { Some(event) } else { None };
    drain(connection).into_iter().filter_map(event).collect()
}

fn welcome() -> Vec<u8> {
    encode(&Welcome { version: 1, address: "websocket.user.u".into(), max_frame_bytes: 0 })
}

/// Connected to a gateway since 0, with nothing left to do.
fn connected() -> Connection {
    let mut connection = Connection::new(at(0), Options::default());
    assert_eq!(connection.handle_frame(at(0), &welcome()), None);
    drain(&mut connection);
    connection
}

fn code(event: &Event) -> ErrorCode {
    match event {
        Event::Warning(error) | Event::Settled(_, Err(error)) => error.code,
        Event::State(State::Closed(error) | State::Disconnected { error, .. }) => error.code,
        other => panic!("no error: {other:?}"),
    }
}

fn request(connection: &mut Connection, now: u64) -> RequestId {
    connection.request(at(now), "module.Echo", &[], None).unwrap()
}

fn reply(id: RequestId, json: &str) -> Vec<u8> {
    encode(&Reply { id: id.0, outcome: Some(reply::Outcome::Json(json.into())) })
}

#[test]
fn a_welcome_means_link_and_an_event_means_plain() {
    let mut connection = Connection::new(at(0), Options::default());
    assert_eq!(drain(&mut connection), [Output::Dial]);
    connection.handle_frame(at(1), &welcome());
    let address = "websocket.user.u".to_owned();
    assert_eq!(events(&mut connection), [Event::State(State::Connected(Mode::Link { address }))]);

    let mut connection = Connection::new(at(0), Options::default());
    drain(&mut connection);
    let frame = encode(&TeraEvent::default());
    assert!(connection.handle_frame(at(1), &frame).is_some());
    assert_eq!(events(&mut connection), [Event::State(State::Connected(Mode::Plain))]);
}

#[test]
fn json_text_means_plain_and_is_handed_back() {
    let mut connection = Connection::new(at(0), Options::default());
    drain(&mut connection);
    assert_eq!(connection.handle_text(at(1), Ok("read")), Some("read"));
    assert_eq!(events(&mut connection), [Event::State(State::Connected(Mode::Plain))]);
}

#[test]
fn text_that_is_no_message_is_a_warning_and_says_nothing_of_the_server() {
    let mut connection = Connection::new(at(0), Options::default());
    drain(&mut connection);
    connection.handle(at(1), Input::NotAllowed);
    assert_eq!(connection.handle_text::<()>(at(1), Err(DecodeError::new("no JSON"))), None);
    let codes: Vec<_> = events(&mut connection).iter().map(code).collect();
    assert_eq!(codes, [ErrorCode::Unsupported, ErrorCode::InvalidMessage]);
    assert_eq!(connection.state(), &State::Connecting);
}

#[test]
fn a_request_goes_out_whole_and_settles_with_its_reply() {
    let mut connection = connected();
    let body = TeraModuleMessage { head: None, data: vec![crate::any::pack(&UserEvent::default())] };
    let timeout = Some(Duration::from_millis(1_500));
    let id = connection.request(at(5), "module.A.B.messages", &body.encode_to_vec(), timeout).unwrap();
    let outputs = drain(&mut connection);
    let [Output::Transmit(bytes)] = outputs.as_slice() else { panic!("{outputs:?}") };
    let Ok(ClientFrame::Request(Request { id: sent, timeout_ms: 1_500, operation: Some(operation) })) =
        ClientFrame::decode(bytes)
    else {
        panic!("not the request")
    };
    let request::Operation::Message(message) = operation else { panic!("not a message") };
    assert_eq!((sent, message.data), (id.0, body.data));
    assert_eq!(message.head.unwrap().dest, "module.A.B.messages");

    connection.handle_frame(at(6), &reply(id, "1"));
    connection.handle_frame(at(7), &reply(id, "2"));
    let settled = Event::Settled(id, Ok(Answer::Json("1".into())));
    assert_eq!(events(&mut connection), [settled]);
    assert_eq!(connection.poll_timeout(), None);
}

#[test]
fn a_call_carries_method_and_arguments() {
    let mut connection = connected();
    let rpc = RpcMessage {
        method: "add".into(),
        args: vec![Value { arg_value: Some(ArgValue::IntValue(-1)) }],
        ..Default::default()
    };
    connection.call(at(0), "service.Demo", &rpc.encode_to_vec(), None).unwrap();
    let outputs = drain(&mut connection);
    let [Output::Transmit(bytes)] = outputs.as_slice() else { panic!("{outputs:?}") };
    let Ok(ClientFrame::Request(request)) = ClientFrame::decode(bytes) else { panic!("not a request") };
    let call = messages::Call { target: "service.Demo".into(), rpc: Some(rpc) };
    assert_eq!(request.operation, Some(request::Operation::Call(call)));
}

#[test]
fn an_unanswered_request_times_out_at_its_deadline_and_its_late_reply_is_dropped() {
    let mut connection = connected();
    let id = request(&mut connection, 100);
    drain(&mut connection);
    assert_eq!(connection.poll_timeout(), Some(at(10_100)));
    connection.handle(at(10_099), Input::TimedOut);
    assert_eq!(drain(&mut connection), []);
    connection.handle(at(10_100), Input::TimedOut);
    let events = events(&mut connection);
    assert_eq!(events.iter().map(code).collect::<Vec<_>>(), [ErrorCode::Timeout]);
    connection.handle_frame(at(10_101), &reply(id, "1"));
    assert_eq!(drain(&mut connection), []);
}

#[test]
fn an_abort_settles_at_once_and_tells_the_gateway() {
    let mut connection = connected();
    let id = request(&mut connection, 0);
    drain(&mut connection);
    connection.cancel(id);
    connection.cancel(id);
    let outputs = drain(&mut connection);
    assert_eq!(outputs.len(), 2);
    assert_eq!(outputs[0], Output::Transmit(encode(&messages::Cancel { id: id.0 })));
    assert!(matches!(&outputs[1], Output::Event(event) if code(event) == ErrorCode::Aborted));
    assert_eq!(connection.poll_timeout(), None);
}

#[test]
fn an_error_reply_and_a_notice_keep_code_and_help() {
    let mut connection = connected();
    let id = request(&mut connection, 0);
    drain(&mut connection);
    let error = Error { code: ErrorCode::Forbidden.into(), description: "no".into(), help: "ask".into() };
    let outcome = Some(reply::Outcome::Error(error.clone()));
    connection.handle_frame(at(1), &encode(&Reply { id: id.0, outcome }));
    connection.handle_frame(at(1), &encode(&Notice { error: Some(error.clone()) }));
    let error = TeraError::from(error);
    assert_eq!(events(&mut connection), [Event::Settled(id, Err(error.clone())), Event::Warning(error)]);
}

#[test]
fn a_lost_connection_ends_what_was_under_way_and_is_tried_again() {
    let mut connection = connected();
    let id = request(&mut connection, 0);
    drain(&mut connection);
    connection.handle(at(50), Input::Closed(1006, String::new()));
    let happened = events(&mut connection);
    assert!(matches!(&happened[0], Event::State(State::Disconnected { .. })));
    assert!(matches!(&happened[1], Event::Settled(settled, Err(error))
        if *settled == id && error.code == ErrorCode::Disconnected));
    let refused = connection.request(at(51), "module.Echo", &[], None).unwrap_err();
    assert_eq!(refused.code, ErrorCode::Disconnected);

    let retry_at = connection.poll_timeout().unwrap();
    assert!(retry_at <= at(550));
    connection.handle(retry_at, Input::TimedOut);
    assert_eq!(drain(&mut connection), [Output::Dial, Output::Event(Event::State(State::Connecting))]);
    connection.handle(retry_at, Input::DialFailed(TeraError::new(ErrorCode::Forbidden, "login failed")));
    assert!(
        matches!(connection.state(), State::Disconnected { error, .. } if error.code == ErrorCode::Forbidden)
    );
}

#[test]
fn a_forced_logout_is_final() {
    let mut connection = connected();
    request(&mut connection, 0);
    drain(&mut connection);
    connection.handle(at(1), Input::Closed(4000, "CMD_CLIENT_DISCONNECT".into()));
    let events = events(&mut connection);
    assert_eq!(events.iter().map(code).collect::<Vec<_>>(), [ErrorCode::LoggedOut; 2]);
    assert_eq!(connection.poll_timeout(), None);
}

#[test]
fn a_first_attempt_that_fails_or_says_nothing_is_final() {
    let mut connection = Connection::new(at(0), Options::default());
    connection.handle(at(1), Input::Closed(1006, String::new()));
    assert_eq!(code(&events(&mut connection)[0]), ErrorCode::ConnectFailed);

    let mut connection = Connection::new(at(0), Options::default());
    assert_eq!(connection.poll_timeout(), Some(at(10_000)));
    connection.handle(at(10_000), Input::TimedOut);
    assert!(drain(&mut connection).contains(&Output::Hangup(1000)));
    assert!(matches!(connection.state(), State::Closed(error) if error.code == ErrorCode::ConnectFailed));
}

#[test]
fn closing_ends_everything_once() {
    let mut connection = connected();
    request(&mut connection, 0);
    drain(&mut connection);
    connection.close();
    connection.close();
    let outputs = drain(&mut connection);
    assert_eq!(outputs[0], Output::Hangup(1000));
    assert_eq!(outputs.len(), 3);
    assert_eq!(connection.handle_frame(at(1), &welcome()), None);
    assert_eq!(connection.request(at(1), "module.Echo", &[], None).unwrap_err().code, ErrorCode::Closed);
    assert_eq!(drain(&mut connection), []);
}

#[test]
fn a_plain_server_takes_no_requests() {
    let mut connection = Connection::new(at(0), Options::default());
    connection.handle_frame(at(0), &encode(&TeraEvent::default()));
    for error in [
        connection.request(at(0), "module.Echo", &[], None).unwrap_err(),
        connection.call(at(0), "module.Echo", &[], None).unwrap_err(),
        connection.send("module.Echo", &[]).unwrap_err(),
    ] {
        assert_eq!(error.code, ErrorCode::Unsupported);
    }
}

#[test]
fn bad_addresses_are_refused() {
    let mut connection = connected();
    for dest in ["", "Echo", "module.", "module.a b", "service.*", "module.é", "module.A,", "user.x"] {
        let error = connection.send(dest, &[]).unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidArgument, "{dest}");
    }
    let user = "websocket.user.350c94b7-f9e1-4835-a817-28f139b1fc91";
    connection.send(&format!("{user},module.A"), &[]).unwrap();
}

#[test]
fn one_request_too_many_is_refused() {
    let mut connection = Connection::new(at(0), Options { max_in_flight: 2, ..Options::default() });
    connection.handle_frame(at(0), &welcome());
    let first = request(&mut connection, 0);
    request(&mut connection, 0);
    let error = connection.request(at(0), "module.Echo", &[], None).unwrap_err();
    assert_eq!(error.code, ErrorCode::QueueFull);
    connection.cancel(first);
    request(&mut connection, 0);
}

#[test]
fn bad_and_huge_frames_are_warnings_and_the_connection_goes_on() {
    let mut connection = connected();
    let huge = vec![0; (16 << 20) + 1];
    let wrong_way = encode(&messages::Cancel { id: 1 });
    for (frame, expected) in [
        (&huge[..], ErrorCode::TooLarge),
        (&[10, 200, 1], ErrorCode::InvalidMessage),
        (&[0xff; 40], ErrorCode::InvalidMessage),
        (&[], ErrorCode::InvalidMessage),
        (&wrong_way, ErrorCode::InvalidMessage),
    ] {
        assert_eq!(connection.handle_frame(at(1), frame), None);
        let events = events(&mut connection);
        assert_eq!(events.iter().map(code).collect::<Vec<_>>(), [expected]);
    }
    assert!(matches!(connection.state(), State::Connected(_)));
}

#[test]
fn a_gateway_of_another_version_is_final() {
    let mut connection = Connection::new(at(0), Options::default());
    drain(&mut connection);
    connection.handle_frame(at(0), &encode(&Welcome { version: 2, ..Default::default() }));
    let outputs = drain(&mut connection);
    assert_eq!(outputs[0], Output::Hangup(4001));
    assert!(matches!(connection.state(), State::Closed(error) if error.code == ErrorCode::ProtocolViolation));
}
