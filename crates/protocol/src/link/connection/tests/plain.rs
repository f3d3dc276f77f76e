use super::*;
use crate::error::DecodeError;

/// Connected to an OpenTera server.
fn plain() -> Bench {
    let mut bench = Bench::dialing(Options::default());
    assert!(bench.frame(&encode(&TeraEvent::default())).is_some());
    bench
}

#[test]
fn an_event_means_plain_be_it_binary_or_text() {
    let connected = [Event::State(State::Connected { mode: Mode::Plain, resumed: false })];
    assert_eq!(plain().events(), connected);
    let mut bench = Bench::dialing(Options::default());
    assert!(bench.connection.accepts(10));
    assert_eq!(bench.connection.handle_text(at(1), Ok("read")), Some("read"));
    bench.pump();
    assert_eq!(bench.events(), connected);
}

#[test]
fn text_that_is_no_message_is_a_warning_and_says_nothing_of_the_server() {
    let mut bench = Bench::dialing(Options::default());
    bench.input(Input::NotAllowed);
    assert_eq!(bench.connection.handle_text::<()>(at(1), Err(DecodeError::fixed(&"no JSON").into())), None);
    bench.pump();
    assert_eq!(bench.warnings(), [ErrorCode::Unsupported, ErrorCode::InvalidMessage]);
    assert_eq!(bench.connection.state(), &State::Connecting);
}

#[test]
fn a_plain_server_takes_no_requests_not_even_those_that_waited_for_it() {
    let mut bench = Bench::dialing(Options::default());
    let waiting = bench.request();
    bench.send().unwrap();
    bench.frame(&encode(&TeraEvent::default()));
    let events = bench.events();
    assert!(matches!(&events[1], Event::Warning(error) if error.code == ErrorCode::Unsupported));
    assert!(matches!(&events[2], Event::Settled(id, Err(error))
        if *id == waiting && error.code == ErrorCode::Unsupported));
    let connection = &mut bench.connection;
    for error in [
        connection.request(at(0), "module.Echo", &[], None).unwrap_err(),
        connection.call(at(0), "module.Echo", &[], None).unwrap_err(),
        connection.publish(at(0), "topic", &[], None).unwrap_err(),
        connection.subscribe(at(0), "topic", None).unwrap_err(),
        connection.send(at(0), "module.Echo", &[]).unwrap_err(),
    ] {
        assert_eq!(error.code, ErrorCode::Unsupported);
    }
    assert_eq!(bench.connection.buffered_amount(), 0);
}

#[test]
fn what_a_gateway_was_told_before_is_uncertain_when_a_plain_server_takes_its_place() {
    let mut bench = Bench::new();
    let told = bench.request();
    bench.send().unwrap();
    bench.lose();
    let waiting = bench.request();
    bench.dial();
    bench.take();
    bench.frame(&encode(&TeraEvent::default()));
    let outputs = bench.take();
    bench.outputs = outputs.clone();
    assert_eq!(
        bench.settled(),
        [(told, Some(ErrorCode::Uncertain)), (waiting, Some(ErrorCode::Unsupported))]
    );
    bench.outputs = outputs;
    assert_eq!(bench.warnings(), [ErrorCode::Uncertain]);
}

#[test]
fn every_new_connection_asks_for_resync() {
    let mut bench = plain();
    bench.lose();
    bench.dial();
    bench.take();
    bench.frame(&encode(&TeraEvent::default()));
    let mode = Mode::Plain;
    assert_eq!(bench.events(), [Event::State(State::Connected { mode, resumed: false }), Event::Resync]);
    let stats = bench.connection.stats();
    assert_eq!((stats.reconnects, stats.resumes, stats.received), (1, 0, 2));
}

#[test]
fn a_plain_server_gets_no_pings_and_a_wake_does_nothing() {
    let mut bench = plain();
    bench.take();
    assert_eq!(bench.connection.poll_timeout(), None);
    bench.input(Input::Wake);
    bench.input(Input::Online);
    assert_eq!(bench.take(), []);
}

#[test]
fn a_socket_of_the_network_of_before_is_dialed_afresh() {
    let mut bench = plain();
    bench.input(Input::Offline);
    bench.take();
    bench.input(Input::Online);
    assert_eq!(bench.take()[0], Output::Hangup(4006));
    assert!(bench.connection.poll_timeout().unwrap() <= at(300));
}
