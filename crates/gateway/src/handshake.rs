//! `GET /wss/{kind}?id=KEY`: from an HTTP request to a websocket.
//!
//! The upgrade is done here and not by the HTTP framework, so that the connection under the websocket stays at hand: a
//! client that sends too much must still be able to read why it is closed.

use std::sync::Arc;

use axum::{
    extract::{Path, Query, Request, State, rejection::QueryRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::IntoResponse,
};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use tera_protocol::{error::ErrorCode, topic::Kind};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        handshake::derive_accept_key,
        protocol::{Role, WebSocketConfig},
    },
};

use crate::{
    attach,
    config::{Account, Config},
    frames::Framed,
    gateway::Gateway,
    login, origin,
    refusal::Refusal,
    socket::Socket,
};

/// Small, as it is allocated per connection and most connections are idle.
const READ_BUFFER: usize = 2 * 1024;
/// From so many bytes on, what is written goes out without waiting for more.
const WRITE_BUFFER: usize = 8 * 1024;

#[derive(Deserialize)]
pub(crate) struct Ticket {
    id: String,
}

pub(crate) async fn open(
    State(gateway): State<Arc<Gateway>>,
    Path(kind): Path<String>,
    ticket: Result<Query<Ticket>, QueryRejection>,
    mut request: Request,
) -> Result<impl IntoResponse, Refusal> {
    let kind: Kind = kind.parse().map_err(|_| {
        let help = "There are user, participant and device.";
        Refusal::new(
            StatusCode::NOT_FOUND,
            ErrorCode::InvalidArgument,
            "there is no such kind of identity",
            help,
        )
    })?;
    origin::check(&gateway.config, request.headers())?;
    let accept_key = accept_key(request.headers())?;
    let Query(ticket) = ticket.map_err(|_| {
        let description = "the URL has no key";
        Refusal::new(
            StatusCode::FORBIDDEN,
            ErrorCode::Forbidden,
            description,
            "Log in to get a URL with a key.",
        )
    })?;
    let account = login::redeem(&gateway, kind, &ticket.id).await?;

    let upgrade = hyper::upgrade::on(&mut request);
    gateway.tasks.spawn(run(Arc::clone(&gateway), account, upgrade));
    let headers = [
        (header::CONNECTION, HeaderValue::from_static("upgrade")),
        (header::UPGRADE, HeaderValue::from_static("websocket")),
        (header::SEC_WEBSOCKET_ACCEPT, accept_key),
    ];
    Ok((StatusCode::SWITCHING_PROTOCOLS, headers))
}

/// Takes the upgraded connection to its session.
async fn run(gateway: Arc<Gateway>, account: Arc<Account>, upgrade: OnUpgrade) {
    match upgrade.await {
        Ok(connection) => {
            let config = Some(websocket_config(&gateway.config));
            let connection = Framed::new(TokioIo::new(connection));
            let socket = WebSocketStream::from_raw_socket(connection, Role::Server, config).await;
            attach::run(gateway, account, Socket::new(socket)).await;
        }
        Err(error) => tracing::info!(%error, "a client left during the handshake"),
    }
}

fn websocket_config(config: &Config) -> WebSocketConfig {
    let max_size = Some(config.limits.max_frame_bytes as usize);
    WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .max_message_size(max_size)
        .max_frame_size(max_size)
}

/// Checks that this is a websocket handshake and computes the answer to its key.
fn accept_key(headers: &HeaderMap) -> Result<HeaderValue, Refusal> {
    let has = |name, token: &str| {
        let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',')).any(|value| value.trim().eq_ignore_ascii_case(token))
    };
    let key = headers.get(header::SEC_WEBSOCKET_KEY).filter(|key| key.len() == 24);
    let asked = has(header::CONNECTION, "upgrade")
        && has(header::UPGRADE, "websocket")
        && has(header::SEC_WEBSOCKET_VERSION, "13");
    let accept_key = key.filter(|_| asked).map(|key| derive_accept_key(key.as_bytes()));
    accept_key.and_then(|key| key.parse().ok()).ok_or_else(|| {
        let description = "this is no websocket handshake";
        Refusal::new(
            StatusCode::UPGRADE_REQUIRED,
            ErrorCode::InvalidArgument,
            description,
            "Open it as a websocket.",
        )
    })
}
