//! The WebSocket transport: moves frames, decides nothing.

use futures_util::StreamExt;
use gloo_net::websocket::{Message, WebSocketError, futures::WebSocket};
use js_sys::JsString;
use tera_protocol::error::{ErrorCode, TeraError};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{BinaryType, MessageEvent};

/// The close code that stands for "closed without a close frame" (RFC 6455, 7.1.5).
const ABNORMAL_CLOSURE: u16 = 1006;

/// The sending half of a socket. Dropping it ends the delivery of text.
#[derive(Debug)]
pub(crate) struct Sender {
    socket: web_sys::WebSocket,
    _on_text: Closure<dyn FnMut(MessageEvent)>,
}

/// The receiving half of a socket.
pub(crate) struct Receiver(WebSocket);

/// What a socket says, text apart.
pub(crate) enum Incoming {
    Binary(Vec<u8>),
    /// The last thing it says: close code and reason.
    Closed(u16, String),
}

/// Opens a socket. No subprotocol is asked for: OpenTera servers ignore it and the browser would then hang up.
///
/// Text goes to `on_text` as it is: JavaScript reads JSON faster than a copy of it in WebAssembly can be made.
pub(crate) fn open(url: &str, on_text: impl Fn(JsString) + 'static) -> Result<(Sender, Receiver), TeraError> {
    let refused = || {
        let description = ["`", url, "` can't be opened as a websocket."].concat();
        TeraError::new(ErrorCode::InvalidArgument, description)
            .with_help("Give a ws: or wss: URL; from an https: page only wss: is allowed.")
    };
    let socket = web_sys::WebSocket::new(url).map_err(|_| refused())?;
    socket.set_binary_type(BinaryType::Arraybuffer);
    let on_text = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        if let Ok(text) = event.data().dyn_into::<JsString>() {
            event.stop_immediate_propagation();
            on_text(text);
        }
    });
    // Set before gloo-net listens, so that it comes first and gloo-net sees binary messages only.
    socket.set_onmessage(Some(on_text.as_ref().unchecked_ref()));
    let receiver = WebSocket::try_from(socket.clone()).map_err(|_| refused())?;
    Ok((Sender { socket, _on_text: on_text }, Receiver(receiver)))
}

impl Sender {
    /// Hands a frame to the socket. A socket that is closing drops it, as it says itself soon after.
    pub(crate) fn send(&self, frame: &[u8]) {
        // The only exception is "still connecting", and the link sends nothing before the server has spoken.
        _ = self.socket.send_with_u8_array(frame);
    }

    /// Closes with 1000 or a code from 3000 to 4999, all that browsers allow.
    pub(crate) fn close(&self, code: u16) {
        _ = self.socket.close_with_code(code);
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        self.socket.set_onmessage(None);
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
                // An `error` event carries no information and a `close` event follows it; text went its own way.
                Some(Ok(Message::Text(_)) | Err(_)) => {}
                None => return Incoming::Closed(ABNORMAL_CLOSURE, String::new()),
            }
        }
    }
}
