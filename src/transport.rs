//! The WebSocket transport of Rust applications: moves frames, decides nothing.

use futures_util::StreamExt;
use gloo_events::EventListener;
use gloo_net::websocket::{Message, WebSocketError, futures::WebSocket};
use tera_protocol::error::{ErrorCode, TeraError};

/// The close code that stands for "closed without a close frame" (RFC 6455, 7.1.5).
const ABNORMAL_CLOSURE: u16 = 1006;

/// The sending half of a socket.
#[derive(Debug)]
pub(crate) struct Sender {
    socket: web_sys::WebSocket,
    /// Until the socket is open.
    _opening: EventListener,
}

/// The receiving half of a socket.
pub(crate) struct Receiver(WebSocket);

/// What a socket says.
pub(crate) enum Incoming {
    Binary(Vec<u8>),
    Text(String),
    /// The last thing it says: close code and reason.
    Closed(u16, String),
}

/// Opens a socket, and says when it is open. No subprotocol is asked for: OpenTera servers ignore it and the browser would then hang up.
pub(crate) fn open(url: &str, on_open: impl FnOnce() + 'static) -> Result<(Sender, Receiver), TeraError> {
    let refused = || {
        TeraError::new(ErrorCode::InvalidArgument, format!("`{url}` can't be opened as a websocket."))
            .with_help("Give a ws: or wss: URL; from an https: page only wss: is allowed.")
    };
    let socket = web_sys::WebSocket::new(url).map_err(|_| refused())?;
    let receiver = WebSocket::try_from(socket.clone()).map_err(|_| refused())?;
    let opening = EventListener::once(&socket, "open", |_| on_open());
    Ok((Sender { socket, _opening: opening }, Receiver(receiver)))
}

impl Sender {
    /// Hands a frame to the socket; gloo-net would wrap it into a `Blob`. A socket that is closing drops it, as it says
    /// itself soon after.
    pub(crate) fn send(&self, frame: &[u8]) {
        // The only exception is "still connecting", and the link sends nothing before the server has spoken.
        _ = self.socket.send_with_u8_array(frame);
    }

    /// Closes with 1000 or a code from 3000 to 4999, all that browsers allow.
    pub(crate) fn close(&self, code: u16) {
        _ = self.socket.close_with_code(code);
    }
}

impl Receiver {
    /// Waits for what the socket says next.
    pub(crate) async fn next(&mut self) -> Incoming {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Bytes(bytes))) => return Incoming::Binary(bytes),
                Some(Err(WebSocketError::ConnectionClose(close))) => {
                    return Incoming::Closed(close.code, close.reason);
                }
                Some(Ok(Message::Text(text))) => return Incoming::Text(text),
                // An `error` event carries no information and a `close` event follows it.
                Some(Err(_)) => {}
                None => return Incoming::Closed(ABNORMAL_CLOSURE, String::new()),
            }
        }
    }
}
