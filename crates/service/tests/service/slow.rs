//! Who takes their time: readers, methods and the bus.

use std::{sync::atomic::Ordering, time::Duration};

use tera_service::{CallError, Client, MAX_CALLS_PER_CALLER};

use crate::{
    Setting, code,
    contract::trial::v1::{Counting, Number, TrialClient},
    embedded, setting, text,
    troubled::Troubled,
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

#[tokio::test]
async fn a_call_is_answered_while_another_caller_does_not_get_its_refusals() {
    let (troubled, bus) = Troubled::new();
    let Setting { server: _server, trial, key, .. } = setting(&bus).await;
    troubled.holds_failures.store(true, Ordering::Relaxed);
    let mut waiting = tokio::task::JoinSet::new();
    for _ in 0..=MAX_CALLS_PER_CALLER {
        let trial = trial.clone();
        waiting.spawn(async move { trial.wait(&()).await });
    }
    // By then one of them was refused.
    tokio::time::sleep(Duration::from_millis(100)).await;
    let other = TrialClient::new(&Client::connect(&bus).await.unwrap(), key);
    assert_eq!(other.echo(&text("a")).await, Ok(text("a")));
}

/// Virtual time: a minute of it.
#[tokio::test(start_paused = true)]
async fn a_method_has_a_minute_however_long_its_caller_waits() {
    let Setting { server: _server, client, key, .. } = setting(&embedded().await).await;
    let patient = TrialClient::new(&client.with_timeout(Duration::from_secs(600)), key);
    let Err(CallError::Failed(failure)) = patient.wait(&()).await else { panic!("it has an answer") };
    assert_eq!(failure.code, "timeout");
    assert!(failure.description.contains("60 seconds"), "{failure}");
}

/// Virtual time: so long that the test would wait for ever.
#[tokio::test(start_paused = true)]
async fn a_call_ends_in_time_though_the_bus_does_not_answer() {
    let (troubled, bus) = Troubled::new();
    let Setting { server: _server, trial, .. } = setting(&bus).await;
    let hour = Duration::from_secs(3600);
    troubled.holds_messages.store(true, Ordering::Relaxed);
    let call = tokio::time::timeout(hour, trial.echo(&text(""))).await.expect("it hangs");
    assert_eq!(code(call.unwrap_err()), "UNCERTAIN");
    let stream = tokio::time::timeout(hour, trial.count_forever(&())).await.expect("it hangs");
    assert_eq!(code(stream.unwrap_err()), "UNCERTAIN");
    troubled.holds_subscriptions.store(true, Ordering::Relaxed);
    let stream = tokio::time::timeout(hour, trial.count_forever(&())).await.expect("it hangs");
    assert_eq!(code(stream.unwrap_err()), "TIMEOUT", "nothing was published");
}
