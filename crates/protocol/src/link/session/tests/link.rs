use super::*;

fn missing(topic: &str, first: u64, last: u64) -> messages::Missing {
    messages::Missing { topic: topic.into(), first, last, count: last - first + 1, unknown: false }
}

#[test]
fn the_gateway_hears_of_what_it_has_handed_in_and_will_never_come() {
    let mut bench = Bench::new();
    let hand_in = |bench: &mut Bench| {
        let frame = encode(&StopSessionEvent::default()).into();
        bench.session.handle_delivery(at(0), &"queue.a".into(), frame)
    };
    let first: Vec<_> = (1..=2).map(|_| hand_in(&mut bench)).collect();
    assert_eq!(first, [Some(1), Some(2)]);
    bench.done();
    bench.ack(1);
    bench.lose();
    for _ in 3..=6 {
        hand_in(&mut bench);
    }
    assert_eq!(bench.session.attach(at(0), token(2), Some(1)), [missing("queue.a", 2, 2)]);
    assert_eq!(
        bench.session.attach(at(0), token(3), Some(1)),
        [missing("queue.a", 2, 2)],
        "once more: it has not heard of the gap itself"
    );
    bench.done();
    bench.ack(5);
    bench.lose();
    assert_eq!(bench.session.attach(at(0), token(4), Some(5)), []);
    bench.session.end(1000, "over");
    assert_eq!(hand_in(&mut bench), None);
}

#[test]
fn a_message_that_comes_again_is_executed_once() {
    let mut bench = Bench::new();
    let operation = Some(request::Operation::Message(message("service.X")));
    let request = Request { id: 5, timeout_ms: 0, operation };
    assert_eq!(bench.frame(&request).publications().len(), 1);
    bench.answer(1);
    bench.seq = 0;
    assert!(bench.frame(&request).is_nothing());
    bench.lose();
    let done = bench.resume(1);
    assert_eq!(done.sent(), [Sent::Session { resumed: true, received: 1 }]);
    bench.seq = 0;
    assert_eq!(bench.frame(&request).publications(), Vec::<&Publication>::new());
}

#[test]
fn a_reply_that_came_while_the_client_was_away_waits_for_it() {
    let mut bench = Bench::new();
    bench.request(5, "service.X");
    bench.lose();
    assert_eq!(bench.answer(1).outputs, [Output::Retire(Correlation::Message(1))]);
    let done = bench.resume(0);
    assert_eq!((done.replies()[0].id, done.numbers()), (5, vec![0, 1]));
}

#[test]
fn deadlines_run_while_the_client_is_away() {
    let mut bench = Bench::new();
    bench.request(5, "service.X");
    bench.lose();
    assert_eq!(bench.session.poll_timeout(), Some(at(1_000)));
    bench.time(1_000);
    let done = bench.resume(0);
    let [Reply { id: 5, outcome: Some(Outcome::Error(error)) }] = &done.replies()[..] else {
        panic!("{done:?}")
    };
    assert_eq!(error.code(), ErrorCode::Timeout);
}

#[test]
fn what_can_not_be_kept_is_an_exact_gap_before_what_is_left() {
    let mut bench = Bench::new();
    bench.deliver("a", 2);
    bench.ack(2);
    bench.request(5, "service.X");
    bench.lose();
    bench.answer(1);
    bench.deliver("a", 3);
    bench.deliver("b", 5);
    let done = bench.resume(2);
    let gap = messages::Gap {
        missing: vec![missing("a", 3, 5), missing("b", 1, 1)],
        lost_replies: vec![5],
        lost_notices: false,
    };
    assert_eq!(done.sent()[1], Sent::Gap(gap));
    assert_eq!(done.numbers(), [0, 3, 4, 5, 6, 7]);
}

#[test]
fn a_gap_counts_from_what_the_client_has_received() {
    let mut bench = Bench::new();
    bench.deliver("a", 4);
    bench.lose();
    bench.deliver("a", 4);
    let done = bench.resume(3);
    let gap = messages::Gap { missing: vec![missing("a", 4, 4)], ..Default::default() };
    assert_eq!(done.sent()[1], Sent::Gap(gap));
    assert_eq!(done.numbers(), [0, 4, 5, 6, 7, 8]);
}

