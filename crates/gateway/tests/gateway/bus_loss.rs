//! The bus is lost and comes back: what was lost with it is a gap, and never silence.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use tera_gateway::{bus::Redis, config::Config};
use tera_protocol::{
    error::ErrorCode,
    link::messages::{Missing, Subscribe, request::Operation},
    opentera::value::ArgValue,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::{Mutex, watch},
    task::JoinSet,
};

use crate::{
    bench::{Bench, event, received, text},
    support,
};

/// The way to Redis, which can be closed.
pub(crate) struct Way {
    pub(crate) url: String,
    pub(crate) is_open: watch::Sender<bool>,
    /// What Redis says is lost on these connections.
    deaf: watch::Sender<Deaf>,
    /// What those connections are told, instead of being heard, that were open when this was said, if they try whether Redis writes.
    refusal: watch::Sender<Option<&'static str>>,
}

/// Connections of which nothing is heard, though they stay open.
#[derive(Clone, Copy)]
enum Deaf {
    None,
    /// Those that were open with what subscribes.
    Subscribed,
    All,
}

impl Way {
    pub(crate) async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("redis://{}", listener.local_addr().unwrap());
        let (is_open, opened) = watch::channel(true);
        let (deaf, deafened) = watch::channel(Deaf::None);
        let (refusal, refused) = watch::channel(None);
        tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((connection, _)) = listener.accept().await {
                connections.spawn(forward(connection, opened.clone(), deafened.clone(), refused.clone()));
            }
        });
        Self { url, is_open, deaf, refusal }
    }
}

