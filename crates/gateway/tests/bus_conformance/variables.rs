//! What every bus promises of its variables.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use redis::cmd;
use tera_gateway::bus::{Bus, Change, Watcher};
use tokio::time::timeout;

use crate::{PATIENCE, drop_connections, on_every_bus, outsider, redis_with_database, support};

on_every_bus! {
    what_is_set_can_be_read_until_it_is_deleted
    a_variable_has_one_writer_until_that_lets_go
    an_expired_variable_is_gone_and_free
    a_watcher_is_told_the_value_that_there_is_and_newer_ones
    a_watcher_is_told_of_an_expiry
    a_watcher_that_does_not_keep_up_is_told_the_newest_value
    what_is_watched_no_more_is_not_told
}

const SHORT: Duration = Duration::from_millis(50);

/// A name that no other test uses.
fn name() -> String {
    format!("room.temperature-{:032x}", rand::random::<u128>())
}

async fn set(bus: &Arc<dyn Bus>, name: &str, value: impl Into<Option<&'static str>>) {
    let value = value.into().map(Bytes::from);
    assert_eq!(bus.variables().set(name, value, None, "ada").await, Ok(true));
}

async fn get(bus: &Arc<dyn Bus>, name: &str) -> Option<String> {
    let value = bus.variables().get(name).await.unwrap();
    value.map(|value| String::from_utf8(value.to_vec()).unwrap())
}

async fn next(watcher: &Watcher) -> (Arc<str>, Option<Bytes>) {
    let Change { name, value } = timeout(PATIENCE, watcher.next()).await.expect("no change is told");
    (name, value)
}

/// The next change is this one.
async fn expect(watcher: &Watcher, name: &str, value: Option<&str>) {
    assert_eq!(next(watcher).await, (name.into(), value.map(|value| value.to_owned().into())));
}

async fn what_is_set_can_be_read_until_it_is_deleted(bus: Arc<dyn Bus>) {
    let (name, other) = (name(), name());
    assert_eq!(get(&bus, &name).await, None);
    for value in ["1", "", "2"] {
        set(&bus, &name, value).await;
        assert_eq!(get(&bus, &name).await.as_deref(), Some(value));
    }
    assert_eq!(get(&bus, &other).await, None);
    set(&bus, &name, None).await;
    set(&bus, &name, None).await;
    assert_eq!(get(&bus, &name).await, None);
}

async fn a_variable_has_one_writer_until_that_lets_go(bus: Arc<dyn Bus>) {
    let name = name();
    set(&bus, &name, "1").await;
    let by_bob = async |value: Option<&'static [u8]>| {
        bus.variables().set(&name, value.map(Bytes::from_static), None, "bob").await.unwrap()
    };
    assert_eq!([by_bob(Some(b"2")).await, by_bob(None).await], [false, false]);
    assert_eq!(get(&bus, &name).await.as_deref(), Some("1"));
    set(&bus, &name, None).await;
    assert!(by_bob(Some(b"2")).await);
    assert_eq!(bus.variables().set(&name, None, None, "ada").await, Ok(false));
    assert_eq!(get(&bus, &name).await.as_deref(), Some("2"));
}

async fn an_expired_variable_is_gone_and_free(bus: Arc<dyn Bus>) {
    let (short, lasting) = (name(), name());
    let value = || Some(Bytes::from_static(b"1"));
    for name in [&short, &lasting] {
        assert_eq!(bus.variables().set(name, value(), Some(SHORT), "ada").await, Ok(true));
    }
    // Setting it anew without an expiry makes it last.
    set(&bus, &lasting, "2").await;
    tokio::time::sleep(SHORT * 2).await;
    assert_eq!(get(&bus, &short).await, None);
    assert_eq!(get(&bus, &lasting).await.as_deref(), Some("2"));
    assert_eq!(bus.variables().set(&short, value(), None, "bob").await, Ok(true));
    assert_eq!(bus.variables().set(&lasting, value(), None, "bob").await, Ok(false));
}

