use super::*;

fn offline(options: Options) -> Bench {
    let mut bench = Bench::with(options);
    bench.input(Input::Offline);
    bench.lose();
    bench.take();
    bench
}

fn back(bench: &mut Bench, resumed: bool) -> Vec<String> {
    bench.input(Input::Online);
    bench.dial();
    bench.take();
    bench.handshake(resumed, 0);
    bench.sent().into_iter().skip(1).map(|sent| sent.what).collect()
}

#[test]
fn what_is_sent_while_not_connected_waits_and_goes_out_in_order() {
    let mut bench = Bench::dialing(Options::default());
    bench.send().unwrap();
    let id = bench.request();
    assert_eq!(bench.sent(), []);
    bench.welcome();
    assert_eq!(bench.sent(), [sent(0, "hello 0 0")]);
    bench.session(false, 0);
    assert_eq!(bench.sent(), [sent(1, "send"), sent(2, "request 1 message")]);
    bench.reply(id, json());
    assert_eq!(bench.settled(), [(id, None)]);
}

#[test]
fn bytes_count_as_buffered_until_they_are_acknowledged() {
    let mut bench = Bench::new();
    bench.send().unwrap();
    let one = bench.connection.buffered_amount();
    assert!(one > 0);
    bench.send().unwrap();
    assert_eq!(bench.connection.buffered_amount(), 2 * one);
    bench.ack(1);
    assert_eq!(bench.connection.buffered_amount(), one);
    let stats = bench.connection.stats();
    assert_eq!((stats.sent, stats.queued, stats.buffered_bytes), (2, 1, one));
}

#[test]
fn a_full_queue_refuses_the_new_one() {
    let mut bench = offline(Options { max_queued: 2, ..Options::default() });
    bench.send().unwrap();
    bench.request();
    assert_eq!(bench.send().unwrap_err().code, ErrorCode::QueueFull);
    let refused = bench.connection.request(at(0), "module.Echo", &[], None);
    assert_eq!(refused.unwrap_err().code, ErrorCode::QueueFull);
    assert_eq!((bench.take(), bench.connection.stats().dropped), (vec![], 0));
    assert_eq!(back(&mut bench, true), ["send", "request 1 message"]);
}

#[test]
fn a_full_queue_can_drop_the_oldest_with_one_warning() {
    let mut bench = offline(Options { max_queued: 2, overflow: Overflow::DropOldest, ..Options::default() });
    let first = bench.request();
    bench.send().unwrap();
    bench.send().unwrap();
    let events = bench.events();
    assert!(matches!(&events[0], Event::Warning(error) if error.code == ErrorCode::QueueFull));
    assert!(matches!(&events[1], Event::Settled(id, Err(error))
        if *id == first && error.code == ErrorCode::QueueFull));
    bench.request();
    assert_eq!(bench.events(), []);
    assert_eq!(bench.connection.stats().dropped, 2);
    assert_eq!(back(&mut bench, true), ["send", "request 2 message"]);
    bench.ack(2);
    bench.input(Input::Offline);
    bench.lose();
    for _ in 0..3 {
        bench.send().unwrap();
    }
    assert_eq!(bench.warnings(), [ErrorCode::QueueFull], "the queue was empty in between");
}

#[test]
fn a_full_queue_can_drop_the_new_one() {
    let mut bench = offline(Options { max_queued: 1, overflow: Overflow::DropNewest, ..Options::default() });
    bench.request();
    bench.send().unwrap();
    bench.send().unwrap();
    assert_eq!(bench.warnings(), [ErrorCode::QueueFull]);
    let refused = bench.connection.request(at(0), "module.Echo", &[], None);
    assert_eq!(refused.unwrap_err().code, ErrorCode::QueueFull);
    assert_eq!(bench.connection.stats().dropped, 2);
    assert_eq!(back(&mut bench, true), ["request 1 message"]);
}

#[test]
fn what_was_transmitted_is_never_dropped() {
    for overflow in [Overflow::Reject, Overflow::DropOldest] {
        let mut bench = Bench::with(Options { max_queued: 2, overflow, ..Options::default() });
        bench.send().unwrap();
        bench.send().unwrap();
        assert_eq!(bench.send().unwrap_err().code, ErrorCode::QueueFull);
        // Whoever sends it is told: nothing was dropped.
        assert_eq!((bench.warnings(), bench.connection.stats().dropped), (vec![], 0));
        bench.take();
        bench.reconnect(true, 0);
        assert_eq!(bench.sent()[1..], [sent(1, "send"), sent(2, "send")]);
        bench.ack(1);
        bench.send().unwrap();
    }
}

#[test]
fn the_queue_is_bounded_by_bytes_too_and_an_empty_one_takes_a_message_of_any_size() {
    let mut bench = offline(Options { max_queued_bytes: 100, ..Options::default() });
    bench.connection.send(at(0), "module.Echo", &[0; 1_000]).unwrap();
    assert_eq!(bench.send().unwrap_err().code, ErrorCode::QueueFull);
}

#[test]
fn what_is_larger_than_the_gateway_takes_is_refused_also_when_it_waited() {
    let mut bench = Bench::dialing(Options::default());
    let large = [0; 2_000];
    bench.connection.send(at(0), "module.Echo", &large).unwrap();
    let id = bench.connection.request(at(0), "module.Echo", &large, None).unwrap();
    bench.send().unwrap();
    bench.control(&Welcome { version: 2, max_frame_bytes: 1_024, ..Default::default() }, 0);
    let events = bench.events();
    assert!(matches!(&events[0], Event::Warning(error) if error.code == ErrorCode::TooLarge));
    assert!(matches!(&events[1], Event::Settled(settled, Err(error))
        if *settled == id && error.code == ErrorCode::TooLarge));
    bench.session(false, 0);
    assert_eq!(bench.sent(), [sent(1, "send")]);
    let refused = bench.connection.send(at(0), "module.Echo", &large);
    assert_eq!(refused.unwrap_err().code, ErrorCode::TooLarge);
}

#[test]
fn frames_go_out_no_faster_than_the_gateway_takes_them() {
    let mut bench = Bench::dialing(Options::default());
    let welcome = Welcome { version: 2, messages_per_second: 8, burst: 8, ..Default::default() };
    bench.control(&welcome, 0);
    bench.session(false, 0);
    for _ in 0..9 {
        bench.send().unwrap();
    }
    let count = |bench: &mut Bench| bench.sent().iter().filter(|sent| sent.seq > 0).count();
    assert_eq!(count(&mut bench), 3, "three eighths of a burst");
    bench.time(500);
    assert_eq!(count(&mut bench), 0, "as many as go out at once are on their way");
    bench.ack(3);
    assert_eq!(count(&mut bench), 3);
    bench.ack(6);
    assert_eq!(bench.connection.poll_timeout(), Some(at(667)), "three quarters of the rate");
    bench.time(667);
    assert_eq!(count(&mut bench), 1);
}

#[test]
fn a_new_socket_gives_no_new_burst() {
    let mut bench = Bench::dialing(Options { retry_base: Duration::ZERO, ..Options::default() });
    let welcome = Welcome { version: 2, messages_per_second: 8, burst: 8, ..Default::default() };
    bench.control(&welcome, 0);
    bench.session(false, 0);
    for _ in 0..3 {
        bench.send().unwrap();
    }
    bench.lose();
    bench.dial();
    bench.take();
    bench.control(&welcome, 0);
    bench.session(true, 0);
    assert_eq!(bench.sent(), [sent(0, "hello 16 0")]);
}