#[test]
fn what_is_too_old_when_the_client_comes_back_is_a_gap() {
    let mut bench = Bench::new();
    bench.lose();
    bench.deliver("a", 1);
    bench.now = 120_001;
    bench.deliver("a", 1);
    let done = bench.resume(0);
    let gap = messages::Gap { missing: vec![missing("a", 1, 1)], ..Default::default() };
    assert_eq!(done.sent()[1], Sent::Gap(gap));
}

#[test]
fn a_bus_that_was_lost_is_a_gap_of_unknown_size_in_its_place() {
    let mut bench = Bench::new();
    bench.lose();
    bench.deliver("a", 1);
    bench.session.handle_bus_lost(at(0), ["a", "b.*"]);
    bench.deliver("a", 1);
    let done = bench.resume(0);
    let unknown =
        |topic: &str| messages::Missing { topic: topic.into(), unknown: true, ..Default::default() };
    let gap = messages::Gap { missing: vec![unknown("a"), unknown("b.*")], ..Default::default() };
    assert_eq!(done.sent()[1..], [Sent::Event, Sent::Gap(gap), Sent::Event]);
    assert_eq!(done.numbers(), [0, 1, 2, 3]);
}

#[test]
fn what_was_dropped_before_the_session_is_a_gap_in_its_place_that_takes_positions() {
    let mut bench = Bench::new();
    bench.lose();
    bench.deliver("a", 1);
    bench.session.handle_missed(at(0), &"a".into(), 3);
    bench.session.handle_missed(at(0), &"b".into(), 2);
    bench.deliver("a", 1);
    let done = bench.resume(0);
    let run = |topic: &str, first, last| messages::Missing {
        topic: topic.into(),
        first,
        last,
        count: last - first + 1,
        ..Default::default()
    };
    let gap = |missing| Sent::Gap(messages::Gap { missing: vec![missing], ..Default::default() });
    let expected = [Sent::Event, gap(run("a", 2, 4)), gap(run("b", 1, 2)), Sent::Event];
    assert_eq!(done.sent()[1..], expected);
}

#[test]
fn a_client_that_acknowledges_too_little_is_cut_off_and_its_session_kept() {
    let mut bench = Bench::new();
    assert_eq!(bench.deliver("a", 8).closed(), None);
    assert_eq!(bench.deliver("a", 1).closed(), Some((4003, false)));
    assert!(!bench.session.is_attached());
    let done = bench.resume(2);
    let gap = messages::Gap { missing: vec![missing("a", 3, 5)], ..Default::default() };
    assert_eq!(done.sent()[1], Sent::Gap(gap));
    assert_eq!(done.numbers(), [0, 3, 4, 5, 6, 7]);
}

#[test]
fn a_client_that_comes_back_to_a_full_buffer_has_time_to_read_it() {
    let mut bench = Bench::new();
    bench.lose();
    bench.deliver("a", 10);
    bench.resume(0);
    assert_eq!(bench.deliver("a", 3).closed(), None);
}

#[test]
fn frames_that_the_socket_does_not_take_wait_in_order() {
    let mut bench = Bench::new();
    bench.session.handle_delivery(at(0), &"a".into(), encode(&StopSessionEvent::default()).into());
    bench.session.handle_delivery(at(0), &"a".into(), encode(&StopSessionEvent::default()).into());
    let first = bench.session.poll_frame().unwrap();
    assert_eq!(Envelope::decode(&first).unwrap().seq, 1);
    bench.session.handle_frame(at(0), &encode(&messages::Ping { id: 1 }), &mut bench.numbers);
    let done = bench.done();
    assert_eq!((done.sent(), done.numbers()), (vec![Sent::Control("pong", 1), Sent::Event], vec![0, 2]));
}

#[test]
fn messages_are_acknowledged_with_what_goes_out_or_after_half_a_second() {
    let mut bench = Bench::new();
    bench.send();
    let frame = &bench.deliver("a", 1).frames[0];
    assert_eq!(Envelope::decode(frame).unwrap().ack, 1);
    assert!(bench.time(500).is_nothing());
    bench.send();
    assert_eq!(bench.session.poll_timeout(), Some(at(1_000)));
    assert_eq!(bench.time(1_000).sent(), [Sent::Control("ack", 2)]);
}

