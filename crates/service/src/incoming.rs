//! The items of a stream as its caller gets them.

use std::{collections::VecDeque, marker::PhantomData, time::Duration};

use prost::{Message as _, Name};
use prost_types::Any;
use tera_gateway::bus::{Received, Subscription};
use tera_protocol::{
    any::pack,
    error::{ErrorCode, TeraError},
    opentera::TeraEvent,
};
use tokio::{
    runtime::Handle,
    time::{Instant, timeout_at},
};

use crate::{
    CallError, Client,
    client::{response, unanswered},
    message::unpack,
    streams::ALIVE_INTERVAL,
    wire::{Alive, End, Flow, Item},
};

/// Items that the service may send before it hears that some were taken. Half of them are granted anew at a time.
pub(crate) const WINDOW: u32 = 128;
/// Silence after which the service counts as gone.
const SILENCE: Duration = ALIVE_INTERVAL.saturating_mul(4);

/// The items of a stream as they come. Dropping it stops the stream.
#[derive(Debug)]
pub struct Incoming<T> {
    items: Subscription,
    flow: FlowControl,
    /// When the service was last heard.
    heard: Instant,
    /// Messages of an event that held several.
    queue: VecDeque<Any>,
    received: u64,
    ended: bool,
    item: PhantomData<fn() -> T>,
}

impl<T: Name + Default> Incoming<T> {
    pub(crate) fn new(items: Subscription, flow: FlowControl) -> Self {
        let heard = Instant::now();
        Self { items, flow, heard, queue: VecDeque::new(), received: 0, ended: false, item: PhantomData }
    }

    /// Waits for the next item; `None` at the end, and after an error. Cancel-safe.
    ///
    /// # Errors
    ///
    /// See [`CallError`].
    pub async fn next(&mut self) -> Option<Result<T, CallError>> {
        if self.ended {
            return None;
        }
        let next = self.receive().await.transpose();
        self.ended = !matches!(next, Some(Ok(_)));
        next
    }

    async fn receive(&mut self) -> Result<Option<T>, CallError> {
        loop {
            let Some(message) = self.queue.pop_front() else {
                self.fetch().await?;
                continue;
            };
            if let Some(Ok(end)) = unpack::<End>(&message) {
                return self.end(end).map(|()| None);
            }
            if unpack::<Alive>(&message).is_some() {
                // The service may not have heard it.
                self.flow.tell(false);
                continue;
            }
            let Some(Ok(Item { number, message: Some(message) })) = unpack(&message) else {
                return Err(unanswered(ErrorCode::InvalidMessage, "a stream holds items and its end"));
            };
            if number != self.received + 1 {
                return Err(lost());
            }
            self.received = number;
            let item = response(&message)?;
            self.flow.took_one();
            return Ok(Some(item));
        }
    }

    /// Waits for the next event.
    async fn fetch(&mut self) -> Result<(), CallError> {
        let Ok(received) = timeout_at(self.heard + SILENCE, self.items.receive()).await else {
            return Err(unanswered(ErrorCode::Unreachable, "the service says nothing any more"));
        };
        self.heard = Instant::now();
        let Received::Message(delivery) = received else { return Err(lost()) };
        let event = TeraEvent::decode(delivery.payload().clone());
        let event = event.map_err(|error| {
            CallError::Unanswered(TeraError::new(ErrorCode::InvalidMessage, error.to_string()))
        })?;
        self.queue.extend(event.events);
        Ok(())
    }

    fn end(&mut self, end: End) -> Result<(), CallError> {
        // The service has ended it already.
        self.flow.stream.clear();
        match end.failure {
            Some(failure) => Err(CallError::Failed(failure)),
            None if end.count != self.received => Err(lost()),
            None => Ok(()),
        }
    }
}

fn lost() -> CallError {
    unanswered(ErrorCode::Uncertain, "items of the stream were lost on the way")
}

/// Tells the service how much there is room for, and when it is over.
#[derive(Debug)]
pub(crate) struct FlowControl {
    client: Client,
    key: String,
    /// Empty once the stream has ended.
    stream: String,
    taken: u64,
}

impl FlowControl {
    pub(crate) fn new(client: &Client, key: &str, stream: String) -> Self {
        Self { client: client.clone(), key: key.to_owned(), stream, taken: 0 }
    }

    fn took_one(&mut self) {
        self.taken += 1;
        if self.taken.is_multiple_of(u64::from(WINDOW) / 2) {
            self.tell(false);
        }
    }

    /// In a task of its own, because nothing depends on when it is done.
    fn tell(&self, stop: bool) {
        let (client, dest) = (self.client.clone(), format!("service.{}.messages", self.key));
        let room = self.taken + u64::from(WINDOW);
        let flow = pack(&Flow { stream: self.stream.clone(), room, stop });
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move { client.publish(&dest, 0, vec![flow]).await });
        }
    }
}

impl Drop for FlowControl {
    fn drop(&mut self) {
        if !self.stream.is_empty() {
            self.tell(true);
        }
    }
}
