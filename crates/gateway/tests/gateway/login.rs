//! Logging in and opening a websocket.

use std::sync::Arc;

use tera_gateway::bus::Bus;
use tera_protocol::topic::Kind;

use crate::{
    bench::Bench,
    client::{Client, refused},
    on_every_bus, support,
};

on_every_bus! {
    of_a_hundred_that_redeem_one_ticket_at_once_exactly_one_gets_in
    an_expired_or_invented_ticket_is_refused
    a_ticket_does_not_open_a_socket_of_another_kind
}

async fn of_a_hundred_that_redeem_one_ticket_at_once_exactly_one_gets_in(bus: Arc<dyn Bus>) {
    let bench = Bench::start(bus).await;
    let url = bench.ticket("ada").await;
    let attempts: Vec<_> = (0..100)
        .map(|_| {
            let url = url.clone();
            tokio::spawn(async move { Client::connect(&url).await })
        })
        .collect();
    let mut admitted = Vec::new();
    for attempt in attempts {
        match attempt.await.unwrap() {
            Ok(client) => admitted.push(client),
            refusal => assert_eq!(refused(refusal), 403),
        }
    }
    assert_eq!(admitted.len(), 1);
    admitted[0].welcome().await;
}

async fn an_expired_or_invented_ticket_is_refused(bus: Arc<dyn Bus>) {
    let bench = Bench::start_with(bus, |config| config.ticket_ms = 1).await;
    let url = bench.ticket("ada").await;
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    assert_eq!(refused(Client::connect(&url).await), 403);
    let (base, _) = url.split_once('?').unwrap();
    for query in ["", "?id=", "?id=0123456789abcdef0123456789abcdef", "?key=1"] {
        assert_eq!(refused(Client::connect(&format!("{base}{query}")).await), 403, "{query}");
    }
}

async fn a_ticket_does_not_open_a_socket_of_another_kind(bus: Arc<dyn Bus>) {
    let bench = Bench::start(bus).await;
    let url = bench.ticket("ada").await;
    assert_eq!(refused(Client::connect(&url.replace("/user?", "/device?")).await), 403);
    assert_eq!(refused(Client::connect(&url).await), 403, "the attempt used the ticket up");
    assert_eq!(refused(Client::connect(&url.replace("/user?", "/robot?")).await), 404);
}