#[test]
fn a_message_that_nobody_waits_for_is_acknowledged_once_it_was_published_to_each_of_its_recipients() {
    let mut bench = Bench::new();
    let two = [
        DEVICE,
        &DEVICE.replace("00000000-0000-0000-0000-000000000002", "00000000-0000-0000-0000-000000000003"),
    ]
    .join(",");
    let [first, second] = [bench.frame(&message(&two)), bench.frame(&message(DEVICE))];
    bench.request(1, "service.X");
    assert_eq!(bench.time(500).sent(), [Sent::Control("ack", 0)]);
    bench.lose();
    assert_eq!(bench.resume(0).sent(), [Sent::Session { resumed: true, received: 0 }]);
    let publish = |bench: &mut Bench, publication| {
        bench.session.handle_published(at(bench.now), publication, Ok(1));
        bench.done()
    };
    // Reports need not come in order, as when one is refused at once.
    let publications = first.publications();
    for publication in [second.publications()[0], publications[0]] {
        assert!(publish(&mut bench, publication).is_nothing());
    }
    publish(&mut bench, publications[1]);
    assert_eq!(bench.session.poll_timeout(), Some(at(1_000)));
    assert_eq!(bench.time(1_000).sent()[0], Sent::Control("ack", 3));
}

#[test]
fn a_silent_client_is_probed_and_given_up_but_its_session_is_kept() {
    let mut bench = Bench::new();
    assert_eq!(bench.session.poll_timeout(), Some(at(4_000)));
    assert_eq!(bench.time(4_000).sent(), [Sent::Control("ping", 1)]);
    bench.now = 4_100;
    assert!(bench.control(&messages::Pong { id: 1, ..Default::default() }, 0).is_nothing());
    assert_eq!(bench.time(8_100).sent(), [Sent::Control("ping", 2)]);
    assert!(bench.time(13_099).is_nothing());
    assert_eq!(bench.time(13_100).closed(), Some((1001, false)));
    assert_eq!(bench.session.poll_timeout(), None);
}

#[test]
fn a_client_is_told_when_it_has_to_spread_much_further_than_it_was_told_before() {
    let mut bench = Bench::new();
    let mut told = |milliseconds| {
        bench.session.set_reconnect_window(at(0), Duration::from_millis(milliseconds));
        let done = bench.done();
        let frames =
            done.frames.iter().map(|frame| messages::Pong::decode(payload(frame).unwrap().value).unwrap());
        frames.map(|pong| (pong.id, pong.reconnect_window_ms)).collect::<Vec<_>>()
    };
    assert_eq!(told(127), []);
    assert_eq!(told(1_000), [(0, 1_000)]);
    assert_eq!(told(1_249), []);
    assert_eq!(told(10), []);
    assert_eq!(told(1_250), [(0, 1_250)]);
    bench.lose();
    bench.session.set_reconnect_window(at(0), Duration::from_millis(9_000));
    bench.resume(0);
    bench.session.set_reconnect_window(at(0), Duration::from_millis(9_000));
    assert!(bench.done().is_nothing(), "the Welcome has said so");
}

#[test]
fn subscriptions_and_publications_are_the_gateways_to_do_and_answered_once() {
    let mut bench = Bench::new();
    let any = pack(&UserEvent::default());
    let subscribe = messages::Subscribe { pattern: "a.*".into() };
    let unsubscribe = messages::Unsubscribe { pattern: "a.*".into() };
    let publish = messages::Publish { topic: "a".into(), message: Some(any.clone()) };
    for (id, operation, expected) in [
        (1, request::Operation::Subscribe(subscribe), Operation::Subscribe("a.*".into())),
        (2, request::Operation::Unsubscribe(unsubscribe), Operation::Unsubscribe("a.*".into())),
        (3, request::Operation::Publish(publish), Operation::Publish { topic: "a".into(), message: any }),
    ] {
        let done = bench.frame(&Request { id, timeout_ms: 0, operation: Some(operation) });
        assert_eq!(done.outputs, [Output::Operate(id, expected)]);
        let refused = TeraError::new(ErrorCode::Forbidden, "no");
        let result = if id == 2 { Err(refused) } else { Ok(None) };
        bench.session.handle_operation(at(0), id, result.clone());
        bench.session.handle_operation(at(0), id, result);
        let done = bench.done();
        assert_eq!((done.outputs.len(), done.replies().len()), (0, 1));
        let is_done = matches!(done.replies()[0].outcome, Some(Outcome::Done(_)));
        assert_eq!(is_done, id != 2);
    }
}

