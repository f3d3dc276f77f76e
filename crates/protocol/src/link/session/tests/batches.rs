use crate::link::frame::frames;

use super::*;

/// A session whose client takes batches, or doesn't, and has got the Session.
fn bench(batches: bool) -> Bench {
    let mut bench = Bench::detached(Limits { replay_messages: 4096, replay_bytes: 1 << 20, ..limits() });
    bench.session.attach(at(0), token(1), None);
    bench.session.set_batches(batches);
    assert_eq!(messages_of(&mut bench), [[0]]);
    bench
}

fn hand_in(bench: &mut Bench, count: usize, bytes: usize) {
    let event = StopSessionEvent { session_uuid: "s".repeat(bytes), ..Default::default() };
    for _ in 0..count {
        bench.session.handle_delivery(at(0), &"a".into(), encode(&event).into());
    }
}

/// The numbers in each message that waits; 0 for a frame without.
fn messages_of(bench: &mut Bench) -> Vec<Vec<u64>> {
    let seq = |frame: &[u8]| Envelope::decode(frame).unwrap().seq;
    let messages = std::iter::from_fn(|| bench.session.poll_message());
    messages.map(|message| frames(&message).map(seq).collect()).collect()
}

#[test]
fn frames_that_wait_for_the_socket_are_one_message_and_one_alone_is_as_ever() {
    let mut bench = bench(true);
    hand_in(&mut bench, 3, 10);
    assert_eq!(messages_of(&mut bench), [[1, 2, 3]]);
    hand_in(&mut bench, 1, 10);
    let alone = bench.session.poll_message().unwrap();
    assert_eq!(Envelope::decode(&alone).unwrap().seq, 4);
    hand_in(&mut bench, 1, 10);
    bench.session.handle_frame(at(0), &encode(&messages::Ping { id: 1 }), &mut bench.numbers);
    assert_eq!(messages_of(&mut bench), [[0, 5]]);
    assert_eq!(bench.session.poll_message(), None);
}

#[test]
fn a_client_that_does_not_take_batches_gets_none_whatever_the_one_before_said() {
    let mut bench = bench(false);
    hand_in(&mut bench, 2, 10);
    assert_eq!(messages_of(&mut bench), [[1], [2]]);

    let mut bench = self::bench(true);
    bench.lose();
    hand_in(&mut bench, 2, 10);
    bench.session.attach(at(0), token(2), Some(0));
    assert_eq!(messages_of(&mut bench), [[0], [1], [2]]);
}

#[test]
fn what_was_missed_is_a_batch_behind_the_session() {
    let mut bench = bench(true);
    bench.lose();
    hand_in(&mut bench, 3, 10);
    bench.session.attach(at(0), token(2), Some(0));
    bench.session.set_batches(true);
    assert_eq!(messages_of(&mut bench), [vec![0], vec![1, 2, 3]]);
}

#[test]
fn what_settles_a_request_is_the_last_of_its_message() {
    let mut bench = bench(true);
    bench.seq += 1;
    let operation = Some(request::Operation::Message(message("service.X")));
    let request = Request { id: 5, timeout_ms: 1_000, operation };
    bench.session.handle_frame(at(0), &number(&encode(&request), 1, 0), &mut bench.numbers);
    hand_in(&mut bench, 1, 10);
    bench.session.handle_answer(at(0), 1, &TeraModuleMessage::default().encode_to_vec());
    hand_in(&mut bench, 2, 10);
    bench.session.handle_bus_lost(at(0), ["a"]);
    hand_in(&mut bench, 2, 10);
    assert_eq!(messages_of(&mut bench), [vec![1, 2], vec![3, 4, 5], vec![6, 7]]);
}

#[test]
fn a_batch_has_at_most_16_kibibytes_and_a_longer_frame_goes_alone() {
    let mut bench = bench(true);
    hand_in(&mut bench, 100, 1_000);
    let messages: Vec<_> = std::iter::from_fn(|| bench.session.poll_message()).collect();
    assert_eq!(messages.iter().map(|message| frames(message).count()).sum::<usize>(), 100);
    assert!(messages.iter().all(|message| message.len() <= 16 << 10), "too long");
    assert!(messages.len() <= 7, "100 frames of 1,000 bytes in {} messages", messages.len());

    hand_in(&mut bench, 1, 10);
    hand_in(&mut bench, 1, 20_000);
    hand_in(&mut bench, 2, 10);
    assert_eq!(messages_of(&mut bench), [vec![101], vec![102], vec![103, 104]]);
}
