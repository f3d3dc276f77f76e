//! The items of a stream as its caller gets them.

use std::{marker::PhantomData, time::Duration};

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
    sync::{mpsc, watch},
    time::timeout,
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
    messages: mpsc::Receiver<Result<Any, CallError>>,
    /// Changes with each sign of life.
    alive: watch::Receiver<()>,
    flow: FlowControl,
    received: u64,
    ended: bool,
    item: PhantomData<fn() -> T>,
}

impl<T: Name + Default> Incoming<T> {
    pub(crate) fn new(events: Subscription, flow: FlowControl) -> Self {
        let (sender, messages) = mpsc::channel(WINDOW as usize);
        let (lives, alive) = watch::channel(());
        tokio::spawn(take_in(events, sender, lives));
        Self { messages, alive, flow, received: 0, ended: false, item: PhantomData }
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
        let message = self.fetch().await?;
        if let Some(Ok(end)) = unpack::<End>(&message) {
            return self.end(end).map(|()| None);
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
        Ok(Some(item))
    }

    /// Waits for the next item, or the end.
    async fn fetch(&mut self) -> Result<Any, CallError> {
        loop {
            tokio::select! {
                biased;
                message = self.messages.recv() => {
                    return message.unwrap_or_else(|| Err(unanswered(ErrorCode::Closed, "the runtime has ended")));
                }
                // The service may not have heard how much there is room for.
                Ok(()) = self.alive.changed() => self.flow.tell(false),
            }
        }
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

/// Takes in what comes, however slow its reader is, until that has gone.
async fn take_in(
    events: Subscription,
    messages: mpsc::Sender<Result<Any, CallError>>,
    alive: watch::Sender<()>,
) {
    tokio::select! {
        error = pass_on(events, &messages, &alive) => {
            _ = messages.send(Err(error)).await;
        }
        () = messages.closed() => {}
    }
}

/// Passes on what comes, and returns why no more does. Signs of life take no place from items, of which no more come than
/// there is room for.
async fn pass_on(
    mut events: Subscription,
    messages: &mpsc::Sender<Result<Any, CallError>>,
    alive: &watch::Sender<()>,
) -> CallError {
    loop {
        let event = match event(&mut events).await {
            Ok(event) => event,
            Err(error) => return error,
        };
        for message in event.events {
            if unpack::<Alive>(&message).is_some() {
                alive.send_replace(());
            } else {
                // It fails only when the reader has gone.
                _ = messages.send(Ok(message)).await;
            }
        }
    }
}

async fn event(events: &mut Subscription) -> Result<TeraEvent, CallError> {
    match timeout(SILENCE, events.receive()).await {
        Ok(Received::Message(delivery)) => TeraEvent::decode(delivery.payload().clone()).map_err(|error| {
            CallError::Unanswered(TeraError::new(ErrorCode::InvalidMessage, error.to_string()))
        }),
        Ok(_) => Err(lost()),
        Err(_) => Err(unanswered(ErrorCode::Unreachable, "the service says nothing any more")),
    }
}

fn lost() -> CallError {
    unanswered(ErrorCode::Uncertain, "items of the stream were lost on the way")
}

/// Tells the service how much there is room for, and when it is over.
#[derive(Debug)]
pub(crate) struct FlowControl {
    client: Client,
    /// Where the service takes its calls.
    dest: String,
    /// Empty once the stream has ended.
    stream: String,
    taken: u64,
}

impl FlowControl {
    pub(crate) fn new(client: &Client, dest: &str, stream: String) -> Self {
        Self { client: client.clone(), dest: dest.to_owned(), stream, taken: 0 }
    }

    fn took_one(&mut self) {
        self.taken += 1;
        if self.taken.is_multiple_of(u64::from(WINDOW) / 2) {
            self.tell(false);
        }
    }

    /// In a task of its own, because nothing depends on when it is done.
    fn tell(&self, stop: bool) {
        let (client, dest) = (self.client.clone(), self.dest.clone());
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