#[test]
fn a_call_of_the_gateway_is_its_to_do_whomever_the_client_may_address_and_brings_json() {
    let mut bench = Bench::new();
    let rpc = RpcMessage { method: "get".into(), ..Default::default() };
    let call =
        |target: &str, rpc: Option<&RpcMessage>| messages::Call { target: target.into(), rpc: rpc.cloned() };
    let request =
        |id, call| Request { id, operation: Some(request::Operation::Call(call)), ..Default::default() };
    let done = bench.frame(&request(1, call("gateway", Some(&rpc))));
    assert_eq!(done.outputs, [Output::Operate(1, Operation::Command(rpc))]);
    bench.session.handle_operation(at(0), 1, Ok(Some("7".into())));
    assert_eq!(bench.done().replies()[0].outcome, Some(Outcome::Json("7".into())));

    let nameless = RpcMessage::default();
    assert_eq!(
        bench.frame(&request(2, call("gateway", Some(&nameless)))).error(),
        ErrorCode::InvalidArgument
    );
    assert_eq!(bench.frame(&request(3, call("gateway", None))).error(), ErrorCode::InvalidMessage);
    assert_eq!(bench.frame(&request(4, call("gateways", None))).error(), ErrorCode::InvalidArgument);
}

#[test]
fn an_operation_without_a_usable_topic_is_refused() {
    let mut bench = Bench::new();
    let long = "a".repeat(513);
    for (pattern, message) in [("", true), (&long, true), ("a", false)] {
        let message = message.then(|| pack(&UserEvent::default()));
        let publish = messages::Publish { topic: pattern.into(), message };
        let operation = Some(request::Operation::Publish(publish));
        let code = bench.frame(&Request { id: 1, timeout_ms: 0, operation }).error();
        assert!(matches!(code, ErrorCode::InvalidArgument | ErrorCode::InvalidMessage), "{code:?}");
    }
}

#[test]
fn a_text_is_a_signal_that_goes_one_way_and_is_told_of_only_if_it_was_refused() {
    let mut bench = Bench::new();
    let sent = bench.text("not even JSON");
    assert_eq!((sent.outputs, sent.frames.len()), (vec![Output::Signal("not even JSON".into())], 0));
    bench.session.handle_signal(at(0), Ok(()));
    assert!(bench.done().is_nothing());
    bench.text("{}");
    bench.session.handle_signal(at(0), Err(TeraError::new(ErrorCode::Forbidden, "no")));
    assert_eq!(bench.done().error(), ErrorCode::Forbidden);
}

#[test]
fn a_text_that_finds_its_queue_full_is_refused_and_room_is_made_by_what_went_out() {
    let mut bench = Bench::with(Limits { burst: 1_000, ..limits() });
    for _ in 0..MAX_RECIPIENTS {
        assert_eq!(bench.text("{}").outputs.len(), 1);
    }
    assert_eq!(bench.text("{}").error(), ErrorCode::QueueFull);
    assert_eq!(bench.frame(&message(DEVICE)).error(), ErrorCode::QueueFull, "it is one queue");
    bench.session.handle_signal(at(0), Ok(()));
    assert_eq!(bench.text("{}").outputs.len(), 1);
}

#[test]
fn a_text_is_the_first_sign_of_a_client_as_a_frame_is_and_nothing_without_its_socket() {
    let mut bench = Bench::detached(limits());
    assert!(bench.text("{}").is_nothing());
    bench.session.attach(at(0), token(1), None);
    assert_eq!(bench.text("{}").outputs, [Output::Confirmed, Output::Signal("{}".into())]);
    bench.session.end(1000, "over");
    bench.done();
    assert!(bench.text("{}").is_nothing());
    bench.session.handle_signal(at(0), Err(TeraError::new(ErrorCode::Forbidden, "no")));
    assert!(bench.done().is_nothing());
}