async fn forward(
    connection: TcpStream,
    mut is_open: watch::Receiver<bool>,
    deaf: watch::Receiver<Deaf>,
    mut refusal: watch::Receiver<Option<&'static str>>,
) {
    refusal.mark_unchanged();
    let redis_url = support::redis_url();
    let address = redis_url.trim_start_matches("redis://").trim_end_matches('/');
    if !*is_open.borrow() {
        return;
    }
    let (mut answers, mut commands) = TcpStream::connect(address).await.unwrap().into_split();
    let (mut from_gateway, to_gateway) = connection.into_split();
    let to_gateway = Mutex::new(to_gateway);
    let subscribes = AtomicBool::new(false);
    let ask = async {
        let mut buffer = vec![0; 1 << 16];
        while let Ok(length @ 1..) = from_gateway.read(&mut buffer).await {
            let asked = &buffer[..length];
            subscribes.fetch_or(asked.windows(9).any(|word| word == b"SUBSCRIBE"), Ordering::Relaxed);
            let refusal = refusal.has_changed().unwrap().then(|| *refusal.borrow()).flatten();
            if let Some(refusal) = refusal
                && asked.windows(18).any(|word| word == b"tera-gateway.probe")
            {
                to_gateway.lock().await.write_all(format!("-{refusal}\r\n").as_bytes()).await.unwrap();
            } else if commands.write_all(asked).await.is_err() {
                return;
            }
        }
    };
    let answer = async {
        let mut buffer = vec![0; 1 << 16];
        while let Ok(length @ 1..) = answers.read(&mut buffer).await {
            let is_lost = match *deaf.borrow() {
                Deaf::None => false,
                Deaf::Subscribed => subscribes.load(Ordering::Relaxed),
                Deaf::All => true,
            };
            if !is_lost && to_gateway.lock().await.write_all(&buffer[..length]).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = ask => {}
        () = answer => {}
        _ = is_open.wait_for(|is_open| !is_open) => {}
    }
}

#[tokio::test]
async fn what_is_published_while_the_bus_is_lost_is_a_gap_of_unknown_size() {
    let way = Way::open().await;
    let bus = Arc::new(Redis::connect(&way.url).await.unwrap());
    let grant = |config: &mut Config| config.grants.user.subscribe = vec!["room.*".parse().unwrap()];
    let bench = Bench::start_with(bus, grant).await;
    // The rest of the deployment keeps its bus.
    let others = support::redis().await;
    let topic = format!("{}.events", bench.service);
    let publish = async |text: &str| {
        use prost::Message as _;
        others.publish(&topic, event(text).encode_to_vec().into()).await.unwrap()
    };
    let mut ada = bench.join("ada").await;
    let remains = bench.join("bob").await.cut();
    bench.until_healthy((200, 1, 1)).await;
    publish("before").await;
    assert_eq!(text(&ada.event().await), "before");

    way.is_open.send_replace(false);
    bench.until_healthy((503, 1, 1)).await;
    assert_eq!(publish("lost").await, 0);
    ada.call(1, &bench.service, "x", vec![]).await;
    let (id, code, _) = ada.failure().await;
    assert_eq!((id, code), (1, ErrorCode::Unavailable));
    let room = Operation::Subscribe(Subscribe { pattern: "room.1".into() });
    assert_eq!(ada.ask(2, room).await, Some(ErrorCode::Unavailable), "and as if it had never been asked for");
    way.is_open.send_replace(true);
    bench.until_healthy((200, 1, 1)).await;
    publish("after").await;

    let mut bob = bench.resume("bob", &remains).await.unwrap();
    assert_eq!(text(&bob.event().await), "before");
    for (client, login) in [(&mut ada, "ada"), (&mut bob, "bob")] {
        let address = bench.identity(login).to_string();
        let missing = client.gap().await.missing;
        let unknown = |each: &Missing| each.unknown && (each.first, each.last, each.count) == (0, 0, 0);
        assert!(missing.iter().all(unknown), "{missing:?}");
        let topics: BTreeSet<_> = missing.into_iter().map(|each| each.topic).collect();
        assert_eq!(topics, [topic.clone(), format!("{address}.events"), address].into());
        assert_eq!(text(&client.event().await), "after");
    }
}

#[tokio::test]
async fn a_connection_that_has_fallen_silent_is_noticed_though_commands_are_answered() {
    let way = Way::open().await;
    let bus = Arc::new(Redis::connect(&way.url).await.unwrap());
    let bench = Bench::start(bus).await;
    let others = support::redis().await;
    let topic = format!("{}.events", bench.service);
    let publish = async |text: &str| {
        use prost::Message as _;
        others.publish(&topic, event(text).encode_to_vec().into()).await.unwrap()
    };
    let mut ada = bench.join("ada").await;
    way.deaf.send_replace(Deaf::Subscribed);
    publish("lost").await;
    bench.until_healthy((503, 1, 0)).await;
    way.deaf.send_replace(Deaf::None);
    bench.until_healthy((200, 1, 0)).await;
    publish("after").await;
    let missing = ada.gap().await.missing;
    assert!(missing.iter().any(|each| each.topic == topic && each.unknown), "{missing:?}");
    assert_eq!(text(&ada.event().await), "after");
}

#[tokio::test]
async fn a_redis_that_writes_nothing_is_no_healthy_bus() {
    let way = Way::open().await;
    let bus = Arc::new(Redis::connect(&way.url).await.unwrap());
    let bench = Bench::start(bus).await;
    let mut ada = bench.join("ada").await;
    way.refusal.send_replace(Some("OOM command not allowed when used memory > 'maxmemory'."));
    bench.until_healthy((503, 1, 0)).await;
    way.refusal.send_replace(None);
    bench.until_healthy((200, 1, 0)).await;
    bench.publish(&format!("{}.events", bench.service), &event("never lost")).await;
    assert_eq!(text(&ada.event().await), "never lost");
}

#[tokio::test]
async fn a_redis_that_has_become_a_replica_is_left_for_the_one_in_its_place() {
    let way = Way::open().await;
    let bus = Arc::new(Redis::connect(&way.url).await.unwrap());
    let bench = Bench::start(bus).await;
    let mut ada = bench.join("ada").await;
    // New connections get to another one.
    way.refusal.send_replace(Some("READONLY You can't write against a read only replica."));
    let missing = ada.gap().await.missing;
    assert!(missing.iter().all(|each| each.unknown), "{missing:?}");
    bench.until_healthy((200, 1, 0)).await;
    bench.publish(&format!("{}.events", bench.service), &event("after")).await;
    assert_eq!(text(&ada.event().await), "after");
}

#[tokio::test]
async fn who_is_refused_to_serve_while_the_bus_is_lost_gets_no_calls_afterwards() {
    let way = Way::open().await;
    let bus = Arc::new(Redis::connect(&way.url).await.unwrap());
    let bench = Bench::start_with(bus, |config: &mut Config| config.grants.user.serve = true).await;
    let mut refused = bench.join("ada").await;
    way.is_open.send_replace(false);
    bench.until_healthy((503, 1, 0)).await;
    let add = || vec![ArgValue::StringValue("add".into())];
    assert_eq!(refused.command(1, "serve", add()).await, Err(ErrorCode::Unavailable));
    way.is_open.send_replace(true);
    bench.until_healthy((200, 1, 0)).await;

    let [mut ada, mut bob] = [bench.join("ada").await, bench.join("bob").await];
    assert_eq!(ada.command(1, "serve", add()).await, Ok(None));
    bob.call(1, &bench.identity("ada").address(), "add", vec![]).await;
    assert_eq!(ada.invocation().await.2, "add");
}

#[tokio::test]
async fn what_redis_may_have_done_before_it_was_lost_is_uncertain_and_what_never_went_out_is_unavailable() {
    let way = Way::open().await;
    let bus = Arc::new(Redis::connect(&way.url).await.unwrap());
    let queue = format!("jobs-{:032x}", rand::random::<u128>());
    let grant = |config: &mut Config| config.grants.user.produce = vec![queue.parse().unwrap()];
    let bench = Bench::start_with(bus, grant).await;
    let others = support::redis().await;
    let mut calls = others.subscribe(&[format!("{}.rpc", bench.service)], 8).await.unwrap();
    let [mut ada, mut bob, mut dee] =
        [bench.join("ada").await, bench.join("bob").await, bench.join("ada").await];

    way.deaf.send_replace(Deaf::All);
    ada.call(1, &bench.service, "x", vec![]).await;
    let produce = || vec![ArgValue::StringValue(queue.clone()), ArgValue::StringValue("1".into())];
    bob.call(1, "gateway", "produce", produce()).await;
    received(&mut calls).await;
    for client in [&mut ada, &mut bob] {
        let (id, code, _) = client.failure().await;
        assert_eq!((id, code), (1, ErrorCode::Uncertain));
    }
    way.is_open.send_replace(false);
    bench.until_healthy((503, 3, 0)).await;
    assert_eq!(dee.command(1, "produce", produce()).await, Err(ErrorCode::Unavailable));
    dee.call(2, &bench.service, "x", vec![]).await;
    let (id, code, _) = dee.failure().await;
    assert_eq!((id, code), (2, ErrorCode::Unavailable));
}
