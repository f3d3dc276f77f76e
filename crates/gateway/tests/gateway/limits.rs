//! Clients that send too much, read too little or send nonsense, and the end of the gateway.

use std::{pin::pin, sync::Arc};

use futures_util::{SinkExt as _, StreamExt as _, future::poll_immediate};
use prost::Message as _;
use tera_gateway::{USER_MANAGER_EVENTS, bus::Bus};
use tera_protocol::{
    any::pack,
    error::ErrorCode,
    link::{frame::encode, messages::Hello},
    opentera::{DeviceEvent, TeraEvent, device_event::EventType},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};
use tokio_tungstenite::tungstenite::Message;

use crate::{
    bench::{Bench, event, received, text},
    client::{Got, PATIENCE},
    on_every_bus, support,
};

const TOO_LARGE: &str = "the message is larger than the gateway takes";

on_every_bus! {
    a_slow_client_is_closed_while_others_get_everything
}

/// A websocket by hand: a library's client would send nothing wrong, and hide that it was cut off while it sent. Logs in and
/// asks for it.
async fn by_hand(bench: &Bench, header: &str) -> TcpStream {
    let url = bench.ticket("ada").await;
    let path = url.strip_prefix(&format!("ws://{}", bench.address)).unwrap();
    let mut connection = TcpStream::connect(bench.address).await.unwrap();
    let handshake = format!(
        "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n{header}\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        bench.address
    );
    connection.write_all(handshake.as_bytes()).await.unwrap();
    connection
}

/// What the gateway says until it ends, which must be a close frame like this.
async fn closes(mut incoming: impl AsyncRead + Unpin, code: u16, reason: &str, case: &str) {
    let mut received = Vec::new();
    timeout(PATIENCE, incoming.read_to_end(&mut received)).await.expect(case).expect(case);
    let close = [&[0x88, 2 + reason.len() as u8][..], &code.to_be_bytes(), reason.as_bytes()].concat();
    assert!(received.starts_with(b"HTTP/1.1 101 ") && received.ends_with(&close), "{case}: {received:?}");
}

#[tokio::test]
async fn a_frame_that_is_too_large_closes_with_1009_and_is_not_cut_off_in_its_middle() {
    let bench = Bench::start(support::embedded().await).await;
    for size in [(1 << 20) + 1, 20_000_000_u32] {
        let (incoming, mut outgoing) = by_hand(&bench, "").await.into_split();
        let mut frame = vec![0x82, 0xff];
        frame.extend_from_slice(&u64::from(size).to_be_bytes());
        frame.resize(frame.len() + 4 + size as usize, 0);
        let sending = tokio::spawn(async move { outgoing.write_all(&frame).await.map(|()| outgoing) });
        closes(incoming, 1009, TOO_LARGE, &format!("{size} bytes")).await;
        sending.await.unwrap().expect("the gateway takes the rest of what is sent and drops it");
    }
}

/// RFC 6455, sections 5 and 8.1.
#[tokio::test]
async fn what_is_no_websocket_protocol_closes_with_the_code_for_it() {
    const PROTOCOL: (u16, &str) = (1002, "this is not the websocket protocol");
    let bench = Bench::start(support::embedded().await).await;
    let control = [&[0x89, 0xfe, 0, 126, 0, 0, 0, 0][..], &[0; 126]].concat();
    for (case, frames, (code, reason)) in [
        ("no mask", &[0x82, 1, 0][..], PROTOCOL),
        ("a reserved bit, as of compression", &[0xc2, 0x80, 0, 0, 0, 0], PROTOCOL),
        ("a reserved opcode", &[0x83, 0x80, 0, 0, 0, 0], PROTOCOL),
        ("a reserved control opcode", &[0x8b, 0x80, 0, 0, 0, 0], PROTOCOL),
        ("a control frame above 125 bytes", &control, PROTOCOL),
        ("a control frame in parts", &[0x09, 0x80, 0, 0, 0, 0], PROTOCOL),
        ("a part of nothing", &[0x80, 0x80, 0, 0, 0, 0], PROTOCOL),
        ("a message within another", &[0x02, 0x80, 0, 0, 0, 0, 0x82, 0x80, 0, 0, 0, 0], PROTOCOL),
        ("half a close code", &[0x88, 0x81, 0, 0, 0, 0, 3], PROTOCOL),
        ("a text that is not UTF-8", &[0x81, 0x81, 0, 0, 0, 0, 0xff], (1007, "a text message is not UTF-8")),
        ("2 GiB", &[0x82, 0xff, 0, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0], (1009, TOO_LARGE)),
        (
            "the largest length",
            &[0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0],
            (1009, TOO_LARGE),
        ),
    ] {
        let mut connection = by_hand(&bench, "").await;
        connection.write_all(frames).await.unwrap();
        closes(connection, code, reason, case).await;
    }
}

