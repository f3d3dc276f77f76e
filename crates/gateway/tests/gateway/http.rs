//! Just enough HTTP to log in.

use std::{io, net::SocketAddr};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::bench::Bench;

impl Bench {
    pub(crate) async fn login(&self, name: &str, password: &str) -> (u16, Value) {
        self.post_login(&credentials(name, password), "").await
    }

    /// `headers` end in CRLF each.
    pub(crate) async fn post_login(&self, body: &str, headers: &str) -> (u16, Value) {
        let (status, body) = self.http(&login_request(self.address, body, headers)).await;
        (status, serde_json::from_str(&body).unwrap())
    }

    /// A login as `fetch` sends a string.
    pub(crate) async fn post_text(&self, body: &str) -> (u16, Value) {
        let request = login_request(self.address, body, "").replace("application/json", "text/plain");
        let (status, body) = self.http(&request).await;
        (status, serde_json::from_str(&body).unwrap())
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, String) {
        self.http(&format!("GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.address))
            .await
    }

    /// The response's status line and headers.
    pub(crate) async fn head(&self, request: &str) -> String {
        self.exchange(request).await.0
    }

    async fn http(&self, request: &str) -> (u16, String) {
        let (head, body) = self.exchange(request).await;
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body)
    }

    async fn exchange(&self, request: &str) -> (String, String) {
        exchange(self.address, request).await.unwrap()
    }
}

fn credentials(name: &str, password: &str) -> String {
    json!({"name": name, "password": password}).to_string()
}

fn login_request(address: SocketAddr, body: &str, headers: &str) -> String {
    format!(
        "POST /api/login HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n{headers}\r\n{body}",
        body.len()
    )
}

/// The websocket's URL for a login, from a gateway that may be gone.
pub(crate) async fn ticket(address: SocketAddr, login: &str) -> io::Result<String> {
    let request = login_request(address, &credentials(login, "secret"), "");
    let (_, body) = exchange(address, &request).await?;
    let body: Value = serde_json::from_str(&body)?;
    body["websocket_url"].as_str().map(str::to_owned).ok_or_else(|| io::Error::other(body.to_string()))
}

/// Head and body of the response.
async fn exchange(address: SocketAddr, request: &str) -> io::Result<(String, String)> {
    let mut connection = TcpStream::connect(address).await?;
    connection.write_all(request.as_bytes()).await?;
    let mut response = String::new();
    connection.read_to_string(&mut response).await?;
    let (head, body) = response.split_once("\r\n\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
    Ok((format!("{head}\r\n"), body.to_owned()))
}
