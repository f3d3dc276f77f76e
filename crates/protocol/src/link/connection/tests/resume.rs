use super::*;

#[test]
fn a_resumed_session_goes_on_where_both_sides_are() {
    let mut bench = Bench::new();
    for _ in 0..3 {
        bench.send().unwrap();
    }
    bench.event();
    bench.lose();
    bench.send().unwrap();
    bench.dial();
    bench.take();
    bench.handshake(true, 2);
    let outputs = bench.take();
    let mode = Mode::Link { address: ADDRESS.into() };
    assert!(outputs.contains(&Output::Event(Event::State(State::Connected { mode, resumed: true }))));
    assert!(!outputs.contains(&Output::Event(Event::Resync)));
    bench.outputs = outputs;
    let numbered = |seq| Sent { seq, ack: 1, what: "send".into() };
    assert_eq!(bench.sent(), [sent(0, "hello 16 1"), numbered(3), numbered(4)]);
    assert!(bench.event().is_some(), "the gateway's numbers go on");
    let stats = bench.connection.stats();
    assert_eq!((stats.reconnects, stats.resumes, stats.sent, stats.resent), (1, 1, 4, 1));
}

#[test]
fn a_connection_cut_during_the_handshake_asks_for_the_same_again() {
    let mut bench = Bench::new();
    bench.event();
    bench.send().unwrap();
    for _ in 0..3 {
        bench.lose();
        bench.dial();
        bench.take();
        bench.welcome();
        assert_eq!(bench.sent(), [sent(0, "hello 16 1")]);
    }
    bench.session(true, 0);
    assert_eq!(bench.sent(), [Sent { seq: 1, ack: 1, what: "send".into() }]);
}

#[test]
fn what_the_gateway_forgot_is_uncertain_and_what_was_never_sent_goes_on() {
    let mut bench = Bench::new();
    let transmitted = bench.request();
    let accepted = bench.request();
    bench.send().unwrap();
    bench.ack(2);
    bench.event();
    bench.lose();
    let waiting = bench.request();
    bench.dial();
    bench.take();
    bench.handshake(false, 0);
    let outputs = bench.take();
    let event = |event| Output::Event(event);
    let mode = Mode::Link { address: ADDRESS.into() };
    let state = event(Event::State(State::Connected { mode, resumed: false }));
    let position = |what: &Output| outputs.iter().position(|output| output == what);
    assert!(position(&state) < position(&event(Event::Resync)));
    bench.outputs = outputs.clone();
    let uncertain = Some(ErrorCode::Uncertain);
    assert_eq!(bench.settled(), [(transmitted, uncertain), (accepted, uncertain)]);
    bench.outputs = outputs.clone();
    assert_eq!(bench.warnings(), [ErrorCode::Uncertain], "the message sent one way");
    bench.outputs = outputs;
    let what = format!("request {} message", waiting.0);
    assert_eq!(bench.sent(), [sent(0, "hello 16 1"), sent(1, &what)]);
    assert!(bench.event().is_some(), "the gateway counts from 1 again");
    bench.reply(waiting, json());
    assert_eq!(bench.settled(), [(waiting, None)]);
}

#[test]
fn a_cancel_of_the_lost_session_is_not_sent_in_the_next() {
    let mut bench = Bench::new();
    let id = bench.request();
    bench.lose();
    bench.connection.cancel(at(0), id);
    bench.dial();
    bench.take();
    bench.handshake(false, 0);
    assert_eq!(bench.sent(), [sent(0, "hello 16 0")]);
}

#[test]
fn a_gateway_that_takes_up_the_session_where_it_never_was_gets_a_new_one() {
    for (resumed, received) in [(true, 3), (true, 0), (false, 1)] {
        let mut bench = Bench::new();
        bench.send().unwrap();
        bench.send().unwrap();
        bench.ack(1);
        bench.lose();
        bench.dial();
        bench.take();
        bench.handshake(resumed, received);
        assert!(bench.take().contains(&Output::Hangup(4001)));
        assert_eq!(bench.failure(), ErrorCode::ProtocolViolation);
        bench.dial();
        bench.take();
        bench.welcome();
        assert_eq!(bench.sent(), [sent(0, "hello 0 0")]);
    }
}

#[test]
fn a_session_that_was_never_there_can_not_be_resumed() {
    let mut bench = Bench::dialing(Options::default());
    bench.handshake(true, 0);
    assert!(matches!(bench.connection.state(), State::Closed(_)));
    assert_eq!(bench.failure(), ErrorCode::ProtocolViolation);
}

#[test]
fn a_session_without_a_token_or_with_a_huge_one_is_refused() {
    for length in [0, 65] {
        let mut bench = Bench::dialing(Options::default());
        bench.welcome();
        bench.control(&Session { token: vec![1; length], ..Default::default() }, 0);
        assert_eq!(bench.failure(), ErrorCode::ProtocolViolation);
    }
}
