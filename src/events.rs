//! What a client hears of, and the streams of it.

use std::{
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use futures_util::Stream;
use prost::{Message as _, Name};
use tera_protocol::{
    Message,
    any::type_name,
    error::TeraError,
    link::{Gap, State},
    opentera::{TeraEvent, tera_event},
    reader::AnyRef,
};

use crate::{client::malformed, queue::Queue};

/// A message that the server sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Received {
    /// The header of the `TeraEvent` that it came in, if it had one.
    pub header: Option<tera_event::Header>,
    /// The message; [`Message::Unknown`] if its type is not in the catalogue. If that came as text, its type URL is
    /// [`UNKNOWN_PREFIX`](crate::UNKNOWN_PREFIX) and the type's name, and its value is JSON.
    pub message: Message,
}

/// What a client hears of.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The server sent a message.
    Message(Received),
    /// Something was refused or can't be read; the connection goes on.
    Warning(TeraError),
    /// Messages of a topic will never come.
    Gap(Gap),
    /// Connected again without the session of before: whatever the application holds may be out of date.
    Resync,
}

/// The stream that [`Client::events`](crate::Client::events) returns. It ends when the client is closed.
#[derive(Debug)]
#[must_use = "a stream does nothing unless it is read"]
pub struct Events {
    pub(crate) queue: Rc<Queue<Event>>,
}

impl Events {
    /// How many events were dropped because too many waited.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.queue.dropped()
    }
}

impl Stream for Events {
    type Item = Event;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Event>> {
        self.queue.poll_next(context)
    }
}

/// The stream that [`Client::states`](crate::Client::states) returns. It ends after [`State::Closed`].
#[derive(Debug)]
#[must_use = "a stream does nothing unless it is read"]
pub struct States {
    pub(crate) queue: Rc<Queue<State>>,
}

impl Stream for States {
    type Item = State;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<State>> {
        self.queue.poll_next(context)
    }
}

/// The events of a `TeraEvent`, or the one message that the payload is.
pub(crate) fn messages(payload: AnyRef<'_>) -> Vec<Result<Received, TeraError>> {
    let read = |header: Option<tera_event::Header>, any: &prost_types::Any| {
        Message::unpack(any).map(|message| Received { header, message }).map_err(TeraError::from)
    };
    if type_name(payload.type_url) == TeraEvent::full_name() {
        return match TeraEvent::decode(payload.value) {
            Ok(event) => event.events.iter().map(|any| read(event.header.clone(), any)).collect(),
            Err(error) => vec![Err(malformed(error))],
        };
    }
    let any = prost_types::Any { type_url: payload.type_url.to_owned(), value: payload.value.to_owned() };
    vec![read(None, &any)]
}