#[tokio::test]
async fn compression_that_a_client_offers_is_not_taken() {
    let bench = Bench::start(support::embedded().await).await;
    let offer = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n";
    let mut connection = by_hand(&bench, offer).await;
    // A frame that says it is compressed.
    connection.write_all(&[0xc2, 0x80, 0, 0, 0, 0]).await.unwrap();
    let mut received = Vec::new();
    timeout(PATIENCE, connection.read_to_end(&mut received)).await.unwrap().unwrap();
    let head = received.split(|&byte| byte == 0x82).next().unwrap().to_ascii_lowercase();
    let head = String::from_utf8(head).unwrap();
    assert!(head.starts_with("http/1.1 101 ") && !head.contains("sec-websocket-extensions"), "{head}");
}

#[tokio::test]
async fn the_largest_frame_allowed_is_taken() {
    let bench = Bench::start(support::embedded().await).await;
    let mut ada = bench.join("ada").await;
    ada.send_bytes(vec![0xff; 1 << 20]).await;
    assert_eq!(ada.notice().await, ErrorCode::InvalidMessage);
}

#[tokio::test]
async fn too_many_messages_close_with_4002() {
    let bench = Bench::start_with(support::embedded().await, |config| {
        config.limits.messages_per_second = 1;
        config.limits.burst = 10;
    })
    .await;
    for message in [Message::Binary, Message::Ping, Message::Pong] {
        let mut ada = bench.join("ada").await;
        let flood = (0..50).map(|_| Ok(message(vec![0xff].into())));
        // The gateway may close before everything is sent.
        _ = ada.socket.send_all(&mut futures_util::stream::iter(flood)).await;
        assert_eq!(ada.closed().await, (4002, "too many messages per second".into()));
    }
}

/// A message of zeros in so many frames, masked with zeros.
fn in_frames(count: usize, payload: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    for number in 1..=count {
        let opcode = if number == 1 { 0x02 } else { 0x00 };
        let last = if number == count { 0x80 } else { 0x00 };
        bytes.extend([opcode | last, 0x80 | payload, 0, 0, 0, 0]);
        bytes.resize(bytes.len() + usize::from(payload), 0);
    }
    bytes
}

#[tokio::test]
async fn a_message_may_come_in_many_frames_but_in_too_many_small_ones_closes_with_4002() {
    let bench = Bench::start(support::embedded().await).await;
    for payload in [1, 0] {
        let mut ada = bench.join("ada").await;
        for count in [1, 2, 200, 200] {
            ada.socket.get_mut().write_all(&in_frames(count, 1)).await.unwrap();
            assert_eq!(ada.notice().await, ErrorCode::InvalidMessage);
        }
        // The gateway may close before everything is sent.
        _ = ada.socket.get_mut().write_all(&in_frames(100_000, payload)).await;
        assert_eq!(ada.closed().await, (4002, "a message has too many frames".into()));
    }
}

