//! One client's websocket: what goes out as the connection takes it, what comes in, and how it is closed.

use std::{
    io,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tera_protocol::link::{messages::CloseCode, session::close_code};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    time::timeout,
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Error, Message,
        error::ProtocolError,
        protocol::{CloseFrame, frame::coding::CloseCode as WebSocketCode},
    },
};

use crate::frames::Framed;

/// How long a client may take for what is under way when its socket is closed.
const LINGER: Duration = Duration::from_secs(3);
/// The same for one of which nothing is heard any more.
const LINGER_SILENT: Duration = Duration::from_millis(500);
/// How long a client may go on sending after the close frame. Closing while data arrives would reset the connection,
/// and the client might never read why.
const DRAIN: Duration = Duration::from_secs(3);

/// A websocket code and a short sentence.
pub(crate) type Reason = (u16, &'static str);

/// For every client when the gateway shuts down.
pub(crate) const RESTART: Reason = (1012, "the gateway restarts");

/// What came in.
#[derive(Debug)]
pub(crate) enum Incoming {
    /// A message, but no Close.
    Message(Message),
    /// The client closes, with this code if it gave one.
    Closed(Option<u16>),
    /// The client has done something wrong on the websocket itself.
    Wrong(Reason),
    /// The connection is lost.
    Lost,
}

type Stream = WebSocketStream<Framed<TokioIo<Upgraded>>>;

#[derive(Debug)]
pub(crate) struct Socket {
    stream: Stream,
    /// True if something was written that may not have gone out.
    unflushed: bool,
}

impl Socket {
    pub(crate) const fn new(stream: Stream) -> Self {
        Self { stream, unflushed: false }
    }

    /// Writes what `messages` gives for as long as the connection takes it, and waits for what comes in. No more is asked of
    /// `messages` than the connection takes: what is left waits where it comes from. After anything but a message, nothing
    /// follows.
    pub(crate) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        mut messages: impl FnMut() -> Option<Bytes>,
    ) -> Poll<Incoming> {
        let written = self.poll_write(cx, &mut messages);
        let read = self.stream.poll_next_unpin(cx);
        if written.is_err() && read.is_pending() {
            return Poll::Ready(Incoming::Lost);
        }
        read.map(|message| match message {
            Some(Ok(Message::Close(frame))) => Incoming::Closed(frame.map(|frame| frame.code.into())),
            Some(Ok(message)) => Incoming::Message(message),
            Some(Err(error)) => fault(&error),
            None => Incoming::Lost,
        })
    }

    fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        messages: &mut impl FnMut() -> Option<Bytes>,
    ) -> Result<(), Error> {
        while let Poll::Ready(ready) = self.stream.poll_ready_unpin(cx) {
            ready?;
            let Some(message) = messages() else {
                if self.unflushed
                    && let Poll::Ready(flushed) = self.stream.poll_flush_unpin(cx)
                {
                    flushed?;
                    self.unflushed = false;
                }
                break;
            };
            self.stream.start_send_unpin(Message::Binary(message))?;
            self.unflushed = true;
        }
        Ok(())
    }

    /// Writes these frames, closes, and waits for the client to do so too. Takes a few seconds at most.
    pub(crate) async fn close(mut self, frames: Vec<Bytes>, (code, reason): Reason) {
        let closing = async {
            for frame in frames {
                self.stream.feed(Message::Binary(frame)).await?;
            }
            let frame = CloseFrame { code: WebSocketCode::from(code), reason: reason.into() };
            self.stream.send(Message::Close(Some(frame))).await
        };
        let is_silent = WebSocketCode::from(code) == WebSocketCode::Away;
        let linger = if is_silent { LINGER_SILENT } else { LINGER };
        if let Ok(Ok(())) = timeout(linger, closing).await
            && !is_silent
        {
            // Out of time or gone: either way there is nothing left to do for this client.
            _ = timeout(DRAIN, drain(self.stream.into_inner().connection)).await;
        }
    }

    /// Answers the client's Close.
    pub(crate) async fn end(mut self) {
        let answering = async { while let Some(Ok(_)) = self.stream.next().await {} };
        // Out of time: the connection is dropped.
        _ = timeout(LINGER, answering).await;
    }
}

fn fault(error: &Error) -> Incoming {
    match error {
        Error::Capacity(_) => {
            Incoming::Wrong((WebSocketCode::Size.into(), "the message is larger than the gateway takes"))
        }
        Error::Io(error) if error.kind() == io::ErrorKind::QuotaExceeded => {
            Incoming::Wrong((close_code(CloseCode::CloseRateLimited), "a message has too many frames"))
        }
        Error::Utf8(_) => Incoming::Wrong((WebSocketCode::Invalid.into(), "a text message is not UTF-8")),
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => Incoming::Lost,
        Error::Protocol(_) | Error::AttackAttempt => {
            Incoming::Wrong((WebSocketCode::Protocol.into(), "this is not the websocket protocol"))
        }
        _ => Incoming::Lost,
    }
}

/// Says that nothing follows, then reads and drops what still comes in until the client closes.
async fn drain(mut connection: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<()> {
    connection.shutdown().await?;
    let mut buffer = vec![0; 16 * 1024];
    while connection.read(&mut buffer).await? > 0 {}
    Ok(())
}
