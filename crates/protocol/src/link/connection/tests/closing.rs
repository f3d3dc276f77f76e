use super::*;

#[test]
fn closing_ends_everything_once() {
    let mut bench = Bench::new();
    let id = bench.request();
    bench.send().unwrap();
    bench.take();
    bench.connection.close(at(1));
    bench.connection.close(at(1));
    bench.connection.drain(at(1), at(9));
    bench.connection.suspend();
    bench.pump();
    let outputs = bench.take();
    assert_eq!(outputs[0], Output::Hangup(1000));
    assert_eq!(outputs.len(), 3, "{outputs:?}");
    assert!(matches!(&outputs[2], Output::Event(Event::Settled(settled, Err(error)))
        if *settled == id && error.code == ErrorCode::Closed));
    assert_eq!(bench.event(), None);
    assert_eq!(bench.send().unwrap_err().code, ErrorCode::Closed);
    assert_eq!((bench.take(), bench.connection.buffered_amount()), (vec![], 0));
    assert_eq!(bench.connection.poll_timeout(), None);
}

#[test]
fn closing_waits_for_the_first_message_of_a_server_that_may_be_plain() {
    for late in [false, true] {
        let mut bench = Bench::dialing(Options::default());
        bench.connection.close(at(0));
        bench.pump();
        assert!(matches!(bench.connection.state(), State::Closed(_)));
        assert_eq!(bench.take().len(), 1, "no hangup");
        assert_eq!(bench.connection.poll_timeout(), Some(at(2_000)));
        if late {
            bench.time(2_000);
        } else {
            assert!(!bench.connection.accepts(10), "it is not delivered");
            bench.pump();
        }
        assert_eq!(bench.take(), [Output::Hangup(1000)]);
        assert_eq!(bench.connection.poll_timeout(), None);
    }
}

#[test]
fn closing_waits_for_no_first_message_where_none_can_come() {
    let mut bench =
        Bench { connection: Connection::new(at(0), Options::default()), now: 0, seq: 0, outputs: vec![] };
    bench.connection.close(at(0));
    bench.pump();
    assert!(bench.take().contains(&Output::Hangup(1000)), "the socket is not open");

    let mut bench = Bench::new();
    bench.lose();
    bench.dial();
    bench.connection.close(at(0));
    bench.pump();
    assert!(bench.take().contains(&Output::Hangup(1000)), "the server is a gateway");

    let mut bench = Bench::dialing(Options::default());
    bench.connection.close(at(0));
    bench.lose();
    assert_eq!(bench.connection.poll_timeout(), None, "the socket is gone");
}

#[test]
fn draining_refuses_new_work_and_closes_when_all_is_sent_and_answered() {
    let mut bench = Bench::new();
    let id = bench.request();
    bench.send().unwrap();
    bench.connection.drain(at(0), at(5_000));
    assert_eq!(bench.send().unwrap_err().code, ErrorCode::Closed);
    bench.reply(id, json());
    assert!(bench.is_connected());
    bench.ack(1);
    assert!(bench.is_connected());
    bench.take();
    bench.ack(2);
    assert_eq!(bench.take()[0], Output::Hangup(1000));
    assert_eq!(bench.failure(), ErrorCode::Closed);
}

#[test]
fn draining_ends_at_the_earliest_deadline_also_while_disconnected() {
    let mut bench = Bench::new();
    let id = bench.request();
    bench.connection.drain(at(0), at(5_000));
    bench.connection.drain(at(0), at(9_000));
    bench.input(Input::Offline);
    bench.lose();
    assert_eq!(bench.connection.poll_timeout(), Some(at(5_000)));
    bench.take();
    bench.time(5_000);
    assert_eq!(bench.settled(), [(id, Some(ErrorCode::Closed))]);
    assert_eq!(bench.failure(), ErrorCode::Closed);
}

#[test]
fn draining_goes_on_over_a_reconnect() {
    let mut bench = Bench::new();
    bench.send().unwrap();
    bench.connection.drain(at(0), at(60_000));
    bench.reconnect(true, 0);
    assert!(bench.is_connected());
    bench.ack(1);
    assert_eq!(bench.failure(), ErrorCode::Closed);
}

#[test]
fn draining_with_nothing_to_do_closes_at_once() {
    let mut bench = Bench::new();
    bench.connection.drain(at(0), at(5_000));
    bench.pump();
    assert_eq!(bench.take()[0], Output::Hangup(1000));
}

#[test]
fn a_suspended_connection_keeps_its_session_and_comes_back_on_wake() {
    let mut bench = Bench::new();
    bench.event();
    bench.send().unwrap();
    bench.take();
    bench.connection.suspend();
    bench.connection.suspend();
    bench.pump();
    assert_eq!(bench.take()[0], Output::Hangup(4006));
    assert_eq!(bench.connection.poll_timeout(), None);
    bench.now = 50_000;
    bench.input(Input::Wake);
    assert!(bench.connection.poll_timeout().unwrap() <= at(50_300));
    bench.dial();
    bench.take();
    bench.handshake(true, 0);
    let first = Sent { seq: 1, ack: 1, what: "send".into() };
    assert_eq!(bench.sent(), [sent(0, "hello 16 1"), first]);
}
