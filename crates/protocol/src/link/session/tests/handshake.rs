use super::*;

#[test]
fn a_welcome_tells_the_client_what_holds_here() {
    let frame = welcome(USER.parse().unwrap(), &Limits::default(), Duration::from_millis(1_500));
    let expected = messages::Welcome {
        version: 2,
        address: USER.into(),
        max_frame_bytes: 1 << 20,
        heartbeat_ms: 4_000,
        reconnect_window_ms: 1_500,
        messages_per_second: 200,
        burst: 400,
    };
    assert_eq!(frame, encode(&expected));
}

#[test]
fn a_new_session_is_told_its_token_before_anything_else() {
    let mut bench = Bench::detached(limits());
    bench.deliver("t", 1);
    bench.session.attach(at(0), token(1), None);
    let done = bench.done();
    let session =
        messages::Session { token: vec![1; 16], resumed: false, received: 0, retention_ms: 120_000 };
    assert_eq!(done.frames[0], encode(&session));
    assert_eq!((done.numbers(), done.outputs), (vec![0, 1], vec![]));
}

#[test]
fn the_first_frame_proves_that_the_client_has_its_token() {
    let mut bench = Bench::detached(limits());
    bench.session.attach(at(0), token(1), None);
    bench.done();
    assert_eq!(bench.ping(1).outputs, [Output::Confirmed]);
    assert_eq!(bench.ping(2).outputs, []);
    bench.lose();
    bench.resume(0);
    assert_eq!(bench.ack(0).outputs, [Output::Confirmed]);
}

#[test]
fn a_client_that_comes_back_gets_what_it_missed_and_then_what_is_new() {
    let mut bench = Bench::new();
    bench.deliver("t", 3);
    bench.send();
    assert!(bench.lose().is_nothing());
    assert!(bench.deliver("t", 1).is_nothing());
    let done = bench.resume(1);
    assert_eq!(done.sent()[0], Sent::Session { resumed: true, received: 1 });
    assert_eq!(done.numbers(), [0, 2, 3, 4]);
    assert_eq!(bench.deliver("t", 1).numbers(), [5]);
}

#[test]
fn a_connection_cut_during_the_handshake_changes_nothing() {
    let mut bench = Bench::new();
    bench.deliver("t", 2);
    bench.lose();
    for _ in 0..3 {
        assert_eq!(bench.resume(1).numbers(), [0, 2]);
    }
    bench.lose();
    assert_eq!(bench.resume(2).numbers(), [0], "some of it had arrived all the same");
}

#[test]
fn a_new_socket_replaces_one_that_seems_alive() {
    let mut bench = Bench::new();
    bench.deliver("t", 2);
    bench.ping(9);
    assert_eq!(bench.resume(1).numbers(), [0, 2]);
    assert!(bench.session.is_attached());
}

#[test]
fn what_the_old_socket_was_to_be_told_is_not_told_the_new_one() {
    let mut bench = Bench::new();
    bench.session.handle_frame(at(0), &encode(&messages::Ping { id: 5 }), &mut bench.numbers);
    bench.session.goodbye(at(0), Duration::ZERO, Duration::ZERO);
    let done = bench.resume(0);
    assert_eq!(done.sent(), [Sent::Session { resumed: true, received: 0 }]);
    assert_eq!(done.closed(), None);
}

#[test]
fn a_clean_close_ends_the_session_and_any_other_keeps_it() {
    for code in [None, Some(1001), Some(1006), Some(4001), Some(4006)] {
        let mut bench = Bench::new();
        bench.request(1, "service.X");
        bench.session.handle_closed(at(0), code);
        assert!(bench.done().is_nothing());
        assert!(!bench.session.is_over() && !bench.session.is_attached());
    }
    let mut bench = Bench::new();
    bench.request(1, "service.X");
    bench.session.handle_closed(at(0), Some(1000));
    let done = bench.done();
    assert_eq!(done.outputs[0], Output::Retire(Correlation::Message(1)));
    assert_eq!(done.closed(), Some((1000, true)));
    assert!(bench.session.is_over());
    assert!(bench.resume(0).is_nothing());
    assert!(bench.deliver("t", 1).is_nothing());
}

#[test]
fn a_goodbye_says_when_to_come_back_and_keeps_the_session() {
    let mut bench = Bench::new();
    bench.session.goodbye(at(0), Duration::from_secs(1), Duration::from_secs(3));
    let done = bench.done();
    let goodbye =
        messages::Goodbye { retry_after_min_ms: 1_000, retry_after_max_ms: 3_000, ..Default::default() };
    assert_eq!(done.frames, [encode(&goodbye)]);
    assert_eq!(done.closed(), Some((1012, false)));
    bench.session.goodbye(at(0), Duration::ZERO, Duration::ZERO);
    assert!(bench.done().is_nothing());
    assert_eq!(bench.resume(0).sent(), [Sent::Session { resumed: true, received: 0 }]);
}
