//! A gateway that stands still, is killed, cuts or floods, and clients with the SDK's machine.

use std::{collections::BTreeMap, time::Duration};

use prost::Message as _;
use serde_json::json;
use tera_gateway::bus::Subscription;
use tera_protocol::{
    error::ErrorCode,
    link::{Options, State},
    opentera::RpcMessage,
};

use crate::{
    bench::received,
    process::{Cutter, Process},
    sdk::{Route, Sdk},
};

/// A client that tries again soon and notices a silence of 1.4 s.
fn quick(seed: u64) -> Options {
    Options {
        retry_base: Duration::from_millis(20),
        retry_cap: Duration::from_millis(200),
        connect_timeout: Duration::from_secs(2),
        heartbeat: Some(Duration::from_millis(200)),
        seed,
        ..Options::default()
    }
}

#[tokio::test]
async fn a_gateway_that_stands_still_loses_nothing_and_its_sessions_go_on() {
    let gateway = Process::start().await;
    let mut sdk = Sdk::connect(gateway.route(), quick(1)).await;
    // Shorter than the silence that a client bears.
    gateway.signal("-STOP").await;
    gateway.publish_numbers(1..=50).await;
    gateway.signal("-CONT").await;
    sdk.until("what was published is heard", |sdk| sdk.heard.len() >= 50).await;
    assert_eq!((sdk.dials, sdk.states.len()), (1, 1), "the connection stays: {:?}", sdk.states);

    // And longer.
    gateway.signal("-STOP").await;
    gateway.publish_numbers(51..=100).await;
    sdk.until("the silence is noticed", |sdk| !sdk.is_connected()).await;
    gateway.signal("-CONT").await;
    sdk.until("what was published is heard", |sdk| sdk.heard.len() >= 100).await;
    assert!(matches!(sdk.states.last(), Some(State::Connected { resumed: true, .. })), "{:?}", sdk.states);
    assert_eq!(sdk.heard, (1..=100).collect::<Vec<u64>>());
    assert_eq!((sdk.gaps, sdk.resyncs), (vec![], 0));
}

#[tokio::test]
async fn hundreds_of_clients_find_the_next_gateway_by_themselves_and_each_says_resync_once() {
    const CLIENTS: u64 = 300;
    let mut gateway = Process::start().await;
    let mut clients = Vec::new();
    for seed in 0..CLIENTS {
        clients.push(Sdk::connect(gateway.route(), Options { seed, ..Options::default() }).await);
    }
    gateway.kill().await;
    for sdk in &mut clients {
        sdk.until("the loss is noticed", |sdk| !sdk.is_connected()).await;
    }
    // Their first attempts spread evenly over the window, and no part of it gets more than twice its share.
    let mut parts = [0; 10];
    for sdk in &clients {
        parts[sdk.waits[0].min(499) as usize / 50] += 1;
        assert!(sdk.waits[0] <= 500, "{:?}", sdk.waits);
    }
    assert!(parts.iter().all(|&count| count <= 2 * CLIENTS / 10), "{parts:?}");
    gateway.restart().await;
    for sdk in &mut clients {
        sdk.until("it is connected again", Sdk::is_connected).await;
    }
    gateway.publish_numbers(1..=1).await;
    for sdk in &mut clients {
        sdk.until("the next event is heard", |sdk| !sdk.heard.is_empty()).await;
        assert!(matches!(sdk.states.last(), Some(State::Connected { resumed: false, .. })));
        assert_eq!((&sdk.heard[..], sdk.resyncs, &sdk.gaps[..]), (&[1][..], 1, &[][..]));
    }
}

