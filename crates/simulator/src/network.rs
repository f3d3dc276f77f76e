//! Sockets between clients and the gateway, and the ways in which they fail.
//!
//! A pipe carries whole messages in order, as a websocket does: of a connection that is cut in the middle of a message,
//! the messages before it arrive and the rest does not.

use std::collections::VecDeque;

use bytes::Bytes;
use tera_protocol::link::{
    frame::{Envelope, frames},
    session::SessionId,
};

use crate::random::Random;

/// What comes out of a pipe.
#[derive(Debug)]
pub(crate) enum Item {
    /// To the client: the socket is open.
    Opened,
    /// A frame, or to the client a batch.
    Message(Bytes),
    /// The other end is closed, with this code; 1006 if the connection was lost.
    Closed(u16),
}

impl Item {
    fn bytes(&self) -> u64 {
        if let Self::Message(message) = self { message.len() as u64 + 1 } else { 1 }
    }
}

/// One direction of a socket.
#[derive(Debug, Default)]
pub(crate) struct Pipe {
    items: VecDeque<(u64, Item)>,
    /// When the newest item arrives; none overtakes it.
    last: u64,
    /// Nothing goes in any more.
    broken: bool,
}

impl Pipe {
    pub(crate) fn push(&mut self, at: u64, item: Item) {
        if !self.broken {
            self.last = self.last.max(at);
            self.items.push_back((self.last, item));
        }
    }

    /// When the next item comes out.
    pub(crate) fn next(&self) -> Option<u64> {
        self.items.front().map(|item| item.0)
    }

    pub(crate) fn pop(&mut self) -> Option<Item> {
        self.items.pop_front().map(|item| item.1)
    }

    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }

    /// The first numbered frames that are on their way arrive twice.
    pub(crate) fn echo(&mut self) {
        let is_numbered = |frame: &&[u8]| Envelope::decode(frame).is_ok_and(|envelope| envelope.seq > 0);
        let messages = self.items.iter().filter_map(|(_, item)| match item {
            Item::Message(message) => Some(message),
            _ => None,
        });
        let numbered = messages.flat_map(|message| frames(message)).filter(is_numbered);
        for frame in numbered.take(3).map(Bytes::copy_from_slice).collect::<Vec<_>>() {
            self.push(self.last, Item::Message(frame));
        }
    }

    /// What is on its way takes so much longer.
    pub(crate) fn delay(&mut self, by: u64) {
        for item in &mut self.items {
            item.0 += by;
        }
        self.last += by;
    }

    /// Nothing comes out any more, not even an end.
    pub(crate) fn silence(&mut self) {
        self.items.clear();
        self.broken = true;
    }

    /// The connection is lost at a random byte of what is on its way. Who reads hears of it at `notice`, if ever.
    pub(crate) fn cut(&mut self, random: &mut Random, notice: Option<u64>) {
        let bytes: u64 = self.items.iter().map(|item| item.1.bytes()).sum();
        let mut left = random.between(0, bytes);
        let whole = self.items.iter().take_while(|item| {
            let fits = item.1.bytes() <= left;
            left = left.saturating_sub(item.1.bytes());
            fits
        });
        let whole = whole.count();
        self.items.truncate(whole);
        if let Some(notice) = notice {
            self.push(notice, Item::Closed(1006));
        }
        self.broken = true;
    }
}

/// A socket.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) id: u32,
    /// Who opened it; `None`: somebody who repeats a client's Hello.
    pub(crate) client: Option<usize>,
    pub(crate) up: Pipe,
    pub(crate) down: Pipe,
    /// Whether the client still uses its end.
    pub(crate) client_end: bool,
    /// Whether the gateway still uses its end.
    pub(crate) gateway_end: bool,
    /// The session on it, once its Hello has come.
    pub(crate) session: Option<SessionId>,
    /// The same, by its number in the ledger.
    pub(crate) log: usize,
}

impl Link {
    pub(crate) fn new(id: u32, client: Option<usize>) -> Self {
        Self {
            id,
            client,
            up: Pipe::default(),
            down: Pipe::default(),
            client_end: true,
            gateway_end: true,
            session: None,
            log: usize::MAX,
        }
    }

    /// True once neither end matters.
    pub(crate) fn is_gone(&self) -> bool {
        !self.client_end && !self.gateway_end
    }
}