async fn a_watcher_is_told_the_value_that_there_is_and_newer_ones(bus: Arc<dyn Bus>) {
    let (name, unset) = (name(), name());
    set(&bus, &name, "1").await;
    let [one, two] = [bus.variables().watcher(), bus.variables().watcher()];
    one.add(&name);
    one.add(&name);
    expect(&one, &name, Some("1")).await;
    for (value, expected) in [(Some("2"), Some("2")), (None, None), (Some("3"), Some("3"))] {
        set(&bus, &name, value).await;
        expect(&one, &name, expected).await;
    }
    two.add(&name);
    expect(&two, &name, Some("3")).await;
    two.repeat(&name);
    expect(&two, &name, Some("3")).await;
    two.add(&unset);
    expect(&two, &unset, None).await;
    set(&bus, &name, "3").await;
    set(&bus, &unset, "4").await;
    expect(&two, &unset, Some("4")).await;
}

async fn a_watcher_is_told_of_an_expiry(bus: Arc<dyn Bus>) {
    let name = name();
    let watcher = bus.variables().watcher();
    watcher.add(&name);
    expect(&watcher, &name, None).await;
    assert_eq!(
        bus.variables().set(&name, Some(Bytes::from_static(b"1")), Some(SHORT * 4), "ada").await,
        Ok(true)
    );
    expect(&watcher, &name, Some("1")).await;
    let late = bus.variables().watcher();
    late.add(&name);
    expect(&late, &name, Some("1")).await;
    expect(&watcher, &name, None).await;
    expect(&late, &name, None).await;
}

async fn a_watcher_that_does_not_keep_up_is_told_the_newest_value(bus: Arc<dyn Bus>) {
    let name = name();
    let watcher = bus.variables().watcher();
    watcher.add(&name);
    expect(&watcher, &name, None).await;
    for number in 1..=100_u32 {
        let value = Some(number.to_string().into());
        assert_eq!(bus.variables().set(&name, value, None, "ada").await, Ok(true));
    }
    let mut newest = 0;
    while newest < 100 {
        let (_, value) = next(&watcher).await;
        let number = String::from_utf8(value.unwrap().to_vec()).unwrap().parse().unwrap();
        assert!(number > newest, "an old value after a newer one");
        newest = number;
    }
}

async fn what_is_watched_no_more_is_not_told(bus: Arc<dyn Bus>) {
    let (one, two) = (name(), name());
    let watcher = bus.variables().watcher();
    watcher.add(&one);
    expect(&watcher, &one, None).await;
    watcher.add(&two);
    expect(&watcher, &two, None).await;
    set(&bus, &one, "1").await;
    watcher.remove(&one);
    set(&bus, &two, "2").await;
    expect(&watcher, &two, Some("2")).await;
    watcher.add(&one);
    expect(&watcher, &one, Some("1")).await;
}

#[tokio::test]
async fn a_watcher_is_told_what_services_do_with_the_plain_key() {
    let bus = support::redis().await;
    let name = name();
    let watcher = bus.variables().watcher();
    watcher.add(&name);
    expect(&watcher, &name, None).await;
    let mut service = outsider().await;
    let _: () = cmd("SET").arg(&name).arg("1").query_async(&mut service).await.unwrap();
    expect(&watcher, &name, Some("1")).await;
    assert_eq!(get(&bus, &name).await.as_deref(), Some("1"));
    set(&bus, &name, "2").await;
    expect(&watcher, &name, Some("2")).await;
    let value: String = cmd("GET").arg(&name).query_async(&mut service).await.unwrap();
    assert_eq!(value, "2");
    let _: u64 = cmd("DEL").arg(&name).query_async(&mut service).await.unwrap();
    expect(&watcher, &name, None).await;
    let _: u64 = cmd("RPUSH").arg(&name).arg("no text").query_async(&mut service).await.unwrap();
    assert_eq!(get(&bus, &name).await, None, "a list is no variable");
}

#[tokio::test]
async fn a_watcher_is_told_what_changed_while_redis_was_lost() {
    const DATABASE: &str = "11";
    let bus: Arc<dyn Bus> = Arc::new(redis_with_database(DATABASE).await);
    let name = name();
    let watcher = bus.variables().watcher();
    watcher.add(&name);
    expect(&watcher, &name, None).await;
    assert_eq!(drop_connections(DATABASE).await, 3, "one more, for all variables");
    let service: Arc<dyn Bus> = Arc::new(redis_with_database(DATABASE).await);
    set(&service, &name, "1").await;
    expect(&watcher, &name, Some("1")).await;
    set(&service, &name, "2").await;
    expect(&watcher, &name, Some("2")).await;
}