#[tokio::test]
async fn clients_that_are_taken_and_cut_again_and_again_try_at_most_25_times_and_lose_nothing() {
    /// Delays and time are a hundredth of what they are by default: five minutes are so many times 100 ms.
    const ROUNDS: u64 = 30;
    let gateway = Process::start_with("detached_sessions_per_identity = 100").await;
    let cutter = Cutter::before(gateway.address).await;
    let route = Route { via: cutter.address, ..gateway.route() };
    let mut clients = Vec::new();
    for seed in 0..40 {
        let options = Options {
            retry_base: Duration::from_millis(5),
            retry_cap: Duration::from_millis(450),
            seed,
            ..Options::default()
        };
        clients.push(Sdk::connect(route.clone(), options).await);
    }
    cutter.cuts.send_replace(true);
    for number in 1..=ROUNDS {
        gateway.publish_numbers(number..=number).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    cutter.cuts.send_replace(false);
    for sdk in &mut clients {
        sdk.catch_up();
        assert!((6..=25).contains(&sdk.dials), "{} attempts: {:?}", sdk.dials, sdk.waits);
        // From the eighth on they are drawn from 225 ms to 450 ms; the clock may have moved before the test looked.
        assert!(sdk.waits.iter().skip(7).all(|&wait| wait >= 150), "{:?}", sdk.waits);
        sdk.until("all is heard", |sdk| sdk.heard.len() as u64 >= ROUNDS && sdk.is_connected()).await;
        assert_eq!(sdk.heard, (1..=ROUNDS).collect::<Vec<u64>>());
        assert_eq!((sdk.resyncs, &sdk.gaps[..]), (0, &[][..]));
    }
}

/// Takes the next calls and notes them by their method; answers them, if they are to be answered.
async fn serve(
    gateway: &Process,
    calls: &mut Subscription,
    count: usize,
    answers: bool,
    executions: &mut BTreeMap<String, u32>,
) {
    for _ in 0..count {
        let call = RpcMessage::decode(received(calls).await.payload().clone()).unwrap();
        *executions.entry(call.method).or_default() += 1;
        if answers {
            let reply = json!({"id": call.id, "status": "OK", "return_value": 1}).to_string();
            gateway.bus.publish(&call.reply_to, reply.into()).await.unwrap();
        }
    }
}

#[tokio::test]
async fn what_is_under_way_when_the_gateway_is_killed_is_uncertain_and_nothing_is_carried_out_twice() {
    let mut gateway = Process::start().await;
    let topic = format!("{}.rpc", gateway.service);
    let mut calls = gateway.bus.subscribe(&[topic], 1000).await.unwrap();
    let mut executions = BTreeMap::new();
    let mut sdk = Sdk::connect(gateway.route(), quick(1)).await;
    let call = |sdk: &Sdk, service: &str, numbers: std::ops::Range<u32>| {
        for number in numbers {
            sdk.call(service, &number.to_string());
        }
    };
    let service = gateway.service.clone();
    call(&sdk, &service, 0..10);
    serve(&gateway, &mut calls, 10, true, &mut executions).await;
    sdk.until("these are answered", |sdk| sdk.settled.len() == 10).await;

    call(&sdk, &service, 10..30);
    serve(&gateway, &mut calls, 20, false, &mut executions).await;
    gateway.kill().await;
    sdk.until("the loss is noticed", |sdk| !sdk.is_connected()).await;
    call(&sdk, &service, 30..40);
    gateway.restart().await;
    serve(&gateway, &mut calls, 10, true, &mut executions).await;
    sdk.until("all are settled", |sdk| sdk.settled.len() == 40).await;
    // One more, behind which nothing can still be on its way.
    call(&sdk, &service, 40..41);
    serve(&gateway, &mut calls, 1, true, &mut executions).await;
    sdk.until("it is settled", |sdk| sdk.settled.len() == 41).await;

    let expected: BTreeMap<String, u32> = (0..41).map(|number| (number.to_string(), 1)).collect();
    assert_eq!(executions, expected);
    let ended: BTreeMap<_, _> = sdk.settled.into_iter().collect();
    let uncertain: Vec<bool> =
        ended.values().map(|outcome| matches!(outcome, Err(ErrorCode::Uncertain))).collect();
    let expected: Vec<bool> = (0..41).map(|number| (10..30).contains(&number)).collect();
    assert_eq!(uncertain, expected, "{ended:?}");
    assert!(ended.values().all(|outcome| matches!(outcome, Ok(_) | Err(ErrorCode::Uncertain))), "{ended:?}");
}

#[tokio::test]
async fn a_flood_is_heard_or_named_and_the_gateway_keeps_no_more_of_it_than_its_bounds() {
    const EVENTS: u64 = 60_000;
    /// Up to 4 MiB wait for both sessions, and up to 2 MiB in each, which the allocator may need twice. The flood has 62 MB.
    const BOUND: u64 = 16 << 20;
    let gateway = Process::start().await;
    let mut reading = Sdk::connect(gateway.route(), Options { seed: 1, ..Options::default() }).await;
    let mut still = Sdk::connect(gateway.route(), Options { seed: 2, ..Options::default() }).await;
    let before = gateway.resident();
    let asleep = still.stand_still();
    let padding = "x".repeat(1000);
    for number in 1..=EVENTS {
        gateway.publish(&format!("{number} {padding}")).await;
    }
    let missed = |sdk: &Sdk| sdk.gaps.iter().map(|gap| gap.count.unwrap_or(0)).sum::<u64>();
    let is_complete = |sdk: &Sdk| sdk.heard.len() as u64 + missed(sdk) >= EVENTS;
    reading.until("all is heard or named", is_complete).await;
    let grown = gateway.resident().saturating_sub(before);
    drop(asleep);
    still.until("all is heard or named", is_complete).await;
    for sdk in [&reading, &still] {
        let mut all = sdk.heard.clone();
        for gap in &sdk.gaps {
            all.extend(gap.first..=gap.last);
        }
        assert!(sdk.heard.is_sorted_by(|a, b| a < b), "doubled or out of order");
        all.sort_unstable();
        assert_eq!(all, (1..=EVENTS).collect::<Vec<u64>>());
        assert_eq!(sdk.resyncs, 0);
    }
    assert!(missed(&still) > 0, "more is kept than this test thinks");
    assert!(grown < BOUND, "the gateway has grown by {grown} bytes");
}
