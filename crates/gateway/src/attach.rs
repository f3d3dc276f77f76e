//! From a websocket to its session: Welcome, Hello, and either a session that goes on or a new one.

use std::{future::poll_fn, sync::Arc, time::Duration};

use tera_protocol::link::{
    messages::CloseCode,
    session::{Hello, Token, close_code, welcome},
};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{Message, protocol::frame::coding::CloseCode as WebSocketCode};

use crate::{
    config::Account,
    gateway::Gateway,
    registry::{Arrival, Mailbox, fresh_token},
    session,
    socket::{Incoming, RESTART, Reason, Socket},
};

/// How long a client may take for its Hello.
const HELLO_TIMEOUT: Duration = Duration::from_secs(6);

/// For a client that says something else first, or nothing for too long.
const NO_HELLO: Reason = (close_code(CloseCode::CloseProtocolViolation), "a client says Hello first");
/// The websocket close code for an end that can't do something at the moment is 1013.
const BUS_LOST: Reason = (1013, "the message bus is lost");

/// How the handshake of a socket ended early.
enum End {
    /// The gateway closes.
    Close(Reason),
    /// The client has closed.
    Closed,
    Lost,
}

/// Takes a new websocket to its session.
pub(crate) async fn run(gateway: Arc<Gateway>, account: Arc<Account>, mut socket: Socket) {
    let greeting = tokio::select! {
        greeting = timeout(HELLO_TIMEOUT, greet(&gateway, &account, &mut socket)) => {
            greeting.unwrap_or(Err(End::Close(NO_HELLO)))
        }
        () = gateway.shutdown.cancelled() => Err(End::Close(RESTART)),
    };
    let found = match greeting {
        Ok(hello) => find(&gateway, &account, hello).await.map_err(End::Close),
        Err(end) => Err(end),
    };
    match found {
        Ok(found) => {
            let Found { mailbox, token, received, batches, number } = found;
            let presence = gateway.presence.attach(account);
            let arrival = Arrival { socket, token, received, batches, number, presence };
            // An error means that the session has ended meanwhile: the client will get a new one.
            _ = mailbox.send(arrival).await;
        }
        Err(End::Close(reason)) => {
            tracing::info!(identity = %account.identity(), reason = reason.1, "closed a socket without a session");
            socket.close(Vec::new(), reason).await;
        }
        Err(End::Closed) => socket.end().await,
        Err(End::Lost) => {}
    }
}

async fn greet(gateway: &Gateway, account: &Account, socket: &mut Socket) -> Result<Hello, End> {
    let window = gateway.sessions.reconnect_window();
    let mut welcome = Some(welcome(account.identity(), &gateway.config.session_limits(), window));
    loop {
        match poll_fn(|cx| socket.poll(cx, || welcome.take())).await {
            Incoming::Message(Message::Binary(frame)) => {
                return Hello::decode(&frame).map_err(|error| {
                    tracing::info!(%error, "a client said no Hello");
                    End::Close(NO_HELLO)
                });
            }
            Incoming::Message(Message::Text(_)) => return Err(End::Close(NO_HELLO)),
            Incoming::Message(_) => {}
            Incoming::Closed(_) => return Err(End::Closed),
            Incoming::Wrong(reason) => return Err(End::Close(reason)),
            Incoming::Lost => return Err(End::Lost),
        }
    }
}

/// A session that waits for a socket.
struct Found {
    mailbox: Mailbox,
    token: Token,
    received: Option<u64>,
    batches: bool,
    number: u64,
}

/// The session that the client wants to go on with, or else a new one.
async fn find(gateway: &Arc<Gateway>, account: &Arc<Account>, hello: Hello) -> Result<Found, Reason> {
    let Hello { token: known, received, batches } = hello;
    let token = fresh_token().map_err(|error| {
        tracing::error!(%error, "the operating system gives no random numbers");
        (WebSocketCode::Error.into(), "the gateway can't make a token")
    })?;
    let now = gateway.clock.now();
    let identity = account.identity();
    let known = known.and_then(|known| gateway.sessions.resume(now, identity, known, token));
    if let Some((mailbox, number)) = known {
        return Ok(Found { mailbox, token, received: Some(received), batches, number });
    }
    let topics = session::topics(&gateway.config, account);
    if topics.len() > gateway.config.limits.subscriptions {
        return Err((close_code(CloseCode::CloseTooManySubscriptions), "too many subscriptions"));
    }
    let subscription = gateway.bus.subscribe(&topics, session::QUEUE).await.map_err(|error| {
        tracing::warn!(%identity, %error, "could not subscribe");
        BUS_LOST
    })?;
    let (id, mailbox, arrivals, number) = gateway.sessions.open(identity, token);
    session::start(gateway, account, id, subscription, arrivals);
    Ok(Found { mailbox, token, received: None, batches, number })
}
