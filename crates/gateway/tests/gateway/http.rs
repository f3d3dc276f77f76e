//! Just enough HTTP to log in.

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::bench::Bench;

impl Bench {
    pub(crate) async fn login(&self, name: &str, password: &str) -> (u16, Value) {
        let body = json!({"name": name, "password": password}).to_string();
        self.post_login(&body, "").await
    }

    /// `headers` end in CRLF each.
    pub(crate) async fn post_login(&self, body: &str, headers: &str) -> (u16, Value) {
        let request = format!(
            "POST /api/login HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n{headers}\r\n{body}",
            self.address,
            body.len()
        );
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
        let mut connection = TcpStream::connect(self.address).await.unwrap();
        connection.write_all(request.as_bytes()).await.unwrap();
        let mut response = String::new();
        connection.read_to_string(&mut response).await.unwrap();
        let (head, body) = response.split_once("\r\n\r\n").unwrap();
        (format!("{head}\r\n"), body.to_owned())
    }
}