/// A key as a login of OpenTera stores it: plain, with the UUID of who has logged in.
async fn store(key: &str, value: &str, expiry: &[&str]) {
    let client = redis::Client::open(support::redis_url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let () = redis::cmd("SET").arg(key).arg(value).arg(expiry).query_async(&mut connection).await.unwrap();
}

#[tokio::test]
async fn the_key_of_a_login_at_opentera_opens_one_socket_of_the_kinds_that_may() {
    const UUID: &str = "0be17e2a-0000-4000-8000-000000000001";
    let bench = Bench::start_with(support::redis().await, |config| {
        config.opentera_logins = vec![Kind::User, Kind::Device];
    })
    .await;
    let key = || format!("{:064x}{:064x}", rand::random::<u128>(), rand::random::<u128>());
    let url = |kind: &str, key: &str| format!("ws://{}/wss/{kind}?id={key}", bench.address);

    let used = key();
    store(&used, UUID, &["EX", "60"]).await;
    assert_eq!(refused(Client::connect(&url("participant", &used)).await), 403, "that kind may not");
    let mut client = Client::connect(&url("user", &used)).await.unwrap();
    assert_eq!(client.welcome().await.address, format!("websocket.user.{UUID}"));
    assert_eq!(refused(Client::connect(&url("user", &used)).await), 403, "once");

    let pat = bench.identity("pat").uuid.to_string();
    let of_another_kind = key();
    store(&of_another_kind, &pat, &["EX", "60"]).await;
    assert_eq!(refused(Client::connect(&url("device", &of_another_kind)).await), 403);

    // What only looks like a login stays where it is.
    let [lasting, long, text] = [key(), key(), key()];
    let dotted = format!("test-{}.{UUID}", key());
    store(&lasting, UUID, &[]).await;
    store(&long, UUID, &["EX", "3600"]).await;
    store(&text, "no UUID", &["EX", "60"]).await;
    store(&dotted, UUID, &["EX", "60"]).await;
    let variables = bench.bus.variables();
    for other in [&lasting, &long, &text, &dotted] {
        assert_eq!(refused(Client::connect(&url("user", other)).await), 403, "{other}");
        assert!(variables.get(other).await.unwrap().is_some(), "{other}");
    }
    bench.stop().await;
}

#[tokio::test]
async fn a_login_says_who_it_is_and_where_to_connect() {
    let bench = Bench::start(support::embedded().await).await;
    let (status, login) = bench.login("dee", "secret").await;
    assert_eq!(status, 200);
    let expected = format!("ws://{}/wss/device?id=", bench.address);
    assert!(login["websocket_url"].as_str().unwrap().starts_with(&expected), "{login}");
    assert_eq!(login["kind"], "device");
    assert_eq!(login["uuid"], bench.identity("dee").uuid.to_string());
    assert_eq!(login["name"], "The dee");
}

#[tokio::test]
async fn the_websocket_is_where_the_public_url_says() {
    let bench = Bench::start_with(support::embedded().await, |config| {
        config.public_url = Some("https://tera.example".into());
    })
    .await;
    assert!(bench.ticket("pat").await.starts_with("wss://tera.example/wss/participant?id="));
}

#[tokio::test]
async fn wrong_credentials_are_refused_without_a_hint_which_part_is_wrong() {
    let bench = Bench::start(support::embedded().await).await;
    let refusal = bench.login("ada", "guess").await;
    assert_eq!((refusal.0, &refusal.1["code"]), (401, &"forbidden".into()));
    for (name, password) in [("eve", "secret"), ("ada", ""), ("", "secret"), ("ada", "secret ")] {
        assert_eq!(bench.login(name, password).await, refusal);
    }
    for (body, status) in [("{", 400), ("{\"name\": 1}", 422), ("", 400)] {
        assert_eq!(bench.post_login(body, "").await.0, status, "{body}");
    }
    let (status, refusal) = bench.post_text(r#"{"name": "ada", "password": "secret"}"#).await;
    assert_eq!((status, &refusal["code"]), (415, &"invalid_argument".into()));
    assert!(refusal["help"].as_str().unwrap().contains("content-type: application/json"), "{refusal}");
    let oversized = format!("{{\"name\": \"{}\"}}", "a".repeat(5000));
    assert_eq!(bench.post_login(&oversized, "").await.0, 413);
}

#[tokio::test]
async fn pages_of_other_origins_are_kept_out() {
    let bench = Bench::start_with(support::embedded().await, |config| {
        config.allowed_origins = vec!["app://desktop".into()];
    })
    .await;
    let own = format!("http://{}", bench.address);
    let look_alike = format!("{own}.evil.example");
    for foreign in ["null", "http://evil.example", &look_alike, "app://desktop2"] {
        let url = bench.ticket("ada").await;
        assert_eq!(refused(Client::connect_from(&url, foreign).await), 403, "{foreign}");
        let header = format!("Origin: {foreign}\r\n");
        assert_eq!(bench.post_login("{}", &header).await.0, 403, "{foreign}");
        Client::connect(&url).await.expect("the ticket is not used up");
    }
    for allowed in [&own[..], "app://desktop"] {
        Client::connect_from(&bench.ticket("ada").await, allowed).await.unwrap();
    }
}

#[tokio::test]
async fn a_browser_lets_only_pages_of_configured_origins_read_a_login() {
    let allowed = "https://app.example";
    let bench = Bench::start_with(support::embedded().await, |config| {
        config.allowed_origins = vec![allowed.into()];
    })
    .await;
    for (origin, granted) in [(allowed, true), ("https://app.example.evil", false), ("null", false)] {
        let preflight = format!(
            "OPTIONS /api/login HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nOrigin: {origin}\r\n\
             Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: content-type\r\n\r\n",
            bench.address
        );
        let head = bench.head(&preflight).await;
        assert_eq!(head.contains(&format!("access-control-allow-origin: {origin}\r\n")), granted, "{head}");
        assert!(!head.contains("access-control-allow-credentials"));
    }
}

#[tokio::test]
async fn what_is_no_handshake_does_not_use_the_ticket_up() {
    let bench = Bench::start(support::embedded().await).await;
    let url = bench.ticket("ada").await;
    let path = url.strip_prefix(&format!("ws://{}", bench.address)).unwrap();
    assert_eq!(bench.get(path).await.0, 426);
    Client::connect(&url).await.unwrap().welcome().await;
}