async fn a_slow_client_is_closed_while_others_get_everything(bus: Arc<dyn Bus>) {
    let bench = Bench::start_with(bus, |config| config.limits.replay_messages = 100_000).await;
    let mut presence = bench.subscribe(USER_MANAGER_EVENTS).await;
    let mut slow = bench.join("dee").await;
    let mut others = [bench.join("ada").await, bench.join("ada").await, bench.join("bob").await];
    let disconnected = DeviceEvent {
        device_uuid: bench.identity("dee").uuid.to_string(),
        r#type: EventType::DeviceDisconnected.into(),
        device_name: "The dee".into(),
        device_status: String::new(),
    };
    let mut gone = pin!(async {
        while !TeraEvent::decode(received(&mut presence).await.payload().clone())
            .unwrap()
            .events
            .contains(&pack(&disconnected))
        {}
    });
    let topic = format!("{}.events", bench.service);
    let padding = "x".repeat(100_000);
    // The system's own buffers hold an unknown amount, so this goes on until the gateway gives the slow one up.
    for number in 0.. {
        bench.publish(&topic, &event(&format!("{number} {padding}"))).await;
        for client in &mut others {
            let text = text(&client.event().await);
            assert_eq!(text.split_once(' ').unwrap().0, number.to_string());
        }
        if poll_immediate(&mut gone).await.is_some() {
            break;
        }
        assert!(number < 2_000, "200 MB wait for a client that does not read");
    }
    assert_eq!(slow.closed().await, (4003, "the client reads too slowly".into()));
}

#[tokio::test]
async fn too_many_subscriptions_close_with_4004() {
    let bench = Bench::start_with(support::embedded().await, |config| config.limits.subscriptions = 2).await;
    let mut ada = bench.connect("ada").await;
    ada.send_bytes(encode(&Hello::default())).await;
    assert_eq!(ada.closed().await, (4004, "too many subscriptions".into()));
}

#[tokio::test]
async fn shutting_down_asks_every_client_to_come_back_later_and_closes_with_1012() {
    let mut bench = Bench::start(support::embedded().await).await;
    let mut clients = [bench.join("ada").await, bench.join("ada").await, bench.join("dee").await];
    bench.begin_stop();
    for client in &mut clients {
        let got = client.next().await;
        let Got::Goodbye(goodbye) = got else { panic!("instead of a Goodbye: {got:?}") };
        assert_eq!((goodbye.retry_after_min_ms, goodbye.retry_after_max_ms), (500, 5_000));
        assert!(!goodbye.r#final);
        assert_eq!(client.closed().await, (1012, "the gateway restarts".into()));
    }
    drop(clients);
    bench.stop().await;
}

#[tokio::test]
async fn nonsense_is_answered_and_the_connection_stays() {
    let bench = Bench::start(support::embedded().await).await;
    let mut ada = bench.join("ada").await;
    for length in 0..100 {
        let garbage: Vec<u8> = (0..length).map(|_| rand::random()).collect();
        ada.send_bytes(garbage).await;
        assert!(matches!(ada.notice().await, ErrorCode::InvalidMessage | ErrorCode::ProtocolViolation));
    }
    let deep = vec![0x0a; 100_000];
    ada.send_bytes(deep).await;
    assert_eq!(ada.notice().await, ErrorCode::InvalidMessage);
    ada.socket.send(Message::Text("{\"hello\": 1}".into())).await.unwrap();
    assert_eq!(ada.notice().await, ErrorCode::InvalidArgument);
    bench.publish(&format!("{}.events", bench.service), &event("still here")).await;
    assert_eq!(text(&ada.event().await), "still here");
}

#[tokio::test]
async fn a_client_that_closes_gets_a_proper_goodbye() {
    let bench = Bench::start(support::embedded().await).await;
    let mut ada = bench.join("ada").await;
    ada.socket.send(Message::Close(None)).await.unwrap();
    loop {
        match ada.socket.next().await {
            Some(Ok(Message::Close(_))) => break,
            Some(Ok(_)) => {}
            other => panic!("no goodbye: {other:?}"),
        }
    }
    bench.stop().await;
}
