//! A session's sockets: one after the other, or none for a while.

use std::{iter, time::Duration};

use bytes::Bytes;
use tera_protocol::{
    link::{messages::CloseCode, session::close_code},
    time::Timestamp,
};
use tokio_tungstenite::tungstenite::Message;

use super::Driver;
use crate::{
    presence::Attached,
    registry::Arrival,
    socket::{Incoming, RESTART, Reason, Socket},
};

const REPLACED: Reason = (close_code(CloseCode::CloseReplaced), "the session goes on with another socket");

/// How often it is looked whether a client has to be told something new of how far to spread.
const WINDOW_INTERVAL: Duration = Duration::from_secs(1);

/// The client's socket.
pub(super) struct Attachment {
    pub(super) socket: Socket,
    pub(super) number: u64,
    _presence: Attached,
}

impl Driver {
    pub(super) fn incoming(&mut self, now: Timestamp, incoming: Incoming) {
        match incoming {
            Incoming::Message(Message::Binary(frame)) => {
                self.tell_reconnect_window(now);
                self.session.handle_frame(now, &frame, &mut self.numbers);
            }
            Incoming::Message(Message::Text(text)) => self.session.handle_text(now, &text),
            Incoming::Message(Message::Ping(_) | Message::Pong(_)) => self.session.handle_ping(now),
            Incoming::Message(_) => {}
            Incoming::Wrong((code, reason)) => self.session.end(code, reason),
            Incoming::Closed(code) => {
                if let Some(socket) = self.detach(now) {
                    self.gateway.tasks.spawn(socket.end());
                }
                self.session.handle_closed(now, code);
            }
            Incoming::Lost => {
                self.detach(now);
                self.session.handle_closed(now, None);
            }
        }
    }

    pub(super) fn attach(&mut self, now: Timestamp, arrival: Arrival) {
        let Arrival { socket, token, received, batches, number, presence } = arrival;
        if let Some(socket) = self.detach(now) {
            self.session.handle_closed(now, None);
            self.gateway.tasks.spawn(socket.close(Vec::new(), REPLACED));
        }
        tracing::info!(identity = %self.account.identity(), resumed = received.is_some(), "connected");
        self.attachment = Some(Attachment { socket, number, _presence: presence });
        self.gateway.serving.set_away(self.id, false);
        self.expires = None;
        self.session.set_reconnect_window(now, self.gateway.sessions.reconnect_window());
        let missing = self.session.attach(now, token, received);
        self.session.set_batches(batches);
        self.jobs.take_back(&missing);
        self.watched.repeat(&missing);
    }

    /// Tells a client that is heard of, once in a while, how far to spread by now.
    fn tell_reconnect_window(&mut self, now: Timestamp) {
        if now >= self.window_due {
            self.window_due = now.after(WINDOW_INTERVAL);
            self.session.set_reconnect_window(now, self.gateway.sessions.reconnect_window());
        }
    }

    /// Closes the socket, if there is one, after what the session has to say last.
    pub(super) fn hang_up(&mut self, reason: Reason) {
        if let Some(socket) = self.detach(self.gateway.clock.now()) {
            let frames = iter::from_fn(|| self.session.poll_frame()).collect();
            self.gateway.tasks.spawn(socket.close(frames, reason));
        }
    }

    /// Without a socket the session is kept for a while.
    fn detach(&mut self, now: Timestamp) -> Option<Socket> {
        let Attachment { socket, number, .. } = self.attachment.take()?;
        tracing::info!(identity = %self.account.identity(), "disconnected");
        self.gateway.sessions.detach(now, self.id, number);
        self.gateway.serving.set_away(self.id, true);
        self.expires = Some(now.after(self.gateway.config.kept().retention));
        Some(socket)
    }

    /// Asks the client to come back, and ends.
    pub(super) fn shut_down(&mut self, now: Timestamp) {
        let [least, most] = self.gateway.config.goodbye_ms.map(Duration::from_millis);
        let mut frames: Vec<Bytes> = iter::from_fn(|| self.session.poll_frame()).collect();
        self.session.goodbye(now, least, most);
        frames.extend(iter::from_fn(|| self.session.poll_frame()));
        if let Some(socket) = self.detach(now) {
            self.gateway.tasks.spawn(socket.close(frames, RESTART));
        }
        self.over = Some(RESTART);
    }
}
