use super::*;

const VIOLATION: Option<(u16, bool)> = Some((4001, true));

#[test]
fn numbers_out_of_order_end_the_session() {
    let frame = |seq| number(&encode(&message(DEVICE)), seq, 0);
    for seq in [2, 3, 1 << 53, (1 << 53) + 1, u64::MAX] {
        let mut bench = Bench::new();
        assert_eq!(bench.bytes(&frame(seq)).closed(), VIOLATION, "{seq}");
        assert!(bench.session.is_over());
        assert!(bench.bytes(&frame(1)).is_nothing(), "nothing follows");
    }
}

#[test]
fn a_number_where_it_must_not_be_or_none_where_it_must_ends_the_session() {
    for frame in [
        encode(&message(DEVICE)),
        encode(&Request::default()),
        number(&encode(&messages::Ping { id: 1 }), 1, 0),
        number(&encode(&messages::Ack {}), 1, 0),
        encode(&messages::Hello::default()),
    ] {
        assert_eq!(Bench::new().bytes(&frame).closed(), VIOLATION);
    }
}

#[test]
fn acknowledgements_from_the_future_end_the_session_and_those_from_the_past_are_nothing() {
    for ack in [3, 1 << 53, u64::MAX] {
        let mut bench = Bench::new();
        bench.deliver("a", 2);
        assert_eq!(bench.ack(ack).closed(), VIOLATION, "{ack}");
    }
    let mut bench = Bench::new();
    bench.deliver("a", 2);
    assert!([2, 1, 0].map(|ack| bench.ack(ack)).iter().all(Done::is_nothing));
}

#[test]
fn a_hello_that_can_not_be_true_ends_the_session() {
    for received in [0, 3, u64::MAX] {
        let mut bench = Bench::new();
        bench.deliver("a", 2);
        bench.ack(1);
        bench.lose();
        assert_eq!(bench.resume(received).closed(), VIOLATION, "{received}");
    }
}

#[test]
fn a_flood_of_whatever_kind_closes_the_socket_and_keeps_the_session() {
    let known = number(&encode(&message(DEVICE)), 1, 0);
    for frame in [
        known,
        encode(&messages::Ping { id: 1 }),
        encode(&messages::Pong { id: 1, ..Default::default() }),
        encode(&messages::Ack {}),
        vec![0xff; 9],
    ] {
        let mut bench = Bench::with(Limits { replay_messages: 1_000, ..limits() });
        let allowed = (0..1_000).take_while(|_| bench.bytes(&frame).closed().is_none()).count();
        assert_eq!(allowed, 19, "the first ping took one of 20");
        assert!(!bench.session.is_over());
        bench.now = 1_000;
        bench.resume(0);
        assert!(bench.ping(1).closed().is_none());
    }
}

#[test]
fn a_flood_of_texts_closes_the_socket_and_keeps_the_session() {
    let mut bench = Bench::new();
    let mut allowed = 0;
    while bench.text("{}").closed().is_none() {
        bench.session.handle_signal(at(0), Ok(()));
        allowed += 1;
    }
    assert_eq!(allowed, 19, "the first ping took one of 20");
    assert!(!bench.session.is_over() && bench.text("{}").is_nothing());
}

#[test]
fn acknowledging_what_came_is_free_however_much_comes() {
    let mut bench = Bench::new();
    for seq in 1..=1_000 {
        bench.deliver("a", 1);
        assert!(bench.ack(seq).is_nothing());
    }
}

#[test]
fn pings_whose_answers_are_not_read_are_bounded() {
    let limits = Limits { burst: 1_000, messages_per_second: 1_000, ..limits() };
    let mut bench = Bench::with(limits);
    let ping = encode(&messages::Ping { id: 1 });
    for _ in 0..MAX_CONTROL {
        bench.session.handle_frame(at(0), &ping, &mut bench.numbers);
    }
    assert!(bench.session.is_attached());
    bench.session.handle_frame(at(0), &ping, &mut bench.numbers);
    assert_eq!(bench.done().closed(), Some((4003, false)));
}

#[test]
fn a_client_that_sends_and_never_reads_is_cut_before_acknowledgements_pile_up() {
    let mut bench = Bench::new();
    let mut closed = None;
    for seq in 1..1_000 {
        let frame = number(&encode(&message("service.X")), seq, 0);
        let at = at(seq * 600);
        bench.session.handle_frame(at, &frame, &mut bench.numbers);
        bench.session.handle_timeout(at);
        while let Some(output) = bench.session.poll_output() {
            match output {
                Output::Publish(publication) => bench.session.handle_published(at, &publication, Ok(1)),
                Output::Close { code, .. } => closed = closed.or(Some((code, seq))),
                _ => {}
            }
        }
        assert!(bench.session.buffered().0 <= MAX_CONTROL + 1);
    }
    assert!(closed.is_some_and(|(code, seq)| code == 4003 && seq < 200), "{closed:?}");
}

#[test]
fn lost_replies_to_a_client_that_never_acknowledges_are_bounded() {
    let limits = Limits { burst: 1_000, messages_per_second: 1_000, replay_messages: 100, ..limits() };
    let mut bench = Bench::with(limits);
    for round in 0..400 {
        for id in 0..95 {
            bench.request(round * 95 + id, "module.Forbidden");
        }
        bench.lose();
        bench.now += 100;
        bench.resume(0);
    }
    assert!(bench.session.buffered().1 < 70_000, "{:?}", bench.session.buffered());
}

#[test]
fn what_is_kept_for_a_client_that_is_away_is_bounded() {
    let mut bench = Bench::new();
    bench.lose();
    bench.deliver("a", 100_000);
    let done = bench.resume(0);
    assert_eq!(done.frames.len(), 1 + 1 + 4);
    let Sent::Gap(gap) = &done.sent()[1] else { panic!("no gap") };
    assert_eq!((gap.missing[0].first, gap.missing[0].last), (1, 99_996));
}

#[test]
fn more_topics_than_can_be_counted_end_the_session() {
    let mut bench = Bench::new();
    bench.lose();
    for topic in 0..16_384 {
        assert!(bench.deliver(&topic.to_string(), 1).is_nothing());
    }
    assert_eq!(bench.deliver("one more", 1).closed(), Some((4004, true)));
}

#[test]
fn a_malformed_message_keeps_its_number_and_is_not_taken_again() {
    let mut bench = Bench::new();
    let broken = Any { type_url: "/tera.link.v1.Request".into(), value: vec![0xff] };
    let frame = number(&crate::link::frame::encode_any(broken), 1, 0);
    assert_eq!(bench.bytes(&frame).error(), ErrorCode::InvalidMessage);
    assert!(bench.bytes(&frame).is_nothing());
    bench.seq = 1;
    assert_eq!(bench.request(1, "service.X").publications().len(), 1);
}
