//! The command as an operator runs it.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]
#![cfg(unix)]

use std::{fs, path::PathBuf, process::Stdio, time::Duration};

use futures_util::{SinkExt as _, StreamExt as _};
use tera_protocol::link::{frame::encode, messages::Hello};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
    process::Command,
    time::timeout,
};
use tokio_tungstenite::{connect_async, tungstenite::Message};

const GATEWAY: &str = env!("CARGO_BIN_EXE_tera-gateway");
const PATIENCE: Duration = Duration::from_secs(20);

/// Logs in over HTTP and returns the websocket's URL.
async fn login(address: &str) -> String {
    let body = r#"{"name": "demo", "password": "demo"}"#;
    let request = format!(
        "POST /api/login HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut connection = TcpStream::connect(address).await.unwrap();
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    connection.read_to_string(&mut response).await.unwrap();
    let (_, body) = response.split_once("\r\n\r\n").unwrap();
    let login: serde_json::Value = serde_json::from_str(body).unwrap();
    login["websocket_url"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_demo_says_where_it_listens_and_ends_well_at_sigterm_without_a_ticket_in_its_log() {
    let mut gateway = Command::new(GATEWAY)
        .args(["--demo", "--listen", "127.0.0.1:0"])
        .env("RUST_LOG", "trace")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut log = gateway.stderr.take().unwrap();
    let logged = tokio::spawn(async move {
        let mut text = String::new();
        log.read_to_string(&mut text).await.unwrap();
        text
    });
    let mut lines = BufReader::new(gateway.stdout.take().unwrap()).lines();
    let line = timeout(PATIENCE, lines.next_line()).await.unwrap().unwrap().unwrap();
    let address = line.strip_prefix("listening on http://").unwrap();

    let url = login(address).await;
    let (mut socket, _) = connect_async(&url).await.unwrap();
    assert!(matches!(socket.next().await, Some(Ok(Message::Binary(_)))), "no Welcome");
    socket.send(Message::Binary(encode(&Hello::default()).into())).await.unwrap();
    assert!(matches!(socket.next().await, Some(Ok(Message::Binary(_)))), "no Session");
    let pid = gateway.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().await.unwrap().success());
    let code = loop {
        match timeout(PATIENCE, socket.next()).await.unwrap() {
            Some(Ok(Message::Close(frame))) => break u16::from(frame.unwrap().code),
            Some(Ok(_)) => {}
            other => panic!("closed without a reason: {other:?}"),
        }
    };
    assert_eq!(code, 1012);
    assert!(timeout(PATIENCE, gateway.wait()).await.unwrap().unwrap().success());

    let log = logged.await.unwrap();
    assert!(log.contains("connected"));
    let (_, ticket) = url.split_once("id=").unwrap();
    assert!(!log.contains(ticket), "the ticket is in the log");
}

#[tokio::test]
async fn a_page_that_can_not_be_read_does_not_keep_a_gateway_from_ending() {
    let www = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("unreadable");
    // Left over from before, if it is there.
    _ = fs::remove_dir_all(&www);
    fs::create_dir_all(&www).unwrap();
    // Nobody ever writes into it.
    assert!(Command::new("mkfifo").arg(www.join("page")).status().await.unwrap().success());
    let mut gateway = Command::new(GATEWAY)
        .args(["--listen", "127.0.0.1:0", "--www"])
        .arg(&www)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(gateway.stdout.take().unwrap()).lines();
    let line = timeout(PATIENCE, lines.next_line()).await.unwrap().unwrap().unwrap();
    let address = line.strip_prefix("listening on http://").unwrap();
    let [mut page, mut others] =
        [TcpStream::connect(address).await.unwrap(), TcpStream::connect(address).await.unwrap()];
    let get = |path| format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n");
    page.write_all(get("/page").as_bytes()).await.unwrap();
    // Until it is at it.
    for _ in 0..100 {
        others.write_all(get("/health").as_bytes()).await.unwrap();
        assert!(others.read(&mut [0; 1024]).await.unwrap() > 0);
    }
    let pid = gateway.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().await.unwrap().success());
    assert!(timeout(PATIENCE, gateway.wait()).await.unwrap().unwrap().success());
}

#[tokio::test]
async fn what_can_not_work_is_said_and_fails() {
    let config = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("opentera_logins.toml");
    fs::write(&config, "opentera_logins = [\"user\"]").unwrap();
    let config = config.to_str().unwrap();
    for (arguments, complaint) in [
        (&["--redis", "redis://127.0.0.1:1/", "--listen", "127.0.0.1:0"][..], "the message bus failed"),
        (&["--config", "/nonexistent.toml"], "can't read /nonexistent.toml"),
        (&["--listen", "192.0.2.1:1"], "can't listen on 192.0.2.1:1"),
        (&["--listen", "nowhere"], "invalid value 'nowhere'"),
        (&["--www", config], "is no folder"),
        (&["--config", config], "opentera_logins needs the Redis"),
        (&["--listen", "127.0.0.1:0", "--allow-origin", "app.example.org"], "which no browser names"),
    ] {
        let output =
            timeout(PATIENCE, Command::new(GATEWAY).args(arguments).output()).await.unwrap().unwrap();
        let log = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && log.contains(complaint), "{arguments:?}: {log}");
        assert!(output.stdout.is_empty(), "{arguments:?}: it says that it listens");
    }
}
