//! Who takes their time: readers, methods and the bus.

use std::time::Duration;

use crate::{
    Setting,
    contract::trial::v1::{Counting, Number},
    embedded, setting,
};

/// Virtual time: it is not read for half an hour, in which many signs of life come.
#[tokio::test(start_paused = true)]
async fn a_stream_that_is_not_read_for_long_loses_nothing() {
    let Setting { server: _server, trial, .. } = setting(&embedded().await).await;
    let mut numbers = trial.count(&Counting { last: 200, ..Counting::default() }).await.unwrap();
    assert_eq!(numbers.next().await, Some(Ok(Number { number: 1 })));
    tokio::time::sleep(Duration::from_secs(1800)).await;
    for expected in 2..=200 {
        assert_eq!(numbers.next().await, Some(Ok(Number { number: expected })));
    }
    assert_eq!(numbers.next().await, None);
}

/// Virtual time: more signs of life come than items.
#[tokio::test(start_paused = true)]
async fn a_stream_that_is_read_slowly_loses_nothing() {
    let Setting { server: _server, trial, .. } = setting(&embedded().await).await;
    let mut numbers = trial.count(&Counting { last: 1000, ..Counting::default() }).await.unwrap();
    for expected in 1..=1000 {
        assert_eq!(numbers.next().await, Some(Ok(Number { number: expected })));
        tokio::time::sleep(Duration::from_secs(8)).await;
    }
    assert_eq!(numbers.next().await, None);
}
