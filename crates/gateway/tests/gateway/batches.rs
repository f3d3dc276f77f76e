//! What waits for a socket goes out in one message, to clients that take that.
//!
//! On the embedded bus, which hands out all that is published in one turn of the test before any session looks.

use crate::{
    bench::{Bench, event},
    client::Client,
    support,
};

/// A client that has heard its greeting, the first message of its session.
async fn join(bench: &Bench, batches: bool) -> Client {
    let mut client = bench.connect("ada").await;
    client.batches = batches;
    client.welcome().await;
    client.event().await;
    client
}

async fn publish(bench: &Bench, count: usize, bytes: usize) {
    for _ in 0..count {
        bench.publish(&format!("{}.events", bench.identity("ada")), &event(&"x".repeat(bytes))).await;
    }
}

#[tokio::test]
async fn what_is_published_at_once_is_one_message_or_one_each_as_the_client_wants_it() {
    let bench = Bench::start(support::embedded().await).await;
    let (mut ada, mut plain) = (join(&bench, true).await, join(&bench, false).await);
    publish(&bench, 20, 10).await;
    assert_eq!(ada.batch().await, (2..=21).collect::<Vec<_>>());
    for number in 2..=21 {
        assert_eq!(plain.batch().await, [number]);
    }
    publish(&bench, 1, 10).await;
    assert_eq!(ada.batch().await, [22]);
}

#[tokio::test]
async fn more_than_a_message_holds_goes_out_in_several_and_all_of_it_in_order() {
    let bench = Bench::start(support::embedded().await).await;
    let mut ada = join(&bench, true).await;
    publish(&bench, 200, 300).await;
    let (mut numbers, mut messages) = (Vec::new(), 0);
    while numbers.len() < 200 {
        numbers.extend(ada.batch().await);
        messages += 1;
    }
    assert_eq!(numbers, (2..=201).collect::<Vec<_>>());
    assert!((4..=10).contains(&messages), "200 frames in {messages} messages");
}

#[tokio::test]
async fn what_was_missed_follows_the_session_in_one_message_if_the_client_still_takes_that() {
    let bench = Bench::start(support::embedded().await).await;
    let remains = join(&bench, true).await.cut();
    bench.until_healthy((200, 0, 1)).await;
    publish(&bench, 3, 10).await;
    for (batches, expected) in [(true, vec![vec![2, 3, 4]]), (false, vec![vec![2], vec![3], vec![4]])] {
        let mut ada = bench.connect("ada").await;
        ada.batches = batches;
        assert!(ada.resume(&remains).await);
        for numbers in expected {
            assert_eq!(ada.batch().await, numbers);
        }
    }
}
