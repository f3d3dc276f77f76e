//! What the bus loses, or may have lost.

use std::{sync::atomic::Ordering, time::Duration};

use crate::{
    Setting, code,
    contract::trial::v1::{Counting, Number},
    setting, text,
    troubled::Troubled,
};

/// Virtual time: it takes seconds until it is told again.
#[tokio::test(start_paused = true)]
async fn a_stream_goes_on_when_the_service_did_not_hear_that_there_is_room() {
    let (troubled, bus) = Troubled::new();
    let Setting { server: _server, trial, .. } = setting(&bus).await;
    let mut numbers = trial.count(&Counting { last: 200, ..Counting::default() }).await.unwrap();
    troubled.loses_flows.store(true, Ordering::Relaxed);
    // As many as there was room for in the beginning.
    for expected in 1..=128 {
        assert_eq!(numbers.next().await, Some(Ok(Number { number: expected })));
    }
    // By then what was told of that is lost.
    tokio::time::sleep(Duration::from_secs(1)).await;
    troubled.loses_flows.store(false, Ordering::Relaxed);
    let rest = tokio::time::timeout(Duration::from_secs(60), async {
        for expected in 129..=200 {
            assert_eq!(numbers.next().await, Some(Ok(Number { number: expected })));
        }
        assert_eq!(numbers.next().await, None);
    });
    rest.await.expect("the stream hangs");
}

/// Virtual time: it takes seconds until it is noticed.
#[tokio::test(start_paused = true)]
async fn a_stream_whose_caller_has_vanished_ends_though_somebody_listens_to_everything() {
    let (troubled, bus) = Troubled::new();
    troubled.is_watched.store(true, Ordering::Relaxed);
    let Setting { server: _server, trial, .. } = setting(&bus).await;
    let mut numbers = trial.count_forever(&()).await.unwrap();
    assert_eq!(numbers.next().await, Some(Ok(Number { number: 1 })));
    // Outside the runtime nothing can say that the stream shall stop: as if the whole process had gone.
    std::thread::spawn(move || drop(numbers)).join().unwrap();
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_secs(1)).await;
        if trial.counters(&()).await.unwrap().number == 0 {
            return;
        }
    }
    panic!("the method runs on");
}

/// Virtual time: it is watched for ten minutes.
#[tokio::test(start_paused = true)]
async fn a_stream_goes_on_for_its_caller_while_nothing_comes() {
    let (troubled, bus) = Troubled::new();
    troubled.is_watched.store(true, Ordering::Relaxed);
    let Setting { server: _server, trial, .. } = setting(&bus).await;
    let mut numbers = trial.count_late(&()).await.unwrap();
    assert_eq!(numbers.next().await, Some(Ok(Number { number: 1 })));
}

#[tokio::test]
async fn what_may_have_been_done_is_uncertain() {
    let (troubled, bus) = Troubled::new();
    let Setting { server: _server, trial, .. } = setting(&bus).await;
    troubled.is_uncertain.store(true, Ordering::Relaxed);
    assert_eq!(code(trial.echo(&text("")).await.unwrap_err()), "UNCERTAIN");
    assert_eq!(code(trial.count_forever(&()).await.unwrap_err()), "UNCERTAIN");
}

#[tokio::test]
async fn a_stream_that_loses_its_last_item_is_uncertain() {
    let (troubled, bus) = Troubled::new();
    let Setting { server: _server, trial, .. } = setting(&bus).await;
    troubled.loses_an_item.store(true, Ordering::Relaxed);
    let mut numbers = trial.count(&Counting { last: 2, ..Counting::default() }).await.unwrap();
    assert_eq!(numbers.next().await.map(|number| number.map_err(code)), Some(Err("UNCERTAIN".to_owned())));
    assert_eq!(numbers.next().await, None);
}

#[tokio::test]
async fn a_stream_that_ends_early_because_an_item_may_be_lost_is_uncertain_though_it_arrived() {
    let (troubled, bus) = Troubled::new();
    let Setting { server: _server, trial, .. } = setting(&bus).await;
    troubled.doubts_an_item.store(true, Ordering::Relaxed);
    let mut numbers = trial.count(&Counting { last: 2, ..Counting::default() }).await.unwrap();
    assert_eq!(numbers.next().await, Some(Ok(Number { number: 1 })));
    assert_eq!(numbers.next().await.map(|number| number.map_err(code)), Some(Err("UNCERTAIN".to_owned())));
    assert_eq!(numbers.next().await, None);
}
