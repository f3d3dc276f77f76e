use super::*;

#[test]
fn a_payload_is_handed_back_with_its_topic() {
    let mut bench = Bench::new();
    assert_eq!(bench.event().as_deref(), Some("opentera.protobuf.StopSessionEvent "));
    let mut frame = encode(&StopSessionEvent::default());
    frame::put_topic(&mut frame, "service.A.events");
    let payload = bench.frame(&number(&frame, 2, 0));
    assert_eq!(payload.as_deref(), Some("opentera.protobuf.StopSessionEvent service.A.events"));
    assert_eq!(bench.connection.stats().received, 2);
    assert_eq!(bench.take(), []);
}

#[test]
fn a_duplicate_is_dropped_and_counted() {
    let mut bench = Bench::new();
    bench.event();
    for _ in 0..2 {
        bench.seq = 0;
        assert_eq!(bench.event(), None);
    }
    let stats = bench.connection.stats();
    assert_eq!((stats.received, stats.duplicates), (1, 2));
}

#[test]
fn what_can_not_be_delivered_in_order_ends_the_connection_and_resumes() {
    let event = encode(&StopSessionEvent::default());
    let skipped = number(&event, 3, 0);
    let not_numbered = event.clone();
    let acknowledged = number(&event, 2, 1);
    let numbered_ping = number(&encode(&messages::Ping { id: 1 }), 2, 0);
    for frame in [skipped, not_numbered, acknowledged, numbered_ping] {
        let mut bench = Bench::new();
        bench.event();
        bench.take();
        assert_eq!(bench.frame(&frame), None);
        assert_eq!(bench.take()[0], Output::Hangup(4001));
        assert_eq!(bench.failure(), ErrorCode::ProtocolViolation);
        bench.dial();
        bench.take();
        bench.welcome();
        assert!(bench.sent()[0].what.starts_with("hello 16 "));
    }
}

#[test]
fn numbers_that_wrap_or_are_too_large_are_refused() {
    for seq in [u64::MAX, 1 << 53, (1 << 53) + 1] {
        let mut bench = Bench::new();
        assert_eq!(bench.frame(&number(&encode(&StopSessionEvent::default()), seq, 0)), None);
        assert_eq!(bench.failure(), ErrorCode::ProtocolViolation);
    }
}

#[test]
fn messages_are_acknowledged_256_at_a_time_after_half_a_second_or_with_what_is_sent() {
    let mut bench = Bench::new();
    for _ in 0..255 {
        bench.event();
    }
    assert_eq!(bench.sent(), []);
    bench.event();
    let ack = |ack| Sent { seq: 0, ack, what: "ack".into() };
    assert_eq!(bench.sent(), [ack(256)]);
    bench.event();
    bench.time(499);
    assert_eq!(bench.sent(), []);
    bench.time(500);
    assert_eq!(bench.sent(), [ack(257)]);
    bench.event();
    bench.send().unwrap();
    assert_eq!(bench.sent(), [Sent { seq: 1, ack: 258, what: "send".into() }]);
    bench.time(1_100);
    assert_eq!(bench.sent(), []);
}

#[test]
fn a_gap_names_what_is_missing_and_settles_requests_whose_reply_is_lost() {
    let mut bench = Bench::new();
    let id = bench.request();
    bench.take();
    let missing = |topic: &str, first, last, count, unknown| {
        let topic = topic.into();
        messages::Missing { topic, first, last, count, unknown }
    };
    bench.numbered(&messages::Gap {
        missing: vec![missing("a", 3, 5, 3, false), missing("b.*", 0, 0, 0, true)],
        lost_replies: vec![id.0, 99],
        lost_notices: true,
    });
    let gap = |topic: &str, first, last, count| Event::Gap(Gap { topic: topic.into(), first, last, count });
    let events = bench.events();
    assert_eq!(events[..2], [gap("a", 3, 5, Some(3)), gap("b.*", 0, 0, None)]);
    assert!(matches!(&events[2], Event::Settled(settled, Err(error))
        if *settled == id && error.code == ErrorCode::Uncertain));
    assert!(matches!(&events[3], Event::Warning(error) if error.code == ErrorCode::Uncertain));
    let stats = bench.connection.stats();
    assert_eq!((stats.gaps, stats.missed, events.len()), (2, 3, 4));
}

#[test]
fn gaps_that_can_not_be_counted_overflow_nothing() {
    let mut bench = Bench::new();
    let missing = |count| messages::Missing { topic: "a".into(), count, ..Default::default() };
    bench.numbered(&messages::Gap { missing: vec![missing(u64::MAX), missing(1)], ..Default::default() });
    assert_eq!(bench.connection.stats().missed, u64::MAX);
}

#[test]
fn bad_and_huge_frames_are_warnings_and_the_connection_goes_on() {
    let mut bench = Bench::with(Options { max_frame_bytes: 1_000, ..Options::default() });
    let huge = StopSessionEvent { session_uuid: "x".repeat(1_000), ..Default::default() };
    assert_eq!(bench.numbered(&huge), None);
    assert_eq!(bench.warnings(), [ErrorCode::TooLarge]);
    for frame in [&[10, 200, 1][..], &[0xff; 40], &[]] {
        assert_eq!(bench.frame(frame), None);
        assert_eq!(bench.warnings(), [ErrorCode::InvalidMessage]);
    }
    assert_eq!(bench.numbered(&messages::Cancel { id: 1 }), None);
    assert_eq!(bench.warnings(), [ErrorCode::InvalidMessage]);
    assert!(bench.event().is_some(), "each of them had its number");
    assert!(!bench.connection.accepts(1_001));
}

#[test]
fn what_the_gateway_calls_for_is_taken_whatever_its_size() {
    let mut bench = Bench::with(Options { max_frame_bytes: 1_000, ..Options::default() });
    let call = RpcMessage { method: "x".repeat(2_000), ..Default::default() };
    assert_eq!(bench.numbered(&call).as_deref(), Some("opentera.protobuf.RPCMessage "));
    assert_eq!(bench.warnings(), []);
}

#[test]
fn a_notice_is_a_warning() {
    let mut bench = Bench::new();
    let error = messages::Error { code: ErrorCode::Forbidden.into(), ..Default::default() };
    bench.numbered(&messages::Notice { error: Some(error) });
    assert_eq!(bench.warnings(), [ErrorCode::Forbidden]);
}

#[test]
fn the_frame_of_an_acknowledgement_is_a_frame() {
    assert_eq!(receive::ACK, encode(&messages::Ack {}));
}

#[test]
fn a_numbered_message_that_can_not_be_read_is_a_warning_and_counts() {
    let mut bench = Bench::new();
    let damaged = number(&[10, 4, 10, 2, 0xff, 0xfe], 1, 0);
    assert_eq!(bench.frame(&damaged), None);
    assert_eq!(bench.warnings(), [ErrorCode::InvalidMessage]);
    let next = number(&encode(&StopSessionEvent::default()), 2, 0);
    assert!(bench.frame(&next).is_some());
    assert!(bench.is_connected());
}
