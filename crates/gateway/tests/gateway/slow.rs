//! Clients that connect and then take their time.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::{sleep, timeout},
};

use crate::{
    bench::{Bench, event, text},
    client::PATIENCE,
    support,
};

/// Sends this, and then an `x` every now and then; what came back before the gateway closed.
async fn linger(bench: &Bench, request: &str, drips: bool) -> String {
    let connection = TcpStream::connect(bench.address).await.unwrap();
    let (mut incoming, mut outgoing) = connection.into_split();
    outgoing.write_all(request.as_bytes()).await.unwrap();
    let dripping = tokio::spawn(async move {
        while !drips || outgoing.write_all(b"x").await.is_ok() {
            sleep(Duration::from_millis(500)).await;
        }
    });
    let mut received = Vec::new();
    // If something is on its way when the gateway closes, that is an error, and as good.
    _ = timeout(PATIENCE, incoming.read_to_end(&mut received)).await.expect("the gateway did not close");
    dripping.abort();
    String::from_utf8(received).unwrap()
}

#[tokio::test]
async fn who_does_not_finish_a_request_is_closed_and_who_does_is_not() {
    let bench = Bench::start(support::embedded().await).await;
    let mut ada = bench.join("ada").await;
    let hearing = tokio::spawn(async move { ada.event().await });
    let host = format!("Host: {}\r\n", bench.address);
    let health = format!("GET /health HTTP/1.1\r\n{host}");
    let login = format!(
        "POST /api/login HTTP/1.1\r\n{host}Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
    );
    let half_a_header = format!("{health}X-Header: ");
    let whole = format!("{health}\r\n");
    let without_body = format!("{health}Content-Length: 1000\r\n\r\n");
    let cases = [
        ("", false, ""),
        ("", true, ""),
        (&health, false, ""),
        (&half_a_header, true, ""),
        (&whole, false, "200"),
        (&without_body, true, "200"),
        (&login, false, "408"),
        (&login, true, "408"),
    ];
    let lingering = cases.map(|(request, drips, _)| linger(&bench, request, drips));
    for ((request, drips, status), response) in cases.into_iter().zip(join_all(lingering).await) {
        let answered = response.split(' ').nth(1).unwrap_or_default();
        assert_eq!(answered, status, "{drips} {request}{response}");
    }
    bench.publish(&format!("{}.events", bench.service), &event("still here")).await;
    assert_eq!(text(&hearing.await.unwrap()), "still here");
}

#[tokio::test]
async fn a_head_that_no_client_has_is_refused_before_it_ends() {
    let bench = Bench::start(support::embedded().await).await;
    let head =
        |bytes| format!("GET /health HTTP/1.1\r\nHost: {}\r\nX-Header: {}", bench.address, "x".repeat(bytes));
    let response = linger(&bench, &head(20 << 10), false).await;
    assert!(response.starts_with("HTTP/1.1 431 "), "{response}");
    let response = bench.head(&format!("{}\r\nConnection: close\r\n\r\n", head(8 << 10))).await;
    assert!(response.starts_with("HTTP/1.1 200 "), "{response}");
}

#[tokio::test]
async fn a_gateway_that_stops_ends_the_requests_under_way_and_waits_for_no_others() {
    let mut bench = Bench::start(support::embedded().await).await;
    let host = format!("Host: {}\r\n", bench.address);
    let connect = async || TcpStream::connect(bench.address).await.unwrap();
    let [mut login, mut idle, mut fresh] = [connect().await, connect().await, connect().await];
    idle.write_all(format!("GET /health HTTP/1.1\r\n{host}\r\n").as_bytes()).await.unwrap();
    idle.read_exact(&mut [0; 12]).await.unwrap();
    let body = json!({"name": "ada", "password": "secret"}).to_string();
    let (begun, rest) = body.split_at(5);
    let head = format!(
        "POST /api/login HTTP/1.1\r\n{host}Content-Type: application/json\r\nExpect: 100-continue\r\n\
         Content-Length: {}\r\n\r\n",
        body.len()
    );
    login.write_all(head.as_bytes()).await.unwrap();
    // The gateway is at it.
    login.read_exact(&mut [0; 25]).await.unwrap();
    login.write_all(begun.as_bytes()).await.unwrap();

    bench.begin_stop();
    for connection in [&mut idle, &mut fresh] {
        timeout(PATIENCE, connection.read_to_end(&mut Vec::new())).await.unwrap().unwrap();
    }
    let early = timeout(Duration::from_millis(100), &mut bench.server).await;
    assert!(early.is_err(), "it has ended before the request");
    login.write_all(rest.as_bytes()).await.unwrap();
    let mut response = String::new();
    login.read_to_string(&mut response).await.unwrap();
    assert!(response.starts_with("HTTP/1.1 200 "), "{response}");
    bench.stop().await;
}

#[tokio::test]
async fn a_login_may_come_in_pieces() {
    let bench = Bench::start(support::embedded().await).await;
    let body = json!({"name": "ada", "password": "secret"}).to_string();
    let request = format!(
        "POST /api/login HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        bench.address,
        body.len()
    );
    let mut connection = TcpStream::connect(bench.address).await.unwrap();
    for piece in request.as_bytes().chunks(50) {
        connection.write_all(piece).await.unwrap();
        sleep(Duration::from_millis(50)).await;
    }
    let mut response = String::new();
    connection.read_to_string(&mut response).await.unwrap();
    assert!(response.starts_with("HTTP/1.1 200 "), "{response}");
}
