//! Logins, and the one-time tickets that open a websocket.
//!
//! A ticket is the key in the websocket's URL. It stands for a UUID, works once and for a short time, and never appears
//! in a log.

use std::{sync::Arc, time::Duration};

use axum::{
    Json,
    extract::{FromRequest as _, Request, State},
    http::StatusCode,
};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;
use tera_protocol::{
    error::ErrorCode,
    topic::{Kind, Uuid},
};
use tokio::time::timeout;

use crate::{bus::BusError, config::Account, gateway::Gateway, origin, refusal::Refusal};

/// How long a client may take for what follows the head of its request.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Deserialize)]
pub(crate) struct Credentials {
    name: String,
    password: String,
}

#[derive(Serialize)]
pub(crate) struct Login {
    /// Opens one websocket, within a short time.
    websocket_url: String,
    kind: &'static str,
    uuid: String,
    name: String,
}

/// `POST /api/login`
pub(crate) async fn login(
    State(gateway): State<Arc<Gateway>>,
    request: Request,
) -> Result<Json<Login>, Refusal> {
    origin::check(&gateway.config, request.headers())?;
    let host = origin::host(request.headers())?.to_owned();
    let credentials = timeout(BODY_TIMEOUT, Json::<Credentials>::from_request(request, &())).await;
    let credentials = credentials.map_err(|_| {
        let (description, help) = ("the login took too long to arrive", "Send the whole request at once.");
        Refusal::new(StatusCode::REQUEST_TIMEOUT, ErrorCode::Timeout, description, help)
    })?;
    let Json(credentials) = credentials.map_err(|rejection| {
        let status = rejection.status();
        let (description, help) = if status == StatusCode::UNSUPPORTED_MEDIA_TYPE {
            ("this is not sent as JSON", "Send it with the header `content-type: application/json`.")
        } else {
            ("this is no JSON object with a name and a password", "Send {\"name\", \"password\"}.")
        };
        Refusal::new(status, ErrorCode::InvalidArgument, description, help)
    })?;
    let account = account(&gateway, &credentials).ok_or_else(|| {
        tracing::info!("refused a login");
        let description = "the name or the password is wrong";
        Refusal::new(StatusCode::UNAUTHORIZED, ErrorCode::Forbidden, description, "Check both and try again.")
    })?;
    let ticket = format!("{:032x}", rand::random::<u128>());
    let uuid = account.uuid.to_string();
    gateway.bus.store_ticket(&ticket, &uuid, gateway.config.ticket_ttl()).await.map_err(|error| {
        tracing::warn!(%error, "could not store a ticket");
        Refusal::bus_lost()
    })?;
    let own_origin = gateway.config.own_origin(&host);
    let websocket_origin = own_origin.replacen("http", "ws", 1);
    Ok(Json(Login {
        websocket_url: format!("{websocket_origin}/wss/{}?id={ticket}", account.kind),
        kind: account.kind.as_str(),
        uuid,
        name: account.name.clone(),
    }))
}

/// The account that the credentials are of. Takes as long for every name and password of the same lengths.
fn account<'a>(gateway: &'a Gateway, credentials: &Credentials) -> Option<&'a Account> {
    let mut found = None;
    for account in &gateway.config.identities {
        let name = account.login.as_bytes().ct_eq(credentials.name.as_bytes());
        let password = account.password.0.as_bytes().ct_eq(credentials.password.as_bytes());
        if bool::from(name & password) {
            found = Some(account);
        }
    }
    found
}

/// Takes a ticket and says whose it was.
pub(crate) async fn redeem(gateway: &Gateway, kind: Kind, ticket: &str) -> Result<Arc<Account>, Refusal> {
    let uuid = gateway.bus.take_ticket(ticket).await.map_err(bus_lost)?;
    let account = match uuid {
        Some(uuid) => uuid.parse::<Uuid>().ok().and_then(|uuid| gateway.accounts.get(&uuid)).map(Arc::clone),
        None => redeem_opentera(gateway, kind, ticket).await?,
    };
    account.filter(|account| account.kind == kind).ok_or_else(|| {
        let description = "this key is wrong, used or expired";
        Refusal::new(StatusCode::FORBIDDEN, ErrorCode::Forbidden, description, "Log in again for a new one.")
    })
}

/// The same for the key of a login at the deployment's OpenTera server, which keeps accounts that are not known here.
async fn redeem_opentera(gateway: &Gateway, kind: Kind, key: &str) -> Result<Option<Arc<Account>>, Refusal> {
    if !gateway.config.opentera_logins.contains(&kind) || !is_session_key(key) {
        return Ok(None);
    }
    let uuid = gateway.bus.take_login(key).await.map_err(bus_lost)?;
    let Some(uuid) = uuid.and_then(|uuid| uuid.parse::<Uuid>().ok()) else { return Ok(None) };
    let known = gateway.accounts.get(&uuid).map(Arc::clone);
    Ok(known.or_else(|| Some(Arc::new(Account::of_opentera(kind, uuid)))))
}

/// OpenTera's keys name sessions, by long hexadecimal numbers. Names of other things in its Redis have dots or are short.
fn is_session_key(key: &str) -> bool {
    (32..=256).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn bus_lost(error: BusError) -> Refusal {
    tracing::warn!(%error, "could not take a ticket");
    Refusal::bus_lost()
}
