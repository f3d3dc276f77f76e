use super::*;

#[test]
fn a_welcome_is_answered_and_connected_means_that_there_is_a_session() {
    let mut bench = Bench::dialing(Options::default());
    bench.welcome();
    assert_eq!(bench.sent(), [sent(0, "hello 0 0")]);
    assert_eq!(bench.connection.state(), &State::Connecting);
    bench.session(false, 0);
    let mode = Mode::Link { address: ADDRESS.into() };
    assert_eq!(bench.events(), [Event::State(State::Connected { mode, resumed: false })]);
}

#[test]
fn a_ping_measures_the_first_round_trip_at_once() {
    let mut bench = Bench::dialing(Options::default());
    bench.handshake(false, 0);
    let Some(Output::Transmit(ping)) = bench.take().pop() else { panic!("no frame") };
    assert_eq!(describe(&Envelope::decode(&ping).unwrap()), "ping 1");
    bench.now = 30;
    bench.control(&messages::Pong { id: 1, ..Default::default() }, 0);
    let stats = bench.connection.stats();
    assert_eq!([stats.rtt, stats.rtt_p50, stats.rtt_p95], [Some(Duration::from_millis(30)); 3]);
}

#[test]
fn nothing_may_be_numbered_and_no_payload_may_come_before_the_session() {
    let event = encode(&StopSessionEvent::default());
    for frame in [number(&event, 1, 0), event, encode(&messages::Ping { id: 1 })] {
        let mut bench = Bench::dialing(Options::default());
        bench.welcome();
        bench.take();
        assert_eq!(bench.frame(&frame), None);
        assert_eq!(bench.take()[0], Output::Hangup(4001));
        assert_eq!(bench.failure(), ErrorCode::ProtocolViolation);
    }
}

#[test]
fn a_second_handshake_on_one_socket_is_a_violation() {
    for again in [encode(&Welcome { version: 2, ..Default::default() }), encode(&Session::default())] {
        let mut bench = Bench::new();
        bench.frame(&again);
        assert_eq!(bench.take()[0], Output::Hangup(4001));
        assert!(matches!(bench.connection.state(), State::Disconnected { .. }));
    }
}

#[test]
fn a_gateway_of_another_version_is_final() {
    let mut bench = Bench::dialing(Options::default());
    bench.control(&Welcome { version: 3, ..Default::default() }, 0);
    assert_eq!(bench.take()[0], Output::Hangup(4001));
    assert!(matches!(bench.connection.state(), State::Closed(_)));
    assert_eq!(bench.failure(), ErrorCode::ProtocolViolation);
}

#[test]
fn a_first_attempt_that_fails_or_says_nothing_is_final() {
    let mut bench = Bench::dialing(Options::default());
    bench.lose();
    assert_eq!(bench.failure(), ErrorCode::ConnectFailed);
    assert_eq!(bench.connection.poll_timeout(), None);

    for is_greeted in [false, true] {
        let mut bench = Bench::dialing(Options::default());
        if is_greeted {
            bench.welcome();
        }
        bench.time(9_999);
        assert_eq!(bench.connection.state(), &State::Connecting);
        bench.time(10_000);
        assert!(bench.take().contains(&Output::Hangup(4006)));
        assert_eq!(bench.failure(), ErrorCode::ConnectFailed);
    }
}

#[test]
fn an_attempt_whose_timer_slept_gets_more_time() {
    let mut bench = Bench::dialing(Options::default());
    bench.time(60_000);
    assert_eq!(bench.connection.state(), &State::Connecting);
    bench.handshake(false, 0);
    assert!(bench.is_connected());
}

#[test]
fn a_provider_that_fails_is_asked_again_later_but_not_at_first() {
    let failed = || Input::DialFailed(TeraError::new(ErrorCode::ConnectFailed, "offline"));
    let mut bench = Bench::dialing(Options::default());
    bench.input(failed());
    assert!(matches!(bench.connection.state(), State::Closed(_)));

    let mut bench = Bench::new();
    bench.lose();
    bench.dial();
    bench.input(failed());
    assert!(matches!(bench.connection.state(), State::Disconnected { retry_at: Some(_), .. }));
}

#[test]
fn a_refused_login_and_a_forced_logout_end_the_attempts() {
    let refused = Input::DialFailed(TeraError::new(ErrorCode::Unauthorized, "no"));
    let logged_out = Input::Closed(4000, "CMD_CLIENT_DISCONNECT".into());
    for (input, code) in [(refused, ErrorCode::Unauthorized), (logged_out, ErrorCode::LoggedOut)] {
        let mut bench = Bench::new();
        let id = bench.request();
        bench.lose();
        bench.dial();
        bench.take();
        bench.input(input);
        assert!(matches!(bench.connection.state(), State::Closed(_)));
        assert_eq!((bench.failure(), bench.settled()), (code, vec![(id, Some(code))]));
        assert_eq!(bench.connection.poll_timeout(), None);
    }
}

