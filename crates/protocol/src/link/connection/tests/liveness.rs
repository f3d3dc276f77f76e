use super::*;

fn pings(outputs: &[Output]) -> usize {
    let is_ping = |output: &&Output| match output {
        Output::Transmit(frame) => describe(&Envelope::decode(frame).unwrap()).starts_with("ping"),
        _ => false,
    };
    outputs.iter().filter(is_ping).count()
}

#[test]
fn a_silent_link_is_probed_after_4_seconds_and_given_up_after_9() {
    let mut bench = Bench::new();
    bench.time(3_999);
    assert_eq!(bench.take(), []);
    bench.time(4_000);
    assert_eq!(pings(&bench.take()), 1);
    bench.time(8_999);
    assert!(bench.is_connected());
    bench.time(9_000);
    assert_eq!(bench.take()[0], Output::Hangup(4006), "a code that keeps the session");
    assert_eq!(bench.failure(), ErrorCode::Disconnected);
}

#[test]
fn the_gateway_or_the_application_sets_the_heartbeat() {
    let heartbeat_ms = 2_000;
    for (heartbeat, first) in [(None, 2_000), (Some(Duration::from_secs(30)), 30_000)] {
        let mut bench = Bench::dialing(Options { heartbeat, ..Options::default() });
        bench.control(&Welcome { version: 2, heartbeat_ms, ..Default::default() }, 0);
        bench.session(false, 0);
        assert_eq!(bench.connection.poll_timeout(), Some(at(first)));
    }
}

#[test]
fn whatever_comes_keeps_the_link_alive_and_moves_no_timer() {
    let mut bench = Bench::new();
    bench.now = 3_000;
    bench.event();
    bench.now = 3_500;
    bench.time(3_500);
    bench.take();
    assert_eq!(bench.connection.poll_timeout(), Some(at(4_000)));
    bench.time(4_000);
    assert_eq!(bench.take(), []);
    assert_eq!(bench.connection.poll_timeout(), Some(at(7_000)));
}

#[test]
fn a_wake_probes_at_once_and_gives_up_within_two_and_a_half_seconds() {
    for input in [Input::Wake, Input::Online] {
        let mut bench = Bench::new();
        bench.now = 1_000;
        bench.input(input);
        assert_eq!(pings(&bench.take()), 1);
        bench.time(3_499);
        assert!(bench.is_connected());
        bench.time(3_500);
        assert!(matches!(bench.connection.state(), State::Disconnected { .. }));
    }
}

#[test]
fn a_timer_that_fires_late_is_no_death() {
    let mut bench = Bench::new();
    for now in [60_000, 120_000, 180_000] {
        bench.time(now);
        assert_eq!(pings(&bench.take()), 1);
        assert!(bench.is_connected());
    }
    bench.now = 180_100;
    bench.event();
    bench.time(182_600);
    assert!(bench.is_connected());
}

#[test]
fn a_ping_is_answered_at_once_with_an_acknowledgement() {
    let mut bench = Bench::new();
    bench.event();
    bench.control(&messages::Ping { id: 77 }, 0);
    assert_eq!(bench.sent(), [Sent { seq: 0, ack: 1, what: "pong 77".into() }]);
}