#[test]
fn the_delays_grow_until_a_connection_was_stable() {
    let delay = |bench: &Bench| bench.connection.poll_timeout().unwrap().as_millis() - bench.now;
    let longest = |stable: u64| {
        let of_seed = |seed| {
            let mut bench = Bench::with(Options { seed, ..Options::default() });
            for _ in 0..4 {
                bench.lose();
                bench.dial();
                bench.handshake(true, 0);
            }
            bench.now += stable;
            bench.lose();
            delay(&bench)
        };
        (0..100).map(of_seed).max().unwrap()
    };
    assert!((7_000..=8_000).contains(&longest(9_999)), "{}", longest(9_999));
    assert!((400..=500).contains(&longest(10_000)), "{}", longest(10_000));
}

#[test]
fn the_gateway_says_how_far_the_first_attempts_spread_and_says_so_again_when_it_has_more_clients() {
    let delay = |seed, at_first, later| {
        let mut bench = Bench::dialing(Options { seed, ..Options::default() });
        bench.control(&Welcome { version: 2, reconnect_window_ms: at_first, ..Default::default() }, 0);
        bench.session(false, 0);
        bench.control(&messages::Pong { id: 0, reconnect_window_ms: later }, 0);
        bench.lose();
        bench.connection.poll_timeout().unwrap().as_millis()
    };
    for (at_first, later) in [(10_000, 0), (1, 10_000)] {
        let mut bins = [0; 101];
        for seed in 0..5_000 {
            bins[delay(seed, at_first, later) as usize / 100] += 1;
        }
        assert!(bins.iter().all(|&count| count <= 100), "{bins:?}");
    }
}

#[test]
fn a_goodbye_says_when_to_come_back() {
    for seed in 0..50 {
        let mut bench = Bench::with(Options { seed, ..Options::default() });
        let goodbye =
            messages::Goodbye { retry_after_min_ms: 3_000, retry_after_max_ms: 5_000, ..Default::default() };
        bench.control(&goodbye, 0);
        assert!(bench.is_connected());
        bench.input(Input::Closed(1012, "restart".into()));
        let retry_at = bench.connection.poll_timeout().unwrap();
        assert!((at(3_000)..=at(5_000)).contains(&retry_at), "{retry_at:?}");
    }
}

#[test]
fn a_goodbye_with_absurd_times_is_brought_into_bounds() {
    let mut bench = Bench::new();
    let goodbye =
        messages::Goodbye { retry_after_min_ms: u32::MAX, retry_after_max_ms: 1, ..Default::default() };
    bench.control(&goodbye, 0);
    bench.lose();
    assert_eq!(bench.connection.poll_timeout(), Some(at(600_000)));
}

#[test]
fn a_final_goodbye_ends_the_attempts_with_its_reason() {
    let mut bench = Bench::new();
    let error = messages::Error { code: ErrorCode::Unauthorized.into(), ..Default::default() };
    bench.control(&messages::Goodbye { r#final: true, error: Some(error), ..Default::default() }, 0);
    assert_eq!(bench.take()[0], Output::Hangup(1000));
    assert!(matches!(bench.connection.state(), State::Closed(_)));
    assert_eq!(bench.failure(), ErrorCode::Unauthorized);
}

#[test]
fn offline_pauses_the_attempts_and_online_makes_one_at_once() {
    let mut bench = Bench::new();
    bench.input(Input::Offline);
    bench.lose();
    assert!(matches!(bench.connection.state(), State::Disconnected { retry_at: None, .. }));
    assert_eq!(bench.connection.poll_timeout(), None);
    bench.input(Input::Wake);
    assert_eq!(bench.connection.poll_timeout(), None, "there is still no network");
    bench.now = 60_000;
    bench.input(Input::Online);
    assert!(bench.connection.poll_timeout().unwrap() <= at(60_300));

    let mut bench = Bench::new();
    bench.lose();
    bench.input(Input::Offline);
    assert!(matches!(bench.connection.state(), State::Disconnected { retry_at: None, .. }));
}

#[test]
fn an_attempt_from_before_the_network_came_back_is_given_up() {
    let mut bench = Bench::new();
    bench.lose();
    bench.dial();
    bench.input(Input::Offline);
    bench.take();
    bench.input(Input::Online);
    assert_eq!(bench.take()[0], Output::Hangup(4006));
    assert!(bench.connection.poll_timeout().unwrap() <= at(bench.now + 300));
}
